//! What was done by hand in a run, so that it can be done again: on another machine it gives the
//! same world, to the digest.

use engine::base::Mono;
use engine::sim::{Place, World};

/// No more deeds are kept; a run of so many is shared without its end.
const MOST: usize = 4000;

/// One deed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// A line was typed on a tab.
    Type(usize, String),
    /// Ctrl-C.
    Interrupt(usize),
    /// Ctrl-D.
    End(usize),
    /// The run begins anew here, with fresh shells in these folders.
    Fork(Vec<String>),
}

/// A deed and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Noted {
    /// Virtual microseconds.
    pub at_us: u64,
    /// After how many steps of the world.
    pub steps: u64,
    /// What.
    pub act: Act,
}

impl Noted {
    /// Where the run stood.
    pub(crate) const fn place(&self) -> Place {
        Place { at: Mono::from_micros(self.at_us), steps: self.steps, inputs: usize::MAX }
    }
}

/// All deeds, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Log(pub(crate) Vec<Noted>);

impl Log {
    /// Something is about to be done.
    pub(crate) fn note(&mut self, world: &World, act: Act) {
        if self.0.len() < MOST {
            let place = world.place();
            self.0.push(Noted { at_us: place.at.as_micros(), steps: place.steps, act });
        }
    }

    /// What was done after a place is forgotten.
    pub(crate) fn cut(&mut self, place: Place) {
        let at = place.at.as_micros();
        self.0.retain(|noted| noted.steps <= place.steps && noted.at_us <= at);
    }
}
