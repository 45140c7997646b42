//! Lessons as a page loads them: read and checked when the page is built, then one small file a lesson,
//! which needs no parser of TOML or Markdown to be read.
//!
//! A file is a mark, the number of this format, and the lesson or the map of the course.

mod code;
mod things;

use code::{Bytes, Pack};
use thiserror::Error;

use crate::format::Lesson;
use crate::map::CourseMap;

/// With which a packed file begins.
const MARK: &[u8] = b"slotlab lesson ";
/// A page reads files of its own number only: build and page change together.
const FORMAT: u8 = 1;

/// The name of the file with the map.
pub const MAP_FILE: &str = "course.bin";

/// The name of the file with a lesson.
#[must_use]
pub fn file_of(id: &str) -> String {
    format!("{id}.bin")
}

/// A file that is no packed lesson of this format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// It is of another version of the page.
    #[error("the file is for another version of the page")]
    OtherVersion,
    /// It is broken, or something else.
    #[error("the file is no packed lesson")]
    Broken,
}

/// A lesson as a file.
#[must_use]
pub fn lesson(lesson: &Lesson) -> Vec<u8> {
    file(lesson)
}

/// Reads what [`lesson`] wrote.
///
/// # Errors
/// The bytes are something else.
pub fn read_lesson(bytes: &[u8]) -> Result<Lesson, Unreadable> {
    read(bytes)
}

/// The map of the course as a file.
#[must_use]
pub fn map(map: &CourseMap) -> Vec<u8> {
    file(map)
}

/// Reads what [`map`] wrote.
///
/// # Errors
/// The bytes are something else.
pub fn read_map(bytes: &[u8]) -> Result<CourseMap, Unreadable> {
    read(bytes)
}

fn file(thing: &impl Pack) -> Vec<u8> {
    let mut out = MARK.to_vec();
    out.push(FORMAT);
    thing.put(&mut out);
    out
}

fn read<T: Pack>(bytes: &[u8]) -> Result<T, Unreadable> {
    let (format, rest) =
        bytes.strip_prefix(MARK).and_then(|rest| rest.split_first()).ok_or(Unreadable::Broken)?;
    if *format != FORMAT {
        return Err(Unreadable::OtherVersion);
    }
    let mut from = Bytes::new(rest);
    T::take(&mut from).filter(|_| from.is_empty()).ok_or(Unreadable::Broken)
}
