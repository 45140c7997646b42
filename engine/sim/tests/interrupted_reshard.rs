//! A reshard that stops half-way: what a slot looks like that is open at one end or both, and what
//! a failover in the midst of it costs (redis #3396, #6999).

mod common;

use std::net::SocketAddr;

use common::{formed, kill, my_id, says, six};
use engine_sim::World;

/// Slot 3300 is on its way from the first master to the second; one of its two keys has gone.
fn half_moved(seed: u64) -> (World, Vec<SocketAddr>) {
    let (mut world, nodes) = formed(&six(seed, &[]));
    let (from, to) = (my_id(&mut world, nodes[0]), my_id(&mut world, nodes[1]));
    says(&mut world, nodes[0], "SET {b}1 one");
    says(&mut world, nodes[0], "SET {b}2 two");
    says(&mut world, nodes[1], &format!("CLUSTER SETSLOT 3300 IMPORTING {from}"));
    says(&mut world, nodes[0], &format!("CLUSTER SETSLOT 3300 MIGRATING {to}"));
    let target = format!("MIGRATE {} {} {{b}}1 0 1000", nodes[1].ip(), nodes[1].port());
    assert_eq!(says(&mut world, nodes[0], &target), "+OK\r\n");
    (world, nodes)
}

fn open_slots(world: &mut World, at: SocketAddr) -> String {
    let view = says(world, at, "CLUSTER NODES");
    view.split([' ', '\n']).filter(|word| word.starts_with("[3300-")).collect()
}

#[test]
fn an_open_slot_stays_open_over_a_restart_at_both_ends() {
    let (mut world, nodes) = half_moved(91);
    let spec = six(91, &["--appendonly", "yes"]);
    let before = (open_slots(&mut world, nodes[0]), open_slots(&mut world, nodes[1]));
    assert!(before.0.contains("->-") && before.1.contains("-<-"), "{before:?}");
    for at in &nodes[..2] {
        let host = kill(&mut world, *at);
        world.start_plain_node(host, at.port(), &spec).unwrap();
    }
    assert_eq!((open_slots(&mut world, nodes[0]), open_slots(&mut world, nodes[1])), before);
}

#[test]
fn what_was_left_half_way_is_finished_by_going_on() {
    let (mut world, nodes) = half_moved(92);
    let ask = format!("-ASK 3300 {}\r\n", nodes[1]);
    assert_eq!(says(&mut world, nodes[0], "GET {b}1"), ask);
    let target = format!("MIGRATE {} {} {{b}}2 0 1000", nodes[1].ip(), nodes[1].port());
    assert_eq!(says(&mut world, nodes[0], &target), "+OK\r\n");
    let to = my_id(&mut world, nodes[1]);
    for at in [nodes[1], nodes[0]] {
        let done = says(&mut world, at, &format!("CLUSTER SETSLOT 3300 NODE {to}"));
        assert_eq!(done, "+OK\r\n");
    }
    world.run_ms(3000);
    assert_eq!(says(&mut world, nodes[1], "MGET {b}1 {b}2"), "*2\r\n$3\r\none\r\n$3\r\ntwo\r\n");
    let view = says(&mut world, nodes[2], "GET {b}1");
    assert_eq!(view, format!("-MOVED 3300 {}\r\n", nodes[1]), "known to those not asked");
}

#[test]
fn a_failover_of_the_source_closes_its_end_and_hides_what_has_moved() {
    let (mut world, nodes) = half_moved(93);
    let to = my_id(&mut world, nodes[1]);
    kill(&mut world, nodes[0]);
    let heir = |w: &mut World| {
        nodes[3..].iter().copied().find(|at| says(w, *at, "GET {b}2") == "$3\r\ntwo\r\n")
    };
    assert!(world.until(20_000, |w| heir(w).is_some()));
    let heir = heir(&mut world).unwrap();
    assert_eq!(open_slots(&mut world, heir), "", "a replica knows nothing of it, as in 7.0");
    assert!(open_slots(&mut world, nodes[1]).contains("-<-"), "the other end is open still");
    assert_eq!(says(&mut world, heir, "GET {b}1"), "$-1\r\n", "moved, and not asked for");
    // The operator (or redis-cli --cluster fix) opens the slot again: nothing was lost.
    says(&mut world, heir, &format!("CLUSTER SETSLOT 3300 MIGRATING {to}"));
    assert_eq!(says(&mut world, heir, "GET {b}1"), format!("-ASK 3300 {}\r\n", nodes[1]));
}

#[test]
fn the_targets_claim_wins_although_the_source_never_heard_of_the_end() {
    let (mut world, nodes) = half_moved(94);
    let target = format!("MIGRATE {} {} {{b}}2 0 1000", nodes[1].ip(), nodes[1].port());
    says(&mut world, nodes[0], &target);
    let to = my_id(&mut world, nodes[1]);
    // The tool dies after the first of its last two commands.
    says(&mut world, nodes[1], &format!("CLUSTER SETSLOT 3300 NODE {to}"));
    world.run_ms(3000);
    for at in [nodes[0], nodes[2]] {
        assert_eq!(says(&mut world, at, "GET {b}1"), format!("-MOVED 3300 {}\r\n", nodes[1]));
    }
}
