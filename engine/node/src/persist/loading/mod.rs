//! Loading data in steps: clients are answered, and cluster nodes hear of this one, while a large
//! file is read (`startLoading`, `processEventsWhileBlocked`).
//!
//! One slice of a file is taken in one turn. Whatever fits in the first is loaded on the spot; for
//! more, the driver reads the next part while this one is taken.

mod files;
mod finish;
mod progress;
mod rdb;
mod records;
mod step;

use std::collections::VecDeque;

use engine_base::{Mono, Now};
use engine_store::aof::Manifest;

use crate::apart::cloned_apart;
use crate::api::DiskId;
use rdb::RdbFile;
use records::RecordsFile;

pub(crate) use progress::LoadProgress;

/// The least and the most of a file that is taken in one turn, whatever
/// `loading-process-events-interval-bytes` says.
const SLICE: core::ops::RangeInclusive<u64> = 64 * 1024..=4 * 1024 * 1024;

/// So many parts are read ahead: a driver that reads in another thread is not waited for.
const AHEAD: usize = 4;

/// Data that is being loaded from files.
pub(crate) struct Loading {
    /// The files, in order: the first is being read.
    files: VecDeque<File>,
    stage: Stage,
    /// Bytes of the first file that were asked for, and that have come.
    asked: u64,
    came: u64,
    /// Fewer came than were asked for: it ends there, whatever it was before.
    cut: bool,
    /// Parts that the driver reads, in order, and their lengths.
    awaited: VecDeque<(DiskId, usize)>,
    /// Bytes of the files before.
    before: u64,
    pace: Pace,
    since: Now,
    /// When the master last heard that this replica lives.
    told_master: Mono,
    then: Then,
    history: rdb::History,
}

cloned_apart!(Loading {
    files,
    stage,
    asked,
    came,
    cut,
    awaited,
    before,
    pace,
    since,
    told_master,
    then,
    history
});

/// A file to be loaded.
#[derive(Clone, Debug)]
struct File {
    /// Its name as the log has it, and where it is.
    name: String,
    path: String,
    size: u64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The RDB file.
    Snapshot,
    /// Of the append-only set: an RDB file, records, or the first followed by the second.
    Base,
    Incr,
}

/// How far the file that is being read is understood.
#[derive(Clone)]
enum Stage {
    /// What it is shows in its first bytes.
    Begin(Vec<u8>),
    Rdb(Box<RdbFile>),
    Records(Box<RecordsFile>),
}

/// What is done when all is loaded.
#[derive(Clone, Debug)]
enum Then {
    /// The RDB file at start: its history is gone on with.
    Snapshot,
    /// The append-only set, or what is left of it to make (no files at all).
    AppendOnly(Option<Manifest>),
    /// A single file of a server before 7.0, which becomes the base of a set.
    Adopt(String),
    /// A full synchronisation is complete.
    Synced,
}

/// `key-load-delay`: how long each key takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    delay_us: u64,
    due: Mono,
}

impl Pace {
    pub(crate) fn new(now: Now, delay: i64) -> Self {
        Self { delay_us: u64::try_from(delay).unwrap_or(0), due: now.mono }
    }

    /// Whether the next key may be taken by now.
    pub(crate) fn is_due(&self, now: Now) -> bool {
        self.delay_us == 0 || self.due <= now.mono
    }

    /// When the next key may be taken.
    pub(crate) fn due(&self) -> Mono {
        self.due
    }

    /// A key was taken.
    pub(crate) fn key(&mut self) {
        if self.delay_us > 0 {
            self.due = self.due + core::time::Duration::from_micros(self.delay_us);
        }
    }
}

/// Where a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// More bytes are needed.
    Hungry,
    /// The next key is not due yet.
    NotDue,
    /// A script that was read runs for long: what follows waits for its end.
    Script,
    /// The file is read.
    End,
}

impl std::fmt::Debug for Loading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loading").field("files", &self.files).finish_non_exhaustive()
    }
}
