//! The same commands to this node and to a real redis-server 7.0.15: the replies must be equal to
//! the byte. The command lists are in `same_replies/`; see [`Line`] for their notation.

mod peers;
mod shown;

use std::collections::BTreeMap;

use engine_base::split::split_args;
use engine_resp::Value;
use peers::{Client, Ours, Peer, Real};
use shown::show;

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
/// client 2; `%+20` lets 20 milliseconds pass. The word `#2` is the id of client 2, which has asked for
/// it by `%@2 CLIENT ID`.
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
    let mut ids: BTreeMap<Vec<u8>, [String; 2]> = BTreeMap::new();
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
            let with_ids = |which: usize| -> Vec<Vec<u8>> {
                let id = |word: &Vec<u8>| ids.get(word).map(|ids| ids[which].clone().into_bytes());
                words.iter().map(|word| id(word).unwrap_or_else(|| word.clone())).collect()
            };
            real.send(a, &with_ids(0));
            ours.send(b, &with_ids(1));
        }
        if !parsed.read {
            real.settle();
            continue;
        }
        let (want, got) = (real.reply(a), ours.reply(b));
        if line.ends_with(" CLIENT ID") {
            let id = |reply: &Option<(Vec<u8>, Value)>| {
                let raw = reply.as_ref().map(|(raw, _)| String::from_utf8_lossy(raw));
                raw.map_or_else(String::new, |raw| raw.trim_matches([':', '\r', '\n']).to_owned())
            };
            ids.insert(format!("#{}", parsed.client).into_bytes(), [id(&want), id(&got)]);
        }
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

lists! { acl string hash list set zset stream bitmap keys dump geo hyperloglog scripting scripts tx connection pubsub tracking notify command server }
