//! `DEBUG`, `SLOWLOG`, `LATENCY` and `MEMORY`, as far as they teach something here.

use engine_base::number;
use engine_store::rdb;

use super::macros::{container, keys, specs};
use super::{Answer, Call, CommandFlags, Fail, Spec, args, debug_data, help};
use crate::Node;

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "debug" -2 [ADMIN NOSCRIPT LOADING STALE PROTECTED] () [] => debug,
};

/// Commands with subcommands.
pub(crate) const CONTAINERS: &[Spec] = &[
    container(
        "latency",
        specs! {
            "help" 2 [LOADING STALE] () [] => help::help,
            "history" 3 [ADMIN NOSCRIPT LOADING STALE] () [] => nothing,
            "latest" 2 [ADMIN NOSCRIPT LOADING STALE] () [] => nothing,
            "reset" -2 [ADMIN NOSCRIPT LOADING STALE] () [] => |call| { call.out.int(0); Ok(()) },
        },
    ),
    container(
        "memory",
        specs! {
            "help" 2 [LOADING STALE] () [] => help::help,
            "purge" 2 [] () [] => |call| { call.out.ok(); Ok(()) },
            "usage" -3 [READONLY] (2 2 1) [] => usage,
        },
    ),
    container(
        "slowlog",
        specs! {
            "get" -2 [ADMIN LOADING STALE] () [] => slowlog_get,
            "help" 2 [LOADING STALE] () [] => help::help,
            "len" 2 [ADMIN LOADING STALE] () [] => slowlog_len,
            "reset" 2 [ADMIN LOADING STALE] () [] => slowlog_reset,
        },
    ),
];

/// One slow command.
#[derive(Clone, Debug)]
pub(crate) struct SlowEntry {
    id: u64,
    unix_secs: i64,
    micros: u64,
    words: Vec<Vec<u8>>,
    peer: String,
    name: Vec<u8>,
}

/// The slow commands of late, the newest first (slowlog.c).
#[derive(Clone, Debug, Default)]
pub(crate) struct SlowLog {
    next_id: u64,
    entries: std::collections::VecDeque<SlowEntry>,
}

/// `SLOWLOG_ENTRY_MAX_ARGC`
const SLOW_WORDS_MAX: usize = 32;
/// `SLOWLOG_ENTRY_MAX_STRING`
const SLOW_WORD_BYTES_MAX: usize = 128;

/// No samples: this node measures no latencies, as with `latency-monitor-threshold 0`.
fn nothing(call: &mut Call<'_>) -> Answer {
    call.out.array(0);
    Ok(())
}

fn debug(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    match (words[1].to_ascii_lowercase().as_slice(), &words[2..]) {
        (b"help", []) => help::help(call),
        (b"sleep", [seconds]) => {
            let seconds = number::strtod(seconds).filter(|s| *s > 0.0).unwrap_or(0.0);
            let micros = (seconds * 1e6).min(1e15) as u64;
            call.node.asleep.begin(call.now.mono + core::time::Duration::from_micros(micros));
            call.note_slow(micros);
            call.out.ok();
            Ok(())
        }
        (b"object", [key]) => debug_object(call, key),
        (b"digest", []) => debug_data::of_all(call),
        (b"digest-value", _) => debug_data::of_values(call),
        (b"populate", [_] | [_, _] | [_, _, _]) => debug_data::populate(call),
        (b"reload", _) => debug_data::reload(call),
        (b"change-repl-id", []) => debug_data::change_repl_id(call),
        (b"set-active-expire", [_]) => debug_data::set_active_expire(call),
        _ => {
            let word = String::from_utf8_lossy(words[1]);
            Err(format!(
                "ERR unknown subcommand or wrong number of arguments for '{word}'. Try DEBUG HELP."
            )
            .into())
        }
    }
}

fn debug_object(call: &mut Call<'_>, key: &[u8]) -> Answer {
    let at = call.at();
    let value = call.node.look(at, key).ok_or(Fail::NO_SUCH_KEY)?;
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
    match call.args[3..] {
        [] => {}
        [word, samples] if args::is(word, "samples") => {
            if args::int(samples)? < 0 {
                return Err(Fail::SYNTAX);
            }
        }
        _ => return Err(Fail::SYNTAX),
    }
    let at = call.at();
    let key = call.args[2];
    match call.node.look(at, key).map(engine_store::Value::heap) {
        Some(heap) => call.out.len_int(heap + key.len() + 64),
        None => call.out.null(),
    }
    Ok(())
}

impl Call<'_> {
    /// Notes this command in the slow log when it took long enough (`slowlogPushEntryIfNeeded`).
    fn note_slow(&mut self, micros: u64) {
        let limit = self.node.config.slowlog_log_slower_than;
        if limit < 0
            || (micros as i64) < limit
            || self.spec.flags.contains(CommandFlags::SKIP_SLOWLOG)
        {
            return;
        }
        let shown =
            if self.args.len() > SLOW_WORDS_MAX { SLOW_WORDS_MAX - 1 } else { self.args.len() };
        let mut words: Vec<Vec<u8>> = self.args[..shown]
            .iter()
            .map(|word| {
                let more = word.len().saturating_sub(SLOW_WORD_BYTES_MAX);
                let mut text = word[..word.len() - more].to_vec();
                if more > 0 {
                    text.extend_from_slice(format!("... ({more} more bytes)").as_bytes());
                }
                text
            })
            .collect();
        if shown < self.args.len() {
            let more = self.args.len() - shown;
            words.push(format!("... ({more} more arguments)").into_bytes());
        }
        let (peer, name) =
            self.session().map_or_else(Default::default, |c| (c.peer.to_string(), c.name.clone()));
        let unix_secs = self.now.unix.as_secs();
        let Node { slow_log, config, .. } = &mut *self.node;
        slow_log.entries.push_front(SlowEntry {
            id: slow_log.next_id,
            unix_secs,
            micros,
            words,
            peer,
            name,
        });
        slow_log.next_id += 1;
        slow_log.entries.truncate(usize::try_from(config.slowlog_max_len).unwrap_or(usize::MAX));
    }
}

/// `SLOWLOG GET [count]`
fn slowlog_get(call: &mut Call<'_>) -> Answer {
    let count = match call.args[2..] {
        [] => 10,
        [count] => {
            let count = args::int_or(count, "ERR count should be greater than or equal to -1")?;
            if count < -1 {
                return Err("ERR count should be greater than or equal to -1".into());
            }
            usize::try_from(count).unwrap_or(usize::MAX)
        }
        _ => return Err(super::unknown_subcommand(call.args)),
    };
    let entries: Vec<SlowEntry> = call.node.slow_log.entries.iter().take(count).cloned().collect();
    call.out.array(entries.len());
    for entry in entries {
        call.out.array(6);
        call.out.int(entry.id as i64);
        call.out.int(entry.unix_secs);
        call.out.int(entry.micros as i64);
        call.out.array(entry.words.len());
        entry.words.iter().for_each(|word| call.out.bulk(word));
        call.out.bulk(entry.peer.as_bytes());
        call.out.bulk(&entry.name);
    }
    Ok(())
}

fn slowlog_len(call: &mut Call<'_>) -> Answer {
    call.out.len_int(call.node.slow_log.entries.len());
    Ok(())
}

fn slowlog_reset(call: &mut Call<'_>) -> Answer {
    call.node.slow_log.entries.clear();
    call.out.ok();
    Ok(())
}
