//! What was done in this run, for whoever makes a lesson of it.

use engine::base::Mono;
use engine::sim::Place;
use lessons::check::{Probes, Snapshot};
use lessons::draft::{Draft, Typed, suggest};

use super::log::{Act, Noted};
use super::running::Running;
use super::scenario::Scenario;

/// What was typed in a run, and the lesson that may become of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recorded {
    /// Every line, oldest first.
    pub lines: Vec<Typed>,
    /// A lesson that begins before the chosen one.
    pub draft: Draft,
}

impl Running {
    /// What was done, with a lesson that begins before the line `from`; `None` when nothing was, or when the
    /// world did not begin as a lesson may.
    #[inline(never)]
    pub(crate) fn record(&self, from: usize) -> Option<Recorded> {
        let scenario = match self.scenario {
            Scenario::Formed => "formed",
            Scenario::Bare => "bare",
            _ => return None,
        };
        if self.setup.is_some() || !self.is_ready() {
            return None;
        }
        let typed: Vec<(u64, Typed)> = self.log.0.iter().filter_map(|n| self.typed(n)).collect();
        let from = from.min(typed.len().checked_sub(1)?);
        let begin_us = typed.get(from).map_or(0, |(us, _)| *us);
        // What the line itself did is not yet so.
        let before = Place::time(Mono::from_micros(begin_us.saturating_sub(1)));
        let probes = Probes::default();
        let first = Snapshot::of(&self.moment(before)?.world, Default::default(), &probes);
        let checks = self
            .with_world(|now| suggest(&first, &Snapshot::of(now, first.names.clone(), &probes)));
        let lines: Vec<Typed> = typed.into_iter().map(|(_, typed)| typed).collect();
        let (start, solution) = lines.split_at(from);
        let draft = Draft {
            id: "my-lesson".to_owned(),
            scenario,
            seed: self.seed,
            ready_ms: self.begin().as_millis(),
            start: start.to_vec(),
            begin_ms: begin_us / 1000,
            solution: solution.to_vec(),
            end_ms: self.now().as_millis(),
            checks,
            words: Default::default(),
        };
        Some(Recorded { lines, draft })
    }

    fn typed(&self, noted: &Noted) -> Option<(u64, Typed)> {
        let (tab, line) = match &noted.act {
            Act::Type(tab, line) => (*tab, Some(line.clone())),
            Act::Interrupt(tab) => (*tab, None),
            Act::End(_) | Act::Fork(_) => return None,
        };
        let host = self.title_of(tab)?;
        Some((noted.at_us, Typed { at_ms: noted.at_us / 1000, host, line }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_in_the_page_becomes_a_lesson_that_can_be_walked() {
        let mut run = Running::new(1, Scenario::Formed);
        while !run.is_ready() {
            run.found();
        }
        let wait = |run: &mut Running, ms| {
            let until = run.now().plus_ms(ms);
            while run.step(until) {}
            run.settle(until);
            run.listen(None, 1.0);
        };
        assert_eq!(run.record(0), None, "nothing was done");
        wait(&mut run, 2_000);
        run.submit(1, "redis-cli -c -h 192.168.40.1 -p 6380 set foo 1");
        wait(&mut run, 2_000);
        run.submit(0, "kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)");
        wait(&mut run, 40_000);
        let all = run.record(0).unwrap();
        let ids = |r: &Recorded| r.draft.checks.iter().map(|c| c.id.clone()).collect::<Vec<_>>();
        assert_eq!(all.lines.len(), 2);
        assert_eq!(all.lines[0].host, "db02");
        assert!(
            ids(&all).contains(&"keys".to_owned()) && ids(&all).contains(&"promoted".to_owned())
        );
        let second = run.record(1).unwrap();
        assert!(!ids(&second).contains(&"keys".to_owned()), "the key belongs to the setup");
        let lesson = second.draft.bundle().lesson().unwrap();
        for report in lessons::walk::all(&mut lessons::scenario::Worlds::default(), &lesson, 1) {
            assert_eq!(report.problem, None, "{}", report.script);
        }
    }
}
