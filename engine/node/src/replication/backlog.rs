//! The replication backlog: the last part of the stream of writes, kept so that a replica that
//! was away for a moment can go on where it was (`replBacklog` in server.h).

use std::collections::VecDeque;
use std::sync::Arc;

/// Bytes of one block (`PROTO_REPLY_CHUNK_BYTES`).
const BLOCK: usize = 16 * 1024;

/// The last bytes of the stream. Blocks are shared with snapshots of the node.
#[derive(Clone, Debug)]
pub(crate) struct Backlog {
    blocks: VecDeque<Arc<Vec<u8>>>,
    /// The offset of the first byte that is kept.
    first: u64,
    len: usize,
}

impl Backlog {
    /// Without bytes; the next byte of the stream has the offset `first`.
    pub(crate) const fn new(first: u64) -> Self {
        Self { blocks: VecDeque::new(), first, len: 0 }
    }

    /// The offset of the first byte that is kept.
    pub(crate) const fn first(&self) -> u64 {
        self.first
    }

    /// How many bytes are kept.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Adds to the end of the stream.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = self.blocks.back().map_or(0, |b| BLOCK.saturating_sub(b.len()));
            if room == 0 {
                self.blocks.push_back(Arc::new(Vec::with_capacity(bytes.len().min(BLOCK))));
                continue;
            }
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            if let Some(block) = self.blocks.back_mut() {
                Arc::make_mut(block).extend_from_slice(now);
            }
            self.len += now.len();
            bytes = later;
        }
    }

    /// Lets whole blocks at the beginning go when `limit` bytes are kept without them, and nobody
    /// needs them: everything from the offset `needed` on stays.
    pub(crate) fn trim(&mut self, limit: usize, needed: u64) {
        while let Some(block) = self.blocks.front()
            && self.len - block.len() >= limit
            && self.first + block.len() as u64 <= needed
            && self.blocks.len() > 1
        {
            self.first += block.len() as u64;
            self.len -= block.len();
            self.blocks.pop_front();
        }
    }

    /// The pieces of the stream from the byte `offset` on; `None` when it is not kept.
    pub(crate) fn from(&self, offset: u64) -> Option<impl Iterator<Item = &[u8]>> {
        let skip = usize::try_from(offset.checked_sub(self.first)?).ok()?;
        if skip > self.len {
            return None;
        }
        // All blocks but the last are full.
        let (block, mut skip) = ((skip / BLOCK).min(self.blocks.len()), skip % BLOCK);
        Some(self.blocks.range(block..).map(move |block| {
            let from = std::mem::take(&mut skip).min(block.len());
            &block[from..]
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_end_of_the_stream() {
        let mut backlog = Backlog::new(101);
        let stream: Vec<u8> = (0..200_000_u32).map(|i| i as u8).collect();
        for piece in stream.chunks(777) {
            backlog.push(piece);
            backlog.trim(50_000, u64::MAX);
        }
        assert!((50_000..50_000 + BLOCK).contains(&backlog.len()));
        assert_eq!(backlog.first() + backlog.len() as u64, 101 + 200_000);
        for back in [0, 1, 49_999] {
            let got: Vec<u8> =
                backlog.from(101 + 200_000 - back).expect("kept").flatten().copied().collect();
            assert_eq!(got, stream[200_000 - back as usize..]);
        }
        assert!(backlog.from(101).is_none());
        let kept = backlog.first();
        backlog.push(&stream);
        backlog.trim(50_000, kept + 10);
        assert_eq!(backlog.first(), kept, "somebody still needs it");
        backlog.trim(50_000, kept + BLOCK as u64);
        assert_eq!(backlog.first(), kept + BLOCK as u64);
        assert!(backlog.from(101 + 400_001).is_none());
    }
}
