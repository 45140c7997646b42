//! Lua's libraries beside redis-server: what a script answers in `engine-lua` and through EVAL.
//!
//! `oracle --scripts PORT record FILE …` writes the server's answers into files of cases, `oracle --scripts PORT
//! random SEED COUNT` compares both on random calls.

mod draw;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use anyhow::{Context as _, Result, bail};
use engine_lua::{Lua, Random, Step, Value};

/// Shows values exactly; both sides run it.
const SHOW: &str = include_str!("../../engine/lua/tests/libraries/show.lua");

/// `oracle --scripts …`.
///
/// # Errors
/// No server there, a file that cannot be read or written, words that mean nothing; answers that differ.
pub fn command_line(words: &[&str]) -> Result<()> {
    let [port, what, rest @ ..] = words else { bail!("which port, and what?") };
    let mut server = Server::connect(port.parse().context("no port")?)?;
    match (*what, rest) {
        ("record", files) => files.iter().try_for_each(|file| record(&mut server, file)),
        ("random", [seed, count]) => random(&mut server, seed.parse()?, count.parse()?),
        _ => bail!("record FILE … or random SEED COUNT"),
    }
}

/// The whole script around a snippet, in one line of Lua.
fn around(snippet: &str) -> String {
    let show = SHOW.replace('\n', " ");
    format!("{show} return all(pcall(function() {snippet}\nend))")
}

/// Replaces the answers in a file of cases.
fn record(server: &mut Server, file: &str) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| file.to_owned())?;
    let mut out = String::new();
    for line in text.lines().filter(|line| !line.starts_with("= ")) {
        out.push_str(line);
        out.push('\n');
        let Some(snippet) = line.strip_prefix("> ") else { continue };
        for answer in server.eval(&around(snippet))? {
            out.push_str("= ");
            out.push_str(&answer.escape_ascii().to_string());
            out.push('\n');
        }
    }
    std::fs::write(file, out)?;
    Ok(())
}

fn random(server: &mut Server, seed: u64, count: u64) -> Result<()> {
    let mut different = 0;
    for n in 0..count {
        let snippet = draw::snippet(seed.wrapping_add(n));
        let script = around(&snippet);
        let (theirs, ours) = (server.eval(&script)?, here(&script));
        if theirs != ours {
            different += 1;
            println!("seed {}: {snippet}", seed.wrapping_add(n));
            for (name, side) in [("redis-server", theirs), ("engine-lua", ours)] {
                let shown: Vec<String> =
                    side.iter().map(|a| a.escape_ascii().to_string()).collect();
                println!("  {name}: {}", shown.join(" | "));
            }
        }
    }
    println!("{count} scripts, {different} different");
    if different > 0 { bail!("different answers") } else { Ok(()) }
}

/// What the script answers in a state of our own: strings of a table, or one error.
fn here(script: &str) -> Vec<Vec<u8>> {
    let mut lua = Lua::new();
    lua.heap.random = Some(Random::default());
    let function = match lua.load(b"@user_script", script.as_bytes()) {
        Ok(function) => function,
        Err(error) => return vec![error.0],
    };
    let run = lua.start(function, &[]);
    loop {
        match lua.resume(run, &mut 1_000) {
            Step::Spent => {}
            Step::Done(values) => {
                return strings(&lua, values.first().copied().unwrap_or_default());
            }
            other => return vec![format!("{other:?}").into_bytes()],
        }
    }
}

fn strings(lua: &Lua, value: Value) -> Vec<Vec<u8>> {
    let Value::Table(table) = value else { return vec![format!("{value:?}").into_bytes()] };
    let items =
        (1..=lua.heap.len(table)).map(|index| match lua.heap.raw_get_int(table, index as i64) {
            Value::Str(string) => lua.heap.bytes(string).to_vec(),
            other => format!("{other:?}").into_bytes(),
        });
    items.collect()
}

/// A connection to redis-server.
struct Server {
    link: TcpStream,
    buffer: Vec<u8>,
}

impl Server {
    fn connect(port: u16) -> Result<Server> {
        let link = TcpStream::connect(("127.0.0.1", port)).context("no redis-server there")?;
        Ok(Server { link, buffer: Vec::new() })
    }

    /// The bulk strings that EVAL answers, or one error.
    fn eval(&mut self, script: &str) -> Result<Vec<Vec<u8>>> {
        // In one piece: the server's host would hold back its acknowledgement of the first of several.
        let request = format!("*3\r\n$4\r\nEVAL\r\n${}\r\n{script}\r\n$1\r\n0\r\n", script.len());
        self.link.write_all(request.as_bytes())?;
        let head = self.line()?;
        let Some(count) = head.strip_prefix(b"*") else { return Ok(vec![head]) };
        let count: usize = std::str::from_utf8(count)?.parse()?;
        (0..count)
            .map(|_| {
                let head = self.line()?;
                let length = head.strip_prefix(b"$").context("a bulk string is missing")?;
                let length: usize = std::str::from_utf8(length)?.parse()?;
                self.bytes(length)
            })
            .collect()
    }

    fn more(&mut self) -> Result<()> {
        let mut chunk = [0; 65_536];
        match self.link.read(&mut chunk)? {
            0 => bail!("redis-server has gone"),
            count => self.buffer.extend_from_slice(&chunk[..count]),
        }
        Ok(())
    }

    fn line(&mut self) -> Result<Vec<u8>> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|w| w == b"\r\n") {
                let line = self.buffer.drain(..end + 2).take(end).collect();
                return Ok(line);
            }
            self.more()?;
        }
    }

    fn bytes(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.buffer.len() < length + 2 {
            self.more()?;
        }
        Ok(self.buffer.drain(..length + 2).take(length).collect())
    }
}
