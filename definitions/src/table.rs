//! The list of embedded files. A test compares it with the folders.

use crate::{Embedded, Shared};

/// A definition by kind and name: the file's text and path follow from them.
macro_rules! definition {
    ($kind:literal, $name:literal) => {
        Embedded {
            kind: $kind,
            name: $name,
            source: include_str!(concat!("../", $kind, "/", $name, ".cue")),
            path: concat!($kind, "/", $name, ".cue"),
        }
    };
}

/// A file of a shared package.
macro_rules! shared {
    ($package:literal, $file:literal) => {
        Shared {
            import_path: concat!("vela-lang.dev/shared/", $package),
            file: $file,
            source: include_str!(concat!("../shared/", $package, "/", $file)),
        }
    };
}

/// Sorted by kind and name, which `lookup` relies on.
pub(crate) const DEFINITIONS: &[Embedded] = &[
    definition!("component", "cron-task"),
    definition!("component", "daemon"),
    definition!("component", "k8s-objects"),
    definition!("component", "statefulset"),
    definition!("component", "task"),
    definition!("component", "webservice"),
    definition!("component", "worker"),
    definition!("trait", "annotations"),
    definition!("trait", "gateway"),
    definition!("trait", "labels"),
    definition!("trait", "scaler"),
];

/// Sorted by package and file.
pub(crate) const SHARED: &[Shared] = &[
    shared!("pod", "env.cue"),
    shared!("pod", "port.cue"),
    shared!("pod", "probe.cue"),
    shared!("pod", "volume.cue"),
];
