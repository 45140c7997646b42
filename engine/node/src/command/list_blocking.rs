//! List commands that wait for an element: the blocking part of t_list.c.

use super::list_move::{End, move_element};
use super::{Answer, Call, list_pop, waiting};

/// `BLPOP key … timeout` and `BRPOP`.
pub(super) fn bpop(call: &mut Call<'_>, end: End) -> Answer {
    let words = call.args;
    let (timeout, keys) = (words[words.len() - 1], &words[1..words.len() - 1]);
    let timeout = waiting::timeout(call, timeout)?;
    let at = call.at();
    for key in keys {
        if call.look_list_to_serve(at, key)?.is_none() {
            continue;
        }
        call.out.array(2);
        call.out.bulk(key);
        list_pop::take(call, at, key, end, None)?;
        call.propagate_instead(&[end.pop_command(), key]);
        return Ok(());
    }
    waiting::block(call, keys, timeout, engine_resp::Reply::null_array);
    Ok(())
}

/// `BLMOVE source destination LEFT|RIGHT LEFT|RIGHT timeout`
pub(super) fn blmove(call: &mut Call<'_>) -> Answer {
    let (from, to) = (End::parse(call.args[3])?, End::parse(call.args[4])?);
    let moved = move_or_wait(call, from, to, 5)?;
    if moved {
        let words = call.args;
        // One that had waited names the ends in Redis's own words.
        let ends =
            if call.node.wake.retrying { [from.word(), to.word()] } else { [words[3], words[4]] };
        call.propagate_instead(&[b"LMOVE", words[1], words[2], ends[0], ends[1]]);
    }
    Ok(())
}

/// `BRPOPLPUSH source destination timeout`
pub(super) fn brpoplpush(call: &mut Call<'_>) -> Answer {
    if move_or_wait(call, End::Right, End::Left, 3)? {
        let (source, destination) = (call.args[1], call.args[2]);
        call.propagate_instead(&[b"RPOPLPUSH", source, destination]);
    }
    Ok(())
}

fn move_or_wait(
    call: &mut Call<'_>,
    from: End,
    to: End,
    timeout: usize,
) -> Result<bool, super::Fail> {
    let timeout = waiting::timeout(call, call.args[timeout])?;
    let at = call.at();
    let source = call.args[1];
    let element = match call.look_list_to_serve(at, source)? {
        Some(()) => move_element(call, at, from, to)?,
        None => None,
    };
    match element {
        Some(element) => {
            call.out.bulk(&element);
            Ok(true)
        }
        None => {
            waiting::block(call, &[source], timeout, engine_resp::Reply::null);
            Ok(false)
        }
    }
}

/// `BLMPOP timeout numkeys key … LEFT|RIGHT [COUNT count]`
pub(super) fn blmpop(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    let many = list_pop::parse_many(&words[2..])?;
    let timeout = waiting::timeout(call, words[1])?;
    if !list_pop::pop_first(call, &many)? {
        waiting::block(call, many.keys, timeout, engine_resp::Reply::null_array);
    }
    Ok(())
}
