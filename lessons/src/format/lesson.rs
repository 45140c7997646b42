//! A lesson, read and checked.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::error::ContentError;
use super::read;
use super::text::Texts;
use crate::check::{Check, Pattern};

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
    /// Six nodes that know each other, without slots and replicas.
    Met,
    /// Six nodes that do not know each other.
    Started,
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
    /// Further lines, of which the seed chooses one: a challenge is another one every time.
    pub variants: Vec<String>,
}

impl Start {
    /// The lines for a seed.
    #[must_use]
    pub fn lines(&self, seed: u64) -> String {
        let count = u64::try_from(self.variants.len()).unwrap_or(1).max(1);
        let place = usize::try_from(seed % count).unwrap_or(0);
        let variant = self.variants.get(place).map_or("", String::as_str);
        format!("{}\n{variant}", self.script)
    }
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
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
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
    /// Rules of the cluster that it shows: ids of `docs/rules.md`.
    pub rules: Vec<String>,
    /// Commands that are new in it, three at most.
    pub commands: Vec<String>,
    /// Questions of earlier lessons that are asked again first: `LESSON.STEP`.
    pub recall: Vec<String>,
    /// The guided lesson whose challenge this is.
    pub challenge_of: Option<String>,
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
        read::lesson(Some(folder), skeleton, texts)
    }

    /// What a learner needs of it: without the ways through it that are there to be tested.
    #[must_use]
    pub fn for_learners(&self) -> Self {
        let mut lesson = self.clone();
        lesson.solutions.truncate(1);
        lesson.counters.clear();
        lesson
    }

    /// The words in a language, or in English.
    #[must_use]
    pub fn words(&self, language: &str) -> Option<&Texts> {
        self.texts.get(language).or_else(|| self.texts.get("en"))
    }

    /// The blanks that the words of a check may have.
    #[must_use]
    pub fn blanks<'a>(&'a self, check: &'a Check) -> Vec<&'a str> {
        let mut names = check.blanks();
        names.extend(self.bindings.keys().map(String::as_str));
        names
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
