//! The same commands to this node and to a real redis-server 7.0.15: the replies must be equal to
//! the byte. The command lists are in `same_replies/`; see [`Line`] for their notation.

mod peers;

use std::collections::BTreeMap;

use engine_base::split::split_args;
use engine_base::{Rng, Seed};
use engine_resp::Value;
use peers::{Client, Ours, Peer, Real};

/// How two replies are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Compare {
    /// To the byte.
    Exact,
    /// `~`: the order of the items does not matter.
    AnyOrder,
    /// `~2`: the order of pairs of items does not matter.
    PairsInAnyOrder,
    /// `~~`: a cursor and items, whose order does not matter.
    ScanInAnyOrder,
    /// `%`: what the server answers depends on the machine.
    Not,
}

/// One line of a list: `[how][@client][>|<] command`.
///
/// `@2 GET k` is sent by client 2; `@2> BLPOP k 0` is only sent; `@2<` reads one more reply of
/// client 2; `%+20` lets 20 milliseconds pass.
#[derive(Debug)]
struct Line {
    compare: Compare,
    client: u32,
    send: Option<Vec<Vec<u8>>>,
    read: bool,
    wait_ms: u64,
}

fn parse(line: &str) -> Line {
    let mut rest = line;
    let mut compare = Compare::Exact;
    for (mark, kind) in [
        ("~~", Compare::ScanInAnyOrder),
        ("~2", Compare::PairsInAnyOrder),
        ("~", Compare::AnyOrder),
        ("%", Compare::Not),
    ] {
        if let Some(tail) = rest.strip_prefix(mark) {
            (compare, rest) = (kind, tail);
            break;
        }
    }
    let mut out = Line { compare, client: 1, send: None, read: true, wait_ms: 0 };
    if let Some(ms) = rest.strip_prefix('+') {
        out.wait_ms = ms.trim().parse().expect("milliseconds after +");
        out.read = false;
        return out;
    }
    rest = rest.trim_start();
    if let Some(tail) = rest.strip_prefix('@') {
        let digits = tail.chars().take_while(char::is_ascii_digit).count();
        out.client = tail[..digits].parse().expect("a client's number after @");
        rest = &tail[digits..];
    }
    if let Some(tail) = rest.strip_prefix('<') {
        assert!(tail.trim().is_empty(), "{line}");
        return out;
    }
    if let Some(tail) = rest.strip_prefix('>') {
        out.read = false;
        rest = tail;
    }
    out.send = Some(split_args(rest.as_bytes()).expect("balanced quotes"));
    out
}

fn sorted(items: &[Value], chunk: usize) -> Vec<String> {
    let mut texts: Vec<String> = items.chunks(chunk).map(|c| format!("{c:?}")).collect();
    texts.sort();
    texts
}

fn same(compare: Compare, real: &(Vec<u8>, Value), ours: &(Vec<u8>, Value)) -> bool {
    let items = |v: &Value| v.as_slice().map(<[Value]>::to_vec);
    match compare {
        Compare::Exact => real.0 == ours.0,
        Compare::Not => true,
        Compare::AnyOrder | Compare::PairsInAnyOrder => match (items(&real.1), items(&ours.1)) {
            (Some(a), Some(b)) => {
                let chunk = if compare == Compare::AnyOrder { 1 } else { 2 };
                sorted(&a, chunk) == sorted(&b, chunk)
            }
            _ => real.0 == ours.0,
        },
        Compare::ScanInAnyOrder => match (items(&real.1), items(&ours.1)) {
            (Some(a), Some(b)) => {
                let inner = |v: &[Value]| v.get(1).and_then(&items).map(|i| sorted(&i, 1));
                a.first() == b.first() && inner(&a) == inner(&b)
            }
            _ => real.0 == ours.0,
        },
    }
}

/// Client ids differ from run to run.
fn masked(bytes: &[u8]) -> Vec<u8> {
    const MARK: &[u8] = b"$2\r\nid\r\n:";
    let Some(at) = bytes.windows(MARK.len()).position(|w| w == MARK) else { return bytes.to_vec() };
    let from = at + MARK.len();
    let digits = bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    [&bytes[..from], b"0", &bytes[from + digits..]].concat()
}

fn show(bytes: &[u8]) -> String {
    let text = bytes.escape_ascii().to_string();
    if text.len() > 1500 { format!("{}… ({} bytes)", &text[..1500], bytes.len()) } else { text }
}

/// Runs one list against both servers.
fn run(list: &str, text: &str) {
    let (Some(real), ours) = (Real::start(), Ours::start()) else {
        eprintln!("skipped: redis-server is not installed (CI installs it)");
        return;
    };
    compare(list, text, real, ours);
}

fn compare(list: &str, text: &str, mut real: Real, mut ours: Ours) {
    let mut clients: BTreeMap<u32, (Client, Client)> = BTreeMap::new();
    let mut differences = Vec::new();
    let mut compared = 0;
    for (number, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let parsed = parse(line);
        if parsed.wait_ms > 0 {
            real.pass(parsed.wait_ms);
            ours.pass(parsed.wait_ms);
            continue;
        }
        let (a, b) =
            clients.entry(parsed.client).or_insert_with(|| (real.connect(), ours.connect()));
        if let Some(words) = &parsed.send {
            real.send(a, words);
            ours.send(b, words);
        }
        if !parsed.read {
            real.settle();
            continue;
        }
        let (want, got) = (real.reply(a), ours.reply(b));
        compared += 1;
        let want = want.map(|(raw, v)| (masked(&raw), v));
        let got = got.map(|(raw, v)| (masked(&raw), v));
        let equal = match (&want, &got) {
            (Some(want), Some(got)) => same(parsed.compare, want, got),
            (None, None) => true,
            _ => false,
        };
        if !equal {
            let raw = |r: &Option<(Vec<u8>, Value)>| {
                r.as_ref().map_or_else(|| "(none)".into(), |r| show(&r.0))
            };
            differences.push(format!(
                "{list}.txt:{}: {line}\n    redis {}\n    ours  {}",
                number + 1,
                raw(&want),
                raw(&got)
            ));
        }
    }
    assert!(compared > 10, "{list} compares too little");
    assert!(
        differences.is_empty(),
        "{} of {compared} replies differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// Makes the only node of a cluster the owner of all slots, and waits until it serves.
fn own_all_slots(peer: &mut dyn Peer) {
    let mut client = peer.connect();
    let mut ask = |peer: &mut dyn Peer, command: &str| {
        let words: Vec<_> = command.split(' ').map(|w| w.as_bytes().to_vec()).collect();
        peer.send(&mut client, &words);
        peer.reply(&mut client).and_then(|(_, value)| value.to_text()).unwrap_or_default()
    };
    assert_eq!(ask(peer, "CLUSTER ADDSLOTSRANGE 0 16383"), "OK");
    for _ in 0..100 {
        if ask(peer, "CLUSTER INFO").contains("cluster_state:ok") {
            return;
        }
        peer.pass(100);
    }
    panic!("the cluster does not come up");
}

#[test]
fn cluster() {
    let file = format!("slotlab-nodes-{}.conf", std::process::id());
    let directives = ["--cluster-enabled", "yes", "--cluster-config-file", &file];
    let Some(mut real) = Real::start_with(&directives) else {
        eprintln!("skipped: redis-server is not installed (CI installs it)");
        return;
    };
    let mut ours = Ours::start_with(&directives);
    own_all_slots(&mut real);
    own_all_slots(&mut ours);
    compare("cluster", include_str!("same_replies/cluster.txt"), real, ours);
    let _ = std::fs::remove_file(std::env::temp_dir().join(file));
}

/// Undoes the escapes of a line of `broken.txt`.
fn unescape(line: &str) -> Vec<u8> {
    split_args(format!("\"{}\"", line.replace('"', "\\x22")).as_bytes()).expect("a line").remove(0)
}

#[test]
fn broken_protocol() {
    let Some(mut real) = Real::start() else {
        eprintln!("skipped: redis-server is not installed (CI installs it)");
        return;
    };
    let mut ours = Ours::start();
    let mut lines: Vec<Vec<u8>> =
        include_str!("same_replies/broken.txt").lines().map(unescape).collect();
    lines.push(vec![b'a'; 70_000]);
    lines.push([b"*1", &[b'1'; 70_000][..]].concat());
    lines.push([b"*1\r\n$1", &[b'1'; 70_000][..]].concat());
    let mut differences = Vec::new();
    for line in lines {
        let (mut a, mut b) = (real.connect(), ours.connect());
        real.send_raw(&mut a, &line);
        ours.send_raw(&mut b, &line);
        let (want, got) = (real.drain(&mut a), ours.drain(&mut b));
        if want != got {
            differences.push(format!(
                "{}\n    redis {}\n    ours  {}",
                show(&line),
                show(&want),
                show(&got)
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

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

/// `INFO` as (section, field) in order.
fn info_fields(text: &str) -> Vec<(String, String)> {
    let mut section = String::new();
    let mut fields = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            name.clone_into(&mut section);
        } else if let Some((name, _)) = line.split_once(':') {
            // Those of commands stand in no order there.
            if section != "Commandstats" && section != "Latencystats" {
                fields.push((section.clone(), name.to_owned()));
            }
        }
    }
    fields
}

#[test]
fn info_has_the_fields_of_the_real_server_in_its_order() {
    let Some(mut real) = Real::start() else {
        eprintln!("skipped: redis-server is not installed (CI installs it)");
        return;
    };
    let mut ours = Ours::start();
    let (mut a, mut b) = (real.connect(), ours.connect());
    let ask = |peer: &mut dyn Peer, client: &mut Client| {
        for command in ["SET k v", "EXPIRE k 100", "GET nosuch", "NOSUCH", "INFO everything"] {
            let words: Vec<_> = command.split(' ').map(|w| w.as_bytes().to_vec()).collect();
            peer.send(client, &words);
            let (_, value) = peer.reply(client).expect("an answer");
            if command.starts_with("INFO") {
                return info_fields(&value.to_text().expect("a text"));
            }
        }
        Vec::new()
    };
    let (want, got) = (ask(&mut real, &mut a), ask(&mut ours, &mut b));
    assert!(got.len() > 80, "{} fields only", got.len());
    let mut rest = want.iter();
    for field in &got {
        assert!(rest.any(|wanted| wanted == field), "{field:?} is no field there, or out of order");
    }
}

macro_rules! lists {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            run(stringify!($name), include_str!(concat!("same_replies/", stringify!($name), ".txt")));
        })*
    };
}

lists! { string hash list set zset bitmap keys dump geo hyperloglog scripting tx connection pubsub notify command server }
