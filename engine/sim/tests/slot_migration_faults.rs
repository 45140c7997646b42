//! A migration of slots is broken off at many moments, by the death of either side or a cut
//! between them: afterwards every slot has one owner, who has all its keys, and nobody else has
//! any.

mod slot_mover;

use engine_sim::FaultOp;
use slot_mover::{Mover, RANGE, SOURCE, SOURCES_REPLICA, TARGET, TARGETS_REPLICA};

/// A cluster with data in step, and a migration that was asked for this instant.
fn begun(seed: u64) -> Mover {
    let mut m = Mover::new(seed);
    m.fill(200);
    m.world.run_ms(1500);
    assert_eq!(m.migrate(SOURCE, TARGET, &[RANGE]), "+OK\r\n");
    m
}

/// How many steps of the world a migration takes until both sides are done with it.
fn steps_of(m: &Mover) -> usize {
    let mut m = m.clone();
    let mut steps = 0;
    while !(m.peek_ended(SOURCE) && m.peek_ended(TARGET)) {
        m.world.step();
        steps += 1;
        assert!(steps < 50_000);
    }
    steps
}

/// Moments to break a migration at: from its first step to a little after its end.
fn moments(m: &Mover, count: usize) -> Vec<usize> {
    let steps = steps_of(m) + 20;
    (0..count).map(|i| i * steps / count).collect()
}

/// Who is left agrees on one owner, who has what was promised; the others have nothing.
fn check(mut m: Mover, masters: &[usize], alive: &[usize], what: &str) -> usize {
    let owner = |m: &mut Mover| {
        masters.iter().copied().find(|owner| {
            m.agree(alive, RANGE.0, *owner)
                && m.agree(alive, RANGE.1, *owner)
                && m.agree(alive, 3000, *owner)
        })
    };
    let calm = |m: &mut Mover| {
        alive.iter().all(|node| {
            let at = m.nodes[*node];
            m.says(at, "CLUSTER INFO").contains("cluster_state:ok")
        }) && masters.iter().all(|node| m.ended(*node) || m.jobs(*node) == "*0\r\n")
    };
    assert!(m.until(60_000, |m| owner(m).is_some() && calm(m)), "{what}: {}", m.jobs(masters[0]));
    let owner = owner(&mut m).unwrap_or_default();
    let promised = m.promised(RANGE);
    assert_eq!(m.held(owner, RANGE), promised, "{what}: the owner, {owner}, has all");
    for other in masters.iter().filter(|other| **other != owner) {
        assert_eq!(m.held(*other, RANGE), 0, "{what}: {other} has nothing");
    }
    m.complaints.clear();
    m.check_values();
    owner
}

#[test]
fn the_source_dies() {
    let m = begun(51);
    let mut owners = std::collections::BTreeSet::new();
    for at in moments(&m, 10) {
        let mut m = m.clone();
        m.steps(at);
        m.kill(SOURCE);
        let replica = m.nodes[SOURCES_REPLICA];
        assert!(m.until(30_000, |m| m.says(replica, "ROLE").contains("master")), "{at}");
        let (masters, alive) = ([SOURCES_REPLICA, 1, 2], [1, 2, 3, 4, 5]);
        owners.insert(check(m, &masters, &alive, &format!("step {at}")));
    }
    assert_eq!(owners.len(), 2, "early deaths leave the slots, late ones have moved them");
}

#[test]
fn the_target_dies() {
    let m = begun(52);
    let mut owners = std::collections::BTreeSet::new();
    for at in moments(&m, 10) {
        let mut m = m.clone();
        m.steps(at);
        m.kill(TARGET);
        let replica = m.nodes[TARGETS_REPLICA];
        assert!(m.until(30_000, |m| m.says(replica, "ROLE").contains("master")), "{at}");
        let (masters, alive) = ([SOURCE, TARGETS_REPLICA, 2], [0, 2, 3, 4, 5]);
        owners.insert(check(m, &masters, &alive, &format!("step {at}")));
    }
    assert_eq!(owners.len(), 2, "early deaths leave the slots, late ones have moved them");
}

#[test]
fn the_two_are_cut_apart_and_meet_again() {
    let m = begun(53);
    for at in moments(&m, 10) {
        for ms in [300, 5000] {
            let mut m = m.clone();
            m.steps(at);
            let hosts = (m.process(SOURCE), m.process(TARGET));
            let (Some((one, _)), Some((two, _))) = hosts else { panic!("both run") };
            m.world.fault(FaultOp::Cut(one, two));
            m.world.fault(FaultOp::Cut(two, one));
            m.world.run_ms(ms);
            m.world.fault(FaultOp::HealAll);
            m.world.run_ms(15_000);
            // A failover may have happened meanwhile: whoever is a master now counts.
            let masters = m.masters();
            let what = format!("step {at}, {ms} ms");
            check(m, &masters, &[0, 1, 2, 3, 4, 5], &what);
        }
    }
}

#[test]
fn a_side_that_says_nothing_is_given_up() {
    let mut m = Mover::new(54);
    m.fill(100);
    m.half_move();
    assert!(m.until(80_000, |m| m.ended(SOURCE)), "{}", m.jobs(SOURCE));
    assert!(m.jobs(SOURCE).contains("Timed out after too long with no interaction"));
    m.world.fault(FaultOp::ReleaseAll);
    check(m, &[0, 1, 2], &[0, 1, 2, 3, 4, 5], "silence");
}

#[test]
fn a_target_that_starts_again_drops_what_came() {
    for options in [&["--appendonly", "yes"][..], &["--save", "1 1"]] {
        let mut m = Mover::with(55, options);
        m.fill(100);
        m.half_move();
        m.world.run_ms(3000);
        let (host, _) = m.process(TARGET).unwrap_or((engine_sim::HostId(0), engine_sim::Pid(0)));
        m.kill(TARGET);
        m.world.run_ms(200);
        m.start_again(TARGET, host, options);
        m.world.fault(FaultOp::ReleaseAll);
        let masters = [0, 1, 2];
        check(m, &masters, &[0, 1, 2, 3, 4, 5], &format!("{options:?}"));
    }
}
