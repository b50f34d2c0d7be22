//! The standard library as the evaluator sees it.

use std::sync::Arc;

use vela_eval::builtin::{Function, Library, Member};
use vela_ir::{ImportTarget, Ir, PackageInput, SourceFile, Version};

use crate::{PACKAGES, Package};

/// All packages of this crate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stdlib;

/// The standard library.
pub const STDLIB: Stdlib = Stdlib;

fn package(path: &str) -> Option<(u32, &'static Package)> {
    let i = PACKAGES.binary_search_by(|p| p.path.cmp(path)).ok()?;
    Some((i as u32, &PACKAGES[i]))
}

impl Library for Stdlib {
    fn has_package(&self, path: &str) -> bool {
        package(path).is_some()
    }

    fn member(&self, path: &str, name: &str) -> Option<Member> {
        let (number, package) = package(path)?;
        if let Ok(i) = package.functions.binary_search_by(|f| f.name.cmp(name)) {
            return Some(Member::Function(number << 16 | i as u32));
        }
        if package.prelude.is_some_and(|p| p.names.contains(&name)) {
            return Some(Member::Prelude);
        }
        let i = package.constants.binary_search_by(|(n, _)| (*n).cmp(name)).ok()?;
        Some(Member::Source(package.constants[i].1))
    }

    fn function(&self, number: u32) -> &Function {
        &PACKAGES[(number >> 16) as usize].functions[(number & 0xffff) as usize]
    }

    fn members(&self, path: &str) -> Vec<&'static str> {
        let Some((_, package)) = package(path) else { return Vec::new() };
        let mut names: Vec<_> = package.functions.iter().map(|f| f.name).collect();
        names.extend(package.constants.iter().map(|(n, _)| *n));
        names.extend(package.prelude.iter().flat_map(|p| p.names));
        names.sort_unstable();
        names
    }
}

/// Adds to a program the definitions that the builtin packages it imports are written in CUE with: those it may
/// name. To be called once all packages of the program are added.
pub fn add_preludes(ir: &mut Ir) {
    for p in PACKAGES {
        let Some(prelude) = &p.prelude else { continue };
        let used = prelude.names.iter().any(|n| ir.labels.find_string(n).is_some())
            && ir.imports.iter().any(|i| i.target == ImportTarget::Builtin && i.path == p.path)
            && !ir.preludes.iter().any(|(path, _)| path == p.path);
        if !used {
            continue;
        }
        let parse = vela_syntax::parse(prelude.text, &vela_syntax::ParseOptions::default());
        let file = SourceFile {
            name: p.path,
            path: p.path,
            text: Arc::from(prelude.text),
            ast: &parse.file,
            version: None,
            experiments: parse.experiments,
            injected: &[],
        };
        let input = PackageInput {
            id: p.path,
            name: p.path.rsplit('/').next().unwrap_or(p.path),
            version: Version::NEWEST,
            files: &[file],
            resolve_import: &|_| None,
        };
        if let Ok(id) = ir.add_package(input) {
            ir.preludes.push((p.path.to_owned(), id));
        }
    }
}
