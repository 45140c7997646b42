//! A program's way to the world it runs in: its host, virtual time, waiting.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Poll;

use engine_base::{Mono, UnixMs};
use engine_sim::fs::{FsError, Stat, resolve};
use engine_sim::{FsOp, Host, HostId, World};

/// A world that a console and its programs share.
pub type SharedWorld = Rc<RefCell<World>>;

/// A host of the world, as its programs see it.
#[derive(Clone)]
pub(crate) struct Sys {
    pub(crate) world: SharedWorld,
    pub(crate) host: HostId,
    /// Counts what programs do to one another, so that a console knows when all have had their say.
    pub(crate) activity: Rc<Cell<u64>>,
    /// Things asked of the page: an editor, a clear screen.
    pub(crate) asks: Rc<RefCell<Vec<Ask>>>,
    /// What runs behind `&`.
    pub(crate) background: Rc<RefCell<Vec<crate::shell::Task<'static>>>>,
    /// The process that was started last.
    pub(crate) last_pid: Rc<Cell<Option<engine_sim::Pid>>>,
    /// Whether there is a page that can open an editor.
    pub(crate) has_page: Rc<Cell<bool>>,
}

/// Something that only a page can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Show a file for editing (`vi`, `vim`, `nano`); the page writes it through the world.
    Edit {
        /// On which host.
        host: HostId,
        /// The absolute path.
        path: String,
    },
}

impl Sys {
    pub(crate) fn bump(&self) {
        self.activity.set(self.activity.get() + 1);
    }

    pub(crate) fn now(&self) -> Mono {
        self.world.borrow().now()
    }

    pub(crate) fn unix(&self) -> UnixMs {
        self.world.borrow().unix(self.host)
    }

    /// Asks the host something.
    pub(crate) fn with<T>(&self, ask: impl FnOnce(&Host) -> T) -> Option<T> {
        self.world.borrow().host(self.host).map(ask)
    }

    pub(crate) fn read(&self, cwd: &str, path: &str) -> Result<Vec<u8>, FsError> {
        if path == "/dev/null" {
            return Ok(Vec::new());
        }
        let full = resolve(cwd, path);
        self.with(|h| h.fs.read(&full).map(<[u8]>::to_vec)).unwrap_or(Err(FsError::NotFound))
    }

    pub(crate) fn stat(&self, cwd: &str, path: &str) -> Option<Stat> {
        let full = resolve(cwd, path);
        let stat = self.with(|h| h.fs.stat(&full)).flatten()?;
        // `file/` is nothing.
        (stat.is_dir || !path.ends_with('/')).then_some(stat)
    }

    pub(crate) fn list(&self, cwd: &str, path: &str) -> Result<Vec<String>, FsError> {
        let full = resolve(cwd, path);
        self.with(|h| h.fs.list(&full)).unwrap_or(Err(FsError::NotFound))
    }

    pub(crate) fn fs(&self, op: FsOp) -> Result<(), FsError> {
        self.world.borrow_mut().fs(self.host, op)
    }

    /// Waits so many virtual microseconds.
    pub(crate) async fn sleep_us(&self, us: u64) {
        let until = Mono::from_micros(self.now().as_micros().saturating_add(us));
        self.world.borrow_mut().alarm(until);
        until_true(|| self.now() >= until).await;
    }
}

/// Waits until something is so. Who asks looks again after every step of the world.
pub(crate) async fn until_true(mut so: impl FnMut() -> bool) {
    std::future::poll_fn(|_| if so() { Poll::Ready(()) } else { Poll::Pending }).await;
}

/// Lets everybody else go first, once.
pub(crate) async fn step_aside(sys: &Sys) {
    let mut waited = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut waited, true) {
            Poll::Ready(())
        } else {
            sys.bump();
            Poll::Pending
        }
    })
    .await;
}
