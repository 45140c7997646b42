//! SET with the append-only file on: what its write, and its fsync, cost who waits for the answer.

use anyhow::Result;

use super::Bench;
use super::lines;
use super::server::Kind;
use super::stats::Pairs;

pub(super) fn measure(bench: &Bench) -> Result<String> {
    let mut text = String::from(
        "## With the append-only file\n\nSET of 3 bytes by 50 connections, `appendonly yes`: \
         requests a second. With `appendfsync always` nobody is answered before the disk has \
         it.\n\n| appendfsync | P | redis-server | native-node | throughput | CPU |\n\
         |---|---|---|---|---|---|\n",
    );
    for policy in ["everysec", "always"] {
        let options = ["--appendonly", "yes", "--appendfsync", policy];
        let redis = bench.start(Kind::Redis, 0, &options)?;
        let native = bench.start(Kind::Native, 1, &options)?;
        redis.own_all()?;
        native.own_all()?;
        for pipeline in [1, 16] {
            let requests = bench.size(20_000, 5_000) * if pipeline == 1 { 1 } else { 8 };
            let (mut rates, mut cpu) = (Pairs::default(), Pairs::default());
            for round in 0..bench.rounds {
                for kind in Kind::both(round) {
                    let server = if kind == Kind::Redis { &redis } else { &native };
                    let run = lines::run(server, "set", requests, pipeline, "3")?;
                    rates.add(kind, run.rate);
                    cpu.add(kind, run.cpu);
                }
            }
            text.push_str(&format!(
                "| {policy} | {pipeline} | {:.0} | {:.0} | {} | {} |\n",
                rates.redis(),
                rates.native(),
                rates.ratio(),
                cpu.ratio()
            ));
        }
    }
    Ok(text)
}
