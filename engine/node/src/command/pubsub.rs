//! Publish and subscribe: pubsub.c.

use std::collections::BTreeMap;

use engine_base::glob_match;

use super::macros::{container, keys, specs};
use super::{Answer, Call, Fail, Spec, help};
use crate::client::{Client, ClientFlags};
use crate::pubsub::{Listened, PubSub};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "psubscribe" -2 [PUBSUB NOSCRIPT LOADING STALE] () [] => |call| subscribe(call, &PATTERNS),
    "publish" 3 [PUBSUB LOADING STALE FAST MAY_REPLICATE] () [] => publish,
    "punsubscribe" -1 [PUBSUB NOSCRIPT LOADING STALE] () [] => |call| unsubscribe(call, &PATTERNS),
    "spublish" 3 [PUBSUB LOADING STALE FAST MAY_REPLICATE] (1) [] => spublish,
    "ssubscribe" -2 [PUBSUB NOSCRIPT LOADING STALE] (1 -1 1) [] => subscribe_shard,
    "subscribe" -2 [PUBSUB NOSCRIPT LOADING STALE] () [] => |call| subscribe(call, &CHANNELS),
    "sunsubscribe" -1 [PUBSUB NOSCRIPT LOADING STALE] (1 -1 1) [] => |call| unsubscribe(call, &SHARD),
    "unsubscribe" -1 [PUBSUB NOSCRIPT LOADING STALE] () [] => |call| unsubscribe(call, &CHANNELS),
};

/// Commands with subcommands.
pub(crate) const CONTAINERS: &[Spec] = &[container(
    "pubsub",
    specs! {
        "channels" -2 [PUBSUB LOADING STALE] () [] => |call| channels(call, &CHANNELS),
        "help" 2 [LOADING STALE] () [] => help::help,
        "numpat" 2 [PUBSUB LOADING STALE] () [] => numpat,
        "numsub" -2 [PUBSUB LOADING STALE] () [] => |call| numsub(call, &CHANNELS),
        "shardchannels" -2 [PUBSUB LOADING STALE] () [] => |call| channels(call, &SHARD),
        "shardnumsub" -2 [PUBSUB LOADING STALE] () [] => |call| numsub(call, &SHARD),
    },
)];

/// What one kind of subscription is called, and where it is kept.
struct Kind {
    on: &'static [u8],
    off: &'static [u8],
    index: fn(&mut PubSub) -> &mut BTreeMap<Vec<u8>, Listened>,
    mine: fn(&mut Client) -> &mut Listening,
    count: fn(&Client) -> usize,
}

type Listening = std::collections::BTreeSet<Vec<u8>>;

const CHANNELS: Kind = Kind {
    on: b"subscribe",
    off: b"unsubscribe",
    index: |p| &mut p.channels,
    mine: |c| &mut c.channels,
    count: Client::subscriptions,
};

const PATTERNS: Kind = Kind {
    on: b"psubscribe",
    off: b"punsubscribe",
    index: |p| &mut p.patterns,
    mine: |c| &mut c.patterns,
    count: Client::subscriptions,
};

const SHARD: Kind = Kind {
    on: b"ssubscribe",
    off: b"sunsubscribe",
    index: |p| &mut p.shard_channels,
    mine: |c| &mut c.shard_channels,
    count: |c| c.shard_channels.len(),
};

fn confirm(call: &mut Call<'_>, kind: &Kind, word: &[u8], name: Option<&[u8]>) {
    let count = call.session().map_or(0, |client| (kind.count)(client));
    call.out.push(3);
    call.out.bulk(word);
    call.out.bulk_or_null(name);
    call.out.len_int(count);
}

fn subscribe_shard(call: &mut Call<'_>) -> Answer {
    if call.session().is_some_and(|client| client.flags.contains(ClientFlags::DENY_BLOCKING)) {
        return Err(Fail::new("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"));
    }
    subscribe(call, &SHARD)
}

fn subscribe(call: &mut Call<'_>, kind: &Kind) -> Answer {
    let link = call.client;
    let words = call.args;
    for name in &words[1..] {
        if let Some(client) = call.session() {
            let new = (kind.mine)(client).insert(name.to_vec());
            client.name_bytes += if new { name.len() } else { 0 };
        }
        (kind.index)(&mut call.node.pubsub).entry(name.to_vec()).or_default().insert(link);
        confirm(call, kind, kind.on, Some(name));
    }
    Ok(())
}

fn unsubscribe(call: &mut Call<'_>, kind: &Kind) -> Answer {
    let words = call.args;
    let mut names: Vec<Vec<u8>> = words[1..].iter().map(|name| name.to_vec()).collect();
    if names.is_empty() {
        names = call.session().map_or_else(Vec::new, |c| (kind.mine)(c).iter().cloned().collect());
        if names.is_empty() {
            confirm(call, kind, kind.off, None);
        }
    }
    let link = call.client;
    for name in &names {
        if let Some(client) = call.session() {
            let was = (kind.mine)(client).remove(name);
            client.name_bytes -= if was { name.len() } else { 0 };
        }
        let index = (kind.index)(&mut call.node.pubsub);
        if let Some(listeners) = index.get_mut(name) {
            listeners.remove(&link);
            if listeners.is_empty() {
                index.remove(name);
            }
        }
        confirm(call, kind, kind.off, Some(name));
    }
    Ok(())
}

/// `PUBLISH channel message`: in a cluster to the clients of all nodes, counted here only.
fn publish(call: &mut Call<'_>) -> Answer {
    let (channel, message) = (call.args[1], call.args[2]);
    let count = call.node.publish_here(channel, message);
    call.node.spread_message(call.now, channel, message, false);
    call.out.len_int(count);
    Ok(())
}

fn spublish(call: &mut Call<'_>) -> Answer {
    let (channel, message) = (call.args[1], call.args[2]);
    let count = call.node.publish_shard_here(channel, message);
    call.node.spread_message(call.now, channel, message, true);
    call.out.len_int(count);
    Ok(())
}

/// `PUBSUB CHANNELS [pattern]`
fn channels(call: &mut Call<'_>, kind: &Kind) -> Answer {
    if call.args.len() > 3 {
        return Err(super::wrong_subcommand(call.args));
    }
    let pattern = call.args.get(2);
    let names: Vec<Vec<u8>> = (kind.index)(&mut call.node.pubsub)
        .keys()
        .filter(|name| pattern.is_none_or(|pattern| glob_match(pattern, name, false)))
        .cloned()
        .collect();
    call.out.array(names.len());
    names.iter().for_each(|name| call.out.bulk(name));
    Ok(())
}

/// `PUBSUB NUMSUB [channel …]`
fn numsub(call: &mut Call<'_>, kind: &Kind) -> Answer {
    let words = call.args;
    call.out.array((words.len() - 2) * 2);
    for name in &words[2..] {
        let count = (kind.index)(&mut call.node.pubsub).get(*name).map_or(0, |links| links.len());
        call.out.bulk(name);
        call.out.len_int(count);
    }
    Ok(())
}

fn numpat(call: &mut Call<'_>) -> Answer {
    call.out.len_int(call.node.pubsub.patterns.len());
    Ok(())
}
