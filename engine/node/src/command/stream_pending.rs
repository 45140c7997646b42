//! What consumers were given and have not acknowledged: `XACK`, `XPENDING`.

use engine_store::StreamId;
use engine_store::stream::{Group, Pending};

use super::stream::write_id;
use super::stream_args::{self, range_end, range_start};
use super::{Answer, Call, Fail, args};

/// Neither key nor group need be there.
pub(super) fn no_key_or_group(key: &[u8], group: &[u8]) -> Fail {
    let texts = ["NOGROUP No such key '", "' or consumer group '", "'"];
    Fail::quoting_two(texts, [key, group])
}

/// `XACK key group id …`
pub(super) fn xack(call: &mut Call<'_>) -> Answer {
    let (at, words) = (call.at(), call.args);
    let stream = call.node.read_stream(at, words[1])?;
    if stream.is_none_or(|stream| !stream.groups.contains_key(words[2])) {
        call.out.int(0);
        return Ok(());
    }
    let ids = stream_args::ids(&words[3..])?;
    let stream = call.node.edit_stream(at, words[1])?;
    let done = match stream.and_then(|stream| stream.groups.get_mut(words[2])) {
        Some(group) => ids.iter().filter(|id| group.take_back(**id)).count(),
        None => 0,
    };
    call.node.dirty += done as u64;
    call.out.len_int(done);
    Ok(())
}

/// Which entries `XPENDING` tells of.
struct Range<'a> {
    min_idle: i64,
    start: StreamId,
    end: StreamId,
    count: i64,
    consumer: Option<&'a [u8]>,
}

fn parse<'a>(words: &[&'a [u8]]) -> Result<Option<Range<'a>>, Fail> {
    if words.len() == 3 {
        return Ok(None);
    }
    if !(6..=9).contains(&words.len()) {
        return Err(Fail::SYNTAX);
    }
    let (mut first, mut min_idle) = (3, 0);
    if args::is(words[3], "idle") {
        min_idle = args::int(words[4])?;
        if words.len() < 8 {
            return Err(Fail::SYNTAX);
        }
        first = 5;
    }
    let count = args::int(words[first + 2])?.max(0);
    let (start, end) = (range_start(words[first])?, range_end(words[first + 1])?);
    Ok(Some(Range { min_idle, start, end, count, consumer: words.get(first + 3).copied() }))
}

/// `XPENDING key group [[IDLE ms] start end count [consumer]]`
pub(super) fn xpending(call: &mut Call<'_>) -> Answer {
    let (at, words, now) = (call.at(), call.args, call.now.unix.0);
    let range = parse(words)?;
    let stream = call.node.read_stream(at, words[1])?;
    let group = stream.and_then(|stream| stream.groups.get(words[2]));
    let group = group.ok_or_else(|| no_key_or_group(words[1], words[2]))?;
    match range {
        Some(range) => entries(call.out, group, &range, now),
        None => summary(call.out, group),
    }
    Ok(())
}

/// How many are pending, the first, the last, and how many each consumer has.
fn summary(out: &mut engine_resp::Reply, group: &Group) {
    let pending = group.pending();
    out.array(4);
    out.len_int(pending.len());
    let (Some((first, _)), Some((last, _))) = (pending.first_key_value(), pending.last_key_value())
    else {
        out.null();
        out.null();
        out.null_array();
        return;
    };
    write_id(out, *first);
    write_id(out, *last);
    let busy = || group.consumers().iter().filter(|(_, c)| !c.pending().is_empty());
    out.array(busy().count());
    for (name, consumer) in busy() {
        out.array(2);
        out.bulk(name);
        out.bulk_int(consumer.pending().len() as i64);
    }
}

/// Each of them.
fn entries(out: &mut engine_resp::Reply, group: &Group, range: &Range<'_>, now: i64) {
    let (mark, mut written) = (out.deferred(), 0);
    let mut write = |id: StreamId, pending: &Pending| {
        let idle = now.wrapping_sub(pending.given);
        if written >= range.count || (range.min_idle != 0 && idle < range.min_idle) {
            return;
        }
        written += 1;
        out.array(4);
        write_id(out, id);
        out.bulk(&pending.consumer);
        out.int(idle.max(0));
        out.int(pending.times as i64);
    };
    // A range whose end is before its start holds nothing.
    if range.start <= range.end && range.count > 0 {
        match range.consumer {
            None => {
                for (id, pending) in group.pending().range(range.start..=range.end) {
                    write(*id, pending);
                }
            }
            Some(name) => {
                let ids = group.consumers().get(name).map(|consumer| consumer.pending());
                for id in ids.into_iter().flat_map(|ids| ids.range(range.start..=range.end)) {
                    if let Some(pending) = group.pending().get(id) {
                        write(*id, pending);
                    }
                }
            }
        }
    }
    out.set_array(mark, written as usize);
}
