//! `string.format`.

use super::pattern::byte;
use crate::libs::convert;
use crate::libs::printf::{self, Spec};
use crate::{Call, Error, Outcome};

/// Flags that a format may have, and how many of them.
const FLAGS: &[u8] = b"-+ #0";
/// From this length on a string is taken as it is, width or not.
const LONG: usize = 100;

pub(super) fn format(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let format = call.string(1)?;
    let format = call.heap.bytes(format).to_vec();
    let mut out = Vec::with_capacity(format.len() + 32);
    let (mut at, mut arg) = (0, 1);
    while let Some(b) = format.get(at).copied() {
        at += 1;
        if b != b'%' {
            out.push(b);
            continue;
        }
        if byte(&format, at) == b'%' {
            out.push(b'%');
            at += 1;
            continue;
        }
        arg += 1;
        if arg > call.args() {
            return Err(Error::argument(arg, "no value"));
        }
        let spec;
        (spec, at) = read_spec(&format, at)?;
        item(call, &mut out, spec, byte(&format, at), arg)?;
        at += 1;
    }
    call.heap.room(out.len())?;
    let text = call.heap.string_from(out);
    call.ret(text)
}

/// Flags, width and precision; gives where the letter stands.
fn read_spec(format: &[u8], mut at: usize) -> Result<(Spec, usize), Error> {
    let start = at;
    let mut spec = Spec::default();
    while FLAGS.contains(&byte(format, at)) {
        match byte(format, at) {
            b'-' => spec.left = true,
            b'+' => spec.plus = true,
            b' ' => spec.space = true,
            b'#' => spec.alternate = true,
            _ => spec.zero = true,
        }
        at += 1;
    }
    if at - start > FLAGS.len() {
        return Err(Error::message("invalid format (repeated flags)"));
    }
    (spec.width, at) = two_digits(format, at);
    if byte(format, at) == b'.' {
        let precision;
        (precision, at) = two_digits(format, at + 1);
        spec.precision = Some(precision);
    }
    if byte(format, at).is_ascii_digit() {
        return Err(Error::message("invalid format (width or precision too long)"));
    }
    Ok((spec, at))
}

fn two_digits(format: &[u8], mut at: usize) -> (usize, usize) {
    let end = at + 2;
    let mut value = 0;
    while at < end && byte(format, at).is_ascii_digit() {
        value = value * 10 + usize::from(byte(format, at) - b'0');
        at += 1;
    }
    (value, at)
}

fn item(
    call: &mut Call<'_>,
    out: &mut Vec<u8>,
    spec: Spec,
    letter: u8,
    arg: usize,
) -> Result<(), Error> {
    match letter {
        b'c' => {
            let mut text = Vec::new();
            let code = convert::to_i32(call.number(arg)?) as u8;
            printf::string(&mut text, Spec { precision: None, ..spec }, &[code]);
            // C's text ends at a zero.
            out.extend(text.into_iter().take_while(|b| *b != 0));
        }
        b'd' | b'i' => printf::signed(out, spec, convert::to_i64(call.number(arg)?)),
        b'o' | b'u' | b'x' | b'X' => {
            printf::unsigned(out, spec, letter, convert::to_u64(call.number(arg)?));
        }
        b'e' | b'E' | b'f' | b'g' | b'G' => printf::float(out, spec, letter, call.number(arg)?),
        b'q' => quoted(call, out, arg)?,
        b's' => {
            let string = call.string(arg)?;
            let bytes = call.heap.bytes(string);
            if spec.precision.is_none() && bytes.len() >= LONG {
                call.heap.room(out.len() + bytes.len())?;
                out.extend_from_slice(bytes);
            } else {
                let text = bytes.split(|b| *b == 0).next().unwrap_or_default();
                printf::string(out, spec, text);
            }
        }
        _ => {
            let mut text = b"invalid option '%".to_vec();
            text.extend((letter != 0).then_some(letter));
            text.extend_from_slice(b"' to 'format'");
            return Err(Error::message(text));
        }
    }
    Ok(())
}

/// A string as Lua reads it again.
fn quoted(call: &mut Call<'_>, out: &mut Vec<u8>, arg: usize) -> Result<(), Error> {
    let string = call.string(arg)?;
    let bytes = call.heap.bytes(string);
    call.heap.room(out.len() + bytes.len() * 2)?;
    out.push(b'"');
    for b in bytes {
        match b {
            b'"' | b'\\' | b'\n' => out.extend_from_slice(&[b'\\', *b]),
            b'\r' => out.extend_from_slice(b"\\r"),
            0 => out.extend_from_slice(b"\\000"),
            _ => out.push(*b),
        }
    }
    out.push(b'"');
    Ok(())
}
