//! Predicates over what is so: the words that lesson files use for them.

use serde::Deserialize;

use super::view::Probes;

/// Something that can be so. Nodes are named as `db01:6380`, or `$name` for a bound one. A key
/// stands for its slot.
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
    /// So many running nodes call themselves masters and have slots.
    Masters {
        /// How many.
        count: usize,
    },
    /// So many running replicas follow it.
    Replicas {
        /// Whom.
        of: At,
        /// At least so many.
        at_least: usize,
        /// At most so many.
        at_most: Option<usize>,
    },
    /// No running replica sits on the host of its master.
    Apart,
    /// No host carries two running masters with slots.
    OneMasterAHost,
    /// The replica's link to its master is up and in step.
    LinkUp {
        /// Whose.
        at: At,
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
    /// The node has so many slots.
    Slots {
        /// Which.
        at: At,
        /// At least so many.
        #[serde(default)]
        at_least: usize,
        /// At most so many.
        at_most: Option<usize>,
    },
    /// All 16384 slots have an owner.
    Covered {
        /// In whose table.
        at: At,
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
        #[serde(default)]
        at_least: usize,
        /// At most so many.
        at_most: Option<usize>,
    },
    /// The masters with slots hold so many keys, all together.
    TotalKeys {
        /// At least so many.
        #[serde(default)]
        at_least: usize,
        /// At most so many.
        at_most: Option<usize>,
    },
    /// One slot holds so many keys.
    Together {
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
    /// It knows so many nodes, itself included, handshakes excluded.
    Knows {
        /// Who.
        at: At,
        /// How many.
        count: usize,
    },
    /// The node is in nobody's table but its own.
    Forgotten {
        /// Which.
        node: String,
    },
    /// Every running node knows every running node, and nobody else.
    MembersAgreed,
    /// It suspects the node (`fail?`) or worse.
    Suspects {
        /// Who.
        at: At,
        /// Whom.
        of: String,
    },
    /// It has marked the node as failed (`fail`).
    Failed {
        /// Who.
        at: At,
        /// Whom.
        of: String,
    },
    /// It knows the node under this address.
    Address {
        /// Who.
        at: At,
        /// Whom.
        of: String,
        /// The client address.
        ip: Option<String>,
        /// The client port.
        port: Option<u16>,
        /// The bus port.
        bus_port: Option<u16>,
    },
    /// The node's config epoch is larger than that of another.
    NewerEpoch {
        /// Which.
        node: String,
        /// Than whose.
        than: String,
    },
    /// No two running masters have the same config epoch.
    EpochsDiffer,
    /// The current epoch is so large.
    CurrentEpoch {
        /// Whose.
        at: At,
        /// At least.
        at_least: u64,
    },
    /// A directive has this value.
    Setting {
        /// Where.
        at: At,
        /// The directive.
        name: String,
        /// Its value, as `CONFIG GET` prints it.
        value: String,
    },
    /// A command ran there without an error, since the lesson began.
    Called {
        /// Where.
        at: At,
        /// The command as `INFO commandstats` names it: `get`, `cluster|meet`.
        command: String,
        /// At least so often.
        #[serde(default = "one")]
        at_least: u64,
    },
    /// Nothing gets from one host to another.
    Cut {
        /// The host `db01`.
        from: String,
        /// The other.
        to: String,
    },
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

const fn one() -> u64 {
    1
}

/// At which nodes something must be so.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum At {
    /// `every-node`: at all that run.
    EveryNode,
    /// `every-master`: at all that run, call themselves masters and have slots; three at least.
    EveryMaster,
    /// `every-replica`: at all that run and call themselves replicas; one at least.
    EveryReplica,
    /// `any-node`: at one of those that run.
    AnyNode,
    /// `any-master`: at one of those that run, call themselves masters and have slots.
    AnyMaster,
    /// `any-replica`: at one of those that run and call themselves replicas.
    AnyReplica,
    /// At this node.
    Node(String),
}

impl From<String> for At {
    fn from(text: String) -> Self {
        match text.as_str() {
            "every-node" => Self::EveryNode,
            "every-master" => Self::EveryMaster,
            "every-replica" => Self::EveryReplica,
            "any-node" => Self::AnyNode,
            "any-master" => Self::AnyMaster,
            "any-replica" => Self::AnyReplica,
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

impl Fact {
    /// What must be looked up for it.
    pub(crate) fn probes(&self, out: &mut Probes) {
        match self {
            Self::Stored { key, .. } => {
                out.keys.insert(key.clone());
            }
            Self::Setting { name, .. } => {
                out.settings.insert(name.clone());
            }
            Self::Called { command, .. } => {
                out.commands.insert(command.clone());
            }
            Self::Together { .. } => out.fullest = true,
            Self::All { of } | Self::Any { of } => of.iter().for_each(|f| f.probes(out)),
            Self::Not { of } => of.probes(out),
            _ => {}
        }
    }

    /// The nodes that it names.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Running { node } | Self::Master { node } | Self::Forgotten { node } => {
                vec![node]
            }
            Self::Owns { node, .. } => vec![node],
            Self::Replica { node, of } => {
                let mut names = vec![node.as_str()];
                names.extend(of.as_deref());
                names
            }
            Self::NewerEpoch { node, than } => vec![node, than],
            Self::Suspects { at, of } | Self::Failed { at, of } | Self::Address { at, of, .. } => {
                let mut names = vec![of.as_str()];
                names.extend(node_of(at));
                names
            }
            Self::ClusterOk { at }
            | Self::LinkUp { at }
            | Self::Slots { at, .. }
            | Self::Covered { at }
            | Self::Keys { at, .. }
            | Self::Knows { at, .. }
            | Self::CurrentEpoch { at, .. }
            | Self::Setting { at, .. }
            | Self::Called { at, .. }
            | Self::Replicas { of: at, .. } => node_of(at).into_iter().collect(),
            Self::Stored { at: Holder::Node(node), .. } => vec![node],
            Self::All { of } | Self::Any { of } => of.iter().flat_map(Self::names).collect(),
            Self::Not { of } => of.names(),
            _ => Vec::new(),
        }
    }
}

fn node_of(at: &At) -> Option<&str> {
    match at {
        At::Node(node) => Some(node),
        _ => None,
    }
}
