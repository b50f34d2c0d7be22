//! The preview: the manifests that an Application becomes, with texts as they are in the editor, unsaved ones too.
//!
//! All clusters, each object under the name of its cluster, or those of one cluster. What goes wrong stands above as
//! comments, so that a half-written Application still shows what of it renders.

use vela_db::{Db, File, facts};

/// What an Application becomes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rendered {
    /// The manifests.
    pub yaml: String,
    /// The clusters that there are objects for.
    pub clusters: Vec<String>,
    /// What went wrong.
    pub problems: Vec<String>,
}

/// What the Applications of a file become; of one of them, for one cluster, where that is asked for.
pub fn preview(db: &dyn Db, file: File, application: Option<&str>, cluster: Option<&str>) -> Rendered {
    let found = facts::preview(db, file);
    Rendered {
        yaml: found.to_yaml(application, cluster),
        clusters: found.clusters().iter().map(ToString::to_string).collect(),
        problems: found.problems.clone(),
    }
}
