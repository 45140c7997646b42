//! The data as the commands that make it: a base file without the RDB preamble
//! (`rewriteAppendOnlyFileRio` in aof.c).

use engine_base::number::f64_text;
use engine_store::number::IntText;
use engine_store::stream::Pending;
use engine_store::{Db, Entry, Stream, StreamId, Value};

use crate::replication::encode;

/// Items of a collection in one command (`AOF_REWRITE_ITEMS_PER_CMD`).
const ITEMS: usize = 64;

/// All functions and databases as commands.
pub(super) fn as_commands(functions: &[Vec<u8>], dbs: &[Db]) -> Vec<u8> {
    let mut out = Vec::new();
    functions.iter().for_each(|code| encode(&[b"FUNCTION", b"LOAD", code], &mut out));
    for (number, db) in dbs.iter().enumerate().filter(|(_, db)| !db.is_empty()) {
        encode(&[b"SELECT", number.to_string().as_bytes()], &mut out);
        db.iter().for_each(|entry| write_entry(entry, &mut out));
    }
    out
}

fn write_entry(entry: &Entry, out: &mut Vec<u8>) {
    let key = entry.key();
    match entry.value() {
        Value::Str(text) => encode(&[b"SET", key, text.bytes(&mut IntText::new())], out),
        Value::List(list) => write_items(b"RPUSH", key, list.iter().map(|e| vec![e.to_vec()]), out),
        Value::Set(set) => write_items(b"SADD", key, set.iter().map(|e| vec![e.to_vec()]), out),
        Value::Hash(hash) => {
            let pairs = hash.iter().map(|(field, value)| vec![field.to_vec(), value.to_vec()]);
            write_items(b"HMSET", key, pairs, out);
        }
        Value::ZSet(zset) => {
            let pairs = zset.iter().map(|(member, score)| vec![f64_text(score), member.to_vec()]);
            write_items(b"ZADD", key, pairs, out);
        }
        Value::Stream(stream) => write_stream(key, stream, out),
    }
    if let Some(at) = entry.expire() {
        encode(&[b"PEXPIREAT", key, at.0.to_string().as_bytes()], out);
    }
}

/// The entries, what is remembered of those that are gone, the groups (`rewriteStreamObject`).
#[inline(never)]
fn write_stream(key: &[u8], stream: &Stream, out: &mut Vec<u8>) {
    let log = &stream.log;
    for entry in log.range(StreamId::MIN, StreamId::MAX) {
        let id = entry.id.to_string();
        let pairs: Vec<_> = entry.pairs().flat_map(|(n, v)| [n.to_cow(), v.to_cow()]).collect();
        let mut words: Vec<&[u8]> = vec![b"XADD", key, id.as_bytes()];
        words.extend(pairs.iter().map(|word| &**word));
        encode(&words, out);
    }
    if log.is_empty() {
        encode(&[b"XADD", key, b"MAXLEN", b"0", b"0-1", b"x", b"y"], out);
    }
    let (last, deleted) = (log.last_id.to_string(), log.max_deleted.to_string());
    let added = (log.entries_added as i64).to_string();
    let (last, deleted) = (last.as_bytes(), deleted.as_bytes());
    let added = added.as_bytes();
    encode(&[b"XSETID", key, last, b"ENTRIESADDED", added, b"MAXDELETEDID", deleted], out);
    for (name, group) in &stream.groups {
        let (last, read) = (group.last_id.to_string(), group.read.unwrap_or(-1).to_string());
        let (last, read) = (last.as_bytes(), read.as_bytes());
        encode(&[b"XGROUP", b"CREATE", key, name, last, b"ENTRIESREAD", read], out);
        for (consumer, its) in group.consumers() {
            if its.pending().is_empty() {
                encode(&[b"XGROUP", b"CREATECONSUMER", key, name, consumer], out);
            }
            for id in its.pending() {
                let Some(pending) = group.pending().get(id) else { continue };
                write_pending(key, (name, consumer), (*id, pending), out);
            }
        }
    }
}

fn write_pending(
    key: &[u8],
    (group, consumer): (&[u8], &[u8]),
    (id, pending): (StreamId, &Pending),
    out: &mut Vec<u8>,
) {
    let (id, given) = (id.to_string(), pending.given.to_string());
    let times = (pending.times as i64).to_string();
    let (id, given, times) = (id.as_bytes(), given.as_bytes(), times.as_bytes());
    let claim = [b"XCLAIM", key, group, consumer, b"0", id];
    let how = [b"TIME", given, b"RETRYCOUNT", times, b"JUSTID", b"FORCE"];
    encode(&[claim, how].concat(), out);
}

fn write_items(
    command: &[u8],
    key: &[u8],
    items: impl Iterator<Item = Vec<Vec<u8>>>,
    out: &mut Vec<u8>,
) {
    let items: Vec<Vec<Vec<u8>>> = items.collect();
    for batch in items.chunks(ITEMS) {
        let mut words = vec![command, key];
        words.extend(batch.iter().flatten().map(Vec::as_slice));
        encode(&words, out);
    }
}
