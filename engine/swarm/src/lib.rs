//! Fault search: random clusters of 3 to 30 nodes, random client load, and the faults of the
//! world at random moments. A safety phase, then all is healed and a liveness phase follows.
//!
//! A run is its seed: a failing one is printed with the command that replays it.

mod fault;
mod invariant;
mod load;
mod plan;
mod run;
mod shrink;

pub use fault::{Fault, FaultKind};
pub use invariant::Violation;
pub use plan::Plan;
pub use run::{Outcome, run};
pub use shrink::shrink;
