//! The clusters there are: names, labels, Kubernetes versions. Placement and `context.clusterVersion` come from here.

use std::sync::Arc;

use vela_number::Number;

use crate::data::{self, Value};
use crate::environment::{self, Chosen, Environment};
use crate::metadata::{self, Texts};

/// The name of the control plane as a cluster.
pub const LOCAL: &str = "local";

/// The label that marks the control plane.
const CONTROL_PLANE_LABEL: (&str, &str) = ("cluster.core.oam.dev/control-plane", "true");

/// The label of the Secrets by which KubeVela joins clusters.
const CREDENTIAL_LABEL: &str = "cluster.core.oam.dev/cluster-credential-type";

/// A Kubernetes version as a cluster reports it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
#[allow(missing_docs)]
pub struct Version {
    pub major: Arc<str>,
    pub minor: Arc<str>,
    pub git_version: Arc<str>,
    pub platform: Arc<str>,
}

/// A cluster.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Cluster {
    /// Its name.
    pub name: Arc<str>,
    /// Its labels.
    pub labels: Texts,
    /// Its version; `None` takes the control plane's.
    pub version: Option<Version>,
}

/// All clusters.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Inventory {
    /// The version of the control plane.
    pub control_plane: Version,
    /// What templates are told where neither a cluster's nor the control plane's version is known.
    pub assumed: Version,
    /// Joined clusters, sorted by name.
    clusters: Vec<Cluster>,
    /// Names for some of them.
    environments: Vec<Environment>,
}

impl Version {
    /// Parts in a map, or a text as [`Self::parse`] reads it.
    fn read(value: &Value) -> Result<Self, String> {
        if let Value::Str(text) = value {
            return Self::parse(text).ok_or_else(|| format!("`{text}` is no version of Kubernetes"));
        }
        let text = |field: &str| -> Arc<str> {
            match value.get(field) {
                Some(Value::Str(s)) => s.clone(),
                Some(Value::Num(n)) => n.to_json_text().into(),
                _ => "".into(),
            }
        };
        Ok(Self {
            major: text("major"),
            minor: text("minor"),
            git_version: text("gitVersion"),
            platform: text("platform"),
        })
    }

    /// The newest version whose API is known here.
    pub fn newest() -> Self {
        Self::parse(&format!("1.{}", vela_kubernetes::schemas().versions.1)).unwrap_or_default()
    }

    /// The version that a text like `1.29` or `v1.29.3` names.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.strip_prefix('v').unwrap_or(text);
        let mut parts = plain.splitn(3, '.');
        let (major, minor) = (parts.next()?, parts.next()?);
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(major) || !digits(minor) {
            return None;
        }
        let git_version = match parts.next() {
            Some(_) => format!("v{plain}"),
            None => format!("v{plain}.0"),
        };
        Some(Self {
            major: major.into(),
            minor: minor.into(),
            git_version: git_version.into(),
            platform: "".into(),
        })
    }

    /// `context.clusterVersion`: the minor as a number, without the signs that some vendors add.
    pub fn to_value(&self) -> Value {
        let minor = self.minor.trim().trim_end_matches(['.', '+', '-', '/', '?', '!']);
        let minor = minor.parse::<i64>().unwrap_or(0);
        data::map([
            ("gitVersion", Value::Str(self.git_version.clone())),
            ("major", Value::Str(self.major.clone())),
            ("minor", Value::Num(Number::from_i64(minor))),
            ("platform", Value::Str(self.platform.clone())),
        ])
    }
}

impl Inventory {
    /// Reads the documents of an inventory: the short form with `controlPlane` and `clusters`, `ManagedCluster` objects
    /// of OCM, Secrets by which KubeVela joins clusters, and lists of these. Says what is none of them.
    pub fn read<'v>(documents: impl IntoIterator<Item = &'v Value>) -> Result<Self, String> {
        let (mut control_plane, mut clusters) = (Version::default(), Vec::new());
        let mut environments = Vec::new();
        for document in documents {
            if let Some(version) = document.at(&["controlPlane", "version"]) {
                control_plane = Version::read(version)?;
            }
            environments.extend(environment::read(document)?);
            read_document(document, &mut clusters)?;
        }
        Ok(Self { environments, ..Self::new(control_plane, clusters) })
    }

    /// An inventory of these clusters.
    pub fn new(control_plane: Version, clusters: impl IntoIterator<Item = Cluster>) -> Self {
        let mut clusters: Vec<Cluster> = clusters.into_iter().filter(|c| &*c.name != LOCAL).collect();
        clusters.sort_by(|a, b| a.name.cmp(&b.name));
        Self { control_plane, clusters, ..Self::default() }
    }

    /// Whether there is a cluster of this name.
    pub fn has(&self, name: &str) -> bool {
        name == LOCAL || self.cluster(name).is_some()
    }

    /// The first of this name.
    fn cluster(&self, name: &str) -> Option<&Cluster> {
        let at = self.clusters.partition_point(|c| &*c.name < name);
        self.clusters.get(at).filter(|c| &*c.name == name)
    }

    /// The environment of this name.
    pub fn environment(&self, name: &str) -> Result<Chosen, String> {
        environment::choose(&self.environments, name, self)
    }

    /// The names of all clusters, the control plane included.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(LOCAL).chain(self.clusters.iter().map(|c| &*c.name))
    }

    /// The version of a cluster; the control plane's where it tells none.
    pub fn version(&self, name: &str) -> &Version {
        self.cluster(name)
            .and_then(|c| c.version.as_ref())
            .filter(|v| !v.minor.is_empty())
            .unwrap_or(&self.control_plane)
    }

    /// The version that templates are told: that of the cluster, or what is assumed where it is not known.
    pub fn told_version(&self, name: &str) -> &Version {
        let known = self.version(name);
        if known.minor.is_empty() { &self.assumed } else { known }
    }

    /// The clusters that have all these labels.
    pub fn select(&self, labels: &Texts) -> Vec<Arc<str>> {
        let mut selected = Vec::new();
        let matches =
            |own: &dyn Fn(&str) -> Option<Arc<str>>| labels.iter().all(|(k, v)| own(k).as_ref() == Some(v));
        if matches(&|k| (k == CONTROL_PLANE_LABEL.0).then(|| CONTROL_PLANE_LABEL.1.into())) {
            selected.push(LOCAL.into());
        }
        for cluster in &self.clusters {
            if matches(&|k| cluster.labels.get(k).cloned()) {
                selected.push(cluster.name.clone());
            }
        }
        selected
    }
}

/// Adds the clusters of one document.
fn read_document(document: &Value, into: &mut Vec<Cluster>) -> Result<(), String> {
    let kind = data::text(document, &["kind"]);
    let labels = |value: Option<&Value>| value.and_then(metadata::value_texts).unwrap_or_default();
    let object = |version: Option<Version>| Cluster {
        name: metadata::name(document).into(),
        labels: labels(document.at(&["metadata", "labels"])),
        version,
    };
    match kind {
        "" => {
            let listed = document.get("clusters").and_then(Value::as_list).unwrap_or_default();
            for cluster in listed {
                let version = cluster.get("version").filter(|v| **v != Value::Null);
                into.push(Cluster {
                    name: data::text(cluster, &["name"]).into(),
                    labels: labels(cluster.get("labels")),
                    version: version.map(Version::read).transpose()?,
                });
            }
        }
        "ManagedCluster" => {
            into.push(object(Version::parse(data::text(document, &["status", "version", "kubernetes"]))));
        }
        "Secret" if labels(document.at(&["metadata", "labels"])).contains_key(CREDENTIAL_LABEL) => {
            into.push(object(None));
        }
        _ if kind.ends_with("List") => {
            let items = document.get("items").and_then(Value::as_list).unwrap_or_default();
            for item in items {
                read_document(item, into)?;
            }
        }
        other => return Err(format!("`{other}` is no cluster")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_as_number() {
        for (minor, number) in [("27", 27), ("24+", 24), ("27-beta.2", 0), ("", 0), ("29+?", 29)] {
            let version = Version { minor: minor.into(), ..Version::default() };
            assert_eq!(version.to_value().get("minor"), Some(&Value::int(number)), "{minor}");
        }
        assert_eq!(Version::parse("1.29").unwrap().git_version.as_ref(), "v1.29.0");
        assert_eq!(Version::parse("v1.29.3-gke.1").unwrap().minor.as_ref(), "29");
        assert_eq!(Version::parse("latest"), None);
    }

    #[test]
    fn forms_of_an_inventory() {
        let text = "\
controlPlane: {version: {major: \"1\", minor: \"31\"}}
clusters: [{name: b, labels: {env: dev}}]
---
{apiVersion: cluster.open-cluster-management.io/v1, kind: ManagedCluster, metadata: {name: c, labels: {env: prod}},
 status: {version: {kubernetes: v1.29.3}}}
---
{apiVersion: v1, kind: List, items: [{kind: Secret, metadata: {name: a, labels: {
 cluster.core.oam.dev/cluster-credential-type: X509Certificate, env: dev}}}]}
";
        let values: Vec<Value> = vela_yaml::parse(text).docs.iter().map(vela_yaml::Doc::to_data).collect();
        let inventory = Inventory::read(&values).unwrap();
        assert_eq!(inventory.names().collect::<Vec<_>>(), [LOCAL, "a", "b", "c"]);
        assert_eq!(&*inventory.version("c").git_version, "v1.29.3");
        assert_eq!(&*inventory.version("b").minor, "31");
        let dev = metadata::texts([("env", "dev")]);
        assert_eq!(inventory.select(&dev), ["a".into(), "b".into()]);
        let wrong = data::map([("kind", Value::str("Deployment"))]);
        assert_eq!(Inventory::read([&wrong]), Err("`Deployment` is no cluster".to_owned()));
    }
}
