//! `--lru-test KEYS`: reads and writes of which a fifth of the keys gets four fifths, to see what a
//! `maxmemory` costs (`LRUTestMode` in redis-cli.c).

use std::time::{Duration, Instant};

use engine_client::{Exit, Link, LinkError, Platform as _, Reply, Session, push_command};

use super::Terminal;
use super::socket::Socket;

/// A line is printed so often.
const CYCLE: Duration = Duration::from_secs(1);
/// So many commands are sent at once.
const PIPELINE: usize = 250;
/// The exponent with which a fifth of the keys gets four fifths of the commands.
const ALPHA: f64 = 6.2;

/// What the GETs of a cycle found.
#[derive(Default)]
struct Found {
    hits: u64,
    misses: u64,
}

/// Runs until it is ended.
pub(super) async fn run(
    platform: &Terminal,
    session: &mut Session<'_, Terminal>,
    keys: i64,
) -> Result<i32, Exit> {
    let Some(mut link) = session.take_link() else { return Ok(1) };
    let mut dice = Dice(platform.random() | 1);
    loop {
        let start = Instant::now();
        let mut found = Found::default();
        while start.elapsed() < CYCLE {
            if round(platform, &mut link, &mut dice, keys, &mut found).await.is_err() {
                platform.complain("I/O error during LRU test\n");
                return Ok(1);
            }
        }
        platform.print(&found.line());
    }
}

impl Found {
    fn line(&self) -> String {
        let Self { hits, misses } = self;
        let gets = hits + misses;
        let share = |part: u64| match gets {
            // What C prints for nothing divided by nothing.
            0 => "-nan".to_owned(),
            _ => format!("{:.2}", part as f64 / gets as f64 * 100.0),
        };
        format!(
            "{gets} Gets/sec | Hits: {hits} ({}%) | Misses: {misses} ({}%)\n",
            share(*hits),
            share(*misses)
        )
    }
}

/// Writes, then reads.
async fn round(
    platform: &Terminal,
    link: &mut Link<Socket>,
    dice: &mut Dice,
    keys: i64,
    found: &mut Found,
) -> Result<(), LinkError> {
    let mut commands = Vec::new();
    for _ in 0..PIPELINE {
        let value: [u8; 5] = std::array::from_fn(|_| b'A' + (dice.next() % 57) as u8);
        push_command(&mut commands, &[b"SET", dice.key(keys).as_bytes(), &value]);
    }
    link.send_raw(&commands).await?;
    for _ in 0..PIPELINE {
        link.reply().await?;
    }
    commands.clear();
    for _ in 0..PIPELINE {
        push_command(&mut commands, &[b"GET", dice.key(keys).as_bytes()]);
    }
    link.send_raw(&commands).await?;
    for _ in 0..PIPELINE {
        match link.reply().await? {
            Reply::Error(text) => {
                platform.complain(&format!("{}\n", String::from_utf8_lossy(&text)));
            }
            Reply::Null => found.misses += 1,
            _ => found.hits += 1,
        }
    }
    Ok(())
}

/// Marsaglia's xorshift64: a load needs no better dice. Never 0.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    /// One of so many keys, by a power law.
    fn key(&mut self, keys: i64) -> String {
        let uniform = self.next() as f64 / (1_u64 << 53) as f64;
        let high = keys as f64 + 1.0;
        let power = ((high.powf(ALPHA + 1.0) - 1.0) * uniform + 1.0).powf(1.0 / (ALPHA + 1.0));
        format!("lru:{}", keys.saturating_sub(power as i64).saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_of_the_keys_gets_four_fifths() {
        let mut dice = Dice(1);
        let mut few = 0;
        for _ in 0..10_000 {
            let key: i64 = dice.key(1000).strip_prefix("lru:").unwrap().parse().unwrap();
            assert!((1..=1000).contains(&key), "{key}");
            few += i32::from(key <= 200);
        }
        assert!((7_500..8_500).contains(&few), "{few}");
    }

    #[test]
    fn nothing_found_is_told_as_c_tells_it() {
        assert_eq!(Found::default().line(), "0 Gets/sec | Hits: 0 (-nan%) | Misses: 0 (-nan%)\n");
    }
}
