//! The counters that `INFO` prints and `CONFIG RESETSTAT` clears.

use std::collections::BTreeMap;

use engine_base::{Mono, Now};

use crate::command::{Spec, full_name};
use crate::latency::Histogram;

/// Counted since the start or the last `CONFIG RESETSTAT`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stats {
    /// `total_connections_received`
    pub(crate) connections_received: u64,
    /// `total_commands_processed`
    pub(crate) commands: u64,
    /// `total_net_input_bytes`
    pub(crate) net_input_bytes: u64,
    /// `total_net_output_bytes`
    pub(crate) net_output_bytes: u64,
    /// `total_net_repl_input_bytes`: of those, from the master.
    pub(crate) repl_input_bytes: u64,
    /// `total_net_repl_output_bytes`: of those, to replicas.
    pub(crate) repl_output_bytes: u64,
    /// How often something was read from a socket, and written to one.
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    /// Microseconds spent on keys whose time had come.
    pub(crate) expire_micros: u64,
    /// The part of the keys looked at for expiry whose time had come, and how often the time for it
    /// was up before all such keys were gone.
    pub(crate) expired_stale: f64,
    pub(crate) expire_caps: u64,
    /// `unexpected_error_replies`: errors that the master or the append-only file got.
    pub(crate) unexpected_errors: u64,
    /// Objects that had been freed lazily when the count began.
    pub(crate) freed_before: u64,
    /// `rejected_connections`
    pub(crate) rejected_connections: u64,
    /// `expired_keys`
    pub(crate) expired_keys: u64,
    /// `evicted_keys`
    pub(crate) evicted_keys: u64,
    /// `evicted_clients`
    pub(crate) evicted_clients: u64,
    /// `total_eviction_exceeded_time`, in milliseconds, and since when `maxmemory` is exceeded now.
    pub(crate) exceeded_ms: u64,
    pub(crate) exceeded_since: Option<Mono>,
    /// `dump_payload_sanitizations`: every payload is checked to its depth.
    pub(crate) payloads_checked: u64,
    /// `reply_buffer_shrinks` and `reply_buffer_expands`
    pub(crate) reply_shrinks: u64,
    pub(crate) reply_expands: u64,
    /// `keyspace_hits`
    pub(crate) keyspace_hits: u64,
    /// `keyspace_misses`
    pub(crate) keyspace_misses: u64,
    /// `sync_full`
    pub(crate) sync_full: u64,
    /// `sync_partial_ok`
    pub(crate) sync_partial_ok: u64,
    /// `sync_partial_err`
    pub(crate) sync_partial_err: u64,
    /// `total_error_replies`
    pub(crate) error_replies: u64,
    /// Errors in the reply of the script that ran, which were counted when they came about: its
    /// command has failed all the same.
    pub(crate) counted_failures: u64,
    /// How many error replies there were when the last command ended: those since are of the
    /// command that runs.
    pub(crate) errors_seen: u64,
    /// The section `errorstats`: replies by error code.
    pub(crate) errors: BTreeMap<String, u64>,
    /// The `instantaneous_…` fields.
    pub(crate) rates: Rates,
    /// The section `commandstats`, by the place of the command's description in memory: looked
    /// up with every command, and only ever shown in the order of names.
    per_command: BTreeMap<usize, CommandCounts>,
}

/// How often a command was called.
#[derive(Clone, Debug, Default)]
pub(crate) struct CommandCounts {
    /// Its full name.
    pub(crate) name: &'static str,
    /// It ran.
    pub(crate) calls: u64,
    /// It was refused before it ran.
    pub(crate) rejected: u64,
    /// It ran and answered an error.
    pub(crate) failed: u64,
    /// Microseconds that it ran altogether.
    pub(crate) micros: u64,
    /// How long it ran how often (`latency-tracking`).
    pub(crate) times: Histogram,
}

/// What happens in a second.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rates {
    pub(crate) commands: Rate,
    pub(crate) input: Rate,
    pub(crate) output: Rate,
    pub(crate) repl_input: Rate,
    pub(crate) repl_output: Rate,
}

/// How fast a counter grew over the last ticks (`trackInstantaneousMetric` in server.c).
#[derive(Clone, Debug, Default)]
pub(crate) struct Rate {
    last: Option<(Mono, u64)>,
    samples: [u64; 16],
    next: usize,
}

impl Rate {
    /// The mean of the last samples.
    pub(crate) fn per_second(&self) -> u64 {
        self.samples.iter().sum::<u64>() / self.samples.len() as u64
    }

    fn sample(&mut self, now: Now, count: u64) {
        if let Some((at, before)) = self.last {
            let ms = now.mono.ms_since(at).max(1);
            self.samples[self.next] = count.saturating_sub(before) * 1000 / ms;
            self.next = (self.next + 1) % self.samples.len();
        }
        self.last = Some((now.mono, count));
    }
}

impl Stats {
    /// The counts of a command.
    pub(crate) fn of_command(&mut self, spec: &'static Spec) -> &mut CommandCounts {
        let place = core::ptr::from_ref(spec) as usize;
        self.per_command
            .entry(place)
            .or_insert_with(|| CommandCounts { name: full_name(spec), ..Default::default() })
    }

    /// All commands that were called, in the order of their names.
    pub(crate) fn commands_by_name(&self) -> Vec<&CommandCounts> {
        let mut all: Vec<&CommandCounts> = self.per_command.values().collect();
        all.sort_unstable_by_key(|counts| counts.name);
        all
    }

    /// Takes a sample of the rates, once in 100 ms.
    pub(crate) fn sample(&mut self, now: Now) {
        if self.rates.commands.last.is_some_and(|(at, _)| now.mono.ms_since(at) < 100) {
            return;
        }
        self.rates.commands.sample(now, self.commands);
        self.rates.input.sample(now, self.net_input_bytes);
        self.rates.output.sample(now, self.net_output_bytes);
        self.rates.repl_input.sample(now, self.repl_input_bytes);
        self.rates.repl_output.sample(now, self.repl_output_bytes);
    }

    /// Counts an error reply by the code it begins with.
    pub(crate) fn error(&mut self, text: &str) {
        self.error_bytes(text.as_bytes());
    }

    /// [`Self::error`] for a text that may hold any bytes.
    pub(crate) fn error_bytes(&mut self, text: &[u8]) {
        self.error_replies += 1;
        let code = text.split(|b| *b == b' ').next().unwrap_or(b"ERR");
        *self.errors.entry(String::from_utf8_lossy(code).into_owned()).or_default() += 1;
    }
}
