//! `native-node cli …`: what redis-cli does, on real sockets and the real terminal.

mod editor;
mod eval;
mod hotkeys;
mod interrupt;
mod intrinsic;
mod latency;
mod lru;
mod modes;
mod pipe;
mod rdb;
mod reconnecting;
mod replica;
mod socket;
mod spectrum;
mod stat;
mod sync;
mod terminal;

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::net::ToSocketAddrs as _;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use engine_client::{ConnectError, Format, Help, Platform, ReplicaEnd, Stop, args};

use modes::Given;
use socket::{Socket, connect_error};

/// Runs the program with these arguments (those behind `cli`).
pub(crate) fn run(args: &[String]) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("native-node cli: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(program(&Terminal::default(), args));
    let _ = io::stdout().flush();
    // A thread may still wait for a line that nobody will read: it must not hold up the end.
    runtime.shutdown_background();
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

async fn program(platform: &Terminal, args: &[String]) -> i32 {
    let mut given = Given::default();
    let parsed = args::parse_with(args, |option, rest| given.option(option, rest));
    let parsed = parsed.and_then(|parsed| match given.contradiction() {
        Some(text) => Err(Stop::error(parsed.warnings + text)),
        None => Ok(parsed),
    });
    let options = match engine_client::prepare(platform, parsed).await {
        Ok(options) => options,
        Err(code) => return code,
    };
    platform.interactive.set(given.is_interactive(&options));
    if platform.interactive.get() && terminal::can_edit() {
        interrupt::watch(terminal::give_up);
    }
    given.run(platform, options).await
}

/// What a shell says of a process that wrote into a pipe nobody reads.
const BROKEN_PIPE: i32 = 128 + 13;

/// This process's terminal, files and network.
#[derive(Default)]
struct Terminal {
    /// Loaded with the first prompt.
    history: RefCell<Option<terminal::History>>,
    /// Ctrl-C is for what is waited for. It ends every other program, as nothing catches it.
    interactive: Cell<bool>,
}

impl Terminal {
    fn print(&self, text: &str) {
        self.out(text.as_bytes());
    }

    fn complain(&self, text: &str) {
        self.err(text.as_bytes());
    }

    /// Waits for something that Ctrl-C does not interrupt: in the interactive mode it ends the program.
    async fn or_end<T>(&self, what: impl Future<Output = T>) -> T {
        if !self.interactive.get() {
            return what.await;
        }
        tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => std::process::exit(1),
            done = what => done,
        }
    }

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
            match self.or_end(Socket::tcp(address, self.interactive.get())).await {
                Ok(socket) => return Ok(socket),
                Err(error) => last = connect_error(&error),
            }
        }
        Err(last)
    }

    async fn connect_unix(&self, path: &str) -> Result<Socket, ConnectError> {
        let interruptible = self.interactive.get();
        Socket::unix(path, interruptible).await.map_err(|error| connect_error(&error))
    }

    async fn resolve(&self, host: &str) -> Option<String> {
        let mut addresses = (host, 0).to_socket_addrs().ok()?;
        Some(addresses.next()?.ip().to_string())
    }

    async fn sleep(&self, ms: u64) {
        let _ = io::stdout().flush();
        self.or_end(tokio::time::sleep(Duration::from_millis(ms))).await;
    }

    fn unix_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn out(&self, bytes: &[u8]) {
        let mut out = io::stdout().lock();
        let written = out.write_all(bytes).and_then(|()| out.flush());
        // Who closed the other end of the pipe wants no more. In the interactive mode that is no
        // error; elsewhere the signal ends redis-cli, which would print for ever (MONITOR).
        if written.is_err_and(|e| e.kind() == io::ErrorKind::BrokenPipe) && !self.interactive.get()
        {
            std::process::exit(BROKEN_PIPE);
        }
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
        self.or_end(typed).await.ok().flatten()
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

    fn own_help(&self) -> Option<Help> {
        let mut decoder = engine_resp::ReplyDecoder::new();
        decoder.feed(engine_node::command::command_docs());
        Help::from_docs(&decoder.decode().ok()??)
    }

    const REPLICA_OUTPUT: bool = true;

    async fn replica_output(&self, conn: Socket, format: &Format) -> ReplicaEnd {
        self.or_end(replica::asked(self, conn, format)).await
    }

    fn stop_asked(&self) -> bool {
        interrupt::pressed()
    }

    fn clear_screen(&self) {
        self.out(b"\x1b[H\x1b[2J");
    }
}

/// The operating system's words, without the number that Rust adds.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
