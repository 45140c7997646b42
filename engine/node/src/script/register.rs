//! `redis.register_function`: how a library says what it has (`luaRegisterFunctionReadArgs`).

use engine_lua::{Heap, Lua, TableRef, Value};

use super::flags::ScriptFlags;

/// What a library registers.
#[derive(Debug)]
pub(super) struct Registered {
    pub(super) name: Vec<u8>,
    pub(super) description: Option<Vec<u8>>,
    pub(super) callback: Value,
    pub(super) flags: ScriptFlags,
}

type Refusal = &'static str;

/// Reads the arguments: a name and a function, or a table of named ones.
pub(super) fn registered(lua: &mut Lua, args: &[Value]) -> Result<Registered, Refusal> {
    match args {
        [Value::Table(named)] => by_names(&mut lua.heap, *named),
        [_] => Err("calling redis.register_function with a single argument is only applicable to \
                    Lua table (representing named arguments)."),
        [name, callback] => {
            let name = string(&mut lua.heap, *name)
                .ok_or("first argument to redis.register_function must be a string")?;
            if !matches!(callback, Value::Function(_)) {
                return Err("second argument to redis.register_function must be a function");
            }
            let (description, flags) = (None, ScriptFlags::empty());
            Ok(Registered { name, description, callback: *callback, flags })
        }
        _ => Err("wrong number of arguments to redis.register_function"),
    }
}

fn string(heap: &mut Heap, value: Value) -> Option<Vec<u8>> {
    let text = heap.to_string(value)?;
    Some(heap.bytes(text).to_vec())
}

fn by_names(heap: &mut Heap, named: TableRef) -> Result<Registered, Refusal> {
    let (mut name, mut description, mut callback) = (None, None, None);
    let mut flags = ScriptFlags::empty();
    let mut key = Value::Nil;
    while let Ok(Some((next, value))) = heap.next(named, key) {
        key = next;
        let word = string(heap, next)
            .ok_or("named argument key given to redis.register_function is not a string")?;
        match word.to_ascii_lowercase().as_slice() {
            b"function_name" => {
                name = Some(string(heap, value).ok_or(
                    "function_name argument given to redis.register_function must be a string",
                )?);
            }
            b"description" => {
                description = Some(string(heap, value).ok_or(
                    "description argument given to redis.register_function must be a string",
                )?);
            }
            b"callback" => match value {
                Value::Function(_) => callback = Some(value),
                _ => {
                    return Err("callback argument given to redis.register_function must be a \
                                function");
                }
            },
            b"flags" => match value {
                Value::Table(list) => flags = flags_of(heap, list).ok_or("unknown flag given")?,
                _ => {
                    return Err("flags argument to redis.register_function must be a table \
                                representing function flags");
                }
            },
            _ => return Err("unknown argument given to redis.register_function"),
        }
    }
    let name = name.ok_or("redis.register_function must get a function name argument")?;
    let callback = callback.ok_or("redis.register_function must get a callback argument")?;
    Ok(Registered { name, description, callback, flags })
}

fn flags_of(heap: &mut Heap, list: TableRef) -> Option<ScriptFlags> {
    let mut flags = ScriptFlags::empty();
    for at in 1.. {
        let flag = heap.raw_get_int(list, at);
        if flag.is_nil() {
            break;
        }
        flags |= ScriptFlags::named(&string(heap, flag)?.to_ascii_lowercase())?;
    }
    Some(flags)
}

/// Whether a name is of letters, digits and underscores, and has some (`functionsVerifyName`).
pub(super) fn is_a_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}
