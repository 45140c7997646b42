//! How long a cluster refuses writes when a master dies: from kill -9 to the first accepted write to
//! one of its slots, node timeout 2 s. In the simulated world, and on real ports beside
//! redis-server: six processes of each kind, whose masters die in turn.
//!
//! `cargo run --release -p engine --example failover_times -- [PORT NATIVE-NODE]`: without a
//! port and the path of a built native-node, only the simulated world is looked at. PORT is the
//! first of those to use: 18 from there, and from 1,000 above for the bus.

#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "it drives real servers")]

mod real;
mod sandbox;

use std::process::ExitCode;

/// Masters killed of each kind.
const KILLS: usize = 7;
/// `cluster-node-timeout`, in milliseconds.
const NODE_TIMEOUT_MS: u64 = 2000;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    println!(
        "kill -9 of a master to the first accepted write, node timeout {NODE_TIMEOUT_MS} ms, {KILLS} kills each"
    );
    println!("| cluster | median | shortest | longest |\n|---|---|---|---|");
    for profile in ["redis7", "valkey9"] {
        row(&format!("simulated, {profile}"), sandbox::times(profile));
    }
    let (Some(port), Some(native)) = (arguments.next(), arguments.next()) else {
        return ExitCode::SUCCESS;
    };
    let Ok(port) = port.parse::<u16>() else {
        eprintln!("not a port: {port}");
        return ExitCode::FAILURE;
    };
    match real::times(port, &native) {
        Ok(rows) => rows.into_iter().for_each(|(name, times)| row(&name, times)),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// One line of the table. Times in milliseconds.
fn row(name: &str, mut times: Vec<u64>) {
    times.sort_unstable();
    let at = |i: usize| times.get(i).map_or(f64::NAN, |ms| *ms as f64 / 1000.0);
    let last = times.len().saturating_sub(1);
    println!("| {name} | {:.2} s | {:.2} s | {:.2} s |", at(times.len() / 2), at(0), at(last));
}
