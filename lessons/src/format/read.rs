//! Reads a lesson's skeleton; every mistake has its place and its remedy.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::error::{ContentError, from_toml, line_of};
use super::head::{is_id, version};
use super::lesson::{Choice, Lesson, Script, Start, Step, StepKind};
use super::raw::{RawCheck, RawLesson, RawScript, RawStep};
use super::text::Texts;
use crate::check::{Check, Fact, Moment, Pattern, When};

/// So many new commands may one lesson have.
const COMMANDS_MAX: usize = 3;

/// Reads a lesson: from a folder, or, without one, from a bundle, where any id will do.
pub(super) fn lesson(
    folder: Option<&str>,
    skeleton: &str,
    texts: &[(&str, &str)],
) -> Result<Lesson, ContentError> {
    let path = folder.map(|folder| format!("{folder}/")).unwrap_or_default();
    let file = format!("{path}lesson.toml");
    version(&file, skeleton)?;
    let raw: RawLesson = toml::from_str(skeleton).map_err(|e| from_toml(&file, skeleton, 1, &e))?;
    let reader = Reader { file: &file, skeleton };
    let mut lesson = reader.lesson(folder, raw)?;
    for (language, text) in texts {
        let name = format!("{path}{language}.md");
        let texts = Texts::parse(&name, language, text)?;
        texts.expect_ids(&name, &lesson.message_ids())?;
        blanks(&name, &lesson, &texts)?;
        lesson.texts.insert((*language).to_owned(), texts);
    }
    Ok(lesson)
}

/// The words of a check may have the blanks that the check can fill.
fn blanks(file: &str, lesson: &Lesson, texts: &Texts) -> Result<(), ContentError> {
    for step in &lesson.steps {
        for check in &step.checks {
            let known = lesson.blanks(check);
            for state in ["pending", "met", "violated"] {
                let id = format!("{}.{}.{state}", step.id, check.id);
                if let Some(blank) =
                    texts.blanks(&id).into_iter().find(|b| !known.contains(&b.as_str()))
                {
                    return Err(ContentError::new(
                        file,
                        texts.line_number(&id),
                        format!("the check of {id:?} cannot fill {{{blank}}}"),
                        format!(
                            "write one of {{{}}}, or put it in backticks if it is meant as it stands",
                            known.join("}, {")
                        ),
                    ));
                }
            }
        }
    }
    Ok(())
}

struct Reader<'a> {
    file: &'a str,
    skeleton: &'a str,
}

impl Reader<'_> {
    fn error(&self, at: usize, problem: String, remedy: &str) -> ContentError {
        ContentError::new(self.file, line_of(self.skeleton, at), problem, remedy)
    }

    fn lesson(&self, folder: Option<&str>, raw: RawLesson) -> Result<Lesson, ContentError> {
        if raw.commands.len() > COMMANDS_MAX {
            return Err(self.error(
                raw.id.span().start,
                format!("{} new commands in one lesson", raw.commands.len()),
                "name three at most in commands, and move the others to another lesson",
            ));
        }
        self.id(folder, &raw.id)?;
        let names: Vec<&str> = raw.bind.keys().map(String::as_str).collect();
        for (name, pattern) in &raw.bind {
            self.pattern(0, pattern, &format!("bind.{name}"), &names)?;
        }
        let mut seen = BTreeSet::new();
        let mut steps = Vec::new();
        for step in raw.step {
            let at = step.span().start;
            if !seen.insert(step.get_ref().id.clone()) {
                let problem = format!("there are two steps {:?}", step.get_ref().id);
                return Err(self.error(at, problem, "give each its own id"));
            }
            steps.push(self.step(at, step.into_inner(), &names)?);
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
            rules: raw.rules,
            commands: raw.commands,
            recall: raw.recall.into_iter().map(Spanned::into_inner).collect(),
            challenge_of: raw.challenge_of,
            start: Start {
                scenario: raw.start.scenario,
                seed: raw.start.seed,
                script: raw.start.script,
                variants: raw.start.variants,
            },
            bindings: raw.bind,
            steps,
            solutions: Vec::new(),
            counters: Vec::new(),
            texts: BTreeMap::new(),
        };
        self.scripts(lesson, raw.solution, raw.counter)
    }

    /// A folder gives its name; without one, an id is what an address may hold.
    fn id(&self, folder: Option<&str>, id: &Spanned<String>) -> Result<(), ContentError> {
        let at = id.span().start;
        let id = id.get_ref();
        match folder {
            Some(folder) if id != folder => Err(self.error(
                at,
                format!("the id is {id:?}, the folder is {folder:?}"),
                "give both the same name",
            )),
            None if !is_id(id) => Err(self.error(
                at,
                format!("the id is {id:?}"),
                "write small letters, digits and hyphens, 40 at most",
            )),
            _ => Ok(()),
        }
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

    fn step(&self, at: usize, raw: RawStep, names: &[&str]) -> Result<Step, ContentError> {
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
            checks.push(self.check(check.span().start, check.into_inner(), names)?);
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

    fn check(&self, at: usize, raw: RawCheck, names: &[&str]) -> Result<Check, ContentError> {
        let id = raw.id.clone();
        let since = self.moment(at, &id, "since", raw.since, raw.since_so)?;
        let until = self.moment(at, &id, "until", raw.until, raw.until_so)?;
        let count = (raw.exactly, raw.at_least, raw.at_most);
        let when = match (raw.eventually, raw.holds, raw.always, raw.never, raw.happens) {
            (Some(fact), None, None, None, None) => When::Eventually(fact),
            (None, Some(fact), None, None, None) => When::Holds(fact),
            (None, None, Some(fact), None, None) => When::Always(fact),
            (None, None, None, Some(pattern), None) => {
                When::Happens { pattern, at_least: 0, at_most: Some(0) }
            }
            (None, None, None, None, Some(pattern)) => {
                let (at_least, at_most) = self.count(at, &id, count)?;
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
        if count != (None, None, None)
            && !matches!(when, When::Happens { at_most, .. } if at_most != Some(0))
        {
            return Err(self.error(
                at,
                format!("check {id:?} counts what is no event"),
                "write exactly, at-least and at-most beside happens only; inside a fact they are \
                 the fact's own",
            ));
        }
        let within_ms = raw.within_seconds.map(|s| s.saturating_mul(1000));
        let check = Check { id, when, within_ms, since, until };
        for pattern in check.patterns() {
            self.pattern(at, pattern, &check.id, names)?;
        }
        for name in check.facts().flat_map(Fact::names) {
            self.node_name(at, name, &check.id, names)?;
        }
        Ok(check)
    }

    fn count(
        &self,
        at: usize,
        id: &str,
        count: (Option<u32>, Option<u32>, Option<u32>),
    ) -> Result<(u32, Option<u32>), ContentError> {
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
        Ok((at_least, at_most))
    }

    /// `since` with an event or `since-so` with a fact.
    fn moment(
        &self,
        at: usize,
        id: &str,
        word: &str,
        event: Option<Pattern>,
        so: Option<Fact>,
    ) -> Result<Option<Moment>, ContentError> {
        match (event, so) {
            (None, None) => Ok(None),
            (Some(pattern), None) => Ok(Some(Moment::Event(pattern))),
            (None, Some(fact)) => Ok(Some(Moment::So(fact))),
            _ => Err(self.error(
                at,
                format!("check {id:?} has both {word} and {word}-so"),
                "keep one of them",
            )),
        }
    }

    fn pattern(
        &self,
        at: usize,
        pattern: &Pattern,
        owner: &str,
        names: &[&str],
    ) -> Result<(), ContentError> {
        pattern
            .validate()
            .map_err(|(problem, remedy)| self.error(at, format!("{owner}: {problem}"), &remedy))?;
        for (field, word) in &pattern.fields {
            let word = word.text();
            let bound = if field == "after" { Some(word.as_str()) } else { word.strip_prefix('$') };
            self.bound_name(at, bound, owner, names)?;
        }
        Ok(())
    }

    fn node_name(
        &self,
        at: usize,
        name: &str,
        owner: &str,
        names: &[&str],
    ) -> Result<(), ContentError> {
        let port = name.split_once(':').map(|(_, port)| port.parse::<u16>());
        match name.strip_prefix('$') {
            None if matches!(port, Some(Ok(_))) => Ok(()),
            None => Err(self.error(
                at,
                format!("{owner}: {name:?} is no node"),
                "write HOST:PORT as in \"db01:6380\", \"$NAME\" of [bind], or, where several \
                 may be meant, every-node, every-master, every-replica, any-node, any-master or \
                 any-replica",
            )),
            bound => self.bound_name(at, bound, owner, names),
        }
    }

    fn bound_name(
        &self,
        at: usize,
        name: Option<&str>,
        owner: &str,
        names: &[&str],
    ) -> Result<(), ContentError> {
        match name.filter(|name| !names.contains(name)) {
            None => Ok(()),
            Some(name) => Err(self.error(
                at,
                format!("{owner}: nothing is bound to {name:?}"),
                &format!("write {name} = {{ event = … }} in [bind]"),
            )),
        }
    }
}
