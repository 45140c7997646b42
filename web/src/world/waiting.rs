//! Waiting for something: until when, and what it means when it does not come.

use super::driver::Inner;
use super::motion::Motion;
use super::screen::Until;

/// A step that finds no event ends after this much virtual time, in milliseconds.
const STEP_MAX_MS: u64 = 60_000;
/// What is waited for by name may take this much virtual time, in milliseconds.
const UNTIL_MAX_MS: u64 = 600_000;

impl Inner {
    pub(super) fn stand_still(&mut self) {
        self.motion = Motion::Still;
        self.dirty = true;
    }

    /// What was waited for did not come in time.
    pub(super) fn give_up(&mut self) {
        if let Motion::ToNext { until, .. } = self.motion {
            self.back.in_vain = matches!(until, Until::Event(_) | Until::Mark);
            self.stand_still();
        }
    }

    pub(super) fn wait_for(&mut self, until: Until) {
        let limit = match until {
            Until::Passed(ms) => ms,
            Until::Mark | Until::Message => STEP_MAX_MS,
            Until::Event(_) => UNTIL_MAX_MS,
        };
        let lens = self.back.lens().unwrap_or_else(|| self.running.lens());
        let (before, now) = (lens.tally(), self.shown_now());
        self.twin_before();
        self.motion = Motion::ToNext { until, before, limit: now.plus_ms(limit) };
    }
}
