//! One world with its console, and all that the page remembers of it.

use std::cell::RefCell;
use std::rc::Rc;

use engine::base::{Mono, Seed};
use engine::shell::{Console, Kept, Style, TabId};
use engine::sim::{HostId, Place, World};

use super::flights::Deck;
use super::knob::Knob;
use super::lens::{Lens, Shown};
use super::log::{Act, Log};
use super::past::{Moment, Past};
use super::replay::{Outcome, Replay};
use super::scenario::{Beginning, Scenario};
use super::screen::TabView;
use super::undo::Deeds;
use crate::console::terminal::Terminal;

/// Packets that are looked at after one frame.
const PACKETS_KEPT: usize = 256;

/// A tab and its terminal.
struct Tab {
    id: TabId,
    host: HostId,
    title: String,
    prompt: String,
    terminal: Rc<Terminal>,
}

/// A world that runs.
pub(crate) struct Running {
    /// How it began.
    pub(crate) scenario: Scenario,
    pub(super) console: Console,
    pub(super) founding: Option<Beginning>,
    /// Lines that were typed while it was being founded.
    early: Vec<(usize, String)>,
    /// A lesson's setup, and the seed that chooses its variant.
    pub(super) setup: Option<(lessons::format::Start, u64)>,
    /// Whether the setup has run.
    set_up: bool,
    /// Why the setup failed.
    pub(super) setup_failure: Option<String>,
    /// When the founding was over and the run began.
    pub(super) origin: Mono,
    tabs: Vec<Tab>,
    pub(super) lens: Lens,
    past: Past,
    deeds: Deeds,
    pub(super) seed: u64,
    pub(super) log: Log,
    /// A shared run on its way back.
    pub(super) replay: Option<Replay>,
    /// What became of a shared run here.
    pub(super) outcome: Option<Rc<Outcome>>,
}

impl Running {
    /// A new world.
    pub(crate) fn new(seed: u64, scenario: Scenario) -> Self {
        Self::with(seed, scenario, None)
    }

    /// A new world that differs from others of its seed in one knob.
    pub(super) fn with(seed: u64, scenario: Scenario, knob: Option<Knob>) -> Self {
        let (hosts, founding) = scenario.prepare(knob.and_then(Knob::replicas).unwrap_or(1));
        let mut world = World::new(Seed::from_number(seed), &hosts);
        // The tests try every knob: none is refused.
        let _ = world.impose(&knob.map(Knob::directives).unwrap_or_default());
        world.remember_packets(PACKETS_KEPT);
        let mut console = Console::new(Rc::new(RefCell::new(world)));
        let hosts: Vec<String> =
            console.with_world(|w| w.hosts().iter().map(|h| h.name.clone()).collect());
        let tabs = hosts
            .into_iter()
            .enumerate()
            .map(|(host, title)| Tab {
                id: console.open(HostId(host)),
                host: HostId(host),
                title,
                prompt: String::new(),
                terminal: Rc::default(),
            })
            .collect();
        Self {
            scenario,
            console,
            founding,
            early: Vec::new(),
            setup: None,
            set_up: false,
            setup_failure: None,
            origin: Mono::ZERO,
            tabs,
            lens: Lens::new(seed),
            past: Past::default(),
            deeds: Deeds::default(),
            seed,
            log: Log::default(),
            replay: None,
            outcome: None,
        }
    }

    /// Another run that begins at an earlier moment of this one, with fresh shells; `terminals`
    /// are what stands on its tabs.
    pub(crate) fn branch(&self, moment: Moment, terminals: Vec<Rc<Terminal>>) -> Self {
        let place = moment.world.place();
        let kept: Vec<(HostId, Kept)> =
            self.tabs.iter().map(|t| (t.host, self.console.kept(t.id))).collect();
        let mut past = self.past.clone();
        past.cut(place);
        let mut deeds = self.deeds.clone();
        deeds.cut(place);
        let mut log = self.log.clone();
        log.cut(place);
        let folders = kept.iter().map(|(_, kept)| kept.cwd.clone()).collect();
        log.note(&moment.world, Act::Fork(folders));
        let world = Rc::new(RefCell::new(moment.world));
        let (console, ids) = Console::take_over(world, &kept);
        let tabs = self.tabs.iter().zip(ids).zip(terminals);
        let tabs = tabs.map(|((tab, id), terminal)| Tab {
            id,
            host: tab.host,
            title: tab.title.clone(),
            prompt: String::new(),
            terminal,
        });
        Self {
            scenario: self.scenario.clone(),
            console,
            founding: None,
            early: Vec::new(),
            setup: self.setup.clone(),
            set_up: self.set_up,
            setup_failure: None,
            origin: self.origin,
            tabs: tabs.collect(),
            lens: moment.lens,
            past,
            deeds,
            seed: self.seed,
            log,
            replay: None,
            outcome: self.outcome.clone(),
        }
    }

    /// The terminals as they were at an earlier instant.
    pub(crate) fn terminals_until(&self, us: u64) -> Vec<Rc<Terminal>> {
        self.tabs.iter().map(|t| Rc::new(t.terminal.until(us))).collect()
    }

    /// The run as it was at a place.
    pub(crate) fn moment(&self, place: Place) -> Option<Moment> {
        self.with_world(|present| self.past.at(present, place))
    }

    /// Since when there is a way back; where there is none, since when it runs.
    pub(crate) fn begin(&self) -> Mono {
        let none = || if self.is_crowd() { self.origin } else { self.now() };
        self.past.begin().unwrap_or_else(none)
    }

    /// Takes back the last line that changed something: the run without it.
    pub(crate) fn undone(&self) -> Option<Self> {
        let deed = self.with_world(|world| self.deeds.last_change(world).cloned())?;
        let moment = self.moment(deed.place)?;
        Some(self.branch(moment, deed.terminals))
    }

    /// The last line that changed something.
    pub(crate) fn last_change(&self) -> Option<String> {
        self.with_world(|world| self.deeds.last_change(world).map(|d| d.line.clone()))
    }

    /// Virtual time.
    pub(crate) fn now(&self) -> Mono {
        self.console.now()
    }

    /// Whether it may be used.
    pub(crate) const fn is_ready(&self) -> bool {
        self.founding.is_none() && self.replay.is_none()
    }

    /// What became of a shared run here.
    pub(crate) const fn outcome(&self) -> Option<&Rc<Outcome>> {
        self.outcome.as_ref()
    }

    /// Fresh shells in these folders, in a run that goes on.
    pub(super) fn fork(&mut self, folders: &[String]) {
        self.log.note(&self.console.world().borrow(), Act::Fork(folders.to_vec()));
        let kept = |ix: usize, tab: &Tab| {
            let cwd = folders.get(ix).cloned().unwrap_or_default();
            (tab.host, Kept { cwd, ..self.console.kept(tab.id) })
        };
        let kept: Vec<(HostId, Kept)> =
            self.tabs.iter().enumerate().map(|(ix, tab)| kept(ix, tab)).collect();
        let (console, ids) = Console::take_over(Rc::clone(self.console.world()), &kept);
        self.console = console;
        for (tab, id) in self.tabs.iter_mut().zip(ids) {
            tab.id = id;
        }
    }

    /// Goes on with the founding; what happened in it is not told.
    pub(crate) fn found(&mut self) {
        let Some(founding) = &mut self.founding else { return self.do_again() };
        if founding.advance(&mut self.console) {
            self.founding = None;
            self.set_up();
            self.origin = self.now();
            self.begin_to_listen();
            for (tab, line) in std::mem::take(&mut self.early) {
                self.submit(tab, &line);
            }
        }
    }

    /// A lesson's setup: it runs, unseen, as soon as the world is ready.
    pub(crate) fn prepare(&mut self, start: &lessons::format::Start, seed: u64) {
        self.setup = Some((start.clone(), seed));
        if self.founding.is_none() {
            self.set_up();
            self.origin = self.now();
        }
    }

    fn set_up(&mut self) {
        if let (Some((start, seed)), false) = (&self.setup, self.set_up) {
            self.set_up = true;
            let done = lessons::scenario::prepare(self.console.world(), start, *seed);
            // The checker walks the same lines of the course; a lesson from elsewhere may fail here.
            self.setup_failure = done.err().map(|failure| failure.to_string());
            // The setup had a console of its own: the learner's shells see what it left.
            self.settle(self.now());
            self.begin_to_listen();
        }
    }

    /// The host of a tab.
    pub(super) fn title_of(&self, tab: usize) -> Option<String> {
        self.tabs.get(tab).map(|t| t.title.clone())
    }

    /// Looks at the world.
    pub(crate) fn with_world<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        self.console.with_world(look)
    }

    /// Lets one thing happen, if anything is due until `until`.
    pub(crate) fn step(&mut self, until: Mono) -> bool {
        let due = self.console.with_world(World::next_due);
        due.is_some_and(|at| at <= until) && self.console.step()
    }

    /// Nothing more is due until `until`: it is that late now.
    pub(crate) fn settle(&mut self, until: Mono) {
        self.console.advance(until);
    }

    /// A line was typed.
    pub(crate) fn submit(&mut self, tab: usize, line: &str) {
        if self.founding.is_some() {
            self.early.push((tab, line.to_owned()));
        } else if let Some(id) = self.tabs.get(tab).map(|t| t.id) {
            let terminals = self.tabs.iter().map(|t| Rc::clone(&t.terminal)).collect();
            let world = Rc::clone(self.console.world());
            self.deeds.done(&world.borrow(), line, terminals);
            self.log.note(&world.borrow(), Act::Type(tab, line.to_owned()));
            self.console.submit(id, line);
        }
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&mut self, tab: usize) {
        if let Some(id) = self.tabs.get(tab).map(|t| t.id) {
            self.log.note(&self.console.world().borrow(), Act::Interrupt(tab));
            self.console.interrupt(id);
        }
    }

    /// Ctrl-D.
    pub(crate) fn end_of_input(&mut self, tab: usize) {
        if let Some(id) = self.tabs.get(tab).map(|t| t.id) {
            self.log.note(&self.console.world().borrow(), Act::End(tab));
            self.console.end_of_input(id);
        }
    }

    /// Ctrl-L.
    pub(crate) fn clear(&mut self, tab: usize) {
        if let Some(tab) = self.tabs.get_mut(tab) {
            Rc::make_mut(&mut tab.terminal).clear();
        }
    }

    /// Whole lines that a line may become.
    pub(crate) fn complete(&self, tab: usize, line: &str) -> Vec<String> {
        self.tabs.get(tab).map(|t| self.console.complete(t.id, line)).unwrap_or_default()
    }

    /// What redis-cli shows in grey behind a line.
    pub(crate) fn hint(&self, tab: usize, line: &str) -> Option<String> {
        self.console.hint(self.tabs.get(tab)?.id, line)
    }

    /// Whether a program runs in the foreground anywhere.
    pub(crate) fn is_busy(&self) -> bool {
        self.tabs.iter().any(|t| !self.console.is_idle(t.id))
    }

    /// What the page remembers of it.
    pub(crate) const fn lens(&self) -> &Lens {
        &self.lens
    }

    /// What happened so far is not told.
    fn begin_to_listen(&mut self) {
        if !self.skip() {
            self.listen(None, 1.0);
            self.lens.forget_events();
        }
    }

    /// Hears what happened since the last time; `true` when a mark was among it. Packets that
    /// tell something go to `deck`.
    pub(crate) fn listen(&mut self, deck: Option<&Deck>, speed: f64) -> bool {
        let world = Rc::clone(self.console.world());
        let world = world.borrow();
        let marked = self.lens.listen(&world, deck, speed);
        if self.founding.is_none() {
            self.past.note(&world, &self.lens);
        }
        marked
    }

    /// Moves what programs printed onto the terminals; `true` when anything changed.
    pub(crate) fn read_terminals(&mut self) -> bool {
        let mut changed = false;
        let now_us = self.console.now().as_micros();
        for tab in &mut self.tabs {
            if self.console.take_clear(tab.id) {
                Rc::make_mut(&mut tab.terminal).clear();
                changed = true;
            }
            let prompt = self.console.prompt(tab.id).unwrap_or_default();
            if prompt != tab.prompt {
                tab.prompt = prompt;
                changed = true;
            }
            for chunk in self.console.take_output(tab.id) {
                changed = true;
                let terminal = Rc::make_mut(&mut tab.terminal);
                terminal.tick(now_us);
                match chunk.style {
                    Style::Prompt => terminal.prompt(&chunk.text),
                    Style::Input | Style::Stdout | Style::Stderr => terminal.print(&chunk.text),
                }
            }
        }
        changed
    }

    /// The tabs as they are.
    pub(crate) fn tabs(&self) -> Vec<TabView> {
        self.tabs
            .iter()
            .map(|t| TabView {
                title: t.title.clone(),
                prompt: t.prompt.clone(),
                busy: !self.is_ready() || !self.console.is_idle(t.id),
                terminal: Rc::clone(&t.terminal),
            })
            .collect()
    }

    /// The tabs as they were at an earlier instant.
    pub(crate) fn tabs_until(&self, us: u64) -> Vec<TabView> {
        let terminals = self.terminals_until(us).into_iter();
        let early = self.tabs().into_iter().zip(terminals);
        early.map(|(tab, terminal)| TabView { terminal, busy: false, ..tab }).collect()
    }

    /// The world as it is.
    pub(crate) fn observe(&mut self) -> Shown {
        let world = Rc::clone(self.console.world());
        let world = world.borrow();
        self.lens.show(&world)
    }
}
