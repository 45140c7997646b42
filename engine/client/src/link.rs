//! One connection to a server: commands out, replies in.

use engine_resp::{DecodeError, ReplyDecoder};

use crate::platform::{Conn, IoError};
use crate::reply::Reply;

/// Why a connection is of no use any more, in hiredis's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The server ended it.
    #[error("Server closed the connection")]
    Closed,
    /// The operating system ended it, or the user.
    #[error("{0}")]
    Io(#[from] IoError),
    /// The server does not speak RESP.
    #[error("{0}")]
    Protocol(#[from] DecodeError),
}

impl LinkError {
    /// The number that hiredis has for it.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Io(_) => 1,
            Self::Closed => 3,
            Self::Protocol(_) => 4,
        }
    }
}

/// One connection to a server.
pub struct Link<C> {
    conn: C,
    decoder: ReplyDecoder,
    incoming: Vec<u8>,
}

impl<C: Conn> Link<C> {
    /// Nothing has been said on this connection, or all of it has been read.
    pub fn new(conn: C) -> Self {
        Self { conn, decoder: ReplyDecoder::new(), incoming: Vec::new() }
    }

    /// The connection itself; what had come and was not read is lost.
    pub fn into_conn(self) -> C {
        self.conn
    }

    /// What had come before the connection was a link.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.decoder.feed(bytes);
    }

    /// Sends one command.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Result<(), LinkError> {
        let mut bytes = Vec::new();
        push_command(&mut bytes, args);
        Ok(self.conn.write(&bytes).await?)
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send_raw(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        Ok(self.conn.write(bytes).await?)
    }

    /// The next reply, out-of-band ones included.
    ///
    /// # Errors
    /// When the connection is gone, or the server does not speak RESP.
    pub async fn reply(&mut self) -> Result<Reply, LinkError> {
        loop {
            if let Some(reply) = self.decoder.decode()? {
                return Ok(reply);
            }
            self.incoming.clear();
            if self.conn.read(&mut self.incoming).await? == 0 {
                return Err(LinkError::Closed);
            }
            self.decoder.feed(&self.incoming);
        }
    }

    /// Asks for all data as a replica of old does; how many bytes follow, or why not
    /// (`sendSync` in redis-cli.c).
    pub(crate) async fn sync(&mut self) -> Result<Result<u64, String>, LinkError> {
        self.conn.write(b"SYNC\r\n").await?;
        self.incoming.clear();
        loop {
            // While it prepares, a master sends line feeds.
            let start = self.incoming.iter().position(|byte| *byte != b'\n').unwrap_or(0);
            let line = self.incoming.get(start..).unwrap_or_default();
            if let Some(len) = line.iter().position(|byte| *byte == b'\n').filter(|len| *len > 0) {
                let text = String::from_utf8_lossy(&line[..len]).trim_end().to_owned();
                self.incoming.drain(..start + len + 1);
                return Ok(match text.strip_prefix('$').map(str::parse) {
                    Some(Ok(bytes)) => Ok(bytes),
                    _ => Err(text),
                });
            }
            if self.conn.read(&mut self.incoming).await? == 0 {
                return Err(LinkError::Closed);
            }
        }
    }

    /// So many bytes as they come.
    pub(crate) async fn payload(&mut self, len: u64) -> Result<Vec<u8>, LinkError> {
        let mut bytes = std::mem::take(&mut self.incoming);
        while (bytes.len() as u64) < len {
            if self.conn.read(&mut bytes).await? == 0 {
                return Err(LinkError::Closed);
            }
        }
        bytes.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        Ok(bytes)
    }

    /// Sends a command and reads its reply; out-of-band data is dropped.
    ///
    /// # Errors
    /// As [`Link::send`] and [`Link::reply`].
    pub async fn call<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Result<Reply, LinkError> {
        self.send(args).await?;
        loop {
            let reply = self.reply().await?;
            if !matches!(reply, Reply::Push(_)) {
                return Ok(reply);
            }
        }
    }
}

/// A command as an array of strings, the form every client sends.
pub fn push_command<A: AsRef<[u8]>>(out: &mut Vec<u8>, args: &[A]) {
    out.extend_from_slice(format!("*{}\r\n", args.len()).as_bytes());
    for arg in args {
        let arg = arg.as_ref();
        out.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        out.extend_from_slice(arg);
        out.extend_from_slice(b"\r\n");
    }
}
