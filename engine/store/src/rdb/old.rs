//! Encodings of servers before 7.0: ziplists and zipmaps.

use std::borrow::Cow;

use super::input::{Stop, corrupt};
use crate::listpack::Elem;
use crate::{Hash, Limits, List, ZSet};

/// What is said of damaged values.
pub(super) const BAD_HASH: &str = "Hash ziplist integrity check failed.";
pub(super) const BAD_ZSET: &str = "Zset ziplist integrity check failed.";
pub(super) const BAD_LIST: &str = "List ziplist integrity check failed.";
pub(super) const BAD_NODE: &str = "Ziplist integrity check failed.";

/// The elements of a ziplist (ziplist.c); `bad` is what is said of a damaged one.
pub(super) fn ziplist<'a>(bytes: &'a [u8], bad: &'static str) -> Result<Vec<Elem<'a>>, Stop> {
    match ziplist_elems(bytes) {
        Some(elems) => Ok(elems),
        None => corrupt(bad),
    }
}

fn ziplist_elems(bytes: &[u8]) -> Option<Vec<Elem<'_>>> {
    let total = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
    if total != bytes.len() || bytes.len() < 11 {
        return None;
    }
    let tail = u32::from_le_bytes(*bytes[4..].first_chunk()?) as usize;
    let said = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let mut elems = Vec::new();
    let mut rest = &bytes[10..];
    let mut previous = 0;
    let mut last = None;
    while *rest.first()? != 0xFF {
        let before = rest.len();
        last = Some(total - before);
        let (mark, after) = rest.split_first()?;
        let said_previous = if *mark == 0xFE {
            let (len, tail) = after.split_first_chunk::<4>()?;
            rest = tail;
            u32::from_le_bytes(*len) as usize
        } else {
            rest = after;
            usize::from(*mark)
        };
        if said_previous != previous {
            return None;
        }
        elems.push(ziplist_elem(&mut rest)?);
        previous = before - rest.len();
    }
    let counted = rest.len() == 1 && (said == elems.len() || said == usize::from(u16::MAX));
    // The header says where the last element begins.
    (counted && last.is_none_or(|last| last == tail)).then_some(elems)
}

fn ziplist_elem<'a>(rest: &mut &'a [u8]) -> Option<Elem<'a>> {
    let (&mark, after) = rest.split_first()?;
    *rest = after;
    let len = match mark >> 6 {
        0 => usize::from(mark & 0x3F),
        1 => {
            let (&low, after) = rest.split_first()?;
            *rest = after;
            usize::from(mark & 0x3F) << 8 | usize::from(low)
        }
        2 => {
            let (len, after) = rest.split_first_chunk::<4>()?;
            *rest = after;
            u32::from_be_bytes(*len) as usize
        }
        _ => {
            let width = match mark {
                0xC0 => 2,
                0xD0 => 4,
                0xE0 => 8,
                0xF0 => 3,
                0xFE => 1,
                0xF1..=0xFD => return Some(Elem::Int(i64::from(mark & 0x0F) - 1)),
                _ => return None,
            };
            let raw = rest.get(..width)?;
            *rest = &rest[width..];
            let fill = if raw[width - 1] & 0x80 != 0 { 0xFF } else { 0 };
            let mut wide = [fill; 8];
            wide[..width].copy_from_slice(raw);
            return Some(Elem::Int(i64::from_le_bytes(wide)));
        }
    };
    let text = rest.get(..len)?;
    *rest = &rest[len..];
    Some(Elem::Str(text))
}

/// Fields and values of a zipmap (zipmap.c), one after the other.
pub(super) fn zipmap(bytes: &[u8]) -> Result<Vec<Elem<'_>>, Stop> {
    match zipmap_elems(bytes) {
        Some(elems) => Ok(elems),
        None => corrupt("Zipmap integrity check failed."),
    }
}

fn zipmap_elems(bytes: &[u8]) -> Option<Vec<Elem<'_>>> {
    let mut rest = bytes.get(1..)?;
    let mut elems = Vec::new();
    while *rest.first()? != 0xFF {
        let len = zipmap_len(&mut rest)?;
        elems.push(Elem::Str(rest.get(..len)?));
        rest = &rest[len..];
        let len = zipmap_len(&mut rest)?;
        let (&unused, after) = rest.split_first()?;
        elems.push(Elem::Str(after.get(..len)?));
        rest = after.get(len + usize::from(unused)..)?;
    }
    // Nothing has ever been written as an empty one.
    (rest.len() == 1 && !elems.is_empty()).then_some(elems)
}

fn zipmap_len(rest: &mut &[u8]) -> Option<usize> {
    let (&first, after) = rest.split_first()?;
    *rest = after;
    if first < 254 {
        return Some(usize::from(first));
    }
    let (len, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    (first == 254).then_some(u32::from_le_bytes(*len) as usize)
}

/// A list from the ziplists of its nodes.
pub(super) fn list(
    blobs: &[Cow<'_, [u8]>],
    bad: &'static str,
    limits: &Limits,
) -> Result<List, Stop> {
    let mut list = List::new();
    for blob in blobs {
        for elem in ziplist(blob, bad)? {
            list.push_back(&elem.to_cow(), limits);
        }
    }
    Ok(list)
}

/// A hash from fields and values; `bad` is said of one with a field without a value or twice.
pub(super) fn hash(elems: &[Elem<'_>], bad: &'static str, limits: &Limits) -> Result<Hash, Stop> {
    let mut hash = Hash::new();
    let (pairs, rest) = elems.as_chunks::<2>();
    if !rest.is_empty() {
        return corrupt(bad);
    }
    for [field, value] in pairs {
        if !hash.set(&field.to_cow(), &value.to_cow(), limits) {
            return corrupt(bad);
        }
    }
    Ok(hash)
}

/// A sorted set from members and scores.
pub(super) fn zset(elems: &[Elem<'_>], limits: &Limits) -> Result<ZSet, Stop> {
    let mut zset = ZSet::default();
    let (pairs, rest) = elems.as_chunks::<2>();
    if !rest.is_empty() {
        return corrupt(BAD_ZSET);
    }
    for [member, score] in pairs {
        let Some(score) = crate::number::parse_score(&score.to_cow()) else {
            return corrupt(BAD_ZSET);
        };
        let member = member.to_cow();
        if zset.score(&member).is_some() {
            return corrupt(BAD_ZSET);
        }
        zset.set(&member, score, limits);
    }
    Ok(zset)
}
