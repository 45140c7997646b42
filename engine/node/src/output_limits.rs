//! `client-output-buffer-limit`: clients that do not read what they are sent are closed
//! (`checkClientOutputBufferLimits` in networking.c).

use std::collections::BTreeSet;

use engine_base::{LinkId, Mono, Now};

use crate::Node;
use crate::api::{Action, CloseMode, LogLevel};
use crate::client::{Client, ClientFlags};
use crate::command::client_line;
use crate::config::OutputLimit;

/// Output up to this many bytes counts for nothing (`PROTO_REPLY_CHUNK_BYTES`: every client of
/// Redis has a buffer of that size anyway).
const FREE: usize = 16 * 1024;

/// What is over that stands in pieces, which count whole (`clientReplyBlock`: `FREE` bytes and what
/// the allocator adds).
const PIECE: usize = 20 * 1024;

/// What counts of so many bytes that wait for a client (`getClientOutputBufferMemoryUsage`).
pub(crate) fn counted_output(waiting: usize) -> usize {
    waiting.saturating_sub(FREE).div_ceil(PIECE) * PIECE
}

/// Clients whose output has grown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Swollen {
    /// In this turn: looked at before it ends.
    fresh: Vec<LinkId>,
    /// And not yet read by them: looked at ten times a second, for the soft limits.
    known: BTreeSet<LinkId>,
}

/// Since when a client is over its soft limit.
pub(crate) type SoftSince = Option<Mono>;

impl Node {
    /// A client's output has become longer.
    #[inline]
    pub(crate) fn note_output(&mut self, link: LinkId, waiting: usize) {
        if waiting > FREE && self.swollen.fresh.last() != Some(&link) {
            self.swollen.fresh.push(link);
        }
    }

    /// Whether a client's replies (`waiting` bytes in its buffer) have become so long that no
    /// further command of it is run before it is looked at.
    #[inline]
    pub(crate) fn has_said_enough(&self, link: LinkId, waiting: usize) -> bool {
        // By the same measure as it is then closed by: it must not be left half served.
        waiting > FREE
            && self.links.client(link).is_some_and(|client| {
                let hard = self.limit_of(client).hard;
                hard > 0 && counted_output(waiting.saturating_sub(client.sent)) as u64 >= hard
            })
    }

    /// The length of a client's replies from which on it will be closed, and no more need be
    /// written to it; `usize::MAX` for none.
    pub(crate) fn answer_room(&self, link: LinkId) -> usize {
        let hard = self.links.client(link).map_or(0, |client| self.limit_of(client).hard);
        match usize::try_from(hard) {
            Ok(hard @ 1..) => hard.saturating_add(FREE + PIECE),
            _ => usize::MAX,
        }
    }

    /// Before the turn ends: those whose output has grown in it.
    pub(crate) fn check_fresh_output(&mut self, now: Now) {
        if self.swollen.fresh.is_empty() {
            return;
        }
        for link in std::mem::take(&mut self.swollen.fresh) {
            self.swollen.known.insert(link);
            self.check_output(now, link, "scheduled to be closed ASAP");
        }
    }

    /// Ten times a second: the soft limits go by time.
    pub(crate) fn check_swollen_output(&mut self, now: Now) {
        let known: Vec<LinkId> = self.swollen.known.iter().copied().collect();
        for link in known {
            self.check_output(now, link, "closed");
        }
    }

    fn limit_of(&self, client: &Client) -> OutputLimit {
        let limits = &self.config.client_output_buffer_limit;
        match class(client) {
            Class::Normal => limits.normal,
            Class::PubSub => limits.pubsub,
            Class::Replica => {
                // A replica may always lag as far as the backlog reaches.
                let hard = limits.replica.hard;
                let hard = if hard > 0 { hard.max(self.config.repl_backlog_size) } else { 0 };
                OutputLimit { hard, ..limits.replica }
            }
        }
    }

    #[inline(never)]
    fn check_output(&mut self, now: Now, link: LinkId, fate: &str) {
        let limit = self.links.client(link).map(|client| self.limit_of(client));
        let (Some(limit), Some(client)) = (limit, self.links.client_mut(link)) else {
            self.swollen.known.remove(&link);
            return;
        };
        let waiting = waiting(client);
        if waiting <= FREE {
            client.soft_since = None;
            self.swollen.known.remove(&link);
            return;
        }
        if !is_over(limit, counted_output(waiting) as u64, now.mono, &mut client.soft_since) {
            return;
        }
        let line = client_line(client, now);
        let text = format!("Client {line} {fate} for overcoming of output buffer limits.");
        self.out.log(LogLevel::Warning, text);
        self.swollen.known.remove(&link);
        self.free_client(now, link);
        self.out.push(Action::Close { link, mode: CloseMode::Now });
    }
}

enum Class {
    Normal,
    Replica,
    PubSub,
}

/// `getClientType`; the link to the master counts as a plain client.
fn class(client: &Client) -> Class {
    let replica = client.flags.contains(ClientFlags::REPLICA);
    if replica && !client.flags.contains(ClientFlags::MONITOR) {
        Class::Replica
    } else if client.subscriptions() + client.shard_channels.len() > 0 {
        Class::PubSub
    } else {
        Class::Normal
    }
}

/// Bytes that wait for a client, with what is held for a replica that still gets its data.
pub(crate) fn waiting(client: &Client) -> usize {
    client.unsent().len() + client.replica.as_ref().map_or(0, |replica| replica.held())
}

fn is_over(limit: OutputLimit, waiting: u64, now: Mono, since: &mut SoftSince) -> bool {
    if limit.hard > 0 && waiting >= limit.hard {
        return true;
    }
    if limit.soft == 0 || waiting < limit.soft {
        *since = None;
        return false;
    }
    let began = *since.get_or_insert(now);
    now.ms_since(began) / 1000 > limit.soft_seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_needs_its_time_without_a_pause() {
        let limit = OutputLimit { hard: 100, soft: 50, soft_seconds: 2 };
        let at = |ms| Mono::from_millis(ms);
        let mut since = None;
        assert!(is_over(limit, 100, at(0), &mut since), "the hard limit holds at once");
        assert!(!is_over(limit, 60, at(0), &mut since));
        assert!(!is_over(limit, 60, at(2500), &mut since));
        assert!(!is_over(limit, 10, at(2600), &mut since), "it has read");
        assert!(!is_over(limit, 60, at(2700), &mut since));
        assert!(is_over(limit, 60, at(5700), &mut since));
        let none = OutputLimit { hard: 0, soft: 0, soft_seconds: 0 };
        assert!(!is_over(none, u64::MAX, at(9999), &mut since));
    }
}
