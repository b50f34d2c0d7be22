//! Whether a trait is for the workload that it stands at. KubeVela keeps `appliesToWorkloads` as advice and renders
//! anyway, so this is a warning; and where it is not said what the workload is, nothing is told.

use std::sync::Arc;

use crate::data::Value;

/// What a definition says of workloads.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Workloads {
    /// Of a trait: what it is for.
    pub applies_to: Vec<Arc<str>>,
    /// Of a component: the names its workload goes by, such as `deployments.apps`. Empty where it may be any.
    pub own: Vec<Arc<str>>,
}

impl Workloads {
    /// Of a definition's object, by its `spec`; of a `.cue` form, by its `attributes`.
    pub fn read(spec: &Value) -> Self {
        let list = spec.get("appliesToWorkloads").and_then(Value::as_list).unwrap_or_default();
        let applies_to = list.iter().filter_map(Value::as_str).map(Into::into).collect();
        let text = |path: &[&str]| spec.at(path).and_then(Value::as_str).unwrap_or("");
        let kind = text(&["workload", "definition", "kind"]);
        let mut own: Vec<Arc<str>> = Vec::new();
        if !kind.is_empty() {
            let api = text(&["workload", "definition", "apiVersion"]);
            let group = api.rsplit_once('/').map_or("", |(group, _)| group);
            own.push(format!("{}.{group}", plural(kind)).trim_end_matches('.').into());
        }
        let named = text(&["workload", "type"]);
        if named.contains('.') && named != ANY && !own.iter().any(|o| **o == *named) {
            own.push(named.into());
        }
        Self { applies_to, own }
    }

    /// Whether a trait that says this is for a component type whose workload goes by the names.
    pub fn fits(&self, component: &str, own: &[Arc<str>]) -> bool {
        let fits = |wanted: &str| {
            wanted == "*"
                || wanted == component
                || own.iter().any(|o| match wanted.strip_prefix("*.") {
                    Some(group) => o.split_once('.').is_some_and(|(_, g)| g == group),
                    None => **o == *wanted,
                })
        };
        self.applies_to.is_empty() || own.is_empty() || self.applies_to.iter().any(|w| fits(w))
    }

    /// The workloads that a trait is for, in words.
    pub fn shown(&self) -> String {
        let names: Vec<String> = self.applies_to.iter().map(|w| format!("`{w}`")).collect();
        names.join(", ")
    }
}

/// The type of workloads whose kind shows only when they are rendered.
const ANY: &str = "autodetects.core.oam.dev";

/// The plural of a kind, as Kubernetes forms it.
fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    match lower.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if lower.ends_with(['s', 'x']) || lower.ends_with("ch") || lower.ends_with("sh") => {
            format!("{lower}es")
        }
        _ => format!("{lower}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Workloads {
        Workloads::read(&vela_yaml::parse(yaml).docs[0].to_data())
    }

    #[test]
    fn names_of_workloads() {
        let names = |yaml: &str| read(yaml).own.join(" ");
        assert_eq!(
            names("workload: {definition: {apiVersion: apps/v1, kind: Deployment}}"),
            "deployments.apps"
        );
        assert_eq!(names("workload: {type: jobs.batch}"), "jobs.batch");
        assert_eq!(names("workload: {definition: {apiVersion: v1, kind: Pod}, type: pods}"), "pods");
        assert_eq!(
            names("workload: {definition: {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy}}"),
            "networkpolicies.networking.k8s.io"
        );
        assert_eq!(names("workload: {type: autodetects.core.oam.dev}"), "");
        assert_eq!(names("{}"), "");
    }

    #[test]
    fn what_a_trait_is_for() {
        let fits = |list: &str, own: &str| {
            let own: Vec<Arc<str>> = own.split_whitespace().map(Into::into).collect();
            read(&format!("appliesToWorkloads: {list}")).fits("web", &own)
        };
        assert!(fits("[deployments.apps]", "deployments.apps"));
        assert!(!fits("[jobs.batch]", "deployments.apps"));
        assert!(fits("[jobs.batch, '*.apps']", "deployments.apps"));
        assert!(!fits("['*.app']", "deployments.apps"));
        assert!(fits("['*']", "x.y"));
        assert!(fits("[web]", "deployments.apps"));
        assert!(fits("[]", "deployments.apps"));
        assert!(fits("[jobs.batch]", ""), "nothing is known of the workload");
    }
}
