//! SIGTERM and SIGINT.

use tokio::signal::unix::{SignalKind, signal};

use crate::server::{Shared, turn};

/// Hands both signals to the node; a second SIGINT ends the process at once.
pub(crate) fn watch(server: &Shared) -> std::io::Result<()> {
    for (kind, name) in [(SignalKind::terminate(), "SIGTERM"), (SignalKind::interrupt(), "SIGINT")]
    {
        let mut signals = signal(kind)?;
        let server = server.clone();
        tokio::task::spawn_local(async move {
            let mut seen = false;
            while signals.recv().await.is_some() {
                if seen && name == "SIGINT" {
                    let mut server = server.borrow_mut();
                    server.log.warning("You insist... exiting now.");
                    server.exit = Some(1);
                    server.ended.notify_one();
                    return;
                }
                seen = true;
                turn(&server, |node, now| node.handle_terminate(now, name));
            }
        });
    }
    Ok(())
}
