//! The run by which platforms are compared: the same seed must give the same bytes everywhere.

use engine_base::Seed;

use crate::cluster::ClusterSpec;
use crate::process::Signal;
use crate::trace::{Digest, What};
use crate::world::World;

/// A digest of all traffic and of all that was told in one busy run of six nodes: a cluster is
/// formed, keys are written, a master is killed and replaced, packets are lost, the old master
/// comes back.
#[must_use]
pub fn six_node_digest(seed: u64) -> u64 {
    let spec = ClusterSpec { node_timeout_ms: 2000, ..ClusterSpec::six(Seed::from_number(seed)) };
    let (mut world, nodes) = World::cluster(&spec);
    for i in 0..40 {
        let (key, value) = (format!("key:{i}"), format!("value of {i}"));
        for node in &nodes {
            world.call(*node, &["SET", &key, &value]);
        }
    }
    let (from, to) = (crate::HostId(1), crate::HostId(2));
    let bad = crate::Quality { loss: 0.2, ..world.quality(from, to) };
    world.fault(crate::FaultOp::Quality(from, to, Some(bad)));
    let victim = world.servers().find(|(_, p)| p.server().is_some_and(|s| s.addr() == nodes[0]));
    if let Some((host, pid)) = victim.map(|(host, p)| (host, p.pid)) {
        let _ = world.kill(host, pid, Signal::Kill);
        world.run_ms(8000);
        world.start_plain_node(host, nodes[0].port(), &spec);
    }
    world.run_ms(6000);
    let mut digest = world.trace().digest;
    told(&world, &mut digest);
    for node in &nodes {
        digest.bytes(&world.call(*node, &["CLUSTER", "NODES"]));
    }
    digest.value()
}

fn told(world: &World, digest: &mut Digest) {
    for entry in world.trace().entries() {
        digest.number(entry.at.as_micros());
        digest.number(entry.host.0 as u64);
        if let What::Node(kind) = &entry.what {
            digest.bytes(format!("{kind:?}").as_bytes());
        }
    }
}
