//! Files: real writes, fsyncs and renames.
//!
//! Small things are done on the spot, as redis-server does; what may take long (an fsync nobody
//! waits for, a large file) goes to a thread of its own ([`crate::worker`]), and everything behind
//! it that is about the same file too, so that each file's order stays. A stream
//! ([`crate::stream`]) has a thread for itself: nothing waits for its end.

use std::collections::HashMap;

use engine_node::{DiskError, DiskId, DiskOp};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::files::{Files, disk_error, gone};
use crate::lock::Lock;
use crate::pinning::CpuLists;
use crate::stream::{How, Stream};
use crate::worker::{Job, Worker};

/// From how many bytes on a file is replaced in the background.
const BIG: usize = 1 << 20;

/// So many files may wait to be closed.
const CLOSES_MAX: usize = 64;

/// What is told back to the node of an operation.
pub(crate) enum Told {
    /// So many more bytes of a stream are in its file.
    Progress(DiskId, u64),
    /// Something was done to a file.
    Done(DiskId, Result<(), DiskError>),
    /// A part of a file was read.
    Read(DiskId, Result<Vec<u8>, DiskError>),
}

pub(crate) struct Disk {
    files: Files,
    worker: Option<Worker>,
    /// What the worker has not told back yet, with the files it changes or waits for.
    pending: HashMap<DiskId, Vec<String>>,
    /// The file that the worker keeps open: it was last given something to append to it.
    held: Option<String>,
    streams: HashMap<DiskId, Stream>,
    /// The processors of the threads behind it.
    cpus: CpuLists,
    told: UnboundedSender<Told>,
}

impl Disk {
    /// A disk, and where the ends of its background operations come out.
    pub(crate) fn new(locked: Option<(String, Lock)>) -> (Self, UnboundedReceiver<Told>) {
        let (told, ends) = unbounded_channel();
        let disk = Self {
            files: Files::new(locked),
            worker: None,
            pending: HashMap::new(),
            held: None,
            streams: HashMap::new(),
            cpus: CpuLists::default(),
            told,
        };
        (disk, ends)
    }

    /// The processors of the threads to come.
    pub(crate) fn run_on(&mut self, cpus: CpuLists) {
        self.cpus = cpus;
    }

    /// Does it, or hands it to the worker: then the end is told later.
    pub(crate) fn carry_out(
        &mut self,
        id: DiskId,
        op: DiskOp,
        barrier: bool,
    ) -> Option<Result<(), DiskError>> {
        if let DiskOp::Stream { path, pieces, kind, sync_every } = op {
            let how = How { cpus: self.cpus.writer(kind), sync_every };
            self.streams.insert(id, Stream::start(id, path, pieces, how, self.told.clone()));
            return None;
        }
        if let DiskOp::Remove { path } = &op {
            self.streams.retain(|_, stream| !stream.stop_if(path));
        }
        // Who is answered next relies on what was put; large or not, it is only a write.
        let at_once = barrier || matches!(op, DiskOp::Put { .. });
        let long = match &op {
            DiskOp::Sync { .. } | DiskOp::Settle { .. } | DiskOp::Rename { .. } => true,
            DiskOp::Replace { bytes, .. } => bytes.len() >= BIG,
            // Who is answered next relies on what was appended, as long as nothing is in its way.
            _ => false,
        };
        let behind = self.is_behind(&op);
        if at_once && behind {
            // What was handed over for this file comes first.
            self.worker.iter().for_each(Worker::wait_until_idle);
        }
        let appends = matches!(op, DiskOp::Append { .. });
        let same_file = appends || matches!(op, DiskOp::Sync { .. });
        if at_once || !long && !behind {
            if !same_file && let Some(held) = self.held.take_if(|it| changed(&op).contains(it)) {
                // Once it is removed its room is free, and its name another file's.
                self.hand_over(Job::Forget(held));
            }
            let done = self.files.carry_out(op).map_err(|e| disk_error(&e));
            self.let_go();
            return Some(done);
        }
        let files = changed(&op);
        self.held = files.first().filter(|_| appends).cloned();
        if !same_file {
            files.iter().for_each(|path| self.files.close(path));
        }
        self.pending.insert(id, files);
        if !self.hand_over(Job::Write(id, op)) {
            self.pending.remove(&id);
            return Some(Err(gone()));
        }
        None
    }

    /// Whether the worker has something to do first to a file that this is about.
    fn is_behind(&self, op: &DiskOp) -> bool {
        let mine = if self.pending.is_empty() { return false } else { changed(op) };
        self.pending.values().flatten().any(|path| mine.contains(path))
    }

    /// Has the worker close the file that was replaced: the kernel frees it there and then, and waits
    /// for what it is writing of it. A worker that is far behind is not given more.
    fn let_go(&mut self) {
        if let Some(file) = self.files.replaced()
            && self.worker.as_ref().is_none_or(|worker| worker.jobs() < CLOSES_MAX)
        {
            self.hand_over(Job::Close(file));
        }
    }

    /// Has a part of a file read, behind everything that was handed over before.
    pub(crate) fn read(&mut self, id: DiskId, path: String, from: u64, len: usize) {
        if !self.hand_over(Job::Read { id, path, from, len }) {
            // Whoever would hear it is gone too.
            let _ = self.told.send(Told::Read(id, Err(gone())));
        }
    }

    fn hand_over(&mut self, job: Job) -> bool {
        let start = || Worker::start(self.told.clone(), self.cpus.background.clone());
        self.worker.get_or_insert_with(start).hand_over(job)
    }

    /// An end has been told to the node.
    pub(crate) fn ended(&mut self, id: DiskId) {
        self.pending.remove(&id);
        self.streams.remove(&id);
    }

    /// Waits for everything that is under way; nobody waits for the end of a stream any more.
    pub(crate) fn finish(&mut self) {
        self.streams.clear();
        self.worker.take().into_iter().for_each(Worker::finish);
    }
}

/// The files whose order an operation keeps. What stands in a file while it is settled may be
/// newer than what the wish was about: nothing waits for that.
fn changed(op: &DiskOp) -> Vec<String> {
    match op {
        DiskOp::Settle { .. } => Vec::new(),
        DiskOp::Rename { from, to } => vec![from.clone(), to.clone()],
        DiskOp::Replace { path, .. }
        | DiskOp::Put { path, .. }
        | DiskOp::Append { path, .. }
        | DiskOp::Stream { path, .. }
        | DiskOp::Sync { path }
        | DiskOp::Truncate { path, .. }
        | DiskOp::Remove { path }
        | DiskOp::MakeDir { path } => vec![path.clone()],
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

    /// Gives the worker something to do to a file: what comes for it then stands behind.
    fn keep_busy(disk: &mut Disk, path: &str) {
        assert_eq!(disk.carry_out(DiskId(0), DiskOp::Sync { path: path.into() }, false), None);
    }

    #[test]
    fn a_part_is_read_behind_what_was_handed_over_before() {
        let dir = folder("part");
        let path = format!("{dir}/a");
        let (mut disk, mut ends) = Disk::new(None);
        let piece = DiskOp::Append { path: path.clone(), bytes: "0123456789".into() };
        keep_busy(&mut disk, &path);
        assert_eq!(disk.carry_out(DiskId(1), piece, false), None);
        disk.read(DiskId(2), path.clone(), 7, 10);
        disk.read(DiskId(3), format!("{dir}/missing"), 0, 10);
        disk.finish();
        assert_eq!(written(&mut ends), (DiskId(0), Ok(())));
        assert_eq!(written(&mut ends), (DiskId(1), Ok(())));
        assert!(matches!(ends.try_recv().unwrap(), Told::Read(DiskId(2), Ok(b)) if b == b"789"));
        let missing = ends.try_recv().unwrap();
        assert!(matches!(missing, Told::Read(DiskId(3), Err(DiskError::NotFound))));
        let cut = DiskOp::Truncate { path: path.clone(), len: 5 };
        assert_eq!(Disk::new(None).0.carry_out(DiskId(4), cut, true), Some(Ok(())));
        assert_eq!(RealFiles.size(&path), Some(5));
        assert_eq!(RealFiles.read_at(&path, 4, 9), Some(b"4".to_vec()));
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
        let piece = DiskOp::Append { path: path.clone(), bytes: "0123456789".into() };
        keep_busy(&mut disk, &path);
        assert_eq!(disk.carry_out(DiskId(1), piece.clone(), false), None);
        assert_eq!(disk.carry_out(DiskId(2), piece, false), None);
        let name = DiskOp::Rename { from: path, to: whole.clone() };
        assert_eq!(disk.carry_out(DiskId(3), name, false), None);
        let more = DiskOp::Append { path: whole.clone(), bytes: "y".into() };
        assert_eq!(disk.carry_out(DiskId(4), more, true), Some(Ok(())));
        assert_eq!(std::fs::read(&whole).unwrap().len(), 21);
        for id in 0..=3 {
            assert_eq!(written(&mut ends), (DiskId(id), Ok(())));
            disk.ended(DiskId(id));
        }
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
        std::fs::remove_dir_all(&dir).unwrap();
    }

    /// A snapshot that failed gives its room back.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_removed_file_is_held_by_nobody() {
        let dir = folder("removed");
        let path = format!("{dir}/temp");
        let (mut disk, mut ends) = Disk::new(None);
        keep_busy(&mut disk, &path);
        let piece = DiskOp::Append { path: path.clone(), bytes: "x".into() };
        assert_eq!(disk.carry_out(DiskId(1), piece, false), None);
        for _ in 0..=1 {
            let Some(Told::Done(id, Ok(()))) = ends.blocking_recv() else { panic!("no end") };
            disk.ended(id);
        }
        let held = || {
            let open = std::fs::read_dir("/proc/self/fd").unwrap();
            let names = open.filter_map(|fd| std::fs::read_link(fd.unwrap().path()).ok());
            names.filter(|name| name.to_string_lossy().starts_with(&path)).count()
        };
        assert_eq!(held(), 1);
        let remove = DiskOp::Remove { path: path.clone() };
        assert_eq!(disk.carry_out(DiskId(2), remove, false), Some(Ok(())));
        disk.worker.iter().for_each(Worker::wait_until_idle);
        assert_eq!(held(), 0);
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn what_is_put_is_there_at_once_whatever_the_worker_is_at() {
        let dir = folder("put");
        let (path, other) = (format!("{dir}/nodes.conf"), format!("{dir}/aof"));
        let (mut disk, mut ends) = Disk::new(None);
        let append =
            |text: &'static str| DiskOp::Append { path: other.clone(), bytes: text.into() };
        let put = |bytes: Vec<u8>| DiskOp::Put { path: path.clone(), bytes: bytes.into() };
        let settle = || DiskOp::Settle { path: path.clone() };
        assert_eq!(disk.carry_out(DiskId(1), append("a"), false), Some(Ok(())));
        // The ends are not told before `ended`: for the disk all this is still under way.
        assert_eq!(disk.carry_out(DiskId(2), DiskOp::Sync { path: other.clone() }, false), None);
        assert_eq!(disk.carry_out(DiskId(3), put(b"one".to_vec()), false), Some(Ok(())));
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(disk.carry_out(DiskId(4), settle(), false), None);
        assert_eq!(disk.carry_out(DiskId(5), put(b"two".to_vec()), false), Some(Ok(())));
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(disk.carry_out(DiskId(6), put(vec![b'x'; 2 * BIG]), false), Some(Ok(())));
        assert_eq!(std::fs::read(&path).unwrap().len(), 2 * BIG, "large as it is");
        assert_eq!(
            disk.carry_out(DiskId(7), append("b"), false),
            None,
            "its own file's order stays"
        );
        disk.finish();
        for id in [2, 4, 7] {
            assert_eq!(written(&mut ends), (DiskId(id), Ok(())));
        }
        assert_eq!(std::fs::read(&other).unwrap(), b"ab");
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn the_file_that_was_replaced_stays_locked_under_its_new_content() {
        let dir = folder("locked");
        let path = format!("{dir}/nodes.conf");
        let held = crate::lock::lock(&path, "nodes.conf").unwrap();
        let (mut disk, _ends) = Disk::new(Some((path.clone(), held)));
        for text in ["one", "two"] {
            let put = DiskOp::Put { path: path.clone(), bytes: text.into() };
            assert_eq!(disk.carry_out(DiskId(1), put, false), Some(Ok(())));
            assert!(crate::lock::lock(&path, "nodes.conf").is_err(), "another process");
        }
        disk.finish();
        assert!(crate::lock::lock(&path, "nodes.conf").is_err(), "until the process ends");
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_file_that_is_gone_needs_no_settling() {
        let (mut disk, _) = Disk::new(None);
        let gone = DiskOp::Settle { path: format!("{}/gone", folder("gone")) };
        assert_eq!(disk.carry_out(DiskId(1), gone, true), Some(Ok(())));
        std::fs::remove_dir_all(folder("gone")).unwrap();
    }

    #[test]
    fn a_missing_folder_is_told() {
        let (mut disk, _) = Disk::new(None);
        let op = DiskOp::Replace { path: "/nosuch/a".into(), bytes: "x".into() };
        assert_eq!(disk.carry_out(DiskId(1), op, true), Some(Err(DiskError::NotFound)));
    }
}
