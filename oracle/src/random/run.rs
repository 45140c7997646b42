//! One run: draws, asks both, compares.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use anyhow::{Context as _, Result};
use engine_resp::Value;
use regex::Regex;

use super::allowed::agree;
use super::docs;
use super::draw::{Draw, Drawn};
use super::link::{Answer, Said, whole_talk};
use super::pair::Pair;
use super::scene::{self, Step};
use super::{Difference, Mode, Plan, Report, Servers, Word, events, show, stream, text};

/// The number of a connection, as HELLO gives it.
static CONNECTION: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::unwrap_used, reason = "the pattern is a constant")]
    Regex::new(r"id\\r\\n:\d+").unwrap()
});

/// Commands between two looks at everything.
const BETWEEN: usize = 200;

/// Runs a plan; the servers are gone when it is done.
///
/// # Errors
/// A server that does not start, or whose answers cannot be read. A difference is no error.
pub fn run(servers: &Servers, plan: &Plan) -> Result<Report> {
    let mut pair = Pair::start(servers, plan.mode)?;
    let [real, ours] = pair.both(&["COMMAND", "DOCS"])?;
    let known = docs::read(&ours)?;
    let mut commands = docs::read(&real)?;
    // What the engine does not have is refused in its own words.
    commands.retain(|command| known.iter().any(|known| known.name == command.name));
    let [directives, _] = pair.both(&["CONFIG", "GET", "*"])?;
    let draw = Draw::new(plan.seed, plan.mode, commands, &plan.only);
    let mut run = Run {
        pair,
        draw,
        plan,
        report: Report::default(),
        names: BTreeSet::new(),
        queue: None,
        checks: 0,
    };
    let directives = names(&directives);
    while run.report.asked < plan.commands && run.report.differences.len() < plan.most {
        let before = run.report.asked / BETWEEN;
        for step in scene::next(&mut run.draw, plan.mode, &directives) {
            run.step(step)?;
        }
        if run.report.asked / BETWEEN != before {
            run.check()?;
        }
    }
    run.check()?;
    if plan.mode != Mode::Config
        && let Some(sides) = stream::part(&run.pair)?
    {
        run.differ("the append-only file", "(the whole run)".into(), sides);
    }
    run.report.kinds = run.names.len();
    Ok(run.report)
}

fn names(reply: &Value) -> Vec<String> {
    match reply {
        Value::Map(pairs) => pairs.iter().filter_map(|(name, _)| name.to_text()).collect(),
        other => {
            let items = other.as_slice().unwrap_or_default();
            items.iter().step_by(2).filter_map(Value::to_text).collect()
        }
    }
}

struct Run<'a> {
    pair: Pair,
    draw: Draw,
    plan: &'a Plan,
    report: Report,
    names: BTreeSet<String>,
    /// What a transaction has queued.
    queue: Option<Vec<Drawn>>,
    checks: usize,
}

impl Run<'_> {
    fn differ(&mut self, what: &'static str, command: String, [real, ours]: [String; 2]) {
        let same = real.bytes().zip(ours.bytes()).take_while(|(a, b)| a == b).count();
        let from = if same > 300 { same - 100 } else { 0 };
        let cut = |text: String| text.chars().skip(from).take(500).collect();
        let seed = (self.plan.mode, self.plan.seed);
        let (at, real, ours) = (self.report.asked, cut(real), cut(ours));
        self.report.differences.push(Difference { seed, at, what, command, real, ours });
    }

    fn step(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Ask(drawn) => self.ask(&drawn),
            Step::Sleep(milliseconds) => {
                std::thread::sleep(std::time::Duration::from_millis(milliseconds));
                Ok(())
            }
            Step::Talk(bytes) => {
                let mut said = Vec::new();
                for side in &self.pair.0 {
                    let said_here = text(&side.masked(&whole_talk(side.port, &bytes)?));
                    said.push(CONNECTION.replace_all(&said_here, "id").into_owned());
                }
                if let [real, ours] = &said[..]
                    && real != ours
                {
                    self.differ("a talk", text(&bytes), [real.clone(), ours.clone()]);
                }
                Ok(())
            }
            Step::Exchange(key) => self.exchange(&key),
            Step::Check => self.check(),
        }
    }

    fn ask(&mut self, drawn: &Drawn) -> Result<()> {
        let Drawn { name, words } = drawn;
        self.report.asked += 1;
        self.names.insert(name.clone());
        let answers = match self.pair.ask(words) {
            Ok(answers) => answers,
            Err(error) => return Err(error.context(show(words))),
        };
        self.compare(drawn, &answers);
        let [Answer::Said(real), Answer::Said(_)] = &answers else {
            for (side, answer) in self.pair.0.iter_mut().zip(&answers) {
                if *answer == Answer::Closed && side.link.ask(&["PING"]).is_err() {
                    let log = side.log();
                    let end: Vec<&str> = log.lines().rev().take(6).collect();
                    anyhow::ensure!(!log.contains("panicked"), "{}\n{end:?}", show(words));
                }
            }
            self.queue = None;
            return self.pair.reconnect();
        };
        self.report.errors += usize::from(matches!(real.value, Value::Error(_)));
        let queued = real.value == Value::Simple(b"QUEUED".to_vec());
        match (name.as_str(), &mut self.queue) {
            ("MULTI", None) if real.value == Value::Simple(b"OK".to_vec()) => {
                self.queue = Some(Vec::new());
            }
            (_, Some(queue)) if queued => queue.push(drawn.clone()),
            ("EXEC" | "DISCARD" | "RESET", Some(_))
                if real.value.as_error().is_none_or(|e| !e.contains("wrong number")) =>
            {
                let mut touched = self.queue.take().unwrap_or_default();
                touched.push(drawn.clone());
                for drawn in &touched {
                    self.after(drawn)?;
                }
            }
            (_, None) => self.after(drawn)?,
            _ => {}
        }
        Ok(())
    }

    /// A random member leaves the key behind in two states; then the keys are compared.
    fn after(&mut self, drawn: &Drawn) -> Result<()> {
        let known = self.draw.all_keys();
        let keys: BTreeSet<&Word> = drawn.words.iter().filter(|w| known.contains(w)).collect();
        if drawn.name == "SPOP" {
            for key in keys {
                self.pair.ask(&[b"DEL".to_vec(), key.clone()])?;
            }
            return Ok(());
        }
        for key in keys {
            self.key(&show(&drawn.words), key)?;
        }
        Ok(())
    }

    fn key(&mut self, command: &str, key: &Word) -> Result<()> {
        let mut states = [String::new(), String::new()];
        for question in [&["OBJECT", "ENCODING"][..], &["DEBUG", "DIGEST-VALUE"]] {
            let mut words: Vec<Word> = question.iter().map(|w| w.as_bytes().to_vec()).collect();
            words.push(key.clone());
            let answers = self.pair.ask(&words)?;
            let silent = answers.iter().all(|answer| match answer {
                Answer::Said(said) => matches!(said.value, Value::Error(_)),
                _ => true,
            });
            if silent {
                return Ok(());
            }
            for (state, answer) in states.iter_mut().zip(&answers) {
                state.push_str(&shown(answer));
                state.push(' ');
            }
        }
        if states[0] != states[1] {
            for state in &mut states {
                state.push_str(&format!("(key {})", text(key)));
            }
            self.differ("the value or its encoding", command.to_owned(), states);
            self.pair.ask(&[b"DEL".to_vec(), key.clone()])?;
        }
        Ok(())
    }

    fn compare(&mut self, drawn: &Drawn, answers: &[Answer; 2]) {
        let right = match answers {
            [Answer::Said(real), Answer::Said(ours)] if real.bytes == ours.bytes => true,
            [Answer::Said(real), Answer::Said(ours)] => self.may_differ(drawn, real, ours),
            [real, ours] => real == ours,
        };
        if !right {
            let sides = [shown(&answers[0]), shown(&answers[1])];
            self.differ("the answer", show(&drawn.words), sides);
        }
    }

    fn may_differ(&self, drawn: &Drawn, real: &Said, ours: &Said) -> bool {
        // Equal values, other bytes: another kind of nil.
        if real.value == ours.value {
            return false;
        }
        let (Value::Array(real), Value::Array(ours)) = (&real.value, &ours.value) else {
            return agree(&drawn.name, &drawn.words, &real.value, &ours.value);
        };
        let queue = self.queue.as_deref().unwrap_or_default();
        if drawn.name == "EXEC" && real.len() == ours.len() && real.len() == queue.len() {
            let mut items = queue.iter().zip(real.iter().zip(ours));
            return items
                .all(|(of, (real, ours))| real == ours || agree(&of.name, &of.words, real, ours));
        }
        let (real, ours) = (Value::Array(real.clone()), Value::Array(ours.clone()));
        agree(&drawn.name, &drawn.words, &real, &ours)
    }

    fn exchange(&mut self, key: &Word) -> Result<()> {
        let dumps = self.pair.ask(&[b"DUMP".to_vec(), key.clone()])?;
        let dumps = dumps.map(|answer| match answer {
            Answer::Said(said) => said.value.as_bytes().map(<[u8]>::to_vec),
            _ => None,
        });
        let [Some(real), Some(ours)] = dumps else { return Ok(()) };
        let copy = [self.draw.tag.as_bytes(), b"copy"].concat();
        for (side, dump) in self.pair.0.iter_mut().zip([ours, real]) {
            let head = [b"RESTORE".to_vec(), copy.clone(), b"0".to_vec()];
            side.link.send(&[&head[..], &[dump, b"REPLACE".to_vec()]].concat())?;
        }
        let [real, ours] = &mut self.pair.0;
        let answers = [real.answer()?, ours.answer()?];
        let command = format!("RESTORE the other's {}", text(key));
        if answers[0] != answers[1] {
            self.differ("the answer", command.clone(), [shown(&answers[0]), shown(&answers[1])]);
        }
        self.key(&command, &copy)
    }

    /// Everything that is not seen after each command.
    fn check(&mut self) -> Result<()> {
        self.queue = None;
        self.checks += 1;
        self.pair.reset()?;
        let pushes: Vec<Vec<String>> = self
            .pair
            .0
            .iter_mut()
            .map(|side| {
                let mut pushes: Vec<String> =
                    side.link.pushes.drain(..).map(|p| text(&p)).collect();
                pushes.sort_unstable();
                pushes
            })
            .collect();
        if let [real, ours] = &pushes[..]
            && real != ours
        {
            self.differ(
                "pushes",
                "(since the last check)".into(),
                [real.join(" "), ours.join(" ")],
            );
        }
        if let Some(sides) = events::part(&mut self.pair, self.checks)? {
            self.differ("events", "(since the last check)".into(), sides);
        }
        let [real, ours] = self.pair.both(&["DEBUG", "DIGEST"])?;
        if real != ours {
            let before = self.report.differences.len();
            for key in self.draw.all_keys() {
                self.key("(since the last check)", &key)?;
            }
            if self.report.differences.len() == before {
                let sides = [format!("{real:?}"), format!("{ours:?}")];
                self.differ("DEBUG DIGEST", "(since the last check)".into(), sides);
            }
            self.pair.both(&["FLUSHALL"]).context("FLUSHALL")?;
        }
        Ok(())
    }
}

fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Said(said) => text(&said.bytes),
        Answer::Closed => "closes the connection".into(),
        Answer::Waits => "waits".into(),
    }
}
