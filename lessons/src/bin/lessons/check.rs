//! `lessons check`: every lesson is read, linted and walked.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result, bail};
use lessons::scenario::Worlds;
use lessons::{Course, Lesson, lint, walk};

use crate::folder;

/// With how many seeds each script is walked.
const SEEDS: u64 = 50;
const SEEDS_QUICK: u64 = 2;

struct Options {
    seeds: u64,
    lessons: Vec<String>,
}

fn options(args: &[String]) -> Result<Options> {
    let mut options = Options { seeds: SEEDS, lessons: Vec::new() };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--quick" => options.seeds = SEEDS_QUICK,
            "--seeds" => {
                let number = args.next().context("--seeds needs a number")?;
                options.seeds = number.parse().context("--seeds needs a number")?;
            }
            other if other.starts_with('-') => bail!("unknown option {other}"),
            id => options.lessons.push(id.to_owned()),
        }
    }
    Ok(options)
}

pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let options = options(args)?;
    let course = folder::course()?;
    if let Some(unknown) = options.lessons.iter().find(|id| course.lesson(id).is_none()) {
        bail!("there is no lesson {unknown:?}");
    }
    let wanted = |id: &str| options.lessons.is_empty() || options.lessons.iter().any(|l| l == id);
    let rules = folder::rules().map(|text| lint::rule_ids(&text));
    let mut failed = 0;
    for mistake in lint::mistakes(&course, rules.as_ref()) {
        if mistake.file.split('/').next().is_some_and(wanted) {
            failed += 1;
            println!("lessons/content/{mistake}");
        }
    }
    let lessons: Vec<&Lesson> = course.lessons.iter().filter(|l| wanted(&l.id)).collect();
    let (passed, broken) = walk_all(&lessons, options.seeds);
    failed += print_one_way(&lessons);
    if options.lessons.is_empty() {
        failed += print_coverage(&course);
    }
    println!(
        "{} lessons, {} seeds each: {passed} walks passed, {broken} failed; {failed} other mistakes",
        lessons.len(),
        options.seeds,
    );
    Ok(if failed + broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is left to walk, shared by all threads.
struct Work<'a> {
    lessons: &'a [&'a Lesson],
    seeds: u64,
    next_seed: AtomicUsize,
    done: Mutex<Done>,
}

#[derive(Default)]
struct Done {
    passed: usize,
    /// First seed and words, by lesson and script; and how many seeds.
    failed: BTreeMap<(String, String), (u64, String, usize)>,
}

/// Walks every script with every seed; how many passed, how many failed.
fn walk_all(lessons: &[&Lesson], seeds: u64) -> (usize, usize) {
    let work =
        Work { lessons, seeds, next_seed: AtomicUsize::new(0), done: Mutex::new(Done::default()) };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work_on(&work));
        }
    });
    let done = work.done.into_inner().unwrap_or_default();
    for lesson in lessons {
        let broken: Vec<_> = done.failed.iter().filter(|((id, _), _)| *id == lesson.id).collect();
        let ways = lesson.solutions.len();
        let wrong = lesson.counters.len();
        let verdict = if broken.is_empty() { "ok" } else { "FAILED" };
        println!("{:24} {ways} right ways, {wrong} wrong ways: {verdict}", lesson.id);
        for ((_, script), (seed, problem, seeds)) in broken {
            println!("  {script}: {seeds} seeds, the first is {seed}: {problem}");
        }
    }
    (done.passed, done.failed.values().map(|(_, _, seeds)| seeds).sum())
}

fn work_on(work: &Work<'_>) {
    loop {
        let seed = work.next_seed.fetch_add(1, Ordering::Relaxed) as u64;
        if seed >= work.seeds {
            return;
        }
        // One formed world a seed serves all lessons.
        let mut worlds = Worlds::default();
        for lesson in work.lessons {
            let seed = lesson.start.seed.saturating_add(seed);
            for report in walk::all(&mut worlds, lesson, seed) {
                let Ok(mut done) = work.done.lock() else { return };
                match report.problem {
                    None => done.passed += 1,
                    Some(problem) => {
                        let key = (lesson.id.clone(), report.script);
                        let entry = done.failed.entry(key).or_insert((seed, problem, 0));
                        entry.2 += 1;
                    }
                }
            }
        }
    }
}

/// Prints the steps for which nobody has written a second way, and no reason why there is none.
fn print_one_way(lessons: &[&Lesson]) -> usize {
    let (mut worlds, mut count) = (Worlds::default(), 0);
    for lesson in lessons {
        for step in walk::done_in_one_way(&mut worlds, lesson, lesson.start.seed) {
            if lint::only_way(&lesson.id, &step).is_none() {
                count += 1;
                println!(
                    "lessons/content/{}/lesson.toml: every solution does {step:?} alike; write another way, \
                     or why there is none into one-way.txt",
                    lesson.id
                );
            }
        }
    }
    count
}

/// Prints which lessons meet which misconception; how many are met by none.
fn print_coverage(course: &Course) -> usize {
    println!("\nmisconceptions");
    let table = lint::coverage(course);
    let mut unmet = 0;
    for (number, words) in lint::misconceptions() {
        let lessons = table.get(&number).map_or(&[][..], Vec::as_slice);
        unmet += usize::from(lessons.is_empty());
        let met = if lessons.is_empty() { "MET BY NO LESSON".into() } else { lessons.join(", ") };
        println!("  M{number:<2} {words:52} {met}");
    }
    println!();
    unmet
}
