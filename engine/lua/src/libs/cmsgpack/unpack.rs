//! `cmsgpack.unpack`, `unpack_one` and `unpack_limit`: lists and maps that are open stand on a list, so depth costs no
//! stack of Rust's.

use crate::libs::MAX_STACK;
use crate::{Call, Error, Heap, Outcome, TableRef, Value};

pub(super) fn unpack(call: &mut Call<'_>) -> Result<Outcome, Error> {
    some(call, 0, 0)
}

pub(super) fn unpack_one(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let offset = call.opt_integer(2, 0)?;
    call.cut(1);
    some(call, 1, offset)
}

pub(super) fn unpack_limit(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let limit = call.integer(2)?;
    let offset = call.opt_integer(3, 0)?;
    call.cut(1);
    some(call, limit, offset)
}

/// At most `limit` values from `offset` on, and in front of them where to go on; all values if both are 0.
fn some(call: &mut Call<'_>, limit: i64, offset: i64) -> Result<Outcome, Error> {
    let data = call.string(1)?;
    let data = call.heap.bytes(data).to_vec();
    if offset < 0 || limit < 0 {
        let (offset, length) = (offset as i32, data.len() as i32);
        let text =
            format!("Invalid request to unpack with offset of {offset} and limit of {length}.");
        return Err(Error::message(text));
    }
    let Some(rest) = usize::try_from(offset).ok().and_then(|offset| data.get(offset..)) else {
        let (offset, length) = (offset as i32, data.len() as i32);
        return Err(Error::message(format!(
            "Start offset {offset} greater than input length {length}."
        )));
    };
    let all = limit == 0 && offset == 0;
    let limit = if all { i64::from(i32::MAX) } else { limit };
    let start = call.height();
    if !all {
        call.push(Value::Nil);
    }
    let mut reader = Reader { left: rest, open: Vec::new(), height: 0, steps: 0 };
    let mut count = 0;
    while !reader.left.is_empty() && count < limit {
        // C counts the place where to go on only at the end.
        reader.height = call.height() - usize::from(!all);
        let value = reader.one(call.heap)?;
        call.push(value);
        count += 1;
    }
    call.spend(rest.len() as u64 / 4);
    if !all {
        if call.height() > MAX_STACK {
            return Err(Error::message("stack overflow (in function mp_unpack_full)"));
        }
        let next =
            if reader.left.is_empty() { -1.0 } else { (data.len() - reader.left.len()) as f64 };
        call.set_arg(start + 1, Value::Number(next));
    }
    Ok(Outcome::Return(call.height() - start))
}

/// A list or a map of which elements are still to come.
enum Open {
    Array { table: TableRef, left: usize, index: i64 },
    Map { table: TableRef, left: usize, key: Option<Value> },
}

struct Reader<'a> {
    left: &'a [u8],
    open: Vec<Open>,
    /// How many values C's stack would hold.
    height: usize,
    steps: u32,
}

fn missing() -> Error {
    Error::message("Missing bytes in input.")
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (taken, left) = self.left.split_at_checked(count).ok_or_else(missing)?;
        self.left = left;
        Ok(taken)
    }

    /// A number of so many bytes.
    fn number(&mut self, bytes: usize) -> Result<u64, Error> {
        Ok(self.take(bytes)?.iter().fold(0, |sum, b| sum << 8 | u64::from(*b)))
    }

    fn one(&mut self, heap: &mut Heap) -> Result<Value, Error> {
        loop {
            let Some(mut value) = self.value(heap)? else { continue };
            loop {
                match self.open.pop() {
                    None => return Ok(value),
                    Some(open) => match self.put(heap, open, value)? {
                        Some(table) => value = table,
                        None => break,
                    },
                }
            }
        }
    }

    fn room(&self, what: &str) -> Result<(), Error> {
        if self.height + 1 > MAX_STACK {
            return Err(Error::message(format!("stack overflow ({what})")));
        }
        Ok(())
    }

    /// A value that is complete; `None` when a list or a map was opened.
    fn value(&mut self, heap: &mut Heap) -> Result<Option<Value>, Error> {
        self.steps = self.steps.wrapping_add(1);
        if self.steps & 0xfff == 0 {
            heap.room(1)?;
        }
        if self.left.is_empty() {
            return Err(missing());
        }
        self.room("too many return values at once; use unpack_one or unpack_limit instead.")?;
        let tag = self.take(1)?[0];
        let value = match tag {
            0xc0 => Value::Nil,
            0xc2 => Value::Bool(false),
            0xc3 => Value::Bool(true),
            0xca => Value::Number(f64::from(f32::from_bits(self.number(4)? as u32))),
            0xcb => Value::Number(f64::from_bits(self.number(8)?)),
            0xcc => Value::Number(self.number(1)? as f64),
            0xcd => Value::Number(self.number(2)? as f64),
            0xce => Value::Number(self.number(4)? as f64),
            0xd0 => Value::Number(f64::from(self.number(1)? as i8)),
            0xd1 => Value::Number(f64::from(self.number(2)? as i16)),
            0xd2 => Value::Number(f64::from(self.number(4)? as i32)),
            // Above 2^63 even an unsigned one turns negative.
            0xcf | 0xd3 => Value::Number(self.number(8)? as i64 as f64),
            0xd9..=0xdb => {
                let length = self.number(1 << (tag - 0xd9))?;
                self.string(heap, length as usize)?
            }
            0xdc | 0xdd => {
                let count = self.number(2 << (tag - 0xdc))?;
                return self.array(heap, count as usize);
            }
            0xde | 0xdf => {
                let count = self.number(2 << (tag - 0xde))?;
                return self.map(heap, count as usize);
            }
            0x00..=0x7f => Value::Number(f64::from(tag)),
            0xe0..=0xff => Value::Number(f64::from(tag as i8)),
            0xa0..=0xbf => self.string(heap, usize::from(tag & 0x1f))?,
            0x90..=0x9f => return self.array(heap, usize::from(tag & 0xf)),
            0x80..=0x8f => return self.map(heap, usize::from(tag & 0xf)),
            _ => return Err(Error::message("Bad data format in input.")),
        };
        Ok(Some(value))
    }

    fn string(&mut self, heap: &mut Heap, length: usize) -> Result<Value, Error> {
        Ok(heap.string(self.take(length)?))
    }

    fn array(&mut self, heap: &mut Heap, left: usize) -> Result<Option<Value>, Error> {
        let table = heap.table(0, 0);
        self.height += 1;
        self.room("in function mp_decode_to_lua_array")?;
        Ok(self.array_goes_on(table, left, 1))
    }

    /// The index of the next element stands on the stack too.
    fn array_goes_on(&mut self, table: TableRef, left: usize, index: i64) -> Option<Value> {
        if left == 0 {
            self.height -= 1;
            return Some(Value::Table(table));
        }
        self.height += 1;
        self.open.push(Open::Array { table, left: left - 1, index });
        None
    }

    fn map(&mut self, heap: &mut Heap, left: usize) -> Result<Option<Value>, Error> {
        let table = heap.table(0, 0);
        self.height += 1;
        Ok(self.map_goes_on(table, left))
    }

    fn map_goes_on(&mut self, table: TableRef, left: usize) -> Option<Value> {
        if left == 0 {
            self.height -= 1;
            return Some(Value::Table(table));
        }
        self.open.push(Open::Map { table, left: left - 1, key: None });
        None
    }

    /// Puts an element into what was opened last; gives that when it is complete.
    fn put(&mut self, heap: &mut Heap, open: Open, value: Value) -> Result<Option<Value>, Error> {
        match open {
            Open::Array { table, left, index } => {
                heap.raw_set_int(table, index, value)?;
                self.height -= 1;
                Ok(self.array_goes_on(table, left, index + 1))
            }
            Open::Map { table, left, key: None } => {
                self.height += 1;
                self.open.push(Open::Map { table, left, key: Some(value) });
                Ok(None)
            }
            Open::Map { table, left, key: Some(key) } => {
                heap.raw_set(table, key, value)?;
                self.height -= 1;
                Ok(self.map_goes_on(table, left))
            }
        }
    }
}
