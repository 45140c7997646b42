//! Lua's libraries answer as redis-server 7.0.15 does: every snippet of `libraries/*.cases` (`> `) with what EVAL answered
//! (`= `, one line a value; `oracle --scripts PORT record` writes them). A value stands as its type's first letter and its
//! text, a table with its entries in the order of `pairs`.

use engine_lua::{Lua, Random, Run, Step, Value};

const SHOW: &str = include_str!("libraries/show.lua");

const FILES: [(&str, &str); 6] = [
    ("string", include_str!("libraries/string.cases")),
    ("table", include_str!("libraries/table.cases")),
    ("math", include_str!("libraries/math.cases")),
    ("struct", include_str!("libraries/struct.cases")),
    ("msgpack", include_str!("libraries/msgpack.cases")),
    ("cjson", include_str!("libraries/cjson.cases")),
];

fn script(snippet: &str) -> String {
    let show = SHOW.replace('\n', " ");
    format!("{show} return all(pcall(function() {snippet}\nend))")
}

/// Begins a snippet.
fn begin(snippet: &str) -> (Lua, Run) {
    let mut lua = Lua::new();
    lua.heap.random = Some(Random::default());
    let function =
        lua.load(b"@user_script", script(snippet).as_bytes()).expect("the snippet is Lua");
    let run = lua.start(function, &[]);
    (lua, run)
}

/// Goes on to the end with so much fuel a step; `between` may change the state after each.
fn finish(mut lua: Lua, run: Run, fuel: u64, mut between: impl FnMut(&mut Lua)) -> Vec<String> {
    loop {
        match lua.resume(run, &mut { fuel }) {
            Step::Spent => between(&mut lua),
            Step::Done(values) => return shown(&lua, values[0]),
            other => panic!("{other:?}"),
        }
    }
}

fn shown(lua: &Lua, value: Value) -> Vec<String> {
    let Value::Table(table) = value else { panic!("{value:?}") };
    let text = |index| match lua.heap.raw_get_int(table, index) {
        Value::Str(string) => lua.heap.bytes(string).escape_ascii().to_string(),
        other => panic!("{other:?}"),
    };
    (1..=lua.heap.len(table) as i64).map(text).collect()
}

/// All snippets with their answers.
fn cases() -> impl Iterator<Item = (&'static str, &'static str, Vec<&'static str>)> {
    FILES.iter().flat_map(|(file, text)| {
        let mut cases = Vec::new();
        for line in text.lines() {
            if let Some(snippet) = line.strip_prefix("> ") {
                cases.push((*file, snippet, Vec::new()));
            } else if let (Some(answer), Some(case)) = (line.strip_prefix("= "), cases.last_mut()) {
                case.2.push(answer);
            }
        }
        cases
    })
}

#[test]
fn every_snippet_answers_as_redis_server_did() {
    let mut wrong = Vec::new();
    for (file, snippet, want) in cases() {
        let (lua, run) = begin(snippet);
        let answer = finish(lua, run, u64::MAX, |_| ());
        if answer != want {
            wrong.push(format!("{file}: {snippet}\n  want {want:?}\n  got  {answer:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} different\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn to_stop_anywhere_to_collect_and_to_be_cloned_there_changes_no_answer() {
    for (file, snippet, want) in cases() {
        // What fills 8000 places of a stack takes long step by step.
        if snippet.contains("000)") || snippet.contains("65536") {
            continue;
        }
        let (lua, run) = begin(snippet);
        let mut steps = 0;
        let answer = finish(lua, run, 7, |lua| {
            steps += 1;
            if steps % 5 == 0 {
                lua.collect();
                *lua = lua.clone();
            }
        });
        assert_eq!(answer, want, "{file}: {snippet}");
    }
}

/// A snippet's answer when every call of `ask` is answered by the host with what it was given.
fn with_host(snippet: &str) -> (Vec<String>, usize) {
    let mut lua = Lua::new();
    let ask = lua.heap.host_function(1);
    lua.set_global("ask", ask);
    let function =
        lua.load(b"@user_script", script(snippet).as_bytes()).expect("the snippet is Lua");
    let run = lua.start(function, &[]);
    let mut asked = 0;
    loop {
        match lua.resume(run, &mut { u64::MAX }) {
            Step::Host { args, .. } => {
                asked += 1;
                // The world may be cloned while the host thinks.
                lua = lua.clone();
                lua.answer(run, Ok(&args));
                lua.collect();
            }
            Step::Done(values) => return (shown(&lua, values[0]), asked),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_host_function_can_be_called_from_any_callback() {
    for (snippet, want, least) in [
        (
            "return string.gsub('abc', '%w', function(c) return ask(c .. '!') end)",
            &["true", "sa!b!c!", "n3"][..],
            3,
        ),
        ("return string.gsub('abc', '%w', ask)", &["true", "sabc", "n3"], 3),
        (
            "local t = setmetatable({}, {__index = function(_, k) return ask(k:upper()) end}) return string.gsub('abc', '%w', t)",
            &["true", "sABC", "n3"],
            3,
        ),
        (
            "local t = {3, 1, 2, 5, 4} table.sort(t, function(a, b) return ask(a < b) end) return table.concat(t)",
            &["true", "s12345"],
            6,
        ),
        (
            "local m = {__lt = function(a, b) return ask(a.n < b.n) end} local function o(n) return setmetatable({n = n}, m) end local t = {o(2), o(3), o(1)} table.sort(t) return t[1].n, t[2].n, t[3].n",
            &["true", "n1", "n2", "n3"],
            2,
        ),
        ("return table.foreach({a = 1}, function(k, v) return ask(k, v) end)", &["true", "sa"], 1),
        (
            "return table.foreachi({7, 8}, function(i, v) if ask(i) == 2 then return v end end)",
            &["true", "n8"],
            2,
        ),
        (
            "local co = coroutine.wrap(function() return (string.gsub('xy', '.', ask)) end) return co()",
            &["true", "sxy"],
            2,
        ),
    ] {
        let (answer, asked) = with_host(snippet);
        assert_eq!(answer, want, "{snippet}");
        assert!(asked >= least, "{snippet}: {asked}");
    }
}

#[test]
fn what_would_be_huge_is_an_error_of_lua() {
    for snippet in [
        "return string.rep('x', 2^31 - 1)",
        "return #string.rep(string.rep('x', 2^10), 2^30)",
        "local s = string.rep('x', 2^21) return string.format('%s%s%s%s%s%s%s%s', s, s, s, s, s, s, s, s)",
        "local s = string.rep('x', 2^18) return (string.gsub(string.rep('a', 100), 'a', s))",
        "local s, t = string.rep('x', 2^20), {} for i = 1, 24 do t[i] = s end return table.concat(t)",
        "local t = 'x' for i = 1, 60 do t = {t, t} end return cjson.encode(t)",
        "local s, t = string.rep('x', 2^16), {} for i = 1, 2000 do t[i] = s end return cmsgpack.pack(t)",
        "local s = string.rep('x', 2^20) return struct.pack(string.rep('s', 20), unpack((function() local t = {} for i = 1, 20 do t[i] = s end return t end)()))",
        "return cjson.decode('[' .. string.rep('[],', 2^20) .. '0]')",
        "return cmsgpack.unpack('\\221\\1\\0\\0\\0' .. string.rep('\\128', 2^20))",
    ] {
        let (mut lua, run) = begin(snippet);
        lua.set_memory_limit(1 << 24);
        let answer = finish(lua, run, u64::MAX, |_| ());
        assert_eq!(answer, ["false", "snot enough memory"], "{snippet}");
    }
}

#[test]
fn what_takes_forever_can_be_left() {
    for snippet in [
        "return string.find(string.rep('a', 5000), string.rep('a-', 60) .. 'b')",
        "return string.match(string.rep('a', 5000), string.rep('a*', 60) .. 'b')",
        "return string.gsub(string.rep('a', 5000), string.rep('a?', 60) .. string.rep('a', 60) .. 'b', '')",
        "for w in string.gmatch(string.rep('a', 5000), string.rep('a-', 60) .. 'b') do end",
        "table.insert({}, -2^31, 'x')",
        "table.sort({3, 1, 2}, function(a, b) while true do end end)",
    ] {
        let (mut lua, run) = begin(snippet);
        for _ in 0..20 {
            assert!(matches!(lua.resume(run, &mut 20_000), Step::Spent), "{snippet}");
        }
        lua.abort(run);
        assert!(matches!(lua.resume(run, &mut 20_000), Step::Failed { .. }), "{snippet}");
    }
}
