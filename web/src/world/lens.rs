//! What the page remembers of one run besides the world itself. Plain data: a clone of a world and
//! its lens is a moment to come back to.

use std::rc::Rc;
use std::sync::Arc;

use engine::base::NodeId;
use engine::node::EventKind;
use engine::sim::{Entry, What, World};

use super::desk::Desk;
use super::flights::Deck;
use super::ledger::Ledger;
use super::mail::Mail;
use super::model::{EventView, MANY, SlotsView, WorldView};
use super::motion::Tally;
use super::observe::Observer;
use super::roster::{Roster, Seen};
use super::screen::{Details, Until};
use super::tell;
use super::traffic::Traffic;

/// Events that are kept.
const EVENTS_KEPT: usize = 4000;

/// What is shown of a moment.
pub(crate) struct Shown {
    /// The world.
    pub view: WorldView,
    /// The names of its nodes.
    pub names: Rc<Vec<String>>,
    /// What had happened.
    pub events: Rc<Vec<Rc<EventView>>>,
    /// What is looked at closely.
    pub details: Details,
}

/// Roster, colours, names and events of a run.
#[derive(Clone, Default)]
pub(crate) struct Lens {
    roster: Roster,
    observer: Observer,
    traffic: Traffic,
    mail: Mail,
    desk: Desk,
    ledger: Ledger,
    names: Rc<Vec<String>>,
    events: Rc<Vec<Rc<EventView>>>,
    told: usize,
    units: u64,
    marks: u64,
}

impl Lens {
    /// Of a world that was made from that seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { observer: Observer::new(seed), ..Self::default() }
    }

    /// What happened so far is not worth telling.
    pub(crate) fn forget_events(&mut self) {
        self.events = Rc::default();
        self.marks = 0;
    }

    /// How much has happened.
    pub(super) const fn tally(&self) -> Tally {
        Tally { marks: self.marks, told: self.told as u64, units: self.units }
    }

    /// Whether what is waited for has happened since `before`.
    pub(super) fn has(&self, until: Until, before: Tally) -> bool {
        match until {
            Until::Mark => self.marks > before.marks,
            Until::Message => self.units > before.units,
            Until::Event(key) => {
                self.events.iter().rev().take_while(|e| e.seq > before.told).any(|e| e.key == key)
            }
            Until::Passed(_) => false,
        }
    }

    /// The names of the nodes.
    pub(crate) fn names(&self) -> Rc<Vec<String>> {
        Rc::clone(&self.names)
    }

    /// What happened, oldest first.
    pub(crate) fn events(&self) -> Rc<Vec<Rc<EventView>>> {
        Rc::clone(&self.events)
    }

    /// Messages, elections, writes: what is looked at closely beside the stage.
    fn details(&self, world: &World, slots: &SlotsView) -> Details {
        Details {
            letters: self.mail.all(),
            elections: self.desk.elections(),
            writes: self.ledger.writes(world, (&self.roster, &self.names), slots),
            redirects: self.ledger.redirects(),
        }
    }

    /// Hears what happened since the last time; `true` when a mark was among it. Packets that
    /// tell something go to `deck`.
    pub(crate) fn listen(&mut self, world: &World, deck: Option<&Deck>, speed: f64) -> bool {
        let trace = world.trace();
        let before = self.marks;
        let entries = trace.entries();
        let fresh = entries.get(self.told..).unwrap_or_default();
        // With very many nodes a look at all processes is not worth it for every word.
        if if self.is_crowd() { fresh.iter().any(moves) } else { !fresh.is_empty() } {
            self.roster.look(world);
            self.rename(world);
        }
        for entry in fresh {
            self.told += 1;
            if let What::Node(kind) = &entry.what
                && let Some(ix) = entry.who.addr.and_then(|a| self.roster.of_addr(a))
                && let Some(node) = self.roster.get_mut(ix)
            {
                node.election = tell::stand(kind, node.election);
                let (roster, names) = (&self.roster, &self.names);
                let name = |id: &NodeId| {
                    let name = roster.of_id(id).and_then(|ix| names.get(ix));
                    name.cloned().unwrap_or_default()
                };
                let at = names.get(ix).map_or("", String::as_str);
                self.desk.hear(entry.at.as_micros(), at, kind, name);
                if self.is_crowd() {
                    self.observer.hurry(ix, kind);
                }
            }
            let seq = self.told as u64;
            if let Some(mut event) = tell::tell(entry, seq, &self.roster, &self.names) {
                if self.is_crowd() {
                    self.observer.drop_echo(&mut event);
                }
                self.marks += u64::from(event.mark.is_some());
                keep(Rc::make_mut(&mut self.events), event);
            }
        }
        self.watch_packets(world, deck, speed);
        self.marks > before
    }

    /// Whether there are too many nodes to look at all that they believe.
    pub(crate) fn is_crowd(&self) -> bool {
        self.names.len() > MANY
    }

    /// What happened until now is not looked at one by one, and whoever was seen in between counts for
    /// nothing: places and colours go by host and port, however often it was looked at meanwhile.
    #[inline(never)]
    pub(crate) fn skip(&mut self, world: &World) {
        *self = Self::new(self.observer.seed());
        self.roster.look(world);
        self.rename(world);
        self.told = world.trace().entries().len();
        self.units = world.trace().units;
    }

    /// Counts what some of very many nodes believe, until `spent` says that it is enough.
    /// Gives how many were looked at.
    pub(crate) fn survey(&mut self, world: &World, spent: &dyn Fn() -> bool) -> usize {
        self.observer.survey(world, &self.roster, spent)
    }

    fn watch_packets(&mut self, world: &World, deck: Option<&Deck>, speed: f64) {
        let trace = world.trace();
        let fresh = usize::try_from(trace.units.saturating_sub(self.units)).unwrap_or(usize::MAX);
        self.units = trace.units;
        let mut packets: Vec<_> = trace.packets().rev().take(fresh).collect();
        packets.reverse();
        for packet in packets {
            let (letter, flight) = self.traffic.look(packet, &self.roster, &self.names);
            self.mail.arrived(letter);
            self.ledger.hear(packet, &self.roster, world);
            if let (Some(deck), Some(flight)) = (deck, flight) {
                deck.0.borrow_mut().depart(flight, speed);
            }
        }
    }

    fn rename(&mut self, world: &World) {
        if self.names.len() == self.roster.nodes().len() {
            return;
        }
        let name = |n: &Seen| {
            let host = world.hosts().get(n.host).map_or("?", |h| h.name.as_str());
            format!("{host}:{}", n.addr.port())
        };
        self.names = Rc::new(self.roster.nodes().iter().map(name).collect());
    }

    /// The world as it is.
    pub(crate) fn show(&mut self, world: &World) -> Shown {
        self.roster.look(world);
        self.rename(world);
        let view = self.observer.observe(world, &mut self.roster);
        let details = self.details(world, &view.slots);
        Shown { view, names: self.names(), events: self.events(), details }
    }
}

/// Whether somebody may have come or gone, or be somebody else.
fn moves(entry: &Arc<Entry>) -> bool {
    matches!(
        entry.what,
        What::ServerStarted | What::ServerEnded(_) | What::Node(EventKind::AdminCommand { .. })
    )
}

fn keep(events: &mut Vec<Rc<EventView>>, event: EventView) {
    if events.len() >= EVENTS_KEPT {
        events.drain(..EVENTS_KEPT / 4);
    }
    events.push(Rc::new(event));
}
