//! Native nodes and real redis-servers in one cluster: slots, redirects, replication both ways,
//! and elections of each kind with votes of both.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Kind, Server, cli, redis_is_here, wait};

/// Masters 0 (ours), 1 and 2 (real); replicas 3 (real, of 0), 4 (ours, of 1), 5 (real, of 2).
fn mixed() -> Vec<Server> {
    let kinds = [Kind::Ours, Kind::Real, Kind::Real, Kind::Real, Kind::Ours, Kind::Real];
    let nodes: Vec<Server> = kinds.into_iter().map(Server::cluster).collect();
    // Distinct from the start, so that no two masters collide.
    for (i, node) in nodes.iter().enumerate() {
        assert_eq!(node.ask(&["CLUSTER", "SET-CONFIG-EPOCH", &(i + 1).to_string()]), "OK");
    }
    for node in &nodes[1..] {
        let port = node.port.to_string();
        assert_eq!(nodes[0].ask(&["CLUSTER", "MEET", "127.0.0.1", &port]), "OK");
    }
    for (master, from, to) in [(0, 0, 5460), (1, 5461, 10922), (2, 10923, 16383)] {
        let (from, to): (i32, i32) = (from, to);
        let range = [from.to_string(), to.to_string()];
        let add = nodes[master].ask(&["CLUSTER", "ADDSLOTSRANGE", &range[0], &range[1]]);
        assert_eq!(add, "OK");
    }
    for node in &nodes {
        wait("all know all", || node.field(&["CLUSTER", "INFO"], "cluster_known_nodes") == "6");
    }
    for (replica, master) in [(3, 0), (4, 1), (5, 2)] {
        let id = nodes[master].id();
        wait("the replica knows its master", || {
            nodes[replica].ask(&["CLUSTER", "REPLICATE", &id]) == "OK"
        });
    }
    for node in &nodes {
        wait("every node says ok", || node.state_is_ok());
    }
    nodes
}

fn in_sync(replica: &Server) {
    wait("the replica is in sync", || {
        replica.field(&["INFO", "replication"], "master_link_status") == "up"
    });
}

/// The node now claims to be a master with slots in everybody's eyes.
fn promoted(nodes: &[Server], heir: usize) {
    let id = nodes[heir].id();
    for node in nodes.iter().filter(|n| n.is_running()) {
        wait("the promotion is seen", || {
            let line = node.sees(&id);
            line.contains("master") && !line.ends_with("connected")
        });
        wait("the cluster is well again", || node.state_is_ok());
    }
}

#[test]
fn both_kinds_share_slots_replicate_and_elect_each_other() {
    if !redis_is_here() {
        return;
    }
    let mut nodes = mixed();

    // Slot 12182 is a real node's, 1044 ours, 5474 a real one's: each kind redirects to the other.
    assert_eq!(nodes[0].ask(&["GET", "foo"]), format!("MOVED 12182 {}", nodes[2].address()));
    let ours = nodes[1].ask(&["CLUSTER", "KEYSLOT", "bar"]);
    assert_eq!(nodes[1].ask(&["GET", "bar"]), format!("MOVED {ours} {}", nodes[0].address()));
    for (door, node) in nodes.iter().enumerate().take(3) {
        for i in 0..20 {
            let (key, port) = (format!("{door}:{i}"), node.port.to_string());
            assert_eq!(cli(&["-c", "-p", &port, "SET", &key, &key]), "OK");
        }
    }

    for (replica, master) in [(3, 0), (4, 1), (5, 2)] {
        in_sync(&nodes[replica]);
        let keys = nodes[master].ask(&["DBSIZE"]);
        assert_ne!(keys, "0");
        wait("the replica has its master's keys", || nodes[replica].ask(&["DBSIZE"]) == keys);
    }

    // A real master dies: our replica stands, ours and a real one vote.
    nodes[1].kill();
    promoted(&nodes, 4);
    // Our master dies: its real replica stands, ours (the heir) and a real one vote.
    nodes[0].kill();
    promoted(&nodes, 3);
    let door = nodes[4].port.to_string();
    for d in 0..3 {
        for i in 0..20 {
            let key = format!("{d}:{i}");
            assert_eq!(cli(&["-c", "-p", &door, "GET", &key]), key);
        }
    }

    // Both come back, each as a replica of the other kind.
    for (old, heir) in [(1, 4), (0, 3)] {
        nodes[old].run();
        let (id, master) = (nodes[old].id(), nodes[heir].id());
        wait("the old master follows the new one", || {
            let line = nodes[heir].sees(&id);
            line.contains("slave") && line.contains(&master)
        });
        in_sync(&nodes[old]);
        let keys = nodes[heir].ask(&["DBSIZE"]);
        wait("and has its keys", || nodes[old].ask(&["DBSIZE"]) == keys);
    }
    let check = cli(&["--cluster", "check", &nodes[4].address()]);
    assert!(check.contains("[OK] All 16384 slots covered."), "{check}");
}
