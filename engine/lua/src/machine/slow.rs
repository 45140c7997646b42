//! Instructions in full: metamethods, conversions, errors.

use super::{Flow, Machine, Result, Stop, WINDOW};
use crate::heap::{Event, MOST_HANDLERS, READONLY};
use crate::object::{Frame, Function, Upval, Want};
use crate::op::{Ins, Op, of_float_byte};
use crate::{Error, Value};

impl Machine<'_> {
    /// Carries out the instruction before the topmost frame's `pc`.
    pub(super) fn slow(&mut self, ins: Ins) -> Result<Flow> {
        match ins.op {
            Op::GetUpval | Op::SetUpval => self.foreign_upvalue(ins),
            Op::GetGlobal | Op::SetGlobal => {
                let env = self.environment();
                let name = self.constant(ins.d as usize);
                if ins.op == Op::GetGlobal {
                    return self.get(env, name, None, ins.a);
                }
                let value = self.register(ins.a);
                self.set(env, name, value, None)
            }
            Op::GetField | Op::GetTableK => {
                let key = self.constant(ins.d as usize);
                self.get(self.register(ins.b), key, Some(ins.b), ins.a)
            }
            Op::GetTable => {
                let key = self.register(ins.c);
                self.get(self.register(ins.b), key, Some(ins.b), ins.a)
            }
            Op::SelfK | Op::SelfR => {
                let object = self.register(ins.b);
                let key = match ins.op {
                    Op::SelfK => self.constant(ins.d as usize),
                    _ => self.register(ins.c),
                };
                self.set_register(ins.a.wrapping_add(1), object);
                self.get(object, key, Some(ins.b), ins.a)
            }
            Op::SetTableRR | Op::SetTableRK | Op::SetTableKR | Op::SetTableKK => {
                self.set_table(ins)
            }
            Op::NewTable => {
                let table = self.heap.table(of_float_byte(ins.b), of_float_byte(ins.c));
                self.set_register(ins.a, Value::Table(table));
                self.check_memory()?;
                Ok(Flow::Next)
            }
            Op::Len => self.length(ins),
            Op::Concat => self.concat(ins, ins.c),
            Op::Call => {
                let func = self.base() + usize::from(ins.a);
                let args = match ins.b {
                    0 => self.thread.top - func - 1,
                    b => usize::from(b) - 1,
                };
                self.call(func, args, Want::Results(i16::from(ins.c) - 1))
            }
            Op::TailCall => self.tail_call(ins),
            Op::ForPrep => self.prepare_for(ins),
            Op::TForLoop => {
                let at = self.base() + usize::from(ins.a);
                self.thread.stack.copy_within(at..at + 3, at + 3);
                self.thread.top = at + 6;
                self.call(at + 3, 2, Want::Iterate(ins.c))
            }
            Op::SetList => self.set_list(ins),
            Op::Close => {
                let from = self.base() + usize::from(ins.a);
                self.close_upvalues(from);
                Ok(Flow::Next)
            }
            Op::VarArg => {
                self.var_arg(ins);
                Ok(Flow::Next)
            }
            _ if ins.is_test() => self.compare(ins),
            _ => self.arithmetic(ins),
        }
    }

    fn set_table(&mut self, ins: Ins) -> Result<Flow> {
        let key = match ins.op {
            Op::SetTableRR | Op::SetTableRK => self.register(ins.b),
            _ => self.constant(usize::from(ins.b)),
        };
        let value = match ins.op {
            Op::SetTableRR | Op::SetTableKR => self.register(ins.c),
            _ => self.constant(usize::from(ins.c)),
        };
        self.set(self.register(ins.a), key, value, Some(ins.a))
    }

    fn length(&mut self, ins: Ins) -> Result<Flow> {
        let value = self.register(ins.b);
        let handler = self.heap.handler(value, Event::Len);
        if handler.is_nil() {
            return Err(self.type_error(Some(ins.b), value, "get length of"));
        }
        self.call_meta(handler, &[value, Value::Nil], Want::Meta)
    }

    pub(super) fn constant(&self, number: usize) -> Value {
        let Some(frame) = self.thread.frames.last() else { return Value::Nil };
        self.protos.get(frame.proto.0).constants.get(number).copied().unwrap_or_default()
    }

    fn environment(&self) -> Value {
        let Some(frame) = self.thread.frames.last() else { return Value::Nil };
        match self.heap.functions.get(frame.function.0) {
            Function::Lua(closure) => Value::Table(closure.env),
            _ => Value::Nil,
        }
    }

    /// A variable on the stack of a coroutine that is not running.
    fn foreign_upvalue(&mut self, ins: Ins) -> Result<Flow> {
        let Some(frame) = self.thread.frames.last() else { return Ok(Flow::Next) };
        let Function::Lua(closure) = self.heap.functions.get(frame.function.0) else {
            return Ok(Flow::Next);
        };
        let Some(upval) = closure.upvalues.get(usize::from(ins.b)) else { return Ok(Flow::Next) };
        if let Upval::Open { thread, index } = *self.heap.upvals.get(upval.0) {
            let index = index as usize;
            if ins.op == Op::GetUpval {
                let value = self.heap.threads.get(thread.0).stack[index];
                self.set_register(ins.a, value);
            } else {
                let value = self.register(ins.a);
                self.heap.threads.get_mut(thread.0).stack[index] = value;
            }
        }
        Ok(Flow::Next)
    }

    /// `R[to] = object[key]`; `register` is where the object stands.
    fn get(&mut self, object: Value, key: Value, register: Option<u8>, to: u8) -> Result<Flow> {
        let (mut object, mut register) = (object, register);
        for _ in 0..MOST_HANDLERS {
            let handler = if let Value::Table(table) = object {
                let value = self.heap.raw_get(table, key);
                let handler = match self.heap.metatable(object) {
                    Some(metatable) if value.is_nil() => {
                        self.heap.handler_in(metatable, Event::Index)
                    }
                    _ => Value::Nil,
                };
                if handler.is_nil() {
                    self.set_register(to, value);
                    return Ok(Flow::Next);
                }
                handler
            } else {
                let handler = self.heap.handler(object, Event::Index);
                if handler.is_nil() {
                    return Err(self.type_error(register, object, "index"));
                }
                handler
            };
            if matches!(handler, Value::Function(_)) {
                return self.call_meta(handler, &[object, key], Want::Meta);
            }
            object = handler;
            register = None;
        }
        Err(Error::Raw(b"loop in gettable".into()))
    }

    /// `object[key] = value`.
    fn set(
        &mut self,
        object: Value,
        key: Value,
        value: Value,
        register: Option<u8>,
    ) -> Result<Flow> {
        let (mut object, mut register) = (object, register);
        for _ in 0..MOST_HANDLERS {
            let handler = if let Value::Table(table) = object {
                if self.heap.is_readonly(table) {
                    return Err(Error::Raw(READONLY.into()));
                }
                let mut handler = Value::Nil;
                if let Some(metatable) = self.heap.metatable(object)
                    && self.heap.raw_get(table, key).is_nil()
                {
                    // PUC makes the entry before it asks: that shows in the order of `pairs`.
                    self.heap.put(table, key, Value::Nil)?;
                    handler = self.heap.handler_in(metatable, Event::NewIndex);
                }
                if handler.is_nil() {
                    self.heap.put(table, key, value)?;
                    return Ok(Flow::Next);
                }
                handler
            } else {
                let handler = self.heap.handler(object, Event::NewIndex);
                if handler.is_nil() {
                    return Err(self.type_error(register, object, "index"));
                }
                handler
            };
            if matches!(handler, Value::Function(_)) {
                return self.call_meta(handler, &[object, key, value], Want::Meta);
            }
            object = handler;
            register = None;
        }
        Err(Error::Raw(b"loop in settable".into()))
    }

    fn tail_call(&mut self, ins: Ins) -> Result<Flow> {
        if *self.fuel == 0 {
            if let Some(frame) = self.thread.frames.last_mut() {
                frame.pc -= 1;
            }
            return Ok(Flow::Stop(Stop::Spent));
        }
        *self.fuel -= 1;
        let func = self.base() + usize::from(ins.a);
        let args = match ins.b {
            0 => self.thread.top - func - 1,
            b => usize::from(b) - 1,
        };
        let (function, args) = self.callable(func, args)?;
        let Function::Lua(closure) = self.heap.functions.get(function.0) else {
            // The `return` behind hands on its results.
            return self.call(func, args, Want::Results(-1));
        };
        let mut new = Frame::lua(0, Want::Meta, function, closure);
        let base = self.base();
        self.close_upvalues(base);
        let Some(frame) = self.thread.pop() else { return Ok(Flow::Next) };
        let to = frame.func as usize;
        self.thread.stack.copy_within(func..=func + args, to);
        (new.func, new.want) = (frame.func, frame.want);
        self.enter_lua(new, args)?;
        if let Some(new) = self.thread.frames.last_mut() {
            new.tail_calls = frame.tail_calls.saturating_add(1);
        }
        Ok(Flow::Next)
    }

    fn prepare_for(&mut self, ins: Ins) -> Result<Flow> {
        let mut numbers = [0.0; 3];
        for (at, what) in ["initial value", "limit", "step"].into_iter().enumerate() {
            let value = self.register(ins.a + at as u8);
            match self.heap.to_number(value) {
                Some(number) => numbers[at] = number,
                None => {
                    let text = format!("'for' {what} must be a number");
                    return Err(Error::Raw(text.into()));
                }
            }
        }
        let [start, limit, step] = numbers;
        for (at, number) in [start - step, limit, step].into_iter().enumerate() {
            self.set_register(ins.a + at as u8, Value::Number(number));
        }
        if let Some(frame) = self.thread.frames.last_mut() {
            frame.pc = ins.d as u32;
        }
        Ok(Flow::Next)
    }

    fn set_list(&mut self, ins: Ins) -> Result<Flow> {
        let at = self.base() + usize::from(ins.a);
        let count = match ins.b {
            0 => self.thread.top - at - 1,
            b => usize::from(b),
        };
        let Value::Table(table) = self.thread.stack[at] else { return Ok(Flow::Next) };
        let start = ins.d as usize;
        self.heap.grow_array(table, start + count);
        for index in 1..=count {
            let key = Value::Number((start + index) as f64);
            self.heap.put(table, key, self.thread.stack[at + index])?;
        }
        Ok(Flow::Next)
    }

    fn var_arg(&mut self, ins: Ins) {
        let Some(frame) = self.thread.frames.last() else { return };
        let (func, base) = (frame.func as usize, frame.base as usize);
        let params = usize::from(self.protos.get(frame.proto.0).params);
        let extra = (base - func - 1).saturating_sub(params);
        let to = base + usize::from(ins.a);
        let wanted = match ins.b {
            0 => {
                self.thread.need(to + extra + WINDOW);
                self.thread.top = to + extra;
                extra
            }
            b => usize::from(b) - 1,
        };
        let first = func + 1 + params;
        let given = wanted.min(extra);
        self.thread.stack.copy_within(first..first + given, to);
        self.thread.stack[to + given..to + wanted].fill(Value::Nil);
    }
}
