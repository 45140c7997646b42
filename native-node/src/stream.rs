//! A large file on its way to the disk, made and written on a thread of its own.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use engine_node::{DiskId, Pieces};
use tokio::sync::mpsc::UnboundedSender;

use crate::disk::Told;
use crate::files::{append, disk_error};
use crate::pinning::pin;

/// How much of it is told at a time: every word wakes the node.
const STEP: u64 = 1 << 20;

/// By how much the thread stands back behind the one that answers clients, where all cores are busy.
#[cfg(target_os = "linux")]
const NICER: i32 = 10;

/// This thread gives way to others. Elsewhere than on Linux it would be the whole process.
fn give_way() {
    #[cfg(target_os = "linux")]
    // Where it is not allowed the file is written all the same.
    let _ = rustix::process::nice(NICER);
}

/// How it is written.
pub(crate) struct How {
    /// The processors of the thread; empty for those of the server.
    pub(crate) cpus: String,
    /// After how many bytes they are made durable; `None` for at the end only.
    pub(crate) sync_every: Option<u64>,
}

/// One that is under way; stopped when it goes out of scope.
pub(crate) struct Stream {
    path: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Stream {
    /// Appends the pieces to the file, and tells of each and of the end.
    pub(crate) fn start(
        id: DiskId,
        path: String,
        pieces: Pieces,
        how: How,
        told: UnboundedSender<Told>,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (file, stopped) = (path.clone(), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            give_way();
            pin(&how.cpus);
            let end = write(id, &file, pieces, how.sync_every, &stopped, &told);
            // Where nobody listens the process ends.
            let _ = told.send(Told::Done(id, end.map_err(|e| disk_error(&e))));
        });
        Self { path, stop, thread: Some(thread) }
    }

    /// Stops it if it is the stream of this file; whether it is.
    pub(crate) fn stop_if(&mut self, path: &str) -> bool {
        let it_is = self.path == path;
        if it_is {
            self.halt();
        }
        it_is
    }

    /// After this nothing is written to the file any more.
    fn halt(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed.
            let _ = thread.join();
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.halt();
    }
}

fn write(
    id: DiskId,
    path: &str,
    pieces: Pieces,
    sync_every: Option<u64>,
    stop: &AtomicBool,
    told: &UnboundedSender<Told>,
) -> io::Result<()> {
    let mut file = append(path)?;
    let (mut untold, mut unsynced) = (0, 0);
    for piece in pieces {
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        file.write_all(&piece)?;
        unsynced += piece.len() as u64;
        if sync_every.is_some_and(|step| unsynced >= step) {
            file.sync_data()?;
            unsynced = 0;
        }
        untold += piece.len() as u64;
        if untold >= STEP && told.send(Told::Progress(id, std::mem::take(&mut untold))).is_err() {
            return Ok(());
        }
    }
    // Where nobody listens the process ends.
    let _ = told.send(Told::Progress(id, untold));
    Ok(())
}
