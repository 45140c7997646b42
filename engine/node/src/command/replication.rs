//! Commands of replication: `REPLICAOF`, `ROLE`, `WAIT`, and those that replicas send.

use engine_base::Mono;

use super::args::{int, is};
use super::fail::{Answer, Fail};
use super::macros::{keys, specs};
use super::{Call, Spec};
use crate::client::{ClientFlags, Wait};
use crate::replication::FailoverRequest;

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "failover" -1 [ADMIN NOSCRIPT STALE] () [] => failover,
    "psync" -3 [ADMIN NOSCRIPT NO_ASYNC_LOADING NO_MULTI] () [] => psync,
    "replconf" -1 [ADMIN NOSCRIPT LOADING STALE ALLOW_BUSY] () [] => replconf,
    "replicaof" 3 [ADMIN NOSCRIPT STALE NO_ASYNC_LOADING] () [] => replicaof,
    "role" 1 [NOSCRIPT LOADING STALE FAST] () [ADMIN DANGEROUS] => role,
    "slaveof" 3 [ADMIN NOSCRIPT STALE NO_ASYNC_LOADING] () [] => replicaof,
    "sync" 1 [ADMIN NOSCRIPT NO_ASYNC_LOADING NO_MULTI] () [] => sync,
    "wait" 3 [NOSCRIPT] () [CONNECTION] => wait,
};

/// `FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]`: this master hands its place to
/// a replica of its own.
fn failover(call: &mut Call<'_>) -> Answer {
    if call.node.cluster.is_some() {
        return Err("ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command \
                    instead."
            .into());
    }
    if call.args.len() == 2 && is(call.args[1], "abort") {
        if !call.node.abort_role_handover(call.now, "Failover manually aborted") {
            return Err("ERR No failover in progress.".into());
        }
        call.out.ok();
        return Ok(());
    }
    let mut request = FailoverRequest::default();
    let mut words = &call.args[1..];
    while let Some((word, rest)) = words.split_first() {
        words = match rest {
            [ms, rest @ ..] if is(word, "timeout") && request.timeout_ms.is_none() => {
                let ms = u64::try_from(int(ms)?).ok().filter(|ms| *ms > 0);
                let ms = ms.ok_or(Fail::new("ERR FAILOVER timeout must be greater than 0"))?;
                request.timeout_ms = Some(ms);
                rest
            }
            [host, port, rest @ ..] if is(word, "to") && request.target.is_none() => {
                let host = String::from_utf8_lossy(host).into_owned();
                request.target = Some((host, int(port)?));
                rest
            }
            rest if is(word, "force") && !request.force => {
                request.force = true;
                rest
            }
            _ => return Err(Fail::SYNTAX),
        };
    }
    call.node.start_role_handover(call.now, request)?;
    call.out.ok();
    Ok(())
}

/// `PSYNC id offset`: a replica asks for data, from there on when possible. With `FAILOVER` this
/// node's master asks it to take over first.
fn psync(call: &mut Call<'_>) -> Answer {
    let is_replica = call.session().is_some_and(|c| c.flags.contains(ClientFlags::REPLICA));
    if !is_replica && call.args.get(3).is_some_and(|word| is(word, "failover")) {
        take_over(call)?;
    }
    call.node.sync_replica(call.now, call.client, Some((call.args[1], call.args[2])), call.out);
    Ok(())
}

/// The master asks this replica to take its place, if both have the same history.
fn take_over(call: &mut Call<'_>) -> Answer {
    let id = String::from_utf8_lossy(call.args[1]).into_owned();
    let text = format!("Failover request received for replid {id}.");
    call.node.out.log(crate::api::LogLevel::Warning, text);
    if !call.node.replication.is_replica() {
        return Err("ERR PSYNC FAILOVER can't be sent to a master.".into());
    }
    if !id.as_bytes().eq_ignore_ascii_case(&call.node.replication.id) {
        return Err("ERR PSYNC FAILOVER replid must match my replid.".into());
    }
    call.node.stop_following(call.now);
    let who = call.describe_client();
    let text = format!("MASTER MODE enabled (failover request from '{who}')");
    call.node.out.log(crate::api::LogLevel::Notice, text);
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
    if call.node.replication.failover.is_active() {
        return Err("ERR REPLICAOF not allowed while failing over.".into());
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
