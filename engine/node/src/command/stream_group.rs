//! `XGROUP`: making consumer groups and their consumers (`xgroupCommand`).

use engine_store::StreamId;
use engine_store::stream::Group;

use super::macros::{keys, specs};
use super::stream_args::{c_text, id, strict_id};
use super::{Answer, At, Call, Fail, Spec, args, fail, help};

/// The subcommands.
pub(crate) const SUBCOMMANDS: &[Spec] = specs! {
    "create" -5 [WRITE DENYOOM] (2 2 1) [STREAM] => create,
    "createconsumer" 5 [WRITE DENYOOM] (2 2 1) [STREAM] => create_consumer,
    "delconsumer" 5 [WRITE] (2 2 1) [STREAM] => delete_consumer,
    "destroy" 4 [WRITE] (2 2 1) [STREAM] => destroy,
    "help" 2 [LOADING STALE] () [STREAM] => help::help,
    "setid" -5 [WRITE] (2 2 1) [STREAM] => set_id,
};

/// No such group.
pub(super) fn no_group(key: &[u8], group: &[u8]) -> Fail {
    let texts = ["NOGROUP No such consumer group '", "' for key name '", "'"];
    Fail::quoting_two(texts, [group, key])
}

const NO_KEY: Fail = Fail::new(
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use \
     the MKSTREAM option to create an empty stream automatically.",
);

/// `[MKSTREAM] [ENTRIESREAD entries]`; the first with CREATE only.
#[derive(Default)]
struct Options {
    make: bool,
    read: Option<i64>,
}

fn options(call: &Call<'_>, may_make: bool) -> Result<Options, Fail> {
    let words = call.args;
    let mut options = Options::default();
    let mut at = 5;
    while let Some(word) = words.get(at) {
        if may_make && args::is(word, "mkstream") {
            options.make = true;
        } else if args::is(word, "entriesread") && at + 1 < words.len() {
            let read = args::int(words[at + 1])?;
            if read < -1 {
                return Err("ERR value for ENTRIESREAD must be positive or -1".into());
            }
            options.read = (read != -1).then_some(read);
            at += 1;
        } else {
            return Err(fail::wrong_subcommand(words));
        }
        at += 1;
    }
    Ok(options)
}

/// The group that the command is about.
fn group<'a>(call: &'a mut Call<'_>, at: At) -> Result<&'a mut Group, Fail> {
    let (key, name) = (call.args[2], call.args[3]);
    let stream = call.node.edit_stream(at, key)?.ok_or(NO_KEY)?;
    stream.groups.get_mut(name).ok_or_else(|| no_group(key, name))
}

/// `XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD entries]`
fn create(call: &mut Call<'_>) -> Answer {
    let options = options(call, true)?;
    let words = call.args;
    let (at, key, name) = (call.at(), words[2], words[3]);
    let last = call.node.look_stream(at, key)?.map(|stream| stream.log.last_id);
    if last.is_none() && !options.make {
        return Err(NO_KEY);
    }
    if words.len() > 8 {
        return Err(fail::wrong_subcommand(words));
    }
    let id = match c_text(words[4]) {
        b"$" => last.unwrap_or(StreamId::MIN),
        _ => strict_id(words[4], 0)?,
    };
    let stream = call.node.stream_or_new(at, key)?;
    let new = !stream.groups.contains_key(name);
    if new {
        stream.groups.insert(name.to_vec(), Group::new(id, options.read));
    }
    if last.is_none() {
        call.node.key_changed(at.db, key);
    }
    if !new {
        return Err("BUSYGROUP Consumer Group name already exists".into());
    }
    call.node.dirty += 1;
    call.notify(b't', "xgroup-create", key);
    call.out.ok();
    Ok(())
}

/// `XGROUP SETID key group id|$ [ENTRIESREAD entries]`
fn set_id(call: &mut Call<'_>) -> Answer {
    let options = options(call, false)?;
    let (at, words) = (call.at(), call.args);
    group(call, at)?;
    if words.len() != 5 && words.len() != 7 {
        return Err(fail::wrong_subcommand(words));
    }
    let last = call.node.look_stream(at, words[2])?.map_or(StreamId::MIN, |s| s.log.last_id);
    let id = if c_text(words[4]) == b"$" { last } else { id(words[4], 0)? };
    let group = group(call, at)?;
    (group.last_id, group.read) = (id, options.read);
    call.node.dirty += 1;
    call.notify(b't', "xgroup-setid", words[2]);
    call.out.ok();
    Ok(())
}

/// `XGROUP DESTROY key group`
fn destroy(call: &mut Call<'_>) -> Answer {
    let (at, key) = (call.at(), call.args[2]);
    let stream = call.node.edit_stream(at, key)?.ok_or(NO_KEY)?;
    let gone = stream.groups.remove(call.args[3]).is_some();
    if gone {
        call.node.dirty += 1;
        call.notify(b't', "xgroup-destroy", key);
        // Who waits for it is told.
        call.node.key_ready(at.db, key);
    }
    call.out.int(i64::from(gone));
    Ok(())
}

/// `XGROUP CREATECONSUMER key group consumer`
fn create_consumer(call: &mut Call<'_>) -> Answer {
    let (at, words, now) = (call.at(), call.args, call.now.unix.0);
    let made = group(call, at)?.add_consumer(words[4], now);
    if made {
        call.node.dirty += 1;
        call.notify(b't', "xgroup-createconsumer", words[2]);
    }
    call.out.int(i64::from(made));
    Ok(())
}

/// `XGROUP DELCONSUMER key group consumer`
fn delete_consumer(call: &mut Call<'_>) -> Answer {
    let (at, words) = (call.at(), call.args);
    let pending = group(call, at)?.remove_consumer(words[4]);
    if pending.is_some() {
        call.node.dirty += 1;
        call.notify(b't', "xgroup-delconsumer", words[2]);
    }
    call.out.len_int(pending.unwrap_or(0));
    Ok(())
}
