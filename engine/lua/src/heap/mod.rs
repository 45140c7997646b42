//! All objects of one Lua state, in arenas with index handles: a clone of it is a clone of the state.

mod arena;
mod collect;
mod meta;
mod strings;
mod tables;

pub(crate) use arena::Arena;
pub(crate) use meta::{Event, MOST_HANDLERS};
use strings::Strings;
pub(crate) use tables::READONLY;

use crate::object::{Closure, Function, Thread, Upval};
use crate::table::Table;
use crate::{Error, FnRef, Native, StrRef, TableRef, ThreadRef, UpvalRef, Value};

/// What a string uses beside its bytes.
const STRING_COST: usize = 40;
const TABLE_COST: usize = 80;
const FUNCTION_COST: usize = 48;
const THREAD_COST: usize = 200;
const UPVAL_COST: usize = 24;
/// Below this nothing is collected.
const FIRST_COLLECTION: usize = 1 << 18;
const DEFAULT_LIMIT: usize = 1 << 30;

/// Strings, tables, functions, coroutines. What it makes is not collected before the next step of a run.
#[derive(Clone, Debug)]
pub struct Heap {
    strings: Strings,
    /// What math.random draws from; `None`: it can only be called inside a script invocation.
    pub random: Option<crate::Random>,
    pub(crate) tables: Arena<Table>,
    pub(crate) functions: Arena<Function>,
    pub(crate) upvals: Arena<Upval>,
    pub(crate) threads: Arena<Thread>,
    /// The names of metamethods.
    pub(crate) events: [StrRef; Event::COUNT],
    string_metatable: Option<TableRef>,
    /// `next`, and what `ipairs` gives: the loop over instructions knows them.
    pub(crate) next_function: Option<FnRef>,
    pub(crate) ipairs_function: Option<FnRef>,
    /// Bytes in use, about.
    used: usize,
    /// Collect when more is in use.
    collect_at: usize,
    limit: usize,
    /// collectgarbage("stop").
    stopped: bool,
}

impl Default for Heap {
    fn default() -> Heap {
        let mut strings = Strings::default();
        let events = Event::NAMES.map(|name| strings.intern(name.as_bytes()).0);
        Heap {
            strings,
            random: Some(crate::Random::default()),
            tables: Arena::default(),
            functions: Arena::default(),
            upvals: Arena::default(),
            threads: Arena::default(),
            events,
            string_metatable: None,
            next_function: None,
            ipairs_function: None,
            used: 0,
            collect_at: FIRST_COLLECTION,
            limit: DEFAULT_LIMIT,
            stopped: false,
        }
    }
}

impl Heap {
    /// The string of these bytes.
    pub fn string(&mut self, bytes: &[u8]) -> Value {
        Value::Str(self.intern(bytes))
    }

    /// The same of a vector, without a copy where the string is new.
    pub fn string_from(&mut self, bytes: Vec<u8>) -> Value {
        let cost = bytes.len() + STRING_COST;
        let (string, new) = self.strings.intern_vec(bytes);
        self.used += if new { cost } else { 0 };
        Value::Str(string)
    }

    /// The string of these bytes.
    pub fn intern(&mut self, bytes: &[u8]) -> StrRef {
        let (string, new) = self.strings.intern(bytes);
        self.used += if new { bytes.len() + STRING_COST } else { 0 };
        string
    }

    /// The bytes of a string.
    #[inline]
    pub fn bytes(&self, string: StrRef) -> &[u8] {
        self.strings.bytes(string)
    }

    /// Whether `bytes` more bytes may be used: what builds something big asks first.
    ///
    /// # Errors
    /// [`Error::Memory`] if the limit would be passed.
    pub fn room(&self, bytes: usize) -> Result<(), Error> {
        if self.used > self.limit || bytes > self.limit - self.used {
            Err(Error::Memory)
        } else {
            Ok(())
        }
    }

    /// Whether more is in use than the limit allows.
    pub(crate) fn is_over_limit(&self) -> bool {
        self.used > self.limit
    }

    /// Whether it is time to collect.
    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        self.used > self.collect_at
    }

    pub(crate) fn set_limit(&mut self, bytes: usize) {
        self.limit = bytes;
        self.collect_at = self.collect_at.min(bytes);
    }

    /// Collects at the next occasion.
    pub(crate) fn collect_soon(&mut self) {
        self.collect_at = 0;
    }

    /// Stops the collector, or lets it go on.
    pub(crate) fn set_stopped(&mut self, stopped: bool) {
        self.stopped = stopped;
        self.collect_at = if stopped { self.limit } else { self.used };
    }

    /// A native function; its name is for diagnostics ([`Heap::native_name`]), messages name the variable.
    pub fn native(&mut self, name: &'static str, native: Native) -> Value {
        self.native_closure(name, native, &[])
    }

    /// The name that a native function was made with.
    pub fn native_name(&self, function: FnRef) -> Option<&'static str> {
        match self.functions.get(function.0) {
            Function::Native { name, .. } => Some(name),
            _ => None,
        }
    }

    /// A native function with values of its own ([`Call::upvalue`](crate::Call::upvalue)).
    pub fn native_closure(&mut self, name: &'static str, native: Native, own: &[Value]) -> Value {
        self.add_function(Function::Native { native, name, upvalues: own.into() })
    }

    /// A host function: calling it ends the step with [`Step::Host`](crate::Step::Host).
    pub fn host_function(&mut self, id: u32) -> Value {
        self.add_function(Function::Host(id))
    }

    /// Whether a function is no Lua code: a native or a host function.
    pub fn is_native(&self, function: FnRef) -> bool {
        !matches!(self.functions.get(function.0), Function::Lua(_))
    }

    pub(crate) fn closure(&mut self, closure: Closure) -> Value {
        self.used += closure.upvalues.len() * size_of::<UpvalRef>();
        self.add_function(Function::Lua(closure))
    }

    fn add_function(&mut self, function: Function) -> Value {
        self.used += FUNCTION_COST;
        Value::Function(FnRef(self.functions.add(function)))
    }

    pub(crate) fn upval(&mut self, upval: Upval) -> UpvalRef {
        self.used += UPVAL_COST;
        UpvalRef(self.upvals.add(upval))
    }

    pub(crate) fn thread(&mut self, thread: Thread) -> ThreadRef {
        self.used += THREAD_COST + thread.stack.len() * size_of::<Value>();
        ThreadRef(self.threads.add(thread))
    }

    /// Notes bytes that came into use beside what the heap counts itself.
    pub(crate) fn charge(&mut self, bytes: usize) {
        self.used += bytes;
    }

    /// The number that a value is or reads as (a string as strtod and base 16 of `0x`).
    #[inline]
    pub fn to_number(&self, value: Value) -> Option<f64> {
        match value {
            Value::Number(number) => Some(number),
            Value::Str(string) => crate::number::parse_number(self.bytes(string)),
            _ => None,
        }
    }

    /// The string that a value is, or that a number is written as (`%.14g`).
    pub fn to_string(&mut self, value: Value) -> Option<StrRef> {
        match value {
            Value::Str(string) => Some(string),
            Value::Number(number) => {
                let mut text = Vec::with_capacity(24);
                crate::number::write_number(&mut text, number);
                Some(self.intern(&text))
            }
            _ => None,
        }
    }

    /// Bytes in use, about.
    pub fn memory(&self) -> usize {
        self.used
    }
}
