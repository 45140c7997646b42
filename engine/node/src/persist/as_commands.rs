//! The data as the commands that make it: a base file without the RDB preamble
//! (`rewriteAppendOnlyFileRio` in aof.c).

use engine_base::number::f64_text;
use engine_store::number::IntText;
use engine_store::{Db, Entry, Value};

use crate::replication::encode;

/// Items of a collection in one command (`AOF_REWRITE_ITEMS_PER_CMD`).
const ITEMS: usize = 64;

/// All databases as commands.
pub(super) fn as_commands(dbs: &[Db]) -> Vec<u8> {
    let mut out = Vec::new();
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
    }
    if let Some(at) = entry.expire() {
        encode(&[b"PEXPIREAT", key, at.0.to_string().as_bytes()], out);
    }
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
