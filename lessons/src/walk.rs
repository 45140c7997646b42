//! Walking through a lesson as its solutions and counter-solutions do.

use std::collections::{BTreeMap, BTreeSet};

use engine::shell::script::{Failure, Runner};

use crate::check::Verdict;
use crate::format::{Lesson, Script, Step, StepKind};
use crate::scenario::Worlds;
use crate::session::{Session, Standing};

/// How often the lesson looks at the world while a script waits, in virtual milliseconds.
const LOOK_EVERY_MS: u64 = 100;

/// What came of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The script's id.
    pub script: String,
    /// What is wrong with it, or with the lesson.
    pub problem: Option<String>,
}

/// Walks every script of a lesson, and looks whether its beginning solves nothing.
#[must_use]
pub fn all(worlds: &mut Worlds, lesson: &Lesson, seed: u64) -> Vec<Report> {
    let beginning = Report { script: "beginning".into(), problem: beginning(worlds, lesson, seed) };
    let scripts = lesson.solutions.iter().chain(&lesson.counters);
    let walked = scripts.map(|script| Report {
        script: script.id.clone(),
        problem: problem(worlds, lesson, script, seed),
    });
    std::iter::once(beginning).chain(walked).collect()
}

/// No step that asks for something may be done before the learner came.
fn beginning(worlds: &mut Worlds, lesson: &Lesson, seed: u64) -> Option<String> {
    let runner = match worlds.begin(&lesson.start, seed) {
        Ok(runner) => runner,
        Err(failure) => return Some(failure.to_string()),
    };
    let session = runner.console().with_world(|world| Session::new(lesson, world));
    let met = |path: &str| session.verdict(path) == Some(Verdict::Met);
    let done =
        lesson.steps.iter().filter(|s| !s.checks.is_empty()).find(|step| {
            step.checks.iter().all(|check| met(&format!("{}.{}", step.id, check.id)))
        })?;
    Some(format!("{} is met in the beginning", done.id))
}

/// What is wrong with a script: a solution must solve the lesson, a counter-solution must leave
/// its check unmet.
#[must_use]
pub fn problem(worlds: &mut Worlds, lesson: &Lesson, script: &Script, seed: u64) -> Option<String> {
    let (session, printed) = match run_in(worlds, lesson, script, seed) {
        Ok(done) => done,
        Err(failure) => return Some(failure.to_string()),
    };
    match &script.fails {
        None if session.standing() == Standing::Solved => None,
        None => Some(format!(
            "it should solve the lesson, but {} is not done: {}\n{printed}",
            session.step().unwrap_or("nothing"),
            unmet(&session),
        )),
        Some(_) if session.standing() != Standing::Open => {
            Some("it should fail, but it solves the lesson".into())
        }
        Some(path) => {
            let step = path.split('.').next().unwrap_or(path);
            if session.step() != Some(step) {
                return Some(format!(
                    "it should come as far as {step}, but stands at {:?}: {}\n{printed}",
                    session.step(),
                    unmet(&session),
                ));
            }
            (session.verdict(path) == Some(Verdict::Met))
                .then(|| format!("{path} should not be met\n{printed}"))
        }
    }
}

/// Which steps are done in one way only: whatever solution is walked, the same lines are typed in them.
#[must_use]
pub fn done_in_one_way(worlds: &mut Worlds, lesson: &Lesson, seed: u64) -> BTreeSet<String> {
    let mut ways: BTreeMap<&str, BTreeSet<Vec<String>>> = BTreeMap::new();
    for script in &lesson.solutions {
        let Ok(typed) = typed_in_steps(worlds, lesson, script, seed) else { continue };
        for step in &lesson.steps {
            let lines = typed.get(&step.id).cloned().unwrap_or_default();
            ways.entry(&step.id).or_default().insert(lines);
        }
    }
    let does = |s: &&Step| matches!(s.kind, StepKind::Do | StepKind::Break);
    let once = |s: &&Step| ways.get(s.id.as_str()).is_none_or(|ways| ways.len() < 2);
    lesson.steps.iter().filter(does).filter(once).map(|s| s.id.clone()).collect()
}

/// What a script types in each step, and where; waiting is no way of doing something.
fn typed_in_steps(
    worlds: &mut Worlds,
    lesson: &Lesson,
    script: &Script,
    seed: u64,
) -> Result<BTreeMap<String, Vec<String>>, String> {
    let mut walker = Walker::new(worlds, lesson, seed).map_err(|failure| failure.to_string())?;
    let mut typed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut host = "db01";
    let lines: Vec<&str> = script.lines.lines().collect();
    for (i, line) in lines.iter().enumerate() {
        host = line.strip_prefix("@host ").unwrap_or(host);
        let counts = !line.starts_with('@') || line.starts_with("@set ");
        if let Some(step) = walker.session.step().filter(|_| counts) {
            typed.entry(step.to_owned()).or_default().push(format!("{host}: {line}"));
        }
        walker.line(line, lines.get(i + 1).copied(), &mut |_| {})?;
    }
    Ok(typed)
}

/// The words of what the current step still wants.
fn unmet(session: &Session) -> String {
    let view = session.view("en");
    let checks = view.steps.get(view.current).map(|step| step.checks.as_slice());
    let open = checks.unwrap_or_default().iter().filter(|c| c.verdict != Verdict::Met);
    open.map(|c| c.words.as_str()).collect::<Vec<_>>().join(" ")
}

/// Runs a script in a fresh world: the session at its end, and what the console showed.
///
/// # Errors
/// The line that failed.
pub fn run(lesson: &Lesson, script: &Script, seed: u64) -> Result<(Session, String), Failure> {
    run_in(&mut Worlds::default(), lesson, script, seed)
}

fn run_in(
    worlds: &mut Worlds,
    lesson: &Lesson,
    script: &Script,
    seed: u64,
) -> Result<(Session, String), Failure> {
    let mut walker = Walker::new(worlds, lesson, seed)?;
    let mut printed = String::new();
    let lines: Vec<&str> = script.lines.lines().collect();
    for (i, line) in lines.iter().enumerate() {
        let next = lines.get(i + 1).copied();
        walker.line(line, next, &mut |text| printed.push_str(text)).map_err(|why| Failure {
            line: i + 1,
            text: (*line).to_owned(),
            why,
        })?;
    }
    Ok((walker.session, printed))
}

/// A learner without a page: types lines, reads, chooses.
pub struct Walker {
    runner: Runner,
    /// Where the learner stands.
    pub session: Session,
}

impl Walker {
    /// At the beginning of a lesson.
    ///
    /// # Errors
    /// The line of the setup that failed.
    pub fn new(worlds: &mut Worlds, lesson: &Lesson, seed: u64) -> Result<Self, Failure> {
        let runner = worlds.begin(&lesson.start, seed)?;
        let session = runner.console().with_world(|world| Session::new(lesson, world));
        Ok(Self { runner, session })
    }

    /// Does what a line of a script says; `next` is the one behind it, if it is known.
    ///
    /// # Errors
    /// Why it failed.
    pub fn line(
        &mut self,
        line: &str,
        next: Option<&str>,
        print: &mut dyn FnMut(&str),
    ) -> Result<(), String> {
        if let Some(choice) = line.strip_prefix("@choose ") {
            self.session.choose(choice.trim());
        } else if line.trim() == "@next" {
            self.session.go_on();
        } else if let Some(seconds) = line.strip_prefix("@wait ").and_then(whole_seconds) {
            // In small portions, as a page would look on.
            let portion = format!("@wait {LOOK_EVERY_MS}ms");
            for _ in 0..seconds * 1000 / LOOK_EVERY_MS {
                self.runner.line(&portion, None, print)?;
                self.observe();
            }
        } else {
            self.runner.line(line, next, print)?;
        }
        self.observe();
        Ok(())
    }

    fn observe(&mut self) {
        let session = &mut self.session;
        self.runner.console().with_world(|world| session.observe(world));
    }
}

fn whole_seconds(text: &str) -> Option<u64> {
    text.trim().strip_suffix('s')?.parse().ok()
}
