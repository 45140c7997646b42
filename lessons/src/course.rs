//! The course: all lessons, carried inside the program.

use crate::format::{ContentError, Lesson};

/// A lesson's folder with its files.
struct Folder {
    name: &'static str,
    skeleton: &'static str,
    texts: &'static [(&'static str, &'static str)],
}

macro_rules! folders {
    ($($name:literal),* $(,)?) => {
        [$(Folder {
            name: $name,
            skeleton: include_str!(concat!("../content/", $name, "/lesson.toml")),
            texts: &[
                ("en", include_str!(concat!("../content/", $name, "/en.md"))),
                ("zh-CN", include_str!(concat!("../content/", $name, "/zh-CN.md"))),
            ],
        }),*]
    };
}

/// In the order in which they are taught.
const FOLDERS: [Folder; 3] = folders!["slots", "moved-and-ask", "failover"];

/// All lessons, in the order in which they are taught.
#[derive(Clone, Debug)]
pub struct Course {
    /// The lessons.
    pub lessons: Vec<Lesson>,
}

impl Course {
    /// The course that this program carries.
    ///
    /// # Errors
    /// The first mistake in a lesson file.
    pub fn embedded() -> Result<Self, ContentError> {
        let read = |f: &Folder| Lesson::parse(f.name, f.skeleton, f.texts);
        let lessons = FOLDERS.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        for (place, lesson) in lessons.iter().enumerate() {
            let earlier = lessons.get(..place).unwrap_or_default();
            if let Some(missing) =
                lesson.prerequisites.iter().find(|id| !earlier.iter().any(|l| l.id == **id))
            {
                return Err(ContentError {
                    file: format!("{}/lesson.toml", lesson.id),
                    line: 1,
                    problem: format!("no earlier lesson is called {missing:?}"),
                    remedy: "name lessons that come before in prerequisites".into(),
                });
            }
        }
        Ok(Self { lessons })
    }

    /// The lesson with this id.
    #[must_use]
    pub fn lesson(&self, id: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|l| l.id == id)
    }
}
