//! A full synchronisation by way of a file: `repl-diskless-sync no`, and replicas that cannot find
//! the end of data of unknown length.
//!
//! The RDB file is written piece by piece, as every background save is. When the disk has it, its
//! length is known and the same snapshot is sent, again piece by piece, from memory: it shares its
//! values with the data, so nothing need be read back.

use engine_base::{LinkId, Mono, Now};
use engine_store::rdb::Writer;

use super::replicas::{Phase, Sending};
use crate::Node;
use crate::apart::cloned_apart;
use crate::api::{Action, CloseMode, DiskOp, LogLevel};

/// A file that is being written for replicas.
#[derive(Debug)]
pub(super) struct SyncFile {
    writer: Writer,
    /// Where in the history its data stands.
    offset: u64,
}

cloned_apart!(SyncFile { writer, offset });

impl Node {
    /// Writes a file for these replicas, or lets them share the one that is being written for
    /// others. Behind a save of another kind they wait for its end.
    pub(super) fn start_file_sync(&mut self, now: Now, links: Vec<LinkId>) {
        if self.replication.sync_file.is_some() {
            return self.join_file_sync(links);
        }
        if self.is_saving() {
            return;
        }
        self.out.log(LogLevel::Notice, "Starting BGSAVE for SYNC with target: disk");
        // The stream after the snapshot begins by naming its database.
        self.replication.selected = None;
        let writer = self.rdb_writer(self.rdb_header(now, true));
        let offset = self.replication.offset;
        self.replication.sync_file = Some(SyncFile { writer: writer.clone(), offset });
        self.replication.made_file = self.config.rdb_del_sync_files;
        for link in links {
            self.begin_waiting(link, &writer, offset);
        }
        self.save_for_replicas(now, writer);
    }

    /// Replicas that came later need what was written since the file was begun.
    fn join_file_sync(&mut self, links: Vec<LinkId>) {
        let Some(SyncFile { writer, offset }) = self.replication.sync_file.clone() else { return };
        // The backlog reaches back so far as long as somebody waits for the same file. Without one,
        // they wait for the next.
        let waits = |phase: &Phase| matches!(phase, Phase::Saving(_));
        if !self.replica_clients().any(|(_, replica)| waits(&replica.phase)) {
            return;
        }
        for link in links {
            self.out.log(LogLevel::Notice, "Waiting for end of BGSAVE for SYNC");
            self.begin_waiting(link, &writer, offset);
        }
    }

    fn begin_waiting(&mut self, link: LinkId, writer: &Writer, offset: u64) {
        self.answer_full_resync(link, offset);
        let since = self.replication.offset.saturating_sub(offset);
        let Some(replica) = self.replica_of(link) else { return };
        replica.held = usize::try_from(since).unwrap_or(usize::MAX);
        let sending = Sending { writer: writer.clone(), mark: None, due: Mono::ZERO };
        replica.phase = Phase::Saving(Box::new(sending));
        self.announce_output(link);
    }

    /// The file for replicas is there, or never will be.
    pub(crate) fn sync_file_done(&mut self, now: Now, size: Option<u64>) {
        if self.replication.sync_file.take().is_none() {
            return;
        }
        let waiting: Vec<LinkId> = self
            .replica_clients()
            .filter(|(_, replica)| matches!(replica.phase, Phase::Saving(_)))
            .map(|(client, _)| client.link)
            .collect();
        for link in waiting {
            let Some(size) = size else {
                let text = "SYNC failed. BGSAVE child returned an error";
                self.out.log(LogLevel::Warning, text);
                self.free_client(now, link);
                self.out.push(Action::Close { link, mode: CloseMode::Now });
                continue;
            };
            let Some(client) = self.links.client_mut(link) else { continue };
            client.reply.raw(format!("${size}\r\n").as_bytes());
            let Some(replica) = client.replica.as_deref_mut() else { continue };
            if let Phase::Saving(sending) = std::mem::replace(&mut replica.phase, Phase::Waiting) {
                replica.phase = Phase::Sending(sending);
            }
            self.pump_replica(link);
        }
    }

    /// A file that is written for replicas, none of which is left, is given up, unless it is of use
    /// as a save (`freeClient`).
    pub(super) fn give_up_useless_file(&mut self, now: Now) {
        let waits = |phase: &Phase| matches!(phase, Phase::Saving(_));
        if self.replication.sync_file.is_some()
            && self.config.save.0.is_empty()
            && !self.replica_clients().any(|(_, replica)| waits(&replica.phase))
            && self.stop_background_save()
        {
            self.sync_file_done(now, None);
        }
    }

    /// A file that only replicas needed goes when they have it, if it is asked for and nothing
    /// else is saved (`removeRDBUsedToSyncReplicas`).
    pub(super) fn remove_sync_file(&mut self) {
        let in_memory = self.config.save.0.is_empty() && !self.config.appendonly;
        let needed =
            |phase: &Phase| matches!(phase, Phase::Waiting | Phase::Saving(_) | Phase::Sending(_));
        if !self.replication.made_file
            || !self.config.rdb_del_sync_files
            || !in_memory
            || self.replica_clients().any(|(_, replica)| needed(&replica.phase))
        {
            return;
        }
        self.replication.made_file = false;
        let text = "Removing the RDB file used to feed replicas in a persistence-less instance";
        self.out.log(LogLevel::Notice, text);
        let path = self.path_of(&self.config.dbfilename.clone());
        self.out.disk(DiskOp::Remove { path }, false);
    }
}
