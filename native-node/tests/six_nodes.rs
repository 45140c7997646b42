//! Six native nodes, formed and served by the real redis-cli, lose a master and go on.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Kind, Server, cli, redis_is_here, wait};

/// The master and the replica of each shard, by position, as a node sees them.
fn shards(nodes: &[Server], seen_by: &Server) -> Vec<(usize, usize)> {
    let lines = seen_by.ask(&["CLUSTER", "NODES"]);
    let ids: Vec<String> = nodes.iter().map(Server::id).collect();
    let place = |id: &str| ids.iter().position(|i| i == id).unwrap();
    lines
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            (words[3] != "-").then(|| (place(words[3]), place(words[0])))
        })
        .collect()
}

#[test]
fn a_cluster_is_created_served_and_survives_kill_9() {
    if !redis_is_here() {
        return;
    }
    let mut nodes: Vec<Server> = (0..6).map(|_| Server::cluster(Kind::Ours)).collect();
    let addresses: Vec<String> = nodes.iter().map(Server::address).collect();
    let mut create = vec!["--cluster", "create"];
    create.extend(addresses.iter().map(String::as_str));
    create.extend(["--cluster-replicas", "1", "--cluster-yes"]);
    let printed = cli(&create);
    assert!(printed.contains("[OK] All nodes agree about slots configuration."), "{printed}");
    assert!(printed.contains("[OK] All 16384 slots covered."), "{printed}");
    for node in &nodes {
        wait("every node says ok", || node.state_is_ok());
    }

    // Every key through one door: redis-cli -c follows MOVED.
    let port = nodes[0].port.to_string();
    for i in 0..60 {
        let (key, value) = (format!("key:{i}"), format!("value:{i}"));
        assert_eq!(cli(&["-c", "-p", &port, "SET", &key, &value]), "OK");
    }
    assert_eq!(cli(&["-c", "-p", &port, "GET", "key:7"]), "value:7");

    // Who is whose replica comes by gossip, after all slots have been served.
    for node in &nodes {
        wait("everybody knows the three replicas", || shards(&nodes, node).len() == 3);
    }
    let (master, replica) = shards(&nodes, &nodes[0])[1];
    wait("the replica is in sync", || {
        nodes[replica].field(&["INFO", "replication"], "master_link_status") == "up"
    });
    let expected = nodes[master].ask(&["DBSIZE"]);
    wait("the replica has its master's keys", || nodes[replica].ask(&["DBSIZE"]) == expected);

    let (killed, heir) = (nodes[master].id(), nodes[replica].id());
    nodes[master].kill();
    for i in (0..6).filter(|&i| i != master) {
        wait("the promotion is seen", || {
            let line = nodes[i].sees(&heir);
            line.contains("master") && !line.ends_with("connected")
        });
        // The heir's claim may overtake the news of the failure.
        wait("the failure is seen", || nodes[i].sees(&killed).contains("master,fail "));
        wait("the cluster is well again", || nodes[i].state_is_ok());
    }
    let door = nodes[replica].port.to_string();
    for i in 0..60 {
        let key = format!("key:{i}");
        assert_eq!(cli(&["-c", "-p", &door, "GET", &key]), format!("value:{i}"), "{key}");
    }

    nodes[master].run();
    wait("the old master follows the new one", || {
        let line = nodes[replica].sees(&killed);
        line.contains("slave") && line.contains(&heir)
    });
    wait("and has its keys again", || {
        nodes[master].field(&["INFO", "replication"], "master_link_status") == "up"
            && nodes[master].ask(&["DBSIZE"]) == expected
    });
    wait("all agree in the end", || {
        let check = cli(&["--cluster", "check", &nodes[replica].address()]);
        check.contains("[OK] All nodes agree") && check.contains("[OK] All 16384 slots covered.")
    });
}
