//! The lesson format: `lesson.toml` holds the skeleton, `en.md`, `zh-CN.md`, … hold the words.
//!
//! `lessons/content/FORMAT.md` describes it for authors.

mod bundle;
mod error;
mod head;
mod lesson;
mod markdown;
mod raw;
mod read;
mod text;
mod told;

pub use bundle::{BYTES_MOST, Bundle};
pub use error::ContentError;
pub(crate) use error::from_toml;
pub use lesson::{Choice, Lesson, Level, Scenario, Script, Start, Step, StepKind};
pub(crate) use text::Message;
pub use text::{Block, Inline, Texts};
pub use told::told;
