//! Why a directive is accepted without effect: one line each, for the log.

macro_rules! reasons {
    ($($name:ident = $text:literal;)*) => { $(pub(super) const $name: &str = $text;)* };
}

reasons! {
    ONE_THREAD = "one thread serves all clients";
    OWN_TABLES = "its tables grow step by step by themselves";
    NO_TITLE = "the title of the process is not changed";
    NO_DYNAMIC_HZ = "timers are exact, and do not follow hz";
    NO_FREE_THREAD = "values are freed where they are dropped";
    DRIVER_FSYNC = "files are synced when they are complete";
    NO_FORK = "a rewrite runs in the same process";
    ALLOCATOR = "memory is left to the allocator of the platform";
    NO_SYSLOG = "the log goes to the log file or to standard output";
    NO_CRASH_LOG = "a crash leaves the report of the Rust runtime";
    NO_ACL_FILE = "there is only the default user";
    NO_PINNING = "threads are not pinned to processors";
    NO_CHECKS = "the system is not checked at the start";
    NO_SUPERVISOR = "no supervisor is told";
    NO_MARK = "packets are not marked";
    NO_TLS = "there is no TLS";
    NO_STREAMS = "there are no streams";
    NO_TRACKING = "there is no client-side caching";
    NODELAY = "small packets are never held back";
    AOF_GC = "old AOF files are always removed";
    REPLICA_DISK = "a replica goes on as its default says";
    ALWAYS_SANE = "payloads are always checked";
    NO_MODULES = "there are no modules";
    PROPAGATION = "such errors are counted, and nothing else";
    TENACITY = "eviction goes on until there is room";
    NO_COMPRESS = "lists are not compressed";
    EXPIRE_EFFORT = "expired keys are always looked for with the same effort";
    NO_SCRIPTS = "there are no scripts";
}
