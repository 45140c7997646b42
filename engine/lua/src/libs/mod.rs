//! The libraries that Redis gives to scripts: string, table, math, bit, cjson, cmsgpack and struct.

mod bit;
mod cjson;
mod cmsgpack;
mod convert;
mod float;
mod math;
mod meta;
mod printf;
mod random;
mod string;
mod structs;
mod table;

pub use random::Random;

use crate::{Call, Error, Lua};

/// How many values a native function may have on its stack (`LUAI_MAXCSTACK`).
const MAX_STACK: usize = 8000;

/// Opens all of them in the globals of a new state, in the order in which Redis opens them.
pub(crate) fn open(lua: &mut Lua) {
    table::open(lua);
    string::open(lua);
    math::open(lua);
    cjson::open(lua);
    structs::open(lua);
    cmsgpack::open(lua);
    bit::open(lua);
}

/// Argument `index` as a C int: the lower 32 bits of a long (luaL_checkint).
fn int(call: &Call<'_>, index: usize) -> Result<i32, Error> {
    call.number(index).map(convert::to_int)
}

/// The same, `default` where there is none.
fn opt_int(call: &Call<'_>, index: usize, default: i32) -> Result<i32, Error> {
    if call.arg(index).is_nil() { Ok(default) } else { int(call, index) }
}

/// Whether `more` values find room (luaL_checkstack).
fn check_stack(call: &Call<'_>, more: usize, what: &str) -> Result<(), Error> {
    if call.height() + more > MAX_STACK {
        return Err(Error::message(format!("stack overflow ({what})")));
    }
    Ok(())
}
