//! What the learner has chosen on the page: a pure reducer.

use std::rc::Rc;

use yew::Reducible;

use crate::i18n::Lang;
use crate::world::mail::Letter;
use crate::world::model::{NodeIx, SLOTS};

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    /// Dark.
    Dark,
    /// Light.
    Light,
}

impl Theme {
    /// For the attribute `data-theme`.
    pub(crate) const fn attribute(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }

    /// From the address or the storage.
    pub(crate) fn from_attribute(word: &str) -> Self {
        if word == "light" { Self::Light } else { Self::Dark }
    }

    const fn other(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Dark,
        }
    }
}

/// What a narrow screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pane {
    /// The lesson.
    Lesson,
    /// Hosts, slots, time.
    Stage,
    /// The console.
    Console,
}

impl Pane {
    /// All, in the order of the tabs.
    pub(crate) const ALL: [Self; 3] = [Self::Lesson, Self::Stage, Self::Console];

    /// For the attribute `data-pane`.
    pub(crate) const fn attribute(self) -> &'static str {
        match self {
            Self::Lesson => "lesson",
            Self::Stage => "stage",
            Self::Console => "console",
        }
    }
}

/// What stands beside the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SideTab {
    /// What happened.
    Events,
    /// Messages.
    Letters,
    /// Elections.
    Desk,
    /// Clients and their writes.
    Writes,
}

impl SideTab {
    /// All, in the order of the tabs.
    pub(crate) const ALL: [Self; 4] = [Self::Events, Self::Letters, Self::Desk, Self::Writes];
}

/// The choices.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ui {
    /// Language.
    pub lang: Lang,
    /// Light or dark.
    pub theme: Theme,
    /// What a narrow screen shows.
    pub pane: Pane,
    /// The node that is looked at closely.
    pub node: Option<NodeIx>,
    /// Whether that node is one of the second world.
    pub of_twin: bool,
    /// What stands beside the stage.
    pub side: SideTab,
    /// The message that is open.
    pub letter: Option<Rc<Letter>>,
    /// The slot under the cursor.
    pub slot: u16,
    /// The key whose slot is shown.
    pub key: String,
}

impl Ui {
    /// As a first visit finds it.
    pub(crate) const fn new(lang: Lang, theme: Theme) -> Self {
        Self {
            lang,
            theme,
            pane: Pane::Stage,
            node: None,
            of_twin: false,
            side: SideTab::Events,
            letter: None,
            slot: 0,
            key: String::new(),
        }
    }
}

/// One choice.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Choose {
    /// The other language.
    OtherLang,
    /// The other theme.
    OtherTheme,
    /// A pane.
    Pane(Pane),
    /// Look at a node of the first world, or of the second (`true`); the same again looks away.
    Node(NodeIx, bool),
    /// Look away.
    NoNode,
    /// Another tab beside the stage.
    Side(SideTab),
    /// Open a message.
    Letter(Rc<Letter>),
    /// Close it.
    NoLetter,
    /// Move the cursor to a slot.
    Slot(u16),
    /// Move the cursor by so many slots; it stays on the map.
    SlotBy(i32),
    /// Probe a key.
    Key(String),
}

impl Reducible for Ui {
    type Action = Choose;

    fn reduce(self: Rc<Self>, choice: Choose) -> Rc<Self> {
        let mut ui = (*self).clone();
        match choice {
            Choose::OtherLang => ui.lang = ui.lang.other(),
            Choose::OtherTheme => ui.theme = ui.theme.other(),
            Choose::Pane(pane) => ui.pane = pane,
            Choose::Node(node, of_twin) => {
                let again = ui.node == Some(node) && ui.of_twin == of_twin;
                ui.node = (!again).then_some(node);
                ui.of_twin = of_twin;
                ui.letter = None;
            }
            Choose::NoNode => ui.node = None,
            Choose::Side(side) => ui.side = side,
            // It may have been pointed at over a node: one panel at a time.
            Choose::Letter(letter) => (ui.letter, ui.node) = (Some(letter), None),
            Choose::NoLetter => ui.letter = None,
            Choose::Slot(slot) => ui.slot = slot.min(SLOTS as u16 - 1),
            Choose::SlotBy(by) => {
                let to = i32::from(ui.slot).saturating_add(by).clamp(0, SLOTS as i32 - 1);
                ui.slot = u16::try_from(to).unwrap_or(0);
            }
            Choose::Key(key) => {
                if !key.is_empty() {
                    ui.slot = engine::base::Slot::of_key(key.as_bytes()).number();
                }
                ui.key = key;
            }
        }
        Rc::new(ui)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(choices: &[Choose]) -> Rc<Ui> {
        choices.iter().fold(Rc::new(Ui::new(Lang::En, Theme::Dark)), |ui, c| ui.reduce(c.clone()))
    }

    #[test]
    fn the_cursor_stays_on_the_map() {
        assert_eq!(after(&[Choose::SlotBy(-5)]).slot, 0);
        assert_eq!(after(&[Choose::Slot(16383), Choose::SlotBy(128)]).slot, 16383);
        assert_eq!(after(&[Choose::Slot(u16::MAX)]).slot, 16383);
    }

    #[test]
    fn probing_a_key_moves_the_cursor_to_its_slot() {
        assert_eq!(after(&[Choose::Key("foo".into())]).slot, 12182);
        assert_eq!(after(&[Choose::Slot(9), Choose::Key(String::new())]).slot, 9);
    }

    #[test]
    fn looking_twice_at_a_node_looks_away() {
        assert_eq!(after(&[Choose::Node(2, false)]).node, Some(2));
        assert_eq!(after(&[Choose::Node(2, false), Choose::Node(2, false)]).node, None);
        let other = after(&[Choose::Node(2, false), Choose::Node(2, true)]);
        assert_eq!((other.node, other.of_twin), (Some(2), true));
    }

    #[test]
    fn a_second_switch_returns() {
        let ui = after(&[Choose::OtherLang, Choose::OtherTheme]);
        assert_eq!((ui.lang, ui.theme), (Lang::Zh, Theme::Light));
        let ui = after(&[Choose::OtherLang, Choose::OtherLang]);
        assert_eq!(ui.lang, Lang::En);
    }
}
