//! Publish and subscribe: pubsub.c.

use engine_base::glob::glob_match;

use super::macros::{keys, specs};
use super::{AclCategory, Answer, Call, CommandFlags, Fail, KeySpec, Spec, help_texts};
use crate::client::ClientFlags;

/// The family's table.
pub(crate) const SPECS: &[Spec] = &concat();

const PLAIN: &[Spec] = specs! {
    "psubscribe" -2 [PUBSUB NOSCRIPT LOADING STALE] () [] => |call| subscribe(call, Kind::Pattern),
    "publish" 3 [PUBSUB LOADING STALE FAST MAY_REPLICATE] () [] => publish,
    "punsubscribe" -1 [PUBSUB NOSCRIPT LOADING STALE] () [] => |call| unsubscribe(call, Kind::Pattern),
    "spublish" 3 [PUBSUB LOADING STALE FAST MAY_REPLICATE] (1) [] => spublish,
    "ssubscribe" -2 [PUBSUB NOSCRIPT LOADING STALE] (1 -1 1) [] => |call| subscribe(call, Kind::Shard),
    "subscribe" -2 [PUBSUB NOSCRIPT LOADING STALE] () [] => |call| subscribe(call, Kind::Channel),
    "sunsubscribe" -1 [PUBSUB NOSCRIPT LOADING STALE] (1 -1 1) [] => |call| unsubscribe(call, Kind::Shard),
    "unsubscribe" -1 [PUBSUB NOSCRIPT LOADING STALE] () [] => |call| unsubscribe(call, Kind::Channel),
};

const SUBCOMMANDS: &[Spec] = specs! {
    "channels" -2 [PUBSUB LOADING STALE] () [] => |call| channels(call, false),
    "help" 2 [LOADING STALE] () [] => help,
    "numpat" 2 [PUBSUB LOADING STALE] () [] => numpat,
    "numsub" -2 [PUBSUB LOADING STALE] () [] => |call| numsub(call, false),
    "shardchannels" -2 [PUBSUB LOADING STALE] () [] => |call| channels(call, true),
    "shardnumsub" -2 [PUBSUB LOADING STALE] () [] => |call| numsub(call, true),
};

const CONTAINER: Spec = Spec {
    name: "pubsub",
    arity: -2,
    flags: CommandFlags::empty(),
    keys: KeySpec::None,
    acl: AclCategory::empty(),
    subcommands: SUBCOMMANDS,
    handler: |call| call.answer(help),
};

/// The container behind the plain commands.
const fn concat() -> [Spec; PLAIN.len() + 1] {
    let mut all = [CONTAINER; PLAIN.len() + 1];
    let mut i = 0;
    while i < PLAIN.len() {
        all[i] = PLAIN[i];
        i += 1;
    }
    all
}

/// What can be listened to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Channel,
    Pattern,
    Shard,
}

impl Kind {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Channel => ("subscribe", "unsubscribe"),
            Self::Pattern => ("psubscribe", "punsubscribe"),
            Self::Shard => ("ssubscribe", "sunsubscribe"),
        }
    }
}

fn subscribe(call: &mut Call<'_>, kind: Kind) -> Answer {
    let denied = call.session().is_some_and(|client| {
        client.flags.contains(ClientFlags::DENY_BLOCKING) && !client.reply.is_resp3()
    });
    if denied {
        let name = kind.words().0.to_ascii_uppercase();
        return Err(Fail::from(format!("ERR {name} isn't allowed for a DENY BLOCKING client")));
    }
    for name in &call.args[1..] {
        let count = call.listen(kind, name);
        confirm(call, kind.words().0, Some(name), count);
    }
    Ok(())
}

fn unsubscribe(call: &mut Call<'_>, kind: Kind) -> Answer {
    let mut names: Vec<Vec<u8>> = call.args[1..].iter().map(|name| name.to_vec()).collect();
    if names.is_empty() {
        names = call.listened(kind);
    }
    if names.is_empty() {
        let count = call.subscription_count(kind);
        confirm(call, kind.words().1, None, count);
    }
    for name in &names {
        let count = call.stop_listening(kind, name);
        confirm(call, kind.words().1, Some(name), count);
    }
    Ok(())
}

fn confirm(call: &mut Call<'_>, word: &str, name: Option<&[u8]>, count: usize) {
    call.out.push(3);
    call.out.bulk(word.as_bytes());
    call.out.bulk_or_null(name);
    call.out.int(count as i64);
}

fn publish(call: &mut Call<'_>) -> Answer {
    let (channel, message) = (call.args[1], call.args[2]);
    let delivered = call.node.publish_here(channel, message);
    if call.node.cluster.is_some() {
        let now = call.now;
        call.node.with_cluster(now, |cluster, cx| cluster.publish(cx, channel, message, false));
    } else {
        call.node.also_propagate(call.now, call.db_index(), call.args);
    }
    call.out.int(delivered as i64);
    Ok(())
}

fn spublish(call: &mut Call<'_>) -> Answer {
    let (channel, message) = (call.args[1], call.args[2]);
    let delivered = call.node.publish_shard_here(channel, message);
    if call.node.cluster.is_some() {
        let now = call.now;
        call.node.with_cluster(now, |cluster, cx| cluster.publish(cx, channel, message, true));
    } else {
        call.node.also_propagate(call.now, call.db_index(), call.args);
    }
    call.out.int(delivered as i64);
    Ok(())
}

/// `PUBSUB CHANNELS|SHARDCHANNELS [pattern]`
fn channels(call: &mut Call<'_>, sharded: bool) -> Answer {
    if call.args.len() > 3 {
        return Err(Fail::SYNTAX);
    }
    let pubsub = &call.node.pubsub;
    let map = if sharded { &pubsub.shard_channels } else { &pubsub.channels };
    let pattern = call.args.get(2).copied();
    let names: Vec<&Vec<u8>> =
        map.keys().filter(|name| pattern.is_none_or(|p| glob_match(p, name, false))).collect();
    call.out.array(names.len());
    for name in names {
        call.out.bulk(name);
    }
    Ok(())
}

/// `PUBSUB NUMSUB|SHARDNUMSUB [channel ...]`
fn numsub(call: &mut Call<'_>, sharded: bool) -> Answer {
    let pubsub = &call.node.pubsub;
    let map = if sharded { &pubsub.shard_channels } else { &pubsub.channels };
    call.out.array((call.args.len() - 2) * 2);
    for name in &call.args[2..] {
        call.out.bulk(name);
        call.out.int(map.get(*name).map_or(0, |links| links.len() as i64));
    }
    Ok(())
}

fn numpat(call: &mut Call<'_>) -> Answer {
    call.out.int(call.node.pubsub.patterns.len() as i64);
    Ok(())
}

fn help(call: &mut Call<'_>) -> Answer {
    call.help(help_texts::PUBSUB);
    Ok(())
}

impl Call<'_> {
    /// Begins to listen; how many subscriptions the client has now.
    fn listen(&mut self, kind: Kind, name: &[u8]) -> usize {
        let link = self.client;
        let pubsub = &mut self.node.pubsub;
        let map = match kind {
            Kind::Channel => &mut pubsub.channels,
            Kind::Pattern => &mut pubsub.patterns,
            Kind::Shard => &mut pubsub.shard_channels,
        };
        map.entry(name.to_vec()).or_default().insert(link);
        if let Some(client) = self.session() {
            let own = match kind {
                Kind::Channel => &mut client.channels,
                Kind::Pattern => &mut client.patterns,
                Kind::Shard => &mut client.shard_channels,
            };
            own.insert(name.to_vec());
        }
        self.subscription_count(kind)
    }

    /// Stops listening; how many subscriptions are left.
    fn stop_listening(&mut self, kind: Kind, name: &[u8]) -> usize {
        let link = self.client;
        let pubsub = &mut self.node.pubsub;
        let map = match kind {
            Kind::Channel => &mut pubsub.channels,
            Kind::Pattern => &mut pubsub.patterns,
            Kind::Shard => &mut pubsub.shard_channels,
        };
        if let Some(links) = map.get_mut(name) {
            links.remove(&link);
            if links.is_empty() {
                map.remove(name);
            }
        }
        if let Some(client) = self.session() {
            let own = match kind {
                Kind::Channel => &mut client.channels,
                Kind::Pattern => &mut client.patterns,
                Kind::Shard => &mut client.shard_channels,
            };
            own.remove(name);
        }
        self.subscription_count(kind)
    }

    fn listened(&mut self, kind: Kind) -> Vec<Vec<u8>> {
        let Some(client) = self.session() else { return Vec::new() };
        let own = match kind {
            Kind::Channel => &client.channels,
            Kind::Pattern => &client.patterns,
            Kind::Shard => &client.shard_channels,
        };
        own.iter().cloned().collect()
    }

    /// Sharded subscriptions are counted for themselves.
    fn subscription_count(&mut self, kind: Kind) -> usize {
        let Some(client) = self.session() else { return 0 };
        if kind == Kind::Shard { client.shard_channels.len() } else { client.subscriptions() }
    }
}
