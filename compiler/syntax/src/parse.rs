//! The parser's door: source text to AST and errors.

use crate::ast::{Comment, ExprId, File};
use crate::build::{Builder, too_deep};
use crate::error::{self, Found, SyntaxError, Weight};
use crate::events::Wanted;
use crate::experiments::{Experiments, Features, Version};
use crate::grammar::Grammar;
use crate::kind::Kind;
use crate::layout::{Layout, layout};
use crate::lexer::{MAX_ERRORS, Token, Tokens, lex};
use crate::scopes;
use crate::walk::walk;

/// How to read a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct ParseOptions {
    /// The language version of the file's module.
    pub version: Version,
}

/// A parsed file.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Parse {
    /// The tree; whole even where the text has errors.
    pub file: File,
    /// The errors, in the order of the text.
    pub errors: Vec<SyntaxError>,
    /// The experiments in force.
    pub experiments: Experiments,
}

/// Parses a file. Never fails; a text of 4 GiB or more is one error. Linear in the length of the text.
pub fn parse(src: &str, options: &ParseOptions) -> Parse {
    parse_with_tokens(src, options).0
}

/// Parses a file, and gives its tokens as well.
pub(crate) fn parse_with_tokens(src: &str, options: &ParseOptions) -> (Parse, Vec<Token>) {
    if u32::try_from(src.len()).is_err() {
        let span = vela_diagnostics::Span::default();
        let message = "file is larger than 4 GiB".to_owned();
        let errors = vec![SyntaxError { message, span, line: 1, column: 1 }];
        return (Parse { errors, ..Parse::default() }, Vec::new());
    }
    let Tokens { tokens, comments, errors } = lex(src);
    let file = File { comments, ..File::default() };
    let mut found: Vec<Found> = errors.into_iter().map(Found::from).collect();
    let experiments = match head_experiments(src, &tokens, options.version) {
        Ok(experiments) => experiments,
        // A text that starts with an error is probably no CUE, and its first attribute none.
        Err(_) if found.iter().any(|e| e.seen == 0) => Experiments::default(),
        Err(errors) => {
            let seen = errors.last().map_or(0, |e| e.seen);
            found.retain(|e| e.seen < seen);
            found.extend(errors);
            return (Parse { file, errors: error::finish(src, found), ..Parse::default() }, tokens);
        }
    };
    let groups = layout(&tokens);
    let file = build(src, &tokens, &groups, options.version, experiments, file, &mut found);
    (Parse { file, errors: error::finish(src, found), experiments }, tokens)
}

/// Parses a text that is one expression. The expression is `None` where the text is something else, for which
/// there is an error then.
pub fn parse_expr(src: &str) -> (Parse, Option<ExprId>) {
    use crate::ast::{Decl, Expr};
    let mut parse = parse(src, &ParseOptions::default());
    let file = &parse.file;
    let alone = file.package.is_none() && file.imports.is_empty() && file.file_attributes.len == 0;
    let expr = match file.decl_list(file.top) {
        [one] if alone => match file.decl(*one) {
            Decl::Embed(id) if !matches!(file.expr(id), Expr::Comprehension(_)) => Some(id),
            _ => None,
        },
        _ => None,
    };
    if expr.is_none() && parse.errors.is_empty() {
        let span = vela_diagnostics::Span::new(0, src.len() as u32);
        let message = "expected a single expression".to_owned();
        parse.errors.push(SyntaxError { message, span, line: 1, column: 1 });
    }
    (parse, expr)
}

/// The tokens of a text, the last of which is `Eof`, and its comments.
pub fn tokens(src: &str) -> (Vec<Token>, Vec<Comment>) {
    if u32::try_from(src.len()).is_err() {
        return (vec![Token { kind: Kind::Eof, span: vela_diagnostics::Span::default() }], Vec::new());
    }
    let Tokens { tokens, comments, .. } = lex(src);
    (tokens, comments)
}

fn build(
    src: &str,
    tokens: &[Token],
    groups: &Layout,
    version: Version,
    experiments: Experiments,
    file: File,
    found: &mut Vec<Found>,
) -> File {
    let grammar = Grammar::new(Features::new(version, experiments));
    let mut builder = Builder::new(src, tokens, file);
    walk(groups, &grammar, &mut builder, |wanted, tok, group| {
        if found.len() < 4 * MAX_ERRORS {
            found.push(error::at_token(src, wanted, tokens[tok.at as usize], tok.at, group));
        }
    });
    found.append(&mut builder.errors);
    found.append(&mut scopes::check(src, &builder.file));
    if let Some(at) = groups.too_deep {
        // What stands behind is not read, so the errors there are none.
        let span = tokens[at as usize].span;
        found.retain(|e| e.span.start < span.start);
        found.push(Found { message: too_deep(), span, seen: 2 * at, group: 0, weight: Weight::Kept });
    }
    builder.file
}

/// The experiments named by the attributes at the head of the file. Where one can't be had, nothing behind the head
/// is read.
fn head_experiments(src: &str, tokens: &[Token], version: Version) -> Result<Experiments, Vec<Found>> {
    let mut names = Vec::new();
    let mut errors = Vec::new();
    let mut next = 0;
    while let Some(token) = tokens.get(next).filter(|t| t.kind == Kind::Attribute) {
        let body = token.span.of(src).strip_prefix("@experiment").map(str::trim_start);
        if let Some(body) = body.and_then(|b| b.strip_prefix('(')) {
            let body = body.strip_suffix(')').unwrap_or(body);
            if !body.is_empty() {
                names.extend(body.split(',').map(str::trim));
            }
        }
        next += 1;
        let Some(behind) = tokens.get(next) else { break };
        match behind.kind {
            Kind::Eof | Kind::RBrace => break,
            Kind::Comma | Kind::AutoComma => {}
            _ => errors.push(error::at_token(src, Wanted::CommaInStruct, *behind, next as u32, 0)),
        }
        next += 1;
    }
    Experiments::new(version, names).map_err(|why| {
        let at = next.min(tokens.len() - 1);
        let message = format!("parsing experiments for version \"{version}\": {why}");
        let seen = error::seen(tokens[at].kind, at as u32);
        errors.push(Found { message, span: tokens[at].span, seen, group: 0, weight: Weight::Kept });
        errors
    })
}
