//! The `<link data-trunk …>` tags of `index.html`, so far as we use them: see trunk's guide, "Assets".

use std::ops::Range;

use anyhow::{Result, bail};

/// One tag and where it stands in the page (bytes).
#[derive(Debug, PartialEq)]
pub(super) struct Tag {
    pub(super) span: Range<usize>,
    pub(super) asset: Asset,
}

/// What a tag asks for; every `href` is a path from the folder of `index.html`.
#[derive(Debug, PartialEq)]
pub(super) enum Asset {
    Rust {
        /// The binary to compile.
        bin: String,
    },
    Css {
        href: String,
    },
    Icon {
        href: String,
    },
    Inline {
        href: String,
    },
    CopyFile {
        href: String,
        /// A folder of the site; empty for its root.
        target: String,
    },
    CopyDir {
        href: String,
        /// A folder of the site; the folder's own name if not said.
        target: Option<String>,
    },
}

/// Finds them all, in order.
///
/// # Errors
/// One asks for something that only trunk can do, or lacks its `href`.
pub(super) fn tags(page: &str) -> Result<Vec<Tag>> {
    let mut tags = Vec::new();
    let mut from = 0;
    while let Some(start) = page[from..].find('<').map(|at| from + at) {
        if page[start..].starts_with("<!--") {
            from = page[start..].find("-->").map_or(page.len(), |at| start + at);
            continue;
        }
        let Some(end) = page[start..].find('>').map(|at| start + at + 1) else { break };
        from = end;
        let text = &page[start..end];
        let attributes = attributes(text);
        if attributes.iter().all(|(name, _)| name != "data-trunk") {
            continue;
        }
        if !text.starts_with("<link") {
            bail!("only <link> may carry data-trunk here, not {text}");
        }
        tags.push(Tag { span: start..end, asset: asset(text, &attributes)? });
    }
    Ok(tags)
}

fn asset(text: &str, attributes: &[(String, String)]) -> Result<Asset> {
    let get = |wanted: &str| {
        attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
    };
    let Some(rel) = get("rel") else { bail!("no rel in {text}") };
    if rel == "rust" {
        return Ok(Asset::Rust { bin: get("data-bin").unwrap_or_else(|| "web".to_owned()) });
    }
    let Some(href) = get("href") else { bail!("no href in {text}") };
    let target = get("data-target-path");
    Ok(match rel.as_str() {
        "css" => Asset::Css { href },
        "icon" => Asset::Icon { href },
        "inline" => Asset::Inline { href },
        "copy-file" => Asset::CopyFile { href, target: target.unwrap_or_default() },
        "copy-dir" => Asset::CopyDir { href, target },
        other => bail!("`cargo xtask build` knows no rel={other:?}: {text}"),
    })
}

/// Names and values inside one tag; a bare attribute has an empty value.
fn attributes(tag: &str) -> Vec<(String, String)> {
    let inner = tag.trim_start_matches('<').trim_end_matches('>').trim_end_matches('/');
    let mut rest = inner.split_once(char::is_whitespace).map_or("", |(_, rest)| rest).trim_start();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        rest = rest[end..].trim_start();
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = quoted(after.trim_start());
        }
        rest = rest.trim_start();
        found.push((name, value));
    }
    found
}

fn quoted(text: &str) -> (String, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            let (value, rest) = inner.split_once(quote).unwrap_or((inner, ""));
            return (value.to_owned(), rest);
        }
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (text[..end].to_owned(), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_where_they_stand_and_plain_links_are_left_alone() {
        let page = "<head><link rel=\"manifest\" href=\"m\">\
                    <!-- <link data-trunk rel=\"css\" href=\"old.css\"> -->\
                    <link data-trunk rel='css' href=\"web/style.css\" />\
                    <link data-trunk rel=\"rust\" href=\"web/Cargo.toml\" data-bin=web></head>";
        let found = tags(page).expect("valid");
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0].asset, Asset::Css { href: "web/style.css".to_owned() });
        assert!(page[found[0].span.clone()].ends_with("/>"));
        assert_eq!(found[1].asset, Asset::Rust { bin: "web".to_owned() });
    }

    #[test]
    fn what_only_trunk_can_do_is_refused_by_name() {
        let error = tags("<link data-trunk rel=\"sass\" href=\"a.scss\">").expect_err("sass");
        assert!(error.to_string().contains("sass"), "{error}");
        assert!(tags("<script data-trunk src=\"a.js\"></script>").is_err());
        assert!(tags("<link data-trunk rel=\"css\">").is_err());
    }
}
