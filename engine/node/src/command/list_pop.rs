//! Taking elements out of lists: `LPOP`, `RPOP` and `LMPOP`.

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
    if call.node.look_list(at, key)?.is_none() {
        if count.is_some() {
            call.out.null_array();
        } else {
            call.out.null();
        }
        return Ok(());
    }
    let gone = take(call, at, key, end, count.unwrap_or(1))?;
    match count {
        None => call.out.bulk_or_null(gone.first().map(Vec::as_slice)),
        Some(_) => {
            call.out.array(gone.len());
            gone.iter().for_each(|element| call.out.bulk(element));
        }
    }
    Ok(())
}

/// Takes up to `count` elements from one end; an empty list goes with its last element.
pub(super) fn take(
    call: &mut Call<'_>,
    at: At,
    key: &[u8],
    end: End,
    count: usize,
) -> Result<Vec<Vec<u8>>, Fail> {
    let Some(list) = call.node.edit_list(at, key)? else { return Ok(Vec::new()) };
    let count = count.min(list.len());
    let gone: Vec<Vec<u8>> = (0..count).filter_map(|_| end.pop(list)).collect();
    if !gone.is_empty() {
        call.shrunk(key, b'l', end.pop_event());
    }
    Ok(gone)
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
        let gone = take(call, at, key, many.end, many.count)?;
        let count = gone.len().to_string();
        call.propagate_instead(&[many.end.pop_command(), key, count.as_bytes()]);
        call.out.array(2);
        call.out.bulk(key);
        call.out.array(gone.len());
        gone.iter().for_each(|element| call.out.bulk(element));
        return Ok(true);
    }
    Ok(false)
}
