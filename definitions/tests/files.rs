//! Every embedded file is what the crate promises: the lists are complete, and each definition
//! has the form of one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use vela_definitions::{SHARED_MODULE, definitions, lookup, shared};

/// The names that KubeVela ships, but for `helmchart`, which needs a chart.
const REQUIRED: &[(&str, &[&str])] = &[
    (
        "component",
        &[
            "cron-task",
            "daemon",
            "k8s-objects",
            "raw",
            "ref-objects",
            "statefulset",
            "task",
            "webservice",
            "worker",
        ],
    ),
    (
        "policy",
        &[
            "apply-once",
            "envbinding",
            "garbage-collect",
            "override",
            "read-only",
            "replication",
            "resource-update",
            "shared-resource",
            "take-over",
            "topology",
        ],
    ),
    (
        "trait",
        &[
            "affinity",
            "annotations",
            "command",
            "configmap",
            "container-image",
            "container-ports",
            "cpuscaler",
            "env",
            "expose",
            "gateway",
            "hostalias",
            "hpa",
            "ingress-1-20",
            "ingress",
            "init-container",
            "json-merge-patch",
            "json-patch",
            "k8s-update-strategy",
            "labels",
            "lifecycle",
            "nocalhost",
            "node-affinity",
            "podsecuritycontext",
            "pure-ingress",
            "pvc",
            "resource",
            "scaler",
            "securitycontext",
            "service-account",
            "service-binding",
            "sidecar",
            "startup-probe",
            "storage",
            "topologyspreadconstraints",
            "volumes",
        ],
    ),
    (
        "workflow-step",
        &[
            "apply-application-in-parallel",
            "apply-application",
            "apply-component",
            "apply-deployment",
            "apply-object",
            "apply-remaining",
            "apply-terraform-config",
            "apply-terraform-provider",
            "build-push-image",
            "check-metrics",
            "clean-jobs",
            "collect-service-endpoints",
            "create-config",
            "delete-config",
            "depends-on-app",
            "deploy-cloud-resource",
            "deploy",
            "deploy2env",
            "deploy2runtime",
            "export-data",
            "export-service",
            "export2config",
            "export2secret",
            "generate-jdbc-connection",
            "list-config",
            "notification",
            "print-message-in-status",
            "read-config",
            "read-object",
            "request",
            "restart-workflow",
            "share-cloud-resource",
            "step-group",
            "suspend",
            "vela-cli",
            "webhook",
        ],
    ),
];

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn file_names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn the_table_lists_every_definition_once_and_in_order() {
    let table: Vec<_> = definitions().iter().map(|d| (d.kind, d.name)).collect();
    assert!(table.is_sorted_by(|a, b| a < b), "not sorted: {table:?}");
    for kind in ["component", "policy", "trait", "workflow-step"] {
        let mut on_disk = if folder(kind).is_dir() { file_names(&folder(kind)) } else { BTreeSet::new() };
        // Tests of a definition stand beside it.
        on_disk.retain(|name| !name.ends_with(".test.yaml"));
        let listed: BTreeSet<String> =
            definitions().iter().filter(|d| d.kind == kind).map(|d| format!("{}.cue", d.name)).collect();
        assert_eq!(listed, on_disk, "{kind}");
    }
}

#[test]
fn the_table_lists_every_shared_file() {
    let mut on_disk = BTreeSet::new();
    for package in file_names(&folder("shared")) {
        if package == "cue.mod" {
            continue;
        }
        for file in file_names(&folder("shared").join(&package)) {
            on_disk.insert((format!("{SHARED_MODULE}/{package}"), file));
        }
    }
    let listed: BTreeSet<_> =
        shared().iter().map(|s| (s.import_path.to_owned(), s.file.to_owned())).collect();
    assert_eq!(listed, on_disk);
}

#[test]
fn the_table_lists_every_package_of_kubevela() {
    let listed: BTreeSet<String> = vela_definitions::vela().iter().map(|s| s.file.to_owned()).collect();
    assert_eq!(listed, file_names(&folder("vela")).into_iter().collect());
}

#[test]
fn the_required_definitions_are_there() {
    for (kind, names) in REQUIRED {
        for name in *names {
            assert!(lookup(kind, name).is_some(), "{kind}/{name}");
        }
    }
}

#[test]
fn the_metadata_field_is_named_like_the_file() {
    for d in definitions() {
        let fields: Vec<&str> = d
            .source
            .lines()
            .filter(|l| l.starts_with(|c: char| c.is_alphabetic() || c == '"'))
            .filter(|l| !l.starts_with("import "))
            .filter_map(|l| l.split_once(':').map(|(label, _)| label.trim_matches('"')))
            .collect();
        assert_eq!(fields, [d.name, "template"], "{}", d.path);
        let kind = format!("\ttype: \"{}\"\n", d.kind);
        assert!(d.source.contains(&kind), "{}: type", d.path);
        assert!(d.source.contains("\tdescription: \""), "{}: description", d.path);
    }
}

#[test]
fn the_page_about_definitions_names_them_all() {
    let page = fs::read_to_string(folder("../docs/definitions.md")).unwrap();
    for d in definitions() {
        let name = format!("`{}`", d.name);
        assert!(page.contains(&name), "docs/definitions.md: {name}");
    }
}

#[test]
fn imports_are_builtin_or_shared() {
    let packages: BTreeSet<&str> = shared().iter().map(|s| s.import_path).collect();
    for d in definitions() {
        for path in imports(d.source) {
            if path.starts_with(SHARED_MODULE) {
                assert!(packages.contains(path), "{}: {path}", d.path);
            } else {
                assert!(!path.contains('.'), "{}: {path}", d.path);
            }
        }
    }
}

fn imports(source: &str) -> Vec<&str> {
    let mut paths = Vec::new();
    let mut group = false;
    for line in source.lines() {
        if line == "import (" {
            group = true;
        } else if line == ")" {
            group = false;
        } else if group || line.starts_with("import ") {
            paths.extend(line.split('"').nth(1));
        }
    }
    paths
}
