//! Files: real writes, fsyncs and renames.
//!
//! Small things are done on the spot, as redis-server does; what may take long (an fsync nobody
//! waits for, a large file) goes to a thread of its own, and everything behind it too, so that the
//! order stays. A stream ([`crate::stream`]) has a thread for itself: nothing waits for its end.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use engine_node::{DiskError, DiskId, DiskOp};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::files::{
    append, disk_error, gone, make_dir, read_at, remove, rename, replace, truncate,
};
use crate::lock::Lock;
use crate::stream::Stream;

/// From how many bytes on a file is replaced in the background.
const BIG: usize = 1 << 20;
/// From how many bytes on they are appended in the background: pieces of a snapshot are larger.
const PIECE: usize = 32 * 1024;

/// What is told back to the node of an operation.
pub(crate) enum Told {
    /// So many more bytes of a stream are in its file.
    Progress(DiskId, u64),
    /// Something was done to a file.
    Done(DiskId, Result<(), DiskError>),
    /// A part of a file was read.
    Read(DiskId, Result<Vec<u8>, DiskError>),
}

/// What the worker is given.
enum Job {
    Write(DiskId, DiskOp),
    Read { id: DiskId, path: String, from: u64, len: usize },
}

pub(crate) struct Disk {
    /// Files that are appended to.
    open: HashMap<String, File>,
    /// The file that must stay locked when it is replaced: nodes.conf.
    locked: Option<(String, Lock)>,
    worker: Option<Worker>,
    /// Operations that the worker has not told back yet, with their files.
    pending: HashMap<DiskId, String>,
    streams: HashMap<DiskId, Stream>,
    told: UnboundedSender<Told>,
}

struct Worker {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
    /// How many jobs it has not ended.
    busy: Arc<(Mutex<usize>, Condvar)>,
}

impl Worker {
    fn wait_until_idle(&self) {
        let (count, ended) = &*self.busy;
        let guard = count.lock().unwrap_or_else(PoisonError::into_inner);
        let _idle = ended.wait_while(guard, |count| *count > 0);
    }
}

impl Disk {
    /// A disk, and where the ends of its background operations come out.
    pub(crate) fn new(locked: Option<(String, Lock)>) -> (Self, UnboundedReceiver<Told>) {
        let (told, ends) = unbounded_channel();
        let (open, pending, streams) = (HashMap::new(), HashMap::new(), HashMap::new());
        (Self { open, locked, worker: None, pending, streams, told }, ends)
    }

    /// Does it, or hands it to the worker: then the end is told later.
    pub(crate) fn carry_out(
        &mut self,
        id: DiskId,
        op: DiskOp,
        barrier: bool,
    ) -> Option<Result<(), DiskError>> {
        let op = match op {
            DiskOp::Stream { path, pieces } => {
                self.streams.insert(id, Stream::start(id, path, pieces, self.told.clone()));
                return None;
            }
            DiskOp::Remove { path } => {
                self.streams.retain(|_, stream| !stream.stop_if(&path));
                DiskOp::Remove { path }
            }
            other => other,
        };
        let long = match &op {
            DiskOp::Sync { .. } | DiskOp::Rename { .. } => true,
            DiskOp::Replace { bytes, .. } | DiskOp::Put { bytes, .. } => bytes.len() >= BIG,
            DiskOp::Append { bytes, .. } => bytes.len() >= PIECE,
            DiskOp::Truncate { .. }
            | DiskOp::Remove { .. }
            | DiskOp::MakeDir { .. }
            | DiskOp::Stream { .. } => false,
        };
        if barrier && self.pending.values().any(|path| path == file_of(&op)) {
            // What was handed over for this file comes first.
            self.worker.iter().for_each(Worker::wait_until_idle);
        }
        if barrier || !long && self.pending.is_empty() {
            return Some(self.now(&op).map_err(|e| disk_error(&e)));
        }
        if let DiskOp::Replace { path, .. }
        | DiskOp::Put { path, .. }
        | DiskOp::Truncate { path, .. }
        | DiskOp::Remove { path }
        | DiskOp::Rename { to: path, .. } = &op
        {
            self.open.remove(path);
        }
        self.pending.insert(id, file_of(&op).to_owned());
        if !self.hand_over(Job::Write(id, op)) {
            self.pending.remove(&id);
            return Some(Err(gone()));
        }
        None
    }

    /// Has a part of a file read, behind everything that was handed over before.
    pub(crate) fn read(&mut self, id: DiskId, path: String, from: u64, len: usize) {
        if !self.hand_over(Job::Read { id, path, from, len }) {
            // Whoever would hear it is gone too.
            let _ = self.told.send(Told::Read(id, Err(gone())));
        }
    }

    fn hand_over(&mut self, job: Job) -> bool {
        let worker = self.worker.get_or_insert_with(|| start(self.told.clone()));
        *worker.busy.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        worker.jobs.send(job).is_ok()
    }

    /// An end has been told to the node.
    pub(crate) fn ended(&mut self, id: DiskId) {
        self.pending.remove(&id);
        self.streams.remove(&id);
    }

    /// Waits for everything that is under way; nobody waits for the end of a stream any more.
    pub(crate) fn finish(&mut self) {
        self.streams.clear();
        if let Some(Worker { jobs, thread, .. }) = self.worker.take() {
            drop(jobs);
            // A panic there has been printed; the process ends anyway.
            let _ = thread.join();
        }
    }

    fn now(&mut self, op: &DiskOp) -> io::Result<()> {
        match op {
            DiskOp::Replace { path, bytes } => self.replace(path, bytes, true),
            DiskOp::Put { path, bytes } => self.replace(path, bytes, false),
            DiskOp::Append { path, bytes } => self.appendable(path)?.write_all(bytes),
            // It has a thread of its own.
            DiskOp::Stream { .. } => Ok(()),
            DiskOp::Sync { path } => self.appendable(path)?.sync_data(),
            DiskOp::Rename { from, to } => {
                self.open.remove(from);
                self.open.remove(to);
                rename(from, to)
            }
            DiskOp::Truncate { path, len } => {
                self.open.remove(path);
                truncate(path, *len)
            }
            DiskOp::Remove { path } => {
                self.open.remove(path);
                remove(path)
            }
            DiskOp::MakeDir { path } => make_dir(path),
        }
    }

    fn replace(&mut self, path: &str, bytes: &[u8], durable: bool) -> io::Result<()> {
        self.open.remove(path);
        let lock = self.locked.as_ref().is_some_and(|(locked, _)| locked == path);
        let file = replace(path, bytes, lock, durable)?;
        if let Some((_, held)) = self.locked.as_mut().filter(|_| lock) {
            *held = Lock::held(file);
        }
        Ok(())
    }

    fn appendable(&mut self, path: &str) -> io::Result<&mut File> {
        if !self.open.contains_key(path) {
            self.open.insert(path.to_owned(), append(path)?);
        }
        self.open.get_mut(path).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// The file that an operation is about.
fn file_of(op: &DiskOp) -> &str {
    match op {
        DiskOp::Replace { path, .. }
        | DiskOp::Put { path, .. }
        | DiskOp::Append { path, .. }
        | DiskOp::Stream { path, .. }
        | DiskOp::Sync { path }
        | DiskOp::Truncate { path, .. }
        | DiskOp::Remove { path }
        | DiskOp::MakeDir { path }
        | DiskOp::Rename { to: path, .. } => path,
    }
}

fn start(told: UnboundedSender<Told>) -> Worker {
    let (jobs, queue) = channel::<Job>();
    let busy = Arc::new((Mutex::new(0), Condvar::new()));
    let mine = busy.clone();
    let thread = std::thread::spawn(move || {
        // The file of the last append stays open: a snapshot comes in many pieces.
        let mut last: Option<(String, File)> = None;
        for job in queue {
            let heard = told.send(match job {
                Job::Write(id, op) => {
                    Told::Done(id, background(&op, &mut last).map_err(|e| disk_error(&e)))
                }
                Job::Read { id, path, from, len } => {
                    Told::Read(id, read_at(&path, from, len).map_err(|e| disk_error(&e)))
                }
            });
            *mine.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
            mine.1.notify_all();
            if heard.is_err() {
                return;
            }
        }
    });
    Worker { jobs, thread, busy }
}

fn background(op: &DiskOp, last: &mut Option<(String, File)>) -> io::Result<()> {
    if let DiskOp::Append { path, bytes } = op {
        if last.as_ref().is_none_or(|(open, _)| open != path) {
            *last = Some((path.clone(), append(path)?));
        }
        return last.as_mut().map_or(Ok(()), |(_, file)| file.write_all(bytes));
    }
    *last = None;
    match op {
        DiskOp::Replace { path, bytes } => replace(path, bytes, false, true).map(drop),
        DiskOp::Put { path, bytes } => replace(path, bytes, false, false).map(drop),
        DiskOp::Append { .. } | DiskOp::Stream { .. } => Ok(()),
        DiskOp::Sync { path } => append(path)?.sync_data(),
        DiskOp::Rename { from, to } => rename(from, to),
        DiskOp::Truncate { path, len } => truncate(path, *len),
        DiskOp::Remove { path } => remove(path),
        DiskOp::MakeDir { path } => make_dir(path),
    }
}

#[cfg(test)]
mod tests {
    use engine_node::BootDisk;

    use super::*;
    use crate::files::RealFiles;

    fn folder(name: &str) -> String {
        let path = std::env::temp_dir().join(format!("native-node-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        path.to_string_lossy().into_owned()
    }

    /// The next end, of something that was done to a file.
    fn written(ends: &mut UnboundedReceiver<Told>) -> (DiskId, Result<(), DiskError>) {
        match ends.try_recv().unwrap() {
            Told::Done(id, done) => (id, done),
            Told::Read(id, _) | Told::Progress(id, _) => panic!("{id:?} goes on"),
        }
    }

    #[test]
    fn a_part_is_read_behind_what_was_handed_over_before() {
        let dir = folder("part");
        let path = format!("{dir}/a");
        let (mut disk, mut ends) = Disk::new(None);
        let piece = DiskOp::Append { path: path.clone(), bytes: vec![b'x'; 2 * PIECE].into() };
        assert_eq!(disk.carry_out(DiskId(1), piece, false), None);
        disk.read(DiskId(2), path.clone(), 2 * PIECE as u64 - 3, 10);
        disk.read(DiskId(3), format!("{dir}/missing"), 0, 10);
        disk.finish();
        assert_eq!(written(&mut ends), (DiskId(1), Ok(())));
        assert!(matches!(ends.try_recv().unwrap(), Told::Read(DiskId(2), Ok(b)) if b == b"xxx"));
        let missing = ends.try_recv().unwrap();
        assert!(matches!(missing, Told::Read(DiskId(3), Err(DiskError::NotFound))));
        let cut = DiskOp::Truncate { path: path.clone(), len: 5 };
        assert_eq!(Disk::new(None).0.carry_out(DiskId(4), cut, true), Some(Ok(())));
        assert_eq!(RealFiles.size(&path), Some(5));
        assert_eq!(RealFiles.read_at(&path, 4, 9), Some(b"x".to_vec()));
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_replaced_file_has_its_new_content_and_no_neighbour() {
        let dir = folder("replace");
        let path = format!("{dir}/a");
        let (mut disk, _) = Disk::new(None);
        let op = |text: &'static str| DiskOp::Replace { path: path.clone(), bytes: text.into() };
        assert_eq!(disk.carry_out(DiskId(1), op("one"), true), Some(Ok(())));
        assert_eq!(disk.carry_out(DiskId(2), op("two"), false), Some(Ok(())));
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn what_stands_behind_a_background_sync_keeps_its_order() {
        let dir = folder("order");
        let path = format!("{dir}/a");
        let (mut disk, mut ends) = Disk::new(None);
        let append = |text: &'static str| DiskOp::Append { path: path.clone(), bytes: text.into() };
        assert_eq!(disk.carry_out(DiskId(1), append("a"), false), Some(Ok(())));
        assert_eq!(disk.carry_out(DiskId(2), DiskOp::Sync { path: path.clone() }, false), None);
        assert_eq!(disk.carry_out(DiskId(3), append("b"), false), None);
        disk.finish();
        assert_eq!(written(&mut ends), (DiskId(2), Ok(())));
        assert_eq!(written(&mut ends), (DiskId(3), Ok(())));
        assert_eq!(std::fs::read(&path).unwrap(), b"ab");
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_barrier_waits_for_what_was_handed_over_for_its_file() {
        let dir = folder("barrier");
        let (path, whole) = (format!("{dir}/temp"), format!("{dir}/whole"));
        let (mut disk, mut ends) = Disk::new(None);
        let piece = DiskOp::Append { path: path.clone(), bytes: vec![b'x'; 2 * PIECE].into() };
        assert_eq!(disk.carry_out(DiskId(1), piece.clone(), false), None);
        assert_eq!(disk.carry_out(DiskId(2), piece, false), None);
        let name = DiskOp::Rename { from: path, to: whole.clone() };
        assert_eq!(disk.carry_out(DiskId(3), name, false), None);
        let more = DiskOp::Append { path: whole.clone(), bytes: "y".into() };
        assert_eq!(disk.carry_out(DiskId(4), more, true), Some(Ok(())));
        assert_eq!(std::fs::read(&whole).unwrap().len(), 4 * PIECE + 1);
        for id in 1..=3 {
            assert_eq!(written(&mut ends), (DiskId(id), Ok(())));
            disk.ended(DiskId(id));
        }
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_missing_folder_is_told() {
        let (mut disk, _) = Disk::new(None);
        let op = DiskOp::Replace { path: "/nosuch/a".into(), bytes: "x".into() };
        assert_eq!(disk.carry_out(DiskId(1), op, true), Some(Err(DiskError::NotFound)));
    }
}
