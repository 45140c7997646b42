//! Members in order of score, then of bytes, with counts so that ranks cost O(log n): what
//! `zskiplist` in t_zset.c is for. A B+ tree: finding a place touches a few cache lines where a
//! skip list touches one for every hop.

use std::cmp::Ordering;

/// How many items a node holds at most.
const MOST: usize = 64;
/// Below this a node looks for a neighbour to join.
const FEW: usize = MOST / 4;

/// A member with its score.
#[derive(Clone, Debug)]
struct Member {
    bytes: Box<[u8]>,
    score: f64,
}

/// What a node holds of a member: its score, and where the rest is.
#[derive(Clone, Copy, Debug)]
struct Item {
    score: f64,
    id: u32,
}

/// A subtree.
#[derive(Clone, Debug)]
struct Branch {
    /// Its first item.
    first: Item,
    /// How many items are below.
    count: usize,
    node: Box<Node>,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf(Vec<Item>),
    Inner(Vec<Branch>),
}

/// Members with scores in order.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    members: Vec<Member>,
    free: Vec<u32>,
    root: Node,
    len: usize,
}

impl Default for Tree {
    fn default() -> Self {
        Self { members: Vec::new(), free: Vec::new(), root: Node::Leaf(Vec::new()), len: 0 }
    }
}

/// The order: by score, then by bytes.
pub(super) fn order(a: (f64, &[u8]), b: (f64, &[u8])) -> Ordering {
    a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal).then_with(|| a.1.cmp(b.1))
}

/// Whether an item lies before a place.
fn is_before(members: &[Member], item: Item, score: f64, bytes: &[u8]) -> bool {
    // Most are told apart by their scores, without a look at the member.
    item.score < score || item.score == score && *members[item.id as usize].bytes < *bytes
}

/// Where a full node is divided when its last newcomer came to `at`: one that grows at an end
/// leaves full nodes behind.
fn middle(at: usize, len: usize) -> usize {
    if at == 0 {
        1
    } else if at + 1 == len {
        len - 1
    } else {
        len / 2
    }
}

impl Node {
    fn len(&self) -> usize {
        match self {
            Self::Leaf(items) => items.len(),
            Self::Inner(branches) => branches.len(),
        }
    }

    /// A non-empty node as a branch.
    fn branch(self) -> Branch {
        let (first, count) = match &self {
            Self::Leaf(items) => (items[0], items.len()),
            Self::Inner(branches) => (branches[0].first, branches.iter().map(|b| b.count).sum()),
        };
        Branch { first, count, node: Box::new(self) }
    }

    /// Takes an item in; the right half when the node had to be divided.
    fn insert(&mut self, members: &[Member], new: Item) -> Option<Branch> {
        let bytes = &*members[new.id as usize].bytes;
        match self {
            Self::Leaf(items) => {
                let at = items.partition_point(|i| is_before(members, *i, new.score, bytes));
                if items.len() == items.capacity() {
                    items.reserve_exact((items.len() / 2).max(4).min(MOST + 1 - items.len()));
                }
                items.insert(at, new);
                let len = items.len();
                (len > MOST).then(|| Self::Leaf(items.split_off(middle(at, len))).branch())
            }
            Self::Inner(branches) => {
                let at = branches
                    .partition_point(|b| is_before(members, b.first, new.score, bytes))
                    .saturating_sub(1);
                let branch = &mut branches[at];
                if at == 0 && !is_before(members, branch.first, new.score, bytes) {
                    branch.first = new;
                }
                branch.count += 1;
                let right = branch.node.insert(members, new)?;
                branch.count -= right.count;
                branches.insert(at + 1, right);
                let len = branches.len();
                (len > MOST).then(|| Self::Inner(branches.split_off(middle(at + 1, len))).branch())
            }
        }
    }

    /// Takes the item at that place out.
    fn remove(&mut self, members: &[Member], score: f64, bytes: &[u8]) -> Option<Item> {
        match self {
            Self::Leaf(items) => {
                let at = items.partition_point(|i| is_before(members, *i, score, bytes));
                let found = items.get(at)?;
                let same = found.score == score && *members[found.id as usize].bytes == *bytes;
                same.then(|| items.remove(at))
            }
            Self::Inner(branches) => {
                let is_behind = |b: &Branch| {
                    let member = &members[b.first.id as usize].bytes;
                    order((b.first.score, member), (score, bytes)) == Ordering::Greater
                };
                let at = branches.partition_point(|b| !is_behind(b)).checked_sub(1)?;
                let branch = &mut branches[at];
                let gone = branch.node.remove(members, score, bytes)?;
                branch.count -= 1;
                match &*branch.node {
                    Self::Leaf(items) if !items.is_empty() => branch.first = items[0],
                    Self::Inner(below) if !below.is_empty() => branch.first = below[0].first,
                    _ => {
                        branches.remove(at);
                        return Some(gone);
                    }
                }
                if branch.node.len() < FEW {
                    join(branches, at);
                }
                Some(gone)
            }
        }
    }
}

/// Joins the branch at `at` with a neighbour when both fit well into one node.
fn join(branches: &mut Vec<Branch>, at: usize) {
    for left in [at, at.wrapping_sub(1)] {
        let Some([a, b]) = branches.get_mut(left..left.saturating_add(2)) else { continue };
        if a.node.len() + b.node.len() > MOST / 2 {
            continue;
        }
        match (&mut *a.node, &mut *b.node) {
            (Node::Leaf(to), Node::Leaf(from)) => to.append(from),
            (Node::Inner(to), Node::Inner(from)) => to.append(from),
            // All leaves are equally deep.
            _ => return,
        }
        a.count += b.count;
        branches.remove(left + 1);
        return;
    }
}

impl Tree {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Member and score with that number.
    pub(super) fn entry(&self, id: u32) -> (&[u8], f64) {
        let member = &self.members[id as usize];
        (&member.bytes, member.score)
    }

    /// Adds a member that is not there; gives its number.
    pub(super) fn insert(&mut self, score: f64, bytes: Box<[u8]>) -> u32 {
        let member = Member { bytes, score };
        let id = match self.free.pop() {
            Some(id) => {
                self.members[id as usize] = member;
                id
            }
            None => {
                self.members.push(member);
                (self.members.len() - 1) as u32
            }
        };
        if let Some(right) = self.root.insert(&self.members, Item { score, id }) {
            let left = std::mem::replace(&mut self.root, Node::Leaf(Vec::new())).branch();
            self.root = Node::Inner(vec![left, right]);
        }
        self.len += 1;
        id
    }

    /// Takes a member out; gives its bytes back.
    pub(super) fn remove(&mut self, score: f64, bytes: &[u8]) -> Option<Box<[u8]>> {
        let gone = self.root.remove(&self.members, score, bytes)?;
        while let Node::Inner(branches) = &mut self.root
            && branches.len() < 2
        {
            self.root = branches.pop().map_or(Node::Leaf(Vec::new()), |only| *only.node);
        }
        self.len -= 1;
        self.free.push(gone.id);
        Some(std::mem::take(&mut self.members[gone.id as usize].bytes))
    }

    /// How many members at the beginning satisfy `before`, which must not hold again after it has
    /// failed.
    pub(super) fn prefix(&self, mut before: impl FnMut(f64, &[u8]) -> bool) -> usize {
        let mut holds = |item: Item| before(item.score, &self.members[item.id as usize].bytes);
        let (mut node, mut rank) = (&self.root, 0);
        loop {
            match node {
                Node::Leaf(items) => return rank + items.partition_point(|i| holds(*i)),
                Node::Inner(branches) => {
                    let Some(at) = branches.partition_point(|b| holds(b.first)).checked_sub(1)
                    else {
                        return rank;
                    };
                    rank += branches[..at].iter().map(|b| b.count).sum::<usize>();
                    node = &branches[at].node;
                }
            }
        }
    }

    /// The leaf with the member of that rank, and its place there.
    fn leaf(&self, mut rank: usize) -> Option<(&[Item], usize)> {
        if rank >= self.len {
            return None;
        }
        let mut node = &self.root;
        loop {
            match node {
                Node::Leaf(items) => return Some((items, rank)),
                Node::Inner(branches) => {
                    let below = branches.iter().find(|branch| {
                        let here = rank < branch.count;
                        rank -= if here { 0 } else { branch.count };
                        here
                    })?;
                    node = &below.node;
                }
            }
        }
    }

    /// The numbers of the members from a rank on.
    pub(super) fn forward(&self, mut rank: usize) -> impl Iterator<Item = u32> + '_ {
        let mut left: &[Item] = &[];
        std::iter::from_fn(move || {
            if left.is_empty() {
                let (items, at) = self.leaf(rank)?;
                left = items.get(at..)?;
            }
            let (item, rest) = left.split_first()?;
            left = rest;
            rank += 1;
            Some(item.id)
        })
    }

    /// The numbers of the members from a rank back to the first.
    pub(super) fn backward(&self, rank: usize) -> impl Iterator<Item = u32> + '_ {
        let mut left: &[Item] = &[];
        let mut rank = Some(rank);
        std::iter::from_fn(move || {
            if left.is_empty() {
                let (items, at) = self.leaf(rank?)?;
                left = items.get(..=at)?;
            }
            let (item, rest) = left.split_last()?;
            left = rest;
            rank = rank?.checked_sub(1);
            Some(item.id)
        })
    }

    /// Bytes allocated, roughly.
    pub(super) fn heap(&self) -> usize {
        fn below(node: &Node) -> usize {
            match node {
                Node::Leaf(items) => items.capacity() * size_of::<Item>(),
                Node::Inner(branches) => {
                    let own = branches.capacity() * size_of::<Branch>();
                    own + branches.iter().map(|b| size_of::<Node>() + below(&b.node)).sum::<usize>()
                }
            }
        }
        let bytes: usize = self.members.iter().map(|member| member.bytes.len()).sum();
        self.members.capacity() * size_of::<Member>() + bytes + below(&self.root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_base::{Rng, Seed};

    #[test]
    fn ranks_and_walks_agree_with_a_sorted_vector() {
        let mut rng = Rng::new(Seed::from_number(51));
        let mut tree = Tree::default();
        let mut model: Vec<(i64, Vec<u8>)> = Vec::new();
        for round in 0..20_000 {
            // It grows to thousands, then shrinks to nothing.
            let grows = if round < 12_000 { 0.7 } else { 0.1 };
            if rng.chance(grows) || model.is_empty() {
                let entry = (rng.below(40) as i64, format!("m{round}").into_bytes());
                tree.insert(entry.0 as f64, entry.1.clone().into());
                let at = model.binary_search(&entry).unwrap_err();
                model.insert(at, entry);
            } else {
                let (score, member) = model.remove(rng.index(model.len()));
                assert!(tree.remove(score as f64, &member).is_some());
                assert!(tree.remove(score as f64, &member).is_none());
            }
            if round % 1997 == 0 {
                check(&tree, &model);
            }
        }
        check(&tree, &model);
    }

    #[test]
    fn one_that_grows_at_an_end_has_full_leaves() {
        for sign in [1.0, -1.0] {
            let mut tree = Tree::default();
            for n in 0..10_000 {
                tree.insert(f64::from(n) * sign, vec![b'x'].into());
            }
            let leaves = tree.heap() - tree.members.capacity() * size_of::<Member>() - 10_000;
            assert!(leaves < 10_000 * 20, "{leaves} bytes");
        }
    }

    fn check(tree: &Tree, model: &[(i64, Vec<u8>)]) {
        assert_eq!(tree.len(), model.len());
        let walk = tree.forward(0).map(|id| tree.entry(id).0.to_vec());
        assert!(walk.eq(model.iter().map(|m| m.1.clone())));
        let back = tree.backward(model.len().saturating_sub(1)).map(|id| tree.entry(id).0.to_vec());
        assert!(back.eq(model.iter().rev().map(|m| m.1.clone())));
        for (rank, (score, member)) in model.iter().enumerate() {
            let id = tree.forward(rank).next().expect("within");
            assert_eq!(tree.entry(id), (&member[..], *score as f64));
            let before =
                tree.prefix(|s, m| order((s, m), (*score as f64, &member[..])) == Ordering::Less);
            assert_eq!(before, rank);
        }
        assert_eq!(tree.forward(model.len()).next(), None);
    }
}
