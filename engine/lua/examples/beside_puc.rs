//! How long Lua 5.1 of ours takes beside PUC's (`lua5.1`, in turns, the best of so many): `beside_puc [ROUNDS] [NAME]`.

#![allow(clippy::disallowed_types, reason = "it measures, on a real host")]

use std::process::Command;

use engine_lua::{Lua, Step};

/// Each for about half a second.
const SCRIPTS: &[(&str, &str)] = &[
    (
        "fib",
        "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
        return fib(32)",
    ),
    (
        "fib, global",
        "function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
        return fib(31)",
    ),
    ("empty loop", "for i = 1, 8e7 do end"),
    ("sum in a loop", "local s = 0 for i = 1, 4e7 do s = s + i end return s"),
    (
        "closures called",
        "local function counter() local n = 0 return function() n = n + 1 return n end end
        local s = 0
        for i = 1, 2e5 do local c = counter() for j = 1, 30 do s = s + c() end end
        return s",
    ),
    (
        "closures made",
        "local s = 0
        for i = 1, 2e6 do local f = function() return i end s = s + f() end
        return s",
    ),
    (
        "methods",
        "local A = {} A.__index = A
        function A:add(n) self.sum = self.sum + n return self end
        local o = setmetatable({sum = 0}, A)
        for i = 1, 5e6 do o:add(i) end
        return o.sum",
    ),
    (
        "natives",
        "local s, floor = 0, math.floor
        for i = 1, 1e7 do s = s + floor(i / 2) end
        return s",
    ),
    (
        "tables",
        "local t = {}
        for r = 1, 20 do for i = 1, 2e5 do t[i] = i * 2 end end
        local s = 0
        for r = 1, 10 do for i = 1, #t do s = s + t[i] end for k, v in pairs(t) do s = s + v end end
        return s",
    ),
    (
        "strings",
        "local t = {}
        for i = 1, 2e5 do t[#t + 1] = tostring(i) .. 'x' end
        local n = 0
        for w in string.gmatch(table.concat(t, ','), '%d+') do n = n + #w end
        return n",
    ),
];

fn main() {
    let mut args = std::env::args().skip(1);
    let rounds = args.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(5);
    let only = args.next();
    for (name, source) in SCRIPTS {
        if only.as_deref().is_some_and(|only| only != *name) {
            continue;
        }
        let (mut own, mut puc) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..rounds {
            own = own.min(ours(source));
            puc = puc.min(theirs(source).unwrap_or(f64::INFINITY));
        }
        println!("{name:16} {own:.3} s, PUC {puc:.3} s: {:.2}", own / puc);
    }
}

fn ours(source: &str) -> f64 {
    let mut lua = Lua::new();
    let Ok(function) = lua.load(b"@user_script", source.as_bytes()) else { return f64::NAN };
    let run = lua.start(function, &[]);
    let began = used();
    match lua.resume(run, &mut { u64::MAX }) {
        Step::Done(_) => used() - began,
        _ => f64::NAN,
    }
}

/// Seconds that this thread has had of a processor: what else the machine does is left out, as by PUC's os.clock.
fn used() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|n| n.parse::<f64>().ok());
    nanoseconds.unwrap_or(f64::NAN) / 1e9
}

fn theirs(source: &str) -> Option<f64> {
    let timed = format!(
        "local f = assert(loadstring([[{source}]])) local t = os.clock() f() print(os.clock() - t)"
    );
    let output = Command::new("lua5.1").args(["-e", &timed]).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}
