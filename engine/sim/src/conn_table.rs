//! The links of a world by their names, which only grow: pages of a few, each there while one of its
//! links is. A world of a thousand nodes has a million links, and every packet asks for one.

use crate::net::{Conn, ConnId};

/// Links a page.
const PAGE: usize = 16;

#[derive(Clone, Debug)]
struct Page {
    conns: [Option<Conn>; PAGE],
    used: usize,
}

/// All links, in the order of their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnTable {
    pages: Vec<Option<Box<Page>>>,
}

fn split(id: ConnId) -> (usize, usize) {
    (id.0 as usize / PAGE, id.0 as usize % PAGE)
}

fn name(page: usize, place: usize) -> ConnId {
    ConnId((page * PAGE + place) as u64)
}

impl ConnTable {
    /// The link of that name.
    pub(crate) fn get(&self, id: &ConnId) -> Option<&Conn> {
        let (page, place) = split(*id);
        self.pages.get(page)?.as_ref()?.conns[place].as_ref()
    }

    /// The link of that name.
    pub(crate) fn get_mut(&mut self, id: &ConnId) -> Option<&mut Conn> {
        let (page, place) = split(*id);
        self.pages.get_mut(page)?.as_mut()?.conns[place].as_mut()
    }

    /// Whether there is a link of that name.
    pub(crate) fn contains_key(&self, id: &ConnId) -> bool {
        self.get(id).is_some()
    }

    /// Takes a link in.
    pub(crate) fn insert(&mut self, id: ConnId, conn: Conn) {
        let (page, place) = split(id);
        if page >= self.pages.len() {
            self.pages.resize_with(page + 1, || None);
        }
        let page = self.pages[page]
            .get_or_insert_with(|| Box::new(Page { conns: [const { None }; PAGE], used: 0 }));
        page.used += usize::from(page.conns[place].is_none());
        page.conns[place] = Some(conn);
    }

    /// Lets a link go.
    pub(crate) fn remove(&mut self, id: &ConnId) -> Option<Conn> {
        let (at, place) = split(*id);
        let page = self.pages.get_mut(at)?.as_mut()?;
        let conn = page.conns[place].take()?;
        page.used -= 1;
        if page.used == 0 {
            self.pages[at] = None;
        }
        Some(conn)
    }

    /// All links in the order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ConnId, &Conn)> {
        let pages = self.pages.iter().enumerate();
        let pages = pages.filter_map(|(at, page)| Some((at, page.as_ref()?)));
        pages.flat_map(|(at, page)| {
            let conns = page.conns.iter().enumerate();
            conns.filter_map(move |(place, conn)| Some((name(at, place), conn.as_ref()?)))
        })
    }

    /// All links in the order of their names.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (ConnId, &mut Conn)> {
        let pages = self.pages.iter_mut().enumerate();
        let pages = pages.filter_map(|(at, page)| Some((at, page.as_mut()?)));
        pages.flat_map(|(at, page)| {
            let conns = page.conns.iter_mut().enumerate();
            conns.filter_map(move |(place, conn)| Some((name(at, place), conn.as_mut()?)))
        })
    }
}
