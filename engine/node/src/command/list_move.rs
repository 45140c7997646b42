//! Moving an element from one list to another: `LMOVE`, `RPOPLPUSH` and what their blocking forms
//! do when there is something to move.

use engine_store::listpack::Elem;
use engine_store::{Limits, List};

use super::{Answer, At, Call, Fail, args};

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    /// The head.
    Left,
    /// The tail.
    Right,
}

impl End {
    /// `LEFT` or `RIGHT`.
    pub(super) fn parse(word: &[u8]) -> Result<Self, Fail> {
        if args::is(word, "left") {
            Ok(Self::Left)
        } else if args::is(word, "right") {
            Ok(Self::Right)
        } else {
            Err(Fail::SYNTAX)
        }
    }

    pub(super) fn word(self) -> &'static [u8] {
        if self == Self::Left { b"left" } else { b"right" }
    }

    /// The command that takes an element from this end.
    pub(super) fn pop_command(self) -> &'static [u8] {
        if self == Self::Left { b"LPOP" } else { b"RPOP" }
    }

    /// What is said of a list that an element was taken from at this end.
    pub(super) const fn pop_event(self) -> &'static str {
        if matches!(self, Self::Left) { "lpop" } else { "rpop" }
    }

    /// What is said of a list that got an element at this end.
    pub(super) const fn push_event(self) -> &'static str {
        if matches!(self, Self::Left) { "lpush" } else { "rpush" }
    }

    pub(super) fn push(self, list: &mut List, element: &[u8], limits: &Limits) {
        match self {
            Self::Left => list.push_front(element, limits),
            Self::Right => list.push_back(element, limits),
        }
    }

    /// Shows the element at this end where it stands, and takes it out.
    pub(super) fn pop<R>(self, list: &mut List, see: impl FnOnce(Elem<'_>) -> R) -> Option<R> {
        match self {
            Self::Left => list.pop_front(see),
            Self::Right => list.pop_back(see),
        }
    }
}

/// `LMOVE source destination LEFT|RIGHT LEFT|RIGHT`
pub(super) fn lmove(call: &mut Call<'_>) -> Answer {
    let (from, to) = (End::parse(call.args[3])?, End::parse(call.args[4])?);
    move_or_null(call, from, to)
}

pub(super) fn rpoplpush(call: &mut Call<'_>) -> Answer {
    move_or_null(call, End::Right, End::Left)
}

fn move_or_null(call: &mut Call<'_>, from: End, to: End) -> Answer {
    let at = call.at();
    match move_element(call, at, from, to)? {
        Some(element) => call.out.bulk(&element),
        None => call.out.null(),
    }
    Ok(())
}

/// Moves one element from the list of argument 1 to the list of argument 2; `None` when there is
/// none.
pub(super) fn move_element(
    call: &mut Call<'_>,
    at: At,
    from: End,
    to: End,
) -> Result<Option<Vec<u8>>, Fail> {
    let limits = call.node.limits();
    let (source, destination) = (call.args[1], call.args[2]);
    if call.node.look_list(at, source)?.is_none() {
        return Ok(None);
    }
    call.node.look_list(at, destination)?;
    let element = match call.node.edit_list(at, source)? {
        Some(list) => from.pop(list, |element| element.to_vec()),
        None => None,
    };
    let Some(element) = element else { return Ok(None) };
    to.push(call.node.list_or_new(at, destination)?, &element, &limits);
    call.changed(destination, b'l', to.push_event());
    call.shrunk(source, b'l', from.pop_event());
    Ok(Some(element))
}
