//! A client of our own, which follows redirections and never retries behind the test's back.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::stage::Stage;

/// One connection; a reply that does not come in time is an error.
pub struct Link(BufReader<TcpStream>);

impl Link {
    fn open(port: u16) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_millis(500)))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    fn ask(&mut self, words: &[&str]) -> std::io::Result<String> {
        let mut text = format!("*{}\r\n", words.len());
        for word in words {
            text.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        self.0.get_mut().write_all(text.as_bytes())?;
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end().to_owned();
        match line.strip_prefix('$').and_then(|n| n.parse::<usize>().ok()) {
            Some(len) => {
                let mut bytes = vec![0; len + 2];
                self.0.read_exact(&mut bytes)?;
                Ok(String::from_utf8_lossy(&bytes[..len]).into_owned())
            }
            None => Ok(line),
        }
    }
}

/// Follows redirections as a cluster client does.
pub struct Client<'a> {
    stage: &'a Stage,
    links: BTreeMap<u16, Link>,
    /// Where a key was last served.
    homes: BTreeMap<String, u16>,
    turn: usize,
}

impl<'a> Client<'a> {
    pub fn new(stage: &'a Stage, turn: usize) -> Self {
        Self { stage, links: BTreeMap::new(), homes: BTreeMap::new(), turn }
    }

    /// One command on a key: what it is answered in the end, or why there is no answer.
    pub fn ask(&mut self, words: &[&str]) -> Result<String, &'static str> {
        let key = words[1].to_owned();
        let mut asking = false;
        for _ in 0..8 {
            self.turn += 1;
            let any = self.stage.ports[self.turn % self.stage.ports.len()];
            let port = *self.homes.entry(key.clone()).or_insert(any);
            let answer = match self.once(port, asking, words) {
                Ok(answer) => answer,
                Err(why) => {
                    self.links.remove(&port);
                    self.homes.remove(&key);
                    return Err(why);
                }
            };
            let target = |line: &str| line.rsplit(':').next().and_then(|p| p.parse::<u16>().ok());
            asking = answer.starts_with("-ASK ");
            if asking {
                // The home stays: only this command goes elsewhere.
                let Some(port) = target(&answer) else { return Err("unknown redirection") };
                match self.once(port, true, words) {
                    Ok(answer) if !answer.starts_with('-') => return Ok(answer),
                    Ok(_) => self.stage.note("refused after ASK"),
                    Err(why) => return Err(why),
                }
                asking = false;
            } else if answer.starts_with("-MOVED ") {
                self.homes.insert(key.clone(), target(&answer).ok_or("unknown redirection")?);
            } else if let Some(error) = answer.strip_prefix('-') {
                self.homes.remove(&key);
                return Err(match error.split(' ').next().unwrap() {
                    "CLUSTERDOWN" => "CLUSTERDOWN",
                    "TRYAGAIN" => "TRYAGAIN",
                    "LOADING" => "LOADING",
                    "MASTERDOWN" => "MASTERDOWN",
                    "READONLY" => "READONLY",
                    _ => panic!("no error that a cluster under faults gives: {answer}"),
                });
            } else {
                return Ok(answer);
            }
        }
        Err("too many redirections")
    }

    fn once(&mut self, port: u16, asking: bool, words: &[&str]) -> Result<String, &'static str> {
        let link = match self.links.entry(port) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(none) => none.insert(Link::open(port).map_err(|_| "not connected")?),
        };
        if asking {
            link.ask(&["ASKING"]).map_err(|_| "link lost")?;
        }
        link.ask(words).map_err(|_| "link lost")
    }
}
