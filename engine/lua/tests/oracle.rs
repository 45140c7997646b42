//! Snippets whose answers a real redis-server 7.0.15 gave (`cargo run -p engine-lua --example record`): ours are the
//! same to the byte, whatever the fuel comes in.

#![allow(clippy::unwrap_used, reason = "a helper of tests")]

use engine_lua::{Call, Error, Lua, Outcome, Step, Value};

const DRIVER: &str = include_str!("oracle/driver.lua");

fn missing(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let name = call.string(2)?;
    let shown = String::from_utf8_lossy(call.heap.bytes(name)).into_owned();
    let text = format!("Script attempted to access nonexistent global variable '{shown}'");
    Err(Error::message(text))
}

/// The driver's answer to a snippet, with `fuel` at a time.
fn answer(snippet: &str, fuel: u64) -> String {
    let mut lua = Lua::new();
    let args = lua.heap.table(0, 0);
    let text = lua.heap.string(snippet.as_bytes());
    lua.heap.raw_set_int(args, 1, text).unwrap();
    lua.set_global("ARGV", Value::Table(args));
    // What Redis does to the globals of scripts.
    let metatable = lua.heap.table(0, 1);
    let missing = lua.heap.native("missing", missing);
    lua.heap.raw_set_field(metatable, "__index", missing).unwrap();
    let globals = lua.globals();
    lua.heap.set_metatable(globals, Some(metatable));
    lua.heap.set_readonly(globals, true);
    let function = lua.load(b"@user_script", DRIVER.as_bytes()).unwrap();
    let run = lua.start(function, &[]);
    for _ in 0..1 + 2_000_000 / fuel {
        match lua.resume(run, &mut fuel.clone()) {
            Step::Done(values) => {
                let Some(Value::Str(text)) = values.first() else { return format!("{values:?}") };
                return lua.heap.bytes(*text).escape_ascii().to_string();
            }
            Step::Failed { error, places } => return format!("failed: {error:?} {places:?}"),
            Step::Host { .. } => return "host".to_owned(),
            Step::Spent => {}
        }
    }
    "no end".to_owned()
}

fn check(snippets: &str, answers: &str, fuel: u64) {
    let snippets: Vec<&str> = snippets.trim_end().split("\n----\n").collect();
    let answers: Vec<&str> = answers.trim_end().split("\n----\n").collect();
    assert_eq!(snippets.len(), answers.len());
    let mut wrong = Vec::new();
    for (snippet, expected) in snippets.iter().zip(&answers) {
        let got = answer(snippet, fuel);
        if got != **expected {
            wrong.push(format!("{snippet}\n  redis-server: {expected}\n  ours:         {got}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), snippets.len(), wrong.join("\n"));
}

macro_rules! same {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let snippets = include_str!(concat!("oracle/", stringify!($name), ".lua"));
            let answers = include_str!(concat!("oracle/", stringify!($name), ".out"));
            check(snippets, answers, 10_000_000);
            check(snippets, answers, 7);
        }
    )*};
}

same! { errors syntax coroutines order }
