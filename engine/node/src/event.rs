//! What happened inside a node, told as data: the page draws from these, the lessons check
//! against them, logs print them.

use engine_base::{NodeId, Now, Slot};
use std::net::SocketAddr;

/// One thing that happened at one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When, by this node's clocks.
    pub at: Now,
    /// What.
    pub kind: EventKind,
}

/// What happened. Node ids are as this node knew them at that moment.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EventKind {
    /// `CLUSTER MEET` began a handshake with an address.
    HandshakeStarted {
        /// Client address of the stranger.
        to: SocketAddr,
    },
    /// A stranger answered within the handshake time and is a known node now.
    HandshakeDone {
        /// Its real id.
        id: NodeId,
    },
    /// A stranger did not answer in time and was dropped.
    HandshakeTimedOut {
        /// Its address.
        to: SocketAddr,
    },
    /// A node was added to the table (by MEET or by gossip).
    NodeAdded {
        /// Its id.
        id: NodeId,
        /// Who told, when it was gossip.
        told_by: Option<NodeId>,
    },
    /// A node was removed from the table.
    NodeRemoved {
        /// Its id.
        id: NodeId,
    },
    /// The bus link that this node opens to a peer is up.
    BusLinkUp {
        /// The peer.
        id: NodeId,
    },
    /// The bus link that this node opens to a peer is gone.
    BusLinkDown {
        /// The peer.
        id: NodeId,
    },
    /// No answer from a node for longer than the node timeout: this node's own suspicion.
    PfailMarked {
        /// The suspect.
        of: NodeId,
    },
    /// The suspect answered.
    PfailCleared {
        /// Who.
        of: NodeId,
    },
    /// Another master says it suspects a node.
    FailureReported {
        /// Who reports.
        by: NodeId,
        /// The suspect.
        of: NodeId,
        /// Valid reports now, without this node's own suspicion.
        reports: usize,
    },
    /// A majority of masters suspects a node: it is marked FAIL and the others are told.
    FailMarked {
        /// Who failed.
        of: NodeId,
        /// Masters that agree, this node included when it counts.
        agree: usize,
        /// How many were needed.
        needed: usize,
        /// The node whose FAIL packet said so; `None` when this node counted itself.
        told_by: Option<NodeId>,
    },
    /// A failed node is back.
    FailCleared {
        /// Who.
        of: NodeId,
    },
    /// `cluster_state` changed at this node.
    ClusterState {
        /// Whether it is `ok` now.
        ok: bool,
    },
    /// This node learned a larger current epoch.
    CurrentEpoch {
        /// The new one.
        epoch: u64,
    },
    /// A node's config epoch changed in this node's table.
    ConfigEpoch {
        /// Whose.
        of: NodeId,
        /// The new one.
        epoch: u64,
    },
    /// This replica will stand for election.
    ElectionScheduled {
        /// In how many milliseconds.
        delay_ms: u64,
        /// How many sibling replicas have more data.
        rank: usize,
    },
    /// This replica asked for votes.
    ElectionStarted {
        /// In which epoch.
        epoch: u64,
        /// How many votes it needs.
        needed: usize,
    },
    /// The election ran out of time; another try comes later.
    ElectionExpired {
        /// In which epoch.
        epoch: u64,
    },
    /// Why this replica does not stand for election now (said once per reason).
    ElectionBlocked {
        /// The reason.
        reason: &'static str,
    },
    /// This master voted.
    VoteGranted {
        /// For whom.
        to: NodeId,
        /// In which epoch.
        epoch: u64,
    },
    /// This master refused its vote.
    VoteRefused {
        /// To whom.
        to: NodeId,
        /// For which epoch.
        epoch: u64,
        /// Which rule of the specification spoke.
        reason: &'static str,
    },
    /// A vote came in.
    VoteReceived {
        /// From whom.
        from: NodeId,
        /// In which epoch.
        epoch: u64,
        /// Votes so far.
        have: usize,
        /// Votes needed.
        needed: usize,
    },
    /// This replica won its election.
    ElectionWon {
        /// In which epoch.
        epoch: u64,
    },
    /// A manual failover began at this node.
    ManualFailover {
        /// `CLUSTER FAILOVER`, its `FORCE` or its `TAKEOVER`, or this master's part in it.
        step: &'static str,
    },
    /// A node's role changed in this node's table.
    Role {
        /// Whose.
        of: NodeId,
        /// Its master; `None` when it is a master now.
        master: Option<NodeId>,
    },
    /// Slots changed hands in this node's table.
    SlotsMoved {
        /// Ranges, both ends included.
        ranges: Vec<(Slot, Slot)>,
        /// The owner until now.
        from: Option<NodeId>,
        /// The owner from now on.
        to: Option<NodeId>,
        /// Its config epoch.
        epoch: u64,
    },
    /// A migration of whole slots (`CLUSTER MIGRATESLOTS`) is in another state at this node.
    SlotMigration {
        /// Ranges, both ends included.
        ranges: Vec<(Slot, Slot)>,
        /// Who gives the slots; unknown at a replica of the target.
        from: Option<NodeId>,
        /// Who takes them.
        to: Option<NodeId>,
        /// Whether they leave this node; else they come here.
        leaving: bool,
        /// The state, as `CLUSTER GETSLOTMIGRATIONS` names it.
        state: &'static str,
    },
    /// A slot is being given away (`CLUSTER SETSLOT … MIGRATING`) or no longer.
    SlotMigrating {
        /// Which.
        slot: Slot,
        /// To whom; `None` when it ended.
        to: Option<NodeId>,
    },
    /// A slot is being taken over (`CLUSTER SETSLOT … IMPORTING`) or no longer.
    SlotImporting {
        /// Which.
        slot: Slot,
        /// From whom; `None` when it ended.
        from: Option<NodeId>,
    },
    /// A client was sent elsewhere.
    Redirected {
        /// `MOVED`, `ASK`, `TRYAGAIN`, `CROSSSLOT` or `CLUSTERDOWN`.
        kind: &'static str,
        /// For which slot, when one is known.
        slot: Option<Slot>,
        /// The command, in lower case.
        command: &'static str,
    },
    /// A client sent `CLUSTER FAILOVER`, `MEET`, … : a command that changes the cluster was done.
    AdminCommand {
        /// The words, as they were sent (cut at 16 words).
        words: Vec<String>,
    },
    /// This replica began or ended a synchronisation with its master.
    ReplicaSync {
        /// `full`, `partial`, `done` or `lost`.
        step: &'static str,
        /// The replication offset then.
        offset: u64,
    },
    /// The process finished booting.
    Started {
        /// Keys that were loaded.
        keys: usize,
    },
}
