//! `awk`: patterns and actions over fields, as much as is typed at a Redis host: `print`,
//! `printf`, variables, `if`, `next`, `BEGIN`, `END`, `-F`, `-v`.

use super::awk_expr::{Eval, State, Token, number, tokens};
use super::regexp::{Syntax, compile};
use super::{Context, lines_of};

/// One rule: when, and what. Without an action the line is printed.
struct Rule {
    when: When,
    action: Option<Vec<Token>>,
}

enum When {
    Always,
    Begin,
    End,
    Expression(Vec<Token>),
}

/// Whether the line goes on to the next rule.
enum Flow {
    On,
    Next,
    Exit,
}

pub(crate) async fn run(c: Context) -> i32 {
    let mut separator = String::from(" ");
    let mut state = State::default();
    let mut operands = Vec::new();
    let mut args = c.args[1..].iter();
    while let Some(arg) = args.next() {
        let value = |inline: &str, args: &mut std::slice::Iter<'_, String>| {
            if inline.is_empty() {
                args.next().cloned().unwrap_or_default()
            } else {
                inline.to_owned()
            }
        };
        if !operands.is_empty() {
            operands.push(arg.clone());
        } else if let Some(inline) = arg.strip_prefix("-F") {
            separator = value(inline, &mut args);
        } else if let Some(inline) = arg.strip_prefix("-v") {
            if let Some((name, value)) = value(inline, &mut args).split_once('=') {
                state.vars.insert(name.to_owned(), value.to_owned());
            }
        } else {
            operands.push(arg.clone());
        }
    }
    let Some((program, files)) = operands.split_first() else {
        c.io.err("Usage: awk [POSIX or GNU style options] [--] 'program' file ...\n");
        return 2;
    };
    let Some(rules) = tokens(program).and_then(|tokens| rules(&tokens)) else {
        c.io.err(format!("awk: cmd. line:1: {program}\nawk: cmd. line:1: ^ syntax error\n"));
        return 1;
    };
    state.vars.entry("OFS".to_owned()).or_insert_with(|| " ".to_owned());
    let mut machine =
        Machine { rules: &rules, state, separator, out: String::new(), failed: false, depth: 0 };
    let done = machine.each(|w| matches!(w, When::Begin));
    let only_begin = rules.iter().all(|r| matches!(r.when, When::Begin));
    let mut code = 0;
    if !only_begin && !matches!(done, Flow::Exit) {
        let (text, failed) = c.input(files).await;
        code = if failed == 0 { 0 } else { 2 };
        for (i, line) in lines_of(&text).enumerate() {
            machine.set_line(&String::from_utf8_lossy(line), i + 1);
            if matches!(
                machine.each(|w| matches!(w, When::Always | When::Expression(_))),
                Flow::Exit
            ) {
                break;
            }
        }
        machine.each(|w| matches!(w, When::End));
    }
    c.io.out(&machine.out);
    if machine.failed {
        c.io.err(format!("awk: cmd. line:1: {program}\nawk: cmd. line:1: ^ syntax error\n"));
        return 2;
    }
    code
}

fn rules(tokens: &[Token]) -> Option<Vec<Rule>> {
    let mut rules = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if matches!(tokens[at], Token::Op(";" | "\n")) {
            at += 1;
            continue;
        }
        let start = at;
        while at < tokens.len() && !matches!(tokens[at], Token::Op("{" | ";" | "\n")) {
            at += 1;
        }
        let when = match &tokens[start..at] {
            [] => When::Always,
            [Token::Name(name)] if name == "BEGIN" => When::Begin,
            [Token::Name(name)] if name == "END" => When::End,
            expression => When::Expression(expression.to_vec()),
        };
        let mut action = None;
        if tokens.get(at) == Some(&Token::Op("{")) {
            let end = closing(tokens, at)?;
            action = Some(tokens[at + 1..end].to_vec());
            at = end + 1;
        }
        rules.push(Rule { when, action });
    }
    Some(rules)
}

/// Where the brace at `open` closes.
fn closing(tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Op("{") => depth += 1,
            Token::Op("}") => {
                depth -= 1;
                if depth == 0 {
                    return Some(i);
                }
            }
            _ => {}
        }
    }
    None
}

/// Blocks may nest so deep.
const DEPTH_MAX: usize = 60;

struct Machine<'a> {
    rules: &'a [Rule],
    state: State,
    separator: String,
    out: String,
    failed: bool,
    depth: usize,
}

impl Machine<'_> {
    fn set_line(&mut self, line: &str, number: usize) {
        let separator = self.state.vars.get("FS").unwrap_or(&self.separator);
        self.state.fields = match separator.as_str() {
            " " => line.split_whitespace().map(str::to_owned).collect(),
            "\\t" => line.split('\t').map(str::to_owned).collect(),
            one if one.chars().count() == 1 => line.split(one).map(str::to_owned).collect(),
            pattern => match compile(pattern, Syntax::Extended, false) {
                Some(regex) => regex.split(line),
                None => vec![line.to_owned()],
            },
        };
        if line.is_empty() {
            self.state.fields.clear();
        }
        line.clone_into(&mut self.state.line);
        self.state.vars.insert("NR".to_owned(), number.to_string());
    }

    fn each(&mut self, which: impl Fn(&When) -> bool) -> Flow {
        let rules = self.rules;
        for rule in rules.iter().filter(|r| which(&r.when)) {
            if let When::Expression(tokens) = &rule.when {
                let value = self.eval(tokens, &mut 0);
                if value.is_none_or(|v| v.is_empty() || v == "0") {
                    continue;
                }
            }
            match &rule.action {
                None => {
                    self.out.push_str(&self.state.line);
                    self.out.push('\n');
                }
                Some(action) => match self.statements(action) {
                    Flow::On => {}
                    Flow::Next => return Flow::Next,
                    Flow::Exit => return Flow::Exit,
                },
            }
        }
        Flow::On
    }

    fn eval(&mut self, tokens: &[Token], at: &mut usize) -> Option<String> {
        let mut eval = Eval { tokens, at: *at, state: &mut self.state, skip: false, depth: 0 };
        let value = eval.expression();
        *at = eval.at;
        self.failed |= value.is_none();
        value
    }

    fn statements(&mut self, tokens: &[Token]) -> Flow {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.fail();
        }
        let mut at = 0;
        let mut flow = Flow::On;
        while at < tokens.len() && !self.failed && matches!(flow, Flow::On) {
            flow = self.statement(tokens, &mut at);
        }
        self.depth -= 1;
        flow
    }

    fn statement(&mut self, tokens: &[Token], at: &mut usize) -> Flow {
        match tokens.get(*at) {
            None => {}
            Some(Token::Op(";" | "\n")) => *at += 1,
            Some(Token::Op("{")) => {
                let Some(end) = closing(tokens, *at) else { return self.fail() };
                let inner = tokens[*at + 1..end].to_vec();
                *at = end + 1;
                return self.statements(&inner);
            }
            Some(Token::Name(name)) if name == "next" => return Flow::Next,
            Some(Token::Name(name)) if name == "exit" => return Flow::Exit,
            Some(Token::Name(name)) if name == "if" => return self.branch(tokens, at),
            Some(Token::Name(name)) if name == "print" || name == "printf" => {
                let format = name == "printf";
                *at += 1;
                let Some(values) = self.list(tokens, at) else { return self.fail() };
                self.print(&values, format);
            }
            Some(_) if self.eval(tokens, at).is_none() => return self.fail(),
            Some(_) => {}
        }
        Flow::On
    }

    fn fail(&mut self) -> Flow {
        self.failed = true;
        Flow::Exit
    }

    /// `if (…) one; else other`
    fn branch(&mut self, tokens: &[Token], at: &mut usize) -> Flow {
        *at += 1;
        if tokens.get(*at) != Some(&Token::Op("(")) {
            return self.fail();
        }
        *at += 1;
        let Some(value) = self.eval(tokens, at) else { return self.fail() };
        if tokens.get(*at) != Some(&Token::Op(")")) {
            return self.fail();
        }
        *at += 1;
        let so = !(value.is_empty() || value == "0");
        let one = part(tokens, *at);
        let mut after = one;
        while matches!(tokens.get(after), Some(Token::Op(";" | "\n"))) {
            after += 1;
        }
        let has_else = matches!(tokens.get(after), Some(Token::Name(n)) if n == "else");
        let (from, to) = (*at, one);
        let other = if has_else { (after + 1, part(tokens, after + 1)) } else { (one, one) };
        *at = if has_else { other.1 } else { one };
        let (from, to) = if so { (from, to) } else { other };
        let inner = tokens[from..to].to_vec();
        self.statements(&inner)
    }

    fn list(&mut self, tokens: &[Token], at: &mut usize) -> Option<Vec<String>> {
        let mut values = Vec::new();
        let bracket = tokens.get(*at) == Some(&Token::Op("("))
            && matches!(after_bracket(tokens, *at), None | Some(Token::Op(";" | "}" | "\n")));
        if bracket {
            *at += 1;
        }
        while !matches!(tokens.get(*at), None | Some(Token::Op(";" | "}" | "\n" | ")"))) {
            values.push(self.eval(tokens, at)?);
            if tokens.get(*at) == Some(&Token::Op(",")) {
                *at += 1;
            } else {
                break;
            }
        }
        if bracket {
            *at += 1;
        }
        Some(values)
    }

    fn print(&mut self, values: &[String], format: bool) {
        if format {
            let text = formatted(values);
            self.out.push_str(&text);
        } else if values.is_empty() {
            self.out.push_str(&self.state.line);
            self.out.push('\n');
        } else {
            let between = self.state.vars.get("OFS").cloned().unwrap_or_default();
            self.out.push_str(&values.join(&between));
            self.out.push('\n');
        }
    }
}

/// Where the statement that begins at `at` ends.
fn part(tokens: &[Token], at: usize) -> usize {
    if tokens.get(at) == Some(&Token::Op("{")) {
        return closing(tokens, at).map_or(tokens.len(), |end| end + 1);
    }
    let mut end = at;
    while end < tokens.len() && !matches!(tokens[end], Token::Op(";" | "\n" | "}")) {
        end += 1;
    }
    end
}

fn after_bracket(tokens: &[Token], open: usize) -> Option<Token> {
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Op("(") => depth += 1,
            Token::Op(")") => {
                depth -= 1;
                if depth == 0 {
                    return tokens.get(i + 1).cloned();
                }
            }
            _ => {}
        }
    }
    None
}

fn formatted(values: &[String]) -> String {
    let Some((format, values)) = values.split_first() else { return String::new() };
    let mut values = values.iter();
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = String::new();
        for c in chars.by_ref() {
            if !c.is_ascii_alphabetic() && c != '%' {
                spec.push(c);
                continue;
            }
            let value = if c == '%' { "%" } else { values.next().map_or("", String::as_str) };
            let (width, precision) = spec.split_once('.').unwrap_or((&spec, ""));
            let left = width.starts_with('-');
            let zero = width.starts_with('0');
            let width: usize = width.trim_start_matches('-').parse().unwrap_or(0).min(500);
            let precision = precision.parse::<usize>().ok().map(|p| p.min(30));
            let text = match c {
                'd' | 'i' => format!("{}", number(value) as i64),
                'f' => format!("{:.*}", precision.unwrap_or(6), number(value)),
                's' => value.chars().take(precision.unwrap_or(usize::MAX)).collect(),
                _ => value.to_owned(),
            };
            out.push_str(&match (left, zero) {
                (true, _) => format!("{text:<width$}"),
                (false, true) => format!("{text:0>width$}"),
                (false, false) => format!("{text:>width$}"),
            });
            break;
        }
    }
    out
}
