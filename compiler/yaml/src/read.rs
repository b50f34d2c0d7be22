//! YAML text into documents. The grammar is granit-parser's; what the events mean is decided here and in `build.rs`.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StrInput, StructureStyle};
use vela_diagnostics::Span;
use vela_diagnostics::catalogue::input;

use crate::build::{Builder, MAX_FAULTS, Properties};
use crate::doc::{Comment, Parsed, Placement, Style};
use crate::{Fault, MAX_DEPTH};

/// Which value counts where a map has a field of its own and one by a merge key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum MergeRule {
    /// The map's own, as YAML says and Kubernetes' tools do.
    #[default]
    ExplicitWins,
    /// The later one, as the reference's decoder of data files does.
    LastWins,
}

/// How to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Options {
    /// What merge keys do.
    pub merge: MergeRule,
}

/// Reads all documents. After a fault of syntax, reading goes on with the next document.
pub fn parse(text: &str) -> Parsed {
    parse_with(text, Options::default())
}

/// Reads all documents, with options. An input without any document is one `null`.
pub fn parse_with(text: &str, options: Options) -> Parsed {
    let mut parsed = Parsed::default();
    if u32::try_from(text.len()).is_err() {
        parsed.faults.push(Fault::new(input::TOO_LARGE, Span::at(0), "data of 4 GiB or more"));
        return parsed;
    }
    let mut reader = Reader {
        text,
        builder: Builder::new(options.merge),
        parsed,
        head: 0,
        in_document: false,
        last_end: 0,
    };
    let limits = granit_parser::options! {
        block_scalar_eof_without_line_feed: true,
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        max_buffered_comment_events: 1 << 20,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut parser = Parser::new_from_str_with_options(text, limits);
    reader.run(&mut parser);
    let Reader { builder, mut parsed, .. } = reader;
    parsed.faults = builder.faults;
    parsed.faults.sort_by_key(|f| f.span.start);
    parsed
}

struct Reader<'t> {
    text: &'t str,
    builder: Builder,
    parsed: Parsed,
    /// Comments from here on stand before the next node.
    head: u32,
    in_document: bool,
    last_end: u32,
}

impl<'t> Reader<'t> {
    fn run(&mut self, parser: &mut Parser<'t, StrInput<'t>>) {
        loop {
            match parser.next_event() {
                None => break,
                Some(Ok((Event::StreamEnd, _))) => break,
                Some(Ok((event, span))) => {
                    let tag_span = span.tag_span().map(|s| self.span(s)).unwrap_or_default();
                    let span = self.span(span);
                    self.event(event, span, tag_span);
                }
                Some(Err(error)) => {
                    self.syntax_fault(&error);
                    if self.builder.faults.len() >= MAX_FAULTS || parser.proceed_next_document().is_err() {
                        break;
                    }
                }
            }
        }
        if self.in_document {
            self.end_document();
        }
        if self.parsed.docs.is_empty() {
            self.builder.begin(0, false);
            self.end_document();
        }
    }

    fn span(&self, span: granit_parser::Span) -> Span {
        let at =
            |m: granit_parser::Marker| m.byte_offset().unwrap_or(self.text.len()).min(self.text.len()) as u32;
        let (start, end) = (at(span.start), at(span.end));
        Span::new(start, end.max(start))
    }

    fn event(&mut self, event: Event<'t>, span: Span, tag_span: Span) {
        match event {
            Event::DocumentStart(explicit, _) => {
                self.builder.begin(span.start, explicit);
                self.in_document = true;
                self.last_end = span.end;
            }
            Event::DocumentEnd => {
                self.last_end = self.last_end.max(span.start);
                self.end_document();
            }
            Event::Alias(id) => {
                let name = span.of(self.text).trim_start_matches('*').to_owned();
                let properties = self.properties(None, tag_span);
                self.builder.alias(properties, id, span, &name);
            }
            Event::UnresolvedAlias(name) => {
                let properties = self.properties(None, tag_span);
                self.builder.unresolved_alias(properties, span, &name);
            }
            Event::Anchor(id, name) => self.builder.name_anchor(id, &name),
            Event::Comment(text, placement) => self.comment(&text, placement, span),
            Event::Scalar(text, style, anchor, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                };
                let properties = self.properties(tag, tag_span);
                // A block scalar's span runs to the start of the next thing.
                let span = Span::new(span.start, span.start + span.of(self.text).trim_end().len() as u32);
                self.last_end = span.end;
                self.builder.scalar(properties, (anchor != 0).then_some(anchor), span, &text, style);
            }
            Event::SequenceStart(style, anchor, tag) => {
                let properties = self.properties(tag, tag_span);
                let anchor = (anchor != 0).then(|| (anchor, "".into()));
                self.builder.list(properties, anchor, span, style == StructureStyle::Flow);
            }
            Event::MappingStart(style, anchor, tag) => {
                let properties = self.properties(tag, tag_span);
                let anchor = (anchor != 0).then(|| (anchor, "".into()));
                self.builder.map(properties, anchor, span, style == StructureStyle::Flow);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.last_end = self.last_end.max(span.start);
                self.builder.close(span);
            }
            _ => {}
        }
    }

    fn properties(&mut self, tag: Option<Cow<'t, granit_parser::Tag>>, tag_span: Span) -> Properties {
        let head = (self.head, self.builder.comments.len() as u32);
        self.head = head.1;
        Properties { tag: tag.map(|t| short_tag(&t)), tag_span, head }
    }

    fn comment(&mut self, text: &str, placement: granit_parser::Placement, span: Span) {
        let placement = match placement {
            granit_parser::Placement::Above => Placement::Above,
            granit_parser::Placement::Right => Placement::Right,
            granit_parser::Placement::Last => Placement::Last,
            _ => Placement::Free,
        };
        let index = self.builder.comments.len() as u32;
        self.builder.comments.push(Comment { span, text: text.into(), placement });
        if placement == Placement::Right {
            self.builder.line_comment(index);
            if self.head == index {
                self.head += 1;
            }
        }
    }

    fn end_document(&mut self) {
        for comment in self.builder.comments.iter_mut().skip(self.head as usize) {
            comment.placement = Placement::Last;
        }
        self.parsed.docs.push(self.builder.end(self.last_end));
        self.in_document = false;
        self.head = 0;
    }

    fn syntax_fault(&mut self, error: &ScanError) {
        let at = error.marker().byte_offset().unwrap_or(self.text.len()).min(self.text.len()) as u32;
        let code = match error.kind() {
            ErrorKind::RecursionLimitExceeded => input::TOO_LARGE,
            _ => input::YAML,
        };
        if !self.in_document {
            self.builder.begin(at, false);
        }
        self.builder.fault(Fault::new(code, Span::at(at), error.info()));
        self.last_end = at;
        self.end_document();
    }
}

/// The tag as people write it: `!!int` for YAML's own, else the resolved one.
fn short_tag(tag: &granit_parser::Tag) -> Box<str> {
    if let Some(name) = tag.suffix_in_namespace("tag:yaml.org,2002:") {
        return format!("!!{name}").into();
    }
    let (handle, suffix) = tag.parts();
    format!("{handle}{suffix}").into()
}
