//! One run: form the cluster, let faults happen under load, heal, and demand agreement.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use engine_base::{Mono, Rng, Seed, Slot};
use engine_node::Node;
use engine_sim::{ClusterSpec, FaultOp, HostId, HostSpec, Quality, Signal, World};

use crate::coverage::Coverage;
use crate::invariant::{Violation, Watch, disagreement, node_of, number_at};
use crate::load::Load;
use crate::plan::Plan;
use crate::stage::Stage;

/// What a run showed.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The rule that did not hold, if any.
    pub violation: Option<Violation>,
    /// What it covered.
    pub coverage: Coverage,
}

/// How long a healed cluster may take to converge, beside its node timeouts: a lost packet may be
/// sent again for the last time two minutes later.
const PATIENCE_MS: u64 = 150_000;
/// So many rounds may an operator take to mend what faults have left that no rule mends.
const ROUNDS: usize = 12;

/// A run whose faults kept clients from writing goes on in peace until so many writes are
/// acknowledged, but for no longer than [`PEACE_MS`]: losses show in what was written.
const LEAST_WRITES: u64 = 1000;
/// See [`LEAST_WRITES`].
const PEACE_MS: u64 = 300_000;

/// Runs a plan.
#[must_use]
pub fn run(plan: &Plan) -> Outcome {
    run_and_tell(plan, None).0
}

/// Runs a plan, and gives the log lines of the last `tail_ms` milliseconds of all nodes.
#[must_use]
pub fn run_and_tell(plan: &Plan, tail_ms: Option<u64>) -> (Outcome, Vec<String>) {
    let mut stage = set(plan);
    safety(plan, &mut stage);
    liveness(plan, &mut stage);
    if stage.violation.is_none() {
        rest(&mut stage);
    }
    durability(&mut stage);
    let mut coverage = Coverage::of(&stage);
    for fault in &plan.faults {
        *coverage.faults.entry(fault.kind.name()).or_default() += 1;
    }
    let tail = tail_ms.map_or_else(Vec::new, |ms| tail(&stage, ms));
    (Outcome { violation: stage.violation.take(), coverage }, tail)
}

/// What happened in the last milliseconds of a run, a line an event, with the times of the world.
fn tail(stage: &Stage, ms: u64) -> Vec<String> {
    let from = stage.world.now().as_millis().saturating_sub(ms);
    let told = stage.world.trace().entries().iter();
    told.filter(|entry| entry.at.as_millis() >= from)
        .map(|entry| format!("{} node {}: {:?}", entry.at, entry.host.0, entry.what))
        .collect()
}

fn set(plan: &Plan) -> Stage {
    let nodes = plan.nodes();
    let host = |i: usize| {
        let ip = IpAddr::V4(Ipv4Addr::new(10, 0, (i / 250) as u8, (i % 250 + 1) as u8));
        let name = if i < nodes { format!("h{i}") } else { format!("c{i}") };
        HostSpec::new(name, ip)
    };
    let words = ["--appendonly", "yes", "--loglevel", "verbose"];
    let spec = ClusterSpec {
        seed: Seed::from_number(plan.seed),
        hosts: (0..nodes + plan.clients).map(host).collect(),
        masters: plan.masters,
        replicas: plan.replicas,
        node_timeout_ms: plan.node_timeout_ms,
        options: words.map(str::to_owned).to_vec(),
    };
    let (mut world, addrs) = World::cluster(&spec);
    for host in 0..spec.hosts.len() {
        world.fault(FaultOp::DiskCapacity(HostId(host), crate::fault::DISK));
    }
    let rng = Rng::new(Seed::from_number(plan.seed)).fork("swarm load");
    let load = Load::new(plan.clients, nodes, rng);
    let watch = Watch::new(&mut world, &addrs, plan.node_timeout_ms, &plan.faults);
    let mut stage = Stage::new(world, addrs, spec, load, watch);
    if let Some(latency_us) = plan.latency_us {
        let jitter_us = latency_us / 4;
        stage.usual = Some(Quality { latency_us, jitter_us, loss: 0.0 });
        level(&mut stage);
    }
    stage
}

/// All links between hosts are as they usually are.
fn level(stage: &mut Stage) {
    let hosts = stage.hosts();
    for host in 0..hosts {
        for other in (0..hosts).filter(|other| *other != host) {
            stage.world.fault(FaultOp::Quality(HostId(host), HostId(other), stage.usual));
        }
    }
}

/// Faults happen; what must always hold is looked at all the time.
fn safety(plan: &Plan, stage: &mut Stage) {
    let origin = stage.world.now();
    let begins = plan.faults.iter().enumerate().map(|(i, fault)| (fault.from_ms, i, true));
    let ends = plan.faults.iter().enumerate().map(|(i, fault)| (fault.until_ms, i, false));
    let mut moments: Vec<(u64, usize, bool)> = begins.chain(ends).collect();
    moments.sort_unstable_by_key(|(at, i, begins)| (*at, *i, !begins));
    for (at, i, begins) in moments {
        stage.run_until(origin.plus_ms(at.min(plan.safety_ms)));
        if stage.violation.is_some() {
            return;
        }
        let kind = &plan.faults[i].kind;
        if begins {
            kind.begin(stage);
        } else {
            kind.end(stage);
        }
    }
    stage.run_until(origin.plus_ms(plan.safety_ms));
}

/// All is healed: the cluster must come to agree, where an operator has to help with an operator's
/// help.
fn liveness(plan: &Plan, stage: &mut Stage) {
    if stage.violation.is_some() {
        return;
    }
    heal(stage);
    let helped = crate::fault::need_operator(&plan.faults);
    let patience = PATIENCE_MS + 10 * plan.node_timeout_ms;
    let mut why = settle(stage, if helped { 20_000 + 8 * plan.node_timeout_ms } else { patience });
    if helped {
        for _ in 0..ROUNDS {
            if why.is_none() || stage.violation.is_some() {
                break;
            }
            crate::repair::round(stage);
            why = settle(stage, 15_000 + 4 * plan.node_timeout_ms);
        }
        if why.is_some() {
            why = settle(stage, patience);
        }
    }
    if why.is_none() {
        let limit = stage.world.now().plus_ms(PEACE_MS);
        while stage.load.writes < LEAST_WRITES && stage.world.now() < limit {
            stage.run_ms(5000);
        }
    }
    stage.load.open = false;
    stage.run_ms(15_000);
    if let Some(seen) = why.filter(|_| stage.violation.is_none()) {
        let at = stage.world.now();
        stage.violation = Some(Violation { rule: "a healed cluster converges", at, seen });
    }
}

fn heal(stage: &mut Stage) {
    stage.world.fault(FaultOp::HealAll);
    stage.world.fault(FaultOp::ReleaseAll);
    stage.stutters.clear();
    level(stage);
    let hosts = stage.hosts();
    for host in 0..hosts {
        stage.world.fault(FaultOp::Skew(HostId(host), 0));
        stage.world.fault(FaultOp::DiskDelay(HostId(host), 0));
        stage.world.fault(FaultOp::DiskCapacity(HostId(host), crate::fault::DISK));
        stage.world.fault(FaultOp::PowerOn(HostId(host)));
    }
    for node in 0..stage.addrs.len() {
        crate::fault::signal(stage, node, Signal::Cont);
    }
    stage.restart_all();
}

/// Waits until all agree; gives why they do not when the time is over.
fn settle(stage: &mut Stage, patience_ms: u64) -> Option<String> {
    let limit = stage.world.now().plus_ms(patience_ms);
    loop {
        let why = trouble(stage);
        if why.is_none() || stage.world.now() >= limit || stage.violation.is_some() {
            return why;
        }
        stage.run_ms(1000);
    }
}

/// Why the cluster is not whole, if it is not.
fn trouble(stage: &Stage) -> Option<String> {
    let nodes = stage.addrs.len();
    let views: Vec<_> =
        (0..nodes).filter_map(|node| node_of(&stage.world, node)?.view_cluster()).collect();
    if let Some(why) = disagreement(&views, nodes) {
        return Some(why);
    }
    let behind = (0..nodes).find(|node| {
        node_of(&stage.world, *node).is_some_and(|n| n.is_replica() && !n.master_link_up())
    });
    if let Some(node) = behind {
        return Some(format!("node {node} is not in step with its master"));
    }
    let moves = |node: usize| node_of(&stage.world, node).map(Node::slot_migrations_under_way);
    let busy = (0..nodes).find(|node| moves(*node).is_some_and(|count| count > 0));
    busy.map(|node| format!("node {node} has a migration of slots under way"))
}

/// So often are replicas looked at until all are where their masters are: a master's own PING may
/// be on its way to them.
const LOOKS: usize = 40;

/// When nobody writes any more, replicas and masters are at the same place.
fn rest(stage: &mut Stage) {
    let mut seen = Ok(());
    for _ in 0..LOOKS {
        seen = stage.watch.compare_places(&stage.world);
        if seen.is_ok() || stage.violation.is_some() {
            return;
        }
        stage.run_ms(137);
    }
    if let (Err(violation), None) = (seen, &stage.violation) {
        stage.violation = Some(violation);
    }
}

/// What was acknowledged is there, but for the admitted windows, at the master and its replicas.
fn durability(stage: &mut Stage) {
    if stage.violation.is_some() {
        return;
    }
    if let Err(violation) = only_at_owners(stage) {
        stage.violation = Some(violation);
        return;
    }
    let now = stage.world.now();
    let keys: Vec<String> = stage.load.ledger.keys().cloned().collect();
    let owners: BTreeMap<String, usize> = keys
        .iter()
        .filter_map(|key| {
            let slot = Slot::of_key(key.as_bytes());
            let owner = (0..stage.addrs.len()).find(|node| {
                stage.own(*node).is_some_and(|own| !own.is_replica && own.slots.contains(slot))
            });
            Some((key.clone(), owner?))
        })
        .collect();
    for key in keys {
        let Some(node) = owners.get(&key) else { continue };
        let value = node_of(&stage.world, *node).map_or(0, |node| number_at(node, &key));
        let Some(written) = stage.load.ledger.get_mut(&key) else { continue };
        let read = stage.watch.read(now, *node, &key, value, written, &stage.history);
        if let Err(violation) = read {
            stage.violation = Some(violation);
            return;
        }
    }
}

/// A master has keys of its own slots only. Where an operator's move by hand was broken off, keys
/// may be left behind.
fn only_at_owners(stage: &Stage) -> Result<(), Violation> {
    let at = stage.world.now();
    for node in 0..stage.addrs.len() {
        let Some(own) = stage.own(node).filter(|own| !own.is_replica) else { continue };
        let Some(there) = node_of(&stage.world, node) else { continue };
        for key in stage.load.ledger.keys() {
            let slot = Slot::of_key(key.as_bytes());
            let left = !own.slots.contains(slot) && there.peek(key.as_bytes()).is_some();
            if left && !stage.history.was_open(slot, Mono::ZERO, at) {
                return Err(Violation {
                    rule: "keys are at their owner only",
                    at,
                    seen: format!("node {node} holds {key} of {slot}, which is not its own"),
                });
            }
        }
    }
    Ok(())
}
