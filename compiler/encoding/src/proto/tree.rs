//! A `.proto` file as its declarations, with the comments that belong to them.

use vela_diagnostics::Span;

/// A comment: its lines without `//`, `/*` and `*/`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Comment {
    pub lines: Vec<String>,
    /// The line it ends on, from 0.
    pub last_line: u32,
    /// Whether it is `/* … */`.
    pub block: bool,
}

/// What stands in a file, a message or a oneof.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Item {
    /// A comment that belongs to nothing.
    Comment(Comment),
    Message(Message),
    Enum(Enum),
    Field(Field),
    Oneof(Oneof),
    Option(Setting),
    /// What has no counterpart in CUE: services, extensions, reserved numbers.
    Ignored,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Message {
    pub at: Span,
    pub name: String,
    pub doc: Option<Comment>,
    pub items: Vec<Item>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Enum {
    pub at: Span,
    pub name: String,
    pub doc: Option<Comment>,
    pub values: Vec<EnumValue>,
    /// Whether something else, such as an option, stands before the first value.
    pub late: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct EnumValue {
    pub name: String,
    pub number: i64,
    pub doc: Option<Comment>,
    pub inline: Option<Comment>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Oneof {
    pub at: Span,
    pub name: String,
    pub doc: Option<Comment>,
    pub items: Vec<Item>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Field {
    pub at: Span,
    pub name: String,
    pub type_name: String,
    /// The type of a map's keys.
    pub key: Option<String>,
    pub number: String,
    pub repeated: bool,
    pub settings: Vec<Setting>,
    pub doc: Option<Comment>,
    pub inline: Option<Comment>,
}

/// An option.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Setting {
    pub at: Span,
    pub name: String,
    pub value: Constant,
    pub doc: Option<Comment>,
}

/// The value of an option.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Constant {
    /// A name or number.
    Word(String),
    /// What stands between the quotes, and the quote.
    Text(String, char),
    /// `{ … }`.
    Aggregate,
}

impl Constant {
    /// As attributes show it.
    pub fn source(&self) -> String {
        match self {
            Self::Word(text) => text.clone(),
            Self::Text(text, quote) => format!("{quote}{text}{quote}"),
            Self::Aggregate => String::new(),
        }
    }

    /// Without the quotes.
    pub fn bare(&self) -> &str {
        match self {
            Self::Word(text) | Self::Text(text, _) => text,
            Self::Aggregate => "",
        }
    }
}

/// A file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct File {
    pub package: String,
    /// Comments that belong to the file: those of nothing else, and that of the package.
    pub comments: Vec<Comment>,
    pub go_package: Option<(Span, String)>,
    pub imports: Vec<(Span, String)>,
    pub items: Vec<Item>,
}
