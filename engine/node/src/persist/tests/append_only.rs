//! The append-only set over several lives of a process, on and off.

use super::{Disk, Host};

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
