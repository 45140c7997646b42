//! Source text to functions at run time.

use super::Entry;
use crate::compile::compile;
use crate::machine::place::{level, position};
use crate::object::Closure;
use crate::{Call, Error, Outcome, Then, Value};

type Answer = Result<Outcome, Error>;

pub(super) const FUNCTIONS: &[Entry] = &[("load", load), ("loadstring", load_string)];

/// The function that a text is, or nil and what is wrong with it.
fn compiled(call: &mut Call<'_>, name: &[u8], source: &[u8]) -> Answer {
    match compile(call.heap, call.protos, name, source, call.thread.native_depth) {
        Ok(proto) => {
            call.heap.charge(call.protos.get(proto.0).bytes());
            let env = call.globals();
            let closure = Closure { proto, env, upvalues: Box::default() };
            let function = call.heap.closure(closure);
            call.ret(function)
        }
        Err(error) => {
            let message = call.heap.string_from(error.0);
            call.push(Value::Nil);
            call.push(message);
            Ok(Outcome::Return(2))
        }
    }
}

fn load_string(call: &mut Call<'_>) -> Answer {
    let source = call.string(1)?;
    let name = call.opt_string(2)?.unwrap_or(source);
    let source = call.heap.bytes(source).to_vec();
    let name = call.heap.bytes(name).to_vec();
    compiled(call, &name, &source)
}

/// `load` collects what its reader gives, piece by piece.
#[derive(Clone, Debug)]
struct Pieces {
    name: Vec<u8>,
    source: Vec<u8>,
}

impl Then for Pieces {
    fn resume(mut self: Box<Self>, call: &mut Call<'_>, results: usize) -> Answer {
        let (fine, piece) = (call.result(results, 1), call.result(results, 2));
        call.cut(2);
        if !fine.truthy() {
            call.push(Value::Nil);
            call.push(piece);
            return Ok(Outcome::Return(2));
        }
        if !piece.is_nil() {
            let Some(text) = call.heap.to_string(piece) else {
                call.push(Value::Nil);
                let at = level(call.thread, 1);
                let mut text = at.map_or_else(Vec::new, |frame| position(call.protos, frame));
                text.extend_from_slice(b"reader function must return a string");
                let text = call.heap.string_from(text);
                call.push(text);
                return Ok(Outcome::Return(2));
            };
            let text = call.heap.bytes(text);
            if !text.is_empty() {
                call.heap.room(self.source.len() + text.len())?;
                self.source.extend_from_slice(text);
                return read(call, *self);
            }
        }
        compiled(call, &self.name, &self.source)
    }

    fn copy(&self) -> Box<dyn Then> {
        Box::new(self.clone())
    }
}

/// Asks the reader for the next piece, in protected mode: its errors are results of `load`.
fn read(call: &mut Call<'_>, pieces: Pieces) -> Answer {
    let (reader, protect) = (call.arg(1), call.arg(2));
    call.call(protect, &[reader], Box::new(pieces))
}

fn load(call: &mut Call<'_>) -> Answer {
    let name = match call.opt_string(2)? {
        Some(name) => call.heap.bytes(name).to_vec(),
        None => b"=(load)".to_vec(),
    };
    call.function(1)?;
    call.cut(1);
    let protect = call.heap.native("pcall", super::protected::protected_call);
    call.push(protect);
    read(call, Pieces { name, source: Vec::new() })
}
