//! `lessons play`: a lesson without a page.

use std::io::{self, BufRead as _};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use lessons::scenario::Worlds;
use lessons::walk::Walker;
use lessons::{Block, Inline, LessonView, Session, Verdict};

use crate::folder;

const HELP: &str = "\
Lines are typed on the current host. Besides: @next, @choose ANSWER, @hint, @host db02, @wait 10s,
@until 60s REGEX COMMAND, @set NAME COMMAND.
";

struct Options {
    lesson: String,
    solution: Option<String>,
    seed: Option<u64>,
    language: String,
}

fn options(args: &[String]) -> Result<Options> {
    let (mut names, mut seed, mut language) = (Vec::new(), None, "en".to_owned());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--seed" => seed = Some(value()?.parse().context("--seed needs a number")?),
            "--language" => language.clone_from(value()?),
            name => names.push(name.to_owned()),
        }
    }
    let mut names = names.into_iter();
    let lesson = names.next().context("which lesson? lessons list names them")?;
    Ok(Options { lesson, solution: names.next(), seed, language })
}

pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let options = options(args)?;
    let course = folder::course()?;
    let Some(lesson) = course.lesson(&options.lesson) else {
        bail!("there is no lesson {:?}", options.lesson)
    };
    let seed = options.seed.unwrap_or(lesson.start.seed);
    let mut walker = Walker::new(&mut Worlds::default(), lesson, seed)?;
    let mut told = Told::default();
    let view = |session: &Session| session.view(&options.language);
    told.tell(&view(&walker.session));
    let mut step = |line: &str, next: Option<&str>| -> Result<()> {
        if line.trim() == "@hint" {
            walker.session.hint();
        } else if let Err(why) = walker.line(line, next, &mut |text| print!("{text}")) {
            println!("{why}");
        }
        told.tell(&view(&walker.session));
        Ok(())
    };
    match &options.solution {
        Some(id) => {
            let mut scripts = lesson.solutions.iter().chain(&lesson.counters);
            let script = scripts.find(|s| s.id == *id);
            let script = script.with_context(|| {
                let all = lesson.solutions.iter().chain(&lesson.counters);
                let names: Vec<&str> = all.map(|s| s.id.as_str()).collect();
                format!("there is no script {id:?}: write one of {}", names.join(", "))
            })?;
            let lines: Vec<&str> = script.lines.lines().collect();
            for (i, line) in lines.iter().enumerate() {
                println!("· {line}");
                step(line, lines.get(i + 1).copied())?;
            }
        }
        None => {
            print!("{HELP}");
            for line in io::stdin().lock().lines() {
                step(&line.context("cannot read standard input")?, None)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What was told already.
#[derive(Default)]
struct Told {
    step: Option<usize>,
    verdicts: Vec<(String, Verdict)>,
    hints: usize,
    chosen: usize,
}

impl Told {
    fn tell(&mut self, view: &LessonView) {
        for step in view.steps.iter().take(view.current + 1) {
            for check in &step.checks {
                let key = format!("{}.{}", step.id, check.id);
                let now = (key, check.verdict);
                if !self.verdicts.contains(&now) {
                    if check.verdict != Verdict::Pending {
                        println!("   [{:?}] {}", check.verdict, check.words);
                    }
                    self.verdicts.retain(|(key, _)| *key != now.0);
                    self.verdicts.push(now);
                }
            }
        }
        if self.step != Some(view.current) {
            self.step = Some(view.current);
            (self.hints, self.chosen) = (0, 0);
            match view.steps.get(view.current) {
                None => println!("\n== {:?} ==\n{}", view.standing, {
                    plain(view.debrief.as_deref().unwrap_or_default())
                }),
                Some(step) => {
                    let place = view.current + 1;
                    println!(
                        "\n== {place}/{} {} ==\n{}",
                        view.steps.len(),
                        step.title,
                        plain(&step.prose)
                    );
                    for choice in &step.choices {
                        println!("   @choose {:12} {}", choice.id, choice.words);
                    }
                    for check in step.checks.iter().filter(|c| c.verdict == Verdict::Pending) {
                        println!("   [ ] {}", check.words);
                    }
                }
            }
        }
        let Some(step) = view.steps.get(view.current) else { return };
        for hint in step.hints.iter().skip(self.hints) {
            println!("   hint: {}", plain(hint));
        }
        self.hints = step.hints.len();
        let answered: Vec<_> = step.choices.iter().filter(|c| c.why.is_some()).collect();
        for choice in answered.iter().skip(self.chosen) {
            println!("   {}: {}", choice.words, plain(choice.why.as_deref().unwrap_or_default()));
        }
        self.chosen = answered.len();
    }
}

/// Prose without its marks.
fn plain(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Heading(_, words) | Block::Paragraph(words) => {
                words.iter().for_each(|w| inline(&mut out, w));
                out.push('\n');
            }
            Block::List { items, .. } => {
                for item in items {
                    out.push_str("- ");
                    out.push_str(&plain(item));
                }
            }
            Block::Code { text, .. } => {
                out.push_str("    ");
                out.push_str(&text.replace('\n', "\n    "));
                out.push('\n');
            }
            Block::Quote(inside) => out.push_str(&plain(inside)),
        }
    }
    out
}

fn inline(out: &mut String, piece: &Inline) {
    match piece {
        Inline::Text(words) | Inline::Code(words) => out.push_str(words),
        Inline::Emphasis(inside) | Inline::Strong(inside) | Inline::Link { text: inside, .. } => {
            inside.iter().for_each(|w| inline(out, w));
        }
    }
}
