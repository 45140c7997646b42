//! From the world to what the page draws.

use std::rc::Rc;

use engine::base::Slot;
use engine::node::{Glance, PeerGlance};
use engine::sim::{HostId, Quality, World};

use super::model::{
    Belief, Health, HostView, MANY, NOBODY, NodeIx, NodeView, Opinion, Role, SLOTS, SlotsView, Way,
    WorldView,
};
use super::opinion;
use super::roster::{Roster, Seen};
use super::shards::{self, Member};
use super::throng::Throng;

/// Looks at the world; remembers colours and the last slot map, which is shared while unchanged.
#[derive(Clone, Default)]
pub(crate) struct Observer {
    seed: u64,
    shards: Vec<Option<u8>>,
    slots: Rc<SlotsView>,
    keys: Vec<usize>,
    throng: Option<Throng>,
}

/// How a node stands with the others.
pub(super) struct Standing {
    pub health: Health,
    pub doubters: usize,
    pub failers: usize,
    pub jury: usize,
}

impl Observer {
    /// Of a world that was made from that seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// What is kept of very many nodes.
    pub(super) fn throng(&mut self) -> &Throng {
        self.throng.get_or_insert_with(Throng::new)
    }

    /// The seed of that world.
    pub(crate) const fn seed(&self) -> u64 {
        self.seed
    }

    /// A snapshot. The roster has looked at the world just before.
    pub(crate) fn observe(&mut self, world: &World, roster: &mut Roster) -> WorldView {
        // Where they stand: a copy would be two kilobytes a pair.
        let views = learn(world, roster);
        let jury: Vec<NodeIx> =
            (0..roster.nodes().len()).filter(|&ix| judges(&roster.nodes()[ix])).collect();
        self.look_at_slots(world, roster, &views);
        let crowd = roster.nodes().len() > MANY;
        let (mut beliefs, mut oldest) = (Vec::new(), Vec::new());
        if !crowd {
            beliefs = views.iter().map(|v| v.map_or_else(Vec::new, |v| row(roster, v))).collect();
            opinion::mark_disagreement(&mut beliefs);
            oldest = oldest_news(world, roster, &views);
        }
        let nodes = (0..roster.nodes().len())
            .map(|ix| {
                let standing = self.standing(roster, ix, &jury, &beliefs);
                let state_ok = views.get(ix).copied().flatten().map(Glance::ok);
                self.node(world, roster, ix, (standing, state_ok), &oldest)
            })
            .collect();
        WorldView {
            crowd: crowd.then(|| self.throng().crowd(roster)),
            now_us: world.now().as_micros(),
            seed: self.seed,
            hosts: world
                .hosts()
                .iter()
                .enumerate()
                .map(|(ix, h)| HostView {
                    name: h.name.clone(),
                    ip: h.ip.to_string(),
                    ways: ways(world, ix),
                })
                .collect(),
            nodes,
            slots: self.slots.clone(),
            beliefs,
        }
    }

    fn node(
        &self,
        world: &World,
        roster: &Roster,
        ix: NodeIx,
        (standing, state_ok): (Standing, Option<bool>),
        oldest: &[i64],
    ) -> NodeView {
        let seen = &roster.nodes()[ix];
        let host = world.hosts().get(seen.host);
        NodeView {
            host: seen.host,
            ip: seen.addr.ip().to_string(),
            port: seen.addr.port(),
            name: format!("{}:{}", host.map_or("?", |h| h.name.as_str()), seen.addr.port()),
            id: seen.id.map(|id| id.to_string()),
            pid: seen.pid.map(|p| p.0),
            frozen: seen
                .pid
                .and_then(|pid| world.process(HostId(seen.host), pid))
                .is_some_and(|process| process.stopped),
            config_file: seen.config_file.clone(),
            role: seen.role,
            master: seen.master.and_then(|id| roster.of_id(&id)),
            ranges: seen.ranges.clone(),
            epoch: seen.epoch,
            current_epoch: seen.current_epoch,
            state_ok,
            keys: seen.keys,
            offset: seen.offset,
            health: standing.health,
            doubters: standing.doubters,
            failers: standing.failers,
            jury: standing.jury,
            shard: self.shards.get(ix).copied().flatten(),
            silence: silence(roster, seen, oldest),
            timeout_ms: seen.timeout_ms,
            election: seen.election,
        }
    }

    fn standing(
        &mut self,
        roster: &Roster,
        ix: NodeIx,
        jury: &[NodeIx],
        beliefs: &[Vec<Belief>],
    ) -> Standing {
        let runs = roster.nodes().get(ix).is_some_and(|n| n.pid.is_some());
        if roster.nodes().len() > MANY {
            return self.throng().standing(ix, runs, jury);
        }
        let others: Vec<NodeIx> = jury.iter().copied().filter(|&j| j != ix).collect();
        let (doubters, failers) = opinion::doubters(ix, &others, beliefs);
        let health = opinion::health(ix, runs, jury, beliefs);
        Standing { health, doubters, failers, jury: others.len() }
    }

    fn look_at_slots(&mut self, world: &World, roster: &Roster, views: &[Option<Glance<'_>>]) {
        let owner = owners(roster);
        let mut owns = vec![false; roster.nodes().len()];
        for &ix in &owner {
            if let Some(owns) = owns.get_mut(usize::from(ix)) {
                *owns = true;
            }
        }
        let members: Vec<Member> = roster
            .nodes()
            .iter()
            .enumerate()
            .map(|(ix, n)| Member {
                master: n
                    .master
                    .filter(|_| n.role == Some(Role::Replica))
                    .and_then(|m| roster.of_id(&m)),
                owns: owns[ix],
            })
            .collect();
        self.shards = shards::recolour(&self.shards, &members);
        let moving = moving(roster, views);
        let keys: Vec<usize> = roster.nodes().iter().map(|n| n.keys).collect();
        let same = owner == self.slots.owner
            && self.shards == self.slots.shards
            && moving == self.slots.moving
            && keys == self.keys;
        if !same {
            self.keys = keys;
            let has_keys = keyed(world, roster, &owner);
            self.slots =
                Rc::new(SlotsView { owner, moving, has_keys, shards: self.shards.clone() });
        }
    }
}

/// Whether a node is one of the masters whose word counts.
pub(super) fn judges(node: &Seen) -> bool {
    node.pid.is_some() && node.role == Some(Role::Master) && !node.ranges.is_empty()
}

/// Ways from a host that are not as usual.
fn ways(world: &World, from: usize) -> Vec<Way> {
    let others = (0..world.hosts().len()).filter(|&to| to != from);
    let way = |to| {
        let quality = world.quality(HostId(from), HostId(to));
        let slower = quality.latency_us.saturating_sub(Quality::LAN.latency_us);
        let lost = (quality.loss * 100.0).round() as u64;
        Way { to, cut: world.is_cut(HostId(from), HostId(to)), slow_ms: slower / 1000, lost }
    };
    others.map(way).filter(|w| w.cut || w.slow_ms > 0 || w.lost > 0).collect()
}

/// Brings what each running node says of itself into the roster; gives everybody's view.
fn learn<'a>(world: &'a World, roster: &mut Roster) -> Vec<Option<Glance<'a>>> {
    (0..roster.nodes().len())
        .map(|ix| {
            let seen = roster.get_mut(ix)?;
            let process = world.process(HostId(seen.host), seen.pid?)?;
            let node = process.server()?.node();
            seen.keys = node.key_count();
            seen.timeout_ms = node.config().cluster_node_timeout_ms.max(1);
            let Some(view) = node.glance() else {
                seen.role = Some(if node.is_replica() { Role::Replica } else { Role::Master });
                return None;
            };
            seen.current_epoch = view.current_epoch();
            let me = view.myself();
            seen.role = Some(if me.is_replica() { Role::Replica } else { Role::Master });
            seen.master = me.master().copied();
            seen.epoch = me.shown_epoch();
            seen.offset = node.replication_offset();
            seen.ranges.clear();
            seen.ranges.extend(me.slot_ranges().map(|(a, b)| (a.number(), b.number())));
            Some(view)
        })
        .collect()
}

/// What one node believes of each node of the roster.
fn row(roster: &Roster, view: Glance<'_>) -> Vec<Belief> {
    let mut row = vec![Belief::default(); roster.nodes().len()];
    for peer in view.peers() {
        let ix =
            roster.of_id(peer.id()).or_else(|| roster.of_text(&peer.ip().to_utf8(), peer.port()));
        let Some(cell) = ix.and_then(|ix| row.get_mut(ix)) else { continue };
        // A stranger in handshake never hides the node that is known already.
        if cell.what == Opinion::Unknown || !peer.in_handshake() {
            *cell = Belief { what: opinion_of(peer), epoch: peer.shown_epoch(), odd: false };
        }
    }
    row
}

/// What a node takes another for.
pub(super) fn opinion_of(peer: PeerGlance<'_>) -> Opinion {
    if peer.is_myself() {
        Opinion::Myself
    } else if peer.in_handshake() {
        Opinion::Handshake
    } else if peer.is_failed() {
        Opinion::Fail
    } else if peer.is_pfail() {
        Opinion::Pfail
    } else if peer.is_replica() {
        Opinion::Replica
    } else {
        Opinion::Master
    }
}

/// Who owns each slot: of the running masters that claim it, the one with the largest epoch.
fn owners(roster: &Roster) -> Vec<u16> {
    let mut owner = vec![NOBODY; SLOTS];
    let mut claims: Vec<(u64, NodeIx, &Seen)> = roster
        .nodes()
        .iter()
        .enumerate()
        .filter(|(_, n)| n.pid.is_some() && n.role == Some(Role::Master))
        .map(|(ix, n)| (n.epoch, ix, n))
        .collect();
    claims.sort_by_key(|claim| (claim.0, claim.1));
    for (_, ix, node) in claims {
        for &(first, last) in &node.ranges {
            let range = usize::from(first)..=usize::from(last).min(SLOTS - 1);
            if let (Ok(ix), Some(slots)) = (u16::try_from(ix), owner.get_mut(range)) {
                slots.fill(ix);
            }
        }
    }
    owner
}

/// A slot on its way: from whom, and to whom.
type Moving = (u16, Option<NodeIx>, Option<NodeIx>);

/// Slots on their way, as either end says.
fn moving(roster: &Roster, views: &[Option<Glance<'_>>]) -> Vec<Moving> {
    let mut moving = Vec::new();
    for (ix, view) in views.iter().enumerate() {
        let Some(view) = view else { continue };
        for (slot, to) in view.migrating() {
            moving.push((slot.number(), Some(ix), roster.of_id(&to)));
        }
        for (slot, from) in view.importing() {
            if !moving.iter().any(|m: &Moving| m.0 == slot.number()) {
                moving.push((slot.number(), roster.of_id(&from), Some(ix)));
            }
        }
    }
    moving.sort_unstable();
    moving.dedup_by_key(|m| m.0);
    moving
}

/// For each slot whether its owner holds keys in it.
fn keyed(world: &World, roster: &Roster, owner: &[u16]) -> Vec<bool> {
    let nodes: Vec<_> = roster
        .nodes()
        .iter()
        .map(|n| {
            let process = world.process(HostId(n.host), n.pid?)?;
            (n.keys > 0).then(|| process.server().map(engine::sim::Server::node)).flatten()
        })
        .collect();
    owner
        .iter()
        .zip(Slot::all())
        .map(|(ix, slot)| {
            let node = nodes.get(usize::from(*ix)).copied().flatten();
            node.is_some_and(|n| n.keys_in_slot(slot) > 0)
        })
        .collect()
}

/// How old the oldest news of each node is at any running peer that knows it, in milliseconds; by
/// the node's place.
fn oldest_news(world: &World, roster: &Roster, views: &[Option<Glance<'_>>]) -> Vec<i64> {
    let mut oldest = vec![0; roster.nodes().len()];
    for (by, view) in views.iter().enumerate() {
        let Some((view, seen)) = view.zip(roster.nodes().get(by)) else { continue };
        let now = world.unix(HostId(seen.host)).0;
        for peer in view.peers().filter(|peer| !peer.is_myself()) {
            let Some(age) = roster.of_id(peer.id()).and_then(|of| oldest.get_mut(of)) else {
                continue;
            };
            // A ping that waits counts from when it was sent; failed is failed.
            let pinged = peer.ping_sent();
            let since = if pinged > 0 { pinged } else { peer.pong_received() };
            if peer.is_failed() || peer.is_pfail() {
                *age = i64::MAX;
            } else if since > 0 {
                *age = now.saturating_sub(since).max(*age);
            }
        }
    }
    oldest
}

/// The oldest news of a node as a part of its node timeout.
fn silence(roster: &Roster, seen: &Seen, oldest: &[i64]) -> f32 {
    let ms = seen.id.and_then(|id| roster.of_id(&id)).and_then(|ix| oldest.get(ix).copied());
    (ms.unwrap_or(0) as f32 / seen.timeout_ms as f32).min(1.0)
}
