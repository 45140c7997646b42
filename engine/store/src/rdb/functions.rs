//! Function libraries: as `FUNCTION DUMP` and a file have them, and as 7.0's release candidates
//! wrote them (`rdbFunctionLoad`).

use super::input::{Input, Stop};
use super::opcode;
use super::output::Output;

/// Appends a library's source.
pub(super) fn write_one(output: &mut Output<'_>, source: &[u8]) {
    output.byte(opcode::FUNCTION2);
    output.string(source);
}

/// The sources of libraries one after the other, without an envelope.
#[must_use]
pub fn write_functions(sources: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut output = Output { bytes: &mut bytes, lzf: None };
    sources.iter().for_each(|source| write_one(&mut output, source));
    bytes
}

/// Reads what [`write_functions`] wrote.
///
/// # Errors
/// What `FUNCTION RESTORE` answers.
pub fn read_functions(content: &[u8]) -> Result<Vec<Vec<u8>>, &'static str> {
    let mut input = Input::new(content);
    let mut sources = Vec::new();
    while !input.is_at_end() {
        let kind = input.byte().map_err(|_| "ERR can not read data type")?;
        sources.push(match kind {
            opcode::FUNCTION => {
                read_old(&mut input).map_err(|_| "ERR Failed loading library payload")?
            }
            opcode::FUNCTION2 => {
                let source = input.string().map_err(|_| "ERR Failed loading library payload")?;
                source.into_owned()
            }
            _ => return Err("ERR given type is not a function"),
        });
    }
    Ok(sources)
}

/// A library of a release candidate: name, engine, perhaps a description, and its source without a
/// first line, which it gets here.
#[inline(never)]
pub(super) fn read_old(input: &mut Input<'_>) -> Result<Vec<u8>, Stop> {
    let name = input.string()?.into_owned();
    let engine = input.string()?.into_owned();
    if input.length()? != 0 {
        input.string()?;
    }
    let body = input.string()?;
    Ok([b"#!", engine.as_slice(), b" name=", &name, b"\n", &body].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let sources = vec![b"#!lua name=a\n".to_vec(), vec![b'x'; 300]];
        assert_eq!(read_functions(&write_functions(&sources)), Ok(sources));
        assert_eq!(read_functions(&[]), Ok(vec![]));
        assert_eq!(read_functions(&[0, 1, b'a']), Err("ERR given type is not a function"));
        assert!(read_functions(&[245, 3, b'a']).is_err());
    }

    #[test]
    fn a_library_of_a_release_candidate_gets_its_first_line() {
        let old = b"\xf6\x01a\x03LUA\x01\x02hi\x04code";
        assert_eq!(read_functions(old), Ok(vec![b"#!LUA name=a\ncode".to_vec()]));
    }
}
