//! `+` and `*` of lists, which the language no longer has, as `list.Concat` and `list.Repeat`. Only where an operand is
//! a list literal: nothing else says for certain that lists are meant.

use std::collections::HashMap;

use vela_syntax::ast::{BinaryOp, Clause, Decl, Expr, ExprId, File, InterpPart, Label, List};

/// The text rewritten, the package imported; `None` where nothing changes.
pub fn fixed(text: &str, file: &File) -> Option<String> {
    let mut rewriter = Rewriter { text, file, changed: HashMap::new(), concats: HashMap::new() };
    // Children stand before their parents.
    for n in 0..file.exprs.len() as u32 {
        rewriter.expr(ExprId(n));
    }
    let roots: Vec<ExprId> = rewriter.of_declarations(file.top);
    if rewriter.changed.is_empty() {
        return None;
    }
    let mut out = String::new();
    let mut at = 0;
    rewriter.copy(&mut out, &mut at, &roots, text.len());
    Some(with_import(&out))
}

struct Rewriter<'t> {
    text: &'t str,
    file: &'t File,
    /// The new text of expressions.
    changed: HashMap<ExprId, String>,
    /// The operands of those that are `list.Concat` now.
    concats: HashMap<ExprId, Vec<String>>,
}

impl Rewriter<'_> {
    fn expr(&mut self, x: ExprId) {
        let is_list = |x: ExprId| matches!(self.file.expr(x), Expr::List(_));
        match self.file.expr(x) {
            Expr::Binary(BinaryOp::Add, a, b) if self.is_list(a) || self.is_list(b) => {
                let mut operands = Vec::new();
                for side in [a, b] {
                    match self.concats.get(&side) {
                        Some(inner) => operands.extend(inner.iter().cloned()),
                        None => operands.push(self.text_of(side)),
                    }
                }
                self.changed.insert(x, format!("list.Concat([{}])", operands.join(", ")));
                self.concats.insert(x, operands);
            }
            Expr::Binary(BinaryOp::Mul, a, b) if is_list(a) || is_list(b) => {
                let (list, count) = if is_list(a) { (a, b) } else { (b, a) };
                let new = format!("list.Repeat({}, {})", self.text_of(list), self.text_of(count));
                self.changed.insert(x, new);
            }
            _ => {
                let children = self.children(x);
                if children.iter().any(|c| self.changed.contains_key(c)) {
                    let span = self.file.span(x);
                    let mut out = String::new();
                    let mut at = span.start as usize;
                    self.copy(&mut out, &mut at, &children, span.end as usize);
                    self.changed.insert(x, out);
                }
            }
        }
    }

    fn is_list(&self, x: ExprId) -> bool {
        matches!(self.file.expr(x), Expr::List(_)) || self.concats.contains_key(&x)
    }

    fn text_of(&self, x: ExprId) -> String {
        self.changed.get(&x).cloned().unwrap_or_else(|| self.file.span(x).of(self.text).to_owned())
    }

    /// Copies text up to `end`, changed expressions in their new form.
    fn copy(&self, out: &mut String, at: &mut usize, children: &[ExprId], end: usize) {
        let mut sorted = children.to_vec();
        sorted.sort_by_key(|c| self.file.span(*c).start);
        for child in sorted {
            let span = self.file.span(child);
            if let Some(new) = self.changed.get(&child)
                && span.start as usize >= *at
            {
                out.push_str(&self.text[*at..span.start as usize]);
                out.push_str(new);
                *at = span.end as usize;
            }
        }
        out.push_str(&self.text[*at..end]);
        *at = end;
    }

    /// The expressions directly below one.
    fn children(&self, x: ExprId) -> Vec<ExprId> {
        let file = self.file;
        match file.expr(x) {
            Expr::Interpolation(list) => file
                .interp_parts(list)
                .iter()
                .filter_map(|p| match p {
                    InterpPart::Expr(x) => Some(*x),
                    InterpPart::Text(_) => None,
                })
                .collect(),
            Expr::Struct(list) => self.of_declarations(list),
            Expr::List(list) => file.expr_list(list).to_vec(),
            Expr::Ellipsis(x) => x.into_iter().collect(),
            Expr::Comprehension(n) => {
                let c = file.comprehensions[n as usize];
                let mut out = vec![c.body];
                out.extend(c.otherwise.map(|(x, _)| x));
                for clause in file.clause_list(c.clauses) {
                    match *clause {
                        Clause::For { source, .. } => out.push(source),
                        Clause::If { condition, .. } => out.push(condition),
                        Clause::Let { value, .. } => out.push(value),
                        Clause::Try { binding, .. } => out.extend(binding.map(|(_, x)| x)),
                    }
                }
                out
            }
            Expr::Unary(_, a)
            | Expr::Paren(a)
            | Expr::PostfixEllipsis(a)
            | Expr::PostfixOption(a)
            | Expr::Alias(_, a) => vec![a],
            Expr::Select(a, _) => vec![a],
            Expr::Binary(_, a, b) | Expr::Index(a, b) => vec![a, b],
            Expr::Slice(a, low, high) => [Some(a), low, high].into_iter().flatten().collect(),
            Expr::Call(f, args) => std::iter::once(f).chain(file.expr_list(args).iter().copied()).collect(),
            Expr::Bad
            | Expr::Ident
            | Expr::Null
            | Expr::Bool(_)
            | Expr::Bottom
            | Expr::Number
            | Expr::String => Vec::new(),
        }
    }

    fn of_declarations(&self, list: List) -> Vec<ExprId> {
        let mut out = Vec::new();
        for decl in self.file.decl_list(list) {
            match self.file.decl(*decl) {
                Decl::Field(field) => {
                    if let Label::Dynamic(x) | Label::Interpolation(x) | Label::Pattern(x) = field.label {
                        out.push(x);
                    }
                    out.push(field.value);
                }
                Decl::Let(_, x) | Decl::Embed(x) => out.push(x),
                Decl::Ellipsis | Decl::Attribute(_) | Decl::Bad => {}
            }
        }
        out
    }
}

/// The text with an import of `list`.
fn with_import(text: &str) -> String {
    let file = vela_syntax::parse(text, &vela_syntax::ParseOptions::default()).file;
    if file.imports.iter().any(|i| i.name.is_none() && i.path.of(text) == "\"list\"") {
        return text.to_owned();
    }
    let at = match (file.package, file.imports.first()) {
        (_, Some(first)) => {
            // Before the word `import`, which the spec does not cover.
            text[..first.span.start as usize].rfind("import").unwrap_or(0)
        }
        (Some(package), None) => package.span.end as usize,
        (None, None) => 0,
    };
    let (before, after) = text.split_at(at);
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n\n" };
    format!("{before}{gap}import \"list\"\n{}{after}", if after.starts_with('\n') { "" } else { "\n" })
}
