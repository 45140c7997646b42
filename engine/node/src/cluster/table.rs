//! The table of known nodes: stable places, lookup by id, fair random draws, iteration in the
//! order in which nodes became known.

use core::num::NonZeroU16;
use core::ops::{Index, IndexMut};

use engine_base::{NodeId, Rng};
use hashbrown::HashTable;
use smallvec::SmallVec;

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

/// The tick looks at the node.
const AWAKE: i64 = i64::MIN;

/// Node ids are random hex digits: a short mix is hash enough, and the same on every platform.
#[inline]
fn hash(id: &[u8; 40]) -> u64 {
    let mix = |hash: u64, chunk: &[u8; 8]| hash.rotate_left(5) ^ u64::from_le_bytes(*chunk);
    let hash = id.as_chunks::<8>().0.iter().fold(0, mix);
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Whether two ids are the same, without a call.
#[inline]
fn is_same(a: &[u8; 40], b: &[u8; 40]) -> bool {
    let words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
    words.fold(0, |other, (a, b)| other | (u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b))) == 0
}

/// All known nodes, this one included.
#[derive(Clone, Default)]
pub(crate) struct NodeTable {
    places: Vec<Option<ClusterNode>>,
    /// By place: until when, in Unix milliseconds, the tick need not look at the node if nobody changes
    /// it. A tick of a large cluster looks at few.
    rests: Vec<i64>,
    /// Whether roles, flags or slots may have changed.
    reshaped: bool,
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
        self.find_bytes(id.as_bytes())
    }

    fn find_bytes(&self, id: &[u8; 40]) -> Option<NodeIx> {
        self.by_id.find(hash(id), |ix| is_same(self[*ix].id.as_bytes(), id)).copied()
    }

    /// A node, for a change that gives the tick no new reason to look at it, and leaves its flags, role
    /// and slots as they are.
    #[inline]
    pub(super) fn quietly(&mut self, ix: NodeIx) -> &mut ClusterNode {
        self.places[ix.place()].as_mut().expect("a NodeIx goes when its node goes")
    }

    /// A node, for a change of when it was pinged or answered.
    #[inline]
    pub(super) fn timed(&mut self, ix: NodeIx) -> &mut ClusterNode {
        self.rests[ix.place()] = AWAKE;
        self.quietly(ix)
    }

    /// The first node from the `from`-th on, in the order of coming, that the tick must look at: which
    /// one it is in that order.
    pub(super) fn awake_from(&self, from: usize, now: i64) -> usize {
        let rests = self.rests.as_slice();
        let left = self.order.get(from..).unwrap_or_default();
        let awake = |ix: &NodeIx| rests.get(ix.place()).is_none_or(|until| now > *until);
        from + left.iter().position(awake).unwrap_or(left.len())
    }

    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, more: usize) {
        self.places.reserve(more);
        self.rests.reserve(more);
        self.order.reserve(more);
        let Self { places, by_id, .. } = self;
        by_id.reserve(more, |ix| {
            places[ix.place()].as_ref().map_or(0, |node| hash(node.id.as_bytes()))
        });
    }

    /// The tick need not look at a node before `until` is past.
    pub(super) fn rest(&mut self, ix: NodeIx, until: i64) {
        self.rests[ix.place()] = until;
    }

    /// The tick looks at all.
    pub(super) fn wake_all(&mut self) {
        self.rests.fill(AWAKE);
    }

    /// Whether roles, flags or slots may have changed since the last call.
    pub(super) fn take_reshaped(&mut self) -> bool {
        core::mem::take(&mut self.reshaped)
    }

    /// The nodes of those ids, at each id's place. First all are looked up by a part of their hash, then
    /// all those nodes are touched: so the processor fetches many places of a large table at once, where
    /// one after the other it would wait for each.
    pub(crate) fn find_all<'i>(
        &self,
        ids: impl Iterator<Item = &'i [u8; 40]> + Clone,
    ) -> SmallVec<[Option<NodeIx>; 128]> {
        let likely = |id| self.by_id.iter_hash(hash(id)).next().copied();
        let mut found: SmallVec<[Option<NodeIx>; 128]> = ids.clone().map(likely).collect();
        let touch = |seen, ix: &NodeIx| seen ^ self[*ix].ping_sent;
        core::hint::black_box(found.iter().flatten().fold(0, touch));
        for (id, found) in ids.zip(&mut found) {
            if found.is_some_and(|ix| !is_same(self[ix].id.as_bytes(), id)) {
                *found = self.find_bytes(id);
            }
        }
        found
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
                self.rests.push(AWAKE);
                ix
            }
        };
        self.places[ix.place()] = Some(node);
        self.rests[ix.place()] = AWAKE;
        self.reshaped = true;
        self.list(ix);
        Some(ix)
    }

    /// Lets a node go. Whoever refers to its place must have been told before.
    pub(crate) fn remove(&mut self, ix: NodeIx) -> Option<ClusterNode> {
        self.places.get(ix.place())?.as_ref()?;
        self.unlist(ix);
        self.reshaped = true;
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
        let hash_of =
            |ix: &NodeIx| places[ix.place()].as_ref().map_or(0, |node| hash(node.id.as_bytes()));
        by_id.insert_unique(hash_of(&ix), ix, hash_of);
        order.push(ix);
    }

    fn unlist(&mut self, ix: NodeIx) {
        let id = self[ix].id;
        if let Ok(entry) = self.by_id.find_entry(hash(id.as_bytes()), |other| *other == ix) {
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
        self.reshaped = true;
        self.timed(ix)
    }
}
