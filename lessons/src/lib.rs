//! The course: lesson files, what they demand of a world, and a learner's way through them.
//!
//! [`Course::embedded`] gives the lessons, [`Session`] follows a learner through one of them in a
//! simulated world, and [`Session::view`] is what a page draws. A page loads the lessons one by one, packed
//! ([`pack`]) when it is built.
//!
//! This crate must not know the page, and holds no lesson in Rust.

pub mod check;
mod course;
pub mod draft;
pub mod format;
pub mod glossary;
pub mod lint;
mod map;
pub mod pack;
pub mod scenario;
mod session;
pub mod walk;

pub use check::Verdict;
pub use course::{Course, FolderText};
pub use format::{Block, ContentError, Inline, Lesson, StepKind};
pub use map::{Chapter, CourseMap, Entry};
pub use session::{CheckView, ChoiceView, LessonView, Session, Standing, StepView};
