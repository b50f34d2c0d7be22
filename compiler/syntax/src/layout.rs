//! Brackets paired up before parsing, in one linear pass: every bracketed group becomes a token of the group
//! around it, and the grammar reads one group at a time. So the grammar needs no recursion, and what follows a
//! `[…]` or `(…)` (a colon makes it a label) is one token ahead, however much stands between the brackets.
//!
//! Used by `walk`.

use crate::kind::{Kind, KindSet};
use crate::lexer::Token;

/// A token as the grammar sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tok {
    /// What it is. An opening bracket or `InterpStart` stands for its whole group.
    pub kind: Kind,
    /// Index of the token.
    pub at: u32,
    /// The group it opens, or 0.
    pub group: u32,
}

/// The tokens of all groups. Each group's tokens stand together and end with the token that ends the group: its
/// closer or, where that is missing, whatever token ended it instead. Group 0 is the file.
#[derive(Debug)]
pub(crate) struct Layout {
    toks: Vec<Tok>,
    /// Where each group starts in `toks`; one more entry at the end.
    starts: Vec<u32>,
    /// The token at which the nesting became too deep.
    pub too_deep: Option<u32>,
}

impl Layout {
    /// The tokens of a group.
    pub(crate) fn group(&self, group: u32) -> &[Tok] {
        &self.toks[self.starts[group as usize] as usize..self.starts[group as usize + 1] as usize]
    }
}

/// Brackets may nest this deep. Upstream stops at 10,000; what reads the tree needs no stack per level.
pub(crate) const MAX_DEPTH: usize = 30_000;

const OPENERS: KindSet = KindSet::of(&[Kind::LParen, Kind::LBrack, Kind::LBrace, Kind::InterpStart]);

/// An open group while pairing.
struct Frame {
    group: u32,
    open: Kind,
    /// Its closer is missing, as a first pass found.
    unclosed: bool,
}

struct Pairing<'t> {
    tokens: &'t [Token],
    stack: Vec<Frame>,
    /// How many round, square and curly brackets are open, by interpolation: no closer reaches out of one.
    open: Vec<[u32; 3]>,
    entries: Vec<(u32, Tok)>,
    groups: u32,
    /// By opener, in order: whether its closer is missing.
    unclosed: Vec<bool>,
}

/// Index into `Pairing::open`.
fn bracket(open: Kind) -> Option<usize> {
    match open {
        Kind::LParen => Some(0),
        Kind::LBrack => Some(1),
        Kind::LBrace => Some(2),
        _ => None,
    }
}

/// Groups the tokens, of which the last must be `Eof`.
pub(crate) fn layout(tokens: &[Token]) -> Layout {
    let (mut pairing, mut too_deep) = pair(tokens, &[]);
    if pairing.unclosed.iter().any(|u| *u) {
        let unclosed = std::mem::take(&mut pairing.unclosed);
        (pairing, too_deep) = pair(tokens, &unclosed);
    }
    let mut starts = vec![0u32; pairing.groups as usize + 1];
    for (group, _) in &pairing.entries {
        starts[*group as usize + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut next = starts.clone();
    let mut toks = vec![Tok { kind: Kind::Eof, at: 0, group: 0 }; pairing.entries.len()];
    for (group, tok) in pairing.entries {
        let slot = &mut next[group as usize];
        toks[*slot as usize] = tok;
        *slot += 1;
    }
    Layout { toks, starts, too_deep }
}

fn pair<'t>(tokens: &'t [Token], unclosed: &[bool]) -> (Pairing<'t>, Option<u32>) {
    let mut p = Pairing {
        tokens,
        stack: vec![Frame { group: 0, open: Kind::Eof, unclosed: false }],
        open: vec![[0; 3]],
        entries: Vec::with_capacity(tokens.len()),
        groups: 1,
        unclosed: Vec::new(),
    };
    let last = tokens.len().saturating_sub(1);
    for (i, token) in tokens.iter().enumerate() {
        let at = i as u32;
        match token.kind {
            kind if OPENERS.has(kind) => {
                if p.stack.len() > MAX_DEPTH {
                    p.end(Tok { kind: Kind::Eof, at: last as u32, group: 0 }, 0);
                    return (p, Some(at));
                }
                let group = p.groups;
                p.groups += 1;
                p.add(Tok { kind, at, group });
                let unclosed = unclosed.get(p.unclosed.len()).copied().unwrap_or(false);
                p.push(Frame { group, open: kind, unclosed });
                p.unclosed.push(false);
            }
            Kind::RParen => p.close(Kind::LParen, token.kind, at),
            Kind::RBrack => p.close(Kind::LBrack, token.kind, at),
            Kind::RBrace => p.close(Kind::LBrace, token.kind, at),
            Kind::InterpMid | Kind::InterpEnd => p.close(Kind::InterpStart, token.kind, at),
            Kind::Eof => p.end(Tok { kind: Kind::Eof, at, group: 0 }, 0),
            Kind::AutoComma => {
                p.cut_unclosed(i);
                p.add(Tok { kind: token.kind, at, group: 0 });
            }
            kind => p.add(Tok { kind, at, group: 0 }),
        }
    }
    (p, None)
}

impl Pairing<'_> {
    fn add(&mut self, tok: Tok) {
        if let Some(frame) = self.stack.last() {
            self.entries.push((frame.group, tok));
        }
    }

    fn push(&mut self, frame: Frame) {
        match (bracket(frame.open), self.open.last_mut()) {
            (Some(b), Some(open)) => open[b] += 1,
            _ => self.open.push([0; 3]),
        }
        self.stack.push(frame);
    }

    fn pop(&mut self) -> Option<Frame> {
        let frame = self.stack.pop()?;
        match (bracket(frame.open), self.open.last_mut()) {
            (Some(b), Some(open)) => open[b] -= 1,
            _ => drop(self.open.pop()),
        }
        Some(frame)
    }

    /// Ends every group above `depth` at `tok`, which is not their closer.
    fn end(&mut self, tok: Tok, depth: usize) {
        while self.stack.len() > depth {
            let Some(frame) = self.pop() else { return };
            self.entries.push((frame.group, tok));
            if frame.group > 0 {
                self.unclosed[frame.group as usize - 1] = true;
            }
        }
    }

    /// A closer ends its group and those left open inside. One without a group is an ordinary token: so
    /// `{a: )}` stays one group.
    fn close(&mut self, open: Kind, kind: Kind, at: u32) {
        let tok = Tok { kind, at, group: 0 };
        let exists = match bracket(open) {
            Some(b) => self.open.last().is_some_and(|counts| counts[b] > 0),
            None => self.open.len() > 1,
        };
        if !exists {
            self.add(tok);
            return;
        }
        let depth = self.stack.iter().rposition(|f| f.open == open).unwrap_or(0);
        self.end(tok, depth + 1);
        if kind == Kind::InterpMid {
            self.add(tok);
        } else if let Some(frame) = self.pop() {
            self.entries.push((frame.group, tok));
        }
    }

    /// No group in round or square brackets goes on behind a line end with `label:`. Where one was left open, it
    /// is cut off there, so that the declarations that follow keep their tree.
    fn cut_unclosed(&mut self, comma: usize) {
        if !self.stack.last().is_some_and(|f| f.unclosed) {
            return;
        }
        let kind = |i: usize| self.tokens.get(i).map_or(Kind::Eof, |t| t.kind);
        let label =
            matches!(kind(comma + 1), Kind::Ident | Kind::ReservedIdent | Kind::PlainString | Kind::String);
        let mark = usize::from(matches!(kind(comma + 2), Kind::Option | Kind::Not));
        if !label || kind(comma + 2 + mark) != Kind::Colon {
            return;
        }
        while let Some(frame) = self.stack.last() {
            if !frame.unclosed || !matches!(frame.open, Kind::LParen | Kind::LBrack) {
                break;
            }
            for i in comma..=comma + 2 + mark {
                self.entries.push((frame.group, Tok { kind: kind(i), at: i as u32, group: 0 }));
            }
            self.unclosed[frame.group as usize - 1] = true;
            self.pop();
        }
    }
}
