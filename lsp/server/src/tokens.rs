//! Semantic tokens as the protocol counts them: each relative to the one before, and as the difference from those that
//! the client has.

use std::collections::HashMap;

use tower_lsp_server::ls_types as lsp;
use vela_db::{Db, File};
use vela_diagnostics::Span;
use vela_ide::tokens::{Token, tokens};

use crate::convert::Converter;
use crate::worker::State;

/// The tokens of a file that touch a span.
pub fn encoded(state: &State, file: File, within: Option<lsp::Range>) -> Vec<lsp::SemanticToken> {
    let mut convert = Converter::new(state);
    let whole = Span::new(0, file.text(&state.db).len() as u32);
    let within = within.map_or(whole, |range| convert.span(file, range));
    let found = tokens(&state.db as &dyn Db, file, within);
    let (mut line, mut column) = (0, 0);
    let mut out = Vec::with_capacity(found.len());
    for token in found {
        let range = convert.range(file, token.span);
        if range.start.line < line || (range.start.line == line && range.start.character < column) {
            continue;
        }
        let delta_line = range.start.line - line;
        let delta_start =
            if delta_line == 0 { range.start.character - column } else { range.start.character };
        out.push(lsp::SemanticToken {
            delta_line,
            delta_start,
            length: range.end.character.saturating_sub(range.start.character),
            token_type: token.kind as u32,
            token_modifiers_bitset: modifiers(token),
        });
        (line, column) = (range.start.line, range.start.character);
    }
    out
}

fn modifiers(token: Token) -> u32 {
    u32::from(token.declares) | u32::from(token.library) << 1
}

/// The tokens that each document's client has, with the name it knows them by.
#[derive(Default)]
pub struct Remembered {
    sent: HashMap<String, (u64, Vec<lsp::SemanticToken>)>,
    next: u64,
}

impl Remembered {
    /// Remembers what is sent; gives it a name.
    pub fn keep(&mut self, uri: &str, tokens: Vec<lsp::SemanticToken>) -> String {
        self.next += 1;
        self.sent.insert(uri.to_owned(), (self.next, tokens));
        self.next.to_string()
    }

    /// The difference from what the client knows by a name to `new`; all of it where that is not known any more.
    pub fn difference(
        &mut self,
        uri: &str,
        previous: &str,
        new: Vec<lsp::SemanticToken>,
    ) -> lsp::SemanticTokensFullDeltaResult {
        let edits = self
            .sent
            .get(uri)
            .filter(|(id, _)| id.to_string() == previous)
            .map(|(_, old)| difference(old, &new));
        let data = if edits.is_none() { new.clone() } else { Vec::new() };
        let result_id = Some(self.keep(uri, new));
        match edits {
            Some(edits) => {
                lsp::SemanticTokensFullDeltaResult::TokensDelta(lsp::SemanticTokensDelta { result_id, edits })
            }
            None => lsp::SemanticTokensFullDeltaResult::Tokens(lsp::SemanticTokens { result_id, data }),
        }
    }

    /// Forgets a document.
    pub fn forget(&mut self, uri: &str) {
        self.sent.remove(uri);
    }
}

/// One edit around what differs; positions count numbers, five a token.
fn difference(old: &[lsp::SemanticToken], new: &[lsp::SemanticToken]) -> Vec<lsp::SemanticTokensEdit> {
    let before = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (old.get(before..).unwrap_or_default(), new.get(before..).unwrap_or_default());
    let after = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let inserted = new.get(..new.len() - after).unwrap_or_default();
    let deleted = old.len() - after;
    if inserted.is_empty() && deleted == 0 {
        return Vec::new();
    }
    vec![lsp::SemanticTokensEdit {
        start: before as u32 * 5,
        delete_count: deleted as u32 * 5,
        data: Some(inserted.to_vec()),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(start: u32) -> lsp::SemanticToken {
        lsp::SemanticToken {
            delta_line: 0,
            delta_start: start,
            length: 1,
            token_type: 0,
            token_modifiers_bitset: 0,
        }
    }

    #[test]
    fn only_what_differs_is_sent() {
        let mut remembered = Remembered::default();
        let id = remembered.keep("a", vec![token(1), token(2), token(3)]);
        let answer = remembered.difference("a", &id, vec![token(1), token(9), token(3)]);
        let lsp::SemanticTokensFullDeltaResult::TokensDelta(delta) = answer else { panic!("a delta") };
        assert_eq!(
            delta.edits,
            [lsp::SemanticTokensEdit { start: 5, delete_count: 5, data: Some(vec![token(9)]) }]
        );
        let answer = remembered.difference("a", &id, vec![token(1)]);
        assert!(matches!(answer, lsp::SemanticTokensFullDeltaResult::Tokens(_)), "the name is of old");
    }
}
