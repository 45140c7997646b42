//! Language, theme and seed: from the address, then from storage, then from the browser.

use std::collections::BTreeMap;

use crate::i18n::Lang;
use crate::ui::Theme;

fn document() -> Option<web_sys::HtmlElement> {
    let root = web_sys::window()?.document()?.document_element()?;
    wasm_bindgen::JsCast::dyn_into(root).ok()
}

/// What `index.html` has already chosen before first paint.
pub(crate) fn chosen() -> (Lang, Theme) {
    let attribute = |name: &str| document().and_then(|d| d.get_attribute(name)).unwrap_or_default();
    (Lang::from_tag(&attribute("lang")), Theme::from_attribute(&attribute("data-theme")))
}

/// The seed that the address asks for; 1 when it asks for none.
pub(crate) fn seed() -> u64 {
    seed_of(&search())
}

/// Whether the address asks for less motion (`?motion=reduce`).
pub(crate) fn less_motion() -> bool {
    document().is_some_and(|d| d.get_attribute("data-motion").as_deref() == Some("reduce"))
}

/// What stands after `#` in the address.
pub(crate) fn hash() -> String {
    web_sys::window().and_then(|w| w.location().hash().ok()).unwrap_or_default()
}

fn seed_of(search: &str) -> u64 {
    let pairs = search.trim_start_matches('?').split('&');
    let seed = pairs.filter_map(|pair| pair.strip_prefix("seed=")).next_back();
    seed.and_then(|s| s.parse().ok()).unwrap_or(1)
}

/// Shows and keeps a choice. A browser without storage forgets it, and that is all.
pub(crate) fn keep(lang: Lang, theme: Theme) {
    if let Some(root) = document() {
        let _ = root.set_attribute("lang", lang.tag());
        let _ = root.set_attribute("data-theme", theme.attribute());
    }
    if let Some(storage) = storage() {
        let _ = storage.set_item("slotlab.lang", lang.tag());
        let _ = storage.set_item("slotlab.theme", theme.attribute());
    }
}

/// Lessons that were finished, and whether the solution was seen.
pub(crate) fn lessons_done() -> BTreeMap<String, bool> {
    parse_done(&stored("slotlab.lessons"))
}

/// A lesson is finished. One that was solved once stays solved.
pub(crate) fn lesson_done(id: &str, seen: bool) {
    let mut done = lessons_done();
    let was_solved = done.get(id) == Some(&false);
    done.insert(id.to_owned(), seen && !was_solved);
    keep_text("slotlab.lessons", &print_done(&done));
}

/// Finished lessons as text, for a file.
pub(crate) fn done_text() -> String {
    print_done(&lessons_done())
}

/// Adds finished lessons from such a text.
pub(crate) fn add_done(text: &str) {
    for (id, seen) in parse_done(text).into_iter().filter(|(id, _)| id.len() <= 40).take(200) {
        lesson_done(&id, seen);
    }
}

fn print_done(done: &BTreeMap<String, bool>) -> String {
    let words =
        done.iter().map(|(id, seen)| format!("{id}:{}", if *seen { "seen" } else { "solved" }));
    words.collect::<Vec<_>>().join(",")
}

/// How often a challenge was opened before; it is noted that it is opened now.
pub(crate) fn tries(id: &str) -> u64 {
    let key = format!("slotlab.tries.{id}");
    let before = stored(&key).parse().unwrap_or(0_u64);
    if let Some(storage) = storage() {
        let _ = storage.set_item(&key, &before.saturating_add(1).to_string());
    }
    before
}

/// The lesson that the address opens (`?lesson=slots`).
pub(crate) fn asked_lesson() -> Option<String> {
    ids_of(&search(), "lesson=").into_iter().next()
}

/// The lessons that a teacher chose (`?lessons=slots,failover`); empty for all.
pub(crate) fn chosen_lessons() -> Vec<String> {
    ids_of(&search(), "lessons=")
}

fn search() -> String {
    web_sys::window().and_then(|w| w.location().search().ok()).unwrap_or_default()
}

/// Lesson ids behind a name in the address: small letters, digits and hyphens, 64 at most.
fn ids_of(search: &str, name: &str) -> Vec<String> {
    let pairs = search.trim_start_matches('?').split('&');
    let list = pairs.filter_map(|pair| pair.strip_prefix(name)).next_back().unwrap_or_default();
    let fits = |id: &&str| {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !id.is_empty() && id.len() <= 40 && id.chars().all(known)
    };
    list.split([',', '+']).filter(fits).take(64).map(str::to_owned).collect()
}

/// What is kept under a name; empty when there is nothing.
pub(crate) fn kept(key: &str) -> String {
    stored(key)
}

/// Keeps something.
pub(crate) fn keep_text(key: &str, text: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, text);
    }
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window().and_then(|w| w.local_storage().ok().flatten())
}

fn stored(key: &str) -> String {
    storage().and_then(|s| s.get_item(key).ok().flatten()).unwrap_or_default()
}

fn parse_done(stored: &str) -> BTreeMap<String, bool> {
    let pairs = stored.split(',').filter_map(|pair| pair.split_once(':'));
    pairs.map(|(id, how)| (id.to_owned(), how == "seen")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finished_lessons_are_read_back() {
        let done = parse_done("slots:solved,failover:seen,rubbish");
        assert_eq!(done.get("slots"), Some(&false));
        assert_eq!(done.get("failover"), Some(&true));
        assert_eq!(done.len(), 2);
    }

    #[test]
    fn the_address_names_lessons_and_nothing_else() {
        assert_eq!(ids_of("?lang=zh&lesson=hash-tags", "lesson="), ["hash-tags"]);
        assert_eq!(ids_of("?lessons=slots,failover&seed=2", "lessons="), ["slots", "failover"]);
        assert_eq!(ids_of("?lesson=<script>", "lesson="), Vec::<String>::new());
        assert_eq!(ids_of("?lessons=slots", "lesson="), Vec::<String>::new());
    }

    #[test]
    fn the_address_names_the_seed() {
        assert_eq!(seed_of("?lang=zh&seed=42"), 42);
        assert_eq!(seed_of(""), 1);
        assert_eq!(seed_of("?seed=-3"), 1, "what is no seed counts as none");
    }
}
