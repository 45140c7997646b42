//! The lines that a click types: whoever clicks them all, in order, is never told that the shell or a program
//! does not understand them; and both languages offer the same.

#![allow(clippy::unwrap_used, reason = "a test")]

use lessons::scenario::Worlds;
use lessons::{Block, Course, Lesson};

/// What is printed only when a line is wrong on a host.
const WRONG: [&str; 5] = [
    "-bash: ",
    "Unrecognized option",
    "Unknown subcommand",
    "wrong number of arguments",
    "syntax error",
];

/// Host and lines of every box of a lesson, step by step.
fn boxes(lesson: &Lesson, language: &str) -> Vec<(String, Vec<(String, String)>)> {
    let words = lesson.words(language).unwrap();
    let of = |id: &str| -> Vec<(String, String)> {
        let code = words.blocks(id).iter().filter_map(|block| match block {
            Block::Code { info, text } => {
                Some((info.strip_prefix("run ")?.to_owned(), text.trim_end().to_owned()))
            }
            _ => None,
        });
        code.collect()
    };
    lesson.steps.iter().map(|step| (step.id.clone(), of(&step.id))).collect()
}

#[test]
fn every_line_that_a_click_types_is_understood() {
    let mut worlds = Worlds::default();
    let mut wrong = Vec::new();
    for lesson in &Course::embedded().unwrap().lessons {
        assert_eq!(boxes(lesson, "en"), boxes(lesson, "zh-CN"), "{}", lesson.id);
        let mut runner = worlds.begin(&lesson.start, lesson.start.seed).unwrap();
        for (step, clicks) in boxes(lesson, "en") {
            for (host, lines) in clicks {
                let mut printed = String::new();
                let script = format!("@host {host}\n{lines}\n@wait 25s\n");
                let done = runner.run(&script, &mut |text| printed.push_str(text));
                if done.is_err() || WRONG.iter().any(|w| printed.contains(w)) {
                    wrong.push(format!("{} {step}: {done:?}\n{printed}", lesson.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
