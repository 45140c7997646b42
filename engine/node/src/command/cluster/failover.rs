//! `CLUSTER FAILOVER [FORCE|TAKEOVER]`: an operator asks a replica to take over.

use super::DISABLED;
use crate::cluster::FailoverKind;
use crate::command::Call;

pub(super) fn failover(call: &mut Call<'_>) {
    if call.node.cluster.is_none() {
        return call.error(DISABLED);
    }
    if call.args.len() > 3 {
        let fail = crate::command::wrong_subcommand(call.args);
        return call.error_bytes(&fail.0);
    }
    let kind = match call.args.get(2).map(|arg| arg.to_ascii_lowercase()) {
        None => FailoverKind::Plain,
        Some(word) if word == b"force" => FailoverKind::Force,
        Some(word) if word == b"takeover" => FailoverKind::Takeover,
        Some(_) => return call.syntax_error(),
    };
    call.admin_event();
    let now = call.now;
    let done =
        call.node.with_cluster(now, |cluster, cx| cluster.start_failover(now.unix.0, cx, kind));
    match done {
        Some(Err(text)) => call.error(&format!("ERR {text}")),
        _ => call.out.ok(),
    }
}
