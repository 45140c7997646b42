//! Watches a world on behalf of a lesson.

use std::collections::{BTreeMap, BTreeSet};

use engine::sim::World;

use super::event::{Happening, Pattern, happening};
use super::fact::Scene;
use super::view::{NodeFacts, Snapshot};
use super::{Check, When};

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
    probes: Vec<String>,
}

#[derive(Clone, Debug)]
struct Watched {
    check: Check,
    /// When counting began; `None` before its `since` happened.
    since_us: Option<u64>,
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
        let mut probes = BTreeSet::new();
        let checks: Vec<Watched> = checks
            .map(|check| {
                if let When::Eventually(fact) | When::Holds(fact) | When::Always(fact) = &check.when
                {
                    fact.probes(&mut probes);
                }
                Watched {
                    since_us: check.since.is_none().then_some(now_us),
                    check: check.clone(),
                    count: 0,
                    was_so: false,
                    was_not: false,
                    late: false,
                }
            })
            .collect();
        let probes: Vec<String> = probes.into_iter().collect();
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
                self.bound.insert(name.clone(), node);
            }
        }
        let bound = &self.bound;
        for watched in &mut self.checks {
            if watched.since_us.is_none()
                && let Some(since) = &watched.check.since
                && since.fits(event, |n| bound.get(n).cloned())
            {
                watched.since_us = Some(event.at_us);
            }
            if watched.since_us.is_some()
                && let When::Happens { pattern, .. } = &watched.check.when
                && pattern.fits(event, |n| bound.get(n).cloned())
            {
                watched.count = watched.count.saturating_add(1);
            }
        }
    }

    fn look(&mut self) {
        let bound = &self.bound;
        let lookup = |name: &str| bound.get(name).cloned();
        let scene = Scene { now: &self.now, start: &self.start, bound: &lookup };
        for watched in &mut self.checks {
            let Some(since) = watched.since_us else { continue };
            match &watched.check.when {
                When::Eventually(fact) => watched.was_so |= fact.holds(&scene),
                When::Holds(fact) => watched.was_so = fact.holds(&scene),
                When::Always(fact) => watched.was_not |= !fact.holds(&scene),
                When::Happens { .. } => {}
            }
            if let Some(limit) = watched.check.within_ms
                && self.now.at_us > since.saturating_add(limit.saturating_mul(1000))
                && watched.verdict() == Verdict::Pending
            {
                watched.late = true;
            }
        }
    }

    /// The verdicts, in the order of the checks.
    pub fn verdicts(&self) -> impl ExactSizeIterator<Item = Verdict> {
        self.checks.iter().map(Watched::verdict)
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
    fn verdict(&self) -> Verdict {
        if self.late {
            return Verdict::Violated;
        }
        if self.since_us.is_none() {
            return Verdict::Pending;
        }
        let met = match &self.check.when {
            When::Eventually(_) | When::Holds(_) => self.was_so,
            When::Always(_) if self.was_not => return Verdict::Violated,
            When::Always(_) => true,
            When::Happens { at_most: Some(most), .. } if self.count > *most => {
                return Verdict::Violated;
            }
            When::Happens { at_least, .. } => self.count >= *at_least,
        };
        if met { Verdict::Met } else { Verdict::Pending }
    }
}
