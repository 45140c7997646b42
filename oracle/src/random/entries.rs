//! Words for commands on streams: ids that are not the clock's, and as many ids as keys.

use super::Word;

/// Ids and ends of ranges: small, so that they are met again.
pub(super) const IDS: [&str; 20] = [
    "1-1", "2-1", "3", "5-1", "5-2", "7-0", "9-3", "12-*", "15-1", "20-*", "22-1", "25-2", "30-*",
    "31-1", "40-*", "44-1", "0-0", "0", "1-", "abc",
];
pub(super) const ENDS: [&str; 10] = ["-", "+", "1", "5-1", "(5-1", "(9", "20", "0", "31-2", "x"];
pub(super) const AFTER: [&str; 8] = ["0", "0-0", "$", ">", ">", "5-1", "20", "x-1"];
pub(super) const GROUPS: [&str; 4] = ["g", "h", "g", "nosuch"];
pub(super) const CONSUMERS: [&str; 3] = ["c", "d", "c"];
/// Either all are idle for long enough, or none is.
pub(super) const IDLE: [&str; 4] = ["0", "0", "99999999", "abc"];
pub(super) const WAITS: [&str; 3] = ["1", "5", "x"];

/// Gives a drawn command sense: an id of one's own in place of the clock's, and an id for each key
/// that is read.
pub(super) fn settle(words: &mut Vec<Word>, mut pick: impl FnMut(&[&'static str]) -> &'static str) {
    let name = words[0].to_ascii_uppercase();
    if name == b"XADD" {
        for word in words.iter_mut().filter(|word| *word == b"*") {
            *word = pick(&IDS).as_bytes().to_vec();
        }
    }
    if !name.starts_with(b"XREAD") {
        return;
    }
    let Some(at) = words.iter().position(|word| word == b"STREAMS") else { return };
    let keys = (words.len() - at) / 2;
    let keys = keys.clamp(1, 3).min(words.len() - at - 1);
    words.truncate(at + 1 + keys);
    for _ in 0..keys {
        words.push(pick(&AFTER).as_bytes().to_vec());
    }
}

/// Whether a drawn XREAD would wait for longer than a test can.
pub(super) fn waits_long(words: &[Word]) -> bool {
    let reads = words[0].to_ascii_uppercase().starts_with(b"XREAD");
    let waits = words.windows(2).filter(|pair| pair[0].eq_ignore_ascii_case(b"block"));
    let long = |pair: &[Word]| {
        String::from_utf8_lossy(&pair[1])
            .trim()
            .parse::<f64>()
            .is_ok_and(|n| !(1.0..=50.0).contains(&n))
    };
    reads && waits.into_iter().any(long)
}
