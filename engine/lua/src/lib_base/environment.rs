//! Errors and their places, environments, the collector, protected calls.

use super::Entry;
use crate::machine::place::{Level, level, position};
use crate::object::Function;
use crate::{Call, Error, FnRef, Outcome, Value};

type Answer = Result<Outcome, Error>;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("collectgarbage", collect_garbage),
    ("error", error),
    ("gcinfo", gc_info),
    ("pcall", protected_call),
    ("xpcall", handled_call),
];

pub(super) const DEPRECATED: &[Entry] =
    &[("getfenv", get_environment), ("setfenv", set_environment)];

fn error(call: &mut Call<'_>) -> Answer {
    let wanted = call.opt_integer(2, 1)? as i32;
    let value = call.arg(1);
    if wanted <= 0 || !matches!(value, Value::Str(_) | Value::Number(_)) {
        return Err(Error::Thrown(value));
    }
    let mut text = match level(call.thread, wanted as usize - 1, 0) {
        Level::Frame(frame) => position(call.protos, frame),
        _ => Vec::new(),
    };
    let message = call.string(1)?;
    text.extend_from_slice(call.heap.bytes(message));
    Err(Error::Thrown(call.heap.string_from(text)))
}

pub(super) fn protected_call(call: &mut Call<'_>) -> Answer {
    if call.args() == 0 {
        // Redis's pcall puts `true` in front of the function, and then calls that.
        call.push(Value::Bool(false));
        let text = call.heap.string(b"attempt to call a boolean value");
        call.push(text);
        return Ok(Outcome::Return(2));
    }
    Ok(Outcome::Protect { handled: false })
}

fn handled_call(call: &mut Call<'_>) -> Answer {
    call.any(2)?;
    call.cut(2);
    Ok(Outcome::Protect { handled: true })
}

/// The function that argument 1 is, or that runs at the level it tells.
fn function_of(call: &Call<'_>, optional: bool) -> Result<FnRef, Error> {
    if let Value::Function(function) = call.arg(1) {
        return Ok(function);
    }
    let wanted = if optional { call.opt_integer(1, 1)? } else { call.integer(1)? } as i32;
    if wanted < 0 {
        return Err(Error::argument(1, "level must be non-negative"));
    }
    if wanted == 0 {
        return Ok(call.function);
    }
    match level(call.thread, wanted as usize - 1, 0) {
        Level::Frame(frame) => Ok(frame.function),
        Level::Lost => {
            let text = format!("no function environment for tail call at level {wanted}");
            Err(Error::message(text))
        }
        Level::None => Err(Error::argument(1, "invalid level")),
    }
}

fn get_environment(call: &mut Call<'_>) -> Answer {
    let function = function_of(call, true)?;
    let env = match call.heap.functions.get(function.0) {
        Function::Lua(closure) => closure.env,
        _ => call.globals(),
    };
    call.ret(Value::Table(env))
}

fn set_environment(call: &mut Call<'_>) -> Answer {
    let env = call.table(2)?;
    let function = function_of(call, false)?;
    if call.heap.to_number(call.arg(1)) == Some(0.0) {
        call.thread.globals = Some(env);
        return Ok(Outcome::Return(0));
    }
    match call.heap.functions.get_mut(function.0) {
        Function::Lua(closure) => closure.env = env,
        _ => return Err(Error::message("'setfenv' cannot change environment of given object")),
    }
    call.ret(Value::Function(function))
}

fn gc_info(call: &mut Call<'_>) -> Answer {
    let kilobytes = call.heap.memory() / 1024;
    call.ret(Value::Number(kilobytes as f64))
}

fn collect_garbage(call: &mut Call<'_>) -> Answer {
    let option = match call.opt_string(1)? {
        Some(option) => call.heap.bytes(option).to_vec(),
        None => b"collect".to_vec(),
    };
    call.opt_integer(2, 0)?;
    let answer = match option.as_slice() {
        b"count" => Value::Number(call.heap.memory() as f64 / 1024.0),
        b"collect" => {
            // Done on the way back, when the stack is in order.
            call.heap.collect_soon();
            Value::Number(0.0)
        }
        b"step" => {
            // As of one step of many: the round is not over.
            call.heap.collect_soon();
            Value::Bool(false)
        }
        b"stop" | b"restart" => {
            call.heap.set_stopped(option == b"stop");
            Value::Number(0.0)
        }
        b"setpause" | b"setstepmul" => Value::Number(200.0),
        other => {
            let shown = String::from_utf8_lossy(other);
            return Err(Error::argument(1, format!("invalid option '{shown}'")));
        }
    };
    call.ret(answer)
}
