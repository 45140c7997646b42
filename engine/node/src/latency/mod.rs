//! How long commands and chores take, on the driver's stopwatch: the latency monitor of
//! latency.c, and the histograms of `LATENCY HISTOGRAM` and `INFO latencystats`.
//!
//! The node reads no clock. A driver that lives in real time lends it a [`Stopwatch`]; without
//! one (in a simulated world a command takes no time) all durations are zero.

mod histogram;

use std::collections::{BTreeMap, VecDeque};

use engine_base::Now;

use crate::Node;

pub(crate) use histogram::Histogram;

/// Microseconds of the clock that the driver's [`Mono`](engine_base::Mono) times are of.
pub type Stopwatch = fn() -> u64;

/// Samples kept of each event (`LATENCY_TS_LEN`).
const SAMPLES_MAX: usize = 160;

/// What was slow of late, by the kind of event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Monitor {
    events: BTreeMap<&'static str, Series>,
}

/// The samples of one event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    /// The highest since the last reset, in milliseconds.
    pub(crate) max: u64,
    /// Unix seconds and milliseconds, the oldest first; one a second, the highest.
    pub(crate) samples: VecDeque<(i64, u64)>,
}

impl Monitor {
    /// Notes a sample (`latencyAddSample`).
    fn add(&mut self, event: &'static str, secs: i64, ms: u64) {
        let series = self.events.entry(event).or_default();
        series.max = series.max.max(ms);
        if let Some(last) = series.samples.back_mut()
            && last.0 == secs
        {
            last.1 = last.1.max(ms);
            return;
        }
        if series.samples.len() == SAMPLES_MAX {
            series.samples.pop_front();
        }
        series.samples.push_back((secs, ms));
    }

    /// All events by name.
    pub(crate) fn events(&self) -> impl Iterator<Item = (&'static str, &Series)> {
        self.events.iter().map(|(name, series)| (*name, series))
    }

    /// The samples of one event.
    pub(crate) fn event(&self, name: &[u8]) -> Option<&Series> {
        self.events().find(|(event, _)| event.as_bytes() == name).map(|(_, series)| series)
    }

    /// Forgets one event, or all; how many there were.
    pub(crate) fn reset(&mut self, only: Option<&[u8]>) -> usize {
        let before = self.events.len();
        self.events.retain(|name, _| only.is_some_and(|only| only != name.as_bytes()));
        before - self.events.len()
    }
}

impl Node {
    /// Lends the node a stopwatch, by which it measures how long commands take.
    pub fn use_stopwatch(&mut self, stopwatch: Stopwatch) {
        self.stopwatch = Some(stopwatch);
    }

    /// What the stopwatch shows.
    #[inline]
    pub(crate) fn tick_count(&self) -> u64 {
        self.stopwatch.map_or(0, |read| read())
    }

    /// Microseconds since the stopwatch showed `began`.
    #[inline]
    pub(crate) fn micros_since(&self, began: u64) -> u64 {
        self.tick_count().saturating_sub(began)
    }

    /// Where the stopwatch stood when a command begins: when its input came, or when the command before
    /// it in the same input ended. So each costs one reading and not two, and its parsing counts as part
    /// of it.
    #[inline]
    pub(crate) fn begin_lap(&mut self) -> u64 {
        self.lap.take().unwrap_or_else(|| self.tick_count())
    }

    /// A command ends: microseconds since it began.
    #[inline]
    pub(crate) fn end_lap(&mut self, began: u64) -> u64 {
        let ended = self.tick_count();
        self.lap = Some(ended);
        ended.saturating_sub(began)
    }

    /// Notes that an event took that long, if that is long enough (`latencyAddSampleIfNeeded`).
    pub(crate) fn note_latency(&mut self, now: Now, event: &'static str, micros: u64) {
        let (ms, threshold) = (micros / 1000, self.config.latency_monitor_threshold);
        if threshold > 0 && ms >= threshold {
            self.latency.add(event, now.unix.as_secs(), ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sample_a_second_is_kept_the_highest() {
        let mut monitor = Monitor::default();
        for (secs, ms) in [(1, 20), (1, 30), (1, 10), (2, 15)] {
            monitor.add("command", secs, ms);
        }
        let series = monitor.event(b"command").expect("noted");
        assert_eq!(series.max, 30);
        assert_eq!(series.samples, [(1, 30), (2, 15)]);
        assert_eq!((monitor.reset(Some(b"fork")), monitor.reset(None)), (0, 1));
    }

    #[test]
    fn the_oldest_samples_go_first() {
        let mut monitor = Monitor::default();
        (0..500).for_each(|secs| monitor.add("command", secs, 1));
        let series = monitor.event(b"command").expect("noted");
        assert_eq!((series.samples.len(), series.samples[0].0), (SAMPLES_MAX, 340));
    }
}
