//! The functions of the packages `vela/…`, read off their sources.

use std::fmt;
use std::sync::OnceLock;

use vela_diagnostics::Span;
use vela_syntax::ParseOptions;
use vela_syntax::ast::{Decl, Expr, ExprId, File};
use vela_syntax::literal::{self as text, StringValue};

use crate::definition::Template;
use crate::definition::literal;

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its package: `kube`.
    pub package: &'static str,
    /// Its name: `#Get`.
    pub name: Box<str>,
    /// Its `#provider`.
    pub provider: Box<str>,
    /// Its `#do`.
    pub action: Box<str>,
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.package, self.name)
    }
}

/// All functions. Those of a package before its other names for them.
pub fn functions() -> &'static [Function] {
    static FUNCTIONS: OnceLock<Vec<Function>> = OnceLock::new();
    FUNCTIONS.get_or_init(|| {
        let mut all = Vec::new();
        for package in vela_definitions::vela() {
            let file = vela_syntax::parse(package.source, &ParseOptions::default()).file;
            let name = package.import_path.strip_prefix("vela/").unwrap_or(package.import_path);
            for decl in file.decl_list(file.top) {
                let Decl::Field(field) = file.decl(*decl) else { continue };
                let Some(label) = literal::label(&file, package.source, &field.label) else { continue };
                let found = |wanted: &str| marked(&file, package.source, field.value, wanted, 0);
                if let (Some(provider), Some(action)) = (found("#provider"), found("#do")) {
                    all.push(Function { package: name, name: (&*label).into(), provider, action });
                }
            }
        }
        all
    })
}

/// The text of the field `name` of a struct, or of what it is made of.
fn marked(file: &File, source: &str, x: ExprId, name: &str, depth: usize) -> Option<Box<str>> {
    if depth > 5 {
        return None;
    }
    match file.expr(x) {
        Expr::Struct(_) => literal::fields(file, x)?.find_map(|f| {
            let own = literal::label(file, source, &f.label)?;
            if *own == *name { literal::string(file, source, f.value).map(|s| (&*s).into()) } else { None }
        }),
        Expr::Binary(_, a, b) => {
            marked(file, source, a, name, depth + 1).or_else(|| marked(file, source, b, name, depth + 1))
        }
        Expr::Ident => {
            let wanted = file.span(x).of(source);
            file.decl_list(file.top).iter().find_map(|d| match file.decl(*d) {
                Decl::Field(f) if literal::label(file, source, &f.label).as_deref() == Some(wanted) => {
                    marked(file, source, f.value, name, depth + 1)
                }
                _ => None,
            })
        }
        _ => None,
    }
}

/// Where a template names a function first.
pub fn place(template: &Template, provider: &str, action: &str) -> Option<Span> {
    let (file, source) = (&template.ast, &*template.text);
    let package_of = |name: &str| {
        file.imports.iter().find_map(|import| {
            let Ok(StringValue::Str(path)) = text::string(import.path.of(source)) else { return None };
            let plain = path.strip_prefix("vela/")?.to_owned();
            let own = import.name.map_or(plain.as_str(), |n| n.span.of(source));
            (own == name).then_some(plain)
        })
    };
    let spans = (0..file.exprs.len() as u32).map(ExprId).filter_map(|x| {
        let Expr::Select(base, name) = file.expr(x) else { return None };
        let package = package_of(file.span(base).of(source))?;
        let name = file.span(name).of(source);
        let same = |f: &&Function| {
            f.package == package && &*f.name == name && &*f.provider == provider && &*f.action == action
        };
        functions().iter().find(same).map(|_| file.span(x))
    });
    spans.min_by_key(|s| s.start)
}
