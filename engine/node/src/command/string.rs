//! Strings: t_string.c.

use engine_base::extended::{Extended, Read};
use engine_store::number::IntText;
use engine_store::{Str, Value};

use super::expire_args::{Expiry, Options, Unit, parse_options};
use super::macros::{keys, specs};
use super::{Answer, Call, Fail, Spec, args};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "append" 3 [WRITE DENYOOM FAST] (1) [STRING] => append,
    "decr" 2 [WRITE DENYOOM FAST] (1) [STRING] => |call| add(call, -1),
    "decrby" 3 [WRITE DENYOOM FAST] (1) [STRING] => decrby,
    "get" 2 [READONLY FAST] (1) [STRING] => get,
    "getdel" 2 [WRITE FAST] (1) [STRING] => getdel,
    "getex" -2 [WRITE FAST] (1) [STRING] => getex,
    "getrange" 4 [READONLY] (1) [STRING] => getrange,
    "getset" 3 [WRITE DENYOOM FAST] (1) [STRING] => getset,
    "incr" 2 [WRITE DENYOOM FAST] (1) [STRING] => |call| add(call, 1),
    "incrby" 3 [WRITE DENYOOM FAST] (1) [STRING] => incrby,
    "incrbyfloat" 3 [WRITE DENYOOM FAST] (1) [STRING] => incrbyfloat,
    "lcs" -3 [READONLY] (1 2 1) [STRING] => super::lcs::lcs,
    "mget" -2 [READONLY FAST] (1 -1 1) [STRING] => mget,
    "mset" -3 [WRITE DENYOOM] (1 -1 2) [STRING] => |call| mset(call, false),
    "msetnx" -3 [WRITE DENYOOM] (1 -1 2) [STRING] => |call| mset(call, true),
    "psetex" 4 [WRITE DENYOOM] (1) [STRING] => |call| setex(call, Unit::Millis),
    "set" -3 [WRITE DENYOOM] (1) [STRING] => set,
    "setex" 4 [WRITE DENYOOM] (1) [STRING] => |call| setex(call, Unit::Seconds),
    "setnx" 3 [WRITE DENYOOM FAST] (1) [STRING] => setnx,
    "setrange" 4 [WRITE DENYOOM] (1) [STRING] => setrange,
    "strlen" 2 [READONLY FAST] (1) [STRING] => strlen,
    "substr" 4 [READONLY] (1) [STRING] => getrange,
};

/// Answers the string at a key, or null.
fn reply_string(call: &mut Call<'_>, key: &[u8]) -> Answer {
    let at = call.at();
    match call.node.read_str(at, key)? {
        Some(value) => call.out.bulk(value.bytes(&mut IntText::new())),
        None => call.out.null(),
    }
    Ok(())
}

fn get(call: &mut Call<'_>) -> Answer {
    reply_string(call, call.args[1])
}

/// `SET key value [NX|XX] [GET] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL]`
fn set(call: &mut Call<'_>) -> Answer {
    let options = parse_options(&call.args[3..], true)?;
    let (key, value) = (call.args[1], call.args[2]);
    let done = set_generic(call, key, value, &options)?;
    if options.get && options.expiry.is_none() && done {
        // Replicas need no reply: they are told the same without GET.
        let words: Vec<&[u8]> = call
            .args
            .iter()
            .enumerate()
            .filter(|(i, w)| *i < 3 || !args::is(w, "get"))
            .map(|(_, w)| *w)
            .collect();
        call.propagate_instead(&words);
    }
    Ok(())
}

/// `setGenericCommand`; whether the key was set.
fn set_generic(
    call: &mut Call<'_>,
    key: &[u8],
    value: &[u8],
    options: &Options<'_>,
) -> Result<bool, Fail> {
    let at = call.at();
    let until = options.expiry.map(|e| e.until(call)).transpose()?;
    if options.get {
        reply_string(call, key)?;
    }
    if (options.nx || options.xx) && call.node.has(at, key) != options.xx {
        if !options.get {
            call.out.null();
        }
        return Ok(false);
    }
    if options.keep_ttl {
        call.node.put_keep_ttl(at, key, Str::new(value));
    } else {
        call.node.put(at, key, Str::new(value));
    }
    call.changed(key, b'$', "set");
    if let Some(until) = until {
        call.set_expire(key, Some(until));
        call.notify(b'g', "expire", key);
        let ms = until.0.to_string();
        call.propagate_instead(&[b"SET", key, value, b"PXAT", ms.as_bytes()]);
    }
    if !options.get {
        call.out.ok();
    }
    Ok(true)
}

fn setnx(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let (key, value) = (call.args[1], call.args[2]);
    let fresh = !call.node.has(at, key);
    if fresh {
        call.node.put(at, key, Str::new(value));
        call.changed(key, b'$', "set");
    }
    call.out.int(i64::from(fresh));
    Ok(())
}

fn setex(call: &mut Call<'_>, unit: Unit) -> Answer {
    let expiry = Expiry { unit, absolute: false, amount: call.args[2] };
    let options = Options { expiry: Some(expiry), ..Options::default() };
    let (key, value) = (call.args[1], call.args[3]);
    set_generic(call, key, value, &options)?;
    Ok(())
}

fn getset(call: &mut Call<'_>) -> Answer {
    let (key, value) = (call.args[1], call.args[2]);
    reply_string(call, key)?;
    let at = call.at();
    call.node.put(at, key, Str::new(value));
    call.changed(key, b'$', "set");
    call.propagate_instead(&[b"SET", key, value]);
    Ok(())
}

fn getdel(call: &mut Call<'_>) -> Answer {
    let key = call.args[1];
    reply_string(call, key)?;
    let at = call.at();
    if call.node.delete(at, key) {
        call.changed(key, b'g', "del");
        call.propagate_instead(&[b"DEL", key]);
    }
    Ok(())
}

/// `GETEX key [PERSIST|EX s|PX ms|EXAT s|PXAT ms]`
fn getex(call: &mut Call<'_>) -> Answer {
    let options = parse_options(&call.args[2..], false)?;
    let key = call.args[1];
    let at = call.at();
    if call.node.look_str(at, key)?.is_none() {
        reply_string(call, key)?;
        return Ok(());
    }
    let until = options.expiry.map(|e| e.until(call)).transpose()?;
    reply_string(call, key)?;
    match until {
        Some(until) if options.expiry.is_some_and(|e| e.absolute) && call.is_past(until) => {
            call.node.delete(at, key);
            call.changed(key, b'g', "del");
            call.propagate_instead(&[b"DEL", key]);
        }
        Some(until) => {
            call.set_expire(key, Some(until));
            call.changed(key, b'g', "expire");
            let ms = until.0.to_string();
            call.propagate_instead(&[b"PEXPIREAT", key, ms.as_bytes()]);
        }
        None if options.persist && call.set_expire(key, None) => {
            call.changed(key, b'g', "persist");
            call.propagate_instead(&[b"PERSIST", key]);
        }
        None => {}
    }
    Ok(())
}

fn append(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let (key, more) = (call.args[1], call.args[2]);
    let max = call.node.config.proto_max_bulk_len as usize;
    let len = match call.node.edit_str(at, key)? {
        Some(value) => {
            if value.len().saturating_add(more.len()) > max {
                return Err(Fail::TOO_LONG);
            }
            value.append(more)
        }
        None => {
            call.node.put(at, key, Str::new(more));
            more.len()
        }
    };
    call.changed(key, b'$', "append");
    call.out.len_int(len);
    Ok(())
}

fn strlen(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let len = call.node.read_str(at, call.args[1])?.map_or(0, Str::len);
    call.out.len_int(len);
    Ok(())
}

fn getrange(call: &mut Call<'_>) -> Answer {
    let (start, end) = (args::int(call.args[2])?, args::int(call.args[3])?);
    let at = call.at();
    let mut scratch = IntText::new();
    let Some(value) = call.node.read_str(at, call.args[1])? else {
        call.out.bulk(b"");
        return Ok(());
    };
    let bytes = value.bytes(&mut scratch);
    // Both ends before the beginning and the wrong way round: nothing, though both would clamp
    // to the first byte (`getrangeCommand`).
    let backwards = start < 0 && end < 0 && start > end;
    let end = if end < 0 { end.saturating_add(bytes.len() as i64).max(0) } else { end };
    let part = match args::clamp_range(start, end, bytes.len()) {
        Some((from, to)) if !backwards => &bytes[from..=to],
        _ => &[],
    };
    call.out.bulk(part);
    Ok(())
}

fn setrange(call: &mut Call<'_>) -> Answer {
    let offset = args::int(call.args[2])?;
    let (key, part) = (call.args[1], call.args[3]);
    let Ok(offset) = usize::try_from(offset) else {
        return Err("ERR offset is out of range".into());
    };
    let at = call.at();
    let max = call.node.config.proto_max_bulk_len as usize;
    let end = offset.saturating_add(part.len());
    let old = call.node.look_str(at, key)?.map(Str::len);
    if part.is_empty() {
        call.out.len_int(old.unwrap_or(0));
        return Ok(());
    }
    if end > max {
        return Err(Fail::TOO_LONG);
    }
    call.node.value_padded(offset.saturating_sub(old.unwrap_or(0)));
    if old.is_none() {
        call.node.put(at, key, Str::raw(Vec::new()));
    }
    let mut len = end;
    if let Some(value) = call.node.edit_str(at, key)? {
        let bytes = value.make_raw(end);
        bytes[offset..end].copy_from_slice(part);
        len = bytes.len();
    }
    call.changed(key, b'$', "setrange");
    call.out.len_int(len);
    Ok(())
}

fn mget(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    call.out.array(call.args.len() - 1);
    for key in &call.args[1..] {
        match call.node.read(at, key) {
            Some(Value::Str(value)) => call.out.bulk(value.bytes(&mut IntText::new())),
            _ => call.out.null(),
        }
    }
    Ok(())
}

fn mset(call: &mut Call<'_>, only_new: bool) -> Answer {
    if call.args.len().is_multiple_of(2) {
        return Err(call.arity_error());
    }
    let at = call.at();
    let pairs = call.args[1..].as_chunks::<2>().0;
    if only_new && pairs.iter().any(|[key, _]| call.node.has(at, key)) {
        call.out.int(0);
        return Ok(());
    }
    for [key, value] in pairs {
        call.node.put(at, key, Str::new(value));
        call.changed(key, b'$', "set");
    }
    if only_new {
        call.out.int(1);
    } else {
        call.out.ok();
    }
    Ok(())
}

fn incrby(call: &mut Call<'_>) -> Answer {
    let by = args::int(call.args[2])?;
    add(call, by)
}

fn decrby(call: &mut Call<'_>) -> Answer {
    let by = args::int(call.args[2])?;
    let by = by.checked_neg().ok_or("ERR decrement would overflow")?;
    add(call, by)
}

/// `incrDecrCommand`.
fn add(call: &mut Call<'_>, by: i64) -> Answer {
    let at = call.at();
    let key = call.args[1];
    let sum = match call.node.edit_str(at, key)? {
        Some(value) => {
            let old = value.as_int().ok_or(Fail::NOT_INTEGER)?;
            let sum = old.checked_add(by).ok_or("ERR increment or decrement would overflow")?;
            *value = Str::from_int(sum);
            sum
        }
        None => {
            call.node.put(at, key, Str::from_int(by));
            by
        }
    };
    call.changed(key, b'$', "incrby");
    call.out.int(sum);
    Ok(())
}

fn incrbyfloat(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let key = call.args[1];
    let old = call.node.look_str(at, key)?.map_or_else(|| b"0".to_vec(), Str::to_vec);
    let text = add_floats(&old, call.args[2], Fail::NOT_FLOAT)?;
    call.node.put_keep_ttl(at, key, Str::text(&text));
    call.changed(key, b'$', "incrbyfloat");
    call.propagate_instead(&[b"SET", key, &text, b"KEEPTTL"]);
    call.out.bulk(&text);
    Ok(())
}

/// The sum of two texts as long doubles; `bad_old` says that the old value is no number.
pub(crate) fn add_floats(old: &[u8], by: &[u8], bad_old: Fail) -> Result<Vec<u8>, Fail> {
    let old = Extended::parse(old).ok_or(bad_old)?;
    let by = Extended::parse(by).ok_or(Fail::NOT_FLOAT)?;
    let not_finite = Fail::new("ERR increment would produce NaN or Infinity");
    match (old, by) {
        (Read::Finite(old), Read::Finite(by)) => {
            old.plus(by).map(Extended::to_text).map_err(|_| not_finite)
        }
        _ => Err(not_finite),
    }
}
