//! Programs in other languages that a test runs: Node with npm, Python with pip.
//!
//! What they need is installed once, from a lock file, into a folder below target/, and again when the lock file
//! has changed. On a machine without them a test is left out, with a line that says so.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};

use super::stack::project;

/// The folder that Cargo keeps for what tests make.
pub const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

/// Prints a line, even for a test that passes.
pub fn say(line: &str) {
    // The output may be closed.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Prints that something did not run, and why.
pub fn left_out(what: &str, reason: &str) {
    say(&format!("left out: {what}: {reason}"));
}

/// A program that is run in a folder.
pub fn command(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}

/// Runs a command that must succeed, beside the servers of the test, and answers its output.
pub async fn done(command: &mut Command) -> String {
    let output = run(command).await;
    let (said, wrong) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?} failed\n{said}\n{wrong}");
    said
}

async fn run(command: &mut Command) -> Output {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped());
    let child = child.stderr(Stdio::piped()).spawn().unwrap();
    tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap()
}

/// A program that runs beside the test, and is killed if the test ends first.
pub struct Running {
    child: Child,
    printed: Arc<Mutex<String>>,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let printed = Arc::new(Mutex::new(String::new()));
        let (out, wrong) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        for stream in [Box::new(out) as Box<dyn io::Read + Send>, Box::new(wrong)] {
            let printed = printed.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let mut printed = printed.lock().unwrap();
                    printed.push_str(&line);
                    printed.push('\n');
                }
            });
        }
        Self { child, printed }
    }

    /// Its output so far, including errors.
    pub fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    /// Its exit status, if it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- output of the program ---\n{}", self.printed());
        }
    }
}

/// A copy of a folder of the project, with the packages of its package-lock.json.
///
/// # Errors
/// The reason why this machine cannot have it.
pub fn npm(name: &str, source: &str) -> Result<PathBuf, String> {
    let version = version("node", "--version")?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < 18) {
        return Err(format!("Node {version} is older than 18"));
    }
    self::version("npm", "--version")?;
    installed(name, source, "package-lock.json", |folder| {
        // Without a network this fails soon.
        let patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-timeout=60000"];
        let quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
        succeeds(command("npm", folder).arg("ci").args(quiet).args(patience))
    })
}

/// A copy of a folder of the project, with the packages of its requirements.txt in `.venv`.
///
/// # Errors
/// The reason why this machine cannot have it.
pub fn python(name: &str, source: &str) -> Result<PathBuf, String> {
    version("python3", "--version")?;
    installed(name, source, "requirements.txt", |folder| {
        succeeds(command("python3", folder).args(["-m", "venv", ".venv"]))?;
        let pip = folder.join(".venv/bin/pip");
        succeeds(command(pip, folder).args([
            "install",
            "--quiet",
            "--retries=1",
            "--requirement",
            "requirements.txt",
        ]))
    })
}

/// The version that a program prints, in one line.
///
/// # Errors
/// The program is missing.
pub fn version(program: &str, argument: &str) -> Result<String, String> {
    let output = Command::new(program).arg(argument).output();
    match output {
        Ok(output) if output.status.success() => Ok(text(&output.stdout).trim().to_owned()),
        _ => Err(format!("{program} is not installed")),
    }
}

/// Copies the folder, and installs if the lock file is not the one that was installed last.
fn installed(
    name: &str,
    source: &str,
    lock: &str,
    install: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let source = project().join(source);
    let folder = Path::new(FOLDER).join(name);
    fs::create_dir_all(&folder).unwrap();
    // Two runs of the tests do not install at the same time.
    let waiting = File::create(folder.join("installing.lock")).unwrap();
    waiting.lock().unwrap();
    for entry in fs::read_dir(&source).unwrap() {
        let entry = entry.unwrap();
        // Packages installed beside the sources are not copied.
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
    let wanted = fs::read(source.join(lock)).unwrap();
    let stamp = folder.join("installed");
    if fs::read(&stamp).ok().as_ref() != Some(&wanted) {
        install(&folder)?;
        fs::write(stamp, wanted).unwrap();
    }
    Ok(folder)
}

fn succeeds(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = text(&output.stderr);
    let cause = said
        .lines()
        .find(|line| ["npm err", "npm ERR", "ERROR"].iter().any(|start| line.starts_with(start)))
        .or(said.lines().last());
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().display();
    Err(format!("{program} failed: {}", cause.unwrap_or("no output")))
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
