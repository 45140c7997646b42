//! `--bigkeys` and `--memkeys`: the largest key of each type on one node (`findBigKeys` in
//! redis-cli.c).

use engine_base::split::write_quoted;

use crate::args::Mode;
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

/// In the order in which the real program's table happens to list them.
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
    loop {
        let percent = 100.0 * survey.sampled as f64 / total as f64;
        let (next, keys) = scan::step(session, cursor).await?;
        loops += 1;
        for key in keys {
            survey.sample(session, &key, percent).await?;
        }
        if session.options.interval_ms > 0 && loops.is_multiple_of(100) {
            session.platform.sleep(session.options.interval_ms).await;
        }
        if next == 0 {
            break;
        }
        cursor = next;
    }
    session.out(&survey.summary());
    Ok(0)
}

async fn size_of_database<P: Platform>(session: &mut Session<'_, P>) -> Result<i64, Exit> {
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
            sampled: 0,
            name_bytes: 0,
        }
    }

    /// The type of a key as a place in `kinds`; `None` when the key is gone.
    async fn kind_of<P: Platform>(
        &mut self,
        session: &mut Session<'_, P>,
        key: &[u8],
    ) -> Result<Option<usize>, Exit> {
        let name = match session.call(&[b"TYPE", key]).await {
            Ok(Reply::Simple(name)) => String::from_utf8_lossy(&name).into_owned(),
            Ok(Reply::Error(text)) => {
                session
                    .err(&format!("TYPE returned an error: {}\n", String::from_utf8_lossy(&text)));
                return Err(Exit(1));
            }
            _ => return Err(Exit(1)),
        };
        if name == "none" {
            return Ok(None);
        }
        if let Some(place) = self.kinds.iter().position(|k| k.name == name) {
            return Ok(Some(place));
        }
        self.kinds.push(Kind {
            name,
            size_command: None,
            unit: "?",
            count: 0,
            total: 0,
            biggest: 0,
            biggest_key: None,
        });
        Ok(Some(self.kinds.len() - 1))
    }

    async fn size_of<P: Platform>(
        &self,
        session: &mut Session<'_, P>,
        key: &[u8],
        kind: &Kind,
    ) -> Result<u64, Exit> {
        let samples = self.samples.to_string();
        let (name, command): (&str, Vec<&[u8]>) = match kind.size_command {
            _ if self.by_memory && self.samples > 0 => {
                ("MEMORY USAGE", vec![b"MEMORY", b"USAGE", key, b"SAMPLES", samples.as_bytes()])
            }
            _ if self.by_memory => ("MEMORY USAGE", vec![b"MEMORY", b"USAGE", key]),
            Some(command) => (command, vec![command.as_bytes(), key]),
            None => return Ok(0),
        };
        match session.call(&command).await {
            Ok(Reply::Int(size)) => Ok(u64::try_from(size).unwrap_or(0)),
            Ok(_) => {
                session.err(&format!(
                    "Warning:  {name} on '{}' failed (may have changed type)\n",
                    String::from_utf8_lossy(key)
                ));
                Ok(0)
            }
            Err(()) => Err(Exit(1)),
        }
    }

    async fn sample<P: Platform>(
        &mut self,
        session: &mut Session<'_, P>,
        key: &[u8],
        percent: f64,
    ) -> Result<(), Exit> {
        let Some(place) = self.kind_of(session, key).await? else { return Ok(()) };
        let size = match self.kinds.get(place) {
            Some(kind) => self.size_of(session, key, kind).await?,
            None => return Ok(()),
        };
        let by_memory = self.by_memory;
        let Some(kind) = self.kinds.get_mut(place) else { return Ok(()) };
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
        Ok(())
    }

    fn summary(&self) -> String {
        let ratio =
            |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        let unit = |kind: &Kind| if self.by_memory { "bytes" } else { kind.unit };
        let mut out = format!(
            "\n-------- summary -------\n\nSampled {} keys in the keyspace!\n\
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
