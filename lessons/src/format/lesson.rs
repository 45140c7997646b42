//! A lesson, read and checked.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use super::error::{ContentError, from_toml, line_of};
use super::raw::{RawCheck, RawLesson, RawScript, RawStep};
use super::text::Texts;
use crate::check::{Check, Pattern, When};

/// The version of the format that this reader knows.
pub(crate) const FORMAT: u32 = 1;

/// For whom a lesson is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Knows one Redis.
    Beginner,
    /// Knows what a slot is.
    Intermediate,
    /// Has run a cluster.
    Advanced,
}

/// The world in which a lesson begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// Three hosts, six nodes, formed and alive.
    Formed,
    /// Three hosts with nothing on them.
    Bare,
}

/// How a lesson begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The world.
    pub scenario: Scenario,
    /// Its seed.
    pub seed: u64,
    /// Lines of the headless door that are run before the learner comes.
    pub script: String,
}

/// What the learner does in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Reads.
    Read,
    /// Says what will happen, before it happens.
    Predict,
    /// Does something in the console.
    Do,
    /// Breaks something.
    Break,
    /// Watches what follows.
    Observe,
    /// Answers a question.
    Quiz,
    /// Sums up.
    Explain,
    /// Plays.
    Free,
}

/// One answer to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its id; its words are the messages `STEP.ID` and `STEP.ID.why`.
    pub id: String,
    /// The misconception that it shows (`research/teaching.md`, section 7).
    pub misconception: Option<u32>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its id; its words are the messages `STEP.title` and `STEP`.
    pub id: String,
    /// What the learner does.
    pub kind: StepKind,
    /// How many hints there are: the messages `STEP.hint1`, …
    pub hints: usize,
    /// Answers to choose, for predict and quiz.
    pub choices: Vec<Choice>,
    /// The id of the right one.
    pub answer: Option<String>,
    /// What must be so before the step is done; the words of each are the messages
    /// `STEP.CHECK.pending`, `.met` and, where it can be violated, `.violated`.
    pub checks: Vec<Check>,
}

/// A way through the lesson, as lines of the headless door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its id.
    pub id: String,
    /// For a counter-solution: what must stay unmet, `STEP.CHECK` or `STEP`.
    pub fails: Option<String>,
    /// The lines.
    pub lines: String,
}

/// One lesson.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// Its id, the name of its folder.
    pub id: String,
    /// How long it takes.
    pub minutes: u32,
    /// For whom.
    pub level: Level,
    /// Ids of lessons that come before.
    pub prerequisites: Vec<String>,
    /// What the learner can do afterwards: message ids.
    pub objectives: Vec<String>,
    /// Misconceptions addressed, by number.
    pub misconceptions: Vec<u32>,
    /// Where it is from: titles and addresses.
    pub sources: Vec<String>,
    /// How it begins.
    pub start: Start,
    /// Names for nodes: the node at which such an event first happened.
    pub bindings: BTreeMap<String, Pattern>,
    /// Its steps.
    pub steps: Vec<Step>,
    /// Ways through it that must pass.
    pub solutions: Vec<Script>,
    /// Wrong ways that must fail.
    pub counters: Vec<Script>,
    /// Its words, by language.
    pub texts: BTreeMap<String, Texts>,
}

impl Lesson {
    /// Reads a lesson from its skeleton and its text files (language, text).
    ///
    /// # Errors
    /// The first mistake, with its place and its remedy.
    pub fn parse(
        folder: &str,
        skeleton: &str,
        texts: &[(&str, &str)],
    ) -> Result<Self, ContentError> {
        let file = format!("{folder}/lesson.toml");
        let raw: RawLesson =
            toml::from_str(skeleton).map_err(|e| from_toml(&file, skeleton, 1, &e))?;
        let reader = Reader { file: &file, skeleton };
        let mut lesson = reader.lesson(folder, raw)?;
        for (language, text) in texts {
            let name = format!("{folder}/{language}.md");
            let texts = Texts::parse(&name, language, text)?;
            texts.expect_ids(&name, &lesson.message_ids())?;
            lesson.texts.insert((*language).to_owned(), texts);
        }
        Ok(lesson)
    }

    /// The words in a language, or in English.
    #[must_use]
    pub fn words(&self, language: &str) -> Option<&Texts> {
        self.texts.get(language).or_else(|| self.texts.get("en"))
    }

    /// Every message that a text file must have.
    #[must_use]
    pub fn message_ids(&self) -> BTreeSet<String> {
        let mut ids: BTreeSet<String> = ["summary", "debrief"].map(str::to_owned).into();
        ids.extend(self.objectives.iter().cloned());
        for step in &self.steps {
            let id = &step.id;
            ids.insert(id.clone());
            ids.insert(format!("{id}.title"));
            ids.extend((1..=step.hints).map(|n| format!("{id}.hint{n}")));
            for choice in &step.choices {
                ids.insert(format!("{id}.{}", choice.id));
                ids.insert(format!("{id}.{}.why", choice.id));
            }
            for check in &step.checks {
                ids.insert(format!("{id}.{}.pending", check.id));
                ids.insert(format!("{id}.{}.met", check.id));
                if check.can_be_violated() {
                    ids.insert(format!("{id}.{}.violated", check.id));
                }
            }
        }
        ids
    }
}

struct Reader<'a> {
    file: &'a str,
    skeleton: &'a str,
}

impl Reader<'_> {
    fn error(&self, at: usize, problem: String, remedy: &str) -> ContentError {
        ContentError::new(self.file, line_of(self.skeleton, at), problem, remedy)
    }

    fn lesson(&self, folder: &str, raw: RawLesson) -> Result<Lesson, ContentError> {
        let format = *raw.format.get_ref();
        if format != FORMAT {
            return Err(self.error(
                raw.format.span().start,
                format!("format {format} is unknown here"),
                "write format = 1",
            ));
        }
        if raw.id.get_ref() != folder {
            return Err(self.error(
                raw.id.span().start,
                format!("the id is {:?}, the folder is {folder:?}", raw.id.get_ref()),
                "give both the same name",
            ));
        }
        for (name, pattern) in &raw.bind {
            self.pattern(0, pattern, &format!("bind.{name}"))?;
        }
        let mut seen = BTreeSet::new();
        let mut steps = Vec::new();
        for step in raw.step {
            let at = step.span().start;
            if !seen.insert(step.get_ref().id.clone()) {
                let problem = format!("there are two steps {:?}", step.get_ref().id);
                return Err(self.error(at, problem, "give each its own id"));
            }
            steps.push(self.step(at, step.into_inner())?);
        }
        if raw.solution.is_empty() {
            return Err(self.error(
                self.skeleton.len(),
                "there is no solution".into(),
                "write [[solution]] with id and script: a lesson that nobody solved is no lesson",
            ));
        }
        let lesson = Lesson {
            id: raw.id.into_inner(),
            minutes: raw.minutes,
            level: raw.level,
            prerequisites: raw.prerequisites,
            objectives: raw.objectives,
            misconceptions: raw.misconceptions,
            sources: raw.sources,
            start: Start {
                scenario: raw.start.scenario,
                seed: raw.start.seed,
                script: raw.start.script,
            },
            bindings: raw.bind,
            steps,
            solutions: Vec::new(),
            counters: Vec::new(),
            texts: BTreeMap::new(),
        };
        self.scripts(lesson, raw.solution, raw.counter)
    }

    fn scripts(
        &self,
        mut lesson: Lesson,
        solutions: Vec<Spanned<RawScript>>,
        counters: Vec<Spanned<RawScript>>,
    ) -> Result<Lesson, ContentError> {
        for (scripts, is_counter) in [(solutions, false), (counters, true)] {
            for script in scripts {
                let at = script.span().start;
                let RawScript { id, fails, script: lines } = script.into_inner();
                if let Some(target) = &fails
                    && !lesson.steps.iter().any(|s| {
                        s.id == *target
                            || s.checks.iter().any(|c| format!("{}.{}", s.id, c.id) == *target)
                    })
                {
                    let problem = format!("{target:?} names no step and no check");
                    return Err(self.error(
                        at,
                        problem,
                        "write fails = \"STEP.CHECK\" or \"STEP\"",
                    ));
                }
                if is_counter != fails.is_some() {
                    return Err(self.error(
                        at,
                        format!("script {id:?}"),
                        "write fails = \"STEP.CHECK\" in every [[counter]] and in no [[solution]]",
                    ));
                }
                let script = Script { id, fails, lines };
                if is_counter {
                    lesson.counters.push(script);
                } else {
                    lesson.solutions.push(script);
                }
            }
        }
        Ok(lesson)
    }

    fn step(&self, at: usize, raw: RawStep) -> Result<Step, ContentError> {
        let asks = matches!(raw.kind, StepKind::Predict | StepKind::Quiz);
        let answered = raw.answer.as_ref().is_some_and(|a| raw.choices.iter().any(|c| c.id == *a));
        if asks != answered || asks == raw.choices.is_empty() {
            return Err(self.error(
                at,
                format!("step {:?} asks without answers, or answers without being asked", raw.id),
                "give predict and quiz steps choices = [{ id = … }, …] and answer = \"ID\", and \
                 no other step",
            ));
        }
        let acts = matches!(raw.kind, StepKind::Do | StepKind::Break | StepKind::Observe);
        if acts && raw.check.is_empty() {
            return Err(self.error(
                at,
                format!("step {:?} cannot be finished", raw.id),
                "write at least one [[step.check]] for do, break and observe",
            ));
        }
        let mut checks = Vec::new();
        for check in raw.check {
            checks.push(self.check(check.span().start, check.into_inner())?);
        }
        let choices = raw
            .choices
            .into_iter()
            .map(|c| Choice { id: c.id, misconception: c.misconception })
            .collect();
        Ok(Step {
            id: raw.id,
            kind: raw.kind,
            hints: raw.hints,
            choices,
            answer: raw.answer,
            checks,
        })
    }

    fn check(&self, at: usize, raw: RawCheck) -> Result<Check, ContentError> {
        let id = raw.id;
        for pattern in [&raw.never, &raw.happens, &raw.since].into_iter().flatten() {
            self.pattern(at, pattern, &id)?;
        }
        let count = (raw.exactly, raw.at_least, raw.at_most);
        let when = match (raw.eventually, raw.holds, raw.always, raw.never, raw.happens) {
            (Some(fact), None, None, None, None) => When::Eventually(fact),
            (None, Some(fact), None, None, None) => When::Holds(fact),
            (None, None, Some(fact), None, None) => When::Always(fact),
            (None, None, None, Some(pattern), None) => {
                When::Happens { pattern, at_least: 0, at_most: Some(0) }
            }
            (None, None, None, None, Some(pattern)) => {
                let (at_least, at_most) = match count {
                    (Some(n), None, None) => (n, Some(n)),
                    (None, None, None) => (1, None),
                    (None, least, most) => (least.unwrap_or(0), most),
                    _ => (1, Some(0)),
                };
                if at_most.is_some_and(|most| most < at_least) {
                    let problem = format!("check {id:?} counts to nothing possible");
                    return Err(self.error(
                        at,
                        problem,
                        "write exactly = N, or at-least = N and at-most = M",
                    ));
                }
                When::Happens { pattern, at_least, at_most }
            }
            _ => {
                return Err(self.error(
                    at,
                    format!("check {id:?} has no time, or several"),
                    "write exactly one of eventually, holds, always (with a fact), never, happens \
                     (with an event)",
                ));
            }
        };
        let within_ms = raw.within_seconds.map(|s| s.saturating_mul(1000));
        Ok(Check { id, when, within_ms, since: raw.since })
    }

    fn pattern(&self, at: usize, pattern: &Pattern, owner: &str) -> Result<(), ContentError> {
        pattern
            .validate()
            .map_err(|(problem, remedy)| self.error(at, format!("{owner}: {problem}"), &remedy))
    }
}
