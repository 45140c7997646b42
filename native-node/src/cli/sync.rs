//! All data of a server, asked for as a replica of old does (`sendSync` and the loops that follow it
//! in redis-cli.c).

use engine_client::{Conn as _, Exit, Reply, Session};

use super::Terminal;
use super::socket::Socket;

/// A diskless transfer ends with so many bytes that were announced.
const MARK: usize = 40;
/// A first line that is longer is none.
const LONGEST_LINE: usize = 4096;

/// `REPLCONF name value`, which is told; whether the server knows it. An old one need not.
pub(super) async fn replconf(
    platform: &Terminal,
    session: &mut Session<'_, Terminal>,
    name: &str,
    value: &str,
) -> Result<bool, Exit> {
    platform.complain(&format!("sending REPLCONF {name} {value}\n"));
    match session.call(&["REPLCONF", name, value]).await {
        Err(()) => Err(Exit(1)),
        Ok(Reply::Error(text)) => {
            let text = String::from_utf8_lossy(&text).into_owned();
            platform.complain(&format!("REPLCONF {name} error: {text}\n"));
            Ok(false)
        }
        Ok(_) => Ok(true),
    }
}

/// A transfer that has begun.
pub(super) struct Transfer {
    conn: Socket,
    /// What has come and was not handed out.
    here: Vec<u8>,
    ends: Ends,
    /// Bytes that have come, the mark included.
    pub(super) received: u64,
}

/// How a transfer ends.
pub(super) enum Ends {
    /// After so many bytes more.
    After(u64),
    /// With this mark.
    With(Vec<u8>),
}

impl Transfer {
    /// Asks for it.
    pub(super) async fn begin(
        platform: &Terminal,
        session: &mut Session<'_, Terminal>,
    ) -> Result<Self, Exit> {
        let Some(link) = session.take_link() else { return Err(Exit(1)) };
        let mut conn = link.into_conn();
        if conn.write(b"SYNC\r\n").await.is_err() {
            platform.complain("Error writing to master\n");
            return Err(Exit(1));
        }
        Self::announced(platform, conn).await
    }

    /// It has been asked for.
    pub(super) async fn announced(platform: &Terminal, mut conn: Socket) -> Result<Self, Exit> {
        let fail = |text: &str| {
            platform.complain(text);
            Exit(1)
        };
        let mut here = Vec::new();
        let line = loop {
            // While it prepares, a master sends line feeds.
            let start = here.iter().position(|byte| *byte != b'\n').unwrap_or(here.len());
            here.drain(..start);
            if let Some(end) = here.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = here.drain(..=end).collect();
                // PSYNC has a line of its own before that of SYNC. (redis-cli takes it for the
                // beginning of data without an end.)
                if line.starts_with(b"+FULLRESYNC ") {
                    continue;
                }
                if line.starts_with(b"+CONTINUE") {
                    return Ok(Self { conn, here, ends: Ends::After(0), received: 0 });
                }
                break String::from_utf8_lossy(&line[..end]).into_owned();
            }
            if here.len() > LONGEST_LINE || !matches!(conn.read(&mut here).await, Ok(1..)) {
                return Err(fail("Error reading bulk length while SYNCing\n"));
            }
        };
        let mark = line.strip_prefix("$EOF:").and_then(|mark| mark.as_bytes().get(..MARK));
        let length = line.strip_prefix('$').and_then(|digits| digits.trim_end().parse().ok());
        let ends = match (mark, length) {
            (Some(mark), _) => Ends::With(mark.to_vec()),
            (None, Some(bytes)) => Ends::After(bytes),
            (None, None) => return Err(fail(&format!("SYNC with master failed: {line}\n"))),
        };
        Ok(Self { conn, here, ends, received: 0 })
    }

    pub(super) fn ends(&self) -> &Ends {
        &self.ends
    }

    /// The next bytes of the data, in the end none. The mark is no data. `Err`: the connection was lost.
    pub(super) async fn next(&mut self) -> Result<Vec<u8>, ()> {
        loop {
            match &mut self.ends {
                Ends::After(0) => return Ok(Vec::new()),
                Ends::After(left) if !self.here.is_empty() => {
                    let most = usize::try_from(*left).unwrap_or(usize::MAX);
                    let bytes: Vec<u8> = self.here.drain(..self.here.len().min(most)).collect();
                    *left -= bytes.len() as u64;
                    self.received += bytes.len() as u64;
                    return Ok(bytes);
                }
                Ends::With(mark) if self.here.ends_with(mark) => {
                    self.here.truncate(self.here.len() - mark.len());
                    self.received += mark.len() as u64;
                    self.ends = Ends::After(self.here.len() as u64);
                    continue;
                }
                Ends::With(mark) if self.here.len() > mark.len() => {
                    let bytes: Vec<u8> = self.here.drain(..self.here.len() - mark.len()).collect();
                    self.received += bytes.len() as u64;
                    return Ok(bytes);
                }
                _ => {}
            }
            if !matches!(self.conn.read(&mut self.here).await, Ok(1..)) {
                return Err(());
            }
        }
    }

    /// The connection, and what has come behind the data.
    pub(super) fn into_parts(self) -> (Socket, Vec<u8>) {
        (self.conn, self.here)
    }
}
