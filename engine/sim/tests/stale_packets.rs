//! A packet that comes late and tells of roles that are over: replicas of replicas and masters
//! without slots must not last (valkey #1015, #1777, #2811).

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{formed, healed, my_id, process, says, six};
use engine_sim::{FaultOp, Hold, LinkKind};

/// Pongs of a host are held back over a handover of its master, and come when it is done. Gives
/// how long the cluster needs to agree again, in milliseconds.
fn late_pongs(seed: u64, profile: &str) -> u64 {
    let (mut world, nodes) = formed(&six(seed, &["--election-profile", profile]));
    let id = my_id(&mut world, nodes[0]);
    let heir = nodes[3..]
        .iter()
        .copied()
        .find(|at| {
            let me = my_id(&mut world, *at);
            common::line(&mut world, *at, &me).contains(&id)
        })
        .unwrap();
    // What the old master's and the heir's hosts say to the third host waits: pings and pongs of
    // before the handover among it.
    let third = process(&world, nodes[2]).0;
    for at in [nodes[0], heir] {
        let from = process(&world, at).0;
        if from != third {
            let hold = Hold { from: Some(from), to: Some(third), ..Hold::default() };
            world.fault(FaultOp::Hold(Hold { kind: Some(LinkKind::Bus), ..hold }));
        }
    }
    world.run_ms(600);
    assert_eq!(says(&mut world, heir, "CLUSTER FAILOVER FORCE"), "+OK\r\n");
    assert!(world.until(5000, |w| says(w, heir, "ROLE").contains("master")));
    world.run_ms(600);
    world.fault(FaultOp::ReleaseAll);
    let begin = world.now();
    assert!(world.until(30_000, |w| healed(w, &nodes)), "seed {seed}, {profile}");
    let view = says(&mut world, nodes[2], "CLUSTER NODES");
    let masters: Vec<_> = view.lines().filter(|l| l.contains("master")).collect();
    assert_eq!(masters.len(), 3, "no master without slots is left: {view}");
    for line in view.lines().filter(|l| l.contains("slave")) {
        let master = line.split(' ').nth(3).unwrap();
        assert!(masters.iter().any(|l| l.starts_with(master)), "no replica of a replica: {view}");
    }
    world.now().ms_since(begin)
}

#[test]
fn late_pongs_make_no_lasting_sub_replica_and_no_lasting_empty_master() {
    for (seed, profile) in [(95, "redis7"), (96, "valkey9"), (97, "redis7"), (98, "valkey9")] {
        let took = late_pongs(seed, profile);
        assert!(took <= 6000, "a ping of each is enough: {took} ms");
    }
}
