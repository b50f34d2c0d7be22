//! Go's `fmt` for the values of a template: `Sprint`, `Sprintln`, `Sprintf` with all verbs and flags. Used by
//! `functions.rs` and `run.rs`.

use num_bigint::BigInt;
use num_traits::Signed;

use super::value::{Value, sorted};
use crate::args::MAX_BYTES;
use crate::go_float::format_float;
use crate::quote::{self, Style};

/// Largest width or precision.
const MAX_WIDTH: i64 = 1_000_000;

/// Deepest nesting of data that is printed.
const MAX_DEPTH: usize = 1000;

/// Values one after the other, with a space between two that are no strings.
pub(crate) fn sprint(args: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut after_text = true;
    for (i, a) in args.iter().enumerate() {
        let text = matches!(a, Value::Str(_));
        if i > 0 && !text && !after_text {
            out.push(b' ');
        }
        Printer { out: &mut out, spec: Spec::default() }.print(a, 'v', 0);
        after_text = text;
    }
    out
}

/// Values with spaces between them, and a line end.
pub(crate) fn sprintln(args: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    for (i, a) in args.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        Printer { out: &mut out, spec: Spec::default() }.print(a, 'v', 0);
    }
    out.push(b'\n');
    out
}

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Default)]
struct Spec {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// Reads a format.
struct Format<'f, 'v, 'd> {
    rest: &'f str,
    args: &'v [Value<'d>],
    next: usize,
    /// An index in brackets was used, so arguments may stay over.
    reordered: bool,
    bad_index: bool,
}

/// `Sprintf`.
pub(crate) fn sprintf(format: &str, args: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut f = Format { rest: format, args, next: 0, reordered: false, bad_index: false };
    while let Some(at) = f.rest.find('%') {
        out.extend_from_slice(&f.rest.as_bytes()[..at]);
        f.rest = &f.rest[at + 1..];
        f.directive(&mut out);
        if out.len() > MAX_BYTES {
            return out;
        }
    }
    out.extend_from_slice(f.rest.as_bytes());
    if !f.reordered && f.next < args.len() {
        out.extend_from_slice(b"%!(EXTRA ");
        for (i, a) in args[f.next..].iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(b", ");
            }
            typed(&mut out, a);
        }
        out.push(b')');
    }
    out
}

/// `type=value`.
fn typed(out: &mut Vec<u8>, v: &Value) {
    if matches!(v, Value::Nil | Value::Missing) {
        out.extend_from_slice(b"<nil>");
        return;
    }
    out.extend_from_slice(v.type_name().as_bytes());
    out.push(b'=');
    Printer { out, spec: Spec::default() }.print(v, 'v', 0);
}

impl<'f, 'd> Format<'f, '_, 'd> {
    fn directive(&mut self, out: &mut Vec<u8>) {
        let mut spec = Spec::default();
        self.bad_index = false;
        loop {
            match self.rest.as_bytes().first() {
                Some(b'#') => spec.sharp = true,
                Some(b'0') => spec.zero = true,
                Some(b'+') => spec.plus = true,
                Some(b'-') => spec.minus = true,
                Some(b' ') => spec.space = true,
                _ => break,
            }
            self.rest = &self.rest[1..];
        }
        let mut indexed = self.index();
        if let Some(rest) = self.rest.strip_prefix('*') {
            self.rest = rest;
            match self.star() {
                Some(w) => {
                    spec.minus |= w < 0;
                    spec.width = Some(w.unsigned_abs() as usize);
                }
                None => out.extend_from_slice(b"%!(BADWIDTH)"),
            }
            indexed = false;
        } else {
            spec.width = self.digits();
            if indexed && spec.width.is_some() {
                self.bad_index = true;
            }
        }
        if let Some(rest) = self.rest.strip_prefix('.') {
            self.rest = rest;
            if indexed {
                self.bad_index = true;
            }
            indexed = self.index();
            if let Some(rest) = self.rest.strip_prefix('*') {
                self.rest = rest;
                match self.star() {
                    Some(p) if p >= 0 => spec.precision = Some(p as usize),
                    Some(_) => spec.precision = None,
                    None => out.extend_from_slice(b"%!(BADPREC)"),
                }
                indexed = false;
            } else {
                spec.precision = Some(self.digits().unwrap_or(0));
            }
        }
        if !indexed {
            self.index();
        }
        self.verb(out, spec);
    }

    fn verb(&mut self, out: &mut Vec<u8>, spec: Spec) {
        let Some(verb) = self.rest.chars().next() else {
            out.extend_from_slice(b"%!(NOVERB)");
            return;
        };
        self.rest = &self.rest[verb.len_utf8()..];
        let problem = |out: &mut Vec<u8>, what: &str| {
            out.extend_from_slice(format!("%!{verb}({what})").as_bytes());
        };
        if verb == '%' {
            out.push(b'%');
        } else if self.bad_index {
            problem(out, "BADINDEX");
        } else if let Some(a) = self.args.get(self.next) {
            self.next += 1;
            Printer { out, spec }.print(a, verb, 0);
        } else {
            problem(out, "MISSING");
        }
    }

    fn digits(&mut self) -> Option<usize> {
        let len = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(len);
        let n = digits.parse::<i64>().ok().filter(|n| *n <= MAX_WIDTH)?;
        self.rest = rest;
        Some(n as usize)
    }

    /// The width or precision that an argument gives.
    fn star(&mut self) -> Option<i64> {
        let v = self.args.get(self.next)?;
        self.next += 1;
        match v {
            Value::Int(n) | Value::Int64(n) if n.unsigned_abs() <= MAX_WIDTH as u64 => Some(*n),
            Value::Byte(b) => Some(i64::from(*b)),
            _ => None,
        }
    }

    /// `[n]`: the argument to take next, from 1.
    fn index(&mut self) -> bool {
        let Some(inner) = self.rest.strip_prefix('[') else { return false };
        self.reordered = true;
        let Some(end) = inner.find(']') else {
            self.bad_index = true;
            self.rest = inner;
            return false;
        };
        match inner[..end].parse::<usize>() {
            Ok(n) if n >= 1 && n <= self.args.len() => self.next = n - 1,
            _ => self.bad_index = true,
        }
        self.rest = &inner[end + 1..];
        true
    }
}

/// Prints one argument.
struct Printer<'o> {
    out: &'o mut Vec<u8>,
    spec: Spec,
}

impl Printer<'_> {
    fn print(&mut self, v: &Value, verb: char, depth: usize) {
        if self.out.len() > MAX_BYTES || depth > MAX_DEPTH {
            return;
        }
        let go_syntax = verb == 'v' && self.spec.sharp;
        match (v, verb) {
            (Value::Nil | Value::Missing, 'T' | 'v') => {
                let nil = if go_syntax && depth > 0 { "interface {}(nil)" } else { "<nil>" };
                self.pad(nil.as_bytes());
            }
            (Value::Nil | Value::Missing, _) => self.bad_verb(v, verb),
            (v, 'T') => self.pad(v.type_name().as_bytes()),
            (_, 'p') => self.bad_verb(v, verb),
            (Value::Bool(b), 'v' | 't') => self.pad(if *b { b"true" } else { b"false" }),
            (Value::Bool(_), _) => self.bad_verb(v, verb),
            (Value::Int(n) | Value::Int64(n), _) => self.int(v, &BigInt::from(*n), verb),
            (Value::Byte(b), 'v') if go_syntax => self.pad(format!("{b:#x}").as_bytes()),
            (Value::Byte(b), _) => self.int(v, &BigInt::from(*b), verb),
            (Value::Big(n), 's') => self.pad(n.to_string().as_bytes()),
            (Value::Big(n), _) => self.int(v, n, verb),
            (Value::Float(f), _) => self.float(v, *f, verb),
            (Value::BigFloat(n), 'v' | 's' | 'g' | 'e') => {
                let text = big_float(&n.to_json_text());
                self.pad(text.as_bytes());
            }
            (Value::BigFloat(_), _) => self.bad_verb(v, verb),
            (Value::Str(s), _) => self.text(v, s, verb),
            (Value::Bytes(b), 's' | 'x' | 'X' | 'q') => self.text(v, b, verb),
            (Value::Bytes(b), _) => {
                let (open, separator, close): (&[u8], &[u8], &[u8]) =
                    if go_syntax { (b"[]byte{", b", ", b"}") } else { (b"[", b" ", b"]") };
                self.out.extend_from_slice(open);
                for (i, byte) in b.iter().enumerate() {
                    if i > 0 {
                        self.out.extend_from_slice(separator);
                    }
                    self.print(&Value::Byte(*byte), verb, depth + 1);
                }
                self.out.extend_from_slice(close);
            }
            (Value::List(items), _) => {
                let (open, separator, close): (&[u8], &[u8], &[u8]) =
                    if go_syntax { (b"[]interface {}{", b", ", b"}") } else { (b"[", b" ", b"]") };
                self.out.extend_from_slice(open);
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        self.out.extend_from_slice(separator);
                    }
                    self.print(&Value::of(item), verb, depth + 1);
                }
                self.out.extend_from_slice(close);
            }
            (Value::Map(fields), _) => {
                let (open, separator, close): (&[u8], &[u8], &[u8]) = if go_syntax {
                    (b"map[string]interface {}{", b", ", b"}")
                } else {
                    (b"map[", b" ", b"]")
                };
                self.out.extend_from_slice(open);
                for (i, (name, value)) in sorted(fields).into_iter().enumerate() {
                    if i > 0 {
                        self.out.extend_from_slice(separator);
                    }
                    self.print(&Value::text(name), verb, depth + 1);
                    self.out.push(b':');
                    self.print(&Value::of(value), verb, depth + 1);
                }
                self.out.extend_from_slice(close);
            }
        }
    }

    fn bad_verb(&mut self, v: &Value, verb: char) {
        self.out.extend_from_slice(format!("%!{verb}(").as_bytes());
        typed(self.out, v);
        self.out.push(b')');
    }

    /// A text in its width, counted in characters.
    fn pad(&mut self, text: &[u8]) {
        let len = String::from_utf8_lossy(text).chars().count();
        let missing = self.spec.width.unwrap_or(0).saturating_sub(len);
        if !self.spec.minus {
            self.out.extend(std::iter::repeat_n(b' ', missing));
        }
        self.out.extend_from_slice(text);
        if self.spec.minus {
            self.out.extend(std::iter::repeat_n(b' ', missing));
        }
    }

    fn text(&mut self, v: &Value, s: &[u8], verb: char) {
        let cut = |s: &[u8]| match self.spec.precision {
            Some(n) => {
                let text = String::from_utf8_lossy(s);
                match text.char_indices().nth(n) {
                    Some((at, _)) => s[..at.min(s.len())].to_vec(),
                    None => s.to_vec(),
                }
            }
            None => s.to_vec(),
        };
        match verb {
            'v' if self.spec.sharp => {
                let text = quoted(s, '"', Style::Print);
                self.pad(text.as_bytes());
            }
            'v' | 's' => {
                let text = cut(s);
                self.pad(&text);
            }
            'q' => {
                let s = cut(s);
                let plain = |c: char| c == '\t' || (c != '`' && quote::is_print(c));
                let raw = std::str::from_utf8(&s).ok().filter(|t| t.chars().all(plain));
                let text = match raw {
                    Some(t) if self.spec.sharp => format!("`{t}`"),
                    _ => quoted(&s, '"', if self.spec.plus { Style::Ascii } else { Style::Print }),
                };
                self.pad(text.as_bytes());
            }
            'x' | 'X' => {
                let s = &s[..self.spec.precision.unwrap_or(s.len()).min(s.len())];
                let prefix = if !self.spec.sharp {
                    ""
                } else if verb == 'x' {
                    "0x"
                } else {
                    "0X"
                };
                let mut text = String::new();
                for (i, b) in s.iter().enumerate() {
                    if i == 0 || self.spec.space {
                        text.push_str(if i > 0 { " " } else { "" });
                        text.push_str(prefix);
                    }
                    text.push_str(&if verb == 'x' { format!("{b:02x}") } else { format!("{b:02X}") });
                }
                self.pad(text.as_bytes());
            }
            _ => self.bad_verb(v, verb),
        }
    }

    fn int(&mut self, v: &Value, n: &BigInt, verb: char) {
        let code = u32::try_from(n).ok().and_then(char::from_u32);
        let (digits, prefix) = match verb {
            'v' | 'd' => (n.magnitude().to_str_radix(10), ""),
            'b' => (n.magnitude().to_str_radix(2), "0b"),
            'o' => (n.magnitude().to_str_radix(8), "0"),
            'O' => (n.magnitude().to_str_radix(8), "0o"),
            'x' => (n.magnitude().to_str_radix(16), "0x"),
            'X' => (n.magnitude().to_str_radix(16).to_uppercase(), "0X"),
            'c' | 'q' | 'U' if matches!(v, Value::Big(_)) => return self.bad_verb(v, verb),
            'c' => {
                let c = code.unwrap_or(char::REPLACEMENT_CHARACTER);
                return self.pad(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            'q' => {
                let c = code.unwrap_or(char::REPLACEMENT_CHARACTER);
                let style = if self.spec.plus { Style::Ascii } else { Style::Print };
                let text = quoted(c.encode_utf8(&mut [0; 4]).as_bytes(), '\'', style);
                return self.pad(text.as_bytes());
            }
            'U' => {
                let digits = n.magnitude().to_str_radix(16).to_uppercase();
                let mut text = format!("U+{digits:0>4}");
                if let Some(c) = code.filter(|c| self.spec.sharp && quote::is_print(*c)) {
                    text.push_str(&format!(" '{c}'"));
                }
                return self.pad(text.as_bytes());
            }
            _ => return self.bad_verb(v, verb),
        };
        if self.spec.precision == Some(0) && digits == "0" {
            return self.pad(b"");
        }
        let prefix = if verb == 'O' || (self.spec.sharp && !(verb == 'o' && digits.starts_with('0'))) {
            prefix
        } else {
            ""
        };
        let sign = self.sign(n.is_negative());
        let zeros = match (self.spec.precision, self.spec.width) {
            (Some(p), _) => p.saturating_sub(digits.len()),
            (None, Some(w)) if self.spec.zero && !self.spec.minus => {
                w.saturating_sub(digits.len() + sign.len())
            }
            _ => 0,
        };
        let text = format!("{sign}{prefix}{}{digits}", "0".repeat(zeros));
        self.pad(text.as_bytes());
    }

    const fn sign(&self, negative: bool) -> &'static str {
        if negative {
            "-"
        } else if self.spec.plus {
            "+"
        } else if self.spec.space {
            " "
        } else {
            ""
        }
    }

    fn float(&mut self, v: &Value, f: f64, verb: char) {
        let (form, default) = match verb {
            'v' => (b'g', -1),
            'e' | 'E' | 'f' => (verb as u8, 6),
            'F' => (b'f', 6),
            'g' | 'G' | 'b' | 'x' | 'X' => (verb as u8, -1),
            _ => return self.bad_verb(v, verb),
        };
        let precision = self.spec.precision.map_or(default, |p| p as i64);
        let text = format_float(f, form, precision, 64);
        let digits = text.trim_start_matches(['-', '+']);
        let sign =
            if text.starts_with('+') && self.spec.plus { "+" } else { self.sign(text.starts_with('-')) };
        // What is no number is shown as `+Inf` only when asked.
        let sign = if text == "+Inf" && sign.is_empty() { "+" } else { sign };
        let zero = self.spec.zero && !self.spec.minus && f.is_finite();
        let zeros = match self.spec.width {
            Some(w) if zero => w.saturating_sub(digits.len() + sign.len()),
            _ => 0,
        };
        let text = format!("{sign}{}{digits}", "0".repeat(zeros));
        self.pad(text.as_bytes());
    }
}

/// Bytes in quotes as Go writes them.
fn quoted(s: &[u8], mark: char, style: Style) -> String {
    let mut out = String::from(mark);
    for chunk in s.utf8_chunks() {
        chunk.valid().chars().for_each(|c| quote::escape(&mut out, c, mark, style));
        chunk.invalid().iter().for_each(|b| out.push_str(&format!("\\x{b:02x}")));
    }
    out.push(mark);
    out
}

/// A number beyond doubles as Go's `big.Float` shows it: `1e+400`.
fn big_float(text: &str) -> String {
    let text = text.to_lowercase();
    match text.split_once('e') {
        Some((m, e)) if !e.starts_with(['+', '-']) => format!("{m}e+{e}"),
        _ => text,
    }
}
