//! The thread behind the disk: it does one thing after the other, and tells of each end.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use engine_node::{DiskId, DiskOp};
use tokio::sync::mpsc::UnboundedSender;

use crate::disk::Told;
use crate::files::{Files, disk_error, read_at};
use crate::lock::Lock;
use crate::pinning::pin_or_free;

/// What it is given.
pub(crate) enum Job {
    Write(DiskId, DiskOp),
    Read {
        id: DiskId,
        path: String,
        from: u64,
        len: usize,
    },
    /// The name of a file means another one from now on, or none.
    Forget(String),
    /// The last hold on a file that was replaced: to let it go waits for what the disk has of it.
    Close(Lock),
}

pub(crate) struct Worker {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
    busy: Arc<Busy>,
}

/// How many jobs it has not ended.
#[derive(Default)]
struct Busy {
    count: Mutex<usize>,
    ended: Condvar,
}

impl Worker {
    pub(crate) fn start(told: UnboundedSender<Told>, cpus: String) -> Self {
        let (jobs, queue) = channel::<Job>();
        let busy = Arc::<Busy>::default();
        let mine = Arc::clone(&busy);
        let thread = std::thread::spawn(move || {
            pin_or_free(&cpus);
            work(queue, &mine, &told);
        });
        Self { jobs, thread, busy }
    }

    /// `false` when it is gone.
    pub(crate) fn hand_over(&self, job: Job) -> bool {
        *self.busy.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.jobs.send(job).is_ok()
    }

    /// How many jobs it has not ended.
    pub(crate) fn jobs(&self) -> usize {
        *self.busy.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn wait_until_idle(&self) {
        let guard = self.busy.count.lock().unwrap_or_else(PoisonError::into_inner);
        let _idle = self.busy.ended.wait_while(guard, |count| *count > 0);
    }

    /// Waits for all that it was given.
    pub(crate) fn finish(self) {
        drop(self.jobs);
        // A panic there has been printed; the process ends anyway.
        let _ = self.thread.join();
    }
}

fn work(queue: Receiver<Job>, busy: &Busy, told: &UnboundedSender<Told>) {
    // The file of the last append stays open: a snapshot comes in many pieces.
    let mut files = Files::default();
    for job in queue {
        let tell = match job {
            Job::Write(id, op) => {
                let goes_on = matches!(&op, DiskOp::Append { path, .. } if files.is_open(path));
                if !goes_on {
                    files.close_all();
                }
                Some(Told::Done(id, files.carry_out(op).map_err(|e| disk_error(&e))))
            }
            Job::Read { id, path, from, len } => {
                Some(Told::Read(id, read_at(&path, from, len).map_err(|e| disk_error(&e))))
            }
            Job::Forget(path) => {
                files.close(&path);
                None
            }
            Job::Close(file) => {
                drop(file);
                None
            }
        };
        let heard = tell.is_none_or(|what| told.send(what).is_ok());
        *busy.count.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        busy.ended.notify_all();
        if !heard {
            return;
        }
    }
}
