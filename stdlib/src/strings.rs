//! Package `strings`. Indexes and counts are bytes unless the name says runes; case mapping is one code point
//! to one code point, as Unicode's simple mappings (and Go) have it.

use vela_eval::data::Data;

use crate::args::{Args, Outcome, bytes, check_size, fail, int, ok, texts};
use crate::signature::Function;
use crate::table::{BOOL, BYTES, INT, LIST, STRING, function, p, strings};

/// Largest count of a repetition in the language.
pub(crate) const MAX_REPEAT: i64 = 1_000_000;

/// The simple upper-case mapping.
pub(crate) fn upper(c: char) -> char {
    let mut full = c.to_uppercase();
    match (full.next(), full.next()) {
        (Some(one), None) => one,
        // Letters with iota below have a single capital; the other characters that expand have none.
        _ => match c {
            '\u{1F80}'..='\u{1F87}' | '\u{1F90}'..='\u{1F97}' | '\u{1FA0}'..='\u{1FA7}' => {
                char::from_u32(c as u32 + 8).unwrap_or(c)
            }
            'ᾳ' => 'ᾼ',
            'ῃ' => 'ῌ',
            'ῳ' => 'ῼ',
            _ => c,
        },
    }
}

/// The simple lower-case mapping.
pub(crate) fn lower(c: char) -> char {
    match c {
        'İ' => 'i',
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}

/// The simple title-case mapping.
fn title(c: char) -> char {
    match c {
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        // Georgian has capitals but does not title-case with them.
        'ა'..='ჿ' => c,
        _ => upper(c),
    }
}

fn byte_at(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (b, i) = (a.bytes(0)?, a.int64(1)?);
    match usize::try_from(i).ok().and_then(|i| b.get(i)) {
        Some(byte) => int(u64::from(*byte)),
        None => fail("index out of range"),
    }
}

fn byte_slice(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (b, start, end) = (a.bytes(0)?, a.int64(1)?, a.int64(2)?);
    match range(start, end).and_then(|r| b.get(r)) {
        Some(part) => bytes(part),
        None => fail("index out of range"),
    }
}

fn range(start: i64, end: i64) -> Option<std::ops::Range<usize>> {
    Some(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
}

fn compare(args: &[Data]) -> Outcome {
    let a = Args(args);
    int(a.text(0)?.cmp(a.text(1)?) as i64)
}

fn contains(args: &[Data]) -> Outcome {
    let a = Args(args);
    ok(a.text(0)?.contains(a.text(1)?))
}

fn contains_any(args: &[Data]) -> Outcome {
    let a = Args(args);
    let set = CharSet::new(a.text(1)?);
    ok(a.text(0)?.contains(|c| set.has(c)))
}

fn count(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (s, part) = (a.text(0)?, a.text(1)?);
    // `matches("")` finds the ends too: one more than there are code points.
    int(s.matches(part).count())
}

fn fields(args: &[Data]) -> Outcome {
    texts(Args(args).text(0)?.split_whitespace())
}

fn has_prefix(args: &[Data]) -> Outcome {
    let a = Args(args);
    ok(a.text(0)?.starts_with(a.text(1)?))
}

fn has_suffix(args: &[Data]) -> Outcome {
    let a = Args(args);
    ok(a.text(0)?.ends_with(a.text(1)?))
}

fn position(at: Option<usize>) -> Outcome {
    int(at.map_or(-1, |i| i as i64))
}

fn index(args: &[Data]) -> Outcome {
    let a = Args(args);
    position(a.text(0)?.find(a.text(1)?))
}

fn last_index(args: &[Data]) -> Outcome {
    let a = Args(args);
    position(a.text(0)?.rfind(a.text(1)?))
}

fn index_any(args: &[Data]) -> Outcome {
    let a = Args(args);
    let set = CharSet::new(a.text(1)?);
    position(a.text(0)?.find(|c| set.has(c)))
}

fn last_index_any(args: &[Data]) -> Outcome {
    let a = Args(args);
    let set = CharSet::new(a.text(1)?);
    position(a.text(0)?.rfind(|c| set.has(c)))
}

/// A set of code points that answers in constant or logarithmic time.
struct CharSet {
    ascii: u128,
    others: Vec<char>,
}

impl CharSet {
    fn new(chars: &str) -> CharSet {
        let mut set = CharSet { ascii: 0, others: Vec::new() };
        for c in chars.chars() {
            if c.is_ascii() {
                set.ascii |= 1 << (c as u32);
            } else {
                set.others.push(c);
            }
        }
        set.others.sort_unstable();
        set
    }

    fn has(&self, c: char) -> bool {
        if c.is_ascii() { self.ascii & (1 << (c as u32)) != 0 } else { self.others.binary_search(&c).is_ok() }
    }
}

fn join(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (items, separator) = (a.texts(0)?, a.text(1)?);
    let gaps = items.len().saturating_sub(1).checked_mul(separator.len());
    let size = items.iter().map(|s| s.len()).try_fold(0usize, usize::checked_add);
    check_size(size.zip(gaps).and_then(|(a, b)| a.checked_add(b)))?;
    ok(items.join(separator))
}

fn max_runes(args: &[Data]) -> Outcome {
    let a = Args(args);
    ok(a.text(0)?.chars().count() as i64 <= a.int64(1)?)
}

fn min_runes(args: &[Data]) -> Outcome {
    let a = Args(args);
    ok(a.text(0)?.chars().count() as i64 >= a.int64(1)?)
}

fn repeat(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (s, count) = (a.text(0)?, a.int64(1)?);
    if count < 0 {
        return fail("negative count");
    }
    if count > MAX_REPEAT {
        return fail(format!("count {count} exceeds limit of {MAX_REPEAT}"));
    }
    check_size(s.len().checked_mul(count as usize))?;
    ok(s.repeat(count as usize))
}

fn replace(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (s, old, new, n) = (a.text(0)?, a.text(1)?, a.text(2)?, a.int64(3)?);
    let limit = usize::try_from(n).unwrap_or(usize::MAX);
    let times = s.matches(old).take(limit).count();
    check_size(times.checked_mul(new.len()).and_then(|n| n.checked_add(s.len())))?;
    ok(s.replacen(old, new, limit))
}

fn runes(args: &[Data]) -> Outcome {
    let runes = Args(args).text(0)?.chars();
    ok(runes.map(|c| Data::int(i64::from(c as u32))).collect::<Vec<_>>())
}

fn slice_runes(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (s, start, end) = (a.text(0)?, a.int64(1)?, a.int64(2)?);
    // The byte where each code point starts, and the end.
    let at = |n: usize| s.char_indices().map(|(i, _)| i).chain([s.len()]).nth(n);
    let part = range(start, end).filter(|r| r.start <= r.end).and_then(|r| s.get(at(r.start)?..at(r.end)?));
    match part {
        Some(part) => ok(part),
        None => fail("index out of range"),
    }
}

/// Splits at `separator`, at most into `n` parts (all if negative), keeping the separators if `keep`.
fn parts<'a>(s: &'a str, separator: &str, keep: bool, n: i64) -> Vec<&'a str> {
    let limit = match usize::try_from(n) {
        Ok(0) => return Vec::new(),
        Ok(n) => n,
        Err(_) => usize::MAX,
    };
    if separator.is_empty() {
        let mut parts = Vec::new();
        let mut rest = s;
        while let Some(c) = rest.chars().next() {
            let end = if parts.len() + 1 == limit { rest.len() } else { c.len_utf8() };
            parts.push(&rest[..end]);
            rest = &rest[end..];
        }
        return parts;
    }
    if !keep {
        return s.splitn(limit, separator).collect();
    }
    let mut parts = Vec::new();
    let mut done = 0;
    for (at, _) in s.match_indices(separator) {
        if parts.len() + 1 == limit {
            break;
        }
        let end = at + separator.len();
        parts.push(&s[done..end]);
        done = end;
    }
    parts.push(&s[done..]);
    parts
}

fn split(args: &[Data]) -> Outcome {
    let a = Args(args);
    texts(parts(a.text(0)?, a.text(1)?, false, -1))
}

fn split_n(args: &[Data]) -> Outcome {
    let a = Args(args);
    texts(parts(a.text(0)?, a.text(1)?, false, a.int64(2)?))
}

fn split_after(args: &[Data]) -> Outcome {
    let a = Args(args);
    texts(parts(a.text(0)?, a.text(1)?, true, -1))
}

fn split_after_n(args: &[Data]) -> Outcome {
    let a = Args(args);
    texts(parts(a.text(0)?, a.text(1)?, true, a.int64(2)?))
}

/// Maps the first code point of every word: at the start and after white space.
fn map_words(s: &str, map: fn(char) -> char) -> Outcome {
    let mut before = ' ';
    let out: String = s
        .chars()
        .map(|c| {
            let first = before.is_whitespace();
            before = c;
            if first { map(c) } else { c }
        })
        .collect();
    ok(out)
}

fn to_camel(args: &[Data]) -> Outcome {
    map_words(Args(args).text(0)?, lower)
}

fn to_title(args: &[Data]) -> Outcome {
    map_words(Args(args).text(0)?, title)
}

fn to_lower(args: &[Data]) -> Outcome {
    ok(Args(args).text(0)?.chars().map(lower).collect::<String>())
}

fn to_upper(args: &[Data]) -> Outcome {
    ok(Args(args).text(0)?.chars().map(upper).collect::<String>())
}

fn trim(args: &[Data]) -> Outcome {
    let a = Args(args);
    let set = CharSet::new(a.text(1)?);
    ok(a.text(0)?.trim_matches(|c| set.has(c)))
}

fn trim_left(args: &[Data]) -> Outcome {
    let a = Args(args);
    let set = CharSet::new(a.text(1)?);
    ok(a.text(0)?.trim_start_matches(|c| set.has(c)))
}

fn trim_right(args: &[Data]) -> Outcome {
    let a = Args(args);
    let set = CharSet::new(a.text(1)?);
    ok(a.text(0)?.trim_end_matches(|c| set.has(c)))
}

fn trim_space(args: &[Data]) -> Outcome {
    ok(Args(args).text(0)?.trim())
}

fn trim_prefix(args: &[Data]) -> Outcome {
    let a = Args(args);
    let s = a.text(0)?;
    ok(s.strip_prefix(a.text(1)?).unwrap_or(s))
}

fn trim_suffix(args: &[Data]) -> Outcome {
    let a = Args(args);
    let s = a.text(0)?;
    ok(s.strip_suffix(a.text(1)?).unwrap_or(s))
}

const PKG: &str = "strings";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "ByteAt", &[p("b", BYTES), p("i", INT)], INT, "The byte at index `i`.", byte_at),
    function(PKG, "ByteSlice", &[p("b", BYTES), p("start", INT), p("end", INT)], BYTES, "The bytes from `start` up to, not including, `end`.", byte_slice),
    function(PKG, "Compare", &[p("a", STRING), p("b", STRING)], INT, "Bytewise order: -1, 0 or 1.", compare),
    function(PKG, "Contains", &[p("s", STRING), p("substr", STRING)], BOOL, "Whether `substr` occurs in `s`.", contains),
    function(PKG, "ContainsAny", &[p("s", STRING), p("chars", STRING)], BOOL, "Whether any code point of `chars` occurs in `s`.", contains_any),
    function(PKG, "Count", &[p("s", STRING), p("substr", STRING)], INT, "How often `substr` occurs in `s` without overlap; for `\"\"`, the code points plus one.", count),
    function(PKG, "Fields", &[p("s", STRING)], LIST, "The parts of `s` between white space.", fields),
    function(PKG, "HasPrefix", &[p("s", STRING), p("prefix", STRING)], BOOL, "Whether `s` begins with `prefix`.", has_prefix),
    function(PKG, "HasSuffix", &[p("s", STRING), p("suffix", STRING)], BOOL, "Whether `s` ends with `suffix`.", has_suffix),
    function(PKG, "Index", &[p("s", STRING), p("substr", STRING)], INT, "The byte index of the first `substr` in `s`, or -1.", index),
    function(PKG, "IndexAny", &[p("s", STRING), p("chars", STRING)], INT, "The byte index of the first code point of `s` that is in `chars`, or -1.", index_any),
    function(PKG, "Join", &[strings("elems"), p("sep", STRING)], STRING, "The elements one after the other with `sep` between them.", join),
    function(PKG, "LastIndex", &[p("s", STRING), p("substr", STRING)], INT, "The byte index of the last `substr` in `s`, or -1.", last_index),
    function(PKG, "LastIndexAny", &[p("s", STRING), p("chars", STRING)], INT, "The byte index of the last code point of `s` that is in `chars`, or -1.", last_index_any),
    function(PKG, "MaxRunes", &[p("s", STRING), p("max", INT)], BOOL, "Whether `s` has at most `max` code points.", max_runes),
    function(PKG, "MinRunes", &[p("s", STRING), p("min", INT)], BOOL, "Whether `s` has at least `min` code points.", min_runes),
    function(PKG, "Repeat", &[p("s", STRING), p("count", INT)], STRING, "`count` copies of `s`.", repeat),
    function(PKG, "Replace", &[p("s", STRING), p("old", STRING), p("new", STRING), p("n", INT)], STRING, "`s` with the first `n` occurrences of `old` (all if negative) replaced by `new`.", replace),
    function(PKG, "Runes", &[p("s", STRING)], LIST, "The code points of `s`.", runes),
    function(PKG, "SliceRunes", &[p("s", STRING), p("start", INT), p("end", INT)], STRING, "The code points of `s` from `start` up to, not including, `end`.", slice_runes),
    function(PKG, "Split", &[p("s", STRING), p("sep", STRING)], LIST, "The parts of `s` between occurrences of `sep`.", split),
    function(PKG, "SplitAfter", &[p("s", STRING), p("sep", STRING)], LIST, "The parts of `s`, each ending after an occurrence of `sep`.", split_after),
    function(PKG, "SplitAfterN", &[p("s", STRING), p("sep", STRING), p("n", INT)], LIST, "At most `n` parts of `s` (all if negative), each ending after an occurrence of `sep`.", split_after_n),
    function(PKG, "SplitN", &[p("s", STRING), p("sep", STRING), p("n", INT)], LIST, "At most `n` parts of `s` (all if negative) between occurrences of `sep`.", split_n),
    function(PKG, "ToCamel", &[p("s", STRING)], STRING, "`s` with the first letter of every word in lower case.", to_camel),
    function(PKG, "ToLower", &[p("s", STRING)], STRING, "`s` in lower case.", to_lower),
    function(PKG, "ToTitle", &[p("s", STRING)], STRING, "`s` with the first letter of every word in title case.", to_title),
    function(PKG, "ToUpper", &[p("s", STRING)], STRING, "`s` in upper case.", to_upper),
    function(PKG, "Trim", &[p("s", STRING), p("cutset", STRING)], STRING, "`s` without the code points of `cutset` at both ends.", trim),
    function(PKG, "TrimLeft", &[p("s", STRING), p("cutset", STRING)], STRING, "`s` without the code points of `cutset` at its start.", trim_left),
    function(PKG, "TrimPrefix", &[p("s", STRING), p("prefix", STRING)], STRING, "`s` without `prefix` at its start.", trim_prefix),
    function(PKG, "TrimRight", &[p("s", STRING), p("cutset", STRING)], STRING, "`s` without the code points of `cutset` at its end.", trim_right),
    function(PKG, "TrimSpace", &[p("s", STRING)], STRING, "`s` without white space at both ends.", trim_space),
    function(PKG, "TrimSuffix", &[p("s", STRING), p("suffix", STRING)], STRING, "`s` without `suffix` at its end.", trim_suffix),
];
