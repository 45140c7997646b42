//! Predicates over what is so.

use std::collections::BTreeSet;

use engine::base::Slot;
use serde::Deserialize;

use super::view::{NodeFacts, Snapshot};

/// Something that can be so. Nodes are named as `db01:6380`, or `$name` for a bound one. A key
/// may stand for its slot.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    tag = "fact",
    deny_unknown_fields,
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Fact {
    /// The node has a process.
    Running {
        /// Which.
        node: String,
    },
    /// So many of the nodes that ran at the beginning have no process.
    Down {
        /// How many.
        count: usize,
    },
    /// `cluster_state:ok`.
    ClusterOk {
        /// In whose view.
        at: At,
    },
    /// The node calls itself a master.
    Master {
        /// Which.
        node: String,
    },
    /// The node calls itself a replica, of `of` if that is given.
    Replica {
        /// Which.
        node: String,
        /// Of whom.
        of: Option<String>,
    },
    /// The node has the slot of this key.
    Owns {
        /// Which.
        node: String,
        /// The key.
        key: String,
    },
    /// The slot of this key has another owner than at the beginning.
    OwnerChanged {
        /// The key.
        key: String,
    },
    /// The key is there.
    Stored {
        /// The key.
        key: String,
        /// Where; by default at the owner of its slot.
        #[serde(default)]
        at: Holder,
        /// With this text.
        value: Option<String>,
    },
    /// So many keys are there.
    Keys {
        /// Where.
        at: At,
        /// At least so many.
        at_least: usize,
    },
    /// The slot of this key is on its way: its owner gives it away, the other takes it over.
    SlotOpen {
        /// The key.
        key: String,
    },
    /// No slot is on its way.
    NoOpenSlot,
    /// All running nodes name the same owner for every slot.
    Agreed,
    /// No running node suspects another running node.
    NoSuspicion,
    /// All of these.
    All {
        /// Which.
        of: Vec<Self>,
    },
    /// One of these.
    Any {
        /// Which.
        of: Vec<Self>,
    },
    /// Not this.
    Not {
        /// What.
        of: Box<Self>,
    },
}

/// At which nodes something must be so.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum At {
    /// `every-node`: at all that run.
    EveryNode,
    /// `every-master`: at all that run, call themselves masters and have slots; three at least.
    EveryMaster,
    /// `any-node`: at one of those that run.
    AnyNode,
    /// At this node.
    Node(String),
}

impl From<String> for At {
    fn from(text: String) -> Self {
        match text.as_str() {
            "every-node" => Self::EveryNode,
            "every-master" => Self::EveryMaster,
            "any-node" => Self::AnyNode,
            _ => Self::Node(text),
        }
    }
}

/// Where a key is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Holder {
    /// `owner`: at the node that has its slot.
    #[default]
    Owner,
    /// `importer`: at the node that is taking its slot over.
    Importer,
    /// At this node.
    Node(String),
}

impl From<String> for Holder {
    fn from(text: String) -> Self {
        match text.as_str() {
            "owner" => Self::Owner,
            "importer" => Self::Importer,
            _ => Self::Node(text),
        }
    }
}

/// Where facts are looked up.
pub(crate) struct Scene<'a> {
    pub(crate) now: &'a Snapshot,
    pub(crate) start: &'a Snapshot,
    pub(crate) bound: &'a dyn Fn(&str) -> Option<String>,
}

impl Scene<'_> {
    fn name(&self, node: &str) -> Option<String> {
        match node.strip_prefix('$') {
            Some(name) => (self.bound)(name),
            None => Some(node.to_owned()),
        }
    }

    fn node(&self, node: &str) -> Option<&NodeFacts> {
        self.now.nodes.get(&self.name(node)?)
    }

    fn at(&self, at: &At, holds: impl Fn(&NodeFacts) -> bool) -> bool {
        let mut running = self.now.nodes.values();
        match at {
            At::EveryNode => !self.now.nodes.is_empty() && running.all(holds),
            At::AnyNode => running.any(holds),
            At::EveryMaster => {
                let masters: Vec<_> = running.filter(|n| n.serves()).collect();
                masters.len() >= 3 && masters.into_iter().all(holds)
            }
            At::Node(node) => self.node(node).is_some_and(holds),
        }
    }
}

impl Fact {
    /// Whether it is so.
    pub(crate) fn holds(&self, scene: &Scene<'_>) -> bool {
        let now = scene.now;
        match self {
            Self::Running { node } => scene.node(node).is_some(),
            Self::Down { count } => {
                let gone = |name: &&String| !now.nodes.contains_key(*name);
                scene.start.nodes.keys().filter(gone).count() == *count
            }
            Self::ClusterOk { at } => scene.at(at, |n| n.view.ok),
            Self::Master { node } => scene.node(node).is_some_and(NodeFacts::is_master),
            Self::Replica { node, of } => scene.node(node).is_some_and(|n| {
                let master = n.view.myself().filter(|me| me.is_replica).map(|me| me.master);
                match (master, of) {
                    (None, _) => false,
                    (Some(_), None) => true,
                    (Some(id), Some(of)) => id.map(|id| now.name_of(&id)) == scene.name(of),
                }
            }),
            Self::Owns { node, key } => {
                let owner = now.owner(slot_of(key)).map(|(name, _)| name.to_owned());
                owner.is_some() && owner == scene.name(node)
            }
            Self::OwnerChanged { key } => {
                let of = |snapshot: &Snapshot| {
                    snapshot.owner(slot_of(key)).map(|(name, _)| name.to_owned())
                };
                of(now).is_some() && of(now) != of(scene.start)
            }
            Self::Stored { key, at, value } => stored(scene, key, at, value.as_deref()),
            Self::Keys { at, at_least } => scene.at(at, |n| n.keys >= *at_least),
            Self::SlotOpen { key } => importer(now, slot_of(key)).is_some(),
            Self::NoOpenSlot => now
                .nodes
                .values()
                .all(|n| n.view.migrating.is_empty() && n.view.importing.is_empty()),
            Self::Agreed => agreed(now),
            Self::NoSuspicion => now.nodes.values().all(|n| {
                n.view
                    .peers
                    .iter()
                    .filter(|p| now.nodes.values().any(|other| other.view.id == p.id))
                    .all(|p| !p.pfail && !p.fail)
            }),
            Self::All { of } => of.iter().all(|f| f.holds(scene)),
            Self::Any { of } => of.iter().any(|f| f.holds(scene)),
            Self::Not { of } => !of.holds(scene),
        }
    }

    /// The keys that it asks for.
    pub(crate) fn probes(&self, out: &mut BTreeSet<String>) {
        match self {
            Self::Stored { key, .. } => {
                out.insert(key.clone());
            }
            Self::All { of } | Self::Any { of } => of.iter().for_each(|f| f.probes(out)),
            Self::Not { of } => of.probes(out),
            _ => {}
        }
    }
}

fn slot_of(key: &str) -> Slot {
    Slot::of_key(key.as_bytes())
}

/// The node that takes a slot over from its owner, when both say so.
fn importer(now: &Snapshot, slot: Slot) -> Option<&NodeFacts> {
    let (_, owner) = now.owner(slot)?;
    let (_, to) = owner.view.migrating.iter().find(|(s, _)| *s == slot)?;
    now.nodes.values().find(|n| {
        n.view.id == *to
            && n.view.importing.iter().any(|(s, from)| *s == slot && *from == owner.view.id)
    })
}

fn stored(scene: &Scene<'_>, key: &str, at: &Holder, value: Option<&str>) -> bool {
    let slot = slot_of(key);
    let node = match at {
        Holder::Owner => scene.now.owner(slot).map(|(_, node)| node),
        Holder::Importer => importer(scene.now, slot),
        Holder::Node(node) => scene.node(node),
    };
    node.and_then(|n| n.probes.get(key))
        .is_some_and(|text| value.is_none_or(|wanted| text.as_deref() == Some(wanted)))
}

fn agreed(now: &Snapshot) -> bool {
    let mut tables = now.nodes.values().map(|n| {
        let mut owners: Vec<_> = n
            .view
            .peers
            .iter()
            .filter(|p| !p.slots.is_empty())
            .map(|p| (p.id, p.slots.clone()))
            .collect();
        owners.sort_by_key(|(id, _)| *id);
        owners
    });
    let Some(first) = tables.next() else { return false };
    tables.all(|table| table == first)
}
