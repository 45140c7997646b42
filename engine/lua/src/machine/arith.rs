//! Arithmetic, comparison and concatenation where the operands are no plain numbers; what follows a metamethod.

use super::{Flow, Machine, Result, Stop};
use crate::heap::Event;
use crate::number::{modulo, power, write_number};
use crate::object::Want;
use crate::op::{Ins, Op};
use crate::{Error, Value};

/// The event of an arithmetic instruction, and whether its left and its right operand are registers.
fn form(op: Op) -> (Event, bool, bool) {
    match op {
        Op::AddRR => (Event::Add, true, true),
        Op::AddRK => (Event::Add, true, false),
        Op::AddKR => (Event::Add, false, true),
        Op::SubRR => (Event::Sub, true, true),
        Op::SubRK => (Event::Sub, true, false),
        Op::SubKR => (Event::Sub, false, true),
        Op::MulRR => (Event::Mul, true, true),
        Op::MulRK => (Event::Mul, true, false),
        Op::MulKR => (Event::Mul, false, true),
        Op::DivRR => (Event::Div, true, true),
        Op::DivRK => (Event::Div, true, false),
        Op::DivKR => (Event::Div, false, true),
        Op::ModRR => (Event::Mod, true, true),
        Op::ModRK => (Event::Mod, true, false),
        Op::ModKR => (Event::Mod, false, true),
        Op::PowRR => (Event::Pow, true, true),
        Op::PowRK => (Event::Pow, true, false),
        Op::PowKR => (Event::Pow, false, true),
        Op::LtRR | Op::LeRR | Op::EqRR => (Event::Lt, true, true),
        Op::LtRK | Op::LeRK | Op::EqRK => (Event::Lt, true, false),
        Op::LtKR | Op::LeKR => (Event::Lt, false, true),
        _ => (Event::Unm, true, true),
    }
}

fn is_text(value: Value) -> bool {
    matches!(value, Value::Str(_) | Value::Number(_))
}

impl Machine<'_> {
    /// An operand: a register or a constant.
    fn operand(&self, number: u8, in_register: bool) -> Value {
        if in_register { self.register(number) } else { self.constant(usize::from(number)) }
    }

    pub(super) fn arithmetic(&mut self, ins: Ins) -> Result<Flow> {
        let (event, left_register, right_register) = form(ins.op);
        let right = if event == Event::Unm { ins.b } else { ins.c };
        let (x, y) = (self.operand(ins.b, left_register), self.operand(right, right_register));
        let (left, right_number) = (self.heap.to_number(x), self.heap.to_number(y));
        if let (Some(a), Some(b)) = (left, right_number) {
            let result = match event {
                Event::Add => a + b,
                Event::Sub => a - b,
                Event::Mul => a * b,
                Event::Div => a / b,
                Event::Mod => modulo(a, b),
                Event::Pow => power(a, b),
                _ => -a,
            };
            self.set_register(ins.a, Value::Number(result));
            return Ok(Flow::Next);
        }
        let mut handler = self.heap.handler(x, event);
        if handler.is_nil() {
            handler = self.heap.handler(y, event);
        }
        if handler.is_nil() {
            let (culprit, register, is_register) = match left {
                None => (x, ins.b, left_register),
                Some(_) => (y, right, right_register),
            };
            let register = is_register.then_some(register);
            return Err(self.type_error(register, culprit, "perform arithmetic on"));
        }
        self.call_meta(handler, &[x, y], Want::Meta)
    }

    pub(super) fn compare(&mut self, ins: Ins) -> Result<Flow> {
        let (_, left_register, right_register) = form(ins.op);
        let (x, y) = (self.operand(ins.b, left_register), self.operand(ins.c, right_register));
        match ins.op {
            Op::EqRR | Op::EqRK => {
                let handler = self.equality_handler(x, y);
                if handler.is_nil() {
                    return self.finish_instruction(Value::Bool(x.raw_equal(y)));
                }
                self.call_meta(handler, &[x, y], Want::Meta)
            }
            Op::LtRR | Op::LtRK | Op::LtKR => self.less(x, y, false),
            _ => self.less(x, y, true),
        }
    }

    /// `__eq` if both operands have the same.
    fn equality_handler(&mut self, x: Value, y: Value) -> Value {
        if x.raw_equal(y) {
            return Value::Nil;
        }
        let left = self.heap.handler(x, Event::Eq);
        let right = self.heap.handler(y, Event::Eq);
        if !left.is_nil() && left.raw_equal(right) { left } else { Value::Nil }
    }

    fn less(&mut self, x: Value, y: Value, or_equal: bool) -> Result<Flow> {
        let answer = match (x, y) {
            (Value::Number(a), Value::Number(b)) => {
                if or_equal {
                    a <= b
                } else {
                    a < b
                }
            }
            (Value::Str(a), Value::Str(b)) => {
                let (a, b) = (self.heap.bytes(a), self.heap.bytes(b));
                if or_equal { a <= b } else { a < b }
            }
            _ => return self.less_by_handler(x, y, or_equal),
        };
        self.finish_instruction(Value::Bool(answer))
    }

    fn less_by_handler(&mut self, x: Value, y: Value, or_equal: bool) -> Result<Flow> {
        if x.type_name() == y.type_name() {
            let event = if or_equal { Event::Le } else { Event::Lt };
            let handler = self.order_handler(x, y, event);
            if !handler.is_nil() {
                return self.call_meta(handler, &[x, y], Want::Meta);
            }
            let handler = self.order_handler(x, y, Event::Lt);
            if or_equal && !handler.is_nil() {
                return self.call_meta(handler, &[y, x], Want::MetaNot);
            }
        }
        Err(order_error(x, y))
    }

    fn order_handler(&mut self, x: Value, y: Value, event: Event) -> Value {
        let left = self.heap.handler(x, event);
        let right = self.heap.handler(y, event);
        if left.raw_equal(right) { left } else { Value::Nil }
    }

    /// `R[a] = R[b] .. … .. R[last]`, from the right; `last` counts down.
    pub(super) fn concat(&mut self, ins: Ins, last: u8) -> Result<Flow> {
        let base = self.base();
        let mut last = last;
        while last > ins.b {
            let (x, y) = (self.register(last - 1), self.register(last));
            if !is_text(x) || !is_text(y) {
                return self.concat_by_handler(x, y, last);
            }
            let mut first = last - 1;
            while first > ins.b && is_text(self.register(first - 1)) {
                first -= 1;
            }
            let parts = base + usize::from(first)..=base + usize::from(last);
            let mut size = 0_usize;
            for part in &self.thread.stack[parts.clone()] {
                size += match part {
                    Value::Str(string) => self.heap.bytes(*string).len(),
                    _ => 32,
                };
            }
            self.heap.room(size)?;
            let mut text = Vec::with_capacity(size);
            for part in &self.thread.stack[parts] {
                match part {
                    Value::Str(string) => text.extend_from_slice(self.heap.bytes(*string)),
                    Value::Number(number) => write_number(&mut text, *number),
                    _ => {}
                }
            }
            let value =
                if size > 1024 { self.heap.string_from(text) } else { self.heap.string(&text) };
            self.set_register(first, value);
            last = first;
        }
        let value = self.register(ins.b);
        self.set_register(ins.a, value);
        self.check_memory()?;
        Ok(Flow::Next)
    }

    fn concat_by_handler(&mut self, x: Value, y: Value, last: u8) -> Result<Flow> {
        let mut handler = self.heap.handler(x, Event::Concat);
        if handler.is_nil() {
            handler = self.heap.handler(y, Event::Concat);
        }
        if handler.is_nil() {
            let (culprit, register) = if is_text(x) { (y, last) } else { (x, last - 1) };
            return Err(self.type_error(Some(register), culprit, "concatenate"));
        }
        if let Some(frame) = self.thread.frames.last_mut() {
            frame.aux = u32::from(last);
        }
        self.call_meta(handler, &[x, y], Want::Meta)
    }

    /// A metamethod (or what stands for one) answered the instruction under way.
    pub(super) fn finish_instruction(&mut self, value: Value) -> Result<Flow> {
        let Some(frame) = self.thread.frames.last_mut().filter(|frame| frame.is_lua()) else {
            return Ok(Flow::Next);
        };
        let at = frame.pc as usize;
        let ins = self.protos.get(frame.proto.0).code[at - 1];
        match ins.op {
            Op::SetGlobal | Op::SetTableRR | Op::SetTableRK | Op::SetTableKR | Op::SetTableKK => {}
            Op::Concat => {
                let last = frame.aux as u8 - 1;
                self.set_register(last, value);
                return self.concat(ins, last);
            }
            _ if ins.is_test() => {
                if value.truthy() == (ins.a != 0) {
                    frame.pc = ins.d as u32;
                    if (ins.d as usize) < at {
                        if *self.fuel == 0 {
                            return Ok(Flow::Stop(Stop::Spent));
                        }
                        *self.fuel -= 1;
                    }
                }
            }
            _ => self.set_register(ins.a, value),
        }
        Ok(Flow::Next)
    }

    /// The iterator of a `for … in` answered: its results are the loop's variables.
    pub(super) fn finish_iteration(&mut self) {
        let Some(frame) = self.thread.frames.last_mut() else { return };
        let ins = self.protos.get(frame.proto.0).code[frame.pc as usize - 1];
        let base = frame.base as usize + usize::from(ins.a);
        let key = self.thread.stack[base + 3];
        if !key.is_nil() {
            self.thread.stack[base + 2] = key;
            frame.pc = ins.d as u32;
        }
    }
}

/// Two values that have no order.
pub(crate) fn order_error(x: Value, y: Value) -> Error {
    let (x, y) = (x.type_name(), y.type_name());
    // PUC looks at one letter only, so "string" and "thread" are "two string values".
    let text = if x.as_bytes()[2] == y.as_bytes()[2] {
        format!("attempt to compare two {x} values")
    } else {
        format!("attempt to compare {x} with {y}")
    };
    Error::Raw(text.into())
}
