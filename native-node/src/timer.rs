//! The one timer: the node says when it wants to be called next.

use crate::server::{Shared, turn};

/// Calls the node at its deadlines for ever.
pub(crate) async fn run(server: Shared) {
    let sooner = server.borrow().sooner.clone();
    loop {
        let due = {
            let server = server.borrow();
            let at = server.node.next_deadline().at;
            (at > server.clock.now().mono).then(|| server.clock.instant(at))
        };
        match due {
            None => {
                turn(&server, |node, now| node.handle_timeout(now));
                // Others get their turn even when the node has something due all the time.
                tokio::task::yield_now().await;
            }
            Some(Some(at)) => {
                let wait = sooner.notified();
                // Whichever comes first: both only lead to another look at the deadline.
                let _ = tokio::time::timeout_at(at.into(), wait).await;
            }
            Some(None) => sooner.notified().await,
        }
    }
}
