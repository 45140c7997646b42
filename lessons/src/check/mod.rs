//! What a lesson demands: predicates over what is so ([`Fact`]) and over what happened
//! ([`Pattern`]), each with its time.
//!
//! Nothing here looks at what was typed: every way that leads there is a right way.

mod event;
mod fact;
mod judge;
mod view;

pub use event::{EVENTS, Happening, Pattern, happening};
pub use fact::{At, Fact};
pub use judge::{Judge, Verdict};
pub use view::{NodeFacts, Snapshot};

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
    /// Only what follows the first such event counts.
    pub since: Option<Pattern>,
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
            || matches!(self.when, When::Always(_) | When::Happens { at_most: Some(_), .. })
    }
}
