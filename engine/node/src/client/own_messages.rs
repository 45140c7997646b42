//! What a client is told while its own command runs: where that goes beside the answer.

use engine_resp::Reply;

use super::{Client, ClientFlags};

impl Client {
    /// What a command has published to its own client comes before its answer, which begins at
    /// `mark`; a monitor is shown its own command behind the answer.
    #[cold]
    #[inline(never)]
    pub(crate) fn place_own_messages(
        &mut self,
        monitors: bool,
        tracked: bool,
        reply: &mut Reply,
        mark: usize,
    ) {
        if monitors {
            reply.raw(self.reply.as_bytes());
            self.reply.truncate(0);
        } else if self.hears_itself() || tracked && self.reply.is_resp3() {
            first(&mut self.reply, 0, reply, mark);
        }
    }

    /// So inside EXEC, where a client of RESP2 can publish too: what was told from `told` on.
    #[inline]
    pub(crate) fn place_own_messages_of_exec(
        &mut self,
        told: usize,
        reply: &mut Reply,
        mark: usize,
    ) {
        if self.reply.len() > told && !self.flags.contains(ClientFlags::MONITOR) {
            first(&mut self.reply, told, reply, mark);
        }
    }
}

#[cold]
#[inline(never)]
fn first(messages: &mut Reply, from: usize, reply: &mut Reply, mark: usize) {
    let answer = reply.as_bytes().get(mark..).unwrap_or_default().to_vec();
    reply.truncate(mark);
    reply.raw(messages.as_bytes().get(from..).unwrap_or_default());
    messages.truncate(from);
    reply.raw(&answer);
}
