//! A function under compilation: its code so far, its variables, its blocks.

use std::collections::BTreeMap;

use super::expr::{Kind, NO_JUMP, NO_REG, Rk};
use crate::op::{Ins, Op};
use crate::proto::Proto;
use crate::{StrRef, Value};

/// A block: a loop's body, a branch, `do … end`.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) breaks: i32,
    /// Active variables outside.
    pub(super) outside: usize,
    /// Whether a closure takes one of its variables along.
    pub(super) captured: bool,
    pub(super) is_loop: bool,
}

#[derive(Debug, Default)]
pub(super) struct Func {
    pub(super) proto: Proto,
    constants: BTreeMap<(u8, u64), u32>,
    pub(super) blocks: Vec<Block>,
    /// The last instruction that is the target of a jump.
    pub(super) last_target: i32,
    /// Jumps to the next instruction.
    pub(super) jumps_here: i32,
    pub(super) free: usize,
    /// Numbers (in `proto.locals`) of the active variables; their index is their register.
    pub(super) active: Vec<u32>,
    /// Declared variables that are not active yet follow in `active` from here on.
    pub(super) live: usize,
    /// The old `arg` table is made unless `...` is used.
    pub(super) needs_arg: bool,
}

impl Func {
    pub(super) fn new(source: std::sync::Arc<[u8]>, line: u32) -> Func {
        let proto = Proto { source, line, registers: 2, ..Proto::default() };
        Func { proto, last_target: -1, jumps_here: NO_JUMP, ..Func::default() }
    }

    pub(super) fn pc(&self) -> i32 {
        self.proto.code.len() as i32
    }

    pub(super) fn at(&mut self, pc: i32) -> &mut Ins {
        &mut self.proto.code[pc as usize]
    }

    /// Adds an instruction; gives where it stands.
    pub(super) fn code(&mut self, ins: Ins, line: u32) -> i32 {
        let waiting = std::mem::replace(&mut self.jumps_here, NO_JUMP);
        let pc = self.pc();
        self.patch_list_to(waiting, pc, NO_REG, pc);
        self.proto.code.push(ins);
        self.proto.lines.push(line);
        pc
    }

    /// The number of a constant.
    pub(super) fn constant(&mut self, value: Value) -> u32 {
        let key = match value {
            Value::Str(string) => (1, u64::from(string.index)),
            Value::Number(number) => (2, number.to_bits()),
            Value::Bool(flag) => (3, u64::from(flag)),
            _ => (0, 0),
        };
        let next = self.proto.constants.len() as u32;
        let number = *self.constants.entry(key).or_insert(next);
        if number == next {
            self.proto.constants.push(value);
        }
        number
    }

    /// Frees a temporary register.
    pub(super) fn free_register(&mut self, register: u8) {
        if usize::from(register) >= self.live && self.free > 0 {
            self.free -= 1;
        }
    }

    pub(super) fn free_rk(&mut self, rk: Rk) {
        if let Rk::Reg(register) = rk {
            self.free_register(register);
        }
    }

    pub(super) fn free_kind(&mut self, kind: Kind) {
        if let Kind::Fixed(register) = kind {
            self.free_register(register);
        }
    }

    /// The register of an active variable.
    pub(super) fn find_local(&self, name: StrRef) -> Option<u8> {
        let named = |number: &u32| self.proto.locals[*number as usize].name == name;
        self.active[..self.live].iter().rposition(named).map(|at| at as u8)
    }

    /// Notes that a closure takes this variable along.
    pub(super) fn mark_captured(&mut self, register: u8) {
        let inside = |block: &&mut Block| block.outside <= usize::from(register);
        if let Some(block) = self.blocks.iter_mut().rev().find(inside) {
            block.captured = true;
        }
    }

    /// Ends the life of variables until `left` are active.
    pub(super) fn remove_locals(&mut self, left: usize) {
        let pc = self.pc() as u32;
        for number in self.active.drain(left..) {
            self.proto.locals[number as usize].end = pc;
        }
        self.live = left;
    }

    /// Here something jumps to: instructions must not be merged across.
    pub(super) fn label(&mut self) -> i32 {
        self.last_target = self.pc();
        self.last_target
    }

    /// Appends jump list `more` to `list`.
    pub(super) fn join(&mut self, list: &mut i32, more: i32) {
        if more == NO_JUMP {
            return;
        }
        if *list == NO_JUMP {
            *list = more;
            return;
        }
        let mut last = *list;
        while self.at(last).d != NO_JUMP {
            last = self.at(last).d;
        }
        self.at(last).d = more;
    }

    /// Gives a test the register for its value, or makes it a plain one; whether it had a value to give.
    fn patch_test(&mut self, pc: i32, register: u8) -> bool {
        let ins = self.at(pc);
        if ins.op != Op::TestSet {
            return false;
        }
        if register != NO_REG && register != ins.b {
            ins.a = register;
        } else {
            ins.op = Op::Test;
            ins.a = ins.b;
        }
        true
    }

    pub(super) fn remove_values(&mut self, mut list: i32) {
        while list != NO_JUMP {
            self.patch_test(list, NO_REG);
            list = self.at(list).d;
        }
    }

    /// Whether some jump of the list brings no value.
    pub(super) fn needs_value(&mut self, mut list: i32) -> bool {
        while list != NO_JUMP {
            if self.at(list).op != Op::TestSet {
                return true;
            }
            list = self.at(list).d;
        }
        false
    }

    /// Sends the jumps that bring a value (to `register`) to one place, the others to another.
    pub(super) fn patch_list_to(&mut self, mut list: i32, valued: i32, register: u8, other: i32) {
        while list != NO_JUMP {
            let next = self.at(list).d;
            let target = if self.patch_test(list, register) { valued } else { other };
            self.at(list).d = target;
            list = next;
        }
    }

    pub(super) fn patch_to_here(&mut self, list: i32) {
        self.label();
        let mut waiting = self.jumps_here;
        self.join(&mut waiting, list);
        self.jumps_here = waiting;
    }

    /// Sends a list of jumps to `target`.
    pub(super) fn patch_list(&mut self, list: i32, target: i32) {
        if target == self.pc() {
            self.patch_to_here(list);
        } else {
            self.patch_list_to(list, target, NO_REG, target);
        }
    }
}
