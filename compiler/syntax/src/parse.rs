//! The parser's door: source text to AST and errors.

use crate::ast::{Comment, ExprId, File};
use crate::build::{Builder, too_deep};
use crate::error::{self, Found, SyntaxError, Weight};
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
    if u32::try_from(src.len()).is_err() {
        let span = vela_diagnostics::Span::default();
        let message = "file is larger than 4 GiB".to_owned();
        let errors = vec![SyntaxError { message, span, line: 1, column: 1 }];
        return Parse { errors, ..Parse::default() };
    }
    let Tokens { tokens, comments, errors } = lex(src);
    let file = File { comments, ..File::default() };
    let mut found: Vec<Found> = errors.into_iter().map(Found::from).collect();
    let experiments = match head_experiments(src, &tokens, options.version) {
        Ok(experiments) => experiments,
        Err(e) => return Parse { file, errors: error::finish(src, vec![e]), ..Parse::default() },
    };
    let groups = layout(&tokens);
    let file = build(src, &tokens, &groups, options.version, experiments, file, &mut found);
    Parse { file, errors: error::finish(src, found), experiments }
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

/// The experiments named by the attributes at the head of the file.
fn head_experiments(src: &str, tokens: &[Token], version: Version) -> Result<Experiments, Found> {
    let mut names = Vec::new();
    let mut rest = tokens.iter();
    let mut next = rest.next();
    while let Some(token) = next.filter(|t| matches!(t.kind, Kind::Attribute | Kind::AutoComma | Kind::Comma))
    {
        let body = token.span.of(src).strip_prefix("@experiment").map(str::trim_start);
        if let Some(body) = body.and_then(|b| b.strip_prefix('(')) {
            let body = body.strip_suffix(')').unwrap_or(body);
            if !body.is_empty() {
                names.extend(body.split(',').map(str::trim));
            }
        }
        next = rest.next();
    }
    Experiments::new(version, names).map_err(|why| {
        let token = next.or(tokens.last()).copied();
        let span = token.map_or_else(vela_diagnostics::Span::default, |t| t.span);
        let message = format!("parsing experiments for version \"{version}\": {why}");
        Found { message, span, seen: 0, group: 0, weight: Weight::Kept }
    })
}
