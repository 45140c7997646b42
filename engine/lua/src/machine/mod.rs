//! The machine: frames of Lua and native functions on the stacks of coroutines, one instruction at a time.

mod arith;
mod call;
mod closure;
mod coroutine;
mod execute;
mod names;
pub(crate) mod place;
mod slow;
mod throw;

use std::sync::Arc;

use crate::heap::Arena;
use crate::object::{Kind, Status, Thread, Want};
use crate::proto::Proto;
use crate::{Error, Heap, Place, TableRef, ThreadRef, Value};

/// Calls of Lua functions inside each other, at most (LUAI_MAXCALLS).
pub(crate) const MOST_CALLS: usize = 20_000;
/// Calls through native functions and metamethods inside each other, at most (LUAI_MAXCCALLS).
const MOST_NATIVE_DEPTH: u16 = 200;
/// Registers a window shows.
pub(crate) const WINDOW: usize = 256;

/// Why the machine stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    Done(Vec<Value>),
    Failed(Value, Vec<Place>),
    Host(u32, Vec<Value>),
    Spent,
}

/// What is to be done after a turn.
#[derive(Debug)]
enum Flow {
    Next,
    Stop(Stop),
}

type Result<T> = std::result::Result<T, Error>;

/// A run at work. The running coroutine is taken out of the heap for the time.
#[derive(Debug)]
pub(crate) struct Machine<'a> {
    pub(crate) heap: &'a mut Heap,
    pub(crate) protos: &'a mut Arena<Arc<Proto>>,
    pub(crate) thread: Thread,
    /// Coroutines that resumed each other; the running one is the last.
    pub(crate) chain: &'a mut Vec<ThreadRef>,
    pub(crate) fuel: &'a mut u64,
    /// The last error came from a native function that has no frame.
    pub(crate) native_threw: bool,
    /// What must stay alive beside this run.
    pub(crate) roots: &'a [Value],
}

impl Machine<'_> {
    /// The coroutine that runs.
    fn current(&self) -> ThreadRef {
        self.chain[self.chain.len() - 1]
    }

    /// Brings the running coroutine back from the heap.
    pub(crate) fn load(&mut self) {
        let current = self.current();
        self.thread = std::mem::take(self.heap.threads.get_mut(current.0));
    }

    /// Puts it back into the heap.
    pub(crate) fn store(&mut self) {
        let current = self.current();
        *self.heap.threads.get_mut(current.0) = std::mem::take(&mut self.thread);
    }

    pub(crate) fn run(&mut self) -> Stop {
        loop {
            let error = match self.turn() {
                Ok(Flow::Next) => continue,
                Ok(Flow::Stop(stop)) => return stop,
                Err(error) => error,
            };
            if let Some(stop) = self.throw(error) {
                return stop;
            }
        }
    }

    /// Begins: the function stands at the bottom of the stack.
    pub(crate) fn begin(&mut self, args: usize) -> Stop {
        let result = self.call(0, args, Want::Results(-1));
        self.go_from(result)
    }

    /// The host function on top is answered.
    pub(crate) fn answered(&mut self, answer: Result<Vec<Value>>) -> Stop {
        let result = match answer {
            Ok(values) => match self.thread.pop() {
                Some(frame) => self.give(frame.func as usize, &values, frame.want),
                None => Ok(Flow::Next),
            },
            Err(error) => Err(self.native_error(error, 1)),
        };
        self.go_from(result)
    }

    fn go_from(&mut self, result: Result<Flow>) -> Stop {
        match result {
            Ok(Flow::Stop(stop)) => return stop,
            Ok(Flow::Next) => {}
            Err(error) => {
                if let Some(stop) = self.throw(error) {
                    return stop;
                }
            }
        }
        self.run()
    }

    fn turn(&mut self) -> Result<Flow> {
        let Some(frame) = self.thread.frames.last_mut() else { return self.end_of_coroutine() };
        match frame.kind {
            Kind::Lua => self.execute(),
            Kind::Native => {
                // A native function that calls back without end stops here too.
                if *self.fuel == 0 {
                    return Ok(Flow::Stop(Stop::Spent));
                }
                *self.fuel -= 1;
                let then = self.thread.thens.last_mut().and_then(Option::take);
                self.resume_native(then)
            }
            Kind::Protected | Kind::Handled => self.end_of_protected(),
            Kind::Handler => self.end_of_handler(),
            Kind::Host | Kind::Resume { .. } | Kind::Yield => {
                // Nobody runs these: they wait for an answer.
                Err(Error::Raw(b"a call that waits was resumed".into()))
            }
        }
    }

    /// Collects garbage if it is time.
    fn check_memory(&mut self) -> Result<()> {
        if self.heap.is_due() {
            self.collect();
            if self.heap.is_over_limit() {
                return Err(Error::Memory);
            }
        }
        Ok(())
    }

    fn collect(&mut self) {
        self.store();
        let mut roots = self.roots.to_vec();
        roots.extend(self.chain.iter().map(|thread| Value::Thread(*thread)));
        self.heap.collect(self.protos, &roots);
        self.load();
    }

    /// The globals of the running coroutine.
    fn globals(&self) -> TableRef {
        self.thread.globals.unwrap_or(TableRef(0))
    }

    /// The base of the topmost frame, which is a Lua function's.
    fn base(&self) -> usize {
        self.thread.frames.last().map_or(0, |frame| frame.base as usize)
    }

    fn register(&self, register: u8) -> Value {
        self.thread.stack[self.base() + usize::from(register)]
    }

    fn set_register(&mut self, register: u8, value: Value) {
        let at = self.base() + usize::from(register);
        self.thread.stack[at] = value;
    }

    fn set_status(&mut self, status: Status) {
        self.thread.status = status;
    }
}
