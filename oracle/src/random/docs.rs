//! What a server says of its commands' words: the argument trees of `COMMAND DOCS`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use engine_resp::Value;

/// One command, or one subcommand with its container's name before it.
#[derive(Clone, Debug)]
pub(super) struct Command {
    /// In capitals, a blank between container and subcommand.
    pub(super) name: String,
    pub(super) group: String,
    pub(super) arguments: Vec<Argument>,
}

/// One word, or a group of words.
#[derive(Clone, Debug, Default)]
pub(super) struct Argument {
    pub(super) name: String,
    /// `key`, `integer`, `oneof`, `block` …
    pub(super) kind: String,
    pub(super) token: Option<String>,
    pub(super) optional: bool,
    pub(super) multiple: bool,
    pub(super) multiple_token: bool,
    pub(super) inner: Vec<Self>,
}

/// Reads the reply of `COMMAND DOCS`, in RESP2 or RESP3.
///
/// # Errors
/// A reply of another shape.
pub(super) fn read(reply: &Value) -> Result<Vec<Command>> {
    let mut commands = BTreeMap::new();
    for (name, docs) in pairs(reply).context("COMMAND DOCS gives no map")? {
        let docs = fields(&docs);
        let subcommands = docs.get("subcommands").and_then(pairs).unwrap_or_default();
        let group = text(docs.get("group"));
        for (sub, docs) in &subcommands {
            let name = spelled(sub).replace('|', " ");
            commands.insert(name.clone(), command(name, &group, &fields(docs)));
        }
        if subcommands.is_empty() {
            let name = spelled(&name);
            commands.insert(name.clone(), command(name, &group, &docs));
        }
    }
    Ok(commands.into_values().collect())
}

fn command(name: String, group: &str, docs: &BTreeMap<String, Value>) -> Command {
    Command { name, group: group.to_owned(), arguments: arguments(docs.get("arguments")) }
}

fn arguments(list: Option<&Value>) -> Vec<Argument> {
    list.and_then(Value::as_slice).unwrap_or_default().iter().map(argument).collect()
}

fn argument(value: &Value) -> Argument {
    let docs = fields(value);
    let flags: Vec<String> = docs
        .get("flags")
        .and_then(Value::as_slice)
        .map(|flags| flags.iter().filter_map(Value::to_text).collect())
        .unwrap_or_default();
    let has = |name: &str| flags.iter().any(|flag| flag == name);
    Argument {
        name: text(docs.get("name")),
        kind: text(docs.get("type")),
        token: docs.get("token").and_then(Value::to_text),
        optional: has("optional"),
        multiple: has("multiple"),
        multiple_token: has("multiple_token"),
        inner: arguments(docs.get("arguments")),
    }
}

fn pairs(value: &Value) -> Option<Vec<(Value, Value)>> {
    match value {
        Value::Map(pairs) => Some(pairs.clone()),
        Value::Array(items) => {
            let pairs = items.as_chunks::<2>().0;
            Some(pairs.iter().map(|[key, value]| (key.clone(), value.clone())).collect())
        }
        _ => None,
    }
}

fn fields(value: &Value) -> BTreeMap<String, Value> {
    let pairs = pairs(value).unwrap_or_default();
    pairs.into_iter().filter_map(|(key, value)| Some((key.to_text()?, value))).collect()
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::to_text).unwrap_or_default()
}

fn spelled(name: &Value) -> String {
    name.to_text().unwrap_or_default().to_ascii_uppercase()
}
