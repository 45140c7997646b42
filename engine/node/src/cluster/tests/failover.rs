use super::world::World;
use crate::cluster::FailoverKind;

#[test]
fn a_master_hands_over_without_losing_a_write() {
    let mut world = World::cluster(3, 1);
    (world.hosts[0].offset, world.hosts[3].offset) = (1000, 900);
    world.run(1500);
    world.failover(3, FailoverKind::Plain).unwrap();
    world.run(50);
    assert!(world.hosts[0].paused, "writers wait");
    assert!(world.logged(3, "Received replication offset for paused master manual failover: 1000"));
    world.run(300);
    assert!(!world.is_master(3), "it has not applied all yet");
    world.hosts[3].offset = 1000;
    let done = world.until("promotion", 1000, |w| w.is_master(3));
    assert!(done <= 150, "no delay by hand: {done} ms");
    assert!(world.logged(3, "All master replication stream processed, manual failover can start."));
    world.until("the old master follows", 1000, |w| !w.is_master(0));
    assert!(!world.hosts[0].paused);
    world.until("ok", 3000, World::all_ok);
    assert!((0..6).all(|i| world.owner(i, 0) == Some(3)));
}

#[test]
fn a_handover_that_takes_too_long_is_given_up() {
    let mut world = World::cluster(3, 1);
    (world.hosts[0].offset, world.hosts[3].offset) = (1000, 900);
    world.failover(3, FailoverKind::Plain).unwrap();
    world.run(5300);
    assert!(world.logged(3, "Manual failover timed out."));
    assert!(world.logged(0, "Manual failover timed out."));
    assert!(!world.hosts[0].paused);
    assert!(world.is_master(0) && !world.is_master(3));
}

#[test]
fn force_needs_votes_but_not_the_master() {
    let mut world = World::cluster(3, 1);
    world.kill(0);
    world.run(200);
    let refused = world.failover(3, FailoverKind::Plain);
    assert_eq!(refused, Err("Master is down or failed, please use CLUSTER FAILOVER FORCE"));
    world.failover(3, FailoverKind::Force).unwrap();
    let done = world.until("promotion", 1000, |w| w.is_master(3));
    assert!(done <= 250, "{done} ms, long before the node timeout");
    assert!(world.state(1).last_vote_epoch > 0);
}

#[test]
fn takeover_asks_nobody() {
    let mut world = World::cluster(3, 1);
    for i in 0..3 {
        world.kill(i);
    }
    world.run(200);
    world.failover(3, FailoverKind::Takeover).unwrap();
    assert!(world.is_master(3));
    assert_eq!(world.owner(3, 0), Some(3));
    assert_eq!(world.state(3).me().config_epoch, 7);
    assert!(world.logged(3, "Taking over the master (user request)."));
}

#[test]
fn only_replicas_fail_over() {
    let mut world = World::cluster(3, 1);
    let refused = world.failover(0, FailoverKind::Plain);
    assert_eq!(refused, Err("You should send CLUSTER FAILOVER to a replica"));
    let me = world.state(3).myself;
    world.hosts[3].state.nodes[me].master = None;
    let refused = world.failover(3, FailoverKind::Force);
    assert_eq!(refused, Err("I'm a replica but my master is unknown to me"));
}
