//! Assignments: all expressions are evaluated before anything is assigned.

use super::expr::{Expr, Kind, Rk};
use super::token::Token;
use super::{Compiler, Result};
use crate::op::{Ins, Op};

impl Compiler<'_> {
    /// The rest of an assignment whose first target was read. Targets are kept in a list: no recursion, but the
    /// limit of nested levels is Lua's.
    pub(super) fn assignment(&mut self, first: Expr) -> Result<()> {
        let mut targets = vec![first];
        loop {
            let last = targets[targets.len() - 1].kind;
            let is_target = matches!(
                last,
                Kind::Local(_) | Kind::Upval(_) | Kind::Global(_) | Kind::Indexed { .. }
            );
            if !is_target {
                return self.lex.error("syntax error");
            }
            if !self.accept(Token::Byte(b','))? {
                break;
            }
            let next = self.primary()?;
            if let Kind::Local(register) = next.kind {
                self.keep_from_conflict(&mut targets, register)?;
            }
            let room = super::MOST_LEVELS.saturating_sub(self.levels);
            self.limit(targets.len(), room, "variables in assignment")?;
            targets.push(next);
        }
        self.expect(Token::Byte(b'='))?;
        let mut e = Expr::new(Kind::Void);
        let count = self.list(&mut e)?;
        if count == targets.len() {
            self.one_result(&mut e);
            if let Some(target) = targets.pop() {
                self.store(target.kind, &mut e)?;
            }
        } else {
            self.adjust(targets.len(), count, &mut e)?;
            if count > targets.len() {
                let extra = count - targets.len();
                self.func().free -= extra;
            }
        }
        for target in targets.into_iter().rev() {
            let mut e = Expr::new(Kind::Fixed((self.func().free - 1) as u8));
            self.store(target.kind, &mut e)?;
        }
        Ok(())
    }

    /// A local variable that is assigned to is also the table or key of an earlier target: that uses a copy.
    fn keep_from_conflict(&mut self, targets: &mut [Expr], local: u8) -> Result<()> {
        let copy = self.func().free as u8;
        let mut conflict = false;
        for target in targets {
            let Kind::Indexed { table, key } = &mut target.kind else { continue };
            if *table == local {
                conflict = true;
                *table = copy;
            }
            if *key == Rk::Reg(local) {
                conflict = true;
                *key = Rk::Reg(copy);
            }
        }
        if conflict {
            self.code(Ins::abc(Op::Move, copy, local, 0));
            self.reserve(1)?;
        }
        Ok(())
    }

    /// Makes `values` expressions, the last one open in `e`, fill `wanted` registers.
    pub(super) fn adjust(&mut self, wanted: usize, values: usize, e: &mut Expr) -> Result<()> {
        if matches!(e.kind, Kind::Call(_) | Kind::VarArg(_)) {
            let more = (wanted + 1).saturating_sub(values);
            self.results(e, Some(more))?;
            if more > 1 {
                self.reserve(more - 1)?;
            }
            return Ok(());
        }
        if e.kind != Kind::Void {
            self.next_register(e)?;
        }
        if wanted > values {
            let more = wanted - values;
            let register = self.func().free as u8;
            self.reserve(more)?;
            self.nil(register, more as u8);
        }
        Ok(())
    }
}
