//! A learner's way through one lesson.

use engine::sim::World;

use crate::check::{Judge, Verdict};
use crate::format::{Block, Lesson, Step, StepKind};

/// Where a learner stands in a lesson. Plain data: the page keeps it beside its world, and a
/// clone of both is a place to come back to.
#[derive(Clone, Debug)]
pub struct Session {
    lesson: Lesson,
    judge: Judge,
    current: usize,
    marks: Vec<Mark>,
    solution_seen: bool,
}

/// What the learner did in a step.
#[derive(Clone, Debug, Default)]
struct Mark {
    chosen: Vec<String>,
    hints: usize,
    read: bool,
}

/// A lesson as the page draws it.
#[derive(Clone, Debug, PartialEq)]
pub struct LessonView {
    /// The lesson's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How long it takes.
    pub minutes: u32,
    /// What it is about.
    pub summary: Vec<Block>,
    /// What the learner can do afterwards.
    pub objectives: Vec<String>,
    /// The steps up to the current one; the others by title only.
    pub steps: Vec<StepView>,
    /// Which step is the current one; the number of steps when all are done.
    pub current: usize,
    /// What to take home; once everything is done.
    pub debrief: Option<Vec<Block>>,
    /// How the lesson stands.
    pub standing: Standing,
    /// Where it is from.
    pub sources: Vec<String>,
}

/// How a lesson stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Under way.
    Open,
    /// Done.
    Solved,
    /// Done after the solution was shown.
    Seen,
}

/// A step as the page draws it.
#[derive(Clone, Debug, PartialEq)]
pub struct StepView {
    /// Its id.
    pub id: String,
    /// What the learner does.
    pub kind: StepKind,
    /// Its title.
    pub title: String,
    /// Its words.
    pub prose: Vec<Block>,
    /// Answers to choose.
    pub choices: Vec<ChoiceView>,
    /// The words of the right answer; once the step is done.
    pub answer: Option<String>,
    /// Demands and how they stand.
    pub checks: Vec<CheckView>,
    /// The hints shown so far.
    pub hints: Vec<Vec<Block>>,
    /// How many more there are.
    pub hints_left: usize,
    /// Whether it is done.
    pub done: bool,
    /// Whether it can only be done by beginning again.
    pub stuck: bool,
}

/// An answer as the page draws it.
#[derive(Clone, Debug, PartialEq)]
pub struct ChoiceView {
    /// Its id.
    pub id: String,
    /// Its words.
    pub words: String,
    /// Why it is right or wrong; once it was chosen.
    pub why: Option<Vec<Block>>,
    /// Whether it is right; once it was chosen.
    pub right: Option<bool>,
}

/// A demand as the page draws it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckView {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub verdict: Verdict,
    /// The words for that.
    pub words: String,
}

impl Session {
    /// Begins a lesson in a world.
    #[must_use]
    pub fn new(lesson: &Lesson, world: &World) -> Self {
        let checks = lesson.steps.iter().flat_map(|s| &s.checks);
        Self {
            judge: Judge::new(world, checks, lesson.bindings.clone()),
            current: 0,
            marks: vec![Mark::default(); lesson.steps.len()],
            lesson: lesson.clone(),
            solution_seen: false,
        }
    }

    /// Looks at the world. Cheap enough for every frame.
    pub fn observe(&mut self, world: &World) {
        self.judge.observe(world);
        self.advance();
    }

    /// The learner has read the current step and goes on.
    pub fn go_on(&mut self) {
        if let Some(mark) = self.marks.get_mut(self.current) {
            mark.read = true;
        }
        self.advance();
    }

    /// The learner chooses an answer in the current step. A prediction cannot be taken back; a
    /// quiz is answered until the answer is right.
    pub fn choose(&mut self, choice: &str) {
        let Some(step) = self.lesson.steps.get(self.current) else { return };
        let Some(mark) = self.marks.get_mut(self.current) else { return };
        let locked = step.kind == StepKind::Predict && !mark.chosen.is_empty();
        let known = step.choices.iter().any(|c| c.id == choice);
        if known && !locked && !mark.chosen.iter().any(|c| c == choice) {
            mark.chosen.push(choice.to_owned());
        }
        self.advance();
    }

    /// The learner wants another hint for the current step.
    pub fn hint(&mut self) {
        if let (Some(step), Some(mark)) =
            (self.lesson.steps.get(self.current), self.marks.get_mut(self.current))
        {
            mark.hints = (mark.hints + 1).min(step.hints);
        }
    }

    /// The learner wants to see the solution: the lesson counts as seen, not as solved.
    pub fn show_solution(&mut self) -> Option<&str> {
        self.solution_seen = true;
        self.lesson.solutions.first().map(|s| s.lines.as_str())
    }

    /// The lesson.
    #[must_use]
    pub const fn lesson(&self) -> &Lesson {
        &self.lesson
    }

    /// The id of the current step; `None` when all are done.
    #[must_use]
    pub fn step(&self) -> Option<&str> {
        self.lesson.steps.get(self.current).map(|s| s.id.as_str())
    }

    /// How the lesson stands.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        if self.current < self.lesson.steps.len() {
            Standing::Open
        } else if self.solution_seen {
            Standing::Seen
        } else {
            Standing::Solved
        }
    }

    /// How `STEP.CHECK` stands.
    #[must_use]
    pub fn verdict(&self, path: &str) -> Option<Verdict> {
        let (step, check) = path.split_once('.')?;
        let paths = self.lesson.steps.iter().flat_map(|s| s.checks.iter().map(move |c| (s, c)));
        paths
            .zip(self.judge.verdicts())
            .find(|((s, c), _)| s.id == step && c.id == check)
            .map(|(_, verdict)| verdict)
    }

    fn advance(&mut self) {
        while let Some(step) = self.lesson.steps.get(self.current) {
            let mark = &self.marks[self.current];
            if !self.is_done(self.current, step, mark) {
                return;
            }
            self.current += 1;
        }
    }

    fn is_done(&self, place: usize, step: &Step, mark: &Mark) -> bool {
        let checks = self.verdicts_of(place).iter().all(|v| *v == Verdict::Met);
        checks
            && match step.kind {
                // A prediction is done once it was made: time will tell.
                StepKind::Predict => !mark.chosen.is_empty(),
                StepKind::Quiz => step.answer.as_ref().is_some_and(|a| mark.chosen.contains(a)),
                StepKind::Read | StepKind::Explain | StepKind::Free => mark.read,
                StepKind::Do | StepKind::Break | StepKind::Observe => true,
            }
    }

    fn verdicts_of(&self, place: usize) -> Vec<Verdict> {
        let before: usize =
            self.lesson.steps.iter().take(place).map(|step| step.checks.len()).sum();
        let count = self.lesson.steps.get(place).map_or(0, |step| step.checks.len());
        self.judge.verdicts().skip(before).take(count).collect()
    }

    /// The lesson in a language, as the page draws it now.
    #[must_use]
    pub fn view(&self, language: &str) -> LessonView {
        let lesson = &self.lesson;
        let words = lesson.words(language);
        let line = |id: &str| words.map(|w| w.line(id)).unwrap_or_default();
        let blocks = |id: &str| words.map(|w| w.blocks(id).to_vec()).unwrap_or_default();
        let steps = (0..lesson.steps.len()).map(|place| self.step_view(place, &line, &blocks));
        let standing = self.standing();
        LessonView {
            id: lesson.id.clone(),
            title: words.map(|w| w.title.clone()).unwrap_or_default(),
            minutes: lesson.minutes,
            summary: blocks("summary"),
            objectives: lesson.objectives.iter().map(|id| line(id)).collect(),
            steps: steps.collect(),
            current: self.current,
            debrief: (standing != Standing::Open).then(|| blocks("debrief")),
            standing,
            sources: lesson.sources.clone(),
        }
    }

    fn step_view(
        &self,
        place: usize,
        line: &dyn Fn(&str) -> String,
        blocks: &dyn Fn(&str) -> Vec<Block>,
    ) -> StepView {
        let step = &self.lesson.steps[place];
        let mark = &self.marks[place];
        let id = &step.id;
        let reached = place <= self.current;
        let verdicts = self.verdicts_of(place);
        let choices = step.choices.iter().map(|choice| {
            let chosen = mark.chosen.contains(&choice.id);
            ChoiceView {
                id: choice.id.clone(),
                words: line(&format!("{id}.{}", choice.id)),
                why: chosen.then(|| blocks(&format!("{id}.{}.why", choice.id))),
                right: chosen.then(|| step.answer.as_ref() == Some(&choice.id)),
            }
        });
        let before: usize = self.lesson.steps.iter().take(place).map(|s| s.checks.len()).sum();
        let details = self.judge.details().skip(before);
        let checks = step.checks.iter().zip(&verdicts).zip(details).map(|((check, verdict), d)| {
            let state = match verdict {
                Verdict::Pending => "pending",
                Verdict::Met => "met",
                Verdict::Violated => "violated",
            };
            CheckView {
                id: check.id.clone(),
                verdict: *verdict,
                words: d
                    .fill(&line(&format!("{id}.{}.{state}", check.id)), &self.lesson.blanks(check)),
            }
        });
        StepView {
            id: id.clone(),
            kind: step.kind,
            title: line(&format!("{id}.title")),
            prose: if reached { blocks(id) } else { Vec::new() },
            choices: if reached { choices.collect() } else { Vec::new() },
            answer: step
                .answer
                .as_ref()
                .filter(|_| place < self.current)
                .map(|answer| line(&format!("{id}.{answer}"))),
            checks: if reached { checks.collect() } else { Vec::new() },
            hints: (1..=mark.hints).map(|n| blocks(&format!("{id}.hint{n}"))).collect(),
            hints_left: if reached { step.hints - mark.hints } else { 0 },
            done: place < self.current,
            stuck: reached && verdicts.contains(&Verdict::Violated),
        }
    }
}
