//! Writing values (`rdbSaveObjectType`, `rdbSaveObject`), large ones in parts.

use super::output::Output;
use super::{kind, stream};
use crate::value::Value;

/// How many elements one part of a large value has at most.
const PART: usize = 256;
/// How many nodes of a list or a stream: each holds many elements, or 8 KB.
const PART_NODES: usize = 8;

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
        Value::Stream(_) => kind::STREAM_LISTPACKS_2,
    }
}

/// Whether a value takes more than one part.
pub(super) fn is_large(value: &Value) -> bool {
    match value {
        Value::Str(_) => false,
        Value::List(list) => list.nodes().len() > PART_NODES,
        Value::Hash(hash) => hash.as_listpack().is_none() && hash.len() > PART,
        Value::Set(set) => set.as_intset().is_none() && set.len() > PART,
        Value::ZSet(zset) => zset.as_listpack().is_none() && zset.len() > PART,
        Value::Stream(stream) => stream.log.node_count() > PART_NODES,
    }
}

/// The value without its type.
pub(super) fn save(out: &mut Output<'_>, value: &Value) {
    let mut place = begin(out, value);
    while let Some(at) = place {
        place = part(out, value, at);
    }
}

/// The beginning of a value: all of one in a compact form, else how many elements follow. Gives
/// where its first part begins.
pub(super) fn begin(out: &mut Output<'_>, value: &Value) -> Option<usize> {
    let count = match value {
        Value::Str(s) => {
            match s.as_slice() {
                Some(bytes) => out.string(bytes),
                None => out.int(s.as_int().unwrap_or_default()),
            }
            return None;
        }
        Value::List(list) => list.nodes().len(),
        Value::Hash(hash) => match hash.as_listpack() {
            Some(pack) => {
                out.string(pack.as_bytes());
                return None;
            }
            None => hash.len(),
        },
        Value::Set(set) => match set.as_intset() {
            Some(ints) => {
                out.string(&ints.to_bytes());
                return None;
            }
            None => set.len(),
        },
        Value::ZSet(zset) => match zset.as_listpack() {
            Some(pack) => {
                out.string(pack.as_bytes());
                return None;
            }
            None => zset.len(),
        },
        Value::Stream(stream) => stream.log.node_count(),
    };
    out.length(count as u64);
    Some(0)
}

/// The part of a value that begins at a place; gives where the next one begins.
pub(super) fn part(out: &mut Output<'_>, value: &Value, place: usize) -> Option<usize> {
    let mut next = None;
    match value {
        Value::Str(_) => {}
        Value::List(list) => {
            for node in list.nodes().skip(place).take(PART_NODES) {
                out.length(2);
                out.string(node.as_bytes());
            }
            let end = place.saturating_add(PART_NODES);
            next = (end < list.nodes().len()).then_some(end);
        }
        Value::Hash(hash) => {
            for (behind, field, value) in hash.iter_places(place).take(PART) {
                out.elem(field);
                out.elem(value);
                next = Some(behind);
            }
        }
        Value::Set(set) => {
            for (behind, member) in set.iter_places(place).take(PART) {
                out.elem(member);
                next = Some(behind);
            }
        }
        Value::ZSet(zset) => {
            // From the last to the first, so that loading inserts at the front each time.
            let end = zset.len().saturating_sub(place);
            for (member, score) in zset.range_back(end.saturating_sub(PART), end) {
                out.elem(member);
                out.bytes.extend_from_slice(&score.to_le_bytes());
            }
            next = (end > PART).then(|| place + PART);
        }
        Value::Stream(stream) => {
            let end = place.saturating_add(PART_NODES);
            stream::save_nodes(out, stream, place, PART_NODES);
            next = (end < stream.log.node_count()).then_some(end);
            if next.is_none() {
                stream::save_rest(out, stream);
            }
        }
    }
    next
}
