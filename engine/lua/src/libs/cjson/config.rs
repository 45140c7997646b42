//! The settings of one cjson module. They live in a Lua table that every function of the module has as its upvalue.

use crate::libs::{convert, int};
use crate::{Call, Error, Heap, Outcome, TableRef, Value};

/// The settings, by the place of each in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    SparseConvert = 1,
    SparseRatio,
    SparseSafe,
    EncodeMaxDepth,
    EncodeInvalid,
    Precision,
    KeepBuffer,
    DecodeInvalid,
    DecodeMaxDepth,
}

const DEFAULTS: [(Setting, i32); 9] = [
    (Setting::SparseConvert, 0),
    (Setting::SparseRatio, 2),
    (Setting::SparseSafe, 10),
    (Setting::EncodeMaxDepth, 1000),
    (Setting::EncodeInvalid, 0),
    (Setting::Precision, 14),
    (Setting::KeepBuffer, 1),
    (Setting::DecodeInvalid, 1),
    (Setting::DecodeMaxDepth, 1000),
];

/// A table with the settings that a new module has.
pub(super) fn fresh(heap: &mut Heap) -> Result<TableRef, Error> {
    let table = heap.table(DEFAULTS.len(), 0);
    for (setting, value) in DEFAULTS {
        heap.raw_set_int(table, setting as i64, Value::Number(f64::from(value)))?;
    }
    Ok(table)
}

/// A setting of the module whose function is running.
pub(super) fn get(call: &Call<'_>, setting: Setting) -> i32 {
    let Value::Table(table) = call.upvalue(1) else { return 0 };
    match call.heap.raw_get_int(table, setting as i64) {
        Value::Number(value) => convert::to_int(value),
        _ => 0,
    }
}

fn set(call: &mut Call<'_>, setting: Setting, value: i32) -> Result<(), Error> {
    match call.upvalue(1) {
        Value::Table(table) => {
            call.heap.raw_set_int(table, setting as i64, Value::Number(f64::from(value)))
        }
        _ => Ok(()),
    }
}

/// At most so many arguments; `nil` for those that are missing.
fn at_most(call: &mut Call<'_>, count: usize) -> Result<(), Error> {
    if call.args() > count {
        return Err(Error::argument(count + 1, "found too many arguments"));
    }
    while call.height() < count {
        call.push(Value::Nil);
    }
    Ok(())
}

/// Argument `index` is the new number, if given; pushes the setting.
fn number(
    call: &mut Call<'_>,
    index: usize,
    setting: Setting,
    min: i32,
    max: i32,
) -> Result<(), Error> {
    if !call.arg(index).is_nil() {
        let value = int(call, index)?;
        if !(min..=max).contains(&value) {
            // Always called the first argument, whichever it is.
            return Err(Error::argument(1, format!("expected integer between {min} and {max}")));
        }
        set(call, setting, value)?;
    }
    let value = get(call, setting);
    call.push(Value::Number(f64::from(value)));
    Ok(())
}

/// Argument `index` is one of the names, or a boolean for the first two; pushes the setting.
fn choice(
    call: &mut Call<'_>,
    index: usize,
    setting: Setting,
    names: &[&str],
) -> Result<(), Error> {
    match call.arg(index) {
        Value::Nil => {}
        Value::Bool(on) => set(call, setting, i32::from(on))?,
        _ => {
            let name = call.string(index)?;
            let name = call.heap.bytes(name).split(|b| *b == 0).next().unwrap_or_default();
            let Some(at) = names.iter().position(|known| known.as_bytes() == name) else {
                let text = [b"invalid option '", name, b"'"].concat();
                return Err(Error::argument(index, text));
            };
            set(call, setting, at as i32)?;
        }
    }
    let value = match get(call, setting) {
        0 => Value::Bool(false),
        1 => Value::Bool(true),
        other => call.heap.string(names.get(other as usize).unwrap_or(&"").as_bytes()),
    };
    call.push(value);
    Ok(())
}

const SWITCH: [&str; 2] = ["off", "on"];

pub(super) fn sparse_array(call: &mut Call<'_>) -> Result<Outcome, Error> {
    at_most(call, 3)?;
    choice(call, 1, Setting::SparseConvert, &SWITCH)?;
    number(call, 2, Setting::SparseRatio, 0, i32::MAX)?;
    number(call, 3, Setting::SparseSafe, 0, i32::MAX)?;
    Ok(Outcome::Return(3))
}

fn one_number(call: &mut Call<'_>, setting: Setting, max: i32) -> Result<Outcome, Error> {
    at_most(call, 1)?;
    number(call, 1, setting, 1, max)?;
    Ok(Outcome::Return(1))
}

fn one_choice(call: &mut Call<'_>, setting: Setting, names: &[&str]) -> Result<Outcome, Error> {
    at_most(call, 1)?;
    choice(call, 1, setting, names)?;
    Ok(Outcome::Return(1))
}

pub(super) fn encode_max_depth(call: &mut Call<'_>) -> Result<Outcome, Error> {
    one_number(call, Setting::EncodeMaxDepth, i32::MAX)
}

pub(super) fn decode_max_depth(call: &mut Call<'_>) -> Result<Outcome, Error> {
    one_number(call, Setting::DecodeMaxDepth, i32::MAX)
}

pub(super) fn number_precision(call: &mut Call<'_>) -> Result<Outcome, Error> {
    one_number(call, Setting::Precision, 14)
}

pub(super) fn keep_buffer(call: &mut Call<'_>) -> Result<Outcome, Error> {
    one_choice(call, Setting::KeepBuffer, &SWITCH)
}

pub(super) fn encode_invalid(call: &mut Call<'_>) -> Result<Outcome, Error> {
    one_choice(call, Setting::EncodeInvalid, &["off", "on", "null"])
}

pub(super) fn decode_invalid(call: &mut Call<'_>) -> Result<Outcome, Error> {
    one_choice(call, Setting::DecodeInvalid, &SWITCH)
}
