//! A value as CUE source.

/// What a source is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Declarations, without braces around them.
    Struct {
        /// Whether they stand on one line.
        inline: bool,
    },
    /// A list.
    List,
    /// `null`.
    Null,
    /// Any other expression.
    Other,
}

/// A value as CUE source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// What `text` is.
    pub shape: Shape,
    /// The source.
    pub text: String,
    /// Comment lines that stand before the value, each with its line end.
    pub head: String,
}

impl Source {
    /// An expression.
    pub fn expression(shape: Shape, text: impl Into<String>) -> Self {
        Self { shape, text: text.into(), head: String::new() }
    }

    /// The source as an expression: a struct in braces.
    pub fn in_braces(&self) -> String {
        match self.shape {
            Shape::Struct { .. } if self.text.is_empty() => "{}".to_owned(),
            Shape::Struct { inline: true } => format!("{{{}}}", self.text),
            Shape::Struct { inline: false } => format!("{{\n{}\n}}", self.text),
            _ => self.text.clone(),
        }
    }

    /// The source as declarations of a file: a value that is no struct is embedded.
    pub fn declarations(&self) -> String {
        format!("{}{}\n", self.head, self.text)
    }
}
