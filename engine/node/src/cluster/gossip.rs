//! Gossip: whom a heartbeat tells about, and what is believed of what others tell.

use engine_base::LinkId;
use engine_bus::{GossipEntry, NodeFlags, View};
use smallvec::SmallVec;

use super::cx::ClusterCx;
use super::node::ClusterNode;
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::LogLevel;
use crate::event::EventKind;

/// At least so many nodes are told about, when there are so many.
const ENTRIES_MIN: usize = 3;
/// A gossiped answer may lie so far ahead of this node's clock, in milliseconds.
const CLOCK_TOLERANCE_MS: i64 = 500;

impl ClusterState {
    /// Whom a heartbeat tells about (`clusterSendPing`): a tenth of all nodes, at least three,
    /// drawn at random in at most three tries each; then all whom this node suspects, so that
    /// majorities form fast.
    pub(super) fn choose_gossip(&mut self) -> SmallVec<[NodeIx; 16]> {
        let known = self.nodes.len();
        // Neither this node nor the receiver.
        let mut fresh = known.saturating_sub(2);
        let wanted = (known / 10).max(ENTRIES_MIN).min(fresh);
        let mut chosen = SmallVec::new();
        let mut tries = wanted * 3;
        while tries > 0 && fresh > 0 && chosen.len() < wanted {
            // So many are drawn whatever they are: at once, so that the processor fetches many places
            // of a large table at once.
            let sure = tries.min(fresh).min(wanted - chosen.len());
            tries -= sure;
            let drawn: SmallVec<[NodeIx; 128]> =
                (0..sure).filter_map(|_| self.nodes.random(&mut self.rng)).collect();
            let near = |seen, ix: &NodeIx| {
                let node = &self.nodes[*ix];
                seen ^ node.last_in_gossip ^ node.ping_sent.unsigned_abs()
            };
            core::hint::black_box(drawn.iter().fold(0, near));
            for ix in drawn {
                if ix == self.myself || self.nodes[ix].is_pfail() {
                    continue;
                }
                if !self.worth_telling(ix) {
                    fresh -= 1;
                    continue;
                }
                let node = self.nodes.quietly(ix);
                if node.last_in_gossip == self.heartbeats {
                    continue;
                }
                node.last_in_gossip = self.heartbeats;
                chosen.push(ix);
                fresh -= 1;
            }
        }
        if self.pfail_nodes > 0 {
            let suspects = self.nodes.iter().filter(|(_, node)| {
                node.is_pfail() && !node.flags.intersects(NodeFlags::HANDSHAKE | NodeFlags::NOADDR)
            });
            chosen.extend(suspects.map(|(ix, _)| ix).take(self.pfail_nodes));
        }
        chosen
    }

    /// Learns from what a heartbeat tells about others (`clusterProcessGossipSection`).
    pub(super) fn hear_gossip(
        &mut self,
        now: i64,
        cx: &mut ClusterCx<'_>,
        link: LinkId,
        view: &View<'_>,
    ) {
        let by_link = self.links.get(&link).and_then(|bus| bus.node);
        let teller = by_link.or_else(|| self.nodes.find(&view.sender()));
        // Only masters' opinions count; to Valkey, only those of masters that have a vote. A node
        // that was made to dial its own address hears itself: that is no second opinion (ours; in
        // 7.0 it counts twice).
        let counts = |teller: &NodeIx| {
            let node = &self.nodes[*teller];
            *teller != self.myself && node.is_master() && (node.is_voter() || !cx.config.valkey9())
        };
        let opinion_of = teller.filter(counts);
        // All are looked up before any is heard. Nobody is removed meanwhile, but somebody may be told
        // of twice.
        let told = view.gossip_told();
        let known = self.nodes.find_all(told.clone().map(|told| told.id()));
        for (told, known) in told.zip(known) {
            let down = told.flags().is_down();
            if let Some(about) = known {
                // A later answer only puts off the next ping.
                let node = self.nodes.quietly(about);
                if !down && !node.is_reported() && !node.flags.is_down() {
                    // What almost every entry says: nobody has anything to complain of.
                    node.hear_answer(now, told.pong_received());
                    continue;
                }
            }
            let entry = told.entry();
            match known.or_else(|| self.nodes.find(&entry.id)) {
                Some(about) => self.hear_of_known(now, cx, opinion_of, about, &entry),
                None => self.hear_of_unknown(now, teller, &entry),
            }
        }
    }

    fn hear_of_known(
        &mut self,
        now: i64,
        cx: &mut ClusterCx<'_>,
        opinion_of: Option<NodeIx>,
        about: NodeIx,
        entry: &GossipEntry,
    ) {
        if let Some(teller) = opinion_of
            && about != self.myself
        {
            self.hear_opinion(now, cx, teller, about, entry.flags.is_down());
        }
        if entry.flags.is_down() {
            return;
        }
        if self.failure_reports(now, cx, about) == 0 {
            self.nodes[about].hear_answer(now, entry.pong_received);
        }
        self.hear_new_address(cx, about, entry);
    }

    /// One whom this node cannot reach is reachable for the teller at another address: try there.
    fn hear_new_address(&mut self, cx: &ClusterCx<'_>, about: NodeIx, entry: &GossipEntry) {
        let node = &self.nodes[about];
        if !node.flags.is_down() || entry.flags.contains(NodeFlags::NOADDR) {
            return;
        }
        let moved = !node.ip.text().eq_ignore_ascii_case(entry.ip.text())
            || node.port != entry.port
            || node.cport != entry.cport;
        if !moved {
            return;
        }
        if let Some(link) = node.link() {
            self.close_link(link);
        }
        let node = &mut self.nodes[about];
        (node.ip, node.port, node.pport, node.cport) =
            (entry.ip, entry.port, entry.pport, entry.cport);
        node.flags.remove(NodeFlags::NOADDR);
        if cx.config.valkey9() && self.me().is_replica() && self.me().master == Some(about) {
            // Ours. A replica of Redis 7.0 goes on with the old address until its master pings it
            // from yet another one.
            self.follow(about);
        }
    }

    /// A node that was never heard of is taken in on the word of a known node, id and role as
    /// told: no handshake, since its address may belong to another cluster by now.
    fn hear_of_unknown(&mut self, now: i64, teller: Option<NodeIx>, entry: &GossipEntry) {
        let Some(teller) = teller else { return };
        if entry.flags.contains(NodeFlags::NOADDR)
            || !is_valid_id(&entry.id)
            || self.is_blacklisted(now, &entry.id)
        {
            return;
        }
        // Nobody else can be this node.
        // A suspicion is each node's own: 7.0 takes it over, and a newcomer then reports at once
        // whom it has never asked, so that FAIL can come of one master's word told twice.
        let flags = entry.flags.difference(NodeFlags::MYSELF | NodeFlags::PFAIL);
        let mut node = ClusterNode::new(entry.id, flags, now);
        (node.ip, node.port, node.pport, node.cport) =
            (entry.ip, entry.port, entry.pport, entry.cport);
        if self.nodes.insert(node).is_some() {
            let told_by = Some(self.nodes[teller].id);
            self.out.event(EventKind::NodeAdded { id: entry.id, told_by });
        }
    }

    /// A master says whether it can reach a node.
    fn hear_opinion(
        &mut self,
        now: i64,
        cx: &mut ClusterCx<'_>,
        teller: NodeIx,
        about: NodeIx,
        down: bool,
    ) {
        let (by, of) = (self.nodes[teller].id, self.nodes[about].id);
        if down {
            if self.add_failure_report(now, about, teller) {
                let text = format!("Node {by} reported node {of} as not reachable.");
                self.out.log(LogLevel::Verbose, text);
                let reports = self.failure_reports(now, cx, about);
                self.out.event(EventKind::FailureReported { by, of, reports });
            }
            self.mark_failed_if_agreed(now, cx, about);
        } else if self.remove_failure_report(now, cx, about, teller) {
            let text = format!("Node {by} reported node {of} is back online.");
            self.out.log(LogLevel::Verbose, text);
        }
    }
}

impl ClusterNode {
    /// It answered somebody else at that Unix second: that will do, unless this node awaits an answer
    /// itself.
    #[inline]
    fn hear_answer(&mut self, now: i64, secs: u32) {
        let answered = i64::from(secs) * 1000;
        if self.ping_sent == 0
            && answered <= now + CLOCK_TOLERANCE_MS
            && answered > self.pong_received
        {
            self.pong_received = answered;
        }
    }
}

/// Whether the id is what Redis takes for one (`verifyClusterNodeId`): 40 of a-z and 0-9.
pub(super) fn is_valid_id(id: &engine_base::NodeId) -> bool {
    id.as_bytes().iter().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
}
