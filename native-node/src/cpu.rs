//! The processor's time, as the operating system counts it (`getrusage`).

use std::time::Duration;

use engine_node::{CpuTime, CpuTimes};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// What this process has used until now. The node runs on the thread that asks.
pub(crate) fn times() -> CpuTimes {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    let main_thread = used(UsageWho::RUSAGE_THREAD);
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    let main_thread = None;
    CpuTimes {
        process: used(UsageWho::RUSAGE_SELF).unwrap_or_default(),
        children: used(UsageWho::RUSAGE_CHILDREN).unwrap_or_default(),
        main_thread,
    }
}

fn used(who: UsageWho) -> Option<CpuTime> {
    let usage = getrusage(who).ok()?;
    Some(CpuTime { system: duration(usage.system_time()), user: duration(usage.user_time()) })
}

fn duration(time: TimeVal) -> Duration {
    let secs = u64::try_from(time.tv_sec()).unwrap_or(0);
    let micros = u64::try_from(time.tv_usec()).unwrap_or(0);
    Duration::from_secs(secs).saturating_add(Duration::from_micros(micros))
}
