//! The options of `SCAN`, `HSCAN`, `SSCAN` and `ZSCAN` (`scanGenericCommand` in db.c).

use engine_base::glob_match;
use engine_base::number::parse_u64;
use engine_resp::Reply;

use super::{Fail, args};

/// What to look for.
pub(super) struct Options<'a> {
    /// How much work one step may be.
    pub(super) count: usize,
    pattern: Option<&'a [u8]>,
    /// `TYPE`, for SCAN only.
    pub(super) kind: Option<&'a [u8]>,
}

impl Options<'_> {
    /// Whether an item is wanted.
    pub(super) fn matches(&self, item: &[u8]) -> bool {
        self.pattern.is_none_or(|pattern| pattern == b"*" || glob_match(pattern, item, false))
    }
}

/// The cursor that an earlier step gave out, as `strtoul` reads it: a sign is let through, and a
/// negative one counts from the end of 64 bits (`parseScanCursorOrReply`).
///
/// # Errors
/// It is no number.
pub(super) fn cursor(arg: &[u8]) -> Result<u64, Fail> {
    let text = arg.split(|b| *b == 0).next().unwrap_or_default();
    if text.is_empty() {
        return Ok(0);
    }
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let number = match digits.iter().position(|b| *b != b'0') {
        None if digits.is_empty() => None,
        None => Some(0),
        Some(at) => parse_u64(&digits[at..]),
    };
    let number = number.ok_or("ERR invalid cursor")?;
    Ok(if negative { number.wrapping_neg() } else { number })
}

/// `[MATCH pattern] [COUNT count] [TYPE type]`
///
/// # Errors
/// A syntax error, or a count that is none.
pub(super) fn parse<'a>(words: &[&'a [u8]], keys: bool) -> Result<Options<'a>, Fail> {
    let mut options = Options { count: 10, pattern: None, kind: None };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(value) = words.next() else { return Err(Fail::SYNTAX) };
        if args::is(word, "count") {
            let count = args::int(value)?;
            options.count = usize::try_from(count).ok().filter(|n| *n > 0).ok_or(Fail::SYNTAX)?;
        } else if args::is(word, "match") {
            options.pattern = Some(value);
        } else if args::is(word, "type") && keys {
            options.kind = Some(value);
        } else {
            return Err(Fail::SYNTAX);
        }
    }
    Ok(options)
}

/// The next cursor, and what was found.
pub(super) fn reply(out: &mut Reply, next: u64, items: &[Vec<u8>]) {
    out.array(2);
    out.bulk(next.to_string().as_bytes());
    out.array(items.len());
    for item in items {
        out.bulk(item);
    }
}
