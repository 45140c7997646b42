//! Variables and blocks: who is meant by a name.

use super::expr::{Kind, NO_JUMP};
use super::func::Block;
use super::{Compiler, Result};
use crate::op::{Ins, Op};
use crate::proto::{Capture, LocalName};
use crate::{StrRef, Value};

const MOST_LOCALS: usize = 200;
const MOST_UPVALUES: usize = 60;
const MOST_LOCAL_NAMES: usize = 32_767;

impl Compiler<'_> {
    /// Declares a local variable; it is active after [`Compiler::activate`].
    pub(super) fn declare(&mut self, name: StrRef) -> Result<()> {
        let count = self.func().active.len() + 1;
        self.limit(count, MOST_LOCALS, "local variables")?;
        let func = self.func();
        let number = func.proto.locals.len();
        func.proto.locals.push(LocalName { name, start: u32::MAX, end: u32::MAX });
        func.active.push(number as u32);
        if number >= MOST_LOCAL_NAMES {
            return self.lex.plain_error("too many local variables");
        }
        Ok(())
    }

    pub(super) fn declare_hidden(&mut self, name: &str) -> Result<()> {
        let name = self.lex.heap.intern(name.as_bytes());
        self.declare(name)
    }

    /// The next `count` declared variables come to life.
    pub(super) fn activate(&mut self, count: usize) {
        let func = self.func();
        let pc = func.pc() as u32;
        let until = func.live + count;
        for at in func.live..until {
            let number = func.active[at] as usize;
            func.proto.locals[number].start = pc;
        }
        func.live = until;
    }

    pub(super) fn variable(&mut self, name: StrRef) -> Result<Kind> {
        match self.find(self.funcs.len() - 1, name, true)? {
            Some(kind) => Ok(kind),
            None => Ok(Kind::Global(self.constant(Value::Str(name))?)),
        }
    }

    fn find(&mut self, level: usize, name: StrRef, own: bool) -> Result<Option<Kind>> {
        if let Some(register) = self.funcs[level].find_local(name) {
            if !own {
                self.funcs[level].mark_captured(register);
            }
            return Ok(Some(Kind::Local(register)));
        }
        if level == 0 {
            return Ok(None);
        }
        let (in_register, index) = match self.find(level - 1, name, false)? {
            Some(Kind::Local(register)) => (true, register),
            Some(Kind::Upval(number)) => (false, number),
            _ => return Ok(None),
        };
        self.upvalue(level, name, Capture { in_register, index }).map(Kind::Upval).map(Some)
    }

    fn upvalue(&mut self, level: usize, name: StrRef, capture: Capture) -> Result<u8> {
        let proto = &mut self.funcs[level].proto;
        let same = |c: &Capture| (c.in_register, c.index) == (capture.in_register, capture.index);
        if let Some(number) = proto.captures.iter().position(same) {
            return Ok(number as u8);
        }
        let number = proto.captures.len();
        let line = proto.line;
        if number + 1 > MOST_UPVALUES {
            let text = format!("function at line {line} has more than {MOST_UPVALUES} upvalues");
            return self.lex.plain_error(&text);
        }
        proto.captures.push(capture);
        proto.upvalue_names.push(name);
        Ok(number as u8)
    }

    pub(super) fn enter_block(&mut self, is_loop: bool) {
        let outside = self.func().live;
        self.func().blocks.push(Block { breaks: NO_JUMP, outside, captured: false, is_loop });
    }

    pub(super) fn leave_block(&mut self) {
        let Some(block) = self.func().blocks.pop() else { return };
        self.func().remove_locals(block.outside);
        if block.captured {
            self.code(Ins::abc(Op::Close, block.outside as u8, 0, 0));
        }
        let func = self.func();
        func.free = func.live;
        func.patch_to_here(block.breaks);
    }
}
