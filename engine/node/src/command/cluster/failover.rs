//! `CLUSTER FAILOVER [FORCE|TAKEOVER]`: an operator asks a replica to take over.

use super::DISABLED;
use crate::command::Call;
use crate::cluster::ManualKind;

pub(super) fn failover(call: &mut Call<'_>) {
    let Some(cluster) = call.node.cluster.as_ref() else { return call.error(DISABLED) };
    let kind = match call.args.get(2).map(|arg| arg.to_ascii_lowercase()) {
        None => ManualKind::Plain,
        Some(word) if word == b"force" => ManualKind::Force,
        Some(word) if word == b"takeover" => ManualKind::Takeover,
        Some(_) => return call.syntax_error(),
    };
    if call.args.len() > 3 {
        return call.error("ERR wrong number of arguments for 'cluster|failover' command");
    }
    let me = cluster.myself();
    if !me.is_replica() {
        return call.error("ERR You should send CLUSTER FAILOVER to a replica");
    }
    let Some(master) = me.master.and_then(|id| cluster.peer(&id)) else {
        return call.error("ERR I'm a replica but my master is unknown to me");
    };
    if (master.is_failed() || !master.has_link()) && kind == ManualKind::Plain {
        return call.error(
            "ERR Master is down or failed, please use CLUSTER FAILOVER FORCE",
        );
    }
    call.admin_event();
    call.node.with_cluster(call.now, |cluster, cx| cluster.start_manual_failover(cx, kind));
    call.out.ok();
}
