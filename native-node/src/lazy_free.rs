//! The thread that frees what nobody can see any more. It is started when there is something.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};

use engine_node::{Garbage, LazyFree};

use crate::pinning::pin_or_free;

/// How the node hands something over.
pub(crate) const ACCESS: LazyFree = LazyFree { free, counts };

static TO_THREAD: OnceLock<Sender<Garbage>> = OnceLock::new();
static PENDING: AtomicU64 = AtomicU64::new(0);
static FREED: AtomicU64 = AtomicU64::new(0);
/// `bio_cpulist`
static CPUS: OnceLock<String> = OnceLock::new();

/// The processors of the thread to come.
pub(crate) fn run_on(cpus: &str) {
    CPUS.get_or_init(|| cpus.to_owned());
}

fn start() -> Sender<Garbage> {
    let (sender, queue) = channel::<Garbage>();
    std::thread::spawn(move || {
        pin_or_free(CPUS.get().map_or("", String::as_str));
        for garbage in queue {
            let objects = garbage.objects();
            drop(garbage);
            FREED.fetch_add(objects, Ordering::Relaxed);
            PENDING.fetch_sub(objects, Ordering::Relaxed);
        }
    });
    sender
}

fn free(garbage: Garbage) {
    PENDING.fetch_add(garbage.objects(), Ordering::Relaxed);
    // The thread takes all that comes as long as the process lives.
    let _ = TO_THREAD.get_or_init(start).send(garbage);
}

fn counts() -> (u64, u64) {
    (PENDING.load(Ordering::Relaxed), FREED.load(Ordering::Relaxed))
}
