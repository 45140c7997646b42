//! Twins: a second world of the same seed, given the same inputs at the same instants, with one
//! knob turned. It follows what is done in the first one: nothing is ever typed here alone.

use std::rc::Rc;

use engine::base::Mono;
use engine::sim::{Place, World};

use super::differ::{self, Diff, Side};
use super::driver::STEPS_A_LOOK;
use super::flights::Deck;
use super::knob::Knob;
use super::lens::Shown;
use super::log::Act;
use super::model::{EventView, WorldView};
use super::motion::Tally;
use super::past::Moment;
use super::running::Running;
use super::screen::{Details, TabView, Until};

/// So many steps between two looks, so that no packet is missed.
const LISTEN_EVERY: usize = 128;

/// The second world.
pub(super) struct Twin {
    /// What is turned.
    pub knob: Knob,
    running: Running,
    deck: Deck,
    /// How many of the first world's deeds were done here.
    next: usize,
    /// Whether it has ever stood where the first one stands.
    caught_up: bool,
    /// The past that is looked at, together with the first world's.
    looking: Option<Box<Moment>>,
    /// Whether the console shows what was printed here.
    pub watched: bool,
    /// How much had happened here when the wait for something began.
    pub before: Tally,
}

/// What the page shows of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TwinScreen {
    /// What is turned.
    pub knob: Knob,
    /// Whether it stands where the first one stands.
    pub ready: bool,
    /// Whether the console shows what was printed here.
    pub watched: bool,
    /// The world.
    pub view: Rc<WorldView>,
    /// Messages, elections, writes.
    pub details: Rc<Details>,
    /// All that happened, on the first world's clock.
    pub events: Rc<Vec<Rc<EventView>>>,
    /// In what it differs from the first.
    pub diff: Rc<Diff>,
}

impl Twin {
    /// The twin of a run. It begins at the beginning.
    pub(super) fn of(first: &Running, knob: Knob, deck: Deck) -> Self {
        let mut running = Running::with(first.seed, first.scenario.clone(), Some(knob));
        if let Some((start, seed)) = &first.setup {
            running.prepare(start, *seed);
        }
        deck.0.borrow_mut().aloft.clear();
        Self {
            knob,
            running,
            deck,
            next: 0,
            caught_up: false,
            looking: None,
            watched: false,
            before: Tally::default(),
        }
    }

    /// An instant of the first world, here: both count from the end of their founding.
    fn here(&self, first: &Running, at: Mono) -> Mono {
        let since = at.as_micros().saturating_sub(first.origin.as_micros());
        Mono::from_micros(self.running.origin.as_micros().saturating_add(since))
    }

    /// Whether it has yet to come as far as the first world, or to notice that it has.
    pub(super) fn lags(&self, first: &Running) -> bool {
        !self.caught_up
            || self.next < first.log.0.len()
            || self.running.now() < self.here(first, first.now())
    }

    /// Follows the first world until `spent` says that it is enough for now. With `until` it stops
    /// as soon as that has happened here, and says so.
    #[inline(never)]
    pub(super) fn follow(
        &mut self,
        first: &Running,
        spent: &dyn Fn() -> bool,
        speed: f64,
        until: Option<(Until, Tally)>,
    ) -> bool {
        while !self.running.is_ready() {
            if spent() {
                return false;
            }
            self.running.found();
        }
        let deck = self.caught_up.then(|| self.deck.clone());
        let mut steps = 0;
        loop {
            let noted = first.log.0.get(self.next);
            let target = noted.map_or(first.now(), |n| Mono::from_micros(n.at_us));
            let target = self.here(first, target);
            while self.running.step(target) {
                steps += 1;
                if steps % STEPS_A_LOOK != 0 {
                    continue;
                }
                if until.is_some() || steps % LISTEN_EVERY == 0 {
                    self.running.listen(deck.as_ref(), speed);
                }
                if until.is_some_and(|(until, before)| self.running.lens().has(until, before)) {
                    return true;
                }
                if spent() {
                    self.running.listen(deck.as_ref(), speed);
                    return false;
                }
            }
            self.running.settle(target);
            let Some(noted) = noted else { break };
            self.next += 1;
            self.do_act(&noted.act);
        }
        self.running.listen(deck.as_ref(), speed);
        self.caught_up = true;
        until.is_some_and(|(until, before)| self.running.lens().has(until, before))
    }

    fn do_act(&mut self, act: &Act) {
        let Act::Type(tab, line) = act else { return self.running.do_act(act) };
        self.running.read_terminals();
        let prompt = self.running.tabs().get(*tab).map(|t| t.prompt.clone()).unwrap_or_default();
        for line in self.knob.lines(&prompt, line) {
            self.running.submit(*tab, &line);
        }
    }

    /// Whether it has ever stood where the first world stands.
    pub(super) const fn is_there(&self) -> bool {
        self.caught_up
    }

    /// A wait for something begins.
    pub(super) fn begin_wait(&mut self) {
        self.before = self.running.lens().tally();
    }

    /// Moves what was printed onto its terminals; `true` when somebody looks at them.
    pub(super) fn read_terminals(&mut self) -> bool {
        self.running.read_terminals() && self.watched
    }

    /// Looks at the same instant of the past as the first world, or at the present (`None`).
    pub(super) fn look_at(&mut self, first: &Running, at: Option<Mono>) {
        self.deck.0.borrow_mut().aloft.clear();
        let at = at.map(|at| self.here(first, at));
        self.looking = at
            .filter(|at| *at < self.running.now())
            .and_then(|at| self.running.moment(Place::time(at.max(self.running.begin()))))
            .map(Box::new);
    }

    /// The past goes on here as it goes on in the first world.
    #[inline(never)]
    pub(super) fn follow_past(&mut self, first: &Running, at: Mono) {
        let place = Place::time(self.here(first, at));
        if let Some(moment) = &mut self.looking {
            self.running.with_world(|present| moment.go_on(present, place));
        }
    }

    /// Its tabs, as they are or were.
    pub(super) fn tabs(&self) -> Vec<TabView> {
        match &self.looking {
            Some(moment) => self.running.tabs_until(moment.world.now().as_micros()),
            None => self.running.tabs(),
        }
    }

    /// Looks at it, as it is or as it was.
    pub(super) fn with_world<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        match &self.looking {
            Some(moment) => look(&moment.world),
            None => self.running.with_world(look),
        }
    }

    /// What the page shows of it beside the first world.
    #[inline(never)]
    pub(super) fn screen(&mut self, first: &Running, a: &Side<'_>) -> TwinScreen {
        let Shown { mut view, names, events, details } = match &mut self.looking {
            Some(moment) => moment.lens.show(&moment.world),
            None => self.running.observe(),
        };
        let ahead = (first.origin.as_micros() as i64) - (self.running.origin.as_micros() as i64);
        let there = |us: u64| us.saturating_add_signed(ahead);
        view.now_us = there(view.now_us);
        let shift = |events: Rc<Vec<Rc<EventView>>>| match ahead {
            0 => events,
            _ => Rc::new(
                events
                    .iter()
                    .map(|e| Rc::new(EventView { at_us: there(e.at_us), ..(**e).clone() }))
                    .collect(),
            ),
        };
        let (events, all) = (shift(events), shift(self.running.lens().events()));
        let b = Side { view: &view, names: &names, events: &events, details: &details };
        let diff = Rc::new(differ::differ(a, &b));
        TwinScreen {
            knob: self.knob,
            ready: self.caught_up,
            watched: self.watched,
            view: Rc::new(view),
            details: Rc::new(details),
            events: all,
            diff,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::model::Role;
    use crate::world::scenario::Scenario;

    fn ready(seed: u64) -> Running {
        let mut run = Running::new(seed, Scenario::Formed);
        while !run.is_ready() {
            run.found();
        }
        run
    }

    fn wait(run: &mut Running, ms: u64) {
        let until = run.now().plus_ms(ms);
        while run.step(until) {
            run.listen(None, 1.0);
        }
        run.settle(until);
        run.listen(None, 1.0);
    }

    fn twin(run: &Running, knob: Knob) -> Twin {
        let mut twin = Twin::of(run, knob, Deck::default());
        for _ in 0..100_000 {
            if !twin.lags(run) {
                break;
            }
            twin.follow(run, &|| false, 1.0, None);
        }
        assert!(!twin.lags(run));
        twin
    }

    fn kill(run: &mut Running) {
        wait(run, 500);
        run.submit(0, "kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)");
    }

    #[test]
    fn a_twin_that_differs_in_nothing_is_the_same_to_the_digest() {
        let mut run = ready(3);
        kill(&mut run);
        wait(&mut run, 20_000);
        run.submit(1, "redis-cli -c -h 192.168.40.1 -p 6380 set foo bar");
        wait(&mut run, 700);
        // The founding writes 15 s into every configuration already.
        let twin = twin(&run, Knob::Timeout(15));
        assert_eq!(twin.running.share().digest, run.share().digest);
    }

    #[test]
    fn a_shorter_timeout_elects_earlier_and_the_page_says_when() {
        let mut run = ready(4);
        kill(&mut run);
        wait(&mut run, 9_000);
        let mut twin = twin(&run, Knob::Timeout(2));
        let Shown { view, names, events, details } = run.observe();
        let a = Side { view: &view, names: &names, events: &events, details: &details };
        let screen = twin.screen(&run, &a);
        assert_eq!(
            screen.view.nodes.iter().filter(|n| n.role == Some(Role::Master) && n.runs()).count(),
            3
        );
        assert_eq!(view.slots.covered(), 16384 - 5462);
        let slots: Vec<_> = screen.diff.slots.iter().map(|s| (s.first, s.last)).collect();
        assert_eq!(slots, [(0, 5461)]);
        let won = screen.diff.moments.iter().find(|m| m.event.key == "event-won").unwrap();
        assert!(won.a.is_none() && won.b.is_some());
        assert_eq!(view.now_us, screen.view.now_us, "both stand at the same instant");
    }

    #[test]
    fn a_lost_write_is_a_surprise_in_one_world_and_none_in_the_other() {
        let mut run = ready(6);
        run.submit(1, "net cut db01 db02; net cut db01 db03");
        wait(&mut run, 300);
        // Slot 866 is the cut-off master's, which does not know yet that it is alone.
        run.submit(0, "redis-cli -h 192.168.40.5 -p 6380 set hello lost");
        wait(&mut run, 40_000);
        run.submit(1, "net heal");
        wait(&mut run, 15_000);
        let mut twin = twin(&run, Knob::Wait(1));
        let Shown { view, names, events, details } = run.observe();
        let a = Side { view: &view, names: &names, events: &events, details: &details };
        let figures = twin.screen(&run, &a).diff.figures.clone();
        let figure = |key| figures.iter().find(|f| f.key == key).map(|f| (f.a, f.b));
        assert_eq!(figure("differ-acknowledged"), Some((1, 1)));
        assert_eq!(figure("fate-lost"), Some((1, 0)));
        assert_eq!(figure("fate-warned"), Some((0, 1)));
    }

    #[test]
    fn a_twin_of_a_run_that_parted_in_the_middle_of_a_command_catches_up() {
        let mut run = Running::new(1, Scenario::Bare);
        run.listen(None, 1.0);
        for (tab, ip) in ["192.168.40.5", "192.168.40.1", "192.168.40.2"].into_iter().enumerate() {
            let options = "--cluster-enabled yes --daemonize yes --protected-mode no";
            let file = "--cluster-config-file n$p.conf";
            run.submit(tab, &format!("for p in 6380 6381; do redis-server --bind {ip} --port $p {file} {options}; done"));
            wait(&mut run, 2_000);
        }
        let all = ["5:6380", "5:6381", "1:6380", "1:6381", "2:6380", "2:6381"];
        let all = all.map(|end| format!("192.168.40.{end}")).join(" ");
        run.submit(
            2,
            &format!("redis-cli --cluster create {all} --cluster-replicas 1 --cluster-yes"),
        );
        wait(&mut run, 20_000);
        let events = run.lens().events();
        let last = events.iter().rev().find(|e| e.key == "event-now-replica").unwrap();
        let at = last.at_us;
        let moment = run.moment(Place::time(Mono::from_micros(at))).unwrap();
        let terminals = run.terminals_until(at);
        let mut run = run.branch(moment, terminals);
        run.submit(2, "redis-cli -h 192.168.40.5 -p 6380 ping");
        wait(&mut run, 4_000);
        twin(&run, Knob::Timeout(2));
    }

    #[test]
    fn every_knob_makes_a_world() {
        let mut run = ready(5);
        wait(&mut run, 300);
        for knob in Knob::ALL {
            let mut twin = twin(&run, knob);
            let nodes = 3 + 3 * usize::from(knob.replicas().unwrap_or(1));
            assert_eq!(twin.running.observe().view.nodes.len(), nodes, "{knob:?}");
            for (name, value) in knob.directives() {
                twin.running
                    .submit(0, &format!("redis-cli -h 192.168.40.5 -p 6380 config get {name}"));
                wait(&mut twin.running, 500);
                twin.running.read_terminals();
                let text = format!("{:?}", twin.running.tabs()[0].terminal);
                assert!(text.contains(&value), "{name} is not {value}: {text}");
            }
        }
    }
}
