//! Directives with a syntax of their own.

use engine_base::number::parse_f64;

use super::spec::{Spec, memory, memory_text};
use super::value::{Rewrite, Value, quoted, single};

/// `dir`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dir(pub String);

impl Value for Dir {
    fn assign(&mut self, args: &[Vec<u8>], _: &Spec) -> Result<(), String> {
        let to = String::from_utf8_lossy(single(args)?).into_owned();
        self.0 = join(&self.0, &to);
        Ok(())
    }

    fn print(&self, _: &Spec) -> Vec<u8> {
        self.0.clone().into_bytes()
    }

    fn rewrite(&self, _: &Self, _: &Spec) -> Rewrite {
        Rewrite::Lines(vec![(quoted(self.0.as_bytes()), true)])
    }
}

/// Where `cd to` leads from `from`, when both are as getcwd would print them.
fn join(from: &str, to: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let from = if to.starts_with('/') { "" } else { from };
    let absolute = to.starts_with('/') || from.starts_with('/');
    for part in from.split('/').chain(to.split('/')) {
        match part {
            "" | "." => {}
            ".." if absolute => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    match (absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => "./".into(),
        (false, false) => parts.join("/"),
    }
}

/// One point of `save`: a snapshot after `seconds` with at least `changes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavePoint {
    /// Seconds since the last snapshot.
    pub seconds: u64,
    /// Changes since then.
    pub changes: u64,
}

/// `save`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavePoints(pub Vec<SavePoint>);

impl SavePoints {
    pub(super) fn redis_default() -> Self {
        let points = [(3600, 1), (300, 100), (60, 10000)];
        Self(points.map(|(seconds, changes)| SavePoint { seconds, changes }).to_vec())
    }
}

impl Value for SavePoints {
    fn assign(&mut self, args: &[Vec<u8>], _: &Spec) -> Result<(), String> {
        if let [one] = args
            && one.is_empty()
        {
            self.0.clear();
            return Ok(());
        }
        let (pairs, rest) = args.as_chunks::<2>();
        let bad = || "Invalid save parameters".to_owned();
        if !rest.is_empty() {
            return Err(bad());
        }
        // As `strtoll` reads it: white space in front is passed over, and nothing at all is 0.
        let number = |text: &[u8]| -> Option<u64> {
            if text.is_empty() {
                return Some(0);
            }
            let number = core::str::from_utf8(text).ok()?.trim_start().parse::<i64>().ok()?;
            u64::try_from(number).ok()
        };
        let mut points = Vec::new();
        for [seconds, changes] in pairs {
            let seconds = number(seconds).filter(|&s| s >= 1).ok_or_else(bad)?;
            let changes = number(changes).ok_or_else(bad)?;
            points.push(SavePoint { seconds, changes });
        }
        self.0 = points;
        Ok(())
    }

    fn print(&self, _: &Spec) -> Vec<u8> {
        let points: Vec<String> =
            self.0.iter().map(|p| format!("{} {}", p.seconds, p.changes)).collect();
        points.join(" ").into_bytes()
    }

    fn rewrite(&self, _: &Self, _: &Spec) -> Rewrite {
        if self.0.is_empty() {
            return Rewrite::Lines(vec![(b"\"\"".to_vec(), true)]);
        }
        let line = |p: &SavePoint| (format!("{} {}", p.seconds, p.changes).into_bytes(), true);
        Rewrite::Lines(self.0.iter().map(line).collect())
    }
}

/// How much output may wait for a client of one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputLimit {
    /// Bytes from which the client is closed at once; 0 for never.
    pub hard: u64,
    /// Bytes from which it is closed after a while; 0 for never.
    pub soft: u64,
    /// How long, in seconds.
    pub soft_seconds: u64,
}

/// `client-output-buffer-limit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputLimits {
    /// Plain clients.
    pub normal: OutputLimit,
    /// Replicas.
    pub replica: OutputLimit,
    /// Subscribers.
    pub pubsub: OutputLimit,
}

impl OutputLimits {
    pub(super) const fn redis_default() -> Self {
        Self {
            normal: OutputLimit { hard: 0, soft: 0, soft_seconds: 0 },
            replica: OutputLimit { hard: 256 << 20, soft: 64 << 20, soft_seconds: 60 },
            pubsub: OutputLimit { hard: 32 << 20, soft: 8 << 20, soft_seconds: 60 },
        }
    }

    fn class(&mut self, name: &[u8]) -> Option<&mut OutputLimit> {
        match name.to_ascii_lowercase().as_slice() {
            b"normal" => Some(&mut self.normal),
            b"slave" | b"replica" => Some(&mut self.replica),
            b"pubsub" => Some(&mut self.pubsub),
            _ => None,
        }
    }
}

impl Value for OutputLimits {
    fn assign(&mut self, args: &[Vec<u8>], _: &Spec) -> Result<(), String> {
        let (classes, rest) = args.as_chunks::<4>();
        if !rest.is_empty() {
            return Err("Wrong number of arguments in buffer limit configuration.".into());
        }
        let mut next = *self;
        for [name, hard, soft, seconds] in classes {
            let class = next.class(name).ok_or_else(|| {
                "Invalid client class specified in buffer limit configuration.".to_owned()
            })?;
            let text = |arg: &[u8]| String::from_utf8_lossy(arg).into_owned();
            let limit = (|| {
                Some(OutputLimit {
                    hard: memory(&text(hard))?,
                    soft: memory(&text(soft))?,
                    soft_seconds: text(seconds).trim_start().parse().ok()?,
                })
            })();
            *class = limit.ok_or_else(|| {
                "Error in hard, soft or soft_seconds setting in buffer limit configuration."
                    .to_owned()
            })?;
        }
        *self = next;
        Ok(())
    }

    fn print(&self, _: &Spec) -> Vec<u8> {
        let one = |name: &str, l: &OutputLimit| {
            format!("{name} {} {} {}", l.hard, l.soft, l.soft_seconds)
        };
        [one("normal", &self.normal), one("slave", &self.replica), one("pubsub", &self.pubsub)]
            .join(" ")
            .into_bytes()
    }

    fn rewrite(&self, default: &Self, _: &Spec) -> Rewrite {
        let one = |name: &str, l: &OutputLimit, d: &OutputLimit| {
            let (hard, soft) = (memory_text(l.hard.into()), memory_text(l.soft.into()));
            (format!("{name} {hard} {soft} {}", l.soft_seconds).into_bytes(), l != d)
        };
        Rewrite::Lines(vec![
            one("normal", &self.normal, &default.normal),
            one("replica", &self.replica, &default.replica),
            one("pubsub", &self.pubsub, &default.pubsub),
        ])
    }
}

/// `oom-score-adj-values`: for a master, a replica, a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OomValues(pub [i16; 3]);

impl Value for OomValues {
    fn assign(&mut self, args: &[Vec<u8>], _: &Spec) -> Result<(), String> {
        let [a, b, c] = args else { return Err("wrong number of arguments".into()) };
        for (slot, arg) in self.0.iter_mut().zip([a, b, c]) {
            *slot = core::str::from_utf8(arg)
                .ok()
                .and_then(|text| text.parse().ok())
                .filter(|v| (-2000..=2000).contains(v))
                .ok_or("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")?;
        }
        Ok(())
    }

    fn print(&self, _: &Spec) -> Vec<u8> {
        self.0.map(|v| v.to_string()).join(" ").into_bytes()
    }
}

/// `notify-keyspace-events`: one bit for each class, in the order of [`NOTIFY_CLASSES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotifyFlags(pub u32);

/// The letters of the classes; bit `i` of [`NotifyFlags`] stands for letter `i`. The first nine
/// and the last but three are those that `A` stands for (notify.c).
pub const NOTIFY_CLASSES: &[u8; 14] = b"g$lshzxetdnKEm";

/// What `A` stands for: `g$lshzxetd`.
const NOTIFY_ALL: u32 = (1 << 10) - 1;

impl NotifyFlags {
    /// Whether a class (a letter of [`NOTIFY_CLASSES`]) is on.
    #[must_use]
    pub fn has(self, class: u8) -> bool {
        NOTIFY_CLASSES.iter().position(|&c| c == class).is_some_and(|i| self.0 & (1 << i) != 0)
    }
}

impl Value for NotifyFlags {
    fn assign(&mut self, args: &[Vec<u8>], _: &Spec) -> Result<(), String> {
        let mut flags = 0;
        for &letter in single(args)? {
            flags |= match NOTIFY_CLASSES.iter().position(|&c| c == letter) {
                Some(i) => 1 << i,
                None if letter == b'A' => NOTIFY_ALL,
                None => return Err("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.".into()),
            };
        }
        self.0 = flags;
        Ok(())
    }

    fn print(&self, _: &Spec) -> Vec<u8> {
        let all = self.0 & NOTIFY_ALL == NOTIFY_ALL;
        let mut out = if all { vec![b'A'] } else { Vec::new() };
        // With all classes on, Redis does not print `n`.
        let first = if all { 11 } else { 0 };
        for (i, &letter) in NOTIFY_CLASSES.iter().enumerate().skip(first) {
            if self.0 & (1 << i) != 0 {
                out.push(letter);
            }
        }
        out
    }

    fn rewrite(&self, default: &Self, spec: &Spec) -> Rewrite {
        Rewrite::Lines(vec![(quoted(&self.print(spec)), self != default)])
    }
}

/// `bind`: addresses, `*` and `::*` for all, `-` in front of those that may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind(pub Vec<String>);

impl Value for Bind {
    fn assign(&mut self, args: &[Vec<u8>], _: &Spec) -> Result<(), String> {
        if args.len() > 16 {
            return Err("Too many bind addresses specified.".into());
        }
        self.0 = match args {
            [one] if one.is_empty() => Vec::new(),
            args => args.iter().map(|a| String::from_utf8_lossy(a).into_owned()).collect(),
        };
        Ok(())
    }

    fn print(&self, _: &Spec) -> Vec<u8> {
        self.0.join(" ").into_bytes()
    }

    fn rewrite(&self, default: &Self, _: &Spec) -> Rewrite {
        if self == default {
            return Rewrite::Absent;
        }
        let text = if self.0.is_empty() { "\"\"".to_owned() } else { self.0.join(" ") };
        Rewrite::Lines(vec![(text.into_bytes(), true)])
    }
}

/// `replicaof`: host and port of the master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaOf(pub Option<(String, u16)>);

impl Value for ReplicaOf {
    fn assign(&mut self, args: &[Vec<u8>], _: &Spec) -> Result<(), String> {
        let [host, port] = args else { return Err("wrong number of arguments".into()) };
        if host.eq_ignore_ascii_case(b"no") && port.eq_ignore_ascii_case(b"one") {
            self.0 = None;
            return Ok(());
        }
        let port = core::str::from_utf8(port).ok().and_then(|text| text.parse().ok());
        let port = port.ok_or("Invalid master port")?;
        self.0 = Some((String::from_utf8_lossy(host).into_owned(), port));
        Ok(())
    }

    fn print(&self, _: &Spec) -> Vec<u8> {
        self.0.as_ref().map_or(Vec::new(), |(host, port)| format!("{host} {port}").into_bytes())
    }

    fn rewrite(&self, _: &Self, spec: &Spec) -> Rewrite {
        if self.0.is_none() {
            return Rewrite::Absent;
        }
        Rewrite::Lines(vec![(self.print(spec), true)])
    }
}

/// `latency-tracking-info-percentiles`.
#[derive(Clone, Debug, PartialEq)]
pub struct Percentiles(pub Vec<f64>);

impl Value for Percentiles {
    fn assign(&mut self, args: &[Vec<u8>], _: &Spec) -> Result<(), String> {
        if let [one] = args
            && one.is_empty()
        {
            self.0.clear();
            return Ok(());
        }
        let mut list = Vec::new();
        for arg in args {
            let number =
                parse_f64(arg).ok_or("Invalid latency-tracking-info-percentiles parameters")?;
            if !(0.0..=100.0).contains(&number) {
                return Err("latency-tracking-info-percentiles parameters should sit between \
                            [0.0,100.0]"
                    .into());
            }
            list.push(number);
        }
        self.0 = list;
        Ok(())
    }

    fn print(&self, _: &Spec) -> Vec<u8> {
        let texts: Vec<String> = self.0.iter().map(|p| trimmed(*p)).collect();
        texts.join(" ").into_bytes()
    }

    fn rewrite(&self, _: &Self, spec: &Spec) -> Rewrite {
        let text = if self.0.is_empty() { b"\"\"".to_vec() } else { self.print(spec) };
        Rewrite::Lines(vec![(text, true)])
    }
}

/// `%f` without its trailing zeros.
fn trimmed(n: f64) -> String {
    let text = format!("{n:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
