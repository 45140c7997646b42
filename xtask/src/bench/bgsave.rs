//! How long commands wait while a snapshot is written.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::Bench;
use super::client::{Client, key, request};
use super::server::Kind;
use super::stats::{Pairs, percentile};

/// What one connection met that sets one key after the other.
struct Latency {
    p99: f64,
    worst: f64,
}

pub(super) fn measure(bench: &Bench) -> Result<String> {
    let keys = bench.size(1_000_000, 200_000);
    let mut quiet = Pairs::default();
    let (mut p99, mut worst, mut took) = (Pairs::default(), Pairs::default(), Pairs::default());
    for round in 0..bench.rounds.min(3) {
        for kind in Kind::both(round) {
            let server = bench.start(kind, 2, &[])?;
            server.own_all()?;
            let mut client = server.client()?;
            client.fill(0, keys, 64)?;
            let mut asker = server.client()?;
            quiet.add(kind, probe(&mut client, keys, None)?.p99);
            let began = Instant::now();
            client.ask(&["BGSAVE"])?;
            let saving = probe(&mut client, keys, Some(&mut asker))?;
            took.add(kind, began.elapsed().as_secs_f64() * 1000.0);
            p99.add(kind, saving.p99);
            worst.add(kind, saving.worst);
        }
    }
    let row = |name: &str, pairs: &Pairs| {
        format!("| {name} | {:.0} | {:.0} | {} |\n", pairs.redis(), pairs.native(), pairs.ratio())
    };
    Ok(format!(
        "## While a snapshot is written\n\n{keys} keys with values of 64 bytes; one connection \
         sets keys all over the keyspace, one after the other.\n\n| | redis-server | native-node \
         | ratio |\n|---|---|---|---|\n{}{}{}{}",
        row("p99 without a snapshot, µs", &quiet),
        row("p99 during BGSAVE, µs", &p99),
        row("longest wait during BGSAVE, µs", &worst),
        row("BGSAVE under that load, ms", &took),
    ))
}

/// Sets keys for two seconds; with an asker until the save has ended.
fn probe(client: &mut Client, keys: u64, mut saving: Option<&mut Client>) -> Result<Latency> {
    let mut waits = Vec::new();
    let began = Instant::now();
    let mut n: u64 = 0;
    loop {
        n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bytes = request(&[b"SET", key((n >> 33) % keys).as_bytes(), &[b'y'; 64]]);
        let sent = Instant::now();
        client.send(&bytes)?;
        client.reply()?;
        waits.push(sent.elapsed().as_secs_f64() * 1e6);
        if !waits.len().is_multiple_of(500) {
            continue;
        }
        let over = match &mut saving {
            Some(asker) => {
                asker.ask(&["INFO", "persistence"])?.contains("rdb_bgsave_in_progress:0")
            }
            None => began.elapsed() > Duration::from_secs(2),
        };
        if over {
            let worst = waits.iter().copied().fold(0.0, f64::max);
            return Ok(Latency { p99: percentile(&waits, 99.0), worst });
        }
    }
}
