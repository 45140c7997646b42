//! The smallest client that can ask a server something.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// One connection.
pub(super) struct Client {
    reader: BufReader<TcpStream>,
}

impl Client {
    /// To a server on this host.
    pub(super) fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        Ok(Self { reader: BufReader::with_capacity(1 << 16, stream) })
    }

    /// One command and its reply as text; elements of arrays on lines of their own.
    pub(super) fn ask(&mut self, words: &[&str]) -> Result<String> {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        self.reader.get_mut().write_all(&request(&words))?;
        self.reply()
    }

    /// Writes bytes that hold requests.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.reader.get_mut().write_all(bytes)?)
    }

    /// The next reply.
    ///
    /// # Errors
    /// The link broke, or the reply is an error.
    pub(super) fn reply(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.reader.read_line(&mut line)? > 0, "the server closed the connection");
        let line = line.trim_end();
        let rest = line.get(1..).unwrap_or_default();
        match line.as_bytes().first() {
            Some(b'+' | b':') => Ok(rest.to_owned()),
            Some(b'-') => bail!("{rest}"),
            Some(b'$') => {
                let Ok(len) = usize::try_from(rest.parse::<i64>()?) else { return Ok("".into()) };
                let mut bytes = vec![0; len + 2];
                self.reader.read_exact(&mut bytes)?;
                bytes.truncate(len);
                Ok(String::from_utf8_lossy(&bytes).into_owned())
            }
            Some(b'*') => {
                let count = rest.parse::<i64>()?.max(0);
                let parts: Vec<String> = (0..count).map(|_| self.reply()).collect::<Result<_>>()?;
                Ok(parts.join("\n"))
            }
            _ => bail!("no reply: {line:?}"),
        }
    }

    /// Asks until the answer is as wanted.
    pub(super) fn wait(&mut self, words: &[&str], wanted: impl Fn(&str) -> bool) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            let answer = self.ask(words)?;
            if wanted(&answer) {
                return Ok(());
            }
            ensure!(Instant::now() < end, "{words:?} still answers {answer:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Sets keys `first..end` with values of `len` bytes, in large pipelines.
    pub(super) fn fill(&mut self, first: u64, end: u64, len: usize) -> Result<()> {
        let mut at = first;
        while at < end {
            let stop = (at + 1000).min(end);
            let mut bytes = Vec::new();
            for n in at..stop {
                let value = value(n, len);
                bytes.extend(request(&[b"SET", key(n).as_bytes(), value.as_bytes()]));
            }
            self.send(&bytes)?;
            for _ in at..stop {
                self.reply().context("SET")?;
            }
            at = stop;
        }
        Ok(())
    }
}

/// The key with that number: sixteen bytes.
pub(super) fn key(n: u64) -> String {
    format!("key:{n:012}")
}

fn value(n: u64, len: usize) -> String {
    // Neither a number nor one repeated byte, so nothing is stored in a shorter form.
    let mut text = format!("v{:015x}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 4);
    while text.len() < len {
        text.push_str(&text.clone());
    }
    text.truncate(len);
    text
}

/// Words as a request.
pub(super) fn request(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}
