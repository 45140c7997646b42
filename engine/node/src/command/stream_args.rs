//! Words of the commands on streams: ids, and how much is trimmed.

use engine_base::number;
use engine_store::StreamId;
use engine_store::stream::Trim;

use super::{Call, Fail, args};
use crate::client::ClientFlags;

const BAD_ID: Fail = Fail::new("ERR Invalid stream ID specified as stream command argument");

/// What C sees of a word: all up to the first zero.
pub(super) fn c_text(word: &[u8]) -> &[u8] {
    &word[..word.iter().position(|b| *b == 0).unwrap_or(word.len())]
}

/// An id as it was written.
enum Written {
    Whole(StreamId),
    /// Only the milliseconds, and perhaps that the rest is to be chosen (`ms-*`).
    Ms(u64, bool),
}

/// The words of `streamGenericParseIDOrReply`, but for `-` and `+`.
fn parse(word: &[u8]) -> Option<Written> {
    let text = if word.len() <= 127 { c_text(word) } else { return None };
    match text.iter().position(|b| *b == b'-') {
        None => Some(Written::Ms(c_u64(text)?, false)),
        Some(dash) => {
            let ms = c_u64(&text[..dash])?;
            match &text[dash + 1..] {
                b"*" => Some(Written::Ms(ms, true)),
                seq => Some(Written::Whole(StreamId { ms, seq: c_u64(seq)? })),
            }
        }
    }
}

/// A number of 64 bits without a sign (`string2ull`): what is not written as Redis writes it goes
/// through C's `strtoull`, which takes white space and signs in front, and zeros.
fn c_u64(text: &[u8]) -> Option<u64> {
    if let Some(n) = number::parse_i64(text) {
        return u64::try_from(n).ok();
    }
    let (negative, digits) = match number::after_space(text) {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() {
        return None;
    }
    let n = digits.iter().try_fold(0_u64, |sum, b| {
        let digit = b.is_ascii_digit().then(|| u64::from(b - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })?;
    Some(if negative { n.wrapping_neg() } else { n })
}

/// An id; without its second part that part is `rest` (`streamParseStrictIDOrReply`).
pub(super) fn strict_id(word: &[u8], rest: u64) -> Result<StreamId, Fail> {
    match parse(word) {
        Some(Written::Whole(id)) => Ok(id),
        Some(Written::Ms(ms, false)) => Ok(StreamId { ms, seq: rest }),
        _ => Err(BAD_ID),
    }
}

/// An id, or `-` or `+` for the least and the greatest (`streamParseIDOrReply`).
pub(super) fn id(word: &[u8], rest: u64) -> Result<StreamId, Fail> {
    match c_text(word) {
        b"-" => Ok(StreamId::MIN),
        b"+" => Ok(StreamId::MAX),
        _ => strict_id(word, rest),
    }
}

/// Where a range begins; `(` leaves the id itself out.
pub(super) fn range_start(word: &[u8]) -> Result<StreamId, Fail> {
    match word {
        [b'(', open @ ..] if !open.is_empty() => {
            strict_id(open, 0)?.next().ok_or(Fail::new("ERR invalid start ID for the interval"))
        }
        _ => id(word, 0),
    }
}

/// Where a range ends.
pub(super) fn range_end(word: &[u8]) -> Result<StreamId, Fail> {
    match word {
        [b'(', open @ ..] if !open.is_empty() => strict_id(open, u64::MAX)?
            .prev()
            .ok_or(Fail::new("ERR invalid end ID for the interval")),
        _ => id(word, u64::MAX),
    }
}

/// Ids, all or none.
pub(super) fn ids(words: &[&[u8]]) -> Result<Vec<StreamId>, Fail> {
    words.iter().map(|word| strict_id(word, 0)).collect()
}

/// The id of a new entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum NewId {
    /// `*`
    #[default]
    Next,
    /// `ms-*`
    InMs(u64),
    /// All of it.
    Is(StreamId),
}

/// What `XADD` and `XTRIM` are told beside the key and the fields (`streamAddTrimArgs`).
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) id: NewId,
    /// Where the id stands; behind the last word when there is none.
    pub(super) id_at: usize,
    pub(super) only_existing: bool,
    pub(super) trim: Option<Trim>,
    /// Where what is kept stands.
    pub(super) trim_at: usize,
    /// `~`: only whole nodes go.
    pub(super) whole_nodes: bool,
    pub(super) limit: u64,
}

/// `[NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id`
pub(super) fn add_or_trim(call: &Call<'_>, is_add: bool) -> Result<Told, Fail> {
    let words = call.args;
    let mut told = Told { id_at: words.len(), ..Told::default() };
    let mut limit = None;
    let mut at = 2;
    while let Some(word) = words.get(at) {
        let has_next = at + 1 < words.len();
        if is_add && c_text(word) == b"*" {
            told.id_at = at;
            break;
        }
        let by_length = args::is(word, "maxlen");
        if (by_length || args::is(word, "minid")) && has_next {
            at = threshold(&mut told, words, at, by_length)?;
        } else if args::is(word, "limit") && has_next {
            let count = args::int(words[at + 1])?;
            let count = u64::try_from(count);
            limit = Some(count.map_err(|_| Fail::new("ERR The LIMIT argument must be >= 0."))?);
            at += 1;
        } else if is_add && args::is(word, "nomkstream") {
            told.only_existing = true;
        } else if is_add {
            told.id = new_id(word)?;
            told.id_at = at;
            break;
        } else {
            return Err(Fail::SYNTAX);
        }
        at += 1;
    }
    check_limit(call, &mut told, limit, is_add)?;
    Ok(told)
}

fn new_id(word: &[u8]) -> Result<NewId, Fail> {
    match parse(word) {
        Some(Written::Whole(id)) => Ok(NewId::Is(id)),
        Some(Written::Ms(ms, true)) => Ok(NewId::InMs(ms)),
        Some(Written::Ms(ms, false)) => Ok(NewId::Is(StreamId { ms, seq: 0 })),
        None => Err(BAD_ID),
    }
}

/// What is kept; gives where it stands.
fn threshold(
    told: &mut Told,
    words: &[&[u8]],
    option: usize,
    by_length: bool,
) -> Result<usize, Fail> {
    if told.trim.is_some() {
        let text = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible";
        return Err(text.into());
    }
    let mark = c_text(words[option + 1]);
    let marked = option + 2 < words.len() && matches!(mark, b"~" | b"=");
    told.whole_nodes = marked && mark == b"~";
    let at = option + 1 + usize::from(marked);
    told.trim = Some(if by_length {
        let length = u64::try_from(args::int(words[at])?);
        Trim::Length(length.map_err(|_| Fail::new("ERR The MAXLEN argument must be >= 0."))?)
    } else {
        Trim::Before(strict_id(words[at], 0)?)
    });
    told.trim_at = at;
    Ok(at)
}

fn check_limit(
    call: &Call<'_>,
    told: &mut Told,
    limit: Option<u64>,
    is_add: bool,
) -> Result<(), Fail> {
    if told.trim.is_none() && limit.is_some_and(|limit| limit > 0) {
        let text = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy";
        return Err(text.into());
    }
    if told.trim.is_none() && !is_add {
        return Err("ERR syntax error, XTRIM must be called with a trimming strategy".into());
    }
    let obeyed = ClientFlags::MASTER | ClientFlags::IMPORT;
    if call.session_ref().is_some_and(|client| client.flags.intersects(obeyed)) {
        return Ok(());
    }
    told.limit = match limit {
        Some(_) if !told.whole_nodes => {
            let text = "ERR syntax error, LIMIT cannot be used without the special ~ option";
            return Err(text.into());
        }
        Some(limit) => limit,
        None if told.whole_nodes => match call.node.config.stream_node_max_entries {
            0 => 10_000,
            entries => entries.saturating_mul(100).min(1_000_000),
        },
        None => 0,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_c_reads_them() {
        let read = |text: &[u8]| strict_id(text, 7).ok().map(|id| (id.ms, id.seq));
        assert_eq!(read(b"5-3"), Some((5, 3)));
        assert_eq!(read(b"5"), Some((5, 7)));
        assert_eq!(read(b" 05-+3\0x"), Some((5, 3)));
        assert_eq!(read(b"5--007"), Some((5, u64::MAX - 6)));
        assert_eq!(read(b"18446744073709551615-1"), Some((u64::MAX, 1)));
        for bad in [&b""[..], b"-", b"+", b"a", b"5-", b"5-a", b"5--3", b"-5", b"5-*", b"5-3-1"] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
        assert_eq!(read(b"18446744073709551616"), None);
        assert_eq!(read(&[b'1'; 128]), None);
    }

    #[test]
    fn a_range_may_leave_its_ends_out() {
        assert_eq!(range_start(b"(5-3").unwrap(), StreamId { ms: 5, seq: 4 });
        assert_eq!(range_end(b"(5").unwrap(), StreamId { ms: 5, seq: u64::MAX - 1 });
        assert_eq!(range_end(b"(5-0").unwrap(), StreamId { ms: 4, seq: u64::MAX });
        assert!(range_start(b"(-").is_err() && range_start(b"(").is_err());
        assert!(range_end(b"(0-0").is_err());
    }
}
