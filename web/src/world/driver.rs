//! Between the page and its world: commands go in, screens come out, one frame at a time.

use std::cell::RefCell;
use std::rc::Rc;

use engine::base::Mono;

use super::back::Back;
use super::close_up::{self, CloseUp};
use super::crowded::{Crowded, Seen};
use super::drafting::Recorded;
use super::flights::Deck;
use super::learning::Learning;
use super::library::Library;
use super::link::Shared;
use super::model::NodeView;
use super::motion::Motion;
use super::opening::Before;
use super::pace;
use super::running::Running;
use super::scenario::Beginning;
use super::screen::{Command, Scenario, Screen, Until};
use super::twin::Twin;
use crate::frames::Frames;
use crate::i18n::Lang;
use crate::prefs;

/// No more real time than this is made up for after one frame, in milliseconds.
const FRAME_MAX_MS: f64 = 100.0;
/// So much of a frame may the world take, in milliseconds.
pub(super) const BUDGET_MS: f64 = 5.0;
/// So much of a frame may the founding take: nobody looks yet.
const FOUNDING_MS: f64 = 12.0;
/// While time is paused, a typed command may take this much virtual time, in milliseconds.
const ERRAND_MS: u64 = 2_000;
/// Things that happen between two looks at the clock.
pub(super) const STEPS_A_LOOK: usize = 8;

/// What the driver holds.
pub(super) struct Inner {
    pub(super) seed: u64,
    pub(super) running: Running,
    /// The past that is looked at, and other endings.
    pub(super) back: Back,
    pub(super) motion: Motion,
    /// A command typed while time was paused may run until then.
    errand: Mono,
    speed: usize,
    last_frame: f64,
    last_shown: f64,
    /// How a world of very many nodes is looked at.
    pub(super) crowded: Crowded,
    /// Virtual microseconds that are due but less than one.
    rest_us: f64,
    pub(super) dirty: bool,
    /// Something moved since the page was drawn; that may wait for a little.
    unshown: bool,
    pub(super) deck: Deck,
    pub(super) library: Library,
    /// The lesson that is opened as soon as it is here.
    pub(super) coming: Option<String>,
    lang: Lang,
    pub(super) learning: Option<Learning>,
    /// Something that must be said once.
    pub(super) notice: Option<&'static str>,
    /// The run that this one took the place of.
    pub(super) before: Option<Before>,
    /// The second world beside this one.
    pub(super) twin: Option<Twin>,
    pub(super) twin_deck: Deck,
    /// What exactly, in the words of the lessons' reader.
    pub(super) trouble: Option<super::foreign::InEach>,
}

impl Inner {
    fn new(seed: u64, (deck, twin_deck): (Deck, Deck)) -> Self {
        Self {
            seed,
            running: Running::new(seed, Scenario::Formed),
            back: Back::default(),
            motion: Motion::Runs,
            errand: Mono::ZERO,
            speed: pace::REAL,
            last_frame: 0.0,
            last_shown: f64::MIN,
            crowded: Crowded::default(),
            rest_us: 0.0,
            dirty: true,
            unshown: false,
            deck,
            library: Library::open(),
            coming: None,
            lang: Lang::En,
            learning: None,
            notice: None,
            before: None,
            twin: None,
            twin_deck,
            trouble: None,
        }
    }

    /// One frame; a screen when there is something new to show.
    fn frame(&mut self, now: f64) -> Option<Screen> {
        let real = now - self.last_frame;
        let passed = real.clamp(0.0, FRAME_MAX_MS);
        self.last_frame = now;
        // What flies has arrived in the world already: it lands even while time stands still.
        self.deck.0.borrow_mut().advance(passed);
        self.twin_deck.0.borrow_mut().advance(passed);
        self.look_where_wanted();
        self.open_what_came();
        let moved = if self.back.is_looking() {
            self.move_past(passed)
        } else if self.twin_lags() {
            self.wait_for_twin()
        } else if self.running.is_ready() {
            let moved = self.move_time(passed);
            self.wait_for_twin() || moved
        } else {
            self.found();
            true
        };
        self.look_at_crowd(moved, real);
        self.dirty |= self.running.read_terminals();
        let watched = self.running.is_ready() && !self.back.is_looking();
        if let Some(learning) = self.learning.as_mut().filter(|_| watched) {
            self.dirty |= self.running.with_world(|world| learning.observe(world));
        }
        self.tell_unkept();
        // The last thing that moves is shown too, when its time comes.
        self.unshown |= moved || self.crowded.is_stale();
        if self.dirty || (self.unshown && now - self.last_shown >= self.show_every()) {
            self.last_shown = now;
            (self.dirty, self.unshown) = (false, false);
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
        if self.running.is_ready() {
            self.tell_outcome();
        }
        self.say_setup();
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
        let (budget, steps, deck) = self.measures();
        'frame: while clock() - begun < budget {
            for _ in 0..steps {
                if !self.running.step(target) {
                    settled = true;
                    break 'frame;
                }
                if let Motion::ToNext { until, before, .. } = self.motion {
                    self.running.listen(deck.as_ref(), speed);
                    if self.running.lens().has(until, before) || self.twin_has(until) {
                        self.stand_still();
                        break 'frame;
                    }
                }
            }
        }
        if settled {
            self.running.settle(target);
            self.give_up();
        }
        let marked = self.running.listen(deck.as_ref(), speed);
        // Very many nodes have something to say in every frame.
        self.dirty |= marked && deck.is_some();
        true
    }

    /// The virtual instant so many milliseconds from now; what is less than a microsecond is kept
    /// for the next frame.
    pub(super) fn after(&mut self, ms: f64) -> Mono {
        let us = ms * 1000.0 + self.rest_us;
        let whole = us.floor();
        self.rest_us = us - whole;
        Mono::from_micros(self.shown_now().as_micros().saturating_add(whole as u64))
    }

    /// The stop of the speed control.
    pub(super) const fn speed(&self) -> usize {
        self.speed
    }

    fn screen(&mut self) -> Screen {
        let (time, shelf) = (Rc::new(self.time_view()), self.library.shelf());
        let past = self.back.observe();
        let tabs = match (&self.twin, &past) {
            (Some(twin), _) if twin.watched => twin.tabs(),
            (_, Some(shown)) => self.running.tabs_until(shown.view.now_us),
            _ => self.running.tabs(),
        };
        let (seen, twin) = if past.is_none() && self.running.is_crowd() {
            (self.crowd_lately(), None)
        } else {
            let shown = past.unwrap_or_else(|| self.running.observe());
            let twin = self.twin_screen(&shown);
            (Seen::from(shown), twin)
        };
        Screen {
            twin,
            view: seen.view,
            names: seen.names,
            events: seen.events,
            details: seen.details,
            notice: self.notice,
            outcome: self.outcome_to_tell(),
            trouble: self.trouble.clone(),
            all_events: self.running.lens().events(),
            time,
            tabs: Rc::new(tabs),
            playing: self.motion == Motion::Runs,
            speed: self.speed,
            ready: self.running.is_ready(),
            percent: self.running.founding.as_ref().and_then(Beginning::percent),
            scenario: self.running.scenario.clone(),
            lesson: self.learning.as_ref().map(|l| Rc::new(l.screen(shelf.map(), self.lang))),
            coming: self.coming.clone(),
            shelf: Rc::clone(&shelf),
        }
    }

    pub(super) fn begin(&mut self, scenario: Scenario) {
        self.begin_with(self.seed, scenario);
    }

    pub(super) fn begin_with(&mut self, seed: u64, scenario: Scenario) {
        self.run(Running::new(seed, scenario));
    }

    pub(super) fn run(&mut self, running: Running) {
        self.keep_before(running);
        self.twin = None;
        self.crowded = Crowded::default();
        self.back = Back::default();
        self.motion = Motion::Runs;
        self.errand = Mono::ZERO;
        self.coming = None;
        self.deck.0.borrow_mut().aloft.clear();
    }

    pub(super) fn act(&mut self, command: Command) {
        self.dirty = true;
        self.back.in_vain = false;
        match command {
            Command::Type { tab, line } if self.back.is_looking() => self.back.ask(tab, line),
            Command::Interrupt { .. } | Command::EndOfInput { .. } if self.back.is_looking() => {}
            Command::Play(true) => self.motion = Motion::Runs,
            Command::Play(false) => self.motion = Motion::Still,
            Command::Step => self.wait_for(Until::Mark),
            Command::Until(until) => self.wait_for(until),
            Command::Speed(stop) => self.speed = stop,
            Command::Start(scenario) => self.begin(scenario),
            Command::Open(shared) => self.open(&shared),
            Command::OpenEnd => self.open_end(),
            Command::OpenText(text) => self.open_text(&text),
            Command::Take(text) => self.take(&text),
            Command::TooLong => self.notice = Some("paste-too-long"),
            Command::Undo if self.undoes_run() => self.return_to_before(),
            Command::Dismiss => (self.notice, self.trouble) = (None, None),
            Command::Compare(knob) => self.compare(knob),
            Command::Watch(watched) => self.watch_twin(watched),
            Command::Type { tab, line } => {
                self.remember_learning();
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
            Command::OpenLesson(id) => self.ask_for_lesson(id),
            Command::FetchLesson(id) => self.library.fetch(&id),
            Command::FetchMap => self.library.fetch_map(),
            Command::CloseLesson => (self.learning, self.coming) = (None, None),
            learners @ (Command::GoOn | Command::Choose(_) | Command::Hint | Command::Solution) => {
                self.remember_learning();
                if let Some(learning) = &mut self.learning {
                    learning.act(&learners);
                }
            }
            back => self.turn_back(back),
        }
    }
}

/// Real milliseconds, for budgets only.
pub(super) fn clock() -> f64 {
    web_sys::window().and_then(|w| w.performance()).map_or(0.0, |p| p.now())
}

/// The page's handle on its world.
pub(crate) struct Driver {
    inner: Rc<RefCell<Inner>>,
    deck: Deck,
    twin_deck: Deck,
    _frames: Frames,
}

impl Driver {
    /// Makes the world and lets it run: every frame with news is shown.
    pub(crate) fn start(seed: u64, show: yew::Callback<Screen>) -> Self {
        let (deck, twin_deck) = (Deck::default(), Deck::default());
        let mut inner = Inner::new(seed, (deck.clone(), twin_deck.clone()));
        inner.open_hash(&prefs::hash());
        let inner = Rc::new(RefCell::new(inner));
        let of_hash = Rc::clone(&inner);
        prefs::when_hash_changes(move |hash| of_hash.borrow_mut().open_hash(&hash));
        let of_frame = Rc::clone(&inner);
        let frames = Frames::run(move |now| {
            let screen = of_frame.borrow_mut().frame(now);
            if let Some(screen) = screen {
                show.emit(screen);
            }
        });
        Self { inner, deck, twin_deck, _frames: frames }
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

    /// A close look at a node, here or in the twin.
    pub(crate) fn look(&self, node: &NodeView, of_twin: bool) -> Option<CloseUp> {
        let inner = self.inner.borrow();
        if of_twin {
            return inner.twin.as_ref()?.with_world(|world| close_up::look(world, node));
        }
        let past = inner.back.with_world(|world| close_up::look(world, node));
        past.unwrap_or_else(|| inner.running.with_world(|world| close_up::look(world, node)))
    }

    /// The run as a link or a file; `None` before it is ready.
    pub(crate) fn share(&self) -> Option<Shared> {
        let inner = self.inner.borrow();
        inner.running.is_ready().then(|| inner.running.share())
    }

    /// What was done, as a lesson that begins before a line.
    pub(crate) fn record(&self, from: usize) -> Option<Recorded> {
        self.inner.borrow().running.record(from)
    }

    /// The packets on their way, here and in the twin.
    pub(crate) fn decks(&self) -> (Deck, Deck) {
        (self.deck.clone(), self.twin_deck.clone())
    }
}
