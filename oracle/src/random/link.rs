//! A connection that keeps the bytes of every answer: nil as a string and nil as an array are one
//! value, but not one answer.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use engine_resp::{ReplyDecoder, Value};

use super::Word;

/// How long an answer may take before the client is taken to wait for a key.
const PATIENCE: Duration = Duration::from_secs(3);

/// What came for one command.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    Said(Said),
    /// The server ended the connection.
    Closed,
    /// Nothing within the patience.
    Waits,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub(super) bytes: Vec<u8>,
    pub(super) value: Value,
}

pub(super) struct Link {
    stream: TcpStream,
    decoder: ReplyDecoder,
    /// What was fed to the decoder and belongs to no whole reply yet.
    unread: Vec<u8>,
    /// Pushes that came between replies.
    pub(super) pushes: Vec<Vec<u8>>,
}

impl Link {
    pub(super) fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let decoder = ReplyDecoder::new();
        Ok(Self { stream, decoder, unread: Vec::new(), pushes: Vec::new() })
    }

    pub(super) fn send(&mut self, words: &[Word]) -> Result<()> {
        // A server that has closed is seen when its answer is read.
        let _ = self.stream.write_all(&request(words));
        Ok(())
    }

    /// The next reply; pushes on the way are kept apart.
    pub(super) fn answer(&mut self) -> Result<Answer> {
        loop {
            match self.next()? {
                Answer::Said(Said { bytes, value: Value::Push(_) }) => self.pushes.push(bytes),
                other => return Ok(other),
            }
        }
    }

    /// The next reply or push.
    pub(super) fn next(&mut self) -> Result<Answer> {
        let mut buffer = [0; 16384];
        loop {
            if let Some(value) = self.decoder.decode()? {
                let read = self.unread.len() - self.decoder.pending().len();
                let bytes = self.unread.drain(..read).collect();
                return Ok(Answer::Said(Said { bytes, value }));
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(Answer::Closed),
                Ok(n) => {
                    self.decoder.feed(&buffer[..n]);
                    self.unread.extend_from_slice(&buffer[..n]);
                }
                Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => return Ok(Answer::Waits),
                Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => {
                    return Ok(Answer::Closed);
                }
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// One command whose answer must come.
    pub(super) fn ask(&mut self, words: &[&str]) -> Result<Value> {
        let words: Vec<Word> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        self.send(&words)?;
        match self.answer()? {
            Answer::Said(said) => Ok(said.value),
            other => bail!("{other:?} for {words:?}"),
        }
    }
}

/// Everything that a server says on a fresh connection to these bytes, until it closes it.
pub(super) fn whole_talk(port: u16, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // It may have closed before all was written.
    let _ = stream.write_all(bytes);
    let mut said = Vec::new();
    match stream.read_to_end(&mut said) {
        Ok(_) => {}
        Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => {}
        Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => said.extend(b"(still open)"),
        Err(e) => return Err(e).context("a talk"),
    }
    Ok(said)
}

fn request(words: &[Word]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n", word.len()).into_bytes());
        bytes.extend_from_slice(word);
        bytes.extend(b"\r\n");
    }
    bytes
}
