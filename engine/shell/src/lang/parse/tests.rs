use super::*;

fn fails(text: &str) -> ParseError {
    parse(text).unwrap_err()
}

#[test]
fn what_needs_more_lines() {
    for text in [
        "cat > f <<EOF",
        "cat > f <<EOF\nport 6380\n",
        "echo 'open",
        "for p in 1 2; do echo $p",
        "ls |",
        "true &&",
        "echo $(date",
        "if true; then",
    ] {
        assert_eq!(fails(text), ParseError::Incomplete, "{text}");
    }
}

#[test]
fn what_cannot_stand_there() {
    assert_eq!(fails("ls )"), ParseError::Unexpected(")".to_owned()));
    assert_eq!(fails("; ls"), ParseError::Unexpected(";".to_owned()));
    assert_eq!(fails("| ls"), ParseError::Unexpected("|".to_owned()));
    assert_eq!(fails("done"), ParseError::Unexpected("done".to_owned()));
}

#[test]
fn a_list_of_everything() {
    let list =
        parse("mkdir -p a/{b,c} && cat f | grep -v x > out 2>&1; sleep 1 & # remark").unwrap();
    assert_eq!(list.0.len(), 3);
    assert_eq!(list.0[1].0, Join::And);
    assert_eq!(list.0[1].1.commands.len(), 2);
    assert!(list.0[2].2, "in the background");
    let Command::Simple { redirects, words, .. } = &list.0[1].1.commands[1] else { panic!() };
    assert_eq!(words.len(), 3);
    assert_eq!(redirects[1], Redirect { fd: 2, target: Target::Dup(1) });
}

#[test]
fn two_here_documents_in_one_text() {
    let list = parse("cat <<A; cat <<'B'\none $x\nA\ntwo $x\nB\necho end\n").unwrap();
    assert_eq!(list.0.len(), 3);
    let body = |i: usize| match &list.0[i].1.commands[0] {
        Command::Simple { redirects, .. } => redirects[0].clone(),
        _ => panic!(),
    };
    let Target::Here(first) = body(0).target else { panic!() };
    assert!(
        first.iter().any(|a| matches!(a, super::super::ast::Atom::Var { name, .. } if name == "x"))
    );
    let Target::Here(second) = body(1).target else { panic!() };
    let text: String = second.iter().filter_map(super::super::word::any_char).collect();
    assert_eq!(text, "two $x\n");
}
