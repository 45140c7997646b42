//! One node looked at closely: its nodes.conf, its offsets, what it waits for.

use engine::node::TimerKind;
use engine::sim::fs::resolve;
use engine::sim::{HostId, Pid, World};

use super::model::NodeView;

/// What only a close look shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CloseUp {
    /// Where its nodes.conf lies.
    pub path: String,
    /// What stands in it.
    pub nodes_conf: String,
    /// The folder of its data.
    pub dir: String,
    /// The name of its RDB file.
    pub rdb: String,
    /// In how many milliseconds it wants to be called next.
    pub next_ms: u64,
    /// What for: a key of the catalogue.
    pub next_why: &'static str,
    /// Whether its link to its master is up; `None` for a master.
    pub master_link: Option<bool>,
}

const fn why(kind: TimerKind) -> &'static str {
    match kind {
        TimerKind::ServerTick => "timer-server",
        TimerKind::ClusterTick => "timer-cluster",
        TimerKind::ReplicationTick => "timer-replication",
        TimerKind::BlockedClient => "timer-blocked",
        TimerKind::Loading => "timer-loading",
        TimerKind::Deferred => "timer-deferred",
    }
}

/// A close look at a running node.
pub(crate) fn look(world: &World, view: &NodeView) -> Option<CloseUp> {
    let host = HostId(view.host);
    let server = world.process(host, Pid(view.pid?))?.server()?;
    let node = server.node();
    let path = resolve(server.dir(), &node.config().cluster_config_file);
    let bytes = world.host(host).and_then(|h| h.fs.read(&path).ok()).unwrap_or_default();
    let next = node.next_deadline();
    Some(CloseUp {
        nodes_conf: String::from_utf8_lossy(bytes).into_owned(),
        path,
        dir: server.dir().to_owned(),
        rdb: node.config().dbfilename.clone(),
        next_ms: next.at.as_millis().saturating_sub(world.now().as_millis()),
        next_why: why(next.reason),
        master_link: node.is_replica().then(|| node.master_link_up()),
    })
}
