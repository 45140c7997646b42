//! A cluster that begins in the middle of its life is a cluster like any other.

use engine_base::Seed;
use engine_sim::{ClusterSpec, Signal, World};

#[test]
fn a_planted_cluster_serves_fails_over_and_can_be_replayed() {
    let spec = ClusterSpec { node_timeout_ms: 2000, ..ClusterSpec::six(Seed::from_number(5)) };
    let (mut world, nodes) = World::planted(&spec);
    let ids = |text: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(text).into_owned();
        let lines = text.lines().filter(|l| l.contains(" connected"));
        let mut ids: Vec<String> = lines.map(|l| l[..40].to_owned()).collect();
        ids.sort_unstable();
        ids
    };
    let first = ids(&world.call(nodes[0], &["CLUSTER", "NODES"]));
    assert_eq!(first.len(), nodes.len());
    for node in &nodes {
        assert_eq!(ids(&world.call(*node, &["CLUSTER", "NODES"])), first, "all know all");
    }
    assert_eq!(world.call(nodes[2], &["SET", "foo", "bar"]), b"+OK\r\n", "slot 12182");
    let (host, pid) = world
        .servers()
        .find(|(_, p)| p.server().is_some_and(|s| s.addr() == nodes[2]))
        .map(|(host, p)| (host, p.pid))
        .unwrap();
    world.kill(host, pid, Signal::Kill).unwrap();
    let heir = nodes[3..].iter().copied().find(|heir| {
        world.until(20_000 / 3, |w| w.call(*heir, &["GET", "foo"]) == b"$3\r\nbar\r\n")
    });
    assert!(heir.is_some(), "a replica has taken its place, with its data");
    assert_eq!(world.replay().trace().digest, world.trace().digest);
}
