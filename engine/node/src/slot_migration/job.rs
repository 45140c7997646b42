//! One migration as one of its two nodes knows it.

use engine_base::{LinkId, Mono, NodeId, Slot};

use super::snapshot::Snapshot;

/// A job's name: 40 hex digits, drawn by the source.
pub(crate) type JobName = [u8; 40];

/// Which side of a migration a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The slots leave this node.
    Export,
    /// The slots come to this node, or to its master.
    Import,
}

/// The slots of a job: ranges with both ends included, in the order in which they were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ranges(pub(crate) Vec<(Slot, Slot)>);

impl Ranges {
    pub(crate) fn contains(&self, slot: Slot) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&slot))
    }

    /// Whether two lists have a slot in common.
    pub(crate) fn overlap(&self, other: &Self) -> bool {
        let meets = |a: &(Slot, Slot), b: &(Slot, Slot)| a.1 >= b.0 && a.0 <= b.1;
        self.0.iter().any(|a| other.0.iter().any(|b| meets(a, b)))
    }

    /// Every slot, range by range.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        self.0.iter().flat_map(|(first, last)| {
            Slot::all().skip(first.index()).take(last.index() - first.index() + 1)
        })
    }

    /// `0-5 9-9`
    pub(crate) fn text(&self) -> String {
        let ranges: Vec<String> = self.0.iter().map(|(a, b)| format!("{a}-{b}")).collect();
        ranges.join(" ")
    }
}

/// Where a job stands (`slotMigrationJobState`). The import's states come first, then the
/// export's, each in the order of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    WaitAck,
    ReceiveSnapshot,
    WaitForPaused,
    FailoverRequested,
    TakeOver,
    CleaningUp,
    OnPrimary,
    Connecting,
    ReadAuth,
    ReadEstablish,
    WaitToSnapshot,
    Snapshotting,
    Streaming,
    WaitToPause,
    Paused,
    Granted,
    Failed,
    Cancelled,
    Success,
}

impl State {
    /// As `CLUSTER GETSLOTMIGRATIONS` and the log name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::WaitAck => "waiting-for-ack",
            Self::ReceiveSnapshot => "receiving-snapshot",
            Self::WaitForPaused => "waiting-for-paused",
            Self::FailoverRequested => "failover-requested",
            Self::TakeOver | Self::Granted => "failover-granted",
            Self::CleaningUp => "cleaning-up",
            Self::OnPrimary => "occurring-on-primary",
            Self::Connecting => "connecting",
            Self::ReadAuth => "reading-auth-response",
            Self::ReadEstablish => "reading-establish-response",
            Self::WaitToSnapshot => "waiting-to-snapshot",
            Self::Snapshotting => "snapshotting",
            Self::Streaming => "replicating",
            Self::WaitToPause => "waiting-to-pause",
            Self::Paused => "failover-paused",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Success => "success",
        }
    }

    /// The job is over and only remembered.
    pub(crate) const fn is_finished(self) -> bool {
        matches!(self, Self::Failed | Self::Cancelled | Self::Success)
    }

    /// The job still tries.
    pub(crate) const fn is_in_progress(self) -> bool {
        !self.is_finished() && !matches!(self, Self::CleaningUp)
    }
}

/// One migration.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) name: JobName,
    pub(crate) kind: Kind,
    pub(crate) ranges: Ranges,
    /// Who takes the slots, and who gives them; absent when this node only follows what happens
    /// at its master.
    pub(crate) nodes: Option<Ends>,
    pub(crate) state: State,
    /// More about the state, in words.
    pub(crate) message: Option<String>,
    /// Unix seconds.
    pub(crate) created: i64,
    /// Unix seconds: when the state last changed.
    pub(crate) updated: i64,
    /// Unix seconds: when the other side last said that it is there.
    pub(crate) last_ack: i64,
    /// The link to the other side.
    pub(crate) link: Option<LinkId>,
    /// An import: the current epoch of the source when it granted the slots, if it said so.
    pub(crate) granted_in: u64,
    /// An export: until when writes to the slots are held back.
    pub(crate) paused_until: Option<Mono>,
    /// An export: what is still to be written of the keys as they were.
    pub(crate) snapshot: Option<Box<Snapshot>>,
    /// An export: changes made while the snapshot is being written; they follow it.
    pub(crate) held: Vec<u8>,
    /// An import that failed: what it is called when its keys are gone.
    pub(crate) after_cleanup: State,
}

/// The two nodes of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) target: NodeId,
    pub(crate) source: NodeId,
}

impl Job {
    pub(super) fn new(name: JobName, kind: Kind, ranges: Ranges, state: State, now: i64) -> Self {
        Self {
            name,
            kind,
            ranges,
            nodes: None,
            state,
            message: None,
            created: now,
            updated: now,
            last_ack: now,
            link: None,
            granted_in: 0,
            paused_until: None,
            snapshot: None,
            held: Vec::new(),
            after_cleanup: State::Failed,
        }
    }

    /// Whether this node only follows what happens at its master.
    pub(crate) fn is_tracking(&self) -> bool {
        self.nodes.is_none()
    }

    pub(crate) fn name_text(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }

    /// The job as the log names it.
    pub(super) fn describe(&self) -> String {
        let (operation, side, other) = match self.kind {
            Kind::Export => ("export", "target_node", self.nodes.map(|n| n.target)),
            Kind::Import => ("import", "source_node", self.nodes.map(|n| n.source)),
        };
        let other = other.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
        let (name, slots) = (self.name_text(), self.ranges.text());
        format!("{{name: {name}, operation: {operation}, {side}_id: {other}, slots: {slots}}}")
    }
}
