//! Reading values (`rdbLoadObject`).

use super::input::{Input, Stop, corrupt};
use super::stream::Form;
use super::{RdbError, kind, old, stream};
use crate::listpack::Listpack;
use crate::value::Value;
use crate::{Hash, Intset, Limits, List, Set, Str, ZSet};

/// Reads the value of a type. An empty collection gives `None`: such keys are left out.
pub(super) fn load(
    input: &mut Input<'_>,
    type_byte: u8,
    limits: &Limits,
) -> Result<Option<Value>, Stop> {
    let value = match type_byte {
        kind::STRING => Value::Str(Str::new(&input.string()?)),
        kind::LIST => list(input, limits)?.into(),
        kind::LIST_ZIPLIST => old::list(&[input.string()?], old::BAD_LIST, limits)?.into(),
        kind::LIST_QUICKLIST => {
            let nodes = input.length()?;
            let mut blobs = Vec::new();
            for _ in 0..nodes {
                blobs.push(input.string()?);
            }
            old::list(&blobs, old::BAD_NODE, limits)?.into()
        }
        kind::LIST_QUICKLIST_2 => quicklist(input)?.into(),
        kind::SET => set(input, limits)?.into(),
        kind::SET_INTSET => match Intset::from_bytes(&input.string()?) {
            Ok(ints) => Set::from_intset(ints, limits).into(),
            Err(_) => return corrupt("Intset integrity check failed."),
        },
        kind::HASH => hash(input, limits)?.into(),
        kind::HASH_LISTPACK => {
            let pack = listpack_or(input, BAD_HASH)?;
            let is_even = pack.len().is_multiple_of(2);
            match Hash::from_listpack(pack, limits) {
                Some(hash) => hash.into(),
                None if is_even => return corrupt("Hash listpack with dup elements"),
                None => return corrupt(BAD_HASH),
            }
        }
        kind::HASH_ZIPLIST => {
            let bytes = input.string()?;
            old::hash(&old::ziplist(&bytes, old::BAD_HASH)?, old::BAD_HASH, limits)?.into()
        }
        kind::HASH_ZIPMAP => {
            let bytes = input.string()?;
            let twice = "Hash zipmap with dup elements, or big length (0)";
            old::hash(&old::zipmap(&bytes)?, twice, limits)?.into()
        }
        kind::ZSET | kind::ZSET_2 => zset(input, type_byte == kind::ZSET_2, limits)?.into(),
        kind::ZSET_LISTPACK => match ZSet::from_listpack(listpack_or(input, BAD_ZSET)?, limits) {
            Some(zset) => zset.into(),
            None => return corrupt(BAD_ZSET),
        },
        kind::ZSET_ZIPLIST => {
            old::zset(&old::ziplist(&input.string()?, old::BAD_ZSET)?, limits)?.into()
        }
        kind::STREAM_LISTPACKS => stream::load(input, Form::Old)?.into(),
        kind::STREAM_LISTPACKS_2 => stream::load(input, Form::Own)?.into(),
        other => return Err(Stop::Bad(RdbError::Type(other))),
    };
    let empty = !matches!(value, Value::Str(_)) && value.elements() == 0;
    Ok((!empty).then_some(value))
}

/// What is said of damaged values.
const BAD_HASH: &str = "Hash listpack integrity check failed.";
const BAD_ZSET: &str = "Zset listpack integrity check failed.";

fn listpack(input: &mut Input<'_>) -> Result<Listpack, Stop> {
    listpack_or(input, "Listpack integrity check failed.")
}

fn listpack_or(input: &mut Input<'_>, bad: &'static str) -> Result<Listpack, Stop> {
    match Listpack::from_bytes(&input.string()?) {
        Ok(pack) => Ok(pack),
        Err(_) => corrupt(bad),
    }
}

/// A set as one listpack, which only later versions keep.
pub(super) fn compact_set(input: &mut Input<'_>, limits: &Limits) -> Result<Option<Value>, Stop> {
    let pack = listpack(input)?;
    let mut set = Set::default();
    for member in pack.iter() {
        if !set.insert(&member.to_vec(), limits) {
            return corrupt("Duplicate set members detected");
        }
    }
    Ok((!set.is_empty()).then(|| set.into()))
}

/// A stream whose consumers have a second time.
pub(super) fn later_stream(input: &mut Input<'_>) -> Result<Option<Value>, Stop> {
    Ok(Some(stream::load(input, Form::Later)?.into()))
}

fn list(input: &mut Input<'_>, limits: &Limits) -> Result<List, Stop> {
    let mut list = List::new();
    for _ in 0..input.length()? {
        list.push_back(&input.string()?, limits);
    }
    Ok(list)
}

fn quicklist(input: &mut Input<'_>) -> Result<List, Stop> {
    let mut list = List::new();
    for _ in 0..input.length()? {
        match input.length()? {
            // A node of one large element.
            1 => {
                let mut node = Listpack::new();
                let element = input.string()?;
                if element.is_empty() {
                    return corrupt("Quicklist plain node of no length");
                }
                node.push_back(&element);
                list.push_node(node);
            }
            2 => list.push_node(listpack(input)?),
            _ => return corrupt("Quicklist integrity check failed."),
        }
    }
    Ok(list)
}

fn set(input: &mut Input<'_>, limits: &Limits) -> Result<Set, Stop> {
    let count = input.length()?;
    let as_table = count > limits.set_max_intset_entries as u64;
    let mut set = if as_table { Set::new_table(limits) } else { Set::default() };
    for _ in 0..count {
        if !set.insert(&input.string()?, limits) {
            return corrupt("Duplicate set members detected");
        }
    }
    Ok(set)
}

fn hash(input: &mut Input<'_>, limits: &Limits) -> Result<Hash, Stop> {
    let mut hash = Hash::new();
    for _ in 0..input.length()? {
        let field = input.string()?;
        if !hash.set(&field, &input.string()?, limits) {
            return corrupt("Duplicate hash fields detected");
        }
    }
    Ok(hash)
}

fn zset(input: &mut Input<'_>, binary: bool, limits: &Limits) -> Result<ZSet, Stop> {
    // Everything goes into a skip list first, as in Redis: small sets arrive as listpacks.
    let mut zset = ZSet::for_member(usize::MAX, limits);
    for _ in 0..input.length()? {
        let member = input.string()?;
        let score = if binary { input.double()? } else { input.old_double()? };
        if score.is_nan() {
            return corrupt("Zset with NAN score detected");
        }
        if zset.score(&member).is_some() {
            return corrupt("Duplicate zset fields detected");
        }
        zset.set(&member, score, limits);
    }
    zset.shrink(limits);
    Ok(zset)
}
