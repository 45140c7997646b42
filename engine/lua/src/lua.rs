//! One Lua state: what a host makes, loads, starts and resumes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::compile::compile;
use crate::heap::Arena;
use crate::machine::{Machine, Stop};
use crate::object::{Closure, Function, Kind, Thread};
use crate::proto::Proto;
use crate::{CompileError, Error, Heap, Native, Place, TableRef, ThreadRef, Value};

/// A Lua state. Plain data: a clone goes its own way from here on, also in the middle of a run.
#[derive(Clone, Debug)]
pub struct Lua {
    /// All objects.
    pub heap: Heap,
    protos: Arena<Arc<Proto>>,
    globals: TableRef,
    pinned: BTreeMap<String, Value>,
    runs: BTreeMap<u32, Running>,
    next_run: u32,
}

/// A run of a function: a name for what [`Lua::start`] began. It is valid in clones of the state too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run(pub(crate) u32);

#[derive(Clone, Debug)]
struct Running {
    /// Coroutines that resumed each other, the main one first.
    chain: Vec<ThreadRef>,
    /// How many arguments wait for the first step.
    begin: Option<usize>,
    /// What the host answered.
    answer: Option<Result<Vec<Value>, Error>>,
}

/// Why [`Lua::resume`] came back.
#[derive(Clone, Debug)]
pub enum Step {
    /// The function returned this; the run is over.
    Done(Vec<Value>),
    /// An error that nobody caught; the run is over.
    Failed {
        /// The error value.
        error: Value,
        /// The stack at the throw, innermost first (at most 8): `[0]` is what an error handler finds at level 2 of
        /// debug.getinfo, `[1]` at level 3.
        places: Vec<Place>,
    },
    /// A host function was called: answer with [`Lua::answer`], then resume.
    Host {
        /// As given to [`Heap::host_function`].
        id: u32,
        /// Its arguments.
        args: Vec<Value>,
    },
    /// The fuel is used up: resume with more.
    Spent,
}

impl Default for Lua {
    fn default() -> Lua {
        Lua::new()
    }
}

impl Lua {
    /// A fresh state with the libraries that Redis opens: what 7.0.15 leaves in EVAL's environment, but `redis`.
    pub fn new() -> Lua {
        let mut heap = Heap::default();
        let globals = heap.table(0, 64);
        let mut lua = Lua {
            heap,
            protos: Arena::default(),
            globals,
            pinned: BTreeMap::new(),
            runs: BTreeMap::new(),
            next_run: 0,
        };
        crate::lib_base::open(&mut lua);
        crate::libs::open(&mut lua);
        lua
    }

    /// The table of globals (`_G`): what functions loaded from here on use.
    pub fn globals(&self) -> TableRef {
        self.globals
    }

    /// A global, without metamethods.
    pub fn global(&self, name: &str) -> Value {
        self.heap.raw_get_field(self.globals, name)
    }

    /// Sets a global, without metamethods; a readonly table of globals is no hindrance to the host.
    pub fn set_global(&mut self, name: &str, value: Value) {
        self.set_field(self.globals, name, value);
    }

    fn set_field(&mut self, table: TableRef, name: &str, value: Value) {
        let name = self.heap.string(name.as_bytes());
        // A string is a proper key: nothing can be wrong, but the memory limit.
        let _ = self.heap.put(table, name, value);
    }

    /// Makes the table of functions `functions` as global `name` (or adds to it if it is there), and gives it.
    pub fn library(&mut self, name: &str, functions: &[(&'static str, Native)]) -> TableRef {
        let table = match self.global(name) {
            Value::Table(table) => table,
            _ => self.heap.table(0, functions.len()),
        };
        self.set_global(name, Value::Table(table));
        for (name, native) in functions {
            let function = self.heap.native(name, *native);
            self.set_field(table, name, function);
        }
        table
    }

    /// Compiles a chunk. `name` as luaL_loadbuffer's: `@user_script` shows as `user_script` in messages.
    ///
    /// # Errors
    /// The source is no Lua.
    pub fn load(&mut self, name: &[u8], source: &[u8]) -> Result<Value, CompileError> {
        let proto = compile(&mut self.heap, &mut self.protos, name, source, 0)?;
        self.heap.charge(self.protos.get(proto.0).bytes());
        let closure = Closure { proto, env: self.globals, upvalues: Box::default() };
        Ok(self.heap.closure(closure))
    }

    /// Gives a Lua function another table of globals (lua_setfenv). Calls of it that are under way keep theirs.
    pub fn set_environment(&mut self, function: Value, globals: TableRef) {
        if let Value::Function(function) = function
            && let Function::Lua(closure) = self.heap.functions.get_mut(function.0)
        {
            closure.env = globals;
        }
    }

    /// Begins a call of `function`; nothing runs before [`Lua::resume`].
    pub fn start(&mut self, function: Value, args: &[Value]) -> Run {
        let mut stack = vec![function];
        stack.extend_from_slice(args);
        let top = stack.len();
        let thread = Thread { stack, top, globals: Some(self.globals), ..Thread::default() };
        // Redis calls it from C.
        let thread = Thread { native_depth: 1, ..thread };
        let thread = self.heap.thread(thread);
        let id = self.next_run;
        self.next_run += 1;
        let running = Running { chain: vec![thread], begin: Some(args.len()), answer: None };
        self.runs.insert(id, running);
        Run(id)
    }

    /// Goes on until the run ends, calls the host, or has used up `fuel`. A unit of fuel is a call or a round of
    /// a loop, or what a native function counts ([`Call::spend`](crate::Call::spend)); `fuel` is counted down.
    /// A run that is over fails with nil.
    pub fn resume(&mut self, run: Run, fuel: &mut u64) -> Step {
        let Some(mut running) = self.runs.remove(&run.0) else {
            return Step::Failed { error: Value::Nil, places: Vec::new() };
        };
        let mut roots: Vec<Value> = self.pinned.values().copied().collect();
        roots.push(Value::Table(self.globals));
        let others = self.runs.values().flat_map(|running| &running.chain);
        roots.extend(others.map(|thread| Value::Thread(*thread)));
        let mut machine = Machine {
            heap: &mut self.heap,
            protos: &mut self.protos,
            thread: Thread::default(),
            chain: &mut running.chain,
            fuel,
            native_threw: false,
            roots: &roots,
        };
        machine.load();
        let stop = machine.go_on(running.begin.take(), running.answer.take());
        machine.store();
        match stop {
            Stop::Done(values) => Step::Done(values),
            Stop::Failed(error, places) => Step::Failed { error, places },
            Stop::Host(id, args) => {
                self.runs.insert(run.0, running);
                Step::Host { id, args }
            }
            Stop::Spent => {
                self.runs.insert(run.0, running);
                Step::Spent
            }
        }
    }

    /// Answers the host function that stopped the run: its results, or an error to be thrown where it was called.
    pub fn answer(&mut self, run: Run, answer: Result<&[Value], Error>) {
        if let Some(running) = self.runs.get_mut(&run.0) {
            running.answer = Some(answer.map(<[Value]>::to_vec));
        }
    }

    /// Ends the run where it stands, past every `pcall`: a script that was killed catches nothing.
    pub fn abort(&mut self, run: Run) {
        self.runs.remove(&run.0);
    }

    /// The stack of a stopped run, innermost first, at most 8 places.
    pub fn places(&mut self, run: Run) -> Vec<Place> {
        let Some(running) = self.runs.get_mut(&run.0) else { return Vec::new() };
        let mut machine = Machine {
            heap: &mut self.heap,
            protos: &mut self.protos,
            thread: Thread::default(),
            chain: &mut running.chain,
            fuel: &mut 0,
            native_threw: false,
            roots: &[],
        };
        machine.load();
        let places = machine.places();
        machine.store();
        places
    }

    /// Keeps a value alive under a name until [`Lua::unpin`]; what was there is let go of.
    pub fn pin(&mut self, name: &str, value: Value) {
        self.pinned.insert(name.to_owned(), value);
    }

    /// The value pinned under a name.
    pub fn pinned(&self, name: &str) -> Option<Value> {
        self.pinned.get(name).copied()
    }

    /// Lets go of it.
    pub fn unpin(&mut self, name: &str) {
        self.pinned.remove(name);
    }

    /// Collects garbage now. Values that are neither pinned nor reachable from globals or runs are gone.
    pub fn collect(&mut self) {
        let mut roots: Vec<Value> = self.pinned.values().copied().collect();
        roots.push(Value::Table(self.globals));
        let threads = self.runs.values().flat_map(|running| &running.chain);
        roots.extend(threads.map(|thread| Value::Thread(*thread)));
        for answer in self.runs.values().filter_map(|running| running.answer.as_ref()) {
            match answer {
                Ok(values) => roots.extend_from_slice(values),
                Err(Error::Thrown(value)) => roots.push(*value),
                Err(_) => {}
            }
        }
        self.heap.collect(&mut self.protos, &roots);
    }

    /// Bytes in use, about (`used_memory_lua`).
    pub fn memory(&self) -> usize {
        self.heap.memory()
    }

    /// From here on more than `bytes` in use is the error `not enough memory` (default: 1 GiB).
    pub fn set_memory_limit(&mut self, bytes: usize) {
        self.heap.set_limit(bytes);
    }
}

impl Machine<'_> {
    /// The first step of a run, or the next.
    fn go_on(&mut self, begin: Option<usize>, answer: Option<Result<Vec<Value>, Error>>) -> Stop {
        if let Some(args) = begin {
            return self.begin(args);
        }
        if let Some(frame) = self.thread.frames.last()
            && matches!(frame.kind, Kind::Host)
        {
            let answer = answer.unwrap_or_else(|| Ok(Vec::new()));
            return self.answered(answer);
        }
        self.run()
    }
}
