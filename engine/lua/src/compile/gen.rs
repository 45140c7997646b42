//! Expressions to instructions: each stays undecided (`Expr`) as long as it can.

use super::expr::{Expr, Kind, NO_JUMP, NO_REG, Rk};
use super::func::Func;
use super::{Compiler, Result};
use crate::Value;
use crate::op::{Ins, Op};

/// More registers no function has.
const MOST_REGISTERS: usize = 250;
const MOST_CONSTANTS: usize = 262_143;

impl Compiler<'_> {
    pub(super) fn func(&mut self) -> &mut Func {
        let last = self.funcs.len() - 1;
        &mut self.funcs[last]
    }

    pub(super) fn code(&mut self, ins: Ins) -> i32 {
        let line = self.lex.last_line;
        self.func().code(ins, line)
    }

    pub(super) fn fix_line(&mut self, line: u32) {
        if let Some(last) = self.func().proto.lines.last_mut() {
            *last = line;
        }
    }

    pub(super) fn check_stack(&mut self, more: usize) -> Result<()> {
        let need = self.func().free + more;
        if need > usize::from(self.func().proto.registers) {
            if need >= MOST_REGISTERS {
                return self.lex.error("function or expression too complex");
            }
            self.func().proto.registers = need as u8;
        }
        Ok(())
    }

    pub(super) fn reserve(&mut self, count: usize) -> Result<()> {
        self.check_stack(count)?;
        self.func().free += count;
        Ok(())
    }

    pub(super) fn constant(&mut self, value: Value) -> Result<u32> {
        let number = self.func().constant(value);
        if number as usize > MOST_CONSTANTS {
            return self.lex.plain_error("constant table overflow");
        }
        Ok(number)
    }

    pub(super) fn jump(&mut self) -> i32 {
        let waiting = std::mem::replace(&mut self.func().jumps_here, NO_JUMP);
        let mut jump = self.code(Ins::ad(Op::Jump, 0, NO_JUMP));
        self.func().join(&mut jump, waiting);
        jump
    }

    /// A test with its jump.
    fn test(&mut self, op: Op, a: u8, b: u8, c: u8) -> i32 {
        self.code(Ins::abc(op, a, b, c))
    }

    pub(super) fn nil(&mut self, from: u8, count: u8) {
        let to = from + count - 1;
        let func = self.func();
        if func.pc() > func.last_target
            && let Some(last) = func.proto.code.last_mut()
            && last.op == Op::LoadNil
            && last.a <= from
            && from <= last.b.saturating_add(1)
        {
            last.b = last.b.max(to);
            return;
        }
        self.code(Ins::abc(Op::LoadNil, from, to, 0));
    }

    pub(super) fn discharge(&mut self, e: &mut Expr) {
        match e.kind {
            Kind::Local(register) => e.kind = Kind::Fixed(register),
            Kind::Upval(number) => {
                e.kind = Kind::Reloc(self.code(Ins::abc(Op::GetUpval, 0, number, 0)));
            }
            Kind::Global(name) => {
                e.kind = Kind::Reloc(self.code(Ins::ad(Op::GetGlobal, 0, name as i32)));
            }
            Kind::Indexed { table, key } => {
                self.func().free_rk(key);
                self.func().free_register(table);
                let ins = match key {
                    Rk::Reg(key) => Ins::abc(Op::GetTable, 0, table, key),
                    Rk::Const(key) => {
                        let value = self.func().proto.constants[usize::from(key)];
                        let field = matches!(value, Value::Str(_));
                        let op = if field { Op::GetField } else { Op::GetTableK };
                        Ins { d: i32::from(key), ..Ins::abc(op, 0, table, 0) }
                    }
                };
                e.kind = Kind::Reloc(self.code(ins));
            }
            Kind::Call(_) | Kind::VarArg(_) => self.one_result(e),
            _ => {}
        }
    }

    pub(super) fn one_result(&mut self, e: &mut Expr) {
        match e.kind {
            Kind::Call(pc) => e.kind = Kind::Fixed(self.func().at(pc).a),
            Kind::VarArg(pc) => {
                self.func().at(pc).b = 2;
                e.kind = Kind::Reloc(pc);
            }
            _ => {}
        }
    }

    /// `count` results of a call or `...`; `None`: all.
    pub(super) fn results(&mut self, e: &mut Expr, count: Option<usize>) -> Result<()> {
        let coded = count.map_or(0, |count| count + 1) as u8;
        match e.kind {
            Kind::Call(pc) => self.func().at(pc).c = coded,
            Kind::VarArg(pc) => {
                let free = self.func().free as u8;
                let ins = self.func().at(pc);
                ins.b = coded;
                ins.a = free;
                self.reserve(1)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn place_plain(&mut self, e: &mut Expr, register: u8) -> Result<()> {
        self.discharge(e);
        match e.kind {
            Kind::Nil => self.nil(register, 1),
            Kind::True | Kind::False => {
                let flag = u8::from(e.kind == Kind::True);
                self.code(Ins::abc(Op::LoadBool, register, flag, 0));
            }
            Kind::Const(number) => {
                self.code(Ins::ad(Op::LoadK, register, number as i32));
            }
            Kind::Number(number) => {
                let number = self.constant(Value::Number(number))?;
                self.code(Ins::ad(Op::LoadK, register, number as i32));
            }
            Kind::Reloc(pc) => self.func().at(pc).a = register,
            Kind::Fixed(from) => {
                if from != register {
                    self.code(Ins::abc(Op::Move, register, from, 0));
                }
            }
            _ => return Ok(()),
        }
        e.kind = Kind::Fixed(register);
        Ok(())
    }

    fn any_register_plain(&mut self, e: &mut Expr) -> Result<u8> {
        if let Kind::Fixed(register) = e.kind {
            return Ok(register);
        }
        self.reserve(1)?;
        let register = (self.func().free - 1) as u8;
        self.place_plain(e, register)?;
        Ok(register)
    }

    pub(super) fn place(&mut self, e: &mut Expr, register: u8) -> Result<()> {
        self.place_plain(e, register)?;
        if let Kind::Jump(pc) = e.kind {
            self.func().join(&mut e.when_true, pc);
        }
        if e.has_jumps() {
            let (mut load_false, mut load_true) = (NO_JUMP, NO_JUMP);
            if self.func().needs_value(e.when_true) || self.func().needs_value(e.when_false) {
                let over = if matches!(e.kind, Kind::Jump(_)) { NO_JUMP } else { self.jump() };
                self.func().label();
                load_false = self.code(Ins::abc(Op::LoadBool, register, 0, 1));
                self.func().label();
                load_true = self.code(Ins::abc(Op::LoadBool, register, 1, 0));
                self.func().patch_to_here(over);
            }
            let end = self.func().label();
            self.func().patch_list_to(e.when_false, end, register, load_false);
            self.func().patch_list_to(e.when_true, end, register, load_true);
        }
        *e = Expr::new(Kind::Fixed(register));
        Ok(())
    }

    pub(super) fn next_register(&mut self, e: &mut Expr) -> Result<()> {
        self.discharge(e);
        self.func().free_kind(e.kind);
        self.reserve(1)?;
        let register = (self.func().free - 1) as u8;
        self.place(e, register)
    }

    pub(super) fn any_register(&mut self, e: &mut Expr) -> Result<u8> {
        self.discharge(e);
        if let Kind::Fixed(register) = e.kind {
            if !e.has_jumps() {
                return Ok(register);
            }
            if usize::from(register) >= self.func().live {
                self.place(e, register)?;
                return Ok(register);
            }
        }
        self.next_register(e)?;
        match e.kind {
            Kind::Fixed(register) => Ok(register),
            _ => Ok(0),
        }
    }

    pub(super) fn settle(&mut self, e: &mut Expr) -> Result<()> {
        if e.has_jumps() {
            return self.any_register(e).map(drop);
        }
        self.discharge(e);
        Ok(())
    }

    pub(super) fn rk(&mut self, e: &mut Expr) -> Result<Rk> {
        self.settle(e)?;
        let value = match e.kind {
            Kind::Nil => Some(Value::Nil),
            Kind::True => Some(Value::Bool(true)),
            Kind::False => Some(Value::Bool(false)),
            Kind::Number(number) => Some(Value::Number(number)),
            _ => None,
        };
        if let Some(value) = value
            && self.func().proto.constants.len() <= 255
        {
            e.kind = Kind::Const(self.constant(value)?);
        }
        match e.kind {
            Kind::Const(number @ 0..=255) => Ok(Rk::Const(number as u8)),
            _ => self.any_register(e).map(Rk::Reg),
        }
    }

    /// `rk` in a register, if need be the next one, without reserving it.
    fn in_register(&mut self, rk: Rk) -> Result<u8> {
        match rk {
            Rk::Reg(register) => Ok(register),
            Rk::Const(number) => {
                self.check_stack(1)?;
                let register = self.func().free as u8;
                self.code(Ins::ad(Op::LoadK, register, i32::from(number)));
                Ok(register)
            }
        }
    }

    pub(super) fn store(&mut self, target: Kind, e: &mut Expr) -> Result<()> {
        match target {
            Kind::Local(register) => {
                self.func().free_kind(e.kind);
                return self.place(e, register);
            }
            Kind::Upval(number) => {
                let register = self.any_register(e)?;
                self.code(Ins::abc(Op::SetUpval, register, number, 0));
            }
            Kind::Global(name) => {
                let register = self.any_register(e)?;
                self.code(Ins::ad(Op::SetGlobal, register, name as i32));
            }
            Kind::Indexed { table, key } => {
                let value = self.rk(e)?;
                self.set_table(table, key, value);
            }
            _ => {}
        }
        self.func().free_kind(e.kind);
        Ok(())
    }

    pub(super) fn set_table(&mut self, table: u8, key: Rk, value: Rk) {
        let (op, b, c) = match (key, value) {
            (Rk::Reg(b), Rk::Reg(c)) => (Op::SetTableRR, b, c),
            (Rk::Reg(b), Rk::Const(c)) => (Op::SetTableRK, b, c),
            (Rk::Const(b), Rk::Reg(c)) => (Op::SetTableKR, b, c),
            (Rk::Const(b), Rk::Const(c)) => (Op::SetTableKK, b, c),
        };
        self.code(Ins::abc(op, table, b, c));
    }

    pub(super) fn method(&mut self, e: &mut Expr, key: &mut Expr) -> Result<()> {
        let object = self.any_register(e)?;
        self.func().free_kind(e.kind);
        let register = self.func().free as u8;
        self.reserve(2)?;
        let key_rk = self.rk(key)?;
        match key_rk {
            Rk::Const(k) => {
                self.code(Ins { d: i32::from(k), ..Ins::abc(Op::SelfK, register, object, 0) });
            }
            Rk::Reg(k) => {
                self.code(Ins::abc(Op::SelfR, register, object, k));
            }
        }
        self.func().free_kind(key.kind);
        e.kind = Kind::Fixed(register);
        Ok(())
    }

    fn jump_if(&mut self, e: &mut Expr, truth: bool) -> Result<i32> {
        if let Kind::Reloc(pc) = e.kind {
            let ins = *self.func().at(pc);
            if ins.op == Op::Not {
                self.func().proto.code.pop();
                self.func().proto.lines.pop();
                return Ok(self.test(Op::Test, ins.b, 0, u8::from(!truth)));
            }
        }
        let register = self.any_register_plain(e)?;
        self.func().free_kind(e.kind);
        Ok(self.test(Op::TestSet, NO_REG, register, u8::from(truth)))
    }

    pub(super) fn go_if_true(&mut self, e: &mut Expr) -> Result<()> {
        self.discharge(e);
        let jump = match e.kind {
            Kind::Const(_) | Kind::Number(_) | Kind::True => NO_JUMP,
            Kind::Jump(pc) => {
                self.func().at(pc).a ^= 1;
                pc
            }
            _ => self.jump_if(e, false)?,
        };
        self.func().join(&mut e.when_false, jump);
        self.func().patch_to_here(e.when_true);
        e.when_true = NO_JUMP;
        Ok(())
    }

    pub(super) fn go_if_false(&mut self, e: &mut Expr) -> Result<()> {
        self.discharge(e);
        let jump = match e.kind {
            Kind::Nil | Kind::False => NO_JUMP,
            Kind::Jump(pc) => pc,
            _ => self.jump_if(e, true)?,
        };
        self.func().join(&mut e.when_true, jump);
        self.func().patch_to_here(e.when_false);
        e.when_false = NO_JUMP;
        Ok(())
    }

    pub(super) fn negate(&mut self, e: &mut Expr) -> Result<()> {
        self.discharge(e);
        match e.kind {
            Kind::Nil | Kind::False => e.kind = Kind::True,
            Kind::Const(_) | Kind::Number(_) | Kind::True => e.kind = Kind::False,
            Kind::Jump(pc) => self.func().at(pc).a ^= 1,
            _ => {
                let register = self.any_register_plain(e)?;
                self.func().free_kind(e.kind);
                e.kind = Kind::Reloc(self.code(Ins::abc(Op::Not, 0, register, 0)));
            }
        }
        std::mem::swap(&mut e.when_true, &mut e.when_false);
        self.func().remove_values(e.when_true);
        self.func().remove_values(e.when_false);
        Ok(())
    }

    /// Operands of a binary instruction as registers and at most one constant: `(b, c, form)`.
    pub(super) fn operands(&mut self, left: Rk, right: Rk) -> Result<(u8, u8, Form)> {
        match (left, right) {
            (Rk::Reg(b), Rk::Reg(c)) => Ok((b, c, Form::RegReg)),
            (Rk::Const(b), Rk::Reg(c)) => Ok((b, c, Form::ConstReg)),
            (left, Rk::Const(c)) => Ok((self.in_register(left)?, c, Form::RegConst)),
        }
    }
}

/// Where the two operands of an instruction are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Form {
    RegReg,
    RegConst,
    ConstReg,
}
