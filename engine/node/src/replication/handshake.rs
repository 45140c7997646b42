//! The replica's side of the exchange before data flows: `syncWithMaster`.

mod lost;

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};

use engine_base::{LinkId, Now};

use super::LinkState;
use super::payload::Payload;
use crate::Node;
use crate::api::{Action, DialError, LogLevel, Purpose};
use crate::client::{Client, ClientFlags};
use crate::links::Link;
use crate::place::Place;

/// A line of the handshake may not be longer (a master that sends more is no master).
const LINE_MAX: usize = 64 * 1024;

/// The link to this node's master, and how far the exchange on it has come.
#[derive(Clone)]
pub(crate) struct MasterLink {
    /// Where the master is, and this end of the link.
    pub(crate) peer: SocketAddr,
    local: SocketAddr,
    pub(super) stage: Stage,
    /// Bytes that came and are not yet understood.
    pub(super) input: Vec<u8>,
    /// The master is gone, and what it sent is still to be loaded.
    pub(super) closed: bool,
    /// The client as which the master's stream is applied, once it flows.
    pub(crate) client: Option<Box<Client>>,
}

/// What the replica waits for.
#[derive(Clone)]
pub(super) enum Stage {
    Dialing,
    /// The answer to PING.
    Pong,
    /// The answers to these, in order.
    Introduce(VecDeque<Asked>),
    /// The answer to PSYNC.
    Psync,
    /// The data.
    Payload(Box<Payload>),
    /// The data is here, and is not loaded yet; with what came behind it.
    Stored(Box<Payload>, Vec<u8>),
    /// Writes.
    Stream,
}

/// What was sent to introduce this replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Auth,
    Port,
    Ip,
    Capa,
}

impl Node {
    /// Opens the link to the master (`connectWithMaster`).
    pub(super) fn connect_with_master(&mut self, now: Now) {
        let Some((host, port)) = self.replication.master.clone() else { return };
        self.replication.last_io = now.mono;
        let place = Place::new(&host, port);
        let peer = place.address;
        let local = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0);
        let (stage, input) = (Stage::Dialing, Vec::new());
        let link = MasterLink { peer, local, stage, input, closed: false, client: None };
        let id = self.dial(Link::Master(Box::new(link)), &place, Purpose::Replication);
        self.replication.link = Some(id);
        self.replication.state = LinkState::Connecting;
        self.out.log(LogLevel::Notice, "MASTER <-> REPLICA sync started");
    }

    /// The dial of the link to the master ended.
    pub(crate) fn master_dialed(
        &mut self,
        now: Now,
        link: LinkId,
        done: Result<SocketAddr, DialError>,
    ) {
        if self.replication.link != Some(link) {
            return;
        }
        self.replication.last_io = now.mono;
        match (done, self.links.get_mut(link)) {
            (Ok(local), Some(Link::Master(master))) => master.local = local,
            (Ok(_), _) => {}
            (Err(error), _) => {
                self.links.remove(link);
                self.replication.link = None;
                self.replication.state = LinkState::Connect;
                let text = match error {
                    DialError::UnknownName => format!("Unable to connect to MASTER: {error}"),
                    _ => format!("Error condition on socket for SYNC: {error}"),
                };
                self.out.log(LogLevel::Warning, text);
                return;
            }
        }
        self.out.log(LogLevel::Notice, "Non blocking connect for SYNC fired the event.");
        self.replication.state = LinkState::Handshake;
        self.set_stage(link, Stage::Pong);
        self.say(link, &[b"PING"]);
    }

    /// Bytes came from the master.
    pub(crate) fn master_bytes(&mut self, now: Now, link: LinkId, bytes: &[u8]) {
        if self.replication.link != Some(link) {
            return;
        }
        self.replication.last_io = now.mono;
        let Some(Link::Master(master)) = self.links.get_mut(link) else { return };
        if matches!(master.stage, Stage::Stream) {
            return self.apply_stream(now, link, bytes);
        }
        master.input.extend_from_slice(bytes);
        loop {
            match self.master_stage(link) {
                Some(Stage::Payload(_)) => return self.receive_payload(now, link),
                Some(Stage::Stored(..)) => return,
                Some(Stage::Stream) => {
                    let rest = self.take_input(link);
                    return self.apply_stream(now, link, &rest);
                }
                None => return,
                Some(_) => {}
            }
            match self.take_line(link) {
                Ok(Some(line)) => self.handshake_line(now, link, &line),
                Ok(None) => return,
                Err(()) => {
                    self.out.log(LogLevel::Warning, "Error reading from master: line too long");
                    return self.master_failed(now);
                }
            }
        }
    }

    fn master_stage(&self, link: LinkId) -> Option<&Stage> {
        match self.links.get(link) {
            Some(Link::Master(master)) => Some(&master.stage),
            _ => None,
        }
    }

    pub(super) fn set_stage(&mut self, link: LinkId, stage: Stage) {
        if let Some(Link::Master(master)) = self.links.get_mut(link) {
            master.stage = stage;
        }
    }

    pub(super) fn take_input(&mut self, link: LinkId) -> Vec<u8> {
        match self.links.get_mut(link) {
            Some(Link::Master(master)) => std::mem::take(&mut master.input),
            _ => Vec::new(),
        }
    }

    /// The next line without its end; empty ones keep the link alive and are left out.
    pub(super) fn take_line(&mut self, link: LinkId) -> Result<Option<Vec<u8>>, ()> {
        let Some(Link::Master(master)) = self.links.get_mut(link) else { return Ok(None) };
        while let Some(end) = master.input.iter().position(|b| *b == b'\n') {
            let mut line: Vec<u8> = master.input.drain(..=end).collect();
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            if !line.is_empty() {
                return Ok(Some(line));
            }
        }
        if master.input.len() > LINE_MAX { Err(()) } else { Ok(None) }
    }

    fn handshake_line(&mut self, now: Now, link: LinkId, line: &[u8]) {
        let text = String::from_utf8_lossy(line).into_owned();
        match self.master_stage(link) {
            Some(Stage::Pong) => self.pong(now, link, &text),
            Some(Stage::Introduce(asked)) => {
                let mut asked = asked.clone();
                let step = asked.pop_front();
                self.introduced(now, link, step, &text, asked);
            }
            Some(Stage::Psync) => self.psync_answer(now, link, &text),
            _ => {}
        }
    }

    fn pong(&mut self, now: Now, link: LinkId, text: &str) {
        let refused = text.starts_with("-NOAUTH")
            || text.starts_with("-NOPERM")
            || text.starts_with("-ERR operation not permitted");
        if !text.starts_with('+') && !refused {
            self.out.log(LogLevel::Warning, format!("Error reply to PING from master: '{text}'"));
            return self.master_failed(now);
        }
        self.out.log(LogLevel::Notice, "Master replied to PING, replication can continue...");
        let mut asked = VecDeque::new();
        if !self.config.masterauth.is_empty() {
            let (user, password) = (self.config.masteruser.clone(), self.config.masterauth.clone());
            if user.is_empty() {
                self.say(link, &[b"AUTH", &password]);
            } else {
                self.say(link, &[b"AUTH", user.as_bytes(), &password]);
            }
            asked.push_back(Asked::Auth);
        }
        let port = match self.config.replica_announce_port {
            0 => self.config.port,
            announced => announced,
        };
        self.say(link, &[b"REPLCONF", b"listening-port", port.to_string().as_bytes()]);
        asked.push_back(Asked::Port);
        if !self.config.replica_announce_ip.is_empty() {
            let ip = self.config.replica_announce_ip.clone();
            self.say(link, &[b"REPLCONF", b"ip-address", ip.as_bytes()]);
            asked.push_back(Asked::Ip);
        }
        self.say(link, &[b"REPLCONF", b"capa", b"eof", b"capa", b"psync2"]);
        asked.push_back(Asked::Capa);
        self.set_stage(link, Stage::Introduce(asked));
    }

    fn introduced(
        &mut self,
        now: Now,
        link: LinkId,
        step: Option<Asked>,
        text: &str,
        rest: VecDeque<Asked>,
    ) {
        if text.starts_with('-') {
            let complaint = match step {
                Some(Asked::Auth) => {
                    self.out.log(LogLevel::Warning, format!("Unable to AUTH to MASTER: {text}"));
                    return self.master_failed(now);
                }
                Some(Asked::Port) => "listening-port",
                Some(Asked::Ip) => "ip-address",
                _ => "capa",
            };
            // An old master goes on without what it does not understand.
            let what =
                format!("(Non critical) Master does not understand REPLCONF {complaint}: {text}");
            self.out.log(LogLevel::Notice, what);
        }
        if !rest.is_empty() {
            return self.set_stage(link, Stage::Introduce(rest));
        }
        self.set_stage(link, Stage::Psync);
        self.ask_for_stream(link);
    }

    /// `PSYNC`: from where this node is when it has a history, and with the request to take over
    /// when this node hands over.
    fn ask_for_stream(&mut self, link: LinkId) {
        let (mut id, mut from) = ("?".to_owned(), "-1".to_owned());
        if self.replication.cached {
            id = super::id_text(&self.replication.id);
            from = (self.replication.offset + 1).to_string();
            let text = format!("Trying a partial resynchronization (request {id}:{from}).");
            self.out.log(LogLevel::Notice, text);
        } else {
            self.out
                .log(LogLevel::Notice, "Partial resynchronization not possible (no cached master)");
        }
        let words: [&[u8]; 4] = [b"PSYNC", id.as_bytes(), from.as_bytes(), b"FAILOVER"];
        let hands_over = self.replication.failover.is_in_progress();
        self.say(link, if hands_over { &words } else { &words[..3] });
    }

    /// From here on the link carries writes (`replicationCreateMasterClient`).
    pub(super) fn begin_stream(&mut self, now: Now, link: LinkId) {
        let Some(Link::Master(master)) = self.links.get(link) else { return };
        let id = self.next_client_id;
        self.next_client_id += 1;
        let mut client = Client::new(link, id, master.peer, master.local, now.mono);
        client.flags = ClientFlags::MASTER;
        client.authenticated = true;
        client.db = self.replication.stream_db.min(self.dbs.len() - 1);
        if let Some(Link::Master(master)) = self.links.get_mut(link) {
            master.client = Some(Box::new(client));
            master.stage = Stage::Stream;
        }
        self.replication.state = LinkState::Connected;
        self.replication.cached = true;
    }

    /// Remembers where the master's stream stands, for the next link.
    pub(super) fn keep_stream_state(&mut self, link: LinkId) {
        if let Some(Link::Master(master)) = self.links.get(link)
            && let Some(client) = &master.client
        {
            self.replication.stream_db = client.db;
        }
    }

    /// Sends words to the master.
    pub(super) fn say(&mut self, link: LinkId, words: &[&[u8]]) {
        let mut bytes = Vec::new();
        super::feed::encode(words, &mut bytes);
        self.out.push(Action::Send { link, bytes: bytes.into() });
    }
}
