//! The node itself: it ties the rooms together, and no rule lives here.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use engine_base::{LinkId, Now, Rng};
use engine_store::Db;

use crate::api::{Action, Boot, BootError, CloseMode, Deadline, DialError, DiskError, DiskId};
use crate::api::{Listener, LogLevel, Purpose};
use crate::client::Client;
use crate::client_memory::take_input;
use crate::cluster::ClusterState;
use crate::config::Config;
use crate::event::Event;
use crate::links::{Link, Links};
use crate::outbox::Outbox;
use crate::persist::Persist;
use crate::place::Place;
use crate::propagate::Propagator;
use crate::pubsub::PubSub;
use crate::replication::Replication;
use crate::stats::Stats;
use crate::timers::Timers;

/// A Redis server process, in cluster mode or not, without its I/O. See the crate's page for the
/// order in which a driver calls its methods.
#[derive(Clone)]
pub struct Node {
    /// The directives as they are now.
    pub(crate) config: Config,
    pub(crate) config_file: Option<String>,
    /// The configuration file's text, for `CONFIG REWRITE`.
    pub(crate) config_text: String,
    pub(crate) pid: u32,
    /// 40 hex digits that name this process (`run_id` of INFO).
    pub(crate) run_id: [u8; 40],
    pub(crate) born: Now,
    /// The seed of the tables inside values (`Limits::hash_seed`).
    pub(crate) hash_seed: u64,
    /// The databases; one in cluster mode.
    pub(crate) dbs: Vec<Db>,
    pub(crate) links: Links,
    pub(crate) next_client_id: u64,
    /// The cluster's view from here; absent unless `cluster-enabled yes`.
    pub(crate) cluster: Option<Box<ClusterState>>,
    pub(crate) replication: Replication,
    pub(crate) persist: Persist,
    /// Keys that are being moved to other nodes.
    pub(crate) migrations: crate::migrate_link::Migrations,
    /// Whole slots on their way to or from other nodes (`CLUSTER MIGRATESLOTS`).
    pub(crate) slot_migrations: crate::slot_migration::SlotMigrations,
    pub(crate) propagator: Propagator,
    /// The users, and what was refused to whom.
    pub(crate) acl: std::sync::Arc<crate::acl::Acl>,
    pub(crate) pubsub: PubSub,
    pub(crate) stats: Stats,
    /// What each slot costs (`cluster-slot-stats-enabled`).
    pub(crate) slot_stats: crate::slot_stats::SlotStats,
    pub(crate) timers: Timers,
    /// Clients that are shown every command.
    pub(crate) monitors: BTreeSet<LinkId>,
    /// The last estimate of the data's size (`maxmemory`).
    pub(crate) memory: crate::memory::MemoryGauge,
    /// The slow commands of late (`SLOWLOG`).
    pub(crate) slow_log: crate::command::SlowLog,
    /// How long things take, when the driver lent one.
    pub(crate) stopwatch: Option<crate::latency::Stopwatch>,
    /// What the stopwatch showed when this input came, or when its last command ended.
    pub(crate) lap: Option<u64>,
    /// The processor's time, when the driver lent a meter.
    pub(crate) cpu_meter: Option<crate::cpu::CpuMeter>,
    /// The kernel's score of this process.
    pub(crate) oom_score: crate::oom_score::OomScore,
    pub(crate) lazy_free: Option<crate::LazyFree>,
    pub(crate) stack_trace: Option<fn() -> String>,
    pub(crate) process_settings: Option<crate::ProcessSettings>,
    /// Where it runs, when the driver told.
    pub(crate) host_facts: Option<Box<crate::host_facts::HostFacts>>,
    /// How files are read again, when the driver lent a way.
    pub(crate) file_reader: Option<crate::persist::FileReader>,
    /// Where clients come in.
    pub(crate) listening: crate::listening::Listening,
    /// What was slow of late (`LATENCY`).
    pub(crate) latency: crate::latency::Monitor,
    /// Draws for RANDOMKEY, SPOP and their like.
    pub(crate) rng: Rng,
    /// Changes to data since the last save point (`server.dirty`).
    pub(crate) dirty: u64,
    /// How many clients watch keys: without any, a change need not look for them.
    pub(crate) watchers: usize,
    /// Keys that expire and were written to a replica by its own clients: no master will say
    /// when they are gone (`slaveKeysWithExpire`).
    pub(crate) own_expiring: BTreeSet<(usize, Vec<u8>)>,
    /// Clients that wait and whose wait may be over: looked at before the turn ends.
    pub(crate) wake: crate::blocking::WakeList,
    /// Until when clients (all, or writers only) are held back.
    pub(crate) pause: crate::pause::Pause,
    /// What `DEBUG` has switched.
    pub(crate) debug: crate::command::DebugSwitches,
    /// `DEBUG SLEEP`: until then nothing is heard and nothing is done.
    pub(crate) asleep: crate::asleep::Asleep,
    /// What clients have in their caches.
    pub(crate) tracking: crate::tracking::Tracking,
    /// Clients that do not read what they are sent.
    pub(crate) swollen: crate::output_limits::Swollen,
    /// What clients cost.
    pub(crate) client_memory: crate::client_memory::ClientMemory,
    /// Something was heard, and the round has not ended.
    pub(crate) heard: bool,
    /// Scripts and functions, and the one that runs.
    pub(crate) scripts: crate::script::Scripts,
    pub(crate) out: Outbox,
}

impl Node {
    /// A process is born: reads its files and is ready to serve.
    ///
    /// # Errors
    /// What makes redis-server exit at start-up (a corrupt nodes.conf, RDB or AOF), in its words.
    pub fn boot(boot: Boot<'_>) -> Result<Self, BootError> {
        crate::boot::boot(boot)
    }

    /// A connection came in on one of this node's ports. Gives the link its name.
    pub fn accept(
        &mut self,
        now: Now,
        listener: Listener,
        peer: SocketAddr,
        local: SocketAddr,
    ) -> LinkId {
        match listener {
            Listener::Client => self.accept_client(now, peer, local),
            Listener::Bus => self.accept_bus(now, peer, local),
        }
    }

    /// The name that a dial began with was found to be this address.
    pub fn handle_resolved(&mut self, link: LinkId, address: SocketAddr) {
        if let Some(Link::Master(master)) = self.links.get_mut(link) {
            master.peer = address;
        }
    }

    /// A dial ended: with this host's address on the new link, or with a failure.
    pub fn handle_dialed(&mut self, now: Now, link: LinkId, done: Result<SocketAddr, DialError>) {
        match self.links.get(link) {
            Some(Link::Bus) => self.bus_dialed(now, link, done),
            Some(Link::Master(_)) => self.master_dialed(now, link, done),
            Some(Link::Migrate(_)) => self.migrate_dialed(now, link, done),
            Some(Link::Export(_)) => self.export_dialed(now, link, done),
            Some(Link::Client(_) | Link::Script(_)) | None => return,
        }
        self.end_turn(now);
    }

    /// Bytes came in on a link.
    pub fn handle_bytes(&mut self, now: Now, link: LinkId, bytes: &[u8]) {
        self.hear_bytes(now, link, bytes);
        self.end_round(now);
    }

    /// Bytes came in on a link, as one of several inputs of a round. The driver must call
    /// [`Node::end_round`] before it polls an action or sends any output: only there is what clients
    /// changed handed to the disk, once for all of them, and who is answered may rely on it.
    pub fn hear_bytes(&mut self, now: Now, link: LinkId, bytes: &[u8]) {
        if self.asleep.hold_bytes(link, bytes) {
            return;
        }
        self.stats.net_input_bytes += bytes.len() as u64;
        self.stats.reads += 1;
        self.lap = Some(now.mono.as_micros());
        match self.links.get_mut(link) {
            Some(Link::Client(client)) => {
                take_input(client, bytes);
                client.last_input = now.mono;
                if bytes.first() == Some(&b'\n')
                    && let Some(replica) = &mut client.replica
                {
                    // It lives, and loads (`processInlineBuffer`).
                    replica.heard_at(now);
                }
                let waiting = client.query.len() as u64;
                self.process_client(now, link);
                self.weigh_client(link, 0);
                self.limit_query(now, link, waiting);
            }
            Some(Link::Bus) => self.bus_bytes(now, link, bytes),
            Some(Link::Master(_)) => {
                self.stats.repl_input_bytes += bytes.len() as u64;
                self.master_bytes(now, link, bytes);
            }
            Some(Link::Migrate(_)) => self.migrate_bytes(now, link, bytes),
            Some(Link::Export(_)) => self.export_bytes(now, link, bytes),
            Some(Link::Script(_)) | None => return,
        }
        // Who waits for a key gets it before the round's next client could take it.
        self.wake_waiting(self.asleep.after(now));
        self.heard = true;
    }

    /// Whether something was heard since the last round ended.
    #[must_use]
    pub fn is_in_round(&self) -> bool {
        self.heard
    }

    /// All inputs of a round have been heard. Does nothing when there was none.
    pub fn end_round(&mut self, now: Now) {
        if self.heard {
            self.end_turn(now);
        }
    }

    /// The peer closed a link, or it broke.
    pub fn handle_closed(&mut self, now: Now, link: LinkId) {
        match self.links.get(link) {
            Some(Link::Client(_)) => self.free_client(now, link),
            Some(Link::Bus) => self.bus_closed(now, link),
            Some(Link::Master(_)) => self.master_closed(now, link),
            Some(Link::Migrate(_)) => self.migrate_closed(now, link),
            Some(Link::Export(_)) => self.export_closed(now, link),
            Some(Link::Script(_)) | None => return,
        }
        self.end_turn(now);
    }

    /// The driver sent `n` bytes of [`Node::output`] on a client link.
    pub fn handle_flushed(&mut self, now: Now, link: LinkId, n: usize) {
        self.stats.net_output_bytes += n as u64;
        self.stats.writes += 1;
        let Some(client) = self.links.client_mut(link) else { return };
        client.mark_sent(n);
        if let Some(replica) = &mut client.replica {
            replica.sent_at = now.mono;
            self.stats.repl_output_bytes += n as u64;
            self.pump_replica(link);
            self.pump_stream(link);
        }
        let Some(client) = self.links.client_mut(link) else { return };
        if client.unsent().is_empty()
            && client.flags.contains(crate::client::ClientFlags::CLOSE_AFTER_REPLY)
        {
            self.free_client(now, link);
            self.out.push(Action::Close { link, mode: CloseMode::AfterFlush });
            self.end_turn(now);
        } else {
            self.lighten_reply(link);
        }
    }

    /// The driver sent `n` bytes that [`Action::Send`] had queued on a link.
    pub fn handle_sent(&mut self, now: Now, link: LinkId, n: usize) {
        self.export_sent(now, link, n);
        if let Some(cluster) = &mut self.cluster {
            cluster.sent(link, n);
        }
        self.stats.net_output_bytes += n as u64;
    }

    /// A disk operation ended.
    pub fn handle_disk(&mut self, now: Now, id: DiskId, done: Result<(), DiskError>) {
        self.out.disk_done(id, &done);
        self.persist_disk_done(now, id, done);
        self.end_turn(now);
    }

    /// So many more bytes of a [`DiskOp::Stream`](crate::DiskOp::Stream) have been written.
    pub fn handle_written(&mut self, id: DiskId, bytes: u64) {
        self.persist.written(id, bytes);
    }

    /// A part of a file was read ([`Action::Read`]).
    pub fn handle_read(&mut self, now: Now, id: DiskId, done: Result<Vec<u8>, DiskError>) {
        if !self.users_read(now, id, &done) {
            self.part_read(now, id, done);
        }
        self.end_turn(now);
    }

    /// A deadline passed. Called too early it does nothing.
    pub fn handle_timeout(&mut self, now: Now) {
        if self.scripts.is_running() && self.script_holds(now) {
            return;
        }
        for (link, bytes) in self.asleep.wake(now) {
            self.handle_bytes(now, link, &bytes);
        }
        if self.asleep.is_asleep(now) {
            return;
        }
        self.run_timers(now);
        self.end_turn(now);
    }

    /// SIGTERM or SIGINT: an orderly end, with a save when save points say so.
    pub fn handle_terminate(&mut self, now: Now, signal: &str) {
        if self.insists(signal) {
            return;
        }
        self.persist.end_by_signal = true;
        self.out.log(LogLevel::Warning, format!("Received {signal} scheduling shutdown..."));
        let how = match signal {
            "SIGINT" => self.config.shutdown_on_sigint,
            _ => self.config.shutdown_on_sigterm,
        };
        if self.debug.cron_paused || self.scripts.is_running() {
            // `serverCron` is where the signal would be heard.
            self.persist.signalled = Some(how);
            return;
        }
        self.shutdown(now, how);
    }

    /// The next action to carry out.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.out.next_action()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.out.next_event()
    }

    /// When to call [`Node::handle_timeout`] at the latest, and what for.
    #[must_use]
    pub fn next_deadline(&self) -> Deadline {
        self.asleep.deadline().unwrap_or_else(|| self.timers.next())
    }

    /// What waits to be sent on a client link.
    #[must_use]
    pub fn output(&self, link: LinkId) -> &[u8] {
        self.links.client(link).map_or(&[], Client::unsent)
    }

    /// Whether this node is a replica now: the role letter of its log lines.
    #[must_use]
    pub fn is_replica(&self) -> bool {
        self.replication.is_replica()
    }

    /// Whether this node still knows a link.
    #[must_use]
    pub fn is_connected(&self, link: LinkId) -> bool {
        self.links.get(link).is_some()
    }

    /// The directives as they are now (`CONFIG SET` may have changed them).
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Names a new outbound link and asks the driver to open it.
    pub(crate) fn dial(&mut self, link: Link, to: &Place, purpose: Purpose) -> LinkId {
        let from = self.config.bind_source();
        let id = self.links.insert(|_| link);
        let (to, name) = (to.address, to.name.clone());
        self.out.push(Action::Dial { link: id, to, name, from, purpose });
        id
    }

    /// Lets an outbound or bus link go.
    pub(crate) fn hang_up(&mut self, link: LinkId) {
        if self.links.remove(link).is_some() {
            self.out.push(Action::Close { link, mode: CloseMode::Now });
        }
    }

    /// Milliseconds since 1970 at `now`, for expiry.
    pub(crate) fn uptime_secs(&self, now: Now) -> u64 {
        now.mono.ms_since(self.born.mono) / 1000
    }
}
