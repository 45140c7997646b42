//! The replica's side of a full synchronisation: `readSyncBulkPayload`.
//!
//! With a file, the data goes there as it comes and is loaded when it is complete; without, it is
//! read as it comes, beside the old one.

use engine_base::{LinkId, Mono, Now};
use engine_store::rdb::RdbError;

use super::LinkState;
use super::handshake::Stage;
use super::incoming::Incoming;
use crate::Node;
use crate::apart::cloned_apart;
use crate::api::LogLevel;
use crate::config::DisklessLoad;
use crate::event::EventKind;
use crate::links::Link;
use crate::persist::LoadProgress;

/// A data set coming in.
pub(super) struct Payload {
    /// The master's history and where the data stands in it.
    pub(super) id: [u8; 40],
    pub(super) offset: u64,
    framing: Framing,
    received: u64,
    /// The last bytes that came: they may be the mark.
    tail: Vec<u8>,
    /// What is read as it comes; `None` when it goes by a file.
    incoming: Option<Box<Incoming>>,
    /// When the master last heard that this replica lives.
    told_master: Mono,
    /// What takes its place is the old data, when it is complete (`repl-diskless-load swapdb`).
    swaps: bool,
}

cloned_apart!(Payload { id, offset, framing, received, tail, incoming, told_master, swaps });

/// How the end of the data is told.
#[derive(Clone)]
enum Framing {
    /// The line is still to come.
    Unknown,
    /// `$len`: so many bytes.
    Length(u64),
    /// `$EOF:mark`: these forty bytes follow the data.
    Mark([u8; 40]),
}

impl Framing {
    /// How long what follows the data is.
    fn mark_len(&self) -> usize {
        if let Self::Mark(mark) = self { mark.len() } else { 0 }
    }
}

impl Node {
    /// The master answered that all its data follows.
    pub(super) fn expect_payload(&mut self, now: Now, link: LinkId, id: [u8; 40], offset: u64) {
        let diskless = self.loads_diskless();
        let incoming = diskless.then(|| {
            let dbs = self.dbs.len();
            Box::new(Incoming::new(now, self.hash_seed, dbs, self.config.key_load_delay))
        });
        let swaps = diskless && self.config.repl_diskless_load == DisklessLoad::Swapdb;
        let (framing, tail) = (Framing::Unknown, Vec::new());
        let told_master = now.mono;
        let payload =
            Payload { id, offset, framing, received: 0, tail, incoming, told_master, swaps };
        if !diskless {
            self.begin_received_file(now);
        }
        self.replication.state = LinkState::Transfer;
        self.set_stage(link, Stage::Payload(Box::new(payload)));
        self.out.event(now, EventKind::ReplicaSync { step: "full", offset });
    }

    /// Bytes of the data came, or keys of it are due.
    pub(crate) fn receive_payload(&mut self, now: Now, link: LinkId) {
        let Some(Link::Master(master)) = self.links.get_mut(link) else { return };
        if !matches!(master.stage, Stage::Payload(_)) {
            return;
        }
        let Stage::Payload(mut payload) = std::mem::replace(&mut master.stage, Stage::Psync) else {
            return;
        };
        if matches!(payload.framing, Framing::Unknown) {
            match self.take_line(link) {
                Ok(Some(line)) => {
                    if !self.read_framing(now, &mut payload, &line) {
                        return;
                    }
                }
                Ok(None) => return self.set_stage(link, Stage::Payload(payload)),
                Err(()) => return self.master_failed_late(now),
            }
        }
        let bytes = self.take_input(link);
        payload.received += bytes.len() as u64;
        if payload.incoming.is_some() {
            return self.read_payload(now, link, payload, &bytes);
        }
        self.store_received(&bytes);
        match payload.stored(&bytes) {
            None => self.set_stage(link, Stage::Payload(payload)),
            Some(rest) => {
                let beyond = payload.framing.mark_len() + rest.len();
                self.set_stage(link, Stage::Stored(payload, rest));
                self.name_received_file(now, beyond);
            }
        }
    }

    /// Keys of what goes by no file are due (`key-load-delay`).
    #[inline(never)]
    pub(crate) fn read_due_keys(&mut self, now: Now) {
        if let Some(link) = self.replication.link {
            self.receive_payload(now, link);
        }
    }

    fn read_framing(&mut self, now: Now, payload: &mut Payload, line: &[u8]) -> bool {
        let text = String::from_utf8_lossy(line).into_owned();
        let diskless = payload.incoming.is_some();
        let whereto = if diskless { "to parser" } else { "to disk" };
        if let Some(mark) = line.strip_prefix(b"$EOF:").and_then(|m| m.try_into().ok()) {
            payload.framing = Framing::Mark(mark);
            self.out.log(
                LogLevel::Notice,
                format!(
                    "MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF {whereto}"
                ),
            );
        } else if let Some(len) = text.strip_prefix('$').and_then(|n| n.parse().ok()) {
            payload.framing = Framing::Length(len);
            self.out.log(
                LogLevel::Notice,
                format!("MASTER <-> REPLICA sync: receiving {len} bytes from master {whereto}"),
            );
        } else {
            let what = if let Some(error) = text.strip_prefix('-') {
                format!("MASTER aborted replication with an error: {error}")
            } else {
                format!(
                    "Bad protocol from MASTER, the first byte is not '$' (we received '{text}'), \
                     are you sure the host and port are right?"
                )
            };
            self.out.log(LogLevel::Warning, what);
            self.master_failed_late(now);
            return false;
        }
        if diskless {
            self.begin_diskless_load(now, payload);
        }
        true
    }

    /// From the first byte on data is being loaded. The old data is served meanwhile when it is an
    /// earlier state of the same.
    #[inline(never)]
    fn begin_diskless_load(&mut self, now: Now, payload: &Payload) {
        if !payload.swaps {
            let text = "MASTER <-> REPLICA sync: Flushing old data";
            self.out.log(LogLevel::Notice, text);
        }
        let text = "MASTER <-> REPLICA sync: Loading DB in memory";
        self.out.log(LogLevel::Notice, text);
        let total = if let Framing::Length(len) = payload.framing { len } else { 0 };
        let serves_old = payload.swaps && self.replication.id == payload.id;
        self.persist.progress = Some(LoadProgress::new(now, total, serves_old));
    }

    /// Reads on in data that goes by no file; when it is complete, it takes the place of the old.
    #[inline(never)]
    fn read_payload(&mut self, now: Now, link: LinkId, mut payload: Box<Payload>, bytes: &[u8]) {
        let Some(incoming) = &mut payload.incoming else { return };
        let limits = self.limits();
        incoming.feed(bytes);
        // The reader of a large value waits for much more than there is, unless it knows that this
        // is all. Nothing follows a mark until the replica has said that it read it.
        let all_here = match payload.framing {
            Framing::Length(len) => payload.received >= len,
            Framing::Mark(mark) => incoming.rest().ends_with(&mark),
            Framing::Unknown => false,
        };
        let done = incoming.read(now, &limits, all_here);
        if let Some(progress) = &mut self.persist.progress {
            progress.loaded = payload.received.saturating_sub(incoming.rest().len() as u64);
            progress.used_memory = incoming.used_memory;
        }
        self.timers.loading = incoming.due(now);
        match done.and_then(|complete| if complete { payload.behind() } else { Ok(None) }) {
            Ok(None) => {
                self.keep_master_waiting(now, &mut payload.told_master);
                self.set_stage(link, Stage::Payload(payload));
            }
            Ok(Some(rest)) => {
                self.swap_in(now, &mut payload);
                self.finish_payload(now, link, *payload, &rest);
            }
            Err(error) => {
                let text = format!(
                    "Failed trying to load the MASTER synchronization DB from socket: {error}"
                );
                self.out.log(LogLevel::Warning, text);
                // Beside data that is not touched the place in its stream holds too.
                self.replication.cached &= payload.swaps;
                self.master_failed_late(now);
                if payload.swaps {
                    let text = "MASTER <-> REPLICA sync: Discarding temporary DB in background";
                    self.out.log(LogLevel::Notice, text);
                }
            }
        }
    }

    /// Whether a socket should be read on: what a master sends faster than it is loaded would only
    /// fill memory.
    #[must_use]
    pub fn wants_bytes(&self, link: LinkId) -> bool {
        /// Bytes that wait to be understood.
        const ENOUGH: usize = 1 << 20;
        match self.links.get(link) {
            Some(Link::Master(master)) => {
                master.input.len() < ENOUGH
                    && match &master.stage {
                        Stage::Payload(payload) => payload.is_hungry() || payload.unread() < ENOUGH,
                        _ => true,
                    }
            }
            _ => true,
        }
    }
}

impl Payload {
    /// Bytes of a file came: when it is complete, what follows it.
    fn stored(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self.framing {
            Framing::Length(len) => {
                let beyond = self.received.checked_sub(len)?;
                let beyond =
                    usize::try_from(beyond).ok().filter(|beyond| *beyond <= bytes.len())?;
                Some(bytes[bytes.len() - beyond..].to_vec())
            }
            Framing::Mark(mark) => {
                self.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(mark.len())..]);
                let from = self.tail.len().saturating_sub(mark.len());
                self.tail.drain(..from);
                (self.tail == mark).then(Vec::new)
            }
            Framing::Unknown => None,
        }
    }

    /// What follows the data, once that and its mark are here.
    fn behind(&self) -> Result<Option<Vec<u8>>, RdbError> {
        let rest = self.incoming.as_ref().map_or(&[][..], |incoming| incoming.rest());
        match self.framing {
            Framing::Length(len) => {
                // What is behind the end of the data, but before the length is full, is padding.
                let Some(beyond) = self.received.checked_sub(len) else { return Ok(None) };
                let from = rest.len().saturating_sub(usize::try_from(beyond).unwrap_or(0));
                Ok(Some(rest[from..].to_vec()))
            }
            Framing::Mark(mark) => match rest.split_first_chunk::<40>() {
                None => Ok(None),
                Some((end, rest)) if *end == mark => Ok(Some(rest.to_vec())),
                Some(_) => Err(RdbError::Corrupt("the end mark is missing")),
            },
            Framing::Unknown => Ok(None),
        }
    }

    fn is_hungry(&self) -> bool {
        self.incoming.as_ref().is_some_and(|incoming| incoming.is_hungry())
    }

    fn unread(&self) -> usize {
        self.incoming.as_ref().map_or(0, |incoming| incoming.rest().len())
    }

    /// Bytes of the data itself, when it is complete and `rest` came behind it.
    pub(super) fn size(&self, rest: usize) -> u64 {
        self.received.saturating_sub((self.framing.mark_len() + rest) as u64)
    }

    /// Whether it is being loaded as it comes in.
    pub(super) fn is_loaded_as_it_comes(&self) -> bool {
        self.incoming.is_some() && !matches!(self.framing, Framing::Unknown)
    }

    /// What was read beside the old data.
    pub(super) fn take_incoming(&mut self) -> Option<Box<Incoming>> {
        self.incoming.take()
    }

    /// Whether it took the place of the old data in one step.
    pub(super) fn swaps(&self) -> bool {
        self.swaps
    }
}
