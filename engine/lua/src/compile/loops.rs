//! Loops, and the way out of them.

use super::expr::{Expr, Kind, NO_JUMP};
use super::token::Token;
use super::{Compiler, Result};
use crate::StrRef;
use crate::op::{Ins, Op};

impl Compiler<'_> {
    pub(super) fn while_loop(&mut self, line: u32) -> Result<()> {
        self.lex.next()?;
        let start = self.func().label();
        let exit = self.condition()?;
        self.enter_block(true);
        self.expect(Token::Do)?;
        self.block()?;
        let back = self.jump();
        self.func().patch_list(back, start);
        self.expect_close(Token::EndWord, Token::While, line)?;
        self.leave_block();
        self.func().patch_to_here(exit);
        Ok(())
    }

    pub(super) fn repeat_loop(&mut self, line: u32) -> Result<()> {
        let start = self.func().label();
        self.enter_block(true);
        self.enter_block(false);
        self.lex.next()?;
        self.chunk()?;
        self.expect_close(Token::Until, Token::Repeat, line)?;
        let exit = self.condition()?;
        if self.func().blocks.last().is_some_and(|block| block.captured) {
            self.break_statement()?;
            self.func().patch_to_here(exit);
            self.leave_block();
            let back = self.jump();
            self.func().patch_list(back, start);
        } else {
            self.leave_block();
            self.func().patch_list(exit, start);
        }
        self.leave_block();
        Ok(())
    }

    pub(super) fn break_statement(&mut self) -> Result<()> {
        let mut captured = false;
        let mut found = None;
        for (at, block) in self.func().blocks.iter().enumerate().rev() {
            if block.is_loop {
                found = Some((at, block.outside));
                break;
            }
            captured |= block.captured;
        }
        let Some((at, outside)) = found else { return self.lex.error("no loop to break") };
        if captured {
            self.code(Ins::abc(Op::Close, outside as u8, 0, 0));
        }
        let jump = self.jump();
        let mut breaks = self.func().blocks[at].breaks;
        self.func().join(&mut breaks, jump);
        self.func().blocks[at].breaks = breaks;
        Ok(())
    }

    pub(super) fn for_loop(&mut self, line: u32) -> Result<()> {
        self.enter_block(true);
        self.lex.next()?;
        let name = self.name()?;
        match self.lex.token {
            Token::Byte(b'=') => self.numeric(name, line)?,
            Token::Byte(b',') | Token::In => self.generic(name)?,
            _ => return self.lex.error("'=' or 'in' expected"),
        }
        self.expect_close(Token::EndWord, Token::For, line)?;
        self.leave_block();
        Ok(())
    }

    fn numeric(&mut self, name: StrRef, line: u32) -> Result<()> {
        let base = self.func().free as u8;
        for hidden in ["(for index)", "(for limit)", "(for step)"] {
            self.declare_hidden(hidden)?;
        }
        self.declare(name)?;
        self.expect(Token::Byte(b'='))?;
        self.next_value()?;
        self.expect(Token::Byte(b','))?;
        self.next_value()?;
        if self.accept(Token::Byte(b','))? {
            self.next_value()?;
        } else {
            let one = self.constant(crate::Value::Number(1.0))?;
            let register = self.func().free as u8;
            self.code(Ins::ad(Op::LoadK, register, one as i32));
            self.reserve(1)?;
        }
        self.loop_body(base, line, 1, true)
    }

    fn next_value(&mut self) -> Result<()> {
        let mut e = self.expression()?;
        self.next_register(&mut e)
    }

    fn generic(&mut self, name: StrRef) -> Result<()> {
        let base = self.func().free as u8;
        for hidden in ["(for generator)", "(for state)", "(for control)"] {
            self.declare_hidden(hidden)?;
        }
        self.declare(name)?;
        let mut names = 1;
        while self.accept(Token::Byte(b','))? {
            let name = self.name()?;
            self.declare(name)?;
            names += 1;
        }
        self.expect(Token::In)?;
        let line = self.lex.line;
        let mut e = Expr::new(Kind::Void);
        let values = self.list(&mut e)?;
        self.adjust(3, values, &mut e)?;
        self.check_stack(3)?;
        self.loop_body(base, line, names, false)
    }

    fn loop_body(&mut self, base: u8, line: u32, names: usize, numeric: bool) -> Result<()> {
        self.activate(3);
        self.expect(Token::Do)?;
        let prepare =
            if numeric { self.code(Ins::ad(Op::ForPrep, base, NO_JUMP)) } else { self.jump() };
        self.enter_block(false);
        self.activate(names);
        self.reserve(names)?;
        self.block()?;
        self.leave_block();
        self.func().patch_to_here(prepare);
        let op = if numeric { Op::ForLoop } else { Op::TForLoop };
        let ins = Ins { c: names as u8, ..Ins::ad(op, base, NO_JUMP) };
        let end = self.code(ins);
        self.fix_line(line);
        self.func().at(end).d = prepare + 1;
        Ok(())
    }
}
