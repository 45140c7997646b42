//! Metamethods that a native function meets: an index that is looked up, two values that are compared.

use crate::{Call, Error, Value};

/// How many `__index` tables may stand behind each other (`MAXTAGLOOP`).
const MAX_LOOP: usize = 100;

/// What looking something up, or comparing, comes to.
pub(super) enum Found<T> {
    /// The answer.
    Value(T),
    /// This function has the answer, called with these two.
    Call(Value, Value, Value),
}

/// An error without the place of the caller in front: the machine's own, raised while a native function runs.
fn plain(call: &mut Call<'_>, text: &str) -> Error {
    Error::Thrown(call.heap.string(text.as_bytes()))
}

fn metamethod(call: &Call<'_>, value: Value, name: &str) -> Value {
    call.heap.metatable(value).map_or(Value::Nil, |table| call.heap.raw_get_field(table, name))
}

/// `object[key]`, with metamethods (lua_gettable).
pub(super) fn index(
    call: &mut Call<'_>,
    mut object: Value,
    key: Value,
) -> Result<Found<Value>, Error> {
    for _ in 0..MAX_LOOP {
        if let Value::Table(table) = object {
            let value = call.heap.raw_get(table, key);
            if !value.is_nil() {
                return Ok(Found::Value(value));
            }
        }
        match (metamethod(call, object, "__index"), object) {
            (Value::Nil, Value::Table(_)) => return Ok(Found::Value(Value::Nil)),
            (Value::Nil, _) => {
                let text = format!("attempt to index a {} value", object.type_name());
                return Err(plain(call, &text));
            }
            (handler @ Value::Function(_), _) => return Ok(Found::Call(handler, object, key)),
            (next, _) => object = next,
        }
    }
    Err(plain(call, "loop in gettable"))
}

/// `a < b`, with metamethods (lua_lessthan).
pub(super) fn less(call: &mut Call<'_>, a: Value, b: Value) -> Result<Found<bool>, Error> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => return Ok(Found::Value(a < b)),
        (Value::Str(a), Value::Str(b)) => {
            return Ok(Found::Value(call.heap.bytes(a) < call.heap.bytes(b)));
        }
        _ => {}
    }
    let (left, right) = (a.type_name(), b.type_name());
    if left == right {
        let handler = metamethod(call, a, "__lt");
        if !handler.is_nil() && handler.raw_equal(metamethod(call, b, "__lt")) {
            return Ok(Found::Call(handler, a, b));
        }
    }
    // Lua tells the names of two types apart by their third letter.
    let text = if left.as_bytes().get(2) == right.as_bytes().get(2) {
        format!("attempt to compare two {left} values")
    } else {
        format!("attempt to compare {left} with {right}")
    };
    Err(plain(call, &text))
}
