//! Sets: t_set.c, but for the algebra of several sets, which is in `set_algebra.rs`.

use engine_store::number::IntText;
use engine_store::{Elem, Set};

use super::draw::{self, Drawn};
use super::macros::{keys, specs};
use super::set_algebra::{self, Kind};
use super::{Answer, Call, Fail, Spec, args, scan};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "sadd" -3 [WRITE DENYOOM FAST] (1) [SET] => sadd,
    "scard" 2 [READONLY FAST] (1) [SET] => scard,
    "sdiff" -2 [READONLY] (1 -1 1) [SET] => |call| set_algebra::show(call, Kind::Difference),
    "sdiffstore" -3 [WRITE DENYOOM] (1 -1 1) [SET] => |call| set_algebra::store(call, Kind::Difference),
    "sinter" -2 [READONLY] (1 -1 1) [SET] => |call| set_algebra::show(call, Kind::Intersection),
    "sintercard" -3 [READONLY MOVABLE_KEYS] (find sintercard_keys) [SET] => set_algebra::sintercard,
    "sinterstore" -3 [WRITE DENYOOM] (1 -1 1) [SET] => |call| set_algebra::store(call, Kind::Intersection),
    "sismember" 3 [READONLY FAST] (1) [SET] => sismember,
    "smembers" 2 [READONLY] (1) [SET] => smembers,
    "smismember" -3 [READONLY FAST] (1) [SET] => smismember,
    "smove" 4 [WRITE FAST] (1 2 1) [SET] => smove,
    "spop" -2 [WRITE FAST] (1) [SET] => spop,
    "srandmember" -2 [READONLY] (1) [SET] => srandmember,
    "srem" -3 [WRITE FAST] (1) [SET] => srem,
    "sscan" -3 [READONLY] (1) [SET] => sscan,
    "sunion" -2 [READONLY] (1 -1 1) [SET] => |call| set_algebra::show(call, Kind::Union),
    "sunionstore" -3 [WRITE DENYOOM] (1 -1 1) [SET] => |call| set_algebra::store(call, Kind::Union),
};

fn sintercard_keys(args: &[&[u8]]) -> Vec<usize> {
    args::counted_keys(args, 1)
}

fn sadd(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let limits = call.node.limits();
    let key = call.args[1];
    let set = call.node.set_or_new(at, key, call.args[2])?;
    let added = call.args[2..].iter().filter(|member| set.insert(member, &limits)).count();
    if added > 0 {
        call.changed(key, b's', "sadd");
    }
    call.out.len_int(added);
    Ok(())
}

fn srem(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let key = call.args[1];
    let mut gone = 0;
    if let Some(set) = call.node.edit_set(at, key)? {
        gone = call.args[2..].iter().filter(|member| set.remove(member)).count();
    }
    if gone > 0 {
        call.shrunk(key, b's', "srem");
    }
    call.out.len_int(gone);
    Ok(())
}

fn scard(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let len = call.node.read_set(at, call.args[1])?.map_or(0, Set::len);
    call.out.len_int(len);
    Ok(())
}

fn sismember(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let there = call.node.read_set(at, call.args[1])?.is_some_and(|s| s.contains(call.args[2]));
    call.out.int(i64::from(there));
    Ok(())
}

fn smismember(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let set = call.node.read_set(at, call.args[1])?;
    call.out.array(call.args.len() - 2);
    for member in &call.args[2..] {
        call.out.int(i64::from(set.is_some_and(|s| s.contains(member))));
    }
    Ok(())
}

fn smembers(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let set = call.node.read_set(at, call.args[1])?;
    call.out.set(set.map_or(0, Set::len));
    for member in set.into_iter().flat_map(Set::iter) {
        call.out.bulk(member.bytes(&mut IntText::new()));
    }
    Ok(())
}

fn smove(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let limits = call.node.limits();
    let (from, to, member) = (call.args[1], call.args[2], call.args[3]);
    let Some(source) = call.node.look_set(at, from)? else {
        call.out.int(0);
        return Ok(());
    };
    let there = source.contains(member);
    call.node.look_set(at, to)?;
    if from == to || !there {
        call.out.int(i64::from(there));
        return Ok(());
    }
    if let Some(source) = call.node.edit_set(at, from)? {
        source.remove(member);
    }
    call.shrunk(from, b's', "srem");
    let added = call.node.set_or_new(at, to, member)?.insert(member, &limits);
    if added {
        call.changed(to, b's', "sadd");
    }
    call.out.int(1);
    Ok(())
}

/// `SPOP key [count]`
fn spop(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let key = call.args[1];
    if call.args.len() > 3 {
        return Err(Fail::SYNTAX);
    }
    let count = call.args.get(2).map(|arg| args::count(arg)).transpose()?;
    let mut rng = call.node.rng.clone();
    let mut gone = Vec::new();
    if let Some(set) = call.node.edit_set(at, key)? {
        let wanted = count.unwrap_or(1).min(set.len());
        gone = (0..wanted).filter_map(|_| set.pop(&mut rng)).collect();
    }
    call.node.rng = rng;
    if !gone.is_empty() {
        let all = call.shrunk(key, b's', "spop");
        if all && count.is_some() {
            call.propagate_instead(&[b"DEL", key]);
        } else {
            for member in &gone {
                call.propagate_instead(&[b"SREM", key, member]);
            }
        }
    }
    match count {
        None => call.out.bulk_or_null(gone.first().map(Vec::as_slice)),
        Some(_) => {
            call.out.set(gone.len());
            gone.iter().for_each(|member| call.out.bulk(member));
        }
    }
    Ok(())
}

/// `SRANDMEMBER key [count]`
fn srandmember(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    if call.args.len() > 3 {
        return Err(Fail::SYNTAX);
    }
    let mut rng = call.node.rng.clone();
    let room = call.answer_room();
    let count = call.args.get(2).map(|arg| args::draws(arg, false)).transpose()?;
    let set = call.node.read_set(at, call.args[1])?;
    match (set, count) {
        (None, None) => call.out.null(),
        (None, Some(_)) => call.out.array(0),
        (Some(set), None) => match set.random(&mut rng) {
            Some(member) => call.out.bulk(member.bytes(&mut IntText::new())),
            None => call.out.null(),
        },
        (Some(set), Some(count)) => {
            args::draws_end(count, room)?;
            let Drawn { count, items } = if count < 0 {
                Drawn::again_and_again(count, || set.random(&mut rng))
            } else {
                let wanted = (set.len(), count as usize);
                let (draw, name) = (|rng: &mut _| set.random(rng), |it: &Elem<'_>| it.to_vec());
                Drawn::once(draw::different(wanted, &mut rng, set.iter(), draw, name))
            };
            call.out.array(count);
            for member in items {
                if call.out.len() > room {
                    break;
                }
                call.out.bulk(member.bytes(&mut IntText::new()));
            }
        }
    }
    call.node.rng = rng;
    Ok(())
}

fn sscan(call: &mut Call<'_>) -> Answer {
    let cursor = scan::cursor(call.args[2])?;
    let at = call.at();
    let Some(set) = call.node.read_set(at, call.args[1])? else {
        scan::reply(call.out, 0, &[]);
        return Ok(());
    };
    let options = scan::parse(&call.args[3..], false)?;
    let mut items = Vec::new();
    let next = set.scan(cursor, options.count, |member| {
        if options.matches(&member.to_cow()) {
            items.push(member.to_vec());
        }
    });
    scan::reply(call.out, next, &items);
    Ok(())
}
