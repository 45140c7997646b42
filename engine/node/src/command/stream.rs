//! Streams: t_stream.c. What reads with waiting, and groups of consumers, are in files of their own.

use engine_resp::Reply;
use engine_store::StreamId;
use engine_store::number::IntText;
use engine_store::stream::{Entry, NODE_BYTES_MAX, NodeLimits, Stream, Trim};

use super::macros::{container, keys, specs};
use super::stream_args::{self, NewId, Told, range_end, range_start, strict_id};
use super::{
    Answer, Call, Fail, Spec, args, stream_claim, stream_group, stream_info, stream_pending,
    stream_read,
};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "xack" -4 [WRITE FAST] (1) [STREAM] => stream_pending::xack,
    "xadd" -5 [WRITE DENYOOM FAST] (1) [STREAM] => xadd,
    "xautoclaim" -6 [WRITE FAST] (1) [STREAM] => stream_claim::xautoclaim,
    "xclaim" -6 [WRITE FAST] (1) [STREAM] => stream_claim::xclaim,
    "xdel" -3 [WRITE FAST] (1) [STREAM] => xdel,
    "xlen" 2 [READONLY FAST] (1) [STREAM] => xlen,
    "xpending" -3 [READONLY] (1) [STREAM] => stream_pending::xpending,
    "xrange" -4 [READONLY] (1) [STREAM] => |call| xrange(call, false),
    "xread" -4 [READONLY BLOCKING MOVABLE_KEYS] (find stream_read::find_keys) [STREAM] => stream_read::xread,
    "xreadgroup" -7 [WRITE BLOCKING MOVABLE_KEYS] (find stream_read::find_keys) [STREAM] => stream_read::xread,
    "xrevrange" -4 [READONLY] (1) [STREAM] => |call| xrange(call, true),
    "xsetid" -3 [WRITE DENYOOM FAST] (1) [STREAM] => xsetid,
    "xtrim" -4 [WRITE] (1) [STREAM] => xtrim,
};

/// Commands with subcommands.
pub(crate) const CONTAINERS: &[Spec] =
    &[container("xgroup", stream_group::SUBCOMMANDS), container("xinfo", stream_info::SUBCOMMANDS)];

/// An entry as clients are told it: its id, then names and values.
pub(super) fn write_entry(out: &mut Reply, entry: &Entry<'_>) {
    out.array(2);
    write_id(out, entry.id);
    out.array(entry.len().saturating_mul(2));
    let mut text = IntText::new();
    for (name, value) in entry.pairs() {
        out.bulk(name.bytes(&mut text));
        out.bulk(value.bytes(&mut text));
    }
}

/// An id.
pub(super) fn write_id(out: &mut Reply, id: StreamId) {
    out.bulk(id.to_string().as_bytes());
}

const TOO_LARGE: Fail = Fail::new("ERR Elements are too large to be stored");

/// `XADD key [NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id field value …`
fn xadd(call: &mut Call<'_>) -> Answer {
    let told = stream_args::add_or_trim(call, true)?;
    let pairs = call.args.get(told.id_at + 1..).unwrap_or_default();
    if pairs.is_empty() || !pairs.len().is_multiple_of(2) {
        return Err(call.arity_error());
    }
    if told.id == NewId::Is(StreamId::MIN) {
        return Err("ERR The ID specified in XADD must be greater than 0-0".into());
    }
    let (at, key, now) = (call.at(), call.args[1], call.now.unix.0.max(0) as u64);
    if told.only_existing && call.node.look_stream(at, key)?.is_none() {
        call.out.null();
        return Ok(());
    }
    let config = &call.node.config;
    let limits = NodeLimits {
        max_bytes: usize::try_from(config.stream_node_max_bytes).unwrap_or(usize::MAX),
        max_entries: config.stream_node_max_entries,
    };
    let stream = call.node.stream_or_new(at, key)?;
    let id = choose_id(stream, told.id, now)?;
    let bytes = pairs.iter().fold(0_usize, |sum, word| sum.saturating_add(word.len()));
    if bytes > NODE_BYTES_MAX {
        return Err(TOO_LARGE);
    }
    stream.log.append(id, pairs, limits);
    let trimmed = told.trim.map_or(0, |to| stream.log.trim(to, told.whole_nodes, told.limit));
    let kept = kept_words(stream, &told);
    call.changed(key, b't', "xadd");
    if trimmed > 0 {
        call.notify(b't', "xtrim", key);
    }
    write_id(call.out, id);
    tell_exactly(call, &told, kept, (!matches!(told.id, NewId::Is(_))).then_some(id));
    Ok(())
}

/// The id of an entry that is to be added.
fn choose_id(stream: &Stream, wanted: NewId, now_ms: u64) -> Result<StreamId, Fail> {
    let last = stream.log.last_id;
    if last == StreamId::MAX {
        let text = "ERR The stream has exhausted the last possible ID, unable to add more items";
        return Err(text.into());
    }
    let id = match wanted {
        NewId::Next => StreamId::following(last, now_ms),
        // Redis says the same of an id that cannot be as of an entry that is too large.
        NewId::InMs(ms) if ms == last.ms => {
            Some(StreamId { ms, seq: last.seq.checked_add(1).ok_or(TOO_LARGE)? })
        }
        NewId::InMs(ms) => Some(StreamId { ms, seq: 0 }),
        NewId::Is(id) => Some(id),
    };
    id.filter(|id| *id > last).ok_or(Fail::new(
        "ERR The ID specified in XADD is equal or smaller than the target stream top item",
    ))
}

/// What a stream keeps after `~` has trimmed it: the exact words in its place.
fn kept_words(stream: &Stream, told: &Told) -> Option<String> {
    let kept = match told.trim.filter(|_| told.whole_nodes)? {
        Trim::Length(_) => stream.log.len().to_string(),
        Trim::Before(_) => stream.log.first_kept().to_string(),
    };
    Some(kept)
}

/// Replicas trim exactly as this node did, and use the id that it chose.
fn tell_exactly(call: &mut Call<'_>, told: &Told, kept: Option<String>, id: Option<StreamId>) {
    if (kept.is_none() && id.is_none()) || !call.node.someone_listens() {
        return;
    }
    let id = id.map(|id| id.to_string());
    let mut words = call.args.to_vec();
    if let Some(kept) = &kept {
        words[told.trim_at - 1] = b"=";
        words[told.trim_at] = kept.as_bytes();
    }
    if let Some(id) = &id {
        words[told.id_at] = id.as_bytes();
    }
    call.propagate_instead(&words);
}

/// `XTRIM key MAXLEN|MINID [=|~] threshold [LIMIT count]`
fn xtrim(call: &mut Call<'_>) -> Answer {
    let told = stream_args::add_or_trim(call, false)?;
    let (at, key) = (call.at(), call.args[1]);
    let (mut trimmed, mut kept) = (0, None);
    if let (Some(stream), Some(to)) = (call.node.edit_stream(at, key)?, told.trim) {
        trimmed = stream.log.trim(to, told.whole_nodes, told.limit);
        kept = kept_words(stream, &told);
    }
    if trimmed > 0 {
        entries_gone(call, key, "xtrim", trimmed);
        tell_exactly(call, &told, kept, None);
    }
    call.out.int(trimmed as i64);
    Ok(())
}

/// Entries were deleted: nobody who waits for entries need look.
fn entries_gone(call: &mut Call<'_>, key: &[u8], event: &'static str, count: u64) {
    let db = call.at().db;
    call.node.key_modified(db, key);
    call.node.dirty += count;
    call.notify(b't', event, key);
}

/// `XDEL key id …`
fn xdel(call: &mut Call<'_>) -> Answer {
    let (at, key) = (call.at(), call.args[1]);
    if call.node.look_stream(at, key)?.is_none() {
        call.out.int(0);
        return Ok(());
    }
    let ids = stream_args::ids(&call.args[2..])?;
    let deleted = call.node.edit_stream(at, key)?.map_or(0, |stream| stream.log.delete(&ids));
    if deleted > 0 {
        entries_gone(call, key, "xdel", deleted);
    }
    call.out.int(deleted as i64);
    Ok(())
}

fn xlen(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let len = call.node.read_stream(at, call.args[1])?.map_or(0, |stream| stream.log.len());
    call.out.int(len as i64);
    Ok(())
}

/// `XRANGE key start end [COUNT count]`, and `XREVRANGE` with end and start.
fn xrange(call: &mut Call<'_>, back: bool) -> Answer {
    let words = call.args;
    let (start, end) = if back { (words[3], words[2]) } else { (words[2], words[3]) };
    let (start, end) = (range_start(start)?, range_end(end)?);
    let mut count = None;
    for option in words[4..].chunks(2) {
        match option {
            [word, value] if args::is(word, "count") => {
                count = Some(usize::try_from(args::int(value)?).unwrap_or(0));
            }
            _ => return Err(Fail::SYNTAX),
        }
    }
    let at = call.at();
    let Some(stream) = call.node.read_stream(at, words[1])? else {
        call.out.array(0);
        return Ok(());
    };
    if count == Some(0) {
        call.out.null_array();
        return Ok(());
    }
    let mark = call.out.deferred();
    let mut written = 0;
    let mut write = |entry: Entry<'_>| {
        write_entry(call.out, &entry);
        written += 1;
    };
    let most = count.unwrap_or(usize::MAX);
    if back {
        stream.log.range_back(start, end).take(most).for_each(&mut write);
    } else {
        stream.log.range(start, end).take(most).for_each(&mut write);
    }
    call.out.set_array(mark, written);
    Ok(())
}

/// `XSETID key id [ENTRIESADDED count] [MAXDELETEDID id]`
fn xsetid(call: &mut Call<'_>) -> Answer {
    let id = strict_id(call.args[2], 0)?;
    let (mut added, mut max_deleted) = (None, StreamId::MIN);
    for option in call.args[3..].chunks(2) {
        match option {
            [word, value] if args::is(word, "entriesadded") => {
                let count = u64::try_from(args::int(value)?);
                added = Some(count.map_err(|_| Fail::new("ERR entries_added must be positive"))?);
            }
            [word, value] if args::is(word, "maxdeletedid") => {
                max_deleted = strict_id(value, 0)?;
                if id < max_deleted {
                    let text = "ERR The ID specified in XSETID is smaller than the provided \
                                max_deleted_entry_id";
                    return Err(text.into());
                }
            }
            _ => return Err(Fail::SYNTAX),
        }
    }
    let (at, key) = (call.at(), call.args[1]);
    let stream = call.node.edit_stream(at, key)?.ok_or(Fail::NO_SUCH_KEY)?;
    let log = &mut stream.log;
    if log.last_there().is_some_and(|last| id < last) {
        let text = "ERR The ID specified in XSETID is smaller than the target stream top item";
        return Err(text.into());
    }
    if added.is_some_and(|added| added < log.len()) {
        let text =
            "ERR The entries_added specified in XSETID is smaller than the target stream length";
        return Err(text.into());
    }
    log.last_id = id;
    log.entries_added = added.unwrap_or(log.entries_added);
    if max_deleted != StreamId::MIN {
        log.max_deleted = max_deleted;
    }
    call.node.dirty += 1;
    call.notify(b't', "xsetid", key);
    call.out.ok();
    Ok(())
}
