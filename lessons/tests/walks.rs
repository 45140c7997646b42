//! Walks through lessons. That every solution passes, and every counter-solution fails where it says, is what
//! `cargo xtask test --only lessons` sees in fifty worlds, optimised.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use lessons::scenario::{self, Worlds};
use lessons::{Course, Lesson, Standing, lint, walk};

fn lesson(id: &str) -> Lesson {
    Course::embedded().unwrap().lesson(id).unwrap().clone()
}

#[test]
fn the_course_is_whole() {
    let course = Course::embedded().unwrap();
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/rules.md");
    let rules = std::fs::read_to_string(rules).ok().map(|text| lint::rule_ids(&text));
    let said: Vec<String> =
        lint::mistakes(&course, rules.as_ref()).iter().map(ToString::to_string).collect();
    assert_eq!(said, Vec::<String>::new());
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

/// A blank that nobody can fill yet stands as `?`: in the step that is being done, a learner would wonder.
#[test]
fn the_words_of_the_current_step_have_no_blanks_left() {
    let mut worlds = Worlds::default();
    let mut open = BTreeSet::new();
    for lesson in &Course::embedded().unwrap().lessons {
        for script in &lesson.solutions {
            let mut walker = walk::Walker::new(&mut worlds, lesson, 1).unwrap();
            let lines: Vec<&str> = script.lines.lines().collect();
            for (i, line) in lines.iter().enumerate() {
                walker.line(line, lines.get(i + 1).copied(), &mut |_| {}).unwrap();
                for language in ["en", "zh-CN"] {
                    let view = walker.session.view(language);
                    let checks = view.steps.get(view.current).map(|step| step.checks.as_slice());
                    for check in checks.unwrap_or_default() {
                        if check.words.replace("fail?", "").contains('?') {
                            open.insert(format!("{} {}: {}", lesson.id, check.id, check.words));
                        }
                    }
                }
            }
        }
    }
    assert_eq!(open, BTreeSet::new());
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

/// A replica that has not heard its master's newest epoch is refused every vote, as in 7.0: the
/// formed cluster begins when all have heard.
#[test]
fn a_master_killed_at_the_very_beginning_has_an_heir() {
    let start = lesson("failover").start;
    // With the seed 13 db03's replica used to begin with an old epoch.
    for seed in [1, 13] {
        for host in ["db01", "db02", "db03"] {
            let mut runner = scenario::begin(&start, seed).unwrap();
            let script = format!(
                "@host {host}\nkill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)\n\
                 @wait 40s\n"
            );
            runner.run(&script, &mut |_| {}).unwrap();
            let heirs = runner.console().with_world(|world| {
                let nodes = world.servers().filter_map(|(_, p)| p.server());
                let serving = nodes.filter_map(|s| s.node().view_cluster()).filter(|v| {
                    v.ok && v.myself().is_some_and(|me| !me.is_replica && !me.slots.is_empty())
                });
                serving.count()
            });
            assert_eq!(heirs, 3, "seed {seed}, the master of {host}");
        }
    }
}
