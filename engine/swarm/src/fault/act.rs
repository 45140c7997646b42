//! How a fault begins and how it ends.

use engine_sim::{FaultOp, FsOp, Hold, HostId, LinkKind, Pid, Quality, Signal};

use super::FaultKind;
use crate::stage::Stage;

impl FaultKind {
    /// Begins it.
    pub(crate) fn begin(&self, stage: &mut Stage) {
        match self {
            Self::Kill(node) => signal(stage, *node, Signal::Kill),
            Self::Terminate(node) => signal(stage, *node, Signal::Term),
            Self::Pause(node) => signal(stage, *node, Signal::Stop),
            Self::Stutter(node) => {
                stage.stutters.insert(*node);
            }
            Self::PowerLoss(node) => power_off(stage, *node),
            Self::PowerLossOf(nodes) => nodes.iter().for_each(|node| power_off(stage, *node)),
            Self::Wipe(node) => {
                power_off(stage, *node);
                stage.world.fault(FaultOp::Wipe(HostId(*node)));
                stage.history.wiped(stage.world.now(), *node);
            }
            Self::TornConf(node, parts) => tear(stage, *node, *parts),
            Self::DiskFull(node, more) => {
                let used = stage.world.hosts()[*node].fs.used();
                stage.world.fault(FaultOp::DiskCapacity(HostId(*node), used + more));
            }
            Self::SlowDisk(node, us) => {
                stage.world.fault(FaultOp::DiskDelay(HostId(*node), *us));
            }
            Self::Partition { side, one_way } => {
                for (a, b) in crossings(side, stage.hosts()) {
                    cut(stage, a, b, *one_way);
                }
            }
            Self::Cut { a, b, one_way } => cut(stage, *a, *b, *one_way),
            Self::Reset(node) => stage.world.fault(FaultOp::Reset(HostId(*node))),
            Self::SlowLinks { node, latency_us, loss, one_way } => {
                let quality =
                    Quality { latency_us: *latency_us, jitter_us: latency_us / 2, loss: *loss };
                set_quality(stage, *node, Some(quality), *one_way);
            }
            Self::Skew(node, ms) => stage.world.fault(FaultOp::Skew(HostId(*node), *ms)),
            Self::HoldBus(node, bus_type) => stage.world.fault(FaultOp::Hold(Hold {
                to: Some(HostId(*node)),
                kind: Some(LinkKind::Bus),
                bus_type: Some(*bus_type),
                ..Hold::default()
            })),
            Self::Operator(operator) => operator.act(stage),
        }
    }

    /// Ends it.
    pub(crate) fn end(&self, stage: &mut Stage) {
        match self {
            Self::Kill(node) | Self::Terminate(node) => restart(stage, *node),
            Self::TornConf(node, _) => {
                restart(stage, *node);
                stage.introduce(*node);
            }
            Self::Pause(node) => signal(stage, *node, Signal::Cont),
            Self::Stutter(node) => {
                stage.stutters.remove(node);
                signal(stage, *node, Signal::Cont);
            }
            Self::PowerLoss(node) => power_on(stage, *node),
            Self::PowerLossOf(nodes) => nodes.iter().for_each(|node| power_on(stage, *node)),
            Self::Wipe(node) => {
                power_on(stage, *node);
                stage.introduce(*node);
            }
            Self::DiskFull(node, _) => {
                stage.world.fault(FaultOp::DiskCapacity(HostId(*node), DISK));
                restart(stage, *node);
            }
            Self::SlowDisk(node, _) => stage.world.fault(FaultOp::DiskDelay(HostId(*node), 0)),
            Self::Partition { side, one_way } => {
                for (a, b) in crossings(side, stage.hosts()) {
                    heal(stage, a, b, *one_way);
                }
            }
            Self::Cut { a, b, one_way } => heal(stage, *a, *b, *one_way),
            Self::SlowLinks { node, one_way, .. } => set_quality(stage, *node, None, *one_way),
            Self::Skew(node, _) => stage.world.fault(FaultOp::Skew(HostId(*node), 0)),
            Self::HoldBus(..) => stage.world.fault(FaultOp::ReleaseAll),
            Self::Reset(_) | Self::Operator(_) => {}
        }
    }
}

/// What fits on a disk that is not full.
pub(crate) const DISK: u64 = 1 << 30;

/// The server process on a node's host, when there is one.
fn server_pid(stage: &Stage, node: usize) -> Option<Pid> {
    stage.world.servers().find(|(host, _)| host.0 == node).map(|(_, process)| process.pid)
}

pub(crate) fn signal(stage: &mut Stage, node: usize, signal: Signal) {
    if let Some(pid) = server_pid(stage, node) {
        // A process that has just gone needs no signal.
        let _ = stage.world.kill(HostId(node), pid, signal);
    }
}

fn power_off(stage: &mut Stage, node: usize) {
    if stage.world.hosts()[node].up {
        stage.history.power_cut(stage.world.now(), node);
        stage.world.fault(FaultOp::PowerOff(HostId(node)));
    }
}

fn power_on(stage: &mut Stage, node: usize) {
    stage.world.fault(FaultOp::PowerOn(HostId(node)));
    restart(stage, node);
}

fn conf_path(stage: &Stage, node: usize) -> String {
    format!("/data/{}/nodes.conf", stage.addrs[node].port())
}

fn tear(stage: &mut Stage, node: usize, parts: u64) {
    signal(stage, node, Signal::Kill);
    let path = conf_path(stage, node);
    let len = stage.world.hosts()[node].fs.stat(&path).map_or(0, |stat| stat.len);
    let left = usize::try_from(len * parts / 1000).unwrap_or(0);
    stage.world.fault(FaultOp::Tear(HostId(node), path, left));
    stage.history.torn(stage.world.now(), node);
}

/// Starts a node again where it was, unless it runs. One that refuses its nodes.conf is given up
/// by its operator: the file goes, and a new node starts with the data of the old one set aside.
pub(crate) fn restart(stage: &mut Stage, node: usize) {
    if server_pid(stage, node).is_some() || !stage.world.hosts()[node].up {
        return;
    }
    if stage.start(node) {
        return;
    }
    let path = conf_path(stage, node);
    let torn = stage.history.was_torn(node);
    stage.history.refused += 1;
    if torn {
        let folder = format!("/data/{}/appendonlydir", stage.addrs[node].port());
        let host = HostId(node);
        let _ = stage.world.fs(host, FsOp::RemoveFile(path));
        let _ = stage.world.fs(host, FsOp::RemoveAll(folder));
        stage.history.wiped(stage.world.now(), node);
        stage.start(node);
    }
}

/// Every pair of hosts on different sides.
fn crossings(side: &[usize], hosts: usize) -> Vec<(usize, usize)> {
    let others: Vec<usize> = (0..hosts).filter(|host| !side.contains(host)).collect();
    side.iter().flat_map(|a| others.iter().map(move |b| (*a, *b))).collect()
}

fn cut(stage: &mut Stage, a: usize, b: usize, one_way: bool) {
    stage.world.fault(FaultOp::Cut(HostId(a), HostId(b)));
    if !one_way {
        stage.world.fault(FaultOp::Cut(HostId(b), HostId(a)));
    }
}

fn heal(stage: &mut Stage, a: usize, b: usize, one_way: bool) {
    stage.world.fault(FaultOp::Heal(HostId(a), HostId(b)));
    if !one_way {
        stage.world.fault(FaultOp::Heal(HostId(b), HostId(a)));
    }
}

fn set_quality(stage: &mut Stage, node: usize, quality: Option<Quality>, one_way: bool) {
    let quality = quality.or(stage.usual);
    for other in (0..stage.hosts()).filter(|other| *other != node) {
        stage.world.fault(FaultOp::Quality(HostId(node), HostId(other), quality));
        if !one_way {
            stage.world.fault(FaultOp::Quality(HostId(other), HostId(node), quality));
        }
    }
}
