//! What holds clients back: `CLIENT PAUSE`, an end that waits for replicas, and a master that
//! hands over in a manual failover. Each has a pause of its own, and ends that one only.

use engine_base::{Mono, Now};

/// Who holds clients back (`pause_purpose`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pauser {
    /// `CLIENT PAUSE`
    Client,
    /// The end of the process, which waits for replicas.
    Shutdown,
    /// `FAILOVER`, or a manual failover of the cluster.
    Failover,
}

/// One pauser's pause.
#[derive(Clone, Copy, Debug)]
struct Held {
    until: Mono,
    writes_only: bool,
}

/// Until when clients are held back, by each pauser.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pause([Option<Held>; 3]);

impl Pause {
    /// Holds clients back until `until`: all of them, or only what may write. Who pauses again
    /// makes neither the time shorter nor the pause milder.
    pub(crate) fn begin(&mut self, who: Pauser, until: Mono, writes_only: bool, now: Now) {
        let slot = &mut self.0[who as usize];
        let old = slot.filter(|old| now.mono < old.until);
        *slot = Some(old.map_or(Held { until, writes_only }, |old| Held {
            until: old.until.max(until),
            writes_only: old.writes_only && writes_only,
        }));
    }

    /// Ends one pauser's pause.
    pub(crate) fn end(&mut self, who: Pauser) {
        self.0[who as usize] = None;
    }

    fn running(&self, now: Now) -> impl Iterator<Item = Held> + '_ {
        self.0.iter().flatten().copied().filter(move |held| now.mono < held.until)
    }

    /// Whether writes are held back at `now`: a paused master neither expires nor evicts keys.
    pub(crate) fn is_active(&self, now: Now) -> bool {
        self.running(now).next().is_some()
    }

    /// Until when a command must wait; `None` when it may run.
    pub(crate) fn holds(&self, now: Now, writes: bool) -> Option<Mono> {
        self.running(now).filter(|held| writes || !held.writes_only).map(|held| held.until).max()
    }
}

#[cfg(test)]
mod tests {
    use engine_base::UnixMs;

    use super::*;

    #[test]
    fn a_pauser_ends_its_own_pause_only() {
        let at = |ms| Now { mono: Mono::from_millis(ms), unix: UnixMs(0) };
        let mut pause = Pause::default();
        pause.begin(Pauser::Failover, Mono::NEVER, true, at(0));
        pause.begin(Pauser::Client, Mono::from_millis(100), false, at(0));
        assert!(pause.holds(at(1), false).is_some(), "reads wait for CLIENT PAUSE");
        pause.end(Pauser::Client);
        assert!(pause.holds(at(1), false).is_none());
        assert_eq!(pause.holds(at(1), true), Some(Mono::NEVER), "writes wait for the failover");
        pause.end(Pauser::Failover);
        assert!(!pause.is_active(at(1)));
    }

    #[test]
    fn who_pauses_again_keeps_the_longer_time_and_the_stricter_kind() {
        let at = |ms| Now { mono: Mono::from_millis(ms), unix: UnixMs(0) };
        let mut pause = Pause::default();
        pause.begin(Pauser::Client, Mono::from_millis(100), false, at(0));
        pause.begin(Pauser::Client, Mono::from_millis(50), true, at(0));
        assert_eq!(pause.holds(at(60), false), Some(Mono::from_millis(100)));
        pause.begin(Pauser::Client, Mono::from_millis(300), true, at(200));
        assert_eq!(pause.holds(at(201), false), None, "one that is over counts no more");
    }
}
