//! Operators: priorities, constant folding, and their instructions.

use super::expr::{Expr, Kind, Rk};
use super::r#gen::Form;
use super::token::Token;
use super::{Compiler, Result};
use crate::number::modulo;
use crate::op::{Ins, Op};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unary {
    Minus,
    Not,
    Len,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Concat,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
}

/// Unary operators bind tighter than all but `^`.
pub(super) const UNARY_PRIORITY: u8 = 8;

impl Unary {
    pub(super) fn of(token: Token) -> Option<Unary> {
        match token {
            Token::Not => Some(Unary::Not),
            Token::Byte(b'-') => Some(Unary::Minus),
            Token::Byte(b'#') => Some(Unary::Len),
            _ => None,
        }
    }
}

impl Binary {
    pub(super) fn of(token: Token) -> Option<Binary> {
        Some(match token {
            Token::Byte(b'+') => Binary::Add,
            Token::Byte(b'-') => Binary::Sub,
            Token::Byte(b'*') => Binary::Mul,
            Token::Byte(b'/') => Binary::Div,
            Token::Byte(b'%') => Binary::Mod,
            Token::Byte(b'^') => Binary::Pow,
            Token::Concat => Binary::Concat,
            Token::NotEqual => Binary::NotEqual,
            Token::Equal => Binary::Equal,
            Token::Byte(b'<') => Binary::Less,
            Token::LessEqual => Binary::LessEqual,
            Token::Byte(b'>') => Binary::Greater,
            Token::GreaterEqual => Binary::GreaterEqual,
            Token::And => Binary::And,
            Token::Or => Binary::Or,
            _ => return None,
        })
    }

    /// How tightly it binds to its left and to its right.
    pub(super) fn priority(self) -> (u8, u8) {
        match self {
            Binary::Add | Binary::Sub => (6, 6),
            Binary::Mul | Binary::Div | Binary::Mod => (7, 7),
            Binary::Pow => (10, 9),
            Binary::Concat => (5, 4),
            Binary::And => (2, 2),
            Binary::Or => (1, 1),
            _ => (3, 3),
        }
    }

    fn is_arithmetic(self) -> bool {
        use Binary::*;
        matches!(self, Add | Sub | Mul | Div | Mod | Pow)
    }

    /// The instructions for two registers, register and constant, constant and register.
    fn ops(self) -> [Op; 3] {
        match self {
            Binary::Add => [Op::AddRR, Op::AddRK, Op::AddKR],
            Binary::Sub => [Op::SubRR, Op::SubRK, Op::SubKR],
            Binary::Mul => [Op::MulRR, Op::MulRK, Op::MulKR],
            Binary::Div => [Op::DivRR, Op::DivRK, Op::DivKR],
            Binary::Mod => [Op::ModRR, Op::ModRK, Op::ModKR],
            Binary::Pow => [Op::PowRR, Op::PowRK, Op::PowKR],
            Binary::Less | Binary::Greater => [Op::LtRR, Op::LtRK, Op::LtKR],
            Binary::LessEqual | Binary::GreaterEqual => [Op::LeRR, Op::LeRK, Op::LeKR],
            _ => [Op::EqRR, Op::EqRK, Op::EqRK],
        }
    }

    /// The result of two constants; `None` where it is left to the run.
    fn fold(self, a: f64, b: f64) -> Option<f64> {
        let result = match self {
            Binary::Add => a + b,
            Binary::Sub => a - b,
            Binary::Mul => a * b,
            Binary::Div if b != 0.0 => a / b,
            Binary::Mod if b != 0.0 => modulo(a, b),
            Binary::Pow => crate::number::power(a, b),
            _ => return None,
        };
        (!result.is_nan()).then_some(result)
    }
}

impl Compiler<'_> {
    pub(super) fn prefix(&mut self, op: Unary, e: &mut Expr) -> Result<()> {
        match op {
            Unary::Not => return self.negate(e),
            Unary::Minus => {
                if let Some(number) = e.numeral() {
                    e.kind = Kind::Number(-number);
                    return Ok(());
                }
            }
            Unary::Len => {}
        }
        let register = self.any_register(e)?;
        self.func().free_kind(e.kind);
        let op = if op == Unary::Minus { Op::Unm } else { Op::Len };
        e.kind = Kind::Reloc(self.code(Ins::abc(op, 0, register, 0)));
        Ok(())
    }

    /// The left operand was read; what must be done before the right one is.
    pub(super) fn infix(&mut self, op: Binary, left: &mut Expr) -> Result<()> {
        match op {
            Binary::And => self.go_if_true(left),
            Binary::Or => self.go_if_false(left),
            Binary::Concat => self.next_register(left),
            op if op.is_arithmetic() && left.numeral().is_some() => Ok(()),
            _ => self.rk(left).map(drop),
        }
    }

    /// Both operands were read; the result is in `left`.
    pub(super) fn postfix(&mut self, op: Binary, left: &mut Expr, right: &mut Expr) -> Result<()> {
        match op {
            Binary::And => {
                self.discharge(right);
                self.func().join(&mut right.when_false, left.when_false);
                *left = *right;
                Ok(())
            }
            Binary::Or => {
                self.discharge(right);
                self.func().join(&mut right.when_true, left.when_true);
                *left = *right;
                Ok(())
            }
            Binary::Concat => self.concat(left, right),
            op if op.is_arithmetic() => self.arithmetic(op, left, right),
            op => self.compare(op, left, right),
        }
    }

    fn concat(&mut self, left: &mut Expr, right: &mut Expr) -> Result<()> {
        self.settle(right)?;
        if let Kind::Reloc(pc) = right.kind
            && self.func().at(pc).op == Op::Concat
        {
            self.func().free_kind(left.kind);
            if let Kind::Fixed(register) = left.kind {
                self.func().at(pc).b = register;
            }
            left.kind = Kind::Reloc(pc);
            return Ok(());
        }
        self.next_register(right)?;
        let last = self.any_register(right)?;
        let first = self.any_register(left)?;
        self.free_both(Rk::Reg(first), left.kind, Rk::Reg(last), right.kind);
        left.kind = Kind::Reloc(self.code(Ins::abc(Op::Concat, 0, first, last)));
        Ok(())
    }

    fn arithmetic(&mut self, op: Binary, left: &mut Expr, right: &mut Expr) -> Result<()> {
        if let (Some(a), Some(b)) = (left.numeral(), right.numeral())
            && let Some(result) = op.fold(a, b)
        {
            left.kind = Kind::Number(result);
            return Ok(());
        }
        let right_rk = self.rk(right)?;
        let left_rk = self.rk(left)?;
        let (b, c, form) = self.operands(left_rk, right_rk)?;
        self.free_both(left_rk, left.kind, right_rk, right.kind);
        let op = op.ops()[form as usize];
        left.kind = Kind::Reloc(self.code(Ins::abc(op, 0, b, c)));
        Ok(())
    }

    /// Frees two operands, the higher register first.
    fn free_both(&mut self, left: Rk, left_kind: Kind, right: Rk, right_kind: Kind) {
        let left_higher = match (left, right) {
            (Rk::Reg(left), Rk::Reg(right)) => left > right,
            _ => false,
        };
        let order = if left_higher { [left_kind, right_kind] } else { [right_kind, left_kind] };
        for kind in order {
            self.func().free_kind(kind);
        }
    }

    fn compare(&mut self, op: Binary, left: &mut Expr, right: &mut Expr) -> Result<()> {
        let mut left_rk = self.rk(left)?;
        let mut right_rk = self.rk(right)?;
        self.func().free_kind(right.kind);
        self.func().free_kind(left.kind);
        let swapped = matches!(op, Binary::Greater | Binary::GreaterEqual);
        let is_equality = matches!(op, Binary::Equal | Binary::NotEqual);
        if swapped || (is_equality && matches!(left_rk, Rk::Const(_))) {
            std::mem::swap(&mut left_rk, &mut right_rk);
        }
        // A constant may have to go to a register above both operands.
        let free = self.func().free;
        for rk in [left_rk, right_rk] {
            if let Rk::Reg(register) = rk {
                let above = usize::from(register) + 1;
                let func = self.func();
                func.free = func.free.max(above);
            }
        }
        let operands = self.operands(left_rk, right_rk);
        self.func().free = free;
        let (b, c, form) = operands?;
        debug_assert!(!is_equality || form != Form::ConstReg);
        let wanted = u8::from(op != Binary::NotEqual);
        let op = op.ops()[form as usize];
        left.kind = Kind::Jump(self.code(Ins::abc(op, wanted, b, c)));
        Ok(())
    }
}
