//! `json+pb:`, `yaml+pb:` and textproto: data whose meaning depends on the schema that it is unified with. Numbers as
//! strings, bytes in base64 and names of enums become what the schema asks for.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use vela_diagnostics::Span;
use vela_encoding::{TextNode, text_nodes};
use vela_eval::{Eval, VertexId};
use vela_ir::{Decl, Expr, ExprId, FileId, Kinds};
use vela_load::{Built, BuiltValue};
use vela_number::Number;
use vela_yaml::Data;

use super::expression;
use super::placing::{Document, Placing};
use super::session::{Failed, Ready, Session, Step, fail, finalize, root, say};

/// A document that is to be decoded, and the fields that lead to its schema.
struct Wanted {
    file: FileId,
    textproto: bool,
    labels: Vec<String>,
}

/// What decoding changes.
enum Change {
    Expr(ExprId, Built),
    File(FileId, Built),
}

/// What is wrong: the text, and its place.
type Fault = (String, FileId, u32);

impl Session {
    /// Decodes the documents that need a schema.
    pub fn decode_protobuf(&mut self, placing: &Placing) -> Step<()> {
        let wanted = self.wanted(placing)?;
        if wanted.is_empty() {
            return Ok(());
        }
        let schema = self.schema()?;
        let Some(schema) = schema else {
            if wanted.iter().any(|w| !w.textproto) {
                return Err(fail("no schema specified for protobuf interpretation."));
            }
            // Fields that no schema has are dropped.
            return Ok(());
        };
        let chosen = match &placing.schema {
            Some(text) => {
                let names = expression::names(self, &schema)?;
                Some(expression::one(self, &schema, &names, "--schema", text)?)
            }
            None => None,
        };
        let (changes, faults) = self.changes(&schema, chosen, &wanted)?;
        if !faults.is_empty() {
            for (message, file, at) in faults {
                let file = &self.loaded.ir.files[file.index()];
                let (line, column) = vela_diagnostics::LineIndex::new(&file.text).line_col(at);
                say(&format!("{message}:\n    {}:{line}:{column}\n", file.name));
            }
            return Err(Failed);
        }
        for change in changes {
            match change {
                Change::Expr(x, built) => self.loaded.replace(x, &built),
                Change::File(file, built) => self.loaded.fill(file, &built),
            }
        }
        Ok(())
    }

    fn wanted(&mut self, placing: &Placing) -> Step<Vec<Wanted>> {
        let mut out = Vec::new();
        let labels = placing.labels()?;
        for file in self.loaded.data.clone() {
            let tags: Vec<&str> = file.qualifier.as_deref().unwrap_or("").split('+').collect();
            let named = vela_load::encoding(vela_load::paths::extension(&file.path));
            let textproto =
                tags.contains(&"textproto") || (file.qualifier.is_none() && named == Some("textproto"));
            if !textproto && !tags.contains(&"pb") {
                continue;
            }
            let count = file.documents.len();
            for (index, id) in file.documents.iter().enumerate() {
                let document = Document { file: *id, path: &file.path, index, count };
                let labels = if labels.is_empty() || textproto {
                    Vec::new()
                } else {
                    self.labels_of(placing, &labels, document)?.unwrap_or_default()
                };
                out.push(Wanted { file: *id, textproto, labels });
            }
        }
        Ok(out)
    }

    fn changes(
        &self,
        schema: &Ready,
        chosen: Option<ExprId>,
        wanted: &[Wanted],
    ) -> Step<(Vec<Change>, Vec<Fault>)> {
        let mut eval = self.eval();
        let top = root(&mut eval, schema)?;
        let top = match chosen {
            Some(x) => {
                let v = eval.expression(top, x);
                finalize(&mut eval, v)?;
                v
            }
            None => top,
        };
        let mut d = Decoder { changes: Vec::new(), faults: Vec::new(), file: FileId(0), path: Vec::new() };
        for w in wanted {
            d.file = w.file;
            let mut at = Some(top);
            for label in &w.labels {
                at = at.and_then(|v| eval.schema_field(v, label));
            }
            let Some(v) = at else { continue };
            d.path.clone_from(&w.labels);
            if w.textproto {
                let text = self.loaded.ir.files[w.file.index()].text.clone();
                match text_nodes(&text) {
                    Ok(nodes) => {
                        let span = Span::new(0, text.len() as u32);
                        let built = d.message(&mut eval, v, &nodes, span);
                        d.changes.push(Change::File(w.file, built));
                    }
                    Err((span, message)) => d.faults.push((message, w.file, span.start)),
                }
            } else {
                d.rewrite(&mut eval, v, self.loaded.document_value(w.file));
            }
        }
        Ok((d.changes, d.faults))
    }
}

struct Decoder {
    changes: Vec<Change>,
    faults: Vec<Fault>,
    file: FileId,
    path: Vec<String>,
}

impl Decoder {
    fn fault(&mut self, message: &str, at: u32) {
        let path = self.path.join(".");
        let message = if path.is_empty() { message.to_owned() } else { format!("{path}: {message}") };
        self.faults.push((message, self.file, at));
    }

    // ---- JSON and YAML ------------------------------------------------------------------------------------------

    /// Changes an expression of data to what the schema asks for. The reader of the data has bounded the depth.
    fn rewrite(&mut self, eval: &mut Eval<'_>, schema: VertexId, x: ExprId) {
        stacker::maybe_grow(128 << 10, 1 << 20, || self.rewrite_here(eval, schema, x));
    }

    fn rewrite_here(&mut self, eval: &mut Eval<'_>, schema: VertexId, x: ExprId) {
        let ir = eval.ir;
        let kinds = eval.vertex_kinds(eval.deref(schema));
        let place = ir.place(x);
        let span = Span::new(place.start, place.end);
        let value = match ir.expr(x) {
            Expr::Struct(id) => {
                for d in ir.struct_decls(id) {
                    let Decl::Field { label, value, .. } = ir.decls[d.index()] else { continue };
                    let name = ir.labels.name(label).into_owned();
                    if let Some(field) = eval.schema_field(schema, &name) {
                        self.path.push(name);
                        self.rewrite(eval, field, value);
                        self.path.pop();
                    }
                }
                None
            }
            Expr::List(items, _) => {
                for (n, item) in ir.expr_lists[items.range()].iter().enumerate() {
                    let Some(element) = eval.schema_element(schema, n) else { break };
                    self.path.push(n.to_string());
                    self.rewrite(eval, element, *item);
                    self.path.pop();
                }
                None
            }
            Expr::Null if !kinds.meets(Kinds::NULL) => {
                let default = eval.schema_data(schema);
                default.map(|d| built(&d, span).value).or_else(|| zero(kinds))
            }
            Expr::Str(i) => self.text(eval, schema, kinds, &ir.strings[i as usize].clone(), place.start),
            Expr::Num(i) if kinds == Kinds::STRING => {
                let number = ir.numbers[i as usize].clone();
                if !number.is_int() {
                    return;
                }
                let text = eval.enum_text(schema, &number);
                if text.is_none() {
                    let number = number.to_json_text();
                    self.fault(&format!("could not locate integer enum value {number}"), place.start);
                }
                text.map(BuiltValue::Str)
            }
            _ => None,
        };
        if let Some(value) = value {
            self.changes.push(Change::Expr(x, Built { value, span }));
        }
    }

    /// A string where the schema wants a number or bytes.
    fn text(
        &mut self,
        eval: &mut Eval<'_>,
        schema: VertexId,
        kinds: Kinds,
        text: &str,
        at: u32,
    ) -> Option<BuiltValue> {
        if kinds == Kinds::BYTES {
            let engines = [&STANDARD, &URL_SAFE, &STANDARD_NO_PAD, &URL_SAFE_NO_PAD];
            let clean: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
            if let Some(bytes) = engines.iter().find_map(|e| e.decode(&clean).ok()) {
                return Some(BuiltValue::Bytes(bytes));
            }
            let odd = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '\n' | '\r');
            let byte = text.find(odd).unwrap_or(text.len().saturating_sub(1));
            self.fault(&format!("failed to decode base64: illegal base64 data at input byte {byte}"), at);
            return None;
        }
        let numeric = !kinds.is_bottom() && Kinds::NUMBER.contains(kinds);
        if !numeric {
            return None;
        }
        number(text).or_else(|| eval.enum_number(schema, text)).map(BuiltValue::Num)
    }

    // ---- Text ---------------------------------------------------------------------------------------------------

    /// A message: its fields by their names in Protocol Buffers. Fields that the schema lacks are dropped.
    fn message(&mut self, eval: &mut Eval<'_>, schema: VertexId, nodes: &[TextNode], span: Span) -> Built {
        stacker::maybe_grow(128 << 10, 1 << 20, || self.message_here(eval, schema, nodes, span))
    }

    fn message_here(
        &mut self,
        eval: &mut Eval<'_>,
        schema: VertexId,
        nodes: &[TextNode],
        span: Span,
    ) -> Built {
        let fields: Vec<FieldInfo> =
            eval.schema_fields(schema).into_iter().map(|(name, v)| FieldInfo::of(eval, name, v)).collect();
        let mut out: Vec<(String, Span, Built)> = Vec::new();
        for node in nodes {
            let Some(info) = fields.iter().find(|f| f.name == node.name) else { continue };
            if eval.finalize(info.vertex).is_err() {
                continue;
            }
            let kinds = eval.vertex_kinds(eval.deref(info.vertex)) & !Kinds::NULL;
            if kinds == Kinds::LIST {
                let at = match out.iter().position(|f| f.0 == info.label) {
                    Some(at) => at,
                    None => {
                        let list = Built { value: BuiltValue::List(Vec::new()), span: node.span };
                        out.push((info.label.clone(), node.span, list));
                        out.len() - 1
                    }
                };
                let Some(element) = eval.schema_element(info.vertex, usize::MAX) else { continue };
                let items = self.elements(eval, element, node);
                if let BuiltValue::List(list) = &mut out[at].2.value {
                    list.extend(items);
                }
            } else if info.type_name.starts_with("map[") {
                if let Some(built) = self.entry(eval, info.vertex, node) {
                    out.push((info.label.clone(), node.span, built));
                }
            } else if let Some(built) = self.single(eval, info.vertex, node) {
                out.push((info.label.clone(), node.span, built));
            }
        }
        Built { value: BuiltValue::Struct(out), span }
    }

    fn elements(&mut self, eval: &mut Eval<'_>, element: VertexId, node: &TextNode) -> Vec<Built> {
        let one = |values, messages| TextNode { values, messages, ..node.clone() };
        let scalars = node.values.iter().map(|v| one(vec![v.clone()], Vec::new()));
        let messages = node.messages.iter().map(|m| one(Vec::new(), vec![m.clone()]));
        let nodes: Vec<TextNode> = scalars.chain(messages).collect();
        nodes.iter().filter_map(|n| self.single(eval, element, n)).collect()
    }

    /// `{ key: … value: … }`, one entry of a map.
    fn entry(&mut self, eval: &mut Eval<'_>, map: VertexId, node: &TextNode) -> Option<Built> {
        let value_schema = eval.schema_pattern(map)?;
        let mut fields = Vec::new();
        for message in &node.messages {
            let key = message.iter().find(|n| n.name == "key")?;
            let value = message.iter().find(|n| n.name == "value")?;
            if let Some(other) = message.iter().find(|n| n.name != "key" && n.name != "value") {
                let text = format!("textproto: unsupported key name {:?} in map", other.name);
                self.fault(&text, other.span.start);
            }
            let name = key.values.first().map(|v| match &v.bytes {
                Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                None => v.source.clone(),
            })?;
            let value = self.single(eval, value_schema, value)?;
            fields.push((name, key.span, value));
        }
        Some(Built { value: BuiltValue::Struct(fields), span: node.span })
    }

    fn single(&mut self, eval: &mut Eval<'_>, schema: VertexId, node: &TextNode) -> Option<Built> {
        let kinds = eval.vertex_kinds(eval.deref(schema)) & !Kinds::NULL;
        let at = node.span.start;
        self.path.clear();
        if kinds == Kinds::STRUCT {
            if !node.values.is_empty() {
                let text =
                    format!("textproto: values not allowed for Message type; found {}", node.values.len());
                self.fault(&text, at);
            }
            let inner = node.messages.first()?;
            return Some(self.message(eval, schema, inner, node.span));
        }
        let [value] = &node.values[..] else {
            self.fault(&format!("textproto: expected 1 value, found {}", node.values.len()), at);
            return None;
        };
        let made = match kinds {
            Kinds::STRING | Kinds::BYTES => {
                let Some(bytes) = &value.bytes else {
                    let first = value.source.chars().next().unwrap_or(' ');
                    let text = format!("textproto: invalid string or bytes: invalid quote character {first}");
                    self.fault(&text, at);
                    return None;
                };
                if kinds == Kinds::BYTES {
                    BuiltValue::Bytes(bytes.clone())
                } else {
                    BuiltValue::Str(String::from_utf8_lossy(bytes).into_owned())
                }
            }
            Kinds::BOOL => match value.source.as_str() {
                "true" => BuiltValue::Bool(true),
                "false" => BuiltValue::Bool(false),
                other => {
                    self.fault(&format!("textproto: invalid bool {other}"), at);
                    return None;
                }
            },
            kinds if !kinds.is_bottom() && Kinds::NUMBER.contains(kinds) => {
                let found = number(&value.source).or_else(|| eval.enum_number(schema, &value.source));
                let Some(number) = found else {
                    self.fault(&format!("textproto: invalid number {}", value.source), at);
                    return None;
                };
                BuiltValue::Num(number)
            }
            _ => {
                self.fault(&format!("textproto: the schema of {:?} has no single type", node.name), at);
                return None;
            }
        };
        Some(Built { value: made, span: value.span })
    }
}

/// What a schema's field says about Protocol Buffers.
pub struct FieldInfo {
    /// Its name in Protocol Buffers.
    pub name: String,
    /// Its name in CUE.
    pub label: String,
    /// The type that its attribute names.
    pub type_name: String,
    /// The field.
    pub vertex: VertexId,
}

impl FieldInfo {
    /// Reads the attribute of a field.
    pub fn of(eval: &Eval<'_>, label: String, vertex: VertexId) -> Self {
        let mut info = Self { name: label.clone(), label, type_name: String::new(), vertex };
        let Some(body) = eval.field_attribute(vertex, "protobuf") else { return info };
        // The second part is the type; brackets of maps hold no commas.
        for (n, part) in body.split(',').map(str::trim).enumerate() {
            if n == 1 {
                part.clone_into(&mut info.type_name);
            } else if let (true, Some(name)) = (n > 1, part.strip_prefix("name=")) {
                name.trim().clone_into(&mut info.name);
            }
        }
        info
    }
}

/// A number as CUE writes it, perhaps negative.
fn number(text: &str) -> Option<Number> {
    match text.strip_prefix('-') {
        Some(rest) => Number::parse_literal(rest).ok().map(|n| n.neg()),
        None => Number::parse_literal(text).ok(),
    }
}

/// The default of a type of Protocol Buffers.
fn zero(kinds: Kinds) -> Option<BuiltValue> {
    Some(match kinds {
        Kinds::STRING => BuiltValue::Str(String::new()),
        Kinds::BYTES => BuiltValue::Bytes(Vec::new()),
        Kinds::BOOL => BuiltValue::Bool(false),
        Kinds::STRUCT => BuiltValue::Struct(Vec::new()),
        Kinds::LIST => BuiltValue::List(Vec::new()),
        kinds if !kinds.is_bottom() && Kinds::NUMBER.contains(kinds) => BuiltValue::Num(Number::from_i64(0)),
        _ => return None,
    })
}

fn built(data: &Data, span: Span) -> Built {
    let value = match data {
        Data::Null => BuiltValue::Null,
        Data::Bool(b) => BuiltValue::Bool(*b),
        Data::Num(n) => BuiltValue::Num(n.clone()),
        Data::Str(s) => BuiltValue::Str(s.to_string()),
        Data::Bytes(b) => BuiltValue::Bytes(b.to_vec()),
        Data::List(items) => BuiltValue::List(items.iter().map(|d| built(d, span)).collect()),
        Data::Map(fields) => {
            BuiltValue::Struct(fields.iter().map(|(k, d)| (k.to_string(), span, built(d, span))).collect())
        }
    };
    Built { value, span }
}
