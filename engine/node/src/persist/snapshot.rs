//! All data on its way to a file, piece by piece: no fork, and no long stop.
//!
//! The data is a snapshot (copy-on-write), so what is written is how things were when it began.
//! The next piece is made when the disk has taken an earlier one; clients are served in between.

use engine_store::rdb::Writer;

use crate::Node;
use crate::api::{DiskError, DiskId, DiskOp};

/// Bytes of one piece: a few hundred keys, a fraction of a millisecond.
const PIECE: usize = 64 * 1024;
/// How many pieces the disk has at most: it writes one while the next is made.
const WINDOW: usize = 2;

/// A file that is being written.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// What is still to be written; `None` when the disk has been given all.
    writer: Option<Writer>,
    /// Where it is written, and the name that it gets at the end.
    temporary: String,
    path: String,
    /// Pieces that the disk has not told back.
    under_way: Vec<DiskId>,
    /// The operation whose end is the end of all.
    last: Option<DiskId>,
    /// Bytes so far.
    pub(super) size: u64,
    failed: Option<DiskError>,
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

impl Node {
    /// Begins to write a file; the driver is given its first pieces. Small data is written whole,
    /// in one operation.
    pub(super) fn begin_snapshot(&mut self, mut writer: Writer, path: String) -> Snapshot {
        let temporary = format!("{path}.temp-{}", self.pid);
        let mut first = Vec::new();
        let more = writer.step(&mut first, PIECE);
        let mut snapshot = Snapshot {
            writer: None,
            temporary,
            path,
            under_way: Vec::new(),
            last: None,
            size: first.len() as u64,
            failed: None,
        };
        if more {
            snapshot.writer = Some(writer);
            // What a process with this number left there is no part of it.
            self.out.disk(DiskOp::Remove { path: snapshot.temporary.clone() }, false);
            self.write_piece(&mut snapshot, first);
            self.write_on(&mut snapshot);
        } else {
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
        let (temporary, under_way) = (String::new(), Vec::new());
        Snapshot { writer: None, temporary, path, under_way, last, size, failed: None }
    }

    /// Nobody wants the file any more: what there is of it goes.
    pub(super) fn abandon_snapshot(&mut self, snapshot: Snapshot) {
        if snapshot.writer.is_some() || !snapshot.under_way.is_empty() {
            self.out.disk(DiskOp::Remove { path: snapshot.temporary }, false);
        }
    }

    /// A disk operation ended: the snapshot goes on if it was its own.
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

    /// Gives the disk pieces until it has enough, and after the last one the file its name.
    fn write_on(&mut self, snapshot: &mut Snapshot) {
        while snapshot.under_way.len() < WINDOW
            && let Some(writer) = &mut snapshot.writer
        {
            let mut piece = Vec::with_capacity(PIECE + PIECE / 4);
            if !writer.step(&mut piece, PIECE) {
                snapshot.writer = None;
            }
            snapshot.size += piece.len() as u64;
            self.write_piece(snapshot, piece);
            if snapshot.writer.is_none() {
                let (from, to) = (snapshot.temporary.clone(), snapshot.path.clone());
                snapshot.last = Some(self.out.disk(DiskOp::Rename { from, to }, false));
            }
        }
    }

    fn write_piece(&mut self, snapshot: &mut Snapshot, piece: Vec<u8>) {
        let op = DiskOp::Append { path: snapshot.temporary.clone(), bytes: piece.into() };
        snapshot.under_way.push(self.out.disk(op, false));
    }
}
