//! One object against the API of one cluster: is its kind served, are its fields right, do the rules of its kind hold.

use std::sync::Arc;

use vela_diagnostics::Severity;
use vela_diagnostics::catalogue::kubernetes::{DEPRECATED_API, MISSING_FIELD, UNKNOWN_API};
use vela_yaml::Data;

use crate::crd::Crds;
use crate::data::schemas;
use crate::finding::{Finding, Findings, Node, Step};
use crate::served::{Served, served};
use crate::{rules, schema};

/// The API of one cluster.
#[derive(Clone, Debug)]
pub struct Checker {
    cluster: u32,
    minor: u8,
    known: bool,
    crds: Arc<Crds>,
}

impl Checker {
    /// The API of Kubernetes 1.`minor`, and custom resources. `None` is a cluster of which the version is not known: it is
    /// taken for the newest, and what it does not serve is a warning.
    ///
    /// A cluster older than the data is checked by the oldest version there is, with the kinds that it still serves; a newer
    /// one by the newest.
    pub fn new(minor: Option<u32>, crds: Arc<Crds>) -> Self {
        let (first, last) = schemas().versions;
        let cluster = minor.unwrap_or(u32::from(last));
        let nearest = cluster.clamp(u32::from(first), u32::from(last));
        Self { cluster, minor: nearest as u8, known: minor.is_some(), crds }
    }

    /// Everything that is wrong with the object.
    pub fn check(&self, object: &Data) -> Vec<Finding> {
        let mut out = Findings { minor: self.minor, ..Findings::default() };
        let at = Node::root(object);
        let (api, kind) = (at.text("apiVersion"), at.text("kind"));
        for field in ["apiVersion", "kind"] {
            out.required(&at, field);
        }
        if !out.list.is_empty() {
            return out.list;
        }
        match served(schemas(), api, kind, self.cluster, self.minor) {
            Served::Yes(found, last) => {
                if let Some(last) = last {
                    let message = format!("{kind} of `{api}` is gone from Kubernetes 1.{last} on");
                    out.push(DEPRECATED_API, Severity::Warning, api_path(), message, None);
                }
                schema::check(schemas(), found.target, &at, &mut out);
                rules::check(api, kind, &at, &mut out);
                self.soften(&mut out);
            }
            Served::Old => rules::check("", kind, &at, &mut out),
            Served::Custom => match self.crds.find(api, kind) {
                Some(found) => {
                    found.check(&at, &mut out);
                    rules::check("", "", &at, &mut out);
                }
                None => self.unknown_custom(api, kind, &mut out),
            },
            Served::No(why, help) => {
                let severity = if self.known { Severity::Error } else { Severity::Warning };
                let help = match (self.known, help) {
                    (true, help) => help,
                    (false, help) => {
                        let version =
                            "the version of the cluster is not known: give `--kube-version`, or an inventory";
                        Some(help.map_or(version.to_owned(), |h| format!("{h}; {version}")))
                    }
                };
                out.push(UNKNOWN_API, severity, api_path(), format!("{kind} of `{api}` {why}"), help);
            }
        }
        out.list
    }

    /// Where definitions of custom resources cover the group, a kind that none of them has is a mistake.
    fn unknown_custom(&self, api: &str, kind: &str, out: &mut Findings) {
        let Some(help) = self.crds.nearest(api, kind) else { return };
        let message = format!("{kind} of `{api}` is in none of the given definitions of its group");
        out.push(UNKNOWN_API, Severity::Error, api_path(), message, help);
    }

    /// A cluster beyond the data may have fields and values that the data does not know.
    fn soften(&self, out: &mut Findings) {
        if self.cluster <= u32::from(self.minor) {
            return;
        }
        for finding in out.list.iter_mut().filter(|f| f.code != MISSING_FIELD) {
            finding.severity = Severity::Warning;
        }
    }
}

fn api_path() -> Vec<Step> {
    vec![Step::Name("apiVersion".into())]
}
