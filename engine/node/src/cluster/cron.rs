//! What is done every 100 ms (`clusterCron` in cluster.c): links are made again, pings are sent,
//! silence is noticed, elections go on.

use std::net::SocketAddr;

use engine_base::Now;
use engine_bus::{MessageType, NodeFlags};

use super::cx::ClusterCx;
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::LogLevel;
use crate::event::EventKind;

/// A stranger has one node timeout to answer, and at least this many milliseconds.
const HANDSHAKE_MIN_MS: i64 = 1000;
/// Every so many ticks, one of a few nodes drawn at random is pinged.
const RANDOM_PING_EVERY: u64 = 10;
/// How many nodes are drawn; the one that was not heard for longest is pinged.
const RANDOM_PING_DRAWS: usize = 5;

/// What a look at all peers found.
#[derive(Clone, Copy, Default)]
struct Seen {
    newly_suspected: bool,
    shape: Shape,
}

/// Who has how many replicas: what a replica may have to act on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    /// Masters with slots that have lost all their replicas.
    orphaned_masters: usize,
    /// The most working replicas of any master.
    most_replicas: usize,
    /// Working replicas of this node's master.
    my_masters_replicas: usize,
}

/// What the last tick saw that may be so still.
#[derive(Clone, Debug, Default)]
pub(super) struct LastTick {
    /// Who has how many replicas, if this node was a replica.
    shape: Option<Shape>,
    /// After how many milliseconds without an answer a node was pinged.
    ping_after: i64,
    /// A scratch: how many replicas of each place's node are not failed.
    working: Vec<u16>,
}

impl ClusterState {
    /// The tick. Call it every 100 milliseconds.
    pub(crate) fn tick(&mut self, now: Now, cx: &mut ClusterCx<'_>) {
        let ms = now.unix.0;
        self.ticks += 1;
        self.refresh_names(&cx.config);
        self.keep_links(ms, cx);
        if self.ticks.is_multiple_of(RANDOM_PING_EVERY) {
            self.ping_random(ms, cx);
        }
        let seen = self.watch_peers(ms, cx);
        self.follow_own_master(cx);
        self.check_manual_timeout(ms);
        if self.me().is_replica() {
            self.advance_manual_failover(cx);
            self.advance_election(ms, cx);
            let Shape { orphaned_masters, most_replicas, my_masters_replicas } = seen.shape;
            if orphaned_masters > 0
                && most_replicas >= 2
                && my_masters_replicas == most_replicas
                && cx.config.allow_replica_migration
            {
                self.migrate_replica(ms, cx, most_replicas);
            }
        }
        if seen.newly_suspected {
            self.tell_suspicion(ms, cx);
        }
        if seen.newly_suspected || !self.ok {
            self.update_health(ms, cx);
        }
    }

    /// A replica that has read in nodes.conf whose it is begins to follow it.
    pub(super) fn follow_own_master(&mut self, cx: &ClusterCx<'_>) {
        let me = self.me();
        if let Some(master) = me.master
            && me.is_replica()
            && !cx.inputs.following
            && !self.nodes[master].has_no_address()
        {
            self.follow(master);
        }
    }

    /// Closes links whose send buffer is too large, lets strangers go that did not answer, and
    /// opens links that are missing.
    fn keep_links(&mut self, now: i64, cx: &mut ClusterCx<'_>) {
        let patience = cx.config.node_timeout.max(HANDSHAKE_MIN_MS);
        self.pfail_nodes = 0;
        let limited = cx.config.link_sendbuf_limit > 0;
        if core::mem::replace(&mut self.last_tick.ping_after, cx.config.ping_after())
            != cx.config.ping_after()
        {
            self.nodes.wake_all();
        }
        let mut i = 0;
        loop {
            if !limited {
                // Almost all of a large cluster rest, ten times a second.
                i = self.nodes.awake_from(i, now);
            }
            let Some(ix) = self.nodes.at(i) else { break };
            if limited {
                self.limit_send_buffers(cx, ix);
            }
            i += 1;
            let node = &self.nodes[ix];
            if node.flags.intersects(NodeFlags::MYSELF | NodeFlags::NOADDR) {
                continue;
            }
            self.pfail_nodes += usize::from(node.is_pfail());
            if node.in_handshake() && now - node.created > patience {
                if let Some(ip) = node.ip.ip() {
                    let to = SocketAddr::from((ip, node.port));
                    self.out.event(EventKind::HandshakeTimedOut { to });
                }
                self.remove_node(ix);
                i -= 1;
                continue;
            }
            if !node.is_linked() {
                self.connect(now, cx, ix);
            }
        }
    }

    fn limit_send_buffers(&mut self, cx: &ClusterCx<'_>, ix: NodeIx) {
        let node = &self.nodes[ix];
        let id = node.id;
        for link in [node.link(), node.inbound()].into_iter().flatten() {
            let Some(bus) = self.links.get(&link) else { continue };
            if bus.queued > cx.config.link_sendbuf_limit {
                let direction = if bus.inbound { "from" } else { "to" };
                let text = format!(
                    "Freeing cluster link({direction} node {id}, used memory: {}) due to \
                     exceeding send buffer memory limit.",
                    bus.queued
                );
                self.out.log(LogLevel::Warning, text);
                self.close_link(link);
                self.links_over_limit += 1;
            }
        }
    }

    /// Of a few nodes drawn at random, pings the one that was not heard for longest.
    fn ping_random(&mut self, now: i64, cx: &ClusterCx<'_>) {
        let mut oldest: Option<NodeIx> = None;
        for _ in 0..RANDOM_PING_DRAWS {
            let Some(ix) = self.nodes.random(&mut self.rng) else { return };
            let node = &self.nodes[ix];
            if !node.is_linked()
                || node.ping_sent != 0
                || node.flags.intersects(NodeFlags::MYSELF | NodeFlags::HANDSHAKE)
            {
                continue;
            }
            if oldest.is_none_or(|old| self.nodes[old].pong_received > node.pong_received) {
                oldest = Some(ix);
            }
        }
        if let Some(link) = oldest.and_then(|ix| self.nodes[ix].link()) {
            self.send_heartbeat(now, cx, link, MessageType::Ping);
        }
    }

    /// Looks at every peer: stale links, due pings, silence, orphaned masters.
    fn watch_peers(&mut self, now: i64, cx: &ClusterCx<'_>) -> Seen {
        let mut seen = Seen::default();
        let replica = self.me().is_replica();
        // Under Valkey's rules a node may be marked FAIL while this one looks.
        let looks = replica && cx.config.valkey9();
        if replica && !looks {
            seen.shape = self.shape();
        }
        let handover = self.manual.end.is_some();
        let mut next = 0;
        loop {
            if !looks && !handover {
                next = self.nodes.awake_from(next, now);
            }
            let Some(ix) = self.nodes.at(next) else { break };
            next += 1;
            let node = &self.nodes[ix];
            if node.flags.intersects(NodeFlags::MYSELF | NodeFlags::NOADDR | NodeFlags::HANDSHAKE) {
                continue;
            }
            if looks && node.is_master() && !node.is_failed() {
                let working = self.working_replicas(ix);
                self.look_for_orphan(ix, working, &mut seen.shape);
            }
            self.watch_peer(now, cx, ix, &mut seen);
            let node = &self.nodes[ix];
            let content = node.is_linked() && node.ping_sent == 0;
            if content && !node.flags.contains(NodeFlags::PFAIL) {
                self.nodes.rest(ix, node.pong_received.saturating_add(cx.config.ping_after()));
            }
        }
        seen
    }

    /// Who has how many replicas: as at the last look, unless something has changed.
    fn shape(&mut self) -> Shape {
        let reshaped = self.nodes.take_reshaped();
        if let Some(shape) = self.last_tick.shape.filter(|_| !reshaped) {
            return shape;
        }
        let mut working = core::mem::take(&mut self.last_tick.working);
        working.clear();
        working.resize(self.nodes.places(), 0);
        for (_, node) in self.nodes.iter() {
            if let Some(master) = node.master.filter(|_| !node.is_failed()) {
                working[master.place()] += 1;
            }
        }
        let mut shape = Shape::default();
        let passed = NodeFlags::MYSELF | NodeFlags::NOADDR | NodeFlags::HANDSHAKE;
        for (ix, node) in self.nodes.iter() {
            if !node.flags.intersects(passed) && node.is_master() && !node.is_failed() {
                self.look_for_orphan(ix, usize::from(working[ix.place()]), &mut shape);
            }
        }
        self.last_tick.working = working;
        self.last_tick.shape = Some(shape);
        shape
    }

    fn look_for_orphan(&self, ix: NodeIx, working: usize, shape: &mut Shape) {
        let node = &self.nodes[ix];
        if working == 0 && node.slot_count > 0 && node.flags.contains(NodeFlags::MIGRATE_TO) {
            shape.orphaned_masters += 1;
        }
        shape.most_replicas = shape.most_replicas.max(working);
        if self.me().master == Some(ix) {
            shape.my_masters_replicas = working;
        }
    }

    fn watch_peer(&mut self, now: i64, cx: &ClusterCx<'_>, ix: NodeIx, seen: &mut Seen) {
        let timeout = cx.config.node_timeout;
        let node = &self.nodes[ix];
        let unanswered = now - node.ping_sent;
        let silent = now - node.data_received;
        if let Some(link) = node.link()
            && node.ping_sent != 0
            && unanswered > timeout / 2
            && silent > timeout / 2
            && self.links.get(&link).is_some_and(|bus| now - bus.created > timeout)
        {
            // Perhaps only the connection is broken: it is made again in the next tick.
            self.close_link(link);
        }
        let node = &self.nodes[ix];
        if let Some(link) = node.link() {
            let due = node.ping_sent == 0 && now - node.pong_received > cx.config.ping_after();
            let handover = self.manual.end.is_some()
                && self.me().is_master()
                && self.manual.replica == Some(ix);
            if due || handover {
                self.send_heartbeat(now, cx, link, MessageType::Ping);
                return;
            }
        }
        // Any data is a sign of life, not only the answer.
        if node.ping_sent == 0 || unanswered.min(silent) <= timeout || node.flags.is_down() {
            return;
        }
        let of = node.id;
        self.nodes[ix].flags.insert(NodeFlags::PFAIL);
        seen.newly_suspected = true;
        self.out.log(LogLevel::Debug, format!("*** NODE {of} possibly failing"));
        self.out.event(EventKind::PfailMarked { of });
        if cx.config.valkey9() && self.me().is_voter() {
            // The others may have said so before: then this was the last word that was missing.
            self.mark_failed_if_agreed(now, cx, ix);
        }
    }
}
