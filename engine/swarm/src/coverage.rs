//! What a run covered: rules, message types, faults, time, writes, losses by window.

use std::collections::BTreeMap;

use engine_bus::MessageType;
use engine_node::EventKind;
use engine_sim::{What, World};

use crate::stage::Stage;

/// Counts of a run, or of many.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Virtual milliseconds.
    pub virtual_ms: u64,
    /// Units that arrived.
    pub units: u64,
    /// Acknowledged writes.
    pub writes: u64,
    /// Answered reads.
    pub reads: u64,
    /// Acknowledged writes that are gone, by the window that admits it.
    pub losses: BTreeMap<&'static str, u64>,
    /// Faults that began, by name.
    pub faults: BTreeMap<&'static str, u64>,
    /// Rules of the cluster that were at work, by file and rule; all are listed, at zero too.
    pub rules: BTreeMap<&'static str, u64>,
    /// Packets put on the bus, by type.
    pub messages: BTreeMap<&'static str, u64>,
    /// Answers to clients that were redirects or refusals.
    pub refusals: BTreeMap<&'static str, u64>,
    /// Processes that refused to start.
    pub refused_starts: u64,
    /// Rounds of an operator's repair at the end.
    pub repairs: u64,
}

/// Rules that leave a line in the log: the line, and the rule's file and name.
const LOGGED: [(&str, &str); 34] = [
    ("configEpoch collision with node", "epoch: collision"),
    ("for slots that were handed over", "handed_over: claimed again"),
    ("New configEpoch set to", "epoch: bump without consensus"),
    ("configEpoch updated after importing", "admin: import ends with a new epoch"),
    ("sending an UPDATE message", "ownership: UPDATE sent"),
    ("Reconfiguring myself as a replica of", "ownership: demotion"),
    ("I'm a sub-replica!", "ownership: grandmaster"),
    ("Discarding UPDATE message about myself", "ownership: UPDATE about myself"),
    ("Migrating to orphaned master", "replica_migration: moved"),
    ("Address updated for node", "membership: address updated"),
    ("Handshake: we already know node", "membership: handshake with a known node"),
    ("IP address for this node updated", "membership: own address learnt"),
    ("Ignoring FAIL message from unknown", "receive: FAIL from a stranger"),
    ("replica is reachable again", "failure: replica taken back"),
    ("master without slots is reachable", "failure: empty master taken back"),
    ("nobody is serving its slots after", "failure: master with slots taken back"),
    ("reported node", "failure: report"),
    ("is back online", "failure: report withdrawn"),
    ("Replica rank updated", "election: rank updated"),
    ("Can't assign hashslot", "admin: slot with keys kept"),
    ("I have keys for unassigned slot", "admin: keys without an owner"),
    ("Setting it to importing state", "admin: keys of another's slot"),
    ("Node hard reset", "admin: hard reset"),
    ("Manual failover timed out", "failover: timed out"),
    ("corrupted cluster config file", "nodes_conf: refused"),
    ("can't update cluster config file", "nodes_conf: cannot be written"),
    ("Slot migration initiated through", "slot_migration: begun"),
    ("This node is now the owner of the slots", "slot_migration: taken over"),
    ("slots are now owned by target node", "slot_migration: given away"),
    ("finished. State: failed", "slot_migration: failed"),
    ("finished. State: cancelled", "slot_migration: cancelled"),
    ("Write loss risk!", "slot_migration: granted and not taken in time"),
    ("Partial resynchronization request", "replication: partial"),
    ("Full resync requested by replica", "replication: full"),
];

/// Rules that leave an event.
const TOLD: [&str; 37] = [
    "membership: handshake begun",
    "membership: handshake done",
    "membership: handshake timed out",
    "membership: node added by gossip",
    "membership: node removed",
    "membership: role learnt",
    "links: up",
    "links: down",
    "cron: PFAIL",
    "failure: PFAIL cleared",
    "failure: FAIL by majority",
    "failure: FAIL told",
    "failure: FAIL cleared",
    "health: state ok",
    "health: state fail",
    "epoch: current epoch learnt",
    "epoch: config epoch learnt",
    "election: scheduled",
    "election: started",
    "election: expired",
    "election: data too old",
    "election: waiting for the delay",
    "election: waiting for votes",
    "election: won",
    "vote: granted",
    "vote: reqEpoch < curEpoch",
    "vote: already voted for epoch",
    "vote: it is a master node",
    "vote: I don't know its master",
    "vote: its master is up",
    "vote: can't vote about this master yet",
    "vote: slot epoch > reqEpoch",
    "failover: asked for",
    "failover: forced",
    "failover: takeover",
    "failover: can start",
    "ownership: slots moved",
];

impl Coverage {
    pub(crate) fn of(stage: &Stage) -> Self {
        let world = &stage.world;
        let mut rules: BTreeMap<&'static str, u64> =
            TOLD.iter().chain(LOGGED.iter().map(|(_, rule)| rule)).map(|rule| (*rule, 0)).collect();
        for entry in world.trace().entries() {
            if let What::Node(kind) = &entry.what
                && let Some(rule) = rule_of(kind)
            {
                *rules.entry(rule).or_default() += 1;
            }
        }
        read_logs(stage, &mut rules);
        Self {
            virtual_ms: world.now().as_millis(),
            units: world.trace().units,
            writes: stage.load.writes,
            reads: stage.load.reads,
            losses: stage.watch.losses.by_window.clone(),
            faults: BTreeMap::new(),
            rules,
            messages: messages(world),
            refusals: stage.load.refusals.clone(),
            refused_starts: stage.history.refused,
            repairs: stage.history.repairs,
        }
    }

    /// Adds another run's counts.
    pub fn add(&mut self, one: &Self) {
        self.virtual_ms += one.virtual_ms;
        self.units += one.units;
        self.writes += one.writes;
        self.reads += one.reads;
        self.refused_starts += one.refused_starts;
        self.repairs += one.repairs;
        for (to, from) in [
            (&mut self.losses, &one.losses),
            (&mut self.faults, &one.faults),
            (&mut self.rules, &one.rules),
            (&mut self.messages, &one.messages),
            (&mut self.refusals, &one.refusals),
        ] {
            for (name, count) in from {
                *to.entry(name).or_default() += count;
            }
        }
    }
}

fn read_logs(stage: &Stage, rules: &mut BTreeMap<&'static str, u64>) {
    for (node, addr) in stage.addrs.iter().enumerate() {
        let port = addr.port();
        let path = format!("/data/{port}/{port}.log");
        let Some(host) = stage.world.hosts().get(node) else { continue };
        let Ok(bytes) = host.fs.read(&path) else { continue };
        for line in String::from_utf8_lossy(bytes).lines() {
            if let Some((_, rule)) = LOGGED.iter().find(|(text, _)| line.contains(text)) {
                *rules.entry(rule).or_default() += 1;
            }
        }
    }
}

fn messages(world: &World) -> BTreeMap<&'static str, u64> {
    (0..10)
        .zip(world.trace().bus_sends)
        .map(|(number, count)| (MessageType::from_wire(number).name(), count))
        .collect()
}

fn rule_of(kind: &EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::HandshakeStarted { .. } => "membership: handshake begun",
        EventKind::HandshakeDone { .. } => "membership: handshake done",
        EventKind::HandshakeTimedOut { .. } => "membership: handshake timed out",
        EventKind::NodeAdded { told_by: Some(_), .. } => "membership: node added by gossip",
        EventKind::NodeRemoved { .. } => "membership: node removed",
        EventKind::Role { .. } => "membership: role learnt",
        EventKind::BusLinkUp { .. } => "links: up",
        EventKind::BusLinkDown { .. } => "links: down",
        EventKind::PfailMarked { .. } => "cron: PFAIL",
        EventKind::PfailCleared { .. } => "failure: PFAIL cleared",
        EventKind::FailMarked { told_by: None, .. } => "failure: FAIL by majority",
        EventKind::FailMarked { .. } => "failure: FAIL told",
        EventKind::FailCleared { .. } => "failure: FAIL cleared",
        EventKind::ClusterState { ok: true } => "health: state ok",
        EventKind::ClusterState { .. } => "health: state fail",
        EventKind::CurrentEpoch { .. } => "epoch: current epoch learnt",
        EventKind::ConfigEpoch { .. } => "epoch: config epoch learnt",
        EventKind::ElectionScheduled { .. } => "election: scheduled",
        EventKind::ElectionStarted { .. } => "election: started",
        EventKind::ElectionExpired { .. } => "election: expired",
        EventKind::ElectionBlocked { reason } if reason.starts_with("Disconnected") => {
            "election: data too old"
        }
        EventKind::ElectionBlocked { reason } if reason.contains("delay") => {
            "election: waiting for the delay"
        }
        EventKind::ElectionBlocked { .. } => "election: waiting for votes",
        EventKind::ElectionWon { .. } => "election: won",
        EventKind::VoteGranted { .. } => "vote: granted",
        EventKind::VoteRefused { reason, .. } => {
            return TOLD.into_iter().find(|rule| rule.strip_prefix("vote: ") == Some(reason));
        }
        EventKind::ManualFailover { step: "accepted" } => "failover: asked for",
        EventKind::ManualFailover { step: "forced" } => "failover: forced",
        EventKind::ManualFailover { step: "takeover" } => "failover: takeover",
        EventKind::ManualFailover { step: "can start" } => "failover: can start",
        EventKind::SlotsMoved { .. } => "ownership: slots moved",
        _ => return None,
    })
}
