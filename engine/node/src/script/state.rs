//! What a node knows of scripts: the cache of EVAL, the libraries, and the Lua states of both.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use engine_base::LinkId;
use engine_lua::{Lua, Random, Value};

use super::flags::{ScriptFlags, read_shebang};
use super::libraries::Libraries;
use super::library::{FunctionTables, sha1_hex, state_of_functions, state_of_scripts};
use super::running::Running;
use crate::apart::cloned_apart;
use crate::command::{Fail, shown};
use crate::transaction::Queued;

/// A script of the cache.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// What it says of itself.
    pub(crate) flags: ScriptFlags,
}

/// Scripts and functions of a node.
#[derive(Clone, Default)]
pub(crate) struct Scripts {
    /// The script that runs and has been put aside until its next slice of time.
    pub(super) running: Option<Box<Running>>,
    /// One is running, put aside or not.
    pub(super) runs: bool,
    /// Nothing before the first script.
    kept: Option<Box<Kept>>,
    /// The client that carries out what scripts call.
    pub(super) client: Option<LinkId>,
}

struct Kept {
    /// By digest, in lower case.
    cache: BTreeMap<[u8; 40], Script>,
    libraries: Libraries,
    evals: Option<Arc<Lua>>,
    functions: Option<(Arc<Lua>, FunctionTables)>,
    eval_bytes: usize,
    function_bytes: usize,
    cache_bytes: usize,
    /// What each state took after garbage was last collected.
    eval_floor: usize,
    function_floor: usize,
    /// What math.random draws from.
    random: Random,
}

cloned_apart!(Kept {
    cache,
    libraries,
    evals,
    functions,
    eval_bytes,
    function_bytes,
    cache_bytes,
    eval_floor,
    function_floor,
    random,
});

/// The first state of `math.random` in a process.
const RANDOM: i32 = 0x1234_abcd;

impl Default for Kept {
    fn default() -> Self {
        Self {
            cache: BTreeMap::new(),
            libraries: Libraries::default(),
            evals: None,
            functions: None,
            eval_bytes: 0,
            function_bytes: 0,
            cache_bytes: 0,
            eval_floor: 0,
            function_floor: 0,
            random: Random::seeded(RANDOM),
        }
    }
}

/// Figures of `INFO memory`, in bytes or pieces.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ScriptMemory {
    /// `used_memory_vm_eval` and `used_memory_vm_functions`
    pub(crate) eval_state: usize,
    pub(crate) function_state: usize,
    /// `used_memory_scripts_eval` and `used_memory_functions`
    pub(crate) cache: usize,
    pub(crate) libraries: usize,
    pub(crate) cached: usize,
    pub(crate) functions: usize,
    pub(crate) library_count: usize,
}

impl ScriptMemory {
    /// All of it.
    pub(crate) fn total(&self) -> usize {
        self.eval_state + self.function_state + self.cache + self.libraries
    }
}

/// What a cached script takes beside its text: its entry and its digest.
const SCRIPT: usize = 120;

/// Collects garbage between two runs when there may be much of it; gives what the state takes.
fn tidied(lua: &mut Lua, floor: &mut usize) -> usize {
    if lua.memory() > *floor + *floor / 4 + GARBAGE {
        lua.collect();
        *floor = lua.memory();
    }
    lua.memory()
}

/// So much more than a quarter is not worth a collection.
const GARBAGE: usize = 8 * 1024;

/// The one value that a state of ours pins: a table of all functions that are kept.
const KEPT: &str = "kept";

/// Keeps a function under a name, or lets go of it.
pub(super) fn keep(lua: &mut Lua, name: &[u8], function: Value) {
    let table = match lua.pinned(KEPT) {
        Some(Value::Table(table)) => table,
        _ => {
            let table = lua.heap.table(0, 4);
            lua.pin(KEPT, Value::Table(table));
            table
        }
    };
    let name = lua.heap.string(name);
    let done = lua.heap.raw_set(table, name, function);
    debug_assert!(done.is_ok(), "a string is a key");
}

/// The function that is kept under a name.
pub(super) fn kept(lua: &mut Lua, name: &[u8]) -> Value {
    let Some(Value::Table(table)) = lua.pinned(KEPT) else { return Value::Nil };
    let name = lua.heap.string(name);
    lua.heap.raw_get(table, name)
}

impl Scripts {
    fn kept(&mut self) -> &mut Kept {
        self.kept.get_or_insert_default()
    }

    /// Whether a script is under way, be it put aside.
    #[inline]
    pub(crate) fn is_running(&self) -> bool {
        self.runs
    }

    /// The script under way that was put aside.
    pub(crate) fn put_aside(&self) -> Option<&Running> {
        self.running.as_deref()
    }

    /// The rest of the transaction whose script was put aside.
    #[inline(never)]
    pub(crate) fn keep_transaction(&mut self, rest: VecDeque<Queued>) {
        if let Some(running) = &mut self.running {
            running.late.transaction = Some(rest);
        }
    }

    /// A script of the cache, by its digest in any case.
    pub(crate) fn cached(&self, sha: &[u8]) -> Option<&Script> {
        let mut lower: [u8; 40] = sha.try_into().ok()?;
        lower.make_ascii_lowercase();
        self.kept.as_ref()?.cache.get(&lower)
    }

    /// All libraries.
    pub(crate) fn libraries(&self) -> Option<&Libraries> {
        self.kept.as_ref().map(|kept| &kept.libraries)
    }

    /// All libraries, to be changed.
    pub(super) fn libraries_mut(&mut self) -> &mut Libraries {
        &mut self.kept().libraries
    }

    /// A function by its name, in any case.
    pub(crate) fn function(&self, name: &[u8]) -> Option<&super::Function> {
        self.libraries()?.function(name)
    }

    /// The sources of all libraries, as they are saved.
    pub(crate) fn sources(&self) -> Vec<Vec<u8>> {
        let libraries = self.libraries().into_iter().flat_map(Libraries::iter);
        libraries.map(|library| library.code.to_vec()).collect()
    }

    /// Takes a script into the cache (`luaCreateFunction`); gives its digest.
    ///
    /// # Errors
    /// Its first line, or its Lua, makes no sense.
    pub(crate) fn define(&mut self, body: &[u8]) -> Result<[u8; 40], Fail> {
        let sha = sha1_hex(body);
        if self.cached(&sha).is_some() {
            return Ok(sha);
        }
        let (flags, from) = read_shebang(body)?;
        let mut lua = self.take_evals();
        let function = lua.load(b"@user_script", &body[from..]);
        if let Ok(function) = function {
            keep(&mut lua, &sha, function);
        }
        self.give_evals(lua);
        if let Err(error) = function {
            let text = b"ERR Error compiling script (new function): ";
            let text = [text, shown(&error.0, usize::MAX)].concat();
            return Err(Fail(text.into()));
        }
        let kept = self.kept();
        kept.cache_bytes += body.len() + SCRIPT;
        kept.cache.insert(sha, Script { flags });
        Ok(sha)
    }

    /// Forgets all scripts, and begins with a new state (`scriptingReset`).
    pub(crate) fn flush(&mut self) {
        if let Some(kept) = &mut self.kept {
            (kept.evals, kept.eval_bytes, kept.cache_bytes) = (None, 0, 0);
            kept.cache.clear();
        }
    }

    /// What math.random draws from.
    pub(super) fn random(&mut self) -> &mut Random {
        &mut self.kept().random
    }

    /// The state of EVAL, to run on.
    pub(super) fn take_evals(&mut self) -> Lua {
        self.kept().evals.take().map_or_else(state_of_scripts, Arc::unwrap_or_clone)
    }

    /// Gives it back.
    pub(super) fn give_evals(&mut self, mut lua: Lua) {
        let kept = self.kept();
        kept.eval_bytes = tidied(&mut lua, &mut kept.eval_floor);
        kept.evals = Some(Arc::new(lua));
    }

    /// The state of functions, to run on.
    pub(super) fn take_functions(&mut self) -> (Lua, FunctionTables) {
        match self.kept().functions.take() {
            Some((lua, tables)) => (Arc::unwrap_or_clone(lua), tables),
            None => state_of_functions(),
        }
    }

    /// Gives it back.
    pub(super) fn give_functions(&mut self, mut lua: Lua, tables: FunctionTables) {
        let kept = self.kept();
        kept.function_bytes = tidied(&mut lua, &mut kept.function_floor);
        kept.functions = Some((Arc::new(lua), tables));
    }

    /// Bytes that scripts take.
    pub(crate) fn memory(&self) -> ScriptMemory {
        let Some(kept) = &self.kept else { return ScriptMemory::default() };
        ScriptMemory {
            eval_state: kept.eval_bytes,
            function_state: kept.function_bytes,
            cache: kept.cache_bytes,
            libraries: kept.libraries.bytes(),
            cached: kept.cache.len(),
            functions: kept.libraries.functions_len(),
            library_count: kept.libraries.len(),
        }
    }
}
