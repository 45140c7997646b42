//! From a TCP stream to packets (`clusterReadHandler` in cluster.c).

use core::ops::Deref;

use thiserror::Error;

use crate::layout::{PREFIX_LEN, SIGNATURE, header};
use crate::view::u32_at;

/// What arrived does not begin like a packet: the link must be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("Bad message length or signature received from Cluster bus.")]
pub struct BadStream;

/// One whole frame: a slice of the input when it arrived in one piece, else put together.
#[derive(Clone, Debug)]
pub enum Frame<'i> {
    /// It stands whole in the input.
    Whole(&'i [u8]),
    /// It arrived in pieces.
    Joined(Vec<u8>),
}

impl Deref for Frame<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Joined(bytes) => bytes,
        }
    }
}

/// The unfinished frame of one link. Its memory grows with what really arrived, never with what
/// a header claims.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    #[allow(
        clippy::box_collection,
        reason = "almost every frame arrives whole, on thousands of links"
    )]
    pending: Option<Box<Vec<u8>>>,
}

impl Frames {
    /// Nothing has arrived.
    #[must_use]
    pub const fn new() -> Self {
        Self { pending: None }
    }

    /// Bytes of the unfinished frame.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.as_ref().map_or(0, |pending| pending.len())
    }

    /// Takes the next whole frame off `input`; `None` when all of it was taken and no frame is
    /// whole.
    ///
    /// # Errors
    /// The first eight bytes of a frame are not `RCmb` and a length of at least 2,256.
    pub fn next<'i>(&mut self, input: &mut &'i [u8]) -> Result<Option<Frame<'i>>, BadStream> {
        if self.pending() == 0
            && let Some(len) = frame_len(input)?
            && let Some((frame, rest)) = input.split_at_checked(len)
        {
            *input = rest;
            return Ok(Some(Frame::Whole(frame)));
        }
        // Up to the prefix first: only then is the length known.
        self.take(PREFIX_LEN, input);
        let Some(pending) = &self.pending else { return Ok(None) };
        let Some(len) = frame_len(pending)? else { return Ok(None) };
        self.take(len, input);
        if self.pending() < len {
            return Ok(None);
        }
        Ok(self.pending.take().map(|pending| Frame::Joined(*pending)))
    }

    /// Moves bytes from `input` until `len` are pending.
    fn take(&mut self, len: usize, input: &mut &[u8]) {
        let missing = len.saturating_sub(self.pending()).min(input.len());
        let (taken, rest) = input.split_at(missing);
        if !taken.is_empty() {
            self.pending.get_or_insert_default().extend_from_slice(taken);
        }
        *input = rest;
    }
}

/// The length that a frame claims, once its first eight bytes are there.
fn frame_len(bytes: &[u8]) -> Result<Option<usize>, BadStream> {
    if bytes.len() < PREFIX_LEN {
        return Ok(None);
    }
    let len = u32_at(bytes, header::TOTLEN) as usize;
    if bytes[..4] != SIGNATURE || len < header::LEN {
        return Err(BadStream);
    }
    Ok(Some(len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(len: usize) -> Vec<u8> {
        let mut bytes = vec![7; len];
        bytes[..4].copy_from_slice(b"RCmb");
        bytes[4..8].copy_from_slice(&u32::try_from(len).unwrap().to_be_bytes());
        bytes
    }

    #[test]
    fn any_cut_of_the_stream_gives_the_same_frames() {
        let stream = [packet(2256), packet(2300), packet(4352)].concat();
        for step in [1, 7, 8, 9, 2255, 2256, 2257, 5000, stream.len()] {
            let mut frames = Frames::new();
            let mut lens = Vec::new();
            for mut piece in stream.chunks(step) {
                while let Some(frame) = frames.next(&mut piece).unwrap() {
                    lens.push(frame.len());
                }
                assert!(piece.is_empty());
            }
            assert_eq!(lens, [2256, 2300, 4352], "in pieces of {step}");
            assert_eq!(frames.pending(), 0);
        }
    }

    #[test]
    fn eight_bytes_are_enough_to_give_up() {
        let mut short = packet(2256);
        short[4..8].copy_from_slice(&2255_u32.to_be_bytes());
        assert!(Frames::new().next(&mut &short[..8]).is_err());
        assert!(Frames::new().next(&mut &short[..7]).unwrap().is_none());
        assert!(Frames::new().next(&mut &b"GET / HTTP/1.0"[..]).is_err());
    }

    #[test]
    fn a_claimed_length_allocates_nothing() {
        let mut frames = Frames::new();
        let mut head: &[u8] = b"RCmb\xff\xff\xff\xff";
        assert!(frames.next(&mut head).unwrap().is_none());
        assert_eq!(frames.pending(), 8);
    }
}
