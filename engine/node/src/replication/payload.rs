//! The replica's side of a full synchronisation: `readSyncBulkPayload`.

use engine_base::{LinkId, Now};
use engine_store::Db;
use engine_store::rdb::{Item, RdbError, Reader};

use super::LinkState;
use super::handshake::Stage;
use crate::Node;
use crate::api::LogLevel;
use crate::event::EventKind;

/// A data set coming in. It is read as it comes, beside the old one, which serves until the new
/// one is complete.
#[derive(Clone)]
pub(super) struct Payload {
    /// The master's history and where the data stands in it.
    id: [u8; 40],
    offset: u64,
    framing: Framing,
    reader: Reader,
    dbs: Vec<Db>,
    /// The database to which the next pairs belong.
    db: usize,
    /// The database that the stream after it has selected.
    stream_db: usize,
    received: u64,
    keys: usize,
    /// `redis-ver` of who wrote it.
    version: String,
    /// Slots on their way to the master.
    imports: Vec<String>,
    ended: bool,
    /// It goes by no file.
    diskless: bool,
}

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
        let seed = self.hash_seed;
        let diskless = self.loads_diskless();
        let payload = Payload {
            diskless,
            id,
            offset,
            framing: Framing::Unknown,
            reader: Reader::from_master(),
            dbs: self.dbs.iter().map(|_| Db::new(seed)).collect(),
            db: 0,
            stream_db: 0,
            received: 0,
            keys: 0,
            version: String::new(),
            imports: Vec::new(),
            ended: false,
        };
        if !diskless {
            self.begin_received_file(now);
        }
        self.replication.state = LinkState::Transfer;
        self.set_stage(link, Stage::Payload(Box::new(payload)));
        self.out.event(now, EventKind::ReplicaSync { step: "full", offset });
    }

    /// Bytes of the data came.
    pub(super) fn receive_payload(&mut self, now: Now, link: LinkId) {
        let Some(crate::links::Link::Master(master)) = self.links.get_mut(link) else { return };
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
                Err(()) => return self.master_failed(now),
            }
        }
        let bytes = self.take_input(link);
        self.store_received(&bytes);
        match self.read_payload(&mut payload, &bytes) {
            Ok(None) => self.set_stage(link, Stage::Payload(payload)),
            Ok(Some(rest)) => {
                if self.name_received_file(now, payload.framing.mark_len() + rest.len()) {
                    self.set_stage(link, Stage::Stored(payload, rest));
                } else {
                    self.finish_payload(now, link, *payload, &rest);
                }
            }
            Err(error) => {
                self.out.log(
                    LogLevel::Warning,
                    format!("Failed trying to load the MASTER synchronization DB: {error}"),
                );
                self.replication.cached = false;
                self.master_failed(now);
            }
        }
    }

    fn read_framing(&mut self, now: Now, payload: &mut Payload, line: &[u8]) -> bool {
        let text = String::from_utf8_lossy(line).into_owned();
        let whereto = if payload.diskless { "to parser" } else { "to disk" };
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
            self.master_failed(now);
            return false;
        }
        if payload.diskless {
            let text = "MASTER <-> REPLICA sync: Loading DB in memory";
            self.out.log(LogLevel::Notice, text);
        }
        true
    }

    /// Reads on; when the data is complete, what follows it.
    fn read_payload(
        &self,
        payload: &mut Payload,
        bytes: &[u8],
    ) -> Result<Option<Vec<u8>>, RdbError> {
        let limits = self.limits();
        payload.received += bytes.len() as u64;
        payload.reader.feed(bytes);
        // The reader of a large value waits for much more than there is, unless it knows that this is
        // all. Nothing follows a mark until the replica has said that it read it.
        let all_here = match payload.framing {
            Framing::Length(len) => payload.received >= len,
            Framing::Mark(mark) => payload.reader.rest().ends_with(&mark),
            Framing::Unknown => false,
        };
        while !payload.ended {
            let Some(item) = payload.reader.read(&limits, all_here)? else { return Ok(None) };
            payload.take(item);
        }
        let rest = payload.reader.rest();
        match payload.framing {
            Framing::Length(len) => {
                // What is behind the end of the file, but before the length is full, is padding.
                let beyond = payload.received.saturating_sub(len);
                if payload.received < len {
                    return Ok(None);
                }
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

    /// The data is complete: it takes the place of the old one, and writes follow.
    pub(super) fn finish_payload(&mut self, now: Now, link: LinkId, payload: Payload, rest: &[u8]) {
        if self.replication.cached {
            self.out.log(LogLevel::Notice, "Discarding previously cached master state.");
        }
        let said = |text: &str| format!("MASTER <-> REPLICA sync: {text}");
        let read = [
            format!("Loading RDB produced by version {}", payload.version),
            format!("Done loading RDB, keys loaded: {}, keys expired: 0.", payload.keys),
        ];
        let log = if payload.diskless {
            let [version, keys] = read;
            let swap = said("Swapping active DB with loaded DB");
            vec![version, keys, swap, said("Discarding old DB in background")]
        } else {
            [vec![said("Flushing old data"), said("Loading DB in memory")], read.to_vec()].concat()
        };
        for line in log {
            self.out.log(LogLevel::Notice, line);
        }
        self.forget_imports(now, "Full resynchronization occurred");
        self.touch_flushed(now, None);
        self.dbs = payload.dbs;
        for note in &payload.imports {
            self.track_note(now, note);
        }
        self.disconnect_replicas(now);
        self.replication.adopt(payload.id, payload.offset, payload.stream_db);
        self.replication.clear_id2();
        self.replication.backlog = None;
        self.replication.need_backlog();
        self.replication.selected = None;
        self.begin_stream(now, link);
        if payload.id == super::NO_ID {
            // A master that knows no PSYNC: the next link begins from nothing again.
            self.replication.cached = false;
        }
        self.out.log(LogLevel::Notice, "MASTER <-> REPLICA sync: Finished with success");
        self.out.event(now, EventKind::ReplicaSync { step: "done", offset: payload.offset });
        self.send_ack(link);
        // The new data is in no file yet.
        self.dirty += u64::from(payload.diskless);
        self.persist_after_full_sync(now);
        if !rest.is_empty() {
            self.apply_stream(now, link, rest);
        }
    }
}

impl Payload {
    fn take(&mut self, item: Item) {
        match item {
            Item::Aux(name, text) => {
                let text = String::from_utf8_lossy(&text).into_owned();
                match &name[..] {
                    b"redis-ver" | b"valkey-ver" => self.version = text,
                    b"slot-import" => self.imports.push(text),
                    b"repl-stream-db" => self.stream_db = text.parse().unwrap_or(0),
                    _ => {}
                }
            }
            Item::SelectDb(db) => self.db = usize::try_from(db).unwrap_or(usize::MAX),
            Item::Pair { key, value, expire, .. } => {
                // Expired keys too: the master says when they go.
                if let Some(db) = self.dbs.get_mut(self.db) {
                    db.insert(&key, value);
                    db.set_expire(&key, expire);
                    self.keys += 1;
                }
            }
            Item::End => self.ended = true,
            Item::ResizeDb(..) | Item::Function(_) | Item::EmptyKey(_) => {}
        }
    }
}
