//! Clients that want to hear of all keys with a prefix (`BCAST`), and what changed under each.

use std::collections::{BTreeMap, BTreeSet};

use engine_base::LinkId;

/// The prefixes.
#[derive(Clone, Debug, Default)]
pub(super) struct Prefixes(BTreeMap<Vec<u8>, Prefix>);

/// One of them.
#[derive(Clone, Debug, Default)]
struct Prefix {
    listeners: BTreeSet<LinkId>,
    /// The keys that changed in this turn, and who changed each last.
    keys: BTreeMap<Vec<u8>, Option<LinkId>>,
}

/// What changed under one prefix.
pub(super) struct Changed {
    pub(super) listeners: Vec<LinkId>,
    pub(super) keys: BTreeMap<Vec<u8>, Option<LinkId>>,
}

impl Prefixes {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// A client wants to hear of a prefix.
    pub(super) fn join(&mut self, link: LinkId, prefix: &[u8]) {
        self.0.entry(prefix.to_vec()).or_default().listeners.insert(link);
    }

    /// A client does not want to hear of these any more.
    pub(super) fn leave(&mut self, link: LinkId, prefixes: &BTreeSet<Vec<u8>>) {
        for name in prefixes {
            let Some(prefix) = self.0.get_mut(name) else { continue };
            prefix.listeners.remove(&link);
            if prefix.listeners.is_empty() {
                self.0.remove(name);
            }
        }
    }

    /// A key changed, by the command of this client.
    pub(super) fn changed(&mut self, key: &[u8], by: Option<LinkId>) {
        for (_, prefix) in self.0.iter_mut().filter(|(name, _)| key.starts_with(name)) {
            prefix.keys.insert(key.to_vec(), by);
        }
    }

    /// What has changed since the last time, prefix by prefix.
    pub(super) fn take_changed(&mut self) -> Vec<Changed> {
        let touched = self.0.values_mut().filter(|prefix| !prefix.keys.is_empty());
        touched
            .map(|prefix| Changed {
                listeners: prefix.listeners.iter().copied().collect(),
                keys: std::mem::take(&mut prefix.keys),
            })
            .collect()
    }
}
