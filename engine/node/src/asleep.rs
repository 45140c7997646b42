//! `DEBUG SLEEP`: the whole process stands still, as a stalled server does. What comes in
//! meanwhile waits in the socket buffers, which are here.

use engine_base::{LinkId, Mono, Now, UnixMs};

use crate::api::{Deadline, TimerKind};

/// Whether the process stands still, and what has come in since.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asleep {
    until: Option<Mono>,
    held: Vec<(LinkId, Vec<u8>)>,
}

impl Asleep {
    /// Stands still until `until`.
    pub(crate) fn begin(&mut self, until: Mono) {
        self.until = Some(until);
    }

    /// Whether the process stands still at `now`.
    pub(crate) fn is_asleep(&self, now: Now) -> bool {
        self.until.is_some_and(|until| now.mono < until)
    }

    /// When what this turn still has to do is done: after the sleep.
    pub(crate) fn after(&self, now: Now) -> Now {
        match self.until {
            Some(until) if now.mono < until => {
                let ms = i64::try_from(until.ms_since(now.mono)).unwrap_or(i64::MAX);
                let unix = UnixMs(now.unix.0.saturating_add(ms));
                Now { mono: until, unix }
            }
            _ => now,
        }
    }

    /// Keeps bytes for later; `false` when the process is awake and must read them now. Until the
    /// timer has woken it, what was held before comes first.
    pub(crate) fn hold_bytes(&mut self, link: LinkId, bytes: &[u8]) -> bool {
        let asleep = self.until.is_some();
        if asleep {
            self.held.push((link, bytes.to_vec()));
        }
        asleep
    }

    /// What was held, once the sleep is over.
    pub(crate) fn wake(&mut self, now: Now) -> Vec<(LinkId, Vec<u8>)> {
        if self.until.is_none() || self.is_asleep(now) {
            return Vec::new();
        }
        self.until = None;
        std::mem::take(&mut self.held)
    }

    /// When to wake up.
    pub(crate) fn deadline(&self) -> Option<Deadline> {
        self.until.map(|at| Deadline { at, reason: TimerKind::Deferred })
    }
}
