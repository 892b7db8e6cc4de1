//! Postfix's smtp-sink: it takes every message, and keeps it or not.

use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::proc::Tree;
use crate::surroundings::free_address;

use super::options::Place;

/// How long it may take to listen.
const START: Duration = Duration::from_secs(10);

/// A sink that runs; it ends when it is dropped.
#[derive(Debug)]
pub(super) struct Sink {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Sink {
    /// A sink that keeps what it takes as files below `folder`, if one is given.
    ///
    /// # Errors
    /// Where it does not start.
    pub(super) fn start(place: &Place, folder: Option<&Path>) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(&place.sink);
        if std::fs::metadata("/proc/self")?.uid() == 0 {
            // It insists on being nobody then.
            command.args(["-u", "nobody"]);
        }
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder)?;
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777))?;
            command.arg("-d").arg(folder.join("mail."));
        }
        let child = command
            .args([&address.to_string(), "1024"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("smtp-sink, which is in the package postfix of Debian, does not start")?;
        let mut sink = Self { child, address };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if sink.child.try_wait()?.is_some() || begun.elapsed() > START {
                bail!("smtp-sink does not listen at {address}");
            }
            sleep(Duration::from_millis(20));
        }
        Ok(sink)
    }

    /// Its processes.
    pub(super) fn tree(&self) -> Tree {
        Tree(self.child.id())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
