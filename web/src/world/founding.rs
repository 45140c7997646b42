//! The first visit: six nodes on three hosts, founded by the commands that a user would type
//! (the first seed's, with `protected-mode no`). A twin may have another number of replicas.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use engine::base::NodeId;
use engine::node::ClusterView;
use engine::shell::Console;
use engine::sim::{HostId, World};

/// The master's port on each host; its replicas of other masters have the next ones.
const PORT: u16 = 6380;
/// The slots of each host's master.
const SLOTS: [&str; 3] = ["{0..5461}", "{5462..10922}", "{10923..16383}"];
/// So long may one command take, in virtual milliseconds.
const COMMAND_MS: u64 = 30_000;
/// So long is waited for a state at most, in virtual milliseconds.
const PATIENCE_MS: u64 = 120_000;
/// So long do empty replicas take to copy, in virtual milliseconds (`replicationCron` looks for
/// work once a second).
const COPY_MS: u64 = 2_500;
/// A state is looked at this often, in virtual milliseconds.
const LOOK_MS: u64 = 100;

/// What is done or waited for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Configuration files, and redis-server on a host.
    Start(usize),
    /// `CLUSTER MEET`.
    Meet,
    /// Until everybody knows everybody.
    Known,
    /// `CLUSTER ADDSLOTS` on a host.
    Slots(usize),
    /// `CLUSTER REPLICATE` on a host.
    Replicate(usize),
    /// Until all say that the state is ok and agree on the roles, and each replica knows the epoch of
    /// its master: one that does not would be refused every vote.
    Agreed,
    /// Until the replicas have had time to copy their masters.
    Copied,
    /// Until they have: with a short node timeout the masters agree sooner.
    Linked,
    /// It lives.
    Done,
}

/// A cluster being founded, a little at a time.
#[derive(Debug)]
pub(crate) struct Founding {
    stage: Stage,
    waited_ms: u64,
    /// How many replicas a master has: two at most, for there are three hosts.
    replicas: u16,
}

impl Founding {
    /// At the beginning.
    pub(crate) const fn new(replicas: u16) -> Self {
        Self { stage: Stage::Start(0), waited_ms: 0, replicas }
    }

    /// The ports of each host.
    fn ports(&self) -> impl Iterator<Item = u16> + Clone + use<> {
        PORT..=PORT + self.replicas
    }

    /// How many nodes there will be.
    fn all(&self) -> usize {
        SLOTS.len() * self.ports().count()
    }

    /// Goes one step further; `true` when all is done. A state that does not come is waited for
    /// no longer than two virtual minutes: the page then shows the world as it is.
    pub(crate) fn advance(&mut self, console: &mut Console) -> bool {
        self.stage = match self.stage {
            Stage::Start(host) => {
                let script = console.with_world(|w| start_script(w, host, self.ports()));
                run(console, host, &script);
                if host + 1 < SLOTS.len() { Stage::Start(host + 1) } else { Stage::Meet }
            }
            Stage::Meet => {
                let script = console.with_world(|w| meet_script(w, self.ports()));
                run(console, 0, &script);
                Stage::Known
            }
            Stage::Known => {
                let all = self.all();
                self.wait(console, |w| all_known(w, all), Stage::Known, Stage::Slots(0))
            }
            Stage::Slots(host) => {
                let cli = console.with_world(|w| cli(w, host, PORT));
                run(console, host, &format!("{cli} cluster addslots {}", SLOTS[host]));
                if host + 1 < SLOTS.len() { Stage::Slots(host + 1) } else { Stage::Replicate(0) }
            }
            Stage::Replicate(host) => {
                let script = console.with_world(|w| replicate_script(w, host, self.replicas));
                run(console, host, &script);
                if host + 1 < SLOTS.len() { Stage::Replicate(host + 1) } else { Stage::Agreed }
            }
            Stage::Agreed => {
                let all = self.all();
                self.wait(console, |w| all_agreed(w, all), Stage::Agreed, Stage::Copied)
            }
            Stage::Copied => {
                let until = console.now().plus_ms(COPY_MS);
                console.advance(until);
                Stage::Linked
            }
            Stage::Linked => self.wait(console, all_linked, Stage::Linked, Stage::Done),
            Stage::Done => Stage::Done,
        };
        self.stage == Stage::Done
    }

    fn wait(
        &mut self,
        console: &mut Console,
        so: impl FnOnce(&World) -> bool,
        here: Stage,
        next: Stage,
    ) -> Stage {
        if console.with_world(so) || self.waited_ms >= PATIENCE_MS {
            self.waited_ms = 0;
            return next;
        }
        self.waited_ms += LOOK_MS;
        let until = console.now().plus_ms(LOOK_MS);
        console.advance(until);
        here
    }
}

/// Runs a script on a host. What it prints is not shown: what it did is.
fn run(console: &mut Console, host: usize, script: &str) {
    let limit = console.now().plus_ms(COMMAND_MS);
    let _printed = console.run_hidden(HostId(host), "/root", script, limit);
}

fn ip(world: &World, host: usize) -> String {
    world.hosts().get(host).map(|h| h.ip.to_string()).unwrap_or_default()
}

fn cli(world: &World, host: usize, port: u16) -> String {
    format!("redis-cli -h {} -p {port}", ip(world, host))
}

fn start_script(world: &World, host: usize, ports: impl Iterator<Item = u16>) -> String {
    let ip = ip(world, host);
    let mut script = String::new();
    for port in ports {
        let base = format!("/opt/redis_cluster/redis_{port}");
        script.push_str(&format!(
            "mkdir -p {base}/{{conf,pid,log}} /data/redis_cluster/redis_{port}\n\
             cat > {base}/conf/redis_{port}.conf <<EOF\n\
             bind {ip}\n\
             port {port}\n\
             daemonize yes\n\
             protected-mode no\n\
             pidfile \"{base}/pid/redis_{port}.pid\"\n\
             logfile \"{base}/log/redis_{port}.log\"\n\
             dbfilename \"redis_{port}.rdb\"\n\
             dir \"/data/redis_cluster/redis_{port}/\"\n\
             cluster-enabled yes\n\
             cluster-config-file nodes_{port}.conf\n\
             cluster-node-timeout 15000\n\
             EOF\n\
             redis-server {base}/conf/redis_{port}.conf\n"
        ));
    }
    script
}

fn meet_script(world: &World, ports: impl Iterator<Item = u16> + Clone) -> String {
    let cli = cli(world, 0, PORT);
    let mut script = String::new();
    for host in 0..SLOTS.len() {
        for port in ports.clone() {
            if (host, port) != (0, PORT) {
                script.push_str(&format!("{cli} cluster meet {} {port}\n", ip(world, host)));
            }
        }
    }
    script
}

/// The first replica of a host copies the master of the next one, as the first seed deals them; a
/// second one that of the host after it.
fn replicate_script(world: &World, host: usize, replicas: u16) -> String {
    let line = |nth: u16| {
        let master = (host + usize::from(nth)) % SLOTS.len();
        let id = views(world)
            .find(|(addr, _)| addr.port() == PORT && addr.ip().to_string() == ip(world, master))
            .map(|(_, view)| view.id.to_string())
            .unwrap_or_default();
        format!("{} cluster replicate {id}\n", cli(world, host, PORT + nth))
    };
    (1..=replicas).map(line).collect()
}

fn views(world: &World) -> impl Iterator<Item = (SocketAddr, ClusterView)> {
    world.servers().filter_map(|(_, process)| {
        let server = process.server()?;
        Some((server.addr(), server.node().view_cluster()?))
    })
}

fn all_known(world: &World, all: usize) -> bool {
    let knowing = views(world).filter(|(_, view)| {
        view.peers.len() == all && view.peers.iter().all(|p| !p.handshake && p.connected)
    });
    knowing.count() == all
}

fn all_agreed(world: &World, all: usize) -> bool {
    let agreeing = views(world).filter(|(_, view)| {
        let replicas = view.peers.iter().filter(|p| p.is_replica && p.master.is_some());
        view.ok && view.peers.len() == all && replicas.count() == all - SLOTS.len()
    });
    agreeing.count() == all && epochs_known(world, all - SLOTS.len())
}

/// Whether the masters have epochs of their own and each replica has its master's: a vote request
/// names the epoch of the slots that it claims, and an old one is refused.
fn epochs_known(world: &World, replicas: usize) -> bool {
    let views: Vec<ClusterView> = views(world).map(|(_, view)| view).collect();
    let own: BTreeMap<NodeId, u64> = views
        .iter()
        .filter_map(|view| {
            let me = view.myself().filter(|me| !me.is_replica)?;
            Some((view.id, me.config_epoch))
        })
        .collect();
    let knows = |view: &&ClusterView| {
        let master = view.myself().and_then(|me| me.master);
        let believed = view.peers.iter().find(|p| Some(p.id) == master).map(|p| p.config_epoch);
        believed.is_some() && believed == master.and_then(|id| own.get(&id).copied())
    };
    own.values().collect::<BTreeSet<_>>().len() == SLOTS.len()
        && views.iter().filter(knows).count() == replicas
}

/// Whether every replica hears its master: one that never did would not stand for election.
fn all_linked(world: &World) -> bool {
    let nodes = world.servers().filter_map(|(_, process)| process.server()).map(|s| s.node());
    nodes.filter(|node| node.is_replica()).all(|node| node.master_link_up())
}
