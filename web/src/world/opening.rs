//! Opening what somebody shared.

use super::driver::Inner;
use super::foreign;
use super::link::{BadLink, ENGINE, Shared};
use super::motion::Motion;
use super::running::Running;

impl Inner {
    /// Opens what an address holds, if it holds a world.
    pub(super) fn open_hash(&mut self, hash: &str) {
        if let Some(text) = foreign::text_of(hash) {
            return match text {
                Some(text) => self.open_text(&text),
                None => self.notice = Some("link-broken"),
            };
        }
        match Shared::from_hash(hash) {
            Some(Ok(shared)) => self.open(&shared),
            Some(Err(BadLink::Broken)) => self.notice = Some("link-broken"),
            Some(Err(BadLink::Newer)) => self.notice = Some("link-newer"),
            None => {}
        }
    }

    pub(super) fn open(&mut self, shared: &Shared) {
        self.run(Running::again(shared));
        self.motion = Motion::Still;
        self.notice = (shared.engine != ENGINE).then_some("link-older");
    }
}
