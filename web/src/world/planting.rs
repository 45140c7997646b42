//! A cluster that begins in the middle of its life: each node is given the nodes.conf that it would
//! have written, and started.

use std::rc::Rc;
use std::sync::Arc;

use engine::shell::Console;
use engine::sim::{FsOp, HostId, Server, World};

use super::topology::Topology;

/// So long may one command take, in virtual milliseconds.
const COMMAND_MS: u64 = 30_000;
/// So long is waited for agreement at most, in virtual milliseconds.
const PATIENCE_MS: u64 = 45_000;
/// It is looked at this often, in virtual milliseconds.
const LOOK_MS: u64 = 250;
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
}

impl Planting {
    /// At the beginning.
    pub(crate) const fn new(topology: Rc<Topology>, sequel: Sequel) -> Self {
        Self { topology, sequel, next: 0, waited_ms: 0 }
    }

    /// Goes one step further; `true` when all is done.
    pub(crate) fn advance(&mut self, console: &mut Console) -> bool {
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

    fn start(&self, console: &mut Console, ix: usize) {
        let Some(node) = self.topology.nodes.get(ix) else { return };
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
            (format!("{base}/conf/redis_{port}.conf"), conf),
            (format!("{data}/nodes_{port}.conf"), self.topology.nodes_conf(ix)),
        ];
        let files = files.map(|(path, text)| FsOp::Put(path, Arc::new(text.into_bytes())));
        for op in folders.into_iter().chain(files) {
            // A fresh disk has room, and nothing stands in the way.
            let _ = console.world().borrow_mut().fs(HostId(node.host), op);
        }
        if node.runs {
            run(console, node.host, &format!("redis-server {base}/conf/redis_{port}.conf\n"));
        }
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
