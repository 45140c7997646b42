//! Users with random rules: how they are shown again, and what they might do.

use super::Word;
use super::draw::{Draw, Drawn};
use super::scene::Step;

#[rustfmt::skip]
/// Rules that stand for themselves; the commands' and categories' are drawn.
const RULES: [&str; 40] = [
    "on", "off", "nopass", "resetpass", ">a", ">b", "<a", "<b", "reset", "sanitize-payload",
    "skip-sanitize-payload", "allkeys", "resetkeys", "~*", "~s*", "~l*", "~x?", "%R~t*", "%W~t*",
    "%RW~z*", "%R~*", "%W~*", "%w~h*", "allchannels", "resetchannels", "&*", "&c*", "&a",
    "allcommands", "nocommands", "+@all", "-@all", "clearselectors", "(+@read ~s*)", "(%W~* +@write)",
    "()", "nonsense", "#abc", "+select|0", "+debug|object",
];

#[rustfmt::skip]
const CATEGORIES: [&str; 22] = [
    "keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap",
    "hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous",
    "connection", "transaction", "scripting", "nosuch",
];

fn acl(sub: &str, words: &[Word]) -> Step {
    let head = [b"ACL".to_vec(), sub.as_bytes().to_vec()];
    let words = head.into_iter().chain(words.iter().cloned()).collect();
    Step::Ask(Drawn { name: format!("ACL {sub}"), words })
}

fn rule(draw: &mut Draw) -> Word {
    let sign = draw.pick(&["+", "-"]);
    match draw.rng.index(10) {
        0..=4 => draw.pick(&RULES).as_bytes().to_vec(),
        5 | 6 => format!("{sign}@{}", draw.pick(&CATEGORIES)).into_bytes(),
        7 => format!("{sign}{}", draw.pick(&["config", "client", "acl", "xinfo"])).into_bytes(),
        _ => {
            let name = draw.any_name().to_ascii_lowercase().replace(' ', "|");
            format!("{sign}{name}").into_bytes()
        }
    }
}

/// A user gets rules, is shown, and tries something without doing it.
pub(super) fn users(draw: &mut Draw) -> Vec<Step> {
    let user = format!("user{}", draw.rng.index(3)).into_bytes();
    let mut rules = vec![user.clone()];
    for _ in 0..draw.rng.index(6) {
        rules.push(rule(draw));
    }
    let mut steps = vec![acl("SETUSER", &rules), acl("GETUSER", std::slice::from_ref(&user))];
    for _ in 0..1 + draw.rng.index(4) {
        let tried = draw.command().words;
        steps.push(acl("DRYRUN", &[vec![user.clone()], tried].concat()));
    }
    if draw.rng.chance(0.1) {
        steps.push(acl("LIST", &[]));
        steps.push(acl("DELUSER", &[user]));
    }
    steps
}
