//! Watches a world on behalf of a lesson.

use std::collections::BTreeMap;

use engine::sim::World;

use super::detail::Details;
use super::event::{Happening, Pattern, happening};
use super::look::Scene;
use super::view::{NodeFacts, Probes, Snapshot};
use super::{Check, Moment, When};

/// How a demand stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not yet.
    Pending,
    /// Met; for a demand on all time: kept so far.
    Met,
    /// It cannot be met any more.
    Violated,
}

/// Watches a world on behalf of a lesson. A `Clone` is a checkpoint: whoever takes a world back
/// in time takes its judge back with it.
#[derive(Clone, Debug)]
pub struct Judge {
    checks: Vec<Watched>,
    bindings: BTreeMap<String, Pattern>,
    bound: BTreeMap<String, String>,
    start: Snapshot,
    now: Snapshot,
    seen: usize,
    probes: Probes,
}

#[derive(Clone, Debug)]
struct Watched {
    check: Check,
    /// When counting began; `None` before its `since` came.
    since_us: Option<u64>,
    /// Its `until` came: nothing counts any more.
    over: bool,
    details: Details,
    count: u32,
    was_so: bool,
    was_not: bool,
    late: bool,
}

impl Judge {
    /// Begins to watch: what is so now is the beginning, what happened before does not count.
    #[must_use]
    pub fn new<'a>(
        world: &World,
        checks: impl Iterator<Item = &'a Check>,
        bindings: BTreeMap<String, Pattern>,
    ) -> Self {
        let now_us = world.now().as_micros();
        let mut probes = Probes::default();
        let checks: Vec<Watched> = checks
            .map(|check| {
                check.facts().for_each(|fact| fact.probes(&mut probes));
                Watched {
                    since_us: check.since.is_none().then_some(now_us),
                    over: false,
                    details: Details::default(),
                    check: check.clone(),
                    count: 0,
                    was_so: false,
                    was_not: false,
                    late: false,
                }
            })
            .collect();
        let start = Snapshot::of(world, BTreeMap::new(), &probes);
        let mut judge = Self {
            checks,
            bindings,
            bound: BTreeMap::new(),
            now: start.clone(),
            start,
            seen: world.trace().entries().len(),
            probes,
        };
        judge.look();
        judge
    }

    /// Takes note of what happened since the last time, and of what is so now.
    pub fn observe(&mut self, world: &World) {
        let now = Snapshot::of(world, self.now.names.clone(), &self.probes);
        let before = std::mem::replace(&mut self.now, now);
        let news: Vec<Happening> = world
            .trace()
            .entries()
            .iter()
            .skip(self.seen)
            .filter_map(|entry| {
                let host = world.host(entry.host).map_or("", |h| h.name.as_str());
                let node = entry
                    .who
                    .addr
                    .map_or_else(|| host.to_owned(), |addr| format!("{host}:{}", addr.port()));
                let mut event =
                    happening(entry.at.as_micros(), &node, &entry.what, |id| self.now.name_of(id))?;
                if event.name == "server-ended" {
                    let serving = before.nodes.get(&node).is_some_and(NodeFacts::serves);
                    event.fields.insert("serving", serving.to_string());
                }
                Some(event)
            })
            .collect();
        self.seen = world.trace().entries().len();
        for event in &news {
            self.note(event);
        }
        self.look();
    }

    fn note(&mut self, event: &Happening) {
        for (name, pattern) in &self.bindings {
            if !self.bound.contains_key(name) && pattern.fits(event, |n| self.bound.get(n).cloned())
            {
                let node = event.fields.get("node").cloned().unwrap_or_default();
                self.checks.iter_mut().for_each(|w| w.details.set(name, node.clone()));
                self.bound.insert(name.clone(), node);
            }
        }
        let bound = &self.bound;
        for watched in &mut self.checks {
            watched.note(event, &|pattern| pattern.fits(event, |n| bound.get(n).cloned()));
        }
    }

    fn look(&mut self) {
        let bound = &self.bound;
        let lookup = |name: &str| bound.get(name).cloned();
        let scene = Scene { now: &self.now, start: &self.start, bound: &lookup };
        for watched in &mut self.checks {
            watched.look(&scene);
        }
    }

    /// The verdicts, in the order of the checks.
    pub fn verdicts(&self) -> impl ExactSizeIterator<Item = Verdict> {
        self.checks.iter().map(Watched::verdict)
    }

    /// What is known for the words of the checks, in their order.
    pub fn details(&self) -> impl ExactSizeIterator<Item = &Details> {
        self.checks.iter().map(|w| &w.details)
    }

    /// The node that a name stands for, once it is bound.
    #[must_use]
    pub fn bound(&self, name: &str) -> Option<&str> {
        self.bound.get(name).map(String::as_str)
    }

    /// The world as it was last seen.
    #[must_use]
    pub const fn snapshot(&self) -> &Snapshot {
        &self.now
    }
}

impl Watched {
    fn note(&mut self, event: &Happening, fits: &dyn Fn(&Pattern) -> bool) {
        if self.over {
            return;
        }
        if let Some(Moment::Event(since)) = &self.check.since
            && self.since_us.is_none()
            && fits(since)
        {
            self.since_us = Some(event.at_us);
        }
        if self.since_us.is_none() {
            return;
        }
        if let When::Happens { pattern, .. } = &self.check.when
            && fits(pattern)
        {
            self.count = self.count.saturating_add(1);
            self.details.note_event(event);
            self.details.set("count", self.count.to_string());
        }
        if let Some(Moment::Event(until)) = &self.check.until
            && fits(until)
        {
            self.over = true;
        }
    }

    fn look(&mut self, scene: &Scene<'_>) {
        if self.over {
            return;
        }
        if let Some(Moment::So(since)) = &self.check.since
            && self.since_us.is_none()
            && since.look(scene).so
        {
            self.since_us = Some(scene.now.at_us);
        }
        let Some(since) = self.since_us else { return };
        self.look_at_fact(scene);
        if let Some(limit) = self.check.within_ms
            && scene.now.at_us > since.saturating_add(limit.saturating_mul(1000))
            && self.verdict() == Verdict::Pending
        {
            self.late = true;
        }
        if let Some(Moment::So(until)) = &self.check.until
            && until.look(scene).so
        {
            self.over = true;
        }
    }

    fn look_at_fact(&mut self, scene: &Scene<'_>) {
        let (When::Eventually(fact) | When::Holds(fact) | When::Always(fact)) = &self.check.when
        else {
            return;
        };
        // What was met, or broken, stays told as it was then.
        let settled = match self.check.when {
            When::Eventually(_) => self.was_so,
            When::Always(_) => self.was_not,
            _ => false,
        };
        if settled {
            return;
        }
        let found = fact.look(scene);
        self.details.note_finding(&found);
        match self.check.when {
            When::Eventually(_) => self.was_so |= found.so,
            When::Holds(_) => self.was_so = found.so,
            _ => self.was_not |= !found.so,
        }
    }

    fn verdict(&self) -> Verdict {
        if self.late {
            return Verdict::Violated;
        }
        if self.since_us.is_none() {
            return Verdict::Pending;
        }
        let waits = self.check.until.is_some() && !self.over;
        let met = match &self.check.when {
            When::Eventually(_) | When::Holds(_) if self.was_so => true,
            // It had its time.
            When::Eventually(_) | When::Holds(_) if self.over => return Verdict::Violated,
            When::Eventually(_) | When::Holds(_) => false,
            When::Always(_) if self.was_not => return Verdict::Violated,
            When::Always(_) => !waits,
            When::Happens { at_most: Some(most), .. } if self.count > *most => {
                return Verdict::Violated;
            }
            When::Happens { at_least, .. } if self.over && self.count < *at_least => {
                return Verdict::Violated;
            }
            When::Happens { at_least, at_most, .. } => {
                self.count >= *at_least && !(waits && at_most.is_some())
            }
        };
        if met { Verdict::Met } else { Verdict::Pending }
    }
}
