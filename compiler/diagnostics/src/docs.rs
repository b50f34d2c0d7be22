//! The pages of `docs/errors/`, generated from the catalogue.

use crate::catalogue::{self, Entry};

/// Where the pages lie, relative to the root of the repository.
pub const FOLDER: &str = "docs/errors";

/// File name and content of every page, the index first.
pub fn pages() -> Vec<(String, String)> {
    let mut pages = vec![("README.md".to_owned(), index())];
    pages.extend(catalogue::all().map(|e| (format!("{}.md", e.code), page(e))));
    pages
}

fn index() -> String {
    let mut out = String::from(
        "# Errors\n\nEvery diagnostic has a stable code and a page. These pages are generated from the catalogue in\n\
         `compiler/diagnostics/src/catalogue`; change it there.\n",
    );
    for group in catalogue::GROUPS {
        out.push_str(&format!("\n## {}\n\n| code | what it is |\n|---|---|\n", group.title));
        for e in group.entries {
            out.push_str(&format!("| [{0}]({0}.md) | {1} |\n", e.code, e.title));
        }
    }
    out
}

fn page(e: &Entry) -> String {
    let mut out = format!("# {}: {}\n\n{}\n", e.code, e.title, e.explanation);
    if !e.example.is_empty() {
        out.push_str(&format!("\n## Example\n\n```{}\n{}\n```\n", e.language, e.example.trim_end()));
    }
    out.push_str(&format!("\n## What to do\n\n{}\n", e.fix));
    out
}
