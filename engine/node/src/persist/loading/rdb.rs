//! The items of an RDB file on their way into the databases (`rdbLoadRio`).

use engine_base::{Now, UnixMs};
use engine_store::Value;
use engine_store::rdb::{Item, Reader};

use super::super::unreadable::{fatal, rdb_error};
use super::{Pace, Step};
use crate::Node;
use crate::api::{BootError, LogLevel};

/// Of more keys that are left out because they hold nothing, the log tells no more.
const EMPTY_KEYS_TOLD: usize = 10;

/// What a file said about the stream of writes.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    pub(super) id: Option<[u8; 40]>,
    pub(super) offset: Option<u64>,
    pub(super) db: usize,
    /// Keys that were left out because their time had come: replicas still have them.
    pub(super) expired: Vec<(usize, Vec<u8>)>,
    /// Slots on their way to who wrote it.
    pub(super) imports: Vec<String>,
}

/// An RDB file that is being read.
#[derive(Clone, Debug)]
pub(super) struct RdbFile {
    reader: Reader,
    /// Keys whose time has come are left out.
    expire: bool,
    /// What the file says of slots on their way is known when all is loaded.
    keeps_imports: bool,
    /// Function libraries that are there may be replaced.
    merge: bool,
    db: usize,
    fed: u64,
    loaded: usize,
    empty: usize,
    pub(super) history: History,
}

impl RdbFile {
    /// A file of this host.
    pub(super) fn new(expire: bool) -> Self {
        Self::with(Reader::new(), expire, false)
    }

    /// A file that a master sent: what expires in it, the master says.
    pub(super) fn from_master() -> Self {
        Self::with(Reader::from_master(), false, true)
    }

    fn with(reader: Reader, expire: bool, keeps_imports: bool) -> Self {
        let history = History::default();
        Self {
            reader,
            expire,
            keeps_imports,
            merge: false,
            db: 0,
            fed: 0,
            loaded: 0,
            empty: 0,
            history,
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.fed += bytes.len() as u64;
        self.reader.feed(bytes);
    }

    /// How many bytes were understood.
    pub(super) fn consumed(&self) -> u64 {
        self.fed.saturating_sub(self.reader.rest().len() as u64)
    }

    /// Bytes behind the end.
    pub(super) fn rest(&self) -> &[u8] {
        self.reader.rest()
    }
}

impl Node {
    /// Reads an RDB file that is here whole into the databases. `merge` lets function libraries take the
    /// place of those that are there.
    pub(in super::super) fn load_rdb(
        &mut self,
        now: Now,
        bytes: &[u8],
        merge: bool,
    ) -> Result<(), BootError> {
        let mut file = RdbFile::new(true);
        file.merge = merge;
        file.feed(bytes);
        let mut pace = Pace::new(now, 0);
        self.take_items(now, &mut file, true, &mut pace).map(drop)
    }

    /// Takes what there is; `last` when nothing follows what was fed.
    pub(super) fn take_items(
        &mut self,
        now: Now,
        file: &mut RdbFile,
        last: bool,
        pace: &mut Pace,
    ) -> Result<Step, BootError> {
        let limits = self.limits();
        let keeps_expired = !file.expire || self.boots_as_replica();
        while pace.is_due(now) {
            let item = match file.reader.read(&limits, last) {
                Ok(None) => return Ok(Step::Hungry),
                Ok(Some(Item::End)) => {
                    self.tell_loaded(file);
                    return Ok(Step::End);
                }
                Ok(Some(item)) => item,
                Err(error) => return Err(rdb_error(&error, file.consumed(), file.loaded)),
            };
            match item {
                Item::Aux(name, text) => self.note_aux(now, file, &name, &text),
                Item::SelectDb(n) => {
                    file.db = usize::try_from(n).unwrap_or(usize::MAX);
                    if file.db >= self.dbs.len() {
                        return Err(too_many_databases(self.dbs.len()));
                    }
                }
                Item::Pair { key, value, expire: at, .. } => {
                    pace.key();
                    let expired = !keeps_expired && at.is_some_and(|at| at < now.unix);
                    self.take_pair(file, key, value, at, expired);
                }
                Item::EmptyKey(key) => self.skip_empty(file, &key),
                Item::Function(code) => self.take_function(file, &code)?,
                Item::ResizeDb(..) | Item::End => {}
            }
        }
        Ok(Step::NotDue)
    }

    #[inline(never)]
    fn take_pair(
        &mut self,
        file: &mut RdbFile,
        key: Vec<u8>,
        value: Value,
        until: Option<UnixMs>,
        expired: bool,
    ) {
        if expired {
            file.history.expired.push((file.db, key));
        } else if let Some(db) = self.dbs.get_mut(file.db) {
            db.insert(&key, value);
            db.set_expire(&key, until);
            file.loaded += 1;
        }
    }

    /// A library of functions.
    #[inline(never)]
    fn take_function(&mut self, file: &RdbFile, code: &[u8]) -> Result<(), BootError> {
        if let Err(refusal) = self.load_library(code, file.merge, false) {
            let why = String::from_utf8_lossy(&refusal.0);
            let why = why.strip_prefix("ERR ").unwrap_or(&why);
            self.out.log(LogLevel::Warning, format!("Failed loading library, {why}"));
            let error = engine_store::rdb::RdbError::Truncated;
            return Err(rdb_error(&error, file.consumed(), file.loaded));
        }
        Ok(())
    }

    #[inline(never)]
    fn skip_empty(&mut self, file: &mut RdbFile, key: &[u8]) {
        file.empty += 1;
        if file.empty <= EMPTY_KEYS_TOLD {
            let key = String::from_utf8_lossy(key);
            let text = format!("rdbLoadObject skipping empty key: {key}");
            self.out.log(LogLevel::Warning, text);
        }
    }

    fn tell_loaded(&mut self, file: &RdbFile) {
        let (loaded, expired) = (file.loaded, file.history.expired.len());
        self.persist.loaded_keys = loaded;
        self.persist.expired_keys = expired;
        let skipped = match file.empty {
            0 => String::new(),
            empty => format!(", empty keys skipped: {empty}"),
        };
        let text =
            format!("Done loading RDB, keys loaded: {loaded}, keys expired: {expired}{skipped}.");
        self.out.log(LogLevel::Notice, text);
    }

    fn note_aux(&mut self, now: Now, file: &mut RdbFile, name: &[u8], text: &[u8]) {
        let shown = String::from_utf8_lossy(text);
        let history = &mut file.history;
        match name {
            b"redis-ver" | b"valkey-ver" => {
                let line = format!("Loading RDB produced by version {shown}");
                self.out.log(LogLevel::Notice, line);
            }
            b"ctime" => {
                let born: i64 = shown.parse().unwrap_or(0);
                let age = now.unix.as_secs().saturating_sub(born).max(0);
                self.out.log(LogLevel::Notice, format!("RDB age {age} seconds"));
            }
            b"used-mem" => {
                let used: u64 = shown.parse().unwrap_or(0);
                if let Some(progress) = &mut self.persist.progress {
                    progress.used_memory = used;
                }
                let mb = used as f64 / (1024.0 * 1024.0);
                let line = format!("RDB memory usage when created {mb:.2} Mb");
                self.out.log(LogLevel::Notice, line);
            }
            b"slot-import" if file.keeps_imports => history.imports.push(shown.into_owned()),
            b"slot-import" => self.track_note(now, &shown),
            b"repl-id" => history.id = text.try_into().ok(),
            b"repl-offset" => history.offset = shown.parse().ok(),
            b"repl-stream-db" => history.db = shown.parse().unwrap_or(0),
            _ => {}
        }
    }
}

fn too_many_databases(count: usize) -> BootError {
    fatal(format!(
        "FATAL: Data file was created with a Redis server configured to handle more than {count} \
         databases. Exiting"
    ))
}
