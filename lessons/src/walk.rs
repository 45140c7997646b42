//! Walking through a lesson as its solutions and counter-solutions do.

use engine::shell::script::{Failure, Runner};

use crate::check::Verdict;
use crate::format::{Lesson, Script};
use crate::scenario;
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

/// Walks every script of a lesson.
#[must_use]
pub fn all(lesson: &Lesson, seed: u64) -> Vec<Report> {
    let judged = |script: &Script| Report {
        script: script.id.clone(),
        problem: problem(lesson, script, seed),
    };
    lesson.solutions.iter().chain(&lesson.counters).map(judged).collect()
}

/// What is wrong with a script: a solution must solve the lesson, a counter-solution must leave
/// its check unmet.
#[must_use]
pub fn problem(lesson: &Lesson, script: &Script, seed: u64) -> Option<String> {
    let (session, printed) = match run(lesson, script, seed) {
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
    let mut runner = scenario::begin(&lesson.start, seed)?;
    let mut session = runner.console().with_world(|world| Session::new(lesson, world));
    let mut printed = String::new();
    for (i, line) in script.lines.lines().enumerate() {
        let mut type_line = |runner: &mut Runner, line: &str| {
            runner.line(line, None, &mut |text| printed.push_str(text)).map_err(|why| Failure {
                line: i + 1,
                text: line.to_owned(),
                why,
            })
        };
        if let Some(choice) = line.strip_prefix("@choose ") {
            session.choose(choice.trim());
        } else if line.trim() == "@next" {
            session.go_on();
        } else if let Some(seconds) = line.strip_prefix("@wait ").and_then(whole_seconds) {
            // In small portions, as a page would look on.
            for _ in 0..seconds * 1000 / LOOK_EVERY_MS {
                type_line(&mut runner, &format!("@wait {LOOK_EVERY_MS}ms"))?;
                runner.console().with_world(|world| session.observe(world));
            }
        } else {
            type_line(&mut runner, line)?;
        }
        runner.console().with_world(|world| session.observe(world));
    }
    Ok((session, printed))
}

fn whole_seconds(text: &str) -> Option<u64> {
    text.trim().strip_suffix('s')?.parse().ok()
}
