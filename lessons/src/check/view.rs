//! What is so in a world at one moment, as far as lessons ask.

use std::collections::BTreeMap;

use engine::base::{NodeId, Slot};
use engine::node::view::ClusterView;
use engine::sim::World;

/// A world at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Virtual microseconds since its beginning.
    pub at_us: u64,
    /// Its running cluster nodes by name (`db01:6380`).
    pub nodes: BTreeMap<String, NodeFacts>,
    /// The name of every id that was ever seen.
    pub names: BTreeMap<NodeId, String>,
}

/// One running node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeFacts {
    /// What it believes.
    pub view: ClusterView,
    /// How many keys it holds.
    pub keys: usize,
    /// Which of the keys that the lesson asks about it holds, and their string values.
    pub probes: BTreeMap<String, Option<String>>,
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
}

impl Snapshot {
    /// Looks at a world. `names` are those of an earlier snapshot, `probes` the keys to look for.
    #[must_use]
    pub fn of(world: &World, mut names: BTreeMap<NodeId, String>, probes: &[String]) -> Self {
        let mut nodes = BTreeMap::new();
        for (host, process) in world.servers() {
            let Some(server) = process.server() else { continue };
            let Some(view) = server.node().view_cluster() else { continue };
            let host = world.host(host).map_or("", |h| h.name.as_str());
            let name = format!("{host}:{}", server.addr().port());
            names.insert(view.id, name.clone());
            let probes = probes
                .iter()
                .filter_map(|key| Some((key.clone(), text_of(server.node().peek(key.as_bytes())?))))
                .collect();
            nodes.insert(name, NodeFacts { view, keys: server.node().key_count(), probes });
        }
        Self { at_us: world.now().as_micros(), nodes, names }
    }

    /// The name of the node with this id.
    #[must_use]
    pub fn name_of(&self, id: &NodeId) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| id.to_string())
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
}

fn text_of(value: &engine::store::Value) -> Option<String> {
    match value {
        engine::store::Value::Str(text) => {
            Some(String::from_utf8_lossy(&text.to_cow()).into_owned())
        }
        _ => None,
    }
}
