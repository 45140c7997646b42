//! `MEMORY STATS`, `DOCTOR` and `MALLOC-STATS`: what takes how much (object.c). The data's size is an
//! estimate (see `memory.rs`); tables of keys are part of it.

use super::{Answer, Call};
use crate::Node;

/// What the report and the doctor look at, in bytes.
struct Figures {
    used: u64,
    peak: u64,
    startup: u64,
    backlog: u64,
    replicas: u64,
    clients: u64,
    links: u64,
    aof: u64,
    data: u64,
    keys: u64,
    resident: u64,
}

impl Figures {
    fn of(node: &Node) -> Self {
        let (startup, data) = (node.startup_memory() as u64, node.data_memory() as u64);
        let (clients, replicas) =
            (node.buffer_memory() as u64, node.replica_buffer_memory() as u64);
        let used = node.used_memory() as u64;
        let links = node.cluster.as_deref().map_or(0, |c| c.links.values().map(|l| l.queued).sum());
        let resident = node.host_facts.as_deref().and_then(|facts| (facts.resident?)());
        Self {
            used,
            peak: used.max(node.memory.peak()),
            startup,
            backlog: node.own_backlog(),
            replicas,
            clients,
            links: links as u64,
            aof: node.persist.unwritten() as u64,
            data,
            keys: node.dbs.iter().map(|db| db.len() as u64).sum(),
            // Where nobody tells, nothing is lost.
            resident: resident.unwrap_or(used),
        }
    }

    /// How many times what is used the process takes, and by how many bytes more.
    fn fragmentation(&self) -> (f64, i64) {
        let ratio = self.resident as f64 / self.used.max(1) as f64;
        (ratio, self.resident.cast_signed() - self.used.cast_signed())
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}

/// `MEMORY STATS`
#[inline(never)]
pub(super) fn stats(call: &mut Call<'_>) -> Answer {
    let f = Figures::of(call.node);
    let dbs: Vec<usize> =
        call.node.dbs.iter().enumerate().filter(|(_, db)| !db.is_empty()).map(|(i, _)| i).collect();
    let net = f.used.saturating_sub(f.startup);
    let scripts = call.node.scripts.memory();
    let out = &mut *call.out;
    let number = |out: &mut engine_resp::Reply, name: &str, n: u64| {
        out.bulk(name.as_bytes());
        out.int(n.cast_signed());
    };
    out.map(27 + dbs.len());
    for (name, n) in [
        ("peak.allocated", f.peak),
        ("total.allocated", f.used),
        ("startup.allocated", f.startup),
        ("replication.backlog", f.backlog),
        ("clients.slaves", f.replicas),
        ("clients.normal", f.clients),
        ("cluster.links", f.links),
        ("aof.buffer", f.aof),
        ("lua.caches", scripts.cache as u64),
        ("functions.caches", scripts.libraries as u64),
    ] {
        number(out, name, n);
    }
    for db in dbs {
        out.bulk(format!("db.{db}").as_bytes());
        out.map(3);
        for of in ["main", "expires", "slot-to-keys"] {
            number(out, &format!("overhead.hashtable.{of}"), 0);
        }
    }
    for (name, n) in [
        ("overhead.total", f.used - f.data),
        ("keys.count", f.keys),
        ("keys.bytes-per-key", net.checked_div(f.keys).unwrap_or(0)),
        ("dataset.bytes", f.data),
    ] {
        number(out, name, n);
    }
    let ratio = |out: &mut engine_resp::Reply, name: &str, value: f64| {
        out.bulk(name.as_bytes());
        out.double(value);
    };
    ratio(out, "dataset.percentage", percent(f.data, net));
    ratio(out, "peak.percentage", percent(f.used, f.peak));
    // An allocator that tells nothing of itself: what is not in use is all of the process.
    number(out, "allocator.allocated", f.used);
    number(out, "allocator.active", f.resident);
    number(out, "allocator.resident", f.resident);
    let (lost, bytes) = f.fragmentation();
    for (of, lost, bytes) in [
        ("allocator-fragmentation", lost, bytes),
        ("allocator-rss", 1.0, 0),
        ("rss-overhead", 1.0, 0),
    ] {
        ratio(out, &format!("{of}.ratio"), lost);
        out.bulk(format!("{of}.bytes").as_bytes());
        out.int(bytes);
    }
    ratio(out, "fragmentation", lost);
    out.bulk(b"fragmentation.bytes");
    out.int(bytes);
    Ok(())
}

/// From here on there is something to look at.
const LITTLE: u64 = 5 << 20;

const EMPTY: &str = "Hi Sam, this instance is empty or is using very little memory, my issues \
detector can't be used in these conditions. Please, leave for your mission on Earth and fill it with \
some data. The new Sam and I will be back to our programming as soon as I finished rebooting.\n";

const WELL: &str = "Hi Sam, I can't find any memory issue in your instance. I can only account for \
what occurs on this base.\n";

const PEAK: &str = " * Peak memory: In the past this instance used more than 150% the memory that is \
currently using. The allocator is normally not able to release memory after a peak, so you can expect \
to see a big fragmentation ratio, however this is actually harmless and is only due to the memory \
peak, and if the Redis instance Resident Set Size (RSS) is currently bigger than expected, the memory \
will be used as soon as you fill the Redis instance with more data. If the memory peak was only \
occasional and you want to try to reclaim memory, please try the MEMORY PURGE command, otherwise the \
only other option is to shutdown and restart the instance.\n\n";

const REPLICAS: &str = " * Big replica buffers: The replica output buffers in this instance are \
greater than 10MB for each replica (on average). This likely means that there is some replica instance \
that is struggling receiving data, either because it is too slow or because of networking issues. As \
a result, data piles on the master output buffers. Please try to identify what replica is not \
receiving data correctly and why. You can use the INFO output in order to check the replicas delays \
and the CLIENT LIST command to check the output buffers of each replica.\n\n";

const CLIENTS: &str = " * Big client buffers: The clients output buffers in this instance are greater \
than 200K per client (on average). This may result from different causes, like Pub/Sub clients \
subscribed to channels bot not receiving data fast enough, so that data piles on the Redis instance \
output buffer, or clients sending commands with large replies or very large sequences of commands in \
the same pipeline. Please use the CLIENT LIST command in order to investigate the issue if it causes \
problems in your instance, or to understand better why certain clients are using a big amount of \
memory.\n\n";

fn fragmented(allocator: &str) -> String {
    format!(
        " * High total RSS: This instance has a memory fragmentation and RSS overhead greater than \
         1.4 (this means that the Resident Set Size of the Redis process is much larger than the sum \
         of the logical allocations Redis performed). This problem is usually due either to a large \
         peak memory (check if there is a peak memory entry above in the report) or may result from a \
         workload that causes the allocator to fragment memory a lot. If the problem is a large peak \
         memory, then there is no issue. Otherwise, make sure you are using the Jemalloc allocator \
         and not the default libc malloc. Note: The currently used allocator is \"{allocator}\".\n\n"
    )
}

/// `MEMORY DOCTOR`
#[inline(never)]
pub(super) fn doctor(call: &mut Call<'_>) -> Answer {
    let node = &*call.node;
    let f = Figures::of(node);
    let (ratio, lost) = f.fragmentation();
    let replicas = node.links.clients().filter(|client| client.replica.is_some()).count();
    let clients = (node.links.client_count() - replicas).max(1);
    let mut report = String::new();
    if f.used < LITTLE {
        report.push_str(EMPTY);
    } else {
        if f.peak as f64 / f.used as f64 > 1.5 {
            report.push_str(PEAK);
        }
        if ratio > 1.4 && lost > 10 << 20 {
            let facts = node.host_facts.as_deref();
            report.push_str(&fragmented(facts.map_or("", |facts| &facts.allocator)));
        }
        if replicas > 0 && f.replicas > 10 << 20 {
            report.push_str(REPLICAS);
        }
        if f.clients / clients as u64 > 200 << 10 {
            report.push_str(CLIENTS);
        }
        report = match report.as_str() {
            "" => WELL.to_owned(),
            issues => format!(
                "Sam, I detected a few issues in this Redis instance memory implants:\n\n{issues}I'm \
                 here to keep you safe, Sam. I want to help you.\n"
            ),
        };
    }
    call.out.verbatim("txt", report.as_bytes());
    Ok(())
}

/// `MEMORY MALLOC-STATS`
pub(super) fn malloc_stats(call: &mut Call<'_>) -> Answer {
    call.out.bulk(b"Stats not supported for the current allocator");
    Ok(())
}
