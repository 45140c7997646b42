//! Earlier questions come back after one, three and seven days.

use std::collections::BTreeMap;

use lessons::Lesson;

use crate::prefs;

/// After so many days a question comes again; who knows it every time is asked no more.
const DAYS: [u64; 3] = [1, 3, 7];
/// Where it is kept.
const KEY: &str = "slotlab.review";
/// No more questions are kept.
const MOST: usize = 400;
const DAY_MS: f64 = 86_400_000.0;

/// When a question comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// How often it was known in a row.
    stage: usize,
    /// The day, counted from 1970.
    day: u64,
}

/// Questions (`LESSON.STEP`) and when they come again.
pub(crate) type Deck = BTreeMap<String, Due>;

/// Today where the learner is, counted in days from 1970: a day ends at midnight there.
pub(crate) fn today() -> u64 {
    let now = js_sys::Date::now();
    let behind_utc = js_sys::Date::new(&now.into()).get_timezone_offset();
    day_of(now, behind_utc)
}

/// The day of an instant (Unix milliseconds) where clocks are so many minutes behind UTC.
fn day_of(now_ms: f64, behind_utc_minutes: f64) -> u64 {
    ((now_ms - behind_utc_minutes * 60_000.0) / DAY_MS) as u64
}

/// What this browser keeps.
pub(crate) fn deck() -> Deck {
    parse(&prefs::kept(KEY))
}

/// A lesson was finished: its questions come again, those that are known already excepted.
pub(crate) fn learnt(lesson: &Lesson) {
    let mut deck = deck();
    let day = today();
    for step in lesson.steps.iter().filter(|s| !s.choices.is_empty()) {
        let path = format!("{}.{}", lesson.id, step.id);
        deck.entry(path).or_insert(Due { stage: 0, day: day + DAYS[0] });
    }
    prefs::keep_text(KEY, &print(&deck));
}

/// A question was answered.
pub(crate) fn answered(path: &str, right: bool) {
    let mut deck = deck();
    advance(&mut deck, path, right, today());
    prefs::keep_text(KEY, &print(&deck));
}

/// The questions of a day, those that wait longest first.
pub(crate) fn due(deck: &Deck, today: u64) -> Vec<String> {
    let mut due: Vec<(&String, &Due)> = deck.iter().filter(|(_, d)| d.day <= today).collect();
    due.sort_by_key(|(_, d)| d.day);
    due.into_iter().map(|(path, _)| path.clone()).collect()
}

fn advance(deck: &mut Deck, path: &str, right: bool, today: u64) {
    let stage = deck.get(path).map_or(0, |d| d.stage);
    let next = if right { stage + 1 } else { 0 };
    let day = match DAYS.get(next) {
        Some(days) => today.saturating_add(*days),
        None => u64::MAX,
    };
    if let Some(due) = deck.get_mut(path) {
        *due = Due { stage: next.min(DAYS.len()), day };
    }
}

/// From text; what cannot be read is left out.
pub(crate) fn parse(text: &str) -> Deck {
    let entry = |entry: &str| {
        let mut parts = entry.split(':');
        let (path, stage, day) = (parts.next()?, parts.next()?, parts.next()?);
        let fits = path.len() <= 80 && path.contains('.') && parts.next().is_none();
        let due = Due { stage: stage.parse().ok()?, day: day.parse().ok()? };
        (fits && due.stage <= DAYS.len()).then(|| (path.to_owned(), due))
    };
    text.split(',').filter_map(entry).take(MOST).collect()
}

/// As text.
pub(crate) fn print(deck: &Deck) -> String {
    let entries = deck.iter().take(MOST).map(|(p, d)| format!("{p}:{}:{}", d.stage, d.day));
    entries.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_comes_after_one_three_and_seven_days() {
        let mut deck = parse("slots.guess:0:100");
        assert_eq!(due(&deck, 99), Vec::<String>::new());
        assert_eq!(due(&deck, 100), ["slots.guess"]);
        advance(&mut deck, "slots.guess", true, 100);
        assert_eq!(print(&deck), "slots.guess:1:103");
        advance(&mut deck, "slots.guess", true, 104);
        assert_eq!(print(&deck), "slots.guess:2:111");
        let mut known = deck.clone();
        advance(&mut known, "slots.guess", true, 111);
        assert_eq!(due(&known, 1_000_000), Vec::<String>::new(), "known three times");
        advance(&mut deck, "slots.guess", false, 111);
        assert_eq!(print(&deck), "slots.guess:0:112", "from the beginning");
    }

    #[test]
    fn a_day_ends_at_midnight_where_the_learner_is() {
        // 2026-03-01 23:50 UTC: it is the second of March already in Shanghai, and the first in New York.
        let now = 1_772_409_000_000.0;
        assert_eq!(day_of(now, 0.0), 20_513);
        assert_eq!(day_of(now, -480.0), 20_514);
        assert_eq!(day_of(now + 600_000.0, -480.0), 20_514, "midnight in London is none there");
        assert_eq!(day_of(now, 300.0), 20_513);
    }

    #[test]
    fn rubbish_is_left_out() {
        assert_eq!(parse("x,slots:1,slots.a:9:1,slots.b:0:-1,slots.c:0:1:2,"), Deck::new());
        assert_eq!(print(&parse("slots.a:0:7,?")), "slots.a:0:7");
    }
}
