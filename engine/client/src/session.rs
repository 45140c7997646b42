//! One run's connection with all that redis-cli remembers about it: database, transaction,
//! redirects, subscriptions (`cliConnect`, `cliSendCommand`, `cliReadReply` in redis-cli.c).

mod connect;
mod helping;
mod invalidation;
mod replica;

use std::rc::Rc;

use crate::args::{Options, Resp3};
use crate::help::Help;
use crate::link::{Link, LinkError};
use crate::number::leading_int;
use crate::platform::{IoError, Platform};
use crate::print::{Format, Output, is_text_reply};
use crate::redirect::Redirect;
use crate::reply::Reply;
use invalidation::invalidation;

/// The program ends with this exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit(pub i32);

/// Whether a connection attempt says why it failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    /// On standard error.
    Errors,
    /// Nothing.
    Nothing,
}

/// What the program waits for beyond one reply.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    None,
    Monitor,
    PubSub,
}

/// The kind of the last reply, as far as it matters later.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastReply {
    Error,
    Nil,
    Other,
}

/// The program's connection to a server.
pub struct Session<'p, P: Platform> {
    pub(crate) platform: &'p P,
    /// What the command line asked for.
    pub options: Options,
    /// How replies are printed.
    pub format: Format,
    pub(crate) interactive: bool,
    pub(crate) help: Option<Rc<Help>>,
    link: Option<Link<P::Conn>>,
    host: String,
    port: u16,
    db: i64,
    wanted_db: i64,
    db_before_multi: i64,
    in_multi: bool,
    reissue: bool,
    send_asking: bool,
    shutting_down: bool,
    show_pushes: bool,
    stream: Stream,
    last: LastReply,
}

impl<'p, P: Platform> Session<'p, P> {
    /// Not connected yet.
    pub fn new(platform: &'p P, options: Options) -> Self {
        let terminal = platform.stdout_is_tty() || platform.env("FAKETTY").is_some();
        let default = if terminal { Output::Standard } else { Output::Raw };
        Self {
            platform,
            format: Format {
                output: options.output.unwrap_or(default),
                bulk_delimiter: options.bulk_delimiter.clone(),
                reply_delimiter: options.reply_delimiter.clone(),
            },
            interactive: false,
            help: None,
            link: None,
            host: options.host.clone(),
            port: options.port,
            db: 0,
            wanted_db: options.db,
            db_before_multi: 0,
            in_multi: false,
            reissue: false,
            send_asking: false,
            shutting_down: false,
            show_pushes: options.show_pushes.unwrap_or(terminal),
            stream: Stream::None,
            last: LastReply::Other,
            options,
        }
    }

    /// The prompt of the interactive mode (`cliRefreshPrompt`).
    pub(crate) fn prompt(&self) -> String {
        if self.link.is_none() {
            return "not connected> ".into();
        }
        let address = if let Some(path) = &self.options.socket {
            format!("redis {path}")
        } else if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        };
        let db = if self.db == 0 { String::new() } else { format!("[{}]", self.db) };
        let transaction = if self.in_multi { "(TX)" } else { "" };
        format!("{address}{db}{transaction}> ")
    }

    /// A command of the program's own.
    ///
    /// # Errors
    /// When the connection was lost, which is said.
    pub async fn call<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Result<Reply, ()> {
        let Some(link) = self.link.as_mut() else { return Err(()) };
        match link.call(args).await {
            Ok(reply) => Ok(reply),
            Err(_) => {
                self.err("\nI/O error\n");
                Err(())
            }
        }
    }

    /// The connection itself, for the modes that talk on it directly.
    pub fn link(&mut self) -> Option<&mut Link<P::Conn>> {
        self.link.as_mut()
    }

    /// The connection, which the session has no longer.
    pub fn take_link(&mut self) -> Option<Link<P::Conn>> {
        self.link.take()
    }

    /// Runs one command of the user, following redirects; `false` when the connection failed
    /// (`issueCommandRepeat`).
    ///
    /// # Errors
    /// The exit code, when the program ends.
    pub async fn issue(&mut self, command: &[Vec<u8>], repeat: i64) -> Result<bool, Exit> {
        if let Some((first, topic)) = command.split_first()
            && (first.eq_ignore_ascii_case(b"help") || first == b"?")
        {
            self.print_help(topic).await;
            return Ok(true);
        }
        loop {
            if (self.reissue || self.link.is_none()) && !self.connect(true, Tell::Errors).await {
                if self.link.is_some() {
                    self.err("Error: \n");
                }
                self.reissue = false;
                return Ok(false);
            }
            self.reissue = false;
            if self.send_asking && !self.asking().await {
                self.err("Error: \n");
                return Ok(false);
            }
            if let Err(error) = self.send(command, repeat).await? {
                self.err(&format!("Error: {error}\n"));
                self.link = None;
                return Ok(false);
            }
            if !self.reissue {
                return Ok(true);
            }
        }
    }

    async fn asking(&mut self) -> bool {
        self.send_asking = false;
        match self.call(&["ASKING"]).await {
            Ok(Reply::Error(text)) => {
                self.err(&format!("ASKING failed: {}\n", String::from_utf8_lossy(&text)));
                false
            }
            other => other.is_ok(),
        }
    }

    /// Sends a command `repeat` times and prints what comes back (`cliSendCommand`).
    async fn send(
        &mut self,
        command: &[Vec<u8>],
        mut repeat: i64,
    ) -> Result<Result<(), LinkError>, Exit> {
        let verbatim = is_text_reply(command);
        let name = command.first().map(|w| w.to_ascii_lowercase()).unwrap_or_default();
        match name.as_slice() {
            b"shutdown" => self.shutting_down = true,
            b"monitor" => self.stream = Stream::Monitor,
            b"subscribe" | b"psubscribe" | b"ssubscribe" => self.stream = Stream::PubSub,
            _ => {}
        }
        if P::REPLICA_OUTPUT && (name == b"sync" || name == b"psync") {
            return Box::pin(self.replica_output(command)).await;
        }
        while repeat != 0 {
            // Negative: for ever, which `-i` makes useful.
            repeat = if repeat > 0 { repeat - 1 } else { repeat };
            let Some(link) = self.link.as_mut() else { return Ok(Err(LinkError::Closed)) };
            let sent = link.send(command).await;
            match self.stream {
                Stream::None => {}
                Stream::Monitor => {
                    self.follow(verbatim, sent).await?;
                    return Ok(Ok(()));
                }
                Stream::PubSub => {
                    if self.format.output != Output::Raw {
                        self.out("Reading messages... (press Ctrl-C to quit)\n");
                    }
                    self.follow(verbatim, sent).await?;
                    continue;
                }
            }
            if let Err(error) = self.read_reply(verbatim, sent).await? {
                return Ok(Err(error));
            }
            self.remember(&name, command).await;
            if self.reissue {
                break;
            }
            if self.options.interval_ms > 0 {
                self.platform.sleep(self.options.interval_ms).await;
            }
        }
        Ok(Ok(()))
    }

    /// Prints replies until the user ends it, or an error does.
    async fn follow(
        &mut self,
        verbatim: bool,
        mut sent: Result<(), LinkError>,
    ) -> Result<(), Exit> {
        while self.stream != Stream::None {
            if let Err(error) = self.read_reply(verbatim, sent).await? {
                self.err(&format!("Error: {error}\n"));
                return Err(Exit(1));
            }
            sent = Ok(());
            if self.last == LastReply::Error {
                self.stream = Stream::None;
            }
        }
        Ok(())
    }

    /// Reads one reply and prints it, or notes where it redirects to (`cliReadReply`).
    async fn read_reply(
        &mut self,
        verbatim: bool,
        sent: Result<(), LinkError>,
    ) -> Result<Result<(), LinkError>, Exit> {
        let reply = match sent {
            Ok(()) => self.next_reply().await,
            Err(error) => Err(error),
        };
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => return self.lost(error).await,
        };
        self.last = match reply {
            Reply::Error(_) => LastReply::Error,
            Reply::Null => LastReply::Nil,
            _ => LastReply::Other,
        };
        if let Reply::Error(text) = &reply {
            if self.options.cluster_mode
                && let Some(redirect) = Redirect::parse(text)
            {
                self.redirect(redirect);
                return Ok(Ok(()));
            }
            if !self.interactive && self.options.error_exit {
                self.err(&format!("{}\n", String::from_utf8_lossy(text)));
                return Err(Exit(1));
            }
        }
        let text = self.format.format(&reply, verbatim);
        self.platform.out(&text);
        Ok(Ok(()))
    }

    /// The next reply to a command; what the server pushes meanwhile is shown.
    async fn next_reply(&mut self) -> Result<Reply, LinkError> {
        loop {
            let Some(link) = self.link.as_mut() else { return Err(LinkError::Closed) };
            let reply = link.reply().await?;
            let in_band = self.stream == Stream::PubSub || !matches!(reply, Reply::Push(_));
            if in_band {
                return Ok(reply);
            }
            if self.show_pushes {
                let text = invalidation(&reply)
                    .filter(|_| self.format.output == Output::Standard)
                    .unwrap_or_else(|| self.format.format(&reply, false));
                self.platform.out(&text);
            }
        }
    }

    /// The connection is gone: what that means depends on what was going on.
    async fn lost(&mut self, error: LinkError) -> Result<Result<(), LinkError>, Exit> {
        if error == LinkError::Io(IoError::Interrupted) {
            if self.stream == Stream::None {
                return Err(Exit(1));
            }
            self.stream = Stream::None;
            self.connect(true, Tell::Errors).await;
            return Ok(Ok(()));
        }
        if self.shutting_down {
            self.link = None;
            return Ok(Ok(()));
        }
        let reconnects = match &error {
            LinkError::Closed => true,
            LinkError::Io(io) => matches!(io, IoError::Reset | IoError::BrokenPipe),
            LinkError::Protocol(_) => false,
        };
        if self.interactive && reconnects {
            return Ok(Err(error));
        }
        self.err(&format!("Error: {error}\n"));
        Err(Exit(1))
    }

    fn redirect(&mut self, redirect: Redirect) {
        if self.interactive {
            self.out(&format!(
                "-> Redirected to slot [{}] located at {}:{}\n",
                redirect.slot, redirect.host, redirect.port
            ));
        }
        self.host = redirect.host;
        self.port = redirect.port;
        self.reissue = true;
        self.send_asking |= redirect.ask;
    }

    /// Some commands change what the prompt shows.
    async fn remember(&mut self, name: &[u8], command: &[Vec<u8>]) {
        let failed = self.last == LastReply::Error;
        match (name, command) {
            (b"select", [_, db]) if !failed => {
                self.db = leading_int(&String::from_utf8_lossy(db));
                self.wanted_db = self.db;
            }
            (b"auth", [_, _] | [_, _, _]) => {
                self.select().await;
            }
            (b"multi", [_]) if !failed => {
                self.in_multi = true;
                self.db_before_multi = self.db;
            }
            (b"exec", [_]) if self.in_multi => {
                self.in_multi = false;
                if failed || self.last == LastReply::Nil {
                    self.db = self.db_before_multi;
                    self.wanted_db = self.db;
                }
            }
            (b"discard", [_]) if !failed => {
                self.in_multi = false;
                self.db = self.db_before_multi;
                self.wanted_db = self.db;
            }
            (b"reset", [_]) if !failed => {
                self.in_multi = false;
                self.db = 0;
                self.wanted_db = 0;
                self.options.resp3 = Resp3::No;
            }
            _ => {}
        }
    }

    pub(crate) fn out(&self, text: &str) {
        self.platform.out(text.as_bytes());
    }

    pub(crate) fn err(&self, text: &str) {
        self.platform.err(text.as_bytes());
    }
}
