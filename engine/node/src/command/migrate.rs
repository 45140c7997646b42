//! `MIGRATE`: keys move to another node in one step.

use engine_store::rdb;

use super::Call;
use super::args::{int, is};
use super::fail::{Answer, Fail};
use crate::client::ClientFlags;
use crate::migrate_link::Job;
use crate::place::Place;

/// The options behind `MIGRATE host port key db timeout`.
#[derive(Default)]
struct Options<'a> {
    copy: bool,
    replace: bool,
    auth: Vec<&'a [u8]>,
    /// Where the keys stand, when there are several.
    keys: Option<usize>,
}

/// The keys of a call: word 3, or those behind KEYS when it is empty (`migrateGetKeys`).
pub(super) fn keys(args: &[&[u8]]) -> Vec<usize> {
    let mut at = 6;
    while let Some(word) = args.get(at) {
        at += 1;
        if is(word, "keys") {
            // With a key in word 3 it is an error, which the command itself tells.
            return if args[3].is_empty() { (at..args.len()).collect() } else { Vec::new() };
        }
        // A secret may be called like an option.
        at += match word.to_ascii_lowercase().as_slice() {
            b"auth" => 1,
            b"auth2" => 2,
            _ => 0,
        };
    }
    vec![3]
}

fn options<'a>(words: &[&'a [u8]]) -> Result<Options<'a>, Fail> {
    let mut options = Options::default();
    let mut at = 6;
    while let Some(word) = words.get(at) {
        let rest = &words[at + 1..];
        if is(word, "copy") {
            options.copy = true;
        } else if is(word, "replace") {
            options.replace = true;
        } else if is(word, "auth") {
            let [password, ..] = rest else { return Err(Fail::SYNTAX) };
            options.auth = vec![b"AUTH", password];
            at += 1;
        } else if is(word, "auth2") {
            let [user, password, ..] = rest else { return Err(Fail::SYNTAX) };
            options.auth = vec![b"AUTH", user, password];
            at += 2;
        } else if is(word, "keys") {
            if !words[3].is_empty() {
                return Err("ERR When using MIGRATE KEYS option, the key argument must be set to \
                            the empty string"
                    .into());
            }
            options.keys = Some(at + 1);
            break;
        } else {
            return Err(Fail::SYNTAX);
        }
        at += 1;
    }
    Ok(options)
}

/// `MIGRATE host port key|"" db timeout [COPY] [REPLACE] [AUTH …|AUTH2 …] [KEYS key …]`
pub(super) fn migrate(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    let options = options(words)?;
    let timeout = int(words[5])?;
    let target_db = int(words[4])?;
    let timeout_ms = u64::try_from(timeout).ok().filter(|ms| *ms > 0).unwrap_or(1000);
    let names: Vec<&[u8]> = match options.keys {
        Some(first) => words[first..].to_vec(),
        None => vec![words[3]],
    };
    let keys = restore_words(call, &names, options.replace);
    if keys.is_empty() {
        call.out.simple("NOKEY");
        return Ok(());
    }
    // A real server stands still until the target has answered; here only a client can wait.
    if call.is_of_script() {
        return Err("ERR This Redis command is not allowed from script".into());
    }
    if call.session().is_some_and(|c| c.flags.contains(ClientFlags::DENY_BLOCKING)) {
        return Err("ERR MIGRATE cannot wait for its target inside a transaction".into());
    }
    let port = u16::try_from(int(words[2])?);
    let (Ok(port), Ok(host)) = (port, core::str::from_utf8(words[1])) else {
        return Err("IOERR error or timeout connecting to the client".into());
    };
    let job = Job {
        client: Some(call.client),
        db: call.db_index(),
        target_db,
        keys,
        auth: options.auth.iter().map(|w| w.to_vec()).collect(),
        copy: options.copy,
        timeout_ms,
        expect: Vec::new(),
        answered: 0,
        taken: Vec::new(),
        error: None,
        may_retry: false,
    };
    call.node.start_migration(call.now, Place::new(host, port), job);
    Ok(())
}

/// For each key that is here, the words that restore it there.
fn restore_words(
    call: &mut Call<'_>,
    names: &[&[u8]],
    replace: bool,
) -> Vec<(Vec<u8>, Vec<Vec<u8>>)> {
    let at = call.at();
    let compress = call.node.config.rdbcompression;
    let name: &[u8] = if call.node.cluster.is_some() { b"RESTORE-ASKING" } else { b"RESTORE" };
    let mut all = Vec::new();
    for key in names {
        let Some(value) = call.node.read(at, key) else { continue };
        let payload = rdb::dump(value, compress);
        let ttl = match call.node.dbs[at.db].expire_of(key) {
            Some(until) => (until.0 - call.now.unix.0).max(1),
            None => 0,
        };
        let mut words = vec![name.to_vec(), key.to_vec(), ttl.to_string().into_bytes(), payload];
        if replace {
            words.push(b"REPLACE".to_vec());
        }
        all.push((key.to_vec(), words));
    }
    all
}
