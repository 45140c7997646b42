//! How much memory the data takes, and what is done when it is too much: evict.c.
//!
//! An allocator that counts is the platform's; here the size is estimated from a sample of the
//! keys (slots are drawn by a hash, so the first ones are as good as any). Up to
//! [`SAMPLE`] keys are counted exactly.

use std::cell::Cell;

use engine_base::{LinkId, Now, UnixMs};
use engine_store::{Db, Entry};

use crate::Node;
use crate::api::LogLevel;
use crate::client::ClientFlags;
use crate::command::{CommandFlags, Spec};
use crate::config::MaxmemoryPolicy;

/// Keys that are looked at for an estimate.
const SAMPLE: usize = 256;
/// An estimate is taken anew after so many commands (and whenever it is asked for).
const COMMANDS_PER_ESTIMATE: u64 = 64;
/// With less room than this it is taken four times as often.
const TIGHT: usize = 64 * 1024;
/// Bytes of a key beside its text and its value: its entry and its place in a table.
const KEY_OVERHEAD: usize = 64;
/// Bytes of a process without any data: what a redis-server 7.0.15 says of itself when it has
/// started (`used_memory_startup`), alone and in cluster mode. `maxmemory` is weighed against
/// these too, so that a limit means the same here.
const STARTUP: usize = 876_000;
const STARTUP_CLUSTER: usize = 1_600_000;
/// Keys evicted before one command at most where no clock says how long it takes.
const EVICTIONS_MAX: u32 = 1000;
/// So many keys are evicted between two looks at the clock.
const EVICTIONS_PER_LOOK: u32 = 16;
/// The `maxmemory-eviction-tenacity` with which eviction goes on until there is room.
const TENACIOUS: u64 = 100;

/// What a write is answered when there is no room.
const OOM: &str = "OOM command not allowed when used memory > 'maxmemory'.";

/// The last estimate.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryGauge {
    bytes: usize,
    /// The data's part, and the changes, keys and commands until then.
    data: Cell<((u64, usize, u64), usize)>,
    at_command: u64,
    /// How many bytes had come in by then: much input may wait without a command.
    at_input: u64,
    /// `maxmemory` has become smaller: what is too much goes before the turn ends.
    pub(crate) evict_soon: bool,
    /// There was too little room when the command that runs was looked at: a script then writes
    /// nothing that needs some.
    pub(crate) was_full: bool,
    /// The most that was ever in use, as far as it was looked at.
    peak: usize,
}

impl MemoryGauge {
    /// `used_memory_peak`
    pub(crate) fn peak(&self) -> u64 {
        self.peak as u64
    }
}

fn size(entry: &Entry) -> usize {
    entry.key().len() + entry.value().heap() + KEY_OVERHEAD
}

/// Bytes that the keys of a database take.
fn data_bytes(db: &Db) -> usize {
    let (count, bytes) = db.iter().take(SAMPLE).fold((0, 0), |(n, sum), e| (n + 1, sum + size(e)));
    if count == 0 { 0 } else { (bytes as u128 * db.len() as u128 / count as u128) as usize }
}

impl Node {
    /// Bytes of the data now, about (`used_memory_dataset`). Where nothing seems to have changed since
    /// it was last looked at, so has this: whoever watches a server asks often.
    pub(crate) fn data_memory(&self) -> usize {
        let keys = self.dbs.iter().map(Db::len).sum();
        let state = (self.dirty, keys, self.stats.commands / COMMANDS_PER_ESTIMATE);
        let (of, bytes) = self.memory.data.get();
        if of == state && keys > 0 {
            return bytes;
        }
        let bytes = self.dbs.iter().map(data_bytes).sum();
        self.memory.data.set((state, bytes));
        bytes
    }

    /// Bytes that the process took before it had any data (`used_memory_startup`).
    pub(crate) fn startup_memory(&self) -> usize {
        if self.cluster.is_some() { STARTUP_CLUSTER } else { STARTUP }
    }

    /// All bytes that `maxmemory` is weighed against, now.
    fn weighed_memory(&self) -> usize {
        let backlog = usize::try_from(self.own_backlog()).unwrap_or(0);
        let scripts = self.scripts.memory().total();
        self.startup_memory() + self.data_memory() + self.buffer_memory() + backlog + scripts
    }

    /// All bytes in use now (`used_memory`).
    pub(crate) fn used_memory(&self) -> usize {
        self.weighed_memory() + self.replica_buffer_memory()
    }

    /// Once a second: the peak is looked at.
    pub(crate) fn note_memory_peak(&mut self) {
        self.memory.peak = self.memory.peak.max(self.used_memory());
    }

    /// A value has become so many bytes longer than what was sent: where that is much, the last
    /// estimate holds no more.
    pub(crate) fn value_padded(&mut self, bytes: usize) {
        if bytes >= TIGHT {
            self.memory.bytes = 0;
        }
    }

    /// Takes an estimate anew.
    fn weigh(&mut self) {
        self.memory.bytes = self.weighed_memory();
        self.memory.at_command = self.stats.commands;
        self.memory.at_input = self.stats.net_input_bytes;
    }

    /// Bytes of the clients' buffers now (`mem_clients_normal`).
    pub(crate) fn buffer_memory(&self) -> usize {
        let clients = self.links.clients().filter(|c| c.replica.is_none());
        clients.map(|client| client.memory_shown()).sum()
    }

    /// Bytes of the backlog that are kept in any case (`mem_replication_backlog`): the rest is there
    /// for the sake of replicas, if there are any.
    pub(crate) fn own_backlog(&self) -> u64 {
        let kept = self.replication.backlog_len();
        let alone = self.replication.replicas.is_empty();
        if alone { kept } else { kept.min(self.config.repl_backlog_size) }
    }

    /// Bytes that wait for replicas (`mem_clients_slaves`), those of the stream once for all: no
    /// reason to evict keys, for every evicted key is one more thing to tell them.
    pub(crate) fn replica_buffer_memory(&self) -> usize {
        let beyond = self.replication.backlog_len() - self.own_backlog();
        let replicas = self.links.clients().filter(|c| c.replica.is_some());
        replicas.map(|client| client.unsent().len()).sum::<usize>() + beyond as usize
    }

    /// Makes room before a command runs, as `maxmemory-policy` says.
    ///
    /// # Errors
    /// There is too little room, and the command may need some.
    pub(crate) fn check_memory(
        &mut self,
        now: Now,
        link: LinkId,
        spec: &Spec,
    ) -> Result<(), String> {
        let max = usize::try_from(self.config.maxmemory).unwrap_or(usize::MAX);
        let ignores = self.replication.is_replica() && self.config.replica_ignore_maxmemory;
        // What others ask while a script runs too long says nothing of its own beginning.
        if self.scripts.is_running() {
            return Ok(());
        }
        self.memory.was_full = false;
        if max == 0 || ignores || self.is_loading() {
            return Ok(());
        }
        let since = self.stats.commands.wrapping_sub(self.memory.at_command);
        let never = self.memory.bytes == 0;
        let tight = max.saturating_sub(self.memory.bytes) < TIGHT;
        let often = if tight { COMMANDS_PER_ESTIMATE / 4 } else { COMMANDS_PER_ESTIMATE };
        let came = self.stats.net_input_bytes.wrapping_sub(self.memory.at_input);
        if never || since >= often || came >= TIGHT as u64 || self.memory.bytes > max {
            self.weigh();
        }
        let fits = self.memory.bytes <= max || self.evict(now, max);
        self.memory.was_full = !fits;
        self.note_exceeded(now, self.memory.bytes > max);
        if fits || !self.may_need_room(link, spec) { Ok(()) } else { Err(OOM.into()) }
    }

    /// Before the turn ends: what a smaller `maxmemory` has made too much.
    pub(crate) fn evict_before_sleep(&mut self, now: Now) {
        let soon = std::mem::take(&mut self.memory.evict_soon) && !self.is_loading();
        if soon && self.config.maxmemory > 0 {
            self.evict(now, usize::try_from(self.config.maxmemory).unwrap_or(usize::MAX));
        }
    }

    /// For how long there is more than `maxmemory` (`total_eviction_exceeded_time`).
    fn note_exceeded(&mut self, now: Now, exceeded: bool) {
        let stats = &mut self.stats;
        if exceeded {
            stats.exceeded_since.get_or_insert(now.mono);
        } else if let Some(since) = stats.exceeded_since.take() {
            stats.exceeded_ms += now.mono.ms_since(since);
        }
    }

    /// `CONFIG SET maxmemory`
    pub(crate) fn maxmemory_changed(&mut self) {
        let max = usize::try_from(self.config.maxmemory).unwrap_or(usize::MAX);
        if max > 0 {
            self.weigh();
            let bytes = self.memory.bytes;
            if bytes > max {
                self.out.log(
                    LogLevel::Warning,
                    format!(
                        "WARNING: the new maxmemory value set via CONFIG SET ({max}) is smaller \
                         than the current memory usage ({bytes}). This will result in key \
                         eviction and/or the inability to accept new write commands depending on \
                         the maxmemory-policy."
                    ),
                );
                self.memory.evict_soon = true;
            }
        }
    }

    /// Whether a command may need room. EXEC does when one of the queued commands does; and
    /// queueing itself takes room.
    fn may_need_room(&self, link: LinkId, spec: &Spec) -> bool {
        let needs = |flags: CommandFlags| flags.contains(CommandFlags::DENYOOM);
        let client = self.links.client(link);
        match spec.name {
            "exec" => self.queued(link).any(needs),
            "discard" | "quit" => false,
            // Not `LATENCY RESET` and the like.
            "reset" if spec.arity == 1 => false,
            _ => needs(spec.flags) || client.is_some_and(|c| c.flags.contains(ClientFlags::MULTI)),
        }
    }

    /// Deletes keys until the data fits (`performEvictions`); whether it does.
    fn evict(&mut self, now: Now, max: usize) -> bool {
        if self.pause.is_active(now) {
            return true;
        }
        let began = self.tick_count();
        for number in 1_u32.. {
            if self.memory.bytes <= max {
                return true;
            }
            if number.is_multiple_of(EVICTIONS_PER_LOOK) && self.has_evicted_enough(number, began) {
                break;
            }
            let Some((db, key, bytes)) = self.victim(now) else { return false };
            self.memory.bytes = self.memory.bytes.saturating_sub(bytes);
            if let Some(value) = self.dbs[db].remove(&key) {
                self.free_value(value, self.config.lazyfree_lazy_eviction);
            }
            self.stats.evicted_keys += 1;
            self.key_gone(db, &key);
            self.notify(db, b'e', "evicted", &key);
            self.also_propagate(now, db, &[b"DEL", &key]);
        }
        // The rest goes in the turns to come; meanwhile commands run.
        self.timers.eviction = now.mono;
        true
    }

    /// `maxmemory-eviction-tenacity`: whether others have waited long enough for room
    /// (`evictionTimeLimitUs`).
    #[inline(never)]
    fn has_evicted_enough(&self, keys: u32, began: u64) -> bool {
        let tenacity = self.config.maxmemory_eviction_tenacity;
        if tenacity >= TENACIOUS {
            return false;
        }
        if self.stopwatch.is_none() {
            return keys > EVICTIONS_MAX;
        }
        let micros = if tenacity <= 10 {
            50 * tenacity
        } else {
            (500.0 * 1.15_f64.powi(i32::try_from(tenacity - 10).unwrap_or(90))) as u64
        };
        self.micros_since(began) > micros
    }

    /// The key to go next: the best of a few drawn ones (`evictionPoolPopulate`).
    fn victim(&mut self, now: Now) -> Option<(usize, Vec<u8>, usize)> {
        use MaxmemoryPolicy as Policy;
        let policy = self.config.maxmemory_policy;
        let volatile = match policy {
            Policy::NoEviction => return None,
            Policy::AllKeysLru | Policy::AllKeysLfu | Policy::AllKeysRandom => false,
            _ => true,
        };
        let draws = match policy {
            Policy::AllKeysRandom | Policy::VolatileRandom => 1,
            _ => usize::try_from(self.config.maxmemory_samples).unwrap_or(5).clamp(1, 64),
        };
        let (lfu, clock) = (self.lfu(now, 0.0), self.access_clock(now));
        let Self { dbs, rng, .. } = self;
        let mut best: Option<(i64, usize, Vec<u8>, usize)> = None;
        for (index, db) in dbs.iter().enumerate() {
            for _ in 0..draws {
                let drawn = if volatile { db.random_volatile(rng) } else { db.random_entry(rng) };
                let Some(entry) = drawn else { break };
                let rank = match policy {
                    Policy::VolatileTtl => entry.expire().unwrap_or(UnixMs(i64::MAX)).0,
                    _ if policy.is_lfu() => i64::from(lfu.counter(entry.access())),
                    _ => -i64::from(clock.wrapping_sub(entry.access()) & 0xff_ffff),
                };
                if best.as_ref().is_none_or(|(lowest, ..)| rank < *lowest) {
                    best = Some((rank, index, entry.key().to_vec(), size(entry)));
                }
            }
        }
        best.map(|(_, index, key, bytes)| (index, key, bytes))
    }
}
