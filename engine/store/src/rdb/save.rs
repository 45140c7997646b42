//! Writing values (`rdbSaveObjectType`, `rdbSaveObject`).

use super::kind;
use super::output::Output;
use crate::value::Value;

/// The type byte of a value.
pub(super) fn type_of(value: &Value) -> u8 {
    match value {
        Value::Str(_) => kind::STRING,
        Value::List(_) => kind::LIST_QUICKLIST_2,
        Value::Hash(h) if h.as_listpack().is_some() => kind::HASH_LISTPACK,
        Value::Hash(_) => kind::HASH,
        Value::Set(s) if s.as_intset().is_some() => kind::SET_INTSET,
        Value::Set(_) => kind::SET,
        Value::ZSet(z) if z.as_listpack().is_some() => kind::ZSET_LISTPACK,
        Value::ZSet(_) => kind::ZSET_2,
    }
}

/// The value without its type.
pub(super) fn save(out: &mut Output<'_>, value: &Value) {
    match value {
        Value::Str(s) => match s.as_slice() {
            Some(bytes) => out.string(bytes),
            None => out.int(s.as_int().unwrap_or_default()),
        },
        Value::List(list) => {
            out.length(list.nodes().len() as u64);
            for node in list.nodes() {
                out.length(2);
                out.string(node.as_bytes());
            }
        }
        Value::Hash(hash) => match hash.as_listpack() {
            Some(pack) => out.string(pack.as_bytes()),
            None => {
                out.length(hash.len() as u64);
                for (field, value) in hash.iter() {
                    out.elem(field);
                    out.elem(value);
                }
            }
        },
        Value::Set(set) => match set.as_intset() {
            Some(ints) => out.string(&ints.to_bytes()),
            None => {
                out.length(set.len() as u64);
                set.iter().for_each(|member| out.elem(member));
            }
        },
        Value::ZSet(zset) => match zset.as_listpack() {
            Some(pack) => out.string(pack.as_bytes()),
            None => {
                out.length(zset.len() as u64);
                // From the last to the first, so that loading inserts at the front each time.
                for (member, score) in zset.range_back(0, usize::MAX) {
                    out.elem(member);
                    out.bytes.extend_from_slice(&score.to_le_bytes());
                }
            }
        },
    }
}
