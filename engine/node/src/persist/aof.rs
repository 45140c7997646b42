//! The append-only file while the process runs: every write is appended, and made durable as
//! `appendfsync` says.

use std::collections::VecDeque;

use bytes::Bytes;
use engine_base::{Mono, Now};
use engine_store::aof::Manifest;

use super::opening::Asked;
use super::rewrite::Rewrite;
use crate::Node;
use crate::api::{Action, DiskError, DiskId, DiskOp, LogLevel};
use crate::config::AppendFsync;
use crate::replication::encode;

/// The append-only file of a running process.
#[derive(Clone, Debug)]
pub(super) struct AppendOnly {
    pub(super) manifest: Manifest,
    /// Writes of this turn that no action has taken yet.
    buffer: Vec<u8>,
    /// The database that the records have selected.
    selected: Option<usize>,
    /// Appends on their way, so that a failed one can be tried again.
    under_way: VecDeque<(DiskId, Bytes)>,
    /// Bytes were appended since the last sync.
    unsynced: bool,
    /// Bytes of all files now, and after the last rewrite.
    pub(super) size: u64,
    pub(super) base_size: u64,
    /// Why the last append failed.
    pub(super) error: Option<DiskError>,
    pub(super) retry_at: Mono,
    pub(super) rewrite: Option<Rewrite>,
    /// The second of the last timestamp (`aof-timestamp-enabled`).
    told_second: i64,
    /// It was switched on and has no base yet: what is on the disk is not all data.
    pub(super) initial: bool,
}

impl AppendOnly {
    /// Bytes that no action has taken yet.
    pub(super) fn unwritten(&self) -> usize {
        self.buffer.len()
    }

    pub(super) fn new(manifest: Manifest, size: u64) -> Self {
        Self {
            manifest,
            buffer: Vec::new(),
            selected: None,
            under_way: VecDeque::new(),
            unsynced: false,
            size,
            base_size: size,
            error: None,
            retry_at: Mono::ZERO,
            rewrite: None,
            told_second: 0,
            initial: false,
        }
    }

    pub(super) fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// The next record names its database (a new file begins).
    pub(super) fn forget_database(&mut self) {
        self.selected = None;
    }
}

/// The annotation that tells in which second what follows was written.
pub(super) fn timestamp(now: Now) -> String {
    format!("#TS:{}\r\n", now.unix.as_secs())
}

impl Node {
    /// The path of a file of the append-only set.
    pub(super) fn aof_path(&self, name: &str) -> String {
        self.path_of(&format!("{}/{name}", self.config.appenddirname))
    }

    /// Appends a command to the file, if it is on.
    pub(crate) fn feed_append_only_file(&mut self, now: Now, db: usize, words: &[&[u8]]) {
        let Some(aof) = &mut self.persist.aof else { return };
        let second = now.unix.as_secs();
        if self.config.aof_timestamp_enabled && aof.told_second < second {
            aof.told_second = second;
            aof.buffer.extend_from_slice(timestamp(now).as_bytes());
        }
        if aof.selected != Some(db) {
            aof.selected = Some(db);
            encode(&[b"SELECT", db.to_string().as_bytes()], &mut aof.buffer);
        }
        encode(words, &mut aof.buffer);
    }

    /// Writes a line that readers of the append-only file read over unless they know it.
    pub(crate) fn append_annotation(&mut self, line: &str) {
        if let Some(aof) = &mut self.persist.aof {
            aof.buffer.extend_from_slice(line.as_bytes());
            aof.buffer.extend_from_slice(b"\r\n");
        }
    }

    /// Whether what an answer tells must outlive a loss of power (`appendfsync always`).
    pub(crate) fn answers_wait_for_disk(&self) -> bool {
        self.persist.appends() && self.config.appendfsync == AppendFsync::Always
    }

    /// Hands the writes of this turn to the disk, before anybody is answered: with `appendfsync
    /// always` they are durable then.
    pub(super) fn flush_append_only_file(&mut self) {
        let always = self.config.appendfsync == AppendFsync::Always && !self.leaves_disk_alone();
        let Some(aof) = &mut self.persist.aof else { return };
        if aof.buffer.is_empty() || aof.error.is_some() {
            return;
        }
        let Some(part) = aof.manifest.incr.last() else { return };
        let name = part.name.clone();
        let bytes: Bytes = std::mem::take(&mut aof.buffer).into();
        let path = self.aof_path(&name);
        let op = DiskOp::Append { path: path.clone(), bytes: bytes.clone() };
        let id = self.out.disk_before_replies(op, always);
        if always {
            self.out.disk_before_replies(DiskOp::Sync { path }, true);
        }
        self.persist.flushed = true;
        if let Some(aof) = &mut self.persist.aof {
            aof.size += bytes.len() as u64;
            aof.under_way.push_back((id, bytes));
            aof.unsynced = !always;
        }
    }

    /// `no-appendfsync-on-rewrite`: while a large file is written, its own syncs are enough for the
    /// disk.
    fn leaves_disk_alone(&self) -> bool {
        self.config.no_appendfsync_on_rewrite && (self.saves() || self.rewrites())
    }

    /// Makes all that was appended durable; `barrier` when what comes next must wait for it.
    pub(super) fn sync_append_only_file(&mut self, barrier: bool) {
        self.flush_append_only_file();
        let Some(aof) = &mut self.persist.aof else { return };
        aof.unsynced = false;
        if let Some(name) = aof.manifest.incr.last().map(|p| p.name.clone()) {
            let path = self.aof_path(&name);
            self.out.disk(DiskOp::Sync { path }, barrier);
        }
    }

    /// Once a second.
    pub(super) fn check_append_only(&mut self, now: Now) {
        match (self.config.appendonly, self.persist.appends()) {
            (true, false) => self.open_for_rewrite(Asked::Clock),
            (false, true) => self.switch_off_append_only(),
            _ => {}
        }
        // With `always` something is left to do only when it was left alone for a while.
        let syncs = self.config.appendfsync != AppendFsync::No && !self.leaves_disk_alone();
        let Some(aof) = &mut self.persist.aof else { return };
        if aof.error.is_some() && aof.retry_at <= now.mono {
            aof.error = None;
            self.flush_append_only_file();
        }
        if syncs && self.persist.aof.as_ref().is_some_and(|aof| aof.unsynced) {
            // Nobody waits for it: `appendfsync everysec` may lose a second.
            self.sync_append_only_file(false);
        }
        self.check_growth();
    }

    /// An operation on one of the files ended.
    pub(super) fn aof_disk_done(&mut self, now: Now, id: DiskId, done: Result<(), DiskError>) {
        if self.rewrite_disk_done(now, id, &done) {
            return;
        }
        let always = self.config.appendfsync == AppendFsync::Always;
        let Some(aof) = &mut self.persist.aof else { return };
        let Some(at) = aof.under_way.iter().position(|(other, _)| *other == id) else { return };
        let Some((_, bytes)) = aof.under_way.remove(at) else { return };
        let Err(error) = done else { return };
        let text = format!("Error writing to the AOF file: {error}");
        self.out.log(LogLevel::Warning, text);
        if always {
            self.out.log(
                LogLevel::Warning,
                "Can't recover from AOF write error when the AOF fsync policy is 'always'. \
                 Exiting...",
            );
            self.out.push(Action::Exit { code: 1 });
            return;
        }
        // It goes out again before what came later.
        let mut again = bytes.to_vec();
        again.append(&mut aof.buffer);
        aof.buffer = again;
        aof.size = aof.size.saturating_sub(bytes.len() as u64);
        aof.error = Some(error);
        aof.retry_at = now.mono.plus_ms(1000);
    }
}
