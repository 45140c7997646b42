//! The basic functions, those that Redis 7.0.15 leaves to scripts.

mod coroutine;
mod load;
mod protected;
mod values;

use crate::{Lua, Native, Value};

/// Makes the globals.
pub(crate) fn open(lua: &mut Lua) {
    let globals = lua.globals();
    lua.set_global("_G", Value::Table(globals));
    let version = lua.heap.string(b"Lua 5.1");
    lua.set_global("_VERSION", version);
    let all = values::FUNCTIONS.iter().chain(protected::FUNCTIONS).chain(load::FUNCTIONS);
    for (name, native) in all {
        let function = lua.heap.native(name, *native);
        lua.set_global(name, function);
    }
    let next = lua.global("next");
    if let Value::Function(next) = next {
        lua.heap.next_function = Some(next);
    }
    let step = lua.heap.native("ipairs step", values::ipairs_step);
    if let Value::Function(step) = step {
        lua.heap.ipairs_function = Some(step);
    }
    let pairs = lua.heap.native_closure("pairs", values::pairs, &[next]);
    lua.set_global("pairs", pairs);
    let ipairs = lua.heap.native_closure("ipairs", values::ipairs, &[step]);
    lua.set_global("ipairs", ipairs);
    lua.library("coroutine", coroutine::FUNCTIONS);
}

type Entry = (&'static str, Native);
