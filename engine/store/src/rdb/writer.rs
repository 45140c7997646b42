//! Writing a file step by step from a snapshot, without a fork.

use std::collections::VecDeque;

use engine_base::UnixMs;

use super::lzf::Lzf;
use super::output::Output;
use super::{CRC64, VERSION, functions, opcode, save};
use crate::db::Db;
use crate::value::Value;

/// What the file says about itself (`rdbSaveInfoAuxFields`).
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// `redis-ver`
    pub redis_version: &'static str,
    /// `ctime`: Unix seconds.
    pub ctime: i64,
    /// `used-mem`: bytes.
    pub used_memory: u64,
    /// Where the stream of writes stands, when this file begins or continues one.
    pub stream: Option<Stream>,
    /// `slot-import`: slots that are here and not yet this node's, one note for each migration.
    pub slot_imports: Vec<String>,
    /// `aof-base`: whether the file is the base of an append-only file.
    pub aof_base: bool,
}

/// A place in a stream of writes.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// The database that the stream has selected; -1 for none.
    pub db: i64,
    /// `master_replid`
    pub id: [u8; 40],
    /// The offset.
    pub offset: u64,
}

/// Writes one snapshot.
#[derive(Clone)]
pub struct Writer {
    dbs: Vec<Db>,
    db: usize,
    /// Where in the database; `None` before its first key.
    cursor: Option<u64>,
    lzf: Option<Lzf>,
    sum: Option<crc::Digest<'static, u64, crc::Table<16>>>,
    head: Option<Box<(Header, Vec<Vec<u8>>)>>,
    /// Large values whose turn comes before the next keys; the first may have begun.
    large: VecDeque<Large>,
    ended: bool,
    /// How many keys have been come to.
    keys: u64,
}

/// A large value, written part by part.
#[derive(Clone)]
struct Large {
    key: Vec<u8>,
    expire: Option<UnixMs>,
    value: Value,
    /// Where its next part begins; `None` before its beginning.
    place: Option<usize>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("db", &self.db).finish_non_exhaustive()
    }
}

impl Writer {
    /// Of these databases (clones: a snapshot costs nothing) and function libraries.
    /// `compress` is `rdbcompression`, `checksum` is `rdbchecksum`.
    #[must_use]
    pub fn new(
        header: Header,
        functions: Vec<Vec<u8>>,
        dbs: Vec<Db>,
        compress: bool,
        checksum: bool,
    ) -> Self {
        Self {
            dbs,
            db: 0,
            cursor: None,
            lzf: compress.then(Lzf::new),
            sum: checksum.then(|| CRC64.digest()),
            head: Some(Box::new((header, functions))),
            large: VecDeque::new(),
            ended: false,
            keys: 0,
        }
    }

    /// Appends about `wanted` more bytes of the file to `out` (more when a string is larger, other
    /// values are written in parts); `false` when the file is complete.
    pub fn step(&mut self, out: &mut Vec<u8>, wanted: usize) -> bool {
        let start = out.len();
        let goal = start.saturating_add(wanted);
        if let Some(head) = self.head.take() {
            write_head(out, &head.0, &head.1);
        }
        while out.len() < goal && !self.has_all() {
            self.write_on(out);
        }
        let end = self.has_all() && !self.ended;
        if end {
            out.push(opcode::EOF);
        }
        if let Some(sum) = &mut self.sum {
            sum.update(&out[start..]);
        }
        if end {
            self.ended = true;
            let sum = self.sum.take().map_or(0, |sum| sum.finalize());
            out.extend_from_slice(&sum.to_le_bytes());
        }
        !self.ended
    }

    /// How many keys have been come to so far.
    #[must_use]
    pub const fn keys(&self) -> u64 {
        self.keys
    }

    /// The whole file at once.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.step(&mut out, usize::MAX) {}
        out
    }

    fn has_all(&self) -> bool {
        self.db == self.dbs.len() && self.large.is_empty()
    }

    /// The next part of a large value, or some keys.
    fn write_on(&mut self, out: &mut Vec<u8>) {
        let Some(large) = self.large.front_mut() else { return self.some_keys(out) };
        let mut output = Output { bytes: out, lzf: self.lzf.as_mut() };
        large.place = match large.place {
            None => {
                write_key(&mut output, &large.key, large.expire, &large.value);
                save::begin(&mut output, &large.value)
            }
            Some(place) => save::part(&mut output, &large.value, place),
        };
        if large.place.is_none() {
            self.large.pop_front();
        }
    }

    fn some_keys(&mut self, out: &mut Vec<u8>) {
        let Some(db) = self.dbs.get_mut(self.db) else { return };
        if db.is_empty() {
            self.db += 1;
            return;
        }
        let mut output = Output { bytes: out, lzf: self.lzf.as_mut() };
        if self.cursor.is_none() {
            output.byte(opcode::SELECT_DB);
            output.length(self.db as u64);
            output.byte(opcode::RESIZE_DB);
            output.length(db.len() as u64);
            output.length(db.volatile_len() as u64);
        }
        let (large, keys) = (&mut self.large, &mut self.keys);
        let next = db.scan(self.cursor.unwrap_or(0), 16, |entry| {
            let (key, expire, value) = (entry.key(), entry.expire(), entry.value());
            *keys += 1;
            if save::is_large(value) {
                let (key, value) = (key.to_vec(), value.clone());
                large.push_back(Large { key, expire, value, place: None });
                return;
            }
            write_key(&mut output, key, expire, value);
            save::save(&mut output, value);
        });
        self.cursor = Some(next);
        // What has been written need not be kept apart from what changes any more.
        db.let_go_before(next);
        if next == 0 {
            self.cursor = None;
            self.dbs[self.db] = Db::new(0);
            self.db += 1;
        }
    }
}

fn write_key(output: &mut Output<'_>, key: &[u8], expire: Option<UnixMs>, value: &Value) {
    if let Some(at) = expire {
        output.byte(opcode::EXPIRE_MS);
        output.bytes.extend_from_slice(&at.0.to_le_bytes());
    }
    output.byte(save::type_of(value));
    output.string(key);
}

fn write_head(out: &mut Vec<u8>, header: &Header, functions: &[Vec<u8>]) {
    out.extend_from_slice(format!("REDIS{VERSION:04}").as_bytes());
    let mut output = Output { bytes: out, lzf: None };
    let mut aux = |name: &str, text: &[u8]| {
        output.byte(opcode::AUX);
        output.string(name.as_bytes());
        output.string(text);
    };
    aux("redis-ver", header.redis_version.as_bytes());
    aux("redis-bits", b"64");
    aux("ctime", header.ctime.to_string().as_bytes());
    aux("used-mem", header.used_memory.to_string().as_bytes());
    if let Some(stream) = &header.stream {
        aux("repl-stream-db", stream.db.to_string().as_bytes());
        aux("repl-id", &stream.id);
        aux("repl-offset", stream.offset.to_string().as_bytes());
    }
    for note in &header.slot_imports {
        aux("slot-import", note.as_bytes());
    }
    aux("aof-base", if header.aof_base { b"1" } else { b"0" });
    for source in functions {
        functions::write_one(&mut output, source);
    }
}
