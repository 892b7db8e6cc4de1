//! A running process of the service: its address, its log, and what its worker does.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Client, Stack};

/// The start of log lines about jobs, after time, level and spans.
const JOBS: &str = "worker::jobs:";
const SWEPT: &str = "worker::jobs: swept";

/// A running process; killed when it is dropped.
pub struct Process {
    child: Mutex<Child>,
    address: Option<String>,
    said: Arc<Mutex<String>>,
}

impl Process {
    pub(super) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let errors = child.stderr.take().unwrap();
        let log = said.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                let mut log = log.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let mut address = None;
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let mut printed = String::new();
        while output.read_line(&mut line).unwrap_or(0) > 0 {
            printed.push_str(&line);
            if let Some(url) = line.trim().strip_prefix("GraphQL ") {
                address = Some(url.trim().trim_end_matches("graphql").trim_end_matches('/').to_owned());
            }
            let is_end = line.contains("Press Ctrl+C to stop");
            line.clear();
            if is_end {
                break;
            }
        }
        std::thread::spawn(move || {
            let _ = output.read_to_end(&mut Vec::new());
        });
        said.lock().unwrap().push_str(&printed);
        Self { child: Mutex::new(child), address, said }
    }

    pub(super) async fn wait_until_ready(&self) {
        assert!(self.address.is_some(), "the process does not listen:\n{}", self.log());
        let url = self.url("/health/ready");
        super::eventually("the process is ready", || async {
            reqwest::get(&url).await.ok().filter(|answer| answer.status().is_success())
        })
        .await;
    }

    /// The address of a path on this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address.as_deref().unwrap())
    }

    /// Its output and its log so far.
    pub fn log(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until the worker has swept at this instant of the clock, and every job that was woken has run since: everything
    /// due is planned, and sent or deferred. There is a sweep at the start, and whenever the clock has moved on by
    /// a minute or more.
    pub async fn wait_for_sweep(&self, now: DateTime<Utc>) {
        let swept = format!("{SWEPT} now={now}");
        super::eventually(&swept, || async {
            let log = self.log();
            (log.contains(&swept) && jobs_are_done(&log)).then_some(())
        })
        .await;
    }

    /// Moves the clock on by a minute, to the next sweep, and waits until it is over.
    pub async fn next_sweep(&self, stack: &Stack) {
        stack.advance(TimeDelta::minutes(1)).await;
        self.wait_for_sweep(stack.now()).await;
    }

    /// Waits until a job has run that was started after `since`, a length of the log.
    pub async fn wait_for_job(&self, job: &str, since: usize) {
        let line = |event: &str| format!("{JOBS} {event} job=\"{job}\"");
        super::eventually(job, || async {
            let log = self.log();
            let (_, after) = log[since..].split_once(&line("started"))?;
            after.contains(&line("ended")).then_some(())
        })
        .await;
    }

    pub fn client(&self) -> Client {
        Client::new(self.url("/graphql"), None)
    }

    /// A client of an administrator, `root`.
    pub fn admin(&self, stack: &Stack) -> Client {
        self.client_with(&stack.token("root", Some("--admin")))
    }

    /// A client of a curator, `curie`.
    pub fn curator(&self, stack: &Stack) -> Client {
        self.client_with(&stack.token("curie", Some("--curator")))
    }

    /// A client of a reader.
    pub fn reader(&self, stack: &Stack, name: &str) -> Client {
        self.client_with(&stack.token(name, None))
    }

    pub fn client_with(&self, token: &str) -> Client {
        Client::new(self.url("/graphql"), Some(token.to_owned()))
    }

    /// Kills the process (SIGKILL).
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Stops the process (SIGTERM), and answers its exit status.
    pub fn stop(&self) -> ExitStatus {
        let mut child = self.child.lock().unwrap();
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < super::MAX_WAIT, "the process does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(child) = self.child.get_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("--- output of the process ---\n{}", self.log());
        }
    }
}

/// Whether every job that was woken has run since, according to the log.
fn jobs_are_done(log: &str) -> bool {
    // The last event of each job.
    let mut last: HashMap<&str, &str> = HashMap::new();
    for line in log.lines().filter_map(|line| line.split_once(JOBS)).map(|(_, line)| line.trim_start()) {
        // `started job="forget"`; the fields of spans follow.
        let Some((event, fields)) = line.split_once(" job=\"") else { continue };
        let Some((job, _)) = fields.split_once('"') else { continue };
        // If it is woken while it runs, it runs once more.
        if event != "ended" || last.get(job) == Some(&"started") {
            last.insert(job, event);
        }
    }
    last.values().all(|event| *event == "ended")
}
