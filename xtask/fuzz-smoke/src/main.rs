//! `fuzz-smoke seconds|runs N [TARGET]`: broken input for every parser of foreign bytes, on stable
//! Rust.

mod meter;
mod mutate;
mod targets;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use engine_base::Seed;
use mutate::Mutator;
use targets::{TARGETS, Target};

const USAGE: &str = "usage: fuzz-smoke seconds|runs N [TARGET]";

/// When a target has had enough.
#[derive(Clone, Copy)]
enum Until {
    Time(Duration),
    Runs(u64),
}

impl Until {
    fn is_over(self, runs: u64, began: Instant) -> bool {
        match self {
            Self::Time(share) => began.elapsed() >= share,
            Self::Runs(most) => runs >= most,
        }
    }
}

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let unit = args.next().context(USAGE)?;
    let number: u64 = args.next().context(USAGE)?.parse()?;
    let only = args.next();
    let chosen: Vec<&Target> = TARGETS
        .iter()
        .filter(|target| only.as_deref().is_none_or(|name| name == target.name))
        .collect();
    if chosen.is_empty() {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        bail!("no target named {:?}; there are: {}", only.unwrap_or_default(), names.join(" "));
    }
    let until = match unit.as_str() {
        "seconds" => Until::Time(Duration::from_secs(number) / u32::try_from(chosen.len())?),
        "runs" => Until::Runs(number),
        _ => bail!(USAGE),
    };
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    for target in chosen {
        let began = Instant::now();
        let mut inputs = Mutator::new((target.corpus)(), Seed::from_number(seed));
        let mut runs = 0_u64;
        while !until.is_over(runs, began) {
            try_one(target, &inputs.next_input())?;
            runs += 1;
        }
        let time = began.elapsed().as_secs();
        println!("{:>16}: {runs} inputs in {time} s (seed {seed}), no defect", target.name);
    }
    Ok(())
}

/// Runs the target once; an input that makes it panic, swell or dawdle is kept and told.
fn try_one(target: &Target, input: &[u8]) -> Result<()> {
    let run = std::panic::AssertUnwindSafe(|| meter::bounded(|| (target.run)(input)));
    let what = match std::panic::catch_unwind(run) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(why)) => why.to_string(),
        Err(_) => "panicked".to_owned(),
    };
    let file = std::env::temp_dir().join(format!("slotlab-fuzz-{}.bin", target.name));
    std::fs::write(&file, input)?;
    let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
    bail!("{} {what} at {} bytes, kept in {}: {hex}", target.name, input.len(), file.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every target, the same inputs every time.
    #[test]
    fn broken_input_breaks_no_parser() {
        for target in TARGETS {
            let mut inputs = Mutator::new((target.corpus)(), Seed::from_number(7));
            for _ in 0..5_000 {
                try_one(target, &inputs.next_input()).expect(target.name);
            }
        }
    }

    #[test]
    fn every_target_has_a_shim_and_something_to_start_from() {
        let shims =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
        for target in TARGETS {
            assert!(shims.join(format!("{}.rs", target.name)).is_file(), "{}", target.name);
            assert!(!(target.corpus)().is_empty(), "{}", target.name);
        }
        assert_eq!(std::fs::read_dir(shims).expect("a folder").count(), TARGETS.len());
    }

    #[test]
    fn a_panic_is_caught_and_its_input_told() {
        let target = Target {
            name: "test-of-the-test",
            run: |bytes| assert!(bytes != [0xab], "as planted"),
            corpus: || vec![vec![0xab]],
        };
        let error = try_one(&target, &[0xab]).expect_err("it panics");
        assert!(error.to_string().ends_with(": ab"), "{error}");
        assert!(try_one(&target, &[0xac]).is_ok());
    }
}
