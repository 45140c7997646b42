//! Data that a master sends and that goes by no file: read beside the old one as it comes
//! (`repl-diskless-load`).

use engine_base::{Mono, Now};
use engine_store::rdb::{Item, RdbError, Reader};
use engine_store::{Db, Limits};

use crate::persist::Pace;

/// What has come in so far.
#[derive(Clone)]
pub(super) struct Incoming {
    reader: Reader,
    pub(super) dbs: Vec<Db>,
    /// The database to which the next pairs belong.
    db: usize,
    /// The database that the stream after it has selected.
    pub(super) stream_db: usize,
    pub(super) keys: usize,
    /// The sources of function libraries.
    pub(super) functions: Vec<Vec<u8>>,
    /// `redis-ver` of who wrote it.
    pub(super) version: String,
    /// Slots on their way to the master.
    pub(super) imports: Vec<String>,
    /// The memory that the data took at the master.
    pub(super) used_memory: u64,
    ended: bool,
    /// What is here is the beginning of something longer.
    hungry: bool,
    pace: Pace,
}

impl Incoming {
    /// Nothing yet, for so many databases; each key takes `delay` microseconds.
    pub(super) fn new(now: Now, seed: u64, dbs: usize, delay: i64) -> Self {
        Self {
            reader: Reader::from_master(),
            dbs: (0..dbs).map(|_| Db::new(seed)).collect(),
            db: 0,
            stream_db: 0,
            keys: 0,
            functions: Vec::new(),
            version: String::new(),
            imports: Vec::new(),
            used_memory: 0,
            ended: false,
            hungry: true,
            pace: Pace::new(now, delay),
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.reader.feed(bytes);
    }

    /// Bytes that are not understood yet; behind the end, what follows it.
    pub(super) fn rest(&self) -> &[u8] {
        self.reader.rest()
    }

    /// Whether nothing can be read on before more comes, however much is here: one value may be longer
    /// than any bound.
    pub(super) fn is_hungry(&self) -> bool {
        self.hungry
    }

    /// When the next key may be read, if one waits for its time.
    pub(super) fn due(&self, now: Now) -> Mono {
        if self.ended || self.pace.is_due(now) { Mono::NEVER } else { self.pace.due() }
    }

    /// Reads on; whether the data has ended. `last` when nothing follows what was fed.
    pub(super) fn read(&mut self, now: Now, limits: &Limits, last: bool) -> Result<bool, RdbError> {
        self.hungry = false;
        while !self.ended && self.pace.is_due(now) {
            let Some(item) = self.reader.read(limits, last)? else {
                self.hungry = true;
                break;
            };
            self.take(item);
        }
        Ok(self.ended)
    }

    fn take(&mut self, item: Item) {
        match item {
            Item::Aux(name, text) => {
                let text = String::from_utf8_lossy(&text).into_owned();
                match &name[..] {
                    b"redis-ver" | b"valkey-ver" => self.version = text,
                    b"slot-import" => self.imports.push(text),
                    b"repl-stream-db" => self.stream_db = text.parse().unwrap_or(0),
                    b"used-mem" => self.used_memory = text.parse().unwrap_or(0),
                    _ => {}
                }
            }
            Item::SelectDb(db) => self.db = usize::try_from(db).unwrap_or(usize::MAX),
            Item::Pair { key, value, expire, .. } => {
                self.pace.key();
                // Expired keys too: the master says when they go.
                if let Some(db) = self.dbs.get_mut(self.db) {
                    db.insert(&key, value);
                    db.set_expire(&key, expire);
                    self.keys += 1;
                }
            }
            Item::End => self.ended = true,
            Item::Function(code) => self.functions.push(code),
            Item::ResizeDb(..) | Item::EmptyKey(_) => {}
        }
    }
}
