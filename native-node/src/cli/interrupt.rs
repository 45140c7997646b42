//! Ctrl-C in the modes that end with a summary of what they have seen, and where lines are edited.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use tokio::signal::unix::{SignalKind, signal};

static PRESSED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C does not end the process; it is remembered, and this is done. A thread waits for
/// it: one of the modes computes without a pause, and who reads keys waits for nothing else.
pub(super) fn watch(then: fn()) {
    let (ready, is_ready) = mpsc::channel();
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else {
            return;
        };
        runtime.block_on(async {
            let Ok(mut signals) = signal(SignalKind::interrupt()) else { return };
            let _ = ready.send(());
            while signals.recv().await.is_some() {
                PRESSED.store(true, Ordering::Relaxed);
                then();
            }
        });
    });
    // Without the thread Ctrl-C ends the process, as it does everywhere else.
    let _ = is_ready.recv();
}

/// Whether it was pressed.
pub(super) fn pressed() -> bool {
    PRESSED.load(Ordering::Relaxed)
}
