//! What follows when data is loaded, or cannot be.

use engine_base::{Mono, Now};
use engine_store::aof::{Manifest, Part};

use super::rdb::History;
use super::{File, Kind, Loading, Stage, Then};
use crate::Node;
use crate::api::{Action, BootError, DiskOp, LogLevel};

impl Node {
    /// One of the files is read.
    pub(super) fn file_loaded(
        &mut self,
        now: Now,
        loading: &mut Loading,
        file: &File,
        stage: Stage,
    ) {
        let seconds = now.mono.ms_since(loading.since.mono) as f64 / 1000.0;
        let what = match file.kind {
            Kind::Snapshot => String::new(),
            Kind::Base => format!(" from base file {}", file.name),
            Kind::Incr => format!(" from incr file {}", file.name),
        };
        match (stage, &loading.then) {
            (Stage::Rdb(rdb), Then::Synced) => loading.history = rdb.history,
            (Stage::Rdb(rdb), Then::Snapshot) => {
                loading.history = rdb.history;
                let text = format!("DB loaded from disk: {seconds:.3} seconds");
                self.out.log(LogLevel::Notice, text);
            }
            _ => {
                let text = format!("DB loaded{what}: {seconds:.3} seconds");
                self.out.log(LogLevel::Notice, text);
            }
        }
    }

    /// All is loaded.
    pub(super) fn loaded(&mut self, now: Now, loading: &mut Loading) {
        self.persist.progress = None;
        let history = std::mem::take(&mut loading.history);
        let size = loading.before;
        match std::mem::replace(&mut loading.then, Then::Snapshot) {
            Then::Snapshot => self.continue_history(now, history),
            Then::AppendOnly(manifest) => match manifest {
                None => self.create_append_only(now),
                Some(manifest) => {
                    self.tell_append_only_loaded(now, loading);
                    self.continue_append_only(manifest, size);
                }
            },
            Then::Adopt(name) => {
                self.tell_append_only_loaded(now, loading);
                self.adopt_old_file(name, size);
            }
            Then::Synced => return self.sync_loaded(now, history.db, &history.imports),
        }
        self.dirty = 0;
    }

    /// All is loaded, after turns in which clients were put off.
    #[inline(never)]
    pub(super) fn loaded_later(&mut self, now: Now, loading: &mut Loading) {
        let at_start = !loading.is_sync();
        self.timers.loading = Mono::NEVER;
        self.loaded(now, loading);
        if self.persist.is_reloading() {
            self.loaded_again(now, Ok(()));
        } else if at_start {
            self.timers.replication_now(now);
            self.begin_to_serve(now);
        }
    }

    #[inline(never)]
    fn tell_append_only_loaded(&mut self, now: Now, loading: &Loading) {
        let seconds = now.mono.ms_since(loading.since.mono) as f64 / 1000.0;
        let text = format!("DB loaded from append only file: {seconds:.3} seconds");
        self.out.log(LogLevel::Notice, text);
    }

    fn continue_history(&mut self, now: Now, history: History) {
        let (Some(id), Some(offset)) = (history.id, history.offset) else { return };
        let replica = self.boots_as_replica();
        self.replication.continue_history(now.mono, replica, id, offset, history.db);
        if self.replication.is_replica() {
            self.out.log(LogLevel::Notice, crate::replication::SYNTHESIZED);
        }
        for (db, key) in history.expired {
            self.feed_replicas(now, db, &[b"DEL", &key]);
        }
    }

    /// A single file of a server before 7.0 becomes the base of a set (`aofUpgradePrepare`). The
    /// set names it before it moves: whoever starts in between finds it by the set or by its place.
    #[inline(never)]
    fn adopt_old_file(&mut self, name: String, size: u64) {
        let dir = self.config.appenddirname.clone();
        self.out.disk(DiskOp::MakeDir { path: self.path_of(&dir) }, true);
        let base = Some(Part { name: name.clone(), seq: 1 });
        let manifest = Manifest { base, ..Manifest::default() };
        self.write_manifest(&manifest);
        let (from, to) = (self.path_of(&name), self.aof_path(&name));
        self.out.disk(DiskOp::Rename { from, to }, true);
        let text = format!(
            "Successfully migrated an old-style AOF file ({name}) into the AOF directory ({dir})."
        );
        self.out.log(LogLevel::Notice, text);
        self.continue_append_only(manifest, size);
    }

    /// Data that was loaded in later turns cannot be read to its end.
    #[inline(never)]
    pub(super) fn load_failed(&mut self, now: Now, loading: &Loading, error: BootError) {
        self.persist.progress = None;
        self.timers.loading = Mono::NEVER;
        if self.persist.is_reloading() && !loading.is_sync() {
            return self.loaded_again(now, Err(error));
        }
        let text = error.to_string();
        for (level, text) in error.log {
            self.out.log(level, text);
        }
        if loading.is_sync() {
            self.sync_load_failed(now, &text);
        } else {
            self.out.push(Action::Exit { code: error.code });
        }
    }
}
