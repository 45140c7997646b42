//! The library `bit`: operations on 32 bits (Lua BitOp 1.0.2).

use crate::{Call, Error, Lua, Native, Outcome, Value};

pub(super) fn open(lua: &mut Lua) {
    let functions: [(&'static str, Native); 12] = [
        ("tobit", |call| {
            let bits = bits(call, 1)?;
            signed(call, bits)
        }),
        ("bnot", |call| {
            let bits = bits(call, 1)?;
            signed(call, !bits)
        }),
        ("band", |call| fold(call, |a, b| a & b)),
        ("bor", |call| fold(call, |a, b| a | b)),
        ("bxor", |call| fold(call, |a, b| a ^ b)),
        ("lshift", |call| shift(call, |b, n| b << n)),
        ("rshift", |call| shift(call, |b, n| b >> n)),
        ("arshift", |call| shift(call, |b, n| (b as i32 >> n) as u32)),
        ("rol", |call| shift(call, u32::rotate_left)),
        ("ror", |call| shift(call, u32::rotate_right)),
        ("bswap", |call| {
            let bits = bits(call, 1)?;
            signed(call, bits.swap_bytes())
        }),
        ("tohex", tohex),
    ];
    lua.library("bit", &functions);
}

/// An argument reduced to 32 bits: 2^52 + 2^51 added, the lower half of the double's bits taken.
fn bits(call: &Call<'_>, index: usize) -> Result<u32, Error> {
    let number = call.heap.to_number(call.arg(index));
    match (number.unwrap_or(0.0) + 6_755_399_441_055_744.0).to_bits() as u32 {
        0 if number.is_none() => Err(call.type_error(index, "number")),
        bits => Ok(bits),
    }
}

fn signed(call: &mut Call<'_>, bits: u32) -> Result<Outcome, Error> {
    call.ret(Value::Number(f64::from(bits as i32)))
}

fn fold(call: &mut Call<'_>, op: impl Fn(u32, u32) -> u32) -> Result<Outcome, Error> {
    // The first argument is looked at first, the others from the last on: an error shows it.
    let mut sum = bits(call, 1)?;
    for index in (2..=call.args()).rev() {
        sum = op(sum, bits(call, index)?);
    }
    signed(call, sum)
}

fn shift(call: &mut Call<'_>, op: impl Fn(u32, u32) -> u32) -> Result<Outcome, Error> {
    let (value, count) = (bits(call, 1)?, bits(call, 2)? & 31);
    signed(call, op(value, count))
}

fn tohex(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let value = bits(call, 1)?;
    let digits = if call.is_none(2) { 8 } else { bits(call, 2)? as i32 };
    let text = if digits < 0 { format!("{value:08X}") } else { format!("{value:08x}") };
    let kept = digits.unsigned_abs().min(8) as usize;
    call.ret_bytes(&text.as_bytes()[8 - kept..])
}
