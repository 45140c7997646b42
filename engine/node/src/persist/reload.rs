//! Loading the data again while the process runs: `DEBUG RELOAD` and `DEBUG LOADAOF`.
//!
//! A node reads files at birth only. A driver that has a real disk lends it a [`FileReader`] for
//! these two; without one, what is in a file cannot be loaded again.

use engine_base::{LinkId, Mono, Now};

use super::Persist;
use super::aof::AppendOnly;
use crate::Node;
use crate::api::{BootDisk, BootError, DiskError, DiskId, DiskOp, LogLevel};
use crate::client::Wait;

/// The content of the file at a path as it is now (as [`BootDisk::read`]).
pub type FileReader = fn(&str) -> Option<Vec<u8>>;

struct Lent(FileReader);

impl BootDisk for Lent {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        (self.0)(path)
    }
}

/// A client that waits until the append-only file has been read from the disk again.
#[derive(Clone, Debug)]
pub(super) struct Reloading {
    client: LinkId,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    /// All is being written to the disk.
    Sync(DiskId),
    /// It is read, and a script in it takes its time; the file as it was, on or off.
    Read(Box<Before>),
}

type Before = (Option<AppendOnly>, Option<AppendOnly>);

/// How `DEBUG RELOAD` goes about it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReloadOptions {
    /// What is in the file is loaded, not what is in memory.
    pub(crate) no_save: bool,
    /// The keys that are there stay.
    pub(crate) no_flush: bool,
    /// Function libraries that are there may be replaced.
    pub(crate) merge: bool,
}

impl Persist {
    /// Whether the append-only file is being read again.
    pub(super) fn is_reloading(&self) -> bool {
        self.reloading.as_ref().is_some_and(|r| matches!(r.stage, Stage::Read(_)))
    }
}

impl Node {
    /// Lends the node a way to read files while it runs, for `DEBUG`.
    pub fn use_file_reader(&mut self, reader: FileReader) {
        self.file_reader = Some(reader);
    }

    /// `DEBUG RELOAD`: writes all data as an RDB file and reads it again. `false` when there is
    /// nothing to read.
    pub(crate) fn reload(&mut self, now: Now, options: ReloadOptions) -> Result<bool, BootError> {
        let path = self.path_of(&self.config.dbfilename.clone());
        let bytes = if options.no_save {
            let Some(bytes) = self.file_reader.and_then(|read| read(&path)) else {
                return Ok(false);
            };
            bytes
        } else {
            let bytes = self.rdb_writer(self.rdb_header(now, false)).finish();
            self.out.disk(DiskOp::Replace { path, bytes: bytes.clone().into() }, false);
            bytes
        };
        if !options.no_flush {
            self.flush_for_loading();
        }
        self.load_rdb(now, &bytes, options.merge)?;
        self.dirty = 0;
        Ok(true)
    }

    fn flush_for_loading(&mut self) {
        self.flush_libraries();
        for db in &mut self.dbs {
            db.flush();
        }
    }

    /// `DEBUG LOADAOF`: the client is answered when the file has been read again. `false` when
    /// it cannot be.
    pub(crate) fn reload_append_only(&mut self, link: LinkId) -> bool {
        if self.file_reader.is_none() {
            return false;
        }
        self.flush_append_only_file();
        let last = self.aof_set().and_then(|aof| aof.manifest.incr.last());
        // An operation after which all earlier ones are done.
        let op = match last.map(|part| self.aof_path(&part.name)) {
            Some(path) => DiskOp::Sync { path },
            None => DiskOp::MakeDir { path: self.path_of(&self.config.appenddirname.clone()) },
        };
        let sync = self.out.disk(op, true);
        self.persist.reloading = Some(Reloading { client: link, stage: Stage::Sync(sync) });
        self.block(link, Mono::NEVER, Wait::Save);
        true
    }

    /// The file is on the disk as it is in memory; whether this operation was waited for.
    pub(super) fn reload_disk_done(
        &mut self,
        now: Now,
        id: DiskId,
        done: &Result<(), DiskError>,
    ) -> bool {
        let waits = |r: &mut Reloading| matches!(r.stage, Stage::Sync(sync) if sync == id);
        let Some(reloading) = self.persist.reloading.take_if(waits) else { return false };
        match self.file_reader.filter(|_| done.is_ok()) {
            Some(reader) => self.load_append_only_again(now, reloading.client, &Lent(reader)),
            None => self.answer_reload(now, reloading.client, false),
        }
        true
    }

    fn load_append_only_again(&mut self, now: Now, client: LinkId, disk: &dyn BootDisk) {
        self.flush_for_loading();
        // Off while its records are carried out, so that they are not appended again.
        let before = Box::new((self.persist.aof.take(), self.persist.idle.take()));
        let files = self.append_only_files(now, disk);
        let done = files.and_then(|files| self.load_again(now, files, disk));
        self.persist.reloading = Some(Reloading { client, stage: Stage::Read(before) });
        match done {
            Ok(true) => self.loaded_again(now, Ok(())),
            Ok(false) => {}
            Err(error) => self.loaded_again(now, Err(error)),
        }
    }

    /// The append-only file has been read again, or cannot be read to its end.
    pub(super) fn loaded_again(&mut self, now: Now, done: Result<(), BootError>) {
        let Some(Reloading { client, stage: Stage::Read(before) }) = self.persist.reloading.take()
        else {
            return;
        };
        self.dirty = 0;
        let loaded = done.is_ok();
        match done {
            Ok(()) => {
                self.out.log(LogLevel::Warning, "Append Only File loaded by DEBUG LOADAOF");
            }
            Err(error) => {
                for (level, text) in error.log {
                    self.out.log(level, text);
                }
                (self.persist.aof, self.persist.idle) = *before;
            }
        }
        self.answer_reload(now, client, loaded);
    }

    fn answer_reload(&mut self, now: Now, client: LinkId, loaded: bool) {
        if self.unblock(client).is_none() {
            return;
        }
        self.tell(client, |reply| {
            if loaded {
                reply.ok();
            } else {
                reply.error("ERR Error trying to load the AOF files, check server logs.");
            }
        });
        self.process_client(now, client);
    }
}
