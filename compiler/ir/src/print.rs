//! Expressions back as source text: every conjunct as written, with the parentheses its operators need. Used for
//! what evaluation leaves open, for messages, and for debugging. Blanks around operators and the alignment of
//! values are the formatter's business.

use std::fmt::Write;

use vela_syntax::literal::{self, Form, quote, quote_bytes};

use crate::ir::{
    ArcType, BinaryOp, Clause, ComprehensionId, Decl, DeclId, Expr, ExprId, Ir, List, Predeclared, StructId,
    UnaryOp,
};
use crate::label::Label;

/// How tightly an expression binds, from `|` to what stands by itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precedence {
    Lowest,
    Or,
    And,
    LogicalOr,
    LogicalAnd,
    Compare,
    Sum,
    Product,
    Unary,
    Primary,
}

impl Precedence {
    const fn next(self) -> Self {
        match self {
            Self::Lowest => Self::Or,
            Self::Or => Self::And,
            Self::And => Self::LogicalOr,
            Self::LogicalOr => Self::LogicalAnd,
            Self::LogicalAnd => Self::Compare,
            Self::Compare => Self::Sum,
            Self::Sum => Self::Product,
            Self::Product => Self::Unary,
            Self::Unary | Self::Primary => Self::Primary,
        }
    }
}

/// What to print instead of an expression, such as a reference that leaves what is printed.
pub type Replace<'a> = &'a dyn Fn(ExprId) -> Option<String>;

/// Writes expressions as source text.
pub struct Printer<'a> {
    ir: &'a Ir,
    out: String,
    indent: usize,
    replace: Option<Replace<'a>>,
    /// Whether literals are printed as they stand in the source rather than in normal form.
    verbatim: bool,
}

impl Ir {
    /// The expression as source text, literals in normal form.
    pub fn print(&self, id: ExprId) -> String {
        let mut printer = Printer::new(self);
        printer.expr(id);
        printer.finish()
    }
}

impl<'a> Printer<'a> {
    /// A printer that has written nothing.
    pub fn new(ir: &'a Ir) -> Self {
        Self { ir, out: String::new(), indent: 0, replace: None, verbatim: false }
    }

    /// Prints what `replace` gives, where it gives something.
    pub fn replacing(mut self, replace: Replace<'a>) -> Self {
        self.replace = Some(replace);
        self
    }

    /// Prints literals as they stand in the source.
    pub fn verbatim(mut self) -> Self {
        self.verbatim = true;
        self
    }

    /// Begins at a level of indentation.
    pub fn indented(mut self, levels: usize) -> Self {
        self.indent = levels;
        self
    }

    /// What was written.
    pub fn finish(self) -> String {
        self.out
    }

    /// Writes an expression.
    pub fn expr(&mut self, id: ExprId) {
        self.within(id, Precedence::Lowest);
    }

    /// Writes an expression where `least` is needed, in parentheses if it binds less.
    fn within(&mut self, id: ExprId, least: Precedence) {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.within_here(id, least));
    }

    fn within_here(&mut self, id: ExprId, least: Precedence) {
        if let Some(text) = self.replace.and_then(|replace| replace(id)) {
            self.out.push_str(&text);
            return;
        }
        let parens = precedence(self.ir, id) < least;
        if parens {
            self.out.push('(');
        }
        self.bare(id);
        if parens {
            self.out.push(')');
        }
    }

    fn bare(&mut self, id: ExprId) {
        match self.ir.expr(id) {
            Expr::Null => self.out.push_str("null"),
            Expr::Bool(value) => self.out.push_str(if value { "true" } else { "false" }),
            Expr::Num(_) | Expr::Str(_) | Expr::Bytes(_) => self.literal(id),
            Expr::Top => self.out.push('_'),
            Expr::Bottom => self.out.push_str("_|_"),
            Expr::Kind(kinds) => {
                let _ = write!(self.out, "{kinds}");
            }
            Expr::Bound(op, operand) => {
                self.out.push_str(op.text());
                self.within(operand, Precedence::Unary);
            }
            Expr::Unary(op, operand) => {
                self.out.push(match op {
                    UnaryOp::Plus => '+',
                    UnaryOp::Minus => '-',
                    UnaryOp::Not => '!',
                });
                self.within(operand, Precedence::Unary);
            }
            Expr::Binary(..) => self.chain(id),
            Expr::And(..) => match self.ir.range_name(id) {
                Some(name) => self.out.push_str(name),
                None => self.chain(id),
            },
            Expr::Disjunction(list) => {
                for (i, disjunct) in self.ir.disjuncts[list.range()].iter().enumerate() {
                    self.out.push_str(if i > 0 { " | " } else { "" });
                    self.out.push_str(if disjunct.default { "*" } else { "" });
                    // What stands first groups with what follows it anyway.
                    let least = match (disjunct.default, i) {
                        (true, _) => Precedence::Unary,
                        (false, 0) => Precedence::Or,
                        (false, _) => Precedence::And,
                    };
                    self.within(disjunct.expr, least);
                }
            }
            Expr::Struct(id) => self.struct_literal(id),
            Expr::List(list, rest) => self.list(list, rest),
            Expr::Comprehension(id) => self.comprehension(id),
            Expr::FieldRef(_, label) => self.name(id, label),
            Expr::ValueRef(_, label) | Expr::CurrentRef(label) | Expr::LabelRef(_, label) => {
                self.name(id, label);
            }
            Expr::DynRef(i) => self.name(id, self.ir.dyn_refs[i as usize].alias),
            Expr::LetRef(i) => self.name(id, self.ir.let_refs[i as usize].label),
            Expr::Import(i) => self.out.push_str(&self.ir.imports[i as usize].name),
            Expr::Select(operand, label) => {
                self.within(operand, Precedence::Primary);
                self.out.push('.');
                self.out.push_str(&self.ir.labels.source(label));
            }
            Expr::Index(operand, index) => {
                self.within(operand, Precedence::Primary);
                self.out.push('[');
                self.expr(index);
                self.out.push(']');
            }
            Expr::Slice(i) => {
                let slice = self.ir.slices[i as usize];
                self.within(slice.operand, Precedence::Primary);
                self.out.push('[');
                slice.low.iter().for_each(|e| self.expr(*e));
                self.out.push(':');
                slice.high.iter().for_each(|e| self.expr(*e));
                self.out.push(']');
            }
            Expr::Interpolation(parts, bytes) => self.interpolation(parts, bytes),
            Expr::Call(function, args) => {
                self.within(function, Precedence::Primary);
                self.out.push('(');
                self.separated(args);
                self.out.push(')');
            }
            Expr::Predeclared(function) => self.out.push_str(function.name()),
            Expr::Open(operand) => {
                self.within(operand, Precedence::Primary);
                self.out.push_str("...");
            }
            Expr::Try(operand) => {
                self.within(operand, Precedence::Primary);
                self.out.push('?');
            }
        }
    }

    /// A chain of operators that group to the left, without recursing into its left operands.
    fn chain(&mut self, id: ExprId) {
        let mut spine = Vec::new();
        let mut current = id;
        let mut least = Precedence::Lowest;
        while let Expr::And(left, right) | Expr::Binary(_, left, right) = self.ir.expr(current) {
            let own = precedence(self.ir, current);
            let replaced = self.replace.is_some_and(|replace| replace(current).is_some());
            if own < least || replaced || own == Precedence::Primary {
                break;
            }
            spine.push((current, right, own));
            least = own;
            current = left;
        }
        self.within(current, least);
        while let Some((operator, right, own)) = spine.pop() {
            let text = match self.ir.expr(operator) {
                Expr::Binary(op, ..) => op.text(),
                _ => "&",
            };
            let _ = write!(self.out, " {text} ");
            self.within(right, own.next());
        }
    }

    fn literal(&mut self, id: ExprId) {
        let source = self.ir.source(id);
        // Data files have literals of their own.
        let is_literal = match self.ir.expr(id) {
            Expr::Num(_) => literal::number(source).is_ok(),
            Expr::Str(_) | Expr::Bytes(_) => literal::string(source).is_ok(),
            _ => false,
        };
        if self.verbatim && is_literal {
            self.out.push_str(source);
            return;
        }
        match self.ir.expr(id) {
            Expr::Num(i) => self.out.push_str(&self.ir.numbers[i as usize].to_cue_text()),
            Expr::Str(i) => {
                let margin = self.margin();
                self.out.push_str(&quote(&self.ir.strings[i as usize], Form::Auto(&margin)));
            }
            Expr::Bytes(i) => {
                let margin = self.margin();
                self.out.push_str(&quote_bytes(&self.ir.bytes[i as usize], Form::Auto(&margin)));
            }
            _ => {}
        }
    }

    /// A reference: as it is written, which may be by an alias.
    fn name(&mut self, id: ExprId, label: Label) {
        let source = self.ir.source(id);
        if source.is_empty() {
            let name = self.ir.labels.name(label);
            self.out.push_str(&name);
        } else {
            self.out.push_str(source);
        }
    }

    fn separated(&mut self, list: List) {
        for (i, id) in self.ir.expr_lists[list.range()].iter().enumerate() {
            self.out.push_str(if i > 0 { ", " } else { "" });
            self.expr(*id);
        }
    }

    fn list(&mut self, list: List, rest: u32) {
        self.out.push('[');
        self.separated(list);
        if let Some(rest) = self.ir.list_rest(rest) {
            self.out.push_str(if list.len > 0 { ", ..." } else { "..." });
            if let Some(id) = rest {
                self.expr(id);
            }
        }
        self.out.push(']');
    }

    fn interpolation(&mut self, parts: List, bytes: bool) {
        let ids = &self.ir.expr_lists[parts.range()];
        let text = |id: ExprId| -> &[u8] {
            match self.ir.expr(id) {
                Expr::Str(i) => self.ir.strings[i as usize].as_bytes(),
                Expr::Bytes(i) => &self.ir.bytes[i as usize],
                _ => &[],
            }
        };
        let multi = ids.iter().step_by(2).any(|id| text(*id).contains(&b'\n'));
        let margin = self.margin();
        let mark = if bytes { "'" } else { "\"" };
        if multi {
            let _ = write!(self.out, "{}\n{margin}", mark.repeat(3));
        } else {
            self.out.push_str(mark);
        }
        for (i, id) in ids.iter().enumerate() {
            if i % 2 == 0 {
                self.interpolated_text(text(*id), bytes, multi.then_some(&margin));
            } else {
                self.out.push_str("\\(");
                self.expr(*id);
                self.out.push(')');
            }
        }
        if multi {
            let _ = write!(self.out, "\n{margin}{}", mark.repeat(3));
        } else {
            self.out.push_str(mark);
        }
    }

    /// Literal text between interpolations; `margin` stands before each line of a multi-line literal.
    fn interpolated_text(&mut self, text: &[u8], bytes: bool, margin: Option<&String>) {
        let escaped = |text: &[u8]| {
            let quoted = if bytes {
                quote_bytes(text, Form::Single)
            } else {
                quote(&String::from_utf8_lossy(text), Form::Single)
            };
            quoted[1..quoted.len() - 1].to_string()
        };
        let Some(margin) = margin else {
            self.out.push_str(&escaped(text));
            return;
        };
        for (i, line) in text.split(|b| *b == b'\n').enumerate() {
            if i > 0 {
                self.out.push('\n');
                self.out.push_str(margin);
            }
            let line = escaped(line);
            let triple = if bytes { "\\'\\'\\'" } else { "\\\"\\\"\\\"" };
            if line.contains(triple) {
                self.out.push_str(&line);
            } else {
                // A line's single quotes need no escape.
                let (mark, plain) = if bytes { ("\\'", "'") } else { ("\\\"", "\"") };
                self.out.push_str(&line.replace(mark, plain));
            }
        }
    }

    /// What a line of a multi-line literal starts with.
    fn margin(&self) -> String {
        "\t".repeat(self.indent + 1)
    }

    fn line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n('\t', self.indent));
    }

    fn struct_literal(&mut self, id: StructId) {
        if self.ir.structs[id.index()].decls.len == 0 {
            self.out.push_str("{}");
            return;
        }
        self.out.push('{');
        self.indent += 1;
        for decl in self.ir.struct_decls(id) {
            self.line();
            self.decl(decl);
        }
        self.indent -= 1;
        self.line();
        self.out.push('}');
    }

    fn decl(&mut self, id: DeclId) {
        let meta = &self.ir.decl_metas[id.index()];
        let postfix = self.ir.files.get(meta.file.index()).is_some_and(|f| f.experiments.aliasv2);
        if meta.field_alias != Label::NONE && !postfix {
            let name = self.ir.labels.name(meta.field_alias);
            let _ = write!(self.out, "{name}=");
        }
        match self.ir.decls[id.index()] {
            Decl::Field { label, arc, value } => {
                let name = self.ir.labels.source(label);
                self.out.push_str(&name);
                self.field_value(id, postfix, arc, value);
            }
            Decl::Dynamic { key, arc, value } => {
                if matches!(self.ir.expr(key), Expr::Interpolation(..) | Expr::Str(_)) {
                    self.expr(key);
                } else {
                    self.out.push('(');
                    self.expr(key);
                    self.out.push(')');
                }
                self.field_value(id, postfix, arc, value);
            }
            Decl::Pattern { pattern, value } => {
                self.out.push('[');
                if meta.label_alias != Label::NONE && !postfix {
                    let name = self.ir.labels.name(meta.label_alias);
                    let _ = write!(self.out, "{name}=");
                }
                self.expr(pattern);
                self.out.push(']');
                self.field_value(id, postfix, ArcType::Member, value);
            }
            Decl::Let { label, value, .. } => {
                let name = self.ir.labels.name(label);
                let _ = write!(self.out, "let {name} = ");
                self.expr(value);
            }
            Decl::Embed(value) => self.expr(value),
            Decl::Ellipsis => self.out.push_str("..."),
        }
    }

    /// What stands after a field's label.
    fn field_value(&mut self, id: DeclId, postfix: bool, arc: ArcType, value: ExprId) {
        let meta = &self.ir.decl_metas[id.index()];
        let name = |label: Label| match label {
            Label::NONE => "_".to_string(),
            label => self.ir.labels.name(label).into_owned(),
        };
        if postfix && meta.label_alias != Label::NONE {
            let _ = write!(self.out, "~({},{})", name(meta.label_alias), name(meta.field_alias));
        } else if postfix && meta.field_alias != Label::NONE {
            let _ = write!(self.out, "~{}", name(meta.field_alias));
        }
        self.out.push_str(match arc {
            ArcType::Required => "!: ",
            ArcType::Optional => "?: ",
            ArcType::Member | ArcType::Pending | ArcType::NotPresent => ": ",
        });
        if meta.value_alias != Label::NONE {
            let _ = write!(self.out, "{}=", name(meta.value_alias));
        }
        self.expr(value);
    }

    fn variable(&self, label: Option<Label>) -> String {
        label.map_or_else(|| "_".to_string(), |l| self.ir.labels.name(l).into_owned())
    }

    fn comprehension(&mut self, id: ComprehensionId) {
        let comprehension = self.ir.comprehensions[id.index()];
        for clause in &self.ir.clauses[comprehension.clauses.range()] {
            match *clause {
                Clause::For { key, keyed, value, source } => {
                    let key = if keyed { format!("{}, ", self.variable(key)) } else { String::new() };
                    let value = self.variable(value);
                    let _ = write!(self.out, "for {key}{value} in ");
                    self.expr(source);
                }
                Clause::If(condition) => {
                    self.out.push_str("if ");
                    self.expr(condition);
                }
                Clause::Let { label, value } => {
                    let name = self.ir.labels.name(label);
                    let _ = write!(self.out, "let {name} = ");
                    self.expr(value);
                }
                Clause::Try(None) => self.out.push_str("try"),
                Clause::Try(Some((label, value))) => {
                    let name = self.ir.labels.name(label);
                    let _ = write!(self.out, "try {name} = ");
                    self.expr(value);
                }
            }
            self.out.push(' ');
        }
        self.expr(comprehension.body);
        if let Some(otherwise) = comprehension.otherwise {
            let clauses = &self.ir.clauses[comprehension.clauses.range()];
            let single = matches!(clauses, [Clause::If(_) | Clause::Try(_)]);
            self.out.push_str(if single { " else " } else { " otherwise " });
            self.expr(otherwise);
        }
    }
}

/// How tightly the printed form of an expression binds.
fn precedence(ir: &Ir, id: ExprId) -> Precedence {
    match ir.expr(id) {
        Expr::Disjunction(_) => Precedence::Or,
        Expr::And(..) if ir.range_name(id).is_some() => Precedence::Primary,
        Expr::And(..) => Precedence::And,
        Expr::Binary(op, ..) => match op {
            BinaryOp::LogicalOr => Precedence::LogicalOr,
            BinaryOp::LogicalAnd => Precedence::LogicalAnd,
            BinaryOp::Compare(_) => Precedence::Compare,
            BinaryOp::Add | BinaryOp::Sub => Precedence::Sum,
            BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::IntDiv
            | BinaryOp::IntMod
            | BinaryOp::IntQuo
            | BinaryOp::IntRem => Precedence::Product,
        },
        Expr::Bound(..) | Expr::Unary(..) => Precedence::Unary,
        _ => Precedence::Primary,
    }
}

impl Predeclared {
    /// The function's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Len => "len",
            Self::Close => "close",
            Self::And => "and",
            Self::Or => "or",
            Self::Div => "div",
            Self::Mod => "mod",
            Self::Quo => "quo",
            Self::Rem => "rem",
            Self::Error => "error",
            Self::MatchN => "matchN",
            Self::MatchIf => "matchIf",
            Self::CloseAll => "__closeAll",
            Self::Reclose => "__reclose",
            Self::NoSharing => "__no_sharing",
            Self::TestExperiment => "__test_experiment",
        }
    }
}
