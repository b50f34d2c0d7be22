//! Volumes of a Pod, and the mounts of its containers.

use std::collections::HashMap;

use vela_diagnostics::catalogue::kubernetes::{
    DUPLICATE_ENTRY, EXCLUDED, INVALID_VALUE, MISSING_FIELD, NAMES_NOTHING,
};
use vela_diagnostics::{Severity, did_you_mean};

use super::pod::Scene;
use super::{container, storage};
use crate::finding::{Findings, Node, Step};
use crate::syntax;

/// Fields that a file of a `downwardAPI` volume can take.
const FILE_FIELDS: &[&str] =
    &["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

const HOST_PATHS: &[&str] =
    &["DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"];

/// Checks the volumes; gives their names, with whether a claim is behind them.
pub fn volumes<'a>(spec: &Node<'a, '_>, out: &mut Findings) -> HashMap<&'a str, bool> {
    let mut names = HashMap::new();
    for volume in spec.get("volumes").iter().flat_map(Node::items) {
        out.form(&volume, "name", syntax::dns_label);
        let claim = volume.has("persistentVolumeClaim") || volume.has("ephemeral");
        names.insert(volume.text("name"), claim);
        // A volume without any source is an `emptyDir`.
        let sources: Vec<&str> =
            volume.fields().map(|(n, _)| n).filter(|n| *n != "name" && volume.has(n)).collect();
        out.at_most_one(&volume, &sources, "a volume has one source");
        source(&volume, out);
    }
    names
}

fn source(volume: &Node, out: &mut Findings) {
    if let Some(secret) = volume.get("secret") {
        out.required(&secret, "secretName");
        files(&secret, out);
    }
    if let Some(map) = volume.get("configMap") {
        out.required(&map, "name");
        files(&map, out);
    }
    if let Some(api) = volume.get("downwardAPI") {
        mode(&api, "defaultMode", out);
        api.get("items").iter().flat_map(Node::items).for_each(|f| downward_file(&f, out));
    }
    if let Some(projected) = volume.get("projected") {
        mode(&projected, "defaultMode", out);
        for source in projected.get("sources").iter().flat_map(Node::items) {
            projection(&source, out);
        }
    }
    if let Some(path) = volume.get("hostPath") {
        no_steps_back(&path, "path", out);
        out.one_of(&path, "type", HOST_PATHS);
    }
    if let Some(nfs) = volume.get("nfs") {
        out.form(&nfs, "path", syntax::absolute_path);
    }
    if let Some(empty) = volume.get("emptyDir")
        && let Some(limit) = empty.get("sizeLimit")
        && syntax::quantity(limit.value).is_ok_and(|n| n < 0.0)
    {
        out.error(INVALID_VALUE, &limit, "is negative");
    }
    if let Some(ephemeral) = volume.get("ephemeral") {
        match ephemeral.get("volumeClaimTemplate").as_ref().and_then(|t| t.get("spec")) {
            Some(spec) => storage::claim(&spec, out),
            None => {
                out.required(&ephemeral, "volumeClaimTemplate");
            }
        }
    }
    if let Some(image) = volume.get("image") {
        out.one_of(&image, "pullPolicy", &["Always", "IfNotPresent", "Never"]);
        out.required(&image, "reference");
    }
}

fn files(at: &Node, out: &mut Findings) {
    mode(at, "defaultMode", out);
    for item in at.get("items").iter().flat_map(Node::items) {
        mode(&item, "mode", out);
        relative(&item, "path", out);
    }
}

fn mode(at: &Node, field: &str, out: &mut Findings) {
    if let Some(n) = at.int(field).filter(|n| !(0..=0o777).contains(n)) {
        out.error_in(INVALID_VALUE, at, field, format!("is {n}, and has to be between 0 and 0777 (511)"));
    }
}

fn projection(source: &Node, out: &mut Findings) {
    let kinds: Vec<&str> = source.fields().map(|(n, _)| n).filter(|n| source.has(n)).collect();
    out.at_most_one(source, &kinds, "a projection has one source");
    for kind in ["secret", "configMap"] {
        if let Some(source) = source.get(kind) {
            out.required(&source, "name");
            files(&source, out);
        }
    }
    if let Some(api) = source.get("downwardAPI") {
        api.get("items").iter().flat_map(Node::items).for_each(|f| downward_file(&f, out));
    }
    if let Some(token) = source.get("serviceAccountToken") {
        relative(&token, "path", out);
        if let Some(n) = token.int("expirationSeconds").filter(|n| !(600..=1 << 32).contains(n)) {
            let message = format!("is {n}, and has to be between 600 (ten minutes) and 2^32");
            out.error_in(INVALID_VALUE, &token, "expirationSeconds", message);
        }
    }
}

fn downward_file(at: &Node, out: &mut Findings) {
    mode(at, "mode", out);
    relative(at, "path", out);
    if out.at_most_one(at, &["fieldRef", "resourceFieldRef"], "a file has one source").is_empty() {
        out.error(MISSING_FIELD, at, "has no source: `fieldRef` or `resourceFieldRef`");
    }
    if let Some(field) = at.get("fieldRef") {
        container::field_path(&field, FILE_FIELDS, true, out);
    }
    if let Some(field) = at.get("resourceFieldRef") {
        out.required(&field, "containerName");
        container::resource_field(&field, out);
    }
}

/// A path below something: relative, and not leading out.
fn relative(at: &Node, field: &str, out: &mut Findings) {
    let path = at.text(field);
    if path.starts_with('/') {
        out.error_in(INVALID_VALUE, at, field, format!("`{path}` has to be a relative path"));
    }
    no_steps_back(at, field, out);
}

fn no_steps_back(at: &Node, field: &str, out: &mut Findings) {
    let path = at.text(field);
    if path.split('/').any(|part| part == "..") {
        out.error_in(INVALID_VALUE, at, field, format!("`{path}` contains `..`"));
    }
}

/// The mounts and devices of a container.
pub fn mounts(at: &Node, scene: &Scene, out: &mut Findings) {
    let privileged =
        at.get("securityContext").is_some_and(|context| context.flag("privileged") == Some(true));
    for mount in at.get("volumeMounts").iter().flat_map(Node::items) {
        known(&mount, scene, out);
        relative(&mount, "subPath", out);
        relative(&mount, "subPathExpr", out);
        let paths: Vec<&str> = ["subPath", "subPathExpr"].into_iter().filter(|f| mount.filled(f)).collect();
        out.at_most_one(&mount, &paths, "they exclude each other");
        out.one_of(&mount, "mountPropagation", &["None", "HostToContainer", "Bidirectional"]);
        if mount.text("mountPropagation") == "Bidirectional" && !privileged {
            let message = "is `Bidirectional`, which only privileged containers may have";
            out.error_in(EXCLUDED, &mount, "mountPropagation", message);
        }
        out.one_of(&mount, "recursiveReadOnly", &["Disabled", "IfPossible", "Enabled"]);
        let recursive = matches!(mount.text("recursiveReadOnly"), "IfPossible" | "Enabled");
        if recursive && mount.flag("readOnly") != Some(true) {
            out.error_in(EXCLUDED, &mount, "recursiveReadOnly", "is for mounts with `readOnly: true`");
        }
    }
    let mounted: Vec<&str> = at
        .value
        .get("volumeMounts")
        .and_then(vela_yaml::Data::as_list)
        .unwrap_or_default()
        .iter()
        .filter_map(|m| m.get("name")?.as_str())
        .collect();
    for device in at.get("volumeDevices").iter().flat_map(Node::items) {
        known(&device, scene, out);
        no_steps_back(&device, "devicePath", out);
        let name = device.text("name");
        if scene.volumes.get(name) == Some(&false) {
            let message = format!("`{name}` is no claim, and only a claim can be a device");
            out.error_in(INVALID_VALUE, &device, "name", message);
        }
        if !name.is_empty() && mounted.contains(&name) {
            out.error_in(DUPLICATE_ENTRY, &device, "name", format!("`{name}` is mounted too"));
        }
    }
}

fn known(at: &Node, scene: &Scene, out: &mut Findings) {
    let name = at.text("name");
    if name.is_empty() || scene.volumes.contains_key(name) {
        return;
    }
    let mut path = at.path();
    path.push(Step::Name("name".into()));
    let message = format!("`{name}` is none of the Pod's volumes");
    let mut names: Vec<&str> = scene.volumes.keys().copied().collect();
    names.sort_unstable();
    out.push(NAMES_NOTHING, Severity::Error, path, message, did_you_mean(name, names));
}
