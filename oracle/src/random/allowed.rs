//! What may differ between two right answers: one list, each entry with its reason. What is not
//! here must be equal to the byte.

use engine_resp::Value;

use super::Word;

/// What is compared of an answer that may differ.
#[derive(Clone, Copy, Debug)]
enum How {
    /// The items, in any order.
    Items,
    /// The pairs of items, in any order.
    Pairs,
    /// The items, in any order, and so inside of them.
    Nested,
    /// How many items.
    Count,
    /// Which kind of answer: an error word for word, else number, string, list …
    Kind,
    /// Numbers, to within so much.
    Near(i64),
    /// All but numbers, and those to within so much.
    Within(u64),
    /// The names of the fields of a text, not their values.
    Fields,
    /// The lines of a text but those with this word.
    Without(&'static str),
    /// The keys of a map.
    Keys,
    /// The words of texts, in any order.
    Words,
}

/// A command (capitals; a `*` at its end stands for any rest), a word that must be among the
/// command's (empty: none), what is compared, and why.
const ALLOWED: [(&str, &str, How, &str); 54] = [
    ("KEYS", "", How::Items, "a dictionary has no order"),
    ("SMEMBERS", "", How::Items, "a set has no order"),
    ("SINTER", "", How::Items, "a set has no order"),
    ("SUNION", "", How::Items, "a set has no order"),
    ("SDIFF", "", How::Items, "a set has no order"),
    ("HKEYS", "", How::Items, "a hash has no order"),
    ("HVALS", "", How::Items, "a hash has no order"),
    ("HGETALL", "", How::Pairs, "a hash has no order"),
    ("CONFIG GET", "", How::Pairs, "the directives have no order"),
    ("PUBSUB CHANNELS", "", How::Items, "channels have no order"),
    ("COMMAND LIST", "", How::Kind, "modules are not in the engine"),
    (
        "COMMAND DOCS",
        "",
        How::Kind,
        "the command table has no order; the engine has commands of its own",
    ),
    ("COMMAND COUNT", "", How::Kind, "modules are not in the engine"),
    ("COMMAND", "", How::Kind, "modules are not in the engine"),
    ("SCAN", "", How::Kind, "cursors and order are a dictionary's own"),
    ("SSCAN", "", How::Kind, "cursors and order are a dictionary's own"),
    ("HSCAN", "", How::Kind, "cursors and order are a dictionary's own"),
    ("ZSCAN", "", How::Kind, "cursors and order are a dictionary's own"),
    ("SPOP", "", How::Count, "random members"),
    ("SRANDMEMBER", "", How::Count, "random members"),
    ("HRANDFIELD", "", How::Count, "random fields"),
    ("ZRANDMEMBER", "", How::Count, "random members"),
    ("SORT*", "BY", How::Count, "equal weights come in any order"),
    ("SORT*", "by", How::Count, "equal weights come in any order"),
    ("SORT*", "ALPHA", How::Count, "words that are equal up to a zero come in any order"),
    ("SORT*", "alpha", How::Count, "words that are equal up to a zero come in any order"),
    ("Z*", "BYLEX", How::Count, "by words is promised only where all scores are equal"),
    ("ZRANGEBYLEX", "", How::Kind, "promised only where all scores are equal"),
    ("ZREVRANGEBYLEX", "", How::Kind, "promised only where all scores are equal"),
    ("ZLEXCOUNT", "", How::Kind, "promised only where all scores are equal"),
    ("OBJECT FREQ", "", How::Kind, "a time"),
    ("OBJECT IDLETIME", "", How::Kind, "a time"),
    ("*TTL", "", How::Near(2000), "a time"),
    ("*EXPIRETIME", "", How::Near(2000), "a time"),
    ("DUMP", "", How::Kind, "an order and compression of one's own; each restores the other's"),
    ("TIME", "", How::Kind, "a time"),
    ("LASTSAVE", "", How::Near(60), "a time"),
    ("MEMORY USAGE", "", How::Kind, "bytes of another memory layout"),
    ("MEMORY STATS", "", How::Keys, "bytes of another memory layout"),
    ("INFO", "", How::Kind, "times, counters, sizes; facts of the build"),
    ("CLIENT LIST", "ID", How::Kind, "numbers of connections"),
    ("CLIENT *", "", How::Fields, "numbers and addresses of connections"),
    ("ACL GENPASS", "", How::Kind, "random digits"),
    ("ACL CAT", "", How::Items, "the command table has no order"),
    ("ACL GETUSER", "", How::Words, "the command table has no order"),
    ("ACL LIST", "", How::Words, "the command table has no order"),
    ("ACL LOG", "", How::Count, "times, numbers and addresses of connections"),
    ("CLUSTER GETKEYSINSLOT", "", How::Count, "the keys of a slot have no order"),
    ("CLUSTER INFO", "", How::Without("cluster_size"), "counted again at another moment"),
    ("COMMAND INFO", "", How::Nested, "subcommands have no order"),
    ("HELLO", "", How::Keys, "the number of the connection"),
    ("LATENCY *", "", How::Kind, "times"),
    ("XPENDING", "", How::Within(2000), "how long ago an entry was given"),
    ("XINFO *", "", How::Within(2000), "how long ago an entry was given"),
];

/// Whether two answers of a command, or of one inside EXEC, say the same.
pub(super) fn agree(name: &str, words: &[Word], real: &Value, ours: &Value) -> bool {
    if real == ours {
        return true;
    }
    // redis-server takes what an earlier number has left in C's errno for this one's.
    let out_of_range = "ERR One or more scores can't be converted into double";
    if name.starts_with("SORT") && real.as_error().as_deref() == Some(out_of_range) {
        return true;
    }
    if matches!(real, Value::Error(_)) || matches!(ours, Value::Error(_)) {
        return false;
    }
    // With all words lost but the container's, it is another command.
    let name = if words.len() == 1 && name.contains(' ') { "COMMAND" } else { name };
    let has = |word: &str| word.is_empty() || words.iter().any(|w| w == word.as_bytes());
    let rule = ALLOWED.iter().find(|(of, word, ..)| is_of(of, name) && has(word));
    rule.is_some_and(|(_, _, how, _)| same(*how, real, ours))
}

fn is_of(rule: &str, name: &str) -> bool {
    match (rule.strip_prefix('*'), rule.strip_suffix('*')) {
        (Some(end), _) => name.ends_with(end),
        (_, Some(beginning)) => name.starts_with(beginning),
        _ => rule == name,
    }
}

fn same(how: How, real: &Value, ours: &Value) -> bool {
    if core::mem::discriminant(real) != core::mem::discriminant(ours) {
        return false;
    }
    match how {
        How::Items => sorted(real, 1) == sorted(ours, 1),
        How::Pairs => sorted(real, 2) == sorted(ours, 2),
        How::Count => count(real) == count(ours),
        How::Nested => nested(real) == nested(ours),
        How::Kind => true,
        How::Near(n) => match (real, ours) {
            (Value::Int(real), Value::Int(ours)) => {
                (*real < 0) == (*ours < 0) && real.abs_diff(*ours) <= n.unsigned_abs()
            }
            _ => false,
        },
        How::Within(n) => within(n, real, ours),
        How::Fields => fields(real) == fields(ours),
        How::Without(word) => lines(real, word) == lines(ours, word),
        How::Keys => keys(real) == keys(ours),
        How::Words => worded(real) == worded(ours),
    }
}

fn sorted(value: &Value, by: usize) -> Vec<String> {
    let mut items: Vec<String> = match value {
        Value::Map(pairs) => pairs.iter().map(|pair| format!("{pair:?}")).collect(),
        other => {
            let items = other.as_slice().unwrap_or_default();
            items.chunks(by).map(|chunk| format!("{chunk:?}")).collect()
        }
    };
    items.sort_unstable();
    items
}

fn nested(value: &Value) -> String {
    let Some(items) = value.as_slice() else { return format!("{value:?}") };
    let mut items: Vec<String> = items.iter().map(nested).collect();
    items.sort_unstable();
    format!("{items:?}")
}

fn within(n: u64, real: &Value, ours: &Value) -> bool {
    match (real, ours) {
        (Value::Int(real), Value::Int(ours)) => real.abs_diff(*ours) <= n,
        (Value::Map(real), Value::Map(ours)) => {
            let pairs = real.iter().zip(ours);
            real.len() == ours.len()
                && pairs.into_iter().all(|(a, b)| a.0 == b.0 && within(n, &a.1, &b.1))
        }
        _ => match (real.as_slice(), ours.as_slice()) {
            (Some(real), Some(ours)) => {
                real.len() == ours.len() && real.iter().zip(ours).all(|(a, b)| within(n, a, b))
            }
            _ => real == ours,
        },
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Map(pairs) => pairs.len(),
        other => other.as_slice().map_or(0, <[Value]>::len),
    }
}

/// Subcommands of CLUSTER that only the engine has.
const OWN: [&str; 7] = [
    "cancelslotmigrations",
    "flushslot",
    "getslotmigrations",
    "migrateslots",
    "myshardid",
    "slot-stats",
    "syncslots",
];

/// Whether a rule is of one of those.
fn is_own(rule: &str) -> bool {
    let of = rule.strip_prefix(['+', '-']).and_then(|name| name.strip_prefix("cluster|"));
    of.is_some_and(|name| OWN.contains(&name))
}

fn worded(value: &Value) -> String {
    let both = |(name, value): &(Value, Value)| [worded(name), worded(value)];
    let parts: Vec<String> = match value {
        Value::Map(pairs) => pairs.iter().flat_map(both).collect(),
        other => match (other.as_slice(), other.to_text()) {
            (Some(items), _) => items.iter().map(worded).collect(),
            (None, Some(text)) => {
                let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
                words.retain(|word| !is_own(word));
                words.sort_unstable();
                words
            }
            (None, None) => vec![format!("{other:?}")],
        },
    };
    format!("{parts:?}")
}

fn keys(value: &Value) -> Vec<String> {
    let mut keys: Vec<String> = match value {
        Value::Map(pairs) => pairs.iter().filter_map(|(key, _)| key.to_text()).collect(),
        other => {
            let items = other.as_slice().unwrap_or_default();
            items.iter().step_by(2).filter_map(Value::to_text).collect()
        }
    };
    keys.sort_unstable();
    keys
}

fn lines(value: &Value, word: &str) -> Vec<String> {
    let text = value.to_text().unwrap_or_default();
    text.lines().filter(|line| !line.contains(word)).map(str::to_owned).collect()
}

/// What stands before `:` or `=` in each line or word.
fn fields(value: &Value) -> Vec<String> {
    let text = value.to_text().unwrap_or_default();
    let mut names = Vec::new();
    for line in text.lines() {
        let words = if line.contains('=') && !line.contains(':') || line.starts_with("id=") {
            line.split(' ').collect()
        } else {
            vec![line]
        };
        let name = |word: &str| word.split([':', '=']).next().unwrap_or_default().to_owned();
        names.extend(words.into_iter().map(name));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_list_names_may_differ() {
        let words = |line: &str| line.split(' ').map(|w| w.as_bytes().to_vec()).collect::<Vec<_>>();
        let list = |items: &[i64]| Value::Array(items.iter().map(|n| Value::Int(*n)).collect());
        let (a, b) = (list(&[1, 2]), list(&[2, 1]));
        assert!(agree("SMEMBERS", &words("SMEMBERS k"), &a, &b));
        assert!(!agree("LRANGE", &words("LRANGE k 0 -1"), &a, &b));
        assert!(!agree("SMEMBERS", &words("SMEMBERS k"), &a, &list(&[1, 3])));
        assert!(!agree("HGETALL", &words("HGETALL k"), &list(&[1, 2, 3, 4]), &list(&[3, 2, 1, 4])));
        assert!(agree("SORT", &words("SORT k BY w_*"), &a, &b));
        assert!(!agree("SORT", &words("SORT k"), &a, &b));
        assert!(!agree("TTL", &words("TTL k"), &Value::Int(-1), &Value::Int(1)));
        let text = |text: &str| Value::Bulk(text.as_bytes().to_vec());
        assert!(agree(
            "CLIENT LIST",
            &words("CLIENT LIST"),
            &text("id=1 db=0"),
            &text("id=2 db=0")
        ));
        assert!(!agree(
            "CLIENT LIST",
            &words("CLIENT LIST"),
            &text("id=1 db=0"),
            &text("id=1 x=0")
        ));
        assert!(agree("XPENDING", &words("XPENDING k g"), &list(&[1, 900]), &list(&[1, 905])));
        assert!(!agree("XPENDING", &words("XPENDING k g"), &list(&[1, 9000]), &list(&[1, 0])));
        let error = Value::Error(b"ERR x".to_vec());
        assert!(!agree("SPOP", &words("SPOP k"), &error, &Value::Null));
    }
}
