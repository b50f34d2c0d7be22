//! Regular expressions in RE2 syntax (Go's `regexp`), run by the `regex` crate. Used by `=~`, `!~` and the
//! builtin package `regexp`.
//!
//! Both engines are linear and leftmost-first; their syntaxes differ, so a pattern is checked by Go's rules
//! (with Go's error texts) and written anew in the other's: classes as code point ranges, assertions spelled
//! out, flags resolved except case folding. Facts: Go's package `regexp/syntax`.

use std::sync::Arc;

use regex::{Captures, Regex, RegexBuilder};

/// Deepest nesting of groups and repetitions, as in Go.
const MAX_DEPTH: usize = 1000;

/// Largest count of a repetition, alone and multiplied with those around it.
const MAX_REPEAT: u64 = 1000;

/// Bytes a compiled pattern may take.
const SIZE_LIMIT: usize = 32 << 20;

/// Nesting above which compiling gets a stack of its own.
const SHALLOW: usize = 32;

/// Stack for compiling a deeply nested pattern.
const DEEP_STACK: usize = 32 << 20;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Regexp {
    regex: Regex,
    /// Names of the groups; the first is the whole match. Names may repeat.
    names: Arc<[Option<Arc<str>>]>,
}

impl Regexp {
    /// Compiles `pattern`. The error is Go's text: ``error parsing regexp: missing closing ): `a(b` ``.
    ///
    /// Costs time proportional to the size of the automaton; callers keep the result per pattern.
    pub fn new(pattern: &str) -> Result<Regexp, String> {
        let fail = |(what, at): Fault<'_>| format!("error parsing regexp: {what}: `{at}`");
        let translated = Translator::new(pattern).run().map_err(fail)?;
        let build = || {
            RegexBuilder::new(&translated.out).size_limit(SIZE_LIMIT).nest_limit(8 * MAX_DEPTH as u32).build()
        };
        let regex = if translated.deepest > SHALLOW { stacker::grow(DEEP_STACK, build) } else { build() };
        match regex {
            Ok(regex) => Ok(Regexp { regex, names: translated.names.into() }),
            // Only the size can fail: the translation is well-formed.
            Err(_) => Err(fail(("expression too large", pattern))),
        }
    }

    /// Whether the pattern matches anywhere in `text`.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Names of the groups by number; number 0 is the whole match and has none.
    pub fn group_names(&self) -> &[Option<Arc<str>>] {
        &self.names
    }

    /// The leftmost match.
    pub fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.regex.find(text).map(|m| m.as_str())
    }

    /// The groups of the leftmost match; a group that took no part is `""`.
    pub fn find_groups<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        self.regex.captures(text).map(|c| groups(&c))
    }

    /// The successive matches, at most `limit`. An empty match right after a match does not count.
    pub fn find_all<'t>(&self, text: &'t str, limit: usize) -> Vec<&'t str> {
        self.regex.find_iter(text).take(limit).map(|m| m.as_str()).collect()
    }

    /// The groups of the successive matches, at most `limit`.
    pub fn find_all_groups<'t>(&self, text: &'t str, limit: usize) -> Vec<Vec<&'t str>> {
        self.regex.captures_iter(text).take(limit).map(|c| groups(&c)).collect()
    }

    /// `text` with every match replaced by `with(groups)`.
    pub fn replace_all(&self, text: &str, mut with: impl FnMut(&[&str], &mut String)) -> String {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for captures in self.regex.captures_iter(text) {
            let Some(whole) = captures.get(0) else {
                continue;
            };
            out.push_str(&text[done..whole.start()]);
            with(&groups(&captures), &mut out);
            done = whole.end();
        }
        out.push_str(&text[done..]);
        out
    }
}

fn groups<'t>(captures: &Captures<'t>) -> Vec<&'t str> {
    captures.iter().map(|g| g.map_or("", |m| m.as_str())).collect()
}

/// A syntax error: Go's name for it and the part of the pattern it quotes.
type Fault<'p> = (&'static str, &'p str);

const BAD_CLASS: &str = "invalid character class range";
const BAD_ESCAPE: &str = "invalid escape sequence";
const BAD_REPEAT: &str = "invalid repeat count";
const BAD_PERL: &str = "invalid or unsupported Perl syntax";

/// Flags that matter while translating.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Flags {
    fold: bool,
    multi_line: bool,
    dot_all: bool,
    ungreedy: bool,
}

/// The expression a repetition would apply to.
#[derive(Clone, Copy)]
struct Atom {
    /// Where it starts in the output.
    start: usize,
    /// Height of its tree.
    height: usize,
    /// Largest product of nested counts inside.
    counts: u64,
    repeated: bool,
}

/// An open group: what to restore at its end, and what it gathered.
struct Group {
    start: usize,
    flags: Flags,
    /// The folding the output has at the group's start.
    emitted_fold: bool,
    height: usize,
    counts: u64,
}

struct Translated {
    out: String,
    names: Vec<Option<Arc<str>>>,
    deepest: usize,
}

struct Translator<'p> {
    pattern: &'p str,
    rest: &'p str,
    out: String,
    names: Vec<Option<Arc<str>>>,
    flags: Flags,
    /// The folding in force in the output; written lazily, before the next atom.
    emitted_fold: bool,
    groups: Vec<Group>,
    atom: Option<Atom>,
    /// Height and counts of what the innermost open group holds so far.
    height: usize,
    counts: u64,
    deepest: usize,
}

impl<'p> Translator<'p> {
    fn new(pattern: &'p str) -> Translator<'p> {
        Translator {
            pattern,
            rest: pattern,
            out: String::with_capacity(pattern.len() + 16),
            names: vec![None],
            flags: Flags { fold: false, multi_line: false, dot_all: false, ungreedy: false },
            emitted_fold: false,
            groups: Vec::new(),
            atom: None,
            height: 1,
            counts: 1,
            deepest: 0,
        }
    }

    fn run(mut self) -> Result<Translated, Fault<'p>> {
        // The text of a repetition that directly precedes, for the error about nesting them.
        let mut last_repeat: Option<&'p str> = None;
        while let Some(c) = self.rest.chars().next() {
            let before = self.rest;
            let mut repeat = None;
            match c {
                '(' if before.starts_with("(?") => self.perl_group()?,
                '(' => {
                    self.advance(1);
                    self.names.push(None);
                    self.open("(")?;
                }
                ')' => self.close()?,
                '|' => {
                    self.advance(1);
                    self.out.push('|');
                    self.atom = None;
                }
                '^' => self.assertion(1, if self.flags.multi_line { "(?m:^)" } else { r"\A" }),
                '$' => self.assertion(1, if self.flags.multi_line { "(?m:$)" } else { r"\z" }),
                '.' => self.assertion(1, if self.flags.dot_all { "(?s:.)" } else { r"[^\n]" }),
                '[' => self.class()?,
                '*' | '+' | '?' => {
                    self.advance(1);
                    let (min, max) = match c {
                        '*' => (0, None),
                        '+' => (1, None),
                        _ => (0, Some(1)),
                    };
                    self.repeat(c.encode_utf8(&mut [0; 4]), before, last_repeat, min, max, false)?;
                    repeat = Some(before);
                }
                '{' => match counts(before) {
                    None => self.literal('{', 1),
                    Some((min, max, length)) => {
                        self.advance(length);
                        let max_count = max.unwrap_or(min);
                        if min > MAX_REPEAT || max_count > MAX_REPEAT || min > max_count {
                            return Err((BAD_REPEAT, &before[..length]));
                        }
                        self.repeat(&before[..length], before, last_repeat, min, max, true)?;
                        repeat = Some(before);
                    }
                },
                '\\' => self.escape()?,
                c => self.literal(c, c.len_utf8()),
            }
            last_repeat = repeat;
        }
        if !self.groups.is_empty() {
            return Err(("missing closing )", self.pattern));
        }
        Ok(Translated { out: self.out, names: self.names, deepest: self.deepest })
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    /// Begins an atom of one piece: brings the folding flag up to date.
    fn begin_atom(&mut self) {
        if self.emitted_fold != self.flags.fold {
            self.out.push_str(if self.flags.fold { "(?i)" } else { "(?-i)" });
            self.emitted_fold = self.flags.fold;
        }
        self.atom = Some(Atom { start: self.out.len(), height: 1, counts: 1, repeated: false });
        self.height = self.height.max(2);
    }

    fn assertion(&mut self, length: usize, text: &str) {
        self.advance(length);
        self.begin_atom();
        self.out.push_str(text);
    }

    fn literal(&mut self, c: char, length: usize) {
        self.advance(length);
        self.code_point(c as u32);
    }

    fn code_point(&mut self, code: u32) {
        self.begin_atom();
        match char::from_u32(code) {
            Some(c) if c.is_ascii_alphanumeric() || !c.is_ascii() => self.out.push(c),
            Some(_) => self.out.push_str(&format!(r"\x{{{code:x}}}")),
            // A surrogate matches nothing: text is always UTF-8.
            None => self.out.push_str(r"[^\x{0}-\x{10FFFF}]"),
        }
    }

    fn open(&mut self, text: &str) -> Result<(), Fault<'p>> {
        self.groups.push(Group {
            start: self.out.len(),
            flags: self.flags,
            emitted_fold: self.emitted_fold,
            height: self.height,
            counts: self.counts,
        });
        self.deepest = self.deepest.max(self.groups.len());
        if self.groups.len() > MAX_DEPTH {
            return Err(("expression nests too deeply", self.pattern));
        }
        self.out.push_str(text);
        self.atom = None;
        self.height = 1;
        self.counts = 1;
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault<'p>> {
        let Some(group) = self.groups.pop() else {
            return Err(("unexpected )", self.pattern));
        };
        self.advance(1);
        self.out.push(')');
        self.flags = group.flags;
        self.emitted_fold = group.emitted_fold;
        let height = self.height + 1;
        self.atom = Some(Atom { start: group.start, height, counts: self.counts, repeated: false });
        self.height = group.height.max(height + 1);
        self.counts = group.counts.max(self.counts);
        Ok(())
    }

    /// `(?P<name>`, `(?<name>`, `(?flags)`, `(?flags:`.
    fn perl_group(&mut self) -> Result<(), Fault<'p>> {
        let s = self.rest;
        let name_at = if s.len() > 4 && s.starts_with("(?P<") {
            Some(4)
        } else if s.len() > 3 && s.starts_with("(?<") {
            Some(3)
        } else {
            None
        };
        if let Some(at) = name_at {
            let Some(end) = s.find('>') else {
                return Err(("invalid named capture", s));
            };
            let name = &s[at..end];
            let valid = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            if name.is_empty() || !name.bytes().all(valid) {
                return Err(("invalid named capture", &s[..=end]));
            }
            self.advance(end + 1);
            self.names.push(Some(name.into()));
            return self.open("(");
        }
        let mut flags = self.flags;
        let mut on = true;
        let mut seen = false;
        let mut used = 2;
        for c in s[2..].chars() {
            used += c.len_utf8();
            match c {
                'i' => flags.fold = on,
                'm' => flags.multi_line = on,
                's' => flags.dot_all = on,
                'U' => flags.ungreedy = on,
                '-' if on => {
                    on = false;
                    seen = false;
                    continue;
                }
                ':' | ')' if on || seen => {
                    self.advance(used);
                    if c == ':' {
                        self.open("(?:")?;
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => break,
            }
            seen = true;
        }
        Err((BAD_PERL, &s[..used]))
    }

    /// Applies a repetition to the last atom. `text` is its operator, `before` the pattern from there on.
    fn repeat(
        &mut self,
        text: &str,
        before: &'p str,
        last: Option<&'p str>,
        min: u64,
        max: Option<u64>,
        counted: bool,
    ) -> Result<(), Fault<'p>> {
        let mut lazy = self.flags.ungreedy;
        if self.rest.starts_with('?') {
            self.advance(1);
            lazy = !lazy;
        }
        let upto_here = |from: &'p str, rest: &str| &from[..from.len() - rest.len()];
        if let Some(last) = last {
            let both = upto_here(last, self.rest);
            return Err(("invalid nested repetition operator", both));
        }
        let whole = upto_here(before, self.rest);
        let Some(mut atom) = self.atom else {
            return Err(("missing argument to repetition operator", whole));
        };
        if atom.repeated {
            self.out.insert_str(atom.start, "(?:");
            self.out.push(')');
        }
        if counted {
            let factor = match max {
                Some(0) => 0,
                Some(max) => max,
                None => min.max(1),
            };
            let product = factor.saturating_mul(atom.counts);
            if product > MAX_REPEAT {
                return Err((BAD_REPEAT, whole));
            }
            atom.counts = product.max(1);
        }
        self.out.push_str(text);
        if lazy {
            self.out.push('?');
        }
        atom.height += 1;
        if atom.height > MAX_DEPTH {
            return Err(("expression nests too deeply", self.pattern));
        }
        atom.repeated = true;
        self.atom = Some(atom);
        self.height = self.height.max(atom.height + 1);
        self.counts = self.counts.max(atom.counts);
        self.deepest = self.deepest.max(atom.height);
        Ok(())
    }

    /// A backslash outside a class.
    fn escape(&mut self) -> Result<(), Fault<'p>> {
        let s = self.rest;
        match s.as_bytes().get(1) {
            Some(b'A') => self.assertion(2, r"\A"),
            Some(b'z') => self.assertion(2, r"\z"),
            Some(b'b') => self.assertion(2, r"(?-u:\b)"),
            Some(b'B') => self.assertion(2, r"(?-u:\B)"),
            Some(b'C') => return Err((BAD_ESCAPE, &s[..2])),
            Some(b'Q') => {
                let quoted = &s[2..];
                let (text, used) = match quoted.find(r"\E") {
                    Some(end) => (&quoted[..end], end + 4),
                    None => (quoted, s.len()),
                };
                for c in text.chars() {
                    self.code_point(c as u32);
                }
                self.advance(used);
            }
            _ => {
                if let Some((class, length)) = unicode_class(s)? {
                    self.assertion(length, &class);
                } else if let Some((class, length)) = perl_class(s) {
                    self.assertion(length, &class);
                } else {
                    let (code, length) = escaped_char(s)?;
                    self.advance(length);
                    self.code_point(code);
                }
            }
        }
        Ok(())
    }

    /// A class in brackets.
    fn class(&mut self) -> Result<(), Fault<'p>> {
        let whole = self.rest;
        self.begin_atom();
        self.advance(1);
        self.out.push('[');
        if self.rest.starts_with('^') {
            self.advance(1);
            self.out.push('^');
        }
        let content = self.out.len();
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            first = false;
            let s = self.rest;
            if s.len() > 2
                && s.starts_with("[:")
                && let Some((class, length)) = posix_class(s)?
            {
                self.advance(length);
                self.out.push_str(&class);
                continue;
            }
            if let Some((class, length)) = unicode_class(s)?.or_else(|| perl_class(s)) {
                self.advance(length);
                self.out.push_str(&class);
                continue;
            }
            let low = self.class_char(whole)?;
            let mut high = low;
            let rest = self.rest.as_bytes();
            if rest.len() >= 2 && rest[0] == b'-' && rest[1] != b']' {
                self.advance(1);
                high = self.class_char(whole)?;
                if high < low {
                    return Err((BAD_CLASS, &s[..s.len() - self.rest.len()]));
                }
            }
            self.range(low, high);
        }
        self.advance(1);
        if self.out.len() == content {
            // Only surrogates: an empty class, spelled so that it can be negated.
            self.out.push_str(r"[^\x{0}-\x{10FFFF}]");
        }
        self.out.push(']');
        Ok(())
    }

    fn class_char(&mut self, whole: &'p str) -> Result<u32, Fault<'p>> {
        let (code, length) = match self.rest.chars().next() {
            None => return Err(("missing closing ]", whole)),
            Some('\\') => escaped_char(self.rest)?,
            Some(c) => (c as u32, c.len_utf8()),
        };
        self.advance(length);
        Ok(code)
    }

    /// Writes a range of code points, leaving out the surrogates.
    fn range(&mut self, low: u32, high: u32) {
        for (low, high) in [(low, high.min(0xD7FF)), (low.max(0xE000), high)] {
            if low <= high {
                self.out.push_str(&format!(r"\x{{{low:x}}}-\x{{{high:x}}}"));
            }
        }
    }
}

/// `{n}`, `{n,}`, `{n,m}` at the start of `s`, with its length; numbers too large saturate.
fn counts(s: &str) -> Option<(u64, Option<u64>, usize)> {
    let bytes = s.as_bytes();
    let number = |at: &mut usize| {
        let start = *at;
        while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
            *at += 1;
        }
        let digits = &s[start..*at];
        if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
            return None;
        }
        Some(digits.parse().unwrap_or(u64::MAX))
    };
    let mut at = 1;
    let min = number(&mut at)?;
    let mut max = Some(min);
    if bytes.get(at) == Some(&b',') {
        at += 1;
        max = match bytes.get(at) {
            Some(b'}') => None,
            _ => Some(number(&mut at)?),
        };
    }
    (bytes.get(at) == Some(&b'}')).then_some((min, max, at + 1))
}

/// The code point of an escape at the start of `s`, and its length.
fn escaped_char(s: &str) -> Result<(u32, usize), Fault<'_>> {
    let mut chars = s[1..].chars();
    let Some(c) = chars.next() else {
        return Err(("trailing backslash at end of expression", ""));
    };
    let used = |rest: &std::str::Chars<'_>| s.len() - rest.as_str().len();
    let bad = |rest: &std::str::Chars<'_>| Err((BAD_ESCAPE, &s[..used(rest)]));
    let octal = |c: char| c.to_digit(8);
    let code = match c {
        '0'..='7' => {
            let mut code = octal(c).unwrap_or(0);
            // A single digit but zero would be a reference to a group.
            if c != '0' && chars.clone().next().and_then(octal).is_none() {
                return bad(&chars);
            }
            for _ in 0..2 {
                let Some(digit) = chars.clone().next().and_then(octal) else {
                    break;
                };
                code = code * 8 + digit;
                chars.next();
            }
            code
        }
        'x' => match chars.next() {
            None => return bad(&chars),
            Some('{') => {
                let mut code = 0;
                let mut digits = 0;
                loop {
                    match chars.next() {
                        Some('}') if digits > 0 => break,
                        Some(c) => match c.to_digit(16) {
                            Some(digit) if code * 16 + digit <= 0x0010_FFFF => {
                                code = code * 16 + digit;
                                digits += 1;
                            }
                            _ => return bad(&chars),
                        },
                        None => return bad(&chars),
                    }
                }
                code
            }
            Some(high) => match (high.to_digit(16), chars.next().map(|c| c.to_digit(16))) {
                (Some(high), Some(Some(low))) => high * 16 + low,
                _ => return bad(&chars),
            },
        },
        'a' => 0x07,
        'f' => 0x0C,
        'n' => 0x0A,
        'r' => 0x0D,
        't' => 0x09,
        'v' => 0x0B,
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => c as u32,
        _ => return bad(&chars),
    };
    Ok((code, used(&chars)))
}

/// `\d`, `\s`, `\w` and their negations: ASCII only, usable inside and outside brackets.
fn perl_class(s: &str) -> Option<(String, usize)> {
    let members = match s.as_bytes() {
        [b'\\', b'd' | b'D', ..] => "0-9",
        [b'\\', b's' | b'S', ..] => r"\t\n\f\r\x20",
        [b'\\', b'w' | b'W', ..] => "0-9A-Za-z_",
        _ => return None,
    };
    let negation = if s.as_bytes()[1].is_ascii_uppercase() { "^" } else { "" };
    Some((format!("[{negation}{members}]"), 2))
}

/// `[:alpha:]` and the like, inside brackets.
fn posix_class(s: &str) -> Result<Option<(String, usize)>, Fault<'_>> {
    let Some(end) = s[2..].find(":]") else {
        return Ok(None);
    };
    let length = end + 4;
    let name = &s[2..2 + end];
    let (negation, plain) = match name.strip_prefix('^') {
        Some(plain) => ("^", plain),
        None => ("", name),
    };
    let members = match plain {
        "alnum" => "0-9A-Za-z",
        "alpha" => "A-Za-z",
        "ascii" => r"\x00-\x7F",
        "blank" => r"\t\x20",
        "cntrl" => r"\x00-\x1F\x7F",
        "digit" => "0-9",
        "graph" => r"\x21-\x7E",
        "lower" => "a-z",
        "print" => r"\x20-\x7E",
        "punct" => r"\x21-\x2F\x3A-\x40\x5B-\x60\x7B-\x7E",
        "space" => r"\t-\r\x20",
        "upper" => "A-Z",
        "word" => "0-9A-Za-z_",
        "xdigit" => "0-9A-Fa-f",
        _ => return Err((BAD_CLASS, &s[..length])),
    };
    Ok(Some((format!("[{negation}{members}]"), length)))
}

/// `\pL`, `\p{Greek}`, `\P{^Lu}`.
fn unicode_class(s: &str) -> Result<Option<(String, usize)>, Fault<'_>> {
    let mut negated = match s.as_bytes() {
        [b'\\', b'p', ..] => false,
        [b'\\', b'P', ..] => true,
        _ => return Ok(None),
    };
    let (mut name, length) = match s[2..].chars().next() {
        None => return Err((BAD_CLASS, s)),
        Some('{') => match s.find('}') {
            None => return Err((BAD_CLASS, s)),
            Some(end) => (&s[3..end], end + 1),
        },
        Some(c) => (&s[2..2 + c.len_utf8()], 2 + c.len_utf8()),
    };
    if let Some(rest) = name.strip_prefix('^') {
        negated = !negated;
        name = rest;
    }
    let Some(property) = property(name) else {
        return Err((BAD_CLASS, &s[..length]));
    };
    let letter = if negated { 'P' } else { 'p' };
    let class = match property.as_str() {
        // Text has no surrogates.
        "gc=cs" | "gc=surrogate" if negated => r"[\x{0}-\x{10FFFF}]".to_string(),
        "gc=cs" | "gc=surrogate" => r"[^\x{0}-\x{10FFFF}]".to_string(),
        property => format!(r"\{letter}{{{property}}}"),
    };
    Ok(Some((class, length)))
}

/// General categories of one or two letters, and the POSIX names Unicode lists as aliases of some.
const CATEGORIES: &[&str] = &[
    "c", "cc", "cf", "cn", "co", "cs", "l", "lc", "ll", "lm", "lo", "lt", "lu", "m", "mc", "me", "mn", "n",
    "nd", "nl", "no", "p", "pc", "pd", "pe", "pf", "pi", "po", "ps", "s", "sc", "sk", "sm", "so", "z", "zl",
    "zp", "zs", "cntrl", "digit", "punct",
];

/// Scripts whose full names have four letters; other names of four letters are codes, which Go does not know.
const SHORT_SCRIPTS: &[&str] = &["ahom", "cham", "kawi", "lisu", "miao", "modi", "newa", "thai", "toto"];

/// The property of `regex-syntax` for a class name of Go: a general category, a script, or one of three
/// special sets. Names are compared without case, spaces, hyphens and underscores.
fn property(name: &str) -> Option<String> {
    if name.is_empty() || !name.is_ascii() {
        return None;
    }
    let canonical: String =
        name.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).map(|c| c.to_ascii_lowercase()).collect();
    if !canonical.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    if matches!(canonical.as_str(), "any" | "assigned" | "ascii") {
        return Some(canonical);
    }
    let known = |property: &str| regex_syntax::parse(&format!(r"\p{{{property}}}")).is_ok();
    let category = format!("gc={canonical}");
    let is_category = CATEGORIES.contains(&canonical.as_str());
    if is_category || (canonical.len() > 4 && (canonical == "surrogate" || known(&category))) {
        return Some(category);
    }
    let script = format!("sc={canonical}");
    let is_code = canonical.len() == 4 && !SHORT_SCRIPTS.contains(&canonical.as_str());
    (!is_code && known(&script)).then_some(script)
}

#[cfg(test)]
mod tests;
