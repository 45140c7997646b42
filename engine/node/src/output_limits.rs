//! `client-output-buffer-limit` for clients and subscribers: who reads too slowly is closed
//! (`closeClientOnOutputBufferLimitReached` in networking.c). Replicas are judged where they are
//! fed.

use engine_base::{LinkId, Now};

use crate::Node;
use crate::api::{Action, CloseMode, LogLevel};
use crate::client::{Client, ClientFlags};
use crate::config::{OutputLimit, OutputLimits};

/// Bytes that are not counted: a client's fixed buffer in Redis (`PROTO_REPLY_CHUNK_BYTES`).
const FREE: usize = 16 * 1024;

/// What the client has to be told, as far as it counts, and the limit of its class; `None` when
/// it is judged elsewhere.
fn judged(client: &Client, limits: &OutputLimits) -> Option<(u64, OutputLimit)> {
    if client.flags.intersects(ClientFlags::REPLICA | ClientFlags::MASTER | ClientFlags::IMPORT)
        && !client.flags.contains(ClientFlags::MONITOR)
    {
        return None;
    }
    let listens = client.subscriptions() + client.shard_channels.len() > 0;
    let limit = if listens { limits.pubsub } else { limits.normal };
    Some((client.unsent().len().saturating_sub(FREE) as u64, limit))
}

const fn over(used: u64, limit: u64) -> bool {
    limit > 0 && used >= limit
}

/// Whether the client must be looked at before the turn ends.
pub(crate) fn is_long(client: &Client, limits: &OutputLimits) -> bool {
    let long = |(used, limit): (u64, OutputLimit)| over(used, limit.hard) || over(used, limit.soft);
    client.soft_since.is_some() || judged(client, limits).is_some_and(long)
}

impl Node {
    /// Closes those whose output is over the hard limit, or has been over the soft one for long.
    pub(crate) fn limit_outputs(&mut self, now: Now) {
        for link in std::mem::take(&mut self.long_outputs) {
            if self.is_over(now, link) {
                self.close_slow_reader(now, link);
            }
        }
    }

    fn is_over(&mut self, now: Now, link: LinkId) -> bool {
        let limits = self.config.client_output_buffer_limit;
        let Some(client) = self.links.client_mut(link) else { return false };
        let Some((used, limit)) = judged(client, &limits) else { return false };
        if !over(used, limit.soft) {
            client.soft_since = None;
            return over(used, limit.hard);
        }
        let since = *client.soft_since.get_or_insert(now.mono);
        over(used, limit.hard) || now.mono.ms_since(since) / 1000 > limit.soft_seconds as u64
    }

    fn close_slow_reader(&mut self, now: Now, link: LinkId) {
        let Some(client) = self.links.client(link) else { return };
        let shown = crate::command::client_line(client, now);
        let text = format!(
            "Client {shown} scheduled to be closed ASAP for overcoming of output buffer limits."
        );
        self.out.log(LogLevel::Warning, text);
        self.free_client(now, link);
        self.out.push(Action::Close { link, mode: CloseMode::Now });
    }
}
