//! The owned form of a packet: read and written whole.

use thiserror::Error;

use crate::flags::MessageFlags;
use crate::header::{Header, finish};
use crate::kind::MessageType;
use crate::message::{Heartbeat, Message};
use crate::view::View;

/// Why a packet is dropped. The link is kept in every case: only a broken stream
/// ([`crate::BadStream`]) closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Shorter than a header.
    #[error("{len} bytes are fewer than a header")]
    TooShort {
        /// How many there were.
        len: usize,
    },
    /// It does not begin with `RCmb`.
    #[error("the signature is not RCmb")]
    Signature,
    /// A version other than 1; 7.0 says nothing about it.
    #[error("protocol version {0} is not spoken here")]
    Version(u16),
    /// The length is not what the type and the counts ask for.
    #[error("Received invalid {kind} packet of length {found} but expected length {expected}")]
    Length {
        /// The packet's type.
        kind: MessageType,
        /// Its length.
        found: usize,
        /// The length that it should have.
        expected: u64,
    },
    /// An extension's length is impossible.
    #[error("the extension at byte {at} of the extensions is not properly padded or too long")]
    Extension {
        /// Where it begins, counted from the first extension.
        at: usize,
    },
}

/// A packet: its header and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// About the sender.
    pub header: Header,
    /// What is said.
    pub message: Message,
}

impl Packet {
    /// Reads a whole frame.
    ///
    /// # Errors
    /// See [`View::check`].
    pub fn decode(frame: &[u8]) -> Result<Self, DecodeError> {
        let view = View::check(frame)?;
        Ok(Self { header: view.header(), message: message(&view) })
    }

    /// Appends the packet. Counts, length, and the flag for extensions follow from the message.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        let kind = self.message.kind();
        match self.message.heartbeat() {
            Some(body) => write_heartbeat(&self.header, kind, body, out),
            None => {
                self.header.write(kind, out);
                write_body(&self.message, out);
            }
        }
        finish(out, start);
    }
}

fn message(view: &View<'_>) -> Message {
    let heartbeat =
        || Heartbeat { gossip: view.gossip().collect(), extensions: view.extensions().collect() };
    let published = || {
        let (channel, message) = view.published().unwrap_or_default();
        (channel.to_vec(), message.to_vec())
    };
    let unknown = || Message::Unknown { number: view.kind().number(), body: view.body().to_vec() };
    match view.kind() {
        MessageType::Ping => Message::Ping(heartbeat()),
        MessageType::Pong => Message::Pong(heartbeat()),
        MessageType::Meet => Message::Meet(heartbeat()),
        MessageType::Fail => view.failed().map_or_else(unknown, |node| Message::Fail { node }),
        MessageType::Publish => {
            let (channel, message) = published();
            Message::Publish { channel, message }
        }
        MessageType::PublishShard => {
            let (channel, message) = published();
            Message::PublishShard { channel, message }
        }
        MessageType::AuthRequest => Message::AuthRequest,
        MessageType::AuthAck => Message::AuthAck,
        MessageType::MfStart => Message::MfStart,
        MessageType::Update => view.update().map_or_else(unknown, |(config_epoch, node, slots)| {
            Message::Update { config_epoch, node, slots }
        }),
        MessageType::Module => view.module().map_or_else(unknown, |(module, kind, payload)| {
            Message::Module { module, kind, payload: payload.to_vec() }
        }),
        MessageType::Unknown(_) => unknown(),
    }
}

fn write_heartbeat(header: &Header, kind: MessageType, body: &Heartbeat, out: &mut Vec<u8>) {
    let mut header = header.clone();
    header.count = u16::try_from(body.gossip.len()).unwrap_or(u16::MAX);
    if !body.extensions.is_empty() {
        header.mflags |= MessageFlags::EXT_DATA;
    }
    if header.mflags.contains(MessageFlags::EXT_DATA) {
        header.extensions = u16::try_from(body.extensions.len()).unwrap_or(u16::MAX);
    }
    header.write(kind, out);
    for entry in body.gossip.iter().take(usize::from(u16::MAX)) {
        entry.write(out);
    }
    for extension in body.extensions.iter().take(usize::from(u16::MAX)) {
        extension.write(out);
    }
}

/// Appends the body of a packet that is no heartbeat.
fn write_body(message: &Message, out: &mut Vec<u8>) {
    let len = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    match message {
        Message::Fail { node } => out.extend_from_slice(node.as_bytes()),
        Message::Publish { channel, message } | Message::PublishShard { channel, message } => {
            out.extend_from_slice(&len(channel));
            out.extend_from_slice(&len(message));
            out.extend_from_slice(channel);
            out.extend_from_slice(message);
        }
        Message::Update { config_epoch, node, slots } => {
            out.extend_from_slice(&config_epoch.to_be_bytes());
            out.extend_from_slice(node.as_bytes());
            slots.write_wire(out);
        }
        Message::Module { module, kind, payload } => {
            out.extend_from_slice(module);
            out.extend_from_slice(&len(payload));
            out.push(*kind);
            out.extend_from_slice(payload);
        }
        Message::Unknown { body, .. } => out.extend_from_slice(body),
        Message::Ping(_)
        | Message::Pong(_)
        | Message::Meet(_)
        | Message::AuthRequest
        | Message::AuthAck
        | Message::MfStart => {}
    }
}
