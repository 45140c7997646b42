//! What a lesson demands: predicates over what is so ([`Fact`]) and over what happened
//! ([`Pattern`]), each with its time.
//!
//! Nothing here looks at what was typed: every way that leads there is a right way.

mod detail;
mod event;
mod fact;
mod judge;
mod look;
mod view;

pub use detail::Details;
pub(crate) use detail::next_blank;
pub use event::{EVENTS, Happening, Pattern, Word, happening};
pub use fact::{At, Fact, Holder};
pub use judge::{Judge, Verdict};
pub use view::{NodeFacts, Probes, Snapshot};

/// One demand.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Its id within its step.
    pub id: String,
    /// What must be so, or must happen, and when.
    pub when: When,
    /// How many virtual milliseconds it may take, counted from `since`, else from the beginning
    /// of the lesson.
    pub within_ms: Option<u64>,
    /// Only what follows this counts.
    pub since: Option<Moment>,
    /// Only what comes before this counts; a demand on all time is met when it comes.
    pub until: Option<Moment>,
}

/// The first time that something happens, or is so.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// Such an event.
    Event(Pattern),
    /// Such a state.
    So(Fact),
}

/// The time of a demand.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// Was so at some moment.
    Eventually(Fact),
    /// Is so now.
    Holds(Fact),
    /// Was so at every moment.
    Always(Fact),
    /// Happened between so many and so many times.
    Happens {
        /// What.
        pattern: Pattern,
        /// At least so often.
        at_least: u32,
        /// At most so often.
        at_most: Option<u32>,
    },
}

impl Check {
    /// Whether it can go wrong for good.
    #[must_use]
    pub const fn can_be_violated(&self) -> bool {
        self.within_ms.is_some()
            || self.until.is_some()
            || matches!(self.when, When::Always(_) | When::Happens { at_most: Some(_), .. })
    }

    /// Every fact that it asks for.
    pub(crate) fn facts(&self) -> impl Iterator<Item = &Fact> {
        let own = match &self.when {
            When::Eventually(fact) | When::Holds(fact) | When::Always(fact) => Some(fact),
            When::Happens { .. } => None,
        };
        own.into_iter().chain([&self.since, &self.until].into_iter().filter_map(|m| match m {
            Some(Moment::So(fact)) => Some(fact),
            _ => None,
        }))
    }

    /// Every event that it asks for.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        let own = match &self.when {
            When::Happens { pattern, .. } => Some(pattern),
            _ => None,
        };
        own.into_iter().chain([&self.since, &self.until].into_iter().filter_map(|m| match m {
            Some(Moment::Event(pattern)) => Some(pattern),
            _ => None,
        }))
    }
}
