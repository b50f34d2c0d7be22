//! Comments around declarations, read from the source text: those directly above, and those at the end of a struct.

use std::sync::Arc;

use vela_ir::{Decl, DeclId, Ir, StructId};

use crate::eval::Eval;
use crate::vertex::{Term, VertexId};

/// The comment lines directly above a declaration, each with its line end; an empty line before them where the source
/// has one. `""` without any.
pub fn docs_above(ir: &Ir, d: DeclId) -> String {
    let meta = &ir.decl_metas[d.index()];
    let Some(file) = ir.files.get(meta.file.index()) else { return String::new() };
    let Some(before) = file.text.get(..meta.start as usize) else { return String::new() };
    let Some(line) = before.rfind('\n') else { return String::new() };
    if !before[line + 1..].trim().is_empty() {
        return String::new();
    }
    let mut lines: Vec<&str> = Vec::new();
    for line in before[..line].rsplit('\n') {
        let line = line.trim();
        if !line.starts_with("//") {
            if line.is_empty() && !lines.is_empty() {
                lines.push(line);
            }
            break;
        }
        lines.push(line);
    }
    lines.iter().rev().fold(String::new(), |out, line| out + line + "\n")
}

/// Whether an empty line stands before a declaration.
pub fn blank_before(ir: &Ir, d: DeclId) -> bool {
    let meta = &ir.decl_metas[d.index()];
    let before = ir.files.get(meta.file.index()).and_then(|f| f.text.get(..meta.start as usize));
    let Some(before) = before else { return false };
    let mut lines = before.rsplit('\n').map(str::trim).skip(1);
    lines.next().is_some_and(str::is_empty) && lines.any(|l| !l.is_empty())
}

/// The last comments before the closing brace of a struct that has declarations; an empty line stands before them
/// where the source has one.
pub fn closing_comments(ir: &Ir, id: StructId) -> String {
    let s = ir.structs[id.index()];
    let Some(last) = ir.struct_decls(id).last().filter(|_| !s.is_file && !s.is_implicit) else {
        return String::new();
    };
    let meta = &ir.decl_metas[last.index()];
    let Some(file) = ir.files.get(meta.file.index()) else { return String::new() };
    let Some(rest) = file.text.get(meta.end as usize..) else { return String::new() };
    let mut group = String::new();
    let mut blank = false;
    // What follows on the declaration's own line is its comment.
    for line in rest.split('\n').skip(1) {
        let line = line.trim();
        if let Some(comment) = line.strip_prefix("//") {
            if blank {
                "\n".clone_into(&mut group);
                blank = false;
            }
            group.push_str("//");
            group.push_str(comment);
            group.push('\n');
        } else if line.is_empty() {
            blank = true;
        } else {
            return if line.starts_with('}') { group } else { String::new() };
        }
    }
    String::new()
}

/// The comments above each declaration of a field, each once.
pub(crate) fn doc_groups(eval: &Eval, a: VertexId) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for c in &eval.v(a).conjuncts {
        let Term::Decl(d) = c.term else { continue };
        let doc = docs_above(eval.ir, d);
        let known = all.iter().any(|d| d.trim_start_matches('\n') == doc.trim_start_matches('\n'));
        if !doc.is_empty() && !known {
            all.push(doc);
        }
    }
    all
}

/// The doc comments of all declarations of a field, each once.
pub fn doc_comments(eval: &Eval, a: VertexId) -> Vec<Arc<str>> {
    let mut all: Vec<Arc<str>> = Vec::new();
    for c in &eval.v(a).conjuncts {
        let Term::Decl(d) = c.term else { continue };
        if !matches!(eval.ir.decls[d.index()], Decl::Field { .. } | Decl::Dynamic { .. }) {
            continue;
        }
        for doc in &eval.ir.docs[eval.ir.decl_metas[d.index()].docs.range()] {
            if !all.contains(doc) {
                all.push(doc.clone());
            }
        }
    }
    all
}
