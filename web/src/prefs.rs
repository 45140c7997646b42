//! Language, theme and seed: from the address, then from storage, then from the browser.

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
    let search = web_sys::window().and_then(|w| w.location().search().ok()).unwrap_or_default();
    seed_of(&search)
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
    let storage = web_sys::window().and_then(|w| w.local_storage().ok().flatten());
    if let Some(storage) = storage {
        let _ = storage.set_item("slotlab.lang", lang.tag());
        let _ = storage.set_item("slotlab.theme", theme.attribute());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_names_the_seed() {
        assert_eq!(seed_of("?lang=zh&seed=42"), 42);
        assert_eq!(seed_of(""), 1);
        assert_eq!(seed_of("?seed=-3"), 1, "what is no seed counts as none");
    }
}
