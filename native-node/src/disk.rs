//! Files: real writes, fsyncs and renames.
//!
//! Small things are done on the spot, as redis-server does; what may take long (an fsync nobody
//! waits for, a large file) goes to a thread of its own, and everything behind it too, so that the
//! order stays. A stream ([`crate::stream`]) has a thread for itself: nothing waits for its end.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use engine_node::{BootDisk, DiskError, DiskId, DiskOp};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::configuration::words;
use crate::lock::Lock;
use crate::stream::Stream;

/// From how many bytes on a file is replaced in the background.
const BIG: usize = 1 << 20;
/// From how many bytes on they are appended in the background: pieces of a snapshot are larger.
const PIECE: usize = 8 * 1024;

/// What is told back to the node of an operation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// So many more bytes of a stream are in its file.
    Written(DiskId, u64),
    /// It has ended.
    Done(DiskId, Result<(), DiskError>),
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
    jobs: Sender<(DiskId, DiskOp)>,
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
            DiskOp::Remove { .. } | DiskOp::MakeDir { .. } | DiskOp::Stream { .. } => false,
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
        | DiskOp::Remove { path }
        | DiskOp::Rename { to: path, .. } = &op
        {
            self.open.remove(path);
        }
        self.pending.insert(id, file_of(&op).to_owned());
        let worker = self.worker.get_or_insert_with(|| start(self.told.clone()));
        *worker.busy.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        if worker.jobs.send((id, op)).is_err() {
            self.pending.remove(&id);
            return Some(Err(DiskError::Other("the disk thread is gone".into())));
        }
        None
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
        | DiskOp::Remove { path }
        | DiskOp::MakeDir { path }
        | DiskOp::Rename { to: path, .. } => path,
    }
}

fn start(told: UnboundedSender<Told>) -> Worker {
    let (jobs, queue) = channel::<(DiskId, DiskOp)>();
    let busy = Arc::new((Mutex::new(0), Condvar::new()));
    let mine = busy.clone();
    let thread = std::thread::spawn(move || {
        // The file of the last append stays open: a snapshot comes in many pieces.
        let mut last: Option<(String, File)> = None;
        for (id, op) in queue {
            let end = background(&op, &mut last).map_err(|e| disk_error(&e));
            let heard = told.send(Told::Done(id, end));
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
        DiskOp::Remove { path } => remove(path),
        DiskOp::MakeDir { path } => make_dir(path),
    }
}

pub(crate) fn append(path: &str) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// A temporary file beside it, fsync, rename, fsync of the folder; without the fsyncs when it need
/// not be durable. Locked, when asked, before it takes the name.
fn replace(path: &str, bytes: &[u8], lock: bool, durable: bool) -> io::Result<File> {
    let temporary = format!("{path}.tmp-{}", std::process::id());
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        if durable {
            file.sync_all()?;
        }
        if lock {
            file.lock()?;
        }
        std::fs::rename(&temporary, path)?;
        Ok(file)
    };
    let written: io::Result<File> = write();
    if written.is_err() {
        // What failed is told; the rest of it need not stay.
        let _ = std::fs::remove_file(&temporary);
    }
    if durable {
        sync_folder_of(path)?;
    }
    written
}

/// fsync, rename, fsync of the folder.
fn rename(from: &str, to: &str) -> io::Result<()> {
    File::open(from)?.sync_all()?;
    std::fs::rename(from, to)?;
    sync_folder_of(to)
}

fn sync_folder_of(path: &str) -> io::Result<()> {
    let folder = Path::new(path).parent().filter(|p| !p.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn remove(path: &str) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn make_dir(path: &str) -> io::Result<()> {
    match std::fs::create_dir(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        done => done,
    }
}

pub(crate) fn disk_error(error: &io::Error) -> DiskError {
    match error.kind() {
        io::ErrorKind::StorageFull => DiskError::Full,
        io::ErrorKind::NotFound => DiskError::NotFound,
        _ => DiskError::Other(words(error)),
    }
}

/// The files as the node reads them while it boots.
pub(crate) struct RealFiles;

impl BootDisk for RealFiles {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(path).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> String {
        let path = std::env::temp_dir().join(format!("native-node-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        path.to_string_lossy().into_owned()
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
        assert_eq!(ends.try_recv().unwrap(), Told::Done(DiskId(2), Ok(())));
        assert_eq!(ends.try_recv().unwrap(), Told::Done(DiskId(3), Ok(())));
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
            assert_eq!(ends.try_recv().unwrap(), Told::Done(DiskId(id), Ok(())));
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
