//! RDB and append-only file: when they are written and read.

use engine_base::Now;

use crate::Node;
use crate::api::{Action, DiskError, DiskId};

/// What a write is answered when the last save failed (`stop-writes-on-bgsave-error`).
pub(crate) const MISCONF: &str = "MISCONF Redis is configured to save RDB snapshots, but it's \
currently unable to persist to disk. Commands that may modify the data set are disabled, because \
this instance is configured to report errors during writes if RDB snapshotting fails \
(stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.";

/// The state of saving.
#[derive(Clone, Debug, Default)]
pub(crate) struct Persist {}

impl Persist {
    /// Whether writes are appended to a file.
    pub(crate) fn appends(&self) -> bool {
        false
    }
}

impl Node {
    pub(crate) fn persist_blocks_writes(&self) -> bool {
        false
    }

    pub(crate) fn persist_disk_done(
        &mut self,
        _now: Now,
        _id: DiskId,
        _done: Result<(), DiskError>,
    ) {
    }

    pub(crate) fn persist_before_sleep(&mut self, _now: Now) {}

    pub(crate) fn feed_append_only_file(&mut self, _now: Now, _db: usize, _words: &[&[u8]]) {}

    /// An orderly end (`prepareForShutdown`).
    pub(crate) fn shutdown(&mut self, _now: Now) {
        self.out.push(Action::Exit { code: 0 });
    }
}

impl Node {
    /// Reads the data that an earlier process left; how many keys.
    pub(crate) fn load_data(
        &mut self,
        _now: Now,
        _disk: &dyn crate::api::BootDisk,
    ) -> Result<usize, crate::api::BootError> {
        Ok(0)
    }
}
