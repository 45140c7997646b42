//! A packet explained field by field, for a packet inspector. Broken packets are explained as far
//! as their bytes go.

use engine_base::{NodeId, SlotSet};

use crate::address::IpText;
use crate::extension::{Extension, item_len};
use crate::flags::{MessageFlags, NodeFlags};
use crate::kind::MessageType;
use crate::layout::{ID_LEN, IP_LEN, SLOTS_LEN, body, gossip, header};

/// One field of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where it begins in the packet.
    pub offset: usize,
    /// How many bytes it has.
    pub len: usize,
    /// Its place in the format, the same in every packet (`gossip.flags`): for translations.
    pub key: &'static str,
    /// Its name in this packet (`gossip[2].flags`).
    pub name: String,
    /// Its value as text.
    pub value: String,
    /// What it means, in one sentence.
    pub meaning: &'static str,
}

/// How the bytes of a field are read.
#[derive(Clone, Copy)]
enum Format {
    Text,
    Number,
    Version,
    Kind,
    Id,
    Master,
    Slots,
    Ip,
    Flags,
    State,
    MFlags,
    Seconds,
    Hex,
}

/// One row of a table: offset, length, name, format, meaning.
type Row = (usize, usize, &'static str, Format, &'static str);

#[rustfmt::skip]
const HEADER: &[Row] = &[
    (header::SIG, 4, "sig", Format::Text, "Every packet of the cluster bus begins with RCmb; anything else closes the link."),
    (header::TOTLEN, 4, "totlen", Format::Number, "Bytes of the whole packet, this header included; it must fit the type exactly."),
    (header::VER, 2, "ver", Format::Version, "The protocol version; packets of any other are dropped."),
    (header::PORT, 2, "port", Format::Number, "The port where the sender serves clients."),
    (header::TYPE, 2, "type", Format::Kind, "What kind of packet this is."),
    (header::COUNT, 2, "count", Format::Number, "How many gossip entries follow the header."),
    (header::CURRENT_EPOCH, 8, "currentEpoch", Format::Number, "The largest epoch that the sender has seen: the cluster's logical clock."),
    (header::CONFIG_EPOCH, 8, "configEpoch", Format::Number, "The version of the sender's slots; a replica sends its master's."),
    (header::OFFSET, 8, "offset", Format::Number, "Bytes of the replication stream: produced by a master, processed by a replica."),
    (header::SENDER, ID_LEN, "sender", Format::Id, "The sender's node id."),
    (header::MYSLOTS, SLOTS_LEN, "myslots", Format::Slots, "One bit a slot, least significant first: the slots that the sender, or its master, serves."),
    (header::SLAVEOF, ID_LEN, "slaveof", Format::Master, "The sender's master; all NUL when it is a master itself."),
    (header::MYIP, IP_LEN, "myip", Format::Ip, "cluster-announce-ip; empty means: take the address from the connection."),
    (header::EXTENSIONS, 2, "extensions", Format::Number, "How many extensions follow the gossip."),
    (header::NOTUSED, header::NOTUSED_LEN, "notused1", Format::Hex, "Reserved; zero."),
    (header::PPORT, 2, "pport", Format::Number, "The plaintext client port when port is for TLS."),
    (header::CPORT, 2, "cport", Format::Number, "The sender's bus port."),
    (header::FLAGS, 2, "flags", Format::Flags, "What the sender is."),
    (header::STATE, 1, "state", Format::State, "The cluster's state as the sender sees it."),
    (header::MFLAGS, 3, "mflags", Format::MFlags, "What this packet says about itself."),
];

#[rustfmt::skip]
const GOSSIP: &[Row] = &[
    (gossip::ID, ID_LEN, "gossip.nodename", Format::Id, "The node that is told about."),
    (gossip::PING_SENT, 4, "gossip.ping_sent", Format::Seconds, "When the sender pinged it and still waits for the answer; 0 when it does not wait."),
    (gossip::PONG_RECEIVED, 4, "gossip.pong_received", Format::Seconds, "When the sender last got an answer from it."),
    (gossip::IP, IP_LEN, "gossip.ip", Format::Ip, "Its address."),
    (gossip::PORT, 2, "gossip.port", Format::Number, "Its client port."),
    (gossip::CPORT, 2, "gossip.cport", Format::Number, "Its bus port."),
    (gossip::FLAGS, 2, "gossip.flags", Format::Flags, "What the sender thinks of it; fail? or fail here is a failure report."),
    (gossip::PPORT, 2, "gossip.pport", Format::Number, "Its plaintext client port."),
    (gossip::NOTUSED, 2, "gossip.notused1", Format::Hex, "Reserved; zero."),
];

#[rustfmt::skip]
const FAIL: &[Row] = &[
    (0, ID_LEN, "fail.nodename", Format::Id, "The node that a majority of masters cannot reach."),
];

#[rustfmt::skip]
const UPDATE: &[Row] = &[
    (0, 8, "update.configEpoch", Format::Number, "The config epoch of the node below."),
    (body::UPDATE_ID, ID_LEN, "update.nodename", Format::Id, "The node that serves these slots now."),
    (body::UPDATE_SLOTS, SLOTS_LEN, "update.slots", Format::Slots, "The slots that it serves."),
];

#[rustfmt::skip]
const MODULE: &[Row] = &[
    (0, 8, "module.module_id", Format::Hex, "The module that sent it."),
    (body::MODULE_LEN, 4, "module.len", Format::Number, "Bytes of the payload."),
    (body::MODULE_TYPE, 1, "module.type", Format::Number, "The module's own type of message."),
];

#[rustfmt::skip]
const PUBLISH: &[Row] = &[
    (0, 4, "publish.channel_len", Format::Number, "Bytes of the channel's name."),
    (body::PUBLISH_MESSAGE_LEN, 4, "publish.message_len", Format::Number, "Bytes of the message."),
];

/// Explains a packet, whole or not.
#[must_use]
pub fn describe(packet: &[u8]) -> Vec<Field> {
    let mut out = Describer { packet, fields: Vec::new() };
    out.rows(0, "", HEADER);
    if packet.len() > header::LEN {
        out.body();
    }
    out.fields
}

struct Describer<'a> {
    packet: &'a [u8],
    fields: Vec<Field>,
}

impl Describer<'_> {
    fn number(&self, offset: usize, len: usize) -> u64 {
        self.packet
            .get(offset..offset.saturating_add(len))
            .unwrap_or_default()
            .iter()
            .fold(0, |n, &b| n << 8 | u64::from(b))
    }

    /// Adds the rows of a table; a field that is cut off is shown as far as it goes.
    fn rows(&mut self, base: usize, index: &str, rows: &[Row]) {
        for &(at, len, key, format, meaning) in rows {
            let name = match key.split_once('.') {
                Some((group, field)) if !index.is_empty() => format!("{group}[{index}].{field}"),
                _ => key.to_owned(),
            };
            self.field(base + at, len, (key, name), meaning, |bytes| show(format, bytes));
        }
    }

    fn field(
        &mut self,
        offset: usize,
        len: usize,
        (key, name): (&'static str, String),
        meaning: &'static str,
        show: impl FnOnce(&[u8]) -> String,
    ) {
        let rest = self.packet.get(offset..).unwrap_or_default();
        if rest.is_empty() && len > 0 {
            return;
        }
        let (len, value) = match rest.get(..len) {
            Some(bytes) => (len, show(bytes)),
            None => (rest.len(), format!("cut off: {} of {len} bytes", rest.len())),
        };
        self.fields.push(Field { offset, len, key, name, value, meaning });
    }

    fn body(&mut self) {
        let kind = MessageType::from_wire(self.number(header::TYPE, 2) as u16);
        let base = header::LEN;
        let end = match kind {
            MessageType::Ping | MessageType::Pong | MessageType::Meet => self.heartbeat(),
            MessageType::Fail => self.table(base, FAIL, body::FAIL_LEN),
            MessageType::Update => self.table(base, UPDATE, body::UPDATE_LEN),
            MessageType::Publish | MessageType::PublishShard => self.publish(),
            MessageType::Module => {
                let len = self.number(base + body::MODULE_LEN, 4) as usize;
                let end = self.table(base, MODULE, body::MODULE_HEAD_LEN);
                self.text(end, len, "module.payload", "What the module says.")
            }
            MessageType::AuthRequest | MessageType::AuthAck | MessageType::MfStart => base,
            MessageType::Unknown(_) => {
                let len = self.packet.len() - base;
                self.text(base, len, "body", "The body of a type that 7.0 does not know.")
            }
        };
        let rest = self.packet.len().saturating_sub(end);
        if rest > 0 {
            let key = ("surplus", "surplus".to_owned());
            self.field(
                end,
                rest,
                key,
                "More bytes than the type asks for: 7.0 drops the packet.",
                hex,
            );
        }
    }

    fn table(&mut self, base: usize, rows: &[Row], len: usize) -> usize {
        self.rows(base, "", rows);
        base + len
    }

    fn publish(&mut self) -> usize {
        let base = header::LEN;
        let channel = self.number(base, 4) as usize;
        let message = self.number(base + body::PUBLISH_MESSAGE_LEN, 4) as usize;
        let at = self.table(base, PUBLISH, body::PUBLISH_HEAD_LEN);
        let at = self.text(at, channel, "publish.channel", "Where it was published.");
        self.text(at, message, "publish.message", "What was published.")
    }

    fn text(&mut self, at: usize, len: usize, key: &'static str, meaning: &'static str) -> usize {
        self.field(at, len, (key, key.to_owned()), meaning, |bytes| show(Format::Text, bytes));
        at.saturating_add(len)
    }

    fn heartbeat(&mut self) -> usize {
        let mut at = header::LEN;
        for i in 0..self.number(header::COUNT, 2) {
            if at >= self.packet.len() {
                return at;
            }
            self.rows(at, &i.to_string(), GOSSIP);
            at += gossip::LEN;
        }
        let mflags = MessageFlags::from_bits_retain(self.number(header::MFLAGS, 1) as u8);
        if !mflags.contains(MessageFlags::EXT_DATA) {
            return at;
        }
        for i in 0..self.number(header::EXTENSIONS, 2) {
            let rest = self.packet.get(at..).unwrap_or_default();
            let Some(len) = item_len(rest) else { return at };
            let key = ("extension", format!("extension[{i}]"));
            self.field(at, len, key, "Something more about the sender.", extension);
            at += len;
        }
        at
    }
}

fn extension(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy;
    match Extension::read(bytes) {
        Some((Extension::Hostname(name), _)) => format!("hostname {}", text(&name)),
        Some((Extension::HumanNodename(name), _)) => format!("nodename {}", text(&name)),
        Some((Extension::ForgottenNode { id, ttl_secs }, _)) => {
            format!("forgotten {id} for {ttl_secs} s")
        }
        Some((Extension::ShardId(id), _)) => format!("shard {id}"),
        Some((Extension::Other { number, body, .. }, _)) => {
            format!("type {number}: {}", hex(&body))
        }
        None => hex(bytes),
    }
}

fn show(format: Format, bytes: &[u8]) -> String {
    let number = || bytes.iter().fold(0_u64, |n, &b| n << 8 | u64::from(b));
    match format {
        Format::Text => String::from_utf8_lossy(bytes).into_owned(),
        Format::Number | Format::Version => number().to_string(),
        Format::Seconds => match number() {
            0 => "0".to_owned(),
            secs => format!("{secs} (Unix seconds)"),
        },
        Format::Kind => {
            let kind = MessageType::from_wire(number() as u16);
            format!("{} ({kind})", kind.number())
        }
        Format::Id => NodeId::from_wire(crate::view::array(bytes, 0)).to_string(),
        Format::Master if bytes.iter().all(|&b| b == 0) => "-".to_owned(),
        Format::Master => NodeId::from_wire(crate::view::array(bytes, 0)).to_string(),
        Format::Slots => slots(&SlotSet::from_wire(&crate::view::array(bytes, 0))),
        Format::Ip => IpText::from_wire(crate::view::array(bytes, 0)).to_string(),
        Format::Flags => {
            let flags = NodeFlags::from_bits_retain(number() as u16);
            format!("0x{:04x} ({flags})", flags.bits())
        }
        Format::State => match number() {
            0 => "0 (ok)".to_owned(),
            1 => "1 (fail)".to_owned(),
            other => other.to_string(),
        },
        Format::MFlags => message_flags(bytes),
        Format::Hex => hex(bytes),
    }
}

fn message_flags(bytes: &[u8]) -> String {
    let flags = MessageFlags::from_bits_retain(bytes.first().copied().unwrap_or(0));
    let names = [
        (MessageFlags::PAUSED, "paused"),
        (MessageFlags::FORCEACK, "forceack"),
        (MessageFlags::EXT_DATA, "extensions"),
    ];
    let names: Vec<_> =
        names.iter().filter(|(flag, _)| flags.contains(*flag)).map(|&(_, name)| name).collect();
    if names.is_empty() { hex(bytes) } else { format!("{} ({})", hex(bytes), names.join(", ")) }
}

fn slots(set: &SlotSet) -> String {
    let ranges: Vec<_> = set
        .ranges()
        .map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") })
        .collect();
    if ranges.is_empty() { "none".to_owned() } else { ranges.join(" ") }
}

/// Hexadecimal; long runs of zero are said in words.
fn hex(bytes: &[u8]) -> String {
    use core::fmt::Write as _;
    if bytes.len() > 4 && bytes.iter().all(|&b| b == 0) {
        return format!("{} zero bytes", bytes.len());
    }
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, b| {
        let _ = write!(text, "{b:02x}");
        text
    })
}
