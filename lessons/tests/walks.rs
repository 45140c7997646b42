//! Every solution passes, every counter-solution fails where it says, over several seeds.

#![allow(clippy::unwrap_used, reason = "a test")]

use lessons::{Course, Lesson, Standing, scenario, walk};

fn lesson(id: &str) -> Lesson {
    Course::embedded().unwrap().lesson(id).unwrap().clone()
}

fn walk_all(id: &str) {
    let lesson = lesson(id);
    for seed in 1..=3 {
        for report in walk::all(&lesson, seed) {
            if let Some(problem) = report.problem {
                panic!("{id} {} (seed {seed}): {problem}", report.script);
            }
        }
    }
}

#[test]
fn slots() {
    walk_all("slots");
}

#[test]
fn moved_and_ask() {
    walk_all("moved-and-ask");
}

#[test]
fn failover() {
    walk_all("failover");
}

#[test]
fn nothing_is_done_before_it_was_begun() {
    for lesson in &Course::embedded().unwrap().lessons {
        let runner = scenario::begin(&lesson.start, 1).unwrap();
        let session = runner.console().with_world(|world| lessons::Session::new(lesson, world));
        let view = session.view("zh-CN");
        assert_eq!(view.current, 0);
        for step in lesson.steps.iter().filter(|s| !s.checks.is_empty()) {
            let met = step.checks.iter().all(|c| {
                session.verdict(&format!("{}.{}", step.id, c.id)) == Some(lessons::Verdict::Met)
            });
            assert!(!met, "{} {} is met in the beginning", lesson.id, step.id);
        }
        assert_eq!(session.standing(), Standing::Open);
    }
}

#[test]
fn whoever_was_shown_the_solution_has_seen_and_not_solved() {
    let lesson = lesson("slots");
    let (mut session, _) = walk::run(&lesson, &lesson.solutions[0], 1).unwrap();
    assert_eq!(session.standing(), Standing::Solved);
    assert!(session.show_solution().is_some_and(|lines| lines.contains("redis-cli")));
    assert_eq!(session.standing(), Standing::Seen);
    assert!(session.view("en").debrief.is_some());
}
