//! The answer to a replica's PSYNC: go on where it was, or take all data.

use engine_base::{LinkId, Now};

use crate::Node;
use crate::api::LogLevel;
use crate::event::EventKind;

impl Node {
    /// `slaveTryPartialResynchronization`, reading the answer.
    pub(super) fn psync_answer(&mut self, now: Now, link: LinkId, text: &str) {
        if !self.role_handover_answered(now, text) {
            return;
        }
        let mut words = text.split(' ');
        match words.next() {
            Some("+FULLRESYNC") => {
                let id = words.next().and_then(|id| id.as_bytes().try_into().ok());
                let offset = words.next().and_then(|n| n.parse::<u64>().ok());
                let (Some(id), Some(offset)) = (id, offset) else {
                    self.out
                        .log(LogLevel::Warning, "Master replied with wrong +FULLRESYNC syntax.");
                    self.replication.cached = false;
                    return self.master_failed(now);
                };
                self.out.log(
                    LogLevel::Notice,
                    format!("Full resync from master: {}:{offset}", super::id_text(&id)),
                );
                self.expect_payload(now, link, id, offset);
            }
            Some("+CONTINUE") => {
                let id = words.next().and_then(|id| id.as_bytes().try_into().ok());
                self.continue_stream(now, link, id);
            }
            Some("-NOMASTERLINK" | "-LOADING") => {
                self.out.log(
                    LogLevel::Notice,
                    format!(
                        "Master is currently unable to PSYNC but should be in the future: {text}"
                    ),
                );
                self.master_failed(now);
            }
            _ => {
                let what = if text.starts_with("-ERR") {
                    format!("Master does not support PSYNC or is in error state (reply: {text})")
                } else {
                    format!("Unexpected reply to PSYNC from master: {text}")
                };
                self.out.log(LogLevel::Warning, what);
                self.out.log(LogLevel::Notice, "Retrying with SYNC...");
                self.say(link, &[b"SYNC"]);
                // The id and offset of such a master are not known: nothing can be continued.
                self.expect_payload(now, link, super::NO_ID, 0);
            }
        }
    }

    fn continue_stream(&mut self, now: Now, link: LinkId, id: Option<[u8; 40]>) {
        self.out.log(LogLevel::Notice, "Successful partial resynchronization with master.");
        if let Some(id) = id
            && id != self.replication.id
        {
            self.replication.id2 = self.replication.id;
            self.replication.second_offset = self.replication.offset as i64 + 1;
            self.replication.id = id;
            self.out.log(
                LogLevel::Warning,
                format!("Master replication ID changed to {}", super::id_text(&id)),
            );
            self.disconnect_replicas(now);
        }
        self.replication.need_backlog();
        self.begin_stream(now, link);
        self.out.log(
            LogLevel::Notice,
            "MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.",
        );
        let offset = self.replication.offset;
        self.out.event(now, EventKind::ReplicaSync { step: "partial", offset });
    }
}
