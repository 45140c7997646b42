//! The library `cjson` (Lua CJSON 2.1.0): JSON from Lua values and back.

mod config;
mod decode;
mod encode;
mod token;

use crate::{Call, Error, Heap, Lua, Native, Outcome, TableRef, Value};

/// In the order in which the fields are set: `pairs` shows it.
const FUNCTIONS: [(&str, Native); 10] = [
    ("encode", encode::encode),
    ("decode", decode::decode),
    ("encode_sparse_array", config::sparse_array),
    ("encode_max_depth", config::encode_max_depth),
    ("decode_max_depth", config::decode_max_depth),
    ("encode_number_precision", config::number_precision),
    ("encode_keep_buffer", config::keep_buffer),
    ("encode_invalid_numbers", config::encode_invalid),
    ("decode_invalid_numbers", config::decode_invalid),
    ("new", new),
];

pub(super) fn open(lua: &mut Lua) {
    if let Ok(module) = module(&mut lua.heap) {
        lua.set_global("cjson", Value::Table(module));
    }
}

/// A module with settings of its own.
fn module(heap: &mut Heap) -> Result<TableRef, Error> {
    let module = heap.table(0, 0);
    let settings = Value::Table(config::fresh(heap)?);
    for (name, native) in FUNCTIONS {
        let function = heap.native_closure(name, native, &[settings]);
        heap.raw_set_field(module, name, function)?;
    }
    heap.raw_set_field(module, "null", Value::Light(0))?;
    for (name, text) in [("_NAME", "cjson"), ("_VERSION", "2.1.0")] {
        let text = heap.string(text.as_bytes());
        heap.raw_set_field(module, name, text)?;
    }
    Ok(module)
}

fn new(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let module = module(call.heap)?;
    call.ret(Value::Table(module))
}
