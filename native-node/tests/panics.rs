//! When a server ends because it must not go on, and when it goes on nevertheless: beside a real
//! redis-server.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::os::unix::process::ExitStatusExt;

use common::{Kind, Server, redis_is_here, wait};

const KINDS: [Kind; 2] = [Kind::Real, Kind::Ours];
const START: &str = "=== REDIS BUG REPORT START: Cut & paste starting from here ===";
const END: &str = "=== REDIS BUG REPORT END. Make sure to include from START to END. ===";

#[test]
fn a_panic_leaves_a_report() {
    if !redis_is_here() {
        return;
    }
    for (args, code) in [
        (&["--enable-debug-command", "yes"][..], None),
        (&["--enable-debug-command", "yes", "--use-exit-on-panic", "yes"], Some(1)),
        (&["--enable-debug-command", "yes", "--crash-log-enabled", "no"], None),
    ] {
        for kind in KINDS {
            let mut server = Server::start(kind, args);
            server.ask(&["DEBUG", "PANIC"]);
            assert_eq!(server.end(), code, "{kind:?} {args:?}");
            let log = server.log();
            for words in [START, "Guru Meditation: DEBUG PANIC called at Unix time ", END] {
                assert!(log.contains(words), "{kind:?} {words}");
            }
            let full = !args.contains(&"--crash-log-enabled");
            for words in ["------ INFO OUTPUT ------", "------ CLIENT LIST OUTPUT ------"] {
                assert_eq!(log.contains(words), full, "{kind:?} {args:?}");
            }
            assert_eq!(log.contains("redis_version:7.0.15"), full, "{kind:?}");
        }
    }
}

#[test]
fn a_signal_leaves_a_report_and_ends_the_process() {
    if !redis_is_here() {
        return;
    }
    for more in [&[][..], &["--crash-log-enabled", "no"]] {
        for kind in KINDS {
            for signal in [6, 11] {
                let args = [&["--enable-debug-command", "yes"], more].concat();
                let mut server = Server::start(kind, &args);
                assert_eq!(server.ask(&["CLIENT", "SETNAME", "witness"]), "OK");
                match signal {
                    6 => server.signal("ABRT"),
                    _ => drop(server.ask(&["DEBUG", "SEGFAULT"])),
                }
                assert_eq!(server.end_status().signal(), Some(signal), "{kind:?}");
                let log = server.log();
                let crashed = format!("Redis 7.0.15 crashed by signal: {signal}");
                let words = [START, &crashed, "--- STACK TRACE ---", "--- INFO OUTPUT ---"];
                for words in [&words[..], &["--- CLIENT LIST OUTPUT ---", END]].concat() {
                    assert_eq!(log.contains(words), more.is_empty(), "{kind:?} {words}");
                }
            }
        }
    }
}

#[test]
fn a_signal_ends_a_busy_process_too() {
    let mut server = Server::start(Kind::Ours, &[]);
    std::thread::scope(|scope| {
        scope.spawn(|| server.ask(&["EVAL", "while true do end", "0"]));
        std::thread::sleep(std::time::Duration::from_millis(300));
        server.signal("ABRT");
    });
    assert_eq!(server.end_status().signal(), Some(6));
    assert!(server.log().contains("Redis 7.0.15 crashed by signal: 6"));
}

/// A file of commands of which one cannot run.
fn spoilt(server: &Server) {
    let words = |command: &str| {
        let words: Vec<&str> = command.split(' ').collect();
        let bulks: String = words.iter().map(|w| format!("${}\r\n{w}\r\n", w.len())).collect();
        format!("*{}\r\n{bulks}", words.len())
    };
    let text: String = ["SELECT 0", "SET a 1", "LPUSH a x", "SET b 2"].map(words).concat();
    let folder = server.dir.join("appendonlydir");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("appendonly.aof.1.incr.aof"), text).unwrap();
    let manifest = "file appendonly.aof.1.incr.aof seq 1 type i\n";
    std::fs::write(folder.join("appendonly.aof.manifest"), manifest).unwrap();
}

#[test]
fn a_command_of_the_file_that_cannot_run() {
    if !redis_is_here() {
        return;
    }
    let critical = "== CRITICAL == This server is sending an error to its AOF-loading-client: ";
    let behind = "WRONGTYPE Operation against a key holding the wrong kind of value' after \
                  processing the command 'lpush'";
    for kind in KINDS {
        let mut server = Server::start(kind, &[]);
        server.kill();
        spoilt(&server);
        server.begin(&["--appendonly", "yes"]);
        wait("it answers", || server.ask(&["PING"]) == "PONG");
        assert_eq!(server.ask(&["DBSIZE"]), "2", "{kind:?}");
        assert_eq!(server.field(&["INFO", "stats"], "unexpected_error_replies"), "1", "{kind:?}");
        assert!(server.log().contains(critical) && server.log().contains(behind), "{kind:?}");
        server.kill();
        spoilt(&server);
        server.begin(&["--appendonly", "yes", "--propagation-error-behavior", "panic-on-replicas"]);
        wait("it answers", || server.ask(&["PING"]) == "PONG");
        server.kill();
        server.begin(&["--appendonly", "yes", "--propagation-error-behavior", "panic"]);
        assert_eq!(server.end(), None, "{kind:?}");
        assert!(server.log().contains(END), "{kind:?}");
    }
}

/// A replica with a key that is a list for its master and a text for itself.
fn disagreeing(kind: Kind, behaviour: &str) -> (Server, Server) {
    let master = Server::start(Kind::Real, &["--save", "", "--repl-diskless-sync-delay", "0"]);
    let args = ["--replica-read-only", "no", "--propagation-error-behavior", behaviour];
    let replica = Server::start(kind, &args);
    replica.ask(&["REPLICAOF", "127.0.0.1", &master.port.to_string()]);
    wait("it is in step", || replica.field(&["INFO", "replication"], "master_link_status") == "up");
    assert_eq!(replica.ask(&["SET", "k", "text"]), "OK");
    assert_eq!(replica.ask(&["CONFIG", "SET", "replica-read-only", "yes"]), "OK");
    (master, replica)
}

#[test]
fn a_command_of_the_master_that_cannot_run() {
    if !redis_is_here() {
        return;
    }
    for kind in KINDS {
        let (master, replica) = disagreeing(kind, "ignore");
        assert_eq!(master.ask(&["LPUSH", "k", "x"]), "1");
        wait("it is noticed", || {
            replica.field(&["INFO", "stats"], "unexpected_error_replies") == "1"
        });
        assert_eq!(replica.ask(&["GET", "k"]), "text");
        for behaviour in ["panic-on-replicas", "panic"] {
            let (master, mut replica) = disagreeing(kind, behaviour);
            assert_eq!(master.ask(&["LPUSH", "k", "x"]), "1");
            assert_eq!(replica.end(), None, "{kind:?} {behaviour}");
            let why = "This replica panicked sending an error to its master after processing the \
                       command 'lpush'";
            assert!(replica.log().contains(why), "{kind:?}");
        }
    }
}

#[test]
fn a_replica_whose_disk_does_not_take_the_masters_writes() {
    if !redis_is_here() {
        return;
    }
    for kind in KINDS {
        let master = Server::start(Kind::Real, &["--save", "", "--repl-diskless-sync-delay", "0"]);
        let mut replica = Server::start(kind, &["--save", "3600 1"]);
        replica.ask(&["REPLICAOF", "127.0.0.1", &master.port.to_string()]);
        wait("it is in step", || {
            replica.field(&["INFO", "replication"], "master_link_status") == "up"
        });
        assert_eq!(
            replica.ask(&["CONFIG", "SET", "replica-ignore-disk-write-errors", "yes"]),
            "OK"
        );
        // A folder where the file should be.
        let _ = std::fs::remove_file(replica.dir.join("dump.rdb"));
        std::fs::create_dir(replica.dir.join("dump.rdb")).unwrap();
        replica.ask(&["BGSAVE"]);
        wait("the save fails", || {
            replica.field(&["INFO", "persistence"], "rdb_last_bgsave_status") == "err"
        });
        assert_eq!(master.ask(&["SET", "k", "1"]), "OK");
        wait("it goes on", || replica.ask(&["GET", "k"]) == "1");
        let told = "Replica is applying a command even though it is unable to write to disk.";
        assert!(replica.log().contains(told), "{kind:?}");
        assert_eq!(replica.ask(&["CONFIG", "SET", "replica-ignore-disk-write-errors", "no"]), "OK");
        assert_eq!(master.ask(&["SET", "k", "2"]), "OK");
        assert_eq!(replica.end(), None, "{kind:?}");
        let why = "Replica was unable to write command to disk.";
        assert!(replica.log().contains(why), "{kind:?}");
    }
}
