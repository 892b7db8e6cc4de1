//! Being asked to end: the run stops at the next measurement and ends its servers, instead of leaving them.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};

static IS_ASKED: AtomicBool = AtomicBool::new(false);

/// Listens for SIGTERM and SIGINT.
///
/// # Errors
/// Where that is not possible.
pub(crate) fn listen(runtime: &Handle) -> Result<()> {
    let _inside = runtime.enter();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    runtime.spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        IS_ASKED.store(true, Ordering::Relaxed);
    });
    Ok(())
}

/// Goes on, or not.
///
/// # Errors
/// Where the run is to end.
pub(crate) fn check() -> Result<()> {
    if IS_ASKED.load(Ordering::Relaxed) {
        bail!("the run was ended by a signal");
    }
    Ok(())
}
