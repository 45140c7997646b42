//! Connections of `native-node cli`.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use engine_client::{Conn, ConnectError, IoError};
use tokio::net::{TcpStream, UnixStream};

use super::words;

/// A silent connection is asked so often whether it still lives, as redis-cli's is: a long command
/// is no reason for a router to forget it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A connection.
pub(super) struct Socket {
    stream: Stream,
    /// Whether Ctrl-C ends a wait for the server, not the process.
    interruptible: bool,
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    pub(super) async fn tcp(address: SocketAddr, interruptible: bool) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        // A connection without these is slower, or forgotten sooner; it is one all the same.
        let _ = stream.set_nodelay(true);
        let alive = socket2::TcpKeepalive::new()
            .with_time(KEEP_ALIVE)
            .with_interval(KEEP_ALIVE / 3)
            .with_retries(3);
        let _ = socket2::SockRef::from(&stream).set_tcp_keepalive(&alive);
        Ok(Self { stream: Stream::Tcp(stream), interruptible })
    }

    pub(super) async fn unix(path: &str, interruptible: bool) -> io::Result<Self> {
        let stream = UnixStream::connect(path).await?;
        Ok(Self { stream: Stream::Unix(stream), interruptible })
    }

    pub(super) async fn writable(&self) -> io::Result<()> {
        match &self.stream {
            Stream::Tcp(stream) => stream.writable().await,
            Stream::Unix(stream) => stream.writable().await,
        }
    }

    pub(super) async fn readable(&self) -> io::Result<()> {
        match &self.stream {
            Stream::Tcp(stream) => stream.readable().await,
            Stream::Unix(stream) => stream.readable().await,
        }
    }

    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match &self.stream {
            Stream::Tcp(stream) => stream.try_write(bytes),
            Stream::Unix(stream) => stream.try_write(bytes),
        }
    }

    pub(super) fn try_read(&self, bytes: &mut [u8]) -> io::Result<usize> {
        match &self.stream {
            Stream::Tcp(stream) => stream.try_read(bytes),
            Stream::Unix(stream) => stream.try_read(bytes),
        }
    }

    async fn readable_or_interrupted(&self) -> Result<(), IoError> {
        if !self.interruptible {
            return self.readable().await.map_err(|e| io_error(&e));
        }
        tokio::select! {
            ready = self.readable() => ready.map_err(|e| io_error(&e)),
            _ = tokio::signal::ctrl_c() => Err(IoError::Interrupted),
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
            self.readable_or_interrupted().await?;
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

pub(super) fn connect_error(error: &io::Error) -> ConnectError {
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
