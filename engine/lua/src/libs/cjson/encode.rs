//! `cjson.encode`: tables that are open stand on a list, so depth costs no stack of Rust's.

use super::config::{self, Setting};
use crate::libs::{MAX_STACK, convert, printf};
use crate::{Call, Error, Heap, Outcome, StrRef, TableRef, Value};

pub(super) fn encode(call: &mut Call<'_>) -> Result<Outcome, Error> {
    if call.args() != 1 {
        return Err(Error::argument(1, "expected 1 argument"));
    }
    let mut encoder = Encoder {
        convert: config::get(call, Setting::SparseConvert) != 0,
        ratio: config::get(call, Setting::SparseRatio),
        safe: config::get(call, Setting::SparseSafe),
        max_depth: config::get(call, Setting::EncodeMaxDepth),
        invalid: config::get(call, Setting::EncodeInvalid),
        precision: config::get(call, Setting::Precision).clamp(1, 14) as usize,
        out: Vec::new(),
        open: Vec::new(),
        height: 1,
        checked: 0,
    };
    let value = call.arg(1);
    encoder.all(call.heap, value)?;
    call.heap.room(encoder.out.len())?;
    call.spend(encoder.out.len() as u64 / 8);
    let text = call.heap.string_from(encoder.out);
    call.ret(text)
}

/// A table whose end is not yet written.
enum Open {
    Array { table: TableRef, next: i32, last: i32 },
    Object { table: TableRef, key: Value },
}

struct Encoder {
    convert: bool,
    ratio: i32,
    safe: i32,
    max_depth: i32,
    invalid: i32,
    precision: usize,
    out: Vec<u8>,
    open: Vec<Open>,
    /// How many values C's stack would hold.
    height: usize,
    /// How long the text was when memory was last asked about.
    checked: usize,
}

fn refused(value: Value, reason: &str) -> Error {
    Error::message(format!("Cannot serialise {}: {reason}", value.type_name()))
}

impl Encoder {
    fn all(&mut self, heap: &Heap, value: Value) -> Result<(), Error> {
        self.value(heap, value)?;
        while let Some(open) = self.open.pop() {
            if self.out.len() - self.checked > 1 << 16 {
                heap.room(self.out.len() * 2)?;
                self.checked = self.out.len();
            }
            match open {
                Open::Array { next, last, .. } if next > last => {
                    self.height -= 1;
                    self.out.push(b']');
                }
                Open::Array { table, next, last } => {
                    if next > 1 {
                        self.out.push(b',');
                    }
                    self.open.push(Open::Array { table, next: next + 1, last });
                    self.value(heap, heap.raw_get_int(table, i64::from(next)))?;
                }
                Open::Object { table, key } => self.field(heap, table, key)?,
            }
        }
        Ok(())
    }

    fn field(&mut self, heap: &Heap, table: TableRef, last: Value) -> Result<(), Error> {
        let Some((key, value)) = heap.next(table, last)? else {
            self.height -= 2;
            self.out.push(b'}');
            return Ok(());
        };
        if !last.is_nil() {
            self.out.push(b',');
        }
        match key {
            Value::Number(number) => {
                self.out.push(b'"');
                self.number(number)?;
                self.out.extend_from_slice(b"\":");
            }
            Value::Str(string) => {
                self.string(heap, string);
                self.out.push(b':');
            }
            other => return Err(refused(other, "table key must be a number or string")),
        }
        self.open.push(Open::Object { table, key });
        self.value(heap, value)
    }

    fn value(&mut self, heap: &Heap, value: Value) -> Result<(), Error> {
        match value {
            Value::Str(string) => self.string(heap, string),
            Value::Number(number) => self.number(number)?,
            Value::Bool(true) => self.out.extend_from_slice(b"true"),
            Value::Bool(false) => self.out.extend_from_slice(b"false"),
            Value::Nil | Value::Light(0) => self.out.extend_from_slice(b"null"),
            Value::Table(table) => self.table(heap, table)?,
            other => return Err(refused(other, "type not supported")),
        }
        Ok(())
    }

    fn table(&mut self, heap: &Heap, table: TableRef) -> Result<(), Error> {
        let depth = self.open.len() + 1;
        if depth as i64 > i64::from(self.max_depth) || self.height + 3 > MAX_STACK {
            return Err(Error::message(format!("Cannot serialise, excessive nesting ({depth})")));
        }
        let last = self.array_length(heap, table)?;
        if last > 0 {
            self.height += 1;
            self.out.push(b'[');
            self.open.push(Open::Array { table, next: 1, last });
        } else {
            self.height += 2;
            self.out.push(b'{');
            self.open.push(Open::Object { table, key: Value::Nil });
        }
        Ok(())
    }

    /// The highest index of a table that has only whole positive keys; not above 0 for any other.
    fn array_length(&self, heap: &Heap, table: TableRef) -> Result<i32, Error> {
        let (mut max, mut items) = (0_i32, 0_i32);
        let mut last = Value::Nil;
        while let Some((key, _)) = heap.next(table, last)? {
            match key {
                Value::Number(k) if k.floor() == k && k >= 1.0 => {
                    // An index that no int holds turns negative, as C's does: the table is an object.
                    if k > f64::from(max) {
                        max = convert::to_i32(k);
                    }
                    items = items.wrapping_add(1);
                }
                _ => return Ok(-1),
            }
            last = key;
        }
        let sparse = self.ratio > 0 && max > items.wrapping_mul(self.ratio) && max > self.safe;
        match (sparse, self.convert) {
            (false, _) => Ok(max),
            (true, true) => Ok(-1),
            (true, false) => Err(refused(Value::Table(table), "excessively sparse array")),
        }
    }

    fn number(&mut self, number: f64) -> Result<(), Error> {
        match self.invalid {
            0 if !number.is_finite() => {
                return Err(refused(Value::Number(number), "must not be NaN or Inf"));
            }
            1 if number.is_nan() => self.out.extend_from_slice(b"nan"),
            2 if !number.is_finite() => self.out.extend_from_slice(b"null"),
            _ => printf::shortest(&mut self.out, number, self.precision),
        }
        Ok(())
    }

    fn string(&mut self, heap: &Heap, string: StrRef) {
        let bytes = heap.bytes(string);
        self.out.push(b'"');
        // Runs of ordinary bytes are copied whole.
        let mut from = 0;
        for (at, b) in bytes.iter().enumerate() {
            let short = match b {
                b'"' | b'\\' | b'/' => *b,
                8 => b'b',
                b'\t' => b't',
                b'\n' => b'n',
                12 => b'f',
                b'\r' => b'r',
                0..=31 | 127 => 0,
                _ => continue,
            };
            self.out.extend_from_slice(&bytes[from..at]);
            from = at + 1;
            if short == 0 {
                self.out.extend_from_slice(format!("\\u{b:04x}").as_bytes());
            } else {
                self.out.extend_from_slice(&[b'\\', short]);
            }
        }
        self.out.extend_from_slice(&bytes[from..]);
        self.out.push(b'"');
    }
}
