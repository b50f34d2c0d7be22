//! `-l`, `--list`, `--with-context`, `-d`: where documents of data files go, and what they are checked against.

use clap::Args;
use vela_encoding::{Enums, ProtoOptions};
use vela_eval::validate::{Config, validate};
use vela_eval::{Value, report};
use vela_ir::FileId;
use vela_load::{ProtoSearch, Tree};
use vela_syntax::ast::{BinaryOp, Decl, Expr, Label};
use vela_syntax::literal::{StringValue, string};

use super::expression::{self, Refused};
use super::session::{Ready, Session, Step, fail, root};

/// Options about data files that several commands share.
#[derive(Clone, Debug, Default, Args)]
pub struct Placing {
    /// Package name for non-CUE files.
    #[arg(short = 'p', long = "package", value_name = "NAME")]
    pub package: Option<String>,
    /// Expression that selects the schema for values in non-CUE files.
    #[arg(short = 'd', long = "schema", value_name = "EXPR")]
    pub schema: Option<String>,
    /// CUE expression for a single path component, or a whole path that ends with a colon.
    #[arg(short = 'l', long = "path", value_name = "EXPR")]
    pub path: Vec<String>,
    /// Concatenate multiple objects into a list.
    #[arg(long)]
    pub list: bool,
    /// Import as object with contextual data.
    #[arg(long)]
    pub with_context: bool,
    /// Paths in which to search for imports of .proto files.
    #[arg(short = 'I', long = "proto_path", value_name = "DIR")]
    pub proto_path: Vec<String>,
    /// Mode for rendering enums: int or json.
    #[arg(long = "proto_enum", value_name = "MODE", default_value = "int")]
    pub proto_enum: String,
    /// Regular expression that names of non-CUE files in folders must match.
    #[arg(short = 'n', long = "name", value_name = "REGEXP")]
    pub name: Option<String>,
    /// Merge non-CUE files.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub merge: Option<bool>,
}

/// One label of a path.
#[derive(Clone, Debug)]
pub enum PathLabel {
    /// A name.
    Name(String),
    /// An expression that gives one, in the document's scope.
    Expression(String),
}

/// A document, and where in its file it stands.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The file of the program.
    pub file: FileId,
    /// Its file's absolute path.
    pub path: &'a str,
    /// Its number in the file, from 0.
    pub index: usize,
    /// Documents of the file.
    pub count: usize,
}

impl Placing {
    /// Where imports of `.proto` files are found.
    pub fn protos(&self, folder: &str) -> ProtoSearch {
        let folders = self.proto_path.iter().map(|p| vela_load::paths::join(folder, p)).collect();
        let package = self.package.clone().unwrap_or_default();
        ProtoSearch { folders, options: ProtoOptions { package, enums: Enums::Json } }
    }

    /// Whether documents are put somewhere.
    pub fn places(&self) -> bool {
        self.list || !self.path.is_empty()
    }

    /// Checks that the options fit together; `importing`: files are the result.
    pub fn check(&self, importing: bool) -> Step<()> {
        let needed = |what: &str| {
            Err(fail(&format!(
                "flag \"with-context\" must be used with at least one of flag \"path\", \"list\", or \"files\"{what}"
            )))
        };
        if self.proto_enum != "int" && self.proto_enum != "json" {
            return Err(fail(&format!("unknown enum mode {:?}", self.proto_enum)));
        }
        if self.places() {
            if self.schema.is_some() {
                return Err(fail("cannot combine --schema flag with flag \"path\", \"list\", or \"files\""));
            }
        } else if self.with_context && !importing {
            return needed("");
        }
        Ok(())
    }

    /// The labels that the options give.
    pub fn labels(&self) -> Step<Vec<PathLabel>> {
        let mut out = Vec::new();
        for text in &self.path {
            let (parse, expr) = vela_syntax::parse_expr(text);
            if expr.is_some() && parse.errors.is_empty() {
                out.push(PathLabel::Expression(text.clone()));
                continue;
            }
            match full_path(text) {
                Ok(labels) => out.extend(labels),
                Err(e) => {
                    return Err(fail(&format!(
                        "labels must be expressions (-l foo -l 'strings.ToLower(bar)') or full paths \
                         (-l '\"foo\": \"\\(strings.ToLower(bar))\":) : {e}"
                    )));
                }
            }
        }
        Ok(out)
    }
}

/// Labels separated by colons; a value behind the last one is left out, the document stands there.
fn full_path(text: &str) -> Result<Vec<PathLabel>, String> {
    let source = format!("{text}_");
    let parse = vela_syntax::parse(&source, &vela_syntax::ParseOptions::default());
    if let Some(e) = parse.errors.first() {
        return Err(format!("parser error in path {text:?}: {}", e.message));
    }
    let file = &parse.file;
    let [mut decl] = *file.decl_list(file.top) else {
        return Err("path flag must be a space-separated sequence of labels".to_owned());
    };
    let mut out = Vec::new();
    loop {
        let Decl::Field(field) = file.decl(decl) else {
            return Err(format!("{text:?} not a sequence of labels"));
        };
        let of = |id| file.span(id).of(&source).to_owned();
        out.push(match field.label {
            Label::Ident(ident) => PathLabel::Name(ident.span.of(&source).to_owned()),
            Label::String(_) => match string(field.label_span.of(&source)) {
                Ok(StringValue::Str(name)) => PathLabel::Name(name),
                _ => return Err(format!("invalid label in {text:?}")),
            },
            Label::Interpolation(id) | Label::Dynamic(id) => PathLabel::Expression(of(id)),
            Label::Pattern(_) | Label::Bad(_) => return Err("unsupported label type".to_owned()),
        });
        let Expr::Struct(list) = file.expr(field.value) else { return Ok(out) };
        let [inner] = *file.decl_list(list) else {
            return Err("path value may not contain a struct".to_owned());
        };
        decl = inner;
    }
}

/// Whether an expression is a disjunction, which is no label even where it has one value.
fn is_disjunction(text: &str) -> bool {
    let (parse, expr) = vela_syntax::parse_expr(text);
    let mut expr = expr.map(|x| parse.file.expr(x));
    while let Some(Expr::Paren(inner)) = expr {
        expr = Some(parse.file.expr(inner));
    }
    matches!(expr, Some(Expr::Binary(BinaryOp::Or, ..)))
}

impl Session {
    /// The labels that a document goes below; `None` for a `null` that they cannot be computed for.
    pub fn labels_of(
        &mut self,
        placing: &Placing,
        labels: &[PathLabel],
        document: Document<'_>,
    ) -> Step<Option<Vec<String>>> {
        let all_named = labels.iter().all(|l| matches!(l, PathLabel::Name(_)));
        let scope = if all_named {
            None
        } else {
            let file = if placing.with_context {
                let data = self.loaded.document_value(document.file);
                self.loaded.context(document.file, data, document.path, document.index, document.count)
            } else {
                document.file
            };
            let package = self.loaded.package_with(None, &[file]);
            Some(Ready::of_package(package))
        };
        let is_null =
            matches!(self.loaded.ir.expr(self.loaded.document_value(document.file)), vela_ir::Expr::Null);
        let mut out = Vec::with_capacity(labels.len());
        for label in labels {
            match (label, &scope) {
                (PathLabel::Name(name), _) => out.push(name.clone()),
                (PathLabel::Expression(text), Some(scope)) => match self.label(scope, text) {
                    Ok(name) => out.push(name),
                    Err(_) if is_null => return Ok(None),
                    Err(message) => return Err(fail(&message)),
                },
                (PathLabel::Expression(_), None) => {}
            }
        }
        Ok(Some(out))
    }

    /// The value of one label expression.
    fn label(&mut self, scope: &Ready, text: &str) -> Result<String, String> {
        let problem = |e: &str| format!("error evaluating label {}: {e}", text.trim());
        if is_disjunction(text) {
            return Err(format!("expression is not a valid label: {}", text.trim()));
        }
        let names = expression::names(self, scope).map_err(|_| problem("document does not evaluate"))?;
        let id = expression::lower_one(self, scope, &names, "--path", text).map_err(|refused| {
            let first: Option<&Refused> = refused.first();
            problem(first.map_or("", |r| &r.message))
        })?;
        let mut eval = self.eval();
        let root = root(&mut eval, scope).map_err(|_| problem("document does not evaluate"))?;
        let v = eval.expression(root, id);
        if let Err(budget) = eval.finalize(v) {
            return Err(problem(&super::session::exhausted(&eval, budget)));
        }
        let shown = eval.deref(v);
        if let vela_eval::Base::Value(value) = eval.v(shown).base
            && let Value::Str(s) = value.v
        {
            return Ok(eval.string(s).to_string());
        }
        if let Some(e) = validate(&mut eval, v, &Config::AS_IS) {
            let reports = report::reports(&eval, e, Some(v), &[]);
            let first = report::sanitize(reports).into_iter().next();
            return Err(problem(&first.map_or_else(String::new, |r| r.message)));
        }
        let text_of = vela_eval::print::vertex(&eval, v, vela_eval::print::Options::EVAL);
        Err(problem(&text_of))
    }

    /// The labels that the value of an instance goes below.
    pub fn labels_in(&mut self, labels: &[PathLabel], scope: &Ready) -> Step<Vec<String>> {
        let mut out = Vec::with_capacity(labels.len());
        for label in labels {
            out.push(match label {
                PathLabel::Name(name) => name.clone(),
                PathLabel::Expression(text) => self.label(scope, text).map_err(|e| fail(&e))?,
            });
        }
        Ok(out)
    }

    /// All documents where the options put them, as files of the program.
    pub fn placed(&mut self, placing: &Placing) -> Step<Vec<FileId>> {
        let labels = placing.labels()?;
        let data = self.loaded.data.clone();
        let mut out = Vec::new();
        for file in &data {
            let mut tree = Tree::default();
            let count = file.documents.len();
            for (index, id) in file.documents.iter().enumerate() {
                let document = Document { file: *id, path: &file.path, index, count };
                let Some(labels) = self.labels_of(placing, &labels, document)? else { continue };
                let value = self.loaded.document_value(*id);
                if placing.list {
                    tree.at(&labels, true).values.push(value);
                } else {
                    tree.at(&labels, false).values.push(value);
                }
            }
            if let Some(first) = file.documents.first() {
                out.push(self.loaded.place(*first, &tree, placing.list));
            }
        }
        Ok(out)
    }
}
