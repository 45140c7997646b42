//! The map of the course: what there is, without what it says.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Lessons that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// Its id.
    pub id: String,
    /// Its title, by language.
    pub title: BTreeMap<String, String>,
    /// The ids of its lessons.
    pub lessons: Vec<String>,
}

/// A lesson on the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The lesson's id.
    pub id: String,
    /// How long it takes.
    pub minutes: u32,
    /// The guided lesson whose challenge this is.
    pub challenge_of: Option<String>,
    /// Its title, by language.
    pub titles: BTreeMap<String, String>,
}

/// All lessons, in the order in which they are taught; a challenge follows its lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CourseMap {
    /// How they are grouped.
    pub chapters: Vec<Chapter>,
    /// The lessons.
    pub entries: Vec<Entry>,
}

impl CourseMap {
    /// The lesson with this id.
    #[must_use]
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.id == id)
    }

    /// The guided lessons.
    pub fn guided(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|e| e.challenge_of.is_none())
    }

    /// The challenge of a guided lesson.
    #[must_use]
    pub fn challenge_of(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.challenge_of.as_deref() == Some(id))
    }

    /// The guided lesson that comes after this one.
    #[must_use]
    pub fn after(&self, id: &str) -> Option<&Entry> {
        let place = self.entries.iter().position(|e| e.id == id)?;
        self.entries.iter().skip(place + 1).find(|e| e.challenge_of.is_none())
    }
}
