//! Whatever the source text is: nothing panics, and how the fuel comes in, or a clone in between, changes nothing.

use engine_lua::fuzz::source;
use proptest::prelude::*;

/// Words and pieces of which scripts are thrown together.
const PIECES: &[&str] = &[
    "and",
    "break",
    "do",
    "else",
    "elseif",
    "end",
    "false",
    "for",
    "function",
    "if",
    "in",
    "local",
    "nil",
    "not",
    "or",
    "repeat",
    "return",
    "then",
    "true",
    "until",
    "while",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "#",
    "==",
    "~=",
    "<=",
    ">=",
    "<",
    ">",
    "=",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ":",
    ",",
    ".",
    "..",
    "...",
    "a",
    "b",
    "c",
    "t",
    "f",
    "x",
    "1",
    "2",
    "0",
    "3.5",
    "1e9",
    "-1",
    "'s'",
    "\"10\"",
    "[[long]]",
    "\n",
    "local a, b = 1, 'x'",
    "local t = {1, 2, n = 3}",
    "t.n",
    "t[1]",
    "t[a]",
    "f(a)",
    "f(...)",
    "function f(...) return ... end",
    "local function f(x) return x end",
    "for i = 1, 5 do",
    "for k, v in pairs(t) do",
    "while a do",
    "if a then",
    "return f(a), b",
    "pcall(f, a)",
    "pcall(function() error(a) end)",
    "setmetatable(t, {__index = f, __call = f, __add = f, __lt = f, __concat = f, __eq = f, __newindex = f})",
    "coroutine.wrap(f)",
    "coroutine.yield(a)",
    "coroutine.resume(coroutine.create(f), a)",
    "string.rep('x', 1e9)",
    "string.gsub('abc', '%w', f)",
    "table.sort(t, f)",
    "table.concat(t)",
    "unpack(t)",
    "xpcall(f, f)",
    "tostring(t)",
    "t.x.y = 1",
    "a .. b",
    "a + b",
    "select('#', ...)",
    "loadstring('return 1')()",
    "t[#t + 1] = a",
    "collectgarbage()",
    "string.format('%5.1f', 1)",
    "cjson.encode({1, 'x', {}})",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        source(&text);
    }

    #[test]
    fn any_words(words in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        source(words.join(" ").as_bytes());
    }

    /// Whole statements, so that most of it runs.
    #[test]
    fn any_statements(
        statements in proptest::collection::vec((0..BODIES.len(), 0..VALUES.len(), 0..VALUES.len()), 1..20)
    ) {
        let mut script = String::from("local a, b, t, f = 1, 'x', {3, 1, 2}, function(...) return ... end\n");
        for (body, x, y) in statements {
            let text = BODIES[body].replace("$X", VALUES[x]).replace("$Y", VALUES[y]);
            script.push_str(&format!("do local ok, e = pcall(function(...) {text} end, a, b) if not ok then b = e end end\n"));
        }
        script.push_str("return a, b, #t");
        source(script.as_bytes());
    }
}

const VALUES: &[&str] = &[
    "a",
    "b",
    "t",
    "f",
    "nil",
    "1",
    "'x'",
    "t[1]",
    "t.x",
    "f(a)",
    "{}",
    "{a, b}",
    "function() return a end",
    "...",
    "a .. 'y'",
    "a + 1",
    "#t",
    "-a",
    "not a",
    "setmetatable({}, {__index = t})",
    "t.x.y",
    "(a)",
    "1e308 * 10",
    "setmetatable({}, {__call = f, __add = f, __concat = f, __lt = f, __le = f, __unm = f})",
    "coroutine.wrap(f)",
];
const BODIES: &[&str] = &[
    "a = $X b = $Y",
    "t[$X] = $Y",
    "t.x = $X",
    "a = $X + $Y",
    "b = $X .. $Y",
    "a = $X < $Y",
    "a = $X <= $Y",
    "a = $X == $Y",
    "f = $X",
    "a = ($X)($Y)",
    "for i = 1, 3 do a = $X end",
    "for i = $X, $Y do b = i end",
    "for k, v in pairs($X) do a = v end",
    "for k, v in $X, $Y do a = v break end",
    "while $X do a = false break end",
    "repeat local z = $X until z == $Y or true",
    "if $X then a = $Y else b = $X end",
    "return f($X, $Y)",
    "local co = coroutine.create(function(...) local z = coroutine.yield($X) return z, $Y end) a = coroutine.resume(co) b = coroutine.resume(co, 1)",
    "a = coroutine.wrap(function() for i = 1, 2 do coroutine.yield(i) end error($X) end)()",
    "a, b = xpcall(function() return $X.z end, function(e) return $Y end)",
    "table.sort(t, function(x, y) return $X end)",
    "a = string.gsub('hello', 'l', $X)",
    "a = tostring($X) b = type($Y)",
    "collectgarbage() a = $X",
    "local up = $X f = function() up = $Y return up end",
    "t = {$X, $Y, x = $X, [2] = $Y, f($X)}",
    "a = select('#', $X, $Y)",
    "local function r(n) if n == 0 then return $X end return r(n - 1) end a = r(20)",
    "a = string.rep('ab', 1e8) b = $X",
    "local s = '' for i = 1, 20 do s = s .. i end b = s",
    "error($X, 2)",
];
