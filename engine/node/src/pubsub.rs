//! Who listens to what: channels, patterns, and channels of one shard.

use std::collections::{BTreeMap, BTreeSet};

use engine_base::Now;
use engine_base::glob::glob_match;
use engine_base::{LinkId, Slot, SlotSet};

use crate::Node;

/// The clients that listen to one thing.
pub(crate) type Listened = BTreeSet<LinkId>;

/// The subscriptions of all clients, by what they listen to.
#[derive(Clone, Debug, Default)]
pub(crate) struct PubSub {
    /// Channel to listeners.
    pub(crate) channels: BTreeMap<Vec<u8>, BTreeSet<LinkId>>,
    /// Pattern to listeners.
    pub(crate) patterns: BTreeMap<Vec<u8>, BTreeSet<LinkId>>,
    /// Sharded channel to listeners.
    pub(crate) shard_channels: BTreeMap<Vec<u8>, BTreeSet<LinkId>>,
}

impl Node {
    /// Delivers a message to the clients of this node; how many got it (`pubsubPublishMessage`).
    pub(crate) fn publish_here(&mut self, channel: &[u8], message: &[u8]) -> usize {
        let listeners: Vec<LinkId> = self
            .pubsub
            .channels
            .get(channel)
            .map(|set| set.iter().copied().collect())
            .unwrap_or_default();
        let mut delivered = listeners.len();
        for link in listeners {
            self.tell(link, |reply| {
                reply.push(3);
                reply.bulk(b"message");
                reply.bulk(channel);
                reply.bulk(message);
            });
        }
        let matching: Vec<(Vec<u8>, LinkId)> = self
            .pubsub
            .patterns
            .iter()
            .filter(|(pattern, _)| glob_match(pattern, channel, false))
            .flat_map(|(pattern, links)| links.iter().map(|link| (pattern.clone(), *link)))
            .collect();
        delivered += matching.len();
        for (pattern, link) in matching {
            self.tell(link, |reply| {
                reply.push(4);
                reply.bulk(b"pmessage");
                reply.bulk(&pattern);
                reply.bulk(channel);
                reply.bulk(message);
            });
        }
        delivered
    }

    /// Says to those who listen what happened to a key: `class` is a letter of
    /// `notify-keyspace-events` (`notifyKeyspaceEvent` in notify.c). Only clients of this node
    /// hear it.
    pub(crate) fn notify(&mut self, db: usize, class: u8, event: &'static str, key: &[u8]) {
        let wanted = self.config.notify_keyspace_events;
        if wanted.0 == 0 || !wanted.has(class) {
            return;
        }
        if wanted.has(b'K') {
            let channel = [format!("__keyspace@{db}__:").as_bytes(), key].concat();
            self.publish_here(&channel, event.as_bytes());
        }
        if wanted.has(b'E') {
            let channel = format!("__keyevent@{db}__:{event}");
            self.publish_here(channel.as_bytes(), key);
        }
    }

    /// Passes a published message on: over the bus in a cluster, else to the replicas.
    pub(crate) fn spread_message(
        &mut self,
        now: Now,
        channel: &[u8],
        message: &[u8],
        sharded: bool,
    ) {
        if self.cluster.is_some() {
            self.with_cluster(now, |cluster, cx| cluster.publish(cx, channel, message, sharded));
        } else {
            let command: &[u8] = if sharded { b"SPUBLISH" } else { b"PUBLISH" };
            self.feed_replicas(now, 0, &[command, channel, message]);
        }
    }

    /// Delivers a sharded message to the clients of this node; how many got it.
    pub(crate) fn publish_shard_here(&mut self, channel: &[u8], message: &[u8]) -> usize {
        let listeners: Vec<LinkId> = self
            .pubsub
            .shard_channels
            .get(channel)
            .map(|set| set.iter().copied().collect())
            .unwrap_or_default();
        for link in &listeners {
            self.tell(*link, |reply| {
                reply.push(3);
                reply.bulk(b"smessage");
                reply.bulk(channel);
                reply.bulk(message);
            });
        }
        listeners.len()
    }

    /// Slots are served elsewhere now: the listeners of their sharded channels are unsubscribed,
    /// and told so (`removeChannelsInSlot`).
    pub(crate) fn drop_shard_channels(&mut self, slots: &SlotSet) {
        let lost: Vec<Vec<u8>> = self
            .pubsub
            .shard_channels
            .keys()
            .filter(|channel| slots.contains(Slot::of_key(channel)))
            .cloned()
            .collect();
        for channel in lost {
            for link in self.pubsub.shard_channels.remove(&channel).unwrap_or_default() {
                let Some(client) = self.links.client_mut(link) else { continue };
                client.shard_channels.remove(&channel);
                client.name_bytes -= channel.len();
                let left = client.shard_channels.len();
                self.tell(link, |reply| {
                    reply.push(3);
                    reply.bulk(b"sunsubscribe");
                    reply.bulk(&channel);
                    reply.int(left as i64);
                });
            }
        }
    }

    /// A client goes: all its subscriptions with it.
    pub(crate) fn pubsub_forget(&mut self, link: LinkId) {
        let Some(client) = self.links.client_mut(link) else { return };
        let channels = std::mem::take(&mut client.channels);
        let patterns = std::mem::take(&mut client.patterns);
        let shard_channels = std::mem::take(&mut client.shard_channels);
        let names = [&channels, &patterns, &shard_channels].into_iter().flatten();
        client.name_bytes -= names.map(Vec::len).sum::<usize>();
        forget(&mut self.pubsub.channels, &channels, link);
        forget(&mut self.pubsub.patterns, &patterns, link);
        forget(&mut self.pubsub.shard_channels, &shard_channels, link);
    }
}

fn forget(map: &mut BTreeMap<Vec<u8>, BTreeSet<LinkId>>, names: &BTreeSet<Vec<u8>>, link: LinkId) {
    for name in names {
        if let Some(links) = map.get_mut(name) {
            links.remove(&link);
            if links.is_empty() {
                map.remove(name);
            }
        }
    }
}
