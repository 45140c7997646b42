//! What a terminal keeps when its world is exchanged for an earlier one: programs stay behind, the
//! shell's memory comes along.

use std::collections::BTreeMap;

use engine_sim::{HostId, World};

use crate::console::{Console, TabId};
use crate::sys::SharedWorld;

/// The memory of a terminal's shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The folder.
    pub cwd: String,
    /// The lines that were typed, oldest first.
    pub history: Vec<String>,
    /// The variables.
    pub vars: BTreeMap<String, String>,
}

impl Console {
    /// A console on a world that another console has used before: the sessions that are still in
    /// its process tables end, and each terminal logs in anew with what was kept of it.
    #[must_use]
    pub fn take_over(world: SharedWorld, kept: &[(HostId, Kept)]) -> (Self, Vec<TabId>) {
        end_sessions(&mut world.borrow_mut());
        let mut console = Self::new(world);
        let tabs = kept.iter().map(|(host, kept)| console.open_with(*host, kept)).collect();
        (console, tabs)
    }

    /// The lines typed at a terminal's shell, oldest first.
    #[must_use]
    pub fn history(&self, id: TabId) -> Vec<String> {
        self.kept(id).history
    }

    /// The folder of a terminal's shell.
    #[must_use]
    pub fn cwd(&self, id: TabId) -> String {
        self.kept(id).cwd
    }
}

/// Whoever was logged in is so no longer: shells, what they run in the foreground, and the
/// daemons behind them. Servers have no terminal and stay.
fn end_sessions(world: &mut World) {
    for host in (0..world.hosts().len()).map(HostId) {
        let Some(of_host) = world.host(host) else { continue };
        let session = |title: &str| title.starts_with("sshd: root@");
        let pids: Vec<_> = of_host
            .processes()
            .filter(|p| p.server().is_none() && (p.tty.is_some() || session(&p.title)))
            .map(|p| p.pid)
            .collect();
        for pid in pids {
            world.exit(host, pid, 0);
            world.take_exit(host, pid);
        }
    }
}
