//! Shutdown: orderly at the first signal, immediate at the second.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that SIGINT and SIGTERM cancel.
///
/// # Errors
/// If signals cannot be listened to.
pub fn cancel_on_signal() -> std::io::Result<CancellationToken> {
    let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let token = CancellationToken::new();
    tokio::spawn(wait_for_signals(token.clone(), interrupt, terminate));
    Ok(token)
}

async fn wait_for_signals(token: CancellationToken, mut interrupt: Signal, mut terminate: Signal) {
    for is_second in [false, true] {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if is_second {
            // What was claimed comes back when its lease ends.
            std::process::exit(130);
        }
        // First: nothing that can fail stands before it.
        token.cancel();
        tracing::info!("stopping; waiting for work in progress to finish");
    }
}
