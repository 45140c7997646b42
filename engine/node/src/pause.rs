//! `CLIENT PAUSE`, and the pause of a master that hands over in a manual failover.

use engine_base::{Mono, Now};

/// Until when clients are held back. Two pausers do not shorten each other's pause.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pause {
    all: Option<Mono>,
    writes: Option<Mono>,
}

impl Pause {
    /// Holds clients back until `until`: all of them, or only what may write.
    pub(crate) fn begin(&mut self, until: Mono, writes_only: bool) {
        let slot = if writes_only { &mut self.writes } else { &mut self.all };
        *slot = Some(slot.map_or(until, |old| old.max(until)));
    }

    /// Ends every pause.
    pub(crate) fn end(&mut self) {
        *self = Self::default();
    }

    /// Whether writes are held back at `now`: a paused master neither expires nor evicts keys.
    pub(crate) fn is_active(&self, now: Now) -> bool {
        let holds = |until: Option<Mono>| until.is_some_and(|until| now.mono < until);
        holds(self.all) || holds(self.writes)
    }

    /// Until when a command must wait; `None` when it may run.
    pub(crate) fn holds(&self, now: Now, writes: bool) -> Option<Mono> {
        let later = |until: Option<Mono>| until.filter(|until| now.mono < *until);
        later(self.all).or_else(|| later(self.writes).filter(|_| writes))
    }
}
