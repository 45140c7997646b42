//! What lives in the heap besides strings and tables: functions, shared variables, coroutines and their frames.

use crate::machine::MOST_CALLS;
use crate::proto::Proto;
use crate::{FnRef, Native, ProtoRef, TableRef, Then, ThreadRef, UpvalRef, Value};

/// A function of any kind.
#[derive(Clone, Debug)]
pub(crate) enum Function {
    /// A closure of Lua code.
    Lua(Closure),
    /// A native function with values of its own.
    Native { native: Native, name: &'static str, upvalues: Box<[Value]> },
    /// A function of the host.
    Host(u32),
}

#[derive(Clone, Debug)]
pub(crate) struct Closure {
    pub(crate) proto: ProtoRef,
    pub(crate) env: TableRef,
    pub(crate) upvalues: Box<[UpvalRef]>,
}

/// A variable that closures share: still in its function's register, or on its own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Upval {
    Open { thread: ThreadRef, index: u32 },
    Closed(Value),
}

/// What coroutine.status tells, nearly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Status {
    /// Not begun, or yielded.
    #[default]
    Suspended,
    Running,
    /// It resumed another one.
    Normal,
    Dead,
}

/// A coroutine, or the main thread of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Thread {
    pub(crate) stack: Vec<Value>,
    pub(crate) frames: Vec<Frame>,
    /// Shared variables that are still on this stack, by index, lowest first.
    pub(crate) open: Vec<(u32, UpvalRef)>,
    pub(crate) status: Status,
    /// First free place above what is in use.
    pub(crate) top: usize,
    /// How the native functions go on that called something ([`Kind::Native`]), the topmost last; none for the time
    /// in which one does. They are not in their frames, so that those can be pushed and popped quickly.
    pub(crate) thens: Vec<Option<Box<dyn Then>>>,
    /// Calls that would nest C functions in PUC's Lua.
    pub(crate) native_depth: u16,
    /// What `load` and natives take for globals.
    pub(crate) globals: Option<TableRef>,
}

/// What becomes of the results of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// They go to where the function stood; so many, or all (-1).
    Results(i16),
    /// The first finishes the caller's instruction, which is in the middle of a metamethod.
    Meta,
    /// The same, negated: `a <= b` was asked as `not (b < a)`.
    MetaNot,
    /// So many are the variables of a `for … in`.
    Iterate(u8),
    /// They are left on top for the native function below, which goes on.
    Continue,
}

impl Want {
    /// Whether PUC's Lua nests a call of a C function here: there are limits to that, and no yield goes across.
    pub(crate) fn is_boundary(self) -> bool {
        !matches!(self, Want::Results(_))
    }
}

/// Whose call it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A Lua function's.
    Lua,
    /// A native function's that called something, and goes on.
    Native,
    /// pcall.
    Protected,
    /// xpcall; the handler is at the frame's base.
    Handled,
    /// The handler of xpcall at work on an error; its result is the error value.
    Handler,
    /// A host function that was not answered yet.
    Host,
    /// coroutine.resume (or a wrapped function) waits for another coroutine.
    Resume { wrapped: bool },
    /// coroutine.yield waits to be resumed.
    Yield,
}

/// One call under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    pub(crate) want: Want,
    /// Where the function stands on the stack.
    pub(crate) func: u32,
    /// Its first register or argument.
    pub(crate) base: u32,
    /// The next instruction; for natives, how many arguments were given.
    pub(crate) pc: u32,
    pub(crate) function: FnRef,
    pub(crate) proto: ProtoRef,
    /// A Lua function's globals.
    pub(crate) env: TableRef,
    /// Calls that this one replaced.
    pub(crate) tail_calls: u32,
    /// How far a concatenation is; for natives, how many results the function they called gave.
    pub(crate) aux: u32,
}

/// What the loop over instructions knows of the frame that it runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    pub(crate) base: u32,
    pub(crate) pc: u32,
    pub(crate) function: FnRef,
    pub(crate) proto: ProtoRef,
    pub(crate) env: TableRef,
}

impl Frame {
    /// A call of a Lua function that stands at `func`, its parameters right above.
    #[inline]
    pub(crate) fn lua(func: usize, want: Want, function: FnRef, closure: &Closure) -> Frame {
        Frame {
            kind: Kind::Lua,
            want,
            func: func as u32,
            base: func as u32 + 1,
            pc: 0,
            function,
            proto: closure.proto,
            env: closure.env,
            tail_calls: 0,
            aux: 0,
        }
    }

    #[inline]
    pub(crate) fn is_lua(&self) -> bool {
        matches!(self.kind, Kind::Lua)
    }
}

impl Thread {
    /// Puts a value above what is in use.
    #[inline]
    pub(crate) fn push(&mut self, value: Value) {
        match self.stack.get_mut(self.top) {
            Some(slot) => *slot = value,
            None => self.stack.push(value),
        }
        self.top += 1;
    }

    /// Makes room for a window of registers.
    #[inline]
    pub(crate) fn need(&mut self, size: usize) {
        if self.stack.len() < size {
            self.stack.resize(size + size / 2, Value::Nil);
        }
    }

    /// Where the topmost frame is, if it is a Lua function's.
    #[inline(always)]
    pub(crate) fn running(&self) -> Option<At> {
        let frame = self.frames.last().filter(|frame| frame.is_lua())?;
        let Frame { base, pc, function, proto, env, .. } = *frame;
        Some(At { base, pc, function, proto, env })
    }

    /// Notes where the topmost frame goes on.
    #[inline(always)]
    pub(crate) fn set_pc(&mut self, pc: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.pc = pc as u32;
        }
    }

    /// Enters a Lua function called by another, if it has no `...` and is not too deep. Gives where it begins, if
    /// that was done.
    #[inline(always)]
    pub(crate) fn enter_plain(
        &mut self,
        code: &Proto,
        func: usize,
        args: usize,
        want: Want,
        function: FnRef,
        closure: &Closure,
    ) -> Option<At> {
        if code.is_vararg || self.frames.len() >= MOST_CALLS {
            return None;
        }
        let (base, params) = (func + 1, usize::from(code.params));
        if args < params {
            self.stack.get_mut(base + args..base + params)?.fill(Value::Nil);
        }
        // Not made before: what is put together in memory, and moved, is waited for.
        self.frames.push(Frame::lua(func, want, function, closure));
        let Closure { proto, env, .. } = *closure;
        Some(At { base: base as u32, pc: 0, function, proto, env })
    }

    /// Returns `count` values from `first` on, where that is no more than moving a known number of them: from a Lua
    /// function to another, no shared variables being left behind. Gives whether it was done.
    #[inline(always)]
    pub(crate) fn return_plain(&mut self, first: usize, count: usize) -> bool {
        let Some(frame) = self.frames.last() else { return false };
        let Want::Results(wanted @ 0..) = frame.want else { return false };
        if self.open.last().is_some_and(|(at, _)| *at >= frame.base) {
            return false;
        }
        let (func, wanted) = (frame.func as usize, wanted as usize);
        if wanted == 1 && count >= 1 {
            self.stack[func] = self.stack[first];
        } else {
            let both = count.min(wanted);
            self.stack.copy_within(first..first + both, func);
            self.stack[func + both..func + wanted].fill(Value::Nil);
        }
        self.frames.pop();
        true
    }

    /// Removes the topmost frame.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Frame> {
        let frame = self.frames.pop()?;
        if frame.want.is_boundary() {
            self.native_depth -= 1;
        }
        if matches!(frame.kind, Kind::Native) {
            self.thens.pop();
        }
        Some(frame)
    }
}
