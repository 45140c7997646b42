//! Language, theme and seed: from the address, then from storage, then from the browser.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use crate::i18n::Lang;
use crate::ui::Theme;

fn document() -> Option<web_sys::HtmlElement> {
    let root = web_sys::window()?.document()?.document_element()?;
    root.dyn_into().ok()
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

/// Whether this page is one file, made by `web/worker/single.js`.
pub(crate) fn is_single() -> bool {
    document().is_some_and(|d| d.has_attribute("data-single"))
}

/// Another link was opened in this tab. There is one page, and it listens as long as it lives.
pub(crate) fn when_hash_changes(then: impl Fn(String) + 'static) {
    let Some(window) = web_sys::window() else { return };
    let of_event = window.clone();
    let heard = Closure::<dyn Fn()>::new(move || {
        then(of_event.location().hash().unwrap_or_default());
    });
    // A browser that cannot tell opens the link when the page is loaded anew.
    let _ = window.add_event_listener_with_callback("hashchange", heard.as_ref().unchecked_ref());
    heard.forget();
}

/// The world that is to be opened: what stands after `#` in the address, or what a page that was
/// saved as one file brings along.
pub(crate) fn hash() -> String {
    let hash = web_sys::window().and_then(|w| w.location().hash().ok()).unwrap_or_default();
    if hash.len() > 1 {
        return hash;
    }
    let brought = web_sys::window()
        .and_then(|w| w.document()?.query_selector("meta[name=slotlab-world]").ok().flatten());
    brought.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
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
    if !keep_text("slotlab.lessons", &print_done(&done)) {
        UNKEPT.set(UNKEPT.get() + 1);
    }
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
    keep_text(&key, &before.saturating_add(1).to_string());
    before
}

/// The lesson that the address opens (`?lesson=slots`).
pub(crate) fn asked_lesson() -> Option<String> {
    ids_of(&search(), "lesson=").into_iter().next()
}

/// Whether the address opens a lesson: one of the course, or one that it holds (`#l=…`).
pub(crate) fn asks_for_lesson() -> bool {
    asked_lesson().is_some() || hash().trim_start_matches('#').starts_with("l=")
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

thread_local! {
    /// What the browser would not keep: it lasts as long as the page.
    static MEMORY: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
    /// How many finished lessons the browser would not keep.
    static UNKEPT: Cell<u32> = const { Cell::new(0) };
}

/// Keeps something; `false` when the browser does not, and it lasts only as long as the page.
pub(crate) fn keep_text(key: &str, text: &str) -> bool {
    let kept = storage().is_some_and(|s| s.set_item(key, text).is_ok());
    MEMORY.with_borrow_mut(|memory| match kept {
        true => memory.remove(key),
        false => memory.insert(key.to_owned(), text.to_owned()),
    });
    kept
}

/// Whether a lesson was finished that the browser would not keep; said once.
pub(crate) fn take_unkept() -> bool {
    // After the first one it has been said.
    let first = UNKEPT.get() == 1;
    if first {
        UNKEPT.set(2);
    }
    first
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window().and_then(|w| w.local_storage().ok().flatten())
}

fn stored(key: &str) -> String {
    if let Some(text) = MEMORY.with_borrow(|memory| memory.get(key).cloned()) {
        return text;
    }
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
