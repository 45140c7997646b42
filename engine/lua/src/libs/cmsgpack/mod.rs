//! The library `cmsgpack` (lua-cmsgpack 0.4.0): MessagePack from Lua values and back.

mod pack;
mod unpack;

use crate::{Lua, Native, Value};

pub(super) fn open(lua: &mut Lua) {
    let functions: [(&'static str, Native); 4] = [
        ("pack", pack::pack),
        ("unpack", unpack::unpack),
        ("unpack_one", unpack::unpack_one),
        ("unpack_limit", unpack::unpack_limit),
    ];
    let module = lua.heap.table(0, 0);
    for (name, native) in functions {
        let function = lua.heap.native(name, native);
        // A new table takes any field.
        let _ = lua.heap.raw_set_field(module, name, function);
    }
    for (name, text) in [
        ("_NAME", "cmsgpack"),
        ("_VERSION", "lua-cmsgpack 0.4.0"),
        ("_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo"),
        ("_DESCRIPTION", "MessagePack C implementation for Lua"),
    ] {
        let text = lua.heap.string(text.as_bytes());
        let _ = lua.heap.raw_set_field(module, name, text);
    }
    lua.set_global("cmsgpack", Value::Table(module));
}
