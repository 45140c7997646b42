//! Directives whose effect an operator can see, beside a real redis-server.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::{Kind, Server, redis_is_here, wait};

const KINDS: [Kind; 2] = [Kind::Real, Kind::Ours];

fn number(server: &Server, section: &str, field: &str) -> u64 {
    server.field(&["INFO", section], field).parse().unwrap()
}

/// Writes so many keys that begin alike, with these words behind the value.
fn fill(server: &Server, count: usize, name: &str, value: &str, more: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    for part in (0..count).collect::<Vec<_>>().chunks(1000) {
        let lines: String =
            part.iter().map(|i| format!("SET {name}:{i} {value} {more}\r\n")).collect();
        stream.write_all(lines.as_bytes()).unwrap();
        let mut answers = vec![0; part.len() * "+OK\r\n".len()];
        stream.read_exact(&mut answers).unwrap();
    }
}

#[test]
fn hz_grows_with_the_clients() {
    if !redis_is_here() {
        return;
    }
    for kind in KINDS {
        let server = Server::start(kind, &["--hz", "1"]);
        let hz = || (number(&server, "server", "hz"), number(&server, "server", "configured_hz"));
        assert_eq!(hz(), (1, 1), "{kind:?}");
        let crowd: Vec<TcpStream> =
            (0..450).map(|_| TcpStream::connect(("127.0.0.1", server.port)).unwrap()).collect();
        // More than two hundred for each beat.
        wait("it beats faster", || hz() == (4, 1));
        assert_eq!(server.ask(&["CONFIG", "SET", "dynamic-hz", "no"]), "OK");
        wait("it does as it was told", || hz() == (1, 1));
        drop(crowd);
        assert_eq!(server.ask(&["CONFIG", "SET", "hz", "1000"]), "OK");
        wait("there is a bound", || hz() == (500, 500));
    }
}

#[test]
fn what_has_expired_goes_by_itself_and_soon() {
    if !redis_is_here() {
        return;
    }
    for kind in KINDS {
        let server = Server::start(kind, &["--save", "", "--enable-debug-command", "yes"]);
        assert_eq!(server.ask(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"]), "OK");
        fill(&server, 200_000, "short", "v", "PX 1");
        fill(&server, 100, "long", "v", "PX 10000000");
        let began = Instant::now();
        assert_eq!(server.ask(&["DEBUG", "SET-ACTIVE-EXPIRE", "1"]), "OK");
        wait("they are gone", || server.ask(&["DBSIZE"]) == "100");
        assert_eq!(number(&server, "stats", "expired_keys"), 200_000, "{kind:?}");
        assert!(began.elapsed() < Duration::from_secs(30), "{kind:?} {:?}", began.elapsed());
    }
}

#[test]
fn eviction_lets_others_wait_as_long_as_it_may() {
    if !redis_is_here() {
        return;
    }
    for kind in KINDS {
        for (tenacity, at_once) in [("0", false), ("100", true)] {
            let server =
                Server::start(kind, &["--save", "", "--maxmemory-policy", "allkeys-random"]);
            fill(&server, 200_000, "key", "a-value-of-some-bytes", "");
            let used = number(&server, "memory", "used_memory");
            let (max, text) = (used / 4, (used / 4).to_string());
            let set =
                ["CONFIG", "SET", "maxmemory-eviction-tenacity", tenacity, "maxmemory", &text];
            assert_eq!(server.ask(&set), "OK");
            assert_eq!(server.ask(&["SET", "k", "v"]), "OK", "{kind:?}");
            let left = server.ask(&["DBSIZE"]).parse::<usize>().unwrap();
            assert_eq!(left < 150_000, at_once, "{kind:?} {tenacity} {left}");
            // The rest goes without anybody's asking for room.
            wait("it fits", || number(&server, "memory", "used_memory") <= max + max / 10);
        }
    }
}

#[test]
fn old_files_of_the_append_only_set_stay_when_they_shall() {
    if !redis_is_here() {
        return;
    }
    let seen = KINDS.map(|kind| {
        let server = Server::start(kind, &["--appendonly", "yes", "--aof-disable-auto-gc", "yes"]);
        let folder = server.dir.join("appendonlydir");
        let manifest = || std::fs::read_to_string(folder.join("appendonly.aof.manifest")).unwrap();
        let names = || {
            let entries = std::fs::read_dir(&folder).unwrap();
            let mut names: Vec<String> =
                entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(server.ask(&["SET", "k", "v"]), "OK");
        server.ask(&["BGREWRITEAOF"]);
        wait("it is there", || manifest().contains("appendonly.aof.2.base.rdb"));
        let kept = (manifest(), names());
        assert_eq!(server.ask(&["CONFIG", "SET", "aof-disable-auto-gc", "no"]), "OK");
        wait("they go", || names().len() == 3);
        (kept, manifest(), names())
    });
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[1].0.1.len(), 5);
}

/// A hash of many fields under each of these names.
fn large(server: &Server, names: &[&str]) {
    for name in names {
        let fields: Vec<String> = (0..2000).map(|i| format!("f{i} v")).collect();
        let command = format!("HSET {name} {}", fields.join(" "));
        let words: Vec<&str> = command.split(' ').collect();
        server.ask(&words);
    }
}

#[test]
fn large_values_are_freed_beside_everything_else() {
    if !redis_is_here() {
        return;
    }
    for kind in KINDS {
        let server = Server::start(kind, &["--save", ""]);
        let freed = || number(&server, "memory", "lazyfreed_objects");
        let goes = |what: &str, objects: u64| {
            wait(what, || freed() == objects);
            assert_eq!(number(&server, "memory", "lazyfree_pending_objects"), 0, "{kind:?}");
        };
        large(&server, &["a", "b", "c", "d"]);
        assert_eq!(server.ask(&["SET", "small", "v"]), "OK");
        assert_eq!(server.ask(&["DEL", "a", "small"]), "2");
        assert_eq!(server.ask(&["SET", "b", "v"]), "OK");
        assert_eq!(freed(), 0, "{kind:?}: done by whoever asked");
        assert_eq!(server.ask(&["UNLINK", "b", "c"]), "2");
        goes("UNLINK", 1);
        for (name, command, sum) in [
            ("lazyfree-lazy-user-del", &["DEL", "d"][..], 2),
            ("lazyfree-lazy-server-del", &["SET", "d", "v"], 3),
            ("lazyfree-lazy-server-del", &["RENAME", "e", "d"], 4),
            ("lazyfree-lazy-expire", &["PEXPIRE", "d", "1"], 5),
        ] {
            if name != "lazyfree-lazy-user-del" {
                server.ask(&["DEL", "d"]);
            }
            large(&server, &["d"]);
            server.ask(&["SET", "e", "v"]);
            assert_eq!(server.ask(&["CONFIG", "SET", name, "yes"]), "OK");
            server.ask(command);
            goes(name, sum);
        }
        assert_eq!(server.ask(&["CONFIG", "RESETSTAT"]), "OK");
        assert_eq!(freed(), 0, "{kind:?}");
        fill(&server, 1000, "key", "v", "");
        let keys: u64 = server.ask(&["DBSIZE"]).parse().unwrap();
        assert_eq!(server.ask(&["FLUSHALL", "ASYNC"]), "OK");
        goes("FLUSHALL ASYNC", keys);
        fill(&server, 500, "key", "v", "");
        assert_eq!(server.ask(&["CONFIG", "SET", "lazyfree-lazy-user-flush", "yes"]), "OK");
        assert_eq!(server.ask(&["FLUSHDB", "SYNC"]), "OK");
        assert_eq!(freed(), keys, "{kind:?}");
        fill(&server, 500, "key", "v", "");
        assert_eq!(server.ask(&["FLUSHDB"]), "OK");
        goes("FLUSHDB", keys + 500);
        assert_eq!(server.ask(&["DBSIZE"]), "0");
    }
}
