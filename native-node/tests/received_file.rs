//! What a replica is sent in a full synchronisation stays in its RDB file, beside a real
//! redis-server under the same options; a process that starts again begins with it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::path::Path;

use common::{Kind, Server, redis_is_here, wait};

fn master(kind: Kind, diskless: &str, keys: &str) -> Server {
    let options = ["--repl-diskless-sync", diskless, "--repl-diskless-sync-delay", "0"];
    let more = ["--save", "", "--enable-debug-command", "yes", "--repl-ping-replica-period", "1"];
    let master = Server::start(kind, &[options.as_slice(), &more].concat());
    assert_eq!(master.ask(&["DEBUG", "POPULATE", keys, "key", "300"]), "OK");
    master
}

fn replica_of(master: &Server, kind: Kind, more: &[&str]) -> Server {
    let port = master.port.to_string();
    let options = ["--save", "", "--enable-debug-command", "yes", "--replicaof", "127.0.0.1"];
    Server::start(kind, &[options.as_slice(), &[&port], more].concat())
}

fn in_step(master: &Server, replica: &Server) {
    wait("the replica is in step", || {
        replica.field(&["INFO", "replication"], "master_link_status") == "up"
            && replica.ask(&["DEBUG", "DIGEST"]) == master.ask(&["DEBUG", "DIGEST"])
    });
}

/// The RDB files of a folder, temporary ones too.
fn files(dir: &Path) -> Vec<String> {
    let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = std::fs::read_dir(dir).unwrap().flatten().map(name).collect();
    names.retain(|name| name.ends_with(".rdb"));
    names.sort();
    names
}

fn keys_of(file: &Path) -> String {
    let check = std::process::Command::new("redis-check-rdb").arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(said.contains("RDB looks OK!"), "{said}");
    let line = said.lines().find(|line| line.contains(" keys read")).unwrap();
    line.to_owned()
}

#[test]
fn both_kinds_keep_what_either_kind_of_master_sent_them() {
    if !redis_is_here() {
        return;
    }
    for of in [Kind::Real, Kind::Ours] {
        for diskless in ["no", "yes"] {
            let master = master(of, diskless, "3000");
            for kind in [Kind::Real, Kind::Ours] {
                let mut replica = replica_of(&master, kind, &[]);
                in_step(&master, &replica);
                assert_eq!(files(&replica.dir), ["dump.rdb"], "{kind:?} of {of:?}, {diskless}");
                let keys = keys_of(&replica.dir.join("dump.rdb"));
                let count = replica.ask(&["DBSIZE"]);
                assert!(keys.contains(&format!(" {count} keys read")), "{count}: {keys}");
                // It begins again where the file stands, and is sent the rest alone.
                assert_eq!(master.ask(&["SET", "later", "1"]), "OK");
                replica.kill();
                replica.run();
                in_step(&master, &replica);
                let log = replica.log();
                assert!(log.contains("DB loaded from disk"), "{log}");
                assert!(log.contains("Successful partial resynchronization with master."), "{log}");
                assert_eq!(log.matches("Finished with success").count(), 1, "{log}");
            }
        }
    }
}

#[test]
fn without_persistence_it_goes_again_when_that_is_asked_for() {
    if !redis_is_here() {
        return;
    }
    let master = master(Kind::Real, "no", "100");
    for kind in [Kind::Real, Kind::Ours] {
        let replica = replica_of(&master, kind, &["--rdb-del-sync-files", "yes"]);
        in_step(&master, &replica);
        assert_eq!(files(&replica.dir), [""; 0], "{kind:?}");
        let line = "Removing the RDB file obtained from the master. This replica has persistence \
                    disabled";
        assert!(replica.log().contains(line), "{kind:?}");
        let kept = ["--rdb-del-sync-files", "yes", "--appendonly", "yes"];
        let replica = replica_of(&master, kind, &kept);
        in_step(&master, &replica);
        // The AOF is stopped while the new data is loaded, and so does not save the file.
        assert_eq!(files(&replica.dir), [""; 0], "{kind:?} with an AOF");
    }
}

#[test]
fn a_diskless_load_leaves_the_file_as_it_was() {
    if !redis_is_here() {
        return;
    }
    let master = master(Kind::Real, "yes", "100");
    for kind in [Kind::Real, Kind::Ours] {
        for (how, file) in [("swapdb", 1), ("on-empty-db", 0)] {
            let replica = Server::start(kind, &["--save", "", "--repl-diskless-load", how]);
            if file > 0 {
                assert_eq!(replica.ask(&["SET", "mine", "1"]), "OK");
                assert_eq!(replica.ask(&["SAVE"]), "OK");
            }
            assert_eq!(replica.ask(&["REPLICAOF", "127.0.0.1", &master.port.to_string()]), "OK");
            wait("the replica is in step", || {
                replica.field(&["INFO", "replication"], "master_link_status") == "up"
                    && replica.ask(&["DBSIZE"]) == "100"
            });
            let found = files(&replica.dir);
            assert_eq!(found.len(), file, "{kind:?} {how}: {found:?}");
            if file > 0 {
                let keys = keys_of(&replica.dir.join("dump.rdb"));
                assert!(keys.contains(" 1 keys read"), "{kind:?}: {keys}");
            }
            assert!(replica.log().contains("with EOF to parser"), "{kind:?} {how}");
        }
    }
}

#[test]
fn a_file_that_is_not_complete_goes_with_its_link() {
    if !redis_is_here() {
        return;
    }
    for kind in [Kind::Real, Kind::Ours] {
        let master = master(Kind::Real, "yes", "20000");
        assert_eq!(master.ask(&["CONFIG", "SET", "rdb-key-save-delay", "1000"]), "OK");
        let replica = replica_of(&master, kind, &[]);
        wait("some of it has come", || files(&replica.dir).iter().any(|f| f.starts_with("temp-")));
        assert_eq!(replica.ask(&["REPLICAOF", "NO", "ONE"]), "OK");
        wait("what has come is gone", || files(&replica.dir).is_empty());
    }
}
