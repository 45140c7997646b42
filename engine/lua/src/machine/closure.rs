//! Closures and the variables they share.

use super::{Machine, Result};
use crate::heap::{Arena, Heap};
use crate::object::{Closure, Function, Upval};
use crate::{FnRef, ProtoRef, UpvalRef};

/// A function as a closure of Lua code.
#[inline]
pub(super) fn closure(functions: &Arena<Function>, function: FnRef) -> Option<&Closure> {
    match functions.get(function.0) {
        Function::Lua(closure) => Some(closure),
        _ => None,
    }
}

/// The shared variable that is a closure's upvalue `number`.
#[inline]
pub(super) fn upvalue(heap: &Heap, function: FnRef, number: u8) -> Option<UpvalRef> {
    closure(&heap.functions, function)?.upvalues.get(usize::from(number)).copied()
}

impl Machine<'_> {
    /// Puts a closure into a register.
    pub(super) fn make_closure(
        &mut self,
        register: usize,
        made: ProtoRef,
        outer: FnRef,
    ) -> Result<()> {
        let base = self.base();
        let captures = self.protos.get(made.0).captures.clone();
        let mut upvalues = Vec::with_capacity(captures.len());
        for capture in &captures {
            upvalues.push(if capture.in_register {
                self.open_upvalue(base + usize::from(capture.index))
            } else {
                upvalue(self.heap, outer, capture.index).unwrap_or(UpvalRef(0))
            });
        }
        let env = closure(&self.heap.functions, outer).map_or(self.globals(), |outer| outer.env);
        let closure = Closure { proto: made, env, upvalues: upvalues.into() };
        let value = self.heap.closure(closure);
        self.thread.stack[base + register] = value;
        self.check_memory()
    }

    /// The shared variable at a place of the stack.
    fn open_upvalue(&mut self, place: usize) -> UpvalRef {
        let place = place as u32;
        let at = self.thread.open.partition_point(|(index, _)| *index < place);
        if let Some((index, upval)) = self.thread.open.get(at)
            && *index == place
        {
            return *upval;
        }
        let owner = self.current();
        let upval = self.heap.upval(Upval::Open { thread: owner, index: place });
        self.thread.open.insert(at, (place, upval));
        upval
    }
}
