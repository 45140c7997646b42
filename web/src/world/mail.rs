//! The last messages that arrived, so that each can be opened and read to the byte.

use std::collections::VecDeque;
use std::rc::Rc;

use bytes::Bytes;

use super::model::Tone;

/// Messages that tell something are kept in this number.
const LOUD_MOST: usize = 300;
/// Gossip that repeats what is known, heartbeats of replication: the last of them.
const QUIET_MOST: usize = 120;

/// What a link carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// Packets of the cluster bus.
    Bus,
    /// Commands and replies.
    Resp,
}

/// A message that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// Its number in the world.
    pub id: u64,
    /// When it was sent, in virtual microseconds.
    pub sent_us: u64,
    /// When it arrived.
    pub at_us: u64,
    /// Who sent it: `db01:6380`, or a host.
    pub from: String,
    /// Who got it.
    pub to: String,
    /// What it says, shortly.
    pub label: String,
    /// How it is coloured.
    pub tone: Tone,
    /// Which bytes they are.
    pub carrier: Carrier,
    /// It tells nothing new.
    pub quiet: bool,
    /// All of it.
    pub bytes: Bytes,
}

/// The messages, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mail {
    loud: VecDeque<Rc<Letter>>,
    quiet: VecDeque<Rc<Letter>>,
}

impl Mail {
    /// One arrived.
    pub(crate) fn arrived(&mut self, letter: Letter) {
        let (kept, most) =
            if letter.quiet { (&mut self.quiet, QUIET_MOST) } else { (&mut self.loud, LOUD_MOST) };
        if kept.len() >= most {
            kept.pop_front();
        }
        kept.push_back(Rc::new(letter));
    }

    /// All that are kept, newest first.
    pub(crate) fn all(&self) -> Vec<Rc<Letter>> {
        let mut all: Vec<_> = self.loud.iter().chain(&self.quiet).cloned().collect();
        all.sort_unstable_by_key(|letter| std::cmp::Reverse((letter.at_us, letter.id)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(id: u64, quiet: bool) -> Letter {
        Letter {
            id,
            sent_us: id,
            at_us: id,
            from: String::new(),
            to: String::new(),
            label: String::new(),
            tone: Tone::Plain,
            carrier: Carrier::Bus,
            quiet,
            bytes: Bytes::new(),
        }
    }

    #[test]
    fn gossip_does_not_drive_out_what_tells_something() {
        let mut mail = Mail::default();
        mail.arrived(letter(1, false));
        for id in 2..2000 {
            mail.arrived(letter(id, true));
        }
        let all = mail.all();
        assert_eq!(all.len(), QUIET_MOST + 1);
        assert_eq!((all[0].id, all[QUIET_MOST].id), (1999, 1));
    }
}
