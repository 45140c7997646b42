//! Scripts and functions around drawn commands: what a command does is the same by whatever way it
//! is called.

use super::draw::{Draw, Drawn};
use super::scene::Step;
use super::{Mode, Word};

/// Scripts that call what their arguments say.
const CALLERS: [&str; 7] = [
    "return redis.call(unpack(ARGV))",
    "return redis.pcall(unpack(ARGV))",
    "redis.setresp(3); return redis.call(unpack(ARGV))",
    "local r = redis.pcall(unpack(ARGV)); return {type(r), r}",
    "return {pcall(redis.call, unpack(ARGV))}",
    "#!lua\nreturn redis.call(unpack(ARGV))",
    "#!lua flags=no-writes\nreturn redis.call(unpack(ARGV))",
];

/// Scripts of their own: values on their way out, errors, globals, texts.
const ALONE: [&str; 40] = [
    "return 3.99",
    "return -3.99",
    "return 2^53",
    "return 1e300",
    "return 0/0",
    "return true",
    "return false",
    "return nil",
    "return {}",
    "return {1, 2, nil, 4}",
    "return {1, {2, {3, 'x'}}, true, false}",
    "return {ok = 'fine\\r\\nthen'}",
    "return {err = 'My error'}",
    "return {err = 'ERR'}",
    "return redis.error_reply('x')",
    "return redis.error_reply('-MY x')",
    "return redis.error_reply()",
    "return redis.status_reply('FINE')",
    "return redis.status_reply(1)",
    "return {double = 3.5}",
    "return {map = {a = 1}}",
    "return {set = {b = true}}",
    "return {big_number = '12345678901234567890'}",
    "return {verbatim_string = {format = 'txt', string = 'hi'}}",
    "redis.setresp(3); return {true, false}",
    "return redis.sha1hex('a')",
    "return redis.sha1hex()",
    "return x",
    "x = 1",
    "error('boom')",
    "error({err = 'MY boom'})",
    "error()",
    "local t = nil; return t.x",
    "return redis.call()",
    "return redis.call({})",
    "return redis.call('nosuch')",
    "return redis.call('get')",
    "return redis.call('eval', 'return 1', 0)",
    "return {KEYS[1], ARGV[1], #KEYS, #ARGV}",
    "return tostring(redis.REDIS_VERSION) .. redis.REDIS_VERSION_NUM .. redis.REPL_ALL",
];

/// A library, loaded before its functions are called.
const LIBRARY: &str = "#!lua name=lib
redis.register_function('call', function(keys, args) return redis.call(unpack(args)) end)
redis.register_function{function_name='read', callback=function(keys, args)
  return redis.pcall(unpack(args)) end, flags={'no-writes', 'allow-oom'}, description='reads'}
redis.register_function('echo', function(keys, args) return {keys, args, #keys} end)
";

fn step(name: &str, words: Vec<Word>) -> Step {
    Step::Ask(Drawn { name: name.to_owned(), words })
}

fn words(texts: &[&str]) -> Vec<Word> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// What cannot be compared when a script has called it: what is told in any order, or of a time.
fn fits(drawn: &Drawn) -> bool {
    const NAMES: [&str; 14] = [
        "SPOP",
        "SRANDMEMBER",
        "HRANDFIELD",
        "ZRANDMEMBER",
        "INFO",
        "TIME",
        "DUMP",
        "SMEMBERS",
        "SDIFF",
        "SINTER",
        "SUNION",
        "KEYS",
        "EVAL",
        "DEBUG",
    ];
    const KINDS: [&str; 12] = [
        "HKEYS", "HVALS", "HGETALL", "CLIENT", "CLUSTER", "COMMAND", "MEMORY", "LATENCY", "OBJECT",
        "SORT", "ACL", "HELLO",
    ];
    let known = |names: &[&str]| names.iter().any(|name| drawn.name.starts_with(name));
    let ends = ["SCAN", "TTL", "EXPIRETIME", "LASTSAVE"];
    let late = |word: &Word| word.eq_ignore_ascii_case(b"bylex");
    !known(&NAMES)
        && !known(&KINDS)
        && !ends.iter().any(|end| drawn.name.ends_with(end))
        && !drawn.name.starts_with('X')
        && !drawn.words.iter().any(late)
        && !drawn.name.contains("LEX")
}

/// A few scripts.
pub(super) fn scripts(draw: &mut Draw, mode: Mode) -> Vec<Step> {
    let mut steps = Vec::new();
    for _ in 0..4 {
        let alone = draw.rng.chance(0.35);
        let mut drawn = draw.command();
        while !fits(&drawn) {
            drawn = draw.command();
        }
        if alone {
            let mut eval = words(&["EVAL", draw.pick(&ALONE), "1", &draw.key("string"), "a b"]);
            if draw.rng.chance(0.1) {
                eval[0] = b"EVAL_RO".to_vec();
            }
            steps.push(step("EVAL", eval));
            continue;
        }
        let by_function = !mode.is_cluster() && draw.rng.chance(0.3);
        let mut call = if by_function {
            let name = draw.pick(&["call", "read", "echo", "CALL", "nosuch"]);
            words(&[draw.pick(&["FCALL", "FCALL", "FCALL_RO"]), name, "0"])
        } else {
            words(&[draw.pick(&["EVAL", "EVAL", "EVAL", "EVAL_RO"]), draw.pick(&CALLERS), "0"])
        };
        if by_function && draw.rng.chance(0.5) {
            steps.push(step("FUNCTION LOAD", words(&["FUNCTION", "LOAD", "REPLACE", LIBRARY])));
        }
        call.extend(drawn.words);
        steps.push(step("EVAL", call));
    }
    steps
}
