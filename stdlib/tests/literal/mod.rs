//! Reads the calls of the suite whose arguments are literals: `x: strings.Split("a,b", ",")`.

use vela_eval::data::Data;
use vela_number::Number;

/// The package, the function and the arguments of a source file `import …; x: pkg.Fn(…)`.
pub fn call(src: &str) -> Option<(String, String, Vec<Data>)> {
    let mut packages = Vec::new();
    let mut rest = src;
    while let Some(line) = rest.strip_prefix("import ") {
        let (path, after) = line.split_once('\n')?;
        packages.push(path.trim().trim_matches('"').to_string());
        rest = after.trim_start();
    }
    let body = rest.strip_prefix("x: ")?;
    let open = body.find('(')?;
    let (name, function) = body[..open].split_once('.')?;
    let path = packages.into_iter().find(|p| p.rsplit('/').next() == Some(name))?;
    let mut r = Reader { text: &body[open + 1..] };
    let args = r.items(')')?;
    r.text.trim().is_empty().then(|| (path, function.to_string(), args))
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.text = self.text.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip();
        match self.text.strip_prefix(token) {
            Some(rest) => {
                self.text = rest;
                true
            }
            None => false,
        }
    }

    fn items(&mut self, close: char) -> Option<Vec<Data>> {
        let mut items = Vec::new();
        let close = close.to_string();
        while !self.eat(&close) {
            if !items.is_empty() && !self.eat(",") {
                return None;
            }
            if self.eat(&close) {
                break;
            }
            items.push(self.value()?);
        }
        Some(items)
    }

    fn value(&mut self) -> Option<Data> {
        self.skip();
        for (word, value) in [("null", Data::Null), ("true", Data::Bool(true)), ("false", Data::Bool(false))]
        {
            if self.text.starts_with(word) && self.eat(word) {
                return Some(value);
            }
        }
        match self.text.chars().next()? {
            '"' | '\'' => self.string(),
            '[' => {
                self.eat("[");
                self.items(']').map(Data::List)
            }
            '{' => {
                self.eat("{");
                self.fields()
            }
            '-' | '+' | '0'..='9' | '.' => self.number(),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Data> {
        let negative = self.eat("-");
        let mut end = 0;
        let bytes = self.text.as_bytes();
        while let Some(&b) = bytes.get(end) {
            let exponent = end > 0 && matches!(bytes[end - 1], b'e' | b'E') && !self.text.starts_with("0x");
            if b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_') || (exponent && matches!(b, b'+' | b'-'))
            {
                end += 1;
            } else {
                break;
            }
        }
        let (text, rest) = self.text.split_at(end);
        self.text = rest;
        let n = Number::parse_literal(text).ok()?;
        Some(Data::Num(if negative { n.neg() } else { n }))
    }

    fn string(&mut self) -> Option<Data> {
        let quote = self.text.chars().next()?;
        if self.text.starts_with("\"\"\"") || self.text.starts_with("'''") {
            return None;
        }
        let mut out: Vec<u8> = Vec::new();
        let mut chars = self.text[1..].chars();
        loop {
            match chars.next()? {
                c if c == quote => break,
                '\\' => {
                    let code = |chars: &mut std::str::Chars<'_>, n: usize| {
                        let text: String = chars.by_ref().take(n).collect();
                        u32::from_str_radix(&text, 16).ok()
                    };
                    let c = match chars.next()? {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        'a' => '\x07',
                        'b' => '\x08',
                        'f' => '\x0C',
                        'v' => '\x0B',
                        'x' => {
                            out.push(code(&mut chars, 2)? as u8);
                            continue;
                        }
                        'u' => char::from_u32(code(&mut chars, 4)?)?,
                        'U' => char::from_u32(code(&mut chars, 8)?)?,
                        c @ ('\\' | '"' | '\'' | '/') => c,
                        _ => return None,
                    };
                    out.extend(c.encode_utf8(&mut [0; 4]).bytes());
                }
                c => out.extend(c.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
        self.text = chars.as_str();
        Some(if quote == '"' { Data::from(String::from_utf8(out).ok()?) } else { Data::Bytes(out.into()) })
    }

    fn fields(&mut self) -> Option<Data> {
        let mut fields = Vec::new();
        while !self.eat("}") {
            if !fields.is_empty() && !self.eat(",") {
                return None;
            }
            self.skip();
            let name = if self.text.starts_with('"') {
                match self.string()? {
                    Data::Str(ref s) => s.to_string(),
                    _ => return None,
                }
            } else {
                let end = self.text.find(|c: char| !c.is_alphanumeric() && c != '_')?;
                let (name, rest) = self.text.split_at(end);
                self.text = rest;
                if name.starts_with('_') || name.is_empty() {
                    return None;
                }
                name.to_string()
            };
            if !self.eat(":") {
                return None;
            }
            fields.push((name.into(), self.value()?));
        }
        Some(Data::Map(fields))
    }
}
