//! How large a buffer for replies a client keeps between them (`clientsCronResizeOutputBuffer`):
//! small for one that is told little, larger for one that is told much.

use engine_base::Mono;

/// The least and the most (`PROTO_REPLY_MIN_BYTES`, `PROTO_REPLY_CHUNK_BYTES`).
const LEAST: usize = 1024;
const MOST: usize = 16 * 1024;

/// The room, and how much of it was used of late.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReplyRoom {
    size: usize,
    peak: usize,
    peak_since: Mono,
}

/// What became of the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resized {
    Not,
    Smaller,
    Larger,
}

impl ReplyRoom {
    /// Of a client that has just connected: what it will be told is not known yet.
    pub(crate) const fn new(now: Mono) -> Self {
        Self { size: MOST, peak: MOST, peak_since: now }
    }

    /// Bytes that are kept (`rbs`).
    pub(crate) const fn size(&self) -> usize {
        self.size
    }

    /// The most that was used of them (`rbp`).
    pub(crate) const fn peak(&self) -> usize {
        self.peak
    }

    /// A reply of so many bytes waits to be sent.
    pub(crate) fn used(&mut self, bytes: usize) {
        self.peak = self.peak.max(bytes.min(self.size));
    }

    /// Now and then: goes by the peak, which is forgotten after `reset_ms`, if ever; `waiting` bytes
    /// are in use now.
    pub(crate) fn resize(&mut self, now: Mono, waiting: usize, reset_ms: Option<u64>) -> Resized {
        let resized = if self.size / 2 >= LEAST && self.peak < self.size / 2 {
            self.size = LEAST.max(self.peak + 1);
            Resized::Smaller
        } else if self.size * 2 < MOST * 2 && self.peak == self.size {
            self.size = MOST.min(self.size * 2);
            Resized::Larger
        } else {
            Resized::Not
        };
        if reset_ms.is_some_and(|ms| now.ms_since(self.peak_since) >= ms) {
            self.peak = waiting.min(self.size);
            self.peak_since = now;
        }
        resized
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_what_a_client_is_told() {
        let at = |ms| Mono::from_millis(ms);
        let mut room = ReplyRoom::new(at(0));
        assert_eq!(room.resize(at(100), 0, Some(5000)), Resized::Not);
        assert_eq!(room.resize(at(5000), 0, Some(5000)), Resized::Not);
        assert_eq!(room.resize(at(5100), 0, Some(5000)), Resized::Smaller);
        assert_eq!((room.size(), room.peak()), (1024, 0));
        for larger in [2048, 4096, 8192, 16384] {
            room.used(30_000);
            assert_eq!(room.resize(at(5200), 0, None), Resized::Larger);
            assert_eq!(room.size(), larger);
        }
        room.used(30_000);
        assert_eq!(room.resize(at(5300), 0, None), Resized::Not);
        assert_eq!(room.resize(at(99_999), 0, None), Resized::Not, "the peak is never forgotten");
    }
}
