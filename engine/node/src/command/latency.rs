//! `LATENCY`: what was slow of late (latency.c). The measuring is in `crate::latency`.

use std::fmt::Write;

use super::macros::{keys, specs};
use super::{Answer, Call, Spec, help, table};
use crate::Node;
use crate::latency::Series;

/// The subcommands.
pub(crate) const SUBCOMMANDS: &[Spec] = specs! {
    "doctor" 2 [ADMIN NOSCRIPT LOADING STALE] () [] => doctor,
    "help" 2 [LOADING STALE] () [] => help::help,
    "histogram" -2 [ADMIN NOSCRIPT LOADING STALE] () [] => histogram,
    "history" 3 [ADMIN NOSCRIPT LOADING STALE] () [] => history,
    "latest" 2 [ADMIN NOSCRIPT LOADING STALE] () [] => latest,
    "reset" -2 [ADMIN NOSCRIPT LOADING STALE] () [] => reset,
};

/// `LATENCY HISTORY event`: time and milliseconds of each sample.
fn history(call: &mut Call<'_>) -> Answer {
    let samples: Vec<(i64, u64)> = call
        .node
        .latency
        .event(call.args[2])
        .map(|series| series.samples.iter().copied().collect())
        .unwrap_or_default();
    call.out.array(samples.len());
    for (secs, ms) in samples {
        call.out.array(2);
        call.out.int(secs);
        call.out.int(ms as i64);
    }
    Ok(())
}

/// `LATENCY LATEST`: name, time, last and highest milliseconds of each event.
fn latest(call: &mut Call<'_>) -> Answer {
    let Call { node, out, .. } = call;
    out.array(node.latency.events().count());
    for (name, series) in node.latency.events() {
        let (secs, ms) = series.samples.back().copied().unwrap_or_default();
        out.array(4);
        out.bulk(name.as_bytes());
        out.int(secs);
        out.int(ms as i64);
        out.int(series.max as i64);
    }
    Ok(())
}

/// `LATENCY RESET [event …]`: how many events were forgotten.
fn reset(call: &mut Call<'_>) -> Answer {
    let monitor = &mut call.node.latency;
    let gone = match &call.args[2..] {
        [] => monitor.reset(None),
        events => events.iter().map(|event| monitor.reset(Some(event))).sum(),
    };
    call.out.len_int(gone);
    Ok(())
}

/// `LATENCY HISTOGRAM [command …]`: of each command, how many calls took how long.
fn histogram(call: &mut Call<'_>) -> Answer {
    let Call { node, out, args, .. } = call;
    let all = node.stats.commands_by_name();
    let measured = all.into_iter().filter(|counts| counts.times.total() > 0);
    let wanted = |name: &str| {
        args[2..].iter().any(|word| {
            let of_container = || {
                let container = name.split_once('|').map(|(container, _)| container.as_bytes());
                container.is_some_and(|container| container.eq_ignore_ascii_case(word))
                    && table::find(word).is_some()
            };
            name.as_bytes().eq_ignore_ascii_case(word) || of_container()
        })
    };
    let told: Vec<_> = measured.filter(|c| args.len() == 2 || wanted(c.name)).collect();
    out.map(told.len());
    for counts in told {
        out.bulk(counts.name.as_bytes());
        out.map(2);
        out.bulk(b"calls");
        out.int(counts.times.total() as i64);
        out.bulk(b"histogram_usec");
        let levels = counts.times.cumulative();
        out.map(levels.len());
        for (micros, count) in levels {
            out.int(micros as i64);
            out.int(count as i64);
        }
    }
    Ok(())
}

const DISABLED: &str = "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this \
Redis instance. You may use \"CONFIG SET latency-monitor-threshold <milliseconds>.\" in order to \
enable it. If we weren't in a deep space mission I'd suggest to take a look at \
https://redis.io/topics/latency-monitor.\n";

const NOTHING: &str = "Dave, no latency spike was observed during the lifetime of this Redis \
instance, not in the slightest bit. I honestly think you ought to sit down calmly, take a stress \
pill, and think things over.\n";

const SPIKES: &str = "Dave, I have observed latency spikes in this Redis instance. You don't mind \
talking about it, do you Dave?\n\n";

/// `LATENCY DOCTOR`: a report of all events.
fn doctor(call: &mut Call<'_>) -> Answer {
    let text = report(call.node);
    call.out.verbatim("txt", text.as_bytes());
    Ok(())
}

fn report(node: &Node) -> String {
    if node.config.latency_monitor_threshold == 0 {
        return DISABLED.to_owned();
    }
    let mut text = String::new();
    for (number, (name, series)) in node.latency.events().enumerate() {
        let _ = writeln!(text, "{}. {name}: {}", number + 1, summary(series));
    }
    if text.is_empty() { NOTHING.to_owned() } else { format!("{SPIKES}{text}") }
}

fn summary(series: &Series) -> String {
    let count = series.samples.len().max(1) as u64;
    let average = series.samples.iter().map(|(_, ms)| ms).sum::<u64>() / count;
    let deviation = series.samples.iter().map(|(_, ms)| ms.abs_diff(average)).sum::<u64>() / count;
    let (first, last) = (series.samples.front(), series.samples.back());
    let span = first.zip(last).map_or(0, |(first, last)| last.0 - first.0).max(1);
    let period = span as f64 / count as f64;
    format!(
        "{count} latency spikes (average {average}ms, mean deviation {deviation}ms, period \
         {period:.2} sec). Worst all time event {}ms.",
        series.max
    )
}
