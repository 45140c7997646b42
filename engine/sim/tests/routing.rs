//! Where a command runs, and where its client is sent otherwise: the decisions of `getNodeByQuery`
//! in cluster.c, in its order, on a living cluster. The words are those of Redis 7.0.15.

mod common;

use std::net::SocketAddr;

use common::{Session, formed, kill, my_id, says, six};
use engine_sim::{ClusterSpec, World};

/// Slot 3300 ("{b}") is the first master's; it is on its way to the second.
fn moving(seed: u64) -> (World, Vec<SocketAddr>) {
    let (mut world, nodes) = formed(&six(seed, &[]));
    let (from, to) = (my_id(&mut world, nodes[0]), my_id(&mut world, nodes[1]));
    says(&mut world, nodes[0], "SET {b}here 1");
    says(&mut world, nodes[1], &format!("CLUSTER SETSLOT 3300 IMPORTING {from}"));
    says(&mut world, nodes[0], &format!("CLUSTER SETSLOT 3300 MIGRATING {to}"));
    (world, nodes)
}

#[test]
fn a_key_of_another_node_is_moved() {
    let (mut world, nodes) = formed(&six(31, &[]));
    let moved = format!("-MOVED 3300 {}\r\n", nodes[0]);
    assert_eq!(says(&mut world, nodes[1], "GET {b}"), moved);
    assert_eq!(says(&mut world, nodes[1], "SET {b} x"), moved);
    assert_eq!(says(&mut world, nodes[0], "SET {b} x"), "+OK\r\n");
    let cross = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";
    assert_eq!(says(&mut world, nodes[0], "MGET {b} {c}"), cross);
    assert_eq!(says(&mut world, nodes[1], "MGET {b} {c}"), cross, "before where the keys are");
}

#[test]
fn a_key_that_has_left_is_asked_for_and_one_that_is_here_is_served() {
    let (mut world, nodes) = moving(32);
    assert_eq!(says(&mut world, nodes[0], "GET {b}here"), "$1\r\n1\r\n");
    let ask = format!("-ASK 3300 {}\r\n", nodes[1]);
    assert_eq!(says(&mut world, nodes[0], "GET {b}gone"), ask);
    assert_eq!(says(&mut world, nodes[0], "SET {b}new 1"), ask, "new keys are made there");
    let again = "-TRYAGAIN Multiple keys request during rehashing of slot\r\n";
    assert_eq!(says(&mut world, nodes[0], "MGET {b}here {b}gone"), again);
    assert_eq!(says(&mut world, nodes[0], "MGET {b}gone {b}far"), ask);
}

#[test]
fn asking_holds_for_one_command() {
    let (mut world, nodes) = moving(33);
    let client = Session::open(&mut world, nodes[1]);
    let moved = format!("-MOVED 3300 {}\r\n", nodes[0]);
    assert_eq!(client.says(&mut world, "SET {b}new 1"), moved);
    assert_eq!(client.says(&mut world, "ASKING"), "+OK\r\n");
    assert_eq!(client.says(&mut world, "SET {b}new 1"), "+OK\r\n");
    assert_eq!(client.says(&mut world, "GET {b}new"), moved, "once");
    client.says(&mut world, "ASKING");
    let again = "-TRYAGAIN Multiple keys request during rehashing of slot\r\n";
    assert_eq!(client.says(&mut world, "MGET {b}new {b}far"), again);
    client.says(&mut world, "ASKING");
    assert_eq!(client.says(&mut world, "GET {b}far"), "$-1\r\n", "one key may be missing");
}

#[test]
fn migrate_works_at_both_ends_of_an_open_slot() {
    let (mut world, nodes) = moving(34);
    let target = format!("MIGRATE {} {} {{b}}here 0 1000", nodes[1].ip(), nodes[1].port());
    assert_eq!(says(&mut world, nodes[0], &target), "+OK\r\n");
    assert_eq!(says(&mut world, nodes[0], &target), "+NOKEY\r\n", "not ASK");
    let ask = format!("-ASK 3300 {}\r\n", nodes[1]);
    assert_eq!(says(&mut world, nodes[0], "GET {b}here"), ask);
}

#[test]
fn a_transaction_goes_where_all_its_keys_are() {
    let (mut world, nodes) = formed(&six(35, &[]));
    let client = Session::open(&mut world, nodes[0]);
    client.says(&mut world, "MULTI");
    assert_eq!(client.says(&mut world, "SET {b}1 x"), "+QUEUED\r\n");
    let moved = client.says(&mut world, "SET {c}1 x");
    assert!(moved.starts_with("-MOVED 7365 "), "{moved}");
    let aborted = client.says(&mut world, "EXEC");
    assert_eq!(aborted, "-EXECABORT Transaction discarded because of previous errors.\r\n");
}

#[test]
fn a_replica_serves_reads_of_its_master_to_those_who_say_readonly() {
    let (mut world, nodes) = formed(&six(36, &[]));
    says(&mut world, nodes[0], "SET {b} x");
    world.run_ms(200);
    let master = my_id(&mut world, nodes[0]);
    let follows = |w: &mut World, at: SocketAddr| {
        let id = my_id(w, at);
        common::line(w, at, &id).contains(&master)
    };
    let replica = nodes[3..].iter().copied().find(|at| follows(&mut world, *at)).unwrap();
    let client = Session::open(&mut world, replica);
    let moved = format!("-MOVED 3300 {}\r\n", nodes[0]);
    assert_eq!(client.says(&mut world, "GET {b}"), moved);
    client.says(&mut world, "READONLY");
    assert_eq!(client.says(&mut world, "GET {b}"), "$1\r\nx\r\n");
    assert_eq!(client.says(&mut world, "SET {b} y"), moved, "reads only");
    assert!(client.says(&mut world, "GET {c}").starts_with("-MOVED 7365 "), "its master's only");
    client.says(&mut world, "READWRITE");
    assert_eq!(client.says(&mut world, "GET {b}"), moved);
}

const DOWN: &str = "-CLUSTERDOWN The cluster is down\r\n";

/// Three masters without replicas, one of them dead, and known to be.
fn broken(seed: u64, options: &[&str]) -> (World, Vec<SocketAddr>) {
    let spec = ClusterSpec { replicas: 0, ..six(seed, options) };
    let (mut world, nodes) = formed(&spec);
    kill(&mut world, nodes[2]);
    assert!(world.until(20_000, |w| says(w, nodes[0], "CLUSTER NODES").contains("master,fail ")));
    world.run_ms(3000);
    (world, nodes)
}

#[test]
fn one_uncovered_slot_stops_all_of_the_cluster() {
    let (mut world, nodes) = broken(37, &[]);
    assert_eq!(says(&mut world, nodes[0], "GET {b}"), DOWN);
    assert_eq!(says(&mut world, nodes[0], "SET {b} x"), DOWN);
    let spublish = says(&mut world, nodes[0], "SPUBLISH {b} hello");
    assert_eq!(spublish, ":0\r\n", "sharded pub/sub goes on by default");
    says(&mut world, nodes[0], "CONFIG SET cluster-allow-pubsubshard-when-down no");
    assert_eq!(says(&mut world, nodes[0], "SPUBLISH {b} hello"), DOWN);
    says(&mut world, nodes[0], "CONFIG SET cluster-allow-reads-when-down yes");
    assert_eq!(says(&mut world, nodes[0], "GET {b}"), "$-1\r\n");
    assert_eq!(
        says(&mut world, nodes[0], "SET {b} x"),
        "-CLUSTERDOWN The cluster is down and only accepts read commands\r\n"
    );
}

#[test]
fn without_full_coverage_the_rest_is_served() {
    let (mut world, nodes) = broken(38, &["--cluster-require-full-coverage", "no"]);
    assert_eq!(says(&mut world, nodes[0], "SET {b} x"), "+OK\r\n");
    // "{a}" is slot 15495, of the dead master: its owner is known still.
    assert_eq!(says(&mut world, nodes[0], "GET {a}"), format!("-MOVED 15495 {}\r\n", nodes[2]));
    says(&mut world, nodes[0], "CLUSTER DELSLOTS 3300");
    let unbound = "-CLUSTERDOWN Hash slot not served\r\n";
    assert_eq!(says(&mut world, nodes[0], "GET {b}"), unbound);
}

#[test]
fn a_redirect_shows_the_endpoint_that_is_preferred() {
    let (mut world, nodes) = formed(&six(39, &[]));
    says(&mut world, nodes[0], "CONFIG SET cluster-announce-hostname one.example.com");
    world.run_ms(4000);
    says(&mut world, nodes[1], "CONFIG SET cluster-preferred-endpoint-type hostname");
    let port = nodes[0].port();
    let named = format!("-MOVED 3300 one.example.com:{port}\r\n");
    assert_eq!(says(&mut world, nodes[1], "GET {b}"), named);
    says(&mut world, nodes[1], "CONFIG SET cluster-preferred-endpoint-type unknown-endpoint");
    assert_eq!(says(&mut world, nodes[1], "GET {b}"), format!("-MOVED 3300 :{port}\r\n"));
}

#[test]
fn who_waits_for_a_key_that_leaves_is_sent_after_it() {
    let (mut world, nodes) = formed(&six(40, &[]));
    let client = Session::open(&mut world, nodes[0]);
    assert_eq!(client.says(&mut world, "BLPOP {b}q 0"), "");
    let to = my_id(&mut world, nodes[1]);
    let from = my_id(&mut world, nodes[0]);
    says(&mut world, nodes[1], &format!("CLUSTER SETSLOT 3300 IMPORTING {from}"));
    says(&mut world, nodes[1], &format!("CLUSTER SETSLOT 3300 NODE {to}"));
    says(&mut world, nodes[0], &format!("CLUSTER SETSLOT 3300 NODE {to}"));
    world.run_ms(1500);
    let told = String::from_utf8_lossy(&world.recv(client.0)).into_owned();
    assert_eq!(told, format!("-MOVED 3300 {}\r\n", nodes[1]));
}
