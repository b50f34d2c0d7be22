//! Kinds of tokens and sets of them. Used by the lexer, the layout pass, the grammar and the lossless tree.

/// What a token is. `Ident` to `Bottom` are the classes whose text is part of an error message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Kind {
    Eof,
    /// A character or spelling that is no token.
    Illegal,
    /// A written comma.
    Comma,
    /// A comma the lexer inserts at the end of a line.
    AutoComma,
    /// `@name(body)`.
    Attribute,
    Ident,
    /// An identifier that starts with `__`: may be used, not declared.
    ReservedIdent,
    /// The identifier `package`: a word of its own only at the head of a file.
    Package,
    /// The identifier `import`, likewise.
    Import,
    Int,
    Float,
    /// `"x"`: one line, no hashes, not empty; the only string that can follow a dot.
    PlainString,
    /// Any other string or bytes literal without interpolation.
    String,
    /// A literal up to and including its first `\(`.
    InterpStart,
    /// From `)` to the next `\(` of the same literal.
    InterpMid,
    /// From the last `)` to the end of the literal.
    InterpEnd,
    Bottom,
    If,
    Else,
    For,
    In,
    Let,
    Try,
    Fallback,
    Otherwise,
    Func,
    True,
    False,
    Null,
    Add,
    Sub,
    Mul,
    Quo,
    And,
    Or,
    LogicalAnd,
    LogicalOr,
    Bind,
    Equal,
    NotEqual,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    Match,
    NotMatch,
    Not,
    /// `<-`, in no production.
    Arrow,
    LParen,
    LBrack,
    LBrace,
    RParen,
    RBrack,
    RBrace,
    Period,
    Ellipsis,
    /// `;`, in no production.
    Semicolon,
    Colon,
    Option,
    Tilde,
    /// `// …`: kept beside the tokens, never among them.
    Comment,
    /// Blanks and line ends: only in the lossless tree.
    Space,
}

impl Kind {
    /// How an error message names the token: its spelling or its class.
    pub fn spelling(self) -> &'static str {
        match self {
            Kind::Eof => "EOF",
            Kind::Illegal => "ILLEGAL",
            Kind::Comma | Kind::AutoComma => ",",
            Kind::Attribute => "ATTRIBUTE",
            Kind::Ident | Kind::ReservedIdent | Kind::Package | Kind::Import => "IDENT",
            Kind::Int => "INT",
            Kind::Float => "FLOAT",
            Kind::PlainString | Kind::String => "STRING",
            Kind::InterpStart => "INTERPOLATION",
            Kind::InterpMid | Kind::InterpEnd | Kind::RParen => ")",
            Kind::Bottom => "_|_",
            Kind::If => "if",
            Kind::Else => "else",
            Kind::For => "for",
            Kind::In => "in",
            Kind::Let => "let",
            Kind::Try => "try",
            Kind::Fallback => "fallback",
            Kind::Otherwise => "otherwise",
            Kind::Func => "func",
            Kind::True => "true",
            Kind::False => "false",
            Kind::Null => "null",
            Kind::Add => "+",
            Kind::Sub => "-",
            Kind::Mul => "*",
            Kind::Quo => "/",
            Kind::And => "&",
            Kind::Or => "|",
            Kind::LogicalAnd => "&&",
            Kind::LogicalOr => "||",
            Kind::Bind => "=",
            Kind::Equal => "==",
            Kind::NotEqual => "!=",
            Kind::Less => "<",
            Kind::LessEq => "<=",
            Kind::Greater => ">",
            Kind::GreaterEq => ">=",
            Kind::Match => "=~",
            Kind::NotMatch => "!~",
            Kind::Not => "!",
            Kind::Arrow => "<-",
            Kind::LParen => "(",
            Kind::LBrack => "[",
            Kind::LBrace => "{",
            Kind::RBrack => "]",
            Kind::RBrace => "}",
            Kind::Period => ".",
            Kind::Ellipsis => "...",
            Kind::Semicolon => ";",
            Kind::Colon => ":",
            Kind::Option => "?",
            Kind::Tilde => "~",
            Kind::Comment => "COMMENT",
            Kind::Space => "SPACE",
        }
    }

    /// Whether an error message adds the token's text.
    pub fn shows_text(self) -> bool {
        Kind::Ident <= self && self <= Kind::Bottom && !matches!(self, Kind::InterpMid | Kind::InterpEnd)
    }

    /// Precedence of a binary operator, 1 the loosest; `None` for other tokens.
    pub fn precedence(self) -> Option<u8> {
        Some(match self {
            Kind::Or => 1,
            Kind::And => 2,
            Kind::LogicalOr => 3,
            Kind::LogicalAnd => 4,
            Kind::Equal
            | Kind::NotEqual
            | Kind::Less
            | Kind::LessEq
            | Kind::Greater
            | Kind::GreaterEq
            | Kind::Match
            | Kind::NotMatch => 5,
            Kind::Add | Kind::Sub => 6,
            Kind::Mul | Kind::Quo => 7,
            _ => return None,
        })
    }
}

/// A set of token kinds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct KindSet(u64);

impl KindSet {
    /// The set of the given kinds.
    pub(crate) const fn of(kinds: &[Kind]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < kinds.len() {
            bits |= 1 << kinds[i] as u8;
            i += 1;
        }
        Self(bits)
    }

    /// Both sets together.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the kind is in the set.
    pub(crate) const fn has(self, kind: Kind) -> bool {
        self.0 >> kind as u8 & 1 == 1
    }
}
