//! Package `path`: paths as text, in the manner of Unix, Windows or Plan 9. The names of other systems mean Unix.

use vela_eval::data::Data;

use crate::args::{Args, Outcome, fail, ok, texts};
use crate::signature::{CallError, Function, Kinds, Param, Reads};
use crate::table::{BOOL, LIST, STRING, function, p, strings};

/// The names a system may have, after the three that differ.
macro_rules! systems {
    ($first:literal) => {
        concat!(
            $first,
            r#" | "aix" | "android" | "darwin" | "dragonfly" | "freebsd" | "hurd" | "illumos" | "ios" | "js""#,
            r#" | "linux" | "nacl" | "netbsd" | "openbsd" | "solaris" | "zos""#
        )
    };
}

const fn system(schema: &'static str) -> Param {
    Param { name: "os", kinds: Kinds::STRING, schema: Some(schema), reads: Reads::Value }
}

/// The system, Unix unless given.
const UNIX: Param = system(systems!(r#"*"unix" | "windows" | "plan9""#));
/// The system, Windows unless given.
const WINDOWS: Param = system(systems!(r#"*"windows" | "unix" | "plan9""#));
/// The system, which must be given.
const REQUIRED: Param = system(systems!(r#""unix" | "windows" | "plan9""#));

#[derive(Clone, Copy, PartialEq, Eq)]
enum Os {
    Unix,
    Windows,
    Plan9,
}

fn os(args: Args<'_>, i: usize) -> Result<Os, CallError> {
    Ok(match args.text(i)? {
        "windows" => Os::Windows,
        "plan9" => Os::Plan9,
        _ => Os::Unix,
    })
}

impl Os {
    fn separator(self) -> char {
        if self == Os::Windows { '\\' } else { '/' }
    }

    fn is_separator(self, c: char) -> bool {
        c == '/' || (c == '\\' && self == Os::Windows)
    }

    fn native(self, path: &str) -> String {
        if self == Os::Windows { path.replace('/', "\\") } else { path.into() }
    }

    fn is_absolute(self, path: &str) -> bool {
        match self {
            Os::Unix => path.starts_with('/'),
            Os::Plan9 => path.starts_with(['/', '#']),
            Os::Windows => {
                let volume = volume(path, self);
                is_reserved(path)
                    || (!volume.is_empty() && path[volume.len()..].starts_with(|c| self.is_separator(c)))
            }
        }
    }

    fn same_word(self, a: &str, b: &str) -> bool {
        let fold = |s: &str| s.chars().map(crate::strings::lower).collect::<String>();
        a == b || (self == Os::Windows && fold(a) == fold(b))
    }
}

/// Device names of Windows.
fn is_reserved(path: &str) -> bool {
    let name = path.to_ascii_uppercase();
    match name.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" => true,
        _ => {
            let digit = name.strip_prefix("COM").or_else(|| name.strip_prefix("LPT"));
            digit.is_some_and(|d| matches!(d.as_bytes(), [b'1'..=b'9']))
        }
    }
}

/// The volume a Windows path begins with: `C:` or `\\host\share`.
fn volume(path: &str, os: Os) -> &str {
    let bytes = path.as_bytes();
    if os != Os::Windows || bytes.len() < 2 {
        return "";
    }
    if bytes[1] == b':' && bytes[0].is_ascii_alphabetic() {
        return &path[..2];
    }
    let slash = |i: usize| matches!(bytes.get(i), Some(b'/' | b'\\'));
    if bytes.len() < 5 || !slash(0) || !slash(1) || slash(2) || bytes[2] == b'.' {
        return "";
    }
    // The host ends at the next slash, which neither another slash nor a dot follows.
    let Some(end) = (3..bytes.len() - 1).find(|i| slash(*i)) else { return "" };
    let share = end + 1;
    if slash(share) || bytes[share] == b'.' {
        return "";
    }
    let end = (share..bytes.len()).find(|i| slash(*i)).unwrap_or(bytes.len());
    &path[..end]
}

/// The shortest equal path: no empty elements, no `.`, no `..` after an element.
fn clean_path(path: &str, os: Os) -> String {
    let volume = volume(path, os);
    let rest = &path[volume.len()..];
    if rest.is_empty() {
        let unc = volume.len() > 1 && path.as_bytes()[1] != b':';
        return if unc { os.native(path) } else { format!("{path}.") };
    }
    let rooted = rest.starts_with(|c| os.is_separator(c));
    let mut kept: Vec<&str> = Vec::new();
    for element in rest.split(|c| os.is_separator(c)) {
        match element {
            "" | "." => {}
            ".." => match kept.last() {
                Some(last) if *last != ".." => {
                    kept.pop();
                }
                _ if rooted => {}
                _ => kept.push(".."),
            },
            element => kept.push(element),
        }
    }
    let separator = os.separator().to_string();
    let mut out = os.native(volume);
    if rooted {
        out.push_str(&separator);
    }
    out.push_str(&kept.join(&separator));
    if !rooted && kept.is_empty() {
        out.push('.');
    }
    out
}

fn join_elements(elements: &[&str], os: Os) -> String {
    let Some(first) = elements.iter().position(|e| !e.is_empty()) else {
        return String::new();
    };
    let elements = &elements[first..];
    let separator = os.separator().to_string();
    let all = |parts: &[&str]| parts.join(&separator);
    if os != Os::Windows {
        return clean_path(&all(elements), os);
    }
    if matches!(elements[0].as_bytes(), [_, b':']) {
        // A drive without a slash: the path stays relative to the drive's current folder.
        let next = elements[1..].iter().position(|e| !e.is_empty());
        let tail = next.map_or(&[][..], |i| &elements[1 + i..]);
        return clean_path(&format!("{}{}", elements[0], all(tail)), os);
    }
    let unc = |path: &str| volume(path, os).len() > 2;
    let whole = clean_path(&all(elements), os);
    let head = clean_path(elements[0], os);
    if !unc(&whole) || unc(&head) {
        return whole;
    }
    // Joining must not make a network path of elements that are none.
    let tail = clean_path(&all(&elements[1..]), os);
    if head.ends_with('\\') { format!("{head}{tail}") } else { format!("{head}\\{tail}") }
}

fn clean(args: &[Data]) -> Outcome {
    let a = Args(args);
    ok(clean_path(a.text(0)?, os(a, 1)?))
}

fn to_slash(args: &[Data]) -> Outcome {
    let a = Args(args);
    let path = a.text(0)?;
    ok(if os(a, 1)? == Os::Windows { path.replace('\\', "/") } else { path.into() })
}

fn from_slash(args: &[Data]) -> Outcome {
    let a = Args(args);
    ok(os(a, 1)?.native(a.text(0)?))
}

fn split_list(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (list, os) = (a.text(0)?, os(a, 1)?);
    if list.is_empty() {
        return ok(Vec::new());
    }
    match os {
        Os::Unix => texts(list.split(':')),
        Os::Plan9 => texts(list.split('\0')),
        Os::Windows => {
            let mut quoted = false;
            let parts = list.split(|c| {
                quoted ^= c == '"';
                c == ';' && !quoted
            });
            texts(parts.map(|part| part.replace('"', "")))
        }
    }
}

/// Where the last element of a path starts.
fn last_element(path: &str, os: Os) -> usize {
    let volume = volume(path, os).len();
    path[volume..].rfind(|c| os.is_separator(c)).map_or(volume, |i| volume + i + 1)
}

fn split(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (path, os) = (a.text(0)?, os(a, 1)?);
    let (folder, file) = path.split_at(last_element(path, os));
    texts([folder, file])
}

fn join(args: &[Data]) -> Outcome {
    let a = Args(args);
    ok(join_elements(&a.texts(0)?, os(a, 1)?))
}

fn ext(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (path, os) = (a.text(0)?, os(a, 1)?);
    let start = path.rfind(|c| os.is_separator(c)).map_or(0, |i| i + 1);
    ok(path[start..].rfind('.').map_or("", |i| &path[start + i..]))
}

fn resolve(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (folder, sub, os) = (a.text(0)?, a.text(1)?, os(a, 2)?);
    if os.is_absolute(sub) {
        return ok(clean_path(sub, os));
    }
    ok(join_elements(&[&clean_path(folder, os), sub], os))
}

fn rel(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (base_path, target_path, os) = (a.text(0)?, a.text(1)?, os(a, 2)?);
    let (base_volume, target_volume) = (volume(base_path, os), volume(target_path, os));
    let (base, target) = (clean_path(base_path, os), clean_path(target_path, os));
    if os.same_word(&base, &target) {
        return ok(".");
    }
    let base = &base[base_volume.len()..];
    let base = if base == "." { "" } else { base };
    let target = &target[target_volume.len()..];
    let separator = os.separator();
    let no_way = || fail(format!("Rel: can't make {target_path} relative to {base_path}"));
    if base.starts_with(separator) != target.starts_with(separator)
        || !os.same_word(base_volume, target_volume)
    {
        return no_way();
    }
    let words = |path: &str| -> Vec<String> {
        path.split(separator).filter(|w| !w.is_empty()).map(String::from).collect()
    };
    let (base, target) = (words(base), words(target));
    let shared = base.iter().zip(&target).take_while(|(a, b)| os.same_word(a, b)).count();
    if base.get(shared).is_some_and(|w| w == "..") {
        return no_way();
    }
    let up = std::iter::repeat_n("..", base.len() - shared);
    let down = target[shared..].iter().map(String::as_str);
    ok(up.chain(down).collect::<Vec<_>>().join(&separator.to_string()))
}

fn base(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (path, os) = (a.text(0)?, os(a, 1)?);
    if path.is_empty() {
        return ok(".");
    }
    let path = path.trim_end_matches(|c| os.is_separator(c));
    let path = &path[volume(path, os).len()..];
    let name = path.rsplit(|c| os.is_separator(c)).next().unwrap_or("");
    ok(if name.is_empty() { os.separator().to_string() } else { name.to_string() })
}

fn dir(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (path, os) = (a.text(0)?, os(a, 1)?);
    let volume = volume(path, os);
    let folder = clean_path(&path[volume.len()..last_element(path, os)], os);
    if folder == "." && volume.len() > 2 {
        return ok(volume);
    }
    ok(format!("{volume}{folder}"))
}

fn is_abs(args: &[Data]) -> Outcome {
    let a = Args(args);
    ok(os(a, 1)?.is_absolute(a.text(0)?))
}

fn volume_name(args: &[Data]) -> Outcome {
    let a = Args(args);
    ok(volume(a.text(0)?, os(a, 1)?))
}

/// One position of a pattern between stars.
enum Token {
    Char(char),
    /// Any but a separator.
    Any,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

const BAD_PATTERN: &str = "syntax error in pattern";

/// Cuts off the part up to the next star: whether it begins with one, its tokens' text, and the rest.
fn chunk(pattern: &str, os: Os) -> Result<(bool, &str, &str), CallError> {
    let star = pattern.starts_with('*');
    let body = pattern.strip_prefix('*').unwrap_or(pattern);
    if star && body.starts_with('*') {
        return fail("'**' is not supported in patterns as of yet");
    }
    let mut escaped = false;
    let mut in_class = false;
    let end = body.find(|c| {
        if std::mem::take(&mut escaped) {
            return false;
        }
        match c {
            '\\' => escaped = os != Os::Windows,
            '[' => in_class = true,
            ']' => in_class = false,
            '*' => return !in_class,
            _ => {}
        }
        false
    });
    let (text, rest) = body.split_at(end.unwrap_or(body.len()));
    Ok((star, text, rest))
}

fn tokens(text: &str, os: Os) -> Result<Vec<Token>, CallError> {
    let bad = || CallError::Fatal(BAD_PATTERN.into());
    let mut out = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(match c {
            '?' => Token::Any,
            '\\' if os != Os::Windows => Token::Char(chars.next().ok_or_else(bad)?),
            '[' => {
                let negated = chars.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                let member = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
                    let c = chars.next().filter(|c| !matches!(c, '-' | ']')).ok_or_else(bad)?;
                    let escape = c == '\\' && os != Os::Windows;
                    let c = if escape { chars.next().ok_or_else(bad)? } else { c };
                    // Something must follow: the class is not closed yet.
                    chars.peek().map(|_| c).ok_or_else(bad)
                };
                while ranges.is_empty() || chars.next_if_eq(&']').is_none() {
                    let low = member(&mut chars)?;
                    let ranged = chars.next_if_eq(&'-').is_some();
                    let high = if ranged { member(&mut chars)? } else { low };
                    ranges.push((low, high));
                }
                Token::Class { negated, ranges }
            }
            c => Token::Char(c),
        });
    }
    Ok(out)
}

/// What is left of `text` after the tokens matched its start.
fn match_start<'t>(tokens: &[Token], text: &'t str, os: Os) -> Option<&'t str> {
    let mut chars = text.chars();
    for token in tokens {
        let c = chars.next()?;
        let matched = match token {
            Token::Char(want) => c == *want,
            Token::Any => c != os.separator(),
            Token::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        };
        if !matched {
            return None;
        }
    }
    Some(chars.as_str())
}

fn matches(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (mut pattern, mut name, os) = (a.text(0)?, a.text(1)?, os(a, 2)?);
    while !pattern.is_empty() {
        let (star, text, rest) = chunk(pattern, os)?;
        pattern = rest;
        if star && text.is_empty() {
            return ok(!name.contains(os.separator()));
        }
        let tokens = tokens(text, os)?;
        let last = pattern.is_empty();
        let fits =
            |from: &str| match_start(&tokens, from, os).filter(|left| !last || left.is_empty()).map(str::len);
        // A star skips any number of characters, but no separator.
        let mut at = fits(name);
        if star && at.is_none() {
            let reach = name.find(os.separator()).unwrap_or(name.len());
            let starts = name[..reach].char_indices().map(|(i, c)| i + c.len_utf8());
            at = starts.into_iter().find_map(|i| fits(&name[i..]));
        }
        match at {
            Some(left) => name = &name[name.len() - left..],
            None => {
                while !pattern.is_empty() {
                    pattern = chunk(pattern, os)?.2;
                }
                return ok(false);
            }
        }
    }
    ok(name.is_empty())
}

const PKG: &str = "path";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "Base", &[p("path", STRING), UNIX], STRING, "The last element of the path.", base),
    function(PKG, "Clean", &[p("path", STRING), UNIX], STRING, "The shortest path that means the same.", clean),
    function(PKG, "Dir", &[p("path", STRING), UNIX], STRING, "The path without its last element.", dir),
    function(PKG, "Ext", &[p("path", STRING), UNIX], STRING, "The file name extension with its dot.", ext),
    function(PKG, "FromSlash", &[p("path", STRING), REQUIRED], STRING, "The path with slashes replaced by the system's separator.", from_slash),
    function(PKG, "IsAbs", &[p("path", STRING), UNIX], BOOL, "Whether the path is absolute.", is_abs),
    function(PKG, "Join", &[strings("elem"), UNIX], STRING, "The elements as one path, cleaned.", join),
    function(PKG, "Match", &[p("pattern", STRING), p("name", STRING), UNIX], BOOL, "Whether the name matches the shell pattern of `*`, `?`, `[…]`.", matches),
    function(PKG, "Rel", &[p("basepath", STRING), p("targpath", STRING), UNIX], STRING, "The path that leads from `basepath` to `targpath`.", rel),
    function(PKG, "Resolve", &[p("dir", STRING), p("sub", STRING), UNIX], STRING, "`sub` seen from `dir`: itself if absolute, else joined.", resolve),
    function(PKG, "Split", &[p("path", STRING), UNIX], LIST, "The folder with its separator, and the file name.", split),
    function(PKG, "SplitList", &[p("path", STRING), REQUIRED], LIST, "The paths of a list such as `$PATH`.", split_list),
    function(PKG, "ToSlash", &[p("path", STRING), REQUIRED], STRING, "The path with the system's separators replaced by slashes.", to_slash),
    function(PKG, "VolumeName", &[p("path", STRING), WINDOWS], STRING, "The volume the path begins with.", volume_name),
];

pub(crate) const CONSTANTS: &[(&str, &str)] =
    &[("Plan9", r#""plan9""#), ("Unix", r#""unix""#), ("Windows", r#""windows""#)];
