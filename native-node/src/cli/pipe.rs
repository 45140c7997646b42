//! `--pipe`: raw protocol from standard input to the server, while its replies are read (`pipeMode`
//! in redis-cli.c).

use std::io::{self, Read as _};
use std::time::{Duration, Instant};

use engine_client::{Exit, Link, Platform as _, Reply, Session, push_command};
use engine_resp::ReplyDecoder;
use tokio::sync::mpsc;

use super::socket::Socket;
use super::{Terminal, words};

/// The reply to a last ECHO of so many bytes, which nobody else can give, ends the conversation.
const MAGIC: usize = 20;
/// What is read of standard input at once, and how many of such pieces wait for the server.
const PIECE: usize = 16 * 1024;
const WAITING: usize = 4;
/// So many bytes go out before replies are looked at.
const WRITES_FIRST: usize = 128 * 1024;

struct Pipe<'a> {
    platform: &'a Terminal,
    conn: Socket,
    decoder: ReplyDecoder,
    /// What is to be sent.
    out: Vec<u8>,
    sent: usize,
    /// What was sent since replies were read.
    unread: usize,
    /// The end of standard input has been seen.
    ended: bool,
    magic: Vec<u8>,
    errors: u64,
    replies: u64,
    last_reply: Instant,
}

/// Sends everything and counts the replies; the exit code.
pub(super) async fn run(
    platform: &Terminal,
    session: &mut Session<'_, Terminal>,
) -> Result<i32, Exit> {
    let timeout = session.options.pipe_timeout_s;
    let Some(conn) = session.take_link().map(Link::into_conn) else { return Ok(1) };
    let mut pipe = Pipe {
        platform,
        conn,
        decoder: ReplyDecoder::new(),
        out: Vec::new(),
        sent: 0,
        unread: 0,
        ended: false,
        magic: magic(platform),
        errors: 0,
        replies: 0,
        last_reply: Instant::now(),
    };
    let mut input = read_input();
    while !pipe.step(&mut input).await? {
        let silent = pipe.last_reply.elapsed().as_secs();
        if pipe.ended && timeout > 0 && silent > timeout.unsigned_abs() {
            platform.complain(&format!("No replies for {timeout} seconds: exiting.\n"));
            pipe.errors += 1;
            break;
        }
    }
    platform.print(&format!("errors: {}, replies: {}\n", pipe.errors, pipe.replies));
    Ok(i32::from(pipe.errors > 0))
}

fn magic(platform: &Terminal) -> Vec<u8> {
    let mut magic = Vec::new();
    while magic.len() < MAGIC {
        magic.extend_from_slice(&platform.random().to_le_bytes());
    }
    magic.truncate(MAGIC);
    magic
}

/// Standard input piece by piece. It may be slow, and be read only as fast as the server takes it.
fn read_input() -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (pieces, input) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        loop {
            let mut piece = vec![0; PIECE];
            let read = match io::stdin().read(&mut piece) {
                Ok(0) => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Ok(count) => {
                    piece.truncate(count);
                    Ok(piece)
                }
                Err(error) => Err(error),
            };
            let failed = read.is_err();
            if pieces.blocking_send(read).is_err() || failed {
                return;
            }
        }
    });
    input
}

impl Pipe<'_> {
    /// Whatever can be done next, or a second; whether that was the last reply.
    async fn step(
        &mut self,
        input: &mut mpsc::Receiver<io::Result<Vec<u8>>>,
    ) -> Result<bool, Exit> {
        let all_sent = self.sent == self.out.len();
        tokio::select! {
            biased;
            _ = self.conn.readable(), if self.unread >= WRITES_FIRST => return self.read(),
            _ = self.conn.writable(), if !all_sent => self.write()?,
            piece = input.recv(), if all_sent && !self.ended => self.take(piece)?,
            _ = self.conn.readable() => return self.read(),
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
        Ok(false)
    }

    fn fail<T>(&self, text: &str) -> Result<T, Exit> {
        self.platform.complain(text);
        Err(Exit(1))
    }

    fn take(&mut self, piece: Option<io::Result<Vec<u8>>>) -> Result<(), Exit> {
        self.sent = 0;
        self.out.clear();
        match piece {
            Some(Ok(bytes)) => self.out = bytes,
            Some(Err(error)) => {
                return self.fail(&format!("Error reading from stdin: {}\n", words(&error)));
            }
            None => {
                self.ended = true;
                // The line break closes whatever half a command the input ended with.
                self.out.extend_from_slice(b"\r\n");
                push_command(&mut self.out, &[b"ECHO".as_slice(), &self.magic]);
                self.platform.print("All data transferred. Waiting for the last reply...\n");
            }
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), Exit> {
        match self.conn.try_write(self.out.get(self.sent..).unwrap_or_default()) {
            Ok(count) => {
                self.sent += count;
                self.unread += count;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => {
                return self.fail(&format!("Error writing to the server: {}\n", words(&error)));
            }
        }
        Ok(())
    }

    fn read(&mut self) -> Result<bool, Exit> {
        self.unread = 0;
        let mut bytes = [0; PIECE];
        match self.conn.try_read(&mut bytes) {
            // The server has gone: that nobody says so is as in redis-cli.
            Ok(0) => return Err(Exit(1)),
            Ok(count) => self.decoder.feed(&bytes[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(_) => return Err(Exit(1)),
        }
        loop {
            match self.decoder.decode() {
                Ok(None) => return Ok(false),
                Ok(Some(reply)) if self.is_last(&reply) => {
                    self.platform.print("Last reply received from server.\n");
                    return Ok(true);
                }
                Ok(Some(reply)) => self.count(&reply),
                Err(_) => return self.fail("Error reading replies from server\n"),
            }
        }
    }

    fn is_last(&self, reply: &Reply) -> bool {
        self.ended && matches!(reply, Reply::Bulk(text) if *text == self.magic)
    }

    fn count(&mut self, reply: &Reply) {
        self.last_reply = Instant::now();
        self.replies += 1;
        if let Reply::Error(text) = reply {
            self.errors += 1;
            self.platform.complain(&format!("{}\n", String::from_utf8_lossy(text)));
        }
    }
}
