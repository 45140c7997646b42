//! `cargo run -q -p lessons -- …`: the course and the headless door from the command line.

mod console;

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use lessons::{Course, Lesson};

const USAGE: &str = "\
usage: lessons list                what there is
       lessons check [--seeds N] [LESSON...]
                                   read every lesson, walk its solutions and counter-solutions
       lessons console …           type on simulated hosts (see lessons console --help)
";

fn main() -> Result<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.split_first() {
        Some((command, rest)) if command == "console" => console::run(rest),
        Some((command, rest)) if command == "check" => check(rest),
        Some((command, [])) if command == "list" => list(),
        _ => {
            eprint!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}

/// One line a lesson.
fn list() -> Result<ExitCode> {
    for lesson in &Course::embedded()?.lessons {
        let languages: Vec<&str> = lesson.texts.keys().map(String::as_str).collect();
        let (id, minutes, steps) = (&lesson.id, lesson.minutes, lesson.steps.len());
        let title = title(lesson);
        println!("{id:16} {minutes:2} min  {steps:2} steps  {}  {title}", languages.join(","));
    }
    Ok(ExitCode::SUCCESS)
}

/// With how many seeds each script is walked, unless `--seeds` says otherwise.
const SEEDS: u64 = 3;

fn check(args: &[String]) -> Result<ExitCode> {
    let (seeds, wanted) = match args {
        [option, number, wanted @ ..] if option == "--seeds" => {
            (number.parse().context("--seeds needs a number")?, wanted)
        }
        wanted => (SEEDS, wanted),
    };
    let course = Course::embedded()?;
    if let Some(unknown) = wanted.iter().find(|id| course.lesson(id).is_none()) {
        bail!("there is no lesson {unknown:?}");
    }
    let (mut passed, mut failed) = (0, 0);
    for lesson in &course.lessons {
        if !wanted.is_empty() && !wanted.contains(&lesson.id) {
            continue;
        }
        for seed in lesson.start.seed..lesson.start.seed + seeds {
            for report in lessons::walk::all(lesson, seed) {
                match report.problem {
                    None => {
                        passed += 1;
                        println!("{} {} (seed {seed}): ok", lesson.id, report.script);
                    }
                    Some(problem) => {
                        failed += 1;
                        println!("{} {} (seed {seed}): {problem}", lesson.id, report.script);
                    }
                }
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn title(lesson: &Lesson) -> String {
    lesson.words("en").map(|w| w.title.clone()).unwrap_or_default()
}
