//! Errors and their places, the collector, protected calls.

use super::Entry;
use crate::machine::place::{level, position};
use crate::{Call, Error, Outcome, Value};

type Answer = Result<Outcome, Error>;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("collectgarbage", collect_garbage),
    ("error", error),
    ("gcinfo", gc_info),
    ("pcall", protected_call),
    ("xpcall", handled_call),
];

fn error(call: &mut Call<'_>) -> Answer {
    let wanted = call.opt_integer(2, 1)? as i32;
    let value = call.arg(1);
    if wanted <= 0 || !matches!(value, Value::Str(_) | Value::Number(_)) {
        return Err(Error::Thrown(value));
    }
    let at = level(call.thread, wanted as usize - 1);
    let mut text = at.map_or_else(Vec::new, |frame| position(call.protos, frame));
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
