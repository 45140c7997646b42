//! nodes.conf, and `CLUSTER NODES`, whose format it has: one line a node, then the epochs.

use core::fmt::Write as _;

use engine_base::{NodeId, Now, Rng, Slot, planted};
use engine_bus::{IpText, NodeFlags};
use smallvec::SmallVec;

use super::Safety;
use super::cx::ClusterConfig;
use super::gossip::is_valid_id;
use super::node::ClusterNode;
use super::state::ClusterState;
use super::table::NodeIx;
use crate::api::{BootError, LogLevel};

/// What redis-server says when it cannot read the file.
const CORRUPTED: &str = "Unrecoverable error: corrupted cluster config file.";
/// What it says before it panics at a flag that it does not know.
const UNKNOWN_FLAG: &str = "Unknown flag in redis cluster config file";
/// What it says to a port that leaves no room for the bus port.
const PORT_TOO_HIGH: &str = "Redis port number too high. Cluster communication port is 10,000 \
port numbers higher than your Redis port. Your Redis port number must be 55535 or less.";
/// The bus port lies so far above the client port, by default.
const BUS_PORT_OFFSET: u16 = 10_000;

/// Room is made for no more nodes than this, whatever the file's length.
const LINES_EXPECTED_MOST: usize = 2048;

fn fatal(log: &[&str]) -> BootError {
    let log = log.iter().map(|text| (LogLevel::Warning, (*text).to_owned())).collect();
    BootError { log, code: 1 }
}

impl ClusterState {
    /// Reads nodes.conf, or begins alone under a random id when there is none or it is empty
    /// (`clusterInit`).
    pub(crate) fn boot(
        now: Now,
        config: &ClusterConfig<'_>,
        mut rng: Rng,
        file: Option<&[u8]>,
    ) -> Result<Self, BootError> {
        let ms = now.unix.0;
        let mut state = match file.filter(|bytes| !bytes.is_empty()) {
            Some(bytes) => {
                let mut state = load(ms, rng, bytes).map_err(|text| fatal(&[text]))?;
                let id = state.me().id;
                let text = format!("Node configuration loaded, I'm {id}");
                state.out.log(LogLevel::Notice, text);
                // Ours: 7.0 holds the cluster for one master until it first looks at its state, two
                // seconds after the start, and one report makes a suspicion that it had saved a FAIL.
                state.count_masters();
                state.size = state.size.max(1);
                state
            }
            None => {
                let id = NodeId::from_wire(rng.hex40());
                let mut state = Self::alone(ms, rng, id, NodeFlags::MASTER);
                let text = format!("No cluster configuration found, I'm {id}");
                state.out.log(LogLevel::Notice, text);
                state.save(Safety::Barrier);
                state
            }
        };
        if config.cluster_port == 0 && config.port > u16::MAX - BUS_PORT_OFFSET {
            return Err(fatal(&[PORT_TOO_HIGH]));
        }
        state.config_changed(config);
        state.refresh_names(config);
        state.todo = Default::default();
        Ok(state)
    }

    /// The content of nodes.conf: every node that is no stranger, then the epochs.
    pub(crate) fn nodes_conf(&self) -> String {
        let mut text = self.nodes_text(NodeFlags::HANDSHAKE);
        let (current, mut vote) = (self.current_epoch, self.last_vote_epoch);
        if planted("vote-forgotten") {
            vote = 0;
        }
        let _ = write!(text, "vars currentEpoch {current} lastVoteEpoch {vote}");
        if self.keep_shard {
            // Redis skips a variable that it does not know, so it can read this file.
            let _ = write!(text, " shardId {}", self.my_shard());
        }
        text.push('\n');
        // A simulated disk keeps it as it is.
        text.shrink_to_fit();
        text
    }

    /// `CLUSTER NODES`: one line for every node that has none of the flags in `without`.
    pub(crate) fn nodes_text(&self, without: NodeFlags) -> String {
        let mut text = String::with_capacity(160 * self.nodes.len());
        for (ix, node) in self.nodes.iter() {
            if !node.flags.intersects(without) {
                self.write_node(ix, &mut text);
                text.push('\n');
            }
        }
        text
    }

    /// One node's line, without its end (`clusterGenNodeDescription`).
    pub(crate) fn node_line(&self, ix: NodeIx) -> String {
        let mut text = String::new();
        self.write_node(ix, &mut text);
        text
    }

    fn write_node(&self, ix: NodeIx, out: &mut String) {
        let node = &self.nodes[ix];
        let mut digits = itoa::Buffer::new();
        out.push_str(&node.id.text());
        out.push(' ');
        out.push_str(&node.ip.to_utf8());
        out.push(':');
        out.push_str(digits.format(node.port));
        out.push('@');
        out.push_str(digits.format(node.cport));
        if let Some(name) = &node.rare().hostname {
            out.push(',');
            out.push_str(name);
        }
        out.push(' ');
        node.flags.write_names(out);
        let master = node.master.map(|master| &self.nodes[master]);
        out.push(' ');
        match master {
            Some(master) => out.push_str(&master.id.text()),
            None => out.push('-'),
        }
        out.push(' ');
        out.push_str(digits.format(node.ping_sent));
        out.push(' ');
        out.push_str(digits.format(node.pong_received));
        out.push(' ');
        out.push_str(digits.format(self.shown_epoch(node)));
        let linked = node.link().is_some() || node.is_myself();
        out.push_str(if linked { " connected" } else { " disconnected" });
        for (first, last) in node.slot_ranges() {
            out.push(' ');
            out.push_str(digits.format(first.number()));
            if first != last {
                out.push('-');
                out.push_str(digits.format(last.number()));
            }
        }
        if node.is_myself() {
            self.write_open_slots(out);
        }
    }

    /// Slots on their way, in order; one that goes and comes is shown as going.
    fn write_open_slots(&self, out: &mut String) {
        let mut slots: Vec<Slot> =
            self.migrating.keys().chain(self.importing.keys()).copied().collect();
        slots.sort_unstable();
        slots.dedup();
        for slot in slots {
            let _ = match (self.migrating.get(&slot), self.importing.get(&slot)) {
                (Some(to), _) => write!(out, " [{slot}->-{}]", self.nodes[*to].id),
                (None, Some(from)) => write!(out, " [{slot}-<-{}]", self.nodes[*from].id),
                (None, None) => Ok(()),
            };
        }
    }
}

/// Reads the file (`clusterLoadConfig`). The error is what is logged before the process ends.
fn load(now: i64, rng: Rng, bytes: &[u8]) -> Result<ClusterState, &'static str> {
    let text = core::str::from_utf8(bytes).map_err(|_| CORRUPTED)?;
    // This node stands somewhere in the file: find its line first, since the state begins with it.
    let is_mine = |line: &&str| {
        let flags = line.split_ascii_whitespace().nth(2).unwrap_or_default();
        flags.split(',').any(|flag| flag.eq_ignore_ascii_case("myself"))
    };
    let mine = text.lines().filter(is_mine).map(fields).find(|f| f.len() >= 8);
    let placeholder = NodeId::from_wire([b'0'; 40]);
    let id = mine.and_then(|f| valid_id(f[0])).unwrap_or(placeholder);
    let mut state = ClusterState::alone(now, rng, id, NodeFlags::empty());
    let me = state.myself;
    state.nodes[me].flags.remove(NodeFlags::MYSELF);
    state.nodes.reserve(text.lines().count().min(LINES_EXPECTED_MOST));
    for line in text.lines() {
        let fields = fields(line);
        match fields.first() {
            None => {}
            Some(word) if word.eq_ignore_ascii_case("vars") => load_vars(&mut state, &fields)?,
            Some(_) => load_node(&mut state, now, &fields)?,
        }
    }
    if !state.me().is_myself() {
        return Err(CORRUPTED);
    }
    state.current_epoch = state.max_epoch();
    Ok(state)
}

fn fields(line: &str) -> SmallVec<[&str; 12]> {
    line.split_ascii_whitespace().collect()
}

fn valid_id(text: &str) -> Option<NodeId> {
    let id = NodeId::from_wire(text.as_bytes().try_into().ok()?);
    is_valid_id(&id).then_some(id)
}

fn load_vars(state: &mut ClusterState, fields: &[&str]) -> Result<(), &'static str> {
    if fields.len().is_multiple_of(2) {
        return Err(CORRUPTED);
    }
    for pair in fields[1..].as_chunks::<2>().0 {
        let [name, value] = *pair;
        if name.eq_ignore_ascii_case("currentEpoch") {
            state.current_epoch = leading_number(value);
        } else if name.eq_ignore_ascii_case("lastVoteEpoch") {
            state.last_vote_epoch = leading_number(value);
        } else if name == "shardId" {
            let primary = state.me().master.unwrap_or(state.myself);
            load_shard(state, primary, value);
        } else {
            let text = format!("Skipping unknown cluster config variable '{name}'");
            state.out.log(LogLevel::Warning, text);
        }
    }
    Ok(())
}

/// One line: id, address, flags, master, ping sent, pong received, epoch, link, slots.
fn load_node(state: &mut ClusterState, now: i64, fields: &[&str]) -> Result<(), &'static str> {
    if fields.len() < 8 {
        return Err(CORRUPTED);
    }
    let ix = find_or_add(state, now, valid_id(fields[0]).ok_or(CORRUPTED)?)?;
    load_address(&mut state.nodes[ix], fields[1])?;
    load_aux(state, ix, fields[1]);
    for word in fields[2].split(',') {
        let flag = NodeFlags::from_word(word).ok_or(UNKNOWN_FLAG)?;
        if flag == NodeFlags::MYSELF && state.me().is_myself() {
            return Err(CORRUPTED);
        }
        let node = &mut state.nodes[ix];
        node.flags.insert(flag);
        if flag == NodeFlags::FAIL {
            node.rare_mut().fail_time = now;
        }
    }
    if !fields[3].starts_with('-') {
        let master = find_or_add(state, now, valid_id(fields[3]).ok_or(CORRUPTED)?)?;
        state.nodes[ix].master = Some(master);
        state.add_replica(master, ix);
    }
    let node = &mut state.nodes[ix];
    node.ping_sent = if leading_number(fields[4]) != 0 { now } else { 0 };
    node.pong_received = if leading_number(fields[5]) != 0 { now } else { 0 };
    let follows = node.is_replica() && node.master.is_some();
    let forgotten = planted("epoch-forgotten") && node.is_myself();
    node.config_epoch = if follows || forgotten { 0 } else { leading_number(fields[6]) };
    for field in &fields[8..] {
        load_slots(state, now, ix, field)?;
    }
    Ok(())
}

fn find_or_add(state: &mut ClusterState, now: i64, id: NodeId) -> Result<NodeIx, &'static str> {
    if let Some(ix) = state.nodes.find(&id) {
        return Ok(ix);
    }
    state.nodes.insert(ClusterNode::new(id, NodeFlags::empty(), now)).ok_or(CORRUPTED)
}

/// A shard's name that was written down; any other text is none.
fn load_shard(state: &mut ClusterState, ix: NodeIx, value: &str) {
    if let Some(shard) = valid_id(value) {
        state.set_shard(ix, shard);
    }
}

/// `ip:port[@cport][,hostname[,name=value...]]`: 7.2 and Valkey write more behind the host name,
/// of which the shard and the name for humans are kept.
fn load_aux(state: &mut ClusterState, ix: NodeIx, field: &str) {
    for (name, value) in field.split(',').skip(2).filter_map(|pair| pair.split_once('=')) {
        match name {
            "shard-id" => load_shard(state, ix, value),
            "nodename" if !value.is_empty() => {
                state.nodes[ix].rare_mut().human_nodename = Some(value.into());
            }
            _ => {}
        }
    }
}

/// The address before all that; without a bus port it lies 10,000 above.
fn load_address(node: &mut ClusterNode, field: &str) -> Result<(), &'static str> {
    let mut parts = field.split(',');
    let address = parts.next().unwrap_or_default();
    let hostname = parts.next().filter(|name| !name.is_empty());
    if hostname != node.rare().hostname.as_deref() {
        node.rare_mut().hostname = hostname.map(Into::into);
    }
    let (ip, ports) = address.rsplit_once(':').ok_or(CORRUPTED)?;
    node.ip = IpText::from_text(ip.as_bytes());
    let (port, cport) = match ports.split_once('@') {
        Some((port, cport)) => (port, Some(cport)),
        None => (ports, None),
    };
    node.port = leading_number(port) as u16;
    node.cport = match cport {
        Some(cport) => leading_number(cport) as u16,
        None => node.port.wrapping_add(BUS_PORT_OFFSET),
    };
    Ok(())
}

/// `5`, `0-5460`, `[5->-id]` or `[5-<-id]`.
fn load_slots(
    state: &mut ClusterState,
    now: i64,
    ix: NodeIx,
    field: &str,
) -> Result<(), &'static str> {
    if let Some(open) = field.strip_prefix('[') {
        let (slot, rest) = open.split_once('-').ok_or(CORRUPTED)?;
        let slot = slot_number(slot)?;
        let going = rest.starts_with('>');
        let id = rest.get(2..).and_then(|rest| rest.split_once(']')).ok_or(CORRUPTED)?.0;
        let other = find_or_add(state, now, valid_id(id).ok_or(CORRUPTED)?)?;
        if going {
            state.migrating.insert(slot, other);
        } else {
            state.importing.insert(slot, other);
        }
        return Ok(());
    }
    let (first, last) = field.split_once('-').unwrap_or((field, field));
    let (first, last) = (slot_number(first)?, slot_number(last)?);
    if first <= last {
        state.add_slots(ix, first, last);
    }
    Ok(())
}

fn slot_number(text: &str) -> Result<Slot, &'static str> {
    if text.starts_with('-') {
        return Err(CORRUPTED);
    }
    u16::try_from(leading_number(text)).ok().and_then(Slot::new).ok_or(CORRUPTED)
}

/// The digits that the text begins with, as `strtoull` reads them; 0 for none.
fn leading_number(text: &str) -> u64 {
    let digits = text.bytes().take_while(u8::is_ascii_digit);
    digits.fold(0_u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0')))
}
