//! What the grammar says about the tokens of one group, as a flat list, and the parser state that collects it.
//!
//! Every token of the group is one event with a role; a few events stand between tokens. The builders of the AST
//! and of the lossless tree read the same list.

use chumsky::input::{Checkpoint, Cursor};
use chumsky::inspector::Inspector;

use crate::kind::{Kind, KindSet};
use crate::layout::Tok;

/// The role of a token, or a mark between tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// Punctuation the tree does not need.
    Plain,
    /// Read before an error, but in no node: what its group holds is still checked.
    Skipped,
    /// The terminator of a group.
    Closer,
    // Expressions.
    Operand,
    Prefix,
    Infix,
    Dot,
    Selector,
    Index,
    Call,
    PostfixEllipsis,
    PostfixOption,
    /// Stands where an operand is missing; no token.
    Missing,
    ExprStart,
    ExprEnd,
    // Declarations.
    DeclStart,
    AliasName,
    Label,
    Optional,
    Required,
    Colon,
    Tilde,
    PostfixAliasName,
    PostfixAliasGroup,
    FieldAttribute,
    /// Ends a field.
    Field,
    /// Ends an embedding.
    Embed,
    /// Ends a label without a colon, which is an embedding after all.
    LabelEmbed,
    /// The name of an alias before a value.
    ValueAlias,
    /// The word that starts a let declaration.
    LetWord,
    /// Ends a declaration that makes no sense.
    BadDecl,
    /// Ends an attribute that is a declaration.
    AttributeDecl,
    DeclAttribute,
    DeclEllipsis,
    LetName,
    /// Ends a let declaration.
    Let,
    // Comprehensions.
    ForWord,
    IfWord,
    LetClauseWord,
    TryWord,
    ClauseName,
    ForClause,
    IfClause,
    LetClause,
    TryClause,
    Body,
    FallbackWord,
    FallbackBody,
    Comprehension,
    // Lists, indexes.
    ElementAlias,
    Element,
    EllipsisWord,
    EllipsisElement,
    /// The colon of a slice.
    SliceColon,
    /// The text between two interpolated expressions.
    Middle,
    // Files.
    FileAttribute,
    PackageName,
    Package,
    ImportStart,
    ImportName,
    ImportPath,
    /// Ends an import spec.
    Import,
    ImportGroup,
    /// Ends an import declaration.
    Imports,
}

/// One event. `at` is the token's position in its group; for marks, that of the next token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Event {
    pub role: Role,
    pub at: u32,
}

/// What an error wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    Operand,
    LabelOrColon,
    Selector,
    /// This token.
    Token(Kind),
    CommaInStruct,
    CommaInList,
    CommaInArguments,
    InterpolationEnd,
    AliasName,
    AliasNameOrParen,
    LabelAliasName,
    FieldAliasName,
    /// A name that does not start with `__`.
    Unreserved,
    /// `...` behind an expression needs an experiment.
    ExplicitOpen,
    /// `~` needs an experiment.
    AliasV2,
    /// `else` and its like need an experiment.
    Try,
    /// `=` is forbidden by an experiment.
    NewAlias,
    /// A list element on a new line without a written comma, before language version 0.17.
    CommaBeforeNewline,
}

/// An error at a token of the group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Failure {
    pub wanted: Wanted,
    pub at: u32,
}

/// The parser's state while it reads one group.
pub(crate) struct Machine<'t> {
    toks: &'t [Tok],
    /// Position of the next token.
    pub at: u32,
    /// What was read so far. Rewinding truncates it.
    pub events: Vec<Event>,
    /// The furthest place where an alternative failed in the current element.
    furthest: Option<Failure>,
    /// Whether tokens are being read again after an error: then errors are known already.
    pub again: bool,
    /// Errors recovered from.
    pub failures: Vec<Failure>,
}

impl<'t> Machine<'t> {
    /// A state for one group; the vectors are reused between groups.
    pub(crate) fn new(toks: &'t [Tok], events: Vec<Event>, failures: Vec<Failure>) -> Self {
        Self { toks, at: 0, events, furthest: None, again: false, failures }
    }

    /// The kind of the token `ahead` of the next one. Behind the end, the terminator's.
    pub(crate) fn kind(&self, ahead: usize) -> Kind {
        let last = self.toks.len().saturating_sub(1);
        self.toks.get((self.at as usize + ahead).min(last)).map_or(Kind::Eof, |t| t.kind)
    }

    /// Whether the next token is of one of these kinds.
    pub(crate) fn next_is(&self, set: KindSet) -> bool {
        set.has(self.kind(0))
    }

    /// Whether the next token is the group's last.
    pub(crate) fn is_last(&self) -> bool {
        self.at as usize + 1 >= self.toks.len()
    }

    /// Gives the token just read a role.
    pub(crate) fn role(&mut self, role: Role) {
        if let Some(event) = self.events.last_mut() {
            event.role = role;
        }
    }

    /// Adds a mark.
    pub(crate) fn mark(&mut self, role: Role) {
        self.events.push(Event { role, at: self.at });
    }

    /// Notes that the parser can't go on here. The furthest such place is the error, if one is needed.
    pub(crate) fn fail(&mut self, wanted: Wanted) {
        if self.furthest.is_none_or(|f| f.at < self.at) {
            self.furthest = Some(Failure { wanted, at: self.at });
        }
    }

    /// Starts an element: older failures do not count any more.
    pub(crate) fn start_element(&mut self) {
        self.furthest = None;
    }

    /// Whether something failed behind the current place, so that what was read so far is only a part.
    pub(crate) fn failed_ahead(&self) -> bool {
        self.furthest.is_some_and(|f| f.at > self.at)
    }

    /// Takes the furthest failure.
    pub(crate) fn take_failure(&mut self) -> Option<Failure> {
        self.furthest.take()
    }

    /// Records an error at a token.
    pub(crate) fn report_at(&mut self, wanted: Wanted, at: u32) {
        if !self.again {
            self.failures.push(Failure { wanted, at });
        }
    }

    /// Records an error at the next token and goes on.
    pub(crate) fn report(&mut self, wanted: Wanted) {
        self.report_at(wanted, self.at);
    }
}

impl<'t> Inspector<'t, &'t [Tok]> for Machine<'t> {
    type Checkpoint = (u32, u32);

    #[inline]
    fn on_token(&mut self, _: &Tok) {
        self.events.push(Event { role: Role::Plain, at: self.at });
        self.at += 1;
    }

    #[inline]
    fn on_save<'parse>(&self, _: &Cursor<'t, 'parse, &'t [Tok]>) -> Self::Checkpoint {
        (self.at, self.events.len() as u32)
    }

    #[inline]
    fn on_rewind<'parse>(&mut self, saved: &Checkpoint<'t, 'parse, &'t [Tok], Self::Checkpoint>) {
        let (at, events) = *saved.inspector();
        self.at = at;
        self.events.truncate(events as usize);
    }
}
