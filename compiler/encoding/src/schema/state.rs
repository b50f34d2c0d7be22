//! One schema in the making.

use vela_syntax::literal::label;

use super::version::Version;

/// Types as bits, in the order in which alternatives are written.
pub(super) const NULL: u8 = 1;
pub(super) const BOOL: u8 = 2;
pub(super) const INT: u8 = 4;
pub(super) const FLOAT: u8 = 8;
pub(super) const STRING: u8 = 16;
pub(super) const ARRAY: u8 = 32;
pub(super) const OBJECT: u8 = 64;
/// Ints and floats.
pub(super) const NUMBER: u8 = INT | FLOAT;
/// Every type.
pub(super) const ALL: u8 = NULL | BOOL | NUMBER | STRING | ARRAY | OBJECT;

/// The types that constraints are about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Core {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

const CORES: [(Core, u8); 6] = [
    (Core::Null, NULL),
    (Core::Bool, BOOL),
    (Core::Number, NUMBER),
    (Core::String, STRING),
    (Core::Array, ARRAY),
    (Core::Object, OBJECT),
];

/// What an expression is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ExKind {
    /// Declarations without braces.
    Struct,
    /// A list.
    List,
    /// `x | y`.
    Or,
    /// `x & y`.
    And,
    /// `_`.
    Top,
    /// A value that nothing can have.
    Never,
    /// Anything else.
    Other,
}

/// An expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Ex {
    pub(super) text: String,
    pub(super) kind: ExKind,
}

impl Ex {
    pub(super) fn other(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: ExKind::Other }
    }

    pub(super) fn top() -> Self {
        Self { text: "_".to_owned(), kind: ExKind::Top }
    }

    pub(super) fn never() -> Self {
        Self { text: "error(\"disallowed\")".to_owned(), kind: ExKind::Never }
    }

    /// The expression; a struct in braces.
    pub(super) fn in_braces(&self) -> String {
        match self.kind {
            ExKind::Struct if self.text.is_empty() => "{}".to_owned(),
            ExKind::Struct => format!("{{\n{}}}", self.text),
            _ => self.text.clone(),
        }
    }

    /// `a & b` or `a | b`; one alone stays as it is.
    pub(super) fn join(mut parts: Vec<Self>, or: bool) -> Self {
        if parts.len() == 1
            && let Some(only) = parts.pop()
        {
            return only;
        }
        let operand = |x: &Self| {
            if !or && x.kind == ExKind::Or { format!("({})", x.text) } else { x.in_braces() }
        };
        let text = parts.iter().map(operand).collect::<Vec<_>>().join(if or { " | " } else { " & " });
        Self { text, kind: if or { ExKind::Or } else { ExKind::And } }
    }
}

/// Whether an object may have other fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Openness {
    Implicit,
    Open,
    Closed,
    /// A pattern covers the rest.
    Covered,
}

/// A field of an object.
#[derive(Clone, Debug)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) value: Ex,
    pub(super) comment: String,
    pub(super) deprecated: bool,
}

/// What an object has.
#[derive(Clone, Debug)]
pub(super) enum Element {
    Property(Property),
    /// A declaration as it is.
    Other(String),
}

/// A schema in the making.
pub(super) struct State {
    pub(super) version: Version,
    pub(super) root: bool,
    /// Types that values may have.
    pub(super) allowed: u8,
    /// Types that need no alternative of their own.
    pub(super) known: u8,
    pub(super) all: Vec<Ex>,
    types: [Vec<Ex>; 6],
    pub(super) object: Option<Vec<Element>>,
    pub(super) openness: Openness,
    /// `!~"…"` of the patterns so far.
    pub(super) patterns: Vec<String>,
    /// The first elements of a list.
    pub(super) list: Option<Vec<String>>,
    /// What follows them: nothing, or `...T`.
    pub(super) list_rest: Option<String>,
    pub(super) items_are_array: bool,
    pub(super) has_items: bool,
    pub(super) is_array: bool,
    pub(super) min_contains: Option<u64>,
    pub(super) max_contains: Option<u64>,
    pub(super) exclusive_min: bool,
    pub(super) exclusive_max: bool,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) deprecated: bool,
    pub(super) nullable: bool,
    pub(super) id: Option<String>,
    /// The version that the schema itself names.
    pub(super) declared: Option<Version>,
    pub(super) has_ref: bool,
    pub(super) conditions: [Option<vela_yaml::NodeId>; 3],
    pub(super) has_constraints: bool,
    /// The result.
    pub(super) expression: Ex,
}

impl State {
    pub(super) fn new(types: u8, version: Version, root: bool) -> Self {
        Self {
            version,
            root,
            allowed: types,
            known: ALL,
            all: Vec::new(),
            types: Default::default(),
            object: None,
            openness: Openness::Implicit,
            patterns: Vec::new(),
            list: None,
            list_rest: None,
            items_are_array: false,
            has_items: false,
            is_array: false,
            min_contains: None,
            max_contains: None,
            exclusive_min: false,
            exclusive_max: false,
            title: String::new(),
            description: String::new(),
            deprecated: false,
            nullable: false,
            id: None,
            declared: None,
            has_ref: false,
            conditions: [None; 3],
            has_constraints: false,
            expression: Ex::top(),
        }
    }

    /// Adds a constraint about values of one type.
    pub(super) fn add(&mut self, core: Core, x: Ex) {
        self.types[core as usize].push(x);
    }

    /// The object's elements, from now on there.
    pub(super) fn elements(&mut self) -> &mut Vec<Element> {
        self.object.get_or_insert_with(Vec::new)
    }

    /// Title and description as comment lines.
    pub(super) fn comment(&self) -> String {
        let (title, description) = (self.title.trim(), self.description.trim());
        let text = match (title.is_empty(), description.is_empty()) {
            (_, true) => title.to_owned(),
            (true, false) => description.to_owned(),
            (false, false) => format!("{title}\n\n{description}"),
        };
        comment_lines(&text)
    }

    /// The expression that all constraints add up to.
    pub(super) fn finish(&mut self) {
        if self.allowed == 0 {
            self.expression = Ex::never();
            return;
        }
        let had_object = self.object.is_some();
        self.finish_object();
        self.finish_list();
        for (core, is_last) in [(Core::Array, ExKind::List), (Core::Object, ExKind::Struct)] {
            self.types[core as usize].sort_by_key(|x| x.kind == is_last);
        }
        self.has_constraints = !self.all.is_empty()
            || self.types.iter().any(|t| !t.is_empty())
            || !self.patterns.is_empty()
            || !self.title.is_empty()
            || !self.description.is_empty()
            || had_object
            || self.id.is_some();
        let mut alternatives = Vec::new();
        let constrained =
            |core: Core, bits: u8, s: &Self| !s.types[core as usize].is_empty() && s.allowed & bits != 0;
        if self.allowed != self.known || CORES.iter().any(|(c, bits)| constrained(*c, *bits, self)) {
            for (core, bits) in CORES {
                let constraints = std::mem::take(&mut self.types[core as usize]);
                let allowed = self.allowed & bits != 0;
                if !constraints.is_empty() {
                    if allowed {
                        alternatives.push(Ex::join(constraints, false));
                    }
                } else if allowed && self.known & bits != 0 {
                    alternatives.push(type_of(core, self.allowed));
                }
            }
        }
        let mut conjuncts = std::mem::take(&mut self.all);
        if !alternatives.is_empty() {
            conjuncts.push(Ex::join(alternatives, true));
        }
        let mut x = if conjuncts.is_empty() { Ex::top() } else { Ex::join(conjuncts, false) };
        if self.nullable {
            x = Ex::join(vec![Ex::other("null"), x], true);
        }
        if let Some(id) = &self.id {
            let tag = format!("@jsonschema(id={id:?})\n");
            let body = if x.kind == ExKind::Struct { x.text } else { format!("{}\n", x.text) };
            x = Ex { text: format!("{tag}{body}"), kind: ExKind::Struct };
        }
        self.known = self.allowed;
        self.expression = x;
    }

    fn finish_object(&mut self) {
        let Some(elements) = self.object.take() else { return };
        let mut body = String::new();
        for element in &elements {
            match element {
                Element::Property(p) => {
                    if !p.comment.is_empty() && !body.is_empty() {
                        body.push('\n');
                    }
                    let mark = if p.required { "!" } else { "?" };
                    let deprecated = if p.deprecated { " @deprecated()" } else { "" };
                    body.push_str(&format!(
                        "{}{}{mark}: {}{deprecated}\n",
                        p.comment,
                        label(&p.name),
                        p.value.in_braces()
                    ));
                }
                Element::Other(text) => {
                    body.push_str(text);
                    body.push('\n');
                }
            }
        }
        let x = match self.openness {
            Openness::Covered => Ex { text: body, kind: ExKind::Struct },
            Openness::Closed => {
                let inner = Ex { text: body, kind: ExKind::Struct }.in_braces();
                Ex::other(format!("close({inner})"))
            }
            Openness::Implicit | Openness::Open => Ex { text: format!("{body}...\n"), kind: ExKind::Struct },
        };
        self.add(Core::Object, x);
    }

    fn finish_list(&mut self) {
        let Some(mut elements) = self.list.take() else { return };
        elements.extend(self.list_rest.take());
        self.add(Core::Array, Ex { text: format!("[{}]", elements.join(", ")), kind: ExKind::List });
    }
}

/// The type itself.
fn type_of(core: Core, allowed: u8) -> Ex {
    Ex::other(match core {
        Core::Null => "null",
        Core::Bool => "bool",
        Core::Number if allowed & NUMBER == INT => "int",
        Core::Number => "number",
        Core::String => "string",
        Core::Array => return Ex { text: "[...]".to_owned(), kind: ExKind::List },
        Core::Object => return Ex { text: "...\n".to_owned(), kind: ExKind::Struct },
    })
}

/// A text as comment lines of at most about 80 characters.
pub(super) fn comment_lines(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            out.push_str("//\n");
            continue;
        }
        if line.chars().count() <= 100 {
            out.push_str(&format!("// {line}\n"));
            continue;
        }
        let mut current = String::from("//");
        let mut width = 2;
        for word in line.split(' ') {
            let n = word.chars().count();
            if width + 1 + n > 80 && width > 2 {
                out.push_str(&current);
                out.push('\n');
                "//".clone_into(&mut current);
                width = 2;
            }
            current.push(' ');
            current.push_str(word);
            width += 1 + n;
        }
        out.push_str(&current);
        out.push('\n');
    }
    out
}
