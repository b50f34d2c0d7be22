//! Reads `.proto` files. Takes what protoc takes and more: what is checked there is not checked again here.

use vela_diagnostics::Span;

use super::ProtoFault;
use super::lex::{Kind, Token, tokens};
use super::tree::{Comment, Constant, Enum, EnumValue, Field, File, Item, Message, Oneof, Setting};

/// Deepest nesting of messages.
const MAX_DEPTH: usize = 100;

type Parsed<T> = Result<T, ProtoFault>;

/// Reads a file.
pub(crate) fn parse(text: &str) -> Parsed<File> {
    let mut p = Parser { tokens: tokens(text)?, at: 0, comments: Vec::new(), depth: 0 };
    p.file()
}

struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    at: usize,
    /// Comments read since the last declaration, those on adjacent lines as one.
    comments: Vec<Comment>,
    depth: usize,
}

impl<'t> Parser<'t> {
    // ---- Tokens -------------------------------------------------------------------------------------------------

    /// The next token that is no comment; comments before it are gathered.
    fn peek(&mut self) -> &Token<'t> {
        while let Kind::Comment(comment) = &self.tokens[self.at].kind {
            let comment = comment.clone();
            let line = self.tokens[self.at].line;
            self.gather(comment, line);
            self.at += 1;
        }
        &self.tokens[self.at]
    }

    /// Line comments on adjacent lines are one.
    fn gather(&mut self, comment: Comment, line: u32) {
        match self.comments.last_mut() {
            Some(last) if !last.block && last.last_line + 1 == line => {
                last.lines.extend(comment.lines);
                last.last_line = comment.last_line;
                last.block = comment.block;
            }
            _ => self.comments.push(comment),
        }
    }

    fn next(&mut self) -> Token<'t> {
        self.peek();
        let token = self.tokens[self.at].clone();
        if token.kind != Kind::End {
            self.at += 1;
        }
        token
    }

    fn is(&mut self, sign: char) -> bool {
        self.peek().kind == Kind::Sign(sign)
    }

    fn take(&mut self, sign: char) -> bool {
        let found = self.is(sign);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, sign: char, what: &str) -> Parsed<()> {
        if self.take(sign) { Ok(()) } else { self.unexpected(what) }
    }

    fn unexpected<T>(&mut self, what: &str) -> Parsed<T> {
        let token = self.peek();
        let found = if token.kind == Kind::End { "the end of the file" } else { token.text };
        let message = format!("protobuf: found {found:?} but expected {what}");
        Err(ProtoFault { file: String::new(), span: Some(token.span), message })
    }

    fn word(&mut self, what: &str) -> Parsed<(&'t str, Span)> {
        if self.peek().kind != Kind::Word {
            return self.unexpected(what);
        }
        let token = self.next();
        Ok((token.text, token.span))
    }

    /// A name, perhaps of several parts.
    fn full_name(&mut self, what: &str) -> Parsed<(String, Span)> {
        let mut name = String::new();
        let start = self.peek().span;
        if self.take('.') {
            name.push('.');
        }
        loop {
            name.push_str(self.word(what)?.0);
            if !self.take('.') {
                return Ok((name, start));
            }
            name.push('.');
        }
    }

    /// The text of string literals that stand together.
    fn text(&mut self, what: &str) -> Parsed<Constant> {
        let Kind::Text(quote) = self.peek().kind else { return self.unexpected(what) };
        let mut out = String::new();
        while let Kind::Text(q) = self.peek().kind {
            let token = self.next();
            let inner = token.text.strip_prefix(q).and_then(|t| t.strip_suffix(q)).unwrap_or("");
            out.push_str(inner);
        }
        Ok(Constant::Text(out, quote))
    }

    // ---- Comments -----------------------------------------------------------------------------------------------

    /// The comment that ends right above the line, and those before it, which belong to nothing.
    fn doc(&mut self, line: u32) -> (Vec<Item>, Option<Comment>) {
        let mut all = std::mem::take(&mut self.comments);
        let doc = if all.last().is_some_and(|c| c.last_line + 1 == line) { all.pop() } else { None };
        (all.into_iter().map(Item::Comment).collect(), doc)
    }

    /// The end of a declaration, `;` where it is not missing, and the comment behind it.
    fn end(&mut self) -> Option<Comment> {
        let line = self.tokens[self.at.saturating_sub(1)].line;
        if self.tokens[self.at].kind == Kind::Sign(';') {
            self.at += 1;
        }
        match &self.tokens[self.at].kind {
            Kind::Comment(comment) if self.tokens[self.at].line == line => {
                let comment = comment.clone();
                self.at += 1;
                Some(comment)
            }
            _ => None,
        }
    }

    // ---- Declarations -------------------------------------------------------------------------------------------

    fn file(&mut self) -> Parsed<File> {
        let mut file = File::default();
        loop {
            let (kind, text, line, span) = {
                let token = self.peek();
                (token.kind.clone(), token.text, token.line, token.span)
            };
            let (loose, doc) = self.doc(line);
            for item in loose {
                if let Item::Comment(comment) = item {
                    file.comments.push(comment);
                }
            }
            match (kind, text) {
                (Kind::End, _) => {
                    file.comments.extend(doc);
                    return Ok(file);
                }
                (Kind::Sign(';'), _) => {
                    self.at += 1;
                }
                (Kind::Word, "syntax" | "edition") => {
                    self.at += 1;
                    self.expect('=', "=")?;
                    self.text("a version")?;
                    self.end();
                }
                (Kind::Word, "package") => {
                    self.at += 1;
                    file.package = self.full_name("a package name")?.0;
                    file.comments.extend(doc);
                    self.end();
                }
                (Kind::Word, "import") => {
                    self.at += 1;
                    if matches!(self.peek().text, "public" | "weak" | "option") {
                        self.at += 1;
                    }
                    let name = self.text("a file name")?;
                    file.imports.push((span, name.bare().to_owned()));
                    self.end();
                }
                (Kind::Word, "option") => {
                    self.at += 1;
                    let setting = self.setting(span, doc)?;
                    if setting.name == "go_package" {
                        file.go_package = Some((span, setting.value.bare().to_owned()));
                    }
                    self.end();
                }
                (Kind::Word, "message" | "enum" | "service" | "extend") => {
                    let item = self.nested(text, span, doc)?;
                    file.items.push(item);
                }
                _ => return self.unexpected("an element of a .proto file"),
            }
        }
    }

    /// What may stand in files and in messages.
    fn nested(&mut self, keyword: &str, span: Span, doc: Option<Comment>) -> Parsed<Item> {
        self.at += 1;
        match keyword {
            "message" => {
                let name = self.word("a message's name")?.0.to_owned();
                let items = self.body()?;
                Ok(Item::Message(Message { at: span, name, doc, items }))
            }
            "enum" => Ok(Item::Enum(self.enumeration(span, doc)?)),
            _ => {
                self.skip_declaration()?;
                Ok(Item::Ignored)
            }
        }
    }

    /// Everything up to `;` or the end of braces.
    fn skip_declaration(&mut self) -> Parsed<()> {
        let mut depth = 0;
        loop {
            let token = self.next();
            match token.kind {
                Kind::End => return self.unexpected("}"),
                Kind::Sign('{' | '[' | '(') => depth += 1,
                Kind::Sign('}' | ']' | ')') => {
                    depth -= 1;
                    if depth <= 0 && token.kind == Kind::Sign('}') {
                        self.comments.clear();
                        return Ok(());
                    }
                }
                Kind::Sign(';') if depth <= 0 => {
                    self.comments.clear();
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    fn body(&mut self) -> Parsed<Vec<Item>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.unexpected("less deeply nested messages");
        }
        self.expect('{', "{")?;
        let mut items = Vec::new();
        loop {
            let (kind, text, line, span) = {
                let token = self.peek();
                (token.kind.clone(), token.text, token.line, token.span)
            };
            let (loose, doc) = self.doc(line);
            items.extend(loose);
            match (kind, text) {
                (Kind::Sign('}'), _) => {
                    items.extend(doc.map(Item::Comment));
                    self.at += 1;
                    self.depth -= 1;
                    return Ok(items);
                }
                (Kind::Sign(';'), _) => {
                    self.at += 1;
                }
                (Kind::Word, "message" | "enum" | "extend") if self.declares() => {
                    items.push(self.nested(text, span, doc)?);
                }
                (Kind::Word, "extensions" | "reserved") if self.declares_numbers() => {
                    self.skip_declaration()?;
                    items.push(Item::Ignored);
                }
                (Kind::Word, "option") => {
                    self.at += 1;
                    let setting = self.setting(span, doc)?;
                    self.end();
                    items.push(Item::Option(setting));
                }
                (Kind::Word, "oneof") if self.declares() => {
                    self.at += 1;
                    items.push(Item::Oneof(self.oneof(span, doc)?));
                }
                (Kind::Word | Kind::Sign('.'), _) => {
                    let mut field = self.field(doc)?;
                    let behind = self.end();
                    field.inline = field.inline.or(behind);
                    items.push(Item::Field(field));
                }
                _ => return self.unexpected("a field or }"),
            }
        }
    }

    fn after(&self, n: usize) -> &Kind {
        self.tokens[self.at..]
            .iter()
            .map(|t| &t.kind)
            .filter(|k| !matches!(k, Kind::Comment(_)))
            .nth(n)
            .unwrap_or(&Kind::End)
    }

    /// Whether a keyword is followed by a name and braces, so that it is no type.
    fn declares(&self) -> bool {
        (1..4).any(|n| *self.after(n) == Kind::Sign('{')) || *self.after(2) == Kind::Sign('.')
    }

    fn declares_numbers(&self) -> bool {
        !matches!(self.after(1), Kind::Word)
    }

    fn field(&mut self, doc: Option<Comment>) -> Parsed<Field> {
        let mut repeated = false;
        while matches!(self.peek().text, "repeated" | "optional" | "required")
            && matches!(self.after(1), Kind::Word | Kind::Sign('.'))
            && !matches!(self.after(2), Kind::Sign('='))
        {
            repeated |= self.next().text == "repeated";
        }
        let at = self.peek().span;
        if self.peek().text == "group" && matches!(self.after(1), Kind::Word) {
            return self.unexpected("a field: groups are not supported");
        }
        let mut key = None;
        let type_name = if self.peek().text == "map" && *self.after(1) == Kind::Sign('<') {
            self.at += 1;
            self.expect('<', "<")?;
            key = Some(self.full_name("a key type")?.0);
            self.expect(',', ",")?;
            let value = self.full_name("a value type")?.0;
            self.expect('>', ">")?;
            value
        } else {
            self.full_name("a type")?.0
        };
        let name = self.word("[field identifier]")?.0.to_owned();
        self.expect('=', "[field =]")?;
        if self.peek().kind != Kind::Number {
            return self.unexpected("[field sequence number]");
        }
        let number = self.next().text;
        let number = integer(number).map_or_else(|| number.to_owned(), |n| n.to_string());
        let mut settings = Vec::new();
        if self.take('[') {
            loop {
                let span = self.peek().span;
                settings.push(self.setting(span, None)?);
                if self.take(']') {
                    break;
                }
                self.expect(',', "[option ,]")?;
            }
        }
        self.comments.clear();
        Ok(Field { at, name, type_name, key, number, repeated, settings, doc, inline: None })
    }

    /// A comment behind a field counts as one above the next.
    fn oneof(&mut self, at: Span, own: Option<Comment>) -> Parsed<Oneof> {
        let name = self.word("a oneof's name")?.0.to_owned();
        self.expect('{', "{")?;
        let mut items = Vec::new();
        loop {
            let (kind, text, line, span) = {
                let token = self.peek();
                (token.kind.clone(), token.text, token.line, token.span)
            };
            let (loose, doc) = self.doc(line);
            items.extend(loose);
            match (kind, text) {
                (Kind::Sign('}'), _) => {
                    items.extend(doc.map(Item::Comment));
                    self.at += 1;
                    return Ok(Oneof { at, name, doc: own, items });
                }
                (Kind::Sign(';'), _) => {
                    self.at += 1;
                }
                (Kind::Word, "option") => {
                    self.at += 1;
                    let setting = self.setting(span, doc)?;
                    items.push(Item::Option(setting));
                }
                (Kind::Word | Kind::Sign('.'), _) => items.push(Item::Field(self.field(doc)?)),
                _ => return self.unexpected("a field or }"),
            }
        }
    }

    fn enumeration(&mut self, at: Span, doc: Option<Comment>) -> Parsed<Enum> {
        let name = self.word("an enum's name")?.0.to_owned();
        self.expect('{', "{")?;
        let mut out = Enum { at, name, doc, values: Vec::new(), late: false };
        loop {
            let (kind, text, line, span) = {
                let token = self.peek();
                (token.kind.clone(), token.text, token.line, token.span)
            };
            let (loose, doc) = self.doc(line);
            out.late |= out.values.is_empty() && !loose.is_empty();
            match (kind, text) {
                (Kind::Sign('}'), _) => {
                    self.at += 1;
                    return Ok(out);
                }
                (Kind::Sign(';'), _) => {
                    self.at += 1;
                }
                (Kind::Word, "option") if *self.after(1) != Kind::Sign('=') => {
                    self.at += 1;
                    self.setting(span, doc)?;
                    self.end();
                    out.late |= out.values.is_empty();
                }
                (Kind::Word, "reserved") if *self.after(1) != Kind::Sign('=') => {
                    self.skip_declaration()?;
                    out.late |= out.values.is_empty();
                }
                (Kind::Word, _) => {
                    let value = self.enum_value(doc)?;
                    out.values.push(value);
                }
                _ => return self.unexpected("an enum's value or }"),
            }
        }
    }

    fn enum_value(&mut self, doc: Option<Comment>) -> Parsed<EnumValue> {
        let name = self.word("[enum field identifier]")?.0.to_owned();
        self.expect('=', "[enum field =]")?;
        let negative = self.take('-');
        let token = self.peek().clone();
        let Some(number) = integer(token.text).filter(|_| token.kind == Kind::Number) else {
            return self.unexpected("[enum field integer]");
        };
        self.at += 1;
        if self.take('[') {
            loop {
                let span = self.peek().span;
                self.setting(span, None)?;
                if self.take(']') {
                    break;
                }
                self.expect(',', ", or ]")?;
            }
        }
        self.comments.clear();
        let inline = self.end();
        Ok(EnumValue { name, number: if negative { -number } else { number }, doc, inline })
    }

    /// `name = constant`.
    fn setting(&mut self, at: Span, doc: Option<Comment>) -> Parsed<Setting> {
        let mut name = String::new();
        loop {
            if self.take('(') {
                let inner = self.full_name("an option's name")?.0;
                self.expect(')', ")")?;
                name.push_str(&format!("({inner})"));
            } else {
                name.push_str(self.word("an option's name")?.0);
            }
            if !self.take('.') {
                break;
            }
            name.push('.');
        }
        self.expect('=', "[option value assignment =]")?;
        let value = self.constant()?;
        Ok(Setting { at, name, value, doc })
    }

    fn constant(&mut self) -> Parsed<Constant> {
        if self.is('{') {
            self.skip_aggregate()?;
            return Ok(Constant::Aggregate);
        }
        if matches!(self.peek().kind, Kind::Text(_)) {
            return self.text("a value");
        }
        let mut out = String::new();
        for sign in ['-', '+'] {
            if self.take(sign) {
                out.push(sign);
            }
        }
        match self.peek().kind {
            Kind::Number => out.push_str(self.next().text),
            _ => out.push_str(&self.full_name("a value")?.0),
        }
        Ok(Constant::Word(out))
    }

    fn skip_aggregate(&mut self) -> Parsed<()> {
        let mut depth = 0;
        loop {
            match self.next().kind {
                Kind::End => return self.unexpected("}"),
                Kind::Sign('{') => depth += 1,
                Kind::Sign('}') => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
    }
}

/// A decimal, octal or hexadecimal number.
fn integer(text: &str) -> Option<i64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
