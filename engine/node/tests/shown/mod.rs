//! Bytes as the message of a failed test shows them.

#![allow(unreachable_pub)]

/// Bytes for a message of a test that failed.
pub fn show(bytes: &[u8]) -> String {
    let text = bytes.escape_ascii().to_string();
    if text.len() > 1500 { format!("{}… ({} bytes)", &text[..1500], bytes.len()) } else { text }
}
