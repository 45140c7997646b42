//! What goes wrong, how it begins and how it ends.

use std::net::SocketAddr;

use engine_sim::{ClusterSpec, FaultOp, Hold, HostId, LinkKind, Pid, Quality, Signal, World};

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

/// The kinds of faults. A node is named by its place in the list of addresses; each has a host of
/// its own.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// `kill -9`, and a restart at the end.
    Kill {
        /// Which node.
        node: usize,
    },
    /// `kill -STOP`, and `-CONT` at the end.
    Pause {
        /// Which node.
        node: usize,
    },
    /// The host loses its power and all unsynced bytes; at the end it and its node start again.
    PowerLoss {
        /// Which node.
        node: usize,
    },
    /// Nothing gets from these nodes to the others; unless `one_way`, nor back.
    Partition {
        /// The nodes on one side.
        side: Vec<usize>,
        /// Whether the way back stays open.
        one_way: bool,
    },
    /// All links of a node are slow and lossy.
    Slow {
        /// Which node.
        node: usize,
        /// Microseconds a packet takes.
        latency_us: u64,
        /// How likely a packet must be sent again.
        loss: f64,
    },
    /// A host's wall clock is wrong.
    Skew {
        /// Which node's host.
        node: usize,
        /// By how many milliseconds.
        ms: i64,
    },
    /// Bus packets of one type to a node are held back, and arrive late and out of order.
    HoldBus {
        /// Which node.
        node: usize,
        /// The type in the header.
        bus_type: u16,
    },
    /// An operator types `CLUSTER FAILOVER` at a bad moment.
    Failover {
        /// At which node.
        node: usize,
        /// ``, `FORCE` or `TAKEOVER`.
        how: &'static str,
    },
}

impl FaultKind {
    /// Its name in the report.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kill { .. } => "kill -9",
            Self::Pause { .. } => "pause",
            Self::PowerLoss { .. } => "power loss",
            Self::Partition { one_way: true, .. } => "one-way cut",
            Self::Partition { one_way: false, .. } => "partition",
            Self::Slow { .. } => "slow link",
            Self::Skew { .. } => "clock skew",
            Self::HoldBus { .. } => "packets held back",
            Self::Failover { .. } => "operator failover",
        }
    }

    /// Whether the writes that this node acknowledges may be lost because of it: the windows that
    /// the specification admits ("Redis Cluster consistency guarantees").
    #[must_use]
    pub fn endangers(&self, node: usize) -> bool {
        match self {
            Self::Kill { node: n }
            | Self::Pause { node: n }
            | Self::PowerLoss { node: n }
            | Self::Slow { node: n, .. }
            | Self::HoldBus { node: n, .. } => *n == node,
            // A cut endangers those on both sides: who is in the minority is not known here.
            Self::Partition { .. } | Self::Failover { .. } => true,
            Self::Skew { .. } => false,
        }
    }

    /// Begins it.
    pub(crate) fn begin(&self, world: &mut World, addrs: &[SocketAddr]) {
        match self {
            Self::Kill { node } => signal(world, *node, Signal::Kill),
            Self::Pause { node } => signal(world, *node, Signal::Stop),
            Self::PowerLoss { node } => world.fault(FaultOp::PowerOff(HostId(*node))),
            Self::Partition { side, one_way } => {
                for_each_cut(side, addrs.len(), *one_way, |a, b| world.fault(FaultOp::Cut(a, b)));
            }
            Self::Slow { node, latency_us, loss } => {
                let quality =
                    Quality { latency_us: *latency_us, jitter_us: latency_us / 2, loss: *loss };
                set_quality(world, *node, addrs.len(), Some(quality));
            }
            Self::Skew { node, ms } => world.fault(FaultOp::Skew(HostId(*node), *ms)),
            Self::HoldBus { node, bus_type } => world.fault(FaultOp::Hold(Hold {
                to: Some(HostId(*node)),
                kind: Some(LinkKind::Bus),
                bus_type: Some(*bus_type),
                ..Hold::default()
            })),
            Self::Failover { node, how } => {
                let mut words = vec!["CLUSTER", "FAILOVER"];
                words.extend(Some(*how).filter(|how| !how.is_empty()));
                send_and_forget(world, addrs[*node], &words);
            }
        }
    }

    /// Ends it.
    pub(crate) fn end(&self, world: &mut World, addrs: &[SocketAddr], spec: &ClusterSpec) {
        match self {
            Self::Kill { node } => restart(world, *node, addrs, spec),
            Self::Pause { node } => signal(world, *node, Signal::Cont),
            Self::PowerLoss { node } => {
                world.fault(FaultOp::PowerOn(HostId(*node)));
                restart(world, *node, addrs, spec);
            }
            Self::Partition { side, one_way } => {
                for_each_cut(side, addrs.len(), *one_way, |a, b| world.fault(FaultOp::Heal(a, b)));
            }
            Self::Slow { node, .. } => set_quality(world, *node, addrs.len(), None),
            Self::Skew { node, .. } => world.fault(FaultOp::Skew(HostId(*node), 0)),
            Self::HoldBus { .. } => world.fault(FaultOp::ReleaseAll),
            Self::Failover { .. } => {}
        }
    }
}

/// The server process on a node's host, when there is one.
pub(crate) fn server_pid(world: &World, node: usize) -> Option<Pid> {
    world.servers().find(|(host, _)| host.0 == node).map(|(_, process)| process.pid)
}

fn signal(world: &mut World, node: usize, signal: Signal) {
    if let Some(pid) = server_pid(world, node) {
        // A process that has just gone needs no signal.
        let _ = world.kill(HostId(node), pid, signal);
    }
}

/// Starts a node again where it was, unless it runs.
pub(crate) fn restart(world: &mut World, node: usize, addrs: &[SocketAddr], spec: &ClusterSpec) {
    if server_pid(world, node).is_none() {
        world.start_plain_node(HostId(node), addrs[node].port(), spec);
    }
}

fn for_each_cut(side: &[usize], nodes: usize, one_way: bool, mut each: impl FnMut(HostId, HostId)) {
    for &a in side {
        for b in (0..nodes).filter(|b| !side.contains(b)) {
            each(HostId(a), HostId(b));
            if !one_way {
                each(HostId(b), HostId(a));
            }
        }
    }
}

fn set_quality(world: &mut World, node: usize, nodes: usize, quality: Option<Quality>) {
    for other in (0..nodes).filter(|other| *other != node) {
        world.fault(FaultOp::Quality(HostId(node), HostId(other), quality));
        world.fault(FaultOp::Quality(HostId(other), HostId(node), quality));
    }
}

fn send_and_forget(world: &mut World, to: SocketAddr, words: &[&str]) {
    let Some(host) = world.hosts().iter().position(|host| host.up && host.ip == to.ip()) else {
        return;
    };
    let conn = world.connect(HostId(host), Pid(1), to);
    world.run_ms(1);
    world.send(conn, &engine_sim::command(words));
}
