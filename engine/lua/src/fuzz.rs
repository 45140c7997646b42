//! The body of a fuzz target, always compiled: it takes any bytes and panics only on a defect.

use crate::{Error, Lua, Run, Step, Value};

/// Fuel for one run.
const MOST_FUEL: u64 = 3000;
/// Bytes for one run.
const MOST_MEMORY: usize = 2 << 20;
/// Fuel of a slice.
const SLICES: [u64; 4] = [1, 3, 17, 100];
/// What shows a script when garbage was collected.
const TELL_TALES: [&str; 7] = ["collect", "gcinfo", "__mode", "next", "pairs", "0x55", "memory"];
const UNFINISHED: &str = "no end";

/// Compiles a source text and runs it: in one go, in slices, and from the middle of that on in a clone whose garbage
/// was collected. All must tell the same.
pub fn source(text: &[u8]) {
    let mut lua = Lua::new();
    lua.set_memory_limit(MOST_MEMORY);
    let host = lua.heap.host_function(1);
    lua.set_global("host", host);
    let Ok(function) = lua.load(b"@user_script", text) else { return };
    let run = lua.start(function, &[Value::Number(1.0), Value::Nil]);
    let mut sliced = lua.clone();
    let whole = finish(&mut lua, run, MOST_FUEL, MOST_FUEL);
    let slice = SLICES[text.len() % SLICES.len()];
    let half = MOST_FUEL / 2;
    let mut told = finish(&mut sliced, run, slice, half);
    if told == UNFINISHED {
        let mut copy = sliced.clone();
        told = finish(&mut sliced, run, slice, half);
        copy.collect();
        let again = finish(&mut copy, run, SLICES[slice as usize % SLICES.len()], half);
        compare(text, &told, &again, true);
    }
    compare(text, &whole, &told, false);
}

fn compare(text: &[u8], one: &str, other: &str, collected: bool) {
    // Natives may use up more than there is, so where a script without end stops is not the same.
    if one == UNFINISHED || other == UNFINISHED {
        return;
    }
    let source = text.escape_ascii().to_string();
    let tells =
        |word: &&str| source.contains(*word) || one.contains(*word) || other.contains(*word);
    if !collected || !TELL_TALES.iter().any(tells) {
        assert_eq!(one, other, "{source}");
    }
}

/// Goes on until the end, or until `left` is used up, `slice` at a time.
fn finish(lua: &mut Lua, run: Run, slice: u64, mut left: u64) -> String {
    while left > 0 {
        let mut fuel = slice.min(left);
        left -= fuel;
        match lua.resume(run, &mut fuel) {
            Step::Done(values) => {
                let values: Vec<String> = values.iter().map(|value| shown(lua, *value)).collect();
                return values.join(",");
            }
            Step::Failed { error, places } => return format!("{} {places:?}", shown(lua, error)),
            Step::Host { args, .. } => {
                // No answer is for nothing: otherwise a loop of them would not end here.
                left = left.saturating_sub(1) + fuel;
                match args.as_slice() {
                    [] => lua.answer(run, Err(Error::message("host"))),
                    [Value::Nil] => lua.answer(run, Err(Error::Thrown(Value::Nil))),
                    args => lua.answer(run, Ok(args)),
                }
            }
            Step::Spent => left += fuel,
        }
    }
    UNFINISHED.to_owned()
}

fn shown(lua: &mut Lua, value: Value) -> String {
    match lua.heap.to_string(value) {
        Some(text) => lua.heap.bytes(text).escape_ascii().to_string(),
        None => format!("{value:?}"),
    }
}
