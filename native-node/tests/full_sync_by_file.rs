//! `repl-diskless-sync no`: the file for a full sync is made while clients are served, its replicas
//! get exactly what it holds and what came since, and it goes when it is told to.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::{Duration, Instant};

use common::{Kind, Server, redis_is_here, wait};

/// A master with sixty thousand keys.
fn full_master(kind: Kind, more: &[&str]) -> Server {
    let options = ["--repl-diskless-sync", "no", "--save", "", "--enable-debug-command", "yes"];
    let master = Server::start(kind, &[options.as_slice(), more].concat());
    assert_eq!(master.ask(&["DEBUG", "POPULATE", "60000", "key", "200"]), "OK");
    master
}

fn replica_of(master: &Server, kind: Kind) -> Server {
    let port = master.port.to_string();
    Server::start(kind, &["--save", "", "--replicaof", "127.0.0.1", &port])
}

fn in_step(master: &Server, replica: &Server) {
    wait("the replica is in step", || {
        replica.field(&["INFO", "replication"], "master_link_status") == "up"
            && replica.ask(&["DEBUG", "DIGEST"]) == master.ask(&["DEBUG", "DIGEST"])
    });
}

/// Said in this order, each somewhere behind the one before.
fn in_order(log: &str, lines: &[&str]) {
    let mut rest = log;
    for line in lines {
        let at = rest.find(line).unwrap_or_else(|| panic!("no {line:?} in its place in\n{log}"));
        rest = &rest[at + line.len()..];
    }
}

const STORY: [&str; 6] = [
    "asks for synchronization",
    "Starting BGSAVE for SYNC with target: disk",
    "Background saving started by pid",
    "DB saved on disk",
    "Background saving terminated with success",
    "Synchronization with replica 127.0.0.1:",
];

#[test]
fn clients_are_served_while_the_file_is_made_and_both_kinds_of_replicas_get_it() {
    if !redis_is_here() {
        return;
    }
    let master = full_master(Kind::Ours, &[]);
    let debug = ["--enable-debug-command", "yes"];
    let port = master.port.to_string();
    let options = [&["--save", "", "--replicaof", "127.0.0.1", &port][..], &debug].concat();
    let replicas = [Kind::Real, Kind::Ours].map(|kind| Server::start(kind, &options));
    let mut longest = Duration::ZERO;
    let mut writes = 0;
    wait("both replicas are up", || {
        let began = Instant::now();
        writes += 1;
        let (key, value) = (format!("while:{writes}"), writes.to_string());
        assert_eq!(master.ask(&["SET", &key, &value]), "OK");
        longest = longest.max(began.elapsed());
        let up = |r: &Server| r.field(&["INFO", "replication"], "master_link_status") == "up";
        replicas.iter().all(up)
    });
    println!("{writes} writes meanwhile, the slowest took {longest:?}");
    for replica in &replicas {
        in_step(&master, replica);
    }
    in_order(&master.log(), &STORY);
    // The file stays, as redis-server's does, and is a whole one.
    let file = master.dir.join("dump.rdb");
    let check = std::process::Command::new("redis-check-rdb").arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(said.contains("RDB looks OK!") && said.contains(" keys read"), "{said}");
}

#[test]
fn who_comes_while_another_save_runs_waits_for_its_end() {
    if !redis_is_here() {
        return;
    }
    for kind in [Kind::Ours, Kind::Real] {
        // A real one would be through before the replica is there.
        let delay: &[&str] = if kind == Kind::Real { &["--rdb-key-save-delay", "20"] } else { &[] };
        let master = full_master(kind, delay);
        assert_eq!(master.ask(&["BGSAVE"]), "Background saving started");
        let replica = replica_of(&master, Kind::Real);
        wait("it has asked", || master.log().contains("asks for synchronization"));
        wait("the replica is up", || {
            replica.field(&["INFO", "replication"], "master_link_status") == "up"
        });
        if master.log().contains("Can't attach the replica") {
            in_order(
                &master.log(),
                &[
                    "Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC",
                    "Background saving terminated with success",
                    STORY[1],
                ],
            );
        }
        wait("it has all keys", || replica.ask(&["DBSIZE"]) == "60000");
    }
}

#[test]
fn a_file_that_only_replicas_needed_goes() {
    if !redis_is_here() {
        return;
    }
    for kind in [Kind::Ours, Kind::Real] {
        let options = ["--repl-diskless-sync", "no", "--rdb-del-sync-files", "yes", "--save", ""];
        let master = Server::start(kind, &options);
        assert_eq!(master.ask(&["SET", "k", "v"]), "OK");
        let replica = replica_of(&master, Kind::Real);
        wait("the replica has the key", || replica.ask(&["GET", "k"]) == "v");
        let line = "Removing the RDB file used to feed replicas in a persistence-less instance";
        wait("the file is removed", || {
            master.log().contains(line) && !master.dir.join("dump.rdb").exists()
        });
    }
}
