//! Driving a node: what it is told, what it wants done, its timer, its disk.

use core::time::Duration;
use std::sync::Arc;

use engine_base::{LinkId, LinkName, Mono};
use engine_node::config::Verbosity;
use engine_node::{Action, CloseMode, DiskError, DiskId, DiskOp, LogLevel};

use crate::date::Civil;
use crate::fs::{FsError, resolve};
use crate::host::HostId;
use crate::net::{Dir, Owner};
use crate::process::{ExitStatus, Pid};
use crate::queue::{Due, ServerInput};
use crate::server::{Server, level_mark};
use crate::server_links::EndId;
use crate::trace::{What, Who};
use crate::world::World;

/// What a write with fsync takes on a good disk.
const SYNC_TIME: Duration = Duration::from_micros(900);
/// So many rounds without the clock moving are more than any node needs.
const ROUNDS_MAX: usize = 10_000;

/// What the directive `loglevel` lets through.
const fn least(verbosity: Verbosity) -> LogLevel {
    match verbosity {
        Verbosity::Debug => LogLevel::Debug,
        Verbosity::Verbose => LogLevel::Verbose,
        Verbosity::Notice => LogLevel::Notice,
        Verbosity::Warning => LogLevel::Warning,
    }
}

impl World {
    /// Tells a server something, now or when it can hear it.
    pub(crate) fn tell_server(&mut self, host: HostId, pid: Pid, input: ServerInput) {
        let Some(process) = self.hosts[host.0].processes.get_mut(&pid) else { return };
        let Some(server) = &mut process.server else { return };
        server.inbox.push_back(input);
        self.drive(host, pid);
    }

    /// A timer of the queue rang.
    pub(crate) fn timer(&mut self, host: HostId, pid: Pid, at: Mono) {
        let Some(process) = self.hosts[host.0].processes.get_mut(&pid) else { return };
        let Some(server) = &mut process.server else { return };
        if server.timer_at <= at {
            server.timer_at = Mono::NEVER;
        }
        self.drive(host, pid);
    }

    /// Lets a server do all that it can do now.
    pub(crate) fn drive(&mut self, host: HostId, pid: Pid) {
        let Some(process) = self.hosts[host.0].processes.get_mut(&pid) else { return };
        if process.stopped {
            return;
        }
        let Some(mut server) = process.server.take() else { return };
        let exit = self.turn(&mut server, pid);
        if let Some(process) = self.hosts[host.0].processes.get_mut(&pid) {
            process.server = Some(server);
        }
        if let Some(code) = exit {
            self.end_process(host, pid, ExitStatus::Code(code));
        }
    }

    /// One after the other: actions, inputs, the deadline; until nothing is left or the disk is
    /// waited for. Gives the exit code when the process ends.
    fn turn(&mut self, server: &mut Server, pid: Pid) -> Option<i32> {
        let now = self.now_at(server.host);
        for _ in 0..ROUNDS_MAX {
            while !server.waits_for_disk() {
                let Some(action) = server.behind.pop_front().or_else(|| server.node.poll_action())
                else {
                    break;
                };
                if let Some(code) = self.act(server, pid, action) {
                    return Some(code);
                }
            }
            self.hear_events(server, pid);
            if server.waits_for_disk() {
                return None;
            }
            if let Some(input) = server.inbox.pop_front() {
                self.hear(server, input);
                continue;
            }
            let due = server.node.next_deadline().at;
            if due > now.mono {
                if due < server.timer_at && due != Mono::NEVER {
                    server.timer_at = due;
                    self.queue.push(due, Due::Timer(server.host, pid));
                }
                return None;
            }
            server.node.handle_timeout(now);
        }
        // A node that is never done would stop the world: it goes on a millisecond later.
        server.timer_at = now.mono.plus_ms(1);
        self.queue.push(server.timer_at, Due::Timer(server.host, pid));
        None
    }

    fn hear_events(&mut self, server: &mut Server, pid: Pid) {
        while let Some(event) = server.node.poll_event() {
            let who = Who { pid, addr: Some(server.addr) };
            self.tell(server.host, who, What::Node(event.kind));
        }
    }

    fn hear(&mut self, server: &mut Server, input: ServerInput) {
        let now = self.now_at(server.host);
        match input {
            ServerInput::Accept(conn) => {
                let Some(c) = self.conns.get_mut(&conn) else { return };
                let (peer, local) = (c.ends[0].addr(), c.ends[1].addr());
                let link = server.node.accept(now, c.listener, peer, local);
                if let Owner::Server { link: name, .. } = &mut c.ends[1].owner {
                    *name = LinkName::of(link);
                }
                server.links.insert(link, (conn, 1));
            }
            ServerInput::Dialed(link, done) => {
                if done.is_err() {
                    server.links.remove(link);
                }
                server.node.handle_dialed(now, link, done);
            }
            ServerInput::Bytes(conn, end, bytes) => {
                self.has_read(conn, Dir::of_sender(1 - end), bytes.len());
                if let Some(link) = self.link_of(server, (conn, end)) {
                    server.node.handle_bytes(now, link, &bytes);
                }
            }
            ServerInput::Closed(conn, end) => {
                if let Some(link) = server.links.link_at((conn, end)) {
                    server.links.remove(link);
                    server.stalled.remove(&link);
                    server.node.handle_closed(now, link);
                }
            }
            ServerInput::Room(conn, end) => self.go_on(server, conn, end),
            ServerInput::Disk(id, done) => server.node.handle_disk(now, id, done),
            ServerInput::Read(id, part) => server.node.handle_read(now, id, part),
            ServerInput::Terminate(signal) => server.node.handle_terminate(now, signal),
        }
    }

    /// Which link of a server's node an end is: what the end itself remembers, if that is still so.
    fn link_of(&self, server: &Server, end: EndId) -> Option<LinkId> {
        let known = self.conns.get(&end.0).and_then(|conn| match conn.ends[end.1].owner {
            Owner::Server { link, .. } => link.map(LinkName::id),
            Owner::None | Owner::Program { .. } => None,
        });
        let known = known.filter(|link| server.links.end_of(*link) == Some(end));
        known.or_else(|| server.links.link_at(end))
    }

    /// Carries out one action; gives the exit code when it was the last.
    fn act(&mut self, server: &mut Server, pid: Pid, action: Action) -> Option<i32> {
        match action {
            Action::Dial { link, mut to, name, from, purpose } => {
                if let Some(name) = name {
                    let Some(host) = self.find_host(&name) else {
                        let unknown =
                            ServerInput::Dialed(link, Err(engine_node::DialError::UnknownName));
                        server.inbox.push_front(unknown);
                        return None;
                    };
                    to.set_ip(self.hosts[host.0].ip);
                    server.node.handle_resolved(link, to);
                }
                let owner = Owner::Server { pid, link: LinkName::of(link) };
                let conn = self.open_conn(server.host, owner, to, from, purpose.into());
                server.links.insert(link, (conn, 0));
            }
            Action::Send { link, bytes } => self.send_on(server, link, bytes),
            Action::Flush { link } => self.flush_on(server, link),
            Action::Close { link, mode } => {
                self.close_link(server, link, mode == CloseMode::Now);
            }
            // The simulated network sends what it is given at once.
            Action::Gather { .. } => {}
            Action::Disk { id, op, barrier } => self.start_disk(server, pid, id, op, barrier),
            Action::Read { id, path, from, len } => self.read_part(server, id, &path, from, len),
            Action::Log { level, text } => self.log(server, pid, level, &text),
            Action::Exit { code } => return Some(code),
        }
        None
    }

    /// Reading takes no time: what is loaded has just been written, or is read once at start.
    fn read_part(&self, server: &mut Server, id: DiskId, path: &str, from: u64, len: usize) {
        let fs = &self.hosts[server.host.0].fs;
        let read = fs.read(&resolve(&server.console.dir, path));
        let part = read
            .map(|bytes| engine_node::part_of_file(bytes, from, len).to_vec())
            .map_err(|_| DiskError::NotFound);
        server.inbox.push_back(ServerInput::Read(id, part));
    }

    fn start_disk(&mut self, server: &mut Server, pid: Pid, id: DiskId, op: DiskOp, barrier: bool) {
        let token = server.next_token;
        server.next_token += 1;
        let slow = matches!(
            op,
            DiskOp::Replace { .. }
                | DiskOp::Settle { .. }
                | DiskOp::Stream { .. }
                | DiskOp::Sync { .. }
                | DiskOp::Rename { .. }
        );
        if slow {
            server.disk.push_back((token, id, op, barrier));
            let host = &self.hosts[server.host.0];
            let usual = if host.disk_cache { Duration::ZERO } else { SYNC_TIME };
            let delay = Duration::from_micros(host.disk_delay_us);
            self.queue.push(self.now + usual + delay, Due::DiskDone(server.host, pid, token));
        } else {
            // Into the kernel's cache only: it is done before the next action, a reply perhaps.
            let done = self.do_disk(server, id, op);
            server.node.handle_disk(self.now_at(server.host), id, done);
        }
    }

    /// A slow disk operation ends.
    pub(crate) fn disk_done(&mut self, host: HostId, pid: Pid, token: u64) {
        let Some(process) = self.hosts[host.0].processes.get_mut(&pid) else { return };
        let Some(mut server) = process.server.take() else { return };
        if let Some(at) = server.disk.iter().position(|op| op.0 == token)
            && let Some((_, id, op, barrier)) = server.disk.remove(at)
        {
            let done = self.do_disk(&mut server, id, op);
            // The process slept in fsync: nothing that it was told meanwhile, and nothing that it
            // does next, comes before its end.
            if barrier {
                server.node.handle_disk(self.now_at(host), id, done);
            } else {
                server.inbox.push_back(ServerInput::Disk(id, done));
            }
        }
        if let Some(process) = self.hosts[host.0].processes.get_mut(&pid) {
            process.server = Some(server);
        }
        self.drive(host, pid);
    }

    fn do_disk(&mut self, server: &mut Server, id: DiskId, op: DiskOp) -> Result<(), DiskError> {
        let now = self.unix(server.host);
        let at = |path: &str| resolve(&server.console.dir, path);
        let fs = &mut self.hosts[server.host.0].fs;
        let done = match op {
            DiskOp::Replace { path, bytes } => fs.replace(&at(&path), bytes.into(), now),
            DiskOp::Put { path, bytes } => fs.put(&at(&path), Arc::new(bytes.into()), now),
            DiskOp::Append { path, bytes } => fs.append(&at(&path), &bytes, now),
            DiskOp::Stream { path, mut pieces, .. } => {
                let path = at(&path);
                let mut written = 0;
                let done = pieces.try_for_each(|piece| {
                    written += piece.len() as u64;
                    fs.append(&path, &piece, now)
                });
                server.node.handle_written(id, written);
                done
            }
            DiskOp::Sync { path } => fs.sync(&at(&path)),
            DiskOp::Settle { path } => match fs.sync(&at(&path)) {
                Err(FsError::NotFound) => Ok(()),
                other => other,
            },
            DiskOp::Rename { from, to } => {
                fs.sync(&at(&from)).and_then(|()| fs.rename(&at(&from), &at(&to), now))
            }
            DiskOp::Truncate { path, len } => {
                fs.read(&at(&path)).map(<[u8]>::to_vec).and_then(|mut bytes| {
                    bytes.truncate(usize::try_from(len).unwrap_or(usize::MAX));
                    fs.replace(&at(&path), bytes, now)
                })
            }
            DiskOp::Remove { path } => match fs.remove_file(&at(&path)) {
                Err(FsError::NotFound) => Ok(()),
                other => other,
            },
            DiskOp::MakeDir { path } => match fs.make_dir(&at(&path), now) {
                Err(FsError::Exists) => Ok(()),
                other => other,
            },
        };
        done.map_err(|why| match why {
            FsError::Full => DiskError::Full,
            FsError::NotFound => DiskError::NotFound,
            other => DiskError::Other(other.to_string()),
        })
    }

    /// One line in the log, as `serverLogRaw` writes it.
    fn log(&mut self, server: &mut Server, pid: Pid, level: LogLevel, text: &str) {
        if level < least(server.node.config().loglevel) {
            return;
        }
        let role = if server.node.is_replica() { 'S' } else { 'M' };
        // A signal handler cannot format a date.
        let line = if text.starts_with("Received SIG") {
            format!("{pid}:signal-handler ({}) {text}\n", self.unix(server.host).as_secs())
        } else {
            self.log_line(server.host, pid, role, level, text)
        };
        self.write_log(server.host, &mut server.console, &line);
    }

    pub(crate) fn log_line(
        &self,
        host: HostId,
        pid: Pid,
        role: char,
        level: LogLevel,
        text: &str,
    ) -> String {
        let time = Civil::of(self.unix(host)).log_time();
        format!("{pid}:{role} {time} {} {text}\n", level_mark(level))
    }

    pub(crate) fn write_log(
        &mut self,
        host: HostId,
        console: &mut crate::server::Console,
        line: &str,
    ) {
        match &console.logfile {
            // A full disk loses log lines silently, as with Redis.
            Some(path) => {
                let now = self.unix(host);
                let _ = self.hosts[host.0].fs.append(path, line.as_bytes(), now);
            }
            None => console.print(line.as_bytes()),
        }
    }
}
