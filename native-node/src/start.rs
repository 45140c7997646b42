//! From the command line to a serving node and to its end, in redis-server's order (`main` and
//! `initServer` in server.c).

use std::cell::RefCell;
use std::io::Read;
use std::process::ExitCode;
use std::rc::Rc;

use engine_base::{Mono, Seed};
use engine_node::config::Config;
use engine_node::{Boot, Node};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{LocalSet, spawn_local};

use crate::arguments::Serve;
use crate::clock::Clock;
use crate::configuration::{self, Loaded};
use crate::disk::{Disk, Told};
use crate::files::RealFiles;
use crate::listeners::{self, listen};
use crate::log::{Log, Role};
use crate::opening::Opening;
use crate::pinning::CpuLists;
use crate::server::{self, Server, Shared, turn};
use crate::supervisor::Supervisor;
use crate::syslog::Syslog;
use crate::{
    crash, daemon, huge_pages, lazy_free, limits, lock, pinning, signals, timer, title, unix_socket,
};

/// The process shall end with this code; why has been told.
struct End(u8);

impl From<std::io::Error> for End {
    fn from(error: std::io::Error) -> Self {
        eprintln!("{error}");
        Self(1)
    }
}

/// Runs a server until it ends.
pub(crate) fn run(serve: &Serve) -> ExitCode {
    match start(serve) {
        Ok(code) | Err(End(code)) => ExitCode::from(code),
    }
}

fn start(serve: &Serve) -> Result<u8, End> {
    let mut log = Log::early();
    let born_in = std::env::current_dir().unwrap_or_default();
    let loaded = configuration::load(serve, &log).map_err(|_| End(1))?;
    log.file.clone_from(&loaded.config.logfile);
    log.verbosity = loaded.config.loglevel;
    let supervisor = Supervisor::of(loaded.config.supervised, &log);
    let background = loaded.config.daemonize && supervisor == Supervisor::None;
    if background && !daemon::is_background() {
        daemon::start_again(&born_in, &loaded.stdin)?;
        return Ok(0);
    }
    if background {
        daemon::leave_terminal();
    }
    greet(&log, serve);
    log.role = Role::Master;
    log.syslog = Syslog::of(&loaded.config);
    crash::configure(&loaded.config);
    crash::watch(log.clone());
    log.notice("monotonic clock: POSIX clock_gettime");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _inside = runtime.enter();
    let mut prepared = prepare(loaded, &log)?;
    let pid_file = daemon::pid_file(background, &prepared.loaded.config.pidfile);
    prepared.loaded.config.pidfile = pid_file.clone().unwrap_or_default();
    if let Some(path) = &pid_file {
        daemon::write_pid_file(path);
    }
    title::remember_name();
    title::show(&prepared.loaded.config, prepared.loaded.file.as_deref());
    let tasks = LocalSet::new();
    let code = tasks.block_on(&runtime, open_all(prepared, log, supervisor)).map(|shared| {
        runtime.block_on(server::run(&tasks, &shared));
        listeners::leave();
        let mut server = shared.borrow_mut();
        server.disk.finish();
        u8::try_from(server.exit.unwrap_or(0)).unwrap_or(1)
    });
    if let Some(path) = &pid_file {
        // Gone or not, the process ends.
        let _ = std::fs::remove_file(path);
    }
    // A node that must not go on leaves a core, as redis-server does.
    let (Ok(told) | Err(End(told))) = &code;
    let told = i32::from(*told);
    if [engine_node::ABORTED, engine_node::SEGFAULT].contains(&told) {
        crash::end_by_signal(told);
    }
    code
}

fn greet(log: &Log, serve: &Serve) {
    log.warning("oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
    log.warning(&format!(
        "Redis version=7.0.15, bits=64, commit=00000000, modified=0, pid={}, just started",
        std::process::id()
    ));
    log.warning(&if serve.bare {
        let me = title::name();
        format!(
            "Warning: no config file specified, using the default config. In order to specify a \
             config file use {me} /path/to/redis.conf"
        )
    } else {
        "Configuration loaded".to_owned()
    });
}

/// What is open before the node is born.
struct Prepared {
    loaded: Loaded,
    clients: Vec<TcpListener>,
    bus: Vec<TcpListener>,
    unix: Option<UnixListener>,
    disk: Disk,
    ends: UnboundedReceiver<Told>,
}

fn prepare(mut loaded: Loaded, log: &Log) -> Result<Prepared, End> {
    let config = &mut loaded.config;
    for notice in config.notices() {
        log.warning(&notice);
    }
    if let Some(module) = config.extra.modules.first().and_then(|m| m.first()) {
        let path = String::from_utf8_lossy(module);
        log.warning(&format!("Module {path} failed to load: this server takes no modules"));
        log.warning("Can't load module from the configuration file, exiting");
        return Err(End(1));
    }
    huge_pages::obey(config, log);
    if !limits::adjust(config, log) {
        return Err(End(1));
    }
    let config = &*config;
    let clients =
        if config.port == 0 { Vec::new() } else { open(config, config.port, "TCP", log)? };
    let unix = unix_socket::listen(config).map_err(|why| {
        log.warning(&format!("Failed opening Unix socket: {why}"));
        End(1)
    })?;
    if clients.is_empty() && unix.is_none() {
        log.warning("Configured to not listen anywhere, exiting.");
        return Err(End(1));
    }
    let locked = lock_nodes_conf(config, log)?;
    let bus = if config.cluster_enabled {
        bus_port_fits(config, log)?;
        open(config, config.bus_port(), "cluster", log)?
    } else {
        Vec::new()
    };
    let (mut disk, ends) = Disk::new(locked);
    disk.run_on(CpuLists::of(config));
    lazy_free::run_on(&config.bio_cpulist);
    Ok(Prepared { loaded, clients, bus, unix, disk, ends })
}

fn open(config: &Config, port: u16, what: &str, log: &Log) -> Result<Vec<TcpListener>, End> {
    let opened = listen(config, port);
    for warning in &opened.warnings {
        log.warning(warning);
    }
    if opened.failed {
        log.warning(&format!("Failed listening on port {port} ({what}), aborting."));
        return Err(End(1));
    }
    Ok(opened.listeners)
}

fn lock_nodes_conf(config: &Config, log: &Log) -> Result<Option<(String, lock::Lock)>, End> {
    if !config.cluster_enabled {
        return Ok(None);
    }
    let shown = &config.cluster_config_file;
    let path = std::path::Path::new(&config.dir.0).join(shown).to_string_lossy().into_owned();
    match lock::lock(&path, shown) {
        Ok(lock) => Ok(Some((path, lock))),
        Err(why) => {
            log.warning(&why);
            Err(End(1))
        }
    }
}

fn bus_port_fits(config: &Config, log: &Log) -> Result<(), End> {
    if config.cluster_port == 0 && config.port > 55535 {
        log.warning(
            "Redis port number too high. Cluster communication port is 10,000 port numbers higher \
             than your Redis port. Your Redis port number must be 55535 or less.",
        );
        return Err(End(1));
    }
    Ok(())
}

/// What CONFIG SET changes of the process.
fn apply_settings(config: &Config, file: Option<&str>, changed: &[&'static str]) {
    crash::configure(config);
    if changed.contains(&"proc-title-template") {
        title::show_changed(config, file);
    }
}

/// The node is born, and everything that feeds it is set going.
async fn open_all(prepared: Prepared, log: Log, supervisor: Supervisor) -> Result<Shared, End> {
    let Prepared { loaded, clients, bus, unix, disk, ends } = prepared;
    let socket = loaded.config.unixsocket.clone();
    let clock = Clock::new();
    let mut opening = Opening::of(&loaded.config);
    let cpus = loaded.config.server_cpulist.clone();
    let mut seed = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut seed)?;
    let boot = Boot {
        config: loaded.config,
        config_file: loaded.file,
        pid: std::process::id(),
        seed: Seed(seed),
        disk: &RealFiles,
        now: clock.now(),
    };
    let mut node = Node::boot(boot).map_err(|error| {
        for (level, text) in &error.log {
            opening.write(&log, *level, text);
        }
        End(u8::try_from(error.code).unwrap_or(1))
    })?;
    node.use_stopwatch(crate::clock::stopwatch);
    node.use_cpu_meter(crate::cpu::times);
    node.use_lazy_free(lazy_free::ACCESS);
    node.use_stack_trace(crash::stack_trace);
    node.use_oom_score(crate::oom::ACCESS);
    node.use_host_facts(crate::host::facts(supervisor.name()));
    node.use_file_reader(|path| std::fs::read(path).ok());
    node.use_ports(listeners::open_anew);
    node.use_process_settings(apply_settings);
    if unix.is_some() {
        node.use_unix_socket(&socket);
    }
    let shared = Rc::new(RefCell::new(Server {
        node,
        clock,
        log,
        links: Default::default(),
        disk,
        opening,
        sooner: Rc::new(Notify::new()),
        deadline: Mono::NEVER,
        ended: Rc::new(Notify::new()),
        exit: None,
        supervisor,
        told_ready: false,
    }));
    turn(&shared, |_, _| ());
    // Before any thread that runs where this one does.
    pinning::pin(&cpus);
    signals::watch(&shared)?;
    listeners::serve_clients(&shared, clients);
    listeners::serve_bus(&shared, bus);
    if let Some(listener) = unix {
        spawn_local(unix_socket::accept(shared.clone(), listener));
    }
    spawn_local(timer::run(shared.clone()));
    spawn_local(disk_ends(shared.clone(), ends));
    Ok(shared)
}

/// Tells the node how its background disk operations go.
async fn disk_ends(shared: Shared, mut ends: UnboundedReceiver<Told>) {
    while let Some(told) = ends.recv().await {
        match told {
            Told::Progress(id, bytes) => shared.borrow_mut().node.handle_written(id, bytes),
            Told::Done(id, done) => {
                shared.borrow_mut().disk.ended(id);
                turn(&shared, |node, now| node.handle_disk(now, id, done));
            }
            Told::Read(id, part) => turn(&shared, |node, now| node.handle_read(now, id, part)),
        }
        // A fast disk must not keep clients waiting.
        tokio::task::yield_now().await;
    }
}
