//! The body of the fuzz target, always compiled so that it cannot rot.

use crate::codec::Packet;
use crate::describe::describe;
use crate::frame::Frames;

/// Reads `data` as a stream and as a packet in every way this crate knows.
///
/// # Panics
/// Never, and that is the point; but when a packet that was read is not written back as it was,
/// which is a defect.
pub fn decode_any(data: &[u8]) {
    let _ = describe(data);
    if let Ok(packet) = Packet::decode(data) {
        let mut again = Vec::with_capacity(data.len());
        packet.encode(&mut again);
        assert_eq!(again, data, "a packet must be written back as it was read");
    }
    let mut frames = Frames::new();
    for mut piece in data.chunks(977) {
        loop {
            match frames.next(&mut piece) {
                Ok(Some(frame)) => drop(Packet::decode(&frame)),
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
}
