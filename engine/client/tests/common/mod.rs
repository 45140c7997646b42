//! The program on blocking sockets, and the real one under a pseudo-terminal.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "this is a driver")]
#![allow(clippy::unwrap_used, reason = "a test")]

pub mod pair;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::pin::pin;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use engine_client::{Conn, ConnectError, Help, IoError, Platform};

/// A terminal whose lines come from a script and whose output is kept.
pub struct Terminal {
    lines: RefCell<std::vec::IntoIter<String>>,
    tty: bool,
    stdin: Vec<u8>,
    pub screen: RefCell<Vec<u8>>,
    dice: Cell<u64>,
}

impl Terminal {
    pub fn new(script: &str) -> Self {
        let lines: Vec<String> = script.lines().map(str::to_owned).collect();
        Self {
            lines: RefCell::new(lines.into_iter()),
            tty: true,
            stdin: Vec::new(),
            screen: RefCell::default(),
            dice: Cell::new(1),
        }
    }

    pub fn pipe(stdin: &str) -> Self {
        Self { tty: false, stdin: stdin.as_bytes().to_vec(), ..Self::new(stdin) }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.screen.borrow()).into_owned()
    }
}

impl Platform for Terminal {
    type Conn = Tcp;

    async fn connect(&self, host: &str, port: u16) -> Result<Tcp, ConnectError> {
        let address = (host, port)
            .to_socket_addrs()
            .ok()
            .and_then(|mut all| all.next())
            .ok_or(ConnectError::UnknownHost)?;
        match TcpStream::connect(address) {
            Ok(stream) => Ok(Tcp(stream)),
            Err(e) if e.kind() == std::io::ErrorKind::ConnectionRefused => {
                Err(ConnectError::Refused)
            }
            Err(e) => Err(ConnectError::Other(e.to_string())),
        }
    }

    async fn sleep(&self, ms: u64) {
        std::thread::sleep(Duration::from_millis(ms));
    }

    fn unix_ms(&self) -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
    }

    fn out(&self, bytes: &[u8]) {
        self.screen.borrow_mut().extend_from_slice(bytes);
    }

    fn err(&self, bytes: &[u8]) {
        self.screen.borrow_mut().extend_from_slice(bytes);
    }

    async fn read_line(&self, prompt: &str, _: Option<&Rc<Help>>) -> Option<String> {
        if self.tty {
            self.out(prompt.as_bytes());
        }
        self.lines.borrow_mut().next()
    }

    async fn read_stdin(&self) -> Vec<u8> {
        self.stdin.clone()
    }

    fn stdin_is_tty(&self) -> bool {
        self.tty
    }

    fn stdout_is_tty(&self) -> bool {
        self.tty
    }

    fn env(&self, name: &str) -> Option<String> {
        (name == "TERM").then(|| "dumb".into())
    }

    fn random(&self) -> u64 {
        let next = self.dice.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.dice.set(next);
        next >> 16
    }

    fn read_file(&self, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        let words = |e: std::io::Error| e.to_string().split(" (os").next().map(str::to_owned);
        std::fs::write(path, bytes).map_err(|e| words(e).unwrap_or_default())
    }

    fn clear_screen(&self) {
        self.out(b"\x1b[H\x1b[2J");
    }
}

pub struct Tcp(TcpStream);

impl Conn for Tcp {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), IoError> {
        self.0.write_all(bytes).map_err(io)
    }

    async fn read(&mut self, into: &mut Vec<u8>) -> Result<usize, IoError> {
        let mut chunk = [0; 16 * 1024];
        let count = self.0.read(&mut chunk).map_err(io)?;
        into.extend_from_slice(&chunk[..count]);
        Ok(count)
    }
}

fn io(e: std::io::Error) -> IoError {
    match e.kind() {
        std::io::ErrorKind::ConnectionReset => IoError::Reset,
        std::io::ErrorKind::BrokenPipe => IoError::BrokenPipe,
        _ => IoError::Other(e.to_string()),
    }
}

/// Runs a future whose every step blocks the thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

fn words(args: &str) -> Vec<String> {
    args.split_whitespace().map(str::to_owned).collect()
}

/// Our program on a terminal: what it showed, then its exit code.
pub fn ours(args: &str, script: &str) -> String {
    let terminal = Terminal::new(script);
    let code = block_on(engine_client::run(&terminal, &words(args)));
    format!("{}\n[exit {code}]", terminal.text())
}

/// Our program in a pipe: what it printed, then its exit code.
pub fn ours_piped(args: &str, stdin: &str) -> String {
    let terminal = Terminal::pipe(stdin);
    let code = block_on(engine_client::run(&terminal, &words(args)));
    format!("{}\n[exit {code}]", terminal.text())
}

/// Runs a program on a pseudo-terminal without echo.
const PTY: &str = r"
import fcntl, os, pty, sys, termios
fd, terminal = pty.openpty()
attributes = termios.tcgetattr(terminal)
attributes[3] &= ~termios.ECHO
termios.tcsetattr(terminal, termios.TCSANOW, attributes)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for stream in (0, 1, 2):
        os.dup2(terminal, stream)
    os.execvp(sys.argv[1], sys.argv[1:])
os.close(terminal)
script = sys.stdin.buffer.read()
os.write(fd, script + b'\x04')
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
sys.stdout.flush()
print('\n[exit %d]' % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), end='')
";

/// The real program on a terminal of kind `dumb`.
pub fn real(args: &str, script: &str) -> String {
    let mut script = script.to_owned();
    if !script.is_empty() && !script.ends_with('\n') {
        script.push('\n');
    }
    let mut arguments = vec!["-c".to_owned(), PTY.to_owned(), "redis-cli".to_owned()];
    arguments.extend(words(args));
    output("python3", &arguments, &script).replace("\r\n", "\n")
}

/// The real program in a pipe.
pub fn real_piped(args: &str, stdin: &str) -> String {
    let script = "redis-cli \"$@\" 2>&1; printf '\\n[exit %d]' $?";
    let mut arguments = vec!["-c".to_owned(), script.to_owned(), "sh".to_owned()];
    arguments.extend(words(args));
    output("sh", &arguments, stdin)
}

fn output(program: &str, args: &[String], stdin: &str) -> String {
    let mut child = Command::new(program)
        .args(args)
        .env("TERM", "dumb")
        .env("HOME", "/nonexistent")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 and redis-tools 7.0.15 are needed for the comparison");
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let mut text = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut text).unwrap();
    child.wait().unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

/// Real servers of one test; they end with it.
pub struct Servers {
    children: Vec<Child>,
    folder: std::path::PathBuf,
}

impl Servers {
    /// Starts servers in cluster mode, or without it when `cluster` is false. Their bus ports are
    /// six above their ports.
    pub fn start(ports: &[u16], cluster: bool) -> Self {
        let first = ports.first().copied().unwrap_or_default();
        // In memory, where there is such a folder: no node is suspected because the disk is busy.
        let memory = std::path::PathBuf::from("/dev/shm");
        let base = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let folder = base.join(format!("client-{first}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let children = ports.iter().map(|port| spawn_server(*port, cluster, &folder)).collect();
        let servers = Self { children, folder };
        for port in ports {
            wait("the server is there", || TcpStream::connect(("127.0.0.1", *port)).is_ok());
        }
        servers
    }

    /// Kills the `n`th server as `kill -9` does.
    pub fn kill(&mut self, n: usize) {
        self.children[n].kill().unwrap();
        self.children[n].wait().unwrap();
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn spawn_server(port: u16, cluster: bool, folder: &std::path::Path) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--save", "", "--dir"]).arg(folder);
    if cluster {
        command.args(["--cluster-enabled", "yes", "--cluster-node-timeout", "4000"]);
        command.args(["--cluster-config-file", &format!("nodes-{port}.conf")]);
        command.args(["--cluster-port", &(port + 6).to_string()]);
    }
    command.stdout(Stdio::null()).spawn().expect("redis-server 7.0.15 is needed for the comparison")
}

/// Waits until something holds: on a machine with much to do everything takes its time.
pub fn wait(what: &str, holds: impl FnMut() -> bool) {
    wait_or(|| what.to_owned(), holds);
}

/// The same; what is told when it does not come is found out then.
pub fn wait_or(why: impl Fn() -> String, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {}", why());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Both programs, same arguments, same script: one after the other.
pub fn same(args: &str, script: &str) {
    let theirs = real(args, script);
    let mine = ours(args, script);
    assert!(theirs == mine, "redis-cli {args}\n--- real\n{theirs}\n--- ours\n{mine}");
}

/// The same in a pipe.
pub fn same_piped(args: &str, stdin: &str) {
    let theirs = real_piped(args, stdin);
    let mine = ours_piped(args, stdin);
    assert!(theirs == mine, "redis-cli {args} (piped)\n--- real\n{theirs}\n--- ours\n{mine}");
}
