//! An event in the learner's language.

use crate::i18n::Text;
use crate::world::model::EventView;

/// The sentence.
pub(crate) fn say(text: &Text, event: &EventView) -> String {
    let args: Vec<(&str, &str)> = event.args.iter().map(|(k, v)| (*k, v.as_str())).collect();
    text.fill(event.key, &args)
}
