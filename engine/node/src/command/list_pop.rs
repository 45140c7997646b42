//! Taking elements out of lists: `LPOP`, `RPOP` and `LMPOP`.

use engine_store::number::IntText;

use super::list_move::End;
use super::{Answer, At, Call, Fail, args};

/// `LPOP key [count]` and `RPOP`.
pub(super) fn pop(call: &mut Call<'_>, end: End) -> Answer {
    if call.args.len() > 3 {
        return Err(call.arity_error());
    }
    let count = call.args.get(2).map(|arg| args::count(arg)).transpose()?;
    let at = call.at();
    let key = call.args[1];
    if take(call, at, key, end, count)?.is_none() {
        if count.is_some() {
            call.out.null_array();
        } else {
            call.out.null();
        }
    }
    Ok(())
}

/// Takes elements from one end and answers with them: with one, or for a count with an array of up
/// to so many. Gives how many; `None`, with nothing answered, when there is no list. An empty list
/// goes with its last element.
pub(super) fn take(
    call: &mut Call<'_>,
    at: At,
    key: &[u8],
    end: End,
    count: Option<usize>,
) -> Result<Option<usize>, Fail> {
    let Some(list) = call.node.edit_list(at, key)? else { return Ok(None) };
    let taken = count.unwrap_or(1).min(list.len());
    if count.is_some() {
        call.out.array(taken);
    }
    for _ in 0..taken {
        end.pop(list, |element| call.out.bulk(element.bytes(&mut IntText::new())));
    }
    if taken > 0 {
        call.shrunk(key, b'l', end.pop_event());
    }
    Ok(Some(taken))
}

/// What `LMPOP` and `BLMPOP` ask for.
pub(super) struct Many<'a> {
    pub(super) keys: &'a [&'a [u8]],
    pub(super) end: End,
    pub(super) count: usize,
}

/// `numkeys key … LEFT|RIGHT [COUNT count]`
pub(super) fn parse_many<'a>(words: &'a [&'a [u8]]) -> Result<Many<'a>, Fail> {
    let (keys, rest) = counted(words)?;
    let end = End::parse(rest[0])?;
    Ok(Many { keys, end, count: count_option(&rest[1..])? })
}

/// Words of a command.
pub(super) type Words<'a> = &'a [&'a [u8]];

/// The keys, and the words after them, of which there is at least one.
pub(super) fn counted<'a>(words: &'a [&'a [u8]]) -> Result<(Words<'a>, Words<'a>), Fail> {
    let count = args::positive_or(words[0], "ERR numkeys should be greater than 0")?;
    if count >= words.len() - 1 {
        return Err(Fail::SYNTAX);
    }
    Ok(words[1..].split_at(count))
}

/// `[COUNT count]`, at most once.
pub(super) fn count_option(words: &[&[u8]]) -> Result<usize, Fail> {
    match words {
        [] => Ok(1),
        [word, count] if args::is(word, "count") => {
            args::positive_or(count, "ERR count should be greater than 0")
        }
        [word, count, ..] if args::is(word, "count") => {
            args::positive_or(count, "ERR count should be greater than 0")?;
            Err(Fail::SYNTAX)
        }
        _ => Err(Fail::SYNTAX),
    }
}

/// `LMPOP numkeys key … LEFT|RIGHT [COUNT count]`
pub(super) fn lmpop(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    let many = parse_many(&words[1..])?;
    if !pop_first(call, &many)? {
        call.out.null_array();
    }
    Ok(())
}

/// Takes elements from the first of the keys that has any, and answers with them.
pub(super) fn pop_first(call: &mut Call<'_>, many: &Many<'_>) -> Result<bool, Fail> {
    let at = call.at();
    for key in many.keys {
        if call.look_list_to_serve(at, key)?.is_none() {
            continue;
        }
        call.out.array(2);
        call.out.bulk(key);
        let taken = take(call, at, key, many.end, Some(many.count))?.unwrap_or(0).to_string();
        call.propagate_instead(&[many.end.pop_command(), key, taken.as_bytes()]);
        return Ok(true);
    }
    Ok(false)
}
