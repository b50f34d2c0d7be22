//! Documents of data files put where labels say (`-l`, `--list`): new files of the program around their values.

use vela_diagnostics::{SourceId, Span};
use vela_ir::{Experiments, ExprId, File, FileId, Version};

use crate::Loaded;
use crate::data::{Member, Reader};

/// Values below labels, or a list of them.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// What stands below each label, in order.
    pub fields: Vec<(String, Tree)>,
    /// Values that stand here, unified; as elements where a list is wanted.
    pub values: Vec<ExprId>,
}

impl Tree {
    /// Where the labels lead, made where it is missing. A label that is there is used again only if `merge`.
    pub fn at(&mut self, labels: &[String], merge: bool) -> &mut Tree {
        let mut here = self;
        for label in labels {
            let found = here.fields.iter().position(|(l, _)| merge && l == label);
            let n = found.unwrap_or_else(|| {
                here.fields.push((label.clone(), Tree::default()));
                here.fields.len() - 1
            });
            here = &mut here.fields[n].1;
        }
        here
    }
}

impl Loaded {
    /// The value of a document.
    pub fn document_value(&self, file: FileId) -> ExprId {
        crate::data::document_value(&self.ir, file)
    }

    /// A new file of the program with what the tree holds. It is shown as the file `like`, whose places its values
    /// have. `list` makes the values at each place the elements of a list.
    pub fn place(&mut self, like: FileId, tree: &Tree, list: bool) -> FileId {
        let old = &self.ir.files[like.index()];
        let file = File {
            name: old.name.clone(),
            path: old.path.clone(),
            text: old.text.clone(),
            root: ExprId(0),
            experiments: Experiments::default(),
            version: Version::NEWEST,
        };
        let id = FileId(self.ir.files.len() as u32);
        self.ir.files.push(file);
        let source: SourceId = self.file_sources[like.index()];
        self.file_sources.push(source);
        let mut reader = Reader { ir: &mut self.ir, file: id };
        let root = tree_value(&mut reader, tree, list);
        reader.finish(root);
        id
    }

    /// A new file of the program with fields of data: strings, ints, and the value of a document.
    pub fn context(
        &mut self,
        like: FileId,
        data: ExprId,
        filename: &str,
        index: usize,
        count: usize,
    ) -> FileId {
        let id = self.place(like, &Tree::default(), false);
        let mut reader = Reader { ir: &mut self.ir, file: id };
        let at = Span::at(0);
        let number = |n: usize| vela_number::Number::from_i64(n as i64);
        let values = [
            ("data", data),
            ("filename", reader.string(filename, at)),
            ("index", reader.number(number(index), at)),
            ("recordCount", reader.number(number(count), at)),
        ];
        let root = reader.fields(values.into_iter().map(|(name, value)| member(name, value)).collect(), at);
        reader.finish(root);
        id
    }
}

fn member(name: &str, value: ExprId) -> Member {
    Member { name: name.to_string(), span: Span::at(0), value, docs: Vec::new() }
}

/// The value of a place. Labels come from arguments, so the depth is small.
fn tree_value(reader: &mut Reader<'_>, tree: &Tree, list: bool) -> ExprId {
    let at = Span::at(0);
    if tree.fields.is_empty() {
        if list {
            // The list itself stands nowhere.
            let file = std::mem::replace(&mut reader.file, vela_ir::Place::NONE.file);
            let value = reader.list(&tree.values, at);
            reader.file = file;
            return value;
        }
        if let [only] = tree.values[..] {
            return only;
        }
    }
    let members =
        tree.fields.iter().map(|(label, inner)| member(label, tree_value(reader, inner, list))).collect();
    reader.fields(members, at)
}
