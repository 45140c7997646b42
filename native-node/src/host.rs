//! The machine and this program, for `INFO`.

use std::cell::Cell;

use engine_node::HostFacts;

/// What the operating system says.
pub(crate) fn facts(supervised: &'static str) -> HostFacts {
    let name = rustix::system::uname();
    let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
    HostFacts {
        os: format!("{} {} {}", text(name.sysname()), text(name.release()), text(name.machine())),
        executable: std::env::current_exe()
            .map(|path| path.to_string_lossy().into_owned())
            .unwrap_or_default(),
        multiplexing: if cfg!(target_os = "linux") { "epoll" } else { "kqueue" }.into(),
        allocator: "mimalloc".into(),
        build_id: build_id(),
        supervised,
        system_memory: system_memory().unwrap_or(0),
        resident: Some(resident),
    }
}

/// A number that another build of this program has not: from its version and its own bytes' length
/// and time.
fn build_id() -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hash = DefaultHasher::new();
    env!("CARGO_PKG_VERSION").hash(&mut hash);
    let file = std::env::current_exe().and_then(std::fs::metadata);
    if let Ok(file) = file {
        (file.len(), file.modified().ok()).hash(&mut hash);
    }
    hash.finish()
}

#[cfg(target_os = "linux")]
fn system_memory() -> Option<u64> {
    let info = rustix::system::sysinfo();
    let unit = u64::from(info.mem_unit.max(1));
    Some(info.totalram * unit)
}

#[cfg(not(target_os = "linux"))]
fn system_memory() -> Option<u64> {
    None
}

/// For so many microseconds what the system said of the memory is good enough (`cronUpdateMemoryStats`
/// of redis-server looks ten times a second).
const RESIDENT_HOLDS: u64 = 100_000;

fn resident() -> Option<u64> {
    thread_local! {
        static SEEN: Cell<Option<(u64, u64)>> = const { Cell::new(None) };
    }
    let now = crate::clock::stopwatch();
    if let Some((at, bytes)) = SEEN.get()
        && now.saturating_sub(at) < RESIDENT_HOLDS
    {
        return Some(bytes);
    }
    let bytes = read_resident()?;
    SEEN.set(Some((now, bytes)));
    Some(bytes)
}

/// The second number of `/proc/self/statm` is in pages.
fn read_resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
