//! Commands as data: one [`Spec`] a command drives arity, flags, routing, `COMMAND …`, ACL
//! categories and the handler.

mod access;
mod acl;
mod args;
mod bitfield;
mod bitmap;
mod call;
mod client;
mod client_list;
mod client_tracking;
mod cluster;
mod config;
mod connection;
mod debug_data;
mod debug_protocol;
mod debug_switches;
mod debugging;
mod draw;
mod dump;
mod eval;
mod expire;
mod expire_args;
mod fail;
mod flags;
mod function;
mod generic;
mod geo;
mod geo_areas;
mod geo_search;
mod geohash;
mod hash;
mod help;
mod hyperloglog;
mod info;
mod info_memory;
mod introspection;
mod key_use;
mod keys;
mod keyspace;
mod latency;
mod lcs;
mod list;
mod list_blocking;
mod list_move;
mod list_pop;
mod list_pos;
mod macros;
mod memory_report;
mod migrate;
mod object;
mod partial_sort;
mod persist;
mod pubsub;
mod redact;
mod reference;
mod replication;
mod scan;
mod server;
mod set;
mod set_algebra;
mod slowlog;
mod sort;
mod stream;
mod stream_args;
mod stream_claim;
mod stream_group;
mod stream_info;
mod stream_pending;
mod stream_read;
mod stream_told;
mod string;
mod table;
mod transactions;
mod waiting;
mod zset;
mod zset_algebra;
mod zset_pop;
mod zset_range;

pub(crate) use access::At;
pub(crate) use call::{Call, Propagation};
pub(crate) use client_list::client_line;
pub(crate) use cluster::is_later_form;
pub(crate) use debug_switches::DebugSwitches;
pub(crate) use fail::{Answer, Fail, shown, unknown_subcommand, wrong_subcommand};
pub use flags::{AclCategory, CommandFlags};
pub(crate) use info::{info_report, push_field};
pub(crate) use key_use::{KeyUse, keys_with_use};
pub use keys::KeySpec;
pub(crate) use redact::redacted;
pub use reference::command_docs;
pub(crate) use reference::{is_of_redis, reference_entries};
pub(crate) use slowlog::SlowLog;
pub use table::{all, find};
pub(crate) use table::{full_name, lookup};

/// The function that carries out a command. It finds its arguments in the [`Call`] and writes
/// exactly one reply there (none when the client was blocked).
pub(crate) type Handler = fn(&mut Call<'_>);

/// What is known about a command before it runs (`struct redisCommand` in server.h).
#[derive(Clone, Copy)]
pub struct Spec {
    /// Its name in lower case; for a subcommand the second word only.
    pub name: &'static str,
    /// Number of words with the name; negative means at least that many.
    pub arity: i32,
    /// What it does and where it may run.
    pub flags: CommandFlags,
    /// Which words are keys.
    pub keys: KeySpec,
    /// The ACL categories beyond those that follow from the flags.
    pub acl: AclCategory,
    /// Its subcommands; empty for a plain command.
    pub subcommands: &'static [Spec],
    /// Carries it out. A container (`CLUSTER`, `CONFIG`) has the handler of its subcommands.
    pub(crate) handler: Handler,
}

impl Spec {
    /// Whether `count` words are a call of the right length.
    #[must_use]
    pub const fn arity_fits(&self, count: usize) -> bool {
        if self.arity >= 0 {
            count == self.arity as usize
        } else {
            count >= self.arity.unsigned_abs() as usize
        }
    }

    /// All its ACL categories, with those that follow from its flags
    /// (`setImplicitACLCategories` in server.c).
    #[must_use]
    pub fn all_categories(&self) -> AclCategory {
        let implied = [
            (CommandFlags::WRITE, AclCategory::WRITE),
            (CommandFlags::READONLY, AclCategory::READ),
            (CommandFlags::ADMIN, AclCategory::ADMIN.union(AclCategory::DANGEROUS)),
            (CommandFlags::PUBSUB, AclCategory::PUBSUB),
            (CommandFlags::FAST, AclCategory::FAST),
            (CommandFlags::BLOCKING, AclCategory::BLOCKING),
        ];
        let mut all = self.acl;
        for (flag, category) in implied {
            // What a script reads is its own affair.
            let script = flag == CommandFlags::READONLY && all.contains(AclCategory::SCRIPTING);
            if self.flags.contains(flag) && !script {
                all |= category;
            }
        }
        if !self.flags.contains(CommandFlags::FAST) {
            all |= AclCategory::SLOW;
        }
        all
    }

    /// Whether it may change data.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        self.flags.contains(CommandFlags::WRITE)
    }
}

impl core::fmt::Debug for Spec {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Spec").field("name", &self.name).field("arity", &self.arity).finish()
    }
}
