//! `coroutine`.

use super::Entry;
use crate::object::{Status, Thread};
use crate::{Call, Error, Outcome, ThreadRef, Value};

type Answer = Result<Outcome, Error>;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("create", create),
    ("resume", resume),
    ("running", running),
    ("status", status),
    ("wrap", wrap),
    ("yield", yield_up),
];

fn make(call: &mut Call<'_>) -> Result<ThreadRef, Error> {
    let lua = match call.arg(1) {
        Value::Function(function) => !call.heap.is_native(function),
        _ => false,
    };
    if !lua {
        return Err(Error::argument(1, "Lua function expected"));
    }
    let thread = Thread {
        stack: vec![call.arg(1)],
        top: 1,
        globals: call.thread.globals,
        ..Thread::default()
    };
    Ok(call.heap.thread(thread))
}

fn create(call: &mut Call<'_>) -> Answer {
    let thread = make(call)?;
    call.ret(Value::Thread(thread))
}

fn wrap(call: &mut Call<'_>) -> Answer {
    let thread = make(call)?;
    let function = call.heap.native_closure("wrap", wrapped, &[Value::Thread(thread)]);
    call.ret(function)
}

fn wrapped(call: &mut Call<'_>) -> Answer {
    match call.upvalue(1) {
        Value::Thread(thread) => Ok(Outcome::Resume { thread, first: 1, wrapped: true }),
        _ => Ok(Outcome::Return(0)),
    }
}

fn thread(call: &Call<'_>) -> Result<ThreadRef, Error> {
    match call.arg(1) {
        Value::Thread(thread) => Ok(thread),
        _ => Err(Error::argument(1, "coroutine expected")),
    }
}

fn resume(call: &mut Call<'_>) -> Answer {
    let thread = thread(call)?;
    Ok(Outcome::Resume { thread, first: 2, wrapped: false })
}

fn yield_up(_call: &mut Call<'_>) -> Answer {
    Ok(Outcome::Yield)
}

fn running(call: &mut Call<'_>) -> Answer {
    let current = match call.chain {
        [_main, .., current] => Value::Thread(*current),
        _ => Value::Nil,
    };
    call.ret(current)
}

fn status(call: &mut Call<'_>) -> Answer {
    let thread = thread(call)?;
    let status = if call.chain.last() == Some(&thread) {
        Status::Running
    } else {
        call.heap.threads.get(thread.0).status
    };
    call.ret_bytes(match status {
        Status::Running => b"running",
        Status::Suspended => b"suspended",
        Status::Normal => b"normal",
        Status::Dead => b"dead",
    })
}
