//! Full synchronisations without a file: what becomes of them when their replicas go, or do not
//! read (`rdbPipeReadHandler` and `replicationCron` in replication.c).

use engine_base::{LinkId, Now};

use super::replicas::name;
use crate::Node;
use crate::api::{Action, CloseMode, LogLevel};

impl Node {
    /// A replica has all data, or is gone: when it was the last one of those that are sent it, the
    /// log tells how it went.
    pub(super) fn streams_ended(&mut self, well: bool) {
        if self.sends_snapshots() {
            return;
        }
        let mut up = std::mem::take(&mut self.replication.streamed);
        up.retain(|link| self.replication.replicas.contains(link));
        let up = up.len();
        if up == 0 {
            let text = "Diskless rdb transfer, last replica dropped, killing fork child.";
            return self.out.log(LogLevel::Warning, text);
        }
        let text =
            format!("Diskless rdb transfer, done reading from pipe, {up} replicas still up.");
        self.out.log(LogLevel::Notice, text);
        if well {
            self.out.log(LogLevel::Notice, "Background RDB transfer terminated with success");
        }
    }

    /// Replicas that read nothing of their data for `repl-timeout` keep it in memory for nothing.
    pub(super) fn drop_stalled_streams(&mut self, now: Now) {
        let timeout = self.config.repl_timeout;
        let stalled: Vec<(LinkId, String)> = self
            .replica_clients()
            .filter(|(client, r)| r.is_streamed() && !client.unsent().is_empty())
            .filter(|(_, r)| now.mono.ms_since(r.sent_at) / 1000 > timeout)
            .map(|(client, _)| (client.link, name(client)))
            .collect();
        for (link, who) in stalled {
            let text = format!("Disconnecting timedout replica (full sync): {who}");
            self.out.log(LogLevel::Warning, text);
            self.drop_replica(now, link);
        }
    }

    /// All keys are deleted: those who are being sent them come again for what there is then.
    pub(crate) fn drop_streams(&mut self, now: Now) {
        let streamed: Vec<LinkId> = self
            .replica_clients()
            .filter(|(_, replica)| replica.is_streamed())
            .map(|(client, _)| client.link)
            .collect();
        for link in streamed {
            self.drop_replica(now, link);
        }
    }

    fn drop_replica(&mut self, now: Now, link: LinkId) {
        self.free_client(now, link);
        self.out.push(Action::Close { link, mode: CloseMode::Now });
    }
}
