//! String and bytes literals as source text (`output-and-cli.md` C7). Used by the printers of values and messages.

/// `text` as a string literal on one line.
pub fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_string(&mut out, text);
    out
}

/// Writes `text` as a string literal on one line.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        escape(out, c, Form { quote: Some('"'), exact: false, hashes: 0 });
    }
    out.push('"');
}

/// Writes `bytes` as a bytes literal on one line.
pub fn write_bytes(out: &mut String, bytes: &[u8]) {
    out.push('\'');
    escape_bytes(out, bytes, Form { quote: Some('\''), exact: true, hashes: 0 }, None);
    out.push('\'');
}

/// Writes `text` as a string literal, over several lines where it holds a line end; these are indented by `indent`
/// tabs.
pub fn write_string_block(out: &mut String, text: &str, indent: usize) {
    if text.contains('\n') {
        write_block(out, text.as_bytes(), '"', indent);
    } else {
        write_string(out, text);
    }
}

/// As [`write_string_block`], for bytes.
pub fn write_bytes_block(out: &mut String, bytes: &[u8], indent: usize) {
    if bytes.contains(&b'\n') {
        write_block(out, bytes, '\'', indent);
    } else {
        write_bytes(out, bytes);
    }
}

#[derive(Clone, Copy)]
struct Form {
    /// The quote to escape; none in blocks.
    quote: Option<char>,
    /// Bytes: controls and what is no text as `\x`.
    exact: bool,
    /// Number signs around the literal.
    hashes: usize,
}

fn write_block(out: &mut String, text: &[u8], quote: char, indent: usize) {
    let hashes = required_hashes(text, quote as u8);
    let tabs = "\t".repeat(indent);
    let marks = "#".repeat(hashes);
    let triple: String = [quote; 3].iter().collect();
    out.push_str(&marks);
    out.push_str(&triple);
    out.push('\n');
    if !text.starts_with(b"\n") {
        out.push_str(&tabs);
    }
    let form = Form { quote: None, exact: quote == '\'', hashes };
    escape_bytes(out, text, form, Some(&tabs));
    out.push('\n');
    out.push_str(&tabs);
    out.push_str(&triple);
    out.push_str(&marks);
}

/// How many number signs keep triple quotes inside of the text from ending the literal.
fn required_hashes(text: &[u8], quote: u8) -> usize {
    let mut most = 0;
    let mut at = 0;
    while let Some(found) = text[at..].windows(3).position(|w| w == [quote; 3]) {
        at += found + 3;
        while text.get(at) == Some(&quote) {
            at += 1;
        }
        let mut signs = 1;
        while text.get(at) == Some(&b'#') {
            signs += 1;
            at += 1;
        }
        most = most.max(signs);
    }
    most
}

fn escape_bytes(out: &mut String, bytes: &[u8], form: Form, indent: Option<&str>) {
    for chunk in bytes.utf8_chunks() {
        let mut chars = chunk.valid().chars().peekable();
        while let Some(c) = chars.next() {
            if let (Some(indent), '\n') = (indent, c) {
                out.push('\n');
                if chars.peek().is_some_and(|n| *n != '\n')
                    || (chars.peek().is_none() && !chunk.invalid().is_empty())
                {
                    out.push_str(indent);
                }
            } else {
                escape(out, c, form);
            }
        }
        for b in chunk.invalid() {
            if form.exact {
                backslash(out, form);
                out.push_str(&format!("x{b:02x}"));
            } else {
                out.push('\u{fffd}');
            }
        }
    }
}

fn backslash(out: &mut String, form: Form) {
    out.push('\\');
    out.extend(std::iter::repeat_n('#', form.hashes));
}

fn escape(out: &mut String, c: char, form: Form) {
    if Some(c) == form.quote || c == '\\' {
        backslash(out, form);
        out.push(c);
        return;
    }
    if is_print(c) {
        out.push(c);
        return;
    }
    backslash(out, form);
    match c {
        '\x07' => out.push('a'),
        '\x08' => out.push('b'),
        '\x0c' => out.push('f'),
        '\n' => out.push('n'),
        '\r' => out.push('r'),
        '\t' => out.push('t'),
        '\x0b' => out.push('v'),
        c if c < ' ' && form.exact => out.push_str(&format!("x{:02x}", c as u32)),
        c if (c as u32) < 0x10000 => out.push_str(&format!("u{:04x}", c as u32)),
        c => out.push_str(&format!("U{:08x}", c as u32)),
    }
}

/// Letters, marks, numbers, punctuation, symbols and the ASCII blank.
fn is_print(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    // The library's own table of the same classes; a character in front keeps marks from being escaped as such.
    let mut buffer = [0; 5];
    buffer[0] = b'x';
    let len = c.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..=len]).is_ok_and(|s| s.escape_debug().nth(1) != Some('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        assert_eq!(string("a\"\\\n\t\0é😀\u{200b}\u{7f}"), r#""a\"\\\n\t\u0000é😀\u200b\u007f""#);
        let mut out = String::new();
        write_string_block(&mut out, "a\n\nb\"\"\"#\n", 1);
        assert_eq!(out, "##\"\"\"\n\ta\n\n\tb\"\"\"#\n\n\t\"\"\"##");
    }

    #[test]
    fn bytes() {
        let mut out = String::new();
        write_bytes(&mut out, b"ab\x00'\xff\xc3\xa9");
        assert_eq!(out, r"'ab\x00\'\xffé'");
    }
}
