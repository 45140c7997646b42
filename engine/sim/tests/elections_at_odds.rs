//! Elections that go wrong: two in one epoch, and a candidate that nobody may vote for
//! (valkey #3996, #2169 and PR #2178).

mod common;

use std::net::IpAddr;

use common::{formed, kill, my_id, process, says, six};
use engine_node::EventKind;
use engine_sim::{ClusterSpec, FaultOp, HostId, HostSpec, What, World};

fn spread(seed: u64, profile: &str) -> ClusterSpec {
    let host = |i: u8| HostSpec::new(format!("h{i}"), IpAddr::from([10, 0, 0, i + 1]));
    let hosts = (0..6).map(host).collect();
    ClusterSpec { hosts, ..six(seed, &["--election-profile", profile]) }
}

fn events(world: &World, test: impl Fn(&EventKind) -> bool) -> usize {
    let is = |what: &What| matches!(what, What::Node(kind) if test(kind));
    world.trace().entries().iter().filter(|e| is(&e.what)).count()
}

#[test]
fn two_replicas_ask_in_one_epoch_and_at_most_one_wins_it() {
    for (seed, profile) in [(71, "redis7"), (72, "valkey9"), (73, "redis7"), (74, "valkey9")] {
        let (mut world, nodes) = formed(&spread(seed, profile));
        // Both are forced within one turn of the network: they open the same epoch.
        let conns: Vec<_> =
            nodes[3..5].iter().map(|at| common::Session::open(&mut world, *at)).collect();
        let force = engine_sim::command(&["CLUSTER", "FAILOVER", "FORCE"]);
        conns.iter().for_each(|c| assert!(world.send(c.0, &force)));
        world.run_ms(1000);
        let started: Vec<u64> = started(&world);
        assert!(started.len() >= 2, "both asked");
        assert_eq!(started[0], started[1], "in one epoch");
        let won = events(
            &world,
            |e| matches!(e, EventKind::ElectionWon { epoch } if *epoch == started[0]),
        );
        assert!(won <= 1, "one vote an epoch: at most one majority");
        assert!(world.until(60_000, |w| common::healed(w, &nodes)), "seed {seed}");
    }
}

fn started(world: &World) -> Vec<u64> {
    let epoch = |what: &What| match what {
        What::Node(EventKind::ElectionStarted { epoch, .. }) => Some(*epoch),
        _ => None,
    };
    world.trace().entries().iter().filter_map(|e| epoch(&e.what)).collect()
}

/// A replica that missed its master's new config epoch, and the master dies; whether it is
/// elected within a minute.
fn out_of_date(seed: u64, profile: &str) -> bool {
    let (mut world, nodes) = formed(&spread(seed, profile));
    let id = my_id(&mut world, nodes[0]);
    let follows = |w: &mut World, at| {
        let me = my_id(w, at);
        common::line(w, at, &me).contains(&id)
    };
    let heir = nodes[3..].iter().copied().find(|at| follows(&mut world, *at)).expect("a replica");
    let (master_host, heir_host) = (process(&world, nodes[0]).0, process(&world, heir).0);
    cut(&mut world, master_host, heir_host);
    world.run_ms(100);
    let bumped = says(&mut world, nodes[0], "CLUSTER BUMPEPOCH");
    assert!(bumped.starts_with("+BUMPED "), "{bumped}");
    world.run_ms(4000);
    kill(&mut world, nodes[0]);
    let refused =
        |e: &EventKind| matches!(e, EventKind::VoteRefused { reason: "slot epoch > reqEpoch", .. });
    assert!(world.until(20_000, |w| events(w, refused) > 0), "it is refused at first");
    world.until(60_000, |w| says(w, heir, "ROLE").contains("master"))
}

fn cut(world: &mut World, a: HostId, b: HostId) {
    world.fault(FaultOp::Cut(a, b));
    world.fault(FaultOp::Cut(b, a));
}

#[test]
fn a_replica_with_an_old_config_epoch_never_wins_under_redis_7() {
    assert!(!out_of_date(75, "redis7"), "as there: nobody tells it");
}

#[test]
fn a_replica_with_an_old_config_epoch_is_told_the_new_one_by_valkey() {
    assert!(out_of_date(76, "valkey9"), "UPDATE, then it wins");
}
