//! The library `string`.

mod class;
mod format;
mod gsub;
mod pattern;
mod search;

use super::{check_stack, int};
use crate::{Call, Error, Lua, Native, Outcome, Value};

pub(super) fn open(lua: &mut Lua) {
    let functions: [(&'static str, Native); 15] = [
        ("byte", byte),
        ("char", char),
        ("dump", dump),
        ("find", search::find),
        ("format", format::format),
        ("gfind", search::gmatch),
        ("gmatch", search::gmatch),
        ("gsub", gsub::gsub),
        ("len", len),
        ("lower", |call| mapped(call, |bytes| bytes.make_ascii_lowercase())),
        ("match", search::match_),
        ("rep", rep),
        ("reverse", |call| mapped(call, |bytes| bytes.reverse())),
        ("sub", sub),
        ("upper", |call| mapped(call, |bytes| bytes.make_ascii_uppercase())),
    ];
    let library = lua.library("string", &functions);
    let metatable = lua.heap.table(0, 1);
    // A new table takes any field. `gfind` is the very function that `gmatch` is.
    let gmatch = lua.heap.raw_get_field(library, "gmatch");
    let _ = lua.heap.raw_set_field(library, "gfind", gmatch);
    let _ = lua.heap.raw_set_field(metatable, "__index", Value::Table(library));
    lua.heap.set_string_metatable(Some(metatable));
}

/// A position from the end becomes one from the start; before the start is 0.
fn position(at: i64, length: usize) -> i64 {
    let length = length as i64;
    let at = if at < 0 { at.wrapping_add(length + 1) } else { at };
    at.max(0)
}

/// `first..last` of positions as bytes, cut to the string.
fn span(first: i64, last: i64, length: usize) -> std::ops::Range<usize> {
    let first = first.max(1) as usize - 1;
    let last = (last as usize).min(length);
    first.min(last)..last
}

fn len(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let string = call.string(1)?;
    let length = call.heap.bytes(string).len();
    call.ret(Value::Number(length as f64))
}

fn sub(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let string = call.string(1)?;
    let length = call.heap.bytes(string).len();
    let first = position(call.integer(2)?, length);
    let last = position(call.opt_integer(3, -1)?, length);
    let range = span(first, last, length);
    if range.len() == length {
        return call.ret(Value::Str(string));
    }
    let part = search::part(call, string, range);
    call.ret(part)
}

fn mapped(call: &mut Call<'_>, change: impl Fn(&mut Vec<u8>)) -> Result<Outcome, Error> {
    let string = call.string(1)?;
    let length = call.heap.bytes(string).len();
    call.heap.room(length)?;
    let mut bytes = call.heap.bytes(string).to_vec();
    change(&mut bytes);
    call.spend(length as u64 / 16);
    let value = call.heap.string_from(bytes);
    call.ret(value)
}

fn rep(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let string = call.string(1)?;
    let count = usize::try_from(int(call, 2)?).unwrap_or(0);
    let total = call.heap.bytes(string).len().checked_mul(count).ok_or(Error::Memory)?;
    call.heap.room(total)?;
    let bytes = call.heap.bytes(string).repeat(count);
    call.spend(total as u64 / 16);
    let value = call.heap.string_from(bytes);
    call.ret(value)
}

fn byte(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let string = call.string(1)?;
    let length = call.heap.bytes(string).len();
    let first = position(call.opt_integer(2, 1)?, length);
    let last = position(call.opt_integer(3, first)?, length);
    let range = span(first, last, length);
    check_stack(call, range.len(), "string slice too long")?;
    let count = range.len();
    for at in range {
        let byte = call.heap.bytes(string)[at];
        call.push(Value::Number(f64::from(byte)));
    }
    Ok(Outcome::Return(count))
}

fn char(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let mut out = Vec::with_capacity(call.args());
    for index in 1..=call.args() {
        let code = u8::try_from(int(call, index)?);
        out.push(code.map_err(|_| Error::argument(index, "invalid value"))?);
    }
    call.ret_bytes(&out)
}

/// The head of what PUC's Lua 5.1 dumps on x86-64. The byte code of this machine is not that of redis-server, which no
/// script can load again anyway: nothing follows the head.
const DUMP_HEAD: &[u8] = b"\x1bLuaQ\0\x01\x04\x08\x04\x08\0";

fn dump(call: &mut Call<'_>) -> Result<Outcome, Error> {
    match call.function(1)? {
        Value::Function(function) if call.heap.is_native(function) => {
            Err(Error::message("unable to dump given function"))
        }
        _ => call.ret_bytes(DUMP_HEAD),
    }
}
