//! The shape of the AST, written out as text.

use vela_syntax::ast::{Clause, Constraint, Decl, DeclId, Expr, ExprId, File, InterpPart, Label};
use vela_syntax::{ParseOptions, parse};

struct Dump<'s> {
    src: &'s str,
    file: &'s File,
}

impl Dump<'_> {
    fn text(&self, span: vela_diagnostics::Span) -> String {
        span.of(self.src).to_owned()
    }

    fn exprs(&self, ids: &[ExprId]) -> String {
        ids.iter().map(|id| self.expr(*id)).collect::<Vec<_>>().join(" ")
    }

    fn decls(&self, ids: &[DeclId]) -> String {
        ids.iter().map(|id| self.decl(*id)).collect::<Vec<_>>().join(" ")
    }

    fn opt(&self, id: Option<ExprId>) -> String {
        id.map_or("-".into(), |id| self.expr(id))
    }

    fn expr(&self, id: ExprId) -> String {
        let f = self.file;
        match f.expr(id) {
            Expr::Bad => "BAD".into(),
            Expr::Ident | Expr::Null | Expr::Bool(_) | Expr::Bottom | Expr::Number | Expr::String => {
                self.text(f.span(id))
            }
            Expr::Interpolation(list) => {
                let parts: Vec<_> = f
                    .interp_parts(list)
                    .iter()
                    .map(|p| match p {
                        InterpPart::Text(span) => format!("{:?}", self.text(*span)),
                        InterpPart::Expr(id) => self.expr(*id),
                    })
                    .collect();
                format!("(interp {})", parts.join(" "))
            }
            Expr::Struct(list) => format!("{{{}}}", self.decls(f.decl_list(list))),
            Expr::List(list) => format!("[{}]", self.exprs(f.expr_list(list))),
            Expr::Ellipsis(of) => format!("(... {})", self.opt(of)),
            Expr::Comprehension(i) => {
                let c = f.comprehensions[i as usize];
                let clauses: Vec<_> = f.clause_list(c.clauses).iter().map(|c| self.clause(c)).collect();
                let otherwise = c
                    .otherwise
                    .map(|(id, o)| format!(" {} {}", if o { "otherwise" } else { "else" }, self.expr(id)));
                format!("({} {}{})", clauses.join(" "), self.expr(c.body), otherwise.unwrap_or_default())
            }
            Expr::Unary(op, x) => format!("({op:?} {})", self.expr(x)),
            Expr::Binary(op, x, y) => format!("({} {op:?} {})", self.expr(x), self.expr(y)),
            Expr::Select(x, l) => format!("(. {} {})", self.expr(x), self.expr(l)),
            Expr::Index(x, i) => format!("(index {} {})", self.expr(x), self.expr(i)),
            Expr::Slice(x, l, h) => format!("(slice {} {} {})", self.expr(x), self.opt(l), self.opt(h)),
            Expr::Call(x, args) => format!("(call {} [{}])", self.expr(x), self.exprs(f.expr_list(args))),
            Expr::Paren(x) => format!("(paren {})", self.expr(x)),
            Expr::PostfixEllipsis(x) => format!("(post... {})", self.expr(x)),
            Expr::PostfixOption(x) => format!("(post? {})", self.expr(x)),
            Expr::Alias(name, x) => format!("({}= {})", self.text(name.span), self.expr(x)),
        }
    }

    fn clause(&self, clause: &Clause) -> String {
        match clause {
            Clause::For { key, value, source, .. } => {
                let key = key.map(|k| self.text(k.span) + ", ").unwrap_or_default();
                format!("for {key}{} in {}", self.text(value.span), self.expr(*source))
            }
            Clause::If { condition, .. } => format!("if {}", self.expr(*condition)),
            Clause::Let { name, value, .. } => {
                format!("let {} = {}", self.text(name.span), self.expr(*value))
            }
            Clause::Try { binding: None, .. } => "try".into(),
            Clause::Try { binding: Some((name, value)), .. } => {
                format!("try {} = {}", self.text(name.span), self.expr(*value))
            }
        }
    }

    fn decl(&self, id: DeclId) -> String {
        let f = self.file;
        match f.decl(id) {
            Decl::Field(field) => {
                let alias = field.alias.map(|a| self.text(a.span) + "=").unwrap_or_default();
                let label = match field.label {
                    Label::Ident(ident) => self.text(ident.span),
                    Label::String(id) | Label::Interpolation(id) => self.expr(id),
                    Label::Dynamic(id) => format!("(dynamic {})", self.expr(id)),
                    Label::Pattern(id) => format!("(pattern {})", self.expr(id)),
                    Label::Bad(_) => "BAD".into(),
                };
                let mark = match field.constraint {
                    Constraint::Member => "",
                    Constraint::Required => "!",
                    Constraint::Optional => "?",
                };
                let postfix = field.postfix_alias.map(|a| {
                    let name =
                        |i: Option<vela_syntax::ast::Ident>| i.map_or("-".into(), |i| self.text(i.span));
                    format!("~({},{})", name(a.label), name(a.field))
                });
                let mut attributes = String::new();
                for a in f.attribute_list(field.attributes) {
                    attributes += " ";
                    attributes += &self.text(a.span);
                }
                assert_eq!(&self.src[field.colon as usize..=field.colon as usize], ":");
                format!(
                    "{alias}{label}{}{mark}: {}{attributes};",
                    postfix.unwrap_or_default(),
                    self.expr(field.value)
                )
            }
            Decl::Let(name, value) => format!("let {} = {};", self.text(name.span), self.expr(value)),
            Decl::Embed(id) => format!("{};", self.expr(id)),
            Decl::Ellipsis => "...;".into(),
            Decl::Attribute(i) => self.text(f.attributes[i as usize].span) + ";",
            Decl::Bad => "BAD;".into(),
        }
    }
}

fn dump(src: &str) -> (String, Vec<String>) {
    let parse = parse(src, &ParseOptions::default());
    let dump = Dump { src, file: &parse.file };
    let errors = parse.errors.iter().map(|e| format!("{}:{} {}", e.line, e.column, e.message)).collect();
    for id in (0..parse.file.decls.len()).map(|i| DeclId(i as u32)) {
        for comment in parse.file.docs(id) {
            assert!(comment.span.of(src).starts_with("//"));
        }
    }
    (dump.decls(parse.file.decl_list(parse.file.top)), errors)
}

#[track_caller]
fn check(src: &str, expected: &str) {
    assert_eq!(dump(src), (expected.to_owned(), vec![]), "{src}");
}

#[track_caller]
fn check_errors(src: &str, expected: &str, errors: &[&str]) {
    assert_eq!(dump(src), (expected.to_owned(), errors.iter().map(|e| (*e).to_owned()).collect()), "{src}");
}

#[test]
fn expressions() {
    check("a: 1 + 2 * 3 - -4", "a: ((1 Add (2 Mul 3)) Sub (Sub 4));");
    check("a: *1 | 2 & 3", "a: ((Default 1) Or (2 And 3));");
    check("a: >1 & <10 || x == y", "a: ((Greater 1) And ((Less 10) LogicalOr (x Equal y)));");
    check("a: a.b.\"c\"[1][1:2](x, y)", "a: (call (slice (index (. (. a b) \"c\") 1) 1 2) [x y]);");
    check("a: x[:]+x[1:]+x[:2]", "a: (((slice x - -) Add (slice x 1 -)) Add (slice x - 2));");
    check("a: -x.y(1)", "a: (Sub (call (. x y) [1]));");
    check("a: (1 + 2) * 3", "a: ((paren (1 Add 2)) Mul 3);");
    check("a: f(\n1,\n2,\n)", "a: (call f [1 2]);");
    check("a: \"x\\(1 + 2)y\\(b)\"", "a: (interp \"x\" (1 Add 2) \"y\" b \"\");");
    check("a: #\"x\\#(b)\"#", "a: (interp \"x\" b \"\");");
    check("a: \"\\(\"\\(1)\")\"", "a: (interp \"\" (interp \"\" 1 \"\") \"\");");
    check("a: \"\"\"\n\tx\\(b)\n\t\"\"\"", "a: (interp \"\\n\\tx\" b \"\\n\\t\");");
    check("a: [1, 2, ...int]", "a: [1 2 (... int)];");
    check("a: [1\n2\n...]", "a: [1 2 (... -)];");
    check("a: [for x in y {x}, 3]", "a: [(for x in y {x;}) 3];");
    check("a: [X=1, X]", "a: [(X= 1) X];");
    check("a: null | true | _|_ | 'x'", "a: (((null Or true) Or _|_) Or 'x');");
}

#[test]
fn declarations() {
    check("a: b: c?: 1 @x() @y(z)", "a: {b: {c?: 1 @x() @y(z);};};");
    check("a\nb.c\n\"x\"\n(a)\n[1]\n[1, 2]", "a; (. b c); \"x\"; (paren a); [1]; [1 2];");
    check(
        "[string]: 1\n[X=string]: 2\n(a)!: 3\n\"\\(b)\": 4",
        "(pattern string): 1; (pattern (X= string)): 2; (dynamic a)!: 3; (interp \"\" b \"\"): 4;",
    );
    check("X=a: 1\nb: Y={c: 1}", "X=a: 1; b: (Y= {c: 1;});");
    check("let x = 1\nlet: 2\nfor: 3\nif!: 4", "let x = 1; let: 2; for: 3; if!: 4;");
    check("for k, v in x if k let z = v {a: z}", "(for k, v in x if k let z = v {a: z;});");
    check("...\n@attr(x)\nif: 1", "...; @attr(x); if: 1;");
    check(
        "@experiment(aliasv2,try,explicitopen)\n\na~X: 1\nb~(K,V): 2\nif x {a} else {b}\ntry y = x? {c}\nA...",
        "a~(-,X): 1; b~(K,V): 2; (if x {a;} else {b;}); (try y = (post? x) {c;}); (post... A);",
    );
    check("a: {}, b: {c: 1, d: 2}", "a: {}; b: {c: 1; d: 2;};");
    check("a: true: null: 1", "a: {true: {null: 1;};};");
}

#[test]
fn errors_keep_the_rest() {
    check_errors(
        "a: {x: )\ny: 1}\nb: 2 +\n}\nc: 3",
        "a: {x: BAD; BAD; y: 1;}; b: 2; BAD; c: 3;",
        &["1:8 expected operand, found ')'", "4:1 expected operand, found '}'"],
    );
    check_errors(
        "a: f(1, 2\nb: [1\nc: 3\n",
        "a: (call f [1 2 b BAD]); b: [1 c BAD]; c: 3;",
        &["2:2 missing ',' in argument list", "3:2 missing ',' in list literal"],
    );
    check_errors("a b: 1", "a; b: 1;", &["1:3 expected label or ':', found 'IDENT' b"]);
}
