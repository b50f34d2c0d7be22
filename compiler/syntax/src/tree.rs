//! The lossless tree: every byte of the text, blanks and comments included, under nodes of the grammar. Built on
//! demand from the events the AST is built from; for tools that change text and for editors. Building costs several
//! times as much as parsing.

mod build;

use rowan::Language;

use crate::events::Wanted;
use crate::experiments::{Experiments, Features, Version};
use crate::grammar::Grammar;
use crate::kind::Kind;
use crate::layout::{Tok, layout};
use crate::lexer::lex;
use crate::walk::walk;

/// What a node of the lossless tree is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Node {
    File,
    Package,
    /// `import "x"` or `import ( … )`.
    Imports,
    /// The parentheses of an import and what they hold.
    ImportGroup,
    /// A name and a path.
    ImportSpec,
    /// A field, all labels of `a: b: c` included.
    Field,
    Let,
    Embedding,
    EllipsisDecl,
    AttributeDecl,
    /// Text that makes no declaration.
    BadDecl,
    Comprehension,
    /// One clause of a comprehension.
    Clause,
    Struct,
    List,
    Paren,
    /// The parentheses of a call and its arguments.
    Args,
    /// The brackets of an index or a slice.
    IndexBrackets,
    /// The parentheses behind `~`.
    AliasNames,
    Interpolation,
    Unary,
    Binary,
    Select,
    Index,
    Call,
    PostfixEllipsis,
    PostfixOption,
    /// `X=v` as an element of a list.
    Alias,
    /// `...` or `...T` in a list.
    EllipsisElement,
}

/// A kind of the lossless tree.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum SyntaxKind {
    /// A token; `Comment` and `Space` among them.
    Token(Kind),
    /// A node.
    Node(Node),
}

const TOKENS: [Kind; 62] = {
    use Kind::*;
    [
        Eof,
        Illegal,
        Comma,
        AutoComma,
        Attribute,
        Ident,
        ReservedIdent,
        Package,
        Import,
        Int,
        Float,
        PlainString,
        String,
        InterpStart,
        InterpMid,
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
        Arrow,
        LParen,
        LBrack,
        LBrace,
        RParen,
        RBrack,
        RBrace,
        Period,
        Ellipsis,
        Semicolon,
        Colon,
        Option,
        Tilde,
        Comment,
        Space,
    ]
};

const NODES: [Node; 29] = {
    use Node::*;
    [
        File,
        Package,
        Imports,
        ImportGroup,
        ImportSpec,
        Field,
        Let,
        Embedding,
        EllipsisDecl,
        AttributeDecl,
        BadDecl,
        Comprehension,
        Clause,
        Struct,
        List,
        Paren,
        Args,
        IndexBrackets,
        AliasNames,
        Interpolation,
        Unary,
        Binary,
        Select,
        Index,
        Call,
        PostfixEllipsis,
        PostfixOption,
        Alias,
        EllipsisElement,
    ]
};

/// Where node kinds start among the raw kinds.
const FIRST_NODE: u16 = 128;

impl From<SyntaxKind> for rowan::SyntaxKind {
    fn from(kind: SyntaxKind) -> Self {
        rowan::SyntaxKind(match kind {
            SyntaxKind::Token(kind) => kind as u16,
            SyntaxKind::Node(node) => FIRST_NODE + node as u16,
        })
    }
}

/// The language, as rowan wants it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Cue {}

impl Language for Cue {
    type Kind = SyntaxKind;

    fn kind_from_raw(raw: rowan::SyntaxKind) -> SyntaxKind {
        let node = raw.0.checked_sub(FIRST_NODE).and_then(|i| NODES.get(i as usize));
        match node {
            Some(node) => SyntaxKind::Node(*node),
            None => SyntaxKind::Token(TOKENS.get(raw.0 as usize).copied().unwrap_or(Kind::Illegal)),
        }
    }

    fn kind_to_raw(kind: SyntaxKind) -> rowan::SyntaxKind {
        kind.into()
    }
}

/// A node of the lossless tree.
pub type SyntaxNode = rowan::SyntaxNode<Cue>;
/// A token of the lossless tree.
pub type SyntaxToken = rowan::SyntaxToken<Cue>;

/// The lossless tree of a text. Its text is the text, whatever errors that has. Where nodes would nest deeper than
/// 1,000, the innermost are left out and their tokens stand in the node around them.
pub fn syntax_tree(src: &str) -> SyntaxNode {
    let version = Version::LATEST;
    if u32::try_from(src.len()).is_err() {
        return build::flat(src);
    }
    let lexed = lex(src);
    let groups = layout(&lexed.tokens);
    // The experiments only decide what is an error; all their syntax is read.
    let all = Experiments { struct_compare: true, ..Experiments::default() };
    let grammar = Grammar::new(Features::new(version, all));
    let mut builder = build::TreeBuilder::new(src, &lexed.tokens, &lexed.comments);
    walk(&groups, &grammar, &mut builder, |_: Wanted, _: Tok, _: u32| {});
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_survive_the_way_through_rowan() {
        for kind in TOKENS.into_iter().map(SyntaxKind::Token).chain(NODES.into_iter().map(SyntaxKind::Node)) {
            assert_eq!(Cue::kind_from_raw(Cue::kind_to_raw(kind)), kind);
        }
        assert_eq!(TOKENS[Kind::Space as usize], Kind::Space);
    }
}
