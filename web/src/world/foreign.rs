//! A lesson that is none of the course: from a link, or from the builder. It is read by the same reader and
//! judged by the same checker, and trusted with nothing.

use lessons::format::{BYTES_MOST, Bundle, told};

use super::driver::Inner;
use super::link::{LINK_MOST, pack, unpack};

/// Before the letters, in the part of the address after `#`.
const MARK: &str = "l=";

/// The part of an address after `#` that holds a lesson; `None` when it is too long for one.
pub(crate) fn hash(text: &str) -> Option<String> {
    let hash = format!("{MARK}{}", pack(text));
    (hash.len() <= LINK_MOST).then_some(hash)
}

/// Whether a file claims to hold a lesson.
pub(super) fn is_lesson(text: &str) -> bool {
    text.starts_with("slotlab lesson ")
}

/// The text that an address holds: `None` when that is no lesson, `Some(None)` when it is a broken one.
pub(super) fn text_of(hash: &str) -> Option<Option<String>> {
    let packed = hash.trim_start_matches('#').strip_prefix(MARK)?;
    Some(unpack(packed, BYTES_MOST))
}

/// Something said in every language of the page, in the order of [`lessons::draft::LANGUAGES`].
pub(crate) type InEach = [String; 2];

/// Says it in every language.
pub(crate) fn in_each(say: impl Fn(&str) -> String) -> InEach {
    lessons::draft::LANGUAGES.map(say)
}

impl Inner {
    /// Says why the setup of a lesson failed, if it did.
    pub(super) fn say_setup(&mut self) {
        if let Some(failure) = self.running.setup_failure.take() {
            self.notice = Some("lesson-unprepared");
            self.trouble = Some(in_each(|language| told(language, &failure)));
            self.dirty = true;
        }
    }

    /// Opens a lesson, or says what is wrong with it.
    pub(super) fn open_text(&mut self, text: &str) {
        match Bundle::read(text).and_then(|bundle| bundle.lesson()) {
            Ok(lesson) => {
                (self.notice, self.trouble) = (None, None);
                self.begin_lesson(&lesson, lesson.start.seed, true);
            }
            Err(error) => {
                self.notice = Some(if error.newer { "link-newer" } else { "lesson-unreadable" });
                self.trouble = (!error.newer).then(|| in_each(|language| error.told(language)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_travels_in_a_link() {
        let text = "slotlab lesson 1\n--- en.md\n键 <b>\n";
        let link = hash(text).unwrap();
        assert_eq!(text_of(&format!("#{link}")), Some(Some(text.to_owned())));
        assert_eq!(text_of("#w=zAAAA"), None);
        for end in 2..link.len() {
            assert_ne!(
                text_of(&link[..end]),
                Some(Some(text.to_owned())),
                "a part is not the whole"
            );
        }
    }

    #[test]
    fn a_link_that_unpacks_to_too_much_is_broken() {
        let bomb = pack(&"a".repeat(BYTES_MOST + 1));
        assert!(bomb.len() < LINK_MOST);
        assert_eq!(text_of(&format!("#l={bomb}")), Some(None));
        assert_eq!(
            hash(&format!("{:?}", (0..9_000).collect::<Vec<u32>>())),
            None,
            "too long for a link"
        );
    }
}
