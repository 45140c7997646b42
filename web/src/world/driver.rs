//! Between the page and its world: commands go in, screens come out, one frame at a time.

use std::cell::RefCell;
use std::rc::Rc;

use engine::base::Mono;
use lessons::Course;

use super::flights::Deck;
use super::learning::Learning;
use super::pace;
use super::running::Running;
use super::screen::{Command, Scenario, Screen};
use crate::frames::Frames;
use crate::i18n::Lang;

/// No more real time than this is made up for after one frame, in milliseconds.
const FRAME_MAX_MS: f64 = 100.0;
/// So much of a frame may the world take, in milliseconds.
const BUDGET_MS: f64 = 5.0;
/// So much of a frame may the founding take: nobody looks yet.
const FOUNDING_MS: f64 = 12.0;
/// The page is drawn anew this often at most, in milliseconds, unless something was printed.
const SHOW_MS: f64 = 90.0;
/// A step that finds no event ends after this much virtual time, in milliseconds.
const STEP_MAX_MS: u64 = 60_000;
/// While time is paused, a typed command may take this much virtual time, in milliseconds.
const ERRAND_MS: u64 = 2_000;
/// Things that happen between two looks at the clock.
const STEPS_A_LOOK: usize = 8;

/// What moves time.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Motion {
    /// Nothing: it is paused.
    Still,
    /// It runs.
    Runs,
    /// It runs, as fast as it can, until something is marked or this virtual time is reached.
    ToNext {
        /// How many marks there were.
        marks: u64,
        /// When to give up.
        limit: Mono,
    },
}

/// What the driver holds.
struct Inner {
    seed: u64,
    running: Running,
    motion: Motion,
    /// A command typed while time was paused may run until then.
    errand: Mono,
    speed: usize,
    last_frame: f64,
    last_shown: f64,
    /// Virtual microseconds that are due but less than one.
    rest_us: f64,
    dirty: bool,
    deck: Deck,
    course: Rc<Course>,
    lang: Lang,
    learning: Option<Learning>,
}

impl Inner {
    fn new(seed: u64, deck: Deck, course: Rc<Course>) -> Self {
        Self {
            seed,
            running: Running::new(seed, Scenario::Formed),
            motion: Motion::Runs,
            errand: Mono::ZERO,
            speed: pace::REAL,
            last_frame: 0.0,
            last_shown: f64::MIN,
            rest_us: 0.0,
            dirty: true,
            deck,
            course,
            lang: Lang::En,
            learning: None,
        }
    }

    /// One frame; a screen when there is something new to show.
    fn frame(&mut self, now: f64) -> Option<Screen> {
        let passed = (now - self.last_frame).clamp(0.0, FRAME_MAX_MS);
        self.last_frame = now;
        // What flies has arrived in the world already: it lands even while time stands still.
        self.deck.0.borrow_mut().advance(passed);
        let moved = if self.running.is_ready() {
            self.move_time(passed)
        } else {
            self.found();
            true
        };
        self.dirty |= self.running.read_terminals();
        if let Some(learning) = self.learning.as_mut().filter(|_| self.running.is_ready()) {
            self.dirty |= self.running.with_world(|world| learning.observe(world));
        }
        if self.dirty || (moved && now - self.last_shown >= SHOW_MS) {
            self.last_shown = now;
            self.dirty = false;
            return Some(self.screen());
        }
        None
    }

    fn found(&mut self) {
        let begun = clock();
        while !self.running.is_ready() && clock() - begun < FOUNDING_MS {
            self.running.found();
        }
        self.dirty |= self.running.is_ready();
    }

    /// Lets virtual time pass; `false` when it stood still.
    fn move_time(&mut self, passed_ms: f64) -> bool {
        let speed = pace::stop(self.speed).1;
        let (speed, target) = match self.motion {
            Motion::ToNext { limit, .. } => (speed, limit),
            Motion::Runs => (speed, self.after(passed_ms * speed)),
            Motion::Still if self.errand > self.running.now() && self.running.is_busy() => {
                (1.0, self.after(passed_ms).min(self.errand))
            }
            Motion::Still => return false,
        };
        let begun = clock();
        let mut settled = false;
        'frame: while clock() - begun < BUDGET_MS {
            for _ in 0..STEPS_A_LOOK {
                if !self.running.step(target) {
                    settled = true;
                    break 'frame;
                }
                if let Motion::ToNext { marks, .. } = self.motion {
                    self.running.listen(Some(&self.deck), speed);
                    if self.running.marks() > marks {
                        self.stand_still();
                        break 'frame;
                    }
                }
            }
        }
        if settled {
            self.running.settle(target);
            if matches!(self.motion, Motion::ToNext { .. }) {
                self.stand_still();
            }
        }
        self.dirty |= self.running.listen(Some(&self.deck), speed);
        true
    }

    /// The virtual instant so many milliseconds from now; what is less than a microsecond is kept
    /// for the next frame.
    fn after(&mut self, ms: f64) -> Mono {
        let us = ms * 1000.0 + self.rest_us;
        let whole = us.floor();
        self.rest_us = us - whole;
        Mono::from_micros(self.running.now().as_micros().saturating_add(whole as u64))
    }

    fn stand_still(&mut self) {
        self.motion = Motion::Still;
        self.dirty = true;
    }

    fn screen(&mut self) -> Screen {
        let view = self.running.observe();
        Screen {
            view: Rc::new(view),
            names: self.running.names(),
            events: self.running.events(),
            tabs: Rc::new(self.running.tabs()),
            playing: self.motion == Motion::Runs,
            speed: self.speed,
            ready: self.running.is_ready(),
            scenario: self.running.scenario,
            lesson: self.learning.as_ref().map(|l| Rc::new(l.screen(&self.course, self.lang))),
        }
    }

    fn begin(&mut self, scenario: Scenario) {
        self.running = Running::new(self.seed, scenario);
        self.motion = Motion::Runs;
        self.errand = Mono::ZERO;
        self.learning = None;
        self.deck.0.borrow_mut().aloft.clear();
    }

    fn open_lesson(&mut self, id: &str) {
        let course = Rc::clone(&self.course);
        let Some(lesson) = course.lesson(id) else { return };
        self.begin(match lesson.start.scenario {
            lessons::format::Scenario::Formed => Scenario::Formed,
            lessons::format::Scenario::Bare => Scenario::Bare,
        });
        self.running.prepare(&lesson.start, self.seed);
        self.learning = Some(Learning::new(lesson));
    }

    fn act(&mut self, command: Command) {
        self.dirty = true;
        match command {
            Command::Play(true) => self.motion = Motion::Runs,
            Command::Play(false) => self.motion = Motion::Still,
            Command::Step => {
                self.motion = Motion::ToNext {
                    marks: self.running.marks(),
                    limit: self.running.now().plus_ms(STEP_MAX_MS),
                };
            }
            Command::Speed(stop) => self.speed = stop,
            Command::Start(scenario) => self.begin(scenario),
            Command::Type { tab, line } => {
                self.running.submit(tab, &line);
                self.errand = self.running.now().plus_ms(ERRAND_MS);
            }
            Command::Interrupt { tab } => {
                self.running.interrupt(tab);
                self.errand = self.running.now().plus_ms(ERRAND_MS);
            }
            Command::EndOfInput { tab } => {
                self.running.end_of_input(tab);
                self.errand = self.running.now().plus_ms(ERRAND_MS);
            }
            Command::Clear { tab } => self.running.clear(tab),
            Command::Speak(lang) => self.lang = lang,
            Command::OpenLesson(id) => self.open_lesson(&id),
            Command::CloseLesson => self.learning = None,
            learners @ (Command::GoOn | Command::Choose(_) | Command::Hint | Command::Solution) => {
                if let Some(learning) = &mut self.learning {
                    learning.act(&learners);
                }
            }
        }
    }
}

/// Real milliseconds, for budgets only.
fn clock() -> f64 {
    web_sys::window().and_then(|w| w.performance()).map_or(0.0, |p| p.now())
}

/// The page's handle on its world.
pub(crate) struct Driver {
    inner: Rc<RefCell<Inner>>,
    deck: Deck,
    course: Rc<Course>,
    _frames: Frames,
}

impl Driver {
    /// Makes the world and lets it run: every frame with news is shown.
    pub(crate) fn start(seed: u64, show: yew::Callback<Screen>) -> Self {
        let deck = Deck::default();
        // The tests read every lesson: a course that cannot be read does not ship.
        let course = Rc::new(Course::embedded().unwrap_or_default());
        let inner = Rc::new(RefCell::new(Inner::new(seed, deck.clone(), Rc::clone(&course))));
        let of_frame = Rc::clone(&inner);
        let frames = Frames::run(move |now| {
            let screen = of_frame.borrow_mut().frame(now);
            if let Some(screen) = screen {
                show.emit(screen);
            }
        });
        Self { inner, deck, course, _frames: frames }
    }

    /// Does what the page asks.
    pub(crate) fn act(&self, command: Command) {
        self.inner.borrow_mut().act(command);
    }

    /// Whole lines that a line may become.
    pub(crate) fn complete(&self, tab: usize, line: &str) -> Vec<String> {
        self.inner.borrow().running.complete(tab, line)
    }

    /// What redis-cli shows in grey behind a line.
    pub(crate) fn hint(&self, tab: usize, line: &str) -> Option<String> {
        self.inner.borrow().running.hint(tab, line)
    }

    /// All lessons.
    pub(crate) fn course(&self) -> Rc<Course> {
        Rc::clone(&self.course)
    }

    /// The packets on their way.
    pub(crate) fn deck(&self) -> Deck {
        self.deck.clone()
    }
}
