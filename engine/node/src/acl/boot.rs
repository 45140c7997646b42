//! The users that a process is born with: `user` lines of redis.conf, or the file that `aclfile`
//! names (`ACLLoadUsersAtStartup`).

use std::sync::Arc;

use super::file::{broken, read_users};
use super::{Acl, DEFAULT, RuleError, Setting, User, has_spaces, merge_selectors};
use crate::Node;
use crate::api::{BootDisk, BootError, LogLevel};
use crate::config::Config;

/// What is logged when both are there.
const BOTH: &str = "Configuring Redis with users defined in redis.conf and at the same setting an \
ACL file path is invalid. This setup is very likely to lead to configuration errors and security \
holes, please define either an ACL file or declare users directly in your redis.conf, but not both.";

fn fatal(lines: &[String]) -> BootError {
    BootError { log: lines.iter().map(|l| (LogLevel::Warning, l.clone())).collect(), code: 1 }
}

/// Takes a line `user NAME RULE…` of redis.conf (here without its first word) to those before it.
///
/// # Errors
/// Redis's reason (`ACLAppendUserForLoading`).
pub(crate) fn declare(
    declared: &mut Vec<Vec<Vec<u8>>>,
    words: &[Vec<u8>],
    config_default: &Config,
) -> Result<(), String> {
    let [name, rules @ ..] = words else { return Ok(()) };
    let reason = |at: usize, error: &str| {
        // Redis counts from the rules, and looks among all words of the line.
        let said = if at == 0 { b"user".as_slice() } else { &words[at - 1] };
        Err(format!("Error in user declaration '{}': {error}", String::from_utf8_lossy(said)))
    };
    if declared.iter().any(|user| user[0] == *name) {
        return reason(1, RuleError::Duplicate.text());
    }
    let merged = match merge_selectors(rules) {
        Ok(merged) => merged,
        // Redis says what errno happens to say, which is this.
        Err(at) => return reason(at, RuleError::Unknown.text()),
    };
    let mut setting = Setting::of(config_default);
    let mut user = User::new(&setting);
    for (at, rule) in merged.iter().enumerate() {
        match user.set(rule, &mut setting) {
            // What is not known yet may be known when the process is ready.
            Ok(()) | Err(RuleError::Unknown) => {}
            Err(error) => return reason(at, error.text()),
        }
    }
    declared.push([vec![name.clone()], merged].concat());
    Ok(())
}

impl Acl {
    /// The users that the directives of a configuration make; what is to be logged is added to
    /// `log`.
    ///
    /// # Errors
    /// What ends the process, besides what was logged before.
    pub(crate) fn of_config(
        config: &Config,
        log: &mut Vec<(LogLevel, String)>,
    ) -> Result<Self, String> {
        let mut acl = Self::default();
        if !config.requirepass.is_empty() {
            acl.set_default_password(&config.requirepass);
        }
        let mut setting = Setting::of(config);
        for declared in &config.extra.users {
            let [name, rules @ ..] = declared.as_slice() else { continue };
            if has_spaces(name) {
                return Err("Spaces not allowed in ACL usernames".into());
            }
            let mut user = acl.users.get(name).cloned().unwrap_or_else(|| User::new(&setting));
            if name == DEFAULT {
                user.set(b"reset", &mut setting).map_err(|error| error.text().to_owned())?;
            }
            let shown = String::from_utf8_lossy(name).into_owned();
            for rule in rules {
                user.set(rule, &mut setting).map_err(|error| {
                    let rule = String::from_utf8_lossy(rule);
                    format!(
                        "Error loading ACL rule '{rule}' for the user named '{shown}': {}",
                        error.text()
                    )
                })?;
            }
            let warnings = setting.warnings.drain(..);
            log.extend(warnings.map(|line| (LogLevel::Warning, line)));
            if !user.on {
                let line = format!(
                    "The user '{shown}' is disabled (there is no 'on' modifier in the user \
                     description). Make sure this is not a configuration error."
                );
                log.push((LogLevel::Notice, line));
            }
            acl.put(name, user);
        }
        Ok(acl)
    }
}

impl Node {
    /// Reads the users at birth. A server that has neither lines nor a file for them keeps the one
    /// it is born with.
    pub(crate) fn boot_acl(&mut self, disk: &dyn BootDisk) -> Result<(), BootError> {
        let config = &self.config;
        let plain = config.requirepass.is_empty() && config.extra.users.is_empty();
        if plain && config.aclfile.is_empty() { Ok(()) } else { self.load_users(disk) }
    }

    #[cold]
    #[inline(never)]
    fn load_users(&mut self, disk: &dyn BootDisk) -> Result<(), BootError> {
        let name = self.config.aclfile.clone();
        if !name.is_empty() && !self.config.extra.users.is_empty() {
            return Err(fatal(&[BOTH.to_owned()]));
        }
        let mut log = Vec::new();
        let loaded = Acl::of_config(&self.config, &mut log);
        log.into_iter().for_each(|(level, line)| self.out.log(level, line));
        let loaded = loaded.map_err(|why| {
            fatal(&[why, "Critical error while loading ACLs. Exiting.".to_owned()])
        })?;
        self.acl = Arc::new(loaded);
        if name.is_empty() {
            return Ok(());
        }
        let path = self.path_of(&name);
        let ends = |errors: &str| {
            fatal(&[format!("Aborting Redis startup because of ACL errors: {errors}")])
        };
        let Some(text) = disk.read(&path) else {
            let why = disk.trouble(&path).unwrap_or_else(|| "No such file or directory".into());
            return Err(ends(&broken(&name, &why)));
        };
        let mut setting = Setting::of(&self.config);
        let users = read_users(&text, &name, &mut setting)
            .map_err(|errors| ends(&String::from_utf8_lossy(&errors)))?;
        self.log_warnings(setting);
        self.acl_mut().replace_all(users);
        Ok(())
    }
}
