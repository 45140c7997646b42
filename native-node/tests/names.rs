//! Other servers by name: a master in a container is known by its name, not by its address.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Kind, Server, redis_is_here, wait};

/// A name of this host that is not `localhost`.
fn own_name() -> Option<String> {
    let said = std::process::Command::new("hostname").output().ok()?;
    let name = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    let found = std::net::ToSocketAddrs::to_socket_addrs(&(name.as_str(), 1)).ok()?;
    (found.count() > 0 && name != "localhost").then_some(name)
}

fn open(kind: Kind, more: &[&str]) -> Server {
    let options = ["--save", "", "--protected-mode", "no", "--repl-diskless-sync-delay", "0"];
    let server = Server::start(kind, &[options.as_slice(), more].concat());
    assert_eq!(server.ask(&["CONFIG", "SET", "bind", "*"]), "OK");
    server
}

fn in_step(replica: &Server) {
    wait("the replica is in step", || {
        replica.field(&["INFO", "replication"], "master_link_status") == "up"
    });
}

#[test]
fn a_master_is_found_by_its_name() {
    let Some(name) = own_name().filter(|_| redis_is_here()) else {
        println!("skipped: this host's name leads nowhere");
        return;
    };
    let master = open(Kind::Real, &[]);
    assert_eq!(master.ask(&["SET", "k", "v"]), "OK");
    let port = master.port.to_string();
    for kind in [Kind::Real, Kind::Ours] {
        let replica = open(kind, &["--replicaof", &name, &port]);
        in_step(&replica);
        assert_eq!(replica.ask(&["GET", "k"]), "v");
        assert_eq!(replica.field(&["INFO", "replication"], "master_host"), name);
        let listed = replica.ask(&["CLIENT", "LIST", "TYPE", "master"]);
        let at = listed.split(' ').find_map(|word| word.strip_prefix("addr=")).unwrap().to_owned();
        let ip: std::net::SocketAddr = at.parse().unwrap();
        assert!(!ip.ip().is_unspecified(), "{kind:?}: {listed}");
    }
}

#[test]
fn a_name_that_leads_nowhere_is_told_and_tried_again() {
    if !redis_is_here() {
        return;
    }
    for kind in [Kind::Real, Kind::Ours] {
        let replica = Server::start(kind, &["--replicaof", "no.such.host.invalid", "6379"]);
        let line = "Unable to connect to MASTER: ";
        wait("it says so, twice", || replica.log().matches(line).count() >= 2);
        assert_eq!(replica.ask(&["PING"]), "PONG", "{kind:?}");
    }
}

#[test]
fn a_failover_goes_to_a_replica_that_gave_its_name_and_back() {
    let Some(name) = own_name().filter(|_| redis_is_here()) else {
        println!("skipped: this host's name leads nowhere");
        return;
    };
    for kinds in [[Kind::Real, Kind::Ours], [Kind::Ours, Kind::Real], [Kind::Ours, Kind::Ours]] {
        let options = ["--replica-announce-ip", &name];
        let [first, second] = kinds.map(|kind| open(kind, &options));
        let port = first.port.to_string();
        assert_eq!(second.ask(&["REPLICAOF", &name, &port]), "OK");
        in_step(&second);
        for (from, to) in [(&first, &second), (&second, &first)] {
            assert_eq!(from.ask(&["SET", "k", "v"]), "OK");
            wait("the replica is online", || {
                from.ask(&["INFO", "replication"]).contains("state=online")
            });
            let port = to.port.to_string();
            assert_eq!(from.ask(&["FAILOVER", "TO", &name, &port]), "OK", "{kinds:?}");
            wait("it has taken over", || {
                to.field(&["INFO", "replication"], "role") == "master"
                    && from.field(&["INFO", "replication"], "master_link_status") == "up"
            });
            assert_eq!(from.field(&["INFO", "replication"], "master_host"), name);
        }
        let full = |server: &Server| server.field(&["INFO", "stats"], "sync_full");
        assert_eq!((full(&first), full(&second)), ("1".into(), "0".into()), "{kinds:?}");
    }
}

#[test]
fn keys_move_to_a_node_by_its_name() {
    let Some(name) = own_name().filter(|_| redis_is_here()) else {
        println!("skipped: this host's name leads nowhere");
        return;
    };
    let target = open(Kind::Real, &[]);
    let port = target.port.to_string();
    for kind in [Kind::Real, Kind::Ours] {
        let source = open(kind, &[]);
        assert_eq!(source.ask(&["SET", "k", "v"]), "OK");
        assert_eq!(source.ask(&["MIGRATE", &name, &port, "k", "0", "5000", "REPLACE"]), "OK");
        assert_eq!(target.ask(&["GET", "k"]), "v");
        assert_eq!(source.ask(&["SET", "k", "v"]), "OK");
        let refused = source.ask(&["MIGRATE", "no.such.host.invalid", &port, "k", "0", "5000"]);
        assert_eq!(refused, "IOERR error or timeout connecting to the client", "{kind:?}");
    }
}

/// A name is announced, and taken back, with the very command that says so.
#[test]
fn an_announced_host_name_counts_at_once() {
    if !redis_is_here() {
        return;
    }
    let [ours, real] = [Kind::Ours, Kind::Real].map(|kind| {
        let node = Server::cluster(kind);
        let mut ends = Vec::new();
        for name in ["node.example", "other.example", ""] {
            // One connection, so that no time passes in between.
            let port = node.port.to_string();
            let script =
                format!("CONFIG SET cluster-announce-hostname \"{name}\"\nCLUSTER NODES\n");
            let said = common::cli_with_input(&["-p", &port], &script);
            let line = said.lines().find(|line| line.contains("myself")).unwrap().to_owned();
            let address = line.split(' ').nth(1).unwrap().to_owned();
            ends.push(address.split_once(',').map(|(_, name)| name.to_owned()));
        }
        ends
    });
    assert_eq!(ours, real);
}
