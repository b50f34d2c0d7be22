//! What goes beyond the protocol: the preview of an Application, as a command and as requests of our own.
//!
//! | request | parameters | answer |
//! |---|---|---|
//! | `vela/preview`, command `vela.preview` | `{uri, application?, cluster?}` | the manifests as YAML, a text |
//! | `vela/clusters` | `{uri}` | the names of the clusters that there are objects for |
//! | command `vela.test` | `{uri}` of a definition | its cases: `{passed, failed, cases: [{name, wrong, made}]}` |
//! | command `vela.uses` | `{uri, position}` | the places that use the definition, as locations |
//!
//! What was previewed once is watched until its document is closed: when it changes, `vela/previewChanged` brings
//! `{uri, application, cluster, yaml, clusters, problems}`.

use serde_json::{Value, json};
use tower_lsp_server::ls_types as lsp;
use vela_ide::preview::{self, Rendered};

use crate::worker::State;

/// The command of the preview.
pub const PREVIEW: &str = "vela.preview";
/// The command that runs the cases of a definition.
pub const TEST: &str = "vela.test";
/// The command that lists uses of a definition.
pub const USES: &str = "vela.uses";

/// A preview that is asked for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Wanted {
    /// The document.
    pub uri: lsp::Uri,
    /// One Application of it.
    pub application: Option<String>,
    /// One cluster.
    pub cluster: Option<String>,
}

impl Wanted {
    /// From the parameters of a request, or the first argument of a command: an object, or the URI alone with
    /// Application and cluster behind it.
    pub fn read(arguments: &[Value]) -> Option<Self> {
        let first = arguments.first()?;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let (uri, application, cluster) = if first.is_object() {
            let uri = text(first.get("uri")).or_else(|| text(first.pointer("/textDocument/uri")))?;
            // A second argument may name the cluster.
            let cluster = text(first.get("cluster")).or_else(|| text(arguments.get(1)));
            (uri, text(first.get("application")), cluster)
        } else {
            (first.as_str()?.to_owned(), text(arguments.get(1)), text(arguments.get(2)))
        };
        let named = |name: Option<String>| name.filter(|n| !n.is_empty());
        Some(Self { uri: uri.parse().ok()?, application: named(application), cluster: named(cluster) })
    }

    /// What it is now; nothing for a document that is not there.
    pub fn render(&self, state: &State) -> Option<Rendered> {
        let file = state.file(&state.path(&self.uri))?;
        Some(preview::preview(&state.db, file, self.application.as_deref(), self.cluster.as_deref()))
    }

    /// The parameters of `vela/previewChanged`.
    pub fn changed(&self, now: &Rendered) -> Value {
        json!({
            "uri": self.uri.as_str(),
            "application": self.application,
            "cluster": self.cluster,
            "yaml": now.yaml,
            "clusters": now.clusters,
            "problems": now.problems,
        })
    }
}

/// The notification that a preview changed.
#[derive(Debug)]
pub enum PreviewChanged {}

impl lsp::notification::Notification for PreviewChanged {
    type Params = Value;
    const METHOD: &'static str = "vela/previewChanged";
}
