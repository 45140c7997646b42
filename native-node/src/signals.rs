//! SIGTERM and SIGINT; SIGHUP means nothing: a terminal that is closed leaves the server alone.

use tokio::signal::unix::{SignalKind, signal};

use crate::server::{Shared, turn};

/// Hands both signals to the node.
pub(crate) fn watch(server: &Shared) -> std::io::Result<()> {
    for (kind, name) in [(SignalKind::terminate(), "SIGTERM"), (SignalKind::interrupt(), "SIGINT")]
    {
        let mut signals = signal(kind)?;
        let server = server.clone();
        tokio::task::spawn_local(async move {
            while signals.recv().await.is_some() {
                turn(&server, |node, now| node.handle_terminate(now, name));
            }
        });
    }
    // As for redis-server; what comes is taken and forgotten.
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::task::spawn_local(async move { while hang_up.recv().await.is_some() {} });
    Ok(())
}
