//! The link on which `MIGRATE` moves keys to another node (`migrateCommand` in cluster.c).
//!
//! Redis stands still while it waits for the target; here only the client that asked waits, and
//! those who would change a key that is on its way.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use engine_base::{LinkId, Mono, Now};
use engine_resp::{ReplyDecoder, Value};

use crate::Node;
use crate::api::{Action, DialError, Purpose};
use crate::client::{Blocked, ClientFlags, Wait};
use crate::command::{KeySpec, Spec};
use crate::links::Link;
use crate::place::Place;
use crate::replication::encode;

/// A link that nobody uses is kept so long (`MIGRATE_SOCKET_CACHE_TTL`).
const IDLE_SECS: u64 = 10;
/// So many are kept (`MIGRATE_SOCKET_CACHE_ITEMS`).
const IDLE_MAX: usize = 64;

/// The moves under way, and the links that are kept for the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Migrations {
    links: Vec<LinkId>,
    /// Keys on their way: nobody may change them.
    in_flight: BTreeSet<(usize, Vec<u8>)>,
}

/// A link to another node's client port.
#[derive(Clone, Debug)]
pub(crate) struct MigrateLink {
    to: Place,
    decoder: ReplyDecoder,
    /// The database that the other side has selected.
    db: Option<i64>,
    connected: bool,
    last_used: Mono,
    job: Option<Box<Job>>,
}

/// What one MIGRATE asks for.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Who waits for the answer; nobody when it has gone.
    pub(crate) client: Option<LinkId>,
    /// The database here.
    pub(crate) db: usize,
    /// The database there.
    pub(crate) target_db: i64,
    /// The keys, each with the words that restore it.
    pub(crate) keys: Vec<(Vec<u8>, Vec<Vec<u8>>)>,
    /// The words that log in, if any.
    pub(crate) auth: Vec<Vec<u8>>,
    pub(crate) copy: bool,
    pub(crate) timeout_ms: u64,
    /// The answers that are still to come, in order.
    pub(crate) expect: Vec<Expect>,
    pub(crate) answered: usize,
    /// Keys that the target has taken.
    pub(crate) taken: Vec<Vec<u8>>,
    /// The first error that the target answered.
    pub(crate) error: Option<String>,
    /// It was sent on a link that was kept from before, and may be tried again on a new one.
    pub(crate) may_retry: bool,
}

/// What an answer is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expect {
    /// AUTH or SELECT.
    Setup,
    /// The key with that index.
    Key(usize),
}

/// Why a move ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    Connecting,
    Reading,
}

impl Node {
    /// Starts a move; the client waits for its end.
    pub(crate) fn start_migration(&mut self, now: Now, to: Place, job: Job) {
        for (key, _) in &job.keys {
            self.migrations.in_flight.insert((job.db, key.clone()));
        }
        let deadline = now.mono.plus_ms(job.timeout_ms);
        if let Some(client) = job.client {
            self.block(client, deadline, Wait::Migrate);
        }
        let kept = self.migrations.links.iter().copied().find(|link| {
            matches!(self.links.get(*link), Some(Link::Migrate(m))
                if m.to == to && m.connected && m.job.is_none())
        });
        match kept {
            Some(link) => self.send_job(now, link, Job { may_retry: true, ..job }),
            None => self.dial_job(now, to, job),
        }
    }

    fn dial_job(&mut self, now: Now, to: Place, job: Job) {
        let link = MigrateLink {
            to: to.clone(),
            decoder: ReplyDecoder::new(),
            db: None,
            connected: false,
            last_used: now.mono,
            job: Some(Box::new(job)),
        };
        let id = self.dial(Link::Migrate(Box::new(link)), &to, Purpose::Migrate);
        self.migrations.links.push(id);
    }

    fn migrate_link(&mut self, link: LinkId) -> Option<&mut MigrateLink> {
        match self.links.get_mut(link) {
            Some(Link::Migrate(m)) => Some(m),
            _ => None,
        }
    }

    /// The dial of a link ended.
    pub(crate) fn migrate_dialed(
        &mut self,
        now: Now,
        link: LinkId,
        done: Result<SocketAddr, DialError>,
    ) {
        let Some(m) = self.migrate_link(link) else { return };
        let Some(job) = m.job.take() else { return };
        m.connected = true;
        match done {
            Ok(_) => self.send_job(now, link, *job),
            Err(_) => {
                self.links.remove(link);
                self.migrations.links.retain(|other| *other != link);
                self.end_job(now, *job, Some(Broken::Connecting));
            }
        }
    }

    /// Sends all that a move needs at once.
    fn send_job(&mut self, now: Now, link: LinkId, mut job: Job) {
        let Some(m) = self.migrate_link(link) else { return };
        let mut bytes = Vec::new();
        job.expect.clear();
        if !job.auth.is_empty() {
            let words: Vec<&[u8]> = job.auth.iter().map(Vec::as_slice).collect();
            encode(&words, &mut bytes);
            job.expect.push(Expect::Setup);
        }
        if m.db != Some(job.target_db) {
            encode(&[b"SELECT", job.target_db.to_string().as_bytes()], &mut bytes);
            job.expect.push(Expect::Setup);
            m.db = Some(job.target_db);
        }
        for (i, (_, words)) in job.keys.iter().enumerate() {
            let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
            encode(&words, &mut bytes);
            job.expect.push(Expect::Key(i));
        }
        m.last_used = now.mono;
        m.job = Some(Box::new(job));
        self.out.push(Action::Send { link, bytes: bytes.into() });
    }

    /// The target answers.
    pub(crate) fn migrate_bytes(&mut self, now: Now, link: LinkId, bytes: &[u8]) {
        let Some(m) = self.migrate_link(link) else { return };
        m.decoder.feed(bytes);
        m.last_used = now.mono;
        let Some(mut job) = m.job.take() else { return };
        loop {
            let Some(m) = self.migrate_link(link) else { return };
            match m.decoder.decode() {
                Ok(Some(value)) => job.take(&value),
                Ok(None) => {
                    self.wait_longer(now, &job);
                    if let Some(m) = self.migrate_link(link) {
                        m.job = Some(job);
                    }
                    return;
                }
                Err(_) => {
                    self.drop_migrate_link(link);
                    return self.end_job(now, *job, Some(Broken::Reading));
                }
            }
            if job.answered == job.expect.len() {
                // A link on which something went wrong is not kept: its state is in doubt.
                if job.error.is_some() {
                    self.drop_migrate_link(link);
                }
                return self.end_job(now, *job, None);
            }
        }
    }

    /// Every answer gives the next one the whole time again.
    fn wait_longer(&mut self, now: Now, job: &Job) {
        let deadline = now.mono.plus_ms(job.timeout_ms);
        if let Some(client) = job.client.and_then(|link| self.links.client_mut(link))
            && let Some(Blocked { deadline: until, wait: Wait::Migrate }) =
                client.blocked.as_deref_mut()
        {
            *until = deadline;
            self.timers.blocked = self.timers.blocked.min(deadline);
        }
    }

    fn drop_migrate_link(&mut self, link: LinkId) {
        self.migrations.links.retain(|other| *other != link);
        self.hang_up(link);
    }

    /// The target closed the link, or it broke.
    pub(crate) fn migrate_closed(&mut self, now: Now, link: LinkId) {
        let Some(Link::Migrate(m)) = self.links.remove(link) else { return };
        self.migrations.links.retain(|other| *other != link);
        let Some(mut job) = m.job else { return };
        if job.may_retry && job.answered == 0 {
            // It had been closed before: once more, on a new link.
            job.may_retry = false;
            return self.dial_job(now, m.to, *job);
        }
        self.end_job(now, *job, Some(Broken::Reading));
    }

    /// The client's time is up.
    pub(crate) fn migrate_timed_out(&mut self, now: Now, client: LinkId) {
        let of_client = |node: &Self, link: LinkId| match node.links.get(link) {
            Some(Link::Migrate(m)) => m.job.as_ref().is_some_and(|j| j.client == Some(client)),
            _ => false,
        };
        let Some(link) = self.migrations.links.iter().copied().find(|link| of_client(self, *link))
        else {
            return;
        };
        let Some(m) = self.migrate_link(link) else { return };
        let broken = if m.connected { Broken::Reading } else { Broken::Connecting };
        let job = m.job.take();
        self.drop_migrate_link(link);
        if let Some(job) = job {
            self.end_job(now, *job, Some(broken));
        }
    }

    /// A move is over: what the target has taken is deleted here, and the client hears.
    fn end_job(&mut self, now: Now, job: Job, broken: Option<Broken>) {
        for (key, _) in &job.keys {
            self.migrations.in_flight.remove(&(job.db, key.clone()));
        }
        if !job.copy {
            self.delete_taken(now, &job);
        }
        let text = match (broken, &job.error) {
            (_, Some(error)) => Some(format!("ERR Target instance replied with error: {error}")),
            (Some(Broken::Connecting), None) => {
                Some("IOERR error or timeout connecting to the client".to_owned())
            }
            (Some(Broken::Reading), None) => {
                Some("IOERR error or timeout reading to target instance".to_owned())
            }
            (None, None) => None,
        };
        if let Some(client) = job.client {
            self.unblock(client);
            self.tell(client, |reply| match &text {
                Some(text) => reply.error(text),
                None => reply.ok(),
            });
        }
        if self.migrations.in_flight.is_empty() {
            self.let_held_go(now);
        }
        if let Some(client) = job.client {
            self.process_client(now, client);
        }
    }

    fn delete_taken(&mut self, now: Now, job: &Job) {
        let mut gone: Vec<&[u8]> = vec![b"DEL"];
        for key in &job.taken {
            if self.dbs[job.db].remove(key).is_some() {
                self.dirty += 1;
                self.key_changed(job.db, key);
                self.notify(job.db, b'g', "del", key);
                gone.push(key);
            }
        }
        if gone.len() > 1 {
            self.also_propagate(now, job.db, &gone);
            let offset = self.replication.offset();
            if let Some(client) = job.client.and_then(|link| self.links.client_mut(link)) {
                client.write_offset = offset;
            }
        }
    }

    /// Whether a command would change a key that is on its way.
    pub(crate) fn touches_migrating(&self, link: LinkId, spec: &Spec, args: &[&[u8]]) -> bool {
        if self.migrations.in_flight.is_empty() {
            return false;
        }
        let Some(client) = self.links.client(link) else { return false };
        if client.flags.contains(ClientFlags::MASTER) {
            return false;
        }
        let moving = |spec: &Spec, args: &[&[u8]]| {
            let mut found = false;
            if spec.is_write() && !matches!(spec.keys, KeySpec::None) {
                spec.keys.for_each(args, |key| {
                    found |= self.migrations.in_flight.contains(&(client.db, key.to_vec()));
                });
            }
            found
        };
        if spec.name != "exec" {
            return moving(spec, args);
        }
        client.transaction.as_ref().is_some_and(|transaction| {
            transaction.queued.iter().any(|queued| {
                let words: Vec<&[u8]> = queued.words.iter().map(Vec::as_slice).collect();
                let spec = Spec { flags: queued.flags, ..*queued.spec };
                moving(&spec, &words)
            })
        })
    }

    /// How many links are open for moves, those that nobody uses now included.
    pub(crate) fn migrate_links_kept(&self) -> usize {
        let open = |link: &&LinkId| matches!(self.links.get(**link), Some(Link::Migrate(m)) if m.connected);
        self.migrations.links.iter().filter(open).count()
    }

    /// The client that waits for a move is gone; the move goes on.
    pub(crate) fn migrate_client_gone(&mut self, client: LinkId) {
        for at in 0..self.migrations.links.len() {
            let link = self.migrations.links[at];
            if let Some(m) = self.migrate_link(link)
                && let Some(job) = &mut m.job
                && job.client == Some(client)
            {
                job.client = None;
            }
        }
    }

    /// Once a second: links that nobody uses are closed, and moves whose client has gone end.
    pub(crate) fn migrate_tick(&mut self, now: Now) {
        if !self.migrations.links.is_empty() {
            self.look_after_migrate_links(now);
        }
    }

    #[inline(never)]
    fn look_after_migrate_links(&mut self, now: Now) {
        let links = self.migrations.links.clone();
        let mut kept = links.len();
        for link in links {
            let Some(m) = self.migrate_link(link) else { continue };
            let silent_ms = now.mono.ms_since(m.last_used);
            match &m.job {
                None if silent_ms > IDLE_SECS * 1000 || kept > IDLE_MAX => {
                    kept -= 1;
                    self.drop_migrate_link(link);
                }
                Some(job) if job.client.is_none() && silent_ms > job.timeout_ms => {
                    let job = m.job.take();
                    self.drop_migrate_link(link);
                    if let Some(job) = job {
                        self.end_job(now, *job, Some(Broken::Reading));
                    }
                }
                _ => {}
            }
        }
    }
}

impl Job {
    /// One answer of the target.
    fn take(&mut self, value: &Value) {
        let Some(expect) = self.expect.get(self.answered).copied() else { return };
        self.answered += 1;
        if let Some(error) = value.as_error() {
            self.error.get_or_insert(error);
        } else if let Expect::Key(i) = expect {
            self.taken.push(self.keys[i].0.clone());
        }
    }
}
