//! The birth of a process: files are read, identity is made or found again.

use engine_base::{Now, Rng};

use crate::api::{Boot, BootDisk, BootError, LogLevel};
use crate::event::EventKind;
use crate::node::Node;
use crate::outbox::Outbox;
use crate::persist::Persist;
use crate::replication::Replication;
use crate::timers::Timers;

/// See [`Node::boot`].
pub(crate) fn boot(boot: Boot<'_>) -> Result<Node, BootError> {
    let Boot { config, config_file, pid, seed, disk, now } = boot;
    let mut root = Rng::new(seed);
    let run_id = root.fork("run id").hex40();
    let replication_id = root.fork("replication id").hex40();
    let cluster_rng = root.fork("cluster");
    let databases = if config.cluster_enabled { 1 } else { config.databases };
    let hash_key = root.fork("key hash").next_u64();
    let mut node = Node {
        pid,
        config_text: read_config(config_file.as_deref(), disk),
        config_file,
        run_id,
        born: now,
        hash_seed: hash_key,
        dbs: (0..databases).map(|_| engine_store::Db::new(hash_key)).collect(),
        links: Default::default(),
        next_client_id: 1,
        cluster: None,
        replication: Replication::new(replication_id, root.fork("replication")),
        persist: Persist::default(),
        migrations: Default::default(),
        propagator: Default::default(),
        acl: crate::acl::Acl::born(),
        pubsub: Default::default(),
        slot_stats: Default::default(),
        slot_migrations: Default::default(),
        stats: Default::default(),
        timers: Timers::new(now, config.cluster_enabled),
        rng: root.fork("commands"),
        monitors: Default::default(),
        memory: Default::default(),
        slow_log: Default::default(),
        own_expiring: Default::default(),
        stopwatch: None,
        lap: None,
        cpu_meter: None,
        host_facts: None,
        oom_score: Default::default(),
        lazy_free: None,
        stack_trace: None,
        process_settings: None,
        file_reader: None,
        listening: Default::default(),
        latency: Default::default(),
        dirty: 0,
        watchers: 0,
        wake: Default::default(),
        pause: Default::default(),
        debug: Default::default(),
        asleep: Default::default(),
        tracking: Default::default(),
        swollen: Default::default(),
        heard: false,
        scripts: Default::default(),
        client_memory: Default::default(),
        out: Outbox::default(),
        config,
    };
    if node.config.cluster_enabled {
        node.boot_cluster(now, cluster_rng, disk)?;
    }
    let mode = if node.config.cluster_enabled { "cluster" } else { "standalone" };
    node.out.log(LogLevel::Notice, format!("Running mode={mode}, port={}.", node.config.port));
    node.out.log(LogLevel::Warning, "Server initialized");
    node.boot_acl(disk).map_err(|error| node.out.told_before(error))?;
    node.boot_replication(now);
    if node.load_data(now, disk).map_err(|error| node.out.told_before(error))? {
        node.begin_to_serve(now);
    }
    Ok(node)
}

impl Node {
    /// All data is there: from now on the process does what it is there for.
    pub(crate) fn begin_to_serve(&mut self, now: Now) {
        let keys = self.dbs.iter().map(engine_store::Db::len).sum();
        self.check_cluster_data(now);
        self.dirty = 0;
        self.out.event(now, EventKind::Started { keys });
        if self.config.port != 0 && !self.config.bind.0.is_empty() {
            self.out.log(LogLevel::Notice, "Ready to accept connections");
        }
    }
}

/// The configuration file as it is now; empty when there is none.
fn read_config(path: Option<&str>, disk: &dyn BootDisk) -> String {
    let bytes = path.and_then(|path| disk.read(path)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
