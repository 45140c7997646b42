//! Every TCP link of a node under one kind of name.
//!
//! A [`LinkId`] is an index with a generation above it, so finding a link costs an array access
//! and a link that is gone is never mistaken for the one that took its place.

use engine_base::LinkId;

use crate::client::Client;
use crate::migrate_link::MigrateLink;
use crate::replication::MasterLink;
use crate::slot_migration::ExportLink;

/// What a link carries.
#[derive(Clone)]
pub(crate) enum Link {
    /// A client, or a replica that fetches its data.
    Client(Box<Client>),
    /// A cluster bus link in either direction; the cluster's own rooms know which.
    Bus,
    /// The link to this node's master.
    Master(Box<MasterLink>),
    /// A link on which keys are being moved to another node.
    Migrate(Box<MigrateLink>),
    /// A link on which whole slots are being moved to another node.
    Export(Box<ExportLink>),
    /// No link at all: the client that carries out what scripts call.
    Script(Box<Client>),
}

/// A name's place, and how often that had been given out: both halves of a [`LinkId`].
#[inline]
pub(crate) fn place_of(id: LinkId) -> (usize, u32) {
    ((id.0 & u64::from(u32::MAX)) as usize, (id.0 >> 32) as u32)
}

/// The name of a place when it was given out for the `generation`-th time.
pub(crate) fn name_of(index: usize, generation: u32) -> LinkId {
    LinkId(u64::from(generation) << 32 | index as u64)
}

#[derive(Clone, Default)]
struct Place {
    generation: u32,
    link: Option<Link>,
}

/// The links of one node.
#[derive(Clone, Default)]
pub(crate) struct Links {
    places: Vec<Place>,
    free: Vec<u32>,
    clients: usize,
}

impl Links {
    /// Takes a link in and names it.
    pub(crate) fn insert(&mut self, make: impl FnOnce(LinkId) -> Link) -> LinkId {
        let index = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place::default());
            (self.places.len() - 1) as u32
        });
        let place = &mut self.places[index as usize];
        place.generation = place.generation.wrapping_add(1);
        let id = name_of(index as usize, place.generation);
        let link = make(id);
        self.clients += usize::from(matches!(link, Link::Client(_)));
        place.link = Some(link);
        id
    }

    /// Lets a link go; `None` when it has gone already.
    pub(crate) fn remove(&mut self, id: LinkId) -> Option<Link> {
        let index = self.index(id)?;
        let link = self.places[index].link.take()?;
        self.free.push(index as u32);
        self.clients -= usize::from(matches!(link, Link::Client(_)));
        Some(link)
    }

    /// The link of that name, if it is still there.
    #[inline]
    pub(crate) fn get(&self, id: LinkId) -> Option<&Link> {
        self.places[self.index(id)?].link.as_ref()
    }

    /// The link of that name, if it is still there.
    #[inline]
    pub(crate) fn get_mut(&mut self, id: LinkId) -> Option<&mut Link> {
        let index = self.index(id)?;
        self.places[index].link.as_mut()
    }

    /// The client of that name, if it is one and still there; the link to the master is one too,
    /// once its stream flows.
    #[inline]
    pub(crate) fn client(&self, id: LinkId) -> Option<&Client> {
        match self.get(id) {
            Some(Link::Client(client) | Link::Script(client)) => Some(client),
            Some(Link::Master(master)) => master.client.as_deref(),
            _ => None,
        }
    }

    /// The client of that name, if it is one and still there.
    #[inline]
    pub(crate) fn client_mut(&mut self, id: LinkId) -> Option<&mut Client> {
        match self.get_mut(id) {
            Some(Link::Client(client) | Link::Script(client)) => Some(client),
            Some(Link::Master(master)) => master.client.as_deref_mut(),
            _ => None,
        }
    }

    /// All clients in the order of their place.
    pub(crate) fn clients(&self) -> impl Iterator<Item = &Client> {
        self.places.iter().filter_map(|place| match &place.link {
            Some(Link::Client(client)) => Some(&**client),
            _ => None,
        })
    }

    /// All clients, and the master's stream as one of them.
    pub(crate) fn clients_and_master(&self) -> impl Iterator<Item = &Client> {
        self.places.iter().filter_map(|place| match &place.link {
            Some(Link::Client(client)) => Some(&**client),
            Some(Link::Master(master)) => master.client.as_deref(),
            _ => None,
        })
    }

    /// All clients in the order of their place.
    pub(crate) fn clients_mut(&mut self) -> impl Iterator<Item = &mut Client> {
        self.places.iter_mut().filter_map(|place| match &mut place.link {
            Some(Link::Client(client)) => Some(&mut **client),
            _ => None,
        })
    }

    /// How many clients there are.
    pub(crate) fn client_count(&self) -> usize {
        self.clients
    }

    #[inline]
    fn index(&self, id: LinkId) -> Option<usize> {
        let (index, generation) = place_of(id);
        let place = self.places.get(index)?;
        (place.generation == generation && place.link.is_some()).then_some(index)
    }
}
