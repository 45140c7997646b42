//! One file: what the kernel's cache holds, and what of it is on the disk.

use std::sync::Arc;

use engine_base::UnixMs;

/// How long Linux leaves a changed page in memory (`dirty_expire_centisecs`).
const WRITE_BACK_MS: i64 = 30_000;
/// How often ext4 commits its journal.
const JOURNAL_MS: i64 = 5000;

/// Content and how safe it is.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) data: Arc<Vec<u8>>,
    pub(super) safe: Safe,
    pub(super) dirty_since: Option<UnixMs>,
    pub(super) modified: UnixMs,
    pub(super) mode: u16,
}

/// The part of a file that is on the disk.
#[derive(Clone, Debug)]
pub(super) enum Safe {
    /// The file's name itself is not yet.
    Nothing,
    /// So many first bytes of what the cache holds.
    Prefix(usize),
    /// Older content.
    Older(Arc<Vec<u8>>),
}

impl File {
    pub(super) fn new(data: Arc<Vec<u8>>, now: UnixMs) -> Self {
        Self { data, safe: Safe::Nothing, dirty_since: Some(now), modified: now, mode: 0o644 }
    }

    pub(super) fn sync(&mut self) {
        self.safe = Safe::Prefix(self.data.len());
        self.dirty_since = None;
    }

    /// The journal was committed: the file is there after a power loss, if only as an empty one.
    pub(super) fn name_is_safe(&mut self) {
        if matches!(self.safe, Safe::Nothing) {
            self.safe = Safe::Prefix(0);
        }
    }

    /// Notes a write at `now`; what the kernel has had for long enough goes to the disk first.
    pub(super) fn touch(&mut self, now: UnixMs) {
        if self.is_old(now) {
            self.sync();
        }
        self.dirty_since.get_or_insert(now);
        self.modified = now;
    }

    pub(super) fn is_old(&self, now: UnixMs) -> bool {
        self.dirty_since.is_some_and(|since| now.0.saturating_sub(since.0) >= WRITE_BACK_MS)
    }

    pub(super) fn set(&mut self, data: Arc<Vec<u8>>, now: UnixMs) {
        self.touch(now);
        if let Safe::Prefix(len) = self.safe {
            let mut old = std::mem::take(&mut self.data);
            if old.len() > len {
                Arc::make_mut(&mut old).truncate(len);
            }
            self.safe = Safe::Older(old);
        }
        self.data = data;
    }

    /// The content after a power loss; `None` when the file is not there any more.
    pub(super) fn survive(mut self, now: UnixMs) -> Option<Self> {
        if self.is_old(now) {
            self.sync();
        }
        // The journal is committed every five seconds by itself.
        if self.dirty_since.is_some_and(|since| now.0.saturating_sub(since.0) >= JOURNAL_MS) {
            self.name_is_safe();
        }
        let data = match self.safe {
            Safe::Nothing => return None,
            Safe::Prefix(len) => {
                let mut data = self.data;
                if data.len() > len {
                    Arc::make_mut(&mut data).truncate(len);
                }
                data
            }
            Safe::Older(data) => data,
        };
        let len = data.len();
        Some(Self { data, safe: Safe::Prefix(len), dirty_since: None, ..self })
    }
}
