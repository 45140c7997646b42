//! `cargo xtask swarm`: runs seeds, prints what they covered, and replays and shrinks a failure.

mod report;
mod search;
mod speed;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use engine_swarm::{Plan, run};

struct Arguments {
    first: u64,
    end: u64,
    nodes: Option<usize>,
    /// All sizes that were named, for `--speed`.
    sizes: Vec<usize>,
    hours: Option<u64>,
    shrink: bool,
    speed: bool,
    /// Print what happened in so many last seconds of a failing run.
    tail: Option<u64>,
    /// Begin no more seeds after so many real minutes.
    minutes: Option<u64>,
    /// How many seeds run at once.
    jobs: usize,
    /// The name of the bug that this binary was built with: the first find ends the search.
    planted: Option<String>,
}

fn arguments() -> Result<Arguments> {
    let mut parsed = Arguments {
        first: 0,
        end: 20,
        nodes: None,
        sizes: Vec::new(),
        hours: None,
        shrink: true,
        speed: false,
        tail: None,
        minutes: None,
        jobs: 1,
        planted: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--no-shrink" => parsed.shrink = false,
            "--speed" => parsed.speed = true,
            "--seeds" => {
                let range = words.next().context("--seeds needs A..B")?;
                let (a, b) = range.split_once("..").context("--seeds needs A..B")?;
                (parsed.first, parsed.end) = (a.parse()?, b.parse()?);
            }
            "--nodes" => {
                let list = words.next().context("--nodes needs N, or N,N,… with --speed")?;
                parsed.sizes = list.split(',').map(str::parse).collect::<Result<_, _>>()?;
                parsed.nodes = parsed.sizes.first().copied();
            }
            "--hours" => parsed.hours = Some(words.next().context("--hours needs H")?.parse()?),
            "--minutes" => {
                parsed.minutes = Some(words.next().context("--minutes needs M")?.parse()?);
            }
            "--jobs" => parsed.jobs = words.next().context("--jobs needs N")?.parse()?,
            "--tail" => parsed.tail = Some(words.next().context("--tail needs SECONDS")?.parse()?),
            "--planted" => parsed.planted = Some(words.next().context("--planted needs a name")?),
            other => bail!("unknown argument {other}; see `cargo xtask swarm --help`"),
        }
    }
    Ok(parsed)
}

fn main() -> Result<ExitCode> {
    let arguments = arguments()?;
    if arguments.speed {
        speed::table(&arguments.sizes);
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(name) = &arguments.planted {
        return Ok(hunt(name, &arguments));
    }
    Ok(search::search(&arguments))
}

#[cfg(planted_bugs)]
fn wake(name: &str) -> bool {
    engine_base::plant(name)
}

#[cfg(not(planted_bugs))]
fn wake(_name: &str) -> bool {
    false
}

/// Looks for a planted bug until a rule catches it; prints one row of the table.
fn hunt(name: &str, arguments: &Arguments) -> ExitCode {
    if !wake(name) {
        println!("no bugs are planted in this build: cargo xtask swarm --planted {name}");
        return ExitCode::FAILURE;
    }
    let began = Instant::now();
    for seed in arguments.first..arguments.end {
        let plan = Plan::draw(seed, arguments.nodes, arguments.hours);
        if let Some(violation) = run(&plan).violation {
            let seconds = began.elapsed().as_secs_f64();
            println!("{name:<22} {:<62} {seed:>5} {seconds:>8.1} s", violation.rule);
            return ExitCode::SUCCESS;
        }
    }
    println!("{name:<22} not found in seeds {}..{}", arguments.first, arguments.end);
    ExitCode::FAILURE
}
