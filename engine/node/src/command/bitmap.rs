//! Bitmaps: bitops.c, but for `BITFIELD`, which is in `bitfield.rs`.

use engine_base::number::parse_i64;
use engine_store::Str;

use super::macros::{keys, specs};
use super::{Answer, Call, Fail, Spec, args, bitfield};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "bitcount" -2 [READONLY] (1) [BITMAP] => bitcount,
    "bitfield" -2 [WRITE DENYOOM] (1) [BITMAP] => |call| bitfield::bitfield(call, false),
    "bitfield_ro" -2 [READONLY FAST] (1) [BITMAP] => |call| bitfield::bitfield(call, true),
    "bitop" -4 [WRITE DENYOOM] (2 -1 1) [BITMAP] => bitop,
    "bitpos" -3 [READONLY] (1) [BITMAP] => bitpos,
    "getbit" 3 [READONLY FAST] (1) [BITMAP] => getbit,
    "setbit" 4 [WRITE DENYOOM] (1) [BITMAP] => setbit,
};

/// The place of a bit; with `width` also `#n`, the n-th field of that many bits.
pub(super) fn offset(call: &Call<'_>, arg: &[u8], width: Option<u64>) -> Result<u64, Fail> {
    let invalid = || Fail::new("ERR bit offset is not an integer or out of range");
    let (text, factor) = match (arg, width) {
        ([b'#', rest @ ..], Some(width)) => (rest, width),
        _ => (arg, 1),
    };
    let n = parse_i64(text).and_then(|n| u64::try_from(n).ok()).ok_or_else(invalid)?;
    let bit = n.checked_mul(factor).ok_or_else(invalid)?;
    if bit > i64::MAX as u64 || bit >> 3 >= call.node.config.proto_max_bulk_len {
        return Err(invalid());
    }
    Ok(bit)
}

fn setbit(call: &mut Call<'_>) -> Answer {
    let bit = offset(call, call.args[2], None)?;
    let value = match call.args[3] {
        b"0" => 0_u8,
        b"1" => 1,
        _ => return Err("ERR bit is not an integer or out of range".into()),
    };
    let (byte, mask) = ((bit >> 3) as usize, 0x80_u8 >> (bit & 7));
    let len = length(call)?;
    let bytes = writable(call, byte + 1)?;
    let old = bytes[byte] & mask != 0;
    bytes[byte] = (bytes[byte] & !mask) | if value == 1 { mask } else { 0 };
    // A bit that was so already is no change, unless the string has grown for it.
    if old != (value == 1) || byte >= len {
        call.changed(call.args[1], b'$', "setbit");
    }
    call.out.int(i64::from(old));
    Ok(())
}

/// The length of the string at argument 1.
pub(super) fn length(call: &mut Call<'_>) -> Result<usize, Fail> {
    let at = call.at();
    Ok(call.node.look_str(at, call.args[1])?.map_or(0, Str::len))
}

/// The bytes of the string at argument 1 for writing, at least `len` of them.
pub(super) fn writable<'a>(call: &'a mut Call<'_>, len: usize) -> Result<&'a mut [u8], Fail> {
    let at = call.at();
    let key = call.args[1];
    let old = call.node.look_str(at, key)?.map(Str::len);
    call.node.value_padded(len.saturating_sub(old.unwrap_or(0)));
    if old.is_none() {
        call.node.put(at, key, Str::raw(vec![0; len]));
    }
    match call.node.edit_str(at, key)? {
        Some(value) => Ok(value.make_raw(len)),
        None => Err(Fail::NO_SUCH_KEY),
    }
}

fn getbit(call: &mut Call<'_>) -> Answer {
    let bit = offset(call, call.args[2], None)?;
    let at = call.at();
    let value = call.node.read_str(at, call.args[1])?.map(Str::to_cow);
    let byte = value.as_ref().and_then(|v| v.get((bit >> 3) as usize)).copied().unwrap_or(0);
    call.out.int(i64::from(byte >> (7 - (bit & 7)) & 1));
    Ok(())
}

/// `BYTE` or `BIT`: whether positions are bits.
fn counts_bits(word: Option<&&[u8]>) -> Result<bool, Fail> {
    match word {
        None => Ok(false),
        Some(word) if args::is(word, "bit") => Ok(true),
        Some(word) if args::is(word, "byte") => Ok(false),
        Some(_) => Err(Fail::SYNTAX),
    }
}

/// A range in bits, both ends included, of a string of `len` bytes.
fn bit_range(start: i64, end: i64, len: usize, bits: bool) -> Option<(u64, u64)> {
    let units = if bits { len.saturating_mul(8) } else { len };
    if start < 0 && end < 0 && start > end {
        return None;
    }
    // An end before the beginning is taken for the beginning.
    let end = if end < 0 { end.saturating_add(units as i64).max(0) } else { end };
    let (from, to) = args::clamp_range(start, end, units)?;
    let (from, to) = (from as u64, to as u64);
    Some(if bits { (from, to) } else { (from * 8, to * 8 + 7) })
}

fn bit(bytes: &[u8], at: u64) -> bool {
    bytes.get((at >> 3) as usize).is_some_and(|b| b >> (7 - (at & 7)) & 1 == 1)
}

/// `BITCOUNT key [start end [BYTE|BIT]]`
fn bitcount(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let Some(value) = call.node.read_str(at, call.args[1])?.map(Str::to_cow) else {
        call.out.int(0);
        return Ok(());
    };
    let range = match call.args.len() {
        2 => bit_range(0, -1, value.len(), false),
        4 | 5 => {
            let (start, end) = (args::int(call.args[2])?, args::int(call.args[3])?);
            let turned = start < 0 && end < 0 && start > end;
            // Of such a range nobody asks what it counts in.
            let bits = !turned && counts_bits(call.args.get(4))?;
            bit_range(start, end, value.len(), bits)
        }
        _ => return Err(Fail::SYNTAX),
    };
    let count = range.map_or(0, |(from, to)| count_ones(&value, from, to));
    call.out.int(count as i64);
    Ok(())
}

fn count_ones(bytes: &[u8], from: u64, to: u64) -> u64 {
    let (first, last) = ((from >> 3) as usize, (to >> 3) as usize);
    let (words, rest) = bytes.get(first..=last).unwrap_or_default().as_chunks::<8>();
    let in_words = words.iter().map(|word| u64::from(u64::from_ne_bytes(*word).count_ones()));
    let in_rest = rest.iter().map(|byte| u64::from(byte.count_ones()));
    let whole: u64 = in_words.chain(in_rest).sum();
    let before = (first as u64 * 8..from).filter(|at| bit(bytes, *at)).count() as u64;
    let after = (to + 1..(last as u64 + 1) * 8).filter(|at| bit(bytes, *at)).count() as u64;
    whole - before - after
}

/// `BITPOS key bit [start [end [BYTE|BIT]]]`
fn bitpos(call: &mut Call<'_>) -> Answer {
    let wanted = match args::int(call.args[2])? {
        0 => false,
        1 => true,
        _ => return Err("ERR The bit argument must be 1 or 0.".into()),
    };
    let at = call.at();
    let Some(value) = call.node.read_str(at, call.args[1])?.map(Str::to_cow) else {
        call.out.int(if wanted { -1 } else { 0 });
        return Ok(());
    };
    if call.args.len() > 6 {
        return Err(Fail::SYNTAX);
    }
    let start = call.args.get(3).map_or(Ok(0), |arg| args::int(arg))?;
    let bits = counts_bits(call.args.get(5))?;
    let end_given = call.args.len() > 4;
    let units = (if bits { value.len() * 8 } else { value.len() }) as i64;
    let end = call.args.get(4).map_or(Ok(units - 1), |arg| args::int(arg))?;
    let end = if end < 0 { end.saturating_add(units).max(0) } else { end };
    let found = args::clamp_range(start, end, units as usize).and_then(|(from, to)| {
        let factor = if bits { 1 } else { 8 };
        let (from, to) = (from as u64 * factor, to as u64 * factor + factor - 1);
        let found = first_bit(&value, wanted, from, to);
        // Looked for a zero with an open end: the string goes on with zeros for ever.
        found.or((!wanted && !end_given).then_some(value.len() as u64 * 8))
    });
    call.out.int(found.map_or(-1, |at| at as i64));
    Ok(())
}

fn first_bit(bytes: &[u8], wanted: bool, from: u64, to: u64) -> Option<u64> {
    let skip = if wanted { 0x00 } else { 0xff };
    let mut at = from;
    while at <= to {
        if at & 7 == 0 && to - at >= 63 {
            let words = bytes.get((at >> 3) as usize..=(to >> 3) as usize).unwrap_or_default();
            let (words, _) = words[..words.len() - usize::from(to & 7 != 7)].as_chunks::<8>();
            let skipped = words.iter().take_while(|word| **word == [skip; 8]).count() as u64;
            if skipped > 0 {
                at += skipped * 64;
                continue;
            }
        }
        if at & 7 == 0 && to - at >= 7 && bytes.get((at >> 3) as usize) == Some(&skip) {
            at += 8;
            continue;
        }
        if bit(bytes, at) == wanted {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Combines one string with all before it; a shorter one goes on with zeros.
fn combine(all: &mut [u8], one: &[u8], operation: impl Fn(u8, u8) -> u8) {
    let (both, beyond) = all.split_at_mut(one.len().min(all.len()));
    both.iter_mut().zip(one).for_each(|(a, b)| *a = operation(*a, *b));
    beyond.iter_mut().for_each(|a| *a = operation(*a, 0));
}

/// `BITOP AND|OR|XOR|NOT destination key …`
fn bitop(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    let operation = words[1].to_ascii_lowercase();
    let combine: fn(&mut [u8], &[u8]) = match operation.as_slice() {
        b"and" => |all, one| combine(all, one, |a, b| a & b),
        b"or" => |all, one| combine(all, one, |a, b| a | b),
        b"xor" => |all, one| combine(all, one, |a, b| a ^ b),
        b"not" if words.len() != 4 => {
            return Err("ERR BITOP NOT must be called with a single source key.".into());
        }
        b"not" => |all, _| combine(all, &[], |a, _| !a),
        _ => return Err(Fail::SYNTAX),
    };
    let at = call.at();
    let mut sources = Vec::with_capacity(words.len() - 3);
    for key in &words[3..] {
        sources.push(call.node.read_str(at, key)?.map(Str::to_vec).unwrap_or_default());
    }
    let len = sources.iter().map(Vec::len).max().unwrap_or(0);
    let mut sources = sources.into_iter();
    let mut result = sources.next().unwrap_or_default();
    result.resize(len, 0);
    if operation == b"not" {
        combine(&mut result, &[]);
    }
    sources.for_each(|source| combine(&mut result, &source));
    let target = words[2];
    if !result.is_empty() {
        call.node.put(at, target, Str::raw(result));
        call.changed(target, b'$', "set");
    } else if call.node.make_room(at, target) {
        call.changed(target, b'g', "del");
    }
    call.out.len_int(len);
    Ok(())
}
