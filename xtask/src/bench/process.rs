//! What the kernel says about a process.

use anyhow::{Context, Result};

/// Nanoseconds of processor time that all threads have taken so far
/// (`/proc/PID/task/*/schedstat`: the same as utime + stime, but finer than a tick).
pub(super) fn cpu_ns(pid: u32) -> Result<u64> {
    let mut sum = 0;
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let first = text.split_whitespace().next().context("schedstat is empty")?;
        sum += first.parse::<u64>()?;
    }
    Ok(sum)
}

/// Resident bytes.
pub(super) fn resident(pid: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let line = text.lines().find(|line| line.starts_with("Rss:")).context("no Rss")?;
    let kb: u64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kb * 1024)
}
