//! A redis-server process starts: sockets, first log lines, the node's birth (`main` in server.c).

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use engine_base::{Mono, Seed};
use engine_node::config::SetError;
use engine_node::{Action, Boot, BootDisk, Config, Listener, LogLevel, Node};

use crate::fs::{Fs, resolve};
use crate::host::{HostId, Listening};
use crate::input::InputKind;
use crate::process::{ExitStatus, Pid};
use crate::server::{Console, Server, ServerSpec, Started};
use crate::trace::{What, Who};
use crate::world::World;

/// What redis-server shows instead of one log line when its words go to a terminal.
const LOGO: &str = include_str!("logo.txt");
/// Where a daemon's pid file is unless the directive `pidfile` says so (`CONFIG_DEFAULT_PID_FILE`).
const DEFAULT_PIDFILE: &str = "/var/run/redis.pid";

/// The node's view of the files at its birth.
struct Files<'a> {
    fs: &'a Fs,
    dir: &'a str,
}

impl BootDisk for Files<'_> {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.fs.read(&resolve(self.dir, path)).ok().map(<[u8]>::to_vec)
    }

    fn size(&self, path: &str) -> Option<u64> {
        self.fs.read(&resolve(self.dir, path)).ok().map(|bytes| bytes.len() as u64)
    }

    fn read_at(&self, path: &str, from: u64, len: usize) -> Option<Vec<u8>> {
        let bytes = self.fs.read(&resolve(self.dir, path)).ok()?;
        Some(engine_node::part_of_file(bytes, from, len).to_vec())
    }
}

/// A process that is being started, and ends with code 1 when a step fails.
struct Birth {
    host: HostId,
    pid: Pid,
    console: Console,
    tty: bool,
}

/// A process that can serve.
struct Born {
    node: Node,
    listening: Vec<Listening>,
    later: VecDeque<Action>,
}

impl World {
    /// From now on every redis-server starts with these directives, whatever its own configuration
    /// says: two worlds can differ in one knob and in nothing else.
    ///
    /// # Errors
    /// A directive that `CONFIG SET` would refuse.
    pub fn impose(&mut self, directives: &[(String, String)]) -> Result<(), SetError> {
        Config::default().set(directives, true)?;
        self.imposed = directives.to_vec();
        Ok(())
    }

    /// Starts a redis-server; `None` when the host has no power. A process that cannot serve logs
    /// why, in Redis's words, and is gone again.
    pub fn start_server(&mut self, host: HostId, mut spec: ServerSpec) -> Option<Started> {
        // Tried when they were imposed; what is recorded holds them already.
        let _ = spec.config.set(&self.imposed, true);
        self.record(InputKind::StartServer { host, spec: Box::new(spec.clone()) });
        let mut spawn = spec.spawn;
        let daemon = spec.config.daemonize;
        let tty = spawn.tty.is_some() && !daemon;
        if daemon {
            spawn.ppid = Pid(1);
            spawn.tty = None;
        }
        let program = spawn.title.split(' ').next().unwrap_or("redis-server").to_owned();
        let adopted = spec.adopt.filter(|pid| self.process(host, *pid).is_some());
        let pid = match adopted {
            Some(pid) => pid,
            None => self.spawn_entry(host, spawn)?,
        };
        let console = console(&spec.config, &spec.cwd);
        let mut birth = Birth { host, pid, console, tty };
        let mut seed = [0; 32];
        self.birth_rng.fill(&mut seed);
        let born = self.bear(&mut birth, spec.config, spec.config_file, Seed(seed));
        let stdout = std::mem::take(&mut birth.console.stdout);
        let Some(Born { node, listening, later }) = born else {
            self.end_process(host, pid, ExitStatus::Code(1));
            return Some(Started { pid, exit: Some(1), stdout });
        };
        let addr = serving(&listening, self.hosts[host.0].ip);
        let title = node.config().set_proc_title.then(|| title(&program, node.config()));
        let server = Server {
            node,
            host,
            addr,
            links: Default::default(),
            inbox: VecDeque::new(),
            behind: later,
            disk: VecDeque::new(),
            next_token: 0,
            stalled: Default::default(),
            timer_at: Mono::NEVER,
            console: birth.console,
        };
        if let Some(process) = self.hosts[host.0].processes.get_mut(&pid) {
            if let Some(title) = title {
                process.title = title;
            }
            process.server = Some(Box::new(server));
        }
        self.tell(host, Who { pid, addr: Some(addr) }, What::ServerStarted);
        self.drive(host, pid);
        let exit = match self.exits.get(&(host, pid)) {
            Some(ExitStatus::Code(code)) => Some(*code),
            _ => None,
        };
        Some(Started { pid, exit, stdout: [stdout, self.take_stdout(host, pid)].concat() })
    }

    /// What a server printed to its starter's terminal since the last call.
    pub fn take_stdout(&mut self, host: HostId, pid: Pid) -> Vec<u8> {
        if let Some(words) = self.last_words.remove(&(host, pid)) {
            return words;
        }
        self.hosts
            .get_mut(host.0)
            .and_then(|h| h.processes.get_mut(&pid))
            .and_then(|p| p.server.as_mut())
            .map(|s| std::mem::take(&mut s.console.stdout))
            .unwrap_or_default()
    }

    fn bear(
        &mut self,
        birth: &mut Birth,
        config: Config,
        config_file: Option<String>,
        seed: Seed,
    ) -> Option<Born> {
        let pid = birth.pid;
        for text in [
            "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo".to_owned(),
            format!(
                "Redis version=7.0.15, bits=64, commit=00000000, modified=0, pid={pid}, just started"
            ),
            "Configuration loaded".to_owned(),
        ] {
            self.say(birth, 'C', LogLevel::Warning, &text);
        }
        self.say(birth, 'M', LogLevel::Notice, "monotonic clock: POSIX clock_gettime");
        let mut listening = self.listen(birth, &config, config.port, Listener::Client)?;
        if config.cluster_enabled {
            self.lock_nodes_conf(birth, &config)?;
        }
        let (bus, cluster, port) = (config.bus_port(), config.cluster_enabled, config.port);
        let bus_socket = if cluster {
            self.try_listen(birth, &config, bus, Listener::Bus)
        } else {
            Ok(Vec::new())
        };
        let boot = Boot {
            config,
            config_file,
            pid: pid.0,
            seed,
            disk: &Files { fs: &self.hosts[birth.host.0].fs, dir: &birth.console.dir },
            now: self.now_at(birth.host),
        };
        let mut node = match Node::boot(boot) {
            Ok(node) => node,
            Err(error) => {
                for (level, text) in &error.log {
                    self.say(birth, 'M', *level, text);
                }
                return None;
            }
        };
        let mut later = VecDeque::new();
        let mut bus_socket = Some(bus_socket);
        while let Some(action) = node.poll_action() {
            match action {
                Action::Log { level, text } => {
                    if text.starts_with("Running mode=") {
                        match bus_socket.take() {
                            Some(Ok(sockets)) => listening.extend(sockets),
                            Some(Err(failure)) => {
                                return self.cannot_listen(birth, &failure, bus, "cluster");
                            }
                            None => {}
                        }
                        if birth.tty && birth.console.logfile.is_none() {
                            self.show_logo(birth, cluster, port);
                            continue;
                        }
                    }
                    self.say(birth, if node.is_replica() { 'S' } else { 'M' }, level, &text);
                }
                other => later.push_back(other),
            }
        }
        let host = &mut self.hosts[birth.host.0];
        host.listening.extend(listening.iter().copied());
        self.write_pidfile(birth);
        // What is not a log line is done when the process is in its place.
        Some(Born { node, listening, later })
    }

    fn write_pidfile(&mut self, birth: &Birth) {
        let now = self.unix(birth.host);
        if let Some(path) = &birth.console.pidfile {
            let text = format!("{}\n", birth.pid).into_bytes();
            let _ = self.hosts[birth.host.0].fs.write(path, text, now);
        }
    }

    fn say(&mut self, birth: &mut Birth, role: char, level: LogLevel, text: &str) {
        let line = self.log_line(birth.host, birth.pid, role, level, text);
        self.write_log(birth.host, &mut birth.console, &line);
    }

    fn show_logo(&mut self, birth: &mut Birth, cluster: bool, port: u16) {
        let mode = if cluster { "cluster" } else { "standalone" };
        let art = LOGO
            .replace("{mode}", mode)
            .replace("{port}", &port.to_string())
            .replace("{pid}", &birth.pid.to_string());
        birth.console.print(art.as_bytes());
    }

    /// Opens the client sockets; on failure says why.
    fn listen(
        &mut self,
        birth: &mut Birth,
        config: &Config,
        port: u16,
        listener: Listener,
    ) -> Option<Vec<Listening>> {
        match self.try_listen(birth, config, port, listener) {
            Ok(sockets) => Some(sockets),
            Err(failure) => self.cannot_listen(birth, &failure, port, "TCP"),
        }
    }

    fn cannot_listen<T>(
        &mut self,
        birth: &mut Birth,
        failure: &str,
        port: u16,
        kind: &str,
    ) -> Option<T> {
        let text = format!("Warning: Could not create server TCP listening socket {failure}");
        self.say(birth, 'M', LogLevel::Warning, &text);
        let text = format!("Failed listening on port {port} ({kind}), aborting.");
        self.say(birth, 'M', LogLevel::Warning, &text);
        None
    }

    /// One socket for each address of `bind` (`listenToPort` in server.c).
    fn try_listen(
        &self,
        birth: &Birth,
        config: &Config,
        port: u16,
        listener: Listener,
    ) -> Result<Vec<Listening>, String> {
        let host = &self.hosts[birth.host.0];
        let mut sockets: Vec<Listening> = Vec::new();
        if port == 0 {
            return Ok(sockets);
        }
        for text in &config.bind.0 {
            let (optional, name) =
                text.strip_prefix('-').map_or((false, text.as_str()), |n| (true, n));
            let ip: IpAddr = match name {
                "*" => Ipv4Addr::UNSPECIFIED.into(),
                "localhost" => Ipv4Addr::LOCALHOST.into(),
                name => match name.parse() {
                    Ok(ip) => ip,
                    Err(_) if optional => continue,
                    Err(_) => return Err(format!("{name}:{port}: Name or service not known")),
                },
            };
            if !ip.is_unspecified() && !host.has_ip(ip) {
                if optional {
                    continue;
                }
                return Err(format!("{name}:{port}: bind: Cannot assign requested address"));
            }
            let overlaps = |l: &Listening| {
                l.port == port && (l.ip == ip || l.ip.is_unspecified() || ip.is_unspecified())
            };
            if host.listening.iter().any(overlaps) {
                return Err(format!("{name}:{port}: bind: Address already in use"));
            }
            sockets.push(Listening { ip, port, pid: birth.pid, listener });
        }
        Ok(sockets)
    }

    /// Two nodes must not share a nodes.conf (`clusterLockConfig` in cluster.c).
    fn lock_nodes_conf(&mut self, birth: &mut Birth, config: &Config) -> Option<()> {
        let path = birth.console.nodes_conf.clone();
        let taken = self.hosts[birth.host.0]
            .processes
            .values()
            .filter_map(|p| p.server.as_ref())
            .any(|s| s.console.nodes_conf == path);
        if !taken {
            return Some(());
        }
        let text = format!(
            "Sorry, the cluster configuration file {} is already used by a different Redis \
             Cluster node. Please make sure that different nodes use different cluster \
             configuration files.",
            config.cluster_config_file
        );
        self.say(birth, 'M', LogLevel::Warning, &text);
        None
    }
}

fn console(config: &Config, cwd: &str) -> Console {
    let dir = resolve(cwd, &config.dir.0);
    let daemon = config.daemonize;
    let given = |text: &str| (!text.is_empty()).then(|| resolve(&dir, text));
    Console {
        logfile: given(&config.logfile),
        pidfile: given(&config.pidfile).or_else(|| daemon.then(|| DEFAULT_PIDFILE.to_owned())),
        foreground: !daemon,
        stdout: Vec::new(),
        nodes_conf: config.cluster_enabled.then(|| resolve(&dir, &config.cluster_config_file)),
        dir,
    }
}

/// Where others reach a node: its first client socket, or the host's address.
fn serving(listening: &[Listening], own: IpAddr) -> SocketAddr {
    let first = listening.iter().find(|l| l.listener == Listener::Client);
    let ip = first.map_or(own, |l| if l.ip.is_unspecified() { own } else { l.ip });
    SocketAddr::new(ip, first.map_or(0, |l| l.port))
}

/// What `ps` shows: `{title} {listen-addr} {server-mode}`.
fn title(program: &str, config: &Config) -> String {
    let ip = config.bind.0.first().map_or("*", |b| b.as_str());
    let mode = if config.cluster_enabled { " [cluster]" } else { "" };
    format!("{program} {ip}:{}{mode}", config.port)
}
