//! A user: whether it is on, its passwords, and what it may do (`user` in server.h).

use engine_base::hex;
use engine_base::split::{split_args, write_quoted};
use sha2::{Digest, Sha256};

use super::selector::Selector;
use super::{RuleError, Setting, c_text};

/// A user without its name.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(super) on: bool,
    pub(super) no_pass: bool,
    /// `sanitize-payload`, `skip-sanitize-payload`, or neither was said.
    sanitize: Option<bool>,
    /// SHA-256 in lower hexadecimal digits.
    passwords: Vec<Vec<u8>>,
    /// The permissions of the user itself first; there is always one.
    pub(super) selectors: Vec<Selector>,
}

impl User {
    /// A new user: off, and nothing is allowed but what `acl-pubsub-default` allows.
    pub(super) fn new(setting: &Setting) -> Self {
        Self {
            on: false,
            no_pass: false,
            sanitize: None,
            passwords: Vec::new(),
            selectors: vec![Selector::new(setting.all_channels)],
        }
    }

    /// The user `default` as a server is born with it: no password, and everything is allowed.
    pub(super) fn all_powerful() -> Self {
        let mut user = Self::new(&Setting::new(true));
        (user.on, user.no_pass) = (true, true);
        let root = &mut user.selectors[0];
        root.set_all_commands(true);
        root.set_all_keys(true);
        user
    }

    /// Whether nothing is forbidden.
    pub(super) fn allows_everything(&self) -> bool {
        self.selectors.iter().any(Selector::allows_everything)
    }

    /// Whether everybody who connects is this user (`clientSetDefaultAuth`).
    pub(super) fn is_open(&self) -> bool {
        self.on && self.no_pass
    }

    /// Carries out one rule (`ACLSetUser`).
    pub(super) fn set(&mut self, op: &[u8], setting: &mut Setting) -> Result<(), RuleError> {
        let (Some(first), Some(last)) = (op.first(), op.last()) else { return Ok(()) };
        match c_text(op).to_ascii_lowercase().as_slice() {
            b"on" => self.on = true,
            b"off" => self.on = false,
            b"skip-sanitize-payload" => self.sanitize = Some(false),
            b"sanitize-payload" => self.sanitize = Some(true),
            b"nopass" => self.set_password(None),
            b"resetpass" => self.reset_passwords(),
            b"clearselectors" => self.selectors.truncate(1),
            b"reset" => self.reset(setting),
            _ => match first {
                b'>' | b'#' | b'<' | b'!' => return self.change_password(op),
                b'(' if *last == b')' => {
                    let mut selector = Selector::new(setting.all_channels);
                    // What has unbalanced quotes is no rule at all, as for Redis.
                    for op in split_args(&op[1..op.len() - 1]).unwrap_or_default() {
                        selector.set(&op, setting)?;
                    }
                    self.selectors.push(selector);
                }
                _ => return self.selectors[0].set(op, setting),
            },
        }
        Ok(())
    }

    fn reset(&mut self, setting: &Setting) {
        self.reset_passwords();
        self.on = false;
        self.sanitize = Some(true);
        self.selectors = vec![Selector::new(setting.all_channels)];
    }

    fn reset_passwords(&mut self) {
        self.no_pass = false;
        self.passwords.clear();
    }

    /// One password takes the place of all, or none is needed any more
    /// (`ACLUpdateDefaultUserPassword`).
    pub(super) fn set_password(&mut self, password: Option<&[u8]>) {
        self.reset_passwords();
        match password {
            Some(password) => self.passwords.push(hash(password)),
            None => self.no_pass = true,
        }
    }

    /// `>password`, `#hash`, `<password`, `!hash`
    fn change_password(&mut self, op: &[u8]) -> Result<(), RuleError> {
        let (sign, word) = (op[0], &op[1..]);
        let hash = match sign {
            b'>' | b'<' => hash(word),
            _ if is_hash(word) => word.to_vec(),
            _ => return Err(RuleError::BadHash),
        };
        let known = self.passwords.iter().position(|password| *password == hash);
        if matches!(sign, b'>' | b'#') {
            if known.is_none() {
                self.passwords.push(hash);
            }
            self.no_pass = false;
        } else {
            self.passwords.remove(known.ok_or(RuleError::NoSuchPassword)?);
        }
        Ok(())
    }

    /// The hashes of its passwords.
    pub(crate) fn passwords(&self) -> &[Vec<u8>] {
        &self.passwords
    }

    /// The permissions of the user itself, and the selectors beside them.
    pub(crate) fn selectors(&self) -> (&Selector, &[Selector]) {
        (&self.selectors[0], &self.selectors[1..])
    }

    /// Whether somebody who says this password may be this user.
    pub(super) fn accepts(&self, password: &[u8]) -> bool {
        if !self.on {
            return false;
        }
        if self.no_pass {
            return true;
        }
        let hash = hash(password);
        // However much of it is right, it takes the same time.
        let differs = |known: &Vec<u8>| {
            known.iter().zip(&hash).fold(0, |differs, (a, b)| differs | (a ^ b)) != 0
        };
        self.passwords.iter().any(|known| !differs(known))
    }

    /// The words of `flags` in `ACL GETUSER`, in the order in which they are described.
    pub(crate) fn flags(&self) -> Vec<&'static str> {
        let sanitize =
            self.sanitize.map(|on| if on { "sanitize-payload" } else { "skip-sanitize-payload" });
        let on = if self.on { "on" } else { "off" };
        [Some(on), self.no_pass.then_some("nopass"), sanitize].into_iter().flatten().collect()
    }

    /// The user as rules that make it again, and the rules of each selector beside its own.
    pub(crate) fn rules(&self, to_be_read: bool) -> (Vec<Vec<u8>>, Vec<Vec<Vec<u8>>>) {
        let (root, others) = self.selectors();
        let flags = self.flags().into_iter().map(|flag| flag.as_bytes().to_vec());
        let hashes = self.passwords.iter().map(|hash| [b"#", hash.as_slice()].concat());
        let own = flags.chain(hashes).chain(root.rules(to_be_read)).collect();
        let spell = |rule: Vec<u8>| if to_be_read { spelt(rule) } else { rule };
        let rules = |other: &Selector| other.rules(to_be_read).into_iter().map(spell).collect();
        (own, others.iter().map(rules).collect())
    }

    /// The user in one line (`ACLDescribeUser`).
    pub(super) fn describe(&self, to_be_read: bool) -> Vec<u8> {
        let (mut words, selectors) = self.rules(to_be_read);
        let one = |rules: Vec<Vec<u8>>| [b"(".as_slice(), &rules.join(&b' '), b")"].concat();
        words.extend(selectors.into_iter().map(one));
        words.join(&b' ')
    }
}

/// A rule of a selector that can be read again from among others in brackets: they are split as words
/// with quotes are, and a bracket at the end of a word would end them all.
fn spelt(rule: Vec<u8>) -> Vec<u8> {
    let plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"'\\".contains(byte);
    if rule.iter().all(plain) && rule.last() != Some(&b')') {
        return rule;
    }
    let mut quoted = Vec::new();
    write_quoted(&mut quoted, &rule);
    quoted.split(|byte| *byte == b' ').collect::<Vec<_>>().join(&b"\\x20"[..])
}

/// SHA-256 in lower hexadecimal digits (`ACLHashPassword`).
fn hash(password: &[u8]) -> Vec<u8> {
    Sha256::digest(password).iter().flat_map(|byte| hex::pair(*byte)).collect()
}

fn is_hash(word: &[u8]) -> bool {
    word.len() == 64 && word.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
