//! `XINFO`: what is known of a stream, its groups and their consumers (`xinfoCommand`).

use engine_resp::Reply;
use engine_store::StreamId;
use engine_store::stream::{Consumer, Group, Log, Stream};

use super::macros::{keys, specs};
use super::stream::{write_entry, write_id};
use super::stream_group::no_group;
use super::{Answer, Call, Fail, Spec, args, fail, help};

/// The subcommands.
pub(crate) const SUBCOMMANDS: &[Spec] = specs! {
    "consumers" 4 [READONLY] (2 2 1) [STREAM] => consumers,
    "groups" 3 [READONLY] (2 2 1) [STREAM] => groups,
    "help" 2 [LOADING STALE] () [STREAM] => help::help,
    "stream" -3 [READONLY] (2 2 1) [STREAM] => stream,
};

/// How many entries of each kind `FULL` shows.
const FULL_COUNT: usize = 10;

fn number(out: &mut Reply, name: &str, n: i64) {
    out.bulk(name.as_bytes());
    out.int(n);
}

fn number_if_known(out: &mut Reply, name: &str, n: Option<i64>) {
    out.bulk(name.as_bytes());
    match n {
        Some(n) => out.int(n),
        None => out.null(),
    }
}

fn id(out: &mut Reply, name: &str, id: StreamId) {
    out.bulk(name.as_bytes());
    write_id(out, id);
}

/// `XINFO CONSUMERS key group`
fn consumers(call: &mut Call<'_>) -> Answer {
    let (at, key, name, now) = (call.at(), call.args[2], call.args[3], call.now.unix.0);
    let stream = call.node.read_stream(at, key)?.ok_or(Fail::NO_SUCH_KEY)?;
    let group = stream.groups.get(name).ok_or_else(|| no_group(key, name))?;
    call.out.array(group.consumers().len());
    for (name, consumer) in group.consumers() {
        call.out.map(3);
        call.out.bulk(b"name");
        call.out.bulk(name);
        number(call.out, "pending", consumer.pending().len() as i64);
        number(call.out, "idle", now.wrapping_sub(consumer.seen).max(0));
    }
    Ok(())
}

/// `XINFO GROUPS key`
fn groups(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let stream = call.node.read_stream(at, call.args[2])?.ok_or(Fail::NO_SUCH_KEY)?;
    call.out.array(stream.groups.len());
    for (name, group) in &stream.groups {
        call.out.map(6);
        call.out.bulk(b"name");
        call.out.bulk(name);
        number(call.out, "consumers", group.consumers().len() as i64);
        number(call.out, "pending", group.pending().len() as i64);
        progress(call.out, &stream.log, group);
    }
    Ok(())
}

/// How far a group has come.
fn progress(out: &mut Reply, log: &Log, group: &Group) {
    id(out, "last-delivered-id", group.last_id);
    number_if_known(out, "entries-read", group.read);
    number_if_known(out, "lag", log.lag(group.last_id, group.read));
}

/// `XINFO STREAM key [FULL [COUNT count]]`
fn stream(call: &mut Call<'_>) -> Answer {
    let (at, words) = (call.at(), call.args);
    let stream = call.node.read_stream(at, words[2])?.ok_or(Fail::NO_SUCH_KEY)?;
    let full = match words[3..] {
        [] => None,
        [full] if args::is(full, "full") => Some(FULL_COUNT),
        [full, option, count] if args::is(full, "full") && args::is(option, "count") => {
            Some(usize::try_from(args::int(count)?).unwrap_or(FULL_COUNT))
        }
        _ => return Err(fail::wrong_subcommand(words)),
    };
    let (out, log) = (&mut *call.out, &stream.log);
    out.map(if full.is_some() { 9 } else { 10 });
    number(out, "length", log.len() as i64);
    number(out, "radix-tree-keys", log.node_count() as i64);
    number(out, "radix-tree-nodes", log.radix_nodes() as i64);
    id(out, "last-generated-id", log.last_id);
    id(out, "max-deleted-entry-id", log.max_deleted);
    number(out, "entries-added", log.entries_added as i64);
    id(out, "recorded-first-entry-id", log.first_id());
    match full {
        Some(0) => write_full(out, stream, usize::MAX),
        Some(count) => write_full(out, stream, count),
        None => write_ends(out, stream),
    }
    Ok(())
}

fn write_ends(out: &mut Reply, stream: &Stream) {
    number(out, "groups", stream.groups.len() as i64);
    let log = &stream.log;
    for (name, entry) in [
        ("first-entry", log.range(StreamId::MIN, StreamId::MAX).next()),
        ("last-entry", log.range_back(StreamId::MIN, StreamId::MAX).next()),
    ] {
        out.bulk(name.as_bytes());
        match entry {
            Some(entry) => write_entry(out, &entry),
            None => out.null(),
        }
    }
}

fn write_full(out: &mut Reply, stream: &Stream, most: usize) {
    out.bulk(b"entries");
    let (mark, mut count) = (out.deferred(), 0);
    for entry in stream.log.range(StreamId::MIN, StreamId::MAX).take(most) {
        write_entry(out, &entry);
        count += 1;
    }
    out.set_array(mark, count);
    out.bulk(b"groups");
    out.array(stream.groups.len());
    for (name, group) in &stream.groups {
        out.map(7);
        out.bulk(b"name");
        out.bulk(name);
        progress(out, &stream.log, group);
        number(out, "pel-count", group.pending().len() as i64);
        out.bulk(b"pending");
        out.array(group.pending().len().min(most));
        for (id, pending) in group.pending().iter().take(most) {
            out.array(4);
            write_id(out, *id);
            out.bulk(&pending.consumer);
            out.int(pending.given);
            out.int(pending.times as i64);
        }
        out.bulk(b"consumers");
        out.array(group.consumers().len());
        for (name, consumer) in group.consumers() {
            write_consumer(out, group, (name, consumer), most);
        }
    }
}

fn write_consumer(
    out: &mut Reply,
    group: &Group,
    (name, consumer): (&[u8], &Consumer),
    most: usize,
) {
    out.map(4);
    out.bulk(b"name");
    out.bulk(name);
    number(out, "seen-time", consumer.seen);
    number(out, "pel-count", consumer.pending().len() as i64);
    out.bulk(b"pending");
    out.array(consumer.pending().len().min(most));
    for id in consumer.pending().iter().take(most) {
        let pending = group.pending().get(id);
        out.array(3);
        write_id(out, *id);
        out.int(pending.map_or(0, |pending| pending.given));
        out.int(pending.map_or(0, |pending| pending.times as i64));
    }
}
