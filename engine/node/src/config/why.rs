//! Why a directive is accepted without effect: one line each, for the log.

macro_rules! reasons {
    ($($name:ident = $text:literal;)*) => { $(pub(super) const $name: &str = $text;)* };
}

reasons! {
    ONE_THREAD = "one thread serves all clients";
    OWN_TABLES = "its tables grow step by step by themselves";
    ALLOCATOR = "memory is left to the allocator of the platform";
    NO_CRASH_LOG = "nothing looks at the memory or at the time that a command takes";
    NO_CHECKS = "the one check that it names is about forks, and this process never forks";
    NO_TLS = "there is no TLS";
    ALWAYS_SANE = "payloads are always checked";
    NO_MODULES = "there are no modules";
    NO_COMPRESS = "lists are not compressed";
}
