//! The servers: a cluster of one, all slots owned, nothing saved.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::client::Client;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Native,
    Redis,
}

impl Kind {
    /// The order changes from round to round: neither always comes first.
    pub(super) fn both(round: usize) -> [Self; 2] {
        if round.is_multiple_of(2) {
            [Self::Redis, Self::Native]
        } else {
            [Self::Native, Self::Redis]
        }
    }
}

/// One running server; ended when it goes out of scope.
pub(super) struct Server {
    child: Child,
    pub(super) port: u16,
}

impl Server {
    /// A process in cluster mode, without slots yet.
    pub(super) fn start(
        kind: Kind,
        native: &Path,
        port: u16,
        folder: &Path,
        extra: &[&str],
    ) -> Result<Self> {
        // What an earlier server left there must not be loaded.
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder)?;
        let mut command = match kind {
            Kind::Native => Command::new(native),
            Kind::Redis => Command::new("redis-server"),
        };
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
        command.args(["--cluster-enabled", "yes", "--save", "", "--appendonly", "no"]);
        command.args(["--repl-diskless-sync-delay", "0", "--logfile", "log"]);
        command.arg("--dir").arg(folder).args(extra);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let mut server = Self { child, port };
        let end = Instant::now() + Duration::from_secs(20);
        while Client::connect(port).and_then(|mut c| c.ask(&["PING"])).is_err() {
            let ended = server.child.try_wait()?;
            ensure!(ended.is_none(), "{command:?} ended: is the port free?");
            ensure!(Instant::now() < end, "{command:?} does not answer");
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }

    /// Takes all slots, and waits until they are served.
    pub(super) fn own_all(&self) -> Result<()> {
        let mut client = self.client()?;
        client.ask(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"])?;
        client.wait(&["CLUSTER", "INFO"], |info| info.contains("cluster_state:ok"))
    }

    /// A new connection to it.
    pub(super) fn client(&self) -> Result<Client> {
        Client::connect(self.port)
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as kill -9 does.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
