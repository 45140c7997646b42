//! The reply to `CLUSTER NODES`, as the manager reads it (`clusterManagerNodeLoadInfo`,
//! `clusterManagerGetConfigSignature` in redis-cli.c).

use engine_base::{Slot, SlotSet};

use super::node::OpenSlot;
use super::split_address;
use crate::number::leading_int;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) name: String,
    /// `host:port@bus-port`, as it stands there.
    pub(crate) address: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) bus_port: u16,
    pub(crate) flags: Vec<String>,
    pub(crate) master: String,
    pub(crate) epoch: u64,
    pub(crate) connected: bool,
    pub(crate) slots: SlotSet,
    /// The words after the eighth, open slots excluded.
    pub(crate) slot_words: Vec<String>,
    pub(crate) migrating: Vec<OpenSlot>,
    pub(crate) importing: Vec<OpenSlot>,
}

impl Line {
    /// One line; `None` when it is none.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let name = words.next()?.to_owned();
        let address = words.next()?.to_owned();
        // A host name may follow the address after a comma.
        let (host, port, bus_port) = split_address(address.split(',').next()?)?;
        let flags = words.next()?.split(',').map(str::to_owned).collect();
        let master = words.next().unwrap_or_default().to_owned();
        let _ping_and_pong = (words.next(), words.next());
        let epoch = u64::try_from(leading_int(words.next().unwrap_or_default())).unwrap_or(0);
        let connected = words.next() == Some("connected");
        let mut line = Self {
            name,
            address,
            host,
            port,
            bus_port,
            flags,
            master,
            epoch,
            connected,
            slots: SlotSet::EMPTY,
            slot_words: Vec::new(),
            migrating: Vec::new(),
            importing: Vec::new(),
        };
        for word in words.filter(|w| !w.is_empty()) {
            line.slot_word(word);
        }
        Some(line)
    }

    /// All lines of a reply.
    pub(crate) fn parse_all(text: &str) -> impl Iterator<Item = Self> {
        text.lines().filter_map(Self::parse)
    }

    pub(crate) fn is_myself(&self) -> bool {
        self.has("myself")
    }

    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|f| f == flag)
    }

    fn slot_word(&mut self, word: &str) {
        if let Some(open) = word.strip_prefix('[') {
            let open = open.strip_suffix(']').unwrap_or(open);
            let entry =
                |(slot, peer): (&str, &str)| OpenSlot { slot: slot.into(), peer: peer.into() };
            if let Some(way) = open.split_once("->-") {
                self.migrating.push(entry(way));
            } else if let Some(way) = open.split_once("-<-") {
                self.importing.push(entry(way));
            }
            return;
        }
        self.slot_words.push(word.to_owned());
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        let number = |text: &str| u16::try_from(leading_int(text)).ok();
        if let (Some(first), Some(last)) = (number(first), number(last)) {
            for slot in (first..=last).map_while(Slot::new) {
                self.slots.insert(slot);
            }
        }
    }
}

/// Who owns which slots, as one text that two nodes share exactly when they agree; `None` when
/// nobody owns anything.
pub(crate) fn signature(text: &str) -> Option<String> {
    let mut owners: Vec<String> = Line::parse_all(text)
        .filter(|line| !line.slot_words.is_empty())
        .map(|mut line| {
            line.slot_words.sort();
            format!("{}:{}", line.name, line.slot_words.join(","))
        })
        .collect();
    owners.sort();
    (!owners.is_empty()).then(|| owners.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "07c37df 127.0.0.1:30004@31004,host myself,master - 0 1426238317239 4 \
                        connected 0-2 5 [93->-292f8b] [77-<-e7d1ee]";

    #[test]
    fn a_line_holds_slots_and_open_slots() {
        let line = Line::parse(LINE).unwrap();
        assert_eq!((line.host.as_str(), line.port, line.bus_port), ("127.0.0.1", 30004, 31004));
        assert!(line.is_myself() && line.connected);
        assert_eq!(line.slots.len(), 4);
        assert_eq!(line.migrating[0].peer, "292f8b");
        assert_eq!(line.importing[0].slot, "77");
        assert_eq!(line.epoch, 4);
    }

    #[test]
    fn the_signature_ignores_order_and_open_slots() {
        let other = LINE.replace(" [93->-292f8b]", "").replace("0-2 5", "5 0-2");
        assert_eq!(signature(LINE), signature(&other));
        assert_ne!(signature(LINE), signature(&LINE.replace("0-2", "0-3")));
        assert_eq!(signature("a 1.1.1.1:1@2 master - 0 0 0 connected\n"), None);
    }

    #[test]
    fn foreign_text_is_no_line() {
        for text in
            ["", "x", "a b c", "id :@, f - 0 0 x", "id host:1 master - 0 0 1 connected 9-99999"]
        {
            let _ = Line::parse(text);
        }
        assert_eq!(Line::parse("only words here"), None);
    }
}
