//! A cluster that begins in the middle of its life: each node is given the nodes.conf that it would
//! have written, and started.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use engine::base::Mono;
use engine::node::config::Config;
use engine::shell::Console;
use engine::sim::{FsOp, HostId, Pid, Process, Server, ServerSpec, Spawn, World};

use super::topology::Topology;

/// So long may one command take, in virtual milliseconds.
const COMMAND_MS: u64 = 30_000;
/// So long is waited for agreement at most, in virtual milliseconds.
const PATIENCE_MS: u64 = 45_000;
/// It is looked at this often, in virtual milliseconds.
const LOOK_MS: u64 = 250;
/// A warm world is looked at this often, in virtual milliseconds: each of them costs it much more.
const WARM_LOOK_MS: u64 = 25;
/// So many nodes of a warm world are started, or linked, in one step.
const WARM_STEP: usize = 8;
/// All nodes of a warm world are started within this time, in microseconds: a node dials 100 ms after
/// its start.
const WARM_START_US: u64 = 100_000;
/// So long it takes about until the replicas of a warm world have copied their masters, in virtual
/// milliseconds.
const WARM_WAIT_MS: u64 = 7_000;
/// After agreement the replicas copy their masters, in virtual milliseconds.
const COPY_MS: u64 = 4_000;

/// What happens once all agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sequel {
    /// Lines typed on the first host.
    pub script: &'static str,
    /// Virtual milliseconds that pass then.
    pub wait_ms: u64,
}

/// A topology on its way into a world.
#[derive(Clone, Debug)]
pub(crate) struct Planting {
    topology: Rc<Topology>,
    sequel: Sequel,
    next: usize,
    waited_ms: u64,
    warm: Option<Warm>,
}

/// A planting whose bus links are up from the beginning.
#[derive(Clone, Debug)]
struct Warm {
    /// When the first node was started.
    began: Mono,
    /// The nodes.conf of all, but for the word `myself,`, and where that stands in each line.
    text: Rc<(Arc<Vec<u8>>, Vec<usize>)>,
    /// The servers, and how many of them have opened their links, and then accepted those of others.
    servers: Vec<(HostId, Pid)>,
    linked: usize,
    accepted: usize,
}

impl Planting {
    /// At the beginning.
    pub(crate) const fn new(topology: Rc<Topology>, sequel: Sequel) -> Self {
        Self { topology, sequel, next: 0, waited_ms: 0, warm: None }
    }

    /// At the beginning of a world in which nobody dials and greets everybody else: the links are up
    /// once all nodes have loaded their files ([`World::warm_links`]). For large clusters.
    pub(crate) fn warm(topology: Rc<Topology>) -> Self {
        let text = topology.nodes_conf(usize::MAX);
        let mut at = 0;
        let mut flags = Vec::with_capacity(topology.nodes.len());
        for line in text.split_inclusive('\n') {
            let words = line.splitn(3, ' ').take(2);
            flags.push(at + words.map(|word| word.len() + 1).sum::<usize>());
            at += line.len();
        }
        let warm = Warm {
            began: Mono::ZERO,
            text: Rc::new((Arc::new(text.into_bytes()), flags)),
            servers: Vec::new(),
            linked: 0,
            accepted: 0,
        };
        Self { warm: Some(warm), ..Self::new(topology, Sequel::default()) }
    }

    /// How far a warm planting is, in percent of the time that it takes: a quarter to start the nodes, a
    /// half to link them, the rest until each replica has its master's data.
    pub(crate) fn percent(&self) -> Option<usize> {
        let warm = self.warm.as_ref()?;
        let nodes = self.topology.nodes.len().max(1);
        let linked = (warm.linked + warm.accepted) / 2;
        let waited = self.waited_ms.min(WARM_WAIT_MS) as usize;
        let started = self.next.min(nodes) * 25 / nodes;
        let linked = linked.min(nodes) * 50 / nodes;
        Some(started + linked + waited * 25 / WARM_WAIT_MS as usize)
    }

    /// Goes one step further; `true` when all is done. Never a part of who asks for it: a first visit
    /// founds its cluster.
    #[inline(never)]
    pub(crate) fn advance(&mut self, console: &mut Console) -> bool {
        if self.warm.is_some() {
            return self.advance_warm(console);
        }
        if self.next < self.topology.nodes.len() {
            self.start(console, self.next);
            self.next += 1;
            return false;
        }
        let until = console.now().plus_ms(LOOK_MS);
        console.advance(until);
        self.waited_ms += LOOK_MS;
        if self.waited_ms < PATIENCE_MS && !console.with_world(all_ok) {
            return false;
        }
        let until = console.now().plus_ms(COPY_MS);
        console.advance(until);
        if !self.sequel.script.is_empty() {
            run(console, 0, self.sequel.script);
        }
        let until = console.now().plus_ms(self.sequel.wait_ms);
        console.advance(until);
        true
    }

    fn advance_warm(&mut self, console: &mut Console) -> bool {
        let nodes = self.topology.nodes.len();
        if self.next < nodes {
            if self.next == 0
                && let Some(warm) = &mut self.warm
            {
                warm.began = console.now();
            }
            for ix in self.next..nodes.min(self.next + WARM_STEP) {
                self.start_warm(console, ix);
            }
            self.next += WARM_STEP;
            return false;
        }
        let Some(warm) = &mut self.warm else { return true };
        if warm.servers.is_empty() {
            let pid = |(host, process): (HostId, &Process)| (host, process.pid);
            warm.servers = console.with_world(|w| w.servers().map(pid).collect());
        }
        let (links, accepts) = (warm.servers.get(warm.linked..), warm.servers.get(warm.accepted..));
        if let Some(servers) = links.filter(|left| !left.is_empty()) {
            for (host, pid) in servers.iter().take(WARM_STEP) {
                console.world().borrow_mut().warm_links(*host, *pid);
            }
            warm.linked += WARM_STEP;
            return false;
        }
        if let Some(servers) = accepts.filter(|left| !left.is_empty()) {
            for (host, pid) in servers.iter().take(WARM_STEP) {
                console.world().borrow_mut().warm_accepts(*host, *pid);
            }
            warm.accepted += WARM_STEP;
            return false;
        }
        let until = console.now().plus_ms(WARM_LOOK_MS);
        console.advance(until);
        self.waited_ms += WARM_LOOK_MS;
        self.waited_ms >= PATIENCE_MS || console.with_world(all_in_step)
    }

    /// Starts a node at its instant, as redis-server would be by hand, without a shell.
    fn start_warm(&self, console: &mut Console, ix: usize) {
        let (Some(warm), Some(node)) = (&self.warm, self.topology.nodes.get(ix)) else { return };
        let nodes = self.topology.nodes.len().max(1) as u64;
        let after = Duration::from_micros(ix as u64 * WARM_START_US / nodes);
        console.advance(warm.began + after);
        let (whole, flags) = &*warm.text;
        let moving = node.slots.iter().any(|s| s.starts_with('['));
        let put = |path| match flags.get(ix).filter(|_| !moving) {
            Some(at) => FsOp::PutWith(path, Arc::clone(whole), *at, "myself,"),
            None => FsOp::Put(path, Arc::new(self.topology.nodes_conf(ix).into_bytes())),
        };
        let (base, conf) = self.lay_files(console, ix, put);
        if !node.runs {
            return;
        }
        let Ok(config) = Config::parse::<&str>(&conf, &[]) else { return };
        let title = "redis-server".to_owned();
        let spec = ServerSpec {
            spawn: Spawn { ppid: Pid(1), user: "root".to_owned(), tty: None, title },
            adopt: None,
            cwd: "/root".to_owned(),
            config,
            config_file: Some(format!("{base}/conf/redis_{}.conf", node.port)),
        };
        let _ = console.world().borrow_mut().start_server(HostId(node.host), spec);
    }

    fn start(&self, console: &mut Console, ix: usize) {
        let Some(node) = self.topology.nodes.get(ix) else { return };
        let put = |path| FsOp::Put(path, Arc::new(self.topology.nodes_conf(ix).into_bytes()));
        let (base, _) = self.lay_files(console, ix, put);
        if node.runs {
            let port = node.port;
            run(console, node.host, &format!("redis-server {base}/conf/redis_{port}.conf\n"));
        }
    }

    /// Puts a node's folders and files on its host; gives the folder and its configuration.
    fn lay_files(
        &self,
        console: &mut Console,
        ix: usize,
        put_nodes_conf: impl FnOnce(String) -> FsOp,
    ) -> (String, String) {
        let Some(node) = self.topology.nodes.get(ix) else { return Default::default() };
        let ip = self.topology.hosts.get(node.host).map(|h| h.1.to_string()).unwrap_or_default();
        let port = node.port;
        let base = format!("/opt/redis_cluster/redis_{port}");
        let data = format!("/data/redis_cluster/redis_{port}");
        let bus = if Some(node.bus) == port.checked_add(10_000) {
            String::new()
        } else {
            format!("cluster-port {}\n", node.bus)
        };
        let conf = format!(
            "bind {ip}\nport {port}\ndaemonize yes\nprotected-mode no\n\
             pidfile \"{base}/pid/redis_{port}.pid\"\nlogfile \"{base}/log/redis_{port}.log\"\n\
             dbfilename \"redis_{port}.rdb\"\ndir \"{data}/\"\n\
             cluster-enabled yes\ncluster-config-file nodes_{port}.conf\n{bus}\
             cluster-node-timeout 15000\n"
        );
        let folders =
            [format!("{base}/conf"), format!("{base}/pid"), format!("{base}/log"), data.clone()];
        let folders = folders.map(FsOp::MakeDirs);
        let files = [
            FsOp::Put(
                format!("{base}/conf/redis_{port}.conf"),
                Arc::new(conf.clone().into_bytes()),
            ),
            put_nodes_conf(format!("{data}/nodes_{port}.conf")),
        ];
        for op in folders.into_iter().chain(files) {
            // A fresh disk has room, and nothing stands in the way.
            let _ = console.world().borrow_mut().fs(HostId(node.host), op);
        }
        (base, conf)
    }
}

fn run(console: &mut Console, host: usize, script: &str) {
    let limit = console.now().plus_ms(COMMAND_MS);
    let _printed = console.run_hidden(HostId(host), "/root", script, limit);
}

/// Whether every running node says that the cluster is ok.
fn all_ok(world: &World) -> bool {
    let mut nodes = world.servers().filter_map(|(_, p)| p.server()).map(Server::node).peekable();
    nodes.peek().is_some() && nodes.all(|n| n.cluster_ok() == Some(true))
}

/// Whether every running node says that the cluster is ok, and each replica has its master's data.
fn all_in_step(world: &World) -> bool {
    let in_step = |n: &engine::node::Node| !n.is_replica() || n.master_link_up();
    let mut nodes = world.servers().filter_map(|(_, p)| p.server()).map(Server::node);
    nodes.all(|n| n.cluster_ok() == Some(true) && in_step(n))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use engine::base::Seed;

    #[test]
    fn a_warm_planting_comes_to_life_and_serves() {
        let topology = Rc::new(Topology::regular(4, &[1; 8], 7000));
        let world = World::new(Seed::from_number(3), &topology.specs());
        let mut console = Console::new(Rc::new(RefCell::new(world)));
        let mut planting = Planting::warm(Rc::clone(&topology));
        let steps = (0..2000).take_while(|_| !planting.advance(&mut console)).count();
        assert!(steps < 2000);
        console.with_world(|world| {
            assert_eq!(world.servers().count(), 16);
            assert!(all_in_step(world));
            assert!(world.now().as_millis() < 10_000, "{}", world.now());
            let title = world.servers().next().map(|(_, p)| p.title.clone());
            assert_eq!(title.as_deref(), Some("redis-server 192.168.40.5:7000 [cluster]"));
        });
        run(&mut console, 0, "redis-cli -c -h 192.168.40.5 -p 7000 set foo bar > /said\n");
        let said = console.with_world(|w| {
            w.host(HostId(0)).and_then(|h| h.fs.read("/said").ok()).map(<[u8]>::to_vec)
        });
        assert_eq!(said.as_deref(), Some(&b"OK\n"[..]));
    }
}
