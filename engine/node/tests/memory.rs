//! `maxmemory`: what does not fit is refused or makes room, as the policy says.

mod peers;

use engine_resp::Value;
use peers::{Client, Ours, Peer as _};

/// A hundred kilobytes for data: the rest is what a process takes without any.
const LIMIT: &str = "976000";

fn ask(node: &mut Ours, client: &mut Client, words: &[&str]) -> Value {
    let words: Vec<Vec<u8>> = words.iter().map(|w| w.as_bytes().to_vec()).collect();
    node.send(client, &words);
    node.reply(client).expect("an answer").1
}

/// Writes `count` keys of a hundred bytes; how many writes were refused for want of memory.
fn fill(node: &mut Ours, client: &mut Client, prefix: &str, count: usize) -> usize {
    let value = "x".repeat(100);
    let write = |i| ask(node, client, &["SET", &format!("{prefix}{i}"), &value]).as_error();
    let errors: Vec<String> = (0..count).filter_map(write).collect();
    assert!(errors.iter().all(|e| e == "OOM command not allowed when used memory > 'maxmemory'."));
    errors.len()
}

#[test]
fn without_eviction_writes_are_refused_and_reads_are_not() {
    let mut node = Ours::start();
    let mut client = node.connect();
    ask(&mut node, &mut client, &["CONFIG", "SET", "maxmemory", LIMIT]);
    let refused = fill(&mut node, &mut client, "k", 2000);
    assert!((1000..1900).contains(&refused), "{refused}");
    assert!(ask(&mut node, &mut client, &["GET", "k1"]).as_error().is_none());
    assert_eq!(ask(&mut node, &mut client, &["DEL", "k1"]), Value::Int(1));
}

#[test]
fn the_least_recently_used_keys_go_first() {
    let mut node = Ours::start();
    let mut client = node.connect();
    ask(&mut node, &mut client, &["CONFIG", "SET", "maxmemory", LIMIT, "maxmemory-samples", "20"]);
    ask(&mut node, &mut client, &["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    fill(&mut node, &mut client, "old", 200);
    node.pass(5000);
    for i in 0..50 {
        ask(&mut node, &mut client, &["GET", &format!("old{i}")]);
    }
    assert_eq!(fill(&mut node, &mut client, "new", 500), 0, "there is always room to be made");
    let Value::Int(keys) = ask(&mut node, &mut client, &["DBSIZE"]) else { panic!("a number") };
    assert!((300..700).contains(&keys), "{keys}");
    let alive = |node: &mut Ours, client: &mut Client, range: core::ops::Range<usize>| {
        range
            .filter(|i| ask(node, client, &["EXISTS", &format!("old{i}")]) == Value::Int(1))
            .count()
    };
    let used = alive(&mut node, &mut client, 0..50);
    let unused = alive(&mut node, &mut client, 50..100);
    assert!(used > unused, "{used} used keys are left, and {unused} unused ones");
}

#[test]
fn a_process_without_data_takes_memory_too() {
    let mut node = Ours::start();
    let mut client = node.connect();
    ask(&mut node, &mut client, &["CONFIG", "SET", "maxmemory", "1"]);
    assert_eq!(fill(&mut node, &mut client, "k", 3), 3);
    ask(&mut node, &mut client, &["CONFIG", "SET", "maxmemory", "1mb"]);
    assert_eq!(fill(&mut node, &mut client, "k", 3), 0);
}

#[test]
fn a_smaller_limit_takes_keys_at_once_but_not_inside_a_transaction() {
    let mut node = Ours::start();
    let mut client = node.connect();
    ask(&mut node, &mut client, &["CONFIG", "SET", "maxmemory-policy", "allkeys-random"]);
    ask(&mut node, &mut client, &["MULTI"]);
    ask(&mut node, &mut client, &["INCR", "x"]);
    ask(&mut node, &mut client, &["CONFIG", "SET", "maxmemory", "1"]);
    ask(&mut node, &mut client, &["INCR", "x"]);
    let Value::Array(answers) = ask(&mut node, &mut client, &["EXEC"]) else { panic!("answers") };
    assert_eq!(answers.last(), Some(&Value::Int(2)));
    ask(&mut node, &mut client, &["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(ask(&mut node, &mut client, &["DBSIZE"]), Value::Int(0));
}
