//! A Postgres and a Redis for one test, which may restart them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::stack::project;

/// The script that `scripts/with-servers` runs: it prints the addresses of the servers, and executes commands from its
/// input, one a line, until the input ends.
const SERVERS_SCRIPT: &str = r#"
port=${TEST_REDIS_URL##*:}
echo "$TEST_POSTGRES_URL"
echo "$TEST_REDIS_URL"
while read -r word; do
    case $word in
    postgres) scripts/with-servers --restart-postgres >&2 ;;
    redis)
        redis-cli -p "$port" shutdown nosave >&2
        redis-server --bind 127.0.0.1 --port "$port" --save '' --databases 2000 --daemonize yes >&2
        until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.05; done
        ;;
    esac
    echo done
done
redis-cli -p "$port" shutdown nosave >/dev/null 2>&1
"#;

/// Servers that end when this is dropped.
pub struct OwnServers {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    pub postgres: String,
    pub redis: String,
}

impl OwnServers {
    pub fn start() -> Self {
        let mut child = Command::new(project().join("scripts/with-servers"))
            .args(["bash", "-c", SERVERS_SCRIPT])
            .current_dir(project())
            // Commits survive a crash.
            .env("POSTGRES_OPTIONS", "-c synchronous_commit=on")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = || {
            let mut line = String::new();
            output.read_line(&mut line).unwrap();
            line.trim().to_owned()
        };
        let (postgres, redis) = (line(), line());
        assert!(postgres.starts_with("postgres://") && redis.starts_with("redis://"), "{postgres} {redis}");
        Self { child, input, output, postgres, redis }
    }

    /// Restarts Postgres at once, as after a crash.
    pub fn restart_postgres(&mut self) {
        self.tell("postgres");
    }

    /// Restarts Redis, empty.
    pub fn restart_redis(&mut self) {
        self.tell("redis");
    }

    fn tell(&mut self, word: &str) {
        writeln!(self.input.as_mut().unwrap(), "{word}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "done");
    }
}

impl Drop for OwnServers {
    fn drop(&mut self) {
        // The script ends with its input.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
