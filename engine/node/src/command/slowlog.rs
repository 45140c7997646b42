//! `SLOWLOG`: the commands that took long (slowlog.c).

use std::collections::VecDeque;

use engine_base::{LinkId, Now};

use super::macros::{keys, specs};
use super::{Answer, Call, CommandFlags, Spec, args, help, redact, wrong_subcommand};
use crate::Node;

/// The subcommands.
pub(crate) const SUBCOMMANDS: &[Spec] = specs! {
    "get" -2 [ADMIN LOADING STALE] () [] => get,
    "help" 2 [LOADING STALE] () [] => help::help,
    "len" 2 [ADMIN LOADING STALE] () [] => len,
    "reset" 2 [ADMIN LOADING STALE] () [] => reset,
};

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

/// The slow commands of late, the newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct SlowLog {
    next_id: u64,
    entries: VecDeque<SlowEntry>,
}

/// `SLOWLOG_ENTRY_MAX_ARGC`
const WORDS_MAX: usize = 32;
/// `SLOWLOG_ENTRY_MAX_STRING`
const WORD_BYTES_MAX: usize = 128;

impl Node {
    /// Notes a command when it took long enough (`slowlogPushEntryIfNeeded`).
    #[inline]
    pub(crate) fn note_slow(
        &mut self,
        now: Now,
        link: LinkId,
        spec: &Spec,
        words: &[&[u8]],
        micros: u64,
    ) {
        let limit = self.config.slowlog_log_slower_than;
        let slow = limit >= 0 && i64::try_from(micros).unwrap_or(i64::MAX) >= limit;
        if slow && !spec.flags.contains(CommandFlags::SKIP_SLOWLOG) {
            self.push_slow(now, link, words, micros);
        }
    }

    fn push_slow(&mut self, now: Now, link: LinkId, words: &[&[u8]], micros: u64) {
        let redacted = redact::redacted(words);
        let redacted: Option<Vec<&[u8]>> =
            redacted.as_ref().map(|words| words.iter().map(Vec::as_slice).collect());
        let words = cut(redacted.as_deref().unwrap_or(words));
        let (peer, name) = self
            .links
            .client(link)
            .map_or_else(Default::default, |c| (c.peer_name(), c.name.clone()));
        let Self { slow_log, config, .. } = self;
        let unix_secs = now.unix.as_secs();
        let id = slow_log.next_id;
        slow_log.entries.push_front(SlowEntry { id, unix_secs, micros, words, peer, name });
        slow_log.next_id += 1;
        slow_log.entries.truncate(usize::try_from(config.slowlog_max_len).unwrap_or(usize::MAX));
    }
}

/// The words as they are kept: not too many, and none too long.
fn cut(words: &[&[u8]]) -> Vec<Vec<u8>> {
    let shown = if words.len() > WORDS_MAX { WORDS_MAX - 1 } else { words.len() };
    let mut kept: Vec<Vec<u8>> = words[..shown]
        .iter()
        .map(|word| {
            let more = word.len().saturating_sub(WORD_BYTES_MAX);
            let mut text = word[..word.len() - more].to_vec();
            if more > 0 {
                text.extend_from_slice(format!("... ({more} more bytes)").as_bytes());
            }
            text
        })
        .collect();
    if shown < words.len() {
        kept.push(format!("... ({} more arguments)", words.len() - shown).into_bytes());
    }
    kept
}

/// `SLOWLOG GET [count]`
fn get(call: &mut Call<'_>) -> Answer {
    let count = match call.args[2..] {
        [] => 10,
        [count] => {
            let count = args::int_or(count, "ERR count should be greater than or equal to -1")?;
            if count < -1 {
                return Err("ERR count should be greater than or equal to -1".into());
            }
            usize::try_from(count).unwrap_or(usize::MAX)
        }
        _ => return Err(wrong_subcommand(call.args)),
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

fn len(call: &mut Call<'_>) -> Answer {
    call.out.len_int(call.node.slow_log.entries.len());
    Ok(())
}

fn reset(call: &mut Call<'_>) -> Answer {
    call.node.slow_log.entries.clear();
    call.out.ok();
    Ok(())
}
