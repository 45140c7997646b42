//! `cargo run -q -p lessons -- …`: the course and the headless door from the command line.

mod check;
mod console;
mod create;
mod folder;
mod help;
mod pack;
mod play;

use std::process::ExitCode;

use anyhow::Result;
use lessons::Lesson;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    run(&args).unwrap_or_else(|error| {
        eprintln!("lessons: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(args: &[String]) -> Result<ExitCode> {
    let asks = args.iter().any(|arg| arg == "--help" || arg == "-h" || arg == "help");
    if asks && args.first().is_none_or(|command| command != "console") {
        print!("{}", help::of(args));
        return Ok(ExitCode::SUCCESS);
    }
    match args.split_first() {
        Some((command, rest)) if command == "console" => console::run(rest),
        Some((command, rest)) if command == "check" => check::run(rest),
        Some((command, rest)) if command == "new" => create::run(rest),
        Some((command, rest)) if command == "play" => play::run(rest),
        Some((command, [folder])) if command == "pack" => pack::run(folder),
        Some((command, [])) if command == "list" => list(),
        _ => {
            eprint!("{}", help::of(&[]));
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
