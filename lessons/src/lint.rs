//! What must be so of a course beyond what each lesson's reader asks for.

use std::collections::{BTreeMap, BTreeSet};

use crate::course::Course;
use crate::format::{ContentError, Lesson, StepKind};

/// The misconceptions, number and words a line.
const MISCONCEPTIONS: &str = include_str!("../content/misconceptions.txt");
/// Every lesson speaks these.
const LANGUAGES: [&str; 2] = ["en", "zh-CN"];
/// No lesson takes longer.
const MINUTES_MAX: u32 = 10;

/// Number and words of every misconception.
pub fn misconceptions() -> impl Iterator<Item = (u32, &'static str)> {
    MISCONCEPTIONS.lines().filter_map(|line| {
        let (number, words) = line.split_once(' ')?;
        Some((number.parse().ok()?, words))
    })
}

/// Why a step can be done in one way only: `LESSON.STEP` and the reason, a line each.
const ONE_WAY: &str = include_str!("../content/one-way.txt");

/// Why there is one way only to do a step; `None` where another is wanted.
#[must_use]
pub fn only_way(lesson: &str, step: &str) -> Option<&'static str> {
    ONE_WAY.lines().find_map(|line| {
        let (path, reason) = line.split_once(' ')?;
        (path.split_once('.') == Some((lesson, step))).then_some(reason)
    })
}

/// Which lessons meet which misconception.
#[must_use]
pub fn coverage(course: &Course) -> BTreeMap<u32, Vec<&str>> {
    let mut table: BTreeMap<u32, Vec<&str>> =
        misconceptions().map(|(number, _)| (number, Vec::new())).collect();
    for lesson in &course.lessons {
        for number in &lesson.misconceptions {
            table.entry(*number).or_default().push(&lesson.id);
        }
    }
    table
}

/// The anchors of `docs/rules.md`: `## ID …`, `<a id="ID">` or `**ID**` at the beginning of a line.
#[must_use]
pub fn rule_ids(rules: &str) -> BTreeSet<String> {
    let word = |text: &str| {
        let id: String = text
            .trim_start()
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
            .collect();
        id.trim_end_matches('.').to_owned()
    };
    let mut ids = BTreeSet::new();
    for line in rules.lines() {
        let mut rest = line;
        while let Some((_, after)) = rest.split_once("<a id=\"") {
            ids.insert(word(after));
            rest = after;
        }
        let bare = line.trim_start_matches(['#', '|', '*', '-', '`', ' ']);
        if bare.len() < line.len() {
            ids.insert(word(bare));
        }
    }
    ids.remove("");
    ids
}

/// Everything that is wrong. `rules` are the ids of the rule index, when it is there.
#[must_use]
pub fn mistakes(course: &Course, rules: Option<&BTreeSet<String>>) -> Vec<ContentError> {
    let mut out = Vec::new();
    for (place, lesson) in course.lessons.iter().enumerate() {
        let earlier = course.lessons.get(..place).unwrap_or_default();
        let mut say = |problem: String, remedy: &str| {
            out.push(ContentError::new(&format!("{}/lesson.toml", lesson.id), 1, problem, remedy));
        };
        shape(lesson, &mut say);
        references(lesson, earlier, &mut say);
        if let Some(rules) = rules {
            for rule in lesson.rules.iter().filter(|r| !rules.contains(*r)) {
                say(format!("there is no rule {rule:?}"), "name an id of docs/rules.md in rules");
            }
        }
        hints(lesson, &mut out);
    }
    out
}

type Say<'a> = &'a mut dyn FnMut(String, &str);

fn shape(lesson: &Lesson, say: Say<'_>) {
    for language in LANGUAGES.iter().filter(|l| !lesson.texts.contains_key(**l)) {
        say(format!("there is no {language}.md"), "write it: every lesson speaks every language");
    }
    if lesson.minutes > MINUTES_MAX {
        say(format!("{} minutes", lesson.minutes), "split it: ten minutes at most");
    }
    let acts = lesson.steps.iter().any(|s| matches!(s.kind, StepKind::Do | StepKind::Break));
    if acts && lesson.solutions.len() < 2 {
        say(
            "there is one right way only".to_owned(),
            "write a second [[solution]] that goes another way: no right answer is refused",
        );
    }
    if lesson.counters.is_empty() {
        say("there is no wrong way".to_owned(), "write a [[counter]] with fails = \"STEP.CHECK\"");
    }
    let predicts = lesson.steps.iter().any(|s| s.kind == StepKind::Predict);
    if lesson.challenge_of.is_none() && !predicts {
        say("nothing is predicted".to_owned(), "add a step of kind = \"predict\"");
    }
    if lesson.challenge_of.is_none() && lesson.rules.is_empty() {
        say("no rule stands behind it".to_owned(), "name ids of docs/rules.md in rules");
    }
    if lesson.challenge_of.is_some() && lesson.start.variants.len() < 2 {
        say(
            "the challenge is always the same".to_owned(),
            "write variants = [\"…\", \"…\"] in [start]",
        );
    }
}

fn references(lesson: &Lesson, earlier: &[Lesson], say: Say<'_>) {
    for id in lesson.prerequisites.iter().filter(|id| !earlier.iter().any(|l| l.id == **id)) {
        say(
            format!("no earlier lesson is called {id:?}"),
            "name lessons that come before in prerequisites",
        );
    }
    for path in &lesson.recall {
        let question = path.split_once('.').and_then(|(id, step)| {
            earlier.iter().find(|l| l.id == id)?.steps.iter().find(|s| s.id == step)
        });
        if question.is_none_or(|step| step.choices.is_empty()) {
            say(
                format!("{path:?} is no question of an earlier lesson"),
                "write LESSON.STEP of a predict or quiz step in recall",
            );
        }
    }
    let numbers: BTreeSet<u32> = misconceptions().map(|(number, _)| number).collect();
    let chosen = lesson.steps.iter().flat_map(|s| &s.choices).filter_map(|c| c.misconception);
    for number in lesson.misconceptions.iter().copied().chain(chosen) {
        if !numbers.contains(&number) {
            say(
                format!("there is no misconception {number}"),
                "write a number of content/misconceptions.txt",
            );
        }
    }
}

/// Hints lead there, they do not hand over the solution: none but the last may be a whole line of
/// one.
fn hints(lesson: &Lesson, out: &mut Vec<ContentError>) {
    const WHOLE: usize = 16;
    let lines: BTreeSet<&str> = lesson
        .solutions
        .iter()
        .flat_map(|s| s.lines.lines())
        .map(str::trim)
        .filter(|line| line.len() >= WHOLE && !line.starts_with('@'))
        .collect();
    for (language, texts) in &lesson.texts {
        for step in &lesson.steps {
            for n in 1..step.hints {
                let id = format!("{}.hint{n}", step.id);
                let words = texts.line(&id);
                if let Some(line) = lines.iter().find(|line| words.contains(**line)) {
                    out.push(ContentError::new(
                        &format!("{}/{language}.md", lesson.id),
                        texts.line_number(&id),
                        format!("the hint holds a line of a solution: {line}"),
                        "say where to look, then which idea; a command belongs into the last hint",
                    ));
                }
            }
        }
    }
}
