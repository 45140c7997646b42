//! SIGTERM and SIGINT; SIGABRT, which leaves a report; SIGHUP means nothing: a terminal that is
//! closed leaves the server alone.

use std::time::Duration;

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};

use crate::crash;
use crate::log::Log;
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
    let mut abort = signal(SIGABRT)?;
    let (server, log) = (server.clone(), server.borrow().log.clone());
    tokio::task::spawn_local(async move {
        while abort.recv().await.is_some() {
            turn(&server, |node, now| node.handle_crash(now, Signal::ABORT.as_raw()));
        }
    });
    std::thread::Builder::new().name("abort".to_owned()).spawn(move || abort_for_sure(&log))?;
    Ok(())
}

const SIGABRT: SignalKind = SignalKind::from_raw(Signal::ABORT.as_raw());

/// SIGABRT ends a process that does not come to its report, too.
fn abort_for_sure(log: &Log) {
    const PATIENCE: Duration = Duration::from_secs(2);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        if let Ok(mut abort) = signal(SIGABRT) {
            abort.recv().await;
            std::thread::sleep(PATIENCE);
            crash::unheard(log, Signal::ABORT.as_raw());
        }
    });
}
