//! What a Lua state of ours has beside Lua's own: the table `redis`, and the protection of globals
//! (`luaRegisterRedisAPI`, `scriptingInit`, `luaEngineInitEngine`).

use engine_base::hex::pair;
use engine_lua::{Call, Error, Heap, Lua, Outcome, TableRef, Value};
use engine_store::digest::sha1;

use super::error_table::{described, error_table, thrown};

/// What a script may ask of the node, by the number of its host function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Call,
    Pcall,
    Log,
    SetResp,
    SetRepl,
    AclCheck,
    Register,
    Unknown,
}

impl From<u32> for Ask {
    fn from(id: u32) -> Self {
        let all = [
            Self::Call,
            Self::Pcall,
            Self::Log,
            Self::SetResp,
            Self::SetRepl,
            Self::AclCheck,
            Self::Register,
        ];
        all.into_iter().find(|ask| *ask as u32 == id).unwrap_or(Self::Unknown)
    }
}

/// The digest of a text in 40 hex digits.
pub(super) fn sha1_hex(text: &[u8]) -> [u8; 40] {
    let mut hex = [0; 40];
    for (two, byte) in hex.chunks_exact_mut(2).zip(sha1(text)) {
        two.copy_from_slice(&pair(byte));
    }
    hex
}

/// A state for EVAL: globals that cannot be changed, and an error for those that are not there.
pub(super) fn state_of_scripts() -> Lua {
    let mut lua = Lua::new();
    let redis = redis_table(&mut lua.heap);
    let heap = &mut lua.heap;
    for (name, native) in [
        ("breakpoint", breakpoint as engine_lua::Native),
        ("debug", debug),
        ("replicate_commands", replicate_commands),
    ] {
        let function = heap.native(name, native);
        put(heap, redis, name, function);
    }
    lua.set_global("redis", Value::Table(redis));
    let handler = lua.heap.native("__redis__err__handler", error_handler);
    lua.set_global("__redis__err__handler", handler);
    protect_globals(&mut lua);
    lua
}

/// The tables of a state for functions.
#[derive(Clone, Copy, Debug)]
pub(super) struct FunctionTables {
    /// The globals of functions: nothing but a metatable.
    pub(super) globals: TableRef,
    metatable: TableRef,
    /// What functions find when they run, and libraries when they are loaded.
    running: TableRef,
    loading: TableRef,
}

impl FunctionTables {
    /// From here on libraries are loaded (or functions run): they find other globals.
    pub(super) fn switch(self, heap: &mut Heap, loading: bool) {
        let globals = if loading { self.loading } else { self.running };
        heap.set_readonly(self.metatable, false);
        put(heap, self.metatable, "__index", Value::Table(globals));
        heap.set_readonly(self.metatable, true);
    }
}

/// A state for functions.
pub(super) fn state_of_functions() -> (Lua, FunctionTables) {
    let mut lua = Lua::new();
    let redis = redis_table(&mut lua.heap);
    lua.set_global("redis", Value::Table(redis));
    protect_globals(&mut lua);
    let running = lua.globals();
    let heap = &mut lua.heap;
    let api = heap.table(0, 8);
    put_host(heap, api, "register_function", Ask::Register);
    put_logging(heap, api);
    put_version(heap, api);
    refuse_unknown(heap, api);
    let loading = heap.table(0, 1);
    put(heap, loading, "redis", Value::Table(api));
    refuse_unknown(heap, loading);
    protect(heap, loading);
    let (globals, metatable) = (heap.table(0, 0), heap.table(0, 1));
    heap.set_metatable(globals, Some(metatable));
    heap.set_readonly(globals, true);
    let tables = FunctionTables { globals, metatable, running, loading };
    tables.switch(heap, false);
    for (name, table) in [("globals", globals), ("loading", loading)] {
        lua.pin(name, Value::Table(table));
    }
    (lua, tables)
}

/// Sets a field of a table of ours, which can be changed.
pub(super) fn put(heap: &mut Heap, table: TableRef, name: &str, value: Value) {
    let done = heap.raw_set_field(table, name, value);
    debug_assert!(done.is_ok(), "{name}");
}

fn put_host(heap: &mut Heap, table: TableRef, name: &str, ask: Ask) {
    let function = heap.host_function(ask as u32);
    put(heap, table, name, function);
}

fn put_numbers(heap: &mut Heap, table: TableRef, numbers: &[(&str, f64)]) {
    for (name, number) in numbers {
        put(heap, table, name, Value::Number(*number));
    }
}

/// `redis.log` and its levels.
fn put_logging(heap: &mut Heap, table: TableRef) {
    put_host(heap, table, "log", Ask::Log);
    let levels =
        [("LOG_DEBUG", 0.0), ("LOG_VERBOSE", 1.0), ("LOG_NOTICE", 2.0), ("LOG_WARNING", 3.0)];
    put_numbers(heap, table, &levels);
}

fn put_version(heap: &mut Heap, table: TableRef) {
    let number =
        crate::VERSION.split('.').fold(0, |sum, part| sum << 8 | part.parse::<u32>().unwrap_or(0));
    put_numbers(heap, table, &[("REDIS_VERSION_NUM", f64::from(number))]);
    let version = heap.string(crate::VERSION.as_bytes());
    put(heap, table, "REDIS_VERSION", version);
}

/// What EVAL and FCALL share of the table `redis`.
fn redis_table(heap: &mut Heap) -> TableRef {
    let redis = heap.table(0, 32);
    put_host(heap, redis, "call", Ask::Call);
    put_host(heap, redis, "pcall", Ask::Pcall);
    put_logging(heap, redis);
    put_version(heap, redis);
    put_host(heap, redis, "setresp", Ask::SetResp);
    for (name, native) in [
        ("sha1hex", sha1hex as engine_lua::Native),
        ("error_reply", error_reply),
        ("status_reply", status_reply),
    ] {
        let function = heap.native(name, native);
        put(heap, redis, name, function);
    }
    put_host(heap, redis, "set_repl", Ask::SetRepl);
    let audiences = [
        ("REPL_NONE", 0.0),
        ("REPL_AOF", 1.0),
        ("REPL_SLAVE", 2.0),
        ("REPL_REPLICA", 2.0),
        ("REPL_ALL", 3.0),
    ];
    put_numbers(heap, redis, &audiences);
    put_host(heap, redis, "acl_check_cmd", Ask::AclCheck);
    redis
}

/// Whoever reads what is not there gets an error (`luaSetErrorMetatable`).
fn refuse_unknown(heap: &mut Heap, table: TableRef) {
    let metatable = heap.table(0, 1);
    let refusal = heap.native("__index", unknown_global);
    put(heap, metatable, "__index", refusal);
    heap.set_metatable(table, Some(metatable));
}

fn protect_globals(lua: &mut Lua) {
    let globals = lua.globals();
    refuse_unknown(&mut lua.heap, globals);
    protect(&mut lua.heap, globals);
}

/// No table that can be reached from this one can be changed (`luaSetTableProtectionRecursively`).
fn protect(heap: &mut Heap, table: TableRef) {
    let mut open = vec![table];
    while let Some(table) = open.pop() {
        if heap.is_readonly(table) {
            continue;
        }
        heap.set_readonly(table, true);
        open.extend(heap.metatable(Value::Table(table)));
        let mut key = Value::Nil;
        while let Ok(Some((next, value))) = heap.next(table, key) {
            if let Value::Table(inner) = value {
                open.push(inner);
            }
            key = next;
        }
    }
}

fn unknown_global(call: &mut Call<'_>) -> Result<Outcome, Error> {
    if call.args() != 2 {
        return Err(Error::message("Wrong number of arguments to luaProtectedTableError"));
    }
    let name = call.arg(2);
    let Some(name) = call.heap.to_string(name) else {
        let text = "Second argument to luaProtectedTableError must be a string or number";
        return Err(Error::message(text));
    };
    let mut text = b"Script attempted to access nonexistent global variable '".to_vec();
    text.extend(crate::command::shown(call.heap.bytes(name), usize::MAX));
    text.push(b'\'');
    Err(Error::message(text))
}

/// `redis.sha1hex(text)`
fn sha1hex(call: &mut Call<'_>) -> Result<Outcome, Error> {
    if call.args() != 1 {
        return Err(thrown(call.heap, b"wrong number of arguments"));
    }
    let text = call.arg(1);
    let hex = match call.heap.to_string(text) {
        Some(text) => sha1_hex(call.heap.bytes(text)),
        None => sha1_hex(b""),
    };
    call.ret_bytes(&hex)
}

/// Its only argument, which must be a string; an error table otherwise.
fn only_string(call: &mut Call<'_>) -> Result<Vec<u8>, Value> {
    match (call.args(), call.arg(1)) {
        (1, Value::Str(text)) => Ok(call.heap.bytes(text).to_vec()),
        _ => Err(error_table(call.heap, b"wrong number or type of arguments")),
    }
}

/// `redis.error_reply(text)`
fn error_reply(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let reply = match only_string(call) {
        Ok(mut text) => {
            if text.first() != Some(&b'-') {
                text.insert(0, b'-');
            }
            error_table(call.heap, &text)
        }
        Err(wrong) => wrong,
    };
    call.ret(reply)
}

/// `redis.status_reply(text)`
fn status_reply(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let reply = match only_string(call) {
        Ok(_) => {
            let (table, text) = (call.heap.table(0, 1), call.arg(1));
            put(call.heap, table, "ok", text);
            Value::Table(table)
        }
        Err(wrong) => wrong,
    };
    call.ret(reply)
}

/// The error handler, which scripts can see and call: what is no table becomes one.
fn error_handler(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let error = match call.arg(1) {
        table @ Value::Table(_) => table,
        other => {
            let text = described(call.heap, other);
            let (table, text) =
                (call.heap.table(0, 3), call.heap.string_from([b"ERR ", &*text].concat()));
            put(call.heap, table, "err", text);
            Value::Table(table)
        }
    };
    call.ret(error)
}

/// `redis.breakpoint()`: nobody debugs.
fn breakpoint(call: &mut Call<'_>) -> Result<Outcome, Error> {
    call.ret(Value::Bool(false))
}

/// `redis.debug(…)`
fn debug(_: &mut Call<'_>) -> Result<Outcome, Error> {
    Ok(Outcome::Return(0))
}

/// `redis.replicate_commands()`: effects are what is passed on, always.
fn replicate_commands(call: &mut Call<'_>) -> Result<Outcome, Error> {
    call.ret(Value::Bool(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_a_script() {
        assert_eq!(&sha1_hex(b"return 1"), b"e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    }
}
