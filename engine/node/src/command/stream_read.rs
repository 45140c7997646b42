//! `XREAD` and `XREADGROUP`, with and without waiting (`xreadCommand`,
//! `serveClientsBlockedOnStreamKey`).

use engine_base::Mono;
use engine_resp::Reply;
use engine_store::stream::{Group, Log, Stream};
use engine_store::{StreamId, Value};

use super::stream::{write_entry, write_id};
use super::stream_args::{c_text, strict_id};
use super::stream_told::ToldInstead;
use super::{Answer, At, Call, Fail, args, waiting};

/// How many entries one who waited is given unless it says how many.
const COUNT_AFTER_WAIT: usize = 1000;

/// The keys: the first half of what follows STREAMS (`xreadGetKeys`).
pub(super) fn find_keys(words: &[&[u8]]) -> Vec<usize> {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        let values = [("block", 1), ("count", 1), ("group", 2), ("noack", 0)];
        if args::is(word, "streams") {
            let more = words.len() - at - 1;
            let count = if more.is_multiple_of(2) { more / 2 } else { 0 };
            return (at + 1..).take(count).collect();
        }
        let Some((_, values)) = values.iter().find(|(option, _)| args::is(word, option)) else {
            break;
        };
        at += 1 + values;
    }
    Vec::new()
}

/// What is asked for.
struct Asked<'a> {
    /// Until when to wait, if at all.
    deadline: Option<Mono>,
    /// At most so many entries of each stream; 0 for all.
    count: usize,
    /// The group and its consumer.
    group: Option<(&'a [u8], &'a [u8])>,
    noack: bool,
    keys: &'a [&'a [u8]],
    ids: &'a [&'a [u8]],
}

fn parse<'a>(call: &Call<'a>) -> Result<Asked<'a>, Fail> {
    let words = call.args;
    let in_group = words[0].len() == b"xreadgroup".len();
    let none: &[&[u8]] = &[];
    let mut asked =
        Asked { deadline: None, count: 0, group: None, noack: false, keys: none, ids: none };
    let mut found = false;
    let mut at = 1;
    while let Some(word) = words.get(at) {
        let more = words.len() - at - 1;
        if args::is(word, "block") && more > 0 {
            if call.is_of_script() {
                let text = " command is not allowed with BLOCK option from scripts";
                return Err(Fail::quoting("ERR ", words[0], text));
            }
            at += 1;
            asked.deadline = Some(waiting::timeout_ms(call, words[at])?);
        } else if args::is(word, "count") && more > 0 {
            at += 1;
            asked.count = usize::try_from(args::int(words[at])?).unwrap_or(0);
        } else if args::is(word, "streams") && more > 0 {
            if !more.is_multiple_of(2) {
                let text = "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' \
                            must be specified.";
                return Err(text.into());
            }
            (asked.keys, asked.ids) = words[at + 1..].split_at(more / 2);
            found = true;
            break;
        } else if args::is(word, "group") && more >= 2 {
            if !in_group {
                let text = "ERR The GROUP option is only supported by XREADGROUP. You called XREAD \
                            instead.";
                return Err(text.into());
            }
            asked.group = Some((words[at + 1], words[at + 2]));
            at += 2;
        } else if args::is(word, "noack") {
            if !in_group {
                let text = "ERR The NOACK option is only supported by XREADGROUP. You called XREAD \
                            instead.";
                return Err(text.into());
            }
            asked.noack = true;
        } else {
            return Err(Fail::SYNTAX);
        }
        at += 1;
    }
    if !found {
        return Err(Fail::SYNTAX);
    }
    if in_group && asked.group.is_none() {
        return Err("ERR Missing GROUP option for XREADGROUP".into());
    }
    Ok(asked)
}

/// After which entry a stream is read; `None` for what a group was not given yet (`>`).
type After = Option<StreamId>;

/// `XREAD [COUNT n] [BLOCK ms] STREAMS key … id …`, and `XREADGROUP GROUP group consumer …`.
pub(super) fn xread(call: &mut Call<'_>) -> Answer {
    let asked = parse(call)?;
    if call.node.wake.retrying {
        return serve_waiting(call, &asked);
    }
    let at = call.at();
    let afters = read_ids(call, at, &asked)?;
    let mut told = ToldInstead::new(call);
    let (mark, mut served) = (call.out.deferred(), 0);
    for (key, after) in asked.keys.iter().zip(&afters) {
        let Some(stream) = call.node.read_stream(at, key)? else { continue };
        if is_served_at_once(stream, asked.group, *after) {
            serve(call, at, &asked, key, *after, asked.count, &mut told)?;
            call.node.dirty += u64::from(asked.group.is_some());
            served += 1;
        }
    }
    if served == 0 {
        return wait(call, &asked, &afters);
    }
    told.pass(call);
    if call.out.is_resp3() {
        call.out.set_map(mark, served);
    } else {
        call.out.set_array(mark, served);
    }
    Ok(())
}

/// The ids, each checked with its key and its group.
fn read_ids(call: &mut Call<'_>, at: At, asked: &Asked<'_>) -> Result<Vec<After>, Fail> {
    let mut afters = Vec::with_capacity(asked.keys.len());
    for (key, word) in asked.keys.iter().zip(asked.ids) {
        let stream = call.node.read_stream(at, key)?;
        if let Some((group, _)) = asked.group
            && stream.is_none_or(|stream| !stream.groups.contains_key(group))
        {
            let end = "' in XREADGROUP with GROUP option";
            let texts = ["NOGROUP No such key '", "' or consumer group '", end];
            return Err(Fail::quoting_two(texts, [key, group]));
        }
        afters.push(match (c_text(word), asked.group) {
            (b"$", None) => Some(stream.map_or(StreamId::MIN, |stream| stream.log.last_id)),
            (b"$", Some(_)) => {
                let text = "ERR The $ ID is meaningless in the context of XREADGROUP: you want to \
                            read the history of this consumer by specifying a proper ID, or use \
                            the > ID to get new messages. The $ ID would just return an empty \
                            result set.";
                return Err(text.into());
            }
            (b">", Some(_)) => None,
            (b">", None) => {
                let text = "ERR The > ID can be specified only when calling XREADGROUP using the \
                            GROUP <group> <consumer> option.";
                return Err(text.into());
            }
            // The greatest id of all says the same as `>`.
            _ => {
                Some(strict_id(word, 0)?).filter(|id| asked.group.is_none() || *id != StreamId::MAX)
            }
        });
    }
    Ok(afters)
}

/// Whether there is anything to read; what a consumer was given before is read in any case.
fn is_served_at_once(stream: &Stream, group: Option<(&[u8], &[u8])>, after: After) -> bool {
    let after = match (group, after) {
        (Some(_), Some(_)) => return true,
        (Some((name, _)), None) => stream.groups.get(name).map(|group| group.last_id),
        (None, after) => after,
    };
    let last = stream.log.last_there();
    after.is_some_and(|after| last.is_some_and(|last| last > after))
}

/// Answers with the key and its entries.
fn serve(
    call: &mut Call<'_>,
    at: At,
    asked: &Asked<'_>,
    key: &[u8],
    after: After,
    count: usize,
    told: &mut ToldInstead,
) -> Answer {
    if !call.out.is_resp3() {
        call.out.array(2);
    }
    call.out.bulk(key);
    let most = if count == 0 { usize::MAX } else { count };
    let Some((name, consumer)) = asked.group else {
        if let (Some(stream), Some(after)) = (call.node.look_stream(at, key)?, after) {
            write_range(call.out, &stream.log, after, most);
        }
        return Ok(());
    };
    let now = call.now.unix.0;
    let Some(stream) = call.node.edit_stream(at, key)? else { return Ok(()) };
    let Stream { log, groups } = stream;
    let Some(group) = groups.get_mut(name) else { return Ok(()) };
    let made = group.see_consumer(consumer, now);
    if made && asked.noack {
        told.consumer(key, name, consumer);
    }
    match after {
        Some(after) => write_history(call.out, log, group, (consumer, after), most, now),
        None => {
            let mut given = Given { key, name, consumer, noack: asked.noack, most, now };
            given.write(call.out, log, group, told);
        }
    }
    if made {
        call.node.dirty += 1;
        call.notify(b't', "xgroup-createconsumer", key);
    }
    Ok(())
}

/// The entries after an id.
fn write_range(out: &mut Reply, log: &Log, after: StreamId, most: usize) {
    let (mark, mut count) = (out.deferred(), 0);
    // After the greatest id of all Redis begins again at the first.
    let start = after.next().unwrap_or(StreamId::MIN);
    for entry in log.range(start, StreamId::MAX).take(most) {
        write_entry(out, &entry);
        count += 1;
    }
    out.set_array(mark, count);
}

/// What a consumer was given after an id and has not acknowledged
/// (`streamReplyWithRangeFromConsumerPEL`).
fn write_history(
    out: &mut Reply,
    log: &Log,
    group: &mut Group,
    (consumer, after): (&[u8], StreamId),
    most: usize,
    now: i64,
) {
    let start = after.next().unwrap_or(StreamId::MIN);
    let pending = group.consumers().get(consumer).map(|consumer| consumer.pending());
    let ids: Vec<StreamId> =
        pending.into_iter().flat_map(|ids| ids.range(start..).take(most)).copied().collect();
    out.array(ids.len());
    for id in ids {
        match log.get(id) {
            Some(entry) => {
                write_entry(out, &entry);
                if let Some(pending) = group.pending_mut(id) {
                    pending.given = now;
                    pending.times = pending.times.wrapping_add(1);
                }
            }
            None => {
                out.array(2);
                write_id(out, id);
                out.null_array();
            }
        }
    }
}

/// Entries that a group gives to a consumer.
struct Given<'a> {
    key: &'a [u8],
    name: &'a [u8],
    consumer: &'a [u8],
    noack: bool,
    most: usize,
    now: i64,
}

impl Given<'_> {
    fn write(&mut self, out: &mut Reply, log: &Log, group: &mut Group, told: &mut ToldInstead) {
        let (mark, mut count) = (out.deferred(), 0);
        let mut moved = false;
        let start = group.last_id.next().unwrap_or(StreamId::MIN);
        for entry in log.range(start, StreamId::MAX).take(self.most) {
            moved |= group.move_on(log, entry.id);
            write_entry(out, &entry);
            count += 1;
            if !self.noack {
                group.give(entry.id, self.consumer, self.now, 1);
                told.claim_of(self.key, (self.name, group), entry.id);
            }
        }
        if moved && self.noack {
            told.group_id(self.key, (self.name, group));
        }
        out.set_array(mark, count);
    }
}

/// Nothing is there to read.
fn wait(call: &mut Call<'_>, asked: &Asked<'_>, afters: &[After]) -> Answer {
    let Some(deadline) = asked.deadline else {
        call.out.null_array();
        return Ok(());
    };
    // `$` means what was last now.
    let texts: Vec<String> =
        afters.iter().map(|after| after.map_or(">".to_owned(), |id| id.to_string())).collect();
    let mut words = call.args.to_vec();
    let first = words.len() - texts.len();
    for (word, text) in words[first..].iter_mut().zip(&texts) {
        *word = text.as_bytes();
    }
    waiting::block_to_run(call, asked.keys, deadline, &words, Reply::null_array);
    Ok(())
}

/// One who waited is served from the key that has changed, and from no other.
fn serve_waiting(call: &mut Call<'_>, asked: &Asked<'_>) -> Answer {
    let at = call.at();
    let key = std::mem::take(&mut call.node.wake.ready_key);
    let done = serve_ready(call, at, asked, &key);
    call.node.wake.ready_key = key;
    if done? {
        return Ok(());
    }
    let deadline = asked.deadline.unwrap_or(Mono::NEVER);
    waiting::block(call, asked.keys, deadline, Reply::null_array);
    Ok(())
}

fn serve_ready(call: &mut Call<'_>, at: At, asked: &Asked<'_>, key: &[u8]) -> Result<bool, Fail> {
    let Some(index) = asked.keys.iter().position(|wanted| *wanted == key) else { return Ok(false) };
    let stream = match call.node.look(at, key) {
        Some(Value::Stream(stream)) => stream,
        _ if asked.group.is_some() => {
            return Err("UNBLOCKED the stream key no longer exists".into());
        }
        _ => return Ok(false),
    };
    let after = match asked.group {
        Some((name, _)) => {
            let group = stream.groups.get(name).ok_or(Fail::new(
                "NOGROUP the consumer group this client was blocked on no longer exists",
            ))?;
            group.last_id
        }
        None => strict_id(asked.ids[index], 0)?,
    };
    if stream.log.last_id <= after {
        return Ok(false);
    }
    let mut told = ToldInstead::new(call);
    if call.out.is_resp3() {
        call.out.map(1);
    } else {
        call.out.array(1);
    }
    let count = if asked.count == 0 { COUNT_AFTER_WAIT } else { asked.count };
    let after = asked.group.is_none().then_some(after);
    serve(call, at, asked, key, after, count, &mut told)?;
    told.pass(call);
    // What a group has given is told though the command had been run before.
    call.forced = asked.group.is_some();
    Ok(true)
}
