//! A full synchronisation is complete: the data is loaded, takes the place of the old one, and
//! writes follow.

use engine_base::{LinkId, Now};

use super::handshake::Stage;
use super::payload::Payload;
use crate::Node;
use crate::api::{Action, DiskOp, LogLevel};
use crate::event::EventKind;
use crate::links::Link;
use crate::script::Policy;

impl Node {
    fn say_of_sync(&mut self, text: &str) {
        self.out.log(LogLevel::Notice, format!("MASTER <-> REPLICA sync: {text}"));
    }

    /// What was read beside the old data takes its place.
    pub(super) fn swap_in(&mut self, now: Now, payload: &mut Payload) {
        let Some(incoming) = payload.take_incoming() else { return };
        self.persist.progress = None;
        self.forget_cached_master();
        for line in [
            format!("Loading RDB produced by version {}", incoming.version),
            format!("Done loading RDB, keys loaded: {}, keys expired: 0.", incoming.keys),
        ] {
            self.out.log(LogLevel::Notice, line);
        }
        if payload.swaps() {
            self.say_of_sync("Swapping active DB with loaded DB");
            self.say_of_sync("Discarding old DB in background");
        }
        self.forget_old_data(now);
        self.dbs = incoming.dbs;
        self.take_functions_of_master(&incoming.functions);
        self.replication.stream_db = incoming.stream_db;
        for note in &incoming.imports {
            self.track_note(now, note);
        }
        // The new data is in no file yet.
        self.dirty += 1;
    }

    /// The file that came from the master has its name: it is loaded.
    pub(super) fn load_received(&mut self, now: Now, whole: Option<Vec<u8>>) {
        let Some(Link::Master(master)) = self.replication.link.and_then(|l| self.links.get(l))
        else {
            return;
        };
        let Stage::Stored(payload, rest) = &master.stage else { return };
        let size = payload.size(rest.len());
        self.forget_cached_master();
        self.say_of_sync("Flushing old data");
        self.say_of_sync("Loading DB in memory");
        self.forget_old_data(now);
        self.flush_for_sync();
        // Until it is loaded, there is nothing that anybody should be given.
        self.replication.cached = false;
        self.replication.forget_data_age();
        let path = self.path_of(&self.config.dbfilename.clone());
        self.begin_sync_load(now, path, size, whole);
    }

    #[inline(never)]
    fn take_functions_of_master(&mut self, sources: &[Vec<u8>]) {
        self.flush_libraries();
        if sources.is_empty() {
            return;
        }
        if let Err(refusal) = self.restore_libraries(sources, Policy::Flush) {
            let why = String::from_utf8_lossy(&refusal.0).into_owned();
            self.out.log(LogLevel::Warning, format!("Failed loading library, {why}"));
        }
    }

    /// `replica-lazy-flush`
    fn flush_for_sync(&mut self) {
        self.flush_libraries();
        for db in 0..self.dbs.len() {
            self.flush_db(db, self.config.replica_lazy_flush);
        }
    }

    fn forget_cached_master(&mut self) {
        if self.replication.cached {
            self.out.log(LogLevel::Notice, "Discarding previously cached master state.");
        }
    }

    fn forget_old_data(&mut self, now: Now) {
        self.forget_imports(now, "Full resynchronization occurred");
        self.touch_flushed(now, None);
        self.disconnect_replicas(now);
        self.replication.backlog = None;
    }

    /// The file from the master is loaded.
    pub(crate) fn sync_loaded(&mut self, now: Now, stream_db: usize, imports: &[String]) {
        let Some(link) = self.replication.link else { return };
        let Some(Link::Master(master)) = self.links.get_mut(link) else { return };
        if !matches!(master.stage, Stage::Stored(..)) {
            return;
        }
        let (input, closed) = (std::mem::take(&mut master.input), master.closed);
        let stage = std::mem::replace(&mut master.stage, Stage::Psync);
        let Stage::Stored(payload, mut rest) = stage else { return };
        rest.extend_from_slice(&input);
        self.remove_received_file();
        self.replication.stream_db = stream_db;
        for note in imports {
            self.track_note(now, note);
        }
        self.finish_payload(now, link, *payload, &rest);
        if closed {
            self.master_closed(now, link);
        }
    }

    /// The file from the master cannot be loaded: there is no data until the next try.
    pub(crate) fn sync_load_failed(&mut self, now: Now, why: &str) {
        let text = format!("Failed trying to load the MASTER synchronization DB from disk: {why}");
        self.out.log(LogLevel::Warning, text);
        self.flush_for_sync();
        self.master_failed_late(now);
        self.remove_received_file();
    }

    /// A load of what the link brought is over with it. What there is of the data goes.
    pub(super) fn abandon_load(&mut self) {
        match &self.persist.loading {
            Some(loading) if loading.is_sync() => {
                self.persist.loading = None;
                self.flush_for_sync();
            }
            Some(_) => return,
            None => {}
        }
        self.persist.progress = None;
        self.timers.loading = engine_base::Mono::NEVER;
    }

    /// The master would let go of a replica that is silent for long
    /// (`replicationSendNewlineToMaster`).
    pub(crate) fn keep_master_waiting(&mut self, now: Now, told: &mut engine_base::Mono) {
        self.replication.last_io = now.mono;
        if now.mono.ms_since(*told) >= 1000
            && let Some(link) = self.replication.link
        {
            *told = now.mono;
            self.out.push(Action::Send { link, bytes: b"\n"[..].into() });
        }
    }

    fn remove_received_file(&mut self) {
        if self.config.rdb_del_sync_files && self.config.save.0.is_empty() {
            let text = "Removing the RDB file obtained from the master. This replica has \
                        persistence disabled";
            self.out.log(LogLevel::Notice, text);
            let path = self.path_of(&self.config.dbfilename.clone());
            self.out.disk(DiskOp::Remove { path }, false);
        }
    }

    /// The data is in its place, and writes follow.
    pub(super) fn finish_payload(&mut self, now: Now, link: LinkId, payload: Payload, rest: &[u8]) {
        let stream_db = self.replication.stream_db;
        self.replication.adopt(payload.id, payload.offset, stream_db);
        self.replication.clear_id2();
        self.replication.need_backlog();
        self.replication.selected = None;
        self.begin_stream(now, link);
        if payload.id == super::NO_ID {
            // A master that knows no PSYNC: the next link begins from nothing again.
            self.replication.cached = false;
        }
        self.say_of_sync("Finished with success");
        self.out.event(now, EventKind::ReplicaSync { step: "done", offset: payload.offset });
        self.send_ack(link);
        self.persist_after_full_sync();
        if !rest.is_empty() {
            self.apply_stream(now, link, rest);
        }
    }
}
