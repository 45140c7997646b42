//! Commands about the connection itself: PING, ECHO, HELLO, AUTH, SELECT, QUIT, RESET.

use engine_base::number::parse_i64;
use engine_resp::Protocol;

use super::macros::{keys, specs};
use super::{Answer, Call, Fail, Spec, args};
use crate::client::ClientFlags;

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "auth" -2 [NOSCRIPT LOADING STALE FAST NO_AUTH ALLOW_BUSY] () [CONNECTION] => auth,
    "echo" 2 [LOADING STALE FAST] () [CONNECTION] => echo,
    "hello" -1 [NOSCRIPT LOADING STALE FAST NO_AUTH ALLOW_BUSY] () [CONNECTION] => hello,
    "ping" -1 [FAST] () [CONNECTION] => ping,
    "quit" -1 [NOSCRIPT LOADING STALE FAST NO_AUTH ALLOW_BUSY] () [CONNECTION] => quit,
    "reset" 1 [NOSCRIPT LOADING STALE FAST NO_AUTH ALLOW_BUSY] () [CONNECTION] => reset,
    "select" 2 [LOADING STALE FAST] () [CONNECTION] => select,
};

const WRONG_PASSWORD: &str = "WRONGPASS invalid username-password pair or user is disabled.";

/// `PING [message]`: PONG, or the message; in RESP2 pub/sub mode a two-element array.
fn ping(call: &mut Call<'_>) -> Answer {
    if call.args.len() > 2 {
        return Err(Fail::new("ERR wrong number of arguments for 'ping' command"));
    }
    let message = call.args.get(1).copied();
    if call.session().is_some_and(|client| client.in_pubsub_mode()) {
        call.out.array(2);
        call.out.bulk(b"pong");
        call.out.bulk(message.unwrap_or_default());
    } else if let Some(message) = message {
        call.out.bulk(message);
    } else {
        call.out.simple("PONG");
    }
    Ok(())
}

fn echo(call: &mut Call<'_>) -> Answer {
    call.out.bulk(call.args[1]);
    Ok(())
}

/// `AUTH [username] password`; the only user is `default`.
fn auth(call: &mut Call<'_>) -> Answer {
    match call.args.len() {
        2 if call.node.config.requirepass.is_empty() => Err(Fail::new(
            "ERR AUTH <password> called without any password configured for the default user. \
             Are you sure your configuration is correct?",
        )),
        2 => login(call, b"default", call.args[1]),
        3 => login(call, call.args[1], call.args[2]),
        _ => Err(Fail::SYNTAX),
    }?;
    call.out.ok();
    Ok(())
}

fn login(call: &mut Call<'_>, user: &[u8], password: &[u8]) -> Answer {
    let wanted = call.node.config.requirepass.as_slice();
    // The time it takes must not tell how much of a guess was right.
    let same = wanted.len() == password.len()
        && wanted.iter().zip(password).fold(0, |diff, (a, b)| diff | (a ^ b)) == 0;
    if user != b"default" || !(wanted.is_empty() || same) {
        return Err(Fail::new(WRONG_PASSWORD));
    }
    if let Some(client) = call.session() {
        client.authenticated = true;
    }
    Ok(())
}

/// `HELLO [protover [AUTH username password] [SETNAME name]]`
fn hello(call: &mut Call<'_>) -> Answer {
    let mut protocol = None;
    if let Some(version) = call.args.get(1) {
        let version = parse_i64(version)
            .ok_or(Fail::new("ERR Protocol version is not an integer or out of range"))?;
        protocol = Some(match version {
            2 => Protocol::Resp2,
            3 => Protocol::Resp3,
            _ => return Err(Fail::new("NOPROTO unsupported protocol version")),
        });
    }
    let mut name = None;
    let mut at = 2;
    while let Some(option) = call.args.get(at) {
        let left = call.args.len() - at - 1;
        if args::is(option, "auth") && left >= 2 {
            login(call, call.args[at + 1], call.args[at + 2])?;
            at += 3;
        } else if args::is(option, "setname") && left >= 1 {
            name = Some(call.args[at + 1]);
            super::client::check_name(call.args[at + 1])?;
            at += 2;
        } else {
            let option = String::from_utf8_lossy(option).into_owned();
            return Err(Fail::from(format!("ERR Syntax error in HELLO option '{option}'")));
        }
    }
    if call.session().is_some_and(|client| !client.authenticated) {
        return Err(Fail::new(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the \
             HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and \
             select the RESP protocol version at the same time",
        ));
    }
    if let Some(client) = call.session()
        && let Some(name) = name
    {
        client.name = name.to_vec();
    }
    if let Some(protocol) = protocol {
        call.out.set_protocol(protocol);
    }
    greet(call);
    Ok(())
}

fn greet(call: &mut Call<'_>) {
    let id = call.session().map_or(0, |client| client.id);
    let mode: &[u8] = if call.node.cluster.is_some() { b"cluster" } else { b"standalone" };
    let role: &[u8] = if call.node.replication.is_replica() { b"replica" } else { b"master" };
    let out = &mut *call.out;
    out.map(7);
    out.bulk(b"server");
    out.bulk(b"redis");
    out.bulk(b"version");
    out.bulk(crate::VERSION.as_bytes());
    out.bulk(b"proto");
    out.int(if out.is_resp3() { 3 } else { 2 });
    out.bulk(b"id");
    out.int(id as i64);
    out.bulk(b"mode");
    out.bulk(mode);
    out.bulk(b"role");
    out.bulk(role);
    out.bulk(b"modules");
    out.array(0);
}

fn select(call: &mut Call<'_>) -> Answer {
    let index = args::int_or(call.args[1], "ERR invalid DB index")?;
    if call.node.cluster.is_some() && index != 0 {
        return Err(Fail::new("ERR SELECT is not allowed in cluster mode"));
    }
    let index = usize::try_from(index).ok().filter(|index| *index < call.node.dbs.len());
    let Some(index) = index else { return Err(Fail::new("ERR DB index is out of range")) };
    if let Some(client) = call.session() {
        client.db = index;
    }
    call.out.ok();
    Ok(())
}

fn quit(call: &mut Call<'_>) -> Answer {
    call.out.ok();
    if let Some(client) = call.session() {
        client.flags.insert(ClientFlags::CLOSE_AFTER_REPLY);
    }
    Ok(())
}

/// Back to the state of a fresh connection (`resetCommand` in networking.c).
fn reset(call: &mut Call<'_>) -> Answer {
    let link = call.client;
    call.node.discard_transaction(link);
    call.node.pubsub_forget(link);
    call.node.monitors.remove(&link);
    let open = call.node.config.requirepass.is_empty();
    if let Some(client) = call.session() {
        client.flags = ClientFlags::empty();
        client.db = 0;
        client.name.clear();
        client.authenticated = open;
    }
    call.out.set_protocol(Protocol::Resp2);
    call.out.simple("RESET");
    Ok(())
}
