//! Whether a fact is so in a world, and at which nodes, slots and epochs it is not.

use std::collections::BTreeSet;

use engine::base::{NodeId, Slot};

use super::fact::{At, Fact, Holder};
use super::view::{NodeFacts, Snapshot, host_of};

/// How many slots there are.
const SLOTS: usize = 16384;

/// Where facts are looked up.
pub(crate) struct Scene<'a> {
    pub(crate) now: &'a Snapshot,
    pub(crate) start: &'a Snapshot,
    pub(crate) bound: &'a dyn Fn(&str) -> Option<String>,
}

/// What came of a look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Whether it is so.
    pub(crate) so: bool,
    /// The nodes at which it is so; or, when it is not so, at which it is not.
    pub(crate) nodes: Vec<String>,
    /// The slot that was asked for.
    pub(crate) slot: Option<u16>,
    /// The epoch that was found.
    pub(crate) epoch: Option<u64>,
    /// The number that was found.
    pub(crate) count: Option<usize>,
}

impl Finding {
    fn plain(so: bool) -> Self {
        Self { so, ..Self::default() }
    }

    fn at_node(so: bool, node: &str) -> Self {
        Self { so, nodes: vec![node.to_owned()], ..Self::default() }
    }

    fn counted(so: bool, count: usize) -> Self {
        Self { so, count: Some(count), ..Self::default() }
    }

    fn of_slot(self, slot: Slot) -> Self {
        Self { slot: Some(slot.number()), ..self }
    }
}

impl Scene<'_> {
    fn name(&self, node: &str) -> Option<String> {
        match node.strip_prefix('$') {
            Some(name) => (self.bound)(name),
            None => Some(node.to_owned()),
        }
    }

    fn node(&self, node: &str) -> Option<&NodeFacts> {
        self.now.nodes.get(&self.name(node)?)
    }

    /// A fact about one node; a node that is not there has none. One function for all facts, not one
    /// for each: a page loads it.
    fn of_node(&self, node: &str, holds: &dyn Fn(&NodeFacts) -> bool) -> Finding {
        let shown = self.name(node).unwrap_or_default();
        Finding::at_node(self.node(node).is_some_and(holds), &shown)
    }

    fn at(&self, at: &At, holds: &dyn Fn(&str, &NodeFacts) -> bool) -> Finding {
        let wanted = |node: &NodeFacts| match at {
            At::EveryMaster | At::AnyMaster => node.serves(),
            At::EveryReplica | At::AnyReplica => !node.is_master(),
            _ => true,
        };
        if let At::Node(node) = at {
            let name = self.name(node).unwrap_or_default();
            return self.of_node(node, &|facts| holds(&name, facts));
        }
        let asked = self.now.nodes.iter().filter(|(_, n)| wanted(n));
        let (yes, no): (Vec<_>, Vec<_>) = asked.partition(|(name, n)| holds(name, n));
        let enough = match at {
            At::EveryMaster => yes.len() >= 3,
            _ => !yes.is_empty(),
        };
        let so = match at {
            At::EveryNode | At::EveryMaster | At::EveryReplica => enough && no.is_empty(),
            _ => enough,
        };
        let nodes = if so { yes } else { no };
        Finding {
            so,
            nodes: nodes.into_iter().map(|(name, _)| name.clone()).collect(),
            ..Finding::default()
        }
    }
}

impl Fact {
    /// Whether it is so, and where.
    pub(crate) fn look(&self, scene: &Scene<'_>) -> Finding {
        match self {
            Self::All { of } => {
                let mut last = Finding::plain(true);
                for fact in of {
                    last = fact.look(scene);
                    if !last.so {
                        break;
                    }
                }
                last
            }
            Self::Any { of } => {
                let mut last = Finding::default();
                for fact in of {
                    last = fact.look(scene);
                    if last.so {
                        break;
                    }
                }
                last
            }
            Self::Not { of } => {
                let found = of.look(scene);
                Finding { so: !found.so, ..found }
            }
            _ => self.look_at_roles(scene),
        }
    }

    fn look_at_roles(&self, scene: &Scene<'_>) -> Finding {
        let now = scene.now;
        match self {
            Self::Running { node } => scene.of_node(node, &|_| true),
            Self::Cut { from, to } => {
                Finding::plain(now.cuts.contains(&(from.clone(), to.clone())))
            }
            Self::Down { count } => {
                let gone = scene.start.nodes.keys().filter(|name| !now.nodes.contains_key(*name));
                let gone: Vec<String> = gone.cloned().collect();
                Finding {
                    nodes: gone.clone(),
                    ..Finding::counted(gone.len() == *count, gone.len())
                }
            }
            Self::ClusterOk { at } => scene.at(at, &|_, n| n.view.ok),
            Self::Master { node } => scene.of_node(node, &NodeFacts::is_master),
            Self::Replica { node, of } => scene.of_node(node, &|n| {
                let replica = n.view.myself().is_some_and(|me| me.is_replica);
                let master = n.follows().map(|id| now.name_of(&id));
                replica && of.as_ref().is_none_or(|of| master.is_some() && master == scene.name(of))
            }),
            Self::Masters { count } => {
                let masters = now.nodes.values().filter(|n| n.serves()).count();
                Finding::counted(masters == *count, masters)
            }
            Self::Replicas { of, at_least, at_most } => scene.at(of, &|_, n| {
                let number = now.replicas_of(n.view.id).count();
                number >= *at_least && at_most.is_none_or(|most| number <= most)
            }),
            Self::Apart => {
                let beside = |(name, n): &(&String, &NodeFacts)| {
                    n.follows().is_some_and(|id| host_of(&now.name_of(&id)) == host_of(name))
                };
                let nodes: Vec<String> =
                    now.nodes.iter().filter(beside).map(|(name, _)| name.clone()).collect();
                Finding { so: nodes.is_empty(), nodes, ..Finding::default() }
            }
            Self::OneMasterAHost => {
                let masters: Vec<&String> =
                    now.nodes.iter().filter(|(_, n)| n.serves()).map(|(name, _)| name).collect();
                let doubled = |name: &&&String| {
                    masters.iter().filter(|other| host_of(other) == host_of(name)).count() > 1
                };
                let nodes: Vec<String> =
                    masters.iter().filter(doubled).map(|n| (*n).clone()).collect();
                let so = nodes.is_empty() && !masters.is_empty();
                Finding { so, nodes, ..Finding::default() }
            }
            Self::LinkUp { at } => scene.at(at, &|_, n| n.follows().is_some() && n.link_up),
            _ => self.look_at_slots(scene),
        }
    }

    fn look_at_slots(&self, scene: &Scene<'_>) -> Finding {
        let now = scene.now;
        match self {
            Self::Owns { node, key } => {
                let owner = now.owner(slot_of(key)).map(|(name, _)| name.to_owned());
                let so = owner.is_some() && owner == scene.name(node);
                Finding::at_node(so, &owner.unwrap_or_default()).of_slot(slot_of(key))
            }
            Self::OwnerChanged { key } => {
                let of = |snapshot: &Snapshot| {
                    snapshot.owner(slot_of(key)).map(|(name, _)| name.to_owned())
                };
                let so = of(now).is_some() && of(now) != of(scene.start);
                Finding::at_node(so, &of(now).unwrap_or_default()).of_slot(slot_of(key))
            }
            Self::Slots { at, at_least, at_most } => scene.at(at, &|_, n| {
                let number = n.view.myself().map_or(0, |me| me.slots.len());
                within(number, *at_least, *at_most)
            }),
            Self::Covered { at } => {
                let missing = now.nodes.values().map(|n| SLOTS.saturating_sub(n.assigned())).max();
                let found = scene.at(at, &|_, n| n.assigned() == SLOTS);
                Finding { count: missing, ..found }
            }
            Self::SlotOpen { key } => {
                Finding::plain(importer(now, slot_of(key)).is_some()).of_slot(slot_of(key))
            }
            Self::NoOpenSlot => {
                let open = |(name, n): (&String, &NodeFacts)| {
                    let slot = n.view.migrating.first().or_else(|| n.view.importing.first());
                    slot.map(|(slot, _)| (name.clone(), *slot))
                };
                match now.nodes.iter().find_map(open) {
                    None => Finding::plain(true),
                    Some((name, slot)) => Finding::at_node(false, &name).of_slot(slot),
                }
            }
            Self::Agreed => Finding::plain(agreed(now)),
            _ => self.look_at_keys(scene),
        }
    }

    // Apart, as the first lesson asks nothing of this kind.
    #[inline(never)]
    fn look_at_keys(&self, scene: &Scene<'_>) -> Finding {
        let now = scene.now;
        match self {
            Self::Stored { key, at, value } => {
                Finding::plain(stored(scene, key, at, value.as_deref())).of_slot(slot_of(key))
            }
            Self::Keys { at, at_least, at_most } => {
                scene.at(at, &|_, n| within(n.keys, *at_least, *at_most))
            }
            Self::TotalKeys { at_least, at_most } => {
                let all = now.nodes.values().filter(|n| n.serves()).map(|n| n.keys).sum();
                Finding::counted(within(all, *at_least, *at_most), all)
            }
            Self::Together { at_least } => {
                let masters = now.nodes.values().filter(|n| n.is_master());
                let fullest = masters.map(|n| n.fullest).max().unwrap_or(0);
                Finding::counted(fullest >= *at_least, fullest)
            }
            Self::Setting { at, name, value } => {
                scene.at(at, &|_, n| n.settings.get(name) == Some(value))
            }
            Self::Called { at, command, at_least } => scene.at(at, &|name, n| {
                let calls = |n: &NodeFacts| n.calls.get(command).copied().unwrap_or(0);
                let before = scene.start.nodes.get(name).map_or(0, calls);
                // Fewer than at the beginning: the process or its counters began again.
                let since = calls(n).checked_sub(before).unwrap_or_else(|| calls(n));
                since >= *at_least
            }),
            _ => self.look_at_beliefs(scene),
        }
    }

    #[inline(never)]
    fn look_at_beliefs(&self, scene: &Scene<'_>) -> Finding {
        let now = scene.now;
        let id = |name: &str| scene.name(name).and_then(|name| now.id_of(&name));
        let believes = |n: &NodeFacts, of: &str, what: &dyn Fn(&Peer) -> bool| {
            id(of).and_then(|id| n.view.peers.iter().find(|p| p.id == id)).is_some_and(what)
        };
        match self {
            Self::NoSuspicion => {
                let runs = |p: &&Peer| now.nodes.values().any(|n| n.view.id == p.id);
                let calm = |_: &str, n: &NodeFacts| {
                    n.view.peers.iter().filter(runs).all(|p| !p.pfail && !p.fail)
                };
                scene.at(&At::EveryNode, &calm)
            }
            Self::Knows { at, count } => {
                scene.at(at, &|_, n| n.view.peers.iter().filter(|p| !p.handshake).count() == *count)
            }
            Self::Forgotten { node } => {
                let gone = scene.name(node).and_then(|name| scene.start.id_of(&name));
                let Some(gone) = gone else { return Finding::plain(false) };
                let knows =
                    |n: &NodeFacts| n.view.id != gone && n.view.peers.iter().any(|p| p.id == gone);
                let nodes: Vec<String> = now
                    .nodes
                    .iter()
                    .filter(|(_, n)| knows(n))
                    .map(|(name, _)| name.clone())
                    .collect();
                Finding { so: nodes.is_empty(), nodes, ..Finding::default() }
            }
            Self::MembersAgreed => {
                let running: BTreeSet<NodeId> = now.nodes.values().map(|n| n.view.id).collect();
                scene.at(&At::EveryNode, &|_, n| {
                    n.view.peers.iter().map(|p| p.id).collect::<BTreeSet<_>>() == running
                })
            }
            Self::Suspects { at, of } => {
                scene.at(at, &|_, n| believes(n, of, &|p| p.pfail || p.fail))
            }
            Self::Failed { at, of } => scene.at(at, &|_, n| believes(n, of, &|p| p.fail)),
            Self::Address { at, of, ip, port, bus_port } => scene.at(at, &|_, n| {
                believes(n, of, &|p| {
                    ip.as_ref().is_none_or(|ip| *ip == p.ip)
                        && port.is_none_or(|port| port == p.port)
                        && bus_port.is_none_or(|port| port == p.bus_port)
                })
            }),
            _ => self.look_at_epochs(scene),
        }
    }

    #[inline(never)]
    fn look_at_epochs(&self, scene: &Scene<'_>) -> Finding {
        let own = |n: &NodeFacts| n.view.myself().map(|me| me.config_epoch);
        match self {
            Self::NewerEpoch { node, than } => {
                let of = |name: &str| scene.node(name).and_then(own);
                let found = scene.of_node(node, &|n| own(n) > of(than));
                Finding { epoch: of(node), ..found }
            }
            Self::EpochsDiffer => {
                let masters: Vec<_> = scene.now.nodes.iter().filter(|(_, n)| n.serves()).collect();
                let same = |(_, n): &&(&String, &NodeFacts)| {
                    masters.iter().filter(|(_, other)| own(other) == own(n)).count() > 1
                };
                let doubled: Vec<_> = masters.iter().filter(same).collect();
                Finding {
                    so: doubled.is_empty() && !masters.is_empty(),
                    nodes: doubled.iter().map(|(name, _)| (*name).clone()).collect(),
                    epoch: doubled.first().and_then(|(_, n)| own(n)),
                    ..Finding::default()
                }
            }
            Self::CurrentEpoch { at, at_least } => {
                let largest = scene.now.nodes.values().map(|n| n.view.current_epoch).max();
                let found = scene.at(at, &|_, n| n.view.current_epoch >= *at_least);
                Finding { epoch: largest, ..found }
            }
            _ => Finding::default(),
        }
    }
}

type Peer = engine::node::view::PeerView;

fn within(number: usize, at_least: usize, at_most: Option<usize>) -> bool {
    number >= at_least && at_most.is_none_or(|most| number <= most)
}

fn slot_of(key: &str) -> Slot {
    Slot::of_key(key.as_bytes())
}

/// The node that takes a slot over from its owner, when both say so.
fn importer(now: &Snapshot, slot: Slot) -> Option<&NodeFacts> {
    let (_, owner) = now.owner(slot)?;
    let (_, to) = owner.view.migrating.iter().find(|(s, _)| *s == slot)?;
    now.nodes.values().find(|n| {
        n.view.id == *to
            && n.view.importing.iter().any(|(s, from)| *s == slot && *from == owner.view.id)
    })
}

fn stored(scene: &Scene<'_>, key: &str, at: &Holder, value: Option<&str>) -> bool {
    let slot = slot_of(key);
    let node = match at {
        Holder::Owner => scene.now.owner(slot).map(|(_, node)| node),
        Holder::Importer => importer(scene.now, slot),
        Holder::Node(node) => scene.node(node),
    };
    node.and_then(|n| n.probes.get(key))
        .is_some_and(|text| value.is_none_or(|wanted| text.as_deref() == Some(wanted)))
}

fn agreed(now: &Snapshot) -> bool {
    let mut tables = now.nodes.values().map(|n| {
        let mut owners: Vec<_> = n
            .view
            .peers
            .iter()
            .filter(|p| !p.slots.is_empty())
            .map(|p| (p.id, p.slots.clone()))
            .collect();
        owners.sort_by_key(|(id, _)| *id);
        owners
    });
    let Some(first) = tables.next() else { return false };
    tables.all(|table| table == first)
}
