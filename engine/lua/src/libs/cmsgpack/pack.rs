//! `cmsgpack.pack`: tables nest 16 deep at most, deeper ones are `nil`.

use crate::libs::convert;
use crate::{Call, Error, Heap, Outcome, TableRef, Value};

/// `LUACMSGPACK_MAX_NESTING`.
const MAX_NESTING: usize = 16;

pub(super) fn pack(call: &mut Call<'_>) -> Result<Outcome, Error> {
    if call.args() == 0 {
        return Err(Error::argument(0, "MessagePack pack needs input."));
    }
    let mut packer = Packer { out: Vec::new(), checked: 0 };
    for index in 1..=call.args() {
        packer.value(call.heap, call.arg(index), 0)?;
    }
    call.heap.room(packer.out.len())?;
    call.spend(packer.out.len() as u64 / 8);
    let packed = call.heap.string_from(packer.out);
    call.ret(packed)
}

struct Packer {
    out: Vec<u8>,
    /// How long the text was when memory was last asked about.
    checked: usize,
}

impl Packer {
    fn value(&mut self, heap: &Heap, value: Value, level: usize) -> Result<(), Error> {
        match value {
            Value::Str(string) => self.string(heap.bytes(string)),
            Value::Bool(flag) => self.out.push(if flag { 0xc3 } else { 0xc2 }),
            Value::Number(number) => self.number(number),
            Value::Table(table) if level < MAX_NESTING => self.table(heap, table, level)?,
            _ => self.out.push(0xc0),
        }
        if self.out.len() - self.checked > 1 << 16 {
            heap.room(self.out.len() * 2)?;
            self.checked = self.out.len();
        }
        Ok(())
    }

    fn string(&mut self, bytes: &[u8]) {
        let length = bytes.len();
        match length {
            0..32 => self.out.push(0xa0 | length as u8),
            32..=0xff => self.out.extend_from_slice(&[0xd9, length as u8]),
            0x100..=0xffff => self.head(0xda, &(length as u16).to_be_bytes()),
            _ => self.head(0xdb, &(length as u32).to_be_bytes()),
        }
        self.out.extend_from_slice(bytes);
    }

    fn head(&mut self, tag: u8, rest: &[u8]) {
        self.out.push(tag);
        self.out.extend_from_slice(rest);
    }

    /// A whole number as the shortest integer, any other as a float of 32 bits if that holds it.
    fn number(&mut self, number: f64) {
        let whole = convert::to_i64(number);
        if whole as f64 == number {
            return self.integer(whole);
        }
        let short = number as f32;
        if f64::from(short) == number {
            self.head(0xca, &short.to_be_bytes());
        } else {
            self.head(0xcb, &number.to_be_bytes());
        }
    }

    fn integer(&mut self, n: i64) {
        match n {
            -32..=127 => self.out.push(n as u8),
            128..=0xff => self.head(0xcc, &[n as u8]),
            0x100..=0xffff => self.head(0xcd, &(n as u16).to_be_bytes()),
            0x1_0000..=0xffff_ffff => self.head(0xce, &(n as u32).to_be_bytes()),
            0x1_0000_0000.. => self.head(0xcf, &n.to_be_bytes()),
            -128..-32 => self.head(0xd0, &[n as u8]),
            -0x8000..-128 => self.head(0xd1, &(n as i16).to_be_bytes()),
            -0x8000_0000..-0x8000 => self.head(0xd2, &(n as i32).to_be_bytes()),
            _ => self.head(0xd3, &n.to_be_bytes()),
        }
    }

    /// How many elements follow: a list begins 0x90, 0xdc, 0xdd, a map 0x80, 0xde, 0xdf.
    fn count(&mut self, short: u8, long: u8, count: usize) {
        match count {
            0..=15 => self.out.push(short | count as u8),
            16..=0xffff => self.head(long, &(count as u16).to_be_bytes()),
            _ => self.head(long + 1, &(count as u32).to_be_bytes()),
        }
    }

    fn table(&mut self, heap: &Heap, table: TableRef, level: usize) -> Result<(), Error> {
        if is_array(heap, table)? {
            let length = heap.len(table);
            self.count(0x90, 0xdc, length);
            for index in 1..=length {
                self.value(heap, heap.raw_get_int(table, index as i64), level + 1)?;
            }
            return Ok(());
        }
        let (mut count, mut last) = (0, Value::Nil);
        while let Some((key, _)) = heap.next(table, last)? {
            (count, last) = (count + 1, key);
        }
        self.count(0x80, 0xde, count);
        last = Value::Nil;
        while let Some((key, value)) = heap.next(table, last)? {
            self.value(heap, key, level + 1)?;
            self.value(heap, value, level + 1)?;
            last = key;
        }
        Ok(())
    }
}

/// Whether the keys are 1 to n and nothing else.
fn is_array(heap: &Heap, table: TableRef) -> Result<bool, Error> {
    let (mut count, mut max, mut last) = (0_i64, 0_i64, Value::Nil);
    while let Some((key, _)) = heap.next(table, last)? {
        match key {
            Value::Number(n) if n > 0.0 && f64::from(convert::to_i32(n)) == n => {
                max = max.max(n as i64);
            }
            _ => return Ok(false),
        }
        (count, last) = (count + 1, key);
    }
    Ok(max == count)
}
