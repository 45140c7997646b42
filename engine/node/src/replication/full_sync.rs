//! The master's side of a synchronisation: `syncCommand`, `masterTryPartialResync`,
//! `startBgsaveForReplication`.

use engine_base::{LinkId, Mono, Now};
use engine_resp::Reply;
use engine_store::rdb::{Header, Stream, Writer};

use super::replicas::{Filter, Phase, ReplicaClient, Sending, ip, name};
use super::{Backlog, LinkState};
use crate::Node;
use crate::api::Action;
use crate::api::LogLevel;
use crate::client::ClientFlags;
use crate::persist::step_slowly;

/// How much data may wait for the driver before more is written.
pub(super) const PUMP: usize = 64 * 1024;

impl Node {
    /// `PSYNC id offset`, or `SYNC` without them: the client wants to be a replica.
    pub(crate) fn sync_replica(
        &mut self,
        now: Now,
        link: LinkId,
        request: Option<(&[u8], &[u8])>,
        out: &mut Reply,
    ) {
        let Some(client) = self.links.client_mut(link) else { return };
        if client.flags.contains(ClientFlags::REPLICA) {
            return;
        }
        client.replica.get_or_insert_with(|| Box::new(ReplicaClient::new(now)));
        let who = name(client);
        if self.replication.failover.is_active() {
            self.stats.error("NOMASTERLINK");
            out.error("NOMASTERLINK Can't SYNC while failing over");
            return;
        }
        if self.replication.is_replica() && self.replication.state != LinkState::Connected {
            out.error("NOMASTERLINK Can't SYNC while not connected with my master");
            return;
        }
        self.out.log(LogLevel::Notice, format!("Replica {who} asks for synchronization"));
        if let Some((id, offset)) = request {
            let Some(from) = engine_base::number::parse_i64(offset) else {
                self.stats.error("ERR");
                out.error("ERR value is not an integer or out of range");
                let text =
                    format!("Replica {who} asks for synchronization but with a wrong offset");
                self.out.log(LogLevel::Warning, text);
                return;
            };
            if self.try_partial(now, link, id, from, &who, out) {
                return;
            }
        } else if let Some(replica) = self.replica_of(link) {
            (replica.psync2, replica.pre_psync) = (false, true);
        }
        self.stats.sync_full += 1;
        self.enlist(now, link, Phase::Waiting);
        if self.replication.replicas.len() == 1 && self.replication.backlog.is_none() {
            self.replication.new_id();
            self.replication.backlog = Some(Backlog::new(self.replication.offset + 1));
            let text = format!(
                "Replication backlog created, my new replication IDs are '{}' and '{}'",
                super::id_text(&self.replication.id),
                super::id_text(&self.replication.id2)
            );
            self.out.log(LogLevel::Notice, text);
        }
        let eof = self.replica_of(link).is_some_and(|r| r.eof);
        let by_file = !(self.config.repl_diskless_sync && eof);
        if by_file && self.is_saving() && self.replication.sync_file.is_none() {
            let text = "Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE \
                        for SYNC";
            self.out.log(LogLevel::Notice, text);
        }
        if self.config.repl_diskless_sync && eof && self.config.repl_diskless_sync_delay > 0 {
            self.out.log(LogLevel::Notice, "Delay next BGSAVE for diskless SYNC");
        } else {
            // The answer begins in the client's own buffer, behind what this command answers.
            self.replication.sync_now = true;
        }
    }

    pub(super) fn replica_of(&mut self, link: LinkId) -> Option<&mut ReplicaClient> {
        self.links.client_mut(link)?.replica.as_deref_mut()
    }

    fn enlist(&mut self, now: Now, link: LinkId, phase: Phase) {
        if self.config.repl_disable_tcp_nodelay && !matches!(phase, Phase::Online) {
            self.out.push(Action::Gather { link });
        }
        let Some(client) = self.links.client_mut(link) else { return };
        client.flags.insert(ClientFlags::REPLICA);
        let Some(replica) = client.replica.as_deref_mut() else { return };
        replica.phase = phase;
        replica.ack_at = now.mono;
        replica.since = now.mono;
        self.replication.replicas.push(link);
    }

    /// Lets a replica go on where it was, when the backlog still has it.
    fn try_partial(
        &mut self,
        now: Now,
        link: LinkId,
        id: &[u8],
        from: i64,
        who: &str,
        out: &mut Reply,
    ) -> bool {
        let repl = &self.replication;
        let ours = id.eq_ignore_ascii_case(&repl.id);
        let older = id.eq_ignore_ascii_case(&repl.id2) && from <= repl.second_offset;
        if !ours && !older {
            if id != b"?" {
                self.stats.sync_partial_err += 1;
                let text = self.why_not(id, from);
                self.out.log(LogLevel::Notice, text);
            } else {
                self.out.log(LogLevel::Notice, format!("Full resync requested by replica {who}"));
            }
            return false;
        }
        let end = repl.offset + 1;
        let lacks = u64::try_from(from).ok().and_then(|from| {
            repl.backlog.as_ref().filter(|backlog| backlog.from(from).is_some())?;
            usize::try_from(end.checked_sub(from)?).ok()
        });
        let Some(lacks) = lacks else {
            self.stats.sync_partial_err += 1;
            let offset = repl.offset as i64;
            self.out.log(
                LogLevel::Notice,
                format!(
                    "Unable to partial resync with replica {who} for lack of backlog (Replica \
                     request was: {from})."
                ),
            );
            if from > offset {
                self.out.log(
                    LogLevel::Warning,
                    format!(
                        "Warning: replica {who} tried to PSYNC with an offset that is greater \
                         than the master replication offset."
                    ),
                );
            }
            return false;
        };
        let id = super::id_text(&repl.id);
        self.stats.sync_partial_ok += 1;
        if self.replica_of(link).is_some_and(|r| r.psync2) {
            out.raw(format!("+CONTINUE {id}\r\n").as_bytes());
        } else {
            out.raw(b"+CONTINUE\r\n");
        }
        self.enlist(now, link, Phase::Online);
        if let Some(replica) = self.replica_of(link) {
            replica.held = lacks;
        }
        self.pump_stream(link);
        self.out.log(
            LogLevel::Notice,
            format!(
                "Partial resynchronization request from {who} accepted. Sending {lacks} bytes of \
                 backlog starting from offset {from}."
            ),
        );
        true
    }

    fn why_not(&self, id: &[u8], from: i64) -> String {
        let repl = &self.replication;
        let asked = String::from_utf8_lossy(id);
        if id.eq_ignore_ascii_case(&repl.id2) {
            return format!(
                "Partial resynchronization not accepted: Requested offset for second ID was \
                 {from}, but I can reply up to {}",
                repl.second_offset
            );
        }
        format!(
            "Partial resynchronization not accepted: Replication ID mismatch (Replica asked for \
             '{asked}', my replication IDs are '{}' and '{}')",
            super::id_text(&repl.id),
            super::id_text(&repl.id2)
        )
    }

    /// Starts sending all data to every replica that waits for it.
    pub(super) fn start_full_syncs(&mut self, now: Now) {
        let waiting: Vec<LinkId> = self
            .replica_clients()
            .filter(|(_, r)| matches!(r.phase, Phase::Waiting))
            .map(|(client, _)| client.link)
            .collect();
        if waiting.is_empty() {
            return;
        }
        let diskless = self.config.repl_diskless_sync;
        // A file with a part of the data must not take the place of the one with all of it.
        let by_socket = |r: &mut ReplicaClient| r.eof && (diskless || r.filter.is_some());
        let (by_socket, by_file): (Vec<LinkId>, Vec<LinkId>) =
            waiting.into_iter().partition(|link| self.replica_of(*link).is_some_and(by_socket));
        if !by_file.is_empty() {
            self.start_file_sync(now, by_file);
        }
        if !by_socket.is_empty() {
            // The stream after the snapshot begins by naming its database.
            self.replication.selected = None;
            let header = self.rdb_header(now, true);
            self.count_fork();
            let text = "Starting BGSAVE for SYNC with target: replicas sockets";
            self.out.log(LogLevel::Notice, text);
            let child = self.pid.wrapping_add(1);
            let text = format!("Background RDB transfer started by pid {child}");
            self.out.log(LogLevel::Notice, text);
            for link in by_socket {
                self.start_socket_sync(now, link, header.clone());
            }
        }
    }

    /// `+FULLRESYNC` with the place in the history from which the stream goes on.
    pub(super) fn answer_full_resync(&mut self, link: LinkId, offset: u64) {
        let line = format!("+FULLRESYNC {} {offset}\r\n", super::id_text(&self.replication.id));
        let Some(client) = self.links.client_mut(link) else { return };
        if client.replica.as_ref().is_some_and(|replica| !replica.pre_psync) {
            client.reply.raw(line.as_bytes());
        }
    }

    fn start_socket_sync(&mut self, now: Now, link: LinkId, header: Header) {
        let filter = self.replica_of(link).and_then(|replica| replica.filter);
        let writer = self.rdb_writer_of(header, filter.unwrap_or_default());
        self.answer_full_resync(link, self.replication.offset);
        let end = self.replication.rng.hex40();
        let Some(client) = self.links.client_mut(link) else { return };
        client.reply.raw(&[b"$EOF:".as_slice(), &end, b"\r\n"].concat());
        let Some(replica) = client.replica.as_deref_mut() else { return };
        replica.sent_at = now.mono;
        let sending = Sending { writer, mark: Some(end), due: Mono::ZERO };
        replica.held = 0;
        replica.phase = Phase::Sending(Box::new(sending));
        self.pump_replica(link);
    }

    /// Ten times a second: as many keys as are due with `rdb-key-save-delay`.
    pub(crate) fn pace_replicas(&mut self, now: Now) {
        if !self.replica_clients().any(|(_, r)| matches!(r.phase, Phase::Sending(_))) {
            return;
        }
        for link in self.replication.replicas.clone() {
            let Some(delay) = self.save_delay() else {
                // One whose delay was taken away waits for nothing else.
                self.pump_replica(link);
                continue;
            };
            self.pump(link, |sending, out| {
                step_slowly(&mut sending.writer, out, delay, &mut sending.due, now.mono)
            });
        }
    }

    /// Writes more of the data when the driver has sent most of what was written.
    pub(crate) fn pump_replica(&mut self, link: LinkId) {
        if self.save_delay().is_none() {
            self.pump(link, |sending, out| sending.writer.step(out, PUMP));
        }
    }

    fn pump(&mut self, link: LinkId, step: impl FnOnce(&mut Sending, &mut Vec<u8>) -> bool) {
        let Some(client) = self.links.client_mut(link) else { return };
        let waiting = client.unsent().len();
        let Some(replica) = client.replica.as_deref_mut() else { return };
        let Phase::Sending(sending) = &mut replica.phase else { return };
        if waiting >= PUMP {
            return self.announce_output(link);
        }
        let more = step(sending, client.reply.buffer_mut());
        if more {
            return self.announce_output(link);
        }
        if let Some(mark) = sending.mark {
            client.reply.raw(&mark);
            replica.phase = Phase::Loading;
            let text = format!(
                "Streamed replication with replica {} succeeded (socket). Waiting for REPLCONF \
                 ACK from replica to enable streaming",
                name(client)
            );
            self.replication.streamed.push(link);
            self.streams_ended(true);
            self.out.log(LogLevel::Notice, text);
        } else {
            replica.phase = Phase::Online;
            let text = format!("Synchronization with replica {} succeeded", name(client));
            self.pump_stream(link);
            self.out.log(LogLevel::Notice, text);
        }
        self.announce_output(link);
    }

    /// What an RDB file written now says about itself.
    pub(crate) fn rdb_header(&self, now: Now, for_replicas: bool) -> Header {
        let repl = &self.replication;
        // A master without a backlog has no stream that anybody could go on with.
        let has_stream = repl.is_replica() || repl.backlog.is_some() || for_replicas;
        let db = match repl.link.and_then(|link| self.links.client(link)) {
            Some(master) => master.db,
            None if repl.is_replica() => repl.stream_db,
            None => repl.selected.unwrap_or(0),
        };
        let stream = Stream { db: db as i64, id: repl.id, offset: repl.offset };
        Header {
            redis_version: crate::VERSION,
            ctime: now.unix.as_secs(),
            used_memory: 0,
            stream: has_stream.then_some(stream),
            slot_imports: self.import_notes(),
            aof_base: false,
        }
    }

    /// A writer of all data as it is now.
    pub(crate) fn rdb_writer(&self, header: Header) -> Writer {
        self.rdb_writer_of(header, Filter::default())
    }

    fn rdb_writer_of(&self, header: Header, filter: Filter) -> Writer {
        let (compress, sum) = (self.config.rdbcompression, self.config.rdbchecksum);
        let mut dbs = if filter.data { self.dbs.clone() } else { Vec::new() };
        dbs.iter_mut().for_each(engine_store::Db::show_all);
        let functions = if filter.functions { self.scripts.sources() } else { Vec::new() };
        Writer::new(header, functions, dbs, compress, sum)
    }

    /// `REPLCONF` from a replica that introduces itself; the error when an option is unknown.
    pub(crate) fn replica_says(
        &mut self,
        now: Now,
        link: LinkId,
        option: &[u8],
        value: &[u8],
    ) -> Result<bool, String> {
        let text = String::from_utf8_lossy(value).into_owned();
        let number = engine_base::number::parse_i64(value);
        if option.eq_ignore_ascii_case(b"ack") {
            if let Some(offset) = number.and_then(|n| u64::try_from(n).ok()) {
                self.replica_acked(now, link, offset);
            }
            return Ok(false);
        }
        if option.eq_ignore_ascii_case(b"getack") {
            return Ok(false);
        }
        let Some(client) = self.links.client_mut(link) else { return Ok(false) };
        let replica = client.replica.get_or_insert_with(|| Box::new(ReplicaClient::new(now)));
        if option.eq_ignore_ascii_case(b"listening-port") {
            let port = number.ok_or("ERR value is not an integer or out of range")?;
            replica.port = u16::try_from(port).unwrap_or(0);
        } else if option.eq_ignore_ascii_case(b"ip-address") {
            if value.len() > 255 {
                return Err(format!(
                    "ERR REPLCONF ip-address provided by replica instance is too long: {} bytes",
                    value.len()
                ));
            }
            replica.ip = (!text.is_empty()).then_some(text);
        } else if option.eq_ignore_ascii_case(b"capa") {
            replica.eof |= value.eq_ignore_ascii_case(b"eof");
            replica.psync2 |= value.eq_ignore_ascii_case(b"psync2");
        } else if option.eq_ignore_ascii_case(b"rdb-filter-only") {
            replica.filter = Some(Filter::read(value)?);
        } else if !option.eq_ignore_ascii_case(b"rdb-only") {
            let option = String::from_utf8_lossy(option);
            return Err(format!("ERR Unrecognized REPLCONF option: {option}"));
        }
        Ok(true)
    }

    /// The address of a replica's client connection, for INFO.
    pub(super) fn replica_address(client: &crate::client::Client) -> String {
        ip(client)
    }
}
