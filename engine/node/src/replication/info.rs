//! What `INFO replication` and `ROLE` say.

use engine_base::Now;
use engine_resp::Reply;

use super::LinkState;
use crate::Node;
use crate::command::push_field;

impl Node {
    /// The fields of `INFO replication`, each line ended.
    pub(crate) fn info_replication(&self, now: Now, out: &mut String) {
        let repl = &self.replication;
        let mut field = |name: &str, value: &dyn std::fmt::Display| {
            push_field(out, name, value);
        };
        field("role", &if repl.is_replica() { "slave" } else { "master" });
        if let Some((host, port)) = &repl.master {
            let up = repl.is_connected();
            let silent = now.mono.ms_since(repl.last_io) / 1000;
            field("master_host", host);
            field("master_port", port);
            field("master_link_status", &if up { "up" } else { "down" });
            field("master_last_io_seconds_ago", &if up { silent as i64 } else { -1 });
            field("master_sync_in_progress", &u8::from(repl.state == LinkState::Transfer));
            field("slave_read_repl_offset", &(repl.offset + self.unapplied()));
            field("slave_repl_offset", &repl.offset);
            if repl.state == LinkState::Transfer {
                field("master_sync_total_bytes", &0);
                field("master_sync_read_bytes", &0);
                field("master_sync_left_bytes", &0);
                field("master_sync_perc", &"0.00");
                field("master_sync_last_io_seconds_ago", &silent);
            }
            if !up {
                let down = repl.down_since.map_or(-1, |down| {
                    i64::try_from(now.mono.ms_since(down) / 1000).unwrap_or(i64::MAX)
                });
                field("master_link_down_since_seconds", &down);
            }
            field("slave_priority", &self.config.replica_priority);
            field("slave_read_only", &u8::from(self.config.replica_read_only));
            field("replica_announced", &u8::from(self.config.replica_announced));
        }
        field("connected_slaves", &repl.replicas.len());
        if self.config.min_replicas_to_write > 0 && self.config.min_replicas_max_lag > 0 {
            field("min_slaves_good_slaves", &self.good_replicas(now));
        }
        for (i, (client, replica)) in self.replica_clients().enumerate() {
            let lag =
                if replica.is_online() { now.mono.ms_since(replica.ack_at) / 1000 } else { 0 };
            let ip = Self::replica_address(client);
            let (port, state, offset) = (replica.port, replica.state(), replica.ack_offset);
            let line = format!("ip={ip},port={port},state={state},offset={offset},lag={lag}");
            field(&format!("slave{i}"), &line);
        }
        field("master_failover_state", &repl.failover.state());
        field("master_replid", &super::id_text(&repl.id));
        field("master_replid2", &super::id_text(&repl.id2));
        field("master_repl_offset", &repl.offset);
        field("second_repl_offset", &repl.second_offset);
        let backlog = repl.backlog.as_ref();
        field("repl_backlog_active", &u8::from(backlog.is_some()));
        field("repl_backlog_size", &self.config.repl_backlog_size);
        field("repl_backlog_first_byte_offset", &backlog.map_or(0, super::Backlog::first));
        field("repl_backlog_histlen", &backlog.map_or(0, super::Backlog::len));
    }

    /// The reply to `ROLE`.
    pub(crate) fn role_reply(&self, out: &mut Reply) {
        let repl = &self.replication;
        let Some((host, port)) = &repl.master else {
            out.array(3);
            out.bulk(b"master");
            out.int(repl.offset as i64);
            let replicas = self.online_replicas();
            out.array(replicas.len());
            for (ip, port, offset) in replicas {
                out.array(3);
                out.bulk(ip.as_bytes());
                out.bulk(port.to_string().as_bytes());
                out.bulk(offset.to_string().as_bytes());
            }
            return;
        };
        out.array(5);
        out.bulk(b"slave");
        out.bulk(host.as_bytes());
        out.int(i64::from(*port));
        let (state, offset) = match repl.state {
            LinkState::Connect => ("connect", -1),
            LinkState::Connecting => ("connecting", -1),
            LinkState::Handshake => ("handshake", -1),
            LinkState::Transfer => ("sync", -1),
            LinkState::Connected => ("connected", repl.offset as i64),
        };
        out.bulk(state.as_bytes());
        out.int(offset);
    }
}
