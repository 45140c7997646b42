//! A redis-server process of this machine, over a real socket.

#![allow(unreachable_pub)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

// That crate stands above this one.
#[path = "../../../../oracle/src/ports.rs"]
mod ports;

/// A process, ended when dropped.
pub struct Real {
    /// Its client port.
    #[allow(dead_code, reason = "each test file compiles this for itself, and not each asks")]
    pub port: u16,
    process: Child,
    stream: BufReader<TcpStream>,
}

impl Real {
    /// Starts one in a folder; `None` when it is not installed.
    pub fn start(dir: &Path, options: &[&str]) -> Option<Self> {
        let port = ports::free();
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--loglevel", "warning", "--dir"])
            .arg(dir)
            .args(options)
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        let stream = (0..10_000_000).find_map(|_| {
            std::thread::yield_now();
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        let stream = BufReader::new(stream.expect("redis-server comes up"));
        let mut real = Self { port, process, stream };
        while real.ask(&["PING"]) != b"+PONG\r\n" {
            std::thread::yield_now();
        }
        Some(real)
    }

    /// Sends a request and reads its reply.
    pub fn ask(&mut self, words: &[&str]) -> Vec<u8> {
        self.stream.get_mut().write_all(&request(words)).expect("redis-server listens");
        self.reply()
    }

    fn reply(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).expect("redis-server answers");
        let text = String::from_utf8_lossy(&line).into_owned();
        let number = text.get(1..).and_then(|n| n.trim().parse::<usize>().ok());
        if let (true, Some(len)) = (text.starts_with('$'), number) {
            let mut body = vec![0; len + 2];
            self.stream.read_exact(&mut body).expect("the whole reply");
            line.extend_from_slice(&body);
        } else if let (true, Some(items)) = (text.starts_with('*'), number) {
            for _ in 0..items {
                line.extend(self.reply());
            }
        }
        line
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Words as a request.
pub fn request(words: &[&str]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        out.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
    out
}

/// A folder that goes with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    /// An empty one.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("slotlab-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
