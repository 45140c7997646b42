//! The course's command line: `lessons console`, `lessons check`.

mod console;

use std::process::ExitCode;

use anyhow::{Result, bail};

fn main() -> Result<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("console") => console::run(&args[1..]),
        _ => bail!("usage: lessons console [--seed N] [--hosts IP,IP,...] [SCRIPT]"),
    }
}
