//! Taking members out of sorted sets from either end, waiting for them if need be.

use engine_resp::Reply;

use super::{Answer, At, Call, Fail, args, list_pop, waiting};

/// Which members go first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    /// Those with the lowest scores.
    Min,
    /// Those with the highest scores.
    Max,
}

impl End {
    fn parse(word: &[u8]) -> Result<Self, Fail> {
        if args::is(word, "min") {
            Ok(Self::Min)
        } else if args::is(word, "max") {
            Ok(Self::Max)
        } else {
            Err(Fail::SYNTAX)
        }
    }

    fn command(self) -> &'static [u8] {
        if self == Self::Min { b"ZPOPMIN" } else { b"ZPOPMAX" }
    }
}

/// Takes up to `count` members; an empty set goes with its last member.
fn take(
    call: &mut Call<'_>,
    at: At,
    key: &[u8],
    end: End,
    count: usize,
) -> Result<Vec<(Vec<u8>, f64)>, Fail> {
    let Some(zset) = call.node.edit_zset(at, key)? else { return Ok(Vec::new()) };
    let len = zset.len();
    let count = count.min(len);
    if count == 0 {
        return Ok(Vec::new());
    }
    let gone = match end {
        End::Min => zset.remove_range(0, count),
        End::Max => {
            let mut gone = zset.remove_range(len - count, len);
            gone.reverse();
            gone
        }
    };
    call.shrunk(key, b'z', if end == End::Min { "zpopmin" } else { "zpopmax" });
    Ok(gone)
}

/// `ZPOPMIN key [count]`, `ZPOPMAX`
pub(super) fn pop(call: &mut Call<'_>, end: End) -> Answer {
    if call.args.len() > 3 {
        return Err(Fail::SYNTAX);
    }
    let count = call.args.get(2).map(|arg| args::count(arg)).transpose()?;
    let at = call.at();
    let key = call.args[1];
    let gone = take(call, at, key, end, count.unwrap_or(1))?;
    let pairs = count.is_some() && call.out.is_resp3();
    call.out.array(if pairs { gone.len() } else { gone.len() * 2 });
    for (member, score) in gone {
        if pairs {
            call.out.array(2);
        }
        call.out.bulk(&member);
        call.out.double(score);
    }
    Ok(())
}

/// `BZPOPMIN key … timeout`, `BZPOPMAX`
pub(super) fn bzpop(call: &mut Call<'_>, end: End) -> Answer {
    let words = call.args;
    let (timeout, keys) = (words[words.len() - 1], &words[1..words.len() - 1]);
    let timeout = waiting::timeout(call, timeout)?;
    let at = call.at();
    for key in keys {
        if call.look_zset_to_serve(at, key)?.is_none() {
            continue;
        }
        for (member, score) in take(call, at, key, end, 1)? {
            call.out.array(3);
            call.out.bulk(key);
            call.out.bulk(&member);
            call.out.double(score);
        }
        call.propagate_instead(&[end.command(), key]);
        return Ok(());
    }
    waiting::block(call, keys, timeout, Reply::null_array);
    Ok(())
}

/// `numkeys key … MIN|MAX [COUNT count]`
fn parse_many<'a>(words: &'a [&'a [u8]]) -> Result<(&'a [&'a [u8]], End, usize), Fail> {
    let (keys, rest) = list_pop::counted(words)?;
    let end = End::parse(rest[0])?;
    Ok((keys, end, list_pop::count_option(&rest[1..])?))
}

fn pop_first(call: &mut Call<'_>, keys: &[&[u8]], end: End, count: usize) -> Result<bool, Fail> {
    let at = call.at();
    for key in keys {
        if call.look_zset_to_serve(at, key)?.is_none() {
            continue;
        }
        let gone = take(call, at, key, end, count)?;
        let taken = gone.len().to_string();
        call.propagate_instead(&[end.command(), key, taken.as_bytes()]);
        call.out.array(2);
        call.out.bulk(key);
        call.out.array(gone.len());
        for (member, score) in gone {
            call.out.array(2);
            call.out.bulk(&member);
            call.out.double(score);
        }
        return Ok(true);
    }
    Ok(false)
}

/// `ZMPOP numkeys key … MIN|MAX [COUNT count]`
pub(super) fn zmpop(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    let (keys, end, count) = parse_many(&words[1..])?;
    if !pop_first(call, keys, end, count)? {
        call.out.null_array();
    }
    Ok(())
}

/// `BZMPOP timeout numkeys key … MIN|MAX [COUNT count]`
pub(super) fn bzmpop(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    let (keys, end, count) = parse_many(&words[2..])?;
    let timeout = waiting::timeout(call, words[1])?;
    if !pop_first(call, keys, end, count)? {
        waiting::block(call, keys, timeout, Reply::null_array);
    }
    Ok(())
}
