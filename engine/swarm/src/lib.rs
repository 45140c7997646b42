//! Fault search: random clusters of 3 to 30 nodes, random client load, and the faults of the
//! world at random moments. A safety phase, then all is healed and a liveness phase follows.
//!
//! A run is its seed: a failing one is printed with the command that replays it.

mod coverage;
mod fault;
mod history;
mod invariant;
mod load;
mod plan;
mod repair;
mod run;
mod shrink;
mod stage;

pub use coverage::Coverage;
pub use fault::{Fault, FaultKind, Operator};
pub use invariant::Violation;
pub use plan::Plan;
pub use run::{Outcome, run, run_and_tell};
pub use shrink::shrink;
