//! Ranges of sorted sets: by rank, by score, by bytes (`genericZrange…` in t_zset.c).

use engine_base::number;
use engine_resp::Reply;
use engine_store::number::IntText;
use engine_store::{Elem, LexBound, ScoreBound, ZSet};

use super::{Answer, Call, Fail, args};

/// What the ends of a range are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum By {
    /// Positions.
    Rank,
    /// Scores.
    Score,
    /// Members, where all scores are equal.
    Lex,
}

/// A range as the client gave it.
enum Wanted<'a> {
    Rank(i64, i64),
    Score(ScoreBound, ScoreBound),
    Lex(LexBound<'a>, LexBound<'a>),
}

impl<'a> Wanted<'a> {
    fn parse(by: By, min: &'a [u8], max: &'a [u8]) -> Result<Self, Fail> {
        Ok(match by {
            By::Rank => Self::Rank(args::int(min)?, args::int(max)?),
            By::Score => Self::Score(score_bound(min)?, score_bound(max)?),
            By::Lex => Self::Lex(lex_bound(min)?, lex_bound(max)?),
        })
    }

    /// The ranks that lie inside, as `start..end`; for ranks counted from the top with `reverse`.
    fn ranks(&self, zset: &ZSet, reverse: bool) -> (usize, usize) {
        match *self {
            Self::Rank(start, end) => match args::clamp_range(start, end, zset.len()) {
                None => (0, 0),
                Some((from, to)) if reverse => (zset.len() - 1 - to, zset.len() - from),
                Some((from, to)) => (from, to + 1),
            },
            Self::Score(min, max) => (zset.rank_of_min_score(min), zset.rank_of_max_score(max)),
            Self::Lex(min, max) => (zset.rank_of_min_lex(min), zset.rank_of_max_lex(max)),
        }
    }
}

/// An end by score: a number, `(` in front to leave it out (`zslParseRange`).
fn score_bound(arg: &[u8]) -> Result<ScoreBound, Fail> {
    let (exclusive, text) = match arg {
        [b'(', rest @ ..] => (true, rest),
        _ => (false, arg),
    };
    let value = number::c_strtod(text).filter(|v| !v.is_nan());
    Ok(ScoreBound { value: value.ok_or("ERR min or max is not a float")?, exclusive })
}

/// An end by bytes: `-`, `+`, `[member` or `(member` (`zslParseLexRangeItem`).
fn lex_bound(arg: &[u8]) -> Result<LexBound<'_>, Fail> {
    match arg {
        b"-" => Ok(LexBound::Min),
        b"+" => Ok(LexBound::Max),
        [b'[', member @ ..] => Ok(LexBound::Inclusive(member)),
        [b'(', member @ ..] => Ok(LexBound::Exclusive(member)),
        _ => Err("ERR min or max not valid string range item".into()),
    }
}

/// `ZCOUNT`, `ZLEXCOUNT`
pub(super) fn count(call: &mut Call<'_>, by: By) -> Answer {
    let wanted = Wanted::parse(by, call.args[2], call.args[3])?;
    let at = call.at();
    let count = call.node.read_zset(at, call.args[1])?.map_or(0, |zset| {
        let (start, end) = wanted.ranks(zset, false);
        end.saturating_sub(start)
    });
    call.out.len_int(count);
    Ok(())
}

/// `ZREMRANGEBYRANK`, `ZREMRANGEBYSCORE`, `ZREMRANGEBYLEX`
pub(super) fn remove(call: &mut Call<'_>, by: By) -> Answer {
    let wanted = Wanted::parse(by, call.args[2], call.args[3])?;
    let at = call.at();
    let key = call.args[1];
    let mut gone = 0;
    if let Some(zset) = call.node.edit_zset(at, key)? {
        let (start, end) = wanted.ranks(zset, false);
        if start < end {
            gone = zset.remove_range(start, end).len();
        }
    }
    if gone > 0 {
        let event = match by {
            By::Rank => "zremrangebyrank",
            By::Score => "zremrangebyscore",
            By::Lex => "zremrangebylex",
        };
        call.shrunk(key, b'z', event);
    }
    call.out.len_int(gone);
    Ok(())
}

/// The words after the ends of a range.
struct Options {
    by: By,
    reverse: bool,
    with_scores: bool,
    limit: Option<(i64, i64)>,
}

impl Options {
    /// `by` and `reverse` are given by the old commands' names.
    fn parse(
        words: &[&[u8]],
        by: Option<By>,
        reverse: Option<bool>,
        store: bool,
    ) -> Result<Self, Fail> {
        let mut with_scores = false;
        let mut limit = None;
        let (mut own_by, mut own_reverse) = (by, reverse);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.to_ascii_lowercase().as_slice() {
                b"withscores" if !store => with_scores = true,
                b"limit" => {
                    let (Some(offset), Some(count)) = (words.next(), words.next()) else {
                        return Err(Fail::SYNTAX);
                    };
                    limit = Some((args::int(offset)?, args::int(count)?));
                }
                b"rev" if reverse.is_none() && own_reverse.is_none() => own_reverse = Some(true),
                b"bylex" if by.is_none() && own_by.is_none() => own_by = Some(By::Lex),
                b"byscore" if by.is_none() && own_by.is_none() => own_by = Some(By::Score),
                _ => return Err(Fail::SYNTAX),
            }
        }
        let by = own_by.unwrap_or(By::Rank);
        // A count of -1 is what there is without the option, and passes as that.
        if limit.is_some_and(|(_, count)| count != -1) && by == By::Rank {
            return Err("ERR syntax error, LIMIT is only supported in combination with either \
                        BYSCORE or BYLEX"
                .into());
        }
        if with_scores && by == By::Lex {
            return Err(
                "ERR syntax error, WITHSCORES not supported in combination with BYLEX".into()
            );
        }
        let limit = limit.filter(|_| by != By::Rank);
        Ok(Self { by, reverse: own_reverse.unwrap_or(false), with_scores, limit })
    }

    /// The part of `start..end` that `LIMIT` leaves.
    fn window(&self, start: usize, end: usize) -> (usize, usize) {
        let end = end.max(start);
        let Some((offset, count)) = self.limit else { return (start, end) };
        let len = end - start;
        let Ok(offset) = usize::try_from(offset) else { return (start, start) };
        let offset = offset.min(len);
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(len - offset);
        if self.reverse {
            (end - offset - count, end - offset)
        } else {
            (start + offset, start + offset + count)
        }
    }

    /// The ranks that are wanted of a set.
    fn ranks(&self, wanted: &Wanted<'_>, zset: &ZSet) -> (usize, usize) {
        let (start, end) = wanted.ranks(zset, self.reverse);
        self.window(start, end)
    }

    fn wanted<'a>(&self, first: &'a [u8], second: &'a [u8]) -> Result<Wanted<'a>, Fail> {
        // Backwards the larger end comes first; ranks are counted from the top instead.
        if self.reverse && self.by != By::Rank {
            Wanted::parse(self.by, second, first)
        } else {
            Wanted::parse(self.by, first, second)
        }
    }
}

/// `ZRANGE` and the old commands, whose names say `by` and `reverse`.
pub(super) fn range(call: &mut Call<'_>, by: Option<By>, reverse: Option<bool>) -> Answer {
    let words = call.args;
    let reverse = if by.is_some() { reverse } else { None };
    let options = Options::parse(&words[4..], by, reverse, false)?;
    let wanted = options.wanted(words[2], words[3])?;
    let at = call.at();
    let Some(zset) = call.node.read_zset(at, words[1])? else {
        call.out.array(0);
        return Ok(());
    };
    let (start, end) = options.ranks(&wanted, zset);
    if options.reverse {
        reply(call.out, end - start, zset.range_back(start, end), options.with_scores);
    } else {
        reply(call.out, end - start, zset.range(start, end), options.with_scores);
    }
    Ok(())
}

/// `ZRANGESTORE destination source min max [BYSCORE|BYLEX] [REV] [LIMIT offset count]`
pub(super) fn zrangestore(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    let options = Options::parse(&words[5..], None, None, true)?;
    let wanted = options.wanted(words[3], words[4])?;
    let at = call.at();
    let members: Vec<(Vec<u8>, f64)> = match call.node.read_zset(at, words[2])? {
        None => Vec::new(),
        Some(zset) => {
            let (start, end) = options.ranks(&wanted, zset);
            zset.range(start, end).map(|(m, s)| (m.to_vec(), s)).collect()
        }
    };
    let known = matches!(wanted, Wanted::Rank(..)).then_some(members.len());
    super::zset_algebra::replace_with(call, &members, known, 0);
    Ok(())
}

/// Members, with their scores if wanted: in RESP3 pairs, in RESP2 one after the other.
pub(super) fn reply<'a>(
    out: &mut Reply,
    count: usize,
    members: impl Iterator<Item = (Elem<'a>, f64)>,
    with_scores: bool,
) {
    reply_up_to(out, count, members, with_scores, usize::MAX);
}

/// The same, ended when the reply is longer than `room`: its client is closed then.
pub(super) fn reply_up_to<'a>(
    out: &mut Reply,
    count: usize,
    members: impl Iterator<Item = (Elem<'a>, f64)>,
    with_scores: bool,
    room: usize,
) {
    let pairs = with_scores && out.is_resp3();
    out.array(if with_scores && !pairs { count * 2 } else { count });
    for (member, score) in members {
        if out.len() > room {
            break;
        }
        if pairs {
            out.array(2);
        }
        out.bulk(member.bytes(&mut IntText::new()));
        if with_scores {
            out.double(score);
        }
    }
}
