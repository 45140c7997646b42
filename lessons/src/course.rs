//! The course: all lessons and their order, carried inside the program.

use std::borrow::Cow;

use serde::Deserialize;

use crate::format::{ContentError, Lesson, from_toml};
use crate::map::{Chapter, CourseMap, Entry};

/// A lesson's folder with its files, as texts.
#[derive(Clone, Debug)]
pub struct FolderText {
    /// The folder's name.
    pub name: Cow<'static, str>,
    /// `lesson.toml`.
    pub skeleton: Cow<'static, str>,
    /// Language and text of `en.md`, `zh-CN.md`, …
    pub texts: Cow<'static, [(Cow<'static, str>, Cow<'static, str>)]>,
}

/// Every folder of `content/`, found when the program was built.
static FOLDERS: &[FolderText] = include!(concat!(env!("OUT_DIR"), "/folders.rs"));

/// The order in which lessons are taught.
const ORDER: &str = include_str!("../content/course.toml");

/// All lessons, in the order in which they are taught; a challenge follows its lesson.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// The lessons.
    pub lessons: Vec<Lesson>,
    /// How they are grouped.
    pub chapters: Vec<Chapter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    chapter: Vec<Chapter>,
}

impl Course {
    /// The course that this program carries.
    ///
    /// # Errors
    /// The first mistake in a lesson file.
    pub fn embedded() -> Result<Self, ContentError> {
        Self::read(FOLDERS, ORDER).map_err(|mut mistakes| mistakes.remove(0))
    }

    /// Reads lessons from the texts of their folders and puts them in the order of `course.toml`.
    ///
    /// # Errors
    /// All mistakes that stand in the way; at least one.
    pub fn read(folders: &[FolderText], order: &str) -> Result<Self, Vec<ContentError>> {
        let mut mistakes = Vec::new();
        let mut lessons = Vec::new();
        for folder in folders {
            let texts: Vec<(&str, &str)> =
                folder.texts.iter().map(|(language, text)| (&**language, &**text)).collect();
            match Lesson::parse(&folder.name, &folder.skeleton, &texts) {
                Ok(lesson) => lessons.push(lesson),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        let order: Order = match toml::from_str(order) {
            Ok(order) => order,
            Err(e) => {
                mistakes.push(from_toml(COURSE, order, 1, &e));
                return Err(mistakes);
            }
        };
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let course = sorted(lessons, order.chapter, &mut mistakes);
        if mistakes.is_empty() { Ok(course) } else { Err(mistakes) }
    }

    /// The lesson with this id.
    #[must_use]
    pub fn lesson(&self, id: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|l| l.id == id)
    }

    /// What there is, without what it says.
    #[must_use]
    pub fn map(&self) -> CourseMap {
        let entry = |lesson: &Lesson| Entry {
            id: lesson.id.clone(),
            minutes: lesson.minutes,
            challenge_of: lesson.challenge_of.clone(),
            titles: lesson.texts.iter().map(|(l, t)| (l.clone(), t.title.clone())).collect(),
        };
        CourseMap {
            chapters: self.chapters.clone(),
            entries: self.lessons.iter().map(entry).collect(),
        }
    }
}

const COURSE: &str = "course.toml";

fn sorted(
    mut lessons: Vec<Lesson>,
    chapters: Vec<Chapter>,
    mistakes: &mut Vec<ContentError>,
) -> Course {
    let mut ordered = Vec::new();
    for id in chapters.iter().flat_map(|c| &c.lessons) {
        let Some(place) = lessons.iter().position(|l| l.id == *id) else {
            mistakes.push(ContentError::new(
                COURSE,
                1,
                format!("there is no folder {id:?}, or the course names it twice"),
                "name each guided lesson once",
            ));
            continue;
        };
        ordered.push(lessons.remove(place));
        while let Some(place) =
            lessons.iter().position(|l| l.challenge_of.as_deref() == Some(id.as_str()))
        {
            ordered.push(lessons.remove(place));
        }
    }
    for left in &lessons {
        let file = format!("{}/lesson.toml", left.id);
        let remedy = match &left.challenge_of {
            None => "add its id to a chapter of course.toml".to_owned(),
            Some(id) => format!("challenge-of names no guided lesson: {id:?}"),
        };
        mistakes.push(ContentError::new(&file, 1, "the course leaves this lesson out", remedy));
    }
    Course { lessons: ordered, chapters }
}
