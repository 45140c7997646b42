//! Runs a Lua chunk from a file as a script would run, and prints what it returns: `eval FILE [ARG …]`.

#![allow(
    clippy::disallowed_types,
    reason = "it runs on a real host, and tells how long a chunk took"
)]

use engine_lua::{Lua, Step, Value};

fn main() {
    let mut args = std::env::args().skip(1);
    let Some(path) = args.next() else { return eprintln!("eval FILE [ARG …]") };
    let source = match std::fs::read(&path) {
        Ok(source) => source,
        Err(error) => return eprintln!("{path}: {error}"),
    };
    let mut lua = Lua::new();
    let table = lua.heap.table(0, 0);
    for (at, arg) in args.enumerate() {
        let value = lua.heap.string(arg.as_bytes());
        let _ = lua.heap.raw_set_int(table, at as i64 + 1, value);
    }
    lua.set_global("ARGV", Value::Table(table));
    let function = match lua.load(b"@user_script", &source) {
        Ok(function) => function,
        Err(error) => return println!("{error}"),
    };
    let began = std::time::Instant::now();
    let run = lua.start(function, &[]);
    match lua.resume(run, &mut { u64::MAX }) {
        Step::Done(values) => {
            for value in values {
                println!("{}", show(&mut lua, value));
            }
        }
        Step::Failed { error, places } => println!("error: {} {places:?}", show(&mut lua, error)),
        Step::Host { id, .. } => println!("host function {id}"),
        Step::Spent => println!("spent"),
    }
    eprintln!("{:?}, {} bytes", began.elapsed(), lua.memory());
}

fn show(lua: &mut Lua, value: Value) -> String {
    match lua.heap.to_string(value) {
        Some(text) => String::from_utf8_lossy(lua.heap.bytes(text)).into_owned(),
        None => format!("{value:?}"),
    }
}
