//! Errors: who says what where, and who catches it.

use super::place::position;
use super::{Flow, MOST_NATIVE_DEPTH, Machine, Result, Stop};
use crate::object::{Frame, Kind, Status, Want};
use crate::{Error, FnRef, ProtoRef, TableRef, Value};

impl Machine<'_> {
    /// pcall and xpcall: a frame that catches, and the call inside it.
    pub(super) fn protect(
        &mut self,
        handled: bool,
        func: usize,
        given: usize,
        want: Want,
        function: FnRef,
    ) -> Result<Flow> {
        if !handled {
            self.push_native(Kind::Protected, func, given, want, function)?;
            return self.call(func + 1, given - 1, Want::Continue);
        }
        self.push_native(Kind::Handled, func, given, want, function)?;
        self.thread.stack.swap(func + 1, func + 2);
        self.thread.top = func + 3;
        self.call(func + 2, 0, Want::Continue)
    }

    /// What pcall or xpcall called came back without an error.
    pub(super) fn end_of_protected(&mut self) -> Result<Flow> {
        let Some(frame) = self.thread.pop() else { return Ok(Flow::Next) };
        let func = frame.func as usize;
        let first = if matches!(frame.kind, Kind::Handled) { func + 1 } else { func };
        self.thread.stack[first] = Value::Bool(true);
        self.finish(func, first, frame.aux as usize + 1, frame.want)
    }

    /// xpcall's handler made another error value of an error.
    pub(super) fn end_of_handler(&mut self) -> Result<Flow> {
        let Some(frame) = self.thread.frames.last() else { return Ok(Flow::Next) };
        let count = frame.aux as usize;
        let value = if count > 0 { self.thread.stack[self.thread.top - count] } else { Value::Nil };
        match self.thread.frames.iter().rposition(|frame| matches!(frame.kind, Kind::Handled)) {
            Some(at) => self.catch(at, value),
            None => Ok(Flow::Next),
        }
    }

    /// Frame number `at` catches an error.
    fn catch(&mut self, at: usize, value: Value) -> Result<Flow> {
        while self.thread.frames.len() > at + 1 {
            self.thread.pop();
        }
        let Some(frame) = self.thread.pop() else { return Ok(Flow::Next) };
        self.close_upvalues(frame.base as usize);
        let func = frame.func as usize;
        self.thread.top = func;
        self.thread.push(Value::Bool(false));
        self.thread.push(value);
        if let (Kind::Protected, Value::Table(table)) = (&frame.kind, value) {
            // Redis's pcall looks for a text in the table's `err`, and leaves there what else it finds.
            let other = self.heap.raw_get_field(table, "err");
            self.thread.push(other);
        }
        self.finish(func, func, self.thread.top - func, frame.want)
    }

    /// An error of a native function as a value. `own_frames`: whether the function has a frame.
    pub(super) fn native_error(&mut self, error: Error, own_frames: usize) -> Error {
        self.native_threw = own_frames == 0;
        let mut text = match &error {
            Error::Message(_) | Error::Argument { .. } => self.where_is(1, own_frames),
            Error::Raw(_) => Vec::new(),
            Error::Thrown(_) | Error::Memory => return error,
        };
        match error {
            Error::Message(message) | Error::Raw(message) => text.extend_from_slice(&message),
            Error::Argument { index, text: problem } => {
                self.bad_argument(index, &problem, own_frames, &mut text);
            }
            Error::Thrown(_) | Error::Memory => {}
        }
        Error::Thrown(self.heap.string_from(text))
    }

    fn bad_argument(&self, index: usize, problem: &[u8], own: usize, text: &mut Vec<u8>) {
        let frames = &self.thread.frames;
        let caller = frames.len().checked_sub(1 + own).and_then(|at| frames.get(at));
        let name = caller.and_then(|frame| self.called_name(frame));
        let mut index = index;
        let (kind, name) = name.unwrap_or(("", b"?".to_vec()));
        if kind == "method" {
            index -= 1;
            if index == 0 {
                text.extend_from_slice(b"calling '");
                text.extend_from_slice(&name);
                text.extend_from_slice(b"' on bad self (");
                text.extend_from_slice(problem);
                return text.push(b')');
            }
        }
        text.extend_from_slice(format!("bad argument #{index} to '").as_bytes());
        text.extend_from_slice(&name);
        text.extend_from_slice(b"' (");
        text.extend_from_slice(problem);
        text.push(b')');
    }

    /// An error of the machine itself as a value: behind the line under way, if Lua code is.
    fn error_value(&mut self, error: Error) -> Value {
        let message = match error {
            Error::Thrown(value) => return value,
            Error::Memory => return self.heap.string(b"not enough memory"),
            Error::Raw(text) | Error::Message(text) | Error::Argument { text, .. } => text,
        };
        let mut text = match self.thread.frames.last() {
            Some(frame) => position(self.protos, frame),
            None => Vec::new(),
        };
        text.extend_from_slice(&message);
        self.heap.string_from(text)
    }

    /// An error: somebody catches it (`None`), or the run fails.
    pub(super) fn throw(&mut self, error: Error) -> Option<Stop> {
        let mut error = error;
        loop {
            let memory = matches!(error, Error::Memory);
            if memory {
                // What was to be built is dropped: that must be enough for the message.
                self.collect();
            }
            let value = self.error_value(error);
            let places = self.places();
            self.native_threw = false;
            match self.throw_value(value, memory) {
                Ok(Flow::Next) => return None,
                Ok(Flow::Stop(Stop::Failed(value, _))) => return Some(Stop::Failed(value, places)),
                Ok(Flow::Stop(stop)) => return Some(stop),
                Err(another) => error = another,
            }
        }
    }

    fn throw_value(&mut self, value: Value, memory: bool) -> Result<Flow> {
        let catches =
            |frame: &Frame| matches!(frame.kind, Kind::Protected | Kind::Handled | Kind::Handler);
        let Some(at) = self.thread.frames.iter().rposition(catches) else {
            if self.chain.len() == 1 {
                return Ok(Flow::Stop(Stop::Failed(value, Vec::new())));
            }
            self.close_upvalues(0);
            self.thread.frames.clear();
            self.thread.thens.clear();
            self.thread.native_depth = 0;
            self.leave(Status::Dead);
            return self.resume_failed(value);
        };
        if matches!(self.thread.frames[at].kind, Kind::Protected) {
            let value = self.without_table(value);
            return self.catch(at, value);
        }
        let handled = |frame: &Frame| matches!(frame.kind, Kind::Handled);
        let Some(at) = self.thread.frames.iter().rposition(handled) else {
            return Ok(Flow::Next);
        };
        if memory {
            return self.catch(at, value);
        }
        let handler = self.thread.stack[self.thread.frames[at].base as usize];
        let exhausted = self.thread.native_depth + 2 >= MOST_NATIVE_DEPTH;
        if exhausted || !matches!(handler, Value::Function(_)) {
            let value = self.heap.string(b"error in error handling");
            return self.catch(at, value);
        }
        self.call_handler(handler, value)
    }

    /// Redis's pcall gives the text of an error that is a table, as errors were before 7.0.
    fn without_table(&self, error: Value) -> Value {
        let Value::Table(table) = error else { return error };
        match self.heap.raw_get_field(table, "err") {
            text @ (Value::Str(_) | Value::Number(_)) => text,
            _ => error,
        }
    }

    /// Calls xpcall's handler above everything that is in use, the erring frames still being there.
    fn call_handler(&mut self, handler: Value, value: Value) -> Result<Flow> {
        let mut func = self.thread.top;
        if let Some(frame) = self.thread.frames.last().filter(|frame| frame.is_lua()) {
            let registers = usize::from(self.protos.get(frame.proto.0).registers);
            func = func.max(frame.base as usize + registers);
        }
        self.thread.native_depth += 1;
        self.thread.frames.push(Frame {
            kind: Kind::Handler,
            want: Want::Continue,
            func: func as u32,
            base: func as u32,
            pc: 0,
            function: FnRef(0),
            proto: ProtoRef(0),
            env: TableRef(0),
            tail_calls: 0,
            aux: 0,
        });
        self.thread.need(func + 2);
        self.thread.top = func;
        self.thread.push(handler);
        self.thread.push(value);
        self.call(func, 1, Want::Continue)
    }
}
