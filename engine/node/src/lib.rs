//! A Redis Cluster node as a state machine fed with bytes and time.
//!
//! The driver calls, each time with the time at which it happened:
//!
//! 1. one of the `handle_*` methods (a link was accepted, dialled, carried bytes, closed; a
//!    deadline passed; a disk operation ended; a part of a file was read), then
//! 2. [`Node::poll_action`] until it is empty, carrying out the actions *in order*, then
//! 3. [`Node::poll_event`] until it is empty, if it wants to know what happened, then
//! 4. sleeps until [`Node::next_deadline`] or the next input.
//!
//! A driver that has bytes of several links at once gives them by [`Node::hear_bytes`] and then calls
//! [`Node::end_round`], before step 2: the links share one write of the append-only file.
//!
//! No input makes a handler return an error, and none may panic: what a bad peer sends is dropped
//! or closes its link, exactly as Redis 7.0 does it, and leaves an event.
//!
//! This crate must not know sockets, files, threads, the wall clock, operating-system randomness,
//! or who drives it.

mod acl;
mod admission;
mod apart;
mod api;
mod asleep;
mod blocking;
mod boot;
mod bus_link;
mod client;
mod client_links;
mod client_memory;
mod cluster;
pub mod command;
pub mod config;
mod cpu;
mod cron;
mod dispatch;
mod endpoint;
pub mod event;
pub mod fuzz;
mod glance;
mod host_facts;
mod latency;
mod lazy_free;
mod links;
mod listening;
mod memory;
mod migrate_link;
mod monitor;
mod node;
mod oom_score;
mod outbox;
mod output_limits;
mod own_view;
mod panic;
mod pause;
mod persist;
mod place;
mod process_settings;
mod propagate;
mod pubsub;
mod replication;
mod routing;
mod script;
mod slot_migration;
mod slot_stats;
mod stats;
mod timers;
mod tracking;
mod transaction;
mod turn;
pub mod view;
mod warm;

/// The version of Redis that this node speaks and says that it is.
pub const VERSION: &str = "7.0.15";

pub use api::{
    Action, Boot, BootDisk, BootError, CloseMode, Deadline, DialError, DiskError, DiskId, DiskOp,
    FileKind, Listener, LogLevel, Pieces, Purpose, TimerKind, part_of_file,
};
pub use config::Config;
pub use cpu::{CpuMeter, CpuTime, CpuTimes};
pub use event::{Event, EventKind};
pub use glance::{Glance, PeerGlance};
pub use host_facts::HostFacts;
pub use latency::Stopwatch;
pub use lazy_free::{Garbage, LazyFree};
pub use listening::OpenPorts;
pub use node::Node;
pub use oom_score::OomAccess;
pub use own_view::OwnView;
pub use panic::{ABORTED, SEGFAULT};
pub use persist::FileReader;
pub use process_settings::ProcessSettings;
pub use view::{ClusterView, PeerView};
