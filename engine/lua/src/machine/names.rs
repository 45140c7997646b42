//! Which variable was meant: names for error messages, read off the instructions.

use super::Machine;
use crate::object::Frame;
use crate::op::{Ins, Op};
use crate::proto::Proto;
use crate::{Error, Heap, Value};

/// The instruction before `last` that gave a register its value.
fn setter(proto: &Proto, last: usize, register: u8) -> Option<Ins> {
    let mut found = None;
    let mut pc = 0;
    while pc < last {
        let ins = *proto.code.get(pc)?;
        let sets = match ins.op {
            Op::LoadNil => ins.a <= register && register <= ins.b,
            Op::SelfK | Op::SelfR => register == ins.a || Some(register) == ins.a.checked_add(1),
            Op::TForLoop => usize::from(register) >= usize::from(ins.a) + 2,
            Op::Call | Op::TailCall => register >= ins.a,
            _ => ins.sets_a() && ins.a == register,
        };
        if sets {
            found = Some(ins);
        }
        let target = ins.d as usize;
        pc = if ins.is_jump() && target > pc && target <= last { target } else { pc + 1 };
    }
    found
}

/// What a register is called at an instruction: `("global", "foo")`.
fn register_name(
    heap: &Heap,
    proto: &Proto,
    pc: usize,
    register: u8,
) -> Option<(&'static str, Vec<u8>)> {
    if let Some(name) = proto.local_name(register, pc) {
        return Some(("local", heap.bytes(name).to_vec()));
    }
    let ins = setter(proto, pc, register)?;
    let constant = |number: i32| match proto.constants.get(number as usize) {
        Some(Value::Str(name)) => heap.bytes(*name).to_vec(),
        _ => b"?".to_vec(),
    };
    match ins.op {
        Op::GetGlobal => Some(("global", constant(ins.d))),
        Op::Move if ins.b < ins.a => register_name(heap, proto, pc, ins.b),
        Op::GetTable => Some(("field", b"?".to_vec())),
        Op::GetField | Op::GetTableK => Some(("field", constant(ins.d))),
        Op::SelfK => Some(("method", constant(ins.d))),
        Op::SelfR => Some(("method", b"?".to_vec())),
        Op::GetUpval => {
            let name = proto.upvalue_names.get(usize::from(ins.b))?;
            Some(("upvalue", heap.bytes(*name).to_vec()))
        }
        _ => None,
    }
}

impl Machine<'_> {
    /// How the function that is called by the instruction under way in `frame` is named there.
    pub(super) fn called_name(&self, frame: &Frame) -> Option<(&'static str, Vec<u8>)> {
        if !frame.is_lua() {
            return None;
        }
        let proto = self.protos.get(frame.proto.0);
        let pc = (frame.pc as usize).checked_sub(1)?;
        let ins = proto.code.get(pc)?;
        match ins.op {
            Op::Call | Op::TailCall | Op::TForLoop => register_name(self.heap, proto, pc, ins.a),
            _ => None,
        }
    }

    /// `attempt to call global 'foo' (a nil value)`; the value stands in `register` of the topmost frame.
    pub(super) fn type_error(&self, register: Option<u8>, value: Value, what: &str) -> Error {
        let name = register.and_then(|register| {
            let frame = self.thread.frames.last().filter(|frame| frame.is_lua())?;
            let proto = self.protos.get(frame.proto.0);
            let pc = (frame.pc as usize).checked_sub(1)?;
            register_name(self.heap, proto, pc, register)
        });
        let of = value.type_name();
        let mut text = format!("attempt to {what} ").into_bytes();
        match name {
            Some((kind, name)) => {
                text.extend_from_slice(format!("{kind} '").as_bytes());
                text.extend_from_slice(name.split(|b| *b == 0).next().unwrap_or(&[]));
                text.extend_from_slice(format!("' (a {of} value)").as_bytes());
            }
            None => text.extend_from_slice(format!("a {of} value").as_bytes()),
        }
        Error::Raw(text)
    }

    /// The same of a value at a place of the stack, which is a register of the topmost frame or none.
    pub(super) fn type_error_at(&self, place: usize, value: Value, what: &str) -> Error {
        let register = self.thread.frames.last().filter(|frame| frame.is_lua()).and_then(|frame| {
            let register = place.checked_sub(frame.base as usize)?;
            let registers = usize::from(self.protos.get(frame.proto.0).registers);
            (register < registers).then_some(register as u8)
        });
        self.type_error(register, value, what)
    }
}
