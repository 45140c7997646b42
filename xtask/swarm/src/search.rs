//! Many seeds, some at once; the first few failures are replayed smaller.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use engine_swarm::{Coverage, Outcome, Plan, run_and_tell, shrink};

use crate::{Arguments, report};

/// So many runs are spent on making a failing plan smaller.
const SHRINK_RUNS: usize = 40;

/// A line is printed after so many seeds.
const TELL_EVERY: u64 = 50;

#[derive(Default)]
struct Total {
    coverage: Coverage,
    seeds: u64,
    failed: u64,
}

/// Runs all seeds that were asked for, and says what they covered.
pub(crate) fn search(arguments: &Arguments) -> ExitCode {
    let began = Instant::now();
    let next = AtomicU64::new(arguments.first);
    let total = Mutex::new(Total::default());
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs.max(1) {
            scope.spawn(|| {
                while arguments.minutes.is_none_or(|m| began.elapsed().as_secs() < m * 60) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= arguments.end {
                        break;
                    }
                    let done = one(seed, arguments);
                    if let Ok(mut total) = total.lock() {
                        total.seeds += 1;
                        total.failed += u64::from(done.violation.is_some());
                        total.coverage.add(&done.coverage);
                        if total.seeds.is_multiple_of(TELL_EVERY) {
                            let seconds = began.elapsed().as_secs();
                            println!(
                                "{} seeds in {seconds} s, {} failed",
                                total.seeds, total.failed
                            );
                        }
                    }
                }
            });
        }
    });
    let Ok(total) = total.into_inner() else { return ExitCode::FAILURE };
    let end = next.into_inner().min(arguments.end);
    if end < arguments.end {
        println!("the time was over: seeds {}..{end} are done", arguments.first);
    }
    let seconds = began.elapsed().as_secs_f64();
    report::coverage(&total.coverage, total.seeds, total.failed, seconds);
    if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn one(seed: u64, arguments: &Arguments) -> Outcome {
    let plan = Plan::draw(seed, arguments.nodes, arguments.hours);
    let (outcome, tail) = run_and_tell(&plan, arguments.tail.map(|s| s * 1000));
    report::thin(seed, &plan, &outcome);
    if let Some(violation) = &outcome.violation {
        tail.iter().for_each(|line| println!("  {line}"));
        println!("seed {seed}: {violation}");
        println!("  replay: cargo xtask swarm --seeds {seed}..{}", seed + 1);
        let rule = violation.rule;
        report::plan(&if arguments.shrink { shrink(&plan, rule, SHRINK_RUNS) } else { plan });
    }
    outcome
}
