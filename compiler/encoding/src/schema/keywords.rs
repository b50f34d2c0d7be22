//! What each keyword says. Keywords are read in rounds, since some need to know others.

use vela_diagnostics::Span;
use vela_number::Number;
use vela_syntax::literal::{Form, quote};
use vela_yaml::{Entry, Kind, NodeId, Scalar};

use super::Reader;
use super::state::{self, Core, Ex, ExKind, State};
use super::version::Version::{self, Draft4, Draft6, Draft7, Draft2019, Draft2020};

/// When a keyword is read, the versions that have it, and whether OpenAPI 3.0 has it.
struct Keyword {
    round: u8,
    from: Version,
    to: Version,
    openapi: bool,
}

/// Rounds of reading.
const ROUNDS: u8 = 5;

fn keyword(name: &str) -> Option<Keyword> {
    let all = |round, openapi| Some(Keyword { round, from: Draft4, to: Draft2020, openapi });
    let from = |round, from| Some(Keyword { round, from, to: Draft2020, openapi: false });
    let to = |round, to, openapi| Some(Keyword { round, from: Draft4, to, openapi });
    match name {
        "$schema" => all(0, false),
        "$id" => from(1, Draft6),
        "id" => to(1, Draft4, false),
        "if" | "then" | "else" | "readOnly" | "writeOnly" => {
            from(1, Draft7).map(|k| Keyword { openapi: name.ends_with("Only"), ..k })
        }
        "minContains"
        | "maxContains"
        | "dependentRequired"
        | "dependentSchemas"
        | "$anchor"
        | "$recursiveAnchor"
        | "$recursiveRef"
        | "$vocabulary"
        | "contentSchema"
        | "unevaluatedItems"
        | "unevaluatedProperties" => from(1, Draft2019),
        "$dynamicAnchor" | "$dynamicRef" | "prefixItems" => from(1, Draft2020),
        "format" | "minProperties" => all(1, true),
        "xml" | "discriminator" | "example" | "externalDocs" => {
            Some(Keyword { round: 1, from: Draft2020, to: Draft4, openapi: true })
        }
        "nullable" => Some(Keyword { round: 2, from: Draft2020, to: Draft4, openapi: true }),
        "$comment" | "contentEncoding" | "contentMediaType" => from(2, Draft7),
        "const" | "contains" | "examples" | "propertyNames" => from(2, Draft6),
        "$defs" | "definitions" | "dependencies" => all(2, false),
        "deprecated" => from(2, Draft2019).map(|k| Keyword { openapi: true, ..k }),
        "$ref" | "default" | "description" | "enum" | "exclusiveMaximum" | "exclusiveMinimum" | "items"
        | "maxItems" | "maxLength" | "maxProperties" | "minItems" | "minLength" | "multipleOf"
        | "pattern" | "properties" | "title" | "type" | "uniqueItems" => all(2, true),
        "allOf" | "anyOf" | "oneOf" | "not" | "minimum" | "maximum" | "required" => all(3, true),
        "patternProperties" => all(3, false),
        "additionalProperties" => all(4, true),
        "additionalItems" => to(4, Draft2019, false),
        _ => None,
    }
}

impl Reader<'_> {
    /// Reads a schema into a state that is new.
    pub(super) fn read(&mut self, s: &mut State, node: NodeId) {
        let span = self.doc.node(node).span;
        if let Some(all) = self.bool_at(node)
            && s.version >= Draft6
            && !self.openapi
        {
            s.expression = if all { Ex::top() } else { Ex::never() };
            s.allowed = if all { s.allowed } else { 0 };
            return;
        }
        let Some(entries) = self.doc.entries(node).map(<[Entry]>::to_vec) else {
            self.fault(span, "schema expects mapping node");
            return;
        };
        s.has_ref = entries.iter().any(|e| &*e.name == "$ref");
        for round in 0..ROUNDS {
            for entry in &entries {
                self.keyword(s, entry, round);
            }
        }
        self.condition(s);
        if self.openapi && s.is_array && !s.has_items {
            self.fault(span, "\"items\" must be present when the \"type\" is \"array\" in OpenAPI 3.0");
        }
        s.finish();
    }

    /// Where messages about a keyword point: the name, without its quote where it needs none.
    fn key_span(&self, entry: &Entry) -> Span {
        let span = self.doc.node(entry.key).span;
        let quoted = (span.end - span.start) as usize > entry.name.len();
        if quoted && !vela_syntax::literal::needs_quotes(&entry.name) {
            Span::new(span.start + 1, span.end - 1)
        } else {
            span
        }
    }

    fn keyword(&mut self, s: &mut State, entry: &Entry, round: u8) {
        let name = &*entry.name;
        let at = self.key_span(entry);
        let Some(found) = keyword(name) else {
            if round == 0 && self.options.strict_keywords && !name.starts_with("x-") {
                self.fault(at, format!("unknown keyword {name:?}"));
            }
            return;
        };
        if found.round != round {
            return;
        }
        let known = if self.openapi { found.openapi } else { (found.from..=found.to).contains(&s.version) };
        if !known {
            if self.options.strict_keywords {
                self.fault(at, format!("keyword {name:?} is not supported in this version of JSON Schema"));
            }
            return;
        }
        if round > 0 && s.version < Draft2019 && s.has_ref && name != "$ref" {
            if self.options.strict_keywords {
                self.fault(at, format!("ignoring keyword {name:?} alongside $ref"));
            }
            return;
        }
        self.apply(s, name, entry.value, at);
    }

    fn apply(&mut self, s: &mut State, name: &str, value: NodeId, at: Span) {
        match name {
            "$schema" => self.declared_version(s, value, at),
            "$id" | "id" => {
                if let Some(id) = self.text(value, at)
                    && !id.contains('#')
                {
                    s.id = Some(id.replace(' ', "%20"));
                }
            }
            "$ref" => self.reference(s, value, at),
            "$defs" | "definitions" => self.all_definitions(name, value, at),
            "title" => s.title = self.text(value, at).unwrap_or_default(),
            "description" => s.description = self.text(value, at).unwrap_or_default(),
            "deprecated" => s.deprecated = self.bool_at(value).unwrap_or(false),
            "nullable" => s.nullable |= self.bool_at(value).unwrap_or(true),
            "type" => self.types(s, value, at),
            "const" => {
                let bits = self.type_bits(value);
                let x = self.constant(value);
                s.all.push(x);
                s.allowed &= bits;
                s.known &= bits;
            }
            "enum" => self.enumeration(s, value, at),
            "format" => self.format(s, value, at),
            "pattern" => {
                if let Some(pattern) = self.text(value, at) {
                    s.add(Core::String, Ex::other(format!("=~{}", quote(&pattern, Form::Single))));
                }
            }
            "minLength" => self.limit(s, Core::String, "strings", "MinRunes", value, at),
            "maxLength" => self.limit(s, Core::String, "strings", "MaxRunes", value, at),
            "minProperties" => self.limit(s, Core::Object, "struct", "MinFields", value, at),
            "maxProperties" => self.limit(s, Core::Object, "struct", "MaxFields", value, at),
            "maxItems" => self.limit(s, Core::Array, "list", "MaxItems", value, at),
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
                self.numeric(s, name, value, at);
            }
            "minItems" => {
                if let Some(n) = self.count(value, at).filter(|n| *n > 0) {
                    let text = if n > 1000 {
                        self.import("list");
                        Ex::other(format!("list.MinItems({n})"))
                    } else {
                        Ex { text: format!("[{}...]", "_, ".repeat(n as usize)), kind: ExKind::List }
                    };
                    s.add(Core::Array, text);
                }
            }
            "uniqueItems" => {
                if self.bool_at(value) == Some(true) {
                    self.import("list");
                    s.add(Core::Array, Ex::other("list.UniqueItems()"));
                }
            }
            "minContains" => s.min_contains = self.count(value, at),
            "maxContains" => s.max_contains = self.count(value, at),
            "contains" => self.contains(s, value),
            "items" => self.items(s, value, at),
            "prefixItems" => self.prefix(s, value, at),
            "additionalItems" => {
                let rest = self.schema(value, s.version);
                if s.items_are_array {
                    rest_of_list(s, &rest);
                }
            }
            "allOf" | "anyOf" | "oneOf" => self.combination(s, name, value, at),
            "not" => {
                let x = self.schema(value, s.version);
                s.all.push(Ex::other(format!("matchN(0, [{}])", x.in_braces())));
            }
            "if" => s.conditions[0] = Some(value),
            "then" => s.conditions[1] = Some(value),
            "else" => s.conditions[2] = Some(value),
            "properties" => self.properties(s, value, at),
            "required" => self.required(s, value, at),
            "patternProperties" => self.pattern_properties(s, value, at),
            "additionalProperties" => self.additional_properties(s, value, at),
            "propertyNames" => self.property_names(s, value),
            "dependencies" | "dependentRequired" | "dependentSchemas" => self.dependencies(s, value, at),
            "default" | "examples" | "$comment" | "contentEncoding" | "contentMediaType" => {}
            _ => {
                if self.options.strict_features {
                    self.fault(at, format!("keyword {name:?} not yet implemented"));
                }
            }
        }
    }

    // ---- Values of keywords -------------------------------------------------------------------------------------

    pub(super) fn bool_at(&self, node: NodeId) -> Option<bool> {
        match &self.doc.node(self.doc.target(node)).kind {
            Kind::Scalar { value: Scalar::Bool(b), .. } => Some(*b),
            _ => None,
        }
    }

    /// A string; anything else is a fault.
    pub(super) fn text(&mut self, node: NodeId, at: Span) -> Option<String> {
        let text = self.doc.str(node).map(|s| s.to_string());
        if text.is_none() {
            self.fault(at, "invalid string");
        }
        text
    }

    fn number_at(&mut self, node: NodeId, at: Span) -> Option<Number> {
        match &self.doc.node(self.doc.target(node)).kind {
            Kind::Scalar { value: Scalar::Num(n), .. } => Some(n.clone()),
            _ => {
                self.fault(at, "invalid number");
                None
            }
        }
    }

    fn count(&mut self, node: NodeId, at: Span) -> Option<u64> {
        let n = self.number_at(node, at)?;
        let text = n.to_cue_text();
        let n = text.strip_suffix(".0").unwrap_or(&text).parse().ok();
        if n.is_none() {
            self.fault(at, "invalid uint");
        }
        n
    }

    pub(super) fn list_at(&mut self, name: &str, node: NodeId, at: Span) -> Vec<NodeId> {
        match self.doc.items(node) {
            Some(items) => items.to_vec(),
            None => {
                self.fault(at, format!("value of {name:?} must be an array"));
                Vec::new()
            }
        }
    }

    /// The type of a value, as a bit.
    fn type_bits(&self, node: NodeId) -> u8 {
        match &self.doc.node(self.doc.target(node)).kind {
            Kind::Scalar { value, .. } => match value {
                Scalar::Null => state::NULL,
                Scalar::Bool(_) => state::BOOL,
                Scalar::Num(n) if n.is_int() => state::INT,
                Scalar::Num(_) => state::FLOAT,
                Scalar::Str | Scalar::Bytes(_) => state::STRING,
            },
            Kind::List { .. } => state::ARRAY,
            Kind::Map { .. } => state::OBJECT,
            Kind::Alias { .. } => state::NULL,
        }
    }

    /// A value that must be met exactly: structs are closed and their fields required.
    fn constant(&self, node: NodeId) -> Ex {
        let node = self.doc.node(self.doc.target(node));
        match &node.kind {
            Kind::Scalar { value, text, .. } => Ex::other(match value {
                Scalar::Null => "null".to_owned(),
                Scalar::Bool(b) => b.to_string(),
                Scalar::Num(n) => n.to_cue_text(),
                Scalar::Str | Scalar::Bytes(_) => quote(text, Form::Auto("\t")),
            }),
            Kind::List { items, .. } => {
                let items: Vec<String> = items.iter().map(|i| self.constant(*i).in_braces()).collect();
                Ex { text: format!("[{}]", items.join(", ")), kind: ExKind::List }
            }
            Kind::Map { entries, .. } => {
                let field = |e: &Entry| {
                    let name = vela_syntax::literal::label(&e.name);
                    format!("{name}!: {}\n", self.constant(e.value).in_braces())
                };
                let body: String = entries.iter().map(field).collect();
                let inner = Ex { text: body, kind: ExKind::Struct };
                Ex::other(format!("close({})", inner.in_braces()))
            }
            Kind::Alias { .. } => Ex::other("null"),
        }
    }

    // ---- Keywords -----------------------------------------------------------------------------------------------

    fn declared_version(&mut self, s: &mut State, value: NodeId, at: Span) {
        let Some(url) = self.text(value, at) else { return };
        match Version::parse(&url) {
            Some(version) => {
                s.version = version;
                s.declared = Some(version);
                if s.root {
                    self.default = version;
                }
            }
            None => self.fault(at, format!("invalid $schema URL {url:?}: $schema URI not recognized")),
        }
    }

    fn types(&mut self, s: &mut State, value: NodeId, at: Span) {
        let names = match self.doc.items(value) {
            Some(_) if self.openapi => {
                return self.fault(at, "value of \"type\" must be a string in OpenAPI 3.0");
            }
            Some(items) => items.to_vec(),
            None => vec![value],
        };
        let mut bits = 0;
        for node in names {
            let Some(name) = self.text(node, at) else { continue };
            bits |= match name.as_str() {
                "null" => state::NULL,
                "boolean" => state::BOOL,
                "string" => state::STRING,
                "number" => state::NUMBER,
                "integer" => {
                    s.add(Core::Number, Ex::other("int"));
                    state::INT
                }
                "array" => {
                    s.is_array = true;
                    state::ARRAY
                }
                "object" => state::OBJECT,
                _ => {
                    self.fault(at, format!("unknown type {name:?}"));
                    0
                }
            };
        }
        s.allowed &= bits;
    }

    fn enumeration(&mut self, s: &mut State, value: NodeId, at: Span) {
        let mut values = Vec::new();
        let mut bits = 0;
        for item in self.list_at("enum", value, at) {
            let own = self.type_bits(item);
            if s.allowed & own == 0 {
                continue;
            }
            values.push(self.constant(item));
            bits |= own;
        }
        s.known &= bits;
        s.allowed &= bits;
        if !values.is_empty() {
            s.all.push(Ex::join(values, true));
        }
    }

    fn format(&mut self, s: &mut State, value: NodeId, at: Span) {
        let Some(name) = self.text(value, at) else { return };
        let (core, package, text) = match name.as_str() {
            "date" if s.version >= Draft7 || self.openapi => {
                (Core::String, "time", "time.Format(\"2006-01-02\")")
            }
            "date-time" => (Core::String, "time", "time.Time"),
            "uri" => (Core::String, "net", "net.AbsURL"),
            "iri" if s.version >= Draft7 => (Core::String, "net", "net.AbsURL"),
            "uri-reference" if s.version >= Draft6 => (Core::String, "net", "net.URL"),
            "iri-reference" if s.version >= Draft7 => (Core::String, "net", "net.URL"),
            "regex" if s.version >= Draft7 => (Core::String, "regexp", "regexp.Valid"),
            "int32" if self.openapi => (Core::Number, "", "int32"),
            "int64" if self.openapi => (Core::Number, "", "int64"),
            _ => return,
        };
        if !package.is_empty() {
            self.import(package);
        }
        s.add(core, Ex::other(text));
    }

    fn limit(&mut self, s: &mut State, core: Core, package: &str, function: &str, value: NodeId, at: Span) {
        if let Some(n) = self.count(value, at) {
            self.import(package);
            s.add(core, Ex::other(format!("{package}.{function}({n})")));
        }
    }

    fn numeric(&mut self, s: &mut State, name: &str, value: NodeId, at: Span) {
        if let Some(on) = self.bool_at(value) {
            match name {
                "exclusiveMinimum" => s.exclusive_min = on,
                "exclusiveMaximum" => s.exclusive_max = on,
                _ => self.fault(at, "invalid number"),
            }
            return;
        }
        let Some(n) = self.number_at(value, at) else { return };
        let text = n.to_cue_text();
        let x = match name {
            "minimum" if s.exclusive_min => format!(">{text}"),
            "minimum" => format!(">={text}"),
            "maximum" if s.exclusive_max => format!("<{text}"),
            "maximum" => format!("<={text}"),
            "exclusiveMinimum" => format!(">{text}"),
            "exclusiveMaximum" => format!("<{text}"),
            _ => {
                if n.signum() <= 0 {
                    return self.fault(at, format!("\"multipleOf\" value must be > 0; found {text}"));
                }
                self.import("math");
                format!("math.MultipleOf({text})")
            }
        };
        s.add(Core::Number, Ex::other(x));
    }

    fn contains(&mut self, s: &mut State, value: NodeId) {
        self.import("list");
        let x = self.schema(value, s.version);
        let min = s.min_contains.unwrap_or(1);
        let max = s.max_contains.map_or_else(String::new, |n| format!(" & <={n}"));
        s.add(Core::Array, Ex::other(format!("list.MatchN(>={min}{max}, {})", x.in_braces())));
    }

    fn items(&mut self, s: &mut State, value: NodeId, at: Span) {
        if self.doc.items(value).is_some() {
            if s.version > Draft2019 || self.openapi {
                let message = "the value of \"items\" must be an object or a boolean";
                return self.fault(at, message);
            }
            s.items_are_array = true;
            return self.prefix(s, value, at);
        }
        let x = self.schema(value, s.version);
        s.has_items = true;
        if s.list.is_some() {
            return rest_of_list(s, &x);
        }
        let text = if x.kind == ExKind::Top { "[...]".to_owned() } else { format!("[...{}]", parens(&x)) };
        s.add(Core::Array, Ex { text, kind: ExKind::List });
    }

    fn prefix(&mut self, s: &mut State, value: NodeId, at: Span) {
        let items = self.list_at("prefixItems", value, at);
        let elements = items.into_iter().map(|i| self.schema(i, s.version).in_braces()).collect();
        s.list = Some(elements);
        s.list_rest = Some("...".to_owned());
    }

    fn combination(&mut self, s: &mut State, name: &str, value: NodeId, at: Span) {
        let items = self.list_at(name, value, at);
        if items.is_empty() {
            return self.fault(at, format!("{name} requires at least one subschema"));
        }
        let total = items.len();
        let (mut types, mut known) = (0, 0);
        let mut needed = name == "anyOf";
        let mut kept = Vec::new();
        for item in items {
            let sub = self.schema_at(item, s.allowed, s.version, false);
            match name {
                "allOf" => {
                    s.allowed &= sub.allowed;
                    if !sub.has_constraints && sub.expression.kind == ExKind::Top {
                        continue;
                    }
                    needed = true;
                }
                _ if sub.allowed == 0 => continue,
                "oneOf" => needed |= sub.has_constraints || types & sub.allowed != 0,
                _ => {}
            }
            types |= sub.allowed;
            known |= sub.known;
            kept.push(sub.expression);
        }
        if name != "allOf" {
            s.allowed &= types;
        }
        if kept.is_empty() || !needed {
            return;
        }
        if kept.len() == 1 {
            if name != "anyOf" {
                s.known &= known;
            }
            s.all.extend(kept);
            return;
        }
        s.known &= known;
        let count = match name {
            "allOf" => total.to_string(),
            "anyOf" => ">=1".to_owned(),
            _ => "1".to_owned(),
        };
        let list: Vec<String> = kept.iter().map(Ex::in_braces).collect();
        s.all.push(Ex::other(format!("matchN({count}, [{}])", list.join(", "))));
    }

    /// `if`, `then` and `else` together.
    fn condition(&mut self, s: &mut State) {
        let [Some(test), then, otherwise] = s.conditions else { return };
        if then.is_none() && otherwise.is_none() {
            return;
        }
        let test = self.schema_at(test, s.allowed, s.version, false);
        let types = s.allowed & test.allowed;
        let then = then.map_or_else(Ex::top, |n| self.schema_at(n, types, s.version, false).expression);
        let otherwise =
            otherwise.map_or_else(Ex::top, |n| self.schema_at(n, s.allowed, s.version, false).expression);
        s.all.push(Ex::other(format!(
            "matchIf({}, {}, {})",
            test.expression.in_braces(),
            then.in_braces(),
            otherwise.in_braces()
        )));
    }
}

/// What may follow the first elements of a list.
fn rest_of_list(s: &mut State, x: &Ex) {
    s.list_rest = match x.kind {
        ExKind::Never => None,
        ExKind::Top => Some("...".to_owned()),
        _ => Some(format!("...{}", parens(x))),
    };
}

/// An expression behind `...`.
fn parens(x: &Ex) -> String {
    match x.kind {
        ExKind::Or | ExKind::And => x.text.clone(),
        _ => x.in_braces(),
    }
}
