//! Calls and returns.

use super::{Flow, MOST_CALLS, MOST_NATIVE_DEPTH, Machine, Result, Stop, WINDOW};
use crate::heap::Event;
use crate::object::{Frame, Function, Kind, Upval, Want};
use crate::{Call, Error, FnRef, Outcome, ProtoRef, TableRef, Then, Value};

impl Machine<'_> {
    /// Calls what stands at `func`, with `args` arguments above it. A Lua function gets a frame; a native one runs.
    pub(super) fn call(&mut self, func: usize, args: usize, want: Want) -> Result<Flow> {
        let (function, args) = self.callable(func, args)?;
        self.call_function(func, args, want, function)
    }

    /// The same of a function.
    pub(super) fn call_function(
        &mut self,
        func: usize,
        args: usize,
        want: Want,
        function: FnRef,
    ) -> Result<Flow> {
        if let Function::Lua(closure) = self.heap.functions.get(function.0) {
            let frame = Frame::lua(func, want, function, closure);
            self.enter_lua(frame, args)?;
            return Ok(Flow::Next);
        }
        self.call_native(func, args, want, function)
    }

    /// What stands at `func` as a function: else its `__call` gets it as first argument.
    pub(super) fn callable(&mut self, func: usize, args: usize) -> Result<(FnRef, usize)> {
        let value = self.thread.stack[func];
        if let Value::Function(function) = value {
            return Ok((function, args));
        }
        let Value::Function(handler) = self.heap.handler(value, Event::Call) else {
            return Err(self.type_error_at(func, value, "call"));
        };
        self.thread.top = func + 1 + args;
        self.thread.push(Value::Nil);
        let top = self.thread.top;
        self.thread.stack.copy_within(func..top - 1, func + 1);
        self.thread.stack[func] = Value::Function(handler);
        Ok((handler, args + 1))
    }

    fn check_depth(&mut self, want: Want) -> Result<()> {
        if want.is_boundary() {
            let depth = self.thread.native_depth;
            if depth + 1 >= MOST_NATIVE_DEPTH {
                return Err(Error::Raw(b"C stack overflow".into()));
            }
        }
        Ok(())
    }

    #[inline]
    fn push_frame(&mut self, frame: Frame) -> Result<()> {
        self.check_depth(frame.want)?;
        if self.thread.frames.len() >= MOST_CALLS {
            let handling = MOST_CALLS + MOST_CALLS / 8;
            if self.thread.frames.len() == MOST_CALLS || self.thread.frames.len() >= handling {
                return Err(Error::Raw(b"stack overflow".into()));
            }
        }
        if frame.want.is_boundary() {
            self.thread.native_depth += 1;
        }
        self.thread.frames.push(frame);
        Ok(())
    }

    /// A frame for a Lua function: parameters in place, what is beyond them below its base.
    #[inline]
    pub(super) fn enter_lua(&mut self, frame: Frame, args: usize) -> Result<()> {
        let code = self.protos.get(frame.proto.0);
        let func = frame.func as usize;
        let params = usize::from(code.params);
        let (is_vararg, needs_arg) = (code.is_vararg, code.needs_arg);
        let base = if is_vararg { func + 1 + args } else { func + 1 };
        self.push_frame(Frame { base: base as u32, ..frame })?;
        self.widen(base + params)?;
        if is_vararg {
            let given = params.min(args);
            for at in 0..given {
                self.thread.stack[base + at] = self.thread.stack[func + 1 + at];
                self.thread.stack[func + 1 + at] = Value::Nil;
            }
            self.thread.stack[base + given..=base + params].fill(Value::Nil);
            if needs_arg {
                let table = self.arg_table(func + 1 + given, base)?;
                self.thread.stack[base + params] = Value::Table(table);
            }
        } else if args < params {
            self.thread.stack[base + args..base + params].fill(Value::Nil);
        }
        Ok(())
    }

    /// Makes room for a window of registers from `base` on.
    pub(super) fn widen(&mut self, base: usize) -> Result<()> {
        let before = self.thread.stack.len();
        self.thread.need(base + WINDOW);
        if self.thread.stack.len() > before {
            self.heap.charge((self.thread.stack.len() - before) * size_of::<Value>());
            self.heap.room(0)?;
        }
        Ok(())
    }

    /// The old `arg`: the values from `first` to before `end`, and their number `n`.
    fn arg_table(&mut self, first: usize, end: usize) -> Result<TableRef> {
        let count = end - first;
        let table = self.heap.table(count, 1);
        for (at, index) in (first..end).enumerate() {
            self.heap.raw_set_int(table, at as i64 + 1, self.thread.stack[index])?;
        }
        self.heap.raw_set_field(table, "n", Value::Number(count as f64))?;
        Ok(table)
    }

    fn call_native(
        &mut self,
        func: usize,
        args: usize,
        want: Want,
        function: FnRef,
    ) -> Result<Flow> {
        self.thread.top = func + 1 + args;
        self.check_depth(want)?;
        let native = match self.heap.functions.get(function.0) {
            Function::Native { native, .. } => *native,
            Function::Host(id) => {
                let id = *id;
                let args = self.thread.stack[func + 1..self.thread.top].to_vec();
                self.push_native(Kind::Host, func, args.len(), want, function)?;
                return Ok(Flow::Stop(Stop::Host(id, args)));
            }
            Function::Lua(_) => return Ok(Flow::Next),
        };
        let mut call = Call {
            heap: self.heap,
            protos: self.protos,
            thread: &mut self.thread,
            chain: self.chain,
            function,
            base: func + 1,
            given: args,
            fuel: self.fuel,
        };
        match native(&mut call) {
            Ok(Outcome::Return(count)) => {
                let first = self.thread.top - count;
                self.finish(func, first, count, want)
            }
            Ok(outcome) => {
                let given = args;
                self.native_goes_on(outcome, func, given, want, function)
            }
            Err(error) => Err(self.native_error(error, 0)),
        }
    }

    pub(super) fn push_native(
        &mut self,
        kind: Kind,
        func: usize,
        given: usize,
        want: Want,
        function: FnRef,
    ) -> Result<()> {
        self.push_frame(Frame {
            kind,
            want,
            func: func as u32,
            base: func as u32 + 1,
            pc: given as u32,
            function,
            proto: ProtoRef(0),
            env: TableRef(0),
            tail_calls: 0,
            aux: 0,
        })
    }

    /// A native function that is not done with its first turn.
    fn native_goes_on(
        &mut self,
        outcome: Outcome,
        func: usize,
        given: usize,
        want: Want,
        function: FnRef,
    ) -> Result<Flow> {
        match outcome {
            Outcome::Call { args, then } => {
                self.push_native(Kind::Native, func, given, want, function)?;
                self.thread.thens.push(Some(then));
                let callee = self.thread.top - args - 1;
                self.call(callee, args, Want::Continue)
            }
            Outcome::Pause(then) => {
                self.push_native(Kind::Native, func, given, want, function)?;
                self.thread.thens.push(Some(then));
                self.pause()
            }
            Outcome::Protect { handled } => self.protect(handled, func, given, want, function),
            Outcome::Resume { thread, first, wrapped } => {
                self.push_native(Kind::Resume { wrapped }, func, given, want, function)?;
                self.resume_coroutine(thread, first)
            }
            Outcome::Yield => self.yield_coroutine(func, given, want, function),
            Outcome::Return(count) => {
                let first = self.thread.top - count;
                self.finish(func, first, count, want)
            }
        }
    }

    fn pause(&mut self) -> Result<Flow> {
        if let Some(frame) = self.thread.frames.last_mut() {
            frame.aux = 0;
        }
        Ok(if *self.fuel == 0 { Flow::Stop(Stop::Spent) } else { Flow::Next })
    }

    /// The topmost frame is a native function whose callee returned, or that paused.
    pub(super) fn resume_native(&mut self, then: Option<Box<dyn Then>>) -> Result<Flow> {
        let Some(frame) = self.thread.frames.last() else { return Ok(Flow::Next) };
        let (func, want, results) = (frame.func as usize, frame.want, frame.aux as usize);
        let mut call = Call {
            heap: self.heap,
            protos: self.protos,
            chain: self.chain,
            function: frame.function,
            base: frame.base as usize,
            given: frame.pc as usize,
            thread: &mut self.thread,
            fuel: self.fuel,
        };
        let outcome = match then {
            Some(then) => then.resume(&mut call, results),
            None => Ok(Outcome::Return(results)),
        };
        match outcome {
            Ok(Outcome::Call { args, then }) => {
                self.set_then(then);
                let callee = self.thread.top - args - 1;
                self.call(callee, args, Want::Continue)
            }
            Ok(Outcome::Pause(then)) => {
                self.set_then(then);
                self.pause()
            }
            Ok(Outcome::Return(count)) => {
                self.thread.pop();
                let first = self.thread.top - count;
                self.finish(func, first, count, want)
            }
            Ok(_) => Err(Error::Raw(b"a native function cannot end so".into())),
            Err(error) => Err(self.native_error(error, 1)),
        }
    }

    fn set_then(&mut self, then: Box<dyn Then>) {
        if let Some(slot) = self.thread.thens.last_mut() {
            *slot = Some(then);
        }
    }

    /// `count` results stand from `first` on; the callee's frame is gone. They go where they are wanted.
    pub(super) fn finish(
        &mut self,
        func: usize,
        first: usize,
        count: usize,
        want: Want,
    ) -> Result<Flow> {
        let thread = &mut self.thread;
        match want {
            Want::Results(wanted) => {
                if first != func {
                    thread.stack.copy_within(first..first + count, func);
                }
                thread.top = func + count;
                if wanted >= 0 {
                    let wanted = wanted as usize;
                    if wanted > count {
                        thread.stack[func + count..func + wanted].fill(Value::Nil);
                    }
                }
                if self.heap.is_due() {
                    self.check_memory()?;
                }
                return Ok(Flow::Next);
            }
            Want::Continue => {
                thread.stack.copy_within(first..first + count, func);
                thread.top = func + count;
                if let Some(frame) = thread.frames.last_mut() {
                    frame.aux = count as u32;
                }
            }
            Want::Meta | Want::MetaNot => {
                let value = if count > 0 { thread.stack[first] } else { Value::Nil };
                let value = if want == Want::Meta { value } else { Value::Bool(!value.truthy()) };
                return self.finish_instruction(value);
            }
            Want::Iterate(wanted) => {
                let wanted = usize::from(wanted);
                thread.stack.copy_within(first..first + count.min(wanted), func);
                if wanted > count {
                    thread.stack[func + count..func + wanted].fill(Value::Nil);
                }
                thread.top = func + wanted;
                self.finish_iteration();
            }
        }
        self.check_memory()?;
        Ok(Flow::Next)
    }

    /// Returns from a Lua function: `count` values from register `first` on.
    pub(super) fn return_lua(&mut self, first: usize, count: usize) -> Result<Flow> {
        let Some(frame) = self.thread.frames.last() else { return Ok(Flow::Next) };
        let (func, base) = (frame.func as usize, frame.base as usize);
        if !self.thread.open.is_empty() {
            self.close_upvalues(base);
        }
        match self.thread.pop() {
            Some(frame) => self.finish(func, first, count, frame.want),
            None => Ok(Flow::Next),
        }
    }

    /// Shared variables from stack place `from` on go on alone.
    pub(super) fn close_upvalues(&mut self, from: usize) {
        while let Some((index, upval)) = self.thread.open.last().copied()
            && index as usize >= from
        {
            let value = self.thread.stack[index as usize];
            *self.heap.upvals.get_mut(upval.0) = Upval::Closed(value);
            self.thread.open.pop();
        }
    }

    /// Calls a metamethod of the instruction under way.
    pub(super) fn call_meta(&mut self, handler: Value, args: &[Value], want: Want) -> Result<Flow> {
        let Some(frame) = self.thread.frames.last() else { return Ok(Flow::Next) };
        let registers = usize::from(self.protos.get(frame.proto.0).registers);
        let func = frame.base as usize + registers;
        self.thread.top = func;
        self.thread.push(handler);
        for arg in args {
            self.thread.push(*arg);
        }
        self.call(func, args.len(), want)
    }
}
