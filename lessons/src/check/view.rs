//! What is so in a world at one moment, as far as lessons ask.

use std::collections::{BTreeMap, BTreeSet};

use engine::base::{NodeId, Slot};
use engine::node::view::ClusterView;
use engine::sim::{HostId, World};

/// A world at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Virtual microseconds since its beginning.
    pub at_us: u64,
    /// Its running cluster nodes by name (`db01:6380`).
    pub nodes: BTreeMap<String, NodeFacts>,
    /// The name of every id that was ever seen.
    pub names: BTreeMap<NodeId, String>,
    /// From which host to which nothing gets through.
    pub cuts: BTreeSet<(String, String)>,
}

/// What a lesson wants to know beyond what nodes believe: only what is asked for is looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probes {
    /// Keys, for their values.
    pub keys: BTreeSet<String>,
    /// Directives of the configuration.
    pub settings: BTreeSet<String>,
    /// Commands, as `INFO commandstats` names them.
    pub commands: BTreeSet<String>,
    /// How many keys the fullest slot holds.
    pub fullest: bool,
}

/// One running node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeFacts {
    /// What it believes.
    pub view: ClusterView,
    /// How many keys it holds.
    pub keys: usize,
    /// Whether, as a replica, its link to its master is up.
    pub link_up: bool,
    /// Which of the keys that the lesson asks about it holds, and their string values.
    pub probes: BTreeMap<String, Option<String>>,
    /// The directives that the lesson asks about.
    pub settings: BTreeMap<String, String>,
    /// How often the commands that the lesson asks about ran without an error.
    pub calls: BTreeMap<String, u64>,
    /// How many keys its fullest slot holds, if that is asked for.
    pub fullest: usize,
}

impl NodeFacts {
    /// Whether it calls itself a master.
    #[must_use]
    pub fn is_master(&self) -> bool {
        self.view.myself().is_some_and(|me| !me.is_replica)
    }

    /// Whether it calls itself a master and has slots.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.view.myself().is_some_and(|me| !me.is_replica && !me.slots.is_empty())
    }

    /// Whether it says that it has this slot.
    #[must_use]
    pub fn claims(&self, slot: Slot) -> bool {
        self.view.myself().is_some_and(|me| me.slots.contains(slot))
    }

    /// The id of the master that it follows.
    #[must_use]
    pub fn follows(&self) -> Option<NodeId> {
        self.view.myself().filter(|me| me.is_replica)?.master
    }

    /// How many slots have an owner in its table.
    #[must_use]
    pub fn assigned(&self) -> usize {
        self.view.peers.iter().map(|p| p.slots.len()).sum()
    }

    fn of(server: &engine::sim::Server, view: ClusterView, probes: &Probes) -> Self {
        let node = server.node();
        let value = |key: &String| Some((key.clone(), text_of(node.peek(key.as_bytes())?)));
        let setting = |name: &String| Some((name.clone(), node.setting(name)?));
        let calls = |name: &String| (name.clone(), node.successful_calls(name));
        Self {
            view,
            keys: node.key_count(),
            link_up: node.master_link_up(),
            probes: probes.keys.iter().filter_map(value).collect(),
            settings: probes.settings.iter().filter_map(setting).collect(),
            calls: probes.commands.iter().map(calls).collect(),
            fullest: if probes.fullest && node.key_count() > 0 { node.fullest_slot() } else { 0 },
        }
    }
}

impl Snapshot {
    /// Looks at a world. `names` are those of an earlier snapshot.
    #[must_use]
    pub fn of(world: &World, mut names: BTreeMap<NodeId, String>, probes: &Probes) -> Self {
        let mut nodes = BTreeMap::new();
        for (host, process) in world.servers() {
            let Some(server) = process.server() else { continue };
            let Some(view) = server.node().view_cluster() else { continue };
            let host = world.host(host).map_or("", |h| h.name.as_str());
            let name = format!("{host}:{}", server.addr().port());
            names.insert(view.id, name.clone());
            nodes.insert(name, NodeFacts::of(server, view, probes));
        }
        Self { at_us: world.now().as_micros(), nodes, names, cuts: cuts(world) }
    }

    /// The name of the node with this id.
    #[must_use]
    pub fn name_of(&self, id: &NodeId) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// The id that the node of this name has, or had last.
    #[must_use]
    pub fn id_of(&self, name: &str) -> Option<NodeId> {
        match self.nodes.get(name) {
            Some(node) => Some(node.view.id),
            None => self.names.iter().find(|(_, n)| *n == name).map(|(id, _)| *id),
        }
    }

    /// The running node that says it has this slot: of several, the one with the largest epoch.
    #[must_use]
    pub fn owner(&self, slot: Slot) -> Option<(&str, &NodeFacts)> {
        self.nodes
            .iter()
            .filter(|(_, node)| node.is_master() && node.claims(slot))
            .max_by_key(|(_, node)| node.view.myself().map(|me| me.config_epoch))
            .map(|(name, node)| (name.as_str(), node))
    }

    /// The running replicas of a node, by name.
    pub fn replicas_of(&self, id: NodeId) -> impl Iterator<Item = &str> {
        self.nodes
            .iter()
            .filter(move |(_, n)| n.follows() == Some(id))
            .map(|(name, _)| name.as_str())
    }
}

fn cuts(world: &World) -> BTreeSet<(String, String)> {
    let hosts: Vec<_> = (0..world.hosts().len()).map(HostId).zip(world.hosts()).collect();
    let mut cuts = BTreeSet::new();
    for (from, a) in &hosts {
        for (to, b) in &hosts {
            if from != to && world.is_cut(*from, *to) {
                cuts.insert((a.name.clone(), b.name.clone()));
            }
        }
    }
    cuts
}

/// The host of `db01:6380`.
#[must_use]
pub(crate) fn host_of(name: &str) -> &str {
    name.split_once(':').map_or(name, |(host, _)| host)
}

fn text_of(value: &engine::store::Value) -> Option<String> {
    match value {
        engine::store::Value::Str(text) => {
            Some(String::from_utf8_lossy(&text.to_cow()).into_owned())
        }
        _ => None,
    }
}
