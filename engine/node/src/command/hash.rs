//! Hashes: t_hash.c.

use engine_base::number::parse_i64;
use engine_store::number::IntText;
use engine_store::{Elem, Hash};

use super::draw::{self, Drawn};
use super::macros::{keys, specs};
use super::{Answer, Call, Fail, Spec, args, scan};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "hdel" -3 [WRITE FAST] (1) [HASH] => hdel,
    "hexists" 3 [READONLY FAST] (1) [HASH] => hexists,
    "hget" 3 [READONLY FAST] (1) [HASH] => hget,
    "hgetall" 2 [READONLY] (1) [HASH] => |call| all(call, true, true),
    "hincrby" 4 [WRITE DENYOOM FAST] (1) [HASH] => hincrby,
    "hincrbyfloat" 4 [WRITE DENYOOM FAST] (1) [HASH] => hincrbyfloat,
    "hkeys" 2 [READONLY] (1) [HASH] => |call| all(call, true, false),
    "hlen" 2 [READONLY FAST] (1) [HASH] => hlen,
    "hmget" -3 [READONLY FAST] (1) [HASH] => hmget,
    "hmset" -4 [WRITE DENYOOM FAST] (1) [HASH] => hset,
    "hrandfield" -2 [READONLY] (1) [HASH] => hrandfield,
    "hscan" -3 [READONLY] (1) [HASH] => hscan,
    "hset" -4 [WRITE DENYOOM FAST] (1) [HASH] => hset,
    "hsetnx" 4 [WRITE DENYOOM FAST] (1) [HASH] => hsetnx,
    "hstrlen" 3 [READONLY FAST] (1) [HASH] => hstrlen,
    "hvals" 2 [READONLY] (1) [HASH] => |call| all(call, false, true),
};

fn hset(call: &mut Call<'_>) -> Answer {
    if !call.args.len().is_multiple_of(2) {
        return Err(call.arity_error());
    }
    let at = call.at();
    let limits = call.node.limits();
    let key = call.args[1];
    let hash = call.node.hash_or_new(at, key)?;
    let pairs = call.args[2..].as_chunks::<2>().0;
    let created = pairs.iter().filter(|[field, value]| hash.set(field, value, &limits)).count();
    call.changed(key, b'h', "hset");
    if call.spec.name == "hmset" {
        call.out.ok();
    } else {
        call.out.len_int(created);
    }
    Ok(())
}

fn hsetnx(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let limits = call.node.limits();
    let (key, field) = (call.args[1], call.args[2]);
    let taken = call.node.look_hash(at, key)?.is_some_and(|h| h.contains(field));
    if !taken {
        call.node.hash_or_new(at, key)?.set(field, call.args[3], &limits);
        call.changed(key, b'h', "hset");
    }
    call.out.int(i64::from(!taken));
    Ok(())
}

fn hget(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let hash = call.node.read_hash(at, call.args[1])?;
    match hash.and_then(|h| h.get(call.args[2])) {
        Some(value) => call.out.bulk(value.bytes(&mut IntText::new())),
        None => call.out.null(),
    }
    Ok(())
}

fn hmget(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let hash = call.node.read_hash(at, call.args[1])?;
    call.out.array(call.args.len() - 2);
    for field in &call.args[2..] {
        match hash.and_then(|h| h.get(field)) {
            Some(value) => call.out.bulk(value.bytes(&mut IntText::new())),
            None => call.out.null(),
        }
    }
    Ok(())
}

/// `HGETALL`, `HKEYS` and `HVALS`.
fn all(call: &mut Call<'_>, fields: bool, values: bool) -> Answer {
    let at = call.at();
    let hash = call.node.read_hash(at, call.args[1])?;
    let len = hash.map_or(0, Hash::len);
    if fields && values {
        call.out.map(len);
    } else {
        call.out.array(len);
    }
    for (field, value) in hash.into_iter().flat_map(Hash::iter) {
        if fields {
            call.out.bulk(field.bytes(&mut IntText::new()));
        }
        if values {
            call.out.bulk(value.bytes(&mut IntText::new()));
        }
    }
    Ok(())
}

fn hlen(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let len = call.node.read_hash(at, call.args[1])?.map_or(0, Hash::len);
    call.out.len_int(len);
    Ok(())
}

fn hexists(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let there = call.node.read_hash(at, call.args[1])?.is_some_and(|h| h.contains(call.args[2]));
    call.out.int(i64::from(there));
    Ok(())
}

fn hstrlen(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let hash = call.node.read_hash(at, call.args[1])?;
    let len = hash.and_then(|h| h.get(call.args[2])).map_or(0, |v| v.text_len());
    call.out.len_int(len);
    Ok(())
}

fn hdel(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let key = call.args[1];
    let mut gone = 0;
    if let Some(hash) = call.node.edit_hash(at, key)? {
        gone = call.args[2..].iter().filter(|field| hash.remove(field)).count();
    }
    if gone > 0 {
        call.shrunk(key, b'h', "hdel");
    }
    call.out.len_int(gone);
    Ok(())
}

fn hincrby(call: &mut Call<'_>) -> Answer {
    let by = args::int(call.args[3])?;
    let at = call.at();
    let (key, field) = (call.args[1], call.args[2]);
    let old = match call.node.look_hash(at, key)?.and_then(|h| h.get(field)) {
        Some(value) => parse_i64(&value.to_cow()).ok_or("ERR hash value is not an integer")?,
        None => 0,
    };
    let sum = old.checked_add(by).ok_or("ERR increment or decrement would overflow")?;
    let limits = call.node.limits();
    call.node.hash_or_new(at, key)?.set(field, IntText::new().of(sum), &limits);
    call.changed(key, b'h', "hincrby");
    call.out.int(sum);
    Ok(())
}

fn hincrbyfloat(call: &mut Call<'_>) -> Answer {
    use engine_base::extended::{Extended, Read};
    let by = Extended::parse(call.args[3]).ok_or(Fail::NOT_FLOAT)?;
    if by == Read::Infinite {
        return Err("ERR value is NaN or Infinity".into());
    }
    let at = call.at();
    let (key, field) = (call.args[1], call.args[2]);
    let old = call.node.look_hash(at, key)?.and_then(|h| h.get(field)).map(|v| v.to_vec());
    let bad_old = Fail::new("ERR hash value is not a float");
    let text = super::string::add_floats(old.as_deref().unwrap_or(b"0"), call.args[3], bad_old)?;
    let limits = call.node.limits();
    call.node.hash_or_new(at, key)?.set(field, &text, &limits);
    call.changed(key, b'h', "hincrbyfloat");
    call.propagate_instead(&[b"HSET", key, field, &text]);
    call.out.bulk(&text);
    Ok(())
}

fn hscan(call: &mut Call<'_>) -> Answer {
    let cursor = scan::cursor(call.args[2])?;
    let at = call.at();
    let Some(hash) = call.node.read_hash(at, call.args[1])? else {
        scan::reply(call.out, 0, &[]);
        return Ok(());
    };
    let options = scan::parse(&call.args[3..], false)?;
    let mut items = Vec::new();
    let next = hash.scan(cursor, options.count, |field, value| {
        if options.matches(&field.to_cow()) {
            items.push(field.to_vec());
            items.push(value.to_vec());
        }
    });
    scan::reply(call.out, next, &items);
    Ok(())
}

/// `HRANDFIELD key [count [WITHVALUES]]`
fn hrandfield(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let key = call.args[1];
    let Some(&count) = call.args.get(2) else {
        let mut rng = call.node.rng.clone();
        match call.node.read_hash(at, key)?.and_then(|h| h.random(&mut rng)) {
            Some((field, _)) => call.out.bulk(field.bytes(&mut IntText::new())),
            None => call.out.null(),
        }
        call.node.rng = rng;
        return Ok(());
    };
    args::int_in(count, -i64::MAX, i64::MAX)?;
    let with_values = call.args.len() > 3;
    if call.args.len() > 4 || (with_values && !args::is(call.args[3], "withvalues")) {
        return Err(Fail::SYNTAX);
    }
    let room = call.answer_room();
    let count = args::draws(count, with_values)?;
    let mut rng = call.node.rng.clone();
    let hash = call.node.read_hash(at, key)?;
    hash.map_or(Ok(()), |_| args::draws_end(count, room))?;
    let Drawn { count, items } = match hash {
        None => Drawn::none(),
        Some(hash) if count < 0 => Drawn::again_and_again(count, || hash.random(&mut rng)),
        Some(hash) => {
            let wanted = (hash.len(), count as usize);
            let draw = |rng: &mut _| hash.random(rng);
            let name = |(field, _): &(Elem<'_>, Elem<'_>)| field.to_vec();
            Drawn::once(draw::different(wanted, &mut rng, hash.iter(), draw, name))
        }
    };
    if with_values && call.out.is_resp3() {
        call.out.array(count);
    } else {
        call.out.array(count * (1 + usize::from(with_values)));
    }
    for (field, value) in items {
        if call.out.len() > room {
            break;
        }
        if with_values && call.out.is_resp3() {
            call.out.array(2);
        }
        call.out.bulk(field.bytes(&mut IntText::new()));
        if with_values {
            call.out.bulk(value.bytes(&mut IntText::new()));
        }
    }
    call.node.rng = rng;
    Ok(())
}
