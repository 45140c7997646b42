//! What all who load the cluster share, and which faults admit which losses.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

/// A span of time in which acknowledged writes may be lost, and why.
struct Window {
    from: SystemTime,
    /// `None` while it lasts.
    to: Option<SystemTime>,
    why: &'static str,
}

/// Errors that a cluster under faults may give, and when. Any other is a failure of the test.
const ADMITTED: [(&str, &str); 16] = [
    ("not connected", "the node is dead, or its port not open again"),
    ("link lost", "the node died, or was paused for longer than the client waits"),
    ("too many redirections", "two nodes that have not heard of the election name each other"),
    ("refused after ASK", "the importing node was replaced meanwhile"),
    ("CLUSTERDOWN", "a master is failed and not yet replaced, or this node is in a minority"),
    ("TRYAGAIN", "the keys of one command lie on both ends of a move"),
    ("LOADING", "the node has just started, or is being sent all data"),
    ("MASTERDOWN", "a replica without its master"),
    ("READONLY", "the node has just become a replica"),
    // redis-py, by the names of its exceptions.
    ("py ConnectionError", "as `not connected`"),
    ("py TimeoutError", "as `link lost`"),
    ("py ClusterDownError", "as CLUSTERDOWN"),
    ("py RedisClusterException", "no node answered while it looked for the cluster's map"),
    ("py ClusterError", "it gave up after its own retries"),
    // redis-rs, by the names of its kinds.
    ("rs Io", "as `link lost`"),
    ("rs ClusterConnectionNotFound", "as `not connected`"),
];

/// What the threads share.
pub struct Stage {
    pub ports: Vec<u16>,
    pub over: AtomicBool,
    windows: Mutex<Vec<Window>>,
    errors: Mutex<BTreeMap<&'static str, usize>>,
}

impl Stage {
    pub fn new(ports: Vec<u16>) -> Self {
        let (windows, errors) = (Mutex::default(), Mutex::default());
        Self { ports, over: AtomicBool::new(false), windows, errors }
    }

    /// From now on writes may be lost.
    pub fn open(&self, why: &'static str) {
        // What was acknowledged just before may not have reached the replica.
        let from = SystemTime::now().checked_sub(Duration::from_secs(1)).unwrap();
        self.windows.lock().unwrap().push(Window { from, to: None, why });
    }

    /// The promotion has been seen by all.
    pub fn close(&self) {
        for window in self.windows.lock().unwrap().iter_mut() {
            window.to.get_or_insert_with(SystemTime::now);
        }
    }

    /// Why a write that was acknowledged then may be lost, if it may.
    pub fn admitted(&self, at: SystemTime) -> Option<&'static str> {
        let windows = self.windows.lock().unwrap();
        let inside = |w: &&Window| at >= w.from && w.to.is_none_or(|to| at <= to);
        windows.iter().find(inside).map(|w| w.why)
    }

    /// Counts an error.
    pub fn note(&self, kind: &str) {
        // A library that hands on the server's own word is no special case.
        let word = kind.split_once(' ').map_or(kind, |(_, word)| word);
        let known = ADMITTED.iter().find(|(name, _)| *name == kind || *name == word);
        let (name, _) =
            known.unwrap_or_else(|| panic!("no error of a cluster under faults: {kind}"));
        *self.errors.lock().unwrap().entry(name).or_default() += 1;
    }

    /// A line for each kind of error that came.
    pub fn errors(&self) -> String {
        let errors = self.errors.lock().unwrap();
        let why = |name: &str| ADMITTED.iter().find(|(n, _)| *n == name).map_or("", |(_, why)| why);
        errors.iter().map(|(name, n)| format!("error {name}: {n} ({})\n", why(name))).collect()
    }
}
