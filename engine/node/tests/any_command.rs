//! No command with any arguments makes a node panic, nor leaves a client without an answer.

mod peers;

use engine_base::{Rng, Seed};
use engine_node::command;
use peers::{Ours, Peer as _};

/// Words that mean something somewhere, at the edges of what numbers can be.
const WORDS: &[&str] = &[
    "",
    "a",
    "b",
    "k1",
    "k2",
    "list",
    "hash",
    "set",
    "zset",
    "str",
    "num",
    "0",
    "1",
    "-1",
    "2",
    "3",
    "10",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "-0",
    "1.5",
    "-1e300",
    "1e308",
    "inf",
    "-inf",
    "nan",
    "(1",
    "(",
    "[a",
    "(b",
    "-",
    "+",
    "*",
    "[",
    "\\",
    "NX",
    "XX",
    "GT",
    "LT",
    "CH",
    "INCR",
    "EX",
    "PX",
    "EXAT",
    "PXAT",
    "KEEPTTL",
    "GET",
    "SET",
    "WITHSCORES",
    "WITHVALUES",
    "LIMIT",
    "COUNT",
    "MATCH",
    "TYPE",
    "BYSCORE",
    "BYLEX",
    "REV",
    "WEIGHTS",
    "AGGREGATE",
    "SUM",
    "MIN",
    "MAX",
    "LEFT",
    "RIGHT",
    "BEFORE",
    "AFTER",
    "RANK",
    "MAXLEN",
    "STORE",
    "ALPHA",
    "BY",
    "DESC",
    "#",
    "u8",
    "i64",
    "i5",
    "#1",
    "4294967295",
    "BIT",
    "BYTE",
    "OVERFLOW",
    "SAT",
    "FAIL",
    "INCRBY",
    "AND",
    "NOT",
    "ID",
    "ADDR",
    "REPLACE",
    "DB",
    "SYNC",
    "ASYNC",
    "FILTERBY",
    "PATTERN",
    "ACLCAT",
    "LEN",
    "IDX",
    "MINMATCHLEN",
    "-2",
    "100",
    "0.001",
    "2147483648",
    "-100",
    "\u{e9}",
    "{x}1",
    "{x}2",
    "10000",
    "IDLETIME",
    "FREQ",
    "encoding",
    "maxmemory",
    "save",
    "yes",
    "no",
    "ON",
    "OFF",
    "SKIP",
    "stream",
    "g",
    "c",
    "1-1",
    "2-*",
    "5-18446744073709551615",
    "$",
    ">",
    "~",
    "=",
    "MINID",
    "STREAMS",
    "GROUP",
    "NOACK",
    "FORCE",
    "JUSTID",
    "LASTID",
    "FULL",
    "MKSTREAM",
    "ENTRIESREAD",
];

/// These end, stop or slow down the node, which is not what is looked for here.
fn is_spared(name: &str) -> bool {
    matches!(
        name,
        "shutdown" | "debug" | "wait" | "replicaof" | "slaveof" | "psync" | "sync" | "monitor"
    )
}

fn run(seed: u64, commands: usize) {
    let mut rng = Rng::new(Seed::from_number(seed));
    let specs: Vec<_> = command::all().filter(|spec| !is_spared(spec.name)).collect();
    let mut node = Ours::start();
    let mut client = node.connect();
    for setup in [
        "RPUSH list a b c 1 2 3",
        "HSET hash a 1 b 2 f 1.5",
        "SADD set a b 1",
        "ZADD zset 1 a 2 b -inf c",
        "SET str hello",
        "SET num 41",
        "XADD stream 1-1 a 1 b 2",
        "XADD stream 2-1 a 1 c 2",
        "XGROUP CREATE stream g 0",
        "XREADGROUP GROUP g c COUNT 1 STREAMS stream >",
    ] {
        let words: Vec<Vec<u8>> = setup.split(' ').map(|w| w.as_bytes().to_vec()).collect();
        node.send(&mut client, &words);
        node.reply(&mut client).expect("an answer");
    }
    let mut answered = 0;
    for _ in 0..commands {
        let spec = specs[rng.index(specs.len())];
        let mut words = vec![spec.name.as_bytes().to_vec()];
        if !spec.subcommands.is_empty() && rng.chance(0.9) {
            let sub = &spec.subcommands[rng.index(spec.subcommands.len())];
            words.push(sub.name.as_bytes().to_vec());
        }
        let enough = spec.arity.unsigned_abs() as usize;
        let more = if spec.arity < 0 { rng.index(6) } else { 0 };
        while words.len() < enough + more {
            words.push(WORDS[rng.index(WORDS.len())].as_bytes().to_vec());
        }
        if words[1..].iter().any(|word| word.eq_ignore_ascii_case(b"pause")) {
            continue;
        }
        // Every command is answered in the end; a connection that was closed is opened anew.
        node.send(&mut client, &words);
        answered += usize::from(node.reply(&mut client).is_some());
        if rng.chance(0.2) || !node.is_open(&client) {
            client = node.connect();
        }
    }
    assert!(answered * 10 > commands * 7, "seed {seed}: {answered} answers only");
    let mut last = node.connect();
    node.send(&mut last, &[b"CLIENT".to_vec(), b"UNPAUSE".to_vec()]);
    node.send(&mut last, &[b"DBSIZE".to_vec()]);
    assert!(node.reply(&mut last).is_some(), "seed {seed}: the node answers no more");
}

#[test]
fn any_arguments() {
    for seed in 1..=20 {
        run(seed, 1500);
    }
}
