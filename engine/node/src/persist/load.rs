//! Reading at start what an earlier process left: `loadDataFromDisk`.

use engine_base::{LinkId, Now};
use engine_resp::Reply;
use engine_store::aof::{BadRecord, Manifest, Records};
use engine_store::rdb::{Item, RdbError, Reader};

use crate::Node;
use crate::api::{BootDisk, BootError, DiskOp, LogLevel};
use crate::client::{Client, ClientFlags};
use crate::links::Link;

/// What a file said about the stream of writes.
#[derive(Default)]
struct History {
    id: Option<[u8; 40]>,
    offset: Option<u64>,
    db: usize,
}

impl Node {
    /// Reads the data; how many keys.
    pub(crate) fn load_data(&mut self, now: Now, disk: &dyn BootDisk) -> Result<usize, BootError> {
        self.persist.last_save = now.unix;
        if self.config.appendonly {
            self.load_append_only(now, disk)?;
        } else if let Some(bytes) = disk.read(&self.path_of(&self.config.dbfilename.clone())) {
            let history = self.load_rdb(now, &bytes, true)?;
            self.out.log(LogLevel::Notice, "DB loaded from disk: 0.000 seconds");
            if let (Some(id), Some(offset)) = (history.id, history.offset) {
                self.replication.continue_history(now.mono, id, offset, history.db);
            }
        }
        self.dirty = 0;
        Ok(self.dbs.iter().map(engine_store::Db::len).sum())
    }

    /// Reads an RDB file into the databases. `expire` leaves out keys whose time has come.
    fn load_rdb(&mut self, now: Now, bytes: &[u8], expire: bool) -> Result<History, BootError> {
        let limits = self.limits();
        let mut reader = Reader::new();
        reader.feed(bytes);
        let mut history = History::default();
        let (mut db, mut loaded, mut expired) = (0, 0, 0);
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
                    if expire && gone && !self.replication.is_replica() {
                        expired += 1;
                    } else if let Some(db) = self.dbs.get_mut(db) {
                        db.insert(&key, value);
                        db.set_expire(&key, at);
                        loaded += 1;
                    }
                }
                Ok(Some(Item::ResizeDb(..) | Item::Function(_) | Item::EmptyKey(_))) => {}
            }
        }
        self.persist.loaded_keys = loaded;
        self.persist.expired_keys = expired;
        let text = format!("Done loading RDB, keys loaded: {loaded}, keys expired: {expired}.");
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
            b"repl-id" => history.id = text.try_into().ok(),
            b"repl-offset" => history.offset = shown.parse().ok(),
            b"repl-stream-db" => history.db = shown.parse().unwrap_or(0),
            _ => {}
        }
    }

    fn load_append_only(&mut self, now: Now, disk: &dyn BootDisk) -> Result<(), BootError> {
        let path = self.aof_path(&self.manifest_name());
        let Some(text) = disk.read(&path) else {
            return self.adopt_old_file(now, disk);
        };
        let manifest = Manifest::parse(&text).map_err(|e| manifest_error(&e))?;
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
                let text = format!("The AOF file {name} doesn't exist");
                return Err(fatal(text));
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

    /// A single file of a server before 7.0 becomes the base of a set (`aofUpgradePrepare`).
    fn adopt_old_file(&mut self, now: Now, disk: &dyn BootDisk) -> Result<(), BootError> {
        let name = self.config.appendfilename.clone();
        let path = self.path_of(&name);
        if let Some(bytes) = disk.read(&path) {
            self.load_part(now, &name, &bytes, true)?;
            self.create_append_only(now);
            self.out.disk(DiskOp::Remove { path }, false);
            let dir = self.config.appenddirname.clone();
            let text =
                format!("Successfully migrated an old-style AOF into the directory '{dir}'.");
            self.out.log(LogLevel::Notice, text);
        } else {
            self.create_append_only(now);
        }
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
            match records.read() {
                Ok(Some(words)) => self.replay(now, link, &words, &mut reply),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        // An open transaction is dropped with its client.
        self.links.remove(link);
        match end {
            Ok(()) => Ok(()),
            Err(BadRecord::Truncated) if self.config.aof_load_truncated && last => {
                let keep = whole.len() - bytes.len() + records.valid_up_to();
                self.cut_tail(name, whole, keep);
                Ok(())
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
            format!("AOF {name} loaded anyway because aof-load-truncated is enabled"),
            format!("Truncating the AOF {name} at offset {keep}"),
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

    fn replay(&mut self, now: Now, link: LinkId, words: &[&[u8]], reply: &mut Reply) {
        let name = words.first().copied().unwrap_or_default();
        if name.eq_ignore_ascii_case(b"select") {
            let db = words.get(1).and_then(|n| engine_base::number::parse_u64(n));
            let db = db.and_then(|n| usize::try_from(n).ok()).filter(|n| *n < self.dbs.len());
            if let (Some(db), Some(client)) = (db, self.links.client_mut(link)) {
                client.db = db;
            }
            return;
        }
        reply.truncate(0);
        self.execute(now, link, words, reply);
    }
}

fn fatal(text: String) -> BootError {
    BootError { log: vec![(LogLevel::Warning, text)], code: 1 }
}

fn rdb_error(error: &RdbError) -> BootError {
    let mut log = Vec::new();
    match error {
        RdbError::Signature | RdbError::Version(_) => {
            log.push((LogLevel::Warning, error.to_string()));
            log.push((
                LogLevel::Warning,
                "Fatal error loading the DB: Invalid argument. Exiting.".to_owned(),
            ));
        }
        RdbError::Checksum { .. } => {
            log.push((LogLevel::Warning, error.to_string()));
            log.push((
                LogLevel::Warning,
                "Terminating server after rdb file reading failure.".to_owned(),
            ));
        }
        _ => {
            if *error == RdbError::Truncated {
                log.push((
                    LogLevel::Warning,
                    "Short read or OOM loading DB. Unrecoverable error, aborting now.".to_owned(),
                ));
            }
            log.push((
                LogLevel::Warning,
                format!("Internal error in RDB reading offset 0, function at rdb.c -> {error}"),
            ));
            log.push((
                LogLevel::Warning,
                "Terminating server after rdb file reading failure.".to_owned(),
            ));
        }
    }
    BootError { log, code: 1 }
}

fn manifest_error(error: &engine_store::aof::ManifestError) -> BootError {
    let mut log = vec![(LogLevel::Warning, "\n*** FATAL AOF MANIFEST FILE ERROR ***".to_owned())];
    if error.line > 0 {
        let line = format!("Reading the manifest file, at line {}", error.line);
        log.push((LogLevel::Warning, line));
        log.push((LogLevel::Warning, format!(">>> '{}'", error.text)));
    }
    log.push((LogLevel::Warning, error.reason.to_owned()));
    BootError { log, code: 1 }
}
