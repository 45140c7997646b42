//! A redis-server and a native-node with the same directives, asked side by side.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use engine_resp::Value;

use super::link::{Answer, Link, Said};
use super::{Mode, Servers, Word};

/// Stands for each server's own id in words and answers; as long as one.
pub(super) const ID: &str = "the-id-of-the-node-itself---------------";
/// Stands for each server's port in answers.
const PORT: &str = "99999";
/// How long a server may take to come up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Low limits, so that small values meet every encoding; nothing by the clock.
const DIRECTIVES: [&str; 28] = [
    "--save",
    "",
    "--enable-debug-command",
    "yes",
    "--list-max-listpack-size",
    "5",
    "--hash-max-listpack-entries",
    "8",
    "--hash-max-listpack-value",
    "20",
    "--set-max-intset-entries",
    "6",
    "--zset-max-listpack-entries",
    "8",
    "--zset-max-listpack-value",
    "20",
    "--appendonly",
    "yes",
    "--appendfsync",
    "no",
    "--auto-aof-rewrite-percentage",
    "0",
    "--notify-keyspace-events",
    "KEA",
    "--slowlog-log-slower-than",
    "-1",
    "--latency-tracking",
    "no",
];

pub(super) struct Side {
    pub(super) port: u16,
    pub(super) dir: PathBuf,
    child: Child,
    pub(super) link: Link,
    /// Reads what is published about keys.
    pub(super) listener: Link,
    resp3: bool,
    id: String,
}

/// The real server first.
pub(super) struct Pair(pub(super) [Side; 2]);

impl Pair {
    pub(super) fn start(servers: &Servers, mode: Mode) -> Result<Self> {
        let real = Side::start(&PathBuf::from("redis-server"), servers.ports[0], &[], mode)?;
        let ours = Side::start(&servers.ours, servers.ports[1], &servers.more, mode)?;
        let mut pair = Self([real, ours]);
        for side in &mut pair.0 {
            side.prepare(mode)?;
        }
        Ok(pair)
    }

    /// Sends to both, then reads from both.
    pub(super) fn ask(&mut self, words: &[Word]) -> Result<[Answer; 2]> {
        for side in &mut self.0 {
            let words: Vec<Word> = words.iter().map(|word| side.own(word)).collect();
            side.link.send(&words)?;
        }
        let [real, ours] = &mut self.0;
        Ok([real.answer()?, ours.answer()?])
    }

    /// The same from each, where both must answer.
    pub(super) fn both(&mut self, words: &[&str]) -> Result<[Value; 2]> {
        let words: Vec<Word> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        match self.ask(&words)? {
            [Answer::Said(real), Answer::Said(ours)] => Ok([real.value, ours.value]),
            other => bail!("{words:?}: {other:?}"),
        }
    }

    /// New connections on both sides, in the state of the first ones.
    pub(super) fn reconnect(&mut self) -> Result<()> {
        for side in &mut self.0 {
            side.link = Link::open(side.port)?;
            side.greet()?;
        }
        Ok(())
    }

    /// No transaction, database 0, the protocol of the mode.
    pub(super) fn reset(&mut self) -> Result<()> {
        for side in &mut self.0 {
            side.link.ask(&["RESET"])?;
            side.greet()?;
        }
        Ok(())
    }
}

impl Side {
    fn start(program: &PathBuf, port: u16, more: &[String], mode: Mode) -> Result<Self> {
        let name = format!("slotlab-compare-{}-{port}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        // What an earlier seed has left.
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir)?;
        let log = File::create(dir.join("log"))?;
        let mut command = Command::new(program);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]).args(DIRECTIVES);
        command.args(["--cluster-enabled", if mode.is_cluster() { "yes" } else { "no" }]);
        command.args(more).current_dir(&dir).stdin(Stdio::null());
        command.stdout(log.try_clone()?).stderr(log);
        let mut child = command.spawn().with_context(|| format!("{}", program.display()))?;
        let deadline = Instant::now() + PATIENCE;
        let link = loop {
            if let Ok(mut link) = Link::open(port)
                && link.ask(&["PING"]).is_ok_and(|said| said.as_bytes() == Some(b"PONG"))
            {
                break link;
            }
            if let Some(status) = child.try_wait()? {
                let log = std::fs::read_to_string(dir.join("log")).unwrap_or_default();
                bail!("{} ended: {status}\n{log}", program.display());
            }
            if Instant::now() > deadline {
                // It has done nothing yet that could be lost.
                let _ = child.kill();
                bail!("{} does not come up", program.display());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let listener = Link::open(port)?;
        let resp3 = mode.is_resp3();
        Ok(Self { port, dir, child, link, listener, resp3, id: String::new() })
    }

    fn prepare(&mut self, mode: Mode) -> Result<()> {
        if mode.is_cluster() {
            let id = self.link.ask(&["CLUSTER", "MYID"])?;
            self.id = id.to_text().context("no id")?;
        }
        if mode.is_cluster() && mode != Mode::Slots {
            self.link.ask(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"])?;
            let deadline = Instant::now() + PATIENCE;
            while self.link.ask(&["GET", "x"])?.as_error().is_some() {
                if Instant::now() > deadline {
                    bail!("the cluster of one does not come up");
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        // Keys die when they are looked at, on both sides at the same command.
        self.link.ask(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"])?;
        self.listener.ask(&["PSUBSCRIBE", "__key*__:*"])?;
        self.listener.ask(&["SUBSCRIBE", super::events::MARK])?;
        self.greet()
    }

    fn greet(&mut self) -> Result<()> {
        if self.resp3 {
            self.link.ask(&["HELLO", "3"])?;
        }
        Ok(())
    }

    fn own(&self, word: &Word) -> Word {
        if word == ID.as_bytes() { self.id.clone().into_bytes() } else { word.clone() }
    }

    pub(super) fn answer(&mut self) -> Result<Answer> {
        Ok(match self.link.answer()? {
            Answer::Said(said) => {
                let bytes = self.masked(&said.bytes);
                // Masks are as long as what they hide: the answer can still be read.
                let value = if bytes == said.bytes { said.value } else { read(&bytes)? };
                Answer::Said(Said { bytes, value })
            }
            other => other,
        })
    }

    /// The bytes without what belongs to this server alone.
    pub(super) fn masked(&self, bytes: &[u8]) -> Vec<u8> {
        let port = self.port.to_string();
        let bus = (u32::from(self.port) + 10_000).to_string();
        let mut bytes = bytes.to_vec();
        for (own, mask) in [(self.id.as_str(), ID), (&port, PORT), (&bus, PORT)] {
            let mut at = 0;
            while let Some(found) = find(&bytes[at..], own.as_bytes()) {
                let (from, to) = (at + found, at + found + own.len());
                // Digits inside of other words are none of its own.
                let is_inside = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
                let before = from.checked_sub(1).and_then(|i| bytes.get(i));
                if !is_inside(before) && !is_inside(bytes.get(to)) {
                    bytes[from..to].copy_from_slice(mask.as_bytes());
                }
                at = to;
            }
        }
        bytes
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        // One that has ended already is what is wanted, and a folder that stays harms nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    if what.is_empty() { None } else { bytes.windows(what.len()).position(|w| w == what) }
}

fn read(bytes: &[u8]) -> Result<Value> {
    let mut decoder = engine_resp::ReplyDecoder::new();
    decoder.feed(bytes);
    decoder.decode()?.context("half an answer")
}
