//! Which link of a node is which end of which link of the world, and the other way round.

use engine_base::LinkId;
use hashbrown::HashTable;

use crate::net::ConnId;

/// One end of a link of the world.
pub(crate) type EndId = (ConnId, usize);

/// The links of one server. A node's name for a link is a place with a generation above it.
#[derive(Clone, Default)]
pub(crate) struct ServerLinks {
    ends: Vec<Option<Tied>>,
    by_end: HashTable<Tied>,
}

/// A node's link and the end that it is.
#[derive(Clone, Copy)]
struct Tied {
    link: LinkId,
    conn: ConnId,
    end: u8,
}

impl Tied {
    fn end(self) -> EndId {
        (self.conn, usize::from(self.end))
    }
}

fn place(link: LinkId) -> usize {
    (link.0 & u64::from(u32::MAX)) as usize
}

fn hash((conn, end): EndId) -> u64 {
    (conn.0 << 1 | end as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl ServerLinks {
    /// A link of the node is that end.
    pub(crate) fn insert(&mut self, link: LinkId, (conn, end): EndId) {
        let tied = Tied { link, conn, end: end as u8 };
        if place(link) >= self.ends.len() {
            self.ends.resize(place(link) + 1, None);
        }
        debug_assert!(
            self.ends[place(link)].is_none(),
            "a node closes a link before it uses its place"
        );
        self.ends[place(link)] = Some(tied);
        self.by_end.insert_unique(hash(tied.end()), tied, |tied| hash(tied.end()));
    }

    /// Which end a link of the node is.
    pub(crate) fn end_of(&self, link: LinkId) -> Option<EndId> {
        let tied = (*self.ends.get(place(link))?)?;
        (tied.link == link).then(|| tied.end())
    }

    /// Which link of the node an end is.
    pub(crate) fn link_at(&self, end: EndId) -> Option<LinkId> {
        self.by_end.find(hash(end), |tied| tied.end() == end).map(|tied| tied.link)
    }

    /// Unties a link of the node.
    pub(crate) fn remove(&mut self, link: LinkId) -> Option<EndId> {
        let end = self.end_of(link)?;
        self.ends[place(link)] = None;
        if let Ok(entry) = self.by_end.find_entry(hash(end), |tied| tied.end() == end) {
            entry.remove();
        }
        Some(end)
    }

    /// All of them, in the order of the node's names.
    pub(crate) fn all(&self) -> Vec<(LinkId, ConnId)> {
        let mut all: Vec<_> = self.ends.iter().flatten().map(|t| (t.link, t.conn)).collect();
        all.sort_unstable();
        all
    }
}
