//! Draws commands from the argument trees that the real server publishes, with bad numbers, wrong
//! types, and missing and surplus words mixed in.

use engine_base::rng::{Rng, Seed};

use super::docs::{Argument, Command};
use super::skipped::is_skipped;
use super::{Mode, Word, entries, words};

/// One command, and the name under which its answers are looked up.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub(super) name: String,
    pub(super) words: Vec<Word>,
}

impl Drawn {
    pub(super) fn of(line: &str) -> Self {
        let words: Vec<Word> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        let name = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        Self { name, words }
    }
}

/// Types of keys, each with the letter that begins the names of its keys.
const FAMILIES: [(&str, char); 9] = [
    ("string", 's'),
    ("list", 'l'),
    ("set", 't'),
    ("hash", 'h'),
    ("sorted-set", 'z'),
    ("geo", 'g'),
    ("hyperloglog", 'p'),
    ("bitmap", 'b'),
    ("stream", 'x'),
];

/// How many keys a family has.
const KEYS: usize = 4;

pub(super) struct Draw {
    pub(super) rng: Rng,
    /// Commands on keys, and all others.
    data: Vec<Command>,
    other: Vec<Command>,
    /// The hash tag before every key.
    pub(super) tag: &'static str,
    mode: Mode,
}

impl Draw {
    pub(super) fn new(seed: u64, mode: Mode, commands: Vec<Command>, only: &[String]) -> Self {
        let (mut data, mut other) = (Vec::new(), Vec::new());
        for command in commands {
            let named = only.is_empty() || only.contains(&command.name);
            if is_skipped(&command.name, mode) || !named {
                continue;
            }
            let of_keys = FAMILIES.iter().any(|(group, _)| *group == command.group)
                || command.group == "generic";
            if of_keys { data.push(command) } else { other.push(command) }
        }
        let tag = if mode.is_cluster() { "{x}" } else { "" };
        let rng = Rng::new(Seed::from_number(seed)).fork(mode.name());
        Self { rng, data, other, tag, mode }
    }

    pub(super) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.rng.index(from.len())]
    }

    /// Every key that may be drawn.
    pub(super) fn all_keys(&self) -> Vec<Word> {
        let of = |letter: char| (0..KEYS).map(move |n| (letter, n));
        FAMILIES
            .iter()
            .flat_map(|(_, letter)| of(*letter))
            .map(|(letter, n)| format!("{}{letter}{n}", self.tag).into_bytes())
            .collect()
    }

    pub(super) fn key(&mut self, group: &str) -> String {
        let known = FAMILIES.iter().find(|(name, _)| *name == group).map(|(_, letter)| *letter);
        let wrong = self.rng.chance(0.08);
        let random = FAMILIES[self.rng.index(FAMILIES.len())].1;
        let letter = known.filter(|_| !wrong).unwrap_or(random);
        format!("{}{letter}{}", self.tag, self.rng.index(KEYS))
    }

    /// The name of a command, its subcommand behind a blank.
    pub(super) fn any_name(&mut self) -> String {
        let from = if self.rng.chance(0.5) { &self.data } else { &self.other };
        let from = if from.is_empty() { &self.data } else { from };
        from.get(self.rng.index(from.len().max(1))).map_or_else(String::new, |c| c.name.clone())
    }

    /// The next command.
    pub(super) fn command(&mut self) -> Drawn {
        let share = if self.mode == Mode::Slots { 0.2 } else { 0.8 };
        loop {
            let from = if self.rng.chance(share) { &self.data } else { &self.other };
            let from = if from.is_empty() && self.data.is_empty() { &self.other } else { from };
            let from = if from.is_empty() { &self.data } else { from };
            let command = from[self.rng.index(from.len())].clone();
            // Emptied too often, nothing is left to look at.
            if command.name.starts_with("FLUSH") && self.rng.chance(0.9) && self.data.len() > 1 {
                continue;
            }
            if self.mode == Mode::Slots && command.group == "server" {
                continue;
            }
            let drawn = self.words_of(&command);
            // The whole table differs: modules, client tracking and more are not in the engine.
            let whole = drawn.words.len() == 2
                && command.name.starts_with("COMMAND ")
                && command.name != "COMMAND COUNT";
            // By words is promised only where all scores are equal, and equal weights come in the
            // order of a dictionary: what is left would differ.
            let has = |name: &[u8]| drawn.words.iter().any(|word| word.eq_ignore_ascii_case(name));
            let sorts_a_list = drawn.words.get(1).is_some_and(|key| key.contains(&b'l'));
            if drawn.name == "ZRANGESTORE" && has(b"bylex")
                || drawn.name == "SORT" && has(b"by") && has(b"store") && !sorts_a_list
            {
                continue;
            }
            let once = !whole && !may_be_answered_twice(&drawn);
            if once && !waits_for_ever(&drawn) && !entries::waits_long(&drawn.words) {
                return drawn;
            }
        }
    }

    fn words_of(&mut self, command: &Command) -> Drawn {
        let mut words: Vec<Word> =
            command.name.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        let head = words.len();
        for argument in &command.arguments {
            self.argument(argument, command, false, &mut words);
        }
        if matches!(command.name.as_str(), "COMMAND GETKEYS" | "COMMAND GETKEYSANDFLAGS") {
            let other = self.data[self.rng.index(self.data.len())].clone();
            words.extend(self.words_of(&other).words);
        }
        if command.name == "DEBUG" {
            let line = self.debug();
            words.extend(line.split(' ').map(|word| word.as_bytes().to_vec()));
        }
        let counted = command.arguments.iter().position(|a| a.name == "numkeys");
        if let Some(at) = counted.filter(|_| self.rng.chance(0.93)) {
            self.count_keys(head + at, &mut words);
        }
        if command.group == "stream" {
            let rng = &mut self.rng;
            entries::settle(&mut words, |from| from[rng.index(from.len())]);
        }
        self.spoil(&mut words);
        if self.rng.chance(0.1) {
            words[0].make_ascii_lowercase();
        }
        Drawn { name: command.name.clone(), words }
    }

    /// Now and then a word too few, one too many, or a wrong one.
    fn spoil(&mut self, words: &mut Vec<Word>) {
        let r = self.rng.unit();
        let len = words.len();
        if r < 0.02 && len > 1 {
            words.remove(1 + self.rng.index(len - 1));
        } else if r < 0.04 {
            let word = self.string();
            words.insert(1 + self.rng.index(len), word);
        } else if r < 0.05 && len > 2 {
            let bad = [&words::BAD_INTEGERS[..], &words::BAD_DOUBLES[..]].concat();
            words[1 + self.rng.index(len - 1)] = self.pick(&bad).as_bytes().to_vec();
        }
    }

    pub(super) fn string(&mut self) -> Word {
        self.pick(&words::STRINGS).to_vec()
    }

    /// The number of keys that really follow.
    fn count_keys(&self, at: usize, words: &mut [Word]) {
        let keys = self.all_keys();
        let Some(behind) = words.get(at + 1..) else { return };
        let count = behind.iter().take_while(|word| keys.contains(word)).count();
        if count > 0 {
            words[at] = count.to_string().into_bytes();
        }
    }

    fn argument(&mut self, a: &Argument, of: &Command, chosen: bool, out: &mut Vec<Word>) {
        if a.optional && !chosen && self.rng.chance(0.6) {
            return;
        }
        let times = if a.multiple { [1, 1, 2, 3, 5][self.rng.index(5)] } else { 1 };
        for i in 0..times {
            if let Some(token) = a.token.as_ref().filter(|_| i == 0 || a.multiple_token) {
                out.push(token.as_bytes().to_vec());
            }
            match a.kind.as_str() {
                "pure-token" => {}
                "oneof" if !a.inner.is_empty() => {
                    let inner = &a.inner[self.rng.index(a.inner.len())];
                    self.argument(inner, of, true, out);
                }
                "block" => {
                    for inner in &a.inner {
                        self.argument(inner, of, false, out);
                    }
                }
                "key" => out.push(self.key(&of.group).into_bytes()),
                _ => {
                    let word = self.word(a, of);
                    out.push(word);
                }
            }
        }
    }

    fn word(&mut self, a: &Argument, of: &Command) -> Word {
        let bad = self.rng.chance(0.06);
        let list: &[&str] = match (a.kind.as_str(), a.name.as_str()) {
            ("integer", "slot" | "start-slot" | "end-slot") => &words::SLOTS,
            (_, "node-id") => &words::NODES,
            (_, "section") => &words::SECTIONS,
            (_, "category") => &words::CATEGORIES,
            (_, "command-name" | "command") => &words::COMMANDS,
            (_, "username") => &["default", "nosuch", ""],
            (_, "protover") => &["2", "3", "2", "3", "4", "0", "abc", ""],
            (_, "ip:port") => &["127.0.0.1:1", "x", ""],
            (_, "yes/no") => &["yes", "no", "x"],
            (_, "client-id") => &["0", "-1", "99999", "abc", ""],
            (_, "event") => &["command", "fork", "nosuch", ""],
            (_, "version") => &["1", "5", "x"],
            (_, "count") if of.name == "SLOWLOG GET" => &["-1", "-2", "0", "abc"],
            (_, "encoding") if of.name.starts_with("BITFIELD") => &words::BIT_TYPES,
            (_, "unit") => &["m", "km", "ft", "mi", "cm"],
            (_, "min-idle-time") => &entries::IDLE,
            (_, "milliseconds") if of.group == "stream" => &entries::WAITS,
            (_, "group" | "groupname") => &entries::GROUPS,
            (_, "consumer" | "consumername") => &entries::CONSUMERS,
            ("string", "start" | "end") if of.group == "stream" => &entries::ENDS,
            ("string", "id" | "last-id" | "max_deleted_entry_id") => &entries::IDS,
            ("string", "threshold") => &["0", "1", "3", "10", "5-1", "20", "x"],
            (_, "timeout") if bad => &["0.02", "-1", "abc", "1e400", "0.001"],
            (_, "timeout") => &["0.01"],
            ("double", "longitude" | "latitude") => &words::COORDINATES,
            ("string", "min" | "max" | "start" | "stop") => &words::BOUNDS,
            ("integer", _) if bad => &words::BAD_INTEGERS,
            ("double", _) if bad => &words::BAD_DOUBLES,
            ("integer", "seconds" | "milliseconds" | "ttl") => &words::LIFETIMES,
            ("integer", "numkeys") => &["1", "2", "3"],
            ("integer", "offset") if of.group == "bitmap" => {
                &["0", "1", "7", "8", "100", "1000", "#1", "-1"]
            }
            ("integer", "offset") if of.name == "SETRANGE" => &["0", "1", "5", "20", "100"],
            ("integer", _) => &words::INTEGERS,
            ("double", _) => &words::DOUBLES,
            ("unix-time", _) => &words::TIMES,
            ("pattern", _) => &words::PATTERNS,
            _ => return self.string(),
        };
        self.pick(list).as_bytes().to_vec()
    }

    fn debug(&mut self) -> String {
        let key = self.key("");
        let number = self.pick(&words::INTEGERS).to_owned();
        match self.rng.index(7) {
            0 => "DIGEST".into(),
            1 => format!("DIGEST-VALUE {key} nosuch"),
            2 => "STRINGMATCH-LEN 10 a".into(),
            3 => format!("OBJECT {key} x y"),
            4 => "NOSUCH".into(),
            5 => format!("LISTPACK {key} {number} 1"),
            _ => "ERROR x".into(),
        }
    }
}

/// Of prefixes that overlap, redis-server complains, and answers OK as well, unless it is the first
/// one.
fn may_be_answered_twice(drawn: &Drawn) -> bool {
    let prefixes = drawn.words.iter().filter(|word| word.eq_ignore_ascii_case(b"prefix"));
    drawn.name == "CLIENT TRACKING" && prefixes.count() > 2
}

/// A blocking command with a timeout of zero, as C reads numbers.
fn waits_for_ever(drawn: &Drawn) -> bool {
    let name = drawn.name.as_str();
    let is_blocking = name.starts_with('B') && !name.starts_with("BIT") && !name.starts_with("BG");
    let zero = |word: &Word| {
        let text = String::from_utf8_lossy(word);
        text.trim().parse::<f64>().is_ok_and(|n| n == 0.0 || n > 1.0) || text.contains('x')
    };
    let timeout = if name.contains("MPOP") { drawn.words.get(1) } else { drawn.words.last() };
    is_blocking && timeout.is_some_and(zero)
}
