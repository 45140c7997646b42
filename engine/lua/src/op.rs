//! The instructions of the register machine: eight bytes each, tests and their jumps in one.

/// What an instruction does. `R` is a register, `K` a constant; `d` a constant's or prototype's number or the
/// target of a jump (absolute).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Op {
    /// R[a] = R[b]
    Move,
    /// R[a] = K[d]
    LoadK,
    /// R[a] = b; if c, skip the next
    LoadBool,
    /// R[a..=b] = nil
    LoadNil,
    /// R[a] = upvalue b
    GetUpval,
    /// R[a] = globals[K[d]]
    GetGlobal,
    /// R[a] = R[b][R[c]]
    GetTable,
    /// R[a] = R[b][K[d]], the key a string
    GetField,
    /// R[a] = R[b][K[d]]
    GetTableK,
    /// globals[K[d]] = R[a]
    SetGlobal,
    /// upvalue b = R[a]
    SetUpval,
    /// R[a][R[b]] = R[c]
    SetTableRR,
    /// R[a][R[b]] = K[c]
    SetTableRK,
    /// R[a][K[b]] = R[c]
    SetTableKR,
    /// R[a][K[b]] = K[c]
    SetTableKK,
    /// R[a] = {}, with room for b elements and c entries (floating bytes)
    NewTable,
    /// R[a+1] = R[b]; R[a] = R[b][K[d]]
    SelfK,
    /// R[a+1] = R[b]; R[a] = R[b][R[c]]
    SelfR,
    AddRR,
    AddRK,
    AddKR,
    SubRR,
    SubRK,
    SubKR,
    MulRR,
    MulRK,
    MulKR,
    DivRR,
    DivRK,
    DivKR,
    ModRR,
    ModRK,
    ModKR,
    PowRR,
    PowRK,
    PowKR,
    /// R[a] = -R[b]
    Unm,
    /// R[a] = not R[b]
    Not,
    /// R[a] = #R[b]
    Len,
    /// R[a] = R[b] .. … .. R[c]
    Concat,
    /// go to d
    Jump,
    /// if (R[b] == R[c]) == a go to d
    EqRR,
    /// if (R[b] == K[c]) == a go to d
    EqRK,
    LtRR,
    LtRK,
    LtKR,
    LeRR,
    LeRK,
    LeKR,
    /// if truth of R[a] is c go to d
    Test,
    /// if truth of R[b] is c, R[a] = R[b] and go to d
    TestSet,
    /// R[a](R[a+1..]), b - 1 arguments (b = 0: up to the top), c - 1 results (c = 0: all)
    Call,
    /// return R[a](…)
    TailCall,
    /// return R[a..], b - 1 values (b = 0: up to the top)
    Return,
    /// R[a] += R[a+2]; if it is within R[a+1], R[a+3] = R[a] and go to d
    ForLoop,
    /// R[a] -= R[a+2]; go to d
    ForPrep,
    /// R[a+3..] = R[a](R[a+1], R[a+2]), c results; if R[a+3] is not nil, R[a+2] = R[a+3] and go to d
    TForLoop,
    /// R[a][d ..] = R[a+1 ..= a+b] (b = 0: up to the top)
    SetList,
    /// close upvalues from R[a] on
    Close,
    /// R[a..] = …, b - 1 values (b = 0: all)
    VarArg,
    /// R[a] = closure of prototype d
    Closure,
}

/// One instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ins {
    pub(crate) op: Op,
    pub(crate) a: u8,
    pub(crate) b: u8,
    pub(crate) c: u8,
    pub(crate) d: i32,
}

impl Ins {
    pub(crate) fn abc(op: Op, a: u8, b: u8, c: u8) -> Ins {
        Ins { op, a, b, c, d: -1 }
    }

    #[inline(always)]
    pub(crate) fn a(&self) -> usize {
        self.a as usize
    }

    #[inline(always)]
    pub(crate) fn b(&self) -> usize {
        self.b as usize
    }

    #[inline(always)]
    pub(crate) fn c(&self) -> usize {
        self.c as usize
    }

    #[inline(always)]
    pub(crate) fn d(&self) -> usize {
        self.d as usize
    }

    pub(crate) fn ad(op: Op, a: u8, d: i32) -> Ins {
        Ins { op, a, b: 0, c: 0, d }
    }

    /// Whether `d` is a target.
    pub(crate) fn is_jump(self) -> bool {
        use Op::*;
        matches!(self.op, Jump | ForLoop | ForPrep | TForLoop) || self.is_test()
    }

    /// Whether it compares or tests, and jumps.
    pub(crate) fn is_test(self) -> bool {
        use Op::*;
        matches!(self.op, EqRR | EqRK | LtRR | LtRK | LtKR | LeRR | LeRK | LeKR | Test | TestSet)
    }

    /// Whether it sets R[a]; to PUC's search for names `Test` does, too.
    pub(crate) fn sets_a(self) -> bool {
        use Op::*;
        match self.op {
            SetGlobal | SetUpval | SetTableRR | SetTableRK | SetTableKR | SetTableKK | Jump
            | Call | TailCall | Return | TForLoop | SetList | Close => false,
            _ => !matches!(self.op, EqRR | EqRK | LtRR | LtRK | LtKR | LeRR | LeRK | LeKR),
        }
    }
}

/// A size in a byte: five bits of exponent, three of mantissa; never less than what went in.
pub(crate) fn float_byte(mut n: usize) -> u8 {
    let mut exponent = 0;
    while n >= 16 {
        n = n.div_ceil(2);
        exponent += 1;
    }
    if n < 8 { n as u8 } else { ((exponent + 1) << 3) | (n as u8 - 8) }
}

/// The size that such a byte stands for.
pub(crate) fn of_float_byte(byte: u8) -> usize {
    let exponent = byte >> 3;
    if exponent == 0 { byte as usize } else { (usize::from(byte & 7) + 8) << (exponent - 1) }
}
