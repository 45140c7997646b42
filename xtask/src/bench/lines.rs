//! redis-benchmark, line by line: throughput, and processor time a command.

use std::process::Command;

use anyhow::{Context, Result};

use super::Bench;
use super::process::cpu_ns;
use super::server::{Kind, Server};
use super::stats::Pairs;
use crate::shell;

/// A line of redis-benchmark, and how many times fewer requests it gets than SET: it does more.
const LINES: [(&str, u32); 18] = [
    ("set", 1),
    ("get", 1),
    ("incr", 1),
    ("lpush", 1),
    ("rpush", 1),
    ("lpop", 1),
    ("rpop", 1),
    ("sadd", 1),
    ("hset", 1),
    ("spop", 1),
    ("zadd", 1),
    ("zpopmin", 1),
    ("lrange_100", 5),
    ("lrange_300", 10),
    ("lrange_500", 20),
    ("lrange_600", 20),
    ("mset", 5),
    ("ping_mbulk", 1),
];

/// The lines of a quick run.
const QUICK: [&str; 6] = ["set", "get", "lpush", "zadd", "lrange_300", "mset"];

/// Keys, fields and members are drawn from this many.
const KEYSPACE: &str = "100000";

/// One measurement: requests a second, and nanoseconds of the server's time a request.
pub(super) struct Run {
    pub(super) rate: f64,
    pub(super) cpu: f64,
}

pub(super) fn measure(bench: &Bench) -> Result<String> {
    let redis = bench.start(Kind::Redis, 0, &[])?;
    let native = bench.start(Kind::Native, 1, &[])?;
    redis.own_all()?;
    native.own_all()?;
    let mut text = String::from(
        "## redis-benchmark, line by line\n\n50 connections, cluster mode, all slots owned, keys \
         drawn from 100,000. \"Throughput\" is native-node's requests a second over \
         redis-server's; \"CPU\" is the server's processor time a request over redis-server's \
         (lower is better). At P = 1, and for the cheapest commands at any P, redis-benchmark \
         itself is the limit on two cores: there the processor time tells.\n",
    );
    for size in ["3", "1024"] {
        if bench.quick && size != "3" {
            continue;
        }
        for pipeline in bench.size(&[1, 16, 64][..], &[1, 16][..]) {
            text.push_str(&format!(
                "\n### P = {pipeline}, values of {size} bytes\n\n| line | redis-server, \
                 requests/s | native-node, requests/s | throughput | redis-server, µs CPU | \
                 native-node, µs CPU | CPU |\n|---|---|---|---|---|---|---|\n"
            ));
            for (line, weight) in LINES {
                if bench.quick && !QUICK.contains(&line) {
                    continue;
                }
                let row = one_line(bench, [&redis, &native], line, weight, *pipeline, size)?;
                eprint!("{row}");
                text.push_str(&row);
            }
        }
    }
    Ok(text)
}

fn one_line(
    bench: &Bench,
    servers: [&Server; 2],
    line: &str,
    weight: u32,
    pipeline: u32,
    size: &str,
) -> Result<String> {
    let (mut rates, mut cpu) = (Pairs::default(), Pairs::default());
    let requests = bench.size(200_000, 80_000) / weight / if pipeline == 1 { 2 } else { 1 };
    // In a pipeline it would be over in a tenth of a second.
    let requests = requests * if line == "ping_mbulk" && pipeline > 1 { 10 } else { 1 };
    for round in 0..bench.rounds {
        for kind in Kind::both(round) {
            let server = if kind == Kind::Redis { servers[0] } else { servers[1] };
            let run = run(server, line, requests, pipeline, size)
                .with_context(|| format!("{line} on {kind:?}"))?;
            rates.add(kind, run.rate);
            cpu.add(kind, run.cpu);
        }
    }
    let name = line.to_uppercase();
    Ok(format!(
        "| {name} | {:.0} | {:.0} | {} | {:.2} | {:.2} | {} |\n",
        rates.redis(),
        rates.native(),
        rates.ratio(),
        cpu.redis() / 1000.0,
        cpu.native() / 1000.0,
        cpu.ratio()
    ))
}

/// Runs a line once; its own keys are put there before, outside of the measurement.
pub(super) fn run(
    server: &Server,
    line: &str,
    requests: u32,
    pipeline: u32,
    size: &str,
) -> Result<Run> {
    server.client()?.ask(&["FLUSHALL"])?;
    let range = line.strip_prefix("lrange_");
    let before = match line {
        "get" => Some("set"),
        "lpop" | "rpop" => Some("lpush"),
        "spop" => Some("sadd"),
        "zpopmin" => Some("zadd"),
        _ if range.is_some() => Some("lpush"),
        _ => None,
    };
    if let Some(before) = before {
        let (count, keyspace) = match (line, range) {
            ("get", _) => (requests, KEYSPACE),
            (_, Some(_)) => (700, KEYSPACE),
            _ => (requests, "100000000"),
        };
        benchmark(server, count, 64, size, &["-t", before, "-r", keyspace])?;
    }
    let before = cpu_ns(server.pid())?;
    let rate = match range {
        // One list for all: the line's own filling would be counted.
        Some(count) => {
            let last = (count.parse::<u32>()? - 1).to_string();
            benchmark(server, requests, pipeline, size, &["lrange", "mylist", "0", &last])?
        }
        // Without a keyspace all its keys are one, and so share a slot.
        None if line == "mset" => benchmark(server, requests, pipeline, size, &["-t", line])?,
        None => benchmark(server, requests, pipeline, size, &["-t", line, "-r", KEYSPACE])?,
    };
    let cpu = (cpu_ns(server.pid())? - before) as f64 / f64::from(requests);
    Ok(Run { rate, cpu })
}

/// Runs redis-benchmark; gives requests a second.
fn benchmark(
    server: &Server,
    requests: u32,
    pipeline: u32,
    size: &str,
    words: &[&str],
) -> Result<f64> {
    let mut command = Command::new("redis-benchmark");
    command.args(["-p", &server.port.to_string(), "-P", &pipeline.to_string(), "--csv"]);
    command.args(["-n", &requests.to_string(), "-c", "50", "-d", size]).args(words);
    let output = shell::answer(&mut command).context("redis-benchmark failed")?;
    let row = output.lines().rfind(|row| row.contains("\",\"")).context("no numbers")?;
    let fields: Vec<&str> = row.trim_matches('"').split("\",\"").collect();
    // The name may hold a comma, so the numbers are counted from the end.
    let rate = fields.len().checked_sub(7).and_then(|at| fields.get(at)).context("no rate")?;
    Ok(rate.parse()?)
}
