//! How far loading has come, as `INFO persistence` tells it and commands are refused by.

use engine_base::{Now, UnixMs};

/// A load that goes on.
#[derive(Clone, Debug)]
pub(crate) struct LoadProgress {
    /// The old data is served meanwhile (`async_loading`).
    pub(crate) serves_old: bool,
    pub(crate) since: UnixMs,
    /// Bytes of all files; 0 where nobody knows.
    pub(crate) total: u64,
    pub(crate) loaded: u64,
    /// The memory that the data took where it was written, as it says.
    pub(crate) used_memory: u64,
}

impl LoadProgress {
    pub(crate) fn new(now: Now, total: u64, serves_old: bool) -> Self {
        Self { serves_old, since: now.unix, total, loaded: 0, used_memory: 0 }
    }

    /// The fields of `INFO persistence` that are there while data is loaded, each line ended.
    pub(crate) fn info(&self, now: Now, out: &mut String) {
        let share = |whole: u64| self.loaded as f64 / whole as f64 * 100.0;
        let (percent, left) = match (self.total, self.used_memory) {
            (0, 0) => (0.0, 1),
            // The memory says little about the file.
            (0, used) => (share(used).min(99.99), used.saturating_sub(self.loaded).max(1)),
            (total, _) => (share(total), total.saturating_sub(self.loaded)),
        };
        let elapsed = (now.unix.as_secs() - self.since.as_secs()).max(0) as u64;
        let eta = match elapsed {
            0 => 1,
            _ => elapsed.saturating_mul(left) / (self.loaded + 1),
        };
        for (name, value) in [
            ("start_time", self.since.as_secs().to_string()),
            ("total_bytes", self.total.to_string()),
            ("rdb_used_mem", self.used_memory.to_string()),
            ("loaded_bytes", self.loaded.to_string()),
            ("loaded_perc", format!("{percent:.2}")),
            ("eta_seconds", eta.to_string()),
        ] {
            out.push_str(&format!("loading_{name}:{value}\r\n"));
        }
    }
}
