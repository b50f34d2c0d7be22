//! Package `strconv`: numbers, bools and quoted strings to text and back.

use num_bigint::BigInt;
use num_traits::{Num, Signed};
use vela_eval::data::Data;
use vela_number::Number;

use crate::args::{Args, Outcome, fail, int, ok};
use crate::go_float::{FloatError, format_float, parse_float};
use crate::quote::{self, Style, quoted};
use crate::signature::Function;
use crate::table::{ANY, BOOL, INT, NUMBER, STRING, function, p};

/// Most digits written or read: beyond, the work grows with their square.
const MAX_DIGITS: usize = 1_000_000;

const SYNTAX: &str = "invalid syntax";
const RANGE: &str = "value out of range";

fn wrong<T>(function: &str, text: &str, what: &str) -> Result<T, crate::signature::CallError> {
    fail(format!("strconv.{function}: parsing {}: {what}", quoted(text)))
}

fn parse_bool(args: &[Data]) -> Outcome {
    let s = Args(args).text(0)?;
    match s {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => ok(false),
        _ => wrong("ParseBool", s, SYNTAX),
    }
}

fn format_bool(args: &[Data]) -> Outcome {
    ok(if Args(args).bool(0)? { "true" } else { "false" })
}

/// Digits of a number above base 36 go on with capitals.
fn digit(c: u8, base: u32) -> Option<u32> {
    let value = match c {
        b'0'..=b'9' => c - b'0',
        b'a'..=b'z' => c - b'a' + 10,
        b'A'..=b'Z' if base <= 36 => c - b'A' + 10,
        b'A'..=b'Z' => c - b'A' + 36,
        _ => return None,
    };
    Some(u32::from(value)).filter(|v| *v < base)
}

/// Reads a whole number of any size; base 0 takes the base from a prefix and allows underscores.
fn read_integer(text: &str, base: u32) -> Option<BigInt> {
    let (neg, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let bytes = body.as_bytes();
    let (real_base, digits, prefixed) = match (base, bytes) {
        (0, [b'0', b'x' | b'X', ..]) => (16, &body[2..], true),
        (0, [b'0', b'o' | b'O', ..]) => (8, &body[2..], true),
        (0, [b'0', b'b' | b'B', ..]) => (2, &body[2..], true),
        (0, [b'0', _, ..]) => (8, &body[1..], true),
        (0, _) => (10, body, false),
        _ => (base, body, false),
    };
    let mut values = Vec::with_capacity(digits.len());
    let mut separator = !prefixed;
    for &c in digits.as_bytes() {
        if c == b'_' && base == 0 {
            if separator {
                return None;
            }
            separator = true;
        } else {
            values.push(digit(c, real_base)? as u8);
            separator = false;
        }
    }
    if values.is_empty() || separator {
        return None;
    }
    let magnitude = if real_base <= 36 {
        let text: String = values.iter().filter_map(|d| char::from_digit(u32::from(*d), real_base)).collect();
        BigInt::from_str_radix(&text, real_base).ok()?
    } else {
        num_bigint::BigUint::from_radix_be(&values, real_base)?.into()
    };
    Some(if neg { -magnitude } else { magnitude })
}

/// The common part of the integer readers.
fn integer(function: &str, args: &[Data], signed: bool) -> Outcome {
    let a = Args(args);
    let text = a.text(0)?;
    let (base, bits) = if function == "Atoi" { (10, 0) } else { (a.int64(1)?, a.int64(2)?) };
    if bits < 0 {
        return wrong(function, text, RANGE);
    }
    if base != 0 && !(2..=62).contains(&base) {
        return fail(format!("invalid number base {base}"));
    }
    if text.len() > MAX_DIGITS {
        return fail(format!("more than {MAX_DIGITS} digits"));
    }
    let Some(n) = read_integer(text, base as u32) else {
        return wrong(function, text, SYNTAX);
    };
    let fits = match (signed, bits) {
        (false, _) if n.is_negative() => false,
        (_, 0) => true,
        (false, _) => n.bits() <= bits as u64,
        // The least number of `bits` has one bit more than the others.
        (true, _) if n.is_negative() => (&n + 1i32).bits() < bits as u64,
        (true, _) => n.bits() < bits as u64,
    };
    if fits { int(n) } else { wrong(function, text, RANGE) }
}

fn parse_int(args: &[Data]) -> Outcome {
    integer("ParseInt", args, true)
}

fn parse_uint(args: &[Data]) -> Outcome {
    integer("ParseUint", args, false)
}

fn atoi(args: &[Data]) -> Outcome {
    integer("Atoi", args, true)
}

fn parse_float_fn(args: &[Data]) -> Outcome {
    let a = Args(args);
    let text = a.text(0)?;
    match parse_float(text, a.int64(1)?) {
        Ok(f) => ok(Data::Num(Number::from_f64(f))),
        Err(FloatError::Syntax) => wrong("ParseFloat", text, SYNTAX),
        Err(FloatError::Range) => wrong("ParseFloat", text, RANGE),
    }
}

fn parse_number(args: &[Data]) -> Outcome {
    let text = Args(args).text(0)?;
    match Number::parse_literal(text) {
        Ok(n) => ok(Data::Num(n.kind_by_value())),
        Err(e) => wrong("ParseNumber", text, &e.to_string()),
    }
}

fn format_float_fn(args: &[Data]) -> Outcome {
    let a = Args(args);
    let f = a.float(0)?;
    let verb = match a.any(1) {
        Data::Str(s) => match s.as_bytes() {
            [b] => *b,
            _ => return fail("expected single character string"),
        },
        Data::Num(n) if n.is_int() => match n.to_i64().and_then(|n| u8::try_from(n).ok()) {
            Some(b) => b,
            None => return fail(format!("format value {n} out of range [0, 255]")),
        },
        other => return fail(format!("unexpected kind {}", other.kind())),
    };
    let (precision, bits) = (a.int64(2)?, a.int64(3)?);
    if bits != 32 && bits != 64 {
        return fail("strconv: illegal AppendFloat/FormatFloat bitSize");
    }
    if precision > MAX_DIGITS as i64 {
        return fail(format!("more than {MAX_DIGITS} digits"));
    }
    ok(format_float(f, verb, precision, bits as u32))
}

fn format_int(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (n, base) = (a.bigint(0)?, a.int64(1)?);
    if !(2..=62).contains(&base) {
        return fail("invalid base");
    }
    if n.bits() > 4 * MAX_DIGITS as u64 {
        return fail(format!("more than {MAX_DIGITS} digits"));
    }
    if base <= 36 {
        return ok(n.to_str_radix(base as u32));
    }
    const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let digits = n.magnitude().to_radix_be(base as u32);
    let sign = n.is_negative().then_some('-');
    let text = digits.iter().map(|d| DIGITS[usize::from(*d)] as char);
    ok(sign.into_iter().chain(text).collect::<String>())
}

fn quote_string(args: &[Data], style: Style) -> Outcome {
    let mut out = String::new();
    quote::append(&mut out, Args(args).text(0)?, '"', style);
    ok(out)
}

fn quote_rune(args: &[Data], style: Style) -> Outcome {
    let mut out = String::from("'");
    quote::escape(&mut out, character(args)?.unwrap_or('\u{FFFD}'), '\'', style);
    out.push('\'');
    ok(out)
}

/// The code point of the first argument, if it is one.
fn character(args: &[Data]) -> Result<Option<char>, crate::signature::CallError> {
    let n = Args(args).rune(0)?;
    Ok(u32::try_from(n).ok().and_then(char::from_u32))
}

fn is_print(args: &[Data]) -> Outcome {
    ok(character(args)?.is_some_and(quote::is_print))
}

fn is_graphic(args: &[Data]) -> Outcome {
    ok(character(args)?.is_some_and(quote::is_graphic))
}

const PKG: &str = "strconv";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "Atoi", &[p("s", STRING)], INT, "Reads a decimal whole number of any size.", atoi),
    function(PKG, "FormatBool", &[p("b", BOOL)], STRING, "`true` or `false`.", format_bool),
    function(PKG, "FormatFloat", &[p("f", NUMBER), p("fmt", ANY), p("prec", INT), p("bitSize", INT)], STRING, "The text of a float; `fmt` is one of `e E f g G b x X`, precision -1 gives the fewest digits that read back.", format_float_fn),
    function(PKG, "FormatInt", &[p("i", INT), p("base", INT)], STRING, "The digits of `i` in a base from 2 to 62.", format_int),
    function(PKG, "FormatUint", &[p("i", INT), p("base", INT)], STRING, "The digits of `i` in a base from 2 to 62.", format_int),
    function(PKG, "IsGraphic", &[p("r", INT)], BOOL, "Whether the code point is a graphic character of Unicode.", is_graphic),
    function(PKG, "IsPrint", &[p("r", INT)], BOOL, "Whether the code point is printable.", is_print),
    function(PKG, "ParseBool", &[p("str", STRING)], BOOL, "Reads a bool: `1 t T true True TRUE` or `0 f F false False FALSE`.", parse_bool),
    function(PKG, "ParseFloat", &[p("s", STRING), p("bitSize", INT)], NUMBER, "Reads a float, rounded to 32 or 64 bits.", parse_float_fn),
    function(PKG, "ParseInt", &[p("s", STRING), p("base", INT), p("bitSize", INT)], INT, "Reads a whole number; base 0 goes by its prefix, bit size 0 has no limit.", parse_int),
    function(PKG, "ParseNumber", &[p("s", STRING)], NUMBER, "Reads a number literal of the language.", parse_number),
    function(PKG, "ParseUint", &[p("s", STRING), p("base", INT), p("bitSize", INT)], INT, "Reads a whole number that is not negative.", parse_uint),
    function(PKG, "Quote", &[p("s", STRING)], STRING, "`s` in double quotes, what is not printable escaped.", |a| quote_string(a, Style::Print)),
    function(PKG, "QuoteRune", &[p("r", INT)], STRING, "The code point in single quotes, escaped unless printable.", |a| quote_rune(a, Style::Print)),
    function(PKG, "QuoteRuneToASCII", &[p("r", INT)], STRING, "The code point in single quotes, escaped unless ASCII.", |a| quote_rune(a, Style::Ascii)),
    function(PKG, "QuoteRuneToGraphic", &[p("r", INT)], STRING, "The code point in single quotes, escaped unless graphic.", |a| quote_rune(a, Style::Graphic)),
    function(PKG, "QuoteToASCII", &[p("s", STRING)], STRING, "`s` in double quotes, what is not ASCII escaped.", |a| quote_string(a, Style::Ascii)),
    function(PKG, "QuoteToGraphic", &[p("s", STRING)], STRING, "`s` in double quotes, what is not graphic escaped.", |a| quote_string(a, Style::Graphic)),
    function(PKG, "Unquote", &[p("s", STRING)], STRING, "The string that a literal of the language stands for.", crate::unquote::unquote),
];

pub(crate) const CONSTANTS: &[(&str, &str)] = &[("IntSize", "64")];
