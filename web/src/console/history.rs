//! The lines typed before, walked with the arrows as in a shell.

use std::cell::RefCell;
use std::rc::Rc;

/// The history of one tab, shared with its input.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedHistory(pub(crate) Rc<RefCell<History>>);

impl PartialEq for SharedHistory {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// No more is kept.
const KEPT: usize = 500;

/// History with a place in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    lines: Vec<String>,
    /// How far back, and what stood in the input before.
    at: Option<(usize, String)>,
}

impl History {
    /// A line was entered.
    pub(crate) fn entered(&mut self, line: &str) {
        self.at = None;
        if !line.trim().is_empty() && self.lines.last().is_none_or(|last| last != line) {
            self.lines.push(line.to_owned());
            if self.lines.len() > KEPT {
                self.lines.remove(0);
            }
        }
    }

    /// One further back; `current` is what stands in the input.
    pub(crate) fn back(&mut self, current: &str) -> Option<String> {
        let (place, draft) = match self.at.take() {
            None => (self.lines.len(), current.to_owned()),
            Some(at) => at,
        };
        let to = place.saturating_sub(1);
        self.at = (!self.lines.is_empty()).then_some((to, draft));
        self.lines.get(to).cloned()
    }

    /// One nearer to now; past the newest, what stood there before.
    pub(crate) fn forth(&mut self) -> Option<String> {
        let (place, draft) = self.at.take()?;
        match self.lines.get(place + 1) {
            Some(line) => {
                self.at = Some((place + 1, draft));
                Some(line.clone())
            }
            None => Some(draft),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_walk_back_and_return_to_the_draft() {
        let mut h = History::default();
        assert_eq!(h.back("draft"), None);
        for line in ["one", "two", "two", " "] {
            h.entered(line);
        }
        assert_eq!(h.back("draft").as_deref(), Some("two"));
        assert_eq!(h.back("two").as_deref(), Some("one"));
        assert_eq!(h.back("one").as_deref(), Some("one"), "the oldest stays");
        assert_eq!(h.forth().as_deref(), Some("two"));
        assert_eq!(h.forth().as_deref(), Some("draft"));
        assert_eq!(h.forth(), None);
    }
}
