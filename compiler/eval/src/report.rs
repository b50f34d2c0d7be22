//! Errors as people read them: text, path, and places with line and column, sorted and freed of duplicates as the
//! reference prints them (`errors-and-order.md` B4, B5). Used by the command line, the conformance protocol and
//! [`crate::diagnose`].

use std::cell::RefCell;
use std::cmp::Ordering;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_diagnostics::LineIndex;
use vela_ir::FileId;

use crate::compact;
use crate::error::{Code, ErrId, Fault, Pos};
use crate::eval::Eval;
use crate::order::compare_file_names;
use crate::value::Src;
use crate::vertex::VertexId;

/// A text that a place counts in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// A source file of the program.
    Program(FileId),
    /// A data file, by the number its places carry.
    Data(u32),
}

/// A data file whose values took part.
#[derive(Clone, Debug)]
pub struct DataFile {
    /// The name shown in messages.
    pub name: String,
    /// Its text.
    pub text: Arc<str>,
}

/// A place named by an error.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Which text.
    pub origin: Origin,
    /// Its name.
    pub file: String,
    /// Line from 1.
    pub line: u32,
    /// Column from 1, in bytes.
    pub column: u32,
    /// First byte.
    pub start: u32,
    /// After the last byte.
    pub end: u32,
}

impl Place {
    /// Order of places: by file, then offset.
    pub fn compare(&self, other: &Self) -> Ordering {
        compare_file_names(&self.file, &other.file)
            .then(self.origin.cmp(&other.origin))
            .then(self.start.cmp(&other.start))
    }

    fn same(&self, other: &Self) -> bool {
        self.origin == other.origin && self.start == other.start
    }
}

/// One error, ready to be shown.
#[derive(Clone, PartialEq, Debug)]
pub struct ErrorReport {
    /// The text, with those of wrapped errors.
    pub message: String,
    /// Where it showed, as labels joined with points; empty for nowhere.
    pub path: String,
    /// What may become of it.
    pub code: Code,
    /// Whether the first place is the error's own, and not only one that took part.
    pub has_primary: bool,
    /// Places: the error's own first, the others sorted.
    pub places: Vec<Place>,
    /// The error itself.
    pub fault: Arc<Fault>,
}

impl ErrorReport {
    fn primary(&self) -> Option<&Place> {
        if self.has_primary { self.places.first() } else { None }
    }
}

/// The single errors of `id`, in the order in which they arose. Where one has no path, that of `at` is shown.
pub fn reports(eval: &Eval, id: ErrId, at: Option<VertexId>, data: &[DataFile]) -> Vec<ErrorReport> {
    let resolver = Resolver { eval, data, lines: Some(RefCell::default()) };
    let bottom = eval.err(id);
    bottom.faults.iter().map(|f| resolver.report(f, bottom.code, at)).collect()
}

/// The same for whoever looks at offsets only: the places have no lines and columns.
pub fn reports_by_offset(eval: &Eval, id: ErrId, at: Option<VertexId>) -> Vec<ErrorReport> {
    let resolver = Resolver { eval, data: &[], lines: None };
    let bottom = eval.err(id);
    bottom.faults.iter().map(|f| resolver.report(f, bottom.code, at)).collect()
}

/// Where evaluation was when a budget ran out: the path of what was evaluated, and its place.
pub fn stopped_at(eval: &Eval, data: &[DataFile]) -> (String, Option<Place>) {
    let Some((src, vertex)) = eval.stopped_at else { return (String::new(), None) };
    let resolver = Resolver { eval, data, lines: Some(RefCell::default()) };
    let declared = || vertex.and_then(|v| eval.term_pos(eval.v(v).conjuncts.first()?.term));
    let pos = if src.is_none() { declared() } else { Some(Pos::Src(src)) };
    (vertex.map_or_else(String::new, |v| compact::path(eval, v)), pos.and_then(|p| resolver.place(p)))
}

/// Sorts by place and path, and drops what is said twice. Errors without a place of their own come first.
pub fn sanitize(mut reports: Vec<ErrorReport>) -> Vec<ErrorReport> {
    let by_place = |a: &ErrorReport, b: &ErrorReport| {
        let places = match (a.primary(), b.primary()) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(x), Some(y)) => x.compare(y),
        };
        places.then_with(|| a.path.split('.').cmp(b.path.split('.'))).then_with(|| a.message.cmp(&b.message))
    };
    reports.sort_by(by_place);
    reports.dedup_by(|b, a| by_place(a, b) == Ordering::Equal);
    reports
}

/// The text the reference prints for one error: message, then places, each line indented by four blanks. File names
/// come out as they are.
pub fn render(report: &ErrorReport) -> String {
    let mut out = String::new();
    if !report.path.is_empty() {
        out.push_str(&report.path);
        out.push_str(": ");
    }
    out.push_str(&report.message);
    if !report.places.is_empty() {
        out.push(':');
    }
    out.push('\n');
    for p in &report.places {
        out.push_str(&format!("    {}:{}:{}\n", p.file, p.line, p.column));
    }
    out
}

struct Resolver<'a, 'p> {
    eval: &'a Eval<'p>,
    data: &'a [DataFile],
    /// Line starts of the texts met so far; `None` where nobody wants lines.
    lines: Option<RefCell<FxHashMap<Origin, LineIndex>>>,
}

impl Resolver<'_, '_> {
    fn report(&self, fault: &Arc<Fault>, code: Code, at: Option<VertexId>) -> ErrorReport {
        let mut path = compact::fault_path(self.eval, fault);
        if path.is_empty()
            && !has_vertex(fault)
            && let Some(v) = at
        {
            path = compact::path(self.eval, v);
        }
        let primary = own_place(fault).and_then(|p| self.place(p));
        let mut inputs = Vec::new();
        self.inputs(fault, &mut inputs);
        inputs.sort_by(Place::compare);
        inputs.dedup_by(|a, b| a.same(b));
        if let Some(p) = &primary {
            inputs.retain(|i| !i.same(p));
        }
        let has_primary = primary.is_some();
        let places = primary.into_iter().chain(inputs).collect();
        ErrorReport {
            message: compact::fault(self.eval, fault),
            path,
            code,
            has_primary,
            places,
            fault: fault.clone(),
        }
    }

    /// The places that took part, those of wrapped errors included.
    fn inputs(&self, fault: &Fault, into: &mut Vec<Place>) {
        let mut at = Some(fault);
        let mut first = true;
        while let Some(f) = at {
            if !first {
                into.extend(f.pos.and_then(|p| self.place(p)));
            }
            first = false;
            into.extend(f.more.iter().filter_map(|p| self.place(*p)));
            at = f.cause.as_deref();
        }
    }

    fn place(&self, pos: Pos) -> Option<Place> {
        let (origin, start, end) = match pos {
            Pos::Src(src) => self.source(src)?,
            Pos::Decl(d) => {
                let meta = self.eval.ir.decl_metas.get(d.index())?;
                (Origin::Program(meta.file), meta.start, meta.label_end.max(meta.start))
            }
            Pos::Offset(file, at) => (Origin::Program(file), at, at),
        };
        let (file, text) = match origin {
            Origin::Program(id) => {
                let f = self.eval.ir.files.get(id.index())?;
                (f.name.as_str(), &f.text)
            }
            Origin::Data(n) => {
                let f = self.data.get(n as usize)?;
                (f.name.as_str(), &f.text)
            }
        };
        let (line, column) = self.lines.as_ref().map_or((0, 0), |lines| {
            let mut lines = lines.borrow_mut();
            let index = lines.entry(origin).or_insert_with(|| LineIndex::new(text));
            index.line_col(start.min(text.len() as u32))
        });
        Some(Place { origin, file: file.to_owned(), line, column, start, end })
    }

    fn source(&self, src: Src) -> Option<(Origin, u32, u32)> {
        if let Some(x) = src.as_expr() {
            let p = self.eval.ir.places.get(x.index())?;
            return Some((Origin::Program(p.file), p.start, p.end));
        }
        let d = self.eval.data_places.get(src.as_data()? as usize)?;
        Some((Origin::Data(d.file), d.start, d.end))
    }
}

fn has_vertex(fault: &Fault) -> bool {
    let mut at = Some(fault);
    while let Some(f) = at {
        if f.vertex.is_some() {
            return true;
        }
        at = f.cause.as_deref();
    }
    false
}

/// The first place named by the error or by one it wraps.
fn own_place(fault: &Fault) -> Option<Pos> {
    let mut at = Some(fault);
    while let Some(f) = at {
        if f.pos.is_some() {
            return f.pos;
        }
        at = f.cause.as_deref();
    }
    None
}
