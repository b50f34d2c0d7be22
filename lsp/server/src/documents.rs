//! Open documents: how their names become paths, and how edits change their texts.

use std::sync::Arc;

use tower_lsp_server::ls_types as lsp;
use vela_db::{Db, EMBEDDED, File};
use vela_diagnostics::Position;
use vela_ide::lines::Lines;

use crate::disk;
use crate::worker::{Open, State};

/// What paths of documents without a file begin with.
const UNSAVED: &str = "/vela-lang-unsaved/";

impl State {
    /// The path of a document, by which the database knows it.
    pub fn path(&self, uri: &lsp::Uri) -> String {
        if uri.scheme().as_str().eq_ignore_ascii_case("file")
            && let Some(path) = uri.to_file_path()
        {
            if let Some(embedded) = self.shelf.embedded(&path) {
                return embedded;
            }
            if let Some(path) = path.to_str() {
                return vela_load::paths::clean(path);
            }
        }
        // Unsaved documents keep the extension that an opened one was given.
        // A colon in a path would begin the name of a package.
        let plain = format!("{UNSAVED}{}", uri.as_str().replace(':', "%3A"));
        let known = self.open.iter().find(|(_, o)| o.uri == *uri).map(|(path, _)| path.clone());
        known.unwrap_or(plain)
    }

    /// The text at a path, where it is open, in the workspace, or one that comes with the compiler.
    pub fn file(&self, path: &str) -> Option<File> {
        let file = self.db.file_at(path)?;
        if self.open.contains_key(path) || path.starts_with(EMBEDDED) {
            return Some(file);
        }
        let files = self.db.workspace().files(&self.db);
        files.binary_search_by(|f| (**f.path(&self.db)).cmp(path)).ok().map(|_| file)
    }

    /// Takes the text of a document that is not open from the disk, as it is now.
    pub fn ensure(&mut self, uri: &lsp::Uri) {
        let path = self.path(uri);
        if self.open.contains_key(&path) || path.starts_with(EMBEDDED) || path.starts_with(UNSAVED) {
            return;
        }
        match disk::read(&path) {
            Some(text) => {
                self.db.set(&path, text);
            }
            None => self.db.remove(&path),
        }
    }

    /// A document is opened.
    pub fn open(&mut self, document: lsp::TextDocumentItem) {
        self.disk.forget();
        let mut path = self.path(&document.uri);
        if path.starts_with(UNSAVED) {
            let extension = match document.language_id.as_str() {
                "cue" => ".cue",
                "json" | "jsonc" => ".json",
                _ => ".yaml",
            };
            if !path.ends_with(extension) {
                path.push_str(extension);
            }
        }
        self.touches += 1;
        let open = Open { uri: document.uri, version: document.version, touched: self.touches };
        Arc::make_mut(&mut self.open).insert(path.clone(), open);
        // A shown copy of an embedded text does not change what the compiler knows.
        if !path.starts_with(EMBEDDED) {
            self.db.set(&path, document.text);
        }
    }

    /// A document is edited. Edits apply one after the other.
    pub fn edit(&mut self, uri: &lsp::Uri, version: i32, changes: Vec<lsp::TextDocumentContentChangeEvent>) {
        let path = self.path(uri);
        let Some(file) = self.db.file_at(&path).filter(|_| !path.starts_with(EMBEDDED)) else { return };
        self.touches += 1;
        if let Some(open) = Arc::make_mut(&mut self.open).get_mut(&path) {
            (open.version, open.touched) = (version, self.touches);
        }
        let mut text = file.text(&self.db).to_string();
        for change in changes {
            match change.range {
                None => text = change.text,
                Some(range) => {
                    let lines = Lines::new(&text);
                    let at = |p: lsp::Position| {
                        let position = Position { line: p.line, character: p.character };
                        lines.offset(&text, position, self.encoding) as usize
                    };
                    let (start, end) = (at(range.start), at(range.end));
                    text.replace_range(start.min(end)..start.max(end), &change.text);
                }
            }
        }
        self.db.set(&path, text);
    }

    /// A document is closed: what is on the disk counts again.
    pub fn close(&mut self, uri: &lsp::Uri) {
        let path = self.path(uri);
        Arc::make_mut(&mut self.open).remove(&path);
        self.refresh(&path);
    }

    /// Something happened to a file.
    pub fn refresh(&mut self, path: &str) {
        self.disk.forget();
        if self.open.contains_key(path) || path.starts_with(EMBEDDED) {
            return;
        }
        // Files outside of the workspace only count while they are open.
        let inside = self.roots.iter().any(|root| vela_load::paths::below(path, root).is_some());
        match disk::read(path).filter(|_| inside) {
            Some(text) => {
                self.db.set(path, text);
            }
            None => self.db.remove(path),
        }
    }

    /// Something happened to a file, or to a folder and all that is in it.
    pub fn refresh_below(&mut self, path: &str) {
        self.disk.forget();
        let known: Vec<String> = {
            let files = self.db.workspace().files(&self.db);
            let inside = files.iter().map(|f| &**f.path(&self.db));
            let inside = inside.filter(|p| vela_load::paths::below(p, path).is_some_and(|r| !r.is_empty()));
            inside.map(str::to_owned).collect()
        };
        for known in known {
            self.refresh(&known);
        }
        if std::path::Path::new(path).is_dir() {
            if self.roots.iter().any(|root| vela_load::paths::below(path, root).is_some()) {
                self.take_in(path);
            }
        } else {
            self.refresh(path);
        }
    }

    /// Something happened to these files or folders.
    pub fn refresh_uris(&mut self, uris: &[String]) {
        for uri in uris {
            if let Ok(uri) = uri.parse::<lsp::Uri>() {
                let path = self.path(&uri);
                self.refresh_below(&path);
            }
        }
    }

    /// Reads the files below a folder.
    fn take_in(&mut self, folder: &str) {
        self.disk.forget();
        let texts = disk::scan(folder);
        let texts: Vec<_> = texts.into_iter().filter(|(path, _)| !self.open.contains_key(path)).collect();
        self.db.set_all(texts);
    }

    /// The folders of the workspace.
    pub fn set_roots(&mut self, roots: Vec<String>) {
        for root in &roots {
            self.take_in(root);
        }
        self.roots = Arc::new(roots);
    }

    /// Folders come and go.
    pub fn change_roots(&mut self, added: Vec<String>, removed: &[String]) {
        let mut roots: Vec<String> = self.roots.iter().filter(|r| !removed.contains(r)).cloned().collect();
        for folder in added {
            if !roots.contains(&folder) {
                self.take_in(&folder);
                roots.push(folder);
            }
        }
        self.roots = Arc::new(roots);
        for folder in removed {
            self.refresh_below(folder);
        }
    }
}
