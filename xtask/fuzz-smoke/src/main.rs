//! `fuzz-smoke SECONDS [TARGET]`: broken input for every parser of foreign bytes, on stable Rust.

mod mutate;
mod targets;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use engine_base::Seed;
use mutate::Mutator;
use targets::{TARGETS, Target};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let seconds: u64 = args.next().context("usage: fuzz-smoke SECONDS [TARGET]")?.parse()?;
    let only = args.next();
    let chosen: Vec<&Target> = TARGETS
        .iter()
        .filter(|target| only.as_deref().is_none_or(|name| name == target.name))
        .collect();
    if chosen.is_empty() {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        bail!("no target named {:?}; there are: {}", only.unwrap_or_default(), names.join(" "));
    }
    let share = Duration::from_secs(seconds) / u32::try_from(chosen.len())?;
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    for target in chosen {
        let began = Instant::now();
        let mut inputs = Mutator::new((target.corpus)(), Seed::from_number(seed));
        let mut runs = 0_u64;
        while began.elapsed() < share {
            try_one(target, &inputs.next_input())?;
            runs += 1;
        }
        println!("{:>16}: {runs} inputs (seed {seed}), no panic", target.name);
    }
    Ok(())
}

/// Runs the target once; an input that makes it panic is kept and told.
fn try_one(target: &Target, input: &[u8]) -> Result<()> {
    let run = std::panic::AssertUnwindSafe(|| (target.run)(input));
    if std::panic::catch_unwind(run).is_ok() {
        return Ok(());
    }
    let file = std::env::temp_dir().join(format!("slotlab-fuzz-{}.bin", target.name));
    std::fs::write(&file, input)?;
    let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
    bail!("{} panicked at {} bytes, kept in {}: {hex}", target.name, input.len(), file.display())
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
