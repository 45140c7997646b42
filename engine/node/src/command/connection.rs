//! Commands about the connection itself. `CLIENT …` is in `client.rs`.

use engine_resp::Protocol;

use super::client::{SUBCOMMANDS, valid_name};
use super::macros::{container, keys, specs};
use super::{Answer, Call, Fail, Spec, args, keyspace};
use crate::client::{Client, ClientFlags};

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

/// Commands with subcommands.
pub(crate) const CONTAINERS: &[Spec] = &[container("client", SUBCOMMANDS)];

/// `PING [message]`: PONG, or the message; in RESP2 pub/sub mode a two-element array.
fn ping(call: &mut Call<'_>) -> Answer {
    if call.args.len() > 2 {
        return Err(call.arity_error());
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

fn select(call: &mut Call<'_>) -> Answer {
    let index = keyspace::db_index(call.args[1])?;
    if call.node.config.cluster_enabled && index != 0 {
        return Err("ERR SELECT is not allowed in cluster mode".into());
    }
    let db = keyspace::existing(call, index).ok_or("ERR DB index is out of range")?;
    if let Some(client) = call.session() {
        client.db = db;
    }
    call.out.ok();
    Ok(())
}

fn quit(call: &mut Call<'_>) -> Answer {
    if let Some(client) = call.session() {
        client.flags.insert(ClientFlags::CLOSE_AFTER_REPLY);
    }
    call.out.ok();
    Ok(())
}

/// `RESET`: the connection is as if it had just been made.
fn reset(call: &mut Call<'_>) -> Answer {
    let link = call.client;
    call.node.stop_monitor(link);
    call.node.discard_transaction(link);
    call.node.pubsub_forget(link);
    call.node.stop_tracking(link);
    call.out.set_protocol(Protocol::Resp2);
    if let Some(client) = call.session() {
        client.flags.remove(
            ClientFlags::ASKING
                | ClientFlags::READONLY
                | ClientFlags::REPLY_OFF
                | ClientFlags::REPLY_SKIP_NEXT,
        );
        client.db = 0;
        client.name.clear();
        client.reply.set_protocol(Protocol::Resp2);
    }
    call.node.become_default_user(link);
    call.out.simple("RESET");
    Ok(())
}

const WRONG_PASS: Fail = Fail::new("WRONGPASS invalid username-password pair or user is disabled.");

fn log_in(call: &mut Call<'_>, user: &[u8], password: &[u8]) -> Answer {
    let word = call.args[0];
    if call.node.log_in(call.now, call.client, word, (user, password)) {
        Ok(())
    } else {
        Err(WRONG_PASS)
    }
}

/// `AUTH [username] password`
fn auth(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    match words[1..] {
        [password] => {
            if call.node.acl.default_needs_no_password() {
                return Err("ERR AUTH <password> called without any password configured for the \
                            default user. Are you sure your configuration is correct?"
                    .into());
            }
            log_in(call, crate::acl::DEFAULT, password)?;
        }
        [user, password] => log_in(call, user, password)?,
        _ => return Err(Fail::SYNTAX),
    }
    call.out.ok();
    Ok(())
}

/// `HELLO [protover [AUTH username password] [SETNAME clientname]]`
fn hello(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    let mut protocol = call.out.protocol();
    if let Some(version) = words.get(1) {
        protocol = match args::int_or(
            version,
            "ERR Protocol version is not an integer or out of range",
        )? {
            2 => Protocol::Resp2,
            3 => Protocol::Resp3,
            _ => return Err("NOPROTO unsupported protocol version".into()),
        };
    }
    // One after the other: what stands before a wrong word is done.
    let mut rest = words.get(2..).unwrap_or_default();
    while let [word, tail @ ..] = rest {
        rest = match tail {
            [user, password, tail @ ..] if args::is(word, "auth") => {
                log_in(call, user, password)?;
                tail
            }
            [value, tail @ ..] if args::is(word, "setname") => {
                if !valid_name(value) {
                    return Err(super::client::BAD_NAME);
                }
                if let Some(client) = call.session() {
                    client.name = value.to_vec();
                }
                tail
            }
            _ => {
                return Err(Fail::quoting("ERR Syntax error in HELLO option '", word, "'"));
            }
        };
    }
    if !call.session().is_some_and(|client| client.authenticated) {
        return Err(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise \
                    the HELLO AUTH <user> <pass> option can be used to authenticate the \
                    client and select the RESP protocol version at the same time"
                .into(),
        );
    }
    if let Some(client) = call.session() {
        client.reply.set_protocol(protocol);
    }
    call.out.set_protocol(protocol);
    introduce(call);
    Ok(())
}

/// Who answers: the map of `HELLO`.
fn introduce(call: &mut Call<'_>) {
    let id = call.session().map_or(0, |client: &mut Client| client.id);
    let cluster = call.node.config.cluster_enabled;
    let replica = call.node.replication.is_replica();
    let text = |call: &mut Call<'_>, name: &str, value: &str| {
        call.out.bulk(name.as_bytes());
        call.out.bulk(value.as_bytes());
    };
    call.out.map(7);
    text(call, "server", "redis");
    text(call, "version", crate::VERSION);
    call.out.bulk(b"proto");
    call.out.int(if call.out.is_resp3() { 3 } else { 2 });
    call.out.bulk(b"id");
    call.out.int(id as i64);
    text(call, "mode", if cluster { "cluster" } else { "standalone" });
    text(call, "role", if replica { "replica" } else { "master" });
    call.out.bulk(b"modules");
    call.out.array(0);
}
