//! What goes wrong: kinds, names, and whom they touch.

mod act;
mod draw;
pub(crate) mod operator;

pub(crate) use act::{DISK, restart, signal};
pub(crate) use draw::draw;
pub use operator::Operator;

/// One fault of a plan. Times are virtual milliseconds since the cluster was formed.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// When it begins.
    pub from_ms: u64,
    /// When it ends.
    pub until_ms: u64,
    /// What it is.
    pub kind: FaultKind,
}

/// The kinds of faults. A node, or behind the nodes a client, is named by its place: each has a
/// host of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// `kill -9`, and a restart at the end.
    Kill(usize),
    /// SIGTERM, an orderly end, and a restart at the end.
    Terminate(usize),
    /// `kill -STOP`, and `-CONT` at the end.
    Pause(usize),
    /// A node that gets little time: frozen and thawed again and again.
    Stutter(usize),
    /// The host loses its power and all unsynced bytes; at the end it and its node start again.
    PowerLoss(usize),
    /// Several hosts lose their power at once.
    PowerLossOf(Vec<usize>),
    /// The host loses its power and its disk; at the end a new node starts there and is met.
    Wipe(usize),
    /// The node is killed and its nodes.conf torn: so many of 1000 parts are left of it.
    TornConf(usize, u64),
    /// So many bytes more fit on the node's disk.
    DiskFull(usize, u64),
    /// A write with fsync takes so many microseconds more.
    SlowDisk(usize, u64),
    /// Nothing gets from these hosts to the others; unless `one_way`, nor back.
    Partition {
        /// The hosts on one side.
        side: Vec<usize>,
        /// Whether the way back stays open.
        one_way: bool,
    },
    /// Two hosts do not hear each other; or, `one_way`, the second not the first.
    Cut {
        /// One.
        a: usize,
        /// The other.
        b: usize,
        /// Whether the way back stays open.
        one_way: bool,
    },
    /// All connections of a node are reset.
    Reset(usize),
    /// The links of a node are slow and lossy; `one_way`: only those away from it.
    SlowLinks {
        /// Which node.
        node: usize,
        /// Microseconds a packet takes.
        latency_us: u64,
        /// How likely a packet must be sent again.
        loss: f64,
        /// Whether the way back is as usual.
        one_way: bool,
    },
    /// A host's wall clock is so many milliseconds wrong.
    Skew(usize, i64),
    /// Bus packets of one type to a node are held back, and arrive late and out of order.
    HoldBus(usize, u16),
    /// An operator does something at a bad moment.
    Operator(Operator),
}

impl FaultKind {
    /// Its name in the report.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kill(_) => "kill -9",
            Self::Terminate(_) => "SIGTERM",
            Self::Pause(_) => "pause",
            Self::Stutter(_) => "slow node",
            Self::PowerLoss(_) => "power cut",
            Self::PowerLossOf(_) => "power cut of several",
            Self::Wipe(_) => "wiped host",
            Self::TornConf(..) => "torn nodes.conf",
            Self::DiskFull(..) => "disk full",
            Self::SlowDisk(..) => "slow disk",
            Self::Partition { one_way: true, .. } => "one-way partition",
            Self::Partition { one_way: false, .. } => "partition",
            Self::Cut { one_way: true, .. } => "one-way cut of a link",
            Self::Cut { one_way: false, .. } => "cut of a link",
            Self::Reset(_) => "connections reset",
            Self::SlowLinks { one_way: true, .. } => "one-way delay",
            Self::SlowLinks { one_way: false, .. } => "delay and loss",
            Self::Skew(..) => "clock skew",
            Self::HoldBus(..) => "packets reordered",
            Self::Operator(operator) => operator.name(),
        }
    }

    /// Whether a node may act late because of it, or hear late of what others have decided. A cut
    /// is no excuse: whoever hears nobody stops serving after a node timeout.
    pub(crate) fn holds_up(&self, node: usize) -> bool {
        match self {
            Self::Kill(n)
            | Self::Terminate(n)
            | Self::Pause(n)
            | Self::Stutter(n)
            | Self::PowerLoss(n)
            | Self::Wipe(n)
            | Self::TornConf(n, _)
            | Self::DiskFull(n, _)
            | Self::SlowDisk(n, _)
            | Self::Reset(n)
            | Self::SlowLinks { node: n, .. }
            | Self::Skew(n, _)
            | Self::HoldBus(n, _) => *n == node,
            Self::PowerLossOf(nodes) => nodes.contains(&node),
            Self::Cut { .. } | Self::Partition { .. } | Self::Operator(_) => false,
        }
    }

    /// Whether what one host says does not get to another because of it. The cut of a single link is
    /// no excuse: the others tell.
    pub(crate) fn parts(&self, from: usize, to: usize) -> bool {
        let Self::Partition { side, one_way } = self else { return false };
        let (from, to) = (side.contains(&from), side.contains(&to));
        (from && !to) || (!one_way && to && !from)
    }

    /// Whether a node's disk is full because of it.
    pub(crate) fn fills(&self, node: usize) -> bool {
        matches!(self, Self::DiskFull(full, _) if *full == node)
    }

    /// Whether it can leave the cluster in a state that no rule of the protocol mends: then an
    /// operator may look after it at the end.
    fn needs_operator(&self) -> bool {
        match self {
            Self::Operator(Operator::Migrate { .. }) => false,
            Self::Wipe(_) | Self::TornConf(..) | Self::Operator(_) => true,
            _ => false,
        }
    }

    /// Whether deletions that were answered can be undone because of it.
    fn forgets(&self) -> bool {
        matches!(self, Self::PowerLoss(_) | Self::PowerLossOf(_) | Self::DiskFull(..))
    }
}

/// Whether these faults can leave what no rule of the protocol mends. Slots that move whole do not, but
/// who gave them away and forgets that it deleted their keys imports them after its start (7.0's rule).
pub(crate) fn need_operator(faults: &[Fault]) -> bool {
    let any = |is: fn(&FaultKind) -> bool| faults.iter().any(|fault| is(&fault.kind));
    any(FaultKind::needs_operator)
        || any(FaultKind::forgets)
            && any(|kind| matches!(kind, FaultKind::Operator(Operator::Migrate { .. })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_forgets_what_it_gave_away_needs_help() {
        let need = |kinds: &[FaultKind]| {
            let fault = |kind: &FaultKind| Fault { from_ms: 0, until_ms: 1, kind: kind.clone() };
            need_operator(&kinds.iter().map(fault).collect::<Vec<_>>())
        };
        let (from, to, slots, back, cancel_after) = (0, 1, 5, false, None);
        let moves = FaultKind::Operator(Operator::Migrate { from, to, slots, back, cancel_after });
        assert!(!need(&[]));
        assert!(!need(&[moves.clone(), FaultKind::Kill(0), FaultKind::Pause(1)]));
        assert!(!need(&[FaultKind::PowerLoss(0), FaultKind::DiskFull(0, 0)]));
        assert!(need(&[moves.clone(), FaultKind::PowerLossOf(vec![0])]));
        assert!(need(&[FaultKind::DiskFull(2, 0), moves]));
        assert!(need(&[FaultKind::Wipe(0)]));
    }
}
