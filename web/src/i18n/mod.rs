//! The message catalogue: every word on the page, in English and in 简体中文.
//!
//! The files under `web/i18n/` hold one message a line in the simple part of Fluent's syntax
//! (`key = text with { $argument }`). A test compares their keys and arguments, and both with the
//! source. What a first visit shows stands apart from the rest (`*.later.ftl`), which comes with the second
//! part of the module (docs/page-speed.md).

mod file;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use yew::{hook, use_context};

/// The page's languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lang {
    /// English.
    En,
    /// 简体中文.
    Zh,
}

impl Lang {
    /// From a language tag as a browser, the address or the storage gives it.
    pub(crate) fn from_tag(tag: &str) -> Self {
        if tag.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }

    /// For the attribute `lang`.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// Its place where something is said in each language (`lessons::draft::LANGUAGES`).
    pub(crate) const fn place(self) -> usize {
        match self {
            Self::En => 0,
            Self::Zh => 1,
        }
    }

    /// The other one.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::En => Self::Zh,
            Self::Zh => Self::En,
        }
    }

    const fn source(self) -> &'static str {
        match self {
            Self::En => include_str!("../../i18n/en.ftl"),
            Self::Zh => include_str!("../../i18n/zh-CN.ftl"),
        }
    }

    const fn later(self) -> &'static str {
        match self {
            Self::En => include_str!("../../i18n/en.later.ftl"),
            Self::Zh => include_str!("../../i18n/zh-CN.later.ftl"),
        }
    }
}

type Messages = BTreeMap<&'static str, &'static str>;

/// What a first visit does not show. Never a part of who asks for it: that would be in the first part.
#[inline(never)]
fn later(lang: Lang) -> Messages {
    file::messages(lang.later()).collect()
}

/// The messages of one language.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// Which language.
    pub(crate) lang: Lang,
    messages: Rc<Messages>,
    later: Rc<OnceCell<Messages>>,
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.lang == other.lang
    }
}

impl Text {
    /// The catalogue of a language.
    pub(crate) fn new(lang: Lang) -> Self {
        Self {
            lang,
            messages: Rc::new(file::messages(lang.source()).collect()),
            later: Rc::default(),
        }
    }

    /// The message without arguments under `key`.
    pub(crate) fn get(&self, key: &'static str) -> &'static str {
        let found = self.messages.get(key);
        let found = found.or_else(|| self.later.get_or_init(|| later(self.lang)).get(key));
        found.copied().unwrap_or(key)
    }

    /// What a field of a bus packet means; `None` where the engine's own words will do.
    pub(crate) fn field(&self, key: &str) -> Option<&'static str> {
        let source = match self.lang {
            Lang::En => return None,
            Lang::Zh => include_str!("../../i18n/fields.zh-CN.ftl"),
        };
        file::messages(source).find(|(name, _)| *name == key).map(|(_, words)| words)
    }

    /// The message under `key` with its arguments put in.
    pub(crate) fn fill(&self, key: &'static str, args: &[(&str, &str)]) -> String {
        file::fill(self.get(key), args)
    }
}

/// The catalogue in use.
#[hook]
pub(crate) fn use_text() -> Text {
    use_context::<Text>().unwrap_or_else(|| Text::new(Lang::En))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn all(lang: Lang) -> impl Iterator<Item = (&'static str, &'static str)> {
        file::messages(lang.source()).chain(file::messages(lang.later()))
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let (en, zh) = (Text::new(Lang::En), Text::new(Lang::Zh));
        let keys = |source| file::messages(source).map(|m| m.0).collect::<BTreeSet<_>>();
        assert_eq!(keys(Lang::En.source()), keys(Lang::Zh.source()));
        assert_eq!(keys(Lang::En.later()), keys(Lang::Zh.later()));
        for (key, _) in all(Lang::En) {
            let args = |t: &Text| file::arguments(t.get(key)).collect::<BTreeSet<_>>();
            assert_eq!(args(&en), args(&zh), "arguments of {key}");
        }
    }

    #[test]
    fn no_message_is_empty_doubled_or_broken() {
        for lang in [Lang::En, Lang::Zh] {
            let all: Vec<_> = all(lang).collect();
            let once: BTreeSet<_> = all.iter().map(|m| m.0).collect();
            assert_eq!(all.len(), once.len(), "a key stands twice");
            let lines = lang.source().lines().chain(lang.later().lines()).filter(|l| {
                let l = l.trim();
                !l.is_empty() && !l.starts_with('#')
            });
            assert_eq!(all.len(), lines.count(), "a line is not `key = text`");
            assert!(all.iter().all(|m| !m.1.is_empty()));
        }
    }

    #[test]
    fn every_message_is_used_and_every_used_key_exists() {
        let mut source = String::new();
        read_sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut source);
        let known: BTreeSet<_> = all(Lang::En).map(|m| m.0).collect();
        for key in &known {
            assert!(source.contains(&format!("\"{key}\"")), "nobody says {key}");
        }
        for call in [".get(\"", ".fill(\"", "key: \"", "mark: Some(\""] {
            for after in source.split(call).skip(1) {
                let key = after.split('"').next().unwrap();
                assert!(!key.contains('-') || known.contains(key), "{key} is not in the catalogue");
            }
        }
    }

    fn read_sources(dir: &Path, into: &mut String) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read_sources(&path, into);
            } else {
                into.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
}
