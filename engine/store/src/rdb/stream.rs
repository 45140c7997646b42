//! Streams in RDB: nodes as they are, what is remembered of the entries, and the groups.

use super::input::{Input, Stop, corrupt};
use super::output::Output;
use crate::Listpack;
use crate::stream::{Consumer, Group, Pending, Stream, StreamId};

fn save_id(out: &mut Output<'_>, id: StreamId) {
    out.length(id.ms);
    out.length(id.seq);
}

/// Some nodes, from that index on.
#[inline(never)]
pub(super) fn save_nodes(out: &mut Output<'_>, stream: &Stream, from: usize, most: usize) {
    for (id, pack) in stream.log.packs(from).take(most) {
        out.string(&id.to_bytes());
        out.string(pack.as_bytes());
    }
}

/// All that stands behind the nodes.
#[inline(never)]
pub(super) fn save_rest(out: &mut Output<'_>, stream: &Stream) {
    let log = &stream.log;
    out.length(log.len());
    save_id(out, log.last_id);
    save_id(out, log.first_id());
    save_id(out, log.max_deleted);
    out.length(log.entries_added);
    out.length(stream.groups.len() as u64);
    for (name, group) in &stream.groups {
        out.string(name);
        save_id(out, group.last_id);
        // What is not known is -1 in Redis.
        out.length(group.read.unwrap_or(-1) as u64);
        out.length(group.pending.len() as u64);
        for (id, pending) in &group.pending {
            out.bytes.extend_from_slice(&id.to_bytes());
            out.bytes.extend_from_slice(&pending.given.to_le_bytes());
            out.length(pending.times);
        }
        out.length(group.consumers.len() as u64);
        for (name, consumer) in &group.consumers {
            out.string(name);
            out.bytes.extend_from_slice(&consumer.seen.to_le_bytes());
            out.length(consumer.pending.len() as u64);
            for id in &consumer.pending {
                out.bytes.extend_from_slice(&id.to_bytes());
            }
        }
    }
}

fn load_id(input: &mut Input<'_>) -> Result<StreamId, Stop> {
    Ok(StreamId { ms: input.length()?, seq: input.length()? })
}

/// Who wrote a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// 5.0 and 6, which counted less.
    Old,
    /// 7.0.
    Own,
    /// 7.2, and Valkey: a consumer has two times, of which 7.0 knows the first.
    Later,
}

#[inline(never)]
pub(super) fn load(input: &mut Input<'_>, form: Form) -> Result<Stream, Stop> {
    let mut stream = Stream::default();
    let log = &mut stream.log;
    for _ in 0..input.length()? {
        let Ok(id) = <[u8; 16]>::try_from(&*input.string()?) else {
            return corrupt("Stream node key entry is not the size of a stream ID");
        };
        let Ok(pack) = Listpack::from_bytes(&input.string()?) else { return corrupt(BAD_NODE) };
        if pack.is_empty() {
            return corrupt("Empty listpack inside stream");
        }
        if !log.add_pack(StreamId::from_bytes(id), pack) {
            return corrupt(BAD_NODE);
        }
    }
    if !log.sort_nodes() {
        return corrupt("Listpack re-added with existing key");
    }
    let length = input.length()?;
    log.last_id = load_id(input)?;
    let counts = form != Form::Old;
    if counts {
        let first = load_id(input)?;
        log.max_deleted = load_id(input)?;
        log.entries_added = input.length()?;
        log.set_counts(length, first);
    } else {
        log.entries_added = length;
        log.set_counts(length, StreamId::MIN);
        log.find_first();
    }
    if length > 0 && log.node_count() == 0 {
        return corrupt("Stream length inconsistent with rax entries");
    }
    for _ in 0..input.length()? {
        let name = input.string()?.into_owned();
        let last_id = load_id(input)?;
        let read =
            if counts { known(input.length()? as i64) } else { stream.log.position(last_id) };
        let mut group = Group::new(last_id, read);
        load_group(input, &mut group, form)?;
        if stream.groups.insert(name, group).is_some() {
            return corrupt("Duplicated consumer group name");
        }
    }
    Ok(stream)
}

/// What is said of damaged nodes.
const BAD_NODE: &str = "Stream listpack integrity check failed.";

/// How many entries a group has read, as Redis says it: -1 is not known.
fn known(read: i64) -> Option<i64> {
    (read != -1).then_some(read)
}

/// What is pending in a group, and its consumers.
fn load_group(input: &mut Input<'_>, group: &mut Group, form: Form) -> Result<(), Stop> {
    let nobody: std::sync::Arc<[u8]> = [].into();
    let mut left = 0_usize;
    for _ in 0..input.length()? {
        let id = StreamId::from_bytes(input.array()?);
        let (given, times) = (i64::from_le_bytes(input.array()?), input.length()?);
        let pending = Pending { given, times, consumer: nobody.clone() };
        if group.pending.insert(id, pending).is_some() {
            return corrupt("Duplicated global PEL entry loading stream consumer group");
        }
        left += 1;
    }
    for _ in 0..input.length()? {
        let name: std::sync::Arc<[u8]> = (*input.string()?).into();
        let seen = i64::from_le_bytes(input.array()?);
        if form == Form::Later {
            input.array::<8>()?;
        }
        let mut consumer = Consumer { seen, ..Consumer::default() };
        for _ in 0..input.length()? {
            let id = StreamId::from_bytes(input.array()?);
            let Some(pending) = group.pending.get_mut(&id) else {
                return corrupt("Consumer entry not found in group global PEL");
            };
            if !std::sync::Arc::ptr_eq(&pending.consumer, &nobody) {
                return corrupt("Duplicated consumer PEL entry loading a stream consumer group");
            }
            pending.consumer = name.clone();
            consumer.pending.insert(id);
            left -= 1;
        }
        if group.consumers.insert(name, consumer).is_some() {
            return corrupt("Duplicate stream consumer detected.");
        }
    }
    if left > 0 {
        return corrupt("Stream CG PEL entry without consumer");
    }
    Ok(())
}
