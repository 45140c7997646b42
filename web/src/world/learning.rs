//! A learner's way through a lesson, beside the world it looks at.

use engine::sim::World;
use lessons::{CourseMap, Lesson, Session, Standing};

use super::screen::{Command, LessonScreen};
use crate::i18n::Lang;
use crate::lesson::review;
use crate::prefs;

/// The lesson that is open. It begins when its world is ready. A clone is a place to come back to,
/// together with the world of that moment.
#[derive(Clone)]
pub(crate) struct Learning {
    lesson: Lesson,
    /// It is none of the course: nothing of it is remembered.
    foreign: bool,
    session: Option<Session>,
    solution: Option<String>,
    /// Nothing is judged while the learner experiments.
    experiments: bool,
    /// Where it stood and what was met when it was last looked at.
    seen: (Option<String>, usize),
}

impl Learning {
    /// A lesson whose world is being set up.
    pub(crate) fn new(lesson: &Lesson, foreign: bool) -> Self {
        Self {
            lesson: lesson.clone(),
            foreign,
            session: None,
            solution: None,
            experiments: false,
            seen: (None, 0),
        }
    }

    /// Whether it is none of the course, and called so.
    pub(crate) fn is_foreign(&self, id: &str) -> bool {
        self.foreign && self.lesson.id == id
    }

    /// The lesson.
    pub(crate) fn into_lesson(self) -> Lesson {
        self.lesson
    }

    /// Looks at the world; `true` when the learner should see something new.
    pub(crate) fn observe(&mut self, world: &World) -> bool {
        let Some(session) = &mut self.session else {
            self.session = Some(Session::new(&self.lesson, world));
            return true;
        };
        if self.experiments {
            return false;
        }
        session.observe(world);
        self.note()
    }

    /// Notes where the lesson stands; `true` when that has changed.
    fn note(&mut self) -> bool {
        let Some(session) = &self.session else { return false };
        let step = session.step().map(str::to_owned);
        let paths = self
            .lesson
            .steps
            .iter()
            .flat_map(|s| s.checks.iter().map(move |c| format!("{}.{}", s.id, c.id)));
        let met = paths.filter(|p| session.verdict(p) == Some(lessons::Verdict::Met)).count();
        let seen = (step, met);
        let changed = seen != self.seen;
        if changed && seen.0 != self.seen.0 {
            self.solution = None;
        }
        if changed && seen.0 != self.seen.0 && !self.foreign {
            if session.standing() != Standing::Open {
                review::learnt(&self.lesson);
            }
            match session.standing() {
                Standing::Open => {}
                Standing::Solved => prefs::lesson_done(&self.lesson.id, false),
                Standing::Seen => prefs::lesson_done(&self.lesson.id, true),
            }
        }
        self.seen = seen;
        changed
    }

    /// From now on nothing is judged.
    pub(crate) const fn experiment(&mut self) {
        self.experiments = true;
    }

    /// Does what the learner wants.
    pub(crate) fn act(&mut self, command: &Command) {
        let Some(session) = &mut self.session else { return };
        match command {
            Command::GoOn => session.go_on(),
            Command::Choose(id) => session.choose(id),
            Command::Hint => session.hint(),
            Command::Solution => {
                self.solution = session.show_solution().map(|lines| {
                    let typed =
                        lines.lines().filter(|l| !l.starts_with("@next") && !l.trim().is_empty());
                    typed.collect::<Vec<_>>().join("\n")
                });
            }
            _ => {}
        }
        self.note();
    }

    /// What the page shows of it.
    pub(crate) fn screen(&self, map: Option<&CourseMap>, lang: Lang) -> LessonScreen {
        let view = self.session.as_ref().map(|s| s.view(lang.tag())).unwrap_or_else(|| {
            // Until its world is ready there is nothing to look at yet: its title only.
            let words = self.lesson.words(lang.tag());
            lessons::LessonView {
                id: self.lesson.id.clone(),
                title: words.map(|w| w.title.clone()).unwrap_or_default(),
                minutes: self.lesson.minutes,
                summary: words.map(|w| w.blocks("summary").to_vec()).unwrap_or_default(),
                objectives: Vec::new(),
                steps: Vec::new(),
                current: 0,
                debrief: None,
                standing: Standing::Open,
                sources: Vec::new(),
            }
        });
        let id = &self.lesson.id;
        // A lesson that is none of the course has no neighbours.
        let map = map.filter(|_| !self.foreign);
        LessonScreen {
            view,
            place: map.and_then(|map| map.guided().position(|e| e.id == *id)),
            next: map.and_then(|map| Some(map.after(id)?.id.clone())),
            challenge: map.and_then(|map| Some(map.challenge_of(id)?.id.clone())),
            foreign: self.foreign,
            recall: self.lesson.recall.clone(),
            experiment: self.experiments,
            solution: self.solution.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use lessons::Course;

    use super::*;
    use crate::world::running::Running;
    use crate::world::scenario::Scenario;

    #[test]
    fn every_lesson_begins_on_fresh_terminals() {
        for lesson in &Course::embedded().unwrap().lessons {
            let scenario = match lesson.start.scenario {
                lessons::format::Scenario::Formed => Scenario::Formed,
                _ => Scenario::Bare,
            };
            let mut run = Running::new(lesson.start.seed, scenario);
            run.prepare(&lesson.start, lesson.start.seed);
            while !run.is_ready() {
                run.found();
            }
            run.read_terminals();
            for (tab, host) in run.tabs().iter().zip(["db01", "db02", "db03"]) {
                assert_eq!(tab.terminal.lines(), [], "{}: {host}", lesson.id);
                assert_eq!(tab.prompt, format!("[root@{host} ~]# "), "{}", lesson.id);
            }
        }
    }

    #[test]
    fn the_course_can_be_read_in_both_languages() {
        let course = Course::embedded().unwrap();
        let map = course.map();
        assert!(course.lessons.len() >= 3);
        for lesson in &course.lessons {
            let screen = |lang| Learning::new(lesson, false).screen(Some(&map), lang);
            assert_ne!(screen(Lang::En).view.title, screen(Lang::Zh).view.title);
        }
    }
}
