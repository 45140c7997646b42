//! The flags and ACL categories of commands, with the names that `COMMAND INFO` prints.

use bitflags::bitflags;

bitflags! {
    /// `CMD_*` in server.h.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CommandFlags: u32 {
        /// May change data.
        const WRITE = 1 << 0;
        /// Reads keys only.
        const READONLY = 1 << 1;
        /// Refused when memory is full.
        const DENYOOM = 1 << 2;
        /// For operators.
        const ADMIN = 1 << 3;
        /// Publish and subscribe.
        const PUBSUB = 1 << 4;
        /// Not from scripts.
        const NOSCRIPT = 1 << 5;
        /// May block the client.
        const BLOCKING = 1 << 6;
        /// Allowed while data is being loaded.
        const LOADING = 1 << 7;
        /// Allowed on a replica whose data is stale.
        const STALE = 1 << 8;
        /// Not shown to MONITOR.
        const SKIP_MONITOR = 1 << 9;
        /// Not in the slow log.
        const SKIP_SLOWLOG = 1 << 10;
        /// Implies ASKING.
        const ASKING = 1 << 11;
        /// O(1) or O(log n).
        const FAST = 1 << 12;
        /// Allowed before AUTH.
        const NO_AUTH = 1 << 13;
        /// May cause replication traffic though it is not a write.
        const MAY_REPLICATE = 1 << 14;
        /// Takes keys, but may be called without any.
        const NO_MANDATORY_KEYS = 1 << 15;
        /// Needs `enable-debug-command` and its like.
        const PROTECTED = 1 << 16;
        /// Not allowed while an asynchronous load runs.
        const NO_ASYNC_LOADING = 1 << 17;
        /// Not inside MULTI.
        const NO_MULTI = 1 << 18;
        /// Allowed while a script runs too long.
        const ALLOW_BUSY = 1 << 19;
        /// Its keys cannot be told from positions alone.
        const MOVABLE_KEYS = 1 << 20;
        /// Redis 7.0 does not have it: it can be called, but `COMMAND …` does not tell of it.
        const BEYOND = 1 << 21;
    }
}

bitflags! {
    /// `ACL_CATEGORY_*` in server.h.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct AclCategory: u32 {
        /// `@keyspace`
        const KEYSPACE = 1 << 0;
        /// `@read`
        const READ = 1 << 1;
        /// `@write`
        const WRITE = 1 << 2;
        /// `@set`
        const SET = 1 << 3;
        /// `@sortedset`
        const SORTEDSET = 1 << 4;
        /// `@list`
        const LIST = 1 << 5;
        /// `@hash`
        const HASH = 1 << 6;
        /// `@string`
        const STRING = 1 << 7;
        /// `@bitmap`
        const BITMAP = 1 << 8;
        /// `@hyperloglog`
        const HYPERLOGLOG = 1 << 9;
        /// `@geo`
        const GEO = 1 << 10;
        /// `@stream`
        const STREAM = 1 << 11;
        /// `@pubsub`
        const PUBSUB = 1 << 12;
        /// `@admin`
        const ADMIN = 1 << 13;
        /// `@fast`
        const FAST = 1 << 14;
        /// `@slow`
        const SLOW = 1 << 15;
        /// `@blocking`
        const BLOCKING = 1 << 16;
        /// `@dangerous`
        const DANGEROUS = 1 << 17;
        /// `@connection`
        const CONNECTION = 1 << 18;
        /// `@transaction`
        const TRANSACTION = 1 << 19;
        /// `@scripting`
        const SCRIPTING = 1 << 20;
    }
}
