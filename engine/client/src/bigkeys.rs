//! `--bigkeys` and `--memkeys`: the largest key of each type on one node (`findBigKeys` in
//! redis-cli.c).

use std::borrow::Cow;

use engine_base::split::write_quoted;

use crate::args::Mode;
use crate::link::{LinkError, push_command};
use crate::platform::Platform;
use crate::reply::Reply;
use crate::scan;
use crate::session::{Exit, Session, Tell};

/// What is known about the keys of one type.
struct Kind {
    name: String,
    size_command: Option<&'static str>,
    unit: &'static str,
    count: u64,
    total: u64,
    biggest: u64,
    biggest_key: Option<String>,
}

/// In the order in which the real program's table happens to list them after one look ([`Survey::arrange`]).
const KINDS: [(&str, &str, &str); 6] = [
    ("string", "STRLEN", "bytes"),
    ("list", "LLEN", "items"),
    ("hash", "HLEN", "fields"),
    ("stream", "XLEN", "entries"),
    ("set", "SCARD", "members"),
    ("zset", "ZCARD", "members"),
];

struct Survey {
    kinds: Vec<Kind>,
    by_memory: bool,
    samples: u32,
    /// How many types were looked up.
    looked_up: u64,
    sampled: u64,
    name_bytes: u64,
}

/// Prints the survey; the exit code.
pub(crate) async fn run<P: Platform>(session: &mut Session<'_, P>) -> Result<i32, Exit> {
    if !session.connect(false, Tell::Errors).await {
        return Ok(1);
    }
    let total = size_of_database(session).await?;
    session.out(
        "\n# Scanning the entire keyspace to find biggest keys as well as\n\
         # average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec\n\
         # per 100 SCAN commands (not usually needed).\n\n",
    );
    let mut survey = Survey::new(session.options.mode);
    let (mut cursor, mut loops) = (0, 0_u64);
    let cut_at = loop {
        let percent = 100.0 * survey.sampled as f64 / total as f64;
        let (next, keys) = scan::step(session, cursor).await?;
        loops += 1;
        let places = survey.places_of(session, &keys).await?;
        let sizes = survey.sizes_of(session, &keys, &places).await?;
        for ((key, place), size) in keys.iter().zip(places).zip(sizes) {
            if let Some(place) = place {
                survey.note(session, key, place, size, percent);
            }
        }
        if session.options.interval_ms > 0 && loops.is_multiple_of(100) {
            session.platform.sleep(session.options.interval_ms).await;
        }
        if session.platform.stop_asked() {
            break format!("[{percent:05.2}%] ");
        }
        if next == 0 {
            break String::new();
        }
        cursor = next;
    };
    survey.arrange();
    session.out(&survey.summary(&cut_at));
    Ok(0)
}

/// `DBSIZE` (`getDbSize`).
///
/// # Errors
/// The exit code; why is said.
pub async fn size_of_database<P: Platform>(session: &mut Session<'_, P>) -> Result<i64, Exit> {
    let problem = match session.call(&["DBSIZE"]).await {
        Ok(Reply::Int(size)) => return Ok(size),
        Ok(Reply::Error(text)) => {
            format!("Couldn't determine DBSIZE: {}\n", String::from_utf8_lossy(&text))
        }
        Ok(_) => "Non INTEGER response from DBSIZE!\n".into(),
        Err(()) => return Err(Exit(1)),
    };
    session.err(&problem);
    Err(Exit(1))
}

/// Several commands at once. What cannot be sent is told of at the first reply that is missing.
async fn send<P: Platform>(session: &mut Session<'_, P>, commands: &[u8]) {
    if let Some(link) = session.link() {
        let _ = link.send_raw(commands).await;
    }
}

async fn answer<P: Platform>(session: &mut Session<'_, P>) -> Result<Reply, LinkError> {
    match session.link() {
        Some(link) => link.reply().await,
        None => Err(LinkError::Closed),
    }
}

fn text(key: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(key)
}

impl Survey {
    fn new(mode: Mode) -> Self {
        let kind = |(name, command, unit): (&str, &'static str, &'static str)| Kind {
            name: name.into(),
            size_command: Some(command),
            unit,
            count: 0,
            total: 0,
            biggest: 0,
            biggest_key: None,
        };
        Self {
            kinds: KINDS.into_iter().map(kind).collect(),
            by_memory: matches!(mode, Mode::MemKeys(_)),
            samples: if let Mode::MemKeys(samples) = mode { samples } else { 0 },
            looked_up: 0,
            sampled: 0,
            name_bytes: 0,
        }
    }

    /// The types of keys as places in `kinds`, asked for in one go; `None` for a key that is gone
    /// (`getKeyTypes`).
    async fn places_of<P: Platform>(
        &mut self,
        session: &mut Session<'_, P>,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Option<usize>>, Exit> {
        let mut commands = Vec::new();
        keys.iter().for_each(|key| push_command(&mut commands, &[b"TYPE", key.as_slice()]));
        send(session, &commands).await;
        let mut places = Vec::new();
        for key in keys {
            self.looked_up += 1;
            let problem = match answer(session).await {
                Ok(Reply::Simple(name)) => {
                    places.push(self.place(&String::from_utf8_lossy(&name)));
                    continue;
                }
                Ok(Reply::Error(text)) => {
                    format!("TYPE returned an error: {}\n", String::from_utf8_lossy(&text))
                }
                Ok(_) => format!("Invalid reply type for TYPE on key '{}'!\n", text(key)),
                Err(error) => format!(
                    "Error getting type for key '{}' ({}: {error})\n",
                    text(key),
                    error.code()
                ),
            };
            session.err(&problem);
            return Err(Exit(1));
        }
        Ok(places)
    }

    /// The place of a type, a new one when the server has types of its own.
    fn place(&mut self, name: &str) -> Option<usize> {
        if name == "none" {
            return None;
        }
        if let Some(place) = self.kinds.iter().position(|k| k.name == name) {
            return Some(place);
        }
        self.kinds.push(Kind {
            name: name.to_owned(),
            size_command: None,
            unit: "?",
            count: 0,
            total: 0,
            biggest: 0,
            biggest_key: None,
        });
        Some(self.kinds.len() - 1)
    }

    /// What is asked for the size of a key; `None` when nothing can be.
    fn size_command(&self, place: Option<usize>) -> Option<&'static str> {
        let kind = self.kinds.get(place?)?;
        if self.by_memory { Some("MEMORY USAGE") } else { kind.size_command }
    }

    /// The sizes of keys, asked for in one go (`getKeySizes`).
    async fn sizes_of<P: Platform>(
        &self,
        session: &mut Session<'_, P>,
        keys: &[Vec<u8>],
        places: &[Option<usize>],
    ) -> Result<Vec<u64>, Exit> {
        let samples = self.samples.to_string();
        let mut commands = Vec::new();
        for (key, place) in keys.iter().zip(places) {
            let Some(command) = self.size_command(*place) else { continue };
            let mut words: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
            words.push(key);
            if self.by_memory && self.samples > 0 {
                words.extend([b"SAMPLES", samples.as_bytes()]);
            }
            push_command(&mut commands, &words);
        }
        send(session, &commands).await;
        let mut sizes = Vec::new();
        for (key, place) in keys.iter().zip(places) {
            sizes.push(match self.size_command(*place) {
                None => 0,
                Some(command) => match answer(session).await {
                    Ok(Reply::Int(size)) => u64::try_from(size).unwrap_or(0),
                    Ok(_) => {
                        session.err(&format!(
                            "Warning:  {command} on '{}' failed (may have changed type)\n",
                            text(key)
                        ));
                        0
                    }
                    Err(error) => {
                        session.err(&format!(
                            "Error getting size for key '{}' ({}: {error})\n",
                            text(key),
                            error.code()
                        ));
                        return Err(Exit(1));
                    }
                },
            });
        }
        Ok(sizes)
    }

    fn note<P: Platform>(
        &mut self,
        session: &Session<'_, P>,
        key: &[u8],
        place: usize,
        size: u64,
        percent: f64,
    ) {
        let by_memory = self.by_memory;
        let Some(kind) = self.kinds.get_mut(place) else { return };
        kind.total = kind.total.saturating_add(size);
        kind.count += 1;
        self.name_bytes += key.len() as u64;
        self.sampled += 1;
        if kind.biggest < size {
            let mut name = Vec::new();
            write_quoted(&mut name, key);
            let name = String::from_utf8_lossy(&name).into_owned();
            let unit = if by_memory { "bytes" } else { kind.unit };
            session.out(&format!(
                "[{percent:05.2}%] Biggest {:<6} found so far '{name}' with {size} {unit}\n",
                kind.name
            ));
            kind.biggest = size;
            kind.biggest_key = Some(name);
        }
        if self.sampled.is_multiple_of(1_000_000) {
            session.out(&format!("[{percent:05.2}%] Sampled {} keys so far\n", self.sampled));
        }
    }

    /// The real program's hash table grows when it is filled, and moves what it holds a step with
    /// each look at it: the first two looks change the order.
    fn arrange(&mut self) {
        match self.looked_up {
            0 => self.kinds.swap(0, 2),
            1 => {}
            _ => {
                let kind = self.kinds.remove(0);
                self.kinds.insert(2, kind);
            }
        }
    }

    /// `cut_at`: how far it came, when it was stopped.
    fn summary(&self, cut_at: &str) -> String {
        let ratio =
            |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        let unit = |kind: &Kind| if self.by_memory { "bytes" } else { kind.unit };
        let mut out = format!(
            "\n-------- summary -------\n\n{cut_at}Sampled {} keys in the keyspace!\n\
             Total key length in bytes is {} (avg len {:.2})\n\n",
            self.sampled,
            self.name_bytes,
            ratio(self.name_bytes, self.sampled)
        );
        for kind in &self.kinds {
            if let Some(key) = &kind.biggest_key {
                out.push_str(&format!(
                    "Biggest {:>6} found '{key}' has {} {}\n",
                    kind.name,
                    kind.biggest,
                    unit(kind)
                ));
            }
        }
        out.push('\n');
        for kind in &self.kinds {
            out.push_str(&format!(
                "{} {}s with {} {} ({:05.2}% of keys, avg size {:.2})\n",
                kind.count,
                kind.name,
                kind.total,
                unit(kind),
                100.0 * ratio(kind.count, self.sampled),
                ratio(kind.total, kind.count)
            ));
        }
        out
    }
}
