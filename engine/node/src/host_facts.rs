//! What `INFO` says of the machine and the program. The node cannot know it: a driver on a real
//! machine tells; without it those fields are left out.

use crate::Node;

/// What does not change while the process runs.
#[derive(Clone, Debug, Default)]
pub struct HostFacts {
    /// System, release and machine (`os`).
    pub os: String,
    /// The program's full path (`executable`).
    pub executable: String,
    /// How sockets are waited for (`multiplexing_api`).
    pub multiplexing: String,
    /// What gives memory (`mem_allocator`).
    pub allocator: String,
    /// Names the build of the program (`redis_build_id`).
    pub build_id: u64,
    /// Who is told that the process is ready (`process_supervised`): `no`, `systemd` or `upstart`.
    pub supervised: &'static str,
    /// Bytes of memory that the machine has (`total_system_memory`); 0 when that is not known.
    pub system_memory: u64,
    /// Reads how many bytes of memory the process takes now (`used_memory_rss`).
    pub resident: Option<fn() -> Option<u64>>,
}

impl Node {
    /// Tells the node where it runs: `INFO` has more fields from now on.
    pub fn use_host_facts(&mut self, facts: HostFacts) {
        self.host_facts = Some(Box::new(facts));
    }
}
