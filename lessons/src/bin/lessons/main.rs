//! `cargo run -q -p lessons -- …`: the course and the headless door from the command line.

mod check;
mod console;
mod create;
mod folder;
mod pack;
mod play;

use std::process::ExitCode;

use anyhow::Result;
use lessons::Lesson;

const USAGE: &str = "\
usage: lessons list                what there is
       lessons check [--seeds N] [--quick] [LESSON...]
                                   read every lesson, walk its solutions and counter-solutions
                                   with N seeds (50; --quick: 2) and print which misconceptions
                                   are met
       lessons new ID [--challenge-of LESSON]
                                   a folder with a lesson to begin from
       lessons play LESSON [--seed N] [--language L] [SOLUTION]
                                   walk through a lesson: what you type, or what a solution does
       lessons pack FOLDER         the files that the page loads
       lessons console …           type on simulated hosts (see lessons console --help)

Lessons are read from lessons/content of the checkout: after a change of words there is nothing
to build.
";

fn main() -> Result<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.split_first() {
        Some((command, rest)) if command == "console" => console::run(rest),
        Some((command, rest)) if command == "check" => check::run(rest),
        Some((command, rest)) if command == "new" => create::run(rest),
        Some((command, rest)) if command == "play" => play::run(rest),
        Some((command, [folder])) if command == "pack" => pack::run(folder),
        Some((command, [])) if command == "list" => list(),
        _ => {
            eprint!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}

/// One line a lesson.
fn list() -> Result<ExitCode> {
    let course = folder::course()?;
    for chapter in &course.chapters {
        println!("{}", chapter.title.get("en").map_or("", String::as_str));
        let of = |lesson: &&Lesson| {
            chapter.lessons.contains(&lesson.id)
                || lesson.challenge_of.as_ref().is_some_and(|id| chapter.lessons.contains(id))
        };
        for lesson in course.lessons.iter().filter(of) {
            let languages: Vec<&str> = lesson.texts.keys().map(String::as_str).collect();
            let (id, minutes, steps) = (&lesson.id, lesson.minutes, lesson.steps.len());
            let mark = if lesson.challenge_of.is_some() { "*" } else { " " };
            let title = title(lesson);
            println!(
                "  {mark} {id:24} {minutes:2} min  {steps:2} steps  {}  {title}",
                languages.join(",")
            );
        }
    }
    println!("* is a challenge");
    Ok(ExitCode::SUCCESS)
}

fn title(lesson: &Lesson) -> String {
    lesson.words("en").map(|w| w.title.clone()).unwrap_or_default()
}
