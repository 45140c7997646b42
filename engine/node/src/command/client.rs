//! `CLIENT …`: the connections of this node (`clientCommand` in networking.c). Showing and killing
//! them is in `client_list.rs`.

use engine_base::number::parse_i64;

use super::client_tracking as tracking;
use super::macros::{keys, specs};
use super::{Answer, Call, Fail, Spec, args, client_list, help, wrong_subcommand};
use crate::client::{ClientFlags, Wait};
use crate::pause::Pauser;

/// The subcommands.
pub(crate) const SUBCOMMANDS: &[Spec] = specs! {
    "caching" 3 [NOSCRIPT LOADING STALE] () [CONNECTION] => tracking::caching,
    "getname" 2 [NOSCRIPT LOADING STALE] () [CONNECTION] => getname,
    "getredir" 2 [NOSCRIPT LOADING STALE] () [CONNECTION] => tracking::getredir,
    "help" 2 [LOADING STALE] () [CONNECTION] => help::help,
    "id" 2 [NOSCRIPT LOADING STALE] () [CONNECTION] => id,
    "info" 2 [NOSCRIPT LOADING STALE] () [CONNECTION] => client_list::info,
    "kill" -3 [ADMIN NOSCRIPT LOADING STALE] () [CONNECTION] => client_list::kill,
    "list" -2 [ADMIN NOSCRIPT LOADING STALE] () [CONNECTION] => client_list::list,
    "no-evict" 3 [ADMIN NOSCRIPT LOADING STALE] () [CONNECTION] => no_evict,
    "pause" -3 [ADMIN NOSCRIPT LOADING STALE] () [CONNECTION] => pause,
    "reply" 3 [NOSCRIPT LOADING STALE] () [CONNECTION] => reply,
    "setname" 3 [NOSCRIPT LOADING STALE] () [CONNECTION] => setname,
    "tracking" -3 [NOSCRIPT LOADING STALE] () [CONNECTION] => tracking::tracking,
    "trackinginfo" 2 [NOSCRIPT LOADING STALE] () [CONNECTION] => tracking::trackinginfo,
    "unblock" -3 [ADMIN NOSCRIPT LOADING STALE] () [CONNECTION] => unblock,
    "unpause" 2 [ADMIN NOSCRIPT LOADING STALE] () [CONNECTION] => unpause,
};

/// What a name with a blank in it is answered.
pub(super) const BAD_NAME: Fail =
    Fail::new("ERR Client names cannot contain spaces, newlines or special characters.");

/// Whether a client may have this name: printable, without blanks.
pub(super) fn valid_name(name: &[u8]) -> bool {
    name.iter().all(|b| (b'!'..=b'~').contains(b))
}

fn id(call: &mut Call<'_>) -> Answer {
    let id = call.session().map_or(0, |client| client.id);
    call.out.int(id as i64);
    Ok(())
}

fn getname(call: &mut Call<'_>) -> Answer {
    let name = call.session().map(|client| client.name.clone()).unwrap_or_default();
    call.out.bulk_or_null((!name.is_empty()).then_some(&name));
    Ok(())
}

fn setname(call: &mut Call<'_>) -> Answer {
    let name = call.args[2];
    if !valid_name(name) {
        return Err(BAD_NAME);
    }
    if let Some(client) = call.session() {
        client.name = name.to_vec();
    }
    call.out.ok();
    Ok(())
}

/// `CLIENT REPLY ON|OFF|SKIP`
fn reply(call: &mut Call<'_>) -> Answer {
    let word = call.args[2];
    let Some(client) = call.session() else { return Ok(()) };
    if args::is(word, "on") {
        let silent =
            ClientFlags::REPLY_OFF | ClientFlags::REPLY_SKIP_NEXT | ClientFlags::REPLY_SKIP;
        client.flags.remove(silent);
        call.out.ok();
    } else if args::is(word, "off") {
        client.flags.insert(ClientFlags::REPLY_OFF);
    } else if args::is(word, "skip") {
        if !client.flags.contains(ClientFlags::REPLY_OFF) {
            client.flags.insert(ClientFlags::REPLY_SKIP_NEXT);
        }
    } else {
        return Err(Fail::SYNTAX);
    }
    Ok(())
}

/// `CLIENT NO-EVICT ON|OFF`
fn no_evict(call: &mut Call<'_>) -> Answer {
    let on = args::is(call.args[2], "on");
    if !on && !args::is(call.args[2], "off") {
        return Err(Fail::SYNTAX);
    }
    if let Some(client) = call.session() {
        client.flags.set(ClientFlags::NO_EVICT, on);
    }
    call.node.weigh_client(call.client, 0);
    call.out.ok();
    Ok(())
}

/// `CLIENT PAUSE timeout [WRITE|ALL]`
fn pause(call: &mut Call<'_>) -> Answer {
    let writes_only = match call.args.get(3..).unwrap_or_default() {
        [] => false,
        [word] if args::is(word, "all") => false,
        [word] if args::is(word, "write") => true,
        [_] => return Err("ERR CLIENT PAUSE mode must be WRITE or ALL".into()),
        _ => return Err(wrong_subcommand(call.args)),
    };
    let ms = parse_i64(call.args[2]).ok_or("ERR timeout is not an integer or out of range")?;
    let ms = u64::try_from(ms).map_err(|_| Fail::from("ERR timeout is negative"))?;
    let until = call.now.mono.plus_ms(ms);
    call.node.pause.begin(Pauser::Client, until, writes_only, call.now);
    call.out.ok();
    Ok(())
}

fn unpause(call: &mut Call<'_>) -> Answer {
    call.node.end_pause(call.now, Pauser::Client);
    call.out.ok();
    Ok(())
}

/// `CLIENT UNBLOCK client-id [TIMEOUT|ERROR]`
fn unblock(call: &mut Call<'_>) -> Answer {
    let with_error = match call.args.get(3..).unwrap_or_default() {
        [] => false,
        [word] if args::is(word, "timeout") => false,
        [word] if args::is(word, "error") => true,
        [_] => return Err("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR".into()),
        _ => return Err(wrong_subcommand(call.args)),
    };
    let id = args::int(call.args[2])?;
    let waiting = call.node.links.clients().find(|client| {
        client.id as i64 == id
            && client.blocked.as_ref().is_some_and(|b| !matches!(b.wait, Wait::Paused))
    });
    let Some(link) = waiting.map(|client| client.link) else {
        call.out.int(0);
        return Ok(());
    };
    if with_error {
        let blocked = call.node.unblock(link);
        call.node.stats.error("UNBLOCKED");
        if let Some(Wait::Keys(wait)) = blocked.map(|blocked| blocked.wait) {
            let words: Vec<&[u8]> = wait.args.iter().map(Vec::as_slice).collect();
            if let Ok((_, spec)) = super::lookup(&words) {
                call.node.stats.of_command(spec).failed += 1;
            }
        }
        call.node.tell(link, |reply| reply.error("UNBLOCKED client unblocked via CLIENT UNBLOCK"));
        call.node.process_client(call.now, link);
    } else {
        call.node.end_wait(call.now, link);
    }
    call.out.int(1);
    Ok(())
}
