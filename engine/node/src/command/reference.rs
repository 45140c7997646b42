//! What Redis 7.0.15 says about its commands: the replies of `COMMAND INFO` and `COMMAND DOCS`
//! of a running server, in RESP3, kept as they came (see THIRD-PARTY.md). Commands that this node
//! does not have are left out when it is asked.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use engine_resp::{Reply, ReplyDecoder, Value};

/// The reply of `COMMAND INFO`: one array a command.
const INFO: &[u8] = include_bytes!("data/command-info.resp");
/// The reply of `COMMAND DOCS`: a map by name.
const DOCS: &[u8] = include_bytes!("data/command-docs.resp");

/// All that Redis 7.0.15 says of its commands (`COMMAND DOCS`), in RESP3.
#[must_use]
pub fn command_docs() -> &'static [u8] {
    DOCS
}

fn decode(bytes: &[u8]) -> Value {
    let mut decoder = ReplyDecoder::new();
    decoder.feed(bytes);
    decoder.decode().ok().flatten().unwrap_or(Value::Null)
}

/// `COMMAND INFO`'s answer for every command of 7.0.15, subcommands too, by full name.
pub(super) static ENTRIES: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let mut entries = BTreeMap::new();
    if let Value::Array(commands) = decode(INFO) {
        for command in commands {
            add_entry(&mut entries, command);
        }
    }
    entries
});

/// `COMMAND INFO`'s answer for every command of 7.0.15, by full name.
pub(crate) fn reference_entries() -> &'static BTreeMap<String, Value> {
    &ENTRIES
}

/// Whether 7.0.15 has a command of that name, in any case, whether it is here or not.
pub(crate) fn is_of_redis(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    super::find(name.as_bytes()).is_some() || !name.contains('|') && ENTRIES.contains_key(&name)
}

fn add_entry(entries: &mut BTreeMap<String, Value>, command: Value) {
    let fields = command.as_slice().unwrap_or_default();
    for sub in fields.get(9).and_then(Value::as_slice).unwrap_or_default() {
        add_entry(entries, sub.clone());
    }
    if let Some(name) = fields.first().and_then(Value::to_text) {
        entries.insert(name, command);
    }
}

/// `COMMAND DOCS`'s answer for every command of 7.0.15, subcommands too, by full name.
pub(super) static ARTICLES: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let mut articles = BTreeMap::new();
    add_articles(&mut articles, decode(DOCS));
    articles
});

fn add_articles(articles: &mut BTreeMap<String, Value>, docs: Value) {
    let Value::Map(pairs) = docs else { return };
    for (name, article) in pairs {
        if let Some(subcommands) = field(&article, "subcommands") {
            add_articles(articles, subcommands.clone());
        }
        if let Some(name) = name.to_text() {
            articles.insert(name, article);
        }
    }
}

/// The value of a map's field.
pub(super) fn field<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    let Value::Map(pairs) = map else { return None };
    pairs.iter().find(|(key, _)| key.as_bytes() == Some(name.as_bytes())).map(|(_, value)| value)
}

/// Writes a value in the protocol of the reply; `keep` says which subcommands stay in lists and
/// maps of subcommands.
pub(super) fn write(out: &mut Reply, value: &Value, keep: &dyn Fn(&str) -> bool) {
    match value {
        Value::Simple(text) => out.simple(&String::from_utf8_lossy(text)),
        Value::Bulk(bytes) => out.bulk(bytes),
        Value::Int(n) => out.int(*n),
        Value::Array(items) => {
            let items: Vec<&Value> = items.iter().filter(|item| keeps_entry(item, keep)).collect();
            out.array(items.len());
            items.into_iter().for_each(|item| write(out, item, keep));
        }
        Value::Set(items) => {
            out.set(items.len());
            items.iter().for_each(|item| write(out, item, keep));
        }
        Value::Map(pairs) => {
            let kept = |key: &Value| key.to_text().is_none_or(|k| !k.contains('|') || keep(&k));
            let pairs: Vec<_> = pairs.iter().filter(|(key, _)| kept(key)).collect();
            out.map(pairs.len());
            for (key, value) in pairs {
                write(out, key, keep);
                write(out, value, keep);
            }
        }
        _ => out.null(),
    }
}

/// Whether an item of an array stays: it goes only if it is the entry of an unknown subcommand.
fn keeps_entry(item: &Value, keep: &dyn Fn(&str) -> bool) -> bool {
    let name = item.as_slice().filter(|fields| fields.len() == 10).and_then(|f| f[0].to_text());
    name.is_none_or(|name| !name.contains('|') || keep(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{AclCategory, CommandFlags, KeySpec, Spec, all};

    fn names(value: &Value) -> Vec<String> {
        let mut names: Vec<String> =
            value.as_slice().unwrap_or_default().iter().filter_map(Value::to_text).collect();
        names.sort();
        names
    }

    /// Flags that 7.0.15 has but does not show.
    const HIDDEN: CommandFlags = CommandFlags::MAY_REPLICATE.union(CommandFlags::PROTECTED);

    fn check(spec: &Spec, name: &str, wrong: &mut Vec<String>) {
        let Some(entry) = ENTRIES.get(name).and_then(Value::as_slice) else {
            wrong.push(format!("{name} is no command of 7.0.15"));
            return;
        };
        let mut expect = |what: &str, equal: bool| {
            if !equal {
                wrong.push(format!("{name}: {what}: {entry:?}"));
            }
        };
        expect("arity", entry[1].as_int() == Some(i64::from(spec.arity)));
        let shown = spec.flags.difference(HIDDEN);
        let mut flags: Vec<String> = shown
            .iter_names()
            .map(|(flag, _)| flag.to_ascii_lowercase().replace("movable_keys", "movablekeys"))
            .collect();
        flags.sort();
        expect("flags", flags == names(&entry[2]));
        let acl = spec.all_categories();
        let mut acl: Vec<String> =
            acl.iter_names().map(|(c, _)| format!("@{}", c.to_ascii_lowercase())).collect();
        acl.sort();
        expect("categories", acl == names(&entry[6]));
        let range: Vec<_> = entry[3..6].iter().filter_map(Value::as_int).collect();
        match spec.keys {
            KeySpec::None => expect("keys", range == [0, 0, 0]),
            KeySpec::Range { first, last, step } => {
                expect("keys", range == [first as i64, last as i64, step as i64]);
            }
            KeySpec::Find(_) => {}
        }
    }

    #[test]
    fn the_tables_say_what_the_real_server_says() {
        let mut wrong = Vec::new();
        for spec in all() {
            check(spec, spec.name, &mut wrong);
            for sub in spec.subcommands {
                if sub.flags.contains(CommandFlags::BEYOND) {
                    let name = format!("{}|{}", spec.name, sub.name);
                    assert!(!ENTRIES.contains_key(&name), "{name} is of 7.0.15");
                    continue;
                }
                check(sub, &format!("{}|{}", spec.name, sub.name), &mut wrong);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(AclCategory::all().contains(AclCategory::KEYSPACE));
    }

    #[test]
    fn every_command_has_an_article() {
        for spec in all() {
            let article = &ARTICLES[spec.name];
            assert!(
                field(article, "summary").is_some_and(|s| s.as_bytes().is_some()),
                "{article:?}"
            );
        }
    }
}
