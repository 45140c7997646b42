//! What is published about keys: the same events in the same order.

use anyhow::{Result, bail};

use super::link::Answer;
use super::pair::Pair;
use super::text;

/// A message on this channel ends a batch.
pub(super) const MARK: &str = "compare:mark";

/// Reads what both listeners have heard since the last time; where they part, if they do.
pub(super) fn part(pair: &mut Pair, number: usize) -> Result<Option<[String; 2]>> {
    let number = number.to_string();
    pair.both(&["PUBLISH", MARK, &number])?;
    let mut heard = [Vec::new(), Vec::new()];
    for (side, heard) in pair.0.iter_mut().zip(&mut heard) {
        loop {
            match side.listener.next()? {
                Answer::Said(said) => {
                    let items = said.value.as_slice().unwrap_or_default();
                    let words: Vec<String> =
                        items.iter().filter_map(|item| Some(text(item.as_bytes()?))).collect();
                    if words == ["message", MARK, &number] {
                        break;
                    }
                    // A key's end is seen when it is looked at; the channel by key says it again.
                    if matches!(words.first().map(String::as_str), Some("pmessage")) {
                        heard.push(words[2..].join(" "));
                    }
                }
                other => bail!("a listener: {other:?}"),
            }
        }
    }
    let [real, ours] = heard;
    if real == ours {
        return Ok(None);
    }
    let at = real.iter().zip(&ours).take_while(|(real, ours)| real == ours).count();
    let from = at.saturating_sub(2);
    let show = |list: &[String]| list[from..list.len().min(at + 6)].join("; ");
    Ok(Some([show(&real), show(&ours)]))
}
