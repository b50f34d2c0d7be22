//! The logos lexer of everything outside quotes.

use logos::Logos;

use crate::kind::Kind;

/// A word as logos finds it. Numbers, odd quotes and errors are finished by hand.
#[derive(Logos, Clone, Copy, PartialEq, Eq, Debug)]
#[logos(skip r"[ \t\r]+")]
pub(super) enum Word {
    /// Line ends and the blanks between and after them.
    #[regex(r"\n[ \t\r\n]*")]
    Lines,
    #[regex(r"//[^\n]*", allow_greedy = true)]
    Comment,
    /// The first character of a number, or its dot and first digit.
    #[regex(r"[0-9]|\.[0-9]")]
    Number,
    /// The first quote of a literal, with the hashes before it.
    #[regex(r#"#*["']"#)]
    Quote,
    /// Two or more hashes that begin no literal.
    #[regex(r"##+")]
    Hashes,
    #[token("..")]
    Dots,
    #[regex(r"__#[a-zA-Z0-9_$\p{L}\p{Nd}]*")]
    BadIdent,
    #[regex(r"[a-zA-Z$\p{L}][a-zA-Z0-9_$\p{L}\p{Nd}]*", |lex| keyword(lex.slice()))]
    #[regex(r"_([a-zA-Z0-9$\p{L}\p{Nd}][a-zA-Z0-9_$\p{L}\p{Nd}]*)?", |_| Kind::Ident)]
    #[regex(r"__[a-zA-Z0-9_$\p{L}\p{Nd}]*", |_| Kind::ReservedIdent)]
    #[regex(r"_?#([a-zA-Z_$\p{L}][a-zA-Z0-9_$\p{L}\p{Nd}]*)?", |_| Kind::Ident)]
    #[regex(r#""[^"\\\n\r]+""#, |_| Kind::PlainString)]
    #[regex(r"@[a-zA-Z0-9_$\p{L}\p{Nd}]*", |_| Kind::Attribute)]
    #[token("_|_", |_| Kind::Bottom)]
    #[token(",", |_| Kind::Comma)]
    #[token(":", |_| Kind::Colon)]
    #[token("?", |_| Kind::Option)]
    #[token("!", |_| Kind::Not)]
    #[token("~", |_| Kind::Tilde)]
    #[token(";", |_| Kind::Semicolon)]
    #[token(".", |_| Kind::Period)]
    #[token("...", |_| Kind::Ellipsis)]
    #[token("(", |_| Kind::LParen)]
    #[token(")", |_| Kind::RParen)]
    #[token("[", |_| Kind::LBrack)]
    #[token("]", |_| Kind::RBrack)]
    #[token("{", |_| Kind::LBrace)]
    #[token("}", |_| Kind::RBrace)]
    #[token("+", |_| Kind::Add)]
    #[token("-", |_| Kind::Sub)]
    #[token("*", |_| Kind::Mul)]
    #[token("/", |_| Kind::Quo)]
    #[token("&", |_| Kind::And)]
    #[token("&&", |_| Kind::LogicalAnd)]
    #[token("|", |_| Kind::Or)]
    #[token("||", |_| Kind::LogicalOr)]
    #[token("=", |_| Kind::Bind)]
    #[token("==", |_| Kind::Equal)]
    #[token("!=", |_| Kind::NotEqual)]
    #[token("=~", |_| Kind::Match)]
    #[token("!~", |_| Kind::NotMatch)]
    #[token("<", |_| Kind::Less)]
    #[token("<-", |_| Kind::Arrow)]
    #[token("<=", |_| Kind::LessEq)]
    #[token(">", |_| Kind::Greater)]
    #[token(">=", |_| Kind::GreaterEq)]
    Kind(Kind),
}

/// The keyword of this spelling, or `Ident`.
fn keyword(text: &str) -> Kind {
    match text {
        "if" => Kind::If,
        "else" => Kind::Else,
        "for" => Kind::For,
        "in" => Kind::In,
        "let" => Kind::Let,
        "try" => Kind::Try,
        "fallback" => Kind::Fallback,
        "otherwise" => Kind::Otherwise,
        "func" => Kind::Func,
        "true" => Kind::True,
        "false" => Kind::False,
        "null" => Kind::Null,
        "package" => Kind::Package,
        "import" => Kind::Import,
        _ => Kind::Ident,
    }
}

/// Whether `text` is one identifier; keywords count.
pub(crate) fn is_identifier(text: &str) -> bool {
    let mut lex = Word::lexer(text);
    let word = lex.next();
    let kind = match word {
        Some(Ok(Word::Kind(kind))) => kind,
        _ => return false,
    };
    let word = matches!(kind, Kind::Ident | Kind::ReservedIdent | Kind::Package | Kind::Import)
        || (Kind::If..=Kind::Null).contains(&kind);
    word && lex.span() == (0..text.len())
}
