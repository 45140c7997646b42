//! What Valkey 8 and 9 added to CLUSTER, in the simulated world: SLOT-STATS, FLUSHSLOT,
//! REPLICATE NO ONE and SETSLOT with a timeout. The words are those of Valkey 9.1.

use std::net::SocketAddr;

use engine_base::{Seed, Slot};
use engine_sim::{ClusterSpec, FaultOp, World};

fn cluster(seed: u64) -> (World, Vec<SocketAddr>) {
    let spec = ClusterSpec { node_timeout_ms: 2000, ..ClusterSpec::six(Seed::from_number(seed)) };
    let (mut world, nodes) = World::cluster(&spec);
    let up = |w: &mut World, at| says(w, at, "INFO replication").contains("master_link_status:up");
    assert!(world.until(20_000, |w| nodes[3..].iter().all(|at| up(w, *at))));
    (world, nodes)
}

fn says(world: &mut World, at: SocketAddr, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    String::from_utf8_lossy(&world.call(at, &words)).into_owned()
}

fn slot(key: &str) -> u16 {
    Slot::of_key(key.as_bytes()).number()
}

#[test]
fn slot_stats_count_keys_and_bytes_of_the_slots_of_this_shard() {
    let (mut world, nodes) = cluster(21);
    // "{b}" is slot 3300, of the first master.
    assert_eq!((slot("{b}1"), slot("{f}")), (3300, 3168));
    says(&mut world, nodes[0], "SET {b}1 x");
    says(&mut world, nodes[0], "SET {b}2 x");
    says(&mut world, nodes[0], "SET {f} x");
    let one = says(&mut world, nodes[0], "CLUSTER SLOT-STATS SLOTSRANGE 3300 3300");
    assert_eq!(one, "*1\r\n*2\r\n:3300\r\n*2\r\n$9\r\nkey-count\r\n:2\r\n");
    let none = says(&mut world, nodes[0], "CLUSTER SLOT-STATS SLOTSRANGE 16000 16383");
    assert_eq!(none, "*0\r\n", "another shard's slots are not shown");
    let first = says(&mut world, nodes[0], "CLUSTER SLOT-STATS ORDERBY key-count LIMIT 2");
    assert_eq!(
        first,
        "*2\r\n*2\r\n:3300\r\n*2\r\n$9\r\nkey-count\r\n:2\r\n\
         *2\r\n:3168\r\n*2\r\n$9\r\nkey-count\r\n:1\r\n"
    );
    let last = says(&mut world, nodes[0], "CLUSTER SLOT-STATS ORDERBY key-count LIMIT 1 ASC");
    assert_eq!(last, "*1\r\n*2\r\n:0\r\n*2\r\n$9\r\nkey-count\r\n:0\r\n");
    let replica = says(&mut world, nodes[4], "CLUSTER SLOT-STATS SLOTSRANGE 3300 3300");
    assert_eq!(replica, one, "a replica shows its master's slots");

    says(&mut world, nodes[0], "CONFIG SET cluster-slot-stats-enabled yes");
    says(&mut world, nodes[0], "SET {b}1 xy");
    let full = says(&mut world, nodes[0], "CLUSTER SLOT-STATS SLOTSRANGE 3300 3300");
    // `SET {b}1 xy` is 31 bytes, its answer 5, and one replica was sent the 31 bytes too.
    assert_eq!(
        full,
        "*1\r\n*2\r\n:3300\r\n*8\r\n$9\r\nkey-count\r\n:2\r\n$8\r\ncpu-usec\r\n:0\r\n\
         $16\r\nnetwork-bytes-in\r\n:31\r\n$17\r\nnetwork-bytes-out\r\n:36\r\n"
    );
    let most = says(&mut world, nodes[0], "CLUSTER SLOT-STATS ORDERBY network-bytes-in LIMIT 1");
    assert!(most.starts_with("*1\r\n*2\r\n:3300\r\n"), "{most}");
    says(&mut world, nodes[0], "CONFIG RESETSTAT");
    let reset = says(&mut world, nodes[0], "CLUSTER SLOT-STATS SLOTSRANGE 3300 3300");
    assert!(reset.contains("network-bytes-in\r\n:0\r\n"), "{reset}");
}

#[test]
fn wrong_arguments_are_answered_in_valkeys_words() {
    let (mut world, nodes) = cluster(22);
    let cases = [
        ("SLOT-STATS", "wrong number of arguments for 'cluster|slot-stats' command"),
        ("SLOT-STATS SLOTSRANGE x 1", "Invalid or out of range slot"),
        ("SLOT-STATS SLOTSRANGE 0 16384", "Invalid or out of range slot"),
        ("SLOT-STATS SLOTSRANGE 9 1", "Start slot number 9 is greater than end slot number 1"),
        (
            "SLOT-STATS SLOTSRANGE 1 2 3",
            "unknown subcommand or wrong number of arguments for 'SLOT-STATS'. Try CLUSTER HELP.",
        ),
        ("SLOT-STATS ORDERBY cpu-usec", "Unrecognized sort metric for ORDERBY."),
        (
            "SLOT-STATS ORDERBY key-count LIMIT 0",
            "Limit has to lie in between 1 and 16384 (maximum number of slots).",
        ),
        ("SLOT-STATS ORDERBY key-count LIMIT", "syntax error"),
        (
            "SLOT-STATS ORDERBY key-count ASC DESC",
            "Multiple filters of the same type are disallowed.",
        ),
        ("FLUSHSLOT", "wrong number of arguments for 'cluster|flushslot' command"),
        ("FLUSHSLOT 16384", "Invalid or out of range slot"),
        ("FLUSHSLOT 1 later", "syntax error"),
        (
            "flushslot 1 SYNC now",
            "unknown subcommand or wrong number of arguments for 'flushslot'. Try CLUSTER HELP.",
        ),
        ("REPLICATE NO TWO", "wrong number of arguments for 'cluster|replicate' command"),
        ("SETSLOT 1 STABLE TIMEOUT", "Missing timeout value"),
        ("SETSLOT 1 STABLE TIMEOUT -1", "timeout is negative"),
        ("SETSLOT 1 STABLE TIMEOUT x", "timeout is not an integer or out of range"),
        (
            "SETSLOT 1 STABLE WHENEVER 5",
            "Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP",
        ),
    ];
    for (words, error) in cases {
        let answer = says(&mut world, nodes[0], &format!("CLUSTER {words}"));
        assert_eq!(answer, format!("-ERR {error}\r\n"), "{words}");
    }
}

#[test]
fn flushslot_empties_one_slot_here_and_on_the_replica() {
    let (mut world, nodes) = cluster(23);
    for key in ["{b}1", "{b}2", "{f}"] {
        says(&mut world, nodes[0], &format!("SET {key} x"));
    }
    assert_eq!(says(&mut world, nodes[0], "CLUSTER FLUSHSLOT 3300 ASYNC"), "+OK\r\n");
    assert_eq!(says(&mut world, nodes[0], "DBSIZE"), ":1\r\n");
    assert!(world.until(3000, |w| says(w, nodes[4], "DBSIZE") == ":1\r\n"));
    assert_eq!(says(&mut world, nodes[0], "CLUSTER FLUSHSLOT 3300 SYNC"), "+OK\r\n");
    let refused = says(&mut world, nodes[4], "CLUSTER FLUSHSLOT 3168");
    assert!(refused.starts_with("-READONLY"), "{refused}");
}

#[test]
fn replicate_no_one_makes_an_empty_master_of_a_replica() {
    let (mut world, nodes) = cluster(24);
    says(&mut world, nodes[0], "SET {b} x");
    assert!(world.until(3000, |w| says(w, nodes[4], "DBSIZE") == ":1\r\n"));
    assert_eq!(says(&mut world, nodes[0], "CLUSTER REPLICATE NO ONE"), "+OK\r\n");
    assert_eq!(says(&mut world, nodes[0], "DBSIZE"), ":1\r\n", "a master stays as it is");
    assert_eq!(says(&mut world, nodes[4], "CLUSTER REPLICATE no one"), "+OK\r\n");
    assert_eq!(says(&mut world, nodes[4], "DBSIZE"), ":0\r\n");
    assert!(says(&mut world, nodes[4], "ROLE").contains("master"));
    let id = says(&mut world, nodes[4], "CLUSTER MYID");
    let id = id.lines().nth(1).unwrap_or_default().to_owned();
    assert!(world.until(5000, |w| {
        let view = says(w, nodes[1], "CLUSTER NODES");
        view.lines().any(|l| l.starts_with(&id) && l.contains(" master - "))
    }));
}

#[test]
fn setslot_with_a_timeout_reaches_the_replicas_first_or_not_at_all() {
    let (mut world, nodes) = cluster(25);
    let id = |w: &mut World, at| says(w, at, "CLUSTER MYID").lines().nth(1).map(str::to_owned);
    let target = id(&mut world, nodes[1]).unwrap_or_default();
    let line = format!("CLUSTER SETSLOT 3300 MIGRATING {target} TIMEOUT 1000");
    assert_eq!(says(&mut world, nodes[0], &line), "+OK\r\n");
    let open = format!("[3300->-{target}]");
    assert!(says(&mut world, nodes[0], "CLUSTER NODES").contains(&open));
    assert!(says(&mut world, nodes[4], "CLUSTER NODES").contains(&open), "the replica knows too");
    // A replica that does not answer: nothing changes.
    let hosts = world.hosts().len();
    let host_of = |w: &World, at: SocketAddr| w.hosts().iter().position(|h| h.ip == at.ip());
    let (near, far) = (host_of(&world, nodes[0]), host_of(&world, nodes[4]));
    assert!(near != far && hosts == 3);
    if let (Some(near), Some(far)) = (near, far) {
        world.fault(FaultOp::Cut(engine_sim::HostId(far), engine_sim::HostId(near)));
    }
    let late = says(&mut world, nodes[0], "CLUSTER SETSLOT 3300 STABLE TIMEOUT 500");
    assert_eq!(late, "-NOREPLICAS Not enough good replicas to write.\r\n");
    assert!(says(&mut world, nodes[0], "CLUSTER NODES").contains(&open));
}
