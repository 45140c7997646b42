//! A packet read in place: lengths are checked once, then fields are read where they stand.
//!
//! The checks are those of `clusterProcessPacket` in cluster.c.

use engine_base::{NodeId, SlotSet};

use crate::address::IpText;
use crate::codec::DecodeError;
use crate::extension::{self, Extension};
use crate::flags::{MessageFlags, NodeFlags};
use crate::gossip::{GossipEntry, Told};
use crate::header::Header;
use crate::kind::MessageType;
use crate::layout::{ID_LEN, IP_LEN, SIGNATURE, SLOTS_LEN, VERSION, body, gossip, header};

/// A whole packet whose lengths agree with its type.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    head: &'a [u8; header::LEN],
    body: &'a [u8],
    kind: MessageType,
}

impl<'a> View<'a> {
    /// Checks a whole frame.
    ///
    /// # Errors
    /// Whatever makes 7.0 drop the packet: a foreign version, or a length that is not exactly
    /// what the type asks for; and what breaks the stream already ([`crate::Frames`]).
    pub fn check(frame: &'a [u8]) -> Result<Self, DecodeError> {
        let short = DecodeError::TooShort { len: frame.len() };
        let (head, rest) = frame.split_first_chunk::<{ header::LEN }>().ok_or(short)?;
        if head[..4] != SIGNATURE {
            return Err(DecodeError::Signature);
        }
        let kind = MessageType::from_wire(u16_at(head, header::TYPE));
        let total = u32_at(head, header::TOTLEN) as usize;
        if total != frame.len() {
            return Err(DecodeError::Length { kind, found: frame.len(), expected: total as u64 });
        }
        let version = u16_at(head, header::VER);
        if version != VERSION {
            return Err(DecodeError::Version(version));
        }
        let view = Self { head, body: rest, kind };
        let expected = view.expected_body()?;
        if expected != rest.len() as u64 {
            let expected = expected + header::LEN as u64;
            return Err(DecodeError::Length { kind, found: total, expected });
        }
        Ok(view)
    }

    /// How long the body must be, by its type and its counts.
    fn expected_body(&self) -> Result<u64, DecodeError> {
        Ok(match self.kind {
            MessageType::Ping | MessageType::Pong | MessageType::Meet => {
                let gossip = usize::from(self.count()) * gossip::LEN;
                if self.mflags().contains(MessageFlags::EXT_DATA) {
                    (gossip + self.check_extensions(gossip)?) as u64
                } else {
                    gossip as u64
                }
            }
            MessageType::Fail => body::FAIL_LEN as u64,
            MessageType::Publish | MessageType::PublishShard => {
                let (channel, message) = self.publish_lengths().unwrap_or_default();
                body::PUBLISH_HEAD_LEN as u64 + u64::from(channel) + u64::from(message)
            }
            MessageType::AuthRequest | MessageType::AuthAck | MessageType::MfStart => 0,
            MessageType::Update => body::UPDATE_LEN as u64,
            MessageType::Module => {
                let len = self.body.get(body::MODULE_LEN..).filter(|b| b.len() >= 4);
                body::MODULE_HEAD_LEN as u64 + len.map_or(0, |b| u64::from(u32_at(b, 0)))
            }
            // Assumed to be well formed, as 7.0 does.
            MessageType::Unknown(_) => self.body.len() as u64,
        })
    }

    /// The bytes of all extensions that begin at `at` in the body.
    fn check_extensions(&self, at: usize) -> Result<usize, DecodeError> {
        let mut rest = self.body.get(at..).unwrap_or_default();
        let mut total = 0;
        for _ in 0..self.extension_count() {
            let len = extension::item_len(rest).ok_or(DecodeError::Extension { at: total })?;
            rest = &rest[len..];
            total += len;
        }
        Ok(total)
    }

    fn publish_lengths(&self) -> Option<(u32, u32)> {
        let head = self.body.get(..body::PUBLISH_HEAD_LEN)?;
        Some((u32_at(head, 0), u32_at(head, body::PUBLISH_MESSAGE_LEN)))
    }

    /// The packet's type.
    #[must_use]
    pub const fn kind(&self) -> MessageType {
        self.kind
    }

    /// Bytes of the whole packet.
    #[must_use]
    pub const fn len(&self) -> usize {
        header::LEN + self.body.len()
    }

    /// Never: a packet has a header.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// The sender's client port.
    #[must_use]
    pub fn port(&self) -> u16 {
        u16_at(self.head, header::PORT)
    }

    /// How many gossip entries the header announces.
    #[must_use]
    pub fn count(&self) -> u16 {
        u16_at(self.head, header::COUNT)
    }

    /// The sender's current epoch.
    #[must_use]
    pub fn current_epoch(&self) -> u64 {
        u64_at(self.head, header::CURRENT_EPOCH)
    }

    /// The sender's config epoch, or its master's.
    #[must_use]
    pub fn config_epoch(&self) -> u64 {
        u64_at(self.head, header::CONFIG_EPOCH)
    }

    /// The sender's replication offset.
    #[must_use]
    pub fn offset(&self) -> u64 {
        u64_at(self.head, header::OFFSET)
    }

    /// The sender's id.
    #[must_use]
    pub fn sender(&self) -> NodeId {
        NodeId::from_wire(array(self.head, header::SENDER))
    }

    /// The slots that the sender, or its master, serves.
    #[must_use]
    pub fn slots(&self) -> SlotSet {
        SlotSet::from_wire(&array::<SLOTS_LEN>(self.head, header::MYSLOTS))
    }

    /// Whether [`View::slots`] is this set: what almost every heartbeat says again.
    #[must_use]
    pub fn claims_exactly(&self, slots: &SlotSet) -> bool {
        slots.is_wire(self.slots_wire())
    }

    /// The 2,048 bytes of [`View::slots`].
    #[must_use]
    pub fn slots_wire(&self) -> &'a [u8] {
        &self.head[header::MYSLOTS..header::MYSLOTS + SLOTS_LEN]
    }

    /// The sender's master, when it is a replica.
    #[must_use]
    pub fn master(&self) -> Option<NodeId> {
        id_or_none(array(self.head, header::SLAVEOF))
    }

    /// `cluster-announce-ip` of the sender, empty when it is not set.
    #[must_use]
    pub fn ip(&self) -> IpText {
        IpText::from_wire(array::<IP_LEN>(self.head, header::MYIP))
    }

    /// How many extensions the header announces.
    #[must_use]
    pub fn extension_count(&self) -> u16 {
        u16_at(self.head, header::EXTENSIONS)
    }

    /// The sender's plaintext port.
    #[must_use]
    pub fn pport(&self) -> u16 {
        u16_at(self.head, header::PPORT)
    }

    /// The sender's bus port.
    #[must_use]
    pub fn cport(&self) -> u16 {
        u16_at(self.head, header::CPORT)
    }

    /// The sender's flags.
    #[must_use]
    pub fn flags(&self) -> NodeFlags {
        NodeFlags::from_bits_retain(u16_at(self.head, header::FLAGS))
    }

    /// The cluster's state as the sender sees it: 0 ok, 1 fail.
    #[must_use]
    pub const fn state(&self) -> u8 {
        self.head[header::STATE]
    }

    /// What the packet says about itself.
    #[must_use]
    pub const fn mflags(&self) -> MessageFlags {
        MessageFlags::from_bits_retain(self.head[header::MFLAGS])
    }

    /// The whole header, owned.
    #[must_use]
    pub fn header(&self) -> Header {
        Header {
            version: VERSION,
            port: self.port(),
            count: self.count(),
            current_epoch: self.current_epoch(),
            config_epoch: self.config_epoch(),
            offset: self.offset(),
            sender: self.sender(),
            slots: self.slots(),
            master: self.master(),
            ip: self.ip(),
            extensions: self.extension_count(),
            notused: array(self.head, header::NOTUSED),
            pport: self.pport(),
            cport: self.cport(),
            flags: self.flags(),
            state: self.state(),
            mflags: self.mflags(),
            mflags_rest: array(self.head, header::MFLAGS + 1),
        }
    }

    /// The gossip entries of PING, PONG and MEET; none for other types.
    pub fn gossip(&self) -> impl ExactSizeIterator<Item = GossipEntry> + 'a {
        self.gossip_entries().iter().map(GossipEntry::read)
    }

    /// The same, each read where it stands.
    pub fn gossip_told(&self) -> impl ExactSizeIterator<Item = Told<'a>> + Clone + use<'a> {
        self.gossip_entries().iter().map(Told::new)
    }

    fn gossip_entries(&self) -> &'a [[u8; gossip::LEN]] {
        let count = if self.kind.is_heartbeat() { usize::from(self.count()) } else { 0 };
        let entries = self.body.as_chunks::<{ gossip::LEN }>().0;
        &entries[..count.min(entries.len())]
    }

    /// The extensions of PING, PONG and MEET; none for other types, or without their flag.
    pub fn extensions(&self) -> impl Iterator<Item = Extension> + 'a {
        let with = self.kind.is_heartbeat() && self.mflags().contains(MessageFlags::EXT_DATA);
        let gossip = usize::from(self.count()) * gossip::LEN;
        let mut rest = self.body.get(gossip..).filter(|_| with).unwrap_or_default();
        core::iter::from_fn(move || {
            let (item, len) = Extension::read(rest)?;
            rest = &rest[len..];
            Some(item)
        })
    }

    /// FAIL: the failed node.
    #[must_use]
    pub fn failed(&self) -> Option<NodeId> {
        (self.kind == MessageType::Fail).then(|| NodeId::from_wire(array(self.body, 0)))
    }

    /// PUBLISH and PUBLISHSHARD: channel and message.
    #[must_use]
    pub fn published(&self) -> Option<(&'a [u8], &'a [u8])> {
        if !matches!(self.kind, MessageType::Publish | MessageType::PublishShard) {
            return None;
        }
        let (channel, _) = self.publish_lengths()?;
        self.body.get(body::PUBLISH_HEAD_LEN..)?.split_at_checked(channel as usize)
    }

    /// UPDATE: config epoch, node, slots.
    #[must_use]
    pub fn update(&self) -> Option<(u64, NodeId, SlotSet)> {
        (self.kind == MessageType::Update).then(|| {
            (
                u64_at(self.body, 0),
                NodeId::from_wire(array(self.body, body::UPDATE_ID)),
                SlotSet::from_wire(&array::<SLOTS_LEN>(self.body, body::UPDATE_SLOTS)),
            )
        })
    }

    /// MODULE: module id, type, payload.
    #[must_use]
    pub fn module(&self) -> Option<([u8; 8], u8, &'a [u8])> {
        (self.kind == MessageType::Module).then(|| {
            let payload = self.body.get(body::MODULE_HEAD_LEN..).unwrap_or_default();
            (array(self.body, 0), self.body[body::MODULE_TYPE], payload)
        })
    }

    /// What follows the header, as it is.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }
}

/// 40 NULs say "no node".
fn id_or_none(bytes: [u8; ID_LEN]) -> Option<NodeId> {
    (bytes != [0; ID_LEN]).then(|| NodeId::from_wire(bytes))
}

/// `N` bytes at `at`. The caller has checked the length.
#[inline]
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

#[inline]
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes(array(bytes, at))
}

#[inline]
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(array(bytes, at))
}

#[inline]
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(array(bytes, at))
}
