//! One world with its console, and all that the page remembers of it.

use std::cell::RefCell;
use std::rc::Rc;

use engine::base::{Mono, Seed};
use engine::shell::{Console, Style, TabId};
use engine::sim::{HostSpec, What, World};

use super::flights::Deck;
use super::founding::Founding;
use super::model::{EventView, WorldView};
use super::observe::Observer;
use super::roster::Roster;
use super::screen::{Scenario, TabView};
use super::tell;
use super::traffic::Traffic;
use crate::console::terminal::Terminal;

/// Events that are kept.
const EVENTS_KEPT: usize = 400;
/// Packets that are looked at after one frame.
const PACKETS_KEPT: usize = 256;

/// A tab and its terminal.
struct Tab {
    id: TabId,
    title: String,
    prompt: String,
    terminal: Rc<Terminal>,
}

/// A world that runs.
pub(crate) struct Running {
    /// How it began.
    pub(crate) scenario: Scenario,
    console: Console,
    founding: Option<Founding>,
    /// Lines that were typed while it was being founded.
    early: Vec<(usize, String)>,
    /// A lesson's setup, and the seed that chooses its variant.
    setup: Option<(lessons::format::Start, u64)>,
    tabs: Vec<Tab>,
    roster: Roster,
    observer: Observer,
    traffic: Traffic,
    names: Rc<Vec<String>>,
    events: Rc<Vec<Rc<EventView>>>,
    told: usize,
    units: u64,
    marks: u64,
}

impl Running {
    /// A new world.
    pub(crate) fn new(seed: u64, scenario: Scenario) -> Self {
        let mut world = World::new(Seed::from_number(seed), &HostSpec::seed_hosts());
        world.remember_packets(PACKETS_KEPT);
        let mut console = Console::new(Rc::new(RefCell::new(world)));
        let hosts: Vec<String> =
            console.with_world(|w| w.hosts().iter().map(|h| h.name.clone()).collect());
        let tabs = hosts
            .into_iter()
            .enumerate()
            .map(|(host, title)| Tab {
                id: console.open(engine::sim::HostId(host)),
                title,
                prompt: String::new(),
                terminal: Rc::default(),
            })
            .collect();
        let founding = (scenario == Scenario::Formed).then(Founding::new);
        Self {
            scenario,
            console,
            founding,
            early: Vec::new(),
            setup: None,
            tabs,
            roster: Roster::default(),
            observer: Observer::new(seed),
            traffic: Traffic::default(),
            names: Rc::default(),
            events: Rc::default(),
            told: 0,
            units: 0,
            marks: 0,
        }
    }

    /// Virtual time.
    pub(crate) fn now(&self) -> Mono {
        self.console.now()
    }

    /// Whether it may be used.
    pub(crate) const fn is_ready(&self) -> bool {
        self.founding.is_none()
    }

    /// Goes on with the founding; what happened in it is not told.
    pub(crate) fn found(&mut self) {
        let Some(founding) = &mut self.founding else { return };
        if founding.advance(&mut self.console) {
            self.founding = None;
            self.set_up();
            self.listen(None, 1.0);
            self.events = Rc::default();
            self.marks = 0;
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
        }
    }

    fn set_up(&mut self) {
        if let Some((start, seed)) = self.setup.take() {
            // The checker walks the same lines: what fails here has failed there.
            let _ = lessons::scenario::prepare(self.console.world(), &start, seed);
        }
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
        } else if let Some(tab) = self.tabs.get(tab) {
            self.console.submit(tab.id, line);
        }
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&mut self, tab: usize) {
        if let Some(tab) = self.tabs.get(tab) {
            self.console.interrupt(tab.id);
        }
    }

    /// Ctrl-D.
    pub(crate) fn end_of_input(&mut self, tab: usize) {
        if let Some(tab) = self.tabs.get(tab) {
            self.console.end_of_input(tab.id);
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

    /// How many events with a mark there were.
    pub(crate) const fn marks(&self) -> u64 {
        self.marks
    }

    /// Hears what happened since the last time; `true` when a mark was among it. Packets that
    /// tell something go to `deck`.
    pub(crate) fn listen(&mut self, deck: Option<&Deck>, speed: f64) -> bool {
        let world = Rc::clone(self.console.world());
        let world = world.borrow();
        let trace = world.trace();
        let before = self.marks;
        let entries = trace.entries();
        if self.told < entries.len() {
            self.roster.look(&world);
            self.rename(&world);
        }
        for entry in entries.get(self.told..).unwrap_or_default() {
            self.told += 1;
            if let What::Node(kind) = &entry.what
                && let Some(ix) = entry.who.addr.and_then(|a| self.roster.of_addr(a))
                && let Some(node) = self.roster.get_mut(ix)
            {
                node.election = tell::stand(kind, node.election);
            }
            let seq = self.told as u64;
            if let Some(event) = tell::tell(entry, seq, &self.roster, &self.names) {
                self.marks += u64::from(event.mark.is_some());
                keep(Rc::make_mut(&mut self.events), event);
            }
        }
        let fresh = usize::try_from(trace.units.saturating_sub(self.units)).unwrap_or(usize::MAX);
        self.units = trace.units;
        let mut packets: Vec<_> = trace.packets().rev().take(fresh).collect();
        packets.reverse();
        for packet in packets {
            let flight = self.traffic.flight(packet, &self.roster, &self.names);
            if let (Some(deck), Some(flight)) = (deck, flight) {
                deck.0.borrow_mut().depart(flight, speed);
            }
        }
        self.marks > before
    }

    fn rename(&mut self, world: &World) {
        if self.names.len() == self.roster.nodes().len() {
            return;
        }
        let name = |n: &super::roster::Seen| {
            let host = world.hosts().get(n.host).map_or("?", |h| h.name.as_str());
            format!("{host}:{}", n.addr.port())
        };
        self.names = Rc::new(self.roster.nodes().iter().map(name).collect());
    }

    /// Moves what programs printed onto the terminals; `true` when anything changed.
    pub(crate) fn read_terminals(&mut self) -> bool {
        let mut changed = false;
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

    /// The world as it is.
    pub(crate) fn observe(&mut self) -> WorldView {
        let world = Rc::clone(self.console.world());
        let world = world.borrow();
        self.roster.look(&world);
        self.rename(&world);
        self.observer.observe(&world, &mut self.roster)
    }

    /// The names of the nodes.
    pub(crate) fn names(&self) -> Rc<Vec<String>> {
        Rc::clone(&self.names)
    }

    /// What happened, oldest first.
    pub(crate) fn events(&self) -> Rc<Vec<Rc<EventView>>> {
        Rc::clone(&self.events)
    }
}

fn keep(events: &mut Vec<Rc<EventView>>, event: EventView) {
    if events.len() >= EVENTS_KEPT {
        events.drain(..EVENTS_KEPT / 4);
    }
    events.push(Rc::new(event));
}
