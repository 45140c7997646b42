//! A world as a link: format, engine version, scenario, seed, what was done by hand, and where it
//! ended; compressed, in letters that an address may hold.

use std::rc::Rc;

use super::log::{Act, Log, Noted};
use super::scenario::Scenario;
use super::setup::Setup;
use super::snapshot::Snapshot;
use super::topology::Topology;

/// The version of the format. A reader reads all that came before it.
pub(crate) const FORMAT: u32 = 2;
/// Before the letters, in the part of the address after `#`.
const MARK: &str = "w=";
/// A longer link becomes a file.
pub(crate) const LINK_MOST: usize = 6 * 1024;
/// No link unpacks to more.
const TEXT_MOST: usize = 2 << 20;
/// Of the engine that made it.
pub(crate) const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// A run that can be had again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shared {
    /// The version of the engine that made it.
    pub engine: String,
    /// How it began.
    pub scenario: Scenario,
    /// Its seed.
    pub seed: u64,
    /// How a lesson had set its world up.
    pub setup: Option<Setup>,
    /// What was done.
    pub log: Log,
    /// Where it ended: virtual microseconds.
    pub end_us: u64,
    /// After how many steps.
    pub end_steps: u64,
    /// The digest of all traffic up to there.
    pub digest: u64,
    /// How it ended; links of format 1 do not say.
    pub end: Option<Snapshot>,
}

/// Why a link cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadLink {
    /// It is cut off, or changed on its way.
    Broken,
    /// It was made by a newer page.
    Newer,
}

impl Shared {
    /// As text, which is also the file.
    pub(crate) fn text(&self) -> String {
        let mut text = format!(
            "slotlab {FORMAT} {} {} {} {} {} {:016x}\n",
            self.engine,
            self.scenario.word(),
            self.seed,
            self.end_us,
            self.end_steps,
            self.digest
        );
        if let Scenario::Own(topology) = &self.scenario {
            let nodes = topology.listing();
            text.push_str(&format!("nodes {}\n{nodes}", nodes.lines().count()));
        }
        if let Some(setup) = &self.setup {
            text.push_str(&setup.lines());
        }
        if let Some(end) = &self.end {
            text.push_str(&format!("end {}\n{}", end.nodes.len(), end.lines()));
        }
        let (mut us, mut steps) = (0, 0);
        for noted in &self.log.0 {
            let (later, more) = (noted.at_us.saturating_sub(us), noted.steps.saturating_sub(steps));
            (us, steps) = (noted.at_us, noted.steps);
            let deed = match &noted.act {
                Act::Type(tab, line) => format!("t{tab} {}", line.replace('\n', "\r")),
                Act::Interrupt(tab) => format!("c{tab}"),
                Act::End(tab) => format!("d{tab}"),
                Act::Fork(folders) => format!("f {}", folders.join("\t")),
            };
            text.push_str(&format!("{later} {more} {deed}\n"));
        }
        text
    }

    /// From the text.
    ///
    /// # Errors
    /// It is broken, or of a newer format.
    pub(crate) fn parse(text: &str) -> Result<Self, BadLink> {
        let mut lines = text.lines().peekable();
        let head: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
        let (Some(&"slotlab"), Some(format)) = (head.first(), head.get(1)) else {
            return Err(BadLink::Broken);
        };
        if format.parse::<u32>().map_err(|_| BadLink::Broken)? > FORMAT {
            return Err(BadLink::Newer);
        }
        let [_, _, engine, scenario, seed, end_us, end_steps, digest] = head.as_slice() else {
            return Err(BadLink::Broken);
        };
        let number = |word: &str| word.parse::<u64>().map_err(|_| BadLink::Broken);
        let scenario = if *scenario == "own" {
            let many = lines.next().and_then(|l| l.strip_prefix("nodes ")).unwrap_or_default();
            let many = usize::try_from(number(many)?).map_err(|_| BadLink::Broken)?;
            let nodes: Vec<&str> = lines.by_ref().take(many).collect();
            let topology = Topology::parse(&nodes.join("\n")).map_err(|_| BadLink::Broken)?;
            Scenario::Own(Rc::new(topology))
        } else {
            Scenario::from_word(scenario).ok_or(BadLink::Broken)?
        };
        let setup = match lines.peek().and_then(|line| line.strip_prefix("setup ")) {
            Some(head) => {
                lines.next();
                Some(Setup::parse(head, &mut lines).ok_or(BadLink::Broken)?)
            }
            None => None,
        };
        let end = match lines.peek().and_then(|line| line.strip_prefix("end ")) {
            Some(many) => {
                let many = usize::try_from(number(many)?).map_err(|_| BadLink::Broken)?;
                let end = Snapshot::parse(lines.by_ref().skip(1).take(many));
                Some(end.filter(|end| end.nodes.len() == many).ok_or(BadLink::Broken)?)
            }
            None => None,
        };
        let (mut us, mut steps) = (0_u64, 0_u64);
        let mut log = Log::default();
        for line in lines {
            let mut words = line.splitn(3, ' ');
            let mut next = || words.next().ok_or(BadLink::Broken);
            us = us.saturating_add(number(next()?)?);
            steps = steps.saturating_add(number(next()?)?);
            log.0.push(Noted { at_us: us, steps, act: act(next()?)? });
        }
        Ok(Self {
            engine: (*engine).to_owned(),
            scenario,
            seed: number(seed)?,
            setup,
            log,
            end_us: number(end_us)?,
            end_steps: number(end_steps)?,
            digest: u64::from_str_radix(digest, 16).map_err(|_| BadLink::Broken)?,
            end,
        })
    }

    /// What stands after `#`.
    pub(crate) fn hash(&self) -> String {
        format!("{MARK}{}", pack(&self.text()))
    }

    /// From what stands after `#`; `None` when that is no world.
    pub(crate) fn from_hash(hash: &str) -> Option<Result<Self, BadLink>> {
        let packed = hash.trim_start_matches('#').strip_prefix(MARK)?;
        let text = unpack(packed, TEXT_MOST).ok_or(BadLink::Broken);
        Some(text.and_then(|text| Self::parse(&text)))
    }
}

/// A text in letters that an address may hold. One that does not get shorter goes as it is: the first
/// letter says which.
pub(super) fn pack(text: &str) -> String {
    let (kind, bytes) = match lzf::compress(text.as_bytes()) {
        Ok(packed) => ('z', packed),
        Err(_) => ('p', text.as_bytes().to_vec()),
    };
    format!("{kind}{}", letters(&bytes))
}

/// The text, if it is one and has no more bytes than `most`.
pub(super) fn unpack(packed: &str, most: usize) -> Option<String> {
    let mut chars = packed.chars();
    let kind = chars.next()?;
    let bytes = from_letters(chars.as_str())?;
    let bytes = match kind {
        'z' => lzf::decompress(&bytes, most).ok()?,
        'p' if bytes.len() <= most => bytes,
        _ => return None,
    };
    String::from_utf8(bytes).ok()
}

fn act(words: &str) -> Result<Act, BadLink> {
    let (kind, rest) = words.split_at_checked(1).ok_or(BadLink::Broken)?;
    let tab = |word: &str| word.parse().map_err(|_| BadLink::Broken);
    Ok(match kind {
        "t" => {
            let (number, line) = rest.split_once(' ').ok_or(BadLink::Broken)?;
            Act::Type(tab(number)?, line.replace('\r', "\n"))
        }
        "c" => Act::Interrupt(tab(rest)?),
        "d" => Act::End(tab(rest)?),
        "f" => Act::Fork(rest.trim_start().split('\t').map(str::to_owned).collect()),
        _ => return Err(BadLink::Broken),
    })
}

/// Base 64 as addresses take it (RFC 4648, section 5), without padding.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn letters(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 4 / 3 + 3);
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            let six = (n >> (18 - 6 * i)) & 63;
            out.push(char::from(ALPHABET[six as usize]));
        }
    }
    out
}

fn from_letters(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    for chunk in text.as_bytes().chunks(4) {
        let mut n = 0_u32;
        for b in chunk {
            n = n << 6 | ALPHABET.iter().position(|a| a == b)? as u32;
        }
        n <<= 6 * (4 - chunk.len());
        let bytes = n.to_be_bytes();
        out.extend(bytes.get(1..chunk.len().max(1))?);
    }
    Some(out)
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
