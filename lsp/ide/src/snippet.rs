//! Snippets of YAML: a key with what has to stand below it, and stops for the cursor where values go.

use vela_db::schema::{Field, Kinds, NodeId, Schema, Shape};

use crate::complete::scalar;

/// Deepest nesting that is written out.
const MAX_DEPTH: u32 = 3;
/// Most choices offered at a stop.
const MAX_CHOICES: usize = 20;

/// The snippet of a key at a column; `None` where only the name is to be written.
pub(crate) fn key(schema: &Schema, field: &Field, indent: usize, colon: bool) -> Option<String> {
    if !colon {
        return None;
    }
    let mut writer = Writer { schema, out: String::new(), stops: 0 };
    writer.key(&field.name, field.node, indent, 0);
    Some(writer.out)
}

struct Writer<'s> {
    schema: &'s Schema,
    out: String,
    stops: u32,
}

impl Writer<'_> {
    fn key(&mut self, name: &str, node: NodeId, indent: usize, depth: u32) {
        self.out.push_str(&escaped(&scalar(&vela_yaml::Data::str(name))));
        self.out.push(':');
        match &self.schema.node(node).shape {
            Shape::Struct(_) => {
                self.line(indent + 2);
                self.below(node, indent + 2, depth + 1);
            }
            Shape::List(Some(item)) => {
                self.line(indent + 2);
                self.out.push_str("- ");
                match &self.schema.node(*item).shape {
                    Shape::Struct(_) => self.below(*item, indent + 4, depth + 1),
                    _ => self.value(*item),
                }
            }
            Shape::List(None) => {
                self.line(indent + 2);
                self.out.push_str("- ");
                self.stop("");
            }
            _ => {
                self.out.push(' ');
                self.value(node);
            }
        }
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.push_str(&" ".repeat(indent));
    }

    /// What has to be given of a struct.
    fn below(&mut self, node: NodeId, indent: usize, depth: u32) {
        let schema = self.schema;
        let structs = schema.structs(node);
        let fields = structs.first().map(|s| s.fields.as_slice()).unwrap_or_default();
        let needed: Vec<&Field> = fields.iter().filter(|f| schema.required(f)).collect();
        if needed.is_empty() || depth > MAX_DEPTH {
            self.stop("");
            return;
        }
        for (i, field) in needed.into_iter().enumerate() {
            if i > 0 {
                self.line(indent);
            }
            self.key(&field.name, field.node, indent, depth);
        }
    }

    fn value(&mut self, node: NodeId) {
        let node = self.schema.node(node);
        if let Shape::Scalar(s) = &node.shape {
            let mut choices: Vec<String> = s.values.iter().map(scalar).collect();
            if s.kinds.has(Kinds::BOOL) {
                choices.extend(["true".to_owned(), "false".to_owned()]);
            }
            if let Some(default) = node.default.as_ref().map(scalar) {
                choices.retain(|c| *c != default);
                choices.insert(0, default);
            }
            if choices.len() > 1 && choices.len() <= MAX_CHOICES {
                self.stops += 1;
                let shown: Vec<String> = choices.iter().map(|c| choice(c)).collect();
                self.out.push_str(&format!("${{{}|{}|}}", self.stops, shown.join(",")));
                return;
            }
        }
        let default =
            node.default.as_ref().filter(|d| d.as_str().is_none_or(|s| !s.contains('\n'))).map(scalar);
        self.stop(&default.filter(|d| !d.contains('\n')).unwrap_or_default());
    }

    fn stop(&mut self, default: &str) {
        self.stops += 1;
        if default.is_empty() {
            self.out.push_str(&format!("${}", self.stops));
        } else {
            self.out.push_str(&format!("${{{}:{}}}", self.stops, escaped(default)));
        }
    }
}

/// Text in a snippet.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}")
}

/// Text in a list of choices.
fn choice(text: &str) -> String {
    escaped(text).replace(',', "\\,").replace('|', "\\|")
}
