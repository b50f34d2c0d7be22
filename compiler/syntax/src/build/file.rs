//! Ends of groups, parts of literals, the head of the file, comments.

use vela_diagnostics::Span;

use super::marks::is_definition;
use super::{Builder, Frame};
use crate::ast::{Attribute, Expr, ExprId, Import, List};
use crate::error::Weight;
use crate::events::Role;
use crate::grammar::Mode;
use crate::kind::Kind;
use crate::layout::Tok;
use crate::literal;

impl Builder<'_> {
    pub(super) fn on_close(&mut self, end: Tok) {
        let at = self.token(end).span.start;
        if self.frames.last().is_some_and(|f| f.mode == Mode::Interpolation) {
            self.take_interpolated(at);
            if self.token(end).kind == Kind::InterpEnd {
                let text = self.last_text(end);
                self.interps.push(crate::ast::InterpPart::Text(text));
            }
        }
        let inner = match self.frames.last().map(|f| f.mode) {
            Some(Mode::Paren) => Some(self.pop_value(at)),
            Some(Mode::Index) => {
                let sliced = self.frames.last().is_some_and(|f| f.sliced);
                let base = self.frames.last().map_or(0, |f| f.values_base);
                if sliced && self.values.len() <= base { None } else { Some(self.pop_value(at)) }
            }
            _ => None,
        };
        let Some(frame) = self.frames.pop() else { return };
        self.values.truncate(frame.values_base);
        let value = self.group(&frame, inner, end);
        self.pending.truncate(frame.pending_base.min(self.pending.len()));
        self.decls.truncate(frame.decls_base);
        self.elements.truncate(frame.elements_base);
        self.parts.truncate(frame.parts_base);
        self.interps.truncate(frame.interps_base);
        self.clauses.truncate(frame.clauses_base);
        self.attributes.truncate(frame.attributes_base);
        let Some(value) = value else { return };
        match frame.role {
            Role::Operand | Role::Call | Role::Index => self.values.push(value),
            Role::Label => {
                let alias = self.frames.last_mut().and_then(|f| f.alias.take());
                let span = self.span(value);
                self.push_part(alias, frame.open.kind, span, Some(value), frame.open);
            }
            Role::Body => {
                if let Some(parent) = self.frames.last_mut() {
                    parent.body = Some(value);
                }
            }
            Role::FallbackBody => {
                if let Some((_, body)) = self.frames.last_mut().and_then(|f| f.fallback.as_mut()) {
                    *body = Some(value);
                }
            }
            _ => {}
        }
    }

    /// The expression of a group that has ended.
    fn group(&mut self, frame: &Frame, inner: Option<ExprId>, end: Tok) -> Option<ExprId> {
        let open = self.token(frame.open).span;
        let close = self.token(end);
        let closed = matches!(close.kind, Kind::RParen | Kind::RBrack | Kind::RBrace | Kind::InterpEnd);
        let span = Span::new(open.start, if closed { close.span.end } else { close.span.start });
        let (decls, elements, interps) = (frame.decls_base, frame.elements_base, frame.interps_base);
        Some(match frame.mode {
            Mode::File => {
                self.file.top = Self::list(&mut self.decls, decls, &mut self.file.decl_lists);
                return None;
            }
            Mode::Struct => {
                let list = Self::list(&mut self.decls, decls, &mut self.file.decl_lists);
                self.add(Expr::Struct(list), span)
            }
            Mode::List => {
                let list = Self::list(&mut self.elements, elements, &mut self.file.expr_lists);
                self.add(Expr::List(list), span)
            }
            Mode::Interpolation => {
                let list = Self::list(&mut self.interps, interps, &mut self.file.interps);
                self.add(Expr::Interpolation(list), span)
            }
            Mode::Paren => self.add_op(Expr::Paren(inner?), span, open.start),
            Mode::Args if frame.role == Role::Call => {
                let args = Self::list(&mut self.elements, elements, &mut self.file.expr_lists);
                let f = self.pop_value(open.start);
                let span = self.span(f).cover(span);
                self.add_op(Expr::Call(f, args), span, open.start)
            }
            Mode::Index if frame.role == Role::Index => {
                let x = self.pop_value(open.start);
                let span = self.span(x).cover(span);
                let expr = match (frame.sliced, inner) {
                    (true, high) => Expr::Slice(x, frame.low, high),
                    (false, Some(index)) => Expr::Index(x, index),
                    (false, None) => Expr::Bad,
                };
                self.add_op(expr, span, open.start)
            }
            Mode::Args | Mode::Index | Mode::PostfixAlias | Mode::Imports => return None,
        })
    }

    /// The text of a literal up to its first interpolation.
    pub(super) fn first_text(&self, tok: Tok) -> Span {
        let span = self.token(tok).span;
        let text = span.of(self.src);
        let hashes = text.bytes().take_while(|b| *b == b'#').count();
        let rest = &text.as_bytes()[hashes..];
        let quote = rest.first().copied().unwrap_or(b'"');
        let triple =
            rest.len() > 3 && rest[..3].iter().all(|b| *b == quote) && matches!(rest[3], b'\n' | b'\r');
        let start = span.start + (hashes + if triple { 3 } else { 1 }) as u32;
        Span::new(start, span.end - 2 - hashes as u32)
    }

    /// The text between two interpolations.
    pub(super) fn middle_text(&self, tok: Tok) -> Span {
        let span = self.token(tok).span;
        let hashes = span.of(self.src).bytes().rev().skip(1).take_while(|b| *b == b'#').count();
        Span::new(span.start + 1, span.end - 2 - hashes as u32)
    }

    /// The text behind the last interpolation, without the closing quotes.
    fn last_text(&self, tok: Tok) -> Span {
        let span = self.token(tok).span;
        let open = self.frames.last().map_or(tok, |f| f.open);
        let opening = self.token(open).span.of(self.src);
        let text = &span.of(self.src)[1..];
        let quotes = literal::closing_quotes(opening, text);
        Span::new(span.start + 1, span.end - quotes as u32)
    }

    /// What belongs to the file's head.
    pub(super) fn file_event(&mut self, role: Role, tok: Tok) {
        let token = self.token(tok);
        match role {
            Role::FileAttribute => {
                let attribute = self.attribute(token.span);
                let list = &mut self.file.file_attributes;
                if list.len == 0 {
                    list.start = self.file.attributes.len() as u32;
                }
                list.len += 1;
                self.file.attributes.push(attribute);
            }
            Role::PackageName => {
                let name = self.ident(tok);
                self.file.package = Some(name);
                if is_definition(self.text(name)) {
                    let next = self.behind(tok);
                    let message = format!("invalid package name {}", self.text(name));
                    let span = self.token(next).span;
                    self.error(span, next, Weight::Filtered, message);
                }
            }
            Role::ImportPath => {
                let (start, name) =
                    self.frames.last().map_or((token.span.start, None), |f| (f.start, f.names[0]));
                let text = token.span.of(self.src);
                if !valid_import(text) {
                    let message = format!("invalid import path: {text}");
                    self.error(token.span, self.behind(tok), Weight::Filtered, message);
                }
                let span = Span::new(start, token.span.end);
                self.file.imports.push(Import { name, path: token.span, span });
            }
            _ => {}
        }
    }

    /// The parts of an attribute.
    pub(super) fn attribute(&self, span: Span) -> Attribute {
        let text = span.of(self.src);
        let open = text.find('(').unwrap_or(text.len());
        let name = text[..open].trim_end().len().max(1) as u32;
        let body_start = (open + 1).min(text.len()) as u32;
        let body_end = if text.ends_with(')') { text.len() as u32 - 1 } else { text.len() as u32 };
        Attribute {
            span,
            name: Span::new(span.start + 1.min(span.end - span.start), span.start + name),
            body: Span::new(span.start + body_start, span.start + body_end.max(body_start)),
        }
    }

    /// The comments directly above `span` and the one behind it on its last line.
    pub(super) fn docs(&self, span: Span) -> List {
        let comments = &self.file.comments;
        if comments.is_empty() {
            return List::default();
        }
        let first_below = comments.partition_point(|c| c.span.start < span.start);
        let mut first = first_below;
        let mut below = span.start;
        while first > 0 {
            let comment = comments[first - 1].span;
            let gap = Span::new(comment.end, below).of(self.src);
            // Checked first: it ends at the declaration before, while a comment's line may be long.
            if !gap.bytes().all(|b| b.is_ascii_whitespace()) || gap.matches('\n').count() != 1 {
                break;
            }
            let line = self.src[..comment.start as usize].rfind('\n').map_or(0, |i| i + 1);
            let alone =
                self.src[line..comment.start as usize].trim_start_matches('\u{FEFF}').trim().is_empty();
            if !alone {
                break;
            }
            below = comment.start;
            first -= 1;
        }
        let behind = comments.partition_point(|c| c.span.start < span.end);
        let trailing = comments.get(behind).is_some_and(|c| {
            let gap = Span::new(span.end, c.span.start).of(self.src);
            // One comma at most, so that a run of them is not read for each.
            let mut commas = 0;
            gap.bytes().all(|b| {
                commas += usize::from(b == b',');
                matches!(b, b' ' | b'\t' | b',') && commas < 2
            })
        });
        let (start, end) = match (first < first_below, trailing) {
            (true, true) if behind == first_below => (first, behind + 1),
            (true, _) => (first, first_below),
            (false, true) => (behind, behind + 1),
            (false, false) => return List::default(),
        };
        List { start: start as u32, len: (end - start) as u32 }
    }
}

/// Whether a string literal can be an import path: printable, without blanks and most punctuation.
fn valid_import(text: &str) -> bool {
    let Ok(value) = literal::string(text) else { return false };
    let path = String::from_utf8_lossy(literal::bytes_value(&value));
    let path = path.rsplit_once(':').map_or(&*path, |(path, _)| path);
    let forbidden = "!\"#$%&'()*,:;<=>?[\\]^{|}`\u{FFFD}";
    !path.is_empty() && path.chars().all(|c| !c.is_whitespace() && !c.is_control() && !forbidden.contains(c))
}
