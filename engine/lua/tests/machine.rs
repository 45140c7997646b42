//! What the host sees of a machine: steps, answers, clones, limits, and a heap that does not grow for ever.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use engine_lua::{Call, Error, Lua, Outcome, Run, Step, Value};

fn begun(lua: &mut Lua, source: &str) -> Run {
    let function = lua.load(b"@user_script", source.as_bytes()).unwrap();
    lua.start(function, &[])
}

fn text(lua: &mut Lua, value: Value) -> String {
    match lua.heap.to_string(value) {
        Some(text) => String::from_utf8_lossy(lua.heap.bytes(text)).into_owned(),
        None => value.type_name().to_owned(),
    }
}

fn end(lua: &mut Lua, run: Run) -> String {
    match lua.resume(run, &mut 100_000_000) {
        Step::Done(values) => {
            values.into_iter().map(|value| text(lua, value)).collect::<Vec<_>>().join(" ")
        }
        Step::Failed { error, .. } => format!("failed: {}", text(lua, error)),
        step => format!("{step:?}"),
    }
}

fn run(source: &str) -> String {
    let mut lua = Lua::new();
    let run = begun(&mut lua, source);
    end(&mut lua, run)
}

#[test]
fn a_host_function_can_be_called_from_anywhere() {
    for source in [
        "return host(1) + host(2)",
        "local t = {3, 1, 2} table.sort(t, function(a, b) host(0) return a < b end) return t[1] + t[2] + t[3]",
        "local co = coroutine.wrap(function() return host(6) end) return co()",
        "return (setmetatable({}, {__index = function(t, k) return host(k) end}))[6]",
        "return setmetatable({}, {__add = host}) + 1 == nil and 0 or 6",
        "return (string.gsub('6', '%d', function(d) return host(d) end))",
        "local ok, v = pcall(host, 6) return v",
        "for i in function(_, i) return host(not i and 6 or nil) end do return i end",
    ] {
        let mut lua = Lua::new();
        let host = lua.heap.host_function(7);
        lua.set_global("host", host);
        let run = begun(&mut lua, source);
        let mut asked = 0;
        let got = loop {
            match lua.resume(run, &mut 1000) {
                Step::Host { id, args } => {
                    asked += 1;
                    assert_eq!(id, 7);
                    let answer = match args.first() {
                        Some(Value::Number(1.0)) => Value::Number(2.0),
                        Some(Value::Number(2.0)) => Value::Number(4.0),
                        Some(Value::Table(_)) => Value::Number(6.0),
                        other => other.copied().unwrap_or_default(),
                    };
                    lua.answer(run, Ok(&[answer]));
                }
                Step::Done(values) => break text(&mut lua, values[0]),
                step => panic!("{source}: {step:?}"),
            }
        };
        assert_eq!(got, "6", "{source}");
        assert!(asked > 0);
    }
}

#[test]
fn an_error_of_the_host_is_thrown_where_it_was_called() {
    let mut lua = Lua::new();
    let host = lua.heap.host_function(1);
    lua.set_global("host", host);
    let run = begun(&mut lua, "local ok, e = pcall(function()\n host() end)\nreturn e .. '!'");
    assert!(matches!(lua.resume(run, &mut 100), Step::Host { .. }));
    lua.answer(run, Err(Error::message("no")));
    assert_eq!(end(&mut lua, run), "user_script:2: no!");
}

#[test]
fn a_clone_goes_its_own_way() {
    let mut lua = Lua::new();
    let host = lua.heap.host_function(1);
    lua.set_global("host", host);
    let run = begun(
        &mut lua,
        "n = 1 local t = {} for i = 1, 10 do t[i] = {i} end n = host() return n + #t",
    );
    assert!(matches!(lua.resume(run, &mut 100), Step::Host { .. }));
    let mut other = lua.clone();
    lua.answer(run, Ok(&[Value::Number(1.0)]));
    other.answer(run, Ok(&[Value::Number(100.0)]));
    assert_eq!((end(&mut lua, run), end(&mut other, run)), ("11".into(), "110".into()));
    assert_eq!(
        (lua.global("n").raw_equal(1.0.into()), other.global("n").raw_equal(100.0.into())),
        (true, true)
    );
}

#[test]
fn garbage_is_collected_and_what_is_reached_is_not() {
    let mut lua = Lua::new();
    let source = "
        local keep = {}
        for i = 1, 200 do keep['k' .. i] = {i, tostring(i), function() return i end} end
        for i = 1, 200000 do local t = {i, {i}, 'garbage' .. i, function() return i end} end
        for i = 1, 200 do
            local t = keep['k' .. i]
            if t[1] ~= i or t[2] ~= tostring(i) or t[3]() ~= i then return 'lost ' .. i end
        end
        return 'kept'";
    let run = begun(&mut lua, source);
    assert_eq!(end(&mut lua, run), "kept");
    lua.collect();
    assert!(lua.memory() < 1 << 20, "{} bytes", lua.memory());
    let pinned = lua.heap.string(b"a string that is pinned");
    lua.pin("it", pinned);
    lua.collect();
    let pinned = lua.pinned("it").unwrap();
    assert_eq!(text(&mut lua, pinned), "a string that is pinned");
}

#[test]
fn what_a_dead_coroutine_shared_lives_on() {
    let source = "
        local f
        do
            local co = coroutine.create(function() local x = {'alive'} f = function() return x[1] end coroutine.yield() end)
            coroutine.resume(co)
        end
        collectgarbage() collectgarbage()
        for i = 1, 1000 do local t = {i} end
        collectgarbage()
        return f()";
    assert_eq!(run(source), "alive");
}

#[test]
fn too_much_memory_is_an_error_that_a_script_can_catch() {
    let mut lua = Lua::new();
    lua.set_memory_limit(32 << 20);
    let sources = [
        "return pcall(string.rep, 'x', 2 ^ 31 - 1)",
        "return pcall(function() local s = 'x' while true do s = s .. s end end)",
        "return pcall(function() local t = {} for i = 1, 1e8 do t[i] = i end end)",
        "return pcall(function() local t = {} while true do t = {t, {}, 'x'} end end)",
    ];
    for source in sources {
        let run = begun(&mut lua, source);
        assert_eq!(
            end(&mut lua, run),
            "false not enough memory".replace("false ", "boolean "),
            "{source}"
        );
    }
    let run = begun(&mut lua, "return 'still here'");
    assert_eq!(end(&mut lua, run), "still here");
}

#[test]
fn deep_nesting_is_refused_and_deep_recursion_stops() {
    let deep = |open: &str, close: &str| {
        format!("return {}1{}", open.repeat(10_000), close.repeat(10_000))
    };
    for source in
        [deep("(", ")"), deep("{", "}"), deep("- ", ""), deep("not ", ""), deep("'a' .. ", "")]
    {
        let error = Lua::new().load(b"@user_script", source.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "user_script:1: chunk has too many syntax levels");
    }
    let functions = format!("{}{}", "function f() ".repeat(5000), "end ".repeat(5000));
    assert!(Lua::new().load(b"@user_script", functions.as_bytes()).is_err());
    let failed = run("local function f() return 1 + f() end return f()");
    assert_eq!(failed, "failed: user_script:1: stack overflow");
    let nested = "local function f(n) return coroutine.wrap(f)(n + 1) end return pcall(f, 1)";
    assert!(run(nested).contains("C stack overflow"), "{}", run(nested));
}

#[test]
fn a_native_function_that_calls_back_without_end_uses_fuel() {
    let mut lua = Lua::new();
    let run = begun(&mut lua, "return load(function() return 5 end)");
    for _ in 0..10 {
        assert!(matches!(lua.resume(run, &mut 100), Step::Spent));
    }
}

#[test]
fn an_aborted_run_is_over() {
    let mut lua = Lua::new();
    let run = begun(&mut lua, "while true do pcall(function() while true do end end) end");
    assert!(matches!(lua.resume(run, &mut 1000), Step::Spent));
    assert_eq!(lua.places(run)[0].line, 1);
    lua.abort(run);
    assert!(matches!(lua.resume(run, &mut 1000), Step::Failed { error: Value::Nil, .. }));
}

#[test]
fn the_place_of_an_error_is_told() {
    let mut lua = Lua::new();
    let source = "local function f()\n error('x')\nend\n\nf()";
    let run = begun(&mut lua, source);
    let Step::Failed { places, .. } = lua.resume(run, &mut 1000) else { panic!("no error") };
    let lines: Vec<i32> = places.iter().map(|place| place.line).collect();
    assert_eq!(lines, [-1, 2, 5]);
    assert!(places[0].is_native() && places[1].source == b"@user_script");
}

fn tells_own(call: &mut Call<'_>) -> Result<Outcome, Error> {
    let more = if call.upvalue(1).truthy() { 1.0 } else { 0.0 };
    let next = call.number(1)? + more;
    call.set_upvalue(1, Value::Bool(true));
    call.ret(Value::Number(next))
}

#[test]
fn a_native_closure_keeps_its_values() {
    let mut lua = Lua::new();
    let native = lua.heap.native_closure("own", tells_own, &[Value::Bool(false)]);
    lua.set_global("own", native);
    let run = begun(&mut lua, "return own(1), own(1), pcall(own)");
    let answer = end(&mut lua, run);
    assert_eq!(answer, "1 2 boolean bad argument #1 to '?' (number expected, got no value)");
}
