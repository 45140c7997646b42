//! All data on its way to a file, piece by piece: no fork, and no long stop.
//!
//! The data is a snapshot (copy-on-write), so what is written is how things were when it began.
//! Small data is one operation; of more the driver makes the pieces, beside everything else.

use core::time::Duration;

use engine_base::{Mono, Now};
use engine_store::rdb::Writer;

use crate::Node;
use crate::api::{DiskError, DiskId, DiskOp, FileKind, Pieces};

/// Up to so many bytes are written whole.
const SMALL: usize = 64 * 1024;
/// After so many bytes a large file is made durable (`REDIS_AUTOSYNC_BYTES`).
const SYNC_STEP: u64 = 4 << 20;

/// A file that is being written.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    kind: FileKind,
    /// What is still to be written, key by key (`rdb-key-save-delay`); `None` when the disk has been
    /// given all.
    writer: Option<Writer>,
    /// Where it is written, and the name that it gets at the end.
    temporary: String,
    path: String,
    /// Operations that the disk has not told back.
    under_way: Vec<DiskId>,
    /// The operation whose end is the end of all.
    last: Option<DiskId>,
    /// Bytes so far.
    pub(super) size: u64,
    failed: Option<DiskError>,
    /// When its next key may be written (`rdb-key-save-delay`).
    due: Mono,
    /// A file whose content is known, and of how many keys it is, that is to come when it is due.
    whole: Option<(Vec<u8>, usize)>,
}

/// What the end of a disk operation means for a snapshot.
pub(super) enum Progress {
    /// It is none of its operations.
    Foreign,
    /// There is more to come.
    More,
    /// The file is there, or will never be.
    Done(Result<(), DiskError>),
}

/// Writes as many keys as are due by now, with `delay` microseconds for each; `false` when all are
/// written.
pub(crate) fn step_slowly(
    writer: &mut Writer,
    out: &mut Vec<u8>,
    delay: u64,
    due: &mut Mono,
    now: Mono,
) -> bool {
    let after = |keys: u64| Duration::from_micros(delay.saturating_mul(keys.max(1)));
    if *due == Mono::ZERO {
        *due = now + after(1);
    }
    let mut more = true;
    while more && *due <= now {
        let before = writer.keys();
        more = writer.step(out, 1);
        *due = *due + after(writer.keys() - before);
    }
    more
}

impl Snapshot {
    /// A file of so many bytes, of which the disk knows nothing yet.
    fn of(path: String, size: u64) -> Self {
        Self {
            kind: FileKind::Snapshot,
            writer: None,
            temporary: String::new(),
            path,
            under_way: Vec::new(),
            last: None,
            size,
            failed: None,
            due: Mono::ZERO,
            whole: None,
        }
    }

    /// So many more bytes have been written, if it is of this file.
    pub(super) fn written(&mut self, id: DiskId, bytes: u64) {
        if self.under_way.contains(&id) {
            self.size += bytes;
        }
    }
}

impl Node {
    /// Begins to write a file; the driver is given its first pieces. Small data is written whole,
    /// in one operation. Until it is complete the file is called `temporary`, in the folder of this
    /// process.
    pub(super) fn begin_snapshot(
        &mut self,
        mut writer: Writer,
        temporary: &str,
        path: String,
        kind: FileKind,
    ) -> Snapshot {
        let temporary = self.path_of(temporary);
        let mut first = Vec::new();
        let more = self.save_delay().is_some() || writer.step(&mut first, SMALL);
        let mut snapshot = Snapshot { kind, temporary, ..Snapshot::of(path, 0) };
        if more {
            snapshot.writer = Some(writer);
            // What a process with this number left there is no part of it.
            self.out.disk(DiskOp::Remove { path: snapshot.temporary.clone() }, true);
            self.write_piece(&mut snapshot, first);
        } else {
            snapshot.size = first.len() as u64;
            let op = DiskOp::Replace { path: snapshot.path.clone(), bytes: first.into() };
            snapshot.last = Some(self.out.disk(op, false));
        }
        snapshot
    }

    /// Writes all of it at once: the process ends when it is there.
    pub(super) fn snapshot_at_once(&mut self, writer: Writer, path: String) -> Snapshot {
        self.whole_file(writer.finish(), path)
    }

    /// Writes a file whose content is known, in one operation.
    pub(super) fn whole_file(&mut self, bytes: Vec<u8>, path: String) -> Snapshot {
        let size = bytes.len() as u64;
        let op = DiskOp::Replace { path: path.clone(), bytes: bytes.into() };
        let last = Some(self.out.disk(op, false));
        Snapshot { last, ..Snapshot::of(path, size) }
    }

    /// As [`Self::whole_file`], but not before `rdb-key-save-delay` has passed for each key.
    pub(super) fn slow_file(&mut self, bytes: Vec<u8>, keys: usize, path: String) -> Snapshot {
        if self.save_delay().is_none() {
            return self.whole_file(bytes, path);
        }
        let size = bytes.len() as u64;
        Snapshot { whole: Some((bytes, keys)), ..Snapshot::of(path, size) }
    }

    /// Writes a whole file that is due.
    fn pace_whole(&mut self, now: Now, snapshot: &mut Snapshot) {
        let Some((bytes, keys)) = snapshot.whole.take() else { return };
        let delay = self.save_delay().unwrap_or(0);
        if snapshot.due == Mono::ZERO {
            let micros = delay.saturating_mul(keys.max(1) as u64);
            snapshot.due = now.mono + Duration::from_micros(micros);
        }
        if delay > 0 && now.mono < snapshot.due {
            snapshot.whole = Some((bytes, keys));
            return;
        }
        let op = DiskOp::Replace { path: snapshot.path.clone(), bytes: bytes.into() };
        snapshot.last = Some(self.out.disk(op, false));
    }

    /// Nobody wants the file any more: what there is of it goes.
    pub(super) fn abandon_snapshot(&mut self, snapshot: Snapshot) {
        if snapshot.writer.is_some() || !snapshot.under_way.is_empty() {
            // Before the process may end: nothing comes behind it that would remove the file.
            let ends = self.persist.ending.is_some();
            self.out.disk(DiskOp::Remove { path: snapshot.temporary }, ends);
        }
    }

    /// A disk operation ended: the snapshot goes on if it was its own.
    #[inline(never)]
    pub(super) fn snapshot_disk_done(
        &mut self,
        snapshot: &mut Snapshot,
        id: DiskId,
        done: Result<(), DiskError>,
    ) -> Progress {
        if snapshot.last == Some(id) {
            return Progress::Done(snapshot.failed.take().map_or(done, Err));
        }
        let Some(at) = snapshot.under_way.iter().position(|piece| *piece == id) else {
            return Progress::Foreign;
        };
        snapshot.under_way.remove(at);
        if let Err(error) = done
            && snapshot.failed.is_none()
        {
            snapshot.failed = Some(error);
            snapshot.writer = None;
            let op = DiskOp::Remove { path: snapshot.temporary.clone() };
            snapshot.last = Some(self.out.disk(op, false));
        }
        self.write_on(snapshot);
        Progress::More
    }

    /// `rdb-key-save-delay`: microseconds between two keys of a snapshot, if any.
    pub(crate) fn save_delay(&self) -> Option<u64> {
        u64::try_from(self.config.rdb_key_save_delay).ok().filter(|micros| *micros > 0)
    }

    /// Ten times a second: writes as many keys of a delayed snapshot as are due.
    #[inline(never)]
    pub(super) fn pace_snapshot(&mut self, now: Now, snapshot: &mut Snapshot) {
        if snapshot.whole.is_some() {
            return self.pace_whole(now, snapshot);
        }
        let Some(delay) = self.save_delay() else { return self.write_on(snapshot) };
        let Some(mut writer) = snapshot.writer.take() else { return };
        let mut piece = Vec::new();
        if step_slowly(&mut writer, &mut piece, delay, &mut snapshot.due, now.mono) {
            snapshot.writer = Some(writer);
        }
        if !piece.is_empty() {
            self.write_piece(snapshot, piece);
        }
    }

    /// Once the disk has taken what it was given: hands over the rest, and then gives the file its
    /// name.
    fn write_on(&mut self, snapshot: &mut Snapshot) {
        if !snapshot.under_way.is_empty() || snapshot.last.is_some() || snapshot.failed.is_some() {
            return;
        }
        if snapshot.writer.is_none() {
            let (from, to) = (snapshot.temporary.clone(), snapshot.path.clone());
            snapshot.last = Some(self.out.disk(DiskOp::Rename { from, to }, false));
        } else if self.save_delay().is_none()
            && let Some(writer) = snapshot.writer.take()
        {
            let (path, pieces) = (snapshot.temporary.clone(), Pieces::new(writer));
            let kind = snapshot.kind;
            let in_steps = match kind {
                FileKind::Snapshot => self.config.rdb_save_incremental_fsync,
                FileKind::AofBase => self.config.aof_rewrite_incremental_fsync,
            };
            let sync_every = in_steps.then_some(SYNC_STEP);
            let op = DiskOp::Stream { path, pieces, kind, sync_every };
            snapshot.under_way.push(self.out.disk(op, false));
        }
    }

    fn write_piece(&mut self, snapshot: &mut Snapshot, piece: Vec<u8>) {
        snapshot.size += piece.len() as u64;
        let op = DiskOp::Append { path: snapshot.temporary.clone(), bytes: piece.into() };
        snapshot.under_way.push(self.out.disk(op, false));
    }
}
