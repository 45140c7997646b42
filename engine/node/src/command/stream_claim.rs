//! Taking over what another consumer was given: `XCLAIM`, `XAUTOCLAIM`.

use engine_resp::Reply;
use engine_store::StreamId;
use engine_store::stream::{Group, Log, Pending, Stream};

use super::stream::{write_entry, write_id};
use super::stream_args::{range_start, strict_id};
use super::stream_pending::no_key_or_group;
use super::stream_told::ToldInstead;
use super::{Answer, Call, Fail, args};

/// How an entry is claimed.
struct Claim<'a> {
    key: &'a [u8],
    group: &'a [u8],
    consumer: &'a [u8],
    min_idle: i64,
    now: i64,
    /// When it counts as given.
    given: i64,
    /// How often it counts as given; `None` for once more.
    times: Option<u64>,
    /// What was not given to anybody is taken too.
    force: bool,
    just_id: bool,
    last_id: StreamId,
    /// What is counted as changed.
    dirty: u64,
    made_consumer: bool,
}

/// What became of a claim.
enum Outcome {
    Claimed,
    /// It is not of those that are pending, or not idle for long enough.
    Passed,
    /// The entry is gone, and not pending any more.
    Gone,
}

impl Claim<'_> {
    /// Claims one entry, and answers with it. `word` is its id as it was written.
    fn one(
        &mut self,
        out: &mut Reply,
        log: &Log,
        group: &mut Group,
        (id, word): (StreamId, &[u8]),
        told: &mut ToldInstead,
    ) -> Outcome {
        let pending = group.pending().get(&id).cloned();
        let Some(entry) = log.get(id) else {
            let Some(pending) = pending else { return Outcome::Passed };
            told.claim(self.key, (self.group, group), word, &pending);
            group.take_back(id);
            self.dirty += 1;
            return Outcome::Gone;
        };
        let times = match &pending {
            Some(Pending { given, times, .. }) => {
                if self.min_idle > 0 && self.now.wrapping_sub(*given) < self.min_idle {
                    return Outcome::Passed;
                }
                *times
            }
            None if self.force => 1,
            None => return Outcome::Passed,
        };
        let made = group.see_consumer(self.consumer, self.now);
        self.made_consumer |= made;
        self.dirty += u64::from(made);
        let times = self.times.unwrap_or(times.wrapping_add(u64::from(!self.just_id)));
        group.give(id, self.consumer, self.given, times);
        if self.just_id {
            write_id(out, id);
        } else {
            write_entry(out, &entry);
        }
        if let Some(pending) = group.pending().get(&id) {
            told.claim(self.key, (self.group, group), word, pending);
        }
        self.dirty += 1;
        Outcome::Claimed
    }

    /// Counts what changed, and passes it on.
    fn end(self, call: &mut Call<'_>, told: ToldInstead) {
        if self.made_consumer {
            call.notify(b't', "xgroup-createconsumer", self.key);
        }
        call.node.dirty += self.dirty;
        told.pass(call);
    }
}

fn new_claim<'a>(call: &Call<'a>, min_idle: i64) -> Claim<'a> {
    let now = call.now.unix.0;
    Claim {
        key: call.args[1],
        group: call.args[2],
        consumer: call.args[3],
        min_idle: min_idle.max(0),
        now,
        given: now,
        times: None,
        force: false,
        just_id: false,
        last_id: StreamId::MIN,
        dirty: 0,
        made_consumer: false,
    }
}

/// The options of `XCLAIM`, behind the ids.
fn claim_options(claim: &mut Claim<'_>, words: &[&[u8]]) -> Result<(), Fail> {
    let mut given = -1;
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let next = words.get(at + 1);
        at += 2;
        match next {
            _ if args::is(word, "force") => {
                claim.force = true;
                at -= 1;
            }
            _ if args::is(word, "justid") => {
                claim.just_id = true;
                at -= 1;
            }
            Some(value) if args::is(word, "idle") => {
                let idle = args::int_or(value, "ERR Invalid IDLE option argument for XCLAIM")?;
                given = claim.now.wrapping_sub(idle);
            }
            Some(value) if args::is(word, "time") => {
                given = args::int_or(value, "ERR Invalid TIME option argument for XCLAIM")?;
            }
            Some(value) if args::is(word, "retrycount") => {
                let error = "ERR Invalid RETRYCOUNT option argument for XCLAIM";
                claim.times = u64::try_from(args::int_or(value, error)?).ok();
            }
            Some(value) if args::is(word, "lastid") => claim.last_id = strict_id(value, 0)?,
            _ => return Err(Fail::quoting("ERR Unrecognized XCLAIM option '", word, "'")),
        }
    }
    // A time that makes no sense means now.
    claim.given = if (0..=claim.now).contains(&given) { given } else { claim.now };
    Ok(())
}

/// `XCLAIM key group consumer min-idle id … [IDLE ms] [TIME ms] [RETRYCOUNT n] [FORCE] [JUSTID]
/// [LASTID id]`
pub(super) fn xclaim(call: &mut Call<'_>) -> Answer {
    let (at, words) = (call.at(), call.args);
    let stream = call.node.read_stream(at, words[1])?;
    if stream.is_none_or(|stream| !stream.groups.contains_key(words[2])) {
        return Err(no_key_or_group(words[1], words[2]));
    }
    let idle = args::int_or(words[4], "ERR Invalid min-idle-time argument for XCLAIM")?;
    let mut claim = new_claim(call, idle);
    let ids: Vec<StreamId> = words[5..].iter().map_while(|w| strict_id(w, 0).ok()).collect();
    let (id_words, options) = words[5..].split_at(ids.len());
    claim_options(&mut claim, options)?;
    let mut told = ToldInstead::new(call);
    let Some(stream) = call.node.edit_stream(at, words[1])? else { return Ok(()) };
    let Stream { log, groups } = stream;
    let Some(group) = groups.get_mut(words[2]) else { return Ok(()) };
    let mut tell_last = claim.last_id > group.last_id;
    group.last_id = group.last_id.max(claim.last_id);
    let (mark, mut count) = (call.out.deferred(), 0);
    for (id, word) in ids.iter().zip(id_words) {
        match claim.one(call.out, log, group, (*id, word), &mut told) {
            Outcome::Claimed => count += 1,
            Outcome::Gone => {}
            Outcome::Passed => continue,
        }
        // Each of them says it.
        tell_last = false;
    }
    if tell_last {
        told.group_id(words[1], (words[2], group));
        claim.dirty += 1;
    }
    call.out.set_array(mark, count);
    claim.end(call, told);
    Ok(())
}

/// `[COUNT count] [JUSTID]`
fn autoclaim_options(claim: &mut Claim<'_>, words: &[&[u8]]) -> Result<u64, Fail> {
    let (mut count, mut at) = (100, 0);
    while let Some(word) = words.get(at) {
        match words.get(at + 1) {
            Some(value) if args::is(word, "count") => {
                let error = Fail::new("ERR COUNT must be > 0");
                let wanted = args::int(value).map_err(|_| error.clone())?;
                if !(1..=i64::MAX / 16).contains(&wanted) {
                    return Err(error);
                }
                count = wanted as u64;
                at += 1;
            }
            _ if args::is(word, "justid") => claim.just_id = true,
            _ => return Err(Fail::SYNTAX),
        }
        at += 1;
    }
    Ok(count)
}

/// Above this count Redis finds no memory for what it might tell of.
const COUNT_MAX: u64 = 1 << 43;

/// `XAUTOCLAIM key group consumer min-idle start [COUNT count] [JUSTID]`
pub(super) fn xautoclaim(call: &mut Call<'_>) -> Answer {
    let (at, words) = (call.at(), call.args);
    // Redis looks for the key first, and tells of it last.
    call.node.read(at, words[1]);
    let idle = args::int_or(words[4], "ERR Invalid min-idle-time argument for XAUTOCLAIM")?;
    let mut claim = new_claim(call, idle);
    let start = range_start(words[5])?;
    let mut count = autoclaim_options(&mut claim, &words[6..])?;
    let mut told = ToldInstead::new(call);
    let stream = call.node.edit_stream(at, words[1])?;
    let Some(Stream { log, groups }) = stream else {
        return Err(no_key_or_group(words[1], words[2]));
    };
    let group = groups.get_mut(words[2]);
    let group = group.ok_or_else(|| no_key_or_group(words[1], words[2]))?;
    if count >= COUNT_MAX {
        let text = "ERR Insufficient memory, failed allocating transient memory, COUNT too high.";
        return Err(text.into());
    }
    call.out.array(3);
    let (mut claimed, mut deleted) = (0, Vec::new());
    // The cursor stands first, and is known last.
    let mut answer = Reply::from_vec(Vec::new(), call.out.protocol());
    let mut attempts = count.saturating_mul(10);
    let mut next = group.pending().range(start..).next().map(|(id, _)| *id);
    while let Some(id) = next.filter(|_| attempts > 0 && count > 0) {
        attempts -= 1;
        let text = id.to_string();
        match claim.one(&mut answer, log, group, (id, text.as_bytes()), &mut told) {
            Outcome::Claimed => {
                claimed += 1;
                count -= 1;
            }
            Outcome::Gone => {
                deleted.push(id);
                count -= 1;
            }
            Outcome::Passed => {}
        }
        let after = id.next();
        next = after.and_then(|id| group.pending().range(id..).next()).map(|(id, _)| *id);
    }
    write_id(call.out, next.unwrap_or(StreamId::MIN));
    call.out.array(claimed);
    call.out.raw(answer.as_bytes());
    call.out.array(deleted.len());
    deleted.into_iter().for_each(|id| write_id(call.out, id));
    claim.end(call, told);
    Ok(())
}
