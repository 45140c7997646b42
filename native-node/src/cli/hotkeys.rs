//! `--hotkeys`: the keys that are used most, where the server counts (`findHotKeys` in redis-cli.c).

use engine_base::split::write_quoted;
use engine_client::{Exit, Link, Platform as _, Reply, Session};
use engine_client::{push_command, scan_step, size_of_database};

use super::socket::Socket;
use super::{Terminal, interrupt};

/// So many are kept.
const KEPT: usize = 16;

/// Prints the survey; the exit code.
pub(super) async fn run(
    platform: &Terminal,
    session: &mut Session<'_, Terminal>,
) -> Result<i32, Exit> {
    let total = size_of_database(session).await?;
    platform.print(
        "\n# Scanning the entire keyspace to find hot keys as well as\n\
         # average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec\n\
         # per 100 SCAN commands (not usually needed).\n\n",
    );
    let interval = session.options.interval_ms;
    let mut hottest = Hottest::default();
    let (mut cursor, mut rounds, mut sampled) = (0, 0_u64, 0_u64);
    let cut_at = loop {
        let percent = 100.0 * sampled as f64 / total as f64;
        let (next, keys) = scan_step(session, cursor).await?;
        cursor = next;
        rounds += 1;
        let counters = match session.link() {
            Some(link) => counters(platform, link, &keys).await?,
            None => return Ok(1),
        };
        for (key, counter) in keys.iter().zip(counters) {
            sampled += 1;
            if sampled.is_multiple_of(1_000_000) {
                platform.print(&format!("[{percent:05.2}%] Sampled {sampled} keys so far\n"));
            }
            if let Some(name) = hottest.offer(counter, key) {
                platform.print(&format!(
                    "[{percent:05.2}%] Hot key '{name}' found so far with counter {counter}\n"
                ));
            }
        }
        if interval > 0 && rounds.is_multiple_of(100) {
            platform.sleep(interval).await;
        }
        if interrupt::pressed() {
            break format!("[{percent:05.2}%] ");
        }
        if cursor == 0 {
            break String::new();
        }
    };
    platform.print(&format!(
        "\n-------- summary -------\n\n{cut_at}Sampled {sampled} keys in the keyspace!\n"
    ));
    for (counter, name) in hottest.0.iter().rev() {
        platform.print(&format!("hot key found with counter: {counter}\tkeyname: {name}\n"));
    }
    Ok(0)
}

/// How often each key is used, asked for in one go (`getKeyFreqs`).
async fn counters(
    platform: &Terminal,
    link: &mut Link<Socket>,
    keys: &[Vec<u8>],
) -> Result<Vec<u64>, Exit> {
    let mut commands = Vec::new();
    for key in keys {
        push_command(&mut commands, &[b"OBJECT".as_slice(), b"FREQ", key]);
    }
    // What cannot be sent is told of at the first reply that is missing.
    let _ = link.send_raw(&commands).await;
    let mut counters = Vec::new();
    for key in keys {
        counters.push(match link.reply().await {
            Ok(Reply::Int(counter)) => u64::try_from(counter).unwrap_or(0),
            Ok(Reply::Error(text)) => {
                platform.complain(&format!("Error: {}\n", String::from_utf8_lossy(&text)));
                return Err(Exit(1));
            }
            Ok(_) => {
                platform.complain(&format!(
                    "Warning: OBJECT freq on '{}' failed (may have been deleted)\n",
                    quoted(key)
                ));
                0
            }
            Err(error) => {
                let kind = error.code();
                platform.complain(&format!(
                    "Error getting freq for key '{}' ({kind}: {error})\n",
                    quoted(key)
                ));
                return Err(Exit(1));
            }
        });
    }
    Ok(counters)
}

fn quoted(key: &[u8]) -> String {
    let mut name = Vec::new();
    write_quoted(&mut name, key);
    String::from_utf8_lossy(&name).into_owned()
}

/// The hottest keys, the coolest of them first.
#[derive(Default)]
struct Hottest(Vec<(u64, String)>);

impl Hottest {
    /// Keeps a key that is hotter than one of those kept, or has a place free; its name then.
    fn offer(&mut self, counter: u64, key: &[u8]) -> Option<String> {
        let full = self.0.len() == KEPT;
        let cooler = self.0.iter().take_while(|(kept, _)| counter > *kept).count();
        if counter == 0 || (full && cooler == 0) {
            return None;
        }
        let name = quoted(key);
        self.0.insert(cooler, (counter, name.clone()));
        if full {
            self.0.remove(0);
        }
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hottest_stay() {
        let mut hottest = Hottest::default();
        for counter in [3, 0, 9, 1] {
            hottest.offer(counter, counter.to_string().as_bytes());
        }
        let kept = |hottest: &Hottest| hottest.0.iter().map(|(c, _)| *c).collect::<Vec<_>>();
        assert_eq!(kept(&hottest), [1, 3, 9]);
        for counter in 20..40 {
            hottest.offer(counter, b"k");
        }
        assert_eq!(kept(&hottest), (24..40).collect::<Vec<_>>());
        assert_eq!(hottest.offer(24, b"as cool as the coolest"), None);
        assert_eq!(hottest.offer(25, b"two\nlines").as_deref(), Some("\"two\\nlines\""));
    }
}
