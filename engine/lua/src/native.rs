//! What a native function sees: its arguments, the heap, and how it answers or calls back.

use std::sync::Arc;

use crate::heap::Arena;
use crate::object::{Function, Thread};
use crate::proto::Proto;
use crate::{Error, FnRef, Heap, StrRef, TableRef, ThreadRef, Value};

/// More values no native function may have on the stack.
const MOST_VALUES: usize = 8000;

/// A function written in Rust. Numbers of arguments begin at 1, as in Lua's messages.
pub type Native = fn(&mut Call<'_>) -> Result<Outcome, Error>;

/// How a native function ends its turn.
#[derive(Debug)]
pub enum Outcome {
    /// The last `n` values pushed are the results.
    Return(usize),
    /// The last `args + 1` values pushed are a function and its arguments: call it. Its results are then the
    /// topmost values, and `then` goes on. Everything below them stays as it was.
    Call {
        /// How many arguments were pushed behind the function.
        args: usize,
        /// What goes on afterwards.
        then: Box<dyn Then>,
    },
    /// Fuel is short ([`Call::spend`] said so): `then` goes on when there is some again, with no results.
    Pause(Box<dyn Then>),
    /// pcall and xpcall: the machine knows what to do with their arguments.
    #[doc(hidden)]
    Protect {
        /// xpcall.
        handled: bool,
    },
    /// coroutine.resume, or a wrapped function, whose arguments are all arguments from `first` on.
    #[doc(hidden)]
    Resume {
        /// Who.
        thread: ThreadRef,
        /// The first argument that is handed over.
        first: usize,
        /// Errors are thrown, not returned.
        wrapped: bool,
    },
    /// coroutine.yield.
    #[doc(hidden)]
    Yield,
}

/// The state of a native function that waits for a call of its own: plain data, no Lua values. Values it needs
/// later are among its arguments or were pushed ([`Call::push`]), where the collector finds them.
pub trait Then: std::fmt::Debug + Send + Sync {
    /// Goes on. The `results` topmost values are what the called function returned ([`Call::result`]).
    fn resume(self: Box<Self>, call: &mut Call<'_>, results: usize) -> Result<Outcome, Error>;

    /// A copy: the simulated world is cloned in the middle of scripts.
    fn copy(&self) -> Box<dyn Then>;
}

impl Clone for Box<dyn Then> {
    fn clone(&self) -> Box<dyn Then> {
        (**self).copy()
    }
}

/// One call of a native function: its part of the stack, and the heap.
#[derive(Debug)]
pub struct Call<'a> {
    /// All objects.
    pub heap: &'a mut Heap,
    pub(crate) protos: &'a mut Arena<Arc<Proto>>,
    pub(crate) thread: &'a mut Thread,
    /// The coroutines under way, the running one last.
    pub(crate) chain: &'a [ThreadRef],
    pub(crate) function: FnRef,
    /// Where argument 1 stands.
    pub(crate) base: usize,
    /// How many arguments were given.
    pub(crate) given: usize,
    pub(crate) fuel: &'a mut u64,
}

impl Call<'_> {
    /// The globals of the running coroutine.
    pub fn globals(&self) -> TableRef {
        self.thread.globals.unwrap_or(TableRef(0))
    }

    /// How many arguments were given.
    pub fn args(&self) -> usize {
        self.given
    }

    /// Argument or pushed value number `index` (from 1; pushed values follow the arguments); `nil` beyond.
    #[inline]
    pub fn arg(&self, index: usize) -> Value {
        let at = self.base + index - 1;
        if at < self.thread.top { self.thread.stack[at] } else { Value::Nil }
    }

    /// Whether argument `index` was not given at all.
    pub fn is_none(&self, index: usize) -> bool {
        index > self.given
    }

    /// Changes argument or pushed value number `index`; those between are `nil` if they were not there.
    pub fn set_arg(&mut self, index: usize, value: Value) {
        let at = self.base + index - 1;
        while self.thread.top <= at {
            self.thread.push(Value::Nil);
        }
        self.thread.stack[at] = value;
    }

    /// How many values stand here: arguments and pushed ones.
    pub fn height(&self) -> usize {
        self.thread.top - self.base
    }

    /// Whether `more` values may be pushed (lua_checkstack: 8000 are the most a function may have).
    pub fn can_push(&self, more: usize) -> bool {
        more <= MOST_VALUES && self.height() + more <= MOST_VALUES
    }

    /// Pushes a value; gives its number.
    pub fn push(&mut self, value: Value) -> usize {
        self.thread.push(value);
        self.height()
    }

    /// Drops pushed values (or arguments) until `height` are left, or pushes `nil`s (lua_settop).
    pub fn cut(&mut self, height: usize) {
        while self.height() < height {
            self.thread.push(Value::Nil);
        }
        self.thread.top = self.base + height;
    }

    /// Of `count` results on top, number `index` (from 1); `nil` beyond.
    pub fn result(&self, count: usize, index: usize) -> Value {
        if index > count {
            Value::Nil
        } else {
            self.thread.stack[self.thread.top - count + index - 1]
        }
    }

    /// Value number `index` (from 1) of the native closure's own; `nil` beyond.
    pub fn upvalue(&self, index: usize) -> Value {
        match self.heap.functions.get(self.function.0) {
            Function::Native { upvalues, .. } => {
                upvalues.get(index - 1).copied().unwrap_or_default()
            }
            _ => Value::Nil,
        }
    }

    /// Changes value number `index` of the native closure's own.
    pub fn set_upvalue(&mut self, index: usize, value: Value) {
        if let Function::Native { upvalues, .. } = self.heap.functions.get_mut(self.function.0)
            && let Some(slot) = upvalues.get_mut(index - 1)
        {
            *slot = value;
        }
    }

    /// The only result of the function.
    pub fn ret(&mut self, value: Value) -> Result<Outcome, Error> {
        self.thread.push(value);
        Ok(Outcome::Return(1))
    }

    /// A string as the only result.
    pub fn ret_bytes(&mut self, bytes: &[u8]) -> Result<Outcome, Error> {
        let value = self.heap.string(bytes);
        self.ret(value)
    }

    /// Calls `function` with `args`; `then` gets the results.
    pub fn call(
        &mut self,
        function: Value,
        args: &[Value],
        then: Box<dyn Then>,
    ) -> Result<Outcome, Error> {
        self.thread.push(function);
        for arg in args {
            self.thread.push(*arg);
        }
        Ok(Outcome::Call { args: args.len(), then })
    }

    /// Uses up `steps` of fuel (a byte compared, an element moved). Gives whether there is some left: if not, a
    /// long loop should end its turn with [`Outcome::Pause`].
    pub fn spend(&mut self, steps: u64) -> bool {
        *self.fuel = self.fuel.saturating_sub(steps);
        *self.fuel > 0
    }

    /// The error `expected expected, got type` for argument `index`.
    pub fn type_error(&self, index: usize, expected: &str) -> Error {
        let got = if self.is_none(index) { "no value" } else { self.arg(index).type_name() };
        Error::argument(index, format!("{expected} expected, got {got}"))
    }

    /// Argument `index` must be there, be it `nil`.
    pub fn any(&self, index: usize) -> Result<Value, Error> {
        if self.is_none(index) {
            Err(Error::argument(index, "value expected"))
        } else {
            Ok(self.arg(index))
        }
    }

    /// Argument `index` as a table.
    pub fn table(&self, index: usize) -> Result<TableRef, Error> {
        match self.arg(index) {
            Value::Table(table) => Ok(table),
            _ => Err(self.type_error(index, "table")),
        }
    }

    /// Argument `index` must be a function; gives it.
    pub fn function(&self, index: usize) -> Result<Value, Error> {
        match self.arg(index) {
            function @ Value::Function(_) => Ok(function),
            _ => Err(self.type_error(index, "function")),
        }
    }

    /// Argument `index` as a string; a number is written out (luaL_checklstring).
    pub fn string(&mut self, index: usize) -> Result<StrRef, Error> {
        match self.heap.to_string(self.arg(index)) {
            Some(string) => Ok(string),
            None => Err(self.type_error(index, "string")),
        }
    }

    /// The same, `None` where the argument is `nil` or not given.
    pub fn opt_string(&mut self, index: usize) -> Result<Option<StrRef>, Error> {
        if self.arg(index).is_nil() { Ok(None) } else { self.string(index).map(Some) }
    }

    /// Argument `index` as a number; a string that reads as one will do (luaL_checknumber).
    pub fn number(&self, index: usize) -> Result<f64, Error> {
        self.heap.to_number(self.arg(index)).ok_or_else(|| self.type_error(index, "number"))
    }

    /// The same, `default` where the argument is `nil` or not given.
    pub fn opt_number(&self, index: usize, default: f64) -> Result<f64, Error> {
        if self.arg(index).is_nil() { Ok(default) } else { self.number(index) }
    }

    /// Argument `index` as an integer: what is behind the point is cut off (luaL_checkinteger). What no i64 holds
    /// becomes i64::MIN, as the conversion of x86-64 has it.
    pub fn integer(&self, index: usize) -> Result<i64, Error> {
        self.number(index).map(crate::number::to_integer)
    }

    /// The same, `default` where the argument is `nil` or not given.
    pub fn opt_integer(&self, index: usize, default: i64) -> Result<i64, Error> {
        if self.arg(index).is_nil() { Ok(default) } else { self.integer(index) }
    }
}
