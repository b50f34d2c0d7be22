//! The experiment `explicitopen`: embeddings no longer open what they embed. `...` behind each keeps what it meant, and
//! a call around the struct closes it again where it was closed.

use vela_syntax::ast::{BinaryOp, Decl, Expr, ExprId, File, List};

/// What the embeddings of a struct ask for.
#[derive(Clone, Copy, Default)]
struct Flags {
    /// A definition is embedded.
    definition: bool,
    /// Something else is that may be closed.
    other: bool,
    /// A disjunction of both: only the value can tell.
    at_run_time: bool,
    /// A call of `close` was embedded, and now stands around the struct.
    close: bool,
}

impl Flags {
    fn or(self, b: Self) -> Self {
        Self {
            definition: self.definition || b.definition,
            other: self.other || b.other,
            at_run_time: self.at_run_time || b.at_run_time,
            close: self.close || b.close,
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Context {
    /// Structs here are not closed: they are embedded, in a comprehension, or a definition.
    suspended: u32,
    flags: Flags,
}

/// An insertion, or with an end a replacement.
type Edit = (u32, u32, String);

struct Rewriter<'t> {
    text: &'t str,
    file: &'t File,
    edits: Vec<Edit>,
}

/// The text rewritten, the experiment named at its head; `None` where nothing changes.
pub fn fixed(text: &str, file: &File) -> Option<String> {
    let mut rewriter = Rewriter { text, file, edits: Vec::new() };
    let mut context = Context { suspended: 1, flags: Flags::default() };
    rewriter.declarations(file.top, &mut context);
    let mut edits = rewriter.edits;
    if edits.is_empty() {
        return None;
    }
    edits.sort_by_key(|e| e.0);
    let mut out = String::from("@experiment(explicitopen)\n\n");
    let mut at = 0;
    for (start, end, new) in edits {
        out.push_str(&text[at..start as usize]);
        out.push_str(&new);
        at = end as usize;
    }
    out.push_str(&text[at..]);
    Some(out)
}

/// Whether a file has aliases in the old form, before `=`.
pub fn has_old_aliases(file: &File) -> bool {
    let in_fields = file.decls.iter().any(|d| matches!(d, Decl::Field(f) if f.alias.is_some()));
    in_fields || file.exprs.iter().any(|x| matches!(x, Expr::Alias(..)))
}

impl Rewriter<'_> {
    /// The declarations of a struct; whether an embedding was changed that counts for the structs around.
    fn declarations(&mut self, list: List, context: &mut Context) -> bool {
        let mut modified = false;
        for decl in self.file.decl_list(list) {
            match self.file.decl(*decl) {
                Decl::Field(field) => {
                    let name = field.label_span.of(self.text);
                    let definition = name.starts_with('#') || name.starts_with("_#");
                    let mut inner = Context { suspended: u32::from(definition), flags: Flags::default() };
                    self.expr(field.value, &mut inner);
                }
                Decl::Let(_, x) => {
                    self.expr(x, &mut Context::default());
                }
                Decl::Embed(x) => {
                    context.suspended += 1;
                    if let Expr::Comprehension(n) = self.file.expr(x) {
                        let c = self.file.comprehensions[n as usize];
                        modified |= self.expr(c.body, context);
                        if let Some((otherwise, _)) = c.otherwise {
                            modified |= self.expr(otherwise, context);
                        }
                    } else {
                        let (changed, flags) = self.embedding(x);
                        context.flags = context.flags.or(flags);
                        modified |= changed || self.expr(x, context);
                    }
                    context.suspended -= 1;
                }
                Decl::Ellipsis | Decl::Attribute(_) | Decl::Bad => {}
            }
        }
        modified
    }

    /// Looks for structs in an expression; whether something in it was changed that counts for the struct around.
    /// Operands of `&` and `|` are values of their own.
    fn expr(&mut self, x: ExprId, context: &mut Context) -> bool {
        match self.file.expr(x) {
            Expr::Struct(list) => self.structure(x, list, context),
            Expr::Binary(BinaryOp::And | BinaryOp::Or, a, b) => {
                let mut inner = Context::default();
                self.expr(a, &mut inner);
                self.expr(b, &mut inner);
                false
            }
            Expr::Binary(_, a, b) | Expr::Index(a, b) => {
                let first = self.expr(a, context);
                self.expr(b, context) || first
            }
            Expr::Paren(a) | Expr::Unary(_, a) | Expr::Alias(_, a) | Expr::Ellipsis(Some(a)) => {
                self.expr(a, context)
            }
            Expr::List(list) => {
                let mut modified = false;
                for item in self.file.expr_list(list).to_vec() {
                    modified |= self.expr(item, context);
                }
                modified
            }
            Expr::Call(_, args) => {
                let mut modified = false;
                for item in self.file.expr_list(args).to_vec() {
                    modified |= self.expr(item, context);
                }
                modified
            }
            Expr::Comprehension(n) => {
                context.suspended += 1;
                let modified = self.expr(self.file.comprehensions[n as usize].body, context);
                context.suspended -= 1;
                modified
            }
            _ => false,
        }
    }

    fn structure(&mut self, x: ExprId, list: List, context: &mut Context) -> bool {
        let modified = self.declarations(list, context);
        if !modified || context.suspended > 0 {
            return modified;
        }
        if let [only] = self.file.decl_list(list)
            && matches!(self.file.decl(*only), Decl::Embed(_))
        {
            // `{x}` is `x`: nothing is opened, nothing has to be closed.
            let at = self.file.decl_spans[only.0 as usize].end;
            self.edits.retain(|e| e.0 != at || e.2 != "...");
            return false;
        }
        let flags = context.flags;
        let (open, close) = if flags.definition && !flags.at_run_time {
            ("__closeAll(", ")")
        } else if flags.other || flags.at_run_time {
            if flags.close { ("close(__reclose(", "))") } else { ("__reclose(", ")") }
        } else if flags.close {
            ("close(", ")")
        } else {
            return false;
        };
        let span = self.file.span(x);
        self.edits.push((span.start, span.start, open.to_owned()));
        self.edits.push((span.end, span.end, close.to_owned()));
        false
    }

    /// Opens an embedded expression where that is needed.
    fn embedding(&mut self, x: ExprId) -> (bool, Flags) {
        let end = self.file.span(x).end;
        let mut open = |flags: Flags| {
            self.edits.push((end, end, "...".to_owned()));
            (true, flags)
        };
        let other = Flags { other: true, ..Flags::default() };
        match self.file.expr(x) {
            Expr::Binary(BinaryOp::And | BinaryOp::Or, ..) => {
                let flags = flags_of(self.file, self.text, x);
                let start = self.file.span(x).start;
                self.edits.push((start, start, "(".to_owned()));
                self.edits.push((end, end, ")...".to_owned()));
                (true, flags)
            }
            Expr::Paren(inner) => {
                let flags = flags_of(self.file, self.text, inner);
                open(flags)
            }
            Expr::Ident => match self.file.span(x).of(self.text) {
                "_" => (false, Flags::default()),
                name if is_definition(name) => open(Flags { definition: true, ..Flags::default() }),
                _ => open(other),
            },
            Expr::Call(f, args) => match self.file.span(f).of(self.text) {
                "close" => match self.file.expr_list(args) {
                    [only] => {
                        let (start, only) = (self.file.span(x).start, *only);
                        let inner = self.file.span(only);
                        self.edits.push((start, inner.start, String::new()));
                        self.edits.push((inner.end, end, String::new()));
                        let (_, flags) = match self.file.expr(only) {
                            Expr::Struct(list) => {
                                let mut context = Context { suspended: 1, flags: Flags::default() };
                                (self.declarations(list, &mut context), context.flags)
                            }
                            _ => self.embedding(only),
                        };
                        (true, Flags { close: true, ..flags })
                    }
                    _ => (false, Flags::default()),
                },
                "and" | "or" => open(other),
                _ => (false, Flags::default()),
            },
            Expr::Select(..) | Expr::Index(..) | Expr::Slice(..) => open(other),
            _ => (false, Flags::default()),
        }
    }
}

/// What an expression asks for that is opened as a whole.
fn flags_of(file: &File, text: &str, x: ExprId) -> Flags {
    match file.expr(x) {
        Expr::Binary(op @ (BinaryOp::And | BinaryOp::Or), a, b) => {
            let (a, b) = (flags_of(file, text, a), flags_of(file, text, b));
            let both = a.or(b);
            let mixed = op == BinaryOp::Or && (a.other || b.other);
            Flags { at_run_time: both.at_run_time || mixed, ..both }
        }
        Expr::Paren(inner) => flags_of(file, text, inner),
        Expr::Ident => match file.span(x).of(text) {
            "_" => Flags::default(),
            name if is_definition(name) => Flags { definition: true, ..Flags::default() },
            _ => Flags { other: true, ..Flags::default() },
        },
        Expr::Call(f, _) if file.span(f).of(text) == "close" => Flags { close: true, ..Flags::default() },
        _ => Flags::default(),
    }
}

fn is_definition(name: &str) -> bool {
    name.starts_with('#') || name.starts_with("_#")
}
