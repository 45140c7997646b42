//! The library `struct`: numbers and strings packed as C lays them out (struct.c of Roberto Ierusalimschy, 2018).

use super::{check_stack, convert};
use crate::{Call, Error, Lua, Outcome, StrRef, Value};

/// The most bytes of an integer.
const MAX_INTEGER: i32 = 32;
/// What `!` alone aligns to.
const MAX_ALIGN: i32 = 8;

pub(super) fn open(lua: &mut Lua) {
    lua.library("struct", &[("pack", pack), ("unpack", unpack), ("size", size)]);
}

/// A format under way: its bytes end at the first zero.
struct Format {
    bytes: Vec<u8>,
    at: usize,
    big: bool,
    align: u64,
}

impl Format {
    fn of(call: &mut Call<'_>) -> Result<Format, Error> {
        let format = call.string(1)?;
        let bytes = call.heap.bytes(format).split(|b| *b == 0).next().unwrap_or_default().to_vec();
        Ok(Format { bytes, at: 0, big: false, align: 1 })
    }

    /// The next option and the size it asks for.
    fn next(&mut self) -> Result<Option<(u8, u64)>, Error> {
        let Some(option) = self.bytes.get(self.at).copied() else { return Ok(None) };
        self.at += 1;
        let size = match option {
            b'B' | b'b' | b'x' => 1,
            b'H' | b'h' => 2,
            b'L' | b'l' | b'T' | b'd' => 8,
            b'f' => 4,
            b'c' => self.number(1)? as u64,
            b'i' | b'I' => {
                let size = self.number(4)?;
                if size > MAX_INTEGER {
                    let text =
                        format!("integral size {size} is larger than limit of {MAX_INTEGER}");
                    return Err(Error::message(text));
                }
                size as u64
            }
            _ => 0,
        };
        Ok(Some((option, size)))
    }

    fn number(&mut self, default: i32) -> Result<i32, Error> {
        let digits = self.bytes[self.at..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return Ok(default);
        }
        let mut value = 0_i32;
        for b in &self.bytes[self.at..self.at + digits] {
            let next = value.checked_mul(10).and_then(|v| v.checked_add(i32::from(b - b'0')));
            value = next.ok_or_else(|| Error::message("integral size overflow"))?;
        }
        self.at += digits;
        Ok(value)
    }

    /// How many bytes align an element at `position`.
    fn padding(&self, position: u64, option: u8, size: u64) -> u64 {
        if size == 0 || option == b'c' {
            return 0;
        }
        let size = size.min(self.align);
        size.wrapping_sub(position & (size - 1)) & (size - 1)
    }

    /// Options that change the byte order or the alignment.
    fn control(&mut self, option: u8) -> Result<(), Error> {
        match option {
            b' ' => {}
            b'>' => self.big = true,
            b'<' => self.big = false,
            b'!' => {
                let align = self.number(MAX_ALIGN)?;
                if align <= 0 || align & (align - 1) != 0 {
                    return Err(Error::message(format!("alignment {align} is not a power of 2")));
                }
                self.align = align as u64;
            }
            _ => {
                let mut text = b"invalid format option '".to_vec();
                text.extend_from_slice(&[option, b'\'']);
                return Err(Error::argument(1, text));
            }
        }
        Ok(())
    }
}

/// Whether an option stands for an integer.
fn is_integer(option: u8) -> bool {
    matches!(option, b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I')
}

fn pack(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let mut format = Format::of(call)?;
    let mut out = Vec::new();
    let mut arg = 2;
    while let Some((option, size)) = format.next()? {
        let padding = format.padding(out.len() as u64, option, size);
        out.resize(out.len() + padding as usize, 0);
        match option {
            _ if is_integer(option) => {
                let value = number(call, arg)?;
                let bits = if value < 0.0 {
                    convert::to_i64(value) as u64
                } else {
                    convert::to_u64(value)
                };
                let bytes = (0..size).map(|at| if at < 8 { (bits >> (at * 8)) as u8 } else { 0 });
                ordered(&mut out, bytes.collect(), format.big);
                arg += 1;
            }
            b'x' => out.push(0),
            b'f' => {
                let value = number(call, arg)? as f32;
                ordered(&mut out, value.to_le_bytes().to_vec(), format.big);
                arg += 1;
            }
            b'd' => {
                let value = number(call, arg)?;
                ordered(&mut out, value.to_le_bytes().to_vec(), format.big);
                arg += 1;
            }
            b'c' | b's' => {
                let string = string(call, arg)?;
                arg += 1;
                let bytes = call.heap.bytes(string);
                let size = if size == 0 { bytes.len() } else { size as usize };
                let Some(bytes) = bytes.get(..size) else {
                    // Lua counts on before it complains.
                    return Err(Error::argument(arg, "string too short"));
                };
                call.heap.room(out.len() + size)?;
                out.extend_from_slice(bytes);
                if option == b's' {
                    out.push(0);
                }
            }
            _ => format.control(option)?,
        }
    }
    call.heap.room(out.len())?;
    let packed = call.heap.string_from(out);
    call.ret(packed)
}

/// An argument of `pack`: behind the last one C has put a `nil`, and an error says so.
fn number(call: &Call<'_>, arg: usize) -> Result<f64, Error> {
    if call.is_none(arg) {
        Err(Error::argument(arg, "number expected, got nil"))
    } else {
        call.number(arg)
    }
}

fn string(call: &mut Call<'_>, arg: usize) -> Result<StrRef, Error> {
    if call.is_none(arg) {
        Err(Error::argument(arg, "string expected, got nil"))
    } else {
        call.string(arg)
    }
}

/// Appends bytes that are given lowest first.
fn ordered(out: &mut Vec<u8>, mut bytes: Vec<u8>, big: bool) {
    if big {
        bytes.reverse();
    }
    out.extend_from_slice(&bytes);
}

fn unpack(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let mut format = Format::of(call)?;
    let data = call.string(2)?;
    let data = call.heap.bytes(data).to_vec();
    let short = || Error::argument(2, "data string too short");
    let mut at = call.opt_integer(3, 1)? as u64;
    if at == 0 {
        return Err(Error::argument(3, "offset must be 1 or greater"));
    }
    at -= 1;
    let start = call.height();
    while let Some((option, mut size)) = format.next()? {
        at = at.wrapping_add(format.padding(at, option, size));
        let mut bytes = slice(&data, at, size).ok_or_else(short)?;
        check_stack(call, 2, "too many results")?;
        match option {
            _ if is_integer(option) => {
                let value = integer(bytes, format.big, option.is_ascii_lowercase());
                call.push(Value::Number(value));
            }
            b'x' => {}
            b'f' => {
                let value = f32::from_bits(raw(bytes, format.big) as u32);
                call.push(Value::Number(f64::from(value)));
            }
            b'd' => {
                let value = f64::from_bits(raw(bytes, format.big));
                call.push(Value::Number(value));
            }
            b'c' => {
                if size == 0 {
                    let top = call.height();
                    let length =
                        if top == start { None } else { call.heap.to_number(call.arg(top)) };
                    let Some(length) = length else {
                        return Err(Error::message("format 'c0' needs a previous size"));
                    };
                    size = convert::to_u64(length);
                    call.cut(top - 1);
                    bytes = slice(&data, at, size).ok_or_else(short)?;
                }
                let value = call.heap.string(bytes);
                call.push(value);
            }
            b's' => {
                let rest = &data[at as usize..];
                let Some(length) = rest.iter().position(|b| *b == 0) else {
                    return Err(Error::message("unfinished string in data"));
                };
                let value = call.heap.string(&rest[..length]);
                call.push(value);
                size = length as u64 + 1;
            }
            _ => format.control(option)?,
        }
        at = at.wrapping_add(size);
    }
    call.push(Value::Number((at as i64 + 1) as f64));
    Ok(Outcome::Return(call.height() - start))
}

fn slice(data: &[u8], at: u64, size: u64) -> Option<&[u8]> {
    let at = usize::try_from(at).ok()?;
    data.get(at..at.checked_add(usize::try_from(size).ok()?)?)
}

/// The lowest 64 bits of an integer of any size.
fn raw(bytes: &[u8], big: bool) -> u64 {
    let push = |sum: u64, b: &u8| sum << 8 | u64::from(*b);
    if big { bytes.iter().fold(0, push) } else { bytes.iter().rev().fold(0, push) }
}

fn integer(bytes: &[u8], big: bool, signed: bool) -> f64 {
    let mut bits = raw(bytes, big);
    if !signed {
        return bits as f64;
    }
    // The processor takes the count of a shift modulo 64: that shows for sizes of 0 and above 8.
    let mask = u64::MAX.wrapping_shl((bytes.len() as u32).wrapping_mul(8).wrapping_sub(1));
    if bits & mask != 0 {
        bits |= mask;
    }
    bits as i64 as f64
}

fn size(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let mut format = Format::of(call)?;
    let mut total = 0_u64;
    while let Some((option, size)) = format.next()? {
        total = total.wrapping_add(format.padding(total, option, size));
        match option {
            b's' => return Err(Error::argument(1, "option 's' has no fixed size")),
            b'c' if size == 0 => return Err(Error::argument(1, "option 'c0' has no fixed size")),
            _ if !option.is_ascii_alphanumeric() => format.control(option)?,
            _ => {}
        }
        total = total.wrapping_add(size);
    }
    call.ret(Value::Number(total as i64 as f64))
}
