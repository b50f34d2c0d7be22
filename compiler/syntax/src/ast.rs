//! The typed syntax tree of one CUE file: plain data in arenas, addressed by ids, so that neither building,
//! walking nor dropping a deeply nested file recurses. Children stand before their parents in `exprs`.
//!
//! Built by the parser from the same events as the lossless tree; read by `vela-ir`, the formatter and the
//! language server. Spans are byte ranges of the source and stand beside the nodes.

use vela_diagnostics::Span;

/// Index into [`File::exprs`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ExprId(pub u32);

/// Index into [`File::decls`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct DeclId(pub u32);

/// A range of ids in one of the id lists of [`File`] (`expr_lists`, `decl_lists`, …).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct List {
    /// First position in the side list.
    pub start: u32,
    /// Number of entries.
    pub len: u32,
}

/// An identifier where it stands; its text is `span.of(source)`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ident {
    /// Where the identifier stands.
    pub span: Span,
}

/// A unary operator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum UnaryOp {
    Add,
    Sub,
    Not,
    /// `*x`: a default mark.
    Default,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    Equal,
    NotEqual,
    Match,
    NotMatch,
}

/// A binary operator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Or,
    And,
    LogicalOr,
    LogicalAnd,
    Equal,
    NotEqual,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    Match,
    NotMatch,
    Add,
    Sub,
    Mul,
    Div,
    /// Infix `div`, `mod`, `quo`, `rem`: only accepted for language versions before 0.17.
    IntDiv,
    IntMod,
    IntQuo,
    IntRem,
}

/// An expression. Its span is `File::expr_spans[id]`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Expr {
    /// Stands where the source has an error; a diagnostic says which.
    Bad,
    /// `a`, `_a`, `#a`, `_#a`, `_`.
    Ident,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// `_|_`.
    Bottom,
    /// A number literal; `literal::number` gives its value.
    Number,
    /// A string or bytes literal without interpolation, of any quoting; `literal::string` gives its value.
    String,
    /// A string or bytes literal with interpolations: `File::interps[i]`.
    Interpolation(List),
    /// `{…}`: declarations in `File::decl_lists`.
    Struct(List),
    /// `[…]`: elements in `File::expr_lists`. An element may be `Ellipsis` (last) or `Comprehension`.
    List(List),
    /// `...` or `...T` as a list element.
    Ellipsis(Option<ExprId>),
    /// A comprehension as a list element or an embedding: index into `File::comprehensions`.
    Comprehension(u32),
    /// `op x`; the operator starts the span.
    Unary(UnaryOp, ExprId),
    /// `x op y`; `File::op_positions` maps the expression to the operator's offset.
    Binary(BinaryOp, ExprId, ExprId),
    /// `x.label`: the label is an `Ident`, or a `String` literal expression.
    Select(ExprId, ExprId),
    /// `x[i]`.
    Index(ExprId, ExprId),
    /// `x[lo:hi]`.
    Slice(ExprId, Option<ExprId>, Option<ExprId>),
    /// `f(args…)`: arguments in `File::expr_lists`.
    Call(ExprId, List),
    /// `(x)`.
    Paren(ExprId),
    /// `x...` (experiment `explicitopen`).
    PostfixEllipsis(ExprId),
    /// `x?` (experiment `try`).
    PostfixOption(ExprId),
    /// `X=x`: an old-style alias in value or label position.
    Alias(Ident, ExprId),
}

/// One piece of an interpolated literal.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum InterpPart {
    /// Literal text between interpolations, still escaped; its span excludes quotes and `\(`, `)`.
    Text(Span),
    /// The expression between `\(` and `)`.
    Expr(ExprId),
}

/// Whether a field must, may or has to be filled in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Constraint {
    /// `a: v`
    Member,
    /// `a!: v`
    Required,
    /// `a?: v`
    Optional,
}

/// What stands before the colon.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Label {
    /// `a`, `_a`, `#a`, `_#a`, or a keyword as label.
    Ident(Ident),
    /// `"a"` or any other literal form without interpolation: a `String` expression.
    String(ExprId),
    /// `"\(x)"`: an `Interpolation` expression.
    Interpolation(ExprId),
    /// `(x)`: the inner expression.
    Dynamic(ExprId),
    /// `[x]` or `[X=x]`: the inner expression (an `Alias` for the second form).
    Pattern(ExprId),
    /// Something that can't be a label; a diagnostic says what.
    Bad(Span),
}

/// `~X` or `~(K,V)` after a label (experiment `aliasv2`).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PostfixAlias {
    /// The label's name, in `~(K,V)` only.
    pub label: Option<Ident>,
    /// The field's name.
    pub field: Option<Ident>,
    /// Where it stands, the tilde included.
    pub span: Span,
}

/// A field declaration. `a: b: c` is a field `a` whose value is a brace-less `Struct` with the one field `b`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Field {
    /// `X=` before the label.
    pub alias: Option<Ident>,
    /// The label.
    pub label: Label,
    /// Where the label stands, brackets and quotes included, alias and mark excluded.
    pub label_span: Span,
    /// `~X` after the label.
    pub postfix_alias: Option<PostfixAlias>,
    /// The mark after the label.
    pub constraint: Constraint,
    /// Offset of the colon.
    pub colon: u32,
    /// The value (an `Alias` for `a: X=v`).
    pub value: ExprId,
    /// Attributes after the value, in `File::attributes`.
    pub attributes: List,
}

/// A clause of a comprehension.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Clause {
    /// `for k, v in x` or `for v in x`.
    For {
        /// The key's name, of the two-variable form.
        key: Option<Ident>,
        /// The value's name.
        value: Ident,
        /// What is ranged over.
        source: ExprId,
        /// The whole clause.
        span: Span,
    },
    /// `if x`.
    If {
        /// The condition.
        condition: ExprId,
        /// The whole clause.
        span: Span,
    },
    /// `let x = e`.
    Let {
        /// The name.
        name: Ident,
        /// Its value.
        value: ExprId,
        /// The whole clause.
        span: Span,
    },
    /// `try` or `try x = e` (experiment `try`).
    Try {
        /// The name and its value, of the assignment form.
        binding: Option<(Ident, ExprId)>,
        /// The whole clause.
        span: Span,
    },
}

/// `for … if … {…}`, perhaps with `else {…}` or `otherwise {…}`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Comprehension {
    /// Clauses in `File::clauses`.
    pub clauses: List,
    /// The body: a `Struct` expression.
    pub body: ExprId,
    /// The `else` or `otherwise` body and whether the word was `otherwise` (or `fallback`).
    pub otherwise: Option<(ExprId, bool)>,
    /// The whole comprehension.
    pub span: Span,
}

/// An attribute, `@name(body)`; field attributes stand after a value, declaration attributes alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attribute {
    /// The whole attribute.
    pub span: Span,
    /// The name after `@`.
    pub name: Span,
    /// Between the parentheses.
    pub body: Span,
}

/// A declaration. Its span is `File::decl_spans[id]`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Decl {
    /// A field.
    Field(Field),
    /// `let x = e`.
    Let(Ident, ExprId),
    /// An embedded expression; a `Comprehension` for a comprehension.
    Embed(ExprId),
    /// `...`
    Ellipsis,
    /// A declaration attribute: index into `File::attributes`.
    Attribute(u32),
    /// Stands where the source has an error.
    Bad,
}

/// `import "path"`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Import {
    /// The name before the path.
    pub name: Option<Ident>,
    /// The path's string literal, quotes included.
    pub path: Span,
    /// The whole spec.
    pub span: Span,
}

/// A comment, `// …` to the end of the line (line end excluded).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// Where it stands, slashes included.
    pub span: Span,
}

/// One parsed file. Always whole, whatever errors the source has.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct File {
    /// Every expression, children before parents.
    pub exprs: Vec<Expr>,
    /// `exprs`' places.
    pub expr_spans: Vec<Span>,
    /// Every declaration.
    pub decls: Vec<Decl>,
    /// `decls`' places: from label to the end of the last attribute.
    pub decl_spans: Vec<Span>,
    /// `decls`' documentation: the comments directly above and on the same line, in `comments`.
    pub decl_docs: Vec<List>,
    /// Lists of expressions.
    pub expr_lists: Vec<ExprId>,
    /// Lists of declarations.
    pub decl_lists: Vec<DeclId>,
    /// Pieces of interpolations.
    pub interps: Vec<InterpPart>,
    /// Comprehensions.
    pub comprehensions: Vec<Comprehension>,
    /// Clauses of comprehensions.
    pub clauses: Vec<Clause>,
    /// Attributes.
    pub attributes: Vec<Attribute>,
    /// Offset of the operator of each `Binary`, `.` of each `Select`, `[` of each `Index` and `Slice`, `(` of each
    /// `Call`, `(` of each `Paren`; sorted by expression.
    pub op_positions: Vec<(ExprId, u32)>,
    /// Every comment of the file, in order.
    pub comments: Vec<Comment>,
    /// Attributes before the package clause, in `attributes`.
    pub file_attributes: List,
    /// The package clause.
    pub package: Option<Ident>,
    /// The imports.
    pub imports: Vec<Import>,
    /// The declarations at the top, in `decl_lists`.
    pub top: List,
}

impl File {
    /// The expression.
    pub fn expr(&self, id: ExprId) -> Expr {
        self.exprs[id.0 as usize]
    }

    /// Where the expression stands.
    pub fn span(&self, id: ExprId) -> Span {
        self.expr_spans[id.0 as usize]
    }

    /// The declaration.
    pub fn decl(&self, id: DeclId) -> Decl {
        self.decls[id.0 as usize]
    }

    /// The expressions of a list.
    pub fn expr_list(&self, list: List) -> &[ExprId] {
        &self.expr_lists[list.start as usize..(list.start + list.len) as usize]
    }

    /// The declarations of a list.
    pub fn decl_list(&self, list: List) -> &[DeclId] {
        &self.decl_lists[list.start as usize..(list.start + list.len) as usize]
    }

    /// The pieces of an interpolation.
    pub fn interp_parts(&self, list: List) -> &[InterpPart] {
        &self.interps[list.start as usize..(list.start + list.len) as usize]
    }

    /// The clauses of a comprehension.
    pub fn clause_list(&self, list: List) -> &[Clause] {
        &self.clauses[list.start as usize..(list.start + list.len) as usize]
    }

    /// The attributes of a list.
    pub fn attribute_list(&self, list: List) -> &[Attribute] {
        &self.attributes[list.start as usize..(list.start + list.len) as usize]
    }

    /// The comments that document a declaration.
    pub fn docs(&self, id: DeclId) -> &[Comment] {
        let list = self.decl_docs[id.0 as usize];
        &self.comments[list.start as usize..(list.start + list.len) as usize]
    }

    /// The operator's offset (see `op_positions`), or the expression's start where it has none.
    pub fn op_position(&self, id: ExprId) -> u32 {
        match self.op_positions.binary_search_by_key(&id, |(e, _)| *e) {
            Ok(at) => self.op_positions[at].1,
            Err(_) => self.span(id).start,
        }
    }
}
