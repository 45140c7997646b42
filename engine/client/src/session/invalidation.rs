//! What client-side caching pushes (`cliFormatInvalidateTTY`).

use crate::reply::Reply;

/// The line for a pushed `invalidate` message of client-side caching.
pub(super) fn invalidation(reply: &Reply) -> Option<Vec<u8>> {
    let Reply::Push(items) = reply else { return None };
    let [kind, Reply::Array(keys)] = items.as_slice() else { return None };
    if !kind.as_bytes()?.starts_with(b"invalidate") {
        return None;
    }
    let mut out = b"-> invalidate: ".to_vec();
    for (i, key) in keys.iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(b", ");
        }
        out.push(b'\'');
        out.extend_from_slice(key.as_bytes().unwrap_or_default());
        out.push(b'\'');
    }
    out.push(b'\n');
    Some(out)
}
