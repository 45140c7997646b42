//! Short names between the module and its JavaScript. wasm-bindgen's end in hashes, which do not
//! compress, and stand in both.

use std::collections::BTreeMap;

use anyhow::Result;
use walrus::Module;

/// The module and its glue with short names for what each takes from the other.
pub(crate) fn shortened(wasm: &[u8], glue: &str) -> Result<(Vec<u8>, String)> {
    let mut module = Module::from_buffer(wasm)?;
    let mut names = BTreeMap::new();
    let mut short = |long: &mut String| {
        if is_made_up(long) {
            let count = names.len();
            *long = names.entry(long.clone()).or_insert_with(|| format!("${count}")).clone();
        }
    };
    module.imports.iter_mut().for_each(|import| short(&mut import.name));
    module.exports.iter_mut().for_each(|export| short(&mut export.name));
    Ok((module.emit_wasm(), renamed(glue, &names)))
}

/// Whether wasm-bindgen has made the name, and nobody else goes by it.
fn is_made_up(name: &str) -> bool {
    ["__wbg_", "wasm_bindgen_", "__wbindgen_generic_", "__wbindgen_cast_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// The text with every whole word replaced that has another name.
fn renamed(text: &str, names: &BTreeMap<String, String>) -> String {
    let in_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(from) = rest.find(in_word) {
        let (before, word) = rest.split_at(from);
        let (word, after) = word.split_at(word.find(|c| !in_word(c)).unwrap_or(word.len()));
        out.push_str(before);
        out.push_str(names.get(word).map_or(word, String::as_str));
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_renamed() {
        let names = BTreeMap::from([("__wbg_now_1".to_owned(), "$0".to_owned())]);
        let text = "{ __wbg_now_1: () => now(), __wbg_now_12: wasm.__wbg_now_1 }";
        assert_eq!(renamed(text, &names), "{ $0: () => now(), __wbg_now_12: wasm.$0 }");
    }
}
