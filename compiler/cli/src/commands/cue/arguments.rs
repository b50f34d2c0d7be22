//! Flags as the reference's command line reads them (the conventions of GNU, as Go's pflag has them), put so that the
//! parser of ours takes them the same way: `--all=false`, clusters of one-letter flags, values that begin with a
//! dash, flags given again. What is wrong is told in the reference's words.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command};

/// The words of a command line after the program's name, for the commands of `tree`, which has been built.
///
/// # Errors
///
/// The message for what is no flag, a flag without its value, or a value that is no boolean.
pub fn normalized(words: &[OsString], tree: &Command) -> Result<Vec<OsString>, String> {
    let mut reader = Reader { root: tree, command: tree, out: Vec::new(), last: HashMap::new() };
    let mut words = words.iter();
    let mut subcommands = true;
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        if text == "--" {
            reader.out.push(Some(word.clone()));
            reader.out.extend(words.map(|w| Some(w.clone())));
            break;
        }
        if let Some(flag) = text.strip_prefix("--") {
            reader.long(flag, &mut words)?;
        } else if text.len() > 1 && text.starts_with('-') {
            reader.cluster(&text[1..], &mut words)?;
        } else {
            reader.out.push(Some(word.clone()));
            match reader.command.find_subcommand(OsStr::new(&*text)).filter(|_| subcommands) {
                Some(command) => reader.command = command,
                None => subcommands = false,
            }
            // What follows is not ours to read.
            let takes_all = |a: &Arg| a.is_trailing_var_arg_set();
            if reader.command.get_arguments().any(takes_all) {
                reader.out.extend(words.map(|w| Some(w.clone())));
                break;
            }
        }
    }
    Ok(reader.out.into_iter().flatten().collect())
}

struct Reader<'a> {
    root: &'a Command,
    command: &'a Command,
    /// The words, without those that later ones replaced.
    out: Vec<Option<OsString>>,
    /// Where a flag that holds one value was given last.
    last: HashMap<String, usize>,
}

impl<'a> Reader<'a> {
    fn find(&self, is: impl Fn(&Arg) -> bool) -> Option<&'a Arg> {
        let (root, command) = (self.root, self.command);
        command.get_arguments().chain(root.get_arguments().filter(|a| a.is_global_set())).find(|a| is(a))
    }

    fn unknown(&self, message: String) -> String {
        if std::ptr::eq(self.root, self.command) || !self.command.has_subcommands() {
            return message;
        }
        let name = self.command.get_name();
        format!("{name} must be run as one of its subcommands\nRun 'cue help {name}' for known subcommands.")
    }

    fn long<'w>(&mut self, flag: &str, words: &mut impl Iterator<Item = &'w OsString>) -> Result<(), String> {
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (flag, None),
        };
        let Some(arg) = self.find(|a| a.get_long() == Some(name)) else {
            return Err(self.unknown(format!("unknown flag: --{name}")));
        };
        if is_switch(arg) {
            return self.switch(arg, value.unwrap_or("true"));
        }
        match value {
            Some(value) => self.value(arg, OsStr::new(value)),
            None => match words.next() {
                Some(value) => self.value(arg, value),
                None => Err(format!("flag needs an argument: --{name}")),
            },
        }
    }

    fn cluster<'w>(
        &mut self,
        flags: &str,
        words: &mut impl Iterator<Item = &'w OsString>,
    ) -> Result<(), String> {
        let mut rest = flags;
        while let Some(c) = rest.chars().next() {
            let all = rest;
            rest = &rest[c.len_utf8()..];
            let Some(arg) = self.find(|a| a.get_short() == Some(c)) else {
                return Err(self.unknown(format!("unknown shorthand flag: {c:?} in -{all}")));
            };
            let given = rest.strip_prefix('=');
            if is_switch(arg) {
                self.switch(arg, given.unwrap_or("true"))?;
                if given.is_some() {
                    return Ok(());
                }
                continue;
            }
            return match (given, rest) {
                (Some(value), _) => self.value(arg, OsStr::new(value)),
                (None, "") => match words.next() {
                    Some(value) => self.value(arg, value),
                    None => Err(format!("flag needs an argument: {c:?} in -{all}")),
                },
                (None, value) => self.value(arg, OsStr::new(value)),
            };
        }
        Ok(())
    }

    /// A flag that is on or off; the last word counts.
    fn switch(&mut self, arg: &Arg, value: &str) -> Result<(), String> {
        let name = arg.get_long().unwrap_or_default();
        let on = boolean(value).ok_or_else(|| {
            let short = arg.get_short().map_or(String::new(), |c| format!("-{c}, "));
            format!(
                "invalid argument {value:?} for \"{short}--{name}\" flag: strconv.ParseBool: parsing {value:?}: \
                 invalid syntax"
            )
        })?;
        let word = match (takes_boolean(arg), on) {
            (true, on) => Some(format!("--{name}={on}")),
            (false, true) => Some(format!("--{name}")),
            (false, false) => None,
        };
        self.replace(arg, word.map(OsString::from));
        Ok(())
    }

    fn value(&mut self, arg: &Arg, value: &OsStr) -> Result<(), String> {
        if arg.get_long() == Some("chdir") && !self.out.is_empty() {
            return Err(format!(
                "invalid argument \"{}\" for \"-C, --chdir\" flag: must be the first argument",
                value.to_string_lossy()
            ));
        }
        let mut word = OsString::from(format!("--{}=", arg.get_long().unwrap_or_default()));
        word.push(value);
        if matches!(arg.get_action(), ArgAction::Append) {
            self.out.push(Some(word));
        } else {
            self.replace(arg, Some(word));
        }
        Ok(())
    }

    fn replace(&mut self, arg: &Arg, word: Option<OsString>) {
        if let Some(at) = self.last.insert(arg.get_id().to_string(), self.out.len()) {
            self.out[at] = None;
        }
        self.out.push(word);
    }
}

/// Whether a flag takes a boolean, and none is `true`.
fn takes_boolean(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set) && arg.get_num_args().is_some_and(|n| n.min_values() == 0)
}

fn is_switch(arg: &Arg) -> bool {
    takes_boolean(arg) || !arg.get_action().takes_values()
}

/// The spellings of a boolean in Go.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}
