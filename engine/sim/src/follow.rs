//! Going through a run again: a clone of an earlier moment follows what was recorded after it.

use engine_base::Mono;

use crate::world::World;

/// A place in a run: whatever comes first ends the way there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// No later than this.
    pub at: Mono,
    /// After no more steps than this.
    pub steps: u64,
    /// After no more inputs than this.
    pub inputs: usize,
}

impl Place {
    /// As late as possible, but no later than `at`.
    #[must_use]
    pub const fn time(at: Mono) -> Self {
        Self { at, steps: u64::MAX, inputs: usize::MAX }
    }
}

impl World {
    /// Where this run stands now.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { at: self.now, steps: self.steps, inputs: self.inputs.len() }
    }

    /// One step or one input further on the way that `later`, a run that this one was cloned
    /// from, has gone; `false` when `to` or the end of that way is reached.
    pub fn follow(&mut self, later: &Self, to: Place) -> bool {
        let next = later.inputs.get(self.inputs.len());
        if let Some(input) = next.filter(|i| i.step <= self.steps) {
            if input.at > to.at || self.inputs.len() >= to.inputs {
                return false;
            }
            self.now = self.now.max(input.at);
            self.put_in(&input.kind);
            return true;
        }
        let due = self.queue.peek().is_some_and(|at| at <= to.at);
        if due && self.steps < to.steps.min(later.steps) && self.inputs.len() <= to.inputs {
            return self.step();
        }
        false
    }

    /// [`World::follow`] as far as it goes; then it is as late as `to` says, and no later than in
    /// `later`.
    pub fn follow_to(&mut self, later: &Self, to: Place) {
        while self.follow(later, to) {}
        self.settle_at(later, to);
    }

    /// Nothing more happens on the way to a place: it is that late now.
    pub fn settle_at(&mut self, later: &Self, to: Place) {
        self.now = self.now.max(to.at.min(later.now));
    }
}
