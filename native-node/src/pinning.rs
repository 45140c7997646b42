//! `server_cpulist`, `bio_cpulist`, `bgsave_cpulist`, `aof_rewrite_cpulist`: on which processors a
//! thread runs (setcpuaffinity.c).

use engine_node::FileKind;
use engine_node::config::Config;

/// The lists of those threads that are started later; empty for none.
#[derive(Clone, Debug, Default)]
pub(crate) struct CpuLists {
    /// The thread behind the disk.
    pub(crate) background: String,
    snapshot: String,
    rewrite: String,
}

impl CpuLists {
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            background: config.bio_cpulist.clone(),
            snapshot: config.bgsave_cpulist.clone(),
            rewrite: config.aof_rewrite_cpulist.clone(),
        }
    }

    /// That of the thread which writes such a file. Without one it runs where the server runs, as a
    /// child of redis-server does.
    pub(crate) fn writer(&self, kind: FileKind) -> String {
        let list = if kind == FileKind::Snapshot { &self.snapshot } else { &self.rewrite };
        list.clone()
    }
}

/// The processors of a list such as `0,2-3` or `0-20:2`, as taskset knows them; `None` when it is
/// none.
fn processors(list: &str) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    for part in list.split(',') {
        let (range, step) = part.split_once(':').map_or((part, "1"), |(range, step)| (range, step));
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        let step: usize = step.parse().ok().filter(|step| *step > 0)?;
        if first > last {
            return None;
        }
        // More than any machine has would only be counted through.
        found.extend((first..=last.min(MOST)).step_by(step));
    }
    Some(found)
}

/// The highest number of a processor that a set holds.
const MOST: usize = 1023;

#[cfg(target_os = "linux")]
mod system {
    use std::sync::OnceLock;

    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    /// Where the process was allowed to run when it began.
    static BORN: OnceLock<CpuSet> = OnceLock::new();

    /// As for redis-server, a list that is none or names no processor of this machine is read over.
    pub(crate) fn pin(list: &str) {
        if list.is_empty() {
            return;
        }
        if let Ok(born) = sched_getaffinity(None) {
            BORN.get_or_init(|| born);
        }
        let Some(processors) = super::processors(list) else { return };
        let mut set = CpuSet::new();
        processors.into_iter().filter(|n| *n < CpuSet::MAX_CPU).for_each(|n| set.set(n));
        let _ = sched_setaffinity(None, &set);
    }

    /// This thread was started by one that is pinned; without a list of its own it is free.
    pub(crate) fn pin_or_free(list: &str) {
        if let Some(born) = BORN.get()
            && list.is_empty()
        {
            let _ = sched_setaffinity(None, born);
        }
        pin(list);
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub(crate) fn pin(list: &str) {
        let _ = super::processors(list);
    }

    pub(crate) fn pin_or_free(list: &str) {
        pin(list);
    }
}

pub(crate) use system::{pin, pin_or_free};

#[cfg(test)]
mod tests {
    use super::processors;

    #[test]
    fn lists_are_read_as_taskset_reads_them() {
        assert_eq!(processors("0,2,3"), Some(vec![0, 2, 3]));
        assert_eq!(processors("0,2-3"), Some(vec![0, 2, 3]));
        assert_eq!(processors("0-6:2,9"), Some(vec![0, 2, 4, 6, 9]));
        assert_eq!(processors("1020-99999999").map(|found| found.len()), Some(4));
        for wrong in ["", "x", "1-", "-1", "3-1", "0-4:0", "0,,1", "1x"] {
            assert_eq!(processors(wrong), None, "{wrong}");
        }
    }
}
