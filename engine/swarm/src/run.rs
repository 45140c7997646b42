//! One run: form the cluster, let faults happen under load, heal, and demand agreement.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use engine_base::{Mono, Rng, Seed};
use engine_node::EventKind;
use engine_sim::{ClusterSpec, FaultOp, HostSpec, What, World};

use crate::fault::restart;
use crate::invariant::{Invariants, Violation, check_writes, disagreement, views};
use crate::load::Load;
use crate::plan::Plan;

/// What a run showed.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The rule that did not hold, if any.
    pub violation: Option<Violation>,
    /// Acknowledged writes.
    pub writes: u64,
    /// Acknowledged writes lost inside admitted windows.
    pub lost: u64,
    /// Virtual milliseconds.
    pub virtual_ms: u64,
    /// Units that arrived.
    pub units: u64,
    /// Faults that began, by name.
    pub faults: BTreeMap<&'static str, u64>,
    /// Events of the rules, by name.
    pub events: BTreeMap<&'static str, u64>,
}

/// Between two looks of clients and invariants, in virtual milliseconds.
const TURN_MS: u64 = 100;
/// How long a healed cluster may take to converge.
const PATIENCE_MS: u64 = 180_000;

/// Runs a plan.
#[must_use]
pub fn run(plan: &Plan) -> Outcome {
    let spec = cluster_spec(plan);
    let (mut world, addrs) = World::cluster(&spec);
    let origin = world.now();
    let rng = Rng::new(Seed::from_number(plan.seed)).fork("swarm load");
    let mut load = Load::new(plan.clients, rng);
    let mut outcome = Outcome::default();
    let result = safety(plan, &spec, &mut world, &addrs, &mut load, &mut outcome)
        .and_then(|()| liveness(&spec, &mut world, &addrs))
        .and_then(|()| durability(plan, origin, &mut world, &addrs, &load));
    match result {
        Ok(lost) => outcome.lost = lost,
        Err(violation) => outcome.violation = Some(violation),
    }
    outcome.writes = load.writes;
    outcome.virtual_ms = world.now().as_millis();
    outcome.units = world.trace().units;
    for entry in world.trace().entries() {
        if let What::Node(kind) = &entry.what {
            *outcome.events.entry(event_name(kind)).or_default() += 1;
        }
    }
    outcome
}

fn cluster_spec(plan: &Plan) -> ClusterSpec {
    let host = |i: usize| {
        let ip = IpAddr::V4(Ipv4Addr::new(10, 0, (i / 250) as u8, (i % 250 + 1) as u8));
        HostSpec::new(format!("h{i}"), ip)
    };
    ClusterSpec {
        seed: Seed::from_number(plan.seed),
        hosts: (0..plan.nodes()).map(host).collect(),
        masters: plan.masters,
        replicas: plan.replicas,
        node_timeout_ms: plan.node_timeout_ms,
        options: vec!["--appendonly".into(), "yes".into()],
    }
}

/// Faults happen; what must always hold is looked at after every turn.
fn safety(
    plan: &Plan,
    spec: &ClusterSpec,
    world: &mut World,
    addrs: &[SocketAddr],
    load: &mut Load,
    outcome: &mut Outcome,
) -> Result<(), Violation> {
    let origin = world.now();
    let mut invariants = Invariants::default();
    let mut begun = vec![false; plan.faults.len()];
    let mut ended = vec![false; plan.faults.len()];
    loop {
        let at = world.now().ms_since(origin);
        if at >= plan.safety_ms {
            break;
        }
        for (i, fault) in plan.faults.iter().enumerate() {
            if !begun[i] && fault.from_ms <= at {
                begun[i] = true;
                *outcome.faults.entry(fault.kind.name()).or_default() += 1;
                fault.kind.begin(world, addrs);
            }
            if begun[i] && !ended[i] && fault.until_ms <= at {
                ended[i] = true;
                fault.kind.end(world, addrs, spec);
            }
        }
        load.turn(world, addrs);
        world.run_ms(TURN_MS);
        invariants.check(world)?;
    }
    for (i, fault) in plan.faults.iter().enumerate() {
        if begun[i] && !ended[i] {
            fault.kind.end(world, addrs, spec);
        }
    }
    Ok(())
}

/// All is healed: the cluster must come to agree.
fn liveness(spec: &ClusterSpec, world: &mut World, addrs: &[SocketAddr]) -> Result<(), Violation> {
    world.fault(FaultOp::HealAll);
    world.fault(FaultOp::ReleaseAll);
    for node in 0..addrs.len() {
        restart(world, node, addrs, spec);
    }
    let limit = world.now().plus_ms(PATIENCE_MS);
    loop {
        let Some(why) = disagreement(&views(world), addrs.len()) else { return Ok(()) };
        if world.now() >= limit {
            return Err(Violation {
                rule: "a healed cluster converges",
                at: world.now(),
                seen: why,
            });
        }
        world.run_ms(1000);
    }
}

/// What was acknowledged is there, but for the admitted windows.
fn durability(
    plan: &Plan,
    origin: Mono,
    world: &mut World,
    addrs: &[SocketAddr],
    load: &Load,
) -> Result<u64, Violation> {
    let read = |world: &mut World, key: &str| {
        let slot = engine_base::Slot::of_key(key.as_bytes());
        let views = views(world);
        let owner = views.first()?.owner(slot)?;
        let at = addrs.iter().find(|a| a.ip().to_string() == owner.ip && a.port() == owner.port)?;
        let reply = world.call(*at, &["GET", key]);
        std::str::from_utf8(&reply).ok()?.lines().nth(1)?.parse().ok()
    };
    let (timeout, faults) = (plan.node_timeout_ms, &plan.faults);
    check_writes(world, origin, timeout, faults, &load.ledger, read).map(|losses| losses.admitted)
}

/// The variant's name, for the report of what was covered.
fn event_name(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::PfailMarked { .. } => "PFAIL marked",
        EventKind::PfailCleared { .. } => "PFAIL cleared",
        EventKind::FailureReported { .. } => "failure reported",
        EventKind::FailMarked { .. } => "FAIL marked",
        EventKind::FailCleared { .. } => "FAIL cleared",
        EventKind::ClusterState { .. } => "cluster state changed",
        EventKind::ElectionScheduled { .. } => "election scheduled",
        EventKind::ElectionStarted { .. } => "election started",
        EventKind::ElectionExpired { .. } => "election expired",
        EventKind::VoteGranted { .. } => "vote granted",
        EventKind::VoteRefused { .. } => "vote refused",
        EventKind::ElectionWon { .. } => "election won",
        EventKind::ManualFailover { .. } => "manual failover step",
        EventKind::Role { .. } => "role changed",
        EventKind::SlotsMoved { .. } => "slots moved",
        EventKind::ReplicaSync { .. } => "synchronisation step",
        _ => "other",
    }
}
