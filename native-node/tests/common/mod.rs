//! Servers of both kinds on free ports, asked through the real redis-cli. Nothing sleeps for a
//! fixed time: every wait is on a state, with a deadline.
#![allow(missing_docs, unreachable_pub, reason = "a part of each test binary")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(dead_code, reason = "each test binary uses its part")]

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

pub use oracle::ports::free as free_port;

/// How long any state may take to come.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Which server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// This crate's.
    Ours,
    /// redis-server 7.0.15.
    Real,
}

/// One running server with a folder of its own; killed when dropped.
pub struct Server {
    pub kind: Kind,
    pub port: u16,
    pub dir: PathBuf,
    args: Vec<String>,
    child: Option<Child>,
}

/// Whether redis-server and redis-cli 7.0.15 are at hand. Without them these tests say so and end.
pub fn redis_is_here() -> bool {
    let version = Command::new("redis-server").arg("--version").output();
    let here = version.is_ok_and(|v| String::from_utf8_lossy(&v.stdout).contains("v=7.0.15"));
    if !here {
        println!("skipped: redis-server 7.0.15 is not installed");
    }
    here
}

/// Where a server's folder is made: in memory for a node of a cluster, whose timeouts are short and
/// must not depend on how long the disk of the machine takes for an fsync.
fn base(args: &[&str]) -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let is_node = args.contains(&"--cluster-enabled");
    if is_node && memory.is_dir() { memory } else { std::env::temp_dir() }
}

impl Server {
    /// A node of a cluster with a node timeout of two seconds.
    pub fn cluster(kind: Kind) -> Self {
        let args = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--save", ""];
        Self::start(kind, &args)
    }

    /// A server with these directives beside its port, address and folder.
    pub fn start(kind: Kind, args: &[&str]) -> Self {
        let port = free_port();
        let dir = base(args).join(format!("native-node-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let args = args.iter().map(|a| (*a).to_owned()).collect();
        let mut server = Self { kind, port, dir, args, child: None };
        server.run();
        server
    }

    /// Starts the process (again) and waits until it answers.
    pub fn run(&mut self) {
        self.begin(&[]);
        wait(&format!("{:?} on {} answers", self.kind, self.port), || {
            let said = self.ask(&["PING"]);
            // With a password it answers too.
            said == "PONG" || said.starts_with("NOAUTH")
        });
    }

    /// Starts the process (again), with more directives this time, and waits for nothing.
    pub fn begin(&mut self, more: &[&str]) {
        self.begin_with(more, None);
    }

    /// [`Server::begin`] with one more variable in the environment.
    pub fn begin_with(&mut self, more: &[&str], variable: Option<(&str, &OsStr)>) {
        let log = File::options().append(true).create(true).open(self.dir.join("log")).unwrap();
        let mut command = match self.kind {
            Kind::Ours => Command::new(env!("CARGO_BIN_EXE_native-node")),
            Kind::Real => Command::new("redis-server"),
        };
        let port = self.port.to_string();
        command.args(["--port", &port, "--bind", "127.0.0.1"]).args(&self.args);
        command.current_dir(&self.dir).stdin(Stdio::null());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        command.args(more).envs(variable);
        self.child = Some(command.spawn().unwrap());
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits for the end of the process and says its exit code.
    pub fn end(&mut self) -> Option<i32> {
        self.end_status().code()
    }

    /// Waits for the end of the process and says how it ended.
    pub fn end_status(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            if Instant::now() > deadline {
                child.kill().unwrap();
                panic!("it does not end");
            }
            std::thread::yield_now();
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn is_running(&self) -> bool {
        self.child.is_some()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    /// What redis-cli prints for a command, trimmed.
    pub fn ask(&self, command: &[&str]) -> String {
        cli(&[&["-p", &self.port.to_string()], command].concat())
    }

    pub fn id(&self) -> String {
        self.ask(&["CLUSTER", "MYID"])
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The value of a line `field:value` of INFO or CLUSTER INFO.
    pub fn field(&self, command: &[&str], field: &str) -> String {
        let prefix = format!("{field}:");
        let text = self.ask(command);
        text.lines().find_map(|l| l.strip_prefix(&prefix)).unwrap_or("").trim().to_owned()
    }

    pub fn state_is_ok(&self) -> bool {
        self.field(&["CLUSTER", "INFO"], "cluster_state") == "ok"
    }

    /// The line of CLUSTER NODES about a node, as this node sees it.
    pub fn sees(&self, id: &str) -> String {
        let nodes = self.ask(&["CLUSTER", "NODES"]);
        nodes.lines().find(|l| l.starts_with(id)).unwrap_or("").to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("== log of {:?} on {}\n{}", self.kind, self.port, self.log());
        }
        // A folder that stays behind harms nothing.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Runs redis-cli to its end.
pub fn cli(args: &[&str]) -> String {
    let out = Command::new("timeout").arg("60").arg("redis-cli").args(args).output().unwrap();
    let text = [out.stdout, out.stderr].concat();
    String::from_utf8_lossy(&text).trim().to_owned()
}

/// Runs redis-cli to its end on these lines.
pub fn cli_with_input(args: &[&str], lines: &str) -> String {
    let mut command = Command::new("timeout");
    command.arg("60").arg("redis-cli").args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// Waits until something holds.
pub fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
