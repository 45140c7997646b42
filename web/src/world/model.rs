//! What the page draws: a snapshot of the world in plain values.

use std::rc::Rc;

use super::crowd::Crowd;

/// More nodes than this are a map, and what they believe of one another is counted, not listed.
pub(crate) const MANY: usize = 150;

/// A node's place in [`WorldView::nodes`].
pub(crate) type NodeIx = usize;

/// How many slots there are.
pub(crate) const SLOTS: usize = 16384;

/// Nobody, in [`SlotsView::owner`].
pub(crate) const NOBODY: u16 = u16::MAX;

/// Everything that is drawn, at one virtual instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WorldView {
    /// Virtual microseconds since the world's beginning.
    pub now_us: u64,
    /// The seed that everything followed from.
    pub seed: u64,
    /// The hosts, in the order db01, db02, db03.
    pub hosts: Vec<HostView>,
    /// Every node that runs or has run, by host and port.
    pub nodes: Vec<NodeView>,
    /// Who holds which slot.
    pub slots: Rc<SlotsView>,
    /// `beliefs[a][b]`: what node `a` believes of node `b`; an empty row for one without a process.
    /// None at all in a crowd.
    pub beliefs: Vec<Vec<Belief>>,
    /// What [`MANY`] and more believe of one another.
    pub crowd: Option<Rc<Crowd>>,
}

// A part of a whole is a number always. With this, what is the same in memory is not compared.
impl Eq for WorldView {}
impl Eq for NodeView {}

/// How large nodes are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// A card with lines.
    Card,
    /// A chip with its port.
    Chip,
    /// A square.
    Cell,
    /// A square of a picture of all of them.
    Map,
}

impl Size {
    /// How large they are drawn on the card of their host: the map opens one at a time.
    pub(crate) const fn on_a_card(self) -> Self {
        match self {
            Self::Map => Self::Chip,
            other => other,
        }
    }

    /// The value of the attribute `data-size`.
    pub(crate) const fn attribute(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Chip => "chip",
            Self::Cell => "cell",
            Self::Map => "map",
        }
    }
}

impl WorldView {
    /// How large nodes are drawn, by their number.
    pub(crate) fn size(&self) -> Size {
        match self.nodes.len() {
            0..=12 => Size::Card,
            13..=60 => Size::Chip,
            61..=MANY => Size::Cell,
            _ => Size::Map,
        }
    }

    /// The nodes by host and port, whatever the order in which they came.
    pub(crate) fn order(&self) -> Vec<NodeIx> {
        let mut order: Vec<NodeIx> = (0..self.nodes.len()).collect();
        order.sort_by_key(|&ix| (self.nodes[ix].host, self.nodes[ix].port));
        order
    }
}

/// One host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostView {
    /// `db01`.
    pub name: String,
    /// `192.168.40.5`.
    pub ip: String,
    /// Ways to other hosts that are not as usual.
    pub ways: Vec<Way>,
}

/// A way from one host to another with something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    /// Where it leads: a place in [`WorldView::hosts`].
    pub to: usize,
    /// Nothing gets through.
    pub cut: bool,
    /// So many milliseconds more than usual.
    pub slow_ms: u64,
    /// So many of a hundred are lost.
    pub lost: u64,
}

/// What a node claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It serves slots, or could.
    Master,
    /// It copies a master.
    Replica,
}

/// How a node stands with the others (the hook `data-health`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// It runs and nobody doubts it.
    Ok,
    /// Somebody holds it for PFAIL or FAIL.
    Pfail,
    /// Most running masters hold it for FAIL.
    Fail,
    /// It has no process.
    Down,
}

impl Health {
    /// The value of the attribute `data-health`.
    pub(crate) const fn attribute(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Pfail => "pfail",
            Self::Fail => "fail",
            Self::Down => "down",
        }
    }
}

/// One node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NodeView {
    /// The host it lives on, a place in [`WorldView::hosts`].
    pub host: usize,
    /// `192.168.40.5`.
    pub ip: String,
    /// Client port.
    pub port: u16,
    /// `db01:6380`.
    pub name: String,
    /// Its 40 hex digits, once it has been seen running as a cluster node.
    pub id: Option<String>,
    /// Its process, while there is one.
    pub pid: Option<u32>,
    /// Whether its process is frozen (SIGSTOP).
    pub frozen: bool,
    /// The configuration file it was started with, for starting it again.
    pub config_file: Option<String>,
    /// Its own claim while it runs; what it last claimed when it is down.
    pub role: Option<Role>,
    /// Whom it copies, when it is a replica of somebody on the stage.
    pub master: Option<NodeIx>,
    /// The slots it holds by its own account (the last one, when it is down): both ends included.
    pub ranges: Vec<(u16, u16)>,
    /// Its config epoch.
    pub epoch: u64,
    /// The largest epoch it has heard of.
    pub current_epoch: u64,
    /// Its own `cluster_state`; `None` without a process.
    pub state_ok: Option<bool>,
    /// How many keys it holds.
    pub keys: usize,
    /// What it has of the replication stream, in bytes.
    pub offset: u64,
    /// How it stands with the others.
    pub health: Health,
    /// Running masters that hold it for FAIL or PFAIL.
    pub doubters: usize,
    /// Running masters that hold it for FAIL.
    pub failers: usize,
    /// How many running masters with slots there are to doubt it.
    pub jury: usize,
    /// Its place in the palette: a shard has one colour, whoever leads it.
    pub shard: Option<u8>,
    /// How old the oldest news of it is at any running peer, as a part of the node timeout
    /// (0 to 1).
    pub silence: f32,
    /// Milliseconds of silence after which the others suspect it.
    pub timeout_ms: u64,
    /// An election of its own, while it stands or waits to stand.
    pub election: Option<Election>,
}

impl NodeView {
    /// `192.168.40.5:6380`.
    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.ip, self.port)
    }

    /// How many slots it holds.
    pub(crate) fn slot_count(&self) -> usize {
        self.ranges.iter().map(|&(a, b)| usize::from(b.saturating_sub(a)) + 1).sum()
    }

    /// Whether it has a process.
    pub(crate) const fn runs(&self) -> bool {
        self.pid.is_some()
    }
}

/// A replica's try to become master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Election {
    /// Votes so far.
    pub votes: usize,
    /// Votes needed; zero until it has asked.
    pub needed: usize,
    /// The epoch it asks in; zero until it has asked.
    pub epoch: u64,
}

/// What one node believes of another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Belief {
    /// What it takes it for.
    pub what: Opinion,
    /// Its config epoch, as this node knows it.
    pub epoch: u64,
    /// Whether it stands against what most others believe.
    pub odd: bool,
}

/// What one node takes another for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Opinion {
    /// It has never heard of it.
    #[default]
    Unknown,
    /// It is itself.
    Myself,
    /// A handshake is under way.
    Handshake,
    /// A master.
    Master,
    /// A replica.
    Replica,
    /// Perhaps failing (its own suspicion).
    Pfail,
    /// Failed (the verdict of a majority).
    Fail,
}

/// Who holds which slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlotsView {
    /// For each slot the node that owns it, or [`NOBODY`].
    pub owner: Vec<u16>,
    /// Slots on their way: slot, from, to.
    pub moving: Vec<(u16, Option<NodeIx>, Option<NodeIx>)>,
    /// For each slot whether its owner holds keys in it.
    pub has_keys: Vec<bool>,
    /// The shard colour of each node.
    pub shards: Vec<Option<u8>>,
}

impl Default for SlotsView {
    fn default() -> Self {
        Self {
            owner: vec![NOBODY; SLOTS],
            moving: Vec::new(),
            has_keys: vec![false; SLOTS],
            shards: Vec::new(),
        }
    }
}

impl SlotsView {
    /// Who owns a slot.
    pub(crate) fn owner_of(&self, slot: u16) -> Option<NodeIx> {
        match self.owner.get(usize::from(slot)) {
            Some(&ix) if ix != NOBODY => Some(usize::from(ix)),
            _ => None,
        }
    }

    /// How many slots have an owner.
    pub(crate) fn covered(&self) -> usize {
        self.owner.iter().filter(|&&o| o != NOBODY).count()
    }
}

/// How an event is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Somebody did something.
    Command,
    /// Suspicion.
    Warn,
    /// A failure.
    Bad,
    /// Elections and votes.
    Vote,
    /// Something is well again, or led to a new order.
    Good,
    /// All else.
    Plain,
}

impl Tone {
    /// The value of the attribute `data-tone`.
    pub(crate) const fn attribute(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Vote => "vote",
            Self::Good => "good",
            Self::Plain => "plain",
        }
    }
}

/// Something that happened, said with a message of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventView {
    /// Counts up.
    pub seq: u64,
    /// Virtual microseconds.
    pub at_us: u64,
    /// How it is coloured.
    pub tone: Tone,
    /// At which node.
    pub node: Option<NodeIx>,
    /// Key of the message.
    pub key: &'static str,
    /// Its arguments.
    pub args: Vec<(&'static str, String)>,
    /// Key of the short label on the time line; none for what is only listed.
    pub mark: Option<&'static str>,
}

/// A packet worth seeing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Flight {
    /// Its number in the world.
    pub id: u64,
    /// From which node; `None` for a client.
    pub from: Option<NodeIx>,
    /// To which node; `None` for a client.
    pub to: Option<NodeIx>,
    /// What it says: protocol terms, the same in every language.
    pub label: String,
    /// How it is coloured.
    pub tone: Tone,
    /// How long it travels, in virtual microseconds.
    pub takes_us: u64,
}
