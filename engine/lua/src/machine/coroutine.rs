//! Coroutines: who runs, who waits, what is handed over.

use super::{Flow, Machine, Result, Stop};
use crate::object::{Kind, Status, Want};
use crate::{Error, FnRef, ThreadRef, Value};

/// Coroutines that resumed each other, at most.
const MOST_COROUTINES: usize = 200;

impl Machine<'_> {
    /// The topmost frame waits for `thread`; its arguments from `first` on are handed over.
    pub(super) fn resume_coroutine(&mut self, thread: ThreadRef, first: usize) -> Result<Flow> {
        let status = if thread == self.current() {
            Status::Running
        } else {
            self.heap.threads.get(thread.0).status
        };
        let problem = match status {
            Status::Suspended if self.chain.len() >= MOST_COROUTINES => "C stack overflow",
            Status::Suspended => "",
            Status::Running => "cannot resume running coroutine",
            Status::Normal => "cannot resume normal coroutine",
            Status::Dead => "cannot resume dead coroutine",
        };
        if !problem.is_empty() {
            let value = self.heap.string(problem.as_bytes());
            return self.resume_failed(value);
        }
        let base = self.base();
        let args = self.thread.stack[base + first - 1..self.thread.top].to_vec();
        self.set_status(Status::Normal);
        self.store();
        self.chain.push(thread);
        self.load();
        self.set_status(Status::Running);
        match self.thread.pop() {
            Some(frame) => {
                let func = frame.func as usize;
                self.give(func, &args, frame.want)
            }
            None => {
                let function = self.thread.stack[0];
                self.thread.top = 0;
                self.thread.push(function);
                for arg in &args {
                    self.thread.push(*arg);
                }
                self.call(0, args.len(), Want::Results(-1))
            }
        }
    }

    /// These are the results of the call whose function stood at `func`.
    pub(super) fn give(&mut self, func: usize, values: &[Value], want: Want) -> Result<Flow> {
        self.thread.top = func;
        for value in values {
            self.thread.push(*value);
        }
        self.finish(func, func, values.len(), want)
    }

    /// The resume on top did not come to pass, or its coroutine died of an error.
    pub(super) fn resume_failed(&mut self, error: Value) -> Result<Flow> {
        let Some(frame) = self.thread.pop() else { return Ok(Flow::Next) };
        if matches!(frame.kind, Kind::Resume { wrapped: true }) {
            let Value::Str(text) = error else { return Err(Error::Thrown(error)) };
            let mut message = self.where_is(1, 0);
            message.extend_from_slice(self.heap.bytes(text));
            return Err(Error::Thrown(self.heap.string_from(message)));
        }
        self.give(frame.func as usize, &[Value::Bool(false), error], frame.want)
    }

    /// The running coroutine has no frame left: its results stand on its stack.
    pub(super) fn end_of_coroutine(&mut self) -> Result<Flow> {
        let values = self.thread.stack[..self.thread.top].to_vec();
        if self.chain.len() == 1 {
            return Ok(Flow::Stop(Stop::Done(values)));
        }
        self.leave(Status::Dead);
        self.hand_back(&values)
    }

    /// Goes back to whoever resumed the running coroutine.
    pub(super) fn leave(&mut self, status: Status) {
        self.set_status(status);
        self.store();
        self.chain.pop();
        self.load();
        self.set_status(Status::Running);
    }

    fn hand_back(&mut self, values: &[Value]) -> Result<Flow> {
        let Some(frame) = self.thread.pop() else { return Ok(Flow::Next) };
        let mut all = Vec::with_capacity(values.len() + 1);
        if matches!(frame.kind, Kind::Resume { wrapped: false }) {
            all.push(Value::Bool(true));
        }
        all.extend_from_slice(values);
        self.give(frame.func as usize, &all, frame.want)
    }

    pub(super) fn yield_coroutine(
        &mut self,
        func: usize,
        given: usize,
        want: Want,
        function: FnRef,
    ) -> Result<Flow> {
        if self.chain.len() == 1 || self.thread.native_depth > 0 || want.is_boundary() {
            let text = b"attempt to yield across metamethod/C-call boundary".to_vec();
            return Err(self.native_error(Error::Raw(text), 0));
        }
        self.push_native(Kind::Yield, func, given, want, function)?;
        let values = self.thread.stack[func + 1..self.thread.top].to_vec();
        self.leave(Status::Suspended);
        self.hand_back(&values)
    }
}
