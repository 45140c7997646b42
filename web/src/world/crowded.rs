//! A world of very many nodes, a frame at a time: it is behind real time, looked at now and then, and
//! what its nodes believe is counted in turn.

use std::rc::Rc;

use super::driver::{BUDGET_MS, Inner, STEPS_A_LOOK, clock};
use super::flights::Deck;
use super::gauge::Gauge;
use super::lens::Shown;
use super::model::{EventView, MANY, WorldView};
use super::motion::Motion;
use super::running::Running;
use super::screen::Details;

/// So much of a frame may it take, in milliseconds: nothing else that the page does is worth more.
const CROWD_MS: f64 = 12.0;
/// In a frame in which it is looked at.
const LOOK_MS: f64 = 2.0;
/// Of thousands of packets a frame so many, the last ones, can be opened.
const PACKETS_KEPT: usize = 64;
/// So much of a frame may counting what its nodes believe take, in milliseconds.
const SURVEY_MS: f64 = 1.5;
/// It is looked at this often at most, in milliseconds.
pub(super) const SHOW_MS: f64 = 500.0;

/// What is shown of a world.
#[derive(Clone)]
pub(super) struct Seen {
    pub view: Rc<WorldView>,
    pub names: Rc<Vec<String>>,
    pub events: Rc<Vec<Rc<EventView>>>,
    pub details: Rc<Details>,
}

impl From<Shown> for Seen {
    fn from(Shown { view, names, events, details }: Shown) -> Self {
        Self { view: Rc::new(view), names, events, details: Rc::new(details) }
    }
}

/// How it is looked at.
#[derive(Default)]
pub(super) struct Crowded {
    /// How it looked a moment ago, and when that was.
    seen: Option<(f64, Seen)>,
    /// Something has happened since.
    stale: bool,
    /// So many nodes are to be asked since time last moved.
    due: usize,
    /// How fast time runs.
    pub gauge: Gauge,
    /// The instant of the last frame, in virtual microseconds.
    before_us: u64,
}

impl Crowded {
    /// Whether it is time to look at it again: then the world and the count wait.
    fn is_due(&self) -> bool {
        self.seen.as_ref().is_none_or(|(at, _)| clock() - at >= SHOW_MS)
    }

    /// So much of a frame has the world now, in milliseconds.
    #[inline(never)]
    fn share(&self) -> f64 {
        if self.is_due() { LOOK_MS } else { CROWD_MS }
    }

    /// Whether something has happened since it was last looked at.
    pub(super) const fn is_stale(&self) -> bool {
        self.stale
    }
}

impl Running {
    /// Whether it has so many nodes that it is looked at piece by piece, and has no past.
    pub(crate) fn is_crowd(&self) -> bool {
        self.lens.is_crowd()
    }

    /// With very many nodes: what happened until now is not even looked at. `false` with fewer.
    pub(super) fn skip(&mut self) -> bool {
        let world = Rc::clone(self.console.world());
        let crowd = world.borrow().servers().count() > MANY;
        if crowd {
            world.borrow_mut().remember_packets(PACKETS_KEPT);
            self.lens.skip(&world.borrow());
        }
        crowd
    }

    /// Counts what some of very many nodes believe, until `spent` says that it is enough. Gives how
    /// many were looked at.
    fn survey(&mut self, spent: &dyn Fn() -> bool) -> usize {
        let world = Rc::clone(self.console.world());
        self.lens.survey(&world.borrow(), spent)
    }
}

impl Inner {
    /// How much of a frame the world may take, how many steps it makes between two looks at the clock,
    /// and where its packets are shown: those of very many nodes are not.
    pub(super) fn measures(&self) -> (f64, usize, Option<Deck>) {
        if self.running.is_crowd() {
            // One step may be a text of a thousand lines that is written to a disk.
            (self.crowded.share(), 1, None)
        } else {
            (BUDGET_MS, STEPS_A_LOOK, Some(self.deck.clone()))
        }
    }

    /// Counts what some of very many nodes believe, and how fast time runs. `moved`: it did run;
    /// `real_ms`: so much real time has passed.
    pub(super) fn look_at_crowd(&mut self, moved: bool, real_ms: f64) {
        if self.running.is_ready() && self.running.is_crowd() {
            self.count_and_measure(moved, real_ms);
        }
    }

    #[inline(never)]
    fn count_and_measure(&mut self, moved: bool, real_ms: f64) {
        let now_us = self.running.now().as_micros();
        let passed = now_us.saturating_sub(std::mem::replace(&mut self.crowded.before_us, now_us));
        if self.motion == Motion::Runs {
            self.crowded.gauge.note(passed, real_ms);
        } else {
            self.crowded.gauge.forget();
        }
        if moved || self.crowded.seen.is_none() {
            self.crowded.due = self.running.lens().names().len();
            self.crowded.stale = true;
        }
        if self.crowded.due > 0 && !self.crowded.is_due() {
            let begun = clock();
            let asked = self.running.survey(&|| clock() - begun > SURVEY_MS);
            self.crowded.due = self.crowded.due.saturating_sub(asked.max(1));
            self.crowded.stale = true;
        }
    }

    /// How it looks; not more often than it is worth.
    #[inline(never)]
    pub(super) fn crowd_lately(&mut self) -> Seen {
        let now = clock();
        let fresh = self.crowded.seen.as_ref().filter(|(at, _)| now - at < SHOW_MS);
        if let Some((_, seen)) = fresh {
            return Seen { events: self.running.lens().events(), ..seen.clone() };
        }
        let seen = Seen::from(self.running.observe());
        self.crowded.seen = Some((now, seen.clone()));
        self.crowded.stale = false;
        seen
    }
}
