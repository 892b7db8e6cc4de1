//! Commands of the executable and its processes, with the settings and the clock of a stack.

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use super::Stack;
use crate::support::Process;

impl Stack {
    pub fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daily-papers"));
        command.args(arguments).env_clear().current_dir(self.dir.path());
        command.env("DAILY_PAPERS_TEST_CLOCK", self.path("clock"));
        for (name, value) in self.settings.lock().unwrap().iter() {
            command.env(format!("DAILY_PAPERS_{name}"), value);
        }
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that reads `input`.
    pub fn pipe(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // It may end before it has read all.
        let _ = stdin.write_all(input);
        drop(stdin);
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must succeed, and answers its output.
    pub fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?} failed: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must fail, and answers the line with the reason.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let errors = String::from_utf8(output.stderr).unwrap();
        let lines: Vec<&str> = errors.lines().filter(|line| line.starts_with("daily-papers: ")).collect();
        assert_eq!(lines.len(), 1, "{errors}");
        assert!(!errors.contains("panicked"), "{errors}");
        lines[0].to_owned()
    }

    /// Starts everything in one process.
    pub async fn serve(&self) -> Process {
        let process = Process::start(self.command(["serve"]));
        process.wait_until_ready().await;
        process
    }

    /// Starts one role; the schema is brought up to date first.
    pub async fn role(&self, role: &str) -> Process {
        self.done(&["migrate"]);
        let process = Process::start(self.command([role]));
        if role == "api" {
            process.wait_until_ready().await;
        }
        process
    }

    /// Creates a token for a user with this flag: --admin, --curator or none.
    pub fn token(&self, name: &str, flag: Option<&str>) -> String {
        let mut arguments = vec!["token", "create", "--name", name];
        arguments.extend(flag);
        self.done(&arguments).trim().to_owned()
    }
}
