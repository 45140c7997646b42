//! The same commands to this node and to a real redis-server 7.0.15: the replies must be equal to
//! the byte. The command lists are in `same_replies/`; see [`Line`] for their notation.

mod peers;

use std::collections::BTreeMap;

use engine_base::split::split_args;
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
                let inner = |v: &[Value]| v.get(1).and_then(|i| items(i)).map(|i| sorted(&i, 1));
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
    let Some(mut real) = Real::start() else {
        eprintln!("skipped: redis-server is not installed (CI installs it)");
        return;
    };
    let mut ours = Ours::start();
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

macro_rules! lists {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            run(stringify!($name), include_str!(concat!("same_replies/", stringify!($name), ".txt")));
        })*
    };
}

lists! { string hash list set zset bitmap keys tx connection pubsub command server }
