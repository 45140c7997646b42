//! Ping extensions: what heartbeats carry behind their gossip (`clusterProcessPingExtensions`,
//! `writePingExt`).
//!
//! Redis 7.0 knows the host name alone, and logs a warning for every other extension in every
//! packet: so the others go only to peers that have shown that they take them. Type 4 means two
//! different things to Redis 8 and to Valkey 8: it is never sent, and skipped like any that is
//! unknown here.

use engine_base::{LinkId, NodeId};
use engine_bus::{Extension, Header, MessageFlags, NodeFlags, View};
use smallvec::SmallVec;

use super::cx::ClusterCx;
use super::gossip::is_valid_id;
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::LogLevel;

/// A packet tells of at most so many forgotten nodes.
const FORGOTTEN_MAX: usize = 64;
/// No longer than so many seconds is a node forgotten on another's word: a year.
const FORGOTTEN_TTL_MAX: u64 = 365 * 24 * 3600;

/// The extensions of one packet.
pub(super) type Extensions = SmallVec<[Extension; 4]>;

impl ClusterState {
    /// The flags by which this node tells what it can, and, as a replica, how it sees its master:
    /// none under Redis 7.0's rules, unless it has a name for humans to tell.
    pub(super) fn own_abilities(&self, cx: &ClusterCx<'_>) -> NodeFlags {
        let mut flags = NodeFlags::empty();
        flags.set(NodeFlags::EXTENSIONS_SUPPORTED, advertises(cx));
        let me = self.me();
        let failed = me.master.is_some_and(|master| self.nodes[master].is_failed());
        let told = cx.config.valkey9() && me.is_replica() && failed;
        flags.set(NodeFlags::MY_PRIMARY_FAIL, told);
        flags
    }

    /// The extensions of a heartbeat on `link`; the header is made to announce them.
    pub(super) fn own_extensions(
        &self,
        now: i64,
        cx: &ClusterCx<'_>,
        link: LinkId,
        header: &mut Header,
    ) -> Extensions {
        let mut extensions = Extensions::new();
        let text = |name: &str| name.as_bytes().to_vec();
        let me = self.me();
        extensions
            .extend(me.rare().hostname.as_deref().map(|name| Extension::Hostname(text(name))));
        let taken = self.links.get(&link).is_some_and(|bus| {
            let known = bus.node.map(|ix| self.nodes[ix].flags);
            bus.extensions || known.is_some_and(|f| f.contains(NodeFlags::EXTENSIONS_SUPPORTED))
        });
        if taken {
            let name = me.rare().human_nodename.as_deref();
            extensions.extend(name.map(|name| Extension::HumanNodename(text(name))));
            extensions.extend(self.forgotten(now));
            extensions.extend(self.told_shard().map(Extension::ShardId));
        }
        if !extensions.is_empty() || taken || advertises(cx) {
            header.mflags |= MessageFlags::EXT_DATA;
        }
        header.extensions = u16::try_from(extensions.len()).unwrap_or(u16::MAX);
        extensions
    }

    /// Nodes that must not come back, and for how many seconds yet.
    fn forgotten(&self, now: i64) -> impl Iterator<Item = Extension> + '_ {
        let secs = now.div_euclid(1000);
        let left = move |until: i64| u64::try_from(until.saturating_sub(secs)).ok();
        let item = move |(id, until): (&NodeId, &i64)| {
            left(*until).map(|ttl_secs| Extension::ForgottenNode { id: *id, ttl_secs })
        };
        self.blacklist.iter().filter_map(item).take(FORGOTTEN_MAX)
    }

    /// The shard of this node as others may be told: a replica waits until its master, who may be
    /// of a version that knows no shards, has told its own. Valkey believes such a replica to be of
    /// its master's shard, and would complain of any other name.
    fn told_shard(&self) -> Option<NodeId> {
        let me = self.me();
        let known = me.is_master() || me.master.is_some_and(|ix| self.nodes[ix].shard_told);
        known.then_some(me.shard())
    }

    /// Whether the sender of a heartbeat takes extensions: it says so by a flag, or has set the bit
    /// for extensions otherwise than Redis 7.0 does, who sets it with a host name and nothing else.
    pub(super) fn learn_abilities(
        &mut self,
        cx: &ClusterCx<'_>,
        sender: NodeIx,
        link: LinkId,
        view: &View<'_>,
    ) {
        let taken = takes_extensions(view);
        if taken && let Some(bus) = self.links.get_mut(&link) {
            bus.extensions = true;
        }
        let my_master = self.me().master;
        let node = &self.nodes[sender];
        let mut flags = node.flags;
        flags.set(NodeFlags::EXTENSIONS_SUPPORTED, taken);
        let before = flags;
        let failed = view.flags().contains(NodeFlags::MY_PRIMARY_FAIL);
        flags.set(NodeFlags::MY_PRIMARY_FAIL, failed);
        if node.flags != flags {
            self.nodes[sender].flags = flags;
        }
        let node = &self.nodes[sender];
        if cx.config.valkey9() && node.flags != before && node.master == my_master {
            // A sibling has said its last offset: perhaps nobody need be waited for any more.
            self.todo.handle_failover |= self.me().is_replica();
        }
    }

    /// What a heartbeat's extensions tell of its sender. A name that is not told is none.
    pub(super) fn learn_extensions(&mut self, now: i64, sender: NodeIx, view: &View<'_>) {
        let (mut hostname, mut nodename, mut shard) = (None, None, None);
        let id = self.nodes[sender].id;
        for extension in view.extensions() {
            match extension {
                Extension::Hostname(text) => hostname = Some(text),
                Extension::HumanNodename(text) => nodename = Some(text),
                Extension::ForgottenNode { id: gone, ttl_secs } if gone != id => {
                    self.forget_with(now, gone, ttl_secs);
                }
                Extension::ShardId(id) => shard = Some(id).filter(is_valid_id),
                other => {
                    let text = format!("Received unknown extension type {}", other.number());
                    self.out.log(LogLevel::Verbose, text);
                }
            }
        }
        let name = |text: Option<Vec<u8>>| {
            text.and_then(|t| String::from_utf8(t).ok()).filter(|t| !t.is_empty())
        };
        let (hostname, nodename) = (name(hostname), name(nodename));
        let known = self.nodes[sender].rare();
        if known.hostname.as_deref() != hostname.as_deref()
            || known.human_nodename.as_deref() != nodename.as_deref()
        {
            let known = self.nodes[sender].rare_mut();
            known.hostname = hostname.map(Into::into);
            known.human_nodename = nodename.map(Into::into);
        }
        if let Some(shard) = shard {
            self.learn_shard(sender, shard);
        }
    }

    /// Another node has forgotten a node: this one does so too, unless it is itself, or follows it.
    fn forget_with(&mut self, now: i64, id: NodeId, ttl_secs: u64) {
        let Some(gone) = self.nodes.find(&id) else { return };
        if gone == self.myself || self.me().master == Some(gone) {
            return;
        }
        let ttl = ttl_secs.min(FORGOTTEN_TTL_MAX) as i64;
        self.forget(now, gone, ttl);
    }

    /// A master tells its shard, which is its replicas' too. A replica is believed to be of its
    /// master's, whatever it says.
    fn learn_shard(&mut self, sender: NodeIx, shard: NodeId) {
        if self.nodes[sender].is_replica() {
            return;
        }
        self.set_shard(sender, shard);
    }

    /// A node, and its replicas with it, are of a shard of that name.
    pub(super) fn set_shard(&mut self, ix: NodeIx, shard: NodeId) {
        for replica in self.nodes[ix].replicas.clone() {
            self.nodes[replica].set_shard(shard, true);
        }
        self.nodes[ix].set_shard(shard, true);
    }
}

/// Whether this node says by itself that it takes extensions.
fn advertises(cx: &ClusterCx<'_>) -> bool {
    cx.config.valkey9() || !cx.config.human_nodename.is_empty()
}

fn takes_extensions(view: &View<'_>) -> bool {
    if view.flags().contains(NodeFlags::EXTENSIONS_SUPPORTED) {
        return true;
    }
    if !view.mflags().contains(MessageFlags::EXT_DATA) {
        return false;
    }
    let mut extensions = view.extensions().peekable();
    extensions.peek().is_none() || extensions.any(|e| !matches!(e, Extension::Hostname(_)))
}
