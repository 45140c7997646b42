//! The table of known nodes: stable places, lookup by id, fair random draws, iteration in the
//! order in which nodes became known.

use core::num::NonZeroU16;
use core::ops::{Index, IndexMut};

use engine_base::{NodeId, Rng};
use hashbrown::HashTable;

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

/// Node ids are random hex digits: a short mix is hash enough, and the same on every platform.
fn hash(id: &NodeId) -> u64 {
    let mix = |hash: u64, chunk: &[u8; 8]| hash.rotate_left(5) ^ u64::from_le_bytes(*chunk);
    let hash = id.as_bytes().as_chunks::<8>().0.iter().fold(0, mix);
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// All known nodes, this one included.
#[derive(Clone, Default)]
pub(crate) struct NodeTable {
    places: Vec<Option<ClusterNode>>,
    free: Vec<NodeIx>,
    /// In the order of coming.
    order: Vec<NodeIx>,
    /// By id, which stands in the node itself.
    by_id: HashTable<NodeIx>,
}

impl NodeTable {
    /// How many nodes are known, strangers in handshake included.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// How many places there are, free ones included.
    pub(crate) fn places(&self) -> usize {
        self.places.len()
    }

    /// The node of that id.
    pub(crate) fn find(&self, id: &NodeId) -> Option<NodeIx> {
        self.by_id.find(hash(id), |ix| self[*ix].id == *id).copied()
    }

    /// The `i`-th node in the order of coming.
    pub(crate) fn at(&self, i: usize) -> Option<NodeIx> {
        self.order.get(i).copied()
    }

    /// Any node, each as likely as any other.
    pub(crate) fn random(&self, rng: &mut Rng) -> Option<NodeIx> {
        self.at(rng.index(self.len()))
    }

    /// All places, in the order of coming.
    pub(crate) fn indices(&self) -> impl DoubleEndedIterator<Item = NodeIx> + '_ {
        self.order.iter().copied()
    }

    /// All nodes, in the order of coming.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (NodeIx, &ClusterNode)> + '_ {
        self.order.iter().map(|ix| (*ix, &self[*ix]))
    }

    /// Takes a node in; `None` when its id is there already or the table is full.
    pub(crate) fn insert(&mut self, node: ClusterNode) -> Option<NodeIx> {
        if self.find(&node.id).is_some() {
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
        self.places[ix.place()] = Some(node);
        self.list(ix);
        Some(ix)
    }

    /// Lets a node go. Whoever refers to its place must have been told before.
    pub(crate) fn remove(&mut self, ix: NodeIx) -> Option<ClusterNode> {
        self.places.get(ix.place())?.as_ref()?;
        self.unlist(ix);
        self.free.push(ix);
        self.places[ix.place()].take()
    }

    /// Gives a node its real id; `false` when another node has it.
    pub(crate) fn rename(&mut self, ix: NodeIx, id: NodeId) -> bool {
        if self.find(&id).is_some() {
            return false;
        }
        self.unlist(ix);
        self[ix].id = id;
        self.list(ix);
        true
    }

    /// A node is the last that came, under the id that it has.
    fn list(&mut self, ix: NodeIx) {
        let Self { places, by_id, order, .. } = self;
        let hash_of = |ix: &NodeIx| places[ix.place()].as_ref().map_or(0, |node| hash(&node.id));
        by_id.insert_unique(hash_of(&ix), ix, hash_of);
        order.push(ix);
    }

    fn unlist(&mut self, ix: NodeIx) {
        let id = self[ix].id;
        if let Ok(entry) = self.by_id.find_entry(hash(&id), |other| *other == ix) {
            entry.remove();
        }
        self.order.retain(|other| *other != ix);
    }
}

impl Index<NodeIx> for NodeTable {
    type Output = ClusterNode;
    #[inline]
    fn index(&self, ix: NodeIx) -> &ClusterNode {
        self.places[ix.place()].as_ref().expect("a NodeIx goes when its node goes")
    }
}

impl IndexMut<NodeIx> for NodeTable {
    #[inline]
    fn index_mut(&mut self, ix: NodeIx) -> &mut ClusterNode {
        self.places[ix.place()].as_mut().expect("a NodeIx goes when its node goes")
    }
}
