//! CustomResourceDefinitions.

use vela_diagnostics::catalogue::kubernetes::{DUPLICATE_ENTRY, INVALID_VALUE, MISSING_FIELD};
use vela_yaml::Data;

use crate::finding::{Findings, Node};
use crate::syntax;

/// A CustomResourceDefinition and its `spec`.
pub fn definition(at: &Node, spec: &Node, out: &mut Findings) {
    out.form(spec, "group", syntax::dns_subdomain);
    out.one_of(spec, "scope", &["Namespaced", "Cluster"]);
    let plural = spec.value.at(&["names", "plural"]).and_then(Data::as_str).unwrap_or("");
    let name = at.value.at(&["metadata", "name"]).and_then(Data::as_str).unwrap_or("");
    let (group, wanted) = (spec.text("group"), format!("{plural}.{}", spec.text("group")));
    if !plural.is_empty() && !group.is_empty() && !name.is_empty() && name != wanted {
        out.error_in(
            INVALID_VALUE,
            at,
            "metadata",
            format!("has the name `{name}`, and it has to be `{wanted}`"),
        );
    }
    if let Some(names) = spec.get("names") {
        for field in ["plural", "singular", "kind", "listKind"] {
            out.form(&names, field, |text| syntax::dns_1035_label(&text.to_lowercase()));
        }
    }
    let mut stored = 0;
    let mut seen = Vec::new();
    for version in spec.get("versions").iter().flat_map(Node::items) {
        out.form(&version, "name", syntax::dns_1035_label);
        stored += usize::from(version.flag("storage") == Some(true));
        let name = version.text("name");
        if seen.contains(&name) {
            out.error_in(DUPLICATE_ENTRY, &version, "name", format!("`{name}` is there twice"));
        }
        seen.push(name);
        match version.get("schema").as_ref().and_then(|s| s.get("openAPIV3Schema")) {
            None => out.error_in(MISSING_FIELD, &version, "schema", "has no `openAPIV3Schema`"),
            Some(schema) if schema.text("type") != "object" => {
                out.error_in(INVALID_VALUE, &schema, "type", "has to be `object`");
            }
            Some(_) => {}
        }
    }
    if stored != 1 && !seen.is_empty() {
        let message = format!("{stored} versions are stored (`storage: true`), and it has to be one");
        out.error_in(INVALID_VALUE, spec, "versions", message);
    }
}
