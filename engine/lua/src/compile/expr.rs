//! What the compiler knows of an expression that is not in a register yet.

/// No jump, or the end of a list of jumps (which is threaded through their targets).
pub(super) const NO_JUMP: i32 = -1;
/// A test that does not copy its value yet.
pub(super) const NO_REG: u8 = 255;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Void,
    Nil,
    True,
    False,
    Const(u32),
    Number(f64),
    Local(u8),
    Upval(u8),
    Global(u32),
    Indexed {
        table: u8,
        key: Rk,
    },
    /// A test and its jump, at this instruction.
    Jump(i32),
    /// An instruction whose target register is open.
    Reloc(i32),
    /// In this register.
    Fixed(u8),
    Call(i32),
    VarArg(i32),
}

/// An operand: a register or one of the first 256 constants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rk {
    Reg(u8),
    Const(u8),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Expr {
    pub(super) kind: Kind,
    /// Jumps taken when it is true, and when it is false.
    pub(super) when_true: i32,
    pub(super) when_false: i32,
}

impl Expr {
    pub(super) fn new(kind: Kind) -> Expr {
        Expr { kind, when_true: NO_JUMP, when_false: NO_JUMP }
    }

    pub(super) fn has_jumps(&self) -> bool {
        self.when_true != self.when_false
    }

    pub(super) fn numeral(&self) -> Option<f64> {
        match self.kind {
            Kind::Number(number) if !self.has_jumps() => Some(number),
            _ => None,
        }
    }
}
