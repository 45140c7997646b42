//! Expressions of `awk`: fields, variables, strings, numbers, patterns, arithmetic, comparisons.

mod token;

use std::collections::BTreeMap;

use super::regexp::{Syntax, compile};
pub(super) use token::{Token, tokens};

/// The state of a run.
#[derive(Default)]
pub(super) struct State {
    pub(super) fields: Vec<String>,
    pub(super) line: String,
    pub(super) vars: BTreeMap<String, String>,
}

/// Numbers as awk prints them: whole ones without a point.
pub(super) fn number_text(n: f64) -> String {
    if n == n.trunc() && n.abs() < 1e16 {
        format!("{}", n as i64)
    } else {
        let text = format!("{n:.6}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// The number that a text begins with.
pub(super) fn number(text: &str) -> f64 {
    let text = text.trim_start();
    let mut end = 0;
    for (i, c) in text.char_indices() {
        if c.is_ascii_digit() || c == '.' || i == 0 && (c == '-' || c == '+') {
            end = i + c.len_utf8();
        } else {
            break;
        }
    }
    text[..end].parse().unwrap_or(0.0)
}

fn looks_numeric(text: &str) -> bool {
    !text.trim().is_empty() && text.trim().parse::<f64>().is_ok()
}

fn is_true(text: &str) -> bool {
    if looks_numeric(text) { number(text) != 0.0 } else { !text.is_empty() }
}

fn truth(so: bool) -> String {
    if so { "1".to_owned() } else { "0".to_owned() }
}

/// Reads and works out an expression at once: a line-oriented program is short.
pub(super) struct Eval<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
    pub(super) state: &'a mut State,
    /// In a branch that is not taken nothing is assigned.
    pub(super) skip: bool,
    pub(super) depth: usize,
}

impl Eval<'_> {
    pub(super) fn peek_op(&self, op: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Op(o)) if *o == op)
    }

    pub(super) fn take_op(&mut self, op: &str) -> bool {
        let there = self.peek_op(op);
        self.at += usize::from(there);
        there
    }

    pub(super) fn expression(&mut self) -> Option<String> {
        self.depth += 1;
        if self.depth > 60 {
            return None;
        }
        let value = self.either()?;
        let value = if self.take_op("?") {
            let so = is_true(&value);
            let yes = self.expression()?;
            if !self.take_op(":") {
                return None;
            }
            let no = self.expression()?;
            if so { yes } else { no }
        } else {
            value
        };
        self.depth -= 1;
        Some(value)
    }

    fn either(&mut self) -> Option<String> {
        let mut left = self.both()?;
        while self.take_op("||") {
            let right = self.both()?;
            left = truth(is_true(&left) || is_true(&right));
        }
        Some(left)
    }

    fn both(&mut self) -> Option<String> {
        let mut left = self.matched()?;
        while self.take_op("&&") {
            let right = self.matched()?;
            left = truth(is_true(&left) && is_true(&right));
        }
        Some(left)
    }

    fn matched(&mut self) -> Option<String> {
        let left = self.compared()?;
        for (op, wanted) in [("~", true), ("!~", false)] {
            if self.take_op(op) {
                let pattern = match self.tokens.get(self.at) {
                    Some(Token::Pattern(p)) => {
                        self.at += 1;
                        p.clone()
                    }
                    _ => self.compared()?,
                };
                let regex = compile(&pattern, Syntax::Extended, false)?;
                return Some(truth(regex.is_match(left.as_bytes()) == wanted));
            }
        }
        Some(left)
    }

    fn compared(&mut self) -> Option<String> {
        let left = self.joined()?;
        for op in ["==", "!=", "<=", ">=", "<", ">"] {
            if self.take_op(op) {
                let right = self.joined()?;
                let order = if looks_numeric(&left) && looks_numeric(&right) {
                    number(&left).total_cmp(&number(&right))
                } else {
                    left.cmp(&right)
                };
                return Some(truth(match op {
                    "==" => order.is_eq(),
                    "!=" => order.is_ne(),
                    "<=" => order.is_le(),
                    ">=" => order.is_ge(),
                    "<" => order.is_lt(),
                    _ => order.is_gt(),
                }));
            }
        }
        Some(left)
    }

    /// Values side by side are joined.
    fn joined(&mut self) -> Option<String> {
        let mut left = self.sum()?;
        while self.value_follows() {
            left.push_str(&self.sum()?);
        }
        Some(left)
    }

    fn value_follows(&self) -> bool {
        match self.tokens.get(self.at) {
            Some(Token::Number(_) | Token::Text(_)) => true,
            Some(Token::Name(name)) => !matches!(name.as_str(), "in" | "print" | "printf" | "else"),
            Some(Token::Op(op)) => matches!(*op, "$" | "("),
            _ => false,
        }
    }

    fn sum(&mut self) -> Option<String> {
        let mut left = self.product()?;
        loop {
            let sign = if self.take_op("+") {
                1.0
            } else if self.take_op("-") {
                -1.0
            } else {
                return Some(left);
            };
            let right = self.product()?;
            left = number_text(number(&left) + sign * number(&right));
        }
    }

    fn product(&mut self) -> Option<String> {
        let mut left = self.unary()?;
        loop {
            let op = ["*", "/", "%"].into_iter().find(|op| self.peek_op(op));
            let Some(op) = op else { return Some(left) };
            self.at += 1;
            let (a, b) = (number(&left), number(&self.unary()?));
            left = number_text(match op {
                "*" => a * b,
                "/" if b != 0.0 => a / b,
                "%" if b != 0.0 => a % b,
                _ => return None,
            });
        }
    }

    fn unary(&mut self) -> Option<String> {
        let mut signs = Vec::new();
        while let Some(sign) = ["!", "-"].into_iter().find(|op| self.peek_op(op)) {
            self.at += 1;
            signs.push(sign);
        }
        let mut value = self.plain()?;
        for sign in signs.into_iter().rev() {
            value = match sign {
                "!" => truth(!is_true(&value)),
                _ => number_text(-number(&value)),
            };
        }
        Some(value)
    }

    /// A field or an atom.
    fn plain(&mut self) -> Option<String> {
        if self.take_op("$") {
            let index = number(&self.atom()?) as usize;
            return Some(match index {
                0 => self.state.line.clone(),
                n => self.state.fields.get(n - 1).cloned().unwrap_or_default(),
            });
        }
        self.atom()
    }

    fn atom(&mut self) -> Option<String> {
        let token = self.tokens.get(self.at)?.clone();
        self.at += 1;
        match token {
            Token::Number(n) => Some(number_text(n)),
            Token::Text(text) => Some(text),
            Token::Pattern(p) => {
                let regex = compile(&p, Syntax::Extended, false)?;
                Some(truth(regex.is_match(self.state.line.as_bytes())))
            }
            Token::Op("(") => {
                let value = self.expression()?;
                self.take_op(")").then_some(value)
            }
            Token::Op(op @ ("++" | "--")) => {
                let Some(Token::Name(name)) = self.tokens.get(self.at).cloned() else {
                    return None;
                };
                self.at += 1;
                let value = self.step(&name, op);
                Some(value)
            }
            Token::Op(_) => None,
            Token::Name(name) if self.peek_op("(") => self.function(&name),
            Token::Name(name) => self.variable(&name),
        }
    }

    fn step(&mut self, name: &str, op: &str) -> String {
        let step = if op == "++" { 1.0 } else { -1.0 };
        let value = number_text(number(&self.get(name)) + step);
        self.set(name, value.clone());
        value
    }

    fn get(&self, name: &str) -> String {
        match name {
            "NF" => self.state.fields.len().to_string(),
            name => self.state.vars.get(name).cloned().unwrap_or_default(),
        }
    }

    fn set(&mut self, name: &str, value: String) {
        if !self.skip {
            self.state.vars.insert(name.to_owned(), value);
        }
    }

    fn variable(&mut self, name: &str) -> Option<String> {
        for op in ["++", "--"] {
            if self.take_op(op) {
                let old = self.get(name);
                self.step(name, op);
                return Some(if old.is_empty() { "0".to_owned() } else { old });
            }
        }
        for op in ["=", "+=", "-=", "*=", "/="] {
            if self.take_op(op) {
                let value = self.expression()?;
                let (a, b) = (number(&self.get(name)), number(&value));
                let value = match op {
                    "=" => value,
                    "+=" => number_text(a + b),
                    "-=" => number_text(a - b),
                    "*=" => number_text(a * b),
                    _ => number_text(a / b),
                };
                self.set(name, value.clone());
                return Some(value);
            }
        }
        Some(self.get(name))
    }

    fn function(&mut self, name: &str) -> Option<String> {
        self.at += 1;
        let mut args = Vec::new();
        while !self.take_op(")") {
            args.push(self.expression()?);
            if !self.take_op(",") && !self.peek_op(")") {
                return None;
            }
        }
        let text = args.first().cloned().unwrap_or_default();
        Some(match name {
            "length" if args.is_empty() => self.state.line.chars().count().to_string(),
            "length" => text.chars().count().to_string(),
            "toupper" => text.to_uppercase(),
            "tolower" => text.to_lowercase(),
            "int" => number_text(number(&text).trunc()),
            "index" => {
                let at = text.find(args.get(1)?.as_str());
                at.map_or(0, |i| text[..i].chars().count() + 1).to_string()
            }
            "substr" => {
                let from = (number(args.get(1)?) as usize).max(1) - 1;
                let len = args.get(2).map_or(usize::MAX, |n| number(n) as usize);
                text.chars().skip(from).take(len).collect()
            }
            _ => return None,
        })
    }
}
