//! What every room of the engine needs: time handed in, seeded randomness, slots, identifiers,
//! and the small texts of Redis (globs, numbers) that must be equal to the byte everywhere.
//!
//! This crate must not know what a node, a packet or a command is.

pub mod extended;
pub mod glob;
pub mod hex;
pub mod id;
pub mod number;
mod planted;
pub mod rng;
pub mod slot;
pub mod split;
pub mod strtod;
pub mod time;

pub use extended::Extended;
pub use glob::glob_match;
pub use id::{LinkId, LinkName, NodeId};
pub use planted::*;
pub use rng::{Rng, Seed};
pub use slot::{SLOT_COUNT, Slot, SlotSet};
pub use time::{Mono, Now, UnixMs};
