//! The world as the page sees it: plain view structs in, plain commands out, so that the world
//! itself could run in a worker.

#[cfg(feature = "fixture")]
pub(crate) mod demo;
pub(crate) mod driver;
pub(crate) mod flights;
pub(crate) mod model;
pub(crate) mod opinion;
pub(crate) mod pace;
pub(crate) mod shards;
