//! Comments find their node by where they stand among the parser's open productions: a stack of slots, each counting
//! its tokens and finished parts, receives the comments that follow a token.

use rustc_hash::FxHashMap;

use super::source::{Rel, Source};
use crate::ast::{DeclId, ExprId};
use crate::kind::Kind;

/// A node that can own comments.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Key {
    File,
    Package,
    PackageName,
    Import(usize),
    ImportSpec(usize),
    ImportName(usize),
    /// Index into `File::attributes`.
    Attribute(u32),
    Decl(DeclId),
    /// A field's label, and its alias.
    Label(DeclId),
    LabelAlias(DeclId),
    /// A name in `~(K,V)`; true for the last.
    PostfixName(DeclId, bool),
    LetName(DeclId),
    Expr(ExprId),
    /// The name of an `Alias` expression.
    AliasName(ExprId),
    /// Index into `File::clauses`, and a name of it.
    Clause(u32),
    ClauseName(u32, bool),
    /// Index into `File::interps`.
    Fragment(u32),
    /// A node that is not printed.
    Lost,
}

/// Comments on consecutive lines, with nothing between.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Group {
    /// How many tokens and parts of the owner stand before it.
    pub position: i8,
    /// Whether it documents what follows on the next line.
    pub doc: bool,
    /// Whether it ends a line with other tokens.
    pub line: bool,
    /// How it stands to the token before.
    pub rel: Rel,
    /// The comments, in `File::comments`.
    pub first: u32,
    pub count: u32,
}

/// The comments of each node, by position.
pub(super) type Comments = FxHashMap<Key, Vec<Group>>;

#[derive(Default)]
struct Slot {
    position: i8,
    groups: Vec<Group>,
    /// How many lists share the slot; a list owns no comments.
    list: u32,
    last_child: Option<Key>,
    last_position: i8,
}

/// The stack of slots, and the place in the tokens.
pub(super) struct Slots<'s> {
    source: &'s Source<'s>,
    slots: Vec<Slot>,
    lead: Option<Group>,
    /// Index of the current token.
    at: usize,
    next_comment: usize,
    pub(super) comments: Comments,
}

fn add(groups: &mut Vec<Group>, group: Group) {
    let at = groups.partition_point(|g| g.position <= group.position);
    groups.insert(at, group);
}

impl<'s> Slots<'s> {
    pub(super) fn new(source: &'s Source<'s>) -> Self {
        let file = Slot { position: -1, ..Slot::default() };
        let mut slots = Self {
            source,
            slots: vec![file],
            lead: None,
            at: 0,
            next_comment: 0,
            comments: Comments::default(),
        };
        slots.bump();
        slots.gather(None);
        slots
    }

    /// The kind of the current token.
    pub(super) fn kind(&self) -> Kind {
        self.source.tokens.get(self.at).map_or(Kind::Eof, |t| t.kind)
    }

    pub(super) fn set_position(&mut self, position: i8) {
        if let Some(slot) = self.slots.last_mut() {
            slot.position = position;
        }
    }

    /// Sets the position of the slot `depth` below the innermost.
    pub(super) fn set_outer_position(&mut self, depth: usize, position: i8) {
        let i = self.slots.len().checked_sub(depth + 1);
        if let Some(slot) = i.and_then(|i| self.slots.get_mut(i)) {
            slot.position = position;
        }
    }

    /// A node begins.
    pub(super) fn open(&mut self) {
        let mut child = Slot::default();
        if let Some(parent) = self.slots.last_mut()
            && parent.list > 0
        {
            let groups = std::mem::take(&mut parent.groups);
            if let Some(key) = parent.last_child {
                let last = parent.last_position;
                let (mut all, rest): (Vec<_>, Vec<_>) = groups.into_iter().partition(|g| g.position == 0);
                let own = self.comments.entry(key).or_default();
                all.append(own);
                all.extend(rest.into_iter().map(|g| Group { position: last, ..g }));
                *own = all;
            } else {
                child.groups.extend(groups.into_iter().map(|g| Group { position: 0, ..g }));
            }
        }
        child.groups.extend(self.lead.take());
        self.slots.push(child);
    }

    /// A list of nodes begins.
    pub(super) fn open_list(&mut self) {
        match self.slots.last_mut() {
            Some(slot) if slot.list > 0 => slot.list += 1,
            _ => self.slots.push(Slot { list: 1, ..Slot::default() }),
        }
    }

    /// The innermost list ends.
    pub(super) fn close_list(&mut self) {
        let Some(slot) = self.slots.last_mut() else { return };
        if let Some(key) = slot.last_child {
            let own = self.comments.entry(key).or_default();
            for group in slot.groups.drain(..) {
                add(own, Group { position: slot.last_position, ..group });
            }
        }
        slot.list = slot.list.saturating_sub(1);
        if slot.list == 0
            && let Some(slot) = self.slots.pop()
            && let Some(parent) = self.slots.last_mut()
        {
            parent.groups.extend(slot.groups);
            parent.position = parent.position.wrapping_add(1);
        }
    }

    /// The innermost node ends, and is this one.
    pub(super) fn close(&mut self, key: Key) {
        let Some(slot) = self.slots.pop() else { return };
        if let Some(parent) = self.slots.last_mut() {
            parent.last_child = Some(key);
            parent.last_position = slot.position;
            parent.position = parent.position.wrapping_add(1);
        }
        if !slot.groups.is_empty() {
            let own = self.comments.entry(key).or_default();
            for group in slot.groups {
                add(own, group);
            }
        }
    }

    /// Counts a token without going on, for a token the parser reads twice.
    pub(super) fn bump(&mut self) {
        if let Some(lead) = self.lead.take() {
            self.store(lead);
        }
        if let Some(slot) = self.slots.last_mut() {
            slot.position = slot.position.wrapping_add(1);
        }
    }

    fn store(&mut self, group: Group) {
        if let Some(slot) = self.slots.last_mut() {
            slot.groups.push(Group { position: slot.position, ..group });
        }
    }

    /// Reads the current token and the comments behind it.
    pub(super) fn next(&mut self) {
        self.bump();
        let read = self.source.tokens.get(self.at).map(|t| match t.kind {
            // The parenthesis at the end counts as a token of its own.
            Kind::InterpStart | Kind::InterpMid => t.span.end - 1,
            _ => t.span.start,
        });
        self.at += 1;
        self.gather(read);
    }

    /// Collects the comments before the current token. `before` is where the token read last stands.
    fn gather(&mut self, before: Option<u32>) {
        let source = self.source;
        let next = source.tokens.get(self.at).copied();
        let (next_start, end) = next.map_or((u32::MAX, true), |t| (t.span.start, t.kind == Kind::Eof));
        if next.is_some_and(|t| t.kind == Kind::AutoComma) {
            return;
        }
        let comment_at =
            |i: usize| source.file.comments.get(i).map(|c| c.span.start).filter(|start| *start <= next_start);
        if comment_at(self.next_comment).is_none() {
            return;
        }
        let next_line = next.map_or(0, |t| source.line(t.span.start));
        let line_at = |i: usize| comment_at(i).map_or(next_line, |at| source.line(at));
        let mut previous = before.map_or(0, |at| source.line(at));
        let mut current = line_at(self.next_comment);
        let mut group = None;
        if previous == current {
            let same = self.group(1);
            group = Some(Group { rel: Rel::Blank, line: line_at(self.next_comment) != current, ..same });
        }
        let mut last_line = None;
        while comment_at(self.next_comment).is_some() {
            if let Some(group) = group {
                self.store(group);
            }
            let first = line_at(self.next_comment);
            let rel = match first.saturating_sub(previous) {
                0 => Rel::Blank,
                1 => Rel::Newline,
                _ => Rel::Section,
            };
            let mut count = 1;
            let mut line = first;
            while comment_at(self.next_comment + count).is_some()
                && line_at(self.next_comment + count) <= line + 1
            {
                line = line_at(self.next_comment + count);
                count += 1;
            }
            group = Some(Group { rel, ..self.group(count) });
            last_line = Some(line);
            // The reference line lags behind by one group: upstream's rule, visible in its output.
            previous = current;
            current = line_at(self.next_comment);
        }
        let Some(group) = group else { return };
        if !end && last_line.is_some_and(|line| line + 1 == next_line) {
            self.lead = Some(Group { doc: true, ..group });
        } else {
            self.store(group);
        }
    }

    fn group(&mut self, count: usize) -> Group {
        let first = self.next_comment as u32;
        self.next_comment += count;
        Group { position: 0, doc: false, line: false, rel: Rel::Newline, first, count: count as u32 }
    }
}
