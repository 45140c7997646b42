//! Arguments read as numbers: the `get…FromObjectOrReply` family of object.c.

use engine_base::number;

use super::{Answer, Fail};

/// A whole number of 64 bits (`getLongLongFromObjectOrReply`).
pub(crate) fn int(arg: &[u8]) -> Result<i64, Fail> {
    number::parse_i64(arg).ok_or(Fail::NOT_INTEGER)
}

/// A whole number of 64 bits, or this error.
pub(crate) fn int_or(arg: &[u8], error: &'static str) -> Result<i64, Fail> {
    number::parse_i64(arg).ok_or(Fail::new(error))
}

/// Zero or more (`getPositiveLongFromObjectOrReply`).
pub(crate) fn count(arg: &[u8]) -> Result<usize, Fail> {
    count_or(arg, "ERR value is out of range, must be positive")
}

/// Zero or more, or this error.
pub(crate) fn count_or(arg: &[u8], error: &'static str) -> Result<usize, Fail> {
    let n = int_or(arg, error)?;
    usize::try_from(n).map_err(|_| Fail::new(error))
}

/// One or more, or this error.
pub(crate) fn positive_or(arg: &[u8], error: &'static str) -> Result<usize, Fail> {
    match count_or(arg, error)? {
        0 => Err(Fail::new(error)),
        n => Ok(n),
    }
}

/// A number with a fraction (`getDoubleFromObjectOrReply`).
pub(crate) fn float(arg: &[u8]) -> Result<f64, Fail> {
    number::parse_f64(arg).ok_or(Fail::NOT_FLOAT)
}

/// Whether a word is this option, in any case.
pub(crate) fn is(arg: &[u8], option: &str) -> bool {
    arg.eq_ignore_ascii_case(option.as_bytes())
}

/// The keys of a command that counts them: `numkeys` is word `at`, the keys follow. Nothing when
/// the count is none or too large (`genericGetKeys` in db.c).
pub(crate) fn counted_keys(args: &[&[u8]], at: usize) -> Vec<usize> {
    // `atoi`: whatever the text begins with, in 32 bits.
    let atoi = |n: &[u8]| i64::from(number::leading_int(n) as i32);
    let count = args.get(at).map_or(0, |n| atoi(n));
    let first = at + 1;
    match usize::try_from(count) {
        Ok(count @ 1..) if count <= args.len().saturating_sub(first) => {
            (first..first + count).collect()
        }
        _ => Vec::new(),
    }
}

/// A range of positions as `GETRANGE`, `LRANGE` and `ZRANGE` take it, over `len` items: both ends
/// included, negative ones count from the end. `None` when it is empty.
pub(crate) fn clamp_range(start: i64, end: i64, len: usize) -> Option<(usize, usize)> {
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let from_end = |at: i64| if at < 0 { at.saturating_add(len) } else { at };
    let start = from_end(start).max(0);
    let end = from_end(end).min(len - 1);
    if start > end || start >= len || end < 0 {
        return None;
    }
    Some((start as usize, end as usize))
}

/// A whole number from `min` to `max` (`getRangeLongFromObjectOrReply` without a text of its own).
pub(crate) fn int_in(arg: &[u8], min: i64, max: i64) -> Result<i64, Fail> {
    let n = int(arg)?;
    if (min..=max).contains(&n) {
        return Ok(n);
    }
    Err(format!("ERR value is out of range, value must between {min} and {max}").into())
}

/// How many items a random draw may be asked for where nothing else ends a long answer: beyond it
/// the answer would not fit anywhere.
const DRAWS_MAX: i64 = 1 << 26;

/// The count of `SRANDMEMBER` and its kin; a negative one asks for draws with repetition.
pub(crate) fn draws(arg: &[u8], pairs: bool) -> Result<i64, Fail> {
    let n = int_in(arg, -i64::MAX, i64::MAX)?;
    if pairs && !(-(i64::MAX / 2)..=i64::MAX / 2).contains(&n) {
        return Err(TOO_MANY.into());
    }
    Ok(n)
}

/// Refuses draws from what is there that would not end. `room`: the length of an answer at which
/// it is ended, and its client closed, if any.
pub(crate) fn draws_end(count: i64, room: usize) -> Answer {
    if count < -DRAWS_MAX && room == usize::MAX { Err(TOO_MANY.into()) } else { Ok(()) }
}

const TOO_MANY: &str = "ERR value is out of range";
