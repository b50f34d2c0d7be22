//! The intermediate representation of one program (a package and all it imports): immutable vectors addressed by
//! 32-bit ids, references resolved to (levels up, label). Places stand in side tables, so an edit of white space
//! leaves everything else equal.
//!
//! Levels: one frame per struct literal, list literal, `for` clause, `let` clause and `try x =` clause of a
//! comprehension; none for files (the file's struct literal is the outermost frame), fields and aliases.

use vela_number::Number;

use crate::kind::Kinds;
use crate::label::{Label, Labels};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(pub u32);
        impl $name {
            /// The id as an index.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// Index into [`Ir::exprs`].
    ExprId
    /// Index into [`Ir::structs`].
    StructId
    /// Index into [`Ir::decls`].
    DeclId
    /// Index into [`Ir::comprehensions`].
    ComprehensionId
    /// Index into [`Ir::files`].
    FileId
    /// Index into [`Ir::packages`].
    PackageId
}

/// A range in one of the id lists.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct List {
    /// First position.
    pub start: u32,
    /// Number of entries.
    pub len: u32,
}

impl List {
    /// The range as indexes.
    #[inline]
    pub const fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

/// A comparison operator of a bound (`<5`, `!=null`, `=~"a"`) or of a binary expression.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[allow(missing_docs)]
pub enum Compare {
    Less,
    LessEq,
    Greater,
    GreaterEq,
    Equal,
    NotEqual,
    Match,
    NotMatch,
}

impl Compare {
    /// The operator as source text.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessEq => "<=",
            Self::Greater => ">",
            Self::GreaterEq => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Match => "=~",
            Self::NotMatch => "!~",
        }
    }
}

/// A binary operator other than `&` and `|`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    IntDiv,
    IntMod,
    IntQuo,
    IntRem,
    LogicalAnd,
    LogicalOr,
    Compare(Compare),
}

impl BinaryOp {
    /// The operator as source text.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::IntDiv => "div",
            Self::IntMod => "mod",
            Self::IntQuo => "quo",
            Self::IntRem => "rem",
            Self::LogicalAnd => "&&",
            Self::LogicalOr => "||",
            Self::Compare(c) => c.text(),
        }
    }
}

/// A unary operator on values (bounds are `Expr::Bound`, default marks part of `Expr::Disjunction`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum UnaryOp {
    Plus,
    Minus,
    Not,
}

/// A predeclared function or internal marker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum Predeclared {
    Len,
    Close,
    And,
    Or,
    Div,
    Mod,
    Quo,
    Rem,
    Error,
    MatchN,
    MatchIf,
    CloseAll,
    Reclose,
    NoSharing,
    TestExperiment,
}

/// An expression. Operands are ids; lists stand in side vectors.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Expr {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number: index into `numbers`.
    Num(u32),
    /// A string: index into `strings`.
    Str(u32),
    /// Bytes: index into `bytes`.
    Bytes(u32),
    /// `_`
    Top,
    /// `_|_`
    Bottom,
    /// A basic type.
    Kind(Kinds),
    /// `op x`
    Bound(Compare, ExprId),
    /// `-x`, `+x`, `!x`
    Unary(UnaryOp, ExprId),
    /// `x op y`
    Binary(BinaryOp, ExprId, ExprId),
    /// `x & y`
    And(ExprId, ExprId),
    /// `x | *y | …`, flat: entries of `disjuncts`.
    Disjunction(List),
    /// `{…}`
    Struct(StructId),
    /// `[…]`: elements in `expr_lists`; an element may be a `Comprehension`; `rest` in `list_rests` by the index
    /// given second (0: closed list).
    List(List, u32),
    /// `for … {…}` as an embedding or a list element.
    Comprehension(ComprehensionId),
    /// A field of the frame `up` levels up.
    FieldRef(u16, Label),
    /// The vertex of the frame `up` levels up: a value alias, or `self`. The name is for printing.
    ValueRef(u16, Label),
    /// The vertex that the expression is a value of: a value alias used outside of all braces and brackets of its
    /// value (`a: X=(b & X.c)`). The name is for printing.
    CurrentRef(Label),
    /// The label that matched a pattern (or a dynamic field's), stored in the frame `up` levels up. The name is for
    /// printing.
    LabelRef(u16, Label),
    /// A dynamic field of the frame `up` levels up, by alias: the label expression is in `dyn_refs`.
    DynRef(u32),
    /// A `let` of the frame `up` levels up: entry of `let_refs`.
    LetRef(u32),
    /// An imported package: index into `imports`.
    Import(u32),
    /// `x.label`
    Select(ExprId, Label),
    /// `x[i]`
    Index(ExprId, ExprId),
    /// `x[lo:hi]`: entry of `slices`.
    Slice(u32),
    /// `"a\(x)b"`: parts in `expr_lists`; the flag tells bytes.
    Interpolation(List, bool),
    /// `f(args)`: arguments in `expr_lists`.
    Call(ExprId, List),
    /// A predeclared function as a value.
    Predeclared(Predeclared),
    /// `x...`
    Open(ExprId),
    /// `x?` within a try clause.
    Try(ExprId),
}

/// `|` operand.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Disjunct {
    /// The value.
    pub expr: ExprId,
    /// `*`
    pub default: bool,
}

/// See [`Expr::LetRef`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LetRef {
    /// Levels up.
    pub up: u16,
    /// The let's label.
    pub label: Label,
    /// The let's value.
    pub value: ExprId,
    /// Whether the value mentions a `for` variable, so that it differs per iteration.
    pub multi: bool,
}

/// See [`Expr::DynRef`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DynRef {
    /// Levels up.
    pub up: u16,
    /// The alias, for printing.
    pub alias: Label,
    /// The label expression, relative to the frame `up` levels up.
    pub key: ExprId,
}

/// See [`Expr::Slice`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Slice {
    /// The operand.
    pub operand: ExprId,
    /// From, inclusive.
    pub low: Option<ExprId>,
    /// To, exclusive.
    pub high: Option<ExprId>,
}

/// How strongly a declaration makes its field exist; smaller binds more.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ArcType {
    /// `a: v`
    Member,
    /// `a!: v`
    Required,
    /// `a?: v`
    Optional,
    /// Made by a comprehension not yet run, or by a lookup.
    Pending,
    /// Known not to exist.
    NotPresent,
}

/// What a declaration says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Decl {
    /// A field with a fixed label.
    Field {
        /// The label.
        label: Label,
        /// Member, required or optional.
        arc: ArcType,
        /// The value.
        value: ExprId,
    },
    /// A field with a computed label. `has_alias`: the frame must record the label.
    Dynamic {
        /// The label's expression (a string, or an interpolation).
        key: ExprId,
        /// Member, required or optional.
        arc: ArcType,
        /// The value.
        value: ExprId,
    },
    /// `[p]: v`
    Pattern {
        /// The pattern.
        pattern: ExprId,
        /// The constraint on matching fields.
        value: ExprId,
    },
    /// `let x = v`
    Let {
        /// The let's own label.
        label: Label,
        /// The value.
        value: ExprId,
        /// See [`LetRef::multi`].
        multi: bool,
    },
    /// An embedded expression or comprehension.
    Embed(ExprId),
    /// `...`
    Ellipsis,
}

/// Where a declaration stands and what is written around it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DeclMeta {
    /// The file.
    pub file: FileId,
    /// Offset of the label (or of the embedding, …).
    pub start: u32,
    /// Offset after the declaration.
    pub end: u32,
    /// Offset after the label.
    pub label_end: u32,
    /// Documentation comments, in `docs`: above the field and at the end of its line.
    pub docs: List,
    /// Attributes, in `attributes`.
    pub attributes: List,
    /// The name by which the field itself goes: `X` of `X=a`, `a~X`, `[p]~(K,X)`. `Label::NONE` without.
    pub field_alias: Label,
    /// The name by which the label goes: `X` of `[X=p]`, `K` of `a~(K,V)`. `Label::NONE` without.
    pub label_alias: Label,
    /// The name by which the value goes: `X` of `a: X={…}`. `Label::NONE` without.
    pub value_alias: Label,
}

/// A struct literal.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Struct {
    /// Declarations in source order, a range of `decls`.
    pub decls: List,
    /// Whether this is a file's top.
    pub is_file: bool,
    /// Whether it was written without braces (`a: b: c`).
    pub is_implicit: bool,
    /// Declaration attributes, in `attributes`.
    pub attributes: List,
}

/// A clause of a comprehension.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Clause {
    /// `for k, v in x`: one frame with the labels `key` and `value` as fields.
    For {
        /// The key's label; `None` for `_` and where only one variable stands.
        key: Option<Label>,
        /// Two variables are written.
        keyed: bool,
        /// The value's label; `None` for `_`.
        value: Option<Label>,
        /// What is ranged over, outside of the frame.
        source: ExprId,
    },
    /// `if x`: no frame.
    If(ExprId),
    /// `let x = v`: one frame with the label as a field, holding `v` of the outer frame.
    Let {
        /// The name.
        label: Label,
        /// The value, outside of the frame.
        value: ExprId,
    },
    /// `try {…}` (no frame) or `try x = v` (one frame).
    Try(Option<(Label, ExprId)>),
}

/// A comprehension.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Comprehension {
    /// Clauses, a range of `clauses`.
    pub clauses: List,
    /// The body: a struct literal.
    pub body: ExprId,
    /// The body used when the first made nothing: outside of all clauses' frames.
    pub otherwise: Option<ExprId>,
}

/// One import of one file.
#[derive(Clone, PartialEq, Debug)]
pub struct Import {
    /// The path as written, without the `:name` part.
    pub path: String,
    /// The name it goes by in the file.
    pub name: String,
    /// What it stands for.
    pub target: ImportTarget,
}

/// What an import path leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImportTarget {
    /// A package of the standard library.
    Builtin,
    /// A package of this program, added before.
    Package(PackageId),
}

/// A language version; `0.17.1` is the newest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs)]
pub struct Version {
    pub minor: u16,
    pub patch: u16,
}

impl Version {
    /// The reference's version.
    pub const NEWEST: Self = Self { minor: 17, patch: 1 };
}

/// Experiments that a file has switched on (or that its version has made the rule).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs)]
pub struct Experiments {
    pub structcmp: bool,
    pub explicitopen: bool,
    pub aliasv2: bool,
    pub try_: bool,
    pub shortcircuit: bool,
    pub testing: bool,
}

impl From<Version> for vela_syntax::Version {
    fn from(version: Version) -> Self {
        Self::new(0, version.minor.into(), version.patch.into())
    }
}

impl From<vela_syntax::Experiments> for Experiments {
    fn from(on: vela_syntax::Experiments) -> Self {
        Self {
            structcmp: on.struct_compare,
            explicitopen: on.explicit_open,
            aliasv2: on.alias_v2,
            try_: on.try_clause,
            shortcircuit: on.short_circuit,
            testing: on.testing,
        }
    }
}

/// A source file.
#[derive(Clone, PartialEq, Debug)]
pub struct File {
    /// The name shown in messages.
    pub name: String,
    /// The absolute path, by which declarations of several files are ordered; the name where there is none.
    pub path: String,
    /// Its text.
    pub text: std::sync::Arc<str>,
    /// Its top: a `Struct` expression.
    pub root: ExprId,
    /// Its experiments.
    pub experiments: Experiments,
    /// Its module's language version.
    pub version: Version,
}

/// A package: the conjunction of its files.
#[derive(Clone, PartialEq, Debug)]
pub struct Package {
    /// The import path, or the instance's identity for the main package: what hidden labels carry.
    pub id: String,
    /// The package clause's name, `""` without.
    pub name: String,
    /// Its files.
    pub files: Vec<FileId>,
}

/// Where an expression stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// After the last byte.
    pub end: u32,
    /// The operator's offset for binary expressions, `.`, `[`, `(`; else `start`.
    pub op: u32,
}

impl Place {
    /// The place of what stands nowhere, such as the limits of `uint8`.
    pub const NONE: Self = Self { file: FileId(u32::MAX), start: 0, end: 0, op: 0 };
}

/// A program, lowered.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Ir {
    pub labels: Labels,
    pub exprs: Vec<Expr>,
    pub places: Vec<Place>,
    pub numbers: Vec<Number>,
    pub strings: Vec<std::sync::Arc<str>>,
    pub bytes: Vec<std::sync::Arc<[u8]>>,
    pub expr_lists: Vec<ExprId>,
    /// `...T` of lists: 0 is "closed", others index here plus one; `None` is a bare `...`.
    pub list_rests: Vec<Option<ExprId>>,
    pub disjuncts: Vec<Disjunct>,
    pub structs: Vec<Struct>,
    pub decls: Vec<Decl>,
    pub decl_metas: Vec<DeclMeta>,
    pub comprehensions: Vec<Comprehension>,
    pub clauses: Vec<Clause>,
    pub let_refs: Vec<LetRef>,
    pub dyn_refs: Vec<DynRef>,
    pub slices: Vec<Slice>,
    pub imports: Vec<Import>,
    /// Documentation comments, without slashes and the blank after them.
    pub docs: Vec<std::sync::Arc<str>>,
    /// Attributes: name and body.
    pub attributes: Vec<(std::sync::Arc<str>, std::sync::Arc<str>)>,
    pub files: Vec<File>,
    /// Packages that hold the parts of builtin packages written in CUE, by import path.
    pub preludes: Vec<(String, PackageId)>,
    pub packages: Vec<Package>,
    /// The conjunctions that stand for predeclared ranges such as `uint8`, with their names.
    pub ranges: Vec<(ExprId, &'static str)>,
}

impl Ir {
    /// Takes away what was added to a clone of `start`: programs only grow, at the end of each table.
    pub fn cut_back(&mut self, start: &Self) {
        let Self {
            labels,
            exprs,
            places,
            numbers,
            strings,
            bytes,
            expr_lists,
            list_rests,
            disjuncts,
            structs,
            decls,
            decl_metas,
            comprehensions,
            clauses,
            let_refs,
            dyn_refs,
            slices,
            imports,
            docs,
            attributes,
            files,
            preludes,
            packages,
            ranges,
        } = self;
        labels.clone_from(&start.labels);
        exprs.truncate(start.exprs.len());
        places.truncate(start.places.len());
        numbers.truncate(start.numbers.len());
        strings.truncate(start.strings.len());
        bytes.truncate(start.bytes.len());
        expr_lists.truncate(start.expr_lists.len());
        list_rests.truncate(start.list_rests.len());
        disjuncts.truncate(start.disjuncts.len());
        structs.truncate(start.structs.len());
        decls.truncate(start.decls.len());
        decl_metas.truncate(start.decl_metas.len());
        comprehensions.truncate(start.comprehensions.len());
        clauses.truncate(start.clauses.len());
        let_refs.truncate(start.let_refs.len());
        dyn_refs.truncate(start.dyn_refs.len());
        slices.truncate(start.slices.len());
        imports.truncate(start.imports.len());
        docs.truncate(start.docs.len());
        attributes.truncate(start.attributes.len());
        files.truncate(start.files.len());
        preludes.truncate(start.preludes.len());
        packages.truncate(start.packages.len());
        ranges.truncate(start.ranges.len());
    }

    /// The expression.
    #[inline]
    pub fn expr(&self, id: ExprId) -> Expr {
        self.exprs[id.index()]
    }

    /// Where the expression stands.
    #[inline]
    pub fn place(&self, id: ExprId) -> Place {
        self.places[id.index()]
    }

    /// The expression's source text.
    pub fn source(&self, id: ExprId) -> &str {
        let place = self.place(id);
        let text = self.files.get(place.file.index()).map_or("", |f| &f.text);
        text.get(place.start as usize..place.end as usize).unwrap_or("")
    }

    /// Adds an expression.
    pub fn push_expr(&mut self, expr: Expr, place: Place) -> ExprId {
        let id = ExprId(self.exprs.len() as u32);
        self.exprs.push(expr);
        self.places.push(place);
        id
    }

    /// The name of the predeclared range that an expression stands for.
    #[inline]
    pub fn range_name(&self, id: ExprId) -> Option<&'static str> {
        self.ranges.iter().find(|r| r.0 == id).map(|r| r.1)
    }

    /// The declarations of a struct literal: ids in source order.
    #[inline]
    pub fn struct_decls(&self, id: StructId) -> impl Iterator<Item = DeclId> + use<> {
        let list = self.structs[id.index()].decls;
        (list.start..list.start + list.len).map(DeclId)
    }

    /// The `...T` of a list expression: `None` closed, `Some(None)` bare.
    pub fn list_rest(&self, rest: u32) -> Option<Option<ExprId>> {
        rest.checked_sub(1).map(|i| self.list_rests[i as usize])
    }
}
