//! The bus links of a node by their names: an array access each, since a large cluster has thousands
//! of them and every packet asks for one.

use engine_base::LinkId;

use super::links::BusLink;
use crate::links::place_of;

/// Bus links by name.
#[derive(Clone, Default)]
pub(crate) struct LinkTable {
    /// By place, with the generation of the name ([`crate::links`]).
    places: Vec<Option<(u32, BusLink)>>,
    len: usize,
}

impl LinkTable {
    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The link of that name.
    pub(crate) fn get(&self, id: &LinkId) -> Option<&BusLink> {
        let (place, generation) = place_of(*id);
        let (of, link) = self.places.get(place)?.as_ref()?;
        (*of == generation).then_some(link)
    }

    /// The link of that name.
    pub(super) fn get_mut(&mut self, id: &LinkId) -> Option<&mut BusLink> {
        let (place, generation) = place_of(*id);
        let (of, link) = self.places.get_mut(place)?.as_mut()?;
        (*of == generation).then_some(link)
    }

    /// All links, in no order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &BusLink> {
        self.places.iter().flatten().map(|(_, link)| link)
    }

    /// All names, in order.
    #[cfg(test)]
    pub(super) fn names(&self) -> Vec<LinkId> {
        let id = |(place, link): (usize, &Option<(u32, BusLink)>)| {
            link.as_ref().map(|(of, _)| crate::links::name_of(place, *of))
        };
        let mut names: Vec<LinkId> = self.places.iter().enumerate().filter_map(id).collect();
        names.sort_unstable();
        names
    }

    /// Whether there is a link of that name.
    pub(super) fn contains_key(&self, id: &LinkId) -> bool {
        self.get(id).is_some()
    }

    /// Takes a link in; one that had its place before is gone.
    pub(super) fn insert(&mut self, id: LinkId, link: BusLink) {
        let (place, generation) = place_of(id);
        if place >= self.places.len() {
            self.places.resize_with(place + 1, || None);
        }
        self.len += usize::from(self.places[place].is_none());
        self.places[place] = Some((generation, link));
    }

    /// Lets a link go.
    pub(super) fn remove(&mut self, id: &LinkId) -> Option<BusLink> {
        self.get(id)?;
        self.len -= 1;
        self.places[place_of(*id).0].take().map(|(_, link)| link)
    }
}
