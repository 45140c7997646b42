//! One key as commands: a small value as one RESTORE, which keeps its form, a large one as many
//! short commands, so that neither side stands still over it.

use engine_base::UnixMs;
use engine_store::{Value, rdb};

use crate::replication::encode;

/// Values up to this size go in one RESTORE.
const WHOLE_MAX: usize = 64 * 1024;
/// A command of a large value grows to about this size.
const PIECE: usize = 64 * 1024;
/// And to at most so many members.
const PIECE_MEMBERS: usize = 512;

/// A key that is being written.
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    key: Box<[u8]>,
    value: Value,
    expire: Option<UnixMs>,
    at: At,
}

/// How far the value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Start,
    /// Bytes, or members, from there on.
    Index(usize),
    /// A table's cursor.
    Cursor(u64),
    /// Only the time to live is missing.
    Expire,
}

impl Pieces {
    pub(super) fn new(key: Box<[u8]>, value: Value, expire: Option<UnixMs>) -> Self {
        Self { key, value, expire, at: At::Start }
    }

    /// Appends the next command; `false` when there is nothing more.
    pub(super) fn write(&mut self, out: &mut Vec<u8>, compress: bool) -> bool {
        match self.at {
            At::Start if self.value.heap() <= WHOLE_MAX => {
                self.whole(out, compress);
                return false;
            }
            At::Expire => {
                if let Some(at) = self.expire {
                    encode(&[b"PEXPIREAT", &self.key, at.0.to_string().as_bytes()], out);
                }
                return false;
            }
            _ => {}
        }
        let next = match &self.value {
            Value::Str(_) => self.string(out),
            Value::List(_) | Value::ZSet(_) => self.ordered(out),
            Value::Set(_) | Value::Hash(_) => self.table(out),
            // There are no commands that say all that a stream is.
            Value::Stream(_) => {
                self.whole(out, compress);
                return false;
            }
        };
        self.at = next;
        true
    }

    fn whole(&self, out: &mut Vec<u8>, compress: bool) {
        let payload = rdb::dump(&self.value, compress);
        let ttl = self.expire.map_or(0, |at| at.0.max(1)).to_string();
        encode(&[b"RESTORE", &self.key, ttl.as_bytes(), &payload, b"REPLACE", b"ABSTTL"], out);
    }

    /// SET, then APPEND.
    fn string(&self, out: &mut Vec<u8>) -> At {
        let Value::Str(text) = &self.value else { return At::Expire };
        let text = text.to_cow();
        let start = if let At::Index(at) = self.at { at } else { 0 };
        let end = start.saturating_add(PIECE).min(text.len());
        let piece = text.get(start..end).unwrap_or_default();
        let name: &[u8] = if start == 0 { b"SET" } else { b"APPEND" };
        encode(&[name, &self.key, piece], out);
        if end == text.len() { At::Expire } else { At::Index(end) }
    }

    /// RPUSH or ZADD, in the order of the value.
    fn ordered(&self, out: &mut Vec<u8>) -> At {
        let start = if let At::Index(at) = self.at { at } else { 0 };
        let mut words = Words::default();
        let (name, len): (&[u8], usize) = match &self.value {
            Value::List(list) => {
                for item in list.iter_from(start) {
                    if !words.push(&[&item.to_vec()]) {
                        break;
                    }
                }
                (b"RPUSH", list.len())
            }
            Value::ZSet(zset) => {
                for (member, score) in zset.range(start, zset.len()) {
                    let score = engine_store::number::score_text(score);
                    if !words.push(&[score.as_bytes(), &member.to_vec()]) {
                        break;
                    }
                }
                (b"ZADD", zset.len())
            }
            _ => return At::Expire,
        };
        let end = start + words.members;
        words.write(name, &self.key, out);
        if end >= len || words.members == 0 { At::Expire } else { At::Index(end) }
    }

    /// SADD or HSET, in the order of the table.
    fn table(&self, out: &mut Vec<u8>) -> At {
        let cursor = if let At::Cursor(at) = self.at { at } else { 0 };
        let mut words = Words::default();
        let (name, next): (&[u8], u64) = match &self.value {
            Value::Set(set) => {
                let next = set.scan(cursor, PIECE_MEMBERS / 8, |member| {
                    words.push(&[&member.to_vec()]);
                });
                (b"SADD", next)
            }
            Value::Hash(hash) => {
                let next = hash.scan(cursor, PIECE_MEMBERS / 8, |field, value| {
                    words.push(&[&field.to_vec(), &value.to_vec()]);
                });
                (b"HSET", next)
            }
            _ => return At::Expire,
        };
        if words.members > 0 {
            words.write(name, &self.key, out);
        }
        if next == 0 { At::Expire } else { At::Cursor(next) }
    }
}

/// The members of one command.
#[derive(Default)]
struct Words {
    words: Vec<Vec<u8>>,
    members: usize,
    bytes: usize,
}

impl Words {
    /// Takes one member; `false` when the command is long enough.
    fn push(&mut self, member: &[&[u8]]) -> bool {
        self.members += 1;
        for word in member {
            self.bytes += word.len();
            self.words.push(word.to_vec());
        }
        self.members < PIECE_MEMBERS && self.bytes < PIECE
    }

    fn write(&self, name: &[u8], key: &[u8], out: &mut Vec<u8>) {
        let mut all: Vec<&[u8]> = vec![name, key];
        all.extend(self.words.iter().map(Vec::as_slice));
        encode(&all, out);
    }
}
