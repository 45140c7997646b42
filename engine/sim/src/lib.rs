//! A deterministic world that drives nodes: hosts with addresses, processes, files and disks;
//! links with latency, loss, order and cuts; one virtual clock; one seed.
//!
//! The same seed and the same inputs give the same bytes on every platform. A [`World`] can be
//! cloned at any moment, and a run can be replayed from its seed and inputs.
//!
//! This crate must not know the shell, the page, or any rule of the cluster protocol.

mod boot;
mod cluster;
mod conn_table;
mod control;
pub mod date;
mod digest;
mod drive;
mod endpoint;
mod fault;
mod files;
mod follow;
pub mod fs;
mod host;
mod input;
mod link;
mod net;
mod planted;
mod process;
mod queue;
mod server;
mod server_links;
mod trace;
mod warm;
mod window;
mod world;

pub use cluster::{ClusterSpec, command};
pub use control::FaultOp;
pub use digest::six_node_digest;
pub use fault::{Hold, Quality};
pub use files::FsOp;
pub use follow::Place;
pub use host::{Host, HostId, HostSpec, Listening};
pub use input::{Input, InputKind};
pub use net::{ConnId, ConnState, Dir, InFlight, LinkKind, UnitId};
pub use process::{ExitStatus, NoSuchProcess, Pid, Process, Signal, Spawn};
pub use server::{Server, ServerSpec, Started};
pub use trace::{BusSend, Digest, Entry, Packet, Trace, What, Who};
pub use world::World;
