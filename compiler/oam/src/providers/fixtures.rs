//! Answers that were written down: of calls by name and arguments, and objects that a cluster would give.
//!
//! ```yaml
//! - call: http.#Get
//!   params: {url: "https://example.com"}     # what must be equal; without it every call
//!   returns: {body: "hello", statusCode: 200}
//! - apiVersion: v1                           # answers kube.#Get, #Read and #List
//!   kind: ConfigMap
//!   metadata: {name: conf, namespace: shop}
//! ```

use vela_diagnostics::Diagnostic;
use vela_diagnostics::catalogue::definitions::FIXTURE;

use crate::data::{self, Value};
use crate::document::{Document, Step};
use crate::providers::{Call, functions};

/// Fixtures of a build.
#[derive(Clone, Debug, Default)]
pub struct Fixtures {
    calls: Vec<Fixture>,
    objects: Vec<Value>,
    clusters: Vec<Box<str>>,
}

#[derive(Clone, Debug)]
struct Fixture {
    provider: Box<str>,
    action: Box<str>,
    params: Value,
    returns: Value,
}

impl Fixtures {
    /// Takes the names of clusters from the inventory.
    pub fn set_clusters<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        self.clusters = names.into_iter().map(Into::into).collect();
    }

    /// The answer to a call for the names of all clusters.
    pub fn clusters(&self, call: &Call) -> Option<Value> {
        if &*call.action != "list-clusters" {
            return None;
        }
        let names = self.clusters.iter().map(|n| Value::str(&**n)).collect();
        Some(data::map([("outputs", data::map([("clusters", Value::List(names))]))]))
    }

    /// Adds what stands in a document: one fixture or a list of them.
    pub fn add(&mut self, document: &Document) -> Vec<Diagnostic> {
        let mut told = Vec::new();
        match &document.value {
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.one(document, item, &[Step::from(at)], &mut told);
                }
            }
            item => self.one(document, item, &[], &mut told),
        }
        told
    }

    fn one(&mut self, document: &Document, item: &Value, at: &[Step], told: &mut Vec<Diagnostic>) {
        let fault = |message: String, below: &[&str]| {
            let path: Vec<Step> = at.iter().cloned().chain(below.iter().map(|s| Step::from(*s))).collect();
            Diagnostic::error(FIXTURE, message).at(document.source, document.span(&path))
        };
        if !data::text(item, &["kind"]).is_empty() && item.get("call").is_none() {
            match item.get("items") {
                Some(Value::List(items)) => self.objects.extend(items.iter().cloned()),
                _ => self.objects.push(item.clone()),
            }
            return;
        }
        let Some(Value::Str(name)) = item.get("call") else {
            told.push(fault("a fixture has `call` and `returns`, or is a Kubernetes object".to_owned(), &[]));
            return;
        };
        let Some(function) = functions().iter().find(|f| f.to_string() == **name) else {
            let names: Vec<String> = functions().iter().map(ToString::to_string).collect();
            let hint = vela_diagnostics::did_you_mean(name, names.iter().map(String::as_str));
            let hint = hint.map(|h| format!(", {h}")).unwrap_or_default();
            told.push(fault(format!("`{name}` is no function of the packages `vela/…`{hint}"), &["call"]));
            return;
        };
        let Some(returns) = item.get("returns") else {
            told.push(fault(format!("the fixture of `{name}` has no `returns`"), &["call"]));
            return;
        };
        for (field, _) in item.as_map().unwrap_or_default() {
            if !matches!(&**field, "call" | "params" | "returns") {
                told.push(fault(format!("a fixture has no field `{field}`"), &[field]));
            }
        }
        self.calls.push(Fixture {
            provider: function.provider.clone(),
            action: function.action.clone(),
            params: item.get("params").cloned().unwrap_or_else(data::empty),
            returns: returns.clone(),
        });
    }

    /// The answer to a call; the first fixture counts whose arguments are among those given.
    pub fn answer(&self, provider: &str, action: &str, arguments: &Value) -> Option<Value> {
        let fits =
            |f: &&Fixture| &*f.provider == provider && &*f.action == action && within(&f.params, arguments);
        self.calls.iter().find(fits).map(|f| f.returns.clone())
    }

    /// The answer to a call that asks a cluster for objects, from the objects given.
    pub fn object(&self, call: &Call, arguments: &Value) -> Option<Value> {
        if !by_object(call) || self.objects.is_empty() {
            return None;
        }
        let wanted = arguments.get("resource").or_else(|| arguments.get("value"))?;
        let same = |path: &[&str]| {
            let wanted = data::text(wanted, path).to_owned();
            move |o: &&Value, path: &[&str]| data::text(o, path) == wanted
        };
        let (version, kind) = (same(&["apiVersion"]), same(&["kind"]));
        let of_kind = self.objects.iter().filter(|o| version(o, &["apiVersion"]) && kind(o, &["kind"]));
        if &*call.action == "list" {
            return Some(list(call, arguments, wanted, of_kind));
        }
        let name = data::text(wanted, &["metadata", "name"]);
        let namespace = match data::text(wanted, &["metadata", "namespace"]) {
            "" => "default",
            namespace => namespace,
        };
        let found = of_kind.into_iter().find(|o| {
            let own = data::text(o, &["metadata", "namespace"]);
            data::text(o, &["metadata", "name"]) == name && (own.is_empty() || own == namespace)
        })?;
        Some(if &*call.action == "read" { data::map([("value", found.clone())]) } else { found.clone() })
    }
}

/// Whether objects can answer a call.
pub fn by_object(call: &Call) -> bool {
    matches!((&*call.provider, &*call.action), ("kube", "get" | "read" | "list") | ("op", "read" | "list"))
}

/// Objects as a list; where none was given of the kind the list is empty, which is an answer too.
fn list<'o>(
    call: &Call,
    arguments: &Value,
    wanted: &Value,
    of_kind: impl Iterator<Item = &'o Value>,
) -> Value {
    let namespace = data::text(arguments, &["filter", "namespace"]);
    let empty = data::empty();
    let labels = arguments.at(&["filter", "matchingLabels"]).unwrap_or(&empty);
    let items = of_kind.filter(|o| {
        let own = o.at(&["metadata", "labels"]).unwrap_or(&empty);
        (namespace.is_empty() || data::text(o, &["metadata", "namespace"]) == namespace)
            && within(labels, own)
    });
    let all = data::map([
        ("apiVersion", Value::str(data::text(wanted, &["apiVersion"]))),
        ("kind", Value::from(format!("{}List", data::text(wanted, &["kind"])))),
        ("items", Value::List(items.cloned().collect())),
    ]);
    if call.flat {
        return data::map([("list", all)]);
    }
    // Components read the list itself, workflow steps `values`.
    let mut out = all.clone();
    out.set("values", all);
    out
}

/// Whether everything in `small` is in `large`.
fn within(small: &Value, large: &Value) -> bool {
    match (small, large) {
        (Value::Map(fields), Value::Map(_)) => {
            fields.iter().all(|(name, value)| large.get(name).is_some_and(|v| within(value, v)))
        }
        _ => data::same(small, large),
    }
}
