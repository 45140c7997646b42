//! Which link of a node is which end of which link of the world, and the other way round.

use engine_base::LinkId;
use hashbrown::HashTable;

use crate::net::ConnId;

/// One end of a link of the world.
pub(crate) type EndId = (ConnId, usize);

/// The links of one server. A node's name for a link is a place with a generation above it.
#[derive(Clone, Default)]
pub(crate) struct ServerLinks {
    /// By place.
    ties: Vec<Tied>,
    /// Places, by the end that is tied there.
    by_end: HashTable<u32>,
}

/// A node's link and the end that it is. A large world has two million.
#[derive(Clone, Copy)]
struct Tied {
    /// The end: twice the link's number, and one more for its acceptor. [`FREE`] for none.
    end: u64,
    generation: u32,
}

/// No link of a world has so large a number.
const FREE: u64 = u64::MAX;

fn packed((conn, end): EndId) -> u64 {
    conn.0 << 1 | end as u64
}

fn unpacked(end: u64) -> EndId {
    (ConnId(end >> 1), (end & 1) as usize)
}

fn place(link: LinkId) -> usize {
    (link.0 & u64::from(u32::MAX)) as usize
}

fn name(place: usize, generation: u32) -> LinkId {
    LinkId(u64::from(generation) << 32 | place as u64)
}

fn hash(end: u64) -> u64 {
    end.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl ServerLinks {
    /// A link of the node is that end.
    pub(crate) fn insert(&mut self, link: LinkId, end: EndId) {
        let place = place(link);
        if place >= self.ties.len() {
            self.ties.resize(place + 1, Tied { end: FREE, generation: 0 });
        }
        debug_assert!(
            self.ties[place].end == FREE,
            "a node closes a link before it uses its place"
        );
        let end = packed(end);
        self.ties[place] = Tied { end, generation: (link.0 >> 32) as u32 };
        let ties = &self.ties;
        self.by_end.insert_unique(hash(end), place as u32, |place| hash(ties[*place as usize].end));
    }

    /// Which end a link of the node is.
    pub(crate) fn end_of(&self, link: LinkId) -> Option<EndId> {
        let tied = self.ties.get(place(link)).filter(|tied| tied.end != FREE)?;
        (u64::from(tied.generation) == link.0 >> 32).then(|| unpacked(tied.end))
    }

    /// Which link of the node an end is.
    pub(crate) fn link_at(&self, end: EndId) -> Option<LinkId> {
        let end = packed(end);
        let is_it = |place: &u32| self.ties[*place as usize].end == end;
        let place = *self.by_end.find(hash(end), is_it)? as usize;
        Some(name(place, self.ties[place].generation))
    }

    /// Unties a link of the node.
    pub(crate) fn remove(&mut self, link: LinkId) -> Option<EndId> {
        let end = self.end_of(link)?;
        let key = hash(packed(end));
        if let Ok(entry) = self.by_end.find_entry(key, |at| *at as usize == place(link)) {
            entry.remove();
        }
        self.ties[place(link)].end = FREE;
        Some(end)
    }

    /// All of them, in the order of the node's names.
    pub(crate) fn all(&self) -> Vec<(LinkId, ConnId)> {
        let ties = self.ties.iter().enumerate().filter(|(_, tied)| tied.end != FREE);
        let mut all: Vec<_> =
            ties.map(|(at, tied)| (name(at, tied.generation), unpacked(tied.end).0)).collect();
        all.sort_unstable();
        all
    }
}
