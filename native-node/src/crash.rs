//! A defect of this program ends the process, as it ends redis-server: what is half done is not gone
//! on with, and a replica takes over. The log has a report in Redis's form (`crash-log-enabled`).

use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engine_node::SEGFAULT;
use engine_node::config::Config;
use rustix::process::{Signal, getpid, kill_process};

use crate::log::Log;

/// `crash-log-enabled` and `use-exit-on-panic`, as they are now.
static WITH_TRACE: AtomicBool = AtomicBool::new(true);
static EXITS: AtomicBool = AtomicBool::new(false);

/// Takes over what the configuration says.
pub(crate) fn configure(config: &Config) {
    WITH_TRACE.store(config.crash_log_enabled, Ordering::Relaxed);
    EXITS.store(config.use_exit_on_panic, Ordering::Relaxed);
}

const START: &[u8] = b"\n\n=== REDIS BUG REPORT START: Cut & paste starting from here ===\n";
const END: &[u8] = b"\n=== REDIS BUG REPORT END. Make sure to include from START to END. ===\n";

/// From now on a panic of any thread is reported in this log, and ends the process.
pub(crate) fn watch(log: Log) {
    std::panic::set_hook(Box::new(move |info| {
        log.raw(START);
        what(info).iter().for_each(|line| log.warning(line));
        if WITH_TRACE.load(Ordering::Relaxed) {
            let trace = Backtrace::force_capture();
            log.raw(format!("\n------ STACK TRACE ------\n{trace}\n").as_bytes());
        }
        log.raw(END);
        end();
    }));
}

/// Ends the process as one that must not go on ends.
pub(crate) fn end() -> ! {
    if EXITS.load(Ordering::Relaxed) {
        std::process::exit(1);
    }
    std::process::abort();
}

/// A signal ends the process while the node hears nobody.
pub(crate) fn unheard(log: &Log, signal: i32) -> ! {
    if WITH_TRACE.load(Ordering::Relaxed) {
        log.raw(START);
        log.warning(&format!("Redis 7.0.15 crashed by signal: {signal}"));
        log.warning("It was busy, and did not come to tell more.");
        log.raw(END);
    }
    std::process::abort();
}

/// Where the process stands, for the node's reports.
pub(crate) fn stack_trace() -> String {
    Backtrace::force_capture().to_string()
}

/// Ends the process by the signal that an exit code stands for.
pub(crate) fn end_by_signal(code: i32) -> ! {
    if code == SEGFAULT {
        // Rust's own handler takes the first for an access to memory, and leaves the next alone.
        for _ in 0..3 {
            let _ = kill_process(getpid(), Signal::SEGV);
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    std::process::abort();
}

fn what(info: &PanicHookInfo<'_>) -> [String; 4] {
    let rule = "-".repeat(48);
    let message = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map(|at| format!(" #{}:{}", at.file(), at.line()));
    [
        rule.clone(),
        "!!! Software Failure. Press left mouse button to continue".to_owned(),
        format!("Guru Meditation: {message}{}", place.unwrap_or_default()),
        rule,
    ]
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    use super::*;

    const LOG: &str = "NATIVE_NODE_CRASH_TEST_LOG";

    /// In a process of its own: it does not come back.
    #[test]
    fn a_defect_is_reported_and_ends_the_process() {
        if let Some(file) = std::env::var_os(LOG) {
            watch(Log { file: file.to_string_lossy().into_owned(), ..Log::early() });
            // A task of the runtime would keep it to itself.
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let tasks = tokio::task::LocalSet::new();
            let task = tasks.spawn_local(async { panic!("on purpose") });
            let _: Result<(), _> = runtime.block_on(tasks.run_until(task));
            return;
        }
        let log = std::env::temp_dir().join(format!("native-node-crash-{}", std::process::id()));
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.arg("a_defect_is_reported_and_ends_the_process").env(LOG, &log);
        let ended = again.output().unwrap().status;
        let text = std::fs::read_to_string(&log).unwrap();
        std::fs::remove_file(&log).unwrap();
        assert_eq!(ended.signal(), Some(6), "{text}");
        let lines =
            ["REDIS BUG REPORT START", "Guru Meditation: on purpose #", "STACK TRACE", "END"];
        let places: Vec<_> = lines.iter().map(|line| text.find(line)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{text}");
    }
}
