//! The catalogue's file format: `key = text`, `# remark`, `{ $argument }`.

/// The messages of a file, in its order.
pub(super) fn messages(source: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    source.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (key, text) = line.split_once(" = ")?;
        Some((key.trim(), text.trim()))
    })
}

/// A message with its arguments put in; an argument that is not given stays empty.
pub(super) fn fill(message: &str, args: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(message.len() + 16);
    let mut rest = message;
    while let Some((before, after)) = rest.split_once("{ $") {
        out.push_str(before);
        let Some((name, tail)) = after.split_once(" }") else { break };
        if let Some((_, value)) = args.iter().find(|a| a.0 == name) {
            out.push_str(value);
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// The names of a message's arguments.
#[cfg(test)]
pub(super) fn arguments(message: &str) -> impl Iterator<Item = &str> {
    message.split("{ $").skip(1).filter_map(|after| Some(after.split_once(" }")?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_put_in_where_they_stand() {
        let text = "{ $who } says { $what }: { $who }";
        assert_eq!(fill(text, &[("who", "db01"), ("what", "ok")]), "db01 says ok: db01");
        assert_eq!(fill(text, &[("who", "{ $what }")]), "{ $what } says : { $what }");
        assert_eq!(arguments(text).collect::<Vec<_>>(), ["who", "what", "who"]);
    }
}
