//! What was written, and what must be there in the end.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::client::Client;
use super::stage::Stage;

/// How many keys each writer has.
pub const KEYS: usize = 64;

/// Writes to one key: those acknowledged with their times, and the highest number ever tried.
#[derive(Default)]
pub struct Key {
    pub acked: Vec<(u64, SystemTime)>,
    pub tried: u64,
}

/// What one writer did. Each owns its keys and writes rising numbers, so what a key holds says
/// which of the acknowledged writes are lost.
#[derive(Default)]
pub struct Deeds(pub BTreeMap<String, Key>);

/// The letter in the middle of a key's name says what it is: `s` a string, `h` a hash, `z` a sorted
/// set, `m` two strings of one slot, written together.
fn kind(key: &str) -> &str {
    key.split(':').nth(1).unwrap_or_default()
}

/// Reads the number that a key holds; `None` when there is none.
fn read(client: &mut Client<'_>, key: &str) -> Result<Option<u64>, &'static str> {
    let first = format!("{{{key}}}a");
    let words: Vec<&str> = match kind(key) {
        "h" => vec!["HGET", key, "f"],
        "z" => vec!["ZSCORE", key, "m"],
        "m" => vec!["GET", &first],
        _ => vec!["GET", key],
    };
    let answer = client.ask(&words)?;
    let number = || answer.parse().unwrap_or_else(|_| panic!("{key} holds {answer}"));
    Ok((answer != "$-1").then(number))
}

/// Writes until the stage is over.
pub fn work(stage: &Stage, thread: usize) -> Deeds {
    let mut client = Client::new(stage, thread);
    let mut deeds = Deeds::default();
    let mut number = 0;
    while !stage.over.load(Ordering::Relaxed) {
        number += 1;
        let place = number as usize % KEYS;
        let key = format!("t{thread}:{}:{place}", ["s", "h", "z"][place % 3]);
        let known = deeds.0.entry(key.clone()).or_default();
        known.tried = number;
        let text = number.to_string();
        let words: Vec<&str> = match kind(&key) {
            "h" => vec!["HSET", &key, "f", &text],
            "z" => vec!["ZADD", &key, &text, "m"],
            _ => vec!["SET", &key, &text],
        };
        match client.ask(&words) {
            Ok(answer) => {
                assert!(["+OK", ":0", ":1"].contains(&answer.as_str()), "{words:?}: {answer}");
                known.acked.push((number, SystemTime::now()));
            }
            Err(why) => stage.note(why),
        }
        if number.is_multiple_of(3)
            && let Ok(Some(held)) = read(&mut client, &key)
        {
            assert!(held <= known.tried, "{key} holds {held}, which nobody has written");
        }
    }
    deeds
}

/// Every acknowledged write is there, or was acknowledged inside a window.
pub fn verify(stage: &Stage, deeds: Vec<Deeds>) {
    let mut client = Client::new(stage, 0);
    let (mut kept, mut lost) = (0, BTreeMap::<&str, usize>::new());
    for (key, Key { acked, tried }) in deeds.into_iter().flat_map(|d| d.0) {
        let last = read(&mut client, &key).expect("the cluster is well").unwrap_or(0);
        assert!(last <= tried, "{key} holds {last}");
        for (number, at) in acked {
            if number <= last {
                kept += 1;
                continue;
            }
            let why = stage.admitted(at);
            *lost.entry(why.expect("a write lost outside of every window")).or_default() += 1;
        }
    }
    println!("acknowledged and kept: {kept}");
    for (why, count) in lost {
        println!("acknowledged and lost: {count} ({why})");
    }
    print!("{}", stage.errors());
    assert!(kept > 1000, "there was load");
}
