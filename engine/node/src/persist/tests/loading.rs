//! Files that are loaded in more than one turn: what is answered meanwhile, and how it ends.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use engine_base::Mono;

use super::{Disk, Host};
use crate::api::Listener;

const SMALL_SLICES: [&str; 2] = ["--loading-process-events-interval-bytes", "1024"];

/// The files of a process that was given so many keys of a kilobyte.
fn files(keys: usize, options: &[&str], end: &[&str]) -> Disk {
    let mut host = Host::start(Disk::default(), options);
    for key in 0..keys {
        let text = format!("{key:08}").repeat(128);
        host.ask(&["SET", &format!("key:{key}"), &text]);
    }
    host.ask(end);
    host.disk
}

fn dump(keys: usize) -> Disk {
    files(keys, &["--rdbcompression", "no"], &["SAVE"])
}

fn field(host: &mut Host, name: &str) -> String {
    let info = host.ask(&["INFO", "persistence"]);
    let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("{name} in {info}")).to_owned()
}

const LOADING: &str = "-LOADING Redis is loading the dataset in memory\r\n";

#[test]
fn clients_are_answered_while_a_large_file_is_loaded() {
    let disk = dump(300);
    let size = disk.files["dump.rdb"].len();
    let mut host = Host::begin(disk, &SMALL_SLICES);
    assert!(!host.said("Ready to accept connections"));
    assert_eq!(host.ask(&["GET", "key:0"]), LOADING);
    assert_eq!(host.ask(&["PING"]), LOADING);
    assert!(host.ask(&["CLIENT", "ID"]).starts_with(':'));
    assert_eq!(field(&mut host, "loading"), "1");
    assert_eq!(field(&mut host, "async_loading"), "0");
    assert_eq!(field(&mut host, "loading_total_bytes"), size.to_string());
    let loaded = |host: &mut Host| field(host, "loading_loaded_bytes").parse::<usize>().unwrap();
    let first = loaded(&mut host);
    assert!(first > 0 && first < size / 2, "{first} of {size}");
    assert!(host.read_part());
    assert!(loaded(&mut host) > first && loaded(&mut host) < size);
    assert_eq!(host.ask(&["CONFIG", "SET", "appendonly", "yes"]), LOADING);
    assert_eq!(host.ask(&["CONFIG", "SET", "loglevel", "debug"]), "+OK\r\n");
    // Parts that are under way are as long as they were asked for.
    let interval = "loading-process-events-interval-bytes";
    assert_eq!(host.ask(&["CONFIG", "SET", interval, "2000000"]), "+OK\r\n");
    while host.read_part() {}
    assert!(host.said("Done loading RDB, keys loaded: 300, keys expired: 0."));
    assert!(host.said("Ready to accept connections"));
    assert_eq!(field(&mut host, "loading"), "0");
    assert_eq!(host.ask(&["DBSIZE"]), ":300\r\n");
    assert_eq!(host.ask(&["STRLEN", "key:299"]), ":1024\r\n");
}

#[test]
fn a_process_that_ends_while_it_loads_leaves_the_file_as_it_was() {
    let disk = dump(300);
    let before = disk.files.clone();
    for words in [&["SHUTDOWN"][..], &["SHUTDOWN", "SAVE"]] {
        let mut host = Host::begin(disk.clone(), &SMALL_SLICES);
        host.tell(words);
        host.act();
        assert_eq!(host.exit, Some(0));
        assert!(host.disk.files == before, "{words:?}");
    }
    let mut host = Host::begin(disk, &SMALL_SLICES);
    host.node.handle_terminate(host.now, "SIGTERM");
    host.act();
    assert_eq!(host.exit, Some(0));
    assert!(host.disk.files == before);
}

#[test]
fn damage_behind_the_first_slice_ends_the_process_and_the_file_stays() {
    let mut disk = dump(300);
    let bytes = disk.files.get_mut("dump.rdb").unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 2000].fill(0xFF);
    let before = disk.files.clone();
    let mut host = Host::begin(disk, &SMALL_SLICES);
    assert_eq!(host.exit, None);
    while host.exit.is_none() && host.read_part() {}
    assert_eq!(host.exit, Some(1));
    assert!(!host.said("Ready to accept connections"));
    assert!(host.disk.files == before);
}

#[test]
fn a_file_that_ends_too_early_is_found_out_in_its_last_slice() {
    let mut disk = dump(300);
    let bytes = disk.files.get_mut("dump.rdb").unwrap();
    bytes.truncate(bytes.len() - 100);
    let mut host = Host::begin(disk, &SMALL_SLICES);
    while host.exit.is_none() && host.read_part() {}
    assert_eq!(host.exit, Some(1));
    assert!(host.said("Short read or OOM loading DB. Unrecoverable error, aborting now."));
}

const AOF: [&str; 2] = ["--appendonly", "yes"];

#[test]
fn an_append_only_file_is_loaded_in_steps_too() {
    let disk = files(300, &AOF, &["BGREWRITEAOF"]);
    let mut host = Host::start(disk, &AOF);
    host.ask(&["MULTI"]);
    for n in 0..300 {
        host.ask(&["APPEND", "text", &"x".repeat(1024)]);
        host.ask(&["SET", "last", &n.to_string()]);
    }
    host.ask(&["EXEC"]);
    let options = [&AOF[..], &SMALL_SLICES].concat();
    let mut again = Host::begin(host.disk.clone(), &options);
    let mut turns = 0;
    while again.read_part() {
        turns += 1;
        if turns == 3 {
            assert_eq!(again.ask(&["GET", "last"]), LOADING);
        }
    }
    assert!(turns > 3, "{turns}");
    assert_eq!(again.ask(&["DBSIZE"]), ":302\r\n");
    assert_eq!(again.ask(&["STRLEN", "text"]), ":307200\r\n");
    assert_eq!(again.ask(&["GET", "last"]), "$3\r\n299\r\n");
    // And what is written now is read next time.
    again.ask(&["SET", "last", "now"]);
    let mut third = Host::start(again.disk.clone(), &options);
    assert_eq!(third.ask(&["GET", "last"]), "$3\r\nnow\r\n");
}

#[test]
fn the_cut_tail_of_a_long_append_only_file_is_cut_off() {
    let mut disk = files(300, &AOF, &["PING"]);
    let path = "appendonlydir/appendonly.aof.1.incr.aof";
    let bytes = disk.files.get_mut(path).unwrap();
    let whole = bytes.len();
    bytes.extend_from_slice(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$10\r\nhalf");
    let options = [&AOF[..], &SMALL_SLICES].concat();
    let mut host = Host::start(disk.clone(), &options);
    assert_eq!(host.ask(&["DBSIZE"]), ":300\r\n");
    assert_eq!(host.disk.files[path].len(), whole);
    let strict = [&options[..], &["--aof-load-truncated", "no"]].concat();
    let host = Host::start(disk.clone(), &strict);
    assert_eq!(host.exit, Some(1));
    assert!(host.disk.files == disk.files);
}

#[test]
fn a_slow_load_takes_as_long_as_its_keys() {
    let mut host = Host::begin(dump(100), &["--key-load-delay", "10000"]);
    while host.read_part() {}
    assert_eq!(field(&mut host, "loading"), "1");
    let began = host.now.mono;
    let mut ticks = 0;
    while field(&mut host, "loading") == "1" && ticks < 1000 {
        ticks += 1;
        let due = host.node.next_deadline().at;
        assert!(due != Mono::NEVER);
        let ms = due.ms_since(host.now.mono).max(1);
        host.now.mono = host.now.mono.plus_ms(ms);
        host.node.handle_timeout(host.now);
        host.act();
        while host.read_part() {}
    }
    let ms = host.now.mono.ms_since(began);
    assert!((980..=1100).contains(&ms), "{ms}");
    assert_eq!(host.ask(&["DBSIZE"]), ":100\r\n");
}

#[test]
fn an_empty_file_behind_a_large_one_is_loaded_too() {
    let options = ["--save", "", "--appendonly", "yes", "--rdbcompression", "no"];
    let disk = files(300, &options, &["BGREWRITEAOF"]);
    let sizes: Vec<usize> = disk.files.values().map(Vec::len).collect();
    assert!(sizes.contains(&0) && sizes.iter().any(|size| *size > 300_000), "{sizes:?}");
    let mut host = Host::start(disk, &[&options[..], &SMALL_SLICES].concat());
    assert!(host.said("Ready to accept connections"));
    assert_eq!(host.ask(&["DBSIZE"]), ":300\r\n");
}

/// The files of a process with a few commands behind what it has written.
fn with_records(records: &[&[&str]]) -> Disk {
    let mut disk = files(1, &AOF, &["PING"]);
    let file = disk.files.get_mut("appendonlydir/appendonly.aof.1.incr.aof").unwrap();
    for words in records {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        crate::replication::encode(&words, file);
    }
    disk
}

const QUICKLY_BUSY: [&str; 4] = ["--appendonly", "yes", "--busy-reply-threshold", "100"];

#[test]
fn a_long_script_in_a_file_leaves_room_for_answers() {
    let script =
        "redis.call('set', KEYS[1], 'y') for i = 1, 400000 do end return redis.call('incr', 'n')";
    let disk = with_records(&[
        &["EVAL", script, "1", "x"],
        &["INCR", "n"],
        &["MULTI"],
        &["EVAL", script, "1", "z"],
        &["INCR", "n"],
        &["EVAL", script, "1", "z"],
        &["EXEC"],
        &["SET", "last", "v"],
    ]);
    let mut host = Host::begin(disk, &QUICKLY_BUSY);
    while host.read_part() {}
    assert!(!host.said("Ready to accept connections"));
    host.pass(1);
    assert!(host.said("Slow script detected: still in execution after"));
    assert_eq!(host.ask(&["PING"]), LOADING);
    assert_eq!(host.ask(&["SCRIPT", "KILL"]), LOADING);
    assert!(host.ask(&["INFO"]).starts_with("-BUSY "), "what may be asked while data is loaded");
    host.pass(10);
    assert!(host.said("Ready to accept connections"));
    assert_eq!(host.ask(&["MGET", "x", "z", "n", "last"]).matches("\r\n").count(), 9);
    assert_eq!(host.ask(&["GET", "n"]), "$1\r\n5\r\n");
    assert_eq!(host.ask(&["GET", "last"]), "$1\r\nv\r\n");
    let mut next = Host::start(host.disk, &QUICKLY_BUSY);
    next.pass(20);
    assert_eq!(next.ask(&["GET", "n"]), "$1\r\n5\r\n", "what is loaded is not written again");
}

#[test]
fn a_process_can_be_ended_whose_file_has_a_script_without_end() {
    let disk = with_records(&[&["EVAL", "while true do end", "0"]]);
    let mut host = Host::begin(disk.clone(), &QUICKLY_BUSY);
    host.pass(2);
    assert_eq!(host.ask(&["GET", "x"]), LOADING);
    host.tell(&["SHUTDOWN", "NOSAVE"]);
    host.act();
    assert_eq!(host.exit, Some(0));
    assert!(host.disk.files == disk.files);
}

thread_local! {
    static LENT: RefCell<BTreeMap<String, Vec<u8>>> = const { RefCell::new(BTreeMap::new()) };
}

fn lent(path: &str) -> Option<Vec<u8>> {
    LENT.with_borrow(|files| files.get(path).cloned())
}

#[test]
fn whoever_has_the_file_read_again_waits_for_its_script_and_others_do_not() {
    let script = "for i = 1, 400000 do end return redis.call('incr', 'n')";
    let disk = with_records(&[&["EVAL", script, "0"], &["INCR", "n"]]);
    LENT.set(disk.files.clone());
    let options = [&QUICKLY_BUSY[..], &["--enable-debug-command", "yes"]].concat();
    let mut host = Host::begin(disk, &options);
    host.pass(5);
    host.node.use_file_reader(lent);
    assert_eq!(host.ask(&["INCRBY", "n", "5"]), ":7\r\n");
    assert_eq!(host.ask(&["DEBUG", "LOADAOF"]), "");
    let (who, at) = (host.link, SocketAddr::from(([127, 0, 0, 1], 7)));
    host.pass(1);
    host.link = host.node.accept(host.now, Listener::Client, at, at);
    assert_eq!(host.ask(&["PING"]), LOADING);
    host.reply.clear();
    host.pass(5);
    assert_eq!(String::from_utf8_lossy(&host.reply), "+OK\r\n");
    host.link = who;
    assert_eq!(host.ask(&["INCR", "n"]), ":3\r\n", "as it was in the file");
    assert!(host.said("Append Only File loaded by DEBUG LOADAOF"));
}
