//! Sorted sets: the commands on single members of t_zset.c. Ranges are in `zset_range.rs`, several
//! sets in `zset_algebra.rs`, taking members out in `zset_pop.rs`.

use engine_store::number::IntText;
use engine_store::zset::Change;
use engine_store::{Elem, ZSet};

use super::draw::{self, Drawn};
use super::macros::{keys, specs};
use super::zset_algebra::{self as algebra, Kind};
use super::zset_pop::{self as pop, End};
use super::zset_range::{self as range, By};
use super::{Answer, Call, Fail, Spec, args, scan};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "bzmpop" -5 [WRITE BLOCKING MOVABLE_KEYS] (find second_counted) [SORTEDSET] => pop::bzmpop,
    "bzpopmax" -3 [WRITE NOSCRIPT BLOCKING FAST] (1 -2 1) [SORTEDSET] => |call| pop::bzpop(call, End::Max),
    "bzpopmin" -3 [WRITE NOSCRIPT BLOCKING FAST] (1 -2 1) [SORTEDSET] => |call| pop::bzpop(call, End::Min),
    "zadd" -4 [WRITE DENYOOM FAST] (1) [SORTEDSET] => |call| zadd(call, false),
    "zcard" 2 [READONLY FAST] (1) [SORTEDSET] => zcard,
    "zcount" 4 [READONLY FAST] (1) [SORTEDSET] => |call| range::count(call, By::Score),
    "zdiff" -3 [READONLY MOVABLE_KEYS] (find first_counted) [SORTEDSET] => |call| algebra::show(call, Kind::Difference),
    "zdiffstore" -4 [WRITE DENYOOM MOVABLE_KEYS] (find stored) [SORTEDSET] => |call| algebra::store(call, Kind::Difference),
    "zincrby" 4 [WRITE DENYOOM FAST] (1) [SORTEDSET] => |call| zadd(call, true),
    "zinter" -3 [READONLY MOVABLE_KEYS] (find first_counted) [SORTEDSET] => |call| algebra::show(call, Kind::Intersection),
    "zintercard" -3 [READONLY MOVABLE_KEYS] (find first_counted) [SORTEDSET] => algebra::zintercard,
    "zinterstore" -4 [WRITE DENYOOM MOVABLE_KEYS] (find stored) [SORTEDSET] => |call| algebra::store(call, Kind::Intersection),
    "zlexcount" 4 [READONLY FAST] (1) [SORTEDSET] => |call| range::count(call, By::Lex),
    "zmpop" -4 [WRITE MOVABLE_KEYS] (find first_counted) [SORTEDSET] => pop::zmpop,
    "zmscore" -3 [READONLY FAST] (1) [SORTEDSET] => zmscore,
    "zpopmax" -2 [WRITE FAST] (1) [SORTEDSET] => |call| pop::pop(call, End::Max),
    "zpopmin" -2 [WRITE FAST] (1) [SORTEDSET] => |call| pop::pop(call, End::Min),
    "zrandmember" -2 [READONLY] (1) [SORTEDSET] => zrandmember,
    "zrange" -4 [READONLY] (1) [SORTEDSET] => |call| range::range(call, None, None),
    "zrangebylex" -4 [READONLY] (1) [SORTEDSET] => |call| range::range(call, Some(By::Lex), Some(false)),
    "zrangebyscore" -4 [READONLY] (1) [SORTEDSET] => |call| range::range(call, Some(By::Score), Some(false)),
    "zrangestore" -5 [WRITE DENYOOM] (1 2 1) [SORTEDSET] => range::zrangestore,
    "zrank" 3 [READONLY FAST] (1) [SORTEDSET] => |call| rank(call, false),
    "zrem" -3 [WRITE FAST] (1) [SORTEDSET] => zrem,
    "zremrangebylex" 4 [WRITE] (1) [SORTEDSET] => |call| range::remove(call, By::Lex),
    "zremrangebyrank" 4 [WRITE] (1) [SORTEDSET] => |call| range::remove(call, By::Rank),
    "zremrangebyscore" 4 [WRITE] (1) [SORTEDSET] => |call| range::remove(call, By::Score),
    "zrevrange" -4 [READONLY] (1) [SORTEDSET] => |call| range::range(call, Some(By::Rank), Some(true)),
    "zrevrangebylex" -4 [READONLY] (1) [SORTEDSET] => |call| range::range(call, Some(By::Lex), Some(true)),
    "zrevrangebyscore" -4 [READONLY] (1) [SORTEDSET] => |call| range::range(call, Some(By::Score), Some(true)),
    "zrevrank" 3 [READONLY FAST] (1) [SORTEDSET] => |call| rank(call, true),
    "zscan" -3 [READONLY] (1) [SORTEDSET] => zscan,
    "zscore" 3 [READONLY FAST] (1) [SORTEDSET] => zscore,
    "zunion" -3 [READONLY MOVABLE_KEYS] (find first_counted) [SORTEDSET] => |call| algebra::show(call, Kind::Union),
    "zunionstore" -4 [WRITE DENYOOM MOVABLE_KEYS] (find stored) [SORTEDSET] => |call| algebra::store(call, Kind::Union),
};

fn first_counted(args: &[&[u8]]) -> Vec<usize> {
    args::counted_keys(args, 1)
}

fn second_counted(args: &[&[u8]]) -> Vec<usize> {
    args::counted_keys(args, 2)
}

/// `destination numkeys key …`: what is read comes first, as Redis routes it.
fn stored(args: &[&[u8]]) -> Vec<usize> {
    let mut keys = args::counted_keys(args, 2);
    if !keys.is_empty() {
        keys.push(1);
    }
    keys
}

#[derive(Clone, Copy, Default)]
struct Options {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
    changed: bool,
    incr: bool,
}

/// What became of one member.
enum Done {
    Added(f64),
    Updated(f64),
    Same(f64),
    /// An option forbade it.
    Not,
}

/// `ZADD key [NX|XX] [GT|LT] [CH] [INCR] score member …`, and `ZINCRBY key increment member`,
/// which for Redis is a ZADD with INCR (and so takes the same words for options).
fn zadd(call: &mut Call<'_>, incr: bool) -> Answer {
    let words = call.args;
    zadd_with(call, words, Options { incr, ..Options::default() })
}

/// A ZADD in other words than the client's, name included.
pub(super) fn zadd_words(call: &mut Call<'_>, words: &[&[u8]]) -> Answer {
    zadd_with(call, words, Options::default())
}

fn zadd_with(call: &mut Call<'_>, words: &[&[u8]], mut options: Options) -> Answer {
    let mut rest = &words[2..];
    while let [word, tail @ ..] = rest {
        match word.to_ascii_lowercase().as_slice() {
            b"nx" => options.nx = true,
            b"xx" => options.xx = true,
            b"gt" => options.gt = true,
            b"lt" => options.lt = true,
            b"ch" => options.changed = true,
            b"incr" => options.incr = true,
            _ => break,
        }
        rest = tail;
    }
    let (pairs, odd) = rest.as_chunks::<2>();
    if pairs.is_empty() || !odd.is_empty() {
        return Err(Fail::SYNTAX);
    }
    add(call, options, pairs)
}

/// `zaddGenericCommand`.
fn add(call: &mut Call<'_>, options: Options, pairs: &[[&[u8]; 2]]) -> Answer {
    if options.nx && options.xx {
        return Err("ERR XX and NX options at the same time are not compatible".into());
    }
    if (options.gt && (options.nx || options.lt)) || (options.lt && options.nx) {
        return Err("ERR GT, LT, and/or NX options at the same time are not compatible".into());
    }
    if options.incr && pairs.len() > 1 {
        return Err("ERR INCR option supports a single increment-element pair".into());
    }
    let scores =
        pairs.iter().map(|[score, _]| args::float(score)).collect::<Result<Vec<f64>, Fail>>()?;
    let at = call.at();
    let key = call.args[1];
    let limits = call.node.limits();
    let there = call.node.look_zset(at, key)?.is_some();
    let (mut added, mut updated, mut last) = (0, 0, None);
    let mut failed = None;
    if there || !options.xx {
        let zset = call.node.zset_or_new(at, key, pairs[0][1].len())?;
        for (score, [_, member]) in scores.iter().zip(pairs) {
            match add_one(zset, options, *score, member, &limits) {
                Ok(Done::Added(score)) => (added, last) = (added + 1, Some(score)),
                Ok(Done::Updated(score)) => (updated, last) = (updated + 1, Some(score)),
                Ok(Done::Same(score)) => last = Some(score),
                Ok(Done::Not) => {}
                Err(fail) => {
                    failed = Some(fail);
                    break;
                }
            }
        }
        call.node.delete_if_empty(at, key);
    }
    if added + updated > 0 {
        call.changed(key, b'z', if options.incr { "zincr" } else { "zadd" });
    }
    if let Some(fail) = failed {
        return Err(fail);
    }
    match (options.incr, last) {
        (true, Some(score)) => call.out.double(score),
        (true, None) => call.out.null(),
        (false, _) => call.out.int(if options.changed { added + updated } else { added }),
    }
    Ok(())
}

/// `zsetAdd`.
fn add_one(
    zset: &mut ZSet,
    options: Options,
    score: f64,
    member: &[u8],
    limits: &engine_store::Limits,
) -> Result<Done, Fail> {
    let Some(old) = zset.score(member) else {
        if options.xx {
            return Ok(Done::Not);
        }
        zset.set(member, score, limits);
        return Ok(Done::Added(score));
    };
    if options.nx {
        return Ok(Done::Not);
    }
    let score = if options.incr { old + score } else { score };
    if score.is_nan() {
        return Err("ERR resulting score is not a number (NaN)".into());
    }
    if (options.lt && score >= old) || (options.gt && score <= old) {
        return Ok(Done::Not);
    }
    Ok(match zset.set(member, score, limits) {
        Change::Added | Change::Updated => Done::Updated(score),
        Change::None => Done::Same(score),
    })
}

fn zrem(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let key = call.args[1];
    let mut gone = 0;
    if let Some(zset) = call.node.edit_zset(at, key)? {
        gone = call.args[2..].iter().filter(|member| zset.remove(member).is_some()).count();
    }
    if gone > 0 {
        call.shrunk(key, b'z', "zrem");
    }
    call.out.len_int(gone);
    Ok(())
}

fn zcard(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let len = call.node.read_zset(at, call.args[1])?.map_or(0, ZSet::len);
    call.out.len_int(len);
    Ok(())
}

fn zscore(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    match call.node.read_zset(at, call.args[1])?.and_then(|z| z.score(call.args[2])) {
        Some(score) => call.out.double(score),
        None => call.out.null(),
    }
    Ok(())
}

fn zmscore(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let zset = call.node.read_zset(at, call.args[1])?;
    call.out.array(call.args.len() - 2);
    for member in &call.args[2..] {
        match zset.and_then(|z| z.score(member)) {
            Some(score) => call.out.double(score),
            None => call.out.null(),
        }
    }
    Ok(())
}

fn rank(call: &mut Call<'_>, from_top: bool) -> Answer {
    let at = call.at();
    let zset = call.node.read_zset(at, call.args[1])?;
    match zset.and_then(|z| Some((z.len(), z.rank(call.args[2])?))) {
        Some((len, rank)) => call.out.len_int(if from_top { len - 1 - rank } else { rank }),
        None => call.out.null(),
    }
    Ok(())
}

fn zscan(call: &mut Call<'_>) -> Answer {
    let cursor = scan::cursor(call.args[2])?;
    let at = call.at();
    let Some(zset) = call.node.read_zset(at, call.args[1])? else {
        scan::reply(call.out, 0, &[]);
        return Ok(());
    };
    let options = scan::parse(&call.args[3..], false)?;
    let mut items = Vec::new();
    let next = zset.scan(cursor, options.count, |member, score| {
        if options.matches(&member.to_cow()) {
            items.push(member.to_vec());
            items.push(score.into_bytes());
        }
    });
    scan::reply(call.out, next, &items);
    Ok(())
}

/// `ZRANDMEMBER key [count [WITHSCORES]]`
fn zrandmember(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let key = call.args[1];
    let mut rng = call.node.rng.clone();
    let Some(&count) = call.args.get(2) else {
        match call.node.read_zset(at, key)?.and_then(|z| z.random(&mut rng)) {
            Some((member, _)) => call.out.bulk(member.bytes(&mut IntText::new())),
            None => call.out.null(),
        }
        call.node.rng = rng;
        return Ok(());
    };
    args::int_in(count, -i64::MAX, i64::MAX)?;
    let with_scores = call.args.len() > 3;
    if call.args.len() > 4 || (with_scores && !args::is(call.args[3], "withscores")) {
        return Err(Fail::SYNTAX);
    }
    let room = call.answer_room();
    let count = args::draws(count, with_scores)?;
    let zset = call.node.read_zset(at, key)?;
    zset.map_or(Ok(()), |_| args::draws_end(count, room))?;
    let Drawn { count, items } = match zset {
        None => Drawn::none(),
        Some(zset) if count < 0 => Drawn::again_and_again(count, || zset.random(&mut rng)),
        Some(zset) => {
            let wanted = (zset.len(), count as usize);
            let draw = |rng: &mut _| zset.random(rng);
            let name = |(member, _): &(Elem<'_>, f64)| member.to_vec();
            Drawn::once(draw::different(wanted, &mut rng, zset.iter(), draw, name))
        }
    };
    range::reply_up_to(call.out, count, items, with_scores, room);
    call.node.rng = rng;
    Ok(())
}
