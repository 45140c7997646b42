//! Commands of replication: `REPLICAOF`, `ROLE`, `WAIT`, and those that replicas send.

use engine_base::Mono;

use super::args::{int, is};
use super::fail::{Answer, Fail};
use super::macros::{keys, specs};
use super::{Call, Spec};
use crate::client::{ClientFlags, Wait};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "psync" -3 [ADMIN NOSCRIPT NO_ASYNC_LOADING NO_MULTI] () [] => psync,
    "replconf" -1 [ADMIN NOSCRIPT LOADING STALE ALLOW_BUSY] () [] => replconf,
    "replicaof" 3 [ADMIN NOSCRIPT STALE NO_ASYNC_LOADING] () [] => replicaof,
    "role" 1 [NOSCRIPT LOADING STALE FAST] () [ADMIN DANGEROUS] => role,
    "slaveof" 3 [ADMIN NOSCRIPT STALE NO_ASYNC_LOADING] () [] => replicaof,
    "sync" 1 [ADMIN NOSCRIPT NO_ASYNC_LOADING NO_MULTI] () [] => sync,
    "wait" 3 [NOSCRIPT] () [CONNECTION] => wait,
};

/// `PSYNC id offset`: a replica asks for data, from there on when possible.
fn psync(call: &mut Call<'_>) -> Answer {
    if call.args.get(3).is_some_and(|word| is(word, "failover")) {
        return Err("ERR PSYNC FAILOVER can't be sent to a master.".into());
    }
    call.node.sync_replica(call.now, call.client, Some((call.args[1], call.args[2])), call.out);
    Ok(())
}

/// `SYNC`: a replica of before 2.8 asks for all data.
fn sync(call: &mut Call<'_>) -> Answer {
    call.node.sync_replica(call.now, call.client, None, call.out);
    Ok(())
}

/// `REPLCONF option value …`: what a replica says about itself.
fn replconf(call: &mut Call<'_>) -> Answer {
    if call.args.len().is_multiple_of(2) {
        return Err(Fail::SYNTAX);
    }
    let (pairs, _) = call.args[1..].as_chunks::<2>();
    let mut answer = true;
    for [option, value] in pairs {
        answer &= call.node.replica_says(call.now, call.client, option, value)?;
    }
    if answer {
        call.out.ok();
    }
    Ok(())
}

/// `REPLICAOF host port`, `REPLICAOF NO ONE`.
fn replicaof(call: &mut Call<'_>) -> Answer {
    if call.node.cluster.is_some() {
        return Err("ERR REPLICAOF not allowed in cluster mode.".into());
    }
    let (host, port) = (call.args[1], call.args[2]);
    if is(host, "no") && is(port, "one") {
        if call.node.replication.is_replica() {
            call.node.stop_following(call.now);
            let who = call.describe_client();
            let text = format!("MASTER MODE enabled (user request from '{who}')");
            call.node.out.log(crate::api::LogLevel::Notice, text);
        }
        call.out.ok();
        return Ok(());
    }
    if call.session().is_some_and(|c| c.flags.contains(ClientFlags::REPLICA)) {
        return Err("ERR Command is not valid when client is a replica.".into());
    }
    let port = engine_base::number::parse_i64(port).and_then(|port| u16::try_from(port).ok());
    let port = port.ok_or(Fail::new("ERR Invalid master port"))?;
    let host = String::from_utf8_lossy(host).into_owned();
    let same = call
        .node
        .replication
        .master
        .as_ref()
        .is_some_and(|(h, p)| h.eq_ignore_ascii_case(&host) && *p == port);
    if same {
        call.node.out.log(
            crate::api::LogLevel::Notice,
            "REPLICAOF would result into synchronization with the master we are already \
             connected with. No operation performed.",
        );
        call.out.simple("OK Already connected to specified master");
        return Ok(());
    }
    call.node.follow(call.now, &host, port);
    let who = call.describe_client();
    let text = format!("REPLICAOF {host}:{port} enabled (user request from '{who}')");
    call.node.out.log(crate::api::LogLevel::Notice, text);
    call.out.ok();
    Ok(())
}

/// `ROLE`
fn role(call: &mut Call<'_>) -> Answer {
    call.node.role_reply(call.out);
    Ok(())
}

/// `WAIT numreplicas timeout`: until so many replicas have this client's writes.
fn wait(call: &mut Call<'_>) -> Answer {
    if call.node.replication.is_replica() {
        return Err("ERR WAIT cannot be used with replica instances. Please also note that since \
                    Redis 4.0 if a replica is configured to be writable (which is not the \
                    default) writes to replicas are just local and are not propagated."
            .into());
    }
    let count = int(call.args[1])?;
    let timeout = int(call.args[2])
        .map_err(|_| Fail::new("ERR timeout is not an integer or out of range"))?;
    let timeout = u64::try_from(timeout).map_err(|_| Fail::new("ERR timeout is negative"))?;
    let Some(client) = call.session() else { return Ok(()) };
    let (offset, deny) = (client.write_offset, client.flags.contains(ClientFlags::DENY_BLOCKING));
    let have = call.node.replicas_acknowledged(offset);
    if have as i64 >= count || deny {
        call.out.int(have as i64);
        return Ok(());
    }
    let deadline = if timeout == 0 { Mono::NEVER } else { call.now.mono.plus_ms(timeout) };
    let wait = Wait::Replicas { count: count as usize, offset };
    call.node.block(call.client, deadline, wait);
    call.node.ask_for_acks();
    Ok(())
}

impl Call<'_> {
    /// The client as the log names it, in short.
    fn describe_client(&mut self) -> String {
        self.session().map_or_else(String::new, |c| {
            format!(
                "id={} addr={} laddr={} name={}",
                c.id,
                c.peer_name(),
                c.local_name(),
                String::from_utf8_lossy(&c.name)
            )
        })
    }
}
