//! A few cluster states, the links between them, and a clock.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use bytes::Bytes;
use engine_base::{LinkId, Mono, NodeId, Now, Rng, Seed, Slot, UnixMs};

use crate::api::{DialError, LogLevel};
use crate::cluster::{
    ClusterConfig, ClusterCx, ClusterState, Effect, FailoverKind, Inputs, NodeIx,
};
use crate::event::EventKind;

/// Where the worlds' wall clocks begin.
pub(super) const BEGIN_MS: i64 = 1_790_000_000_000;
const LATENCY_MS: i64 = 1;
const TICK_MS: i64 = 100;
const PORT: u16 = 7000;

/// One node and the parts of its process that the rules look at.
pub(super) struct Host {
    pub(super) state: ClusterState,
    pub(super) config: ClusterConfig<'static>,
    pub(super) up: bool,
    pub(super) offset: u64,
    pub(super) keys: BTreeSet<u16>,
    /// The content of nodes.conf.
    pub(super) file: String,
    pub(super) master: Option<(String, u16)>,
    pub(super) paused: bool,
    pub(super) published: Vec<(Vec<u8>, Vec<u8>, bool)>,
    pub(super) log: Vec<(LogLevel, String)>,
    pub(super) events: Vec<EventKind>,
    master_seen: i64,
    next_link: u64,
    /// This host's links, and what is at the other end.
    links: BTreeMap<LinkId, (usize, LinkId)>,
}

enum Happening {
    Tick,
    Dial { link: LinkId, to: usize },
    Bytes { link: LinkId, bytes: Bytes },
    Closed { link: LinkId },
}

/// All of them.
pub(super) struct World {
    pub(super) hosts: Vec<Host>,
    pub(super) now: i64,
    queue: BTreeMap<(i64, u64), (usize, Happening)>,
    seq: u64,
    cut: BTreeSet<(usize, usize)>,
    seed: u64,
}

impl World {
    /// `n` nodes that do not know each other, node timeout 1 s.
    pub(super) fn new(n: usize) -> Self {
        Self::seeded(n, 1)
    }

    pub(super) fn seeded(n: usize, seed: u64) -> Self {
        let mut world = Self {
            hosts: Vec::new(),
            now: BEGIN_MS,
            queue: BTreeMap::new(),
            seq: 0,
            cut: BTreeSet::new(),
            seed,
        };
        for i in 0..n {
            let config = ClusterConfig {
                node_timeout: 1000,
                port: PORT + i as u16,
                ..ClusterConfig::default()
            };
            let state = world.boot(i, &config, None);
            world.hosts.push(Host {
                state,
                config,
                up: true,
                offset: 0,
                keys: BTreeSet::new(),
                file: String::new(),
                master: None,
                paused: false,
                published: Vec::new(),
                log: Vec::new(),
                events: Vec::new(),
                master_seen: 0,
                next_link: 1,
                links: BTreeMap::new(),
            });
            world.drain(i);
            world.after(i as i64 * 7 % TICK_MS, i, Happening::Tick);
        }
        world
    }

    /// `masters` masters that share the slots, each with `replicas` replicas, all settled.
    pub(super) fn cluster(masters: usize, replicas: usize) -> Self {
        Self::cluster_seeded(masters, replicas, 1)
    }

    pub(super) fn cluster_seeded(masters: usize, replicas: usize, seed: u64) -> Self {
        let n = masters * (1 + replicas);
        let mut world = Self::seeded(n, seed);
        for i in 0..n {
            // As redis-cli does it: without, nodes begin with colliding epochs.
            world.act(i, |state, _, _| state.set_own_epoch(i as u64 + 1));
        }
        for m in 0..masters {
            let slots = (m * 16384 / masters)..((m + 1) * 16384 / masters);
            world.act(m, |state, _, _| {
                state.claim_slots(slots.filter_map(|s| Slot::new(s as u16)));
            });
        }
        for i in 1..n {
            world.meet(0, i);
        }
        world.run(4000);
        for r in masters..n {
            world.replicate(r, (r - masters) % masters);
        }
        world.run(6000);
        world
    }

    fn boot(&self, i: usize, config: &ClusterConfig<'_>, file: Option<&[u8]>) -> ClusterState {
        let rng = Rng::new(Seed::from_number(self.seed * 1000 + i as u64 + self.seq));
        ClusterState::boot(self.time(), config, rng, file).expect("a good nodes.conf")
    }

    pub(super) fn time(&self) -> Now {
        let ms = (self.now - BEGIN_MS) as u64;
        Now { mono: Mono::from_millis(ms), unix: UnixMs(self.now) }
    }

    fn after(&mut self, ms: i64, host: usize, what: Happening) {
        self.seq += 1;
        self.queue.insert((self.now + ms, self.seq), (host, what));
    }

    /// Lets so many milliseconds pass.
    pub(super) fn run(&mut self, ms: i64) {
        let end = self.now + ms;
        while let Some((&(at, seq), _)) = self.queue.first_key_value()
            && at <= end
        {
            self.now = at;
            let (host, what) = self.queue.remove(&(at, seq)).unwrap();
            self.happen(host, what);
        }
        self.now = end;
    }

    /// Lets time pass until `done`, at most `ms` milliseconds; says how long it took.
    pub(super) fn until(&mut self, what: &str, ms: i64, done: impl Fn(&Self) -> bool) -> i64 {
        let begin = self.now;
        while !done(self) {
            assert!(self.now - begin < ms, "gave up after {ms} ms waiting for: {what}");
            self.run(10);
        }
        self.now - begin
    }

    fn happen(&mut self, host: usize, what: Happening) {
        if let Happening::Tick = what {
            self.after(TICK_MS, host, Happening::Tick);
            self.see_master(host);
        }
        if !self.hosts[host].up {
            return;
        }
        match what {
            Happening::Tick => self.act(host, |state, now, cx| state.tick(now, cx)),
            Happening::Dial { link, to } => self.dialed(host, link, to),
            Happening::Bytes { link, bytes } => {
                self.act(host, |state, now, cx| state.bytes(now, cx, link, &bytes));
            }
            Happening::Closed { link } => {
                self.hosts[host].links.remove(&link);
                self.act(host, |state, _, _| state.closed(link));
            }
        }
    }

    fn see_master(&mut self, host: usize) {
        let Some((_, port)) = &self.hosts[host].master else { return };
        let master = usize::from(port.wrapping_sub(PORT));
        if self.hosts.get(master).is_some_and(|host| host.up) && self.reaches(host, master) {
            self.hosts[host].master_seen = self.now.div_euclid(1000);
        }
    }

    fn reaches(&self, a: usize, b: usize) -> bool {
        !self.cut.contains(&(a, b)) && !self.cut.contains(&(b, a))
    }

    fn dialed(&mut self, host: usize, link: LinkId, to: usize) {
        if !self.reaches(host, to) {
            return;
        }
        if !self.hosts.get(to).is_some_and(|host| host.up) {
            let done = Err(DialError::Refused);
            self.act(host, |state, now, cx| state.dialed(now, cx, link, done));
            return;
        }
        let other = self.name(to);
        self.hosts[host].links.insert(link, (to, other));
        self.hosts[to].links.insert(other, (host, link));
        self.act(to, |state, now, _| state.accepted(now, other, ip(host), ip(to)));
        self.act(host, |state, now, cx| state.dialed(now, cx, link, Ok(ip(host))));
    }

    fn name(&mut self, host: usize) -> LinkId {
        self.hosts[host].next_link += 1;
        LinkId(self.hosts[host].next_link)
    }

    /// Calls something on a node's state, then does what it asks.
    pub(super) fn act<T>(
        &mut self,
        i: usize,
        call: impl FnOnce(&mut ClusterState, Now, &mut ClusterCx<'_>) -> T,
    ) -> T {
        let now = self.time();
        let host = &mut self.hosts[i];
        let keys = &host.keys;
        let next = &mut host.next_link;
        let inputs = Inputs {
            repl_offset: host.offset,
            following: host.master.is_some(),
            master_seen_secs: host.master_seen,
        };
        let mut cx = ClusterCx {
            config: host.config,
            inputs,
            keys_in_slot: &|slot: Slot| usize::from(keys.contains(&slot.number())),
            name_link: &mut || {
                *next += 1;
                LinkId(*next)
            },
        };
        let out = call(&mut host.state, now, &mut cx);
        host.state.before_sleep(now, &mut cx);
        self.drain(i);
        out
    }

    fn drain(&mut self, i: usize) {
        while let Some(effect) = self.hosts[i].state.poll() {
            self.carry_out(i, effect);
        }
    }

    fn carry_out(&mut self, i: usize, effect: Effect) {
        let host = &mut self.hosts[i];
        match effect {
            Effect::Dial { link, to } => {
                let to = usize::from(to.port().wrapping_sub(PORT + 10_000));
                self.after(LATENCY_MS, i, Happening::Dial { link, to });
            }
            Effect::Send { link, bytes } => {
                host.state.sent(link, bytes.len());
                let Some(&(to, other)) = host.links.get(&link) else { return };
                if self.reaches(i, to) {
                    self.after(LATENCY_MS, to, Happening::Bytes { link: other, bytes });
                }
            }
            Effect::Close { link } => {
                let Some((to, other)) = host.links.remove(&link) else { return };
                if self.reaches(i, to) {
                    self.after(LATENCY_MS, to, Happening::Closed { link: other });
                }
            }
            Effect::Save { text, .. } => host.file = text,
            Effect::Event(event) => host.events.push(event),
            Effect::Log(level, text) => host.log.push((level, text)),
            Effect::Follow { ip, port } => {
                host.master = Some((ip, port));
                host.master_seen = self.now.div_euclid(1000);
            }
            // Here replicas are in step as soon as they follow.
            Effect::DataIsForeign => {}
            Effect::StopFollowing => host.master = None,
            Effect::FlushData => host.keys.clear(),
            Effect::DeleteKeys(slots) => {
                host.keys.retain(|k| !slots.contains(Slot::new(*k).unwrap()));
            }
            Effect::PauseWrites { .. } => host.paused = true,
            Effect::Unpause => host.paused = false,
            Effect::Publish { channel, message, sharded } => {
                host.published.push((channel, message, sharded));
            }
            Effect::DropChannels(_) => {}
        }
    }

    /// kill -9: peers see their links break.
    pub(super) fn kill(&mut self, i: usize) {
        self.hosts[i].up = false;
        for (_, (to, other)) in core::mem::take(&mut self.hosts[i].links) {
            self.after(LATENCY_MS, to, Happening::Closed { link: other });
        }
    }

    /// The process starts again from its nodes.conf.
    pub(super) fn start(&mut self, i: usize) {
        let config = self.hosts[i].config;
        let file = self.hosts[i].file.clone();
        self.hosts[i].state = self.boot(i, &config, Some(file.as_bytes()));
        self.hosts[i].up = true;
        self.hosts[i].master = None;
        self.drain(i);
    }

    /// Nothing goes between two nodes any more, and nobody tells them.
    pub(super) fn cut(&mut self, a: usize, b: usize) {
        self.cut.insert((a, b));
    }

    /// Cuts a node off from all others.
    pub(super) fn isolate(&mut self, i: usize) {
        for other in 0..self.hosts.len() {
            self.cut(i, other);
        }
    }

    pub(super) fn heal(&mut self) {
        self.cut.clear();
    }

    pub(super) fn meet(&mut self, i: usize, with: usize) {
        let port = i64::from(PORT) + with as i64;
        let to = ip(with).to_string();
        self.act(i, |state, now, _| state.meet(now.unix.0, &to, port, port + 10_000)).unwrap();
    }

    pub(super) fn replicate(&mut self, i: usize, master: usize) {
        let master = self.ix(i, master);
        self.act(i, |state, _, _| state.replicate(master));
    }

    pub(super) fn failover(&mut self, i: usize, kind: FailoverKind) -> Result<(), &'static str> {
        self.act(i, |state, now, cx| state.start_failover(now.unix.0, cx, kind))
    }

    /// A node's id.
    pub(super) fn id(&self, i: usize) -> NodeId {
        self.hosts[i].state.me().id
    }

    /// Where node `of` stands in the table of `i`.
    pub(super) fn ix(&self, i: usize, of: usize) -> NodeIx {
        self.hosts[i].state.nodes.find(&self.id(of)).expect("known to it")
    }

    pub(super) fn knows(&self, i: usize, of: usize) -> bool {
        self.hosts[i].state.nodes.find(&self.id(of)).is_some()
    }

    pub(super) fn state(&self, i: usize) -> &ClusterState {
        &self.hosts[i].state
    }

    pub(super) fn is_master(&self, i: usize) -> bool {
        self.state(i).me().is_master()
    }

    /// The owner of a slot as node `i` sees it, by host number.
    pub(super) fn owner(&self, i: usize, slot: u16) -> Option<usize> {
        let state = self.state(i);
        let id = state.nodes[state.owner(Slot::new(slot)?)?].id;
        (0..self.hosts.len()).find(|h| self.id(*h) == id)
    }

    /// Flags of `of` in the table of `i`, as CLUSTER NODES prints them.
    pub(super) fn flags(&self, i: usize, of: usize) -> String {
        self.state(i).nodes[self.ix(i, of)].flags.to_string()
    }

    pub(super) fn logged(&self, i: usize, words: &str) -> bool {
        self.hosts[i].log.iter().any(|(_, text)| text.contains(words))
    }

    /// All running nodes say ok.
    pub(super) fn all_ok(&self) -> bool {
        self.hosts.iter().all(|host| !host.up || host.state.ok)
    }
}

fn ip(host: usize) -> IpAddr {
    IpAddr::from([10, 0, 0, host as u8 + 1])
}
