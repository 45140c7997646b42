//! `DEBUG` and `MEMORY`, as far as they teach something here.

use engine_base::number;
use engine_store::rdb;

use super::debug_switches as switches;
use super::macros::{container, keys, specs};
use super::{
    Answer, Call, Fail, Spec, args, debug_data, help, latency, memory_report, slowlog,
    wrong_subcommand,
};

/// Its number is the same wherever Redis runs.
const SIGSEGV: i32 = 11;

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "debug" -2 [ADMIN NOSCRIPT LOADING STALE PROTECTED] () [] => debug,
};

/// Commands with subcommands.
pub(crate) const CONTAINERS: &[Spec] = &[
    container("latency", latency::SUBCOMMANDS),
    container(
        "memory",
        specs! {
            "doctor" 2 [] () [] => memory_report::doctor,
            "help" 2 [LOADING STALE] () [] => help::help,
            "malloc-stats" 2 [] () [] => memory_report::malloc_stats,
            "purge" 2 [] () [] => |call| { call.out.ok(); Ok(()) },
            "stats" 2 [] () [] => memory_report::stats,
            "usage" -3 [READONLY] (2 2 1) [] => usage,
        },
    ),
    container("slowlog", slowlog::SUBCOMMANDS),
];

fn debug(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    match (words[1].to_ascii_lowercase().as_slice(), &words[2..]) {
        (b"help", []) => help::help(call),
        (b"sleep", [seconds]) => {
            let seconds = number::strtod(seconds).filter(|s| *s > 0.0).unwrap_or(0.0);
            let micros = (seconds * 1e6).min(1e15) as u64;
            call.node.asleep.begin(call.now.mono + core::time::Duration::from_micros(micros));
            call.slept = micros;
            call.out.ok();
            Ok(())
        }
        (b"object", [key]) => debug_object(call, key),
        (b"digest", []) => debug_data::of_all(call),
        (b"digest-value", _) => debug_data::of_values(call),
        (b"populate", [_] | [_, _] | [_, _, _]) => debug_data::populate(call),
        (b"reload", _) => debug_data::reload(call),
        (b"loadaof", []) => debug_data::load_aof(call),
        (b"change-repl-id", []) => debug_data::change_repl_id(call),
        (b"log", [text]) => switches::log(call, text),
        (b"panic", _) => {
            let why = format!("DEBUG PANIC called at Unix time {}", call.now.unix.as_secs());
            call.node.server_panic(call.now, &why);
            Ok(())
        }
        (b"segfault", _) => {
            call.node.handle_crash(call.now, SIGSEGV);
            Ok(())
        }
        (b"error", [text]) => Err(String::from_utf8_lossy(text).into_owned().into()),
        (b"protocol", [kind]) => super::debug_protocol::protocol(call, kind),
        (b"replicate", [_, ..]) => {
            let (now, db) = (call.now, call.db_index());
            call.node.feed_replicas(now, db, &words[2..]);
            call.out.ok();
            Ok(())
        }
        (b"config-rewrite-force-all", []) => super::config::rewrite_with(call, true),
        (b"pause-cron", [on]) => switches::pause_cron(call, on),
        (b"replybuffer", [what, value]) => switches::reply_buffer(call, what, value),
        (b"htstats", [db]) => debug_data::table_stats(call, db),
        (b"aof-flush-sleep", [micros]) => switches::aof_flush_sleep(call, micros),
        (b"set-disable-deny-scripts", [on]) => switches::disable_deny_scripts(call, on),
        (b"set-skip-checksum-validation", [on]) => switches::skip_checksums(call, on),
        (b"quicklist-packed-threshold", [size]) => switches::packed_threshold(call, size),
        (b"drop-cluster-packet-filter", [kind]) => switches::packet_filter(call, kind),
        (b"clusterlink", [verb, which, id]) if args::is(verb, "kill") => {
            switches::kill_cluster_link(call, which, id)
        }
        (b"set-active-expire", [_]) => debug_data::set_active_expire(call),
        _ => Err(wrong_subcommand(words)),
    }
}

fn debug_object(call: &mut Call<'_>, key: &[u8]) -> Answer {
    let at = call.at();
    // What has expired is shown too, as long as it is there.
    let value = call.node.dbs[at.db].peek(key).ok_or(Fail::NO_SUCH_KEY)?.value();
    // A payload is the type, the value as saved, a version and a checksum.
    let saved = rdb::dump(value, false).len() - 11;
    let line = format!(
        "Value at:0x0 refcount:1 encoding:{} serializedlength:{saved} lru:0 lru_seconds_idle:0",
        value.encoding().name()
    );
    call.out.simple(&line);
    Ok(())
}

/// `MEMORY USAGE key [SAMPLES count]`: the bytes that the key, its value and their places take
/// here, which is less than a redis-server takes.
fn usage(call: &mut Call<'_>) -> Answer {
    let mut rest = &call.args[3..];
    while let [word, samples, tail @ ..] = rest {
        if !args::is(word, "samples") || args::int(samples)? < 0 {
            return Err(Fail::SYNTAX);
        }
        rest = tail;
    }
    if !rest.is_empty() {
        return Err(Fail::SYNTAX);
    }
    let at = call.at();
    let key = call.args[2];
    // One whose time has come is still there.
    match call.node.dbs[at.db].peek(key).map(|entry| entry.value().heap()) {
        Some(heap) => call.out.len_int(heap + key.len() + 64),
        None => call.out.null(),
    }
    Ok(())
}
