//! Reading at start what an earlier process left: `loadDataFromDisk`.

use engine_base::{LinkId, Now};
use engine_resp::Reply;
use engine_store::aof::{BadRecord, Manifest, Part, Records};
use engine_store::rdb::{Item, Reader};

use super::unreadable::{fatal, manifest_error, missing, rdb_error};
use crate::Node;
use crate::api::{BootDisk, BootError, DiskOp, LogLevel};
use crate::client::{Client, ClientFlags};
use crate::links::Link;

/// Of more keys that are left out because they hold nothing, the log tells no more.
const EMPTY_KEYS_TOLD: usize = 10;

/// What a file said about the stream of writes.
#[derive(Default)]
pub(super) struct History {
    id: Option<[u8; 40]>,
    offset: Option<u64>,
    db: usize,
    /// Keys that were left out because their time had come: replicas still have them.
    expired: Vec<(usize, Vec<u8>)>,
}

impl Node {
    /// Reads the data; how many keys.
    pub(crate) fn load_data(&mut self, now: Now, disk: &dyn BootDisk) -> Result<usize, BootError> {
        self.persist.last_save = now.unix;
        if self.config.appendonly {
            self.load_append_only(now, disk)?;
        } else {
            self.remember_append_only(disk)?;
            self.load_snapshot(now, disk)?;
        }
        self.dirty = 0;
        Ok(self.dbs.iter().map(engine_store::Db::len).sum())
    }

    /// Reads the RDB file, if there is one.
    fn load_snapshot(&mut self, now: Now, disk: &dyn BootDisk) -> Result<(), BootError> {
        if let Some(bytes) = disk.read(&self.path_of(&self.config.dbfilename.clone())) {
            let history = self.load_rdb(now, &bytes, true)?;
            self.out.log(LogLevel::Notice, "DB loaded from disk: 0.000 seconds");
            if let (Some(id), Some(offset)) = (history.id, history.offset) {
                let replica = self.boots_as_replica();
                self.replication.continue_history(now.mono, replica, id, offset, history.db);
                if self.replication.is_replica() {
                    self.out.log(LogLevel::Notice, crate::replication::SYNTHESIZED);
                }
                for (db, key) in history.expired {
                    self.feed_replicas(now, db, &[b"DEL", &key]);
                }
            }
        }
        Ok(())
    }

    /// The set of files of a process that had the append-only file on: it may be switched on
    /// again.
    fn remember_append_only(&mut self, disk: &dyn BootDisk) -> Result<(), BootError> {
        if let Some(text) = disk.read(&self.aof_path(&self.manifest_name())) {
            let manifest = Manifest::parse(&text).map_err(|e| manifest_error(&e))?;
            self.continue_append_only(manifest, 0);
        }
        Ok(())
    }

    /// Whether this process will follow a master: the directive says so, or nodes.conf.
    fn boots_as_replica(&self) -> bool {
        self.replication.is_replica()
            || self.cluster.as_ref().is_some_and(|cluster| cluster.me().is_replica())
    }

    /// Reads an RDB file into the databases. `expire` leaves out keys whose time has come.
    pub(super) fn load_rdb(
        &mut self,
        now: Now,
        bytes: &[u8],
        expire: bool,
    ) -> Result<History, BootError> {
        let limits = self.limits();
        let mut reader = Reader::new();
        reader.feed(bytes);
        let mut history = History::default();
        let replica = self.boots_as_replica();
        let (mut db, mut loaded, mut empty) = (0, 0, 0);
        loop {
            match reader.read(&limits, true) {
                Ok(None) | Ok(Some(Item::End)) => break,
                Err(error) => return Err(rdb_error(&error)),
                Ok(Some(Item::Aux(name, text))) => {
                    self.note_aux(now, &mut history, &name, &text);
                }
                Ok(Some(Item::SelectDb(n))) => {
                    db = usize::try_from(n).unwrap_or(usize::MAX);
                    if db >= self.dbs.len() {
                        let count = self.dbs.len();
                        return Err(fatal(format!(
                            "FATAL: Data file was created with a Redis server configured to \
                             handle more than {count} databases. Exiting"
                        )));
                    }
                }
                Ok(Some(Item::Pair { key, value, expire: at, .. })) => {
                    let gone = at.is_some_and(|at| at < now.unix);
                    if expire && gone && !replica {
                        history.expired.push((db, key.to_vec()));
                    } else if let Some(db) = self.dbs.get_mut(db) {
                        db.insert(&key, value);
                        db.set_expire(&key, at);
                        loaded += 1;
                    }
                }
                Ok(Some(Item::EmptyKey(key))) => {
                    empty += 1;
                    if empty <= EMPTY_KEYS_TOLD {
                        let key = String::from_utf8_lossy(&key);
                        let text = format!("rdbLoadObject skipping empty key: {key}");
                        self.out.log(LogLevel::Warning, text);
                    }
                }
                Ok(Some(Item::ResizeDb(..) | Item::Function(_))) => {}
            }
        }
        let expired = history.expired.len();
        self.persist.loaded_keys = loaded;
        self.persist.expired_keys = expired;
        let skipped = match empty {
            0 => String::new(),
            _ => format!(", empty keys skipped: {empty}"),
        };
        let text =
            format!("Done loading RDB, keys loaded: {loaded}, keys expired: {expired}{skipped}.");
        self.out.log(LogLevel::Notice, text);
        Ok(history)
    }

    fn note_aux(&mut self, now: Now, history: &mut History, name: &[u8], text: &[u8]) {
        let shown = String::from_utf8_lossy(text);
        match name {
            b"redis-ver" => {
                let line = format!("Loading RDB produced by version {shown}");
                self.out.log(LogLevel::Notice, line);
            }
            b"ctime" => {
                let born: i64 = shown.parse().unwrap_or(0);
                let age = now.unix.as_secs().saturating_sub(born).max(0);
                self.out.log(LogLevel::Notice, format!("RDB age {age} seconds"));
            }
            b"used-mem" => {
                let used: f64 = shown.parse().unwrap_or(0.0);
                let mb = used / (1024.0 * 1024.0);
                let line = format!("RDB memory usage when created {mb:.2} Mb");
                self.out.log(LogLevel::Notice, line);
            }
            b"slot-import" => self.track_note(now, &shown),
            b"repl-id" => history.id = text.try_into().ok(),
            b"repl-offset" => history.offset = shown.parse().ok(),
            b"repl-stream-db" => history.db = shown.parse().unwrap_or(0),
            _ => {}
        }
    }

    pub(super) fn load_append_only(
        &mut self,
        now: Now,
        disk: &dyn BootDisk,
    ) -> Result<(), BootError> {
        let path = self.aof_path(&self.manifest_name());
        let Some(text) = disk.read(&path) else {
            return self.adopt_old_file(now, disk);
        };
        let manifest = Manifest::parse(&text).map_err(|e| manifest_error(&e))?;
        if self.upgrade_was_cut_off(disk, &manifest) {
            return self.adopt_old_file(now, disk);
        }
        let mut size = 0;
        let parts: Vec<(String, bool)> = manifest
            .base
            .iter()
            .map(|p| (p.name.clone(), true))
            .chain(manifest.incr.iter().map(|p| (p.name.clone(), false)))
            .collect();
        let count = parts.len();
        for (i, (name, base)) in parts.into_iter().enumerate() {
            let Some(bytes) = disk.read(&self.aof_path(&name)) else {
                return Err(missing(&name));
            };
            size += bytes.len() as u64;
            self.load_part(now, &name, &bytes, i + 1 == count)?;
            let kind = if base { "base" } else { "incr" };
            let text = format!("DB loaded from {kind} file {name}: 0.000 seconds");
            self.out.log(LogLevel::Notice, text);
        }
        if count > 0 {
            self.out.log(LogLevel::Notice, "DB loaded from append only file: 0.000 seconds");
        }
        if manifest.base.is_none() && manifest.incr.is_empty() {
            self.create_append_only(now);
        } else {
            self.continue_append_only(manifest, size);
        }
        Ok(())
    }

    /// Whether the set names nothing but the old single file, and that has not been moved yet.
    fn upgrade_was_cut_off(&self, disk: &dyn BootDisk, manifest: &Manifest) -> bool {
        let old = &self.config.appendfilename;
        let alone = match &manifest.base {
            None => true,
            Some(base) => base.name == *old && disk.read(&self.aof_path(old)).is_none(),
        };
        alone && manifest.incr.is_empty() && disk.read(&self.path_of(old)).is_some()
    }

    /// A single file of a server before 7.0 becomes the base of a set (`aofUpgradePrepare`).
    fn adopt_old_file(&mut self, now: Now, disk: &dyn BootDisk) -> Result<(), BootError> {
        let name = self.config.appendfilename.clone();
        let path = self.path_of(&name);
        let Some(bytes) = disk.read(&path) else {
            self.create_append_only(now);
            return Ok(());
        };
        let dir = self.config.appenddirname.clone();
        self.out.disk(DiskOp::MakeDir { path: self.path_of(&dir) }, true);
        let text = format!(
            "Successfully migrated an old-style AOF file ({name}) into the AOF directory ({dir})."
        );
        self.out.log(LogLevel::Notice, text);
        let new_path = self.aof_path(&name);
        self.out.disk(DiskOp::Replace { path: new_path, bytes: bytes.clone().into() }, true);
        self.load_part(now, &name, &bytes, true)?;
        let text = format!("DB loaded from base file {name}: 0.000 seconds");
        self.out.log(LogLevel::Notice, text);
        self.out.log(LogLevel::Notice, "DB loaded from append only file: 0.000 seconds");
        let base = Some(Part { name, seq: 1 });
        let manifest = Manifest { base, ..Manifest::default() };
        self.continue_append_only(manifest, bytes.len() as u64);
        self.out.disk(DiskOp::Remove { path }, false);
        Ok(())
    }

    /// One file: an RDB file, records, or the first followed by the second.
    fn load_part(
        &mut self,
        now: Now,
        name: &str,
        bytes: &[u8],
        last: bool,
    ) -> Result<(), BootError> {
        if !bytes.starts_with(b"REDIS") {
            return self.load_records(now, name, bytes, bytes, last);
        }
        self.out.log(LogLevel::Notice, "Reading RDB base file on AOF loading...");
        self.load_rdb(now, bytes, false)?;
        let limits = self.limits();
        let mut reader = Reader::new();
        reader.feed(bytes);
        while let Ok(Some(_)) = reader.read(&limits, true) {}
        let tail = reader.rest().to_vec();
        if tail.is_empty() {
            return Ok(());
        }
        self.out.log(LogLevel::Notice, "Reading the remaining AOF tail...");
        self.load_records(now, name, &tail, bytes, last)
    }

    fn load_records(
        &mut self,
        now: Now,
        name: &str,
        bytes: &[u8],
        whole: &[u8],
        last: bool,
    ) -> Result<(), BootError> {
        let link = self.loading_client(now);
        let mut records = Records::new(bytes);
        let mut reply = Reply::new();
        let end = loop {
            let record = records.read();
            for line in records.take_annotations() {
                self.replay_annotation(now, &String::from_utf8_lossy(line));
            }
            match record {
                Ok(Some(words)) => {
                    if let Err(error) = self.replay(now, link, name, &words, &mut reply) {
                        self.links.remove(link);
                        return Err(error);
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        // An open transaction is dropped with its client.
        self.links.remove(link);
        match end {
            Ok(()) => Ok(()),
            Err(BadRecord::Truncated) if self.config.aof_load_truncated => {
                let keep = whole.len() - bytes.len() + records.valid_up_to();
                self.cut_tail(name, whole, keep);
                if last {
                    return Ok(());
                }
                Err(fatal("Fatal error: the truncated file is not the last file".to_owned()))
            }
            Err(BadRecord::Truncated) => Err(fatal(format!(
                "Unexpected end of file reading the append only file {name}. You can: 1) Make a \
                 backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>. \
                 2) Alternatively you can set the 'aof-load-truncated' configuration option to \
                 yes and restart the server."
            ))),
            Err(BadRecord::Format) => Err(fatal(format!(
                "Bad file format reading the append only file {name}: make a backup of your AOF \
                 file, then use ./redis-check-aof --fix <filename.manifest>"
            ))),
        }
    }

    /// Cuts a write that was interrupted off the end of the last file.
    fn cut_tail(&mut self, name: &str, whole: &[u8], keep: usize) {
        let lines = [
            format!("!!! Warning: short read while loading the AOF file {name}!!!"),
            format!("!!! Truncating the AOF {name} at offset {keep} !!!"),
            format!("AOF {name} loaded anyway because aof-load-truncated is enabled"),
        ];
        for line in lines {
            self.out.log(LogLevel::Warning, line);
        }
        let path = self.aof_path(name);
        let bytes = whole[..keep].to_vec().into();
        self.out.disk(DiskOp::Replace { path, bytes }, true);
    }

    /// The client as which records are carried out: nothing is refused to it, and nothing expires
    /// for it.
    fn loading_client(&mut self, now: Now) -> LinkId {
        let nowhere = std::net::SocketAddr::from(([0, 0, 0, 0], 0));
        self.links.insert(|link| {
            let mut client = Client::new(link, 0, nowhere, nowhere, now.mono);
            client.authenticated = true;
            client.flags = ClientFlags::MASTER;
            Link::Client(Box::new(client))
        })
    }

    fn replay(
        &mut self,
        now: Now,
        link: LinkId,
        file: &str,
        words: &[&[u8]],
        reply: &mut Reply,
    ) -> Result<(), BootError> {
        let name = words.first().copied().unwrap_or_default();
        if crate::command::find(name).is_none() {
            let name = String::from_utf8_lossy(name);
            let text = format!("Unknown command '{name}' reading the append only file {file}");
            return Err(fatal(text));
        }
        if name.eq_ignore_ascii_case(b"select") {
            let db = words.get(1).and_then(|n| engine_base::number::parse_u64(n));
            let db = db.and_then(|n| usize::try_from(n).ok()).filter(|n| *n < self.dbs.len());
            if let (Some(db), Some(client)) = (db, self.links.client_mut(link)) {
                client.db = db;
            }
            return Ok(());
        }
        reply.truncate(0);
        self.execute(now, link, words, reply);
        Ok(())
    }
}
