//! The world as the page sees it: plain view structs in, plain commands out, so that the world
//! itself could run in a worker.

mod back;
pub(crate) mod close_up;
pub(crate) mod desk;
pub(crate) mod drafting;
pub(crate) mod driver;
pub(crate) mod flights;
pub(crate) mod foreign;
pub(crate) mod founding;
pub(crate) mod learning;
pub(crate) mod ledger;
pub(crate) mod lens;
pub(crate) mod link;
pub(crate) mod log;
pub(crate) mod mail;
pub(crate) mod model;
mod motion;
pub(crate) mod observe;
mod opening;
pub(crate) mod opinion;
pub(crate) mod pace;
pub(crate) mod past;
mod planting;
mod replay;
pub(crate) mod roster;
pub(crate) mod running;
pub(crate) mod scenario;
pub(crate) mod screen;
pub(crate) mod shards;
pub(crate) mod tell;
pub(crate) mod topology;
pub(crate) mod traffic;
pub(crate) mod undo;
