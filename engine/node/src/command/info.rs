//! `INFO`: what the process knows of itself, in sections (`genRedisInfoString` in server.c). A
//! field stands here when this node knows its value.

use std::fmt::{Display, Write as _};

use engine_base::{Mono, Now};
use engine_store::{Db, Entry};

use super::macros::{keys, specs};
use super::{Answer, Call, Spec, info_memory};
use crate::Node;
use crate::client::Client;
use crate::stats::Rate;

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "info" -1 [LOADING STALE] () [DANGEROUS] => info,
};

/// Writes the fields of one section.
type Section = fn(&Node, Now, &mut Fields);

/// The sections in the order of 7.0, and whether a plain `INFO` prints them.
const SECTIONS: &[(&str, bool, Section)] = &[
    ("Server", true, server),
    ("Clients", true, clients),
    ("Memory", true, info_memory::memory),
    ("Persistence", true, |node, now, out| node.info_persistence(now, &mut out.text)),
    ("Stats", true, stats),
    ("Replication", true, |node, now, out| node.info_replication(now, &mut out.text)),
    ("CPU", true, cpu),
    ("Modules", true, |_, _, _| {}),
    ("Commandstats", false, commands),
    ("Errorstats", true, errors),
    ("Latencystats", false, latencies),
    ("Cluster", true, cluster),
    ("Keyspace", true, keyspace),
];

/// `INFO [section ...]`; `default`, `all` and `everything` name several.
fn info(call: &mut Call<'_>) -> Answer {
    let mut fields = Fields { text: String::with_capacity(8192) };
    let wanted = &call.args[1..];
    let every =
        |word: &[u8]| word.eq_ignore_ascii_case(b"all") || word.eq_ignore_ascii_case(b"everything");
    for (name, by_default, write) in SECTIONS {
        let named = wanted.iter().any(|word| word.eq_ignore_ascii_case(name.as_bytes()));
        let default =
            wanted.is_empty() || wanted.iter().any(|word| word.eq_ignore_ascii_case(b"default"));
        if !(named || (default && *by_default) || wanted.iter().any(|word| every(word))) {
            continue;
        }
        if *name == "CPU" && call.node.cpu_meter.is_none() {
            continue;
        }
        if !fields.text.is_empty() {
            fields.text.push_str("\r\n");
        }
        let _ = write!(fields.text, "# {name}\r\n");
        write(call.node, call.now, &mut fields);
    }
    call.out.verbatim("txt", fields.text.as_bytes());
    Ok(())
}

/// All sections, for the report of a crash.
pub(crate) fn info_report(node: &Node, now: Now) -> String {
    let mut fields = Fields { text: String::new() };
    for (name, _, write) in SECTIONS {
        let _ = write!(fields.text, "# {name}\r\n");
        write(node, now, &mut fields);
        fields.text.push_str("\r\n");
    }
    fields.text
}

/// Lines of `name:value`.
pub(crate) struct Fields {
    text: String,
}

impl Fields {
    /// Adds a line.
    pub(crate) fn line(&mut self, name: &str, value: impl Display) {
        push_field(&mut self.text, name, &value);
    }
}

/// Adds a line `name:value`: piece by piece, which is much quicker than one format of all.
pub(crate) fn push_field(out: &mut String, name: &str, value: &dyn Display) {
    out.push_str(name);
    out.push(':');
    let _ = write!(out, "{value}");
    out.push_str("\r\n");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn server(node: &Node, now: Now, out: &mut Fields) {
    let mode = if node.cluster.is_some() { "cluster" } else { "standalone" };
    let uptime = node.uptime_secs(now);
    let facts = node.host_facts.as_deref();
    out.line("redis_version", crate::VERSION);
    // This is no build of Redis's sources, and of no compiler of C.
    out.line("redis_git_sha1", "00000000");
    out.line("redis_git_dirty", 0);
    if let Some(facts) = facts {
        out.line("redis_build_id", format_args!("{:x}", facts.build_id));
    }
    out.line("redis_mode", mode);
    if let Some(facts) = facts {
        out.line("os", &facts.os);
    }
    out.line("arch_bits", usize::BITS);
    if let Some(facts) = facts {
        out.line("monotonic_clock", "POSIX clock_gettime");
        out.line("multiplexing_api", &facts.multiplexing);
    }
    out.line("gcc_version", "0.0.0");
    out.line("process_id", node.pid);
    out.line("process_supervised", facts.map_or("no", |facts| facts.supervised));
    out.line("run_id", text(&node.run_id));
    out.line("tcp_port", node.config.port);
    out.line("server_time_usec", now.unix.as_millis() * 1000);
    out.line("uptime_in_seconds", uptime);
    out.line("uptime_in_days", uptime / 86_400);
    out.line("hz", node.hz());
    out.line("configured_hz", node.config.hz);
    out.line("lru_clock", node.access_clock(now));
    if let Some(facts) = facts {
        out.line("executable", &facts.executable);
    }
    out.line("config_file", node.config_file.as_deref().unwrap_or_default());
    out.line("io_threads_active", 0);
    if let Some(ms) = node.shutdown_in_ms(now) {
        out.line("shutdown_in_milliseconds", ms);
    }
}

fn clients(node: &Node, _: Now, out: &mut Fields) {
    let replicas = node.links.clients().filter(|client| client.replica.is_some()).count();
    let blocked =
        node.links.clients().filter(|client| super::client_list::is_blocked(client)).count();
    out.line("connected_clients", node.links.client_count() - replicas);
    out.line("cluster_connections", node.cluster.as_ref().map_or(0, |c| c.links.len()));
    out.line("maxclients", node.config.maxclients);
    let (input, output) = node.recent_buffers();
    out.line("client_recent_max_input_buffer", input);
    out.line("client_recent_max_output_buffer", output);
    out.line("blocked_clients", blocked);
    out.line("tracking_clients", node.tracking.clients());
    let timed =
        |client: &&Client| client.blocked.as_ref().is_some_and(|b| b.deadline < Mono::NEVER);
    out.line("clients_in_timeout_table", node.links.clients().filter(timed).count());
}

/// Memory is left to the allocator of the platform.
const DEFRAGMENTATION: [&str; 6] = [
    "active_defrag_hits",
    "active_defrag_misses",
    "active_defrag_key_hits",
    "active_defrag_key_misses",
    "total_active_defrag_time",
    "current_active_defrag_time",
];

fn stats(node: &Node, now: Now, out: &mut Fields) {
    let stats = &node.stats;
    out.line("total_connections_received", stats.connections_received);
    out.line("total_commands_processed", stats.commands);
    let kilobytes = |rate: &Rate| format!("{:.2}", rate.per_second() as f64 / 1024.0);
    out.line("instantaneous_ops_per_sec", stats.rates.commands.per_second());
    out.line("total_net_input_bytes", stats.net_input_bytes);
    out.line("total_net_output_bytes", stats.net_output_bytes);
    out.line("total_net_repl_input_bytes", stats.repl_input_bytes);
    out.line("total_net_repl_output_bytes", stats.repl_output_bytes);
    out.line("instantaneous_input_kbps", kilobytes(&stats.rates.input));
    out.line("instantaneous_output_kbps", kilobytes(&stats.rates.output));
    out.line("instantaneous_input_repl_kbps", kilobytes(&stats.rates.repl_input));
    out.line("instantaneous_output_repl_kbps", kilobytes(&stats.rates.repl_output));
    out.line("rejected_connections", stats.rejected_connections);
    out.line("sync_full", stats.sync_full);
    out.line("sync_partial_ok", stats.sync_partial_ok);
    out.line("sync_partial_err", stats.sync_partial_err);
    out.line("expired_keys", stats.expired_keys);
    out.line("expired_stale_perc", format_args!("{:.2}", stats.expired_stale * 100.0));
    out.line("expired_time_cap_reached_count", stats.expire_caps);
    out.line("expire_cycle_cpu_milliseconds", stats.expire_micros / 1000);
    out.line("evicted_keys", stats.evicted_keys);
    out.line("evicted_clients", stats.evicted_clients);
    let exceeded = stats.exceeded_since.map_or(0, |since| now.mono.ms_since(since));
    out.line("total_eviction_exceeded_time", stats.exceeded_ms + exceeded);
    out.line("current_eviction_exceeded_time", exceeded);
    out.line("keyspace_hits", stats.keyspace_hits);
    out.line("keyspace_misses", stats.keyspace_misses);
    out.line("pubsub_channels", node.pubsub.channels.len());
    out.line("pubsub_patterns", node.pubsub.patterns.len());
    out.line("pubsubshard_channels", node.pubsub.shard_channels.len());
    // A snapshot costs no fork.
    out.line("latest_fork_usec", 0);
    out.line("total_forks", node.forks());
    out.line("migrate_cached_sockets", node.migrate_links_kept());
    out.line("slave_expires_tracked_keys", node.own_expiring.len());
    for field in DEFRAGMENTATION {
        out.line(field, 0);
    }
    let [keys, items, prefixes] = node.tracking.totals();
    out.line("tracking_total_keys", keys);
    out.line("tracking_total_items", items);
    out.line("tracking_total_prefixes", prefixes);
    out.line("unexpected_error_replies", stats.unexpected_errors);
    out.line("total_error_replies", stats.error_replies);
    out.line("dump_payload_sanitizations", stats.payloads_checked);
    out.line("total_reads_processed", stats.reads);
    out.line("total_writes_processed", stats.writes);
    out.line("io_threaded_reads_processed", 0);
    out.line("io_threaded_writes_processed", 0);
    out.line("reply_buffer_shrinks", stats.reply_shrinks);
    out.line("reply_buffer_expands", stats.reply_expands);
}

/// Seconds; there is no such section where there is no real processor.
fn cpu(node: &Node, _: Now, out: &mut Fields) {
    let Some(meter) = node.cpu_meter else { return };
    let times = meter();
    let parts = [("", Some(times.process)), ("_children", Some(times.children))];
    for (of, time) in parts.into_iter().chain([("_main_thread", times.main_thread)]) {
        let Some(time) = time else { continue };
        for (what, used) in [("sys", time.system), ("user", time.user)] {
            let value = format_args!("{}.{:06}", used.as_secs(), used.subsec_micros());
            out.line(&format!("used_cpu_{what}{of}"), value);
        }
    }
}

fn commands(node: &Node, _: Now, out: &mut Fields) {
    for c in node.stats.commands_by_name() {
        out.line(
            &format!("cmdstat_{}", c.name),
            format_args!(
                "calls={},usec={},usec_per_call={:.2},rejected_calls={},failed_calls={}",
                c.calls,
                c.micros,
                if c.calls > 0 { c.micros as f64 / c.calls as f64 } else { 0.0 },
                c.rejected,
                c.failed
            ),
        );
    }
}

/// Microseconds that so many per cent of the calls did not exceed.
fn latencies(node: &Node, _: Now, out: &mut Fields) {
    let percentiles = &node.config.latency_tracking_info_percentiles.0;
    let measured = node.stats.commands_by_name().into_iter().filter(|c| c.times.total() > 0);
    for c in measured.filter(|_| node.config.latency_tracking && !percentiles.is_empty()) {
        let told: Vec<String> = percentiles
            .iter()
            .map(|p| format!("p{p}={:.3}", c.times.at_percentile(*p) as f64 / 1000.0))
            .collect();
        out.line(&format!("latency_percentiles_usec_{}", c.name), told.join(","));
    }
}

fn errors(node: &Node, _: Now, out: &mut Fields) {
    for (code, count) in &node.stats.errors {
        out.line(&format!("errorstat_{code}"), format_args!("count={count}"));
    }
}

fn cluster(node: &Node, _: Now, out: &mut Fields) {
    out.line("cluster_enabled", u8::from(node.cluster.is_some()));
}

/// Keys that are looked at for an average: whoever watches a server asks often.
const TTL_SAMPLE: usize = 128;

/// Milliseconds that the keys which expire have left, about.
fn average_ttl(db: &Db, now: Now) -> i64 {
    let (mut total, mut counted) = (0_i64, 0_i64);
    for at in db.iter().take(TTL_SAMPLE).filter_map(Entry::expire) {
        total = total.saturating_add((at.as_millis() - now.unix.as_millis()).max(0));
        counted += 1;
    }
    total / counted.max(1)
}

fn keyspace(node: &Node, now: Now, out: &mut Fields) {
    for (index, db) in node.dbs.iter().enumerate().filter(|(_, db)| !db.is_empty()) {
        let (keys, expires) = (db.len(), db.volatile_len());
        let average = if expires > 0 { average_ttl(db, now) } else { 0 };
        out.line(
            &format!("db{index}"),
            format_args!("keys={keys},expires={expires},avg_ttl={average}"),
        );
    }
}
