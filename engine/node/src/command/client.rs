//! `CLIENT …`: what is known of connections, and what can be done to them (networking.c).

use std::fmt::Write as _;

use engine_base::{LinkId, Now};

use super::macros::{keys, specs};
use super::{AclCategory, Answer, Call, CommandFlags, Fail, KeySpec, Spec, args, help_texts};
use crate::Node;
use crate::client::{Client, ClientFlags, Wait};

const SUBCOMMANDS: &[Spec] = specs! {
    "getname" 2 [NOSCRIPT LOADING STALE] () [CONNECTION] => getname,
    "getredir" 2 [NOSCRIPT LOADING STALE] () [CONNECTION] => |call| { call.out.int(-1); Ok(()) },
    "help" 2 [LOADING STALE] () [CONNECTION] => help,
    "id" 2 [NOSCRIPT LOADING STALE] () [CONNECTION] => id,
    "info" 2 [NOSCRIPT LOADING STALE] () [CONNECTION] => info,
    "kill" -3 [ADMIN NOSCRIPT LOADING STALE] () [CONNECTION] => kill,
    "list" -2 [ADMIN NOSCRIPT LOADING STALE] () [CONNECTION] => list,
    "no-evict" 3 [ADMIN NOSCRIPT LOADING STALE] () [CONNECTION] => no_evict,
    "pause" -3 [ADMIN NOSCRIPT LOADING STALE] () [CONNECTION] => pause,
    "reply" 3 [NOSCRIPT LOADING STALE] () [CONNECTION] => reply,
    "setname" 3 [NOSCRIPT LOADING STALE] () [CONNECTION] => setname,
    "unblock" -3 [ADMIN NOSCRIPT LOADING STALE] () [CONNECTION] => unblock,
    "unpause" 2 [ADMIN NOSCRIPT LOADING STALE] () [CONNECTION] => unpause,
};

/// The family's table.
pub(crate) const SPECS: &[Spec] = &[Spec {
    name: "client",
    arity: -2,
    flags: CommandFlags::empty(),
    keys: KeySpec::None,
    acl: AclCategory::empty(),
    subcommands: SUBCOMMANDS,
    handler: |call| call.answer(help),
}];

fn help(call: &mut Call<'_>) -> Answer {
    call.help(help_texts::CLIENT);
    Ok(())
}

fn id(call: &mut Call<'_>) -> Answer {
    let id = call.session().map_or(0, |client| client.id);
    call.out.int(id as i64);
    Ok(())
}

fn getname(call: &mut Call<'_>) -> Answer {
    let name = call.session().map(|client| client.name.clone()).unwrap_or_default();
    call.out.bulk_or_null(Some(name.as_slice()).filter(|name| !name.is_empty()));
    Ok(())
}

fn setname(call: &mut Call<'_>) -> Answer {
    let name = call.args[2];
    check_name(name)?;
    if let Some(client) = call.session() {
        client.name = name.to_vec();
    }
    call.out.ok();
    Ok(())
}

/// A name that can stand in a line of `CLIENT LIST`.
pub(super) fn check_name(name: &[u8]) -> Answer {
    if name.iter().all(|byte| (b'!'..=b'~').contains(byte)) {
        return Ok(());
    }
    Err(Fail::new("ERR Client names cannot contain spaces, newlines or special characters."))
}

fn info(call: &mut Call<'_>) -> Answer {
    let mut text = String::new();
    if let Some(client) = call.node.links.client(call.client) {
        call.node.describe_client(call.now, client, call.out.is_resp3(), &mut text);
    }
    call.out.verbatim("txt", text.as_bytes());
    Ok(())
}

/// `CLIENT LIST [TYPE type] [ID id ...]`
fn list(call: &mut Call<'_>) -> Answer {
    let mut kind = None;
    let mut ids = None;
    match call.args.len() {
        2 => {}
        4 if args::is(call.args[2], "type") => kind = Some(kind_of(call.args[3])?),
        n if n > 3 && args::is(call.args[2], "id") => {
            let parsed: Result<Vec<i64>, Fail> =
                call.args[3..].iter().map(|id| args::int_or(id, "ERR Invalid client ID")).collect();
            ids = Some(parsed?);
        }
        _ => return Err(Fail::SYNTAX),
    }
    let mut text = String::new();
    for client in call.node.links.clients() {
        let wanted = kind.is_none_or(|kind| kind == Kind::of(client))
            && ids.as_ref().is_none_or(|ids| ids.contains(&(client.id as i64)));
        if wanted {
            let resp3 = if client.link == call.client {
                call.out.is_resp3()
            } else {
                client.reply.is_resp3()
            };
            call.node.describe_client(call.now, client, resp3, &mut text);
        }
    }
    call.out.verbatim("txt", text.as_bytes());
    Ok(())
}

/// The types of clients (`getClientType`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Normal,
    Master,
    Replica,
    PubSub,
}

impl Kind {
    fn of(client: &Client) -> Self {
        if client.flags.contains(ClientFlags::MASTER) {
            Self::Master
        } else if client.flags.contains(ClientFlags::REPLICA) {
            Self::Replica
        } else if client.subscriptions() + client.shard_channels.len() > 0 {
            Self::PubSub
        } else {
            Self::Normal
        }
    }
}

fn kind_of(word: &[u8]) -> Result<Kind, Fail> {
    let kinds = [
        ("normal", Kind::Normal),
        ("slave", Kind::Replica),
        ("replica", Kind::Replica),
        ("pubsub", Kind::PubSub),
        ("master", Kind::Master),
    ];
    kinds.iter().find(|(name, _)| args::is(word, name)).map(|(_, kind)| *kind).ok_or_else(|| {
        Fail::from(format!("ERR Unknown client type '{}'", String::from_utf8_lossy(word)))
    })
}

/// What `CLIENT KILL` looks for.
#[derive(Default)]
struct Filter {
    id: Option<i64>,
    kind: Option<Kind>,
    addr: Option<String>,
    laddr: Option<String>,
    skip_me: bool,
}

/// `CLIENT KILL addr:port`, or `CLIENT KILL [ID id] [TYPE type] [ADDR a] [LADDR a] [SKIPME y/n]`
fn kill(call: &mut Call<'_>) -> Answer {
    let text = |arg: &[u8]| String::from_utf8_lossy(arg).into_owned();
    let mut filter = Filter { skip_me: true, ..Filter::default() };
    let old_form = call.args.len() == 3;
    if old_form {
        filter.addr = Some(text(call.args[2]));
        filter.skip_me = false;
    } else {
        read_filter(&call.args[2..], &mut filter)?;
    }
    let victims: Vec<LinkId> = call
        .node
        .links
        .clients()
        .filter(|c| filter.id.is_none_or(|id| id == c.id as i64))
        .filter(|c| filter.kind.is_none_or(|kind| kind == Kind::of(c)))
        .filter(|c| filter.addr.as_ref().is_none_or(|addr| *addr == c.peer.to_string()))
        .filter(|c| filter.laddr.as_ref().is_none_or(|addr| *addr == c.local.to_string()))
        .filter(|c| !(filter.skip_me && c.link == call.client))
        .map(|c| c.link)
        .collect();
    match (old_form, victims.len()) {
        (true, 0) => return Err(Fail::new("ERR No such client")),
        (true, _) => call.out.ok(),
        (false, n) => call.out.int(n as i64),
    }
    for link in victims {
        if link == call.client {
            if let Some(client) = call.session() {
                client.flags.insert(ClientFlags::CLOSE_AFTER_REPLY);
            }
        } else {
            call.node.close_client(call.now, link);
        }
    }
    Ok(())
}

fn read_filter(words: &[&[u8]], filter: &mut Filter) -> Answer {
    let text = |arg: &[u8]| String::from_utf8_lossy(arg).into_owned();
    let (pairs, rest) = words.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Fail::SYNTAX);
    }
    for [name, value] in pairs {
        if args::is(name, "id") {
            let error = "ERR client-id should be greater than 0";
            filter.id = Some(args::positive_or(value, error)? as i64);
        } else if args::is(name, "type") {
            filter.kind = Some(kind_of(value)?);
        } else if args::is(name, "addr") {
            filter.addr = Some(text(value));
        } else if args::is(name, "laddr") {
            filter.laddr = Some(text(value));
        } else if args::is(name, "skipme") {
            filter.skip_me = match value {
                v if args::is(v, "yes") => true,
                v if args::is(v, "no") => false,
                _ => return Err(Fail::SYNTAX),
            };
        } else {
            return Err(Fail::SYNTAX);
        }
    }
    Ok(())
}

fn no_evict(call: &mut Call<'_>) -> Answer {
    let on = match call.args[2] {
        word if args::is(word, "on") => true,
        word if args::is(word, "off") => false,
        _ => return Err(Fail::SYNTAX),
    };
    if let Some(client) = call.session() {
        client.flags.set(ClientFlags::NO_EVICT, on);
    }
    call.out.ok();
    Ok(())
}

/// `CLIENT PAUSE timeout [WRITE|ALL]`
fn pause(call: &mut Call<'_>) -> Answer {
    let writes_only = match call.args.get(3) {
        None => false,
        Some(word) if args::is(word, "all") => false,
        Some(word) if args::is(word, "write") => true,
        Some(_) => return Err(Fail::new("ERR CLIENT PAUSE mode must be WRITE or ALL")),
    };
    if call.args.len() > 4 {
        return Err(Fail::SYNTAX);
    }
    let ms = args::int_or(call.args[2], "ERR timeout is not an integer or out of range")?;
    let Ok(ms) = u64::try_from(ms) else { return Err(Fail::new("ERR timeout is negative")) };
    call.node.pause.begin(call.now.mono.plus_ms(ms), writes_only);
    call.out.ok();
    Ok(())
}

fn unpause(call: &mut Call<'_>) -> Answer {
    call.node.end_pause(call.now);
    call.out.ok();
    Ok(())
}

fn reply(call: &mut Call<'_>) -> Answer {
    let mode = call.args[2];
    let Some(client) = call.node.links.client_mut(call.client) else { return Ok(()) };
    if args::is(mode, "on") {
        client.flags.remove(ClientFlags::REPLY_OFF | ClientFlags::REPLY_SKIP);
        call.out.ok();
    } else if args::is(mode, "off") {
        client.flags.insert(ClientFlags::REPLY_OFF);
    } else if args::is(mode, "skip") {
        if !client.flags.contains(ClientFlags::REPLY_OFF) {
            client.flags.insert(ClientFlags::REPLY_SKIP_NEXT);
        }
    } else {
        return Err(Fail::SYNTAX);
    }
    Ok(())
}

/// `CLIENT UNBLOCK id [TIMEOUT|ERROR]`
fn unblock(call: &mut Call<'_>) -> Answer {
    let error = match call.args.get(3) {
        None => false,
        Some(word) if args::is(word, "timeout") => false,
        Some(word) if args::is(word, "error") => true,
        Some(_) => {
            return Err(Fail::new("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"));
        }
    };
    let id = args::int(call.args[2])?;
    let link = call
        .node
        .links
        .clients()
        .find(|client| client.id as i64 == id)
        .filter(|client| {
            matches!(
                client.blocked.as_deref().map(|b| &b.wait),
                Some(Wait::Keys(_) | Wait::Replicas { .. })
            )
        })
        .map(|client| client.link);
    let Some(link) = link else {
        call.out.int(0);
        return Ok(());
    };
    if error {
        call.node.unblock(link);
        let text = "UNBLOCKED client unblocked via CLIENT UNBLOCK";
        call.node.tell(link, |reply| reply.error(text));
        call.node.process_client(call.now, link);
    } else {
        call.node.end_wait(call.now, link);
    }
    call.out.int(1);
    Ok(())
}

impl Node {
    /// A line of `CLIENT LIST` (`catClientInfoString`).
    fn describe_client(&self, now: Now, client: &Client, resp3: bool, text: &mut String) {
        let queued = client.transaction.as_ref().map_or(-1, |t| t.queued.len() as i64);
        let events = if client.unsent().is_empty() { "r" } else { "rw" };
        let _ = writeln!(
            text,
            "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} \
             ssub={} multi={} qbuf={} qbuf-free={} argv-mem={} multi-mem=0 rbs={} rbp={} obl=0 \
             oll=0 omem={} tot-mem={} events={events} cmd={} user=default redir=-1 resp={}",
            client.id,
            client.peer,
            client.local,
            8 + (client.link.0 & 0xffff_ffff),
            String::from_utf8_lossy(&client.name),
            now.mono.ms_since(client.since) / 1000,
            now.mono.ms_since(client.last_input) / 1000,
            flag_letters(client),
            client.db,
            client.channels.len(),
            client.patterns.len(),
            client.shard_channels.len(),
            queued,
            client.query.len(),
            client.query.capacity() - client.query.len(),
            client.query.len(),
            client.reply.as_bytes().len(),
            client.reply.as_bytes().len(),
            client.unsent().len(),
            client.query.capacity() + client.reply.as_bytes().len() + size_of::<Client>(),
            client.last_command,
            if resp3 { 3 } else { 2 },
        );
    }
}

fn flag_letters(client: &Client) -> String {
    let f = client.flags;
    let pairs = [
        (f.contains(ClientFlags::REPLICA), 'S'),
        (f.contains(ClientFlags::MONITOR), 'O'),
        (f.contains(ClientFlags::MASTER), 'M'),
        (client.subscriptions() + client.shard_channels.len() > 0, 'P'),
        (f.contains(ClientFlags::MULTI), 'x'),
        (client.blocked.is_some(), 'b'),
        (f.contains(ClientFlags::DIRTY_CAS), 'd'),
        (f.contains(ClientFlags::CLOSE_AFTER_REPLY), 'c'),
        (f.contains(ClientFlags::READONLY), 'r'),
        (f.contains(ClientFlags::NO_EVICT), 'e'),
    ];
    let letters: String = pairs.iter().filter(|(on, _)| *on).map(|(_, letter)| letter).collect();
    if letters.is_empty() { "N".to_owned() } else { letters }
}
