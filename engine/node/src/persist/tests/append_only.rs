//! The append-only set over several lives of a process, on and off.

use super::{Disk, Host};
use crate::api::{Action, DiskOp};

#[test]
fn an_append_only_file_that_was_off_for_a_while_begins_anew() {
    let mut host = Host::start(Disk::default(), &["--appendonly", "yes"]);
    host.ask(&["INCR", "n"]);
    host.ask(&["CONFIG", "SET", "appendonly", "no"]);
    host.ask(&["INCR", "n"]);
    host.ask(&["CONFIG", "SET", "appendonly", "yes"]);
    host.ask(&["INCR", "n"]);
    let mut again = Host::start(host.disk.clone(), &["--appendonly", "yes"]);
    assert_eq!(again.ask(&["GET", "n"]), "$1\r\n3\r\n");
}

#[test]
fn a_set_of_files_found_at_start_is_gone_on_with_when_the_file_is_switched_on() {
    let mut host = Host::start(Disk::default(), &["--appendonly", "yes"]);
    host.ask(&["SET", "old", "1"]);
    let mut host = Host::start(host.disk.clone(), &[]);
    assert_eq!(host.ask(&["GET", "old"]), "$-1\r\n");
    host.ask(&["CONFIG", "SET", "appendonly", "yes"]);
    host.ask(&["SET", "new", "2"]);
    let mut again = Host::start(host.disk.clone(), &["--appendonly", "yes"]);
    assert_eq!(again.ask(&["MGET", "old", "new"]), "*2\r\n$-1\r\n$1\r\n2\r\n");
}

#[test]
fn a_base_of_commands_holds_every_kind_of_value() {
    let mut options = vec!["--appendonly", "yes", "--aof-use-rdb-preamble", "no"];
    options.extend(["--enable-debug-command", "yes"]);
    let mut host = Host::start(Disk::default(), &options);
    for line in [
        "SET s text",
        "SET e text PX 5000",
        "RPUSH l a b c",
        "SADD set x 1 2",
        "HSET h f v g w",
        "ZADD z 1.5 a inf b",
    ] {
        host.ask(&line.split(' ').collect::<Vec<_>>());
    }
    let many: Vec<String> = (0..200).map(|n| n.to_string()).collect();
    let mut words = vec!["RPUSH", "many"];
    words.extend(many.iter().map(String::as_str));
    host.ask(&words);
    host.ask(&["BGREWRITEAOF"]);
    let base = host.disk.files.keys().find(|path| path.ends_with(".2.base.aof")).cloned();
    let base = &host.disk.files[&base.expect("a base of commands")];
    assert!(base.starts_with(b"*2\r\n$6\r\nSELECT\r\n"));
    let digest = host.ask(&["DEBUG", "DIGEST"]);
    assert!(digest.starts_with('+') && !digest.starts_with("+0000"), "{digest}");
    let mut again = Host::start(host.disk.clone(), &options);
    assert_eq!(again.ask(&["DEBUG", "DIGEST"]), digest);
    assert_eq!(again.ask(&["LLEN", "many"]), ":200\r\n");
}

#[test]
fn flushall_ends_a_background_save() {
    let mut host = Host::start(Disk::default(), &["--save", ""]);
    let large = "x".repeat(10_000);
    for n in 0..40 {
        host.ask(&["SET", &n.to_string(), &format!("{n}{large}")]);
    }
    host.ask(&["CONFIG", "SET", "rdbcompression", "no"]);
    host.tell(&["BGSAVE"]);
    host.tell(&["FLUSHALL"]);
    host.act();
    assert!(host.ask(&["INFO", "persistence"]).contains("rdb_bgsave_in_progress:0"));
    assert!(host.disk.files.is_empty(), "{:?}", host.disk.files.keys());
    host.ask(&["BGSAVE"]);
    assert_eq!(host.disk.files.len(), 1);
}

#[test]
fn a_time_to_live_in_the_past_takes_its_key_along_only_after_the_file_is_read() {
    let record = |words: &[&str]| {
        let words: Vec<&[u8]> = words.iter().map(|w| w.as_bytes()).collect();
        let mut bytes = Vec::new();
        crate::replication::encode(&words, &mut bytes);
        bytes
    };
    let incr = [
        record(&["RPUSH", "list", "foo"]),
        record(&["PEXPIREAT", "list", "1000"]),
        record(&["RPUSH", "list", "bar"]),
    ];
    let disk = Disk::with(&[
        ("appendonlydir/appendonly.aof.manifest", b"file appendonly.aof.1.incr.aof seq 1 type i\n"),
        ("appendonlydir/appendonly.aof.1.incr.aof", &incr.concat()),
    ]);
    let mut host = Host::start(disk, &["--appendonly", "yes"]);
    assert_eq!(host.ask(&["LLEN", "list"]), ":0\r\n");
}

#[test]
fn the_file_tells_the_seconds_when_it_is_asked_to() {
    let options = &["--appendonly", "yes", "--aof-timestamp-enabled", "yes"];
    let mut host = Host::start(Disk::default(), options);
    host.ask(&["SET", "a", "1"]);
    host.ask(&["SET", "b", "1"]);
    host.pass(1);
    host.ask(&["SET", "c", "1"]);
    host.pass(1);
    let incr = &host.disk.files["appendonlydir/appendonly.aof.1.incr.aof"];
    let text = String::from_utf8_lossy(incr);
    let told: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(told, ["#TS:1700000000", "#TS:1700000001"]);
    host.ask(&["CONFIG", "SET", "aof-use-rdb-preamble", "no"]);
    host.ask(&["BGREWRITEAOF"]);
    assert!(
        host.disk.files["appendonlydir/appendonly.aof.2.base.aof"].starts_with(b"#TS:1700000002")
    );
    let mut again = Host::start(host.disk.clone(), options);
    assert_eq!(again.ask(&["DBSIZE"]), ":3\r\n");
}

#[test]
fn an_upgrade_from_the_single_file_that_was_cut_off_is_gone_on_with() {
    let mut bytes = Vec::new();
    crate::replication::encode(&[b"SET", b"old", b"1"], &mut bytes);
    let disk = Disk::with(&[
        ("appendonlydir/appendonly.aof.manifest", b"file appendonly.aof seq 1 type b\n"),
        ("appendonly.aof", &bytes),
    ]);
    let mut host = Host::start(disk, &["--appendonly", "yes"]);
    assert_eq!(host.ask(&["GET", "old"]), "$1\r\n1\r\n");
    assert!(host.disk.files.contains_key("appendonlydir/appendonly.aof"));
    assert!(!host.disk.files.contains_key("appendonly.aof"));
}

#[test]
fn what_a_client_is_told_of_is_in_the_file() {
    let options = ["--save", "", "--appendonly", "yes", "--cluster-enabled", "yes"];
    for words in [&["SET", "k", "v"][..], &["CLUSTER", "SETSLOT", "7", "STABLE"]] {
        let mut host = Host::start(Disk::default(), &options);
        host.ask(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
        host.pass(5);
        host.tell(words);
        let order: Vec<&str> = std::iter::from_fn(|| host.node.poll_action())
            .filter_map(|action| match action {
                // It is written; that the disk follows is nobody's to wait for.
                Action::Disk { op: DiskOp::Settle { .. }, .. } => None,
                Action::Disk { .. } => Some("disk"),
                Action::Flush { .. } => Some("answer"),
                _ => None,
            })
            .collect();
        assert_eq!(order, ["disk", "answer"], "{words:?}");
    }
}

/// A transaction that was never committed is taken back, and told.
#[test]
fn an_unfinished_transaction_at_the_end_is_taken_back() {
    let mut host = Host::start(Disk::default(), &["--appendonly", "yes"]);
    host.ask(&["SET", "a", "1"]);
    let mut disk = host.disk;
    let file = "appendonlydir/appendonly.aof.1.incr.aof";
    let whole = disk.files[file].clone();
    let half = b"*1\r\n$5\r\nMULTI\r\n*2\r\n$4\r\nINCR\r\n$1\r\na\r\n";
    disk.files.insert(file.to_owned(), [&whole[..], half].concat());
    let mut host = Host::start(disk, &["--appendonly", "yes"]);
    assert!(
        host.said("Revert incomplete MULTI/EXEC transaction in AOF file appendonly.aof.1.incr.aof")
    );
    assert_eq!(host.ask(&["GET", "a"]), "$1\r\n1\r\n");
    assert_eq!(host.disk.files[file], whole);
}
