//! Real processes on loopback: one cluster of each kind, side by side, killed in turn.

use std::fs;
use std::io::{Error, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const NODES: usize = 6;
const SLOT_COUNT: usize = 16384;
const PATIENCE: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(5);

/// What runs, and how it is told to.
struct Kind {
    name: &'static str,
    binary: String,
    options: &'static [&'static str],
}

/// Six processes. Dropped, they are killed and their folder is removed.
struct Cluster {
    kind: Kind,
    first_port: u16,
    folder: PathBuf,
    children: Vec<Option<Child>>,
    times: Vec<u64>,
}

/// How long each kill stopped writes, in milliseconds, by kind.
pub(crate) fn times(port: u16, native: &str) -> Result<Vec<(String, Vec<u64>)>> {
    let kinds = [
        Kind { name: "redis-server 7.0", binary: "redis-server".into(), options: &[] },
        Kind {
            name: "native-node, redis7",
            binary: native.into(),
            options: &["--election-profile", "redis7"],
        },
        Kind { name: "native-node, valkey9", binary: native.into(), options: &[] },
    ];
    let mut clusters = Vec::new();
    for (i, kind) in kinds.into_iter().enumerate() {
        clusters.push(Cluster::form(kind, port + (i * NODES) as u16)?);
    }
    for round in 0..super::KILLS {
        for cluster in &mut clusters {
            cluster.settle()?;
            // Kills fall at any moment between two pings.
            sleep(Duration::from_millis(round as u64 * 137));
            cluster.kill_a_master()?;
        }
    }
    Ok(clusters.iter().map(|c| (c.kind.name.to_owned(), c.times.clone())).collect())
}

impl Cluster {
    fn form(kind: Kind, first_port: u16) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("failover-times-{first_port}"));
        let _ = fs::remove_dir_all(&folder);
        let mut new = Self { kind, first_port, folder, children: Vec::new(), times: Vec::new() };
        for i in 0..NODES {
            new.children.push(None);
            new.start(i)?;
        }
        for i in 1..NODES {
            let (port, bus) = (new.port(i).to_string(), (new.port(i) + 1000).to_string());
            new.say(0, &["CLUSTER", "MEET", "127.0.0.1", &port, &bus])?;
        }
        let masters = NODES / 2;
        for i in 0..masters {
            let first = (i * SLOT_COUNT / masters).to_string();
            let last = ((i + 1) * SLOT_COUNT / masters - 1).to_string();
            new.say(i, &["CLUSTER", "ADDSLOTSRANGE", &first, &last])?;
        }
        for i in masters..NODES {
            let id = new.say(i - masters, &["CLUSTER", "MYID"])?;
            let id = id.lines().nth(1).unwrap_or_default().to_owned();
            new.until("REPLICATE", |c| {
                Ok(c.say(i, &["CLUSTER", "REPLICATE", &id])?.starts_with("+OK"))
            })?;
        }
        Ok(new)
    }

    fn port(&self, i: usize) -> u16 {
        self.first_port + i as u16
    }

    fn start(&mut self, i: usize) -> Result<()> {
        let port = self.port(i);
        let dir = self.folder.join(port.to_string());
        fs::create_dir_all(&dir)?;
        let timeout = super::NODE_TIMEOUT_MS.to_string();
        let mut command = Command::new(&self.kind.binary);
        command
            .args(["--port", &port.to_string(), "--cluster-port", &(port + 1000).to_string()])
            .args(["--bind", "127.0.0.1", "--cluster-enabled", "yes", "--save", ""])
            .args(["--cluster-node-timeout", &timeout, "--repl-diskless-sync-delay", "0"])
            .arg("--dir")
            .arg(&dir)
            .args(self.kind.options)
            .stdout(fs::File::create(dir.join("log"))?)
            .stderr(Stdio::null());
        self.children[i] = Some(command.spawn()?);
        self.until("PING", |c| Ok(c.say(i, &["PING"]).is_ok_and(|reply| reply == "+PONG\r\n")))
    }

    /// All nodes say ok, and three replicas follow their masters.
    fn settle(&self) -> Result<()> {
        self.until("a settled cluster", |c| {
            let mut following = 0;
            for i in 0..NODES {
                let fine = c.say(i, &["CLUSTER", "INFO"])?.contains("cluster_state:ok");
                let nodes = c.say(i, &["CLUSTER", "NODES"])?;
                if !fine || nodes.contains("fail") || nodes.contains("handshake") {
                    return Ok(false);
                }
                let up = c.say(i, &["INFO", "replication"])?.contains("master_link_status:up");
                following += usize::from(up);
            }
            Ok(following == NODES / 2)
        })?;
        // Offsets are gossiped by the next pings.
        sleep(Duration::from_millis(super::NODE_TIMEOUT_MS));
        Ok(())
    }

    /// Kills the master of slot 3300, waits for the next one, and starts the dead one again.
    fn kill_a_master(&mut self) -> Result<()> {
        let serves = |c: &Self, i: usize| c.set(i) == "+OK\r\n";
        let Some(victim) = (0..NODES).find(|i| serves(self, *i)) else {
            return Err(Error::other("nobody serves slot 3300"));
        };
        if let Some(mut child) = self.children[victim].take() {
            child.kill()?;
            child.wait()?;
        }
        let begin = Instant::now();
        self.until("a write", |c| Ok((0..NODES).any(|i| i != victim && serves(c, i))))?;
        self.times.push(begin.elapsed().as_millis() as u64);
        self.start(victim)
    }

    fn set(&self, i: usize) -> String {
        self.say(i, &["SET", "{b}", "x"]).unwrap_or_default()
    }

    fn until(&self, what: &str, mut done: impl FnMut(&Self) -> Result<bool>) -> Result<()> {
        let begin = Instant::now();
        loop {
            if done(self).unwrap_or(false) {
                return Ok(());
            }
            if begin.elapsed() > PATIENCE {
                return Err(Error::other(format!(
                    "{}: waited too long for {what}",
                    self.kind.name
                )));
            }
            sleep(POLL);
        }
    }

    /// One command on a connection of its own; the reply as it is on the wire, as far as it came
    /// in one piece.
    fn say(&self, i: usize, words: &[&str]) -> Result<String> {
        let to = SocketAddr::from(([127, 0, 0, 1], self.port(i)));
        let mut stream = TcpStream::connect_timeout(&to, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(&engine::sim::command(words))?;
        let mut reply = Vec::new();
        let mut chunk = [0; 16384];
        loop {
            let n = stream.read(&mut chunk)?;
            reply.extend_from_slice(&chunk[..n]);
            let text = String::from_utf8_lossy(&reply);
            let whole = match text.split_once("\r\n") {
                Some((head, body)) => match head.strip_prefix('$').map(str::parse::<usize>) {
                    Some(Ok(len)) => body.len() >= len + 2,
                    _ => true,
                },
                None => false,
            };
            if whole || n == 0 {
                return Ok(text.into_owned());
            }
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in self.children.iter_mut().flatten() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}
