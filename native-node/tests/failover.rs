//! `FAILOVER` outside of a cluster: our node and redis-server 7.0.15 hand their place to each other,
//! without a full sync and without a lost write, and refuse what cannot be in the same words.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Kind, Server, redis_is_here, wait};

const OPTIONS: [&str; 6] =
    ["--save", "", "--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes"];

fn server(kind: Kind) -> Server {
    Server::start(kind, &OPTIONS)
}

fn replication(server: &Server, field: &str) -> String {
    server.field(&["INFO", "replication"], field)
}

fn follow(replica: &Server, master: &Server) {
    let port = master.port.to_string();
    assert_eq!(replica.ask(&["REPLICAOF", "127.0.0.1", &port]), "OK");
    // A master of 7.0 sends nothing until the first word of a replica after a diskless sync, which
    // comes within a second: only then may the replica be stopped.
    let told = master.ask(&["INCR", "stream"]);
    wait("the stream flows", || replica.ask(&["GET", "stream"]) == told);
    up(replica, master);
}

fn up(replica: &Server, master: &Server) {
    wait("the replica is in step", || {
        replication(replica, "master_link_status") == "up"
            && replication(replica, "master_port") == master.port.to_string()
            && replication(replica, "master_repl_offset")
                == replication(master, "master_repl_offset")
    });
    let digest = ["DEBUG", "DIGEST"];
    assert_eq!(replica.ask(&digest), master.ask(&digest));
}

fn failover(from: &Server, words: &[&str]) -> String {
    from.ask(&[&["FAILOVER"], words].concat())
}

fn is_over(server: &Server) {
    wait("the failover is over", || replication(server, "master_failover_state") == "no-failover");
}

#[test]
fn each_kind_hands_over_to_each_without_a_full_sync() {
    if !redis_is_here() {
        return;
    }
    for (old, new) in [(Kind::Ours, Kind::Ours), (Kind::Ours, Kind::Real), (Kind::Real, Kind::Ours)]
    {
        let (master, heir, third) = (server(old), server(new), server(Kind::Ours));
        assert_eq!(master.ask(&["SET", "k", "1"]), "OK");
        follow(&heir, &master);
        follow(&third, &master);
        // It is behind when it is asked for, so writes must be held until it has caught up.
        heir.signal("STOP");
        assert_eq!(master.ask(&["SET", "k", "2"]), "OK");
        let port = heir.port.to_string();
        assert_eq!(failover(&master, &["TO", "127.0.0.1", &port]), "OK");
        assert_eq!(replication(&master, "master_failover_state"), "waiting-for-sync");
        assert_eq!(master.ask(&["GET", "k"]), "2", "reads go on");
        let busy = "ERR FAILOVER already in progress.";
        assert_eq!(failover(&master, &[]), busy);
        let refused = master.ask(&["REPLICAOF", "NO", "ONE"]);
        assert_eq!(refused, "ERR REPLICAOF not allowed while failing over.");
        std::thread::scope(|scope| {
            let late = scope.spawn(|| master.ask(&["SET", "k", "3"]));
            wait("the write is held back", || master.ask(&["CLIENT", "LIST"]).contains("flags=b"));
            heir.signal("CONT");
            let said = late.join().unwrap();
            assert!(said.starts_with("READONLY"), "{old:?} to {new:?}: {said}");
        });
        is_over(&master);
        assert_eq!(replication(&heir, "role"), "master");
        follow(&third, &heir);
        up(&master, &heir);
        assert_eq!(heir.ask(&["GET", "k"]), "2");
        let stats = |field| heir.field(&["INFO", "stats"], field);
        assert_eq!((stats("sync_partial_ok"), stats("sync_full")), ("2".into(), "0".into()));
        assert!(master.log().contains(&format!("Failover target 127.0.0.1:{port} is synced")));
        // And back, to whoever has all: two have.
        assert_eq!(failover(&heir, &[]), "OK");
        is_over(&heir);
        assert_eq!(replication(&heir, "role"), "slave");
    }
}

#[test]
fn a_failover_is_forced_given_up_or_aborted() {
    if !redis_is_here() {
        return;
    }
    for kind in [Kind::Ours, Kind::Real] {
        let (master, heir) = (server(kind), server(Kind::Ours));
        follow(&heir, &master);
        let port = heir.port.to_string();
        heir.signal("STOP");
        assert_eq!(master.ask(&["SET", "k", "1"]), "OK");

        assert_eq!(failover(&master, &["TO", "127.0.0.1", &port]), "OK");
        assert_eq!(failover(&master, &["ABORT"]), "OK");
        assert_eq!(replication(&master, "master_failover_state"), "no-failover");
        assert_eq!(master.ask(&["SET", "k", "2"]), "OK", "writes go on");

        assert_eq!(failover(&master, &["TIMEOUT", "200"]), "OK");
        is_over(&master);
        assert_eq!(master.ask(&["SET", "k", "3"]), "OK");

        let force = ["TO", "127.0.0.1", &port, "TIMEOUT", "100", "FORCE"];
        assert_eq!(failover(&master, &force), "OK");
        wait("it is forced", || {
            replication(&master, "master_failover_state") == "failover-in-progress"
        });
        assert_eq!(replication(&master, "role"), "slave", "never two masters");
        heir.signal("CONT");
        is_over(&master);
        assert_eq!(replication(&heir, "role"), "master");
        up(&master, &heir);
        assert_eq!(heir.ask(&["GET", "k"]), "3");
        let log = master.log();
        for line in [
            format!("FAILOVER to 127.0.0.1:{port} aborted: Failover manually aborted"),
            "FAILOVER to any replica aborted: Replica never caught up before timeout".into(),
            format!("FAILOVER to 127.0.0.1:{port} time out exceeded, failing over."),
        ] {
            assert!(log.contains(&line), "{kind:?}: {line}");
        }
    }
}

#[test]
fn a_target_that_is_no_replica_any_more_leaves_the_master_a_master() {
    if !redis_is_here() {
        return;
    }
    for (old, new) in [(Kind::Ours, Kind::Real), (Kind::Real, Kind::Ours)] {
        let (master, mut heir) = (server(old), server(new));
        follow(&heir, &master);
        let port = heir.port.to_string();
        heir.signal("STOP");
        assert_eq!(master.ask(&["SET", "k", "1"]), "OK");
        let force = ["TO", "127.0.0.1", &port, "TIMEOUT", "50", "FORCE"];
        assert_eq!(failover(&master, &force), "OK");
        wait("it is forced", || replication(&master, "role") == "slave");
        // It comes back alone: a master that follows nobody.
        heir.kill();
        heir.run();
        is_over(&master);
        assert_eq!(replication(&master, "role"), "master");
        assert_eq!(master.ask(&["GET", "k"]), "1");
        assert!(master.log().contains("aborted: Failover target rejected psync request"));
    }
}

#[test]
fn what_cannot_be_is_refused_in_the_same_words() {
    if !redis_is_here() {
        return;
    }
    let said = [Kind::Real, Kind::Ours].map(|kind| {
        let (alone, master, replica) = (server(kind), server(kind), server(kind));
        let node = Server::cluster(kind);
        follow(&replica, &master);
        let port = replica.port.to_string();
        let mut said = vec![
            failover(&alone, &[]),
            failover(&replica, &[]),
            failover(&node, &[]),
            failover(&node, &["ABORT"]),
            alone.ask(&["PSYNC", "x", "1", "FAILOVER"]),
            replica.ask(&["PSYNC", "x", "1", "failover"]),
            master.ask(&["COMMAND", "INFO", "FAILOVER"]),
            replication(&master, "master_failover_state"),
        ];
        for words in [
            &["ABORT"][..],
            &["ABORT", "TIMEOUT", "1"],
            &["FORCE"],
            &["FORCE", "FORCE"],
            &["FORCE", "TIMEOUT", "100"],
            &["TIMEOUT"],
            &["TIMEOUT", "0"],
            &["TIMEOUT", "-1"],
            &["TIMEOUT", "x"],
            &["TIMEOUT", "9223372036854775808"],
            &["TO"],
            &["TO", "127.0.0.1"],
            &["TO", "127.0.0.1", "x"],
            &["TO", "nowhere", &port],
            &["TO", "127.0.0.1", "99999999"],
            &["TO", "127.0.0.1", "-1"],
            &["TO", "127.0.0.1", &port, "FORCE"],
            &["TO", "127.0.0.1", &port, "TO", "127.0.0.1", &port],
            &["x"],
        ] {
            said.push(format!("{words:?}: {}", failover(&master, words)).replace(&port, "PORT"));
        }
        said
    });
    assert_eq!(said[0], said[1]);
    assert!(said[0].iter().any(|line| line.contains("not allowed in cluster mode")));
}
