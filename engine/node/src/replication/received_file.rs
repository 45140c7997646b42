//! What a full synchronisation brings is kept as the RDB file, as redis-server does
//! (`readSyncBulkPayload`, `repl-diskless-load disabled`): a process that starts again begins with
//! it, and may go on from where it stands.

use std::collections::VecDeque;

use engine_base::Now;

use crate::Node;
use crate::apart::cloned_apart;
use crate::api::{DiskError, DiskId, DiskOp, LogLevel};
use crate::config::DisklessLoad;

/// Bytes of one piece.
const PIECE: usize = 64 * 1024;
/// So many bytes at the end of what has come may be the mark behind the data.
const MARK: usize = 40;
/// So much of it is kept in memory: it is loaded in one turn.
const KEPT: usize = 1 << 20;

/// The file while it comes in.
#[derive(Debug)]
pub(super) struct ReceivedFile {
    temporary: String,
    /// What came and was not yet given to the disk.
    pending: Vec<u8>,
    /// All that came, as long as it is little: it need not be read back.
    whole: Option<Vec<u8>>,
    /// Whether the disk has some of it.
    begun: bool,
    /// Pieces that the disk has not told back.
    under_way: VecDeque<DiskId>,
    /// The operation that gives the file its name.
    naming: Option<DiskId>,
}

cloned_apart!(ReceivedFile { temporary, pending, whole, begun, under_way, naming });

impl Node {
    /// Whether the data of a full synchronisation goes by no file (`useDisklessLoad`).
    pub(super) fn loads_diskless(&self) -> bool {
        match self.config.repl_diskless_load {
            DisklessLoad::Swapdb => true,
            DisklessLoad::OnEmptyDb => self.dbs.iter().all(engine_store::Db::is_empty),
            DisklessLoad::Disabled => false,
        }
    }

    /// Data is about to come, for a file.
    pub(super) fn begin_received_file(&mut self, now: Now) {
        self.abandon_received_file();
        let name = format!("temp-{}.{}.rdb", now.unix.as_secs(), self.pid);
        self.replication.received = Some(ReceivedFile {
            temporary: self.path_of(&name),
            pending: Vec::new(),
            whole: Some(Vec::new()),
            begun: false,
            under_way: VecDeque::new(),
            naming: None,
        });
    }

    /// Bytes of the file came, perhaps with its end mark.
    pub(super) fn store_received(&mut self, bytes: &[u8]) {
        let Some(file) = &mut self.replication.received else { return };
        file.pending.extend_from_slice(bytes);
        match &mut file.whole {
            Some(whole) if whole.len() + bytes.len() <= KEPT => whole.extend_from_slice(bytes),
            whole => *whole = None,
        }
        if file.pending.len() >= PIECE + MARK {
            let end = file.pending.split_off(file.pending.len() - MARK);
            let bytes = std::mem::replace(&mut file.pending, end).into();
            let op = DiskOp::Append { path: file.temporary.clone(), bytes };
            file.begun = true;
            file.under_way.push_back(self.out.disk(op, false));
        }
    }

    /// All is here, and the last `beyond` bytes are no part of the file: it gets its name.
    pub(super) fn name_received_file(&mut self, now: Now, beyond: usize) {
        let Some(mut file) = self.replication.received.take() else { return };
        self.stop_save_for_received_file(now);
        file.pending.truncate(file.pending.len().saturating_sub(beyond));
        if let Some(whole) = &mut file.whole {
            whole.truncate(whole.len().saturating_sub(beyond));
        }
        let (bytes, from) = (std::mem::take(&mut file.pending).into(), file.temporary.clone());
        let op = DiskOp::Append { path: from.clone(), bytes };
        file.under_way.push_back(self.out.disk(op, false));
        let to = self.path_of(&self.config.dbfilename.clone());
        file.naming = Some(self.out.disk(DiskOp::Rename { from, to }, false));
        self.replication.received = Some(file);
    }

    /// A save of the old data that is under way would take the place of the new file.
    fn stop_save_for_received_file(&mut self, now: Now) {
        if self.stop_background_save() {
            let text = format!(
                "Replica is about to load the RDB file received from the master, but there is a \
                 pending RDB child running. Killing process {} and removing its temp file to \
                 avoid any race",
                self.pid.wrapping_add(1)
            );
            self.out.log(LogLevel::Notice, text);
            self.sync_file_done(now, None);
        }
    }

    /// Nobody wants the file any more.
    pub(super) fn abandon_received_file(&mut self) {
        let Some(file) = self.replication.received.take() else { return };
        if file.begun && file.naming.is_none() {
            self.out.disk(DiskOp::Remove { path: file.temporary }, false);
        }
    }

    /// A disk operation ended; whether it was one of the file's.
    pub(crate) fn received_file_disk_done(
        &mut self,
        now: Now,
        id: DiskId,
        done: &Result<(), DiskError>,
    ) -> bool {
        let Some(file) = &mut self.replication.received else { return false };
        let named = file.naming == Some(id);
        if !named {
            let Some(at) = file.under_way.iter().position(|piece| *piece == id) else {
                return false;
            };
            file.under_way.remove(at);
        }
        match done {
            Err(error) => self.received_file_failed(now, named, error),
            Ok(()) if named => {
                let whole = self.replication.received.take().and_then(|file| file.whole);
                self.load_received(now, whole);
            }
            Ok(()) => {}
        }
        true
    }

    fn received_file_failed(&mut self, now: Now, named: bool, error: &DiskError) {
        let text = if named {
            format!(
                "Failed trying to rename the temp DB into {} in MASTER <-> REPLICA \
                 synchronization: {error}",
                self.config.dbfilename
            )
        } else {
            format!(
                "Write error or short write writing to the DB dump file needed for MASTER <-> \
                 REPLICA synchronization: {error}"
            )
        };
        self.out.log(LogLevel::Warning, text);
        if let Some(file) = self.replication.received.take() {
            self.out.disk(DiskOp::Remove { path: file.temporary }, false);
        }
        self.replication.cached = false;
        self.master_failed(now);
    }
}
