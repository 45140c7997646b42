//! `CLUSTER …`, `ASKING`, `READONLY`, `READWRITE`: arguments and answers. The rules themselves
//! stand in `crate::cluster`.

mod admin;
mod failover;
mod flush_slot;
mod help;
mod links;
mod migrate_slots;
mod setslot;
mod shards;
mod slot_stats;
mod slots;
mod sync_slots;
mod topology;

use engine_base::number::parse_i64;
use engine_base::{NodeId, Slot};

use super::{AclCategory, Call, CommandFlags, Handler, KeySpec, Spec};
use crate::client::ClientFlags;
use crate::cluster::NodeIx;

const NONE: AclCategory = AclCategory::empty();
const ADMIN: CommandFlags =
    CommandFlags::ADMIN.union(CommandFlags::STALE).union(CommandFlags::NO_ASYNC_LOADING);
const LOOK: CommandFlags = CommandFlags::ADMIN.union(CommandFlags::STALE);
const STALE: CommandFlags = CommandFlags::STALE;
/// Subcommands of Valkey 8 and 9.
const BEYOND: CommandFlags = CommandFlags::BEYOND;

const fn sub(name: &'static str, arity: i32, flags: CommandFlags, handler: Handler) -> Spec {
    Spec { name, arity, flags, keys: KeySpec::None, acl: NONE, subcommands: &[], handler }
}

const SUBCOMMANDS: &[Spec] = &[
    sub("addslots", -3, ADMIN, slots::add),
    sub("addslotsrange", -4, ADMIN, slots::add_range),
    sub("bumpepoch", 2, ADMIN, admin::bump_epoch),
    sub("cancelslotmigrations", 2, BEYOND.union(ADMIN), migrate_slots::cancel),
    sub("count-failure-reports", 3, LOOK, admin::count_failure_reports),
    sub("countkeysinslot", 3, STALE, slots::count_keys),
    sub("delslots", -3, ADMIN, slots::delete),
    sub("delslotsrange", -4, ADMIN, slots::delete_range),
    sub("failover", -2, ADMIN, failover::failover),
    sub("flushslot", -3, flush_slot::FLAGS, flush_slot::flush_slot),
    sub("flushslots", 2, ADMIN, slots::flush),
    sub("forget", 3, ADMIN, admin::forget),
    sub("getkeysinslot", 4, STALE, slots::keys),
    sub("getslotmigrations", 2, BEYOND.union(ADMIN), migrate_slots::list),
    sub("help", 2, CommandFlags::LOADING.union(STALE), help::help),
    sub("info", 2, STALE, topology::info),
    sub("keyslot", 3, STALE, slots::of_key),
    sub("links", 2, STALE, links::links),
    sub("meet", -4, ADMIN, admin::meet),
    sub("migrateslots", -4, BEYOND.union(ADMIN), migrate_slots::migrate_slots),
    sub("myid", 2, STALE, topology::my_id),
    sub("myshardid", 2, BEYOND.union(STALE), topology::my_shard_id),
    sub("nodes", 2, STALE, topology::nodes),
    sub("replicas", 3, LOOK, topology::replicas),
    sub("replicate", 3, ADMIN, admin::replicate),
    sub("reset", -2, LOOK.union(CommandFlags::NOSCRIPT), admin::reset),
    sub("saveconfig", 2, ADMIN, admin::save_config),
    sub("set-config-epoch", 3, ADMIN, admin::set_config_epoch),
    sub("setslot", -4, ADMIN, setslot::set_slot),
    sub("shards", 2, STALE, shards::shards),
    sub("slaves", 3, LOOK, topology::replicas),
    sub("slot-stats", -4, BEYOND.union(STALE).union(CommandFlags::LOADING), slot_stats::slot_stats),
    sub("slots", 2, STALE, shards::slots),
    sub("syncslots", -3, BEYOND.union(ADMIN), sync_slots::sync_slots),
];

/// The family's table.
pub(crate) const SPECS: &[Spec] = &[
    Spec {
        name: "asking",
        arity: 1,
        flags: CommandFlags::FAST,
        keys: KeySpec::None,
        acl: AclCategory::CONNECTION,
        subcommands: &[],
        handler: asking,
    },
    Spec {
        name: "cluster",
        arity: -2,
        flags: CommandFlags::empty(),
        keys: KeySpec::None,
        acl: NONE,
        subcommands: SUBCOMMANDS,
        handler: help::help,
    },
    Spec {
        name: "readonly",
        arity: 1,
        flags: CommandFlags::FAST.union(CommandFlags::LOADING).union(STALE),
        keys: KeySpec::None,
        acl: AclCategory::CONNECTION,
        subcommands: &[],
        handler: read_only,
    },
    Spec {
        name: "readwrite",
        arity: 1,
        flags: CommandFlags::FAST.union(CommandFlags::LOADING).union(STALE),
        keys: KeySpec::None,
        acl: AclCategory::CONNECTION,
        subcommands: &[],
        handler: read_write,
    },
];

/// A call that Redis 7.0 refuses for its number of words, and Valkey 9 knows:
/// `CLUSTER REPLICATE NO ONE`.
pub(crate) fn is_later_form(args: &[&[u8]]) -> bool {
    let words: [&[u8]; 4] = [b"cluster", b"replicate", b"no", b"one"];
    args.len() == words.len() && args.iter().zip(words).all(|(a, w)| a.eq_ignore_ascii_case(w))
}

const DISABLED: &str = "ERR This instance has cluster support disabled";

/// `ASKING`: the next command of this client may reach a slot that is being imported.
fn asking(call: &mut Call<'_>) {
    set_flag(call, ClientFlags::ASKING, true);
}

/// `READONLY`: a replica may serve this client's reads.
fn read_only(call: &mut Call<'_>) {
    set_flag(call, ClientFlags::READONLY, true);
}

/// `READWRITE`: back to MOVED for every key of another node.
fn read_write(call: &mut Call<'_>) {
    set_flag(call, ClientFlags::READONLY, false);
}

fn set_flag(call: &mut Call<'_>, flag: ClientFlags, on: bool) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    if let Some(client) = call.session() {
        client.flags.set(flag, on);
    }
    call.out.ok();
}

/// The words of a subcommand fit none of its forms (`addReplySubcommandSyntaxError`).
fn wrong_form(call: &mut Call<'_>) {
    let fail = crate::command::wrong_subcommand(call.args);
    call.error_bytes(&fail.0);
}

/// The argument at `at` as a slot, or the error 7.0 answers.
fn slot_argument(call: &mut Call<'_>, at: usize) -> Option<Slot> {
    let number = call.args.get(at).and_then(|arg| parse_i64(arg));
    let slot = number.and_then(|n| u16::try_from(n).ok()).and_then(Slot::new);
    if slot.is_none() {
        call.error("ERR Invalid or out of range slot");
    }
    slot
}

/// The known node whose id is the argument at `at`; `unknown` is the error's text before the name.
fn known_node(call: &mut Call<'_>, at: usize, unknown: &str) -> Option<NodeIx> {
    let text = call.args.get(at).copied().unwrap_or_default();
    let cluster = call.node.cluster.as_ref()?;
    let found = NodeId::from_bytes(text).and_then(|id| cluster.nodes.find(&id));
    if found.is_none() {
        let fail = crate::command::Fail::quoting(&format!("ERR {unknown} "), text, "");
        call.error_bytes(&fail.0);
    }
    found
}
