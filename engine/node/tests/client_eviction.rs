//! `maxmemory-clients`: clients that together cost too much are closed, the largest first. Each
//! story is told to a node of ours and, where there is one, to a real redis-server.

mod peers;

use engine_resp::Value;
use peers::{Client, Ours, Peer, Real};

fn on_both(story: impl Fn(&mut dyn Peer)) {
    story(&mut Ours::start());
    match Real::start() {
        Some(mut real) => story(&mut real),
        None => println!("skipped: redis-server is not installed"),
    }
}

fn ask(peer: &mut dyn Peer, client: &mut Client, words: &[&str]) -> Value {
    let words: Vec<Vec<u8>> = words.iter().map(|w| w.as_bytes().to_vec()).collect();
    peer.send(client, &words);
    peer.reply(client).expect("an answer").1
}

fn text(value: &Value) -> String {
    match value {
        Value::Bulk(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => panic!("a text, not {other:?}"),
    }
}

/// A client that nothing closes, and that watches the others.
fn watcher(peer: &mut dyn Peer) -> Client {
    let mut client = peer.connect();
    ask(peer, &mut client, &["CLIENT", "NO-EVICT", "on"]);
    ask(peer, &mut client, &["CLIENT", "SETNAME", "watcher"]);
    client
}

/// A client with `bytes` of an argument that never ends.
fn holding(peer: &mut dyn Peer, name: &str, bytes: usize) -> Client {
    let mut client = peer.connect();
    ask(peer, &mut client, &["CLIENT", "SETNAME", name]);
    let mut request = format!("*1\r\n${bytes}\r\n").into_bytes();
    request.resize(request.len() + bytes, b'v');
    peer.send_raw(&mut client, &request);
    peer.settle();
    client
}

/// The fields of one client's line in `CLIENT LIST`.
fn field(peer: &mut dyn Peer, watcher: &mut Client, name: &str, field: &str) -> Option<usize> {
    let list = text(&ask(peer, watcher, &["CLIENT", "LIST"]));
    let line = list.lines().find(|line| line.contains(&format!(" name={name} ")))?;
    let value = line.split(' ').find_map(|word| word.strip_prefix(&format!("{field}=")));
    Some(value.expect("the field").parse().expect("a number"))
}

/// Waits until a real server has read all that a client sent.
fn has_read(peer: &mut dyn Peer, watcher: &mut Client, name: &str, bytes: usize) {
    for _ in 0..500 {
        if field(peer, watcher, name, "qbuf").is_none_or(|read| read >= bytes) {
            return;
        }
        peer.pass(10);
    }
    panic!("{name} was never read");
}

fn names(peer: &mut dyn Peer, watcher: &mut Client) -> Vec<String> {
    let list = text(&ask(peer, watcher, &["CLIENT", "LIST"]));
    let name =
        |line: &str| line.split(' ').find_map(|word| word.strip_prefix("name=")).map(str::to_owned);
    let mut names: Vec<String> = list.lines().filter_map(name).collect();
    names.retain(|name| !name.is_empty());
    names.sort();
    names
}

fn evicted(peer: &mut dyn Peer, watcher: &mut Client) -> String {
    let info = text(&ask(peer, watcher, &["INFO", "stats"]));
    let line = info.lines().find(|line| line.starts_with("evicted_clients:"));
    line.expect("the field").to_owned()
}

#[test]
fn the_largest_go_first_and_no_more_than_must() {
    on_both(|peer| {
        let mut watcher = watcher(peer);
        let mut clients = Vec::new();
        let sizes = [("a-small", 40_000), ("b-large", 900_000), ("c-middle", 300_000)];
        for (name, bytes) in sizes {
            clients.push(holding(peer, name, bytes));
            has_read(peer, &mut watcher, name, bytes);
        }
        assert_eq!(names(peer, &mut watcher), ["a-small", "b-large", "c-middle", "watcher"]);
        ask(peer, &mut watcher, &["CONFIG", "SET", "maxmemory-clients", "1mb"]);
        assert_eq!(names(peer, &mut watcher), ["a-small", "c-middle", "watcher"]);
        assert_eq!(evicted(peer, &mut watcher), "evicted_clients:1");
        assert_eq!(peer.reply(&mut clients[1]), None, "it is told nothing");
        ask(peer, &mut watcher, &["CONFIG", "SET", "maxmemory-clients", "256kb"]);
        assert_eq!(names(peer, &mut watcher), ["a-small", "watcher"]);
        ask(peer, &mut watcher, &["CONFIG", "RESETSTAT"]);
        assert_eq!(evicted(peer, &mut watcher), "evicted_clients:0");
    });
}

#[test]
fn who_grows_too_large_under_a_limit_is_closed() {
    on_both(|peer| {
        let mut watcher = watcher(peer);
        ask(peer, &mut watcher, &["CONFIG", "SET", "maxmemory", "10mb"]);
        ask(peer, &mut watcher, &["CONFIG", "SET", "maxmemory-clients", "10%"]);
        let _fits = holding(peer, "fits", 500_000);
        has_read(peer, &mut watcher, "fits", 500_000);
        let cost = field(peer, &mut watcher, "fits", "tot-mem");
        assert!((500_000..600_000).contains(&cost.unwrap()), "{cost:?}");
        let _too_large = holding(peer, "too-large", 1_000_000);
        has_read(peer, &mut watcher, "too-large", 1_000_000);
        assert_eq!(names(peer, &mut watcher), ["fits", "watcher"]);
        // A share of a limit that is not there is none.
        ask(peer, &mut watcher, &["CONFIG", "SET", "maxmemory", "0"]);
        let _free = holding(peer, "free", 1_000_000);
        has_read(peer, &mut watcher, "free", 1_000_000);
        assert_eq!(names(peer, &mut watcher), ["fits", "free", "watcher"]);
    });
}

#[test]
fn who_must_not_go_counts_and_stays_until_it_may() {
    on_both(|peer| {
        let mut watcher = watcher(peer);
        ask(peer, &mut watcher, &["CONFIG", "SET", "maxmemory-clients", "1mb"]);
        let mut other = peer.connect();
        ask(peer, &mut other, &["CLIENT", "SETNAME", "other"]);
        let mut spared = peer.connect();
        ask(peer, &mut spared, &["CLIENT", "SETNAME", "spared"]);
        ask(peer, &mut spared, &["CLIENT", "NO-EVICT", "on"]);
        ask(peer, &mut spared, &["MULTI"]);
        let value = "v".repeat(400_000);
        for _ in 0..4 {
            ask(peer, &mut spared, &["SET", "k", &value]);
        }
        let queued = field(peer, &mut watcher, "spared", "multi-mem").expect("it is there");
        assert_eq!(queued, 4 * (3 + 1 + 400_000 + 3 * 8));
        // A real server weighs who is spared once a second only.
        for _ in 0..100 {
            if names(peer, &mut watcher).len() < 3 {
                break;
            }
            ask(peer, &mut watcher, &["DEBUG", "SLEEP", "0.05"]);
        }
        assert_eq!(names(peer, &mut watcher), ["spared", "watcher"], "the others went for it");
        peer.send(&mut spared, &[b"CLIENT".to_vec(), b"NO-EVICT".to_vec(), b"off".to_vec()]);
        // Inside MULTI that is queued, like all else.
        peer.reply(&mut spared);
        assert_eq!(names(peer, &mut watcher), ["spared", "watcher"]);
        ask(peer, &mut spared, &["DISCARD"]);
        assert_eq!(names(peer, &mut watcher), ["spared", "watcher"]);
    });
}

#[test]
fn names_that_a_client_listens_to_and_watches_count() {
    on_both(|peer| {
        let mut watcher = watcher(peer);
        ask(peer, &mut watcher, &["CONFIG", "SET", "maxmemory-clients", "200000"]);
        for word in ["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "WATCH"] {
            let mut client = peer.connect();
            let mut count = 0;
            let closed = loop {
                peer.send(&mut client, &[word.into(), format!("name-{count}").into_bytes()]);
                count += 1;
                if peer.reply(&mut client).is_none() {
                    break true;
                }
                if count == 20_000 {
                    break false;
                }
            };
            assert!(closed && count > 300, "{word}: {count}");
        }
    });
}

#[test]
fn a_large_answer_that_is_read_costs_nobody_the_connection() {
    let mut node = Ours::start();
    let mut client = node.connect();
    ask(&mut node, &mut client, &["CONFIG", "SET", "maxmemory-clients", "512kb"]);
    ask(&mut node, &mut client, &["SETRANGE", "k", "300000", "v"]);
    for _ in 0..10 {
        assert_eq!(text(&ask(&mut node, &mut client, &["GET", "k"])).len(), 300_001);
    }
    let mut slow = node.connect();
    let get = [b"GET".to_vec(), b"k".to_vec()];
    node.send(&mut slow, &get);
    node.pass(10);
    assert!(node.is_open(&slow), "what waits for it fits");
    node.send(&mut slow, &get);
    node.pass(10);
    assert!(!node.is_open(&slow), "nobody reads, and there is no room for two");
    assert!(node.is_open(&client));
}

#[test]
fn the_directive_is_read_and_shown_as_redis_does() {
    on_both(|peer| {
        let mut client = peer.connect();
        for (given, shown) in [("3mb", "3145728"), ("5%", "5%"), ("100%", "100%"), ("0", "0")] {
            ask(peer, &mut client, &["CONFIG", "SET", "maxmemory-clients", given]);
            let Value::Array(pair) =
                ask(peer, &mut client, &["CONFIG", "GET", "maxmemory-clients"])
            else {
                panic!("a pair")
            };
            assert_eq!(text(&pair[1]), shown);
        }
        let refused = ask(peer, &mut client, &["CONFIG", "SET", "maxmemory-clients", "101%"]);
        assert_eq!(
            refused.as_error().as_deref(),
            Some(
                "ERR CONFIG SET failed (possibly related to argument 'maxmemory-clients') - \
                 percentage argument must be less or equal to 100"
            )
        );
    });
}
