//! Where the machine is: levels of the stack, chunks and lines, in the words of error messages.

use std::sync::Arc;

use super::Machine;
use crate::Place;
use crate::heap::Arena;
use crate::object::{Frame, Kind, Thread};
use crate::proto::{Proto, RUN_ROOM, chunk_id};

/// Levels of the stack that are told about an error.
const MOST_PLACES: usize = 8;

/// The frame at a level of the stack; level 0 is the top. None beyond the bottom, and where a call was replaced
/// by a tail call.
pub(crate) fn level(thread: &Thread, level: usize) -> Option<&Frame> {
    let mut left = level as i64;
    // The mark of a handler at work is no call.
    let calls = |frame: &&Frame| !matches!(frame.kind, Kind::Handler);
    for frame in thread.frames.iter().rev().filter(calls) {
        if left <= 0 {
            return (left == 0).then_some(frame);
        }
        left -= 1;
        if frame.is_lua() {
            left -= i64::from(frame.tail_calls);
        }
    }
    None
}

/// The line under way in a Lua function's frame.
pub(crate) fn line(proto: &Proto, frame: &Frame) -> u32 {
    proto.lines.get((frame.pc as usize).saturating_sub(1)).copied().unwrap_or(0)
}

/// `chunk:line: `, or nothing where no Lua code is.
pub(crate) fn position(protos: &Arena<Arc<Proto>>, frame: &Frame) -> Vec<u8> {
    if !frame.is_lua() {
        return Vec::new();
    }
    let proto = protos.get(frame.proto.0);
    let mut text = chunk_id(&proto.source, RUN_ROOM);
    text.extend_from_slice(format!(":{}: ", line(proto, frame)).as_bytes());
    text
}

impl Machine<'_> {
    /// `chunk:line: ` of a level (luaL_where). A native function on its first turn has no frame: to it the level 1
    /// is the topmost frame; otherwise it has one (`own_frames`).
    pub(super) fn where_is(&self, wanted: usize, own_frames: usize) -> Vec<u8> {
        let found = match own_frames {
            0 if wanted == 0 => None,
            0 => level(&self.thread, wanted - 1),
            _ => level(&self.thread, wanted),
        };
        found.map_or_else(Vec::new, |frame| position(self.protos, frame))
    }

    /// The stack, innermost first.
    pub(crate) fn places(&self) -> Vec<Place> {
        let native = || Place { source: b"=[C]".into(), line: -1 };
        let mut places = Vec::new();
        if self.native_threw {
            places.push(native());
        }
        for frame in self.thread.frames.iter().rev() {
            if matches!(frame.kind, Kind::Handler) {
                continue;
            }
            if !frame.is_lua() {
                places.push(native());
            } else {
                let proto = self.protos.get(frame.proto.0);
                let line = line(proto, frame) as i32;
                places.push(Place { source: proto.source.to_vec(), line });
                let lost = || Place { source: b"=(tail call)".into(), line: -1 };
                places.extend((0..frame.tail_calls.min(MOST_PLACES as u32)).map(|_| lost()));
            }
            if places.len() >= MOST_PLACES {
                break;
            }
        }
        places.truncate(MOST_PLACES);
        places
    }
}
