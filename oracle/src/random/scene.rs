//! Several commands that belong together, drawn as one.

use super::draw::{Draw, Drawn};
use super::users::users;
use super::{Mode, Word, scripts, words};

/// One thing that is done on both sides.
pub(super) enum Step {
    /// A command; its answers are compared, and the keys it names.
    Ask(Drawn),
    /// Keys with a short lifetime end.
    Sleep(u64),
    /// These bytes on a connection of their own, which they end.
    Talk(Vec<u8>),
    /// Each server restores what the other has dumped of a key.
    Exchange(Word),
    /// Everything that can be compared now is.
    Check,
}

fn ask(line: &str) -> Step {
    Step::Ask(Drawn::of(line))
}

/// What comes next.
pub(super) fn next(draw: &mut Draw, mode: Mode, directives: &[String]) -> Vec<Step> {
    if mode == Mode::Config {
        return setting(draw, directives);
    }
    if mode == Mode::Slots || !draw.rng.chance(0.06) {
        return vec![Step::Ask(draw.command())];
    }
    match draw.rng.index(17) {
        14.. => scripts::scripts(draw, mode),
        0..=3 => transaction(draw),
        4 => no_memory(draw),
        5 => short_life(draw),
        6 | 7 => vec![Step::Talk(inline(draw))],
        8 => vec![Step::Talk(subscriptions(draw))],
        9 => {
            let key = draw.key("").into_bytes();
            vec![Step::Exchange(key)]
        }
        10 if draw.rng.chance(0.2) => {
            let again = ["DEBUG RELOAD", "DEBUG LOADAOF"][draw.rng.index(2)];
            vec![Step::Check, ask(again), Step::Check]
        }
        10 => vec![Step::Ask(draw.command())],
        12 | 13 => users(draw),
        _ if mode.is_cluster() => vec![Step::Ask(draw.command())],
        _ => {
            let database = draw.rng.index(3);
            let mut steps = vec![ask(&format!("SELECT {database}"))];
            steps.extend((0..draw.rng.index(4)).map(|_| Step::Ask(draw.command())));
            steps.push(ask("SELECT 0"));
            steps
        }
    }
}

fn transaction(draw: &mut Draw) -> Vec<Step> {
    let mut steps = Vec::new();
    if draw.rng.chance(0.4) {
        let key = draw.key("");
        steps.push(ask(&format!("WATCH {key}")));
        steps.push(Step::Ask(draw.command()));
        if draw.rng.chance(0.3) {
            steps.push(ask("UNWATCH"));
        }
    }
    steps.push(ask("MULTI"));
    for _ in 0..draw.rng.index(6) {
        let drawn = draw.command();
        // What comes after it would find other members.
        if drawn.name != "SPOP" {
            steps.push(Step::Ask(drawn));
        }
    }
    if draw.rng.chance(0.1) {
        steps.push(ask("MULTI"));
    }
    steps.push(ask(["EXEC", "EXEC", "EXEC", "DISCARD", "EXEC x"][draw.rng.index(5)]));
    // In case that the last one was refused.
    steps.push(ask("DISCARD"));
    steps
}

fn no_memory(draw: &mut Draw) -> Vec<Step> {
    let mut steps = vec![ask("CONFIG SET maxmemory 1")];
    steps.extend((0..5).map(|_| Step::Ask(draw.command())));
    if draw.rng.chance(0.5) {
        steps.extend(transaction(draw));
    }
    steps.push(ask("CONFIG SET maxmemory 0"));
    steps
}

/// Milliseconds that a key lives at least as long as the two servers are asked about it, on a busy
/// machine too.
const LIFE: u64 = 60;

fn short_life(draw: &mut Draw) -> Vec<Step> {
    let key = draw.key("");
    let line = match draw.rng.index(4) {
        0 => format!("PEXPIRE {key} {LIFE}"),
        1 => format!("SET {key} v PX {LIFE}"),
        2 => format!("GETEX {key} PX {LIFE}"),
        _ => format!("PSETEX {key} {LIFE} v"),
    };
    let mut steps = vec![ask(&line), Step::Sleep(2 * LIFE)];
    let commands = (0..6).map(|_| draw.command());
    // Whom SCAN meets depends on the dictionary.
    steps.extend(commands.filter(|drawn| drawn.name != "SCAN").map(Step::Ask));
    for _ in 0..2 {
        let command =
            ["GET", "TTL", "TYPE", "DEL", "EXISTS", "OBJECT ENCODING", "TOUCH", "PERSIST"];
        let name = draw.pick(&command);
        steps.push(ask(&format!("{name} {key}")));
    }
    steps
}

/// Lines as somebody types them with netcat, some with quotes that do not end.
fn inline(draw: &mut Draw) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..3 {
        let mut line = draw.command().words.join(&b' ');
        line.retain(|byte| !matches!(byte, b'\n' | b'\0'));
        // What waits, or tells of the connection, is not what is looked at here.
        let name = line.split(|b| *b == b' ').next().unwrap_or_default().to_ascii_uppercase();
        if b"ABCSHIZDEKRLMOTWP".contains(name.first().unwrap_or(&b' ')) || name.is_empty() {
            line = [b"GET ", &draw.string()[..]].concat();
            line.retain(|byte| !matches!(byte, b'\n' | b'\0'));
        }
        let ends: [&[u8]; 8] = [
            b"\r\n",
            b"\n",
            b"\r\n",
            b" \"a b\"\r\n",
            b" \"\\x41\\n\"\r\n",
            b" 'a\\'b'\n",
            b" \"\r\n",
            b" 'x'y\r\n",
        ];
        line.extend_from_slice(draw.pick(&ends));
        bytes.extend(line);
    }
    let broken: [&[u8]; 7] = [
        b"",
        b"*1\r\n$4\r\nPING\r\n",
        b"*-1\r\nPING\r\n",
        b"*1\r\n$x\r\n",
        b"*2147483648\r\n",
        b"*1\r\n:4\r\nPING\r\n",
        b"*1\r\n$-5\r\n",
    ];
    bytes.extend_from_slice(draw.pick(&broken));
    bytes.extend(b"\r\nQUIT\r\n");
    bytes
}

fn subscriptions(draw: &mut Draw) -> Vec<u8> {
    let lines = [
        "SUBSCRIBE a",
        "PSUBSCRIBE a*",
        "UNSUBSCRIBE",
        "PUNSUBSCRIBE",
        "UNSUBSCRIBE a nosuch",
        "PUNSUBSCRIBE a*",
        "PING",
        "PING x",
        "GET x",
        "SUBSCRIBE",
        "SSUBSCRIBE {x}",
        "SUNSUBSCRIBE",
        "PUBLISH a x",
        "HELLO 3",
        "HELLO 2",
        "RESET",
        "MULTI",
        "EXEC",
        "SSUBSCRIBE {x} {x}",
        "SPUBLISH {x} m",
        "ECHO",
        "CLIENT GETNAME",
        "NOSUCH x",
        "UNSUBSCRIBE b a",
    ];
    let mut bytes = Vec::new();
    for _ in 0..2 + draw.rng.index(8) {
        bytes.extend(draw.pick(&lines).as_bytes());
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"QUIT\r\n");
    bytes
}

/// Directives that are not set: they move the server, its folder or its log, or its end.
const LEFT_ALONE: [&str; 28] = [
    "port",
    "bind",
    "bind-source-addr",
    "dir",
    "unixsocket",
    "logfile",
    "requirepass",
    "maxclients",
    "tls-port",
    "cluster-port",
    "masterauth",
    "masteruser",
    "replicaof",
    "slaveof",
    "appendonly",
    "oom-score-adj",
    "protected-mode",
    "timeout",
    "io-threads",
    "watchdog-period",
    "maxmemory",
    "enable-debug-command",
    "rdb-key-save-delay",
    "key-load-delay",
    "tls-*",
    "pidfile",
    "proto-max-bulk-len",
    // Needs an allocator that Debian's redis-server is built without.
    "activedefrag",
];

fn setting(draw: &mut Draw, directives: &[String]) -> Vec<Step> {
    let free: Vec<&str> = directives
        .iter()
        .map(String::as_str)
        .filter(|name| !LEFT_ALONE.contains(name) && !name.starts_with("tls-"))
        .collect();
    let mut words: Vec<Word> = vec![b"CONFIG".to_vec()];
    if draw.rng.chance(0.15) {
        words.push(b"GET".to_vec());
        for _ in 0..1 + draw.rng.index(2) {
            let pattern = draw.pick(&words::SETTING_PATTERNS);
            words.push(pattern.as_bytes().to_vec());
        }
        return vec![Step::Ask(Drawn { name: "CONFIG GET".into(), words })];
    }
    words.push(b"SET".to_vec());
    let mut steps = Vec::new();
    for _ in 0..[1, 1, 1, 1, 2, 3][draw.rng.index(6)] {
        let mut name = draw.pick(&free).to_owned();
        if draw.rng.chance(0.1) {
            name.make_ascii_uppercase();
        } else if draw.rng.chance(0.03) {
            name.push_str("\u{e4}x");
        }
        let value = draw.pick(&words::SETTINGS);
        words.push(name.clone().into_bytes());
        words.push(value.as_bytes().to_vec());
        let get = vec![b"CONFIG".to_vec(), b"GET".to_vec(), name.into_bytes()];
        steps.push(Step::Ask(Drawn { name: "CONFIG GET".into(), words: get }));
    }
    if draw.rng.chance(0.04) {
        words.pop();
    }
    steps.insert(0, Step::Ask(Drawn { name: "CONFIG SET".into(), words }));
    steps
}
