//! Commands about the connection itself. `CLIENT …` is in `client.rs`.

use engine_resp::Protocol;

use super::client::{SUBCOMMANDS, valid_name};
use super::macros::{container, keys, specs};
use super::{Answer, Call, Fail, Spec, args, keyspace};
use crate::client::{Client, ClientFlags};
use crate::config::Config;

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
    let open = call.node.config.requirepass.is_empty();
    call.node.stop_monitor(link);
    call.node.discard_transaction(link);
    call.node.pubsub_forget(link);
    call.out.set_protocol(Protocol::Resp2);
    if let Some(client) = call.session() {
        client.flags.remove(
            ClientFlags::ASKING
                | ClientFlags::READONLY
                | ClientFlags::REPLY_OFF
                | ClientFlags::REPLY_SKIP_NEXT
                | ClientFlags::NO_EVICT,
        );
        client.db = 0;
        client.name.clear();
        client.authenticated = open;
        client.reply.set_protocol(Protocol::Resp2);
    }
    call.out.simple("RESET");
    Ok(())
}

const WRONG_PASS: Fail = Fail::new("WRONGPASS invalid username-password pair or user is disabled.");

/// Whether `user` may log in with `password`: there is one user, `default`, and without
/// `requirepass` every password is right.
fn may_log_in(config: &Config, user: &[u8], password: &[u8]) -> bool {
    user == b"default" && (config.requirepass.is_empty() || config.requirepass == password)
}

fn log_in(call: &mut Call<'_>, user: &[u8], password: &[u8]) -> Answer {
    if !may_log_in(&call.node.config, user, password) {
        return Err(WRONG_PASS);
    }
    if let Some(client) = call.session() {
        client.authenticated = true;
    }
    Ok(())
}

/// `AUTH [username] password`
fn auth(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    match words[1..] {
        [password] => {
            if call.node.config.requirepass.is_empty() {
                return Err("ERR AUTH <password> called without any password configured for the \
                            default user. Are you sure your configuration is correct?"
                    .into());
            }
            log_in(call, b"default", password)?;
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
    let (mut login, mut name) = (None, None);
    let mut rest = words.get(2..).unwrap_or_default();
    while let [word, tail @ ..] = rest {
        rest = match tail {
            [user, password, tail @ ..] if args::is(word, "auth") => {
                login = Some((*user, *password));
                tail
            }
            [value, tail @ ..] if args::is(word, "setname") => {
                if !valid_name(value) {
                    return Err(super::client::BAD_NAME);
                }
                name = Some(*value);
                tail
            }
            _ => {
                let word = String::from_utf8_lossy(word);
                return Err(format!("ERR Syntax error in HELLO option '{word}'").into());
            }
        };
    }
    if let Some((user, password)) = login {
        log_in(call, user, password)?;
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
        if let Some(name) = name {
            client.name = name.to_vec();
        }
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
