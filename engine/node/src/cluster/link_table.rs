//! The bus links of a node by their names: an array access each, since a large cluster has thousands
//! of them and every packet asks for one.

use engine_base::LinkId;

use super::links::BusLink;

/// The half of a name that says how often its place was given out before.
type Generation = u32;

/// Bus links by name.
#[derive(Clone, Default)]
pub(crate) struct LinkTable {
    places: Vec<Option<(Generation, BusLink)>>,
    len: usize,
}

/// A name is a place with a generation above it ([`crate::links::Links`]).
fn split(id: LinkId) -> (usize, Generation) {
    ((id.0 & u64::from(u32::MAX)) as usize, (id.0 >> 32) as Generation)
}

impl LinkTable {
    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The link of that name.
    pub(crate) fn get(&self, id: &LinkId) -> Option<&BusLink> {
        let (place, generation) = split(*id);
        let (of, link) = self.places.get(place)?.as_ref()?;
        (*of == generation).then_some(link)
    }

    /// The link of that name.
    pub(super) fn get_mut(&mut self, id: &LinkId) -> Option<&mut BusLink> {
        let (place, generation) = split(*id);
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
        let id = |(place, link): (usize, &Option<(Generation, BusLink)>)| {
            link.as_ref().map(|(of, _)| LinkId(u64::from(*of) << 32 | place as u64))
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
        let (place, generation) = split(id);
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
        self.places[split(*id).0].take().map(|(_, link)| link)
    }
}
