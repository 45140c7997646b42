//! The table of directives: what Redis 7.0.15's `CONFIG GET *` knows, in the order of config.c, each
//! with its type, default, bounds and effect. It makes the fields of [`Config`].

use super::enums::*;
use super::spec::{Spec, check};
use super::special::*;
use super::value::{Rewrite, Value};
use super::why;

/// CONFIG SET refuses it.
pub const IMMUTABLE: u8 = 1;
/// It takes several arguments.
pub const MULTI_ARG: u8 = 2;
/// Its value is a secret: not shown in MONITOR and the slow log.
pub const SENSITIVE: u8 = 4;
/// Pattern and `CONFIG GET *` do not show it.
pub const HIDDEN: u8 = 8;
/// CONFIG SET refuses it unless `enable-protected-configs` allows.
pub const PROTECTED: u8 = 16;
/// CONFIG SET refuses it while data is being loaded.
pub const DENY_LOADING: u8 = 32;
const NONE: u8 = 0;

/// Whether a node heeds a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It does.
    Obeyed,
    /// It accepts and keeps the value; why nothing follows from it.
    None(&'static str),
}

/// One directive of redis.conf.
pub struct Directive {
    /// Its name.
    pub name: &'static str,
    /// Its other name, from the days of slaves and ziplists.
    pub alias: Option<&'static str>,
    /// [`IMMUTABLE`], [`MULTI_ARG`], [`SENSITIVE`], [`HIDDEN`], [`PROTECTED`], [`DENY_LOADING`].
    pub flags: u8,
    /// Whether it is heeded.
    pub effect: Effect,
    pub(super) print: fn(&Config) -> Vec<u8>,
    pub(super) assign: fn(&mut Config, &[Vec<u8>]) -> Result<(), String>,
    /// Puts the value of the second configuration into the first.
    pub(super) restore: fn(&mut Config, &Config),
    pub(super) is_default: fn(&Config) -> bool,
    pub(super) rewrite: fn(&Config) -> Rewrite,
}

macro_rules! directives {
    ($($name:literal $alias:expr, [$($flag:ident)|+], $field:ident: $ty:ty = $default:expr,
       $spec:expr, $effect:expr, $about:literal;)*) => {
        /// All directives, typed. A field is named as its directive, with `_ms` where the unit
        /// would not be clear.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Config {
            $(#[doc = concat!("`", $name, "`: ", $about)] pub $field: $ty,)*
            /// The lines of redis.conf that are no directives of the table.
            pub extra: super::Extra,
        }

        impl Default for Config {
            fn default() -> Self {
                Self { $($field: $default,)* extra: super::Extra::default() }
            }
        }

        /// The table.
        pub static DIRECTIVES: &[Directive] = &[$(Directive {
            name: $name,
            alias: $alias,
            flags: $($flag)|+,
            effect: $effect,
            print: |config| config.$field.print(&$spec),
            assign: |config, args| config.$field.assign(args, &$spec),
            restore: |to, from| to.$field = from.$field.clone(),
            is_default: |config| {
                let default: $ty = $default;
                config.$field == default
            },
            rewrite: |config| {
                let default: $ty = $default;
                config.$field.rewrite(&default, &$spec)
            },
        },)*];
    };
}

const MB: i128 = 1 << 20;
const I32: i128 = i32::MAX as i128;
const U32: i128 = u32::MAX as i128;
const I64: i128 = i64::MAX as i128;
const U64: i128 = u64::MAX as i128;

#[rustfmt::skip]
directives! {
    // Yes or no.
    "rdbchecksum" None, [IMMUTABLE], rdbchecksum: bool = true, Spec::Plain, Effect::Obeyed, "Whether an RDB file ends with a CRC64 of its content.";
    "daemonize" None, [IMMUTABLE], daemonize: bool = false, Spec::Plain, Effect::Obeyed, "Whether the process goes to the background.";
    "io-threads-do-reads" None, [IMMUTABLE], io_threads_do_reads: bool = false, Spec::Plain, Effect::None(why::ONE_THREAD), "Whether the I/O threads read and parse too.";
    "always-show-logo" None, [IMMUTABLE], always_show_logo: bool = false, Spec::Plain, Effect::Obeyed, "Whether the start-up log shows the logo off a terminal too.";
    "protected-mode" None, [NONE], protected_mode: bool = true, Spec::Plain, Effect::Obeyed, "Whether strangers are refused while there is no password.";
    "rdbcompression" None, [NONE], rdbcompression: bool = true, Spec::Plain, Effect::Obeyed, "Whether long strings in an RDB file are compressed with LZF.";
    "rdb-del-sync-files" None, [NONE], rdb_del_sync_files: bool = false, Spec::Plain, Effect::Obeyed, "Whether files made for a full sync are removed when nothing else needs them.";
    "activerehashing" None, [NONE], activerehashing: bool = true, Spec::Plain, Effect::None(why::OWN_TABLES), "Whether idle time is spent on rehashing the main dictionaries.";
    "stop-writes-on-bgsave-error" None, [NONE], stop_writes_on_bgsave_error: bool = true, Spec::Plain, Effect::Obeyed, "Whether writes are refused after a failed snapshot.";
    "set-proc-title" None, [IMMUTABLE], set_proc_title: bool = true, Spec::Plain, Effect::Obeyed, "Whether the process shows its address and mode in its title.";
    "dynamic-hz" None, [NONE], dynamic_hz: bool = true, Spec::Plain, Effect::Obeyed, "Whether `hz` grows with the number of clients.";
    "lazyfree-lazy-eviction" None, [NONE], lazyfree_lazy_eviction: bool = false, Spec::Plain, Effect::Obeyed, "Whether evicted values are freed in the background.";
    "lazyfree-lazy-expire" None, [NONE], lazyfree_lazy_expire: bool = false, Spec::Plain, Effect::Obeyed, "Whether expired values are freed in the background.";
    "lazyfree-lazy-server-del" None, [NONE], lazyfree_lazy_server_del: bool = false, Spec::Plain, Effect::Obeyed, "Whether overwritten values are freed in the background.";
    "lazyfree-lazy-user-del" None, [NONE], lazyfree_lazy_user_del: bool = false, Spec::Plain, Effect::Obeyed, "Whether DEL works like UNLINK.";
    "lazyfree-lazy-user-flush" None, [NONE], lazyfree_lazy_user_flush: bool = false, Spec::Plain, Effect::Obeyed, "Whether FLUSHALL without a flag works like ASYNC.";
    "repl-disable-tcp-nodelay" None, [NONE], repl_disable_tcp_nodelay: bool = false, Spec::Plain, Effect::Obeyed, "Whether replication links may gather small writes.";
    "repl-diskless-sync" None, [NONE], repl_diskless_sync: bool = true, Spec::Plain, Effect::Obeyed, "Whether a full sync goes straight to the replica's socket.";
    "aof-rewrite-incremental-fsync" None, [NONE], aof_rewrite_incremental_fsync: bool = true, Spec::Plain, Effect::Obeyed, "Whether an AOF rewrite syncs as it goes.";
    "no-appendfsync-on-rewrite" None, [NONE], no_appendfsync_on_rewrite: bool = false, Spec::Plain, Effect::Obeyed, "Whether the AOF is not synced while a rewrite runs.";
    "cluster-require-full-coverage" None, [NONE], cluster_require_full_coverage: bool = true, Spec::Plain, Effect::Obeyed, "Whether one uncovered slot stops the whole cluster.";
    "rdb-save-incremental-fsync" None, [NONE], rdb_save_incremental_fsync: bool = true, Spec::Plain, Effect::Obeyed, "Whether saving an RDB file syncs as it goes.";
    "aof-load-truncated" None, [NONE], aof_load_truncated: bool = true, Spec::Plain, Effect::Obeyed, "Whether an AOF with a torn tail is loaded up to the tear.";
    "aof-use-rdb-preamble" None, [NONE], aof_use_rdb_preamble: bool = true, Spec::Plain, Effect::Obeyed, "Whether an AOF rewrite writes its base as RDB.";
    "aof-timestamp-enabled" None, [NONE], aof_timestamp_enabled: bool = false, Spec::Plain, Effect::Obeyed, "Whether the AOF carries timestamps.";
    "cluster-replica-no-failover" Some("cluster-slave-no-failover"), [NONE], cluster_replica_no_failover: bool = false, Spec::Plain, Effect::Obeyed, "Whether this node never stands for election.";
    "replica-lazy-flush" Some("slave-lazy-flush"), [NONE], replica_lazy_flush: bool = false, Spec::Plain, Effect::Obeyed, "Whether a replica drops its old data in the background.";
    "replica-serve-stale-data" Some("slave-serve-stale-data"), [NONE], replica_serve_stale_data: bool = true, Spec::Plain, Effect::Obeyed, "Whether a replica without its master answers at all.";
    "replica-read-only" Some("slave-read-only"), [NONE], replica_read_only: bool = true, Spec::Plain, Effect::Obeyed, "Whether a replica refuses writes.";
    "replica-ignore-maxmemory" Some("slave-ignore-maxmemory"), [NONE], replica_ignore_maxmemory: bool = true, Spec::Plain, Effect::Obeyed, "Whether a replica leaves eviction to its master.";
    "jemalloc-bg-thread" None, [NONE], jemalloc_bg_thread: bool = true, Spec::Plain, Effect::None(why::ALLOCATOR), "Whether jemalloc purges in a thread of its own.";
    "activedefrag" None, [NONE], activedefrag: bool = false, Spec::Plain, Effect::None(why::ALLOCATOR), "Whether memory is defragmented while the server runs.";
    "syslog-enabled" None, [IMMUTABLE], syslog_enabled: bool = false, Spec::Plain, Effect::Obeyed, "Whether the log goes to syslog too.";
    "cluster-enabled" None, [IMMUTABLE], cluster_enabled: bool = false, Spec::Plain, Effect::Obeyed, "Whether this process is a node of a cluster.";
    "appendonly" None, [DENY_LOADING], appendonly: bool = false, Spec::Plain, Effect::Obeyed, "Whether every write is appended to the AOF.";
    "cluster-allow-reads-when-down" None, [NONE], cluster_allow_reads_when_down: bool = false, Spec::Plain, Effect::Obeyed, "Whether reads are served while the cluster is down.";
    "cluster-allow-pubsubshard-when-down" None, [NONE], cluster_allow_pubsubshard_when_down: bool = true, Spec::Plain, Effect::Obeyed, "Whether sharded pub/sub is served while the cluster is down.";
    "crash-log-enabled" None, [NONE], crash_log_enabled: bool = true, Spec::Plain, Effect::Obeyed, "Whether a crash leaves a report in the log.";
    "crash-memcheck-enabled" None, [NONE], crash_memcheck_enabled: bool = true, Spec::Plain, Effect::None(why::NO_CRASH_LOG), "Whether a crash is followed by a memory test.";
    "use-exit-on-panic" None, [HIDDEN], use_exit_on_panic: bool = false, Spec::Plain, Effect::Obeyed, "Whether a panic ends with exit instead of abort.";
    "disable-thp" None, [IMMUTABLE], disable_thp: bool = true, Spec::Plain, Effect::Obeyed, "Whether transparent huge pages are turned off for the process.";
    "cluster-allow-replica-migration" None, [NONE], cluster_allow_replica_migration: bool = true, Spec::Plain, Effect::Obeyed, "Whether replicas may move to orphaned masters.";
    "replica-announced" None, [NONE], replica_announced: bool = true, Spec::Plain, Effect::Obeyed, "Whether INFO of the master shows this replica to Sentinel.";
    "latency-tracking" None, [NONE], latency_tracking: bool = true, Spec::Plain, Effect::Obeyed, "Whether latencies are counted for every command.";
    "aof-disable-auto-gc" None, [NONE], aof_disable_auto_gc: bool = false, Spec::Plain, Effect::Obeyed, "Whether old AOF files are kept after a rewrite.";
    "replica-ignore-disk-write-errors" None, [NONE], replica_ignore_disk_write_errors: bool = false, Spec::Plain, Effect::Obeyed, "Whether a replica goes on when it cannot write its disk.";

    // Texts.
    "aclfile" None, [IMMUTABLE], aclfile: String = String::new(), Spec::TEXT, Effect::Obeyed, "The file that holds the users.";
    "unixsocket" None, [IMMUTABLE], unixsocket: String = String::new(), Spec::NULLABLE, Effect::Obeyed, "The path of a Unix socket to listen on.";
    "pidfile" None, [IMMUTABLE], pidfile: String = String::new(), Spec::NULLABLE, Effect::Obeyed, "The file that holds the process id.";
    "replica-announce-ip" Some("slave-announce-ip"), [NONE], replica_announce_ip: String = String::new(), Spec::NULLABLE, Effect::Obeyed, "The address that a replica tells its master.";
    "masteruser" None, [SENSITIVE], masteruser: String = String::new(), Spec::NULLABLE, Effect::Obeyed, "The user with which a replica logs in at its master.";
    "cluster-announce-ip" None, [NONE], cluster_announce_ip: String = String::new(), Spec::NULLABLE, Effect::Obeyed, "The address that this node tells the cluster.";
    "cluster-config-file" None, [IMMUTABLE], cluster_config_file: String = "nodes.conf".into(), Spec::TEXT, Effect::Obeyed, "The name of nodes.conf.";
    "cluster-announce-hostname" None, [NONE], cluster_announce_hostname: String = String::new(), Spec::checked(check::hostname, true), Effect::Obeyed, "The host name that this node tells the cluster.";
    "syslog-ident" None, [IMMUTABLE], syslog_ident: String = "redis".into(), Spec::TEXT, Effect::Obeyed, "The name under which syslog lines are written.";
    "dbfilename" None, [PROTECTED], dbfilename: String = "dump.rdb".into(), Spec::checked(check::dbfilename, false), Effect::Obeyed, "The name of the RDB file.";
    "appendfilename" None, [IMMUTABLE], appendfilename: String = "appendonly.aof".into(), Spec::checked(check::appendfilename, false), Effect::Obeyed, "The base of the names of the AOF files.";
    "appenddirname" None, [IMMUTABLE], appenddirname: String = "appendonlydir".into(), Spec::checked(check::appenddirname, false), Effect::Obeyed, "The folder of the AOF files.";
    "server_cpulist" None, [IMMUTABLE], server_cpulist: String = String::new(), Spec::NULLABLE, Effect::Obeyed, "The processors of the main thread.";
    "bio_cpulist" None, [IMMUTABLE], bio_cpulist: String = String::new(), Spec::NULLABLE, Effect::Obeyed, "The processors of the background threads.";
    "aof_rewrite_cpulist" None, [IMMUTABLE], aof_rewrite_cpulist: String = String::new(), Spec::NULLABLE, Effect::Obeyed, "The processors of an AOF rewrite.";
    "bgsave_cpulist" None, [IMMUTABLE], bgsave_cpulist: String = String::new(), Spec::NULLABLE, Effect::Obeyed, "The processors of a snapshot.";
    "ignore-warnings" None, [NONE], ignore_warnings: String = String::new(), Spec::TEXT, Effect::None(why::NO_CHECKS), "Names of start-up checks whose outcome is ignored.";
    "proc-title-template" None, [NONE], proc_title_template: String = "{title} {listen-addr} {server-mode}".into(), Spec::checked(check::title, false), Effect::Obeyed, "How the title of the process is made.";
    "bind-source-addr" None, [NONE], bind_source_addr: String = String::new(), Spec::NULLABLE, Effect::Obeyed, "The address from which this node opens its links.";
    "logfile" None, [IMMUTABLE], logfile: String = String::new(), Spec::TEXT, Effect::Obeyed, "The log; empty for standard output.";

    // Secrets, kept as bytes.
    "masterauth" None, [SENSITIVE], masterauth: Vec<u8> = Vec::new(), Spec::NULLABLE, Effect::Obeyed, "The password with which a replica logs in at its master.";
    "requirepass" None, [SENSITIVE], requirepass: Vec<u8> = Vec::new(), Spec::NULLABLE, Effect::Obeyed, "The password of the default user.";

    // One of a few words.
    "supervised" None, [IMMUTABLE], supervised: Supervised = Supervised::No, Spec::Plain, Effect::Obeyed, "Which supervisor is told that the server is ready.";
    "syslog-facility" None, [IMMUTABLE], syslog_facility: SyslogFacility = SyslogFacility::Local0, Spec::Plain, Effect::Obeyed, "Under which facility syslog lines are written.";
    "repl-diskless-load" None, [DENY_LOADING], repl_diskless_load: DisklessLoad = DisklessLoad::Disabled, Spec::Plain, Effect::Obeyed, "How a replica loads what a full sync brings.";
    "loglevel" None, [NONE], loglevel: Verbosity = Verbosity::Notice, Spec::Plain, Effect::Obeyed, "From which level on lines are logged.";
    "maxmemory-policy" None, [NONE], maxmemory_policy: MaxmemoryPolicy = MaxmemoryPolicy::NoEviction, Spec::Plain, Effect::Obeyed, "What is evicted when memory is full.";
    "appendfsync" None, [NONE], appendfsync: AppendFsync = AppendFsync::EverySec, Spec::Plain, Effect::Obeyed, "When the AOF is made durable.";
    "oom-score-adj" None, [NONE], oom_score_adj: OomScoreAdj = OomScoreAdj::No, Spec::Plain, Effect::Obeyed, "Whether the kernel is told whom to kill first.";
    "acl-pubsub-default" None, [NONE], acl_pubsub_default: AclPubsubDefault = AclPubsubDefault::ResetChannels, Spec::Plain, Effect::Obeyed, "Whether new users may use every channel.";
    "sanitize-dump-payload" None, [NONE], sanitize_dump_payload: SanitizeDump = SanitizeDump::No, Spec::Plain, Effect::None(why::ALWAYS_SANE), "Whether RESTORE and full syncs check their payload deeply.";
    "enable-protected-configs" None, [IMMUTABLE], enable_protected_configs: Protected = Protected::No, Spec::Plain, Effect::Obeyed, "Who may CONFIG SET `dir` and `dbfilename`.";
    "enable-debug-command" None, [IMMUTABLE], enable_debug_command: Protected = Protected::No, Spec::Plain, Effect::Obeyed, "Who may use DEBUG.";
    "enable-module-command" None, [IMMUTABLE], enable_module_command: Protected = Protected::No, Spec::Plain, Effect::None(why::NO_MODULES), "Who may use MODULE.";
    "cluster-preferred-endpoint-type" None, [NONE], cluster_preferred_endpoint_type: EndpointType = EndpointType::Ip, Spec::Plain, Effect::Obeyed, "What redirections and CLUSTER SLOTS show: the address or the host name.";
    "propagation-error-behavior" None, [NONE], propagation_error_behavior: PropagationError = PropagationError::Ignore, Spec::Plain, Effect::Obeyed, "What happens when a replicated command fails.";
    "shutdown-on-sigint" None, [MULTI_ARG], shutdown_on_sigint: ShutdownOnSignal = ShutdownOnSignal::default(), Spec::Plain, Effect::Obeyed, "What SIGINT does.";
    "shutdown-on-sigterm" None, [MULTI_ARG], shutdown_on_sigterm: ShutdownOnSignal = ShutdownOnSignal::default(), Spec::Plain, Effect::Obeyed, "What SIGTERM does.";

    // Numbers.
    "databases" None, [IMMUTABLE], databases: usize = 16, Spec::number(1, I32), Effect::Obeyed, "How many databases there are outside cluster mode.";
    "port" None, [NONE], port: u16 = 6379, Spec::number(0, 65535), Effect::Obeyed, "The client port; 0 for none.";
    "io-threads" None, [IMMUTABLE], io_threads: u64 = 1, Spec::number(1, 128), Effect::None(why::ONE_THREAD), "How many threads write and read sockets.";
    "auto-aof-rewrite-percentage" None, [NONE], auto_aof_rewrite_percentage: u64 = 100, Spec::number(0, I32), Effect::Obeyed, "By how many percent the AOF must grow before it is rewritten; 0 for never.";
    "cluster-replica-validity-factor" Some("cluster-slave-validity-factor"), [NONE], cluster_replica_validity_factor: u64 = 10, Spec::number(0, I32), Effect::Obeyed, "How many node timeouts old a replica's data may be to stand for election; 0 for any.";
    "list-max-listpack-size" Some("list-max-ziplist-size"), [NONE], list_max_listpack_size: i64 = -2, Spec::number(-2_147_483_648, I32), Effect::Obeyed, "How large a list stays one compact block: a count, or -1 to -5 for 4 to 64 KiB.";
    "tcp-keepalive" None, [NONE], tcp_keepalive: u64 = 300, Spec::number(0, I32), Effect::Obeyed, "Seconds between keep-alive probes; 0 for none.";
    "cluster-migration-barrier" None, [NONE], cluster_migration_barrier: u64 = 1, Spec::number(0, I32), Effect::Obeyed, "How many replicas a master keeps when one moves to an orphan.";
    "active-defrag-cycle-min" None, [NONE], active_defrag_cycle_min: u64 = 1, Spec::number(1, 99), Effect::None(why::ALLOCATOR), "The least effort of defragmentation in percent of a processor.";
    "active-defrag-cycle-max" None, [NONE], active_defrag_cycle_max: u64 = 25, Spec::number(1, 99), Effect::None(why::ALLOCATOR), "The largest effort of defragmentation in percent of a processor.";
    "active-defrag-threshold-lower" None, [NONE], active_defrag_threshold_lower: u64 = 10, Spec::number(0, 1000), Effect::None(why::ALLOCATOR), "The waste in percent at which defragmentation starts.";
    "active-defrag-threshold-upper" None, [NONE], active_defrag_threshold_upper: u64 = 100, Spec::number(0, 1000), Effect::None(why::ALLOCATOR), "The waste in percent at which it works hardest.";
    "lfu-log-factor" None, [NONE], lfu_log_factor: u64 = 10, Spec::number(0, I32), Effect::Obeyed, "How slowly the frequency counter of LFU grows.";
    "lfu-decay-time" None, [NONE], lfu_decay_time: u64 = 1, Spec::number(0, I32), Effect::Obeyed, "Minutes until the frequency counter of LFU loses one.";
    "replica-priority" Some("slave-priority"), [NONE], replica_priority: u64 = 100, Spec::number(0, I32), Effect::Obeyed, "The order in which Sentinel promotes replicas; 0 for never.";
    "repl-diskless-sync-delay" None, [NONE], repl_diskless_sync_delay: u64 = 5, Spec::number(0, I32), Effect::Obeyed, "Seconds a diskless sync waits for more replicas.";
    "maxmemory-samples" None, [NONE], maxmemory_samples: u64 = 5, Spec::number(1, I32), Effect::Obeyed, "How many keys eviction looks at.";
    "maxmemory-eviction-tenacity" None, [NONE], maxmemory_eviction_tenacity: u64 = 10, Spec::number(0, 100), Effect::Obeyed, "How long eviction may take, 0 to 100.";
    "timeout" None, [NONE], timeout_s: u64 = 0, Spec::number(0, I32), Effect::Obeyed, "Seconds after which an idle client is closed; 0 for never.";
    "replica-announce-port" Some("slave-announce-port"), [NONE], replica_announce_port: u16 = 0, Spec::number(0, 65535), Effect::Obeyed, "The port that a replica tells its master.";
    "tcp-backlog" None, [IMMUTABLE], tcp_backlog: u64 = 511, Spec::number(0, I32), Effect::Obeyed, "How many links may wait to be accepted.";
    "cluster-port" None, [IMMUTABLE], cluster_port: u16 = 0, Spec::number(0, 65535), Effect::Obeyed, "The bus port; 0 for the client port + 10000.";
    "cluster-announce-bus-port" None, [NONE], cluster_announce_bus_port: u16 = 0, Spec::number(0, 65535), Effect::Obeyed, "The bus port that this node tells the cluster; 0 for its own.";
    "cluster-announce-port" None, [NONE], cluster_announce_port: u16 = 0, Spec::number(0, 65535), Effect::Obeyed, "The client port that this node tells the cluster; 0 for its own.";
    "cluster-announce-tls-port" None, [NONE], cluster_announce_tls_port: u16 = 0, Spec::number(0, 65535), Effect::None(why::NO_TLS), "The TLS port that this node tells the cluster; 0 for its own.";
    "repl-timeout" None, [NONE], repl_timeout: u64 = 60, Spec::number(1, I32), Effect::Obeyed, "Seconds of silence after which a replication link is closed.";
    "repl-ping-replica-period" Some("repl-ping-slave-period"), [NONE], repl_ping_replica_period: u64 = 10, Spec::number(1, I32), Effect::Obeyed, "Seconds between a master's pings to its replicas.";
    "list-compress-depth" None, [NONE], list_compress_depth: u64 = 0, Spec::number(0, I32), Effect::None(why::NO_COMPRESS), "How many blocks at the ends of a list stay uncompressed; 0 for all.";
    "rdb-key-save-delay" None, [HIDDEN], rdb_key_save_delay: i64 = 0, Spec::number(-2_147_483_648, I32), Effect::Obeyed, "Microseconds to wait after each key of a snapshot.";
    "key-load-delay" None, [HIDDEN], key_load_delay: i64 = 0, Spec::number(-2_147_483_648, I32), Effect::Obeyed, "Microseconds to wait after each key that is loaded.";
    "active-expire-effort" None, [NONE], active_expire_effort: u64 = 1, Spec::number(1, 10), Effect::Obeyed, "How hard expired keys are looked for, 1 to 10.";
    "hz" None, [NONE], hz: u64 = 10, Spec::number(0, I32), Effect::Obeyed, "How often a second the server looks after timeouts and expiry.";
    "min-replicas-to-write" Some("min-slaves-to-write"), [NONE], min_replicas_to_write: u64 = 0, Spec::number(0, I32), Effect::Obeyed, "How many replicas must be at hand for a write.";
    "min-replicas-max-lag" Some("min-slaves-max-lag"), [NONE], min_replicas_max_lag: u64 = 10, Spec::number(0, I32), Effect::Obeyed, "How many seconds ago a replica must have answered to count.";
    "watchdog-period" None, [HIDDEN], watchdog_period: u64 = 0, Spec::number(0, I32), Effect::None(why::NO_CRASH_LOG), "Milliseconds after which a stuck server reports itself.";
    "shutdown-timeout" None, [NONE], shutdown_timeout: u64 = 10, Spec::number(0, I32), Effect::Obeyed, "Seconds that a shutdown waits for its replicas.";
    "repl-diskless-sync-max-replicas" None, [NONE], repl_diskless_sync_max_replicas: u64 = 0, Spec::number(0, I32), Effect::Obeyed, "How many waiting replicas start a diskless sync at once; 0 for the delay alone.";
    "maxclients" None, [NONE], maxclients: usize = 10000, Spec::number(1, U32), Effect::Obeyed, "How many clients there may be.";
    "unixsocketperm" None, [IMMUTABLE], unixsocketperm: u64 = 0, Spec::octal(0, 0o777), Effect::Obeyed, "The mode of the Unix socket, octal.";
    "socket-mark-id" None, [IMMUTABLE], socket_mark_id: u64 = 0, Spec::number(0, U32), Effect::Obeyed, "The mark of outgoing packets.";
    "active-defrag-max-scan-fields" None, [NONE], active_defrag_max_scan_fields: u64 = 1000, Spec::number(1, I64), Effect::None(why::ALLOCATOR), "The length from which a value is defragmented in steps.";
    "slowlog-max-len" None, [NONE], slowlog_max_len: u64 = 128, Spec::number(0, I64), Effect::Obeyed, "How many entries the slow log keeps.";
    "acllog-max-len" None, [NONE], acllog_max_len: u64 = 128, Spec::number(0, I64), Effect::Obeyed, "How many entries the ACL log keeps.";
    "busy-reply-threshold" Some("lua-time-limit"), [NONE], busy_reply_threshold_ms: u64 = 5000, Spec::number(0, I64), Effect::Obeyed, "Milliseconds after which a running script lets others be answered BUSY.";
    "cluster-node-timeout" None, [NONE], cluster_node_timeout_ms: u64 = 15000, Spec::number(0, I64), Effect::Obeyed, "Milliseconds of silence after which a node is suspected.";
    "slowlog-log-slower-than" None, [NONE], slowlog_log_slower_than: i64 = 10000, Spec::number(-1, I64), Effect::Obeyed, "Microseconds from which a command is slow; -1 for never.";
    "latency-monitor-threshold" None, [NONE], latency_monitor_threshold: u64 = 0, Spec::number(0, I64), Effect::Obeyed, "Milliseconds from which the latency monitor records; 0 for never.";
    "proto-max-bulk-len" None, [NONE], proto_max_bulk_len: u64 = 512 * MB as u64, Spec::memory(MB, I64), Effect::Obeyed, "The longest argument in bytes.";
    "stream-node-max-entries" None, [NONE], stream_node_max_entries: u64 = 100, Spec::number(0, I64), Effect::Obeyed, "How many entries a block of a stream holds.";
    "repl-backlog-size" None, [NONE], repl_backlog_size: u64 = MB as u64, Spec::memory(1, I64), Effect::Obeyed, "Bytes of the replication backlog.";
    "maxmemory" None, [NONE], maxmemory: u64 = 0, Spec::memory(0, U64), Effect::Obeyed, "Bytes from which eviction starts; 0 for never.";
    "cluster-link-sendbuf-limit" None, [NONE], cluster_link_sendbuf_limit: u64 = 0, Spec::memory(0, U64), Effect::Obeyed, "Bytes queued on a bus link from which it is closed; 0 for never.";
    "hash-max-listpack-entries" Some("hash-max-ziplist-entries"), [NONE], hash_max_listpack_entries: u64 = 512, Spec::number(0, I64), Effect::Obeyed, "How many fields a compact hash holds.";
    "set-max-intset-entries" None, [NONE], set_max_intset_entries: u64 = 512, Spec::number(0, I64), Effect::Obeyed, "How many numbers a compact set holds.";
    "zset-max-listpack-entries" Some("zset-max-ziplist-entries"), [NONE], zset_max_listpack_entries: u64 = 128, Spec::number(0, I64), Effect::Obeyed, "How many members a compact sorted set holds.";
    "active-defrag-ignore-bytes" None, [NONE], active_defrag_ignore_bytes: u64 = 100 * MB as u64, Spec::memory(1, I64), Effect::None(why::ALLOCATOR), "The waste in bytes at which defragmentation starts.";
    "hash-max-listpack-value" Some("hash-max-ziplist-value"), [NONE], hash_max_listpack_value: u64 = 64, Spec::memory(0, I64), Effect::Obeyed, "How long a field or value of a compact hash is.";
    "stream-node-max-bytes" None, [NONE], stream_node_max_bytes: u64 = 4096, Spec::memory(0, I64), Effect::Obeyed, "How many bytes a block of a stream holds.";
    "zset-max-listpack-value" Some("zset-max-ziplist-value"), [NONE], zset_max_listpack_value: u64 = 64, Spec::memory(0, I64), Effect::Obeyed, "How long a member of a compact sorted set is.";
    "hll-sparse-max-bytes" None, [NONE], hll_sparse_max_bytes: u64 = 3000, Spec::memory(0, I64), Effect::Obeyed, "How long a sparse HyperLogLog is.";
    "tracking-table-max-keys" None, [NONE], tracking_table_max_keys: u64 = 1_000_000, Spec::number(0, I64), Effect::Obeyed, "How many keys the client-side caching table holds.";
    "client-query-buffer-limit" None, [NONE], client_query_buffer_limit: u64 = 1024 * MB as u64, Spec::memory(MB, I64), Effect::Obeyed, "The longest unparsed input of a client in bytes.";
    "maxmemory-clients" None, [NONE], maxmemory_clients: i64 = 0, Spec::percent(-100, I64), Effect::Obeyed, "Bytes all clients may use together (negative: percent of maxmemory); 0 for any.";
    "repl-backlog-ttl" None, [NONE], repl_backlog_ttl: u64 = 3600, Spec::number(0, I64), Effect::Obeyed, "Seconds without replicas after which the backlog is dropped; 0 for never.";
    "auto-aof-rewrite-min-size" None, [NONE], auto_aof_rewrite_min_size: u64 = 64 * MB as u64, Spec::memory(0, I64), Effect::Obeyed, "The size in bytes from which the AOF is rewritten by itself.";
    "loading-process-events-interval-bytes" None, [HIDDEN], loading_process_events_interval_bytes: u64 = 2 * MB as u64, Spec::number(1024, I32), Effect::Obeyed, "How often loading looks at sockets, in bytes.";
    "tls-port" None, [NONE], tls_port: u16 = 0, Spec::number(0, 65535), Effect::None(why::NO_TLS), "The TLS port; 0 for none.";
    "tls-session-cache-size" None, [NONE], tls_session_cache_size: u64 = 20_480, Spec::number(0, I32), Effect::None(why::NO_TLS), "How many TLS sessions are kept.";
    "tls-session-cache-timeout" None, [NONE], tls_session_cache_timeout: u64 = 300, Spec::number(0, I32), Effect::None(why::NO_TLS), "Seconds a TLS session is kept.";

    // Yes or no.
    "tls-cluster" None, [NONE], tls_cluster: bool = false, Spec::Plain, Effect::None(why::NO_TLS), "Whether the bus uses TLS.";
    "tls-replication" None, [NONE], tls_replication: bool = false, Spec::Plain, Effect::None(why::NO_TLS), "Whether replication uses TLS.";

    // One of a few words.
    "tls-auth-clients" None, [NONE], tls_auth_clients: TlsAuthClients = TlsAuthClients::Yes, Spec::Plain, Effect::None(why::NO_TLS), "Whether clients must show a certificate.";

    // Yes or no.
    "tls-prefer-server-ciphers" None, [NONE], tls_prefer_server_ciphers: bool = false, Spec::Plain, Effect::None(why::NO_TLS), "Whether the server chooses the cipher.";
    "tls-session-caching" None, [NONE], tls_session_caching: bool = true, Spec::Plain, Effect::None(why::NO_TLS), "Whether TLS sessions are kept.";

    // Texts.
    "tls-cert-file" None, [NONE], tls_cert_file: String = String::new(), Spec::NULLABLE, Effect::None(why::NO_TLS), "The certificate.";
    "tls-key-file" None, [NONE], tls_key_file: String = String::new(), Spec::NULLABLE, Effect::None(why::NO_TLS), "Its key.";
    "tls-key-file-pass" None, [NONE], tls_key_file_pass: String = String::new(), Spec::NULLABLE, Effect::None(why::NO_TLS), "The password of the key.";
    "tls-client-cert-file" None, [NONE], tls_client_cert_file: String = String::new(), Spec::NULLABLE, Effect::None(why::NO_TLS), "The certificate for outgoing links.";
    "tls-client-key-file" None, [NONE], tls_client_key_file: String = String::new(), Spec::NULLABLE, Effect::None(why::NO_TLS), "Its key.";
    "tls-client-key-file-pass" None, [NONE], tls_client_key_file_pass: String = String::new(), Spec::NULLABLE, Effect::None(why::NO_TLS), "The password of that key.";
    "tls-dh-params-file" None, [NONE], tls_dh_params_file: String = String::new(), Spec::NULLABLE, Effect::None(why::NO_TLS), "The Diffie-Hellman parameters.";
    "tls-ca-cert-file" None, [NONE], tls_ca_cert_file: String = String::new(), Spec::NULLABLE, Effect::None(why::NO_TLS), "The authorities' certificates.";
    "tls-ca-cert-dir" None, [NONE], tls_ca_cert_dir: String = String::new(), Spec::NULLABLE, Effect::None(why::NO_TLS), "The folder of the authorities' certificates.";
    "tls-protocols" None, [NONE], tls_protocols: String = String::new(), Spec::NULLABLE, Effect::None(why::NO_TLS), "The TLS versions.";
    "tls-ciphers" None, [NONE], tls_ciphers: String = String::new(), Spec::NULLABLE, Effect::None(why::NO_TLS), "The ciphers up to TLS 1.2.";
    "tls-ciphersuites" None, [NONE], tls_ciphersuites: String = String::new(), Spec::NULLABLE, Effect::None(why::NO_TLS), "The ciphers of TLS 1.3.";

    // With a syntax of their own.
    "dir" None, [PROTECTED | DENY_LOADING], dir: Dir = Dir("./".into()), Spec::Plain, Effect::Obeyed, "The folder that relative paths count from.";
    "save" None, [MULTI_ARG], save: SavePoints = SavePoints::redis_default(), Spec::Plain, Effect::Obeyed, "After how many seconds with how many changes a snapshot is taken.";
    "client-output-buffer-limit" None, [MULTI_ARG], client_output_buffer_limit: OutputLimits = OutputLimits::redis_default(), Spec::Plain, Effect::Obeyed, "How much output may wait for a client of each class.";
    "oom-score-adj-values" None, [MULTI_ARG], oom_score_adj_values: OomValues = OomValues([0, 200, 800]), Spec::Plain, Effect::Obeyed, "The scores for master, replica and child.";
    "notify-keyspace-events" None, [NONE], notify_keyspace_events: NotifyFlags = NotifyFlags(0), Spec::Plain, Effect::Obeyed, "Which keyspace events are published.";
    "bind" None, [MULTI_ARG], bind: Bind = Bind(vec!["*".into(), "-::*".into()]), Spec::Plain, Effect::Obeyed, "The addresses to listen on; `-` in front of those that may be missing.";
    "replicaof" Some("slaveof"), [IMMUTABLE | MULTI_ARG], replicaof: ReplicaOf = ReplicaOf(None), Spec::Plain, Effect::Obeyed, "The master of this server, outside cluster mode.";
    "latency-tracking-info-percentiles" None, [MULTI_ARG], latency_tracking_info_percentiles: Percentiles = Percentiles(vec![50.0, 99.0, 99.9]), Spec::Plain, Effect::Obeyed, "The percentiles that INFO latencystats shows.";

    // Ours.
    "cluster-slot-stats-enabled" None, [HIDDEN], cluster_slot_stats_enabled: bool = false, Spec::Plain, Effect::Obeyed, "Whether CLUSTER SLOT-STATS counts the bytes of each slot.";
    "election-profile" None, [HIDDEN], election_profile: ElectionProfile = ElectionProfile::Redis7, Spec::Plain, Effect::Obeyed, "Whose rules failures and elections follow: `redis7` or `valkey9`.";

    // Of later versions; hidden, since 7.0.15 does not know them.
    "cluster-announce-human-nodename" None, [HIDDEN], cluster_announce_human_nodename: String = String::new(), Spec::checked(check::nodename, true), Effect::Obeyed, "The name for humans that this node tells the cluster (7.2).";
    "cluster-blacklist-ttl" None, [HIDDEN], cluster_blacklist_ttl: u64 = 60, Spec::number(0, I32), Effect::Obeyed, "For how many seconds a forgotten node stays away (Valkey 8).";
    "cluster-ping-interval" None, [HIDDEN], cluster_ping_interval_ms: u64 = 0, Spec::number(0, I32), Effect::Obeyed, "Milliseconds without an answer after which a node is pinged; 0 for half the node timeout (7.2).";
    "cluster-manual-failover-timeout" None, [HIDDEN], cluster_manual_failover_timeout_ms: u64 = 5000, Spec::number(1, I32), Effect::Obeyed, "Milliseconds within which a manual failover must be done (Valkey 8.1).";
    "cluster-slot-migration-log-max-len" None, [HIDDEN], cluster_slot_migration_log_max_len: u64 = 1000, Spec::number(0, I64), Effect::Obeyed, "How many slot migrations CLUSTER GETSLOTMIGRATIONS remembers.";
    "slot-migration-max-failover-repl-bytes" None, [HIDDEN], slot_migration_max_failover_repl_bytes: i64 = 0, Spec::number(-1, I64), Effect::Obeyed, "How many bytes may wait for the target when writes are paused; -1 for any.";
}
