//! Values: what they are, how they are written, what is in a table.

use super::Entry;
use crate::heap::READONLY;
use crate::{Call, Error, Outcome, Then, Value};

type Answer = Result<Outcome, Error>;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("assert", assert),
    ("getmetatable", get_metatable),
    ("next", next),
    ("rawequal", raw_equal),
    ("rawget", raw_get),
    ("rawset", raw_set),
    ("select", select),
    ("setmetatable", set_metatable),
    ("tonumber", to_number),
    ("tostring", to_string),
    ("type", type_of),
    ("unpack", unpack),
];

fn assert(call: &mut Call<'_>) -> Answer {
    if call.any(1)?.truthy() {
        return Ok(Outcome::Return(call.args()));
    }
    let message = match call.opt_string(2)? {
        Some(text) => call.heap.bytes(text).split(|b| *b == 0).next().unwrap_or(&[]).to_vec(),
        None => b"assertion failed!".to_vec(),
    };
    Err(Error::Message(message))
}

fn type_of(call: &mut Call<'_>) -> Answer {
    let name = call.any(1)?.type_name();
    call.ret_bytes(name.as_bytes())
}

fn raw_equal(call: &mut Call<'_>) -> Answer {
    let equal = call.any(1)?.raw_equal(call.any(2)?);
    call.ret(Value::Bool(equal))
}

fn raw_get(call: &mut Call<'_>) -> Answer {
    let table = call.table(1)?;
    let key = call.any(2)?;
    let value = call.heap.raw_get(table, key);
    call.ret(value)
}

fn raw_set(call: &mut Call<'_>) -> Answer {
    let table = call.table(1)?;
    let (key, value) = (call.any(2)?, call.any(3)?);
    call.heap.raw_set(table, key, value)?;
    call.ret(Value::Table(table))
}

fn next(call: &mut Call<'_>) -> Answer {
    let table = call.table(1)?;
    match call.heap.next(table, call.arg(2))? {
        Some((key, value)) => {
            call.push(key);
            call.push(value);
            Ok(Outcome::Return(2))
        }
        None => call.ret(Value::Nil),
    }
}

pub(super) fn pairs(call: &mut Call<'_>) -> Answer {
    let table = call.table(1)?;
    let iterator = call.upvalue(1);
    for value in [iterator, Value::Table(table), Value::Nil] {
        call.push(value);
    }
    Ok(Outcome::Return(3))
}

pub(super) fn ipairs(call: &mut Call<'_>) -> Answer {
    let table = call.table(1)?;
    let iterator = call.upvalue(1);
    for value in [iterator, Value::Table(table), Value::Number(0.0)] {
        call.push(value);
    }
    Ok(Outcome::Return(3))
}

pub(super) fn ipairs_step(call: &mut Call<'_>) -> Answer {
    let index = (call.integer(2)? as i32).wrapping_add(1);
    let table = call.table(1)?;
    let value = call.heap.raw_get_int(table, i64::from(index));
    if value.is_nil() {
        return Ok(Outcome::Return(0));
    }
    call.push(Value::Number(f64::from(index)));
    call.push(value);
    Ok(Outcome::Return(2))
}

fn select(call: &mut Call<'_>) -> Answer {
    let count = call.args() as i64;
    if let Value::Str(text) = call.arg(1)
        && call.heap.bytes(text).first() == Some(&b'#')
    {
        return call.ret(Value::Number((count - 1) as f64));
    }
    let mut index = i64::from(call.integer(1)? as i32);
    if index < 0 {
        index += count;
    } else if index > count {
        index = count;
    }
    if index < 1 {
        return Err(Error::argument(1, "index out of range"));
    }
    Ok(Outcome::Return((count - index) as usize))
}

fn unpack(call: &mut Call<'_>) -> Answer {
    let table = call.table(1)?;
    let first = i64::from(call.opt_integer(2, 1)? as i32);
    let last = if call.arg(3).is_nil() {
        call.heap.len(table) as i64
    } else {
        i64::from(call.integer(3)? as i32)
    };
    if first > last {
        return Ok(Outcome::Return(0));
    }
    let count = last - first + 1;
    if count > i64::from(i32::MAX) || !call.can_push(count as usize) {
        return Err(Error::message("too many results to unpack"));
    }
    for index in first..=last {
        let value = call.heap.raw_get_int(table, index);
        call.push(value);
    }
    Ok(Outcome::Return(count as usize))
}

fn get_metatable(call: &mut Call<'_>) -> Answer {
    let value = call.any(1)?;
    let Some(metatable) = call.heap.metatable(value) else { return call.ret(Value::Nil) };
    let shown = call.heap.raw_get_field(metatable, "__metatable");
    call.ret(if shown.is_nil() { Value::Table(metatable) } else { shown })
}

fn set_metatable(call: &mut Call<'_>) -> Answer {
    let table = call.table(1)?;
    let metatable = match call.arg(2) {
        Value::Table(metatable) => Some(metatable),
        Value::Nil if !call.is_none(2) => None,
        _ => return Err(Error::argument(2, "nil or table expected")),
    };
    if !call.heap.meta_field(Value::Table(table), "__metatable").is_nil() {
        return Err(Error::message("cannot change a protected metatable"));
    }
    if call.heap.is_readonly(table) {
        return Err(Error::Raw(READONLY.into()));
    }
    call.heap.set_metatable(table, metatable);
    call.ret(Value::Table(table))
}

fn to_number(call: &mut Call<'_>) -> Answer {
    let base = call.opt_integer(2, 10)?;
    if base == 10 {
        let value = call.any(1)?;
        return match call.heap.to_number(value) {
            Some(number) => call.ret(Value::Number(number)),
            None => call.ret(Value::Nil),
        };
    }
    let text = call.string(1)?;
    if !(2..=36).contains(&base) {
        return Err(Error::argument(2, "base out of range"));
    }
    match unsigned(call.heap.bytes(text), base as u32) {
        Some(number) => call.ret(Value::Number(number as f64)),
        None => call.ret(Value::Nil),
    }
}

/// C's strtoul over the whole text: what is too large is the largest, a minus sign wraps around.
fn unsigned(text: &[u8], base: u32) -> Option<u64> {
    let text = text.split(|b| *b == 0).next()?;
    let mut text = text.trim_ascii();
    let start = text;
    let negative = text.first() == Some(&b'-');
    if matches!(text.first(), Some(b'+' | b'-')) {
        text = &text[1..];
    }
    if base == 16
        && text.len() > 2
        && text[..2].eq_ignore_ascii_case(b"0x")
        && text[2].is_ascii_hexdigit()
    {
        text = &text[2..];
    }
    if text.is_empty() || start.is_empty() {
        return None;
    }
    let mut number = 0_u64;
    let mut too_large = false;
    for byte in text {
        let digit = (*byte as char).to_digit(base)?;
        match number.checked_mul(u64::from(base)).and_then(|n| n.checked_add(u64::from(digit))) {
            Some(larger) => number = larger,
            None => too_large = true,
        }
    }
    Some(match (too_large, negative) {
        (true, _) => u64::MAX,
        (false, true) => number.wrapping_neg(),
        (false, false) => number,
    })
}

/// `tostring` waits for `__tostring`.
#[derive(Clone, Copy, Debug)]
struct First;

impl Then for First {
    fn resume(self: Box<Self>, call: &mut Call<'_>, results: usize) -> Answer {
        let value = call.result(results, 1);
        call.ret(value)
    }

    fn copy(&self) -> Box<dyn Then> {
        Box::new(*self)
    }
}

fn to_string(call: &mut Call<'_>) -> Answer {
    let value = call.any(1)?;
    let handler = call.heap.meta_field(value, "__tostring");
    if !handler.is_nil() {
        return call.call(handler, &[value], Box::new(First));
    }
    let text = match value {
        Value::Str(_) => return call.ret(value),
        Value::Number(_) => {
            let text = call.string(1)?;
            return call.ret(Value::Str(text));
        }
        Value::Nil | Value::Dead => "nil".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Table(table) => address("table", table.0),
        Value::Function(function) => address("function", function.0),
        Value::Thread(thread) => address("thread", thread.0),
        Value::Light(0) => "userdata: (nil)".to_owned(),
        Value::Light(number) => address("userdata", number),
    };
    call.ret_bytes(text.as_bytes())
}

/// What looks like an address.
fn address(kind: &str, index: u32) -> String {
    format!("{kind}: 0x{:012x}", 0x5500_0000_0000_u64 + u64::from(index) * 0x40)
}
