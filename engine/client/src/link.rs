//! One connection to a server: commands out, replies in.

use engine_resp::{DecodeError, ReplyDecoder};

use crate::platform::{Conn, IoError};
use crate::reply::Reply;

/// Why a connection is of no use any more, in hiredis's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkError {
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

/// One connection to a server.
pub(crate) struct Link<C> {
    conn: C,
    decoder: ReplyDecoder,
    incoming: Vec<u8>,
}

impl<C: Conn> Link<C> {
    pub(crate) fn new(conn: C) -> Self {
        Self { conn, decoder: ReplyDecoder::new(), incoming: Vec::new() }
    }

    /// Sends one command.
    pub(crate) async fn send<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Result<(), LinkError> {
        let mut bytes = Vec::new();
        push_command(&mut bytes, args);
        Ok(self.conn.write(&bytes).await?)
    }

    /// Sends bytes as they are.
    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        Ok(self.conn.write(bytes).await?)
    }

    /// The next reply, out-of-band ones included.
    pub(crate) async fn reply(&mut self) -> Result<Reply, LinkError> {
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

    /// Sends a command and reads its reply; out-of-band data is dropped.
    pub(crate) async fn call<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Result<Reply, LinkError> {
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
pub(crate) fn push_command<A: AsRef<[u8]>>(out: &mut Vec<u8>, args: &[A]) {
    out.extend_from_slice(format!("*{}\r\n", args.len()).as_bytes());
    for arg in args {
        let arg = arg.as_ref();
        out.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        out.extend_from_slice(arg);
        out.extend_from_slice(b"\r\n");
    }
}
