//! Going back: looking at the past, acting there, taking back, and the other endings of a run.

use engine::base::Mono;
use engine::sim::{Place, World};

use super::driver::{BUDGET_MS, Inner, STEPS_A_LOOK, clock};
use super::learning::Learning;
use super::lens::{Lens, Shown};
use super::motion::Motion;
use super::pace;
use super::past::Moment;
use super::running::Running;
use super::screen::{Command, Fork, TimeView};

/// No more endings are kept beside the one that is shown.
const ENDINGS_MOST: usize = 8;
/// No more states of a lesson are kept.
const LEARNT_MOST: usize = 100;

/// Another ending.
struct Ending {
    running: Running,
    learning: Option<Learning>,
}

/// What there is besides the present.
#[derive(Default)]
pub(super) struct Back {
    /// The moment that is looked at.
    looking: Option<Box<Moment>>,
    /// The instant that the handle of the time line stands at, to be looked at in the next frame.
    wanted: Option<Mono>,
    /// A line that was typed in the past, and on which tab.
    waiting: Option<(usize, String)>,
    /// The other endings; the one that is shown left a gap at `ending`.
    endings: Vec<Option<Ending>>,
    /// Where each ending parted from another.
    parted: Vec<u64>,
    ending: usize,
    /// How the lesson stood, and when.
    learnt: Vec<(Place, Learning)>,
    /// Where an experiment began, and how the lesson stood there.
    camp: Option<(Place, Learning)>,
    /// What was waited for did not happen.
    pub(super) in_vain: bool,
}

impl Back {
    /// Whether the past is looked at.
    pub(super) const fn is_looking(&self) -> bool {
        self.looking.is_some()
    }

    /// What the page remembers of the moment that is looked at.
    pub(super) fn lens(&self) -> Option<&Lens> {
        self.looking.as_ref().map(|m| &m.lens)
    }

    /// Looks closely at the moment that is looked at.
    pub(super) fn with_world<T>(&self, look: impl FnOnce(&World) -> T) -> Option<T> {
        self.looking.as_ref().map(|m| look(&m.world))
    }

    /// The moment that is looked at.
    pub(super) fn observe(&mut self) -> Option<Shown> {
        let moment = self.looking.as_mut()?;
        Some(moment.lens.show(&moment.world))
    }

    /// A line was typed in the past: what is to become of the present?
    pub(super) fn ask(&mut self, tab: usize, line: String) {
        self.waiting = Some((tab, line));
    }
}

impl Inner {
    /// The instant that is shown.
    pub(super) fn shown_now(&self) -> Mono {
        self.back.looking.as_ref().map_or_else(|| self.running.now(), |m| m.world.now())
    }

    pub(super) fn time_view(&self) -> TimeView {
        let looking = self.back.is_looking();
        let no_way_back = self.running.is_crowd();
        let running = self.motion == Motion::Runs && no_way_back;
        TimeView {
            no_way_back,
            short: self.crowded.gauge.short_of(pace::stop(self.speed()).1).filter(|_| running),
            begin_us: self.running.begin().as_micros(),
            present_us: self.running.now().as_micros(),
            looking,
            waiting: self.back.waiting.as_ref().map(|w| w.1.clone()),
            undo: if looking || no_way_back { None } else { self.running.last_change() },
            undo_run: self.undoes_run(),
            endings: self.back.parted.clone(),
            ending: self.back.ending,
            in_vain: self.back.in_vain,
        }
    }

    /// Does what concerns the past.
    pub(super) fn turn_back(&mut self, command: Command) {
        if !self.running.is_ready() || self.running.is_crowd() {
            return;
        }
        match command {
            Command::Look(us) => self.back.wanted = Some(Mono::from_micros(us)),
            Command::StepBack => {
                let now = self.shown_now().as_micros();
                let events = self.running.lens().events();
                let before = events.iter().rev().find(|e| e.mark.is_some() && e.at_us < now);
                let begin = self.running.begin();
                self.look_at(before.map_or(begin, |e| Mono::from_micros(e.at_us)));
            }
            Command::Present => self.come_back(),
            Command::Act(fork) => self.part(fork),
            Command::Undo if !self.back.is_looking() => {
                if let Some(running) = self.running.undone() {
                    self.replace(running);
                }
            }
            Command::Ending(ix) => self.switch(ix),
            Command::Experiment(begins) => self.experiment(begins),
            _ => {}
        }
    }

    /// Looks where the handle stands: once a frame, however fast it is moved.
    pub(super) fn look_where_wanted(&mut self) {
        if let Some(at) = self.back.wanted.take() {
            self.look_at(at);
            self.dirty = true;
        }
    }

    #[inline(never)]
    fn look_at(&mut self, at: Mono) {
        self.motion = Motion::Still;
        self.back.waiting = None;
        if at >= self.running.now() {
            return self.come_back();
        }
        let at = at.max(self.running.begin());
        self.deck.0.borrow_mut().aloft.clear();
        self.back.looking = self.running.moment(Place::time(at)).map(Box::new);
        self.twin_looks(Some(at));
    }

    fn come_back(&mut self) {
        self.back.wanted = None;
        self.back.looking = None;
        self.back.waiting = None;
        self.twin_looks(None);
        self.deck.0.borrow_mut().aloft.clear();
    }

    /// The past goes on as it went; at its end is the present. `false` when it stood still.
    #[inline(never)]
    pub(super) fn move_past(&mut self, passed_ms: f64) -> bool {
        let speed = pace::stop(self.speed()).1;
        let target = match self.motion {
            Motion::Still => return false,
            Motion::ToNext { limit, .. } => limit,
            Motion::Runs => self.after(passed_ms * speed),
        };
        let Some(mut moment) = self.back.looking.take() else { return false };
        let (place, deck) = (Place::time(target), self.deck.clone());
        let begun = clock();
        let (mut settled, mut found) = (false, false);
        'frame: while clock() - begun < BUDGET_MS {
            for _ in 0..STEPS_A_LOOK {
                if !self.running.with_world(|present| moment.world.follow(present, place)) {
                    settled = true;
                    break 'frame;
                }
                if let Motion::ToNext { until, before, .. } = self.motion {
                    moment.lens.listen(&moment.world, Some(&deck), speed);
                    if moment.lens.has(until, before) {
                        found = true;
                        break 'frame;
                    }
                }
            }
        }
        if settled {
            self.running.with_world(|present| moment.world.settle_at(present, place));
        }
        self.dirty |= moment.lens.listen(&moment.world, Some(&deck), speed);
        let there = settled && moment.world.now() >= self.running.now();
        self.twin_follows_past(moment.world.now());
        if there {
            self.twin_looks(None);
            self.dirty = true;
        } else {
            self.back.looking = Some(moment);
        }
        if found {
            self.stand_still();
        } else if settled && !there {
            self.give_up();
        }
        true
    }

    /// Somebody acts in the past.
    fn part(&mut self, fork: Fork) {
        let waiting = self.back.waiting.take();
        let Some(moment) = self.back.looking.take_if(|_| fork != Fork::Leave) else { return };
        let at_us = moment.world.now().as_micros();
        let terminals = self.running.terminals_until(at_us);
        let running = self.running.branch(*moment, terminals);
        if fork == Fork::Keep {
            if self.back.endings.is_empty() {
                self.back.endings.push(None);
                self.back.parted.push(at_us);
            }
            if self.back.endings.len() >= ENDINGS_MOST {
                let other = usize::from(self.back.ending == 0);
                self.back.endings.remove(other);
                self.back.parted.remove(other);
                self.back.ending -= usize::from(other < self.back.ending);
            }
            let learning = self.learning.clone();
            let old = std::mem::replace(&mut self.running, running);
            self.back.endings[self.back.ending] = Some(Ending { running: old, learning });
            self.back.endings.push(None);
            self.back.parted.push(at_us);
            self.back.ending = self.back.endings.len() - 1;
            self.restore_learning();
            self.compare_again();
        } else {
            self.replace(running);
        }
        self.deck.0.borrow_mut().aloft.clear();
        if let Some((tab, line)) = waiting {
            self.act(Command::Type { tab, line });
        }
    }

    fn replace(&mut self, running: Running) {
        self.running = running;
        self.restore_learning();
        self.compare_again();
        self.deck.0.borrow_mut().aloft.clear();
    }

    /// The learner leaves the lesson to try something, or comes back to where that began.
    fn experiment(&mut self, begins: bool) {
        if begins {
            self.come_back();
            if let Some(learning) = &mut self.learning {
                let place = self.running.with_world(World::place);
                self.back.camp = Some((place, learning.clone()));
                learning.experiment();
            }
        } else if let Some((place, learning)) = self.back.camp.take() {
            self.come_back();
            if let Some(moment) = self.running.moment(place) {
                let terminals = self.running.terminals_until(moment.world.now().as_micros());
                self.running = self.running.branch(moment, terminals);
            }
            self.learning = Some(learning);
            self.deck.0.borrow_mut().aloft.clear();
        }
    }

    fn switch(&mut self, ix: usize) {
        let Some(ending) = self.back.endings.get_mut(ix).and_then(Option::take) else { return };
        self.come_back();
        self.motion = Motion::Still;
        let running = std::mem::replace(&mut self.running, ending.running);
        let learning = std::mem::replace(&mut self.learning, ending.learning);
        self.back.endings[self.back.ending] = Some(Ending { running, learning });
        self.back.ending = ix;
        self.compare_again();
        // What was learnt belongs to the ending that was left.
        self.back.learnt.clear();
    }

    /// How the lesson stands now, for coming back.
    pub(super) fn remember_learning(&mut self) {
        if let Some(learning) = &self.learning {
            if self.back.learnt.len() >= LEARNT_MOST {
                self.back.learnt.remove(0);
            }
            let place = self.running.with_world(World::place);
            self.back.learnt.push((place, learning.clone()));
        }
    }

    /// The lesson stands as it did where the run stands now.
    fn restore_learning(&mut self) {
        let now = self.running.now();
        let earlier = self.back.learnt.iter().rposition(|(place, _)| place.at <= now);
        if let (Some(ix), true) = (earlier, self.learning.is_some()) {
            self.learning = self.back.learnt.get(ix).map(|(_, learning)| learning.clone());
            self.back.learnt.truncate(ix);
        }
    }
}
