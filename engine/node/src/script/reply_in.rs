//! A reply of the node as a Lua value (`redisProtocolToLuaType`).

use engine_base::number;
use engine_lua::{Heap, TableRef, Value};

use super::error_table::counted_error;
use super::library::put;

/// An aggregate that is being filled.
enum Open {
    Array {
        table: TableRef,
        next: i64,
        end: i64,
    },
    Set {
        table: TableRef,
        left: i64,
    },
    Map {
        table: TableRef,
        left: i64,
        key: Option<Value>,
    },
    /// Read and dropped; the reply it belongs to follows.
    Attribute {
        left: i64,
    },
}

/// The Lua value of one whole reply, in either protocol.
pub(super) fn to_lua(heap: &mut Heap, reply: &[u8]) -> Value {
    let mut rest = reply;
    let mut open: Vec<(Open, Value)> = Vec::new();
    loop {
        let mut value = match item(heap, &mut rest) {
            Item::Value(value) => value,
            Item::Open(aggregate, whole) if aggregate.is_full() => match aggregate {
                Open::Attribute { .. } => continue,
                _ => whole,
            },
            Item::Open(aggregate, whole) => {
                open.push((aggregate, whole));
                continue;
            }
        };
        loop {
            let Some((aggregate, whole)) = open.last_mut() else { return value };
            aggregate.take(heap, value);
            if !aggregate.is_full() {
                break;
            }
            value = *whole;
            if let Some((Open::Attribute { .. }, _)) = open.pop() {
                break;
            }
        }
        if rest.is_empty() {
            return Value::Nil;
        }
    }
}

enum Item {
    Value(Value),
    Open(Open, Value),
}

impl Open {
    fn is_full(&self) -> bool {
        match self {
            Self::Array { next, end, .. } => next > end,
            Self::Set { left, .. } | Self::Attribute { left } => *left <= 0,
            Self::Map { left, key, .. } => *left <= 0 && key.is_none(),
        }
    }

    fn take(&mut self, heap: &mut Heap, value: Value) {
        // A key that no table can have is left out.
        match self {
            Self::Array { table, next, .. } => {
                _ = heap.raw_set_int(*table, *next, value);
                *next += 1;
            }
            Self::Set { table, left } => {
                _ = heap.raw_set(*table, value, Value::Bool(true));
                *left -= 1;
            }
            Self::Map { table, left, key } => match key.take() {
                None => {
                    *key = Some(value);
                    *left -= 1;
                }
                Some(key) => _ = heap.raw_set(*table, key, value),
            },
            Self::Attribute { left } => *left -= 1,
        }
    }
}

/// Takes a line off.
fn line<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let all = *rest;
    let end = all.iter().position(|b| *b == b'\r').unwrap_or(all.len());
    *rest = all.get(end + 2..).unwrap_or_default();
    &all[..end]
}

/// Takes so many bytes and the end of their line off.
fn body<'a>(rest: &mut &'a [u8], len: usize) -> &'a [u8] {
    let all = *rest;
    *rest = all.get(len + 2..).unwrap_or_default();
    all.get(..len).unwrap_or_default()
}

/// `{name = value}`
fn wrapped(heap: &mut Heap, name: &str, value: Value) -> Value {
    let table = heap.table(0, 1);
    put(heap, table, name, value);
    Value::Table(table)
}

fn item(heap: &mut Heap, rest: &mut &[u8]) -> Item {
    let head = line(rest);
    let Some((kind, text)) = head.split_first() else { return Item::Value(Value::Nil) };
    let int = || number::parse_i64(text).unwrap_or(0);
    let value = match kind {
        b'$' => match int() {
            ..0 => Value::Bool(false),
            len => heap.string(body(rest, len as usize)),
        },
        b':' => Value::Number(int() as f64),
        b'+' => {
            let text = heap.string(text);
            wrapped(heap, "ok", text)
        }
        b'-' => counted_error(heap, head),
        b'*' if int() < 0 => Value::Bool(false),
        b'*' | b'%' | b'~' | b'>' | b'|' => return aggregate(heap, *kind, int()),
        b'#' => Value::Bool(text == b"t"),
        b',' => {
            let number = number::parse_f64(text).unwrap_or(f64::NAN);
            wrapped(heap, "double", Value::Number(number))
        }
        b'(' => {
            let digits = heap.string(text);
            wrapped(heap, "big_number", digits)
        }
        b'=' => {
            let whole = body(rest, int().max(0) as usize);
            let (format, text) = whole.split_at_checked(4).unwrap_or_default();
            let table = heap.table(0, 2);
            let text = heap.string(text);
            put(heap, table, "string", text);
            let format = heap.string(format.get(..3).unwrap_or_default());
            put(heap, table, "format", format);
            wrapped(heap, "verbatim_string", Value::Table(table))
        }
        _ => Value::Nil,
    };
    Item::Value(value)
}

fn aggregate(heap: &mut Heap, kind: u8, len: i64) -> Item {
    let room = usize::try_from(len).unwrap_or(0).min(1 << 20);
    match kind {
        b'%' => {
            let table = heap.table(0, room);
            let whole = wrapped(heap, "map", Value::Table(table));
            Item::Open(Open::Map { table, left: len, key: None }, whole)
        }
        b'~' => {
            let table = heap.table(0, room);
            let whole = wrapped(heap, "set", Value::Table(table));
            Item::Open(Open::Set { table, left: len }, whole)
        }
        b'|' => Item::Open(Open::Attribute { left: len.saturating_mul(2) }, Value::Nil),
        _ => {
            let table = heap.table(room, 0);
            Item::Open(Open::Array { table, next: 1, end: len }, Value::Table(table))
        }
    }
}
