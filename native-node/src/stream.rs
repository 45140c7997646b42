//! A large file on its way to the disk, made and written on a thread of its own.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use engine_node::{DiskId, Pieces};
use tokio::sync::mpsc::UnboundedSender;

use crate::disk::Told;
use crate::files::{append, disk_error};

/// How much of it is told at a time: every word wakes the node.
const STEP: u64 = 1 << 20;

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
        told: UnboundedSender<Told>,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (file, stopped) = (path.clone(), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let end = write(id, &file, pieces, &stopped, &told);
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
    stop: &AtomicBool,
    told: &UnboundedSender<Told>,
) -> io::Result<()> {
    let mut file = append(path)?;
    let mut untold = 0;
    for piece in pieces {
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        file.write_all(&piece)?;
        untold += piece.len() as u64;
        if untold >= STEP && told.send(Told::Progress(id, std::mem::take(&mut untold))).is_err() {
            return Ok(());
        }
    }
    // Where nobody listens the process ends.
    let _ = told.send(Told::Progress(id, untold));
    Ok(())
}
