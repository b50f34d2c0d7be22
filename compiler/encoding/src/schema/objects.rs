//! Keywords about objects.

use vela_diagnostics::Span;
use vela_syntax::literal::{Form, is_identifier, label, quote};
use vela_yaml::{Entry, NodeId};

use super::Reader;
use super::state::{self, Core, Element, Ex, ExKind, Openness, Property, State};

impl Reader<'_> {
    /// The members of an object; anything else is a fault.
    fn members(&mut self, name: &str, node: NodeId, at: Span) -> Vec<Entry> {
        match self.doc.entries(node) {
            Some(entries) => entries.to_vec(),
            None => {
                self.fault(at, format!("{name:?} expected an object"));
                Vec::new()
            }
        }
    }

    pub(super) fn properties(&mut self, s: &mut State, value: NodeId, at: Span) {
        s.elements();
        for entry in self.members("properties", value, at) {
            let sub = self.schema_at(entry.value, state::ALL, s.version, false);
            let comment = sub.comment();
            let property = Property {
                name: entry.name.to_string(),
                required: false,
                value: sub.expression,
                comment,
                deprecated: sub.deprecated,
            };
            s.elements().push(Element::Property(property));
        }
    }

    pub(super) fn required(&mut self, s: &mut State, value: NodeId, at: Span) {
        s.elements();
        for item in self.list_at("required", value, at) {
            let Some(name) = self.text(item, at) else { continue };
            let found = s.elements().iter_mut().find_map(|e| match e {
                Element::Property(p) if p.name == name => Some(p),
                _ => None,
            });
            match found {
                Some(p) if p.required => self.fault(at, format!("duplicate required field {name:?}")),
                Some(p) => p.required = true,
                None => s.elements().push(Element::Property(Property {
                    name,
                    required: true,
                    value: Ex::top(),
                    comment: String::new(),
                    deprecated: false,
                })),
            }
        }
    }

    pub(super) fn pattern_properties(&mut self, s: &mut State, value: NodeId, at: Span) {
        s.elements();
        for entry in self.members("patternProperties", value, at) {
            let pattern = quote(&entry.name, Form::Single);
            s.patterns.push(format!("!~{pattern}"));
            let x = self.schema(entry.value, s.version);
            s.elements().push(Element::Other(format!("\n{{[=~{pattern}]: {}}}", x.in_braces())));
        }
    }

    pub(super) fn additional_properties(&mut self, s: &mut State, value: NodeId, at: Span) {
        if let Some(open) = self.bool_at(value) {
            s.openness = if open { Openness::Open } else { Openness::Closed };
            s.elements();
            return;
        }
        if self.doc.entries(value).is_none() {
            return self.fault(at, "value of \"additionalProperties\" must be an object or boolean");
        }
        let x = self.schema(value, s.version).in_braces();
        s.openness = Openness::Covered;
        if s.elements().is_empty() {
            s.elements().push(Element::Other(format!("[string]: {x}")));
            return;
        }
        let mut excluded = s.patterns.clone();
        let names: Vec<String> = s
            .elements()
            .iter()
            .filter_map(|e| match e {
                Element::Property(p) => Some(regex_quoted(&p.name)),
                Element::Other(_) => None,
            })
            .collect();
        if !names.is_empty() {
            excluded.push(format!("!~{}", quote(&format!("^({})$", names.join("|")), Form::Single)));
        }
        s.elements().push(Element::Other(format!("{{[{}]: {x}}}", excluded.join(" & "))));
    }

    pub(super) fn property_names(&mut self, s: &mut State, value: NodeId) {
        let names = self.schema_at(value, state::STRING, s.version, false).expression;
        if names.kind != ExKind::Top {
            s.add(Core::Object, Ex { text: format!("[{}]: _\n", names.in_braces()), kind: ExKind::Struct });
        }
    }

    /// Fields that other fields depend on.
    pub(super) fn dependencies(&mut self, s: &mut State, value: NodeId, at: Span) {
        s.elements();
        for (n, entry) in self.members("dependencies", value, at).into_iter().enumerate() {
            let (name, alias) = if is_identifier(&entry.name) {
                (entry.name.to_string(), String::new())
            } else {
                (format!("_t{n}"), format!("_t{n}="))
            };
            let consequence = match self.doc.items(entry.value).map(<[NodeId]>::to_vec) {
                Some(items) => {
                    let mut body = String::new();
                    for item in items {
                        if let Some(field) = self.text(item, at) {
                            body.push_str(&format!("{}!: _\n", label(&field)));
                        }
                    }
                    body
                }
                None => {
                    let x = self.schema(entry.value, s.version);
                    if x.kind == ExKind::Struct { x.text } else { format!("{}\n", x.text) }
                }
            };
            let text = format!("{alias}{}?: _\nif {name} != _|_ {{\n{consequence}}}", label(&entry.name));
            s.elements().push(Element::Other(text));
        }
        // An empty struct, so that other types are refused even where no condition holds.
        s.elements().push(Element::Other("{}".to_owned()));
    }
}

/// A name as a regular expression that matches it only.
fn regex_quoted(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
