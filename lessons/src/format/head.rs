//! What is looked at before all else: the version, and the name.

use toml::Spanned;

use super::error::{ContentError, line_of};

/// The version of the format that this reader knows.
const FORMAT: u32 = 1;

/// The version before all else: a newer lesson has fields that are unknown here, and that is not
/// its author's mistake.
pub(super) fn version(file: &str, skeleton: &str) -> Result<(), ContentError> {
    #[derive(serde::Deserialize)]
    struct Version {
        format: Spanned<u32>,
    }
    let Ok(Version { format }) = toml::from_str(skeleton) else { return Ok(()) };
    let number = *format.get_ref();
    if number == FORMAT {
        return Ok(());
    }
    let line = line_of(skeleton, format.span().start);
    Err(if number > FORMAT {
        ContentError::newer(file, line, number, FORMAT)
    } else {
        ContentError::new(
            file,
            line,
            format!("format {number} is unknown here"),
            "write format = 1",
        )
    })
}

/// Whether a lesson may be called so.
pub(super) fn is_id(id: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=40).contains(&id.len()) && id.chars().all(fits)
}
