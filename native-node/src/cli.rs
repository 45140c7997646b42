//! `native-node cli …`: what redis-cli does, on real sockets and the real terminal.

mod editor;
mod terminal;

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::net::ToSocketAddrs as _;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use engine_client::{Conn, ConnectError, Help, IoError, Platform};
use tokio::net::{TcpStream, UnixStream};

/// Runs the program with these arguments (those behind `cli`).
pub(crate) fn run(args: &[String]) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("native-node cli: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(engine_client::run(&Terminal::default(), args));
    let _ = io::stdout().flush();
    // A thread may still wait for a line that nobody will read: it must not hold up the end.
    runtime.shutdown_background();
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// This process's terminal, files and network.
#[derive(Default)]
struct Terminal {
    /// Loaded with the first prompt.
    history: RefCell<Option<terminal::History>>,
}

impl Terminal {
    /// A line of the interactive mode, which can be edited. Nothing else happens meanwhile.
    fn edited_line(&self, prompt: &str, help: Option<&Rc<Help>>) -> Option<String> {
        let mut history = self.history.borrow_mut();
        let history = history.get_or_insert_with(terminal::History::load);
        let line = terminal::read_line(prompt, help.map(|help| &**help), Some(history))?;
        history.add(&line);
        Some(line)
    }
}

impl Platform for Terminal {
    type Conn = Socket;

    async fn connect(&self, host: &str, port: u16) -> Result<Socket, ConnectError> {
        let addresses: Vec<_> =
            (host, port).to_socket_addrs().map_err(|_| ConnectError::UnknownHost)?.collect();
        let mut last = ConnectError::UnknownHost;
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    let _ = stream.set_nodelay(true);
                    return Ok(Socket::Tcp(stream));
                }
                Err(error) => last = connect_error(&error),
            }
        }
        Err(last)
    }

    async fn connect_unix(&self, path: &str) -> Result<Socket, ConnectError> {
        let stream = UnixStream::connect(path).await.map_err(|error| connect_error(&error))?;
        Ok(Socket::Unix(stream))
    }

    async fn resolve(&self, host: &str) -> Option<String> {
        let mut addresses = (host, 0).to_socket_addrs().ok()?;
        Some(addresses.next()?.ip().to_string())
    }

    async fn sleep(&self, ms: u64) {
        let _ = io::stdout().flush();
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    fn unix_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn out(&self, bytes: &[u8]) {
        // Who closed the other end of the pipe wants no more: that is no error.
        let mut out = io::stdout().lock();
        let _ = out.write_all(bytes);
        let _ = out.flush();
    }

    fn err(&self, bytes: &[u8]) {
        let _ = io::stderr().write_all(bytes);
    }

    async fn read_line(&self, prompt: &str, help: Option<&Rc<Help>>) -> Option<String> {
        // Questions are answered on a plain line, prompts are not.
        if prompt.ends_with("> ") && terminal::can_edit() {
            return self.edited_line(prompt, help);
        }
        if self.stdin_is_tty() {
            self.out(prompt.as_bytes());
        }
        let typed = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            match io::stdin().read_line(&mut line) {
                Ok(0) | Err(_) => None,
                Ok(_) => Some(line.trim_end_matches(['\n', '\r']).to_owned()),
            }
        });
        tokio::select! {
            line = typed => line.ok().flatten(),
            _ = tokio::signal::ctrl_c() => None,
        }
    }

    async fn read_password(&self, prompt: &str) -> Option<String> {
        if terminal::can_edit() {
            return terminal::read_line(prompt, None, None);
        }
        self.read_line(prompt, None).await
    }

    async fn read_stdin(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let _ = io::stdin().read_to_end(&mut bytes);
        bytes
    }

    fn stdin_is_tty(&self) -> bool {
        io::stdin().is_terminal()
    }

    fn stdout_is_tty(&self) -> bool {
        io::stdout().is_terminal()
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn random(&self) -> u64 {
        use std::hash::{BuildHasher as _, Hasher as _};
        std::hash::RandomState::new().build_hasher().finish()
    }

    fn read_file(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(path).ok()
    }

    fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        std::fs::write(path, bytes).map_err(|error| words(&error))
    }

    fn clear_screen(&self) {
        self.out(b"\x1b[H\x1b[2J");
    }
}

/// A connection.
enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.writable().await,
            Self::Unix(stream) => stream.writable().await,
        }
    }

    async fn readable(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.readable().await,
            Self::Unix(stream) => stream.readable().await,
        }
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write(bytes),
            Self::Unix(stream) => stream.try_write(bytes),
        }
    }

    fn try_read(&self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_read(bytes),
            Self::Unix(stream) => stream.try_read(bytes),
        }
    }
}

impl Conn for Socket {
    async fn write(&mut self, mut bytes: &[u8]) -> Result<(), IoError> {
        while !bytes.is_empty() {
            self.writable().await.map_err(|e| io_error(&e))?;
            match self.try_write(bytes) {
                Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(io_error(&error)),
            }
        }
        Ok(())
    }

    async fn read(&mut self, into: &mut Vec<u8>) -> Result<usize, IoError> {
        loop {
            tokio::select! {
                ready = self.readable() => ready.map_err(|e| io_error(&e))?,
                _ = tokio::signal::ctrl_c() => return Err(IoError::Interrupted),
            }
            let mut chunk = [0; 16 * 1024];
            match self.try_read(&mut chunk) {
                Ok(count) => {
                    into.extend_from_slice(chunk.get(..count).unwrap_or_default());
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(io_error(&error)),
            }
        }
    }
}

fn connect_error(error: &io::Error) -> ConnectError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ConnectError::Refused,
        io::ErrorKind::TimedOut => ConnectError::TimedOut,
        io::ErrorKind::HostUnreachable => ConnectError::Unreachable,
        _ => ConnectError::Other(words(error)),
    }
}

fn io_error(error: &io::Error) -> IoError {
    match error.kind() {
        io::ErrorKind::ConnectionReset => IoError::Reset,
        io::ErrorKind::BrokenPipe => IoError::BrokenPipe,
        _ => IoError::Other(words(error)),
    }
}

/// The operating system's words, without the number that Rust adds.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
