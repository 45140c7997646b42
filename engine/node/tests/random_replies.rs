//! Random commands to this node and to a real redis-server 7.0.15, without a socket on our side: thirty
//! thousand in a second or two. `cargo xtask compare` draws from all commands, on real ports.

mod peers;
mod shown;

use engine_base::{Rng, Seed};
use engine_resp::Value;
use peers::{Ours, Peer, Real};
use shown::show;

/// Commands whose answers follow from what was sent before, and from nothing else.
const DETERMINED: &[&str] = &[
    "append",
    "bitcount",
    "bitfield",
    "bitop",
    "bitpos",
    "copy",
    "decr",
    "decrby",
    "del",
    "exists",
    "expire",
    "get",
    "getbit",
    "getdel",
    "getex",
    "getrange",
    "getset",
    "hdel",
    "hexists",
    "hget",
    "hgetall",
    "hincrby",
    "hincrbyfloat",
    "hkeys",
    "hlen",
    "hmget",
    "hmset",
    "hset",
    "hsetnx",
    "hstrlen",
    "hvals",
    "incr",
    "incrby",
    "incrbyfloat",
    "keys",
    "lcs",
    "lindex",
    "linsert",
    "llen",
    "lmove",
    "lmpop",
    "lpop",
    "lpos",
    "lpush",
    "lpushx",
    "lrange",
    "lrem",
    "lset",
    "ltrim",
    "mget",
    "mset",
    "msetnx",
    "persist",
    "rename",
    "renamenx",
    "rpop",
    "rpoplpush",
    "rpush",
    "rpushx",
    "sadd",
    "scard",
    "sdiff",
    "sdiffstore",
    "set",
    "setbit",
    "setnx",
    "setrange",
    "sinter",
    "sintercard",
    "sinterstore",
    "sismember",
    "smembers",
    "smismember",
    "smove",
    "sort",
    "srem",
    "strlen",
    "sunion",
    "sunionstore",
    "ttl",
    "type",
    "zadd",
    "zcard",
    "zcount",
    "zdiff",
    "zdiffstore",
    "zincrby",
    "zinter",
    "zintercard",
    "zinterstore",
    "zlexcount",
    "zmpop",
    "zmscore",
    "zpopmax",
    "zpopmin",
    "zrange",
    "zrangebylex",
    "zrangebyscore",
    "zrangestore",
    "zrank",
    "zrem",
    "zremrangebylex",
    "zremrangebyrank",
    "zremrangebyscore",
    "zrevrange",
    "zrevrangebylex",
    "zrevrangebyscore",
    "zrevrank",
    "zscore",
    "zunion",
    "zunionstore",
    "object",
];

const KEYS: &[&str] = &["k", "l", "h", "s", "z", "n"];

const ARGUMENTS: &[&str] = &[
    "a",
    "b",
    "c",
    "0",
    "1",
    "2",
    "-1",
    "-2",
    "3",
    "7",
    "1.5",
    "-0.5",
    "1e3",
    "100",
    "inf",
    "-inf",
    "(1",
    "[a",
    "(b",
    "-",
    "+",
    "f",
    "NX",
    "XX",
    "GT",
    "LT",
    "CH",
    "INCR",
    "EX",
    "GET",
    "KEEPTTL",
    "PERSIST",
    "WITHSCORES",
    "LIMIT",
    "BYSCORE",
    "BYLEX",
    "REV",
    "WEIGHTS",
    "AGGREGATE",
    "MIN",
    "MAX",
    "LEFT",
    "RIGHT",
    "BEFORE",
    "AFTER",
    "RANK",
    "COUNT",
    "STORE",
    "ALPHA",
    "DESC",
    "u8",
    "i5",
    "#1",
    "BIT",
    "BYTE",
    "OVERFLOW",
    "SAT",
    "SET",
    "INCRBY",
    "AND",
    "OR",
    "NOT",
    "REPLACE",
    "LEN",
    "IDX",
    "",
    "*",
    "x y",
    "9223372036854775807",
    "encoding",
];

/// A random command; half of its words come from the command's own kind.
fn random_command(rng: &mut Rng) -> Vec<Vec<u8>> {
    let name = DETERMINED[rng.index(DETERMINED.len())];
    let spec = engine_node::command::find(name.as_bytes()).expect("a command of this node");
    let mut words = vec![name.to_owned()];
    let least = spec.arity.unsigned_abs() as usize;
    let more = if spec.arity < 0 { rng.index(5) } else { 0 };
    // Mostly the key that fits, so that most commands find something.
    let own = match name.as_bytes()[0] {
        b'l' | b'r' => "l",
        b'h' => "h",
        b's' if name.len() > 4 || name == "sadd" || name == "srem" => "s",
        b'z' => "z",
        _ => "k",
    };
    while words.len() < least + more {
        let key = words.len() == 1 || rng.chance(0.2);
        words.push(if key && rng.chance(0.7) {
            own.to_owned()
        } else if key {
            KEYS[rng.index(KEYS.len())].to_owned()
        } else {
            ARGUMENTS[rng.index(ARGUMENTS.len())].to_owned()
        });
    }
    words.into_iter().map(String::into_bytes).collect()
}

/// Items of arrays in an order of their own, at every depth: sets and hashes have none.
fn unordered(value: &Value) -> String {
    match value.as_slice() {
        Some(items) => {
            let mut texts: Vec<String> = items.iter().map(unordered).collect();
            texts.sort();
            format!("{texts:?}")
        }
        None => format!("{value:?}"),
    }
}

#[test]
fn random_commands() {
    let Some(mut real) = Real::start() else {
        eprintln!("skipped: redis-server is not installed (CI installs it)");
        return;
    };
    let mut ours = Ours::start();
    let (mut a, mut b) = (real.connect(), ours.connect());
    let mut rng = Rng::new(Seed::from_number(seed()));
    let mut history = Vec::new();
    for _ in 0..30_000 {
        let words = random_command(&mut rng);
        real.send(&mut a, &words);
        ours.send(&mut b, &words);
        let (want, got) = (real.reply(&mut a), ours.reply(&mut b));
        let text: Vec<String> = words.iter().map(|w| w.escape_ascii().to_string()).collect();
        history.push(text.join(" "));
        let same = match (&want, &got) {
            (Some(want), Some(got)) => want.0 == got.0 || unordered(&want.1) == unordered(&got.1),
            _ => false,
        };
        let show =
            |r: &Option<(Vec<u8>, Value)>| r.as_ref().map_or("(none)".into(), |r| show(&r.0));
        assert!(
            same,
            "seed {}, after {}:\n    {}\n    redis {}\n    ours  {}",
            seed(),
            history.len(),
            history[history.len().saturating_sub(60)..].join("\n    "),
            show(&want),
            show(&got)
        );
    }
}

/// Another seed than the usual one can be given to look for more.
#[allow(clippy::disallowed_methods, reason = "a test may be asked for more")]
fn seed() -> u64 {
    std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1)
}
