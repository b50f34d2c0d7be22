//! Runs the grammar over a file, group by group, and hands its events to a builder in source order. An explicit
//! stack stands in for recursion, and a group is parsed when it is reached, so the events of one path are all that
//! is held at a time.

use crate::events::{Event, Failure, Role, Wanted};
use crate::grammar::{Grammar, Mode};
use crate::kind::Kind;
use crate::layout::{Layout, Tok};

/// What receives the events of a file.
pub(crate) trait Sink {
    /// A token that is no group, or a mark between tokens (then `tok` is the next token).
    fn event(&mut self, role: Role, tok: Tok);
    /// A group begins; `tok` is its opening token.
    fn open(&mut self, role: Role, mode: Mode, tok: Tok);
    /// The innermost group ends at `end`, its closer or what stands instead.
    fn close(&mut self, end: Tok);
}

struct Frame {
    group: u32,
    /// The group's events not yet handed out.
    next: usize,
    start: usize,
    end: usize,
}

/// Walks the whole file. `failed` gets every error, with the token it stands at and the one that opens its group.
pub(crate) fn walk<'t>(
    layout: &'t Layout,
    grammar: &Grammar<'t>,
    sink: &mut impl Sink,
    mut failed: impl FnMut(Wanted, Tok, u32),
) {
    let mut walk = Walk {
        layout,
        grammar,
        events: Vec::new(),
        spare: Vec::new(),
        failures: Vec::new(),
        stack: Vec::new(),
    };
    let file = Tok { kind: Kind::Eof, at: 0, group: 0 };
    sink.open(Role::Plain, Mode::File, file);
    walk.enter(Mode::File, file, &mut failed);
    while let Some(frame) = walk.stack.last_mut() {
        let toks = layout.group(frame.group);
        if frame.next == frame.end {
            let start = frame.start;
            walk.events.truncate(start);
            walk.stack.pop();
            sink.close(toks.last().copied().unwrap_or(file));
            continue;
        }
        let Event { role, at } = walk.events[frame.next];
        frame.next += 1;
        let tok = toks.get(at as usize).or(toks.last()).copied().unwrap_or(file);
        let before = (at as usize).checked_sub(1).and_then(|i| toks.get(i)).map(|t| t.kind);
        match mode_of(role, tok, before) {
            Some(mode) => {
                sink.open(role, mode, tok);
                walk.enter(mode, tok, &mut failed);
            }
            None => sink.event(role, tok),
        }
    }
}

struct Walk<'t, 'g> {
    layout: &'t Layout,
    grammar: &'g Grammar<'t>,
    events: Vec<Event>,
    spare: Vec<Event>,
    failures: Vec<Failure>,
    stack: Vec<Frame>,
}

impl Walk<'_, '_> {
    fn enter(&mut self, mode: Mode, open: Tok, failed: &mut impl FnMut(Wanted, Tok, u32)) {
        let toks = self.layout.group(open.group);
        let spare = std::mem::take(&mut self.spare);
        let failures = std::mem::take(&mut self.failures);
        let (mut events, mut failures) = self.grammar.parse(mode, toks, spare, failures);
        for failure in failures.drain(..) {
            if let Some(tok) = toks.get(failure.at as usize) {
                failed(failure.wanted, *tok, open.at);
            }
        }
        let start = self.events.len();
        self.events.append(&mut events);
        self.stack.push(Frame { group: open.group, next: start, start, end: self.events.len() });
        (self.spare, self.failures) = (events, failures);
    }
}

/// What a group is, by its role, its bracket and, where it was skipped, the token before; `None` for a token that
/// opens none.
fn mode_of(role: Role, tok: Tok, before: Option<Kind>) -> Option<Mode> {
    if tok.group == 0 {
        return None;
    }
    Some(match role {
        Role::Call => Mode::Args,
        Role::Index => Mode::Index,
        Role::PostfixAliasGroup => Mode::PostfixAlias,
        Role::ImportGroup => Mode::Imports,
        Role::Operand | Role::Label | Role::Body | Role::FallbackBody | Role::Skipped => match tok.kind {
            Kind::LBrace => Mode::Struct,
            Kind::LBrack if role == Role::Skipped && before.is_some_and(ends_operand) => Mode::Index,
            Kind::LBrack => Mode::List,
            Kind::LParen if role == Role::Skipped && before == Some(Kind::Tilde) => Mode::PostfixAlias,
            Kind::LParen if role == Role::Skipped && before.is_some_and(ends_operand) => Mode::Args,
            Kind::LParen => Mode::Paren,
            Kind::InterpStart => Mode::Interpolation,
            _ => return None,
        },
        _ => return None,
    })
}

/// Whether a bracket behind this token (or the group it opens) belongs to the expression before it.
fn ends_operand(kind: Kind) -> bool {
    use Kind::*;
    let words = matches!(kind, Ident | ReservedIdent | True | False | Null | Option);
    let literals = matches!(kind, Int | Float | Bottom | PlainString | String);
    words || literals || matches!(kind, InterpStart | LParen | LBrack | LBrace)
}
