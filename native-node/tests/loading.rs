//! Data that takes long to load, beside a real redis-server under the same options: what is
//! answered meanwhile, at start and on a replica, and what others of a cluster think of it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Kind, Server, redis_is_here, wait};

const BOTH: [Kind; 2] = [Kind::Real, Kind::Ours];
/// A load in which each key takes a millisecond.
const SLOW: [&str; 4] =
    ["--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"];
const LOADING: &str = "LOADING Redis is loading the dataset in memory";

fn filled(kind: Kind, keys: &str, more: &[&str]) -> Server {
    let options = ["--enable-debug-command", "yes", "--save", "", "--rdbcompression", "no"];
    let server = Server::start(kind, &[options.as_slice(), more].concat());
    assert_eq!(server.ask(&["DEBUG", "POPULATE", keys, "key", "300"]), "OK");
    server
}

fn is_loading(server: &Server) -> bool {
    server.field(&["INFO", "persistence"], "loading") == "1"
}

/// The names of the fields of INFO that tell of loading.
fn fields(server: &Server) -> Vec<String> {
    let text = server.ask(&["INFO", "persistence"]);
    let names = text.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name);
    names.filter(|name| name.contains("loading")).map(str::to_owned).collect()
}

/// What a server says to whoever comes while it loads.
fn answers(server: &Server) -> Vec<String> {
    let mut said: Vec<String> = [
        "GET key:1",
        "SET a b",
        "PING",
        "DBSIZE",
        "SAVE",
        "BGSAVE",
        "REPLICAOF NO ONE",
        "SELECT 1",
        "CONFIG SET dir /",
        "CONFIG SET appendonly yes",
        "CONFIG SET maxclients 900",
        "SUBSCRIBE",
        "MULTI",
        "FLUSHALL",
        "WAIT 0 0",
        "COMMAND COUNT EXTRA",
        "SHUTDOWN ABORT",
    ]
    .into_iter()
    .map(|line| format!("{line}: {}", server.ask(&line.split(' ').collect::<Vec<_>>())))
    .collect();
    said.push(fields(server).join(" "));
    said
}

#[test]
fn both_kinds_answer_alike_while_they_start_and_end_without_a_save() {
    if !redis_is_here() {
        return;
    }
    for aof in ["no", "yes"] {
        let said = BOTH.map(|kind| {
            let mut server = filled(kind, "3000", &["--appendonly", aof]);
            // What was populated is in no file yet.
            if aof == "no" {
                assert_eq!(server.ask(&["SAVE"]), "OK");
            } else {
                server.ask(&["BGREWRITEAOF"]);
                let base = server.dir.join("appendonlydir/appendonly.aof.2.base.rdb");
                wait("it is rewritten", || base.exists());
            }
            let digest = server.ask(&["DEBUG", "DIGEST"]);
            server.signal("TERM");
            assert_eq!(server.end(), Some(0));
            server.begin(&SLOW);
            wait("it loads", || is_loading(&server));
            let said = answers(&server);
            assert!(!server.log().ends_with("Ready to accept connections\n"), "{kind:?}");
            assert!(is_loading(&server), "{kind:?} with appendonly {aof} is through too soon");
            server.signal("TERM");
            assert_eq!(server.end(), Some(0), "{kind:?}");
            server.run();
            assert_eq!(server.ask(&["DEBUG", "DIGEST"]), digest, "{kind:?}");
            said
        });
        assert_eq!(said[0], said[1], "appendonly {aof}");
        assert!(said[1][0].contains(LOADING), "{:?}", said[1]);
    }
}

#[test]
fn both_kinds_answer_alike_while_they_take_a_full_synchronisation() {
    if !redis_is_here() {
        return;
    }
    for (of, how) in [
        (Kind::Real, "disabled"),
        (Kind::Ours, "disabled"),
        (Kind::Real, "on-empty-db"),
        (Kind::Ours, "swapdb"),
        (Kind::Real, "swapdb"),
    ] {
        let fast = ["--repl-diskless-sync-delay", "0", "--repl-timeout", "3"];
        let ping = ["--repl-ping-replica-period", "1"];
        let master = filled(of, "4000", &[&fast[..], &ping].concat());
        let said = BOTH.map(|kind| {
            let options = ["--enable-debug-command", "yes", "--save", "", "--repl-timeout", "3"];
            let more = ["--repl-diskless-load", how];
            let replica = Server::start(kind, &[&options[..], &more, &SLOW].concat());
            assert_eq!(replica.ask(&["REPLICAOF", "127.0.0.1", &master.port.to_string()]), "OK");
            wait("it loads", || is_loading(&replica));
            let said = answers(&replica);
            assert!(is_loading(&replica), "{kind:?} of {of:?}, {how}, is through too soon");
            // Longer than anybody would wait for somebody who says nothing.
            wait("it is in step", || {
                replica.field(&["INFO", "replication"], "master_link_status") == "up"
            });
            let (a, b) = (replica.ask(&["DEBUG", "DIGEST"]), master.ask(&["DEBUG", "DIGEST"]));
            assert_eq!(a, b, "{kind:?} of {of:?}, {how}");
            let full = master.field(&["INFO", "stats"], "sync_full");
            (said, full)
        });
        assert_eq!(said[0].0, said[1].0, "{how}");
        assert_eq!((&*said[0].1, &*said[1].1), ("1", "2"), "nobody came twice: {how}");
    }
}

#[test]
fn old_data_of_the_same_history_is_served_while_the_new_is_loaded() {
    if !redis_is_here() {
        return;
    }
    let said = BOTH.map(|kind| {
        let fast = ["--repl-diskless-sync-delay", "0", "--repl-backlog-size", "16kb"];
        let master = filled(Kind::Real, "100", &fast);
        let options = ["--enable-debug-command", "yes", "--save", ""];
        let load = ["--repl-diskless-load", "swapdb", "--replicaof", "127.0.0.1"];
        let port = master.port.to_string();
        // Redis looks at its clients each time so many bytes are loaded.
        let often = [&port, "--loading-process-events-interval-bytes", "1024"];
        let replica = Server::start(kind, &[&options[..], &load, &often].concat());
        wait("it is in step", || replica.ask(&["DBSIZE"]) == "100");
        // It stands still while more is written than the backlog holds.
        replica.signal("STOP");
        assert_eq!(master.ask(&["CLIENT", "KILL", "TYPE", "replica"]), "1");
        assert_eq!(master.ask(&["DEBUG", "POPULATE", "6000", "more", "300"]), "OK");
        let big = "x".repeat(40_000);
        for _ in 0..20 {
            assert_eq!(master.ask(&["SET", "big", &big]), "OK");
        }
        assert_eq!(master.ask(&["CONFIG", "SET", "rdb-key-save-delay", "300"]), "OK");
        replica.signal("CONT");
        let async_loading = || replica.field(&["INFO", "persistence"], "async_loading") == "1";
        wait("it loads beside the old data", async_loading);
        let said: Vec<String> = ["DBSIZE", "STRLEN key:1", "EXISTS big", "BGSAVE", "PING", "SAVE"]
            .map(|line| format!("{line}: {}", replica.ask(&line.split(' ').collect::<Vec<_>>())))
            .to_vec();
        let fields = fields(&replica);
        assert!(async_loading(), "{kind:?} is through too soon");
        wait("it has the new data", || replica.ask(&["DBSIZE"]) == "6101");
        (said, fields)
    });
    assert_eq!(said[0], said[1]);
}

#[test]
fn a_node_that_loads_for_longer_than_the_node_timeout_is_not_taken_for_dead() {
    if !redis_is_here() {
        return;
    }
    for kind in BOTH {
        let options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
        let more = ["--enable-debug-command", "yes", "--save", ""];
        let options = [&options[..], &more].concat();
        let masters = [Kind::Ours, Kind::Real].map(|kind| Server::start(kind, &options));
        let replica = Server::start(kind, &[&options[..], &SLOW].concat());
        for other in [&masters[1], &replica] {
            let port = other.port.to_string();
            assert_eq!(masters[0].ask(&["CLUSTER", "MEET", "127.0.0.1", &port]), "OK");
        }
        assert_eq!(masters[0].ask(&["CLUSTER", "ADDSLOTSRANGE", "0", "9000"]), "OK");
        assert_eq!(masters[1].ask(&["CLUSTER", "ADDSLOTSRANGE", "9001", "16383"]), "OK");
        let met = |server: &Server| {
            server.state_is_ok() && server.field(&["CLUSTER", "INFO"], "cluster_known_nodes") == "3"
        };
        wait("they know each other", || masters.iter().all(met) && met(&replica));
        assert_eq!(masters[0].ask(&["DEBUG", "POPULATE", "6000", "key", "300"]), "OK");
        let id = masters[0].id();
        wait("it follows", || replica.ask(&["CLUSTER", "REPLICATE", &id]) == "OK");
        wait("it loads", || is_loading(&replica));
        let began = std::time::Instant::now();
        let me = replica.id();
        while is_loading(&replica) {
            for master in &masters {
                let line = master.sees(&me);
                assert!(!line.contains("fail"), "{kind:?}: {line}");
                assert!(master.state_is_ok());
            }
        }
        let took = began.elapsed();
        assert!(took.as_secs() >= 3, "{kind:?} loaded in {took:?}");
        wait("it is in step", || {
            replica.field(&["INFO", "replication"], "master_link_status") == "up"
        });
    }
}
