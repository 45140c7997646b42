//! The cluster bus packet of Redis 7.0 (`clusterMsg` in cluster.h), byte for byte.
//!
//! Two readers of one format: [`View`] checks a packet's lengths once and then reads fields in
//! place (what a node does with every packet); [`Packet`] is the owned form (tests, tools).
//! [`Frames`] cuts a TCP stream into packets, and [`describe()`] explains any packet, broken ones
//! too, field by field.
//!
//! This crate must not know what a node does with a packet.

pub mod address;
pub mod codec;
pub mod describe;
pub mod extension;
pub mod flags;
pub mod frame;
pub mod fuzz;
pub mod gossip;
pub mod header;
pub mod kind;
pub mod layout;
pub mod message;
pub mod view;

pub use address::IpText;
pub use codec::{DecodeError, Packet};
pub use describe::{Field, describe};
pub use extension::Extension;
pub use flags::{MessageFlags, NodeFlags};
pub use frame::{BadStream, Frame, Frames};
pub use gossip::{GossipEntry, Told};
pub use header::Header;
pub use kind::MessageType;
pub use message::{Heartbeat, Message};
pub use view::View;
