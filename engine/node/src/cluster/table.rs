//! The table of known nodes: stable places, lookup by id, fair random draws, iteration in the
//! order in which nodes became known.

use core::hash::{BuildHasherDefault, Hasher};
use core::num::NonZeroU16;
use core::ops::{Index, IndexMut};

use engine_base::{NodeId, Rng};
use indexmap::IndexMap;

use super::node::ClusterNode;

/// A node's place in the table: stays the same while the node is known, whatever its id becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeIx(NonZeroU16);

impl NodeIx {
    fn from_place(place: usize) -> Option<Self> {
        NonZeroU16::new(u16::try_from(place + 1).ok()?).map(Self)
    }

    pub(crate) fn place(self) -> usize {
        usize::from(self.0.get()) - 1
    }
}

/// Node ids are random hex digits: eight of them are hash enough, and the same on every platform.
#[derive(Clone, Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.as_chunks::<8>().0 {
            self.0 = self.0.rotate_left(5) ^ u64::from_le_bytes(*chunk);
        }
    }
}

/// All known nodes, this one included.
#[derive(Clone, Default)]
pub(crate) struct NodeTable {
    places: Vec<Option<ClusterNode>>,
    free: Vec<NodeIx>,
    by_id: IndexMap<NodeId, NodeIx, BuildHasherDefault<IdHasher>>,
}

impl NodeTable {
    /// How many nodes are known, strangers in handshake included.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The node of that id.
    pub(crate) fn find(&self, id: &NodeId) -> Option<NodeIx> {
        self.by_id.get(id).copied()
    }

    /// The `i`-th node in the order of coming.
    pub(crate) fn at(&self, i: usize) -> Option<NodeIx> {
        self.by_id.get_index(i).map(|(_, ix)| *ix)
    }

    /// Any node, each as likely as any other.
    pub(crate) fn random(&self, rng: &mut Rng) -> Option<NodeIx> {
        self.at(rng.index(self.len()))
    }

    /// All places, in the order of coming.
    pub(crate) fn indices(&self) -> impl DoubleEndedIterator<Item = NodeIx> + '_ {
        self.by_id.values().copied()
    }

    /// All nodes, in the order of coming.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (NodeIx, &ClusterNode)> + '_ {
        self.by_id.values().map(|ix| (*ix, &self[*ix]))
    }

    /// Takes a node in; `None` when its id is there already or the table is full.
    pub(crate) fn insert(&mut self, node: ClusterNode) -> Option<NodeIx> {
        if self.by_id.contains_key(&node.id) {
            return None;
        }
        let ix = match self.free.pop() {
            Some(ix) => ix,
            None => {
                let ix = NodeIx::from_place(self.places.len())?;
                self.places.push(None);
                ix
            }
        };
        self.by_id.insert(node.id, ix);
        self.places[ix.place()] = Some(node);
        Some(ix)
    }

    /// Lets a node go. Whoever refers to its place must have been told before.
    pub(crate) fn remove(&mut self, ix: NodeIx) -> Option<ClusterNode> {
        let node = self.places.get_mut(ix.place())?.take()?;
        self.by_id.shift_remove(&node.id);
        self.free.push(ix);
        Some(node)
    }

    /// Gives a node its real id; `false` when another node has it.
    pub(crate) fn rename(&mut self, ix: NodeIx, id: NodeId) -> bool {
        if self.by_id.contains_key(&id) {
            return false;
        }
        let old = self[ix].id;
        self.by_id.shift_remove(&old);
        self.by_id.insert(id, ix);
        self[ix].id = id;
        true
    }
}

impl Index<NodeIx> for NodeTable {
    type Output = ClusterNode;
    fn index(&self, ix: NodeIx) -> &ClusterNode {
        self.places[ix.place()].as_ref().expect("a NodeIx goes when its node goes")
    }
}

impl IndexMut<NodeIx> for NodeTable {
    fn index_mut(&mut self, ix: NodeIx) -> &mut ClusterNode {
        self.places[ix.place()].as_mut().expect("a NodeIx goes when its node goes")
    }
}
