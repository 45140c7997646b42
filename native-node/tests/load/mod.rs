//! The parts of the load: who writes what, what is known about it, and what may be lost.

pub mod client;
pub mod deeds;
pub mod libraries;
pub mod memory;
pub mod stage;
