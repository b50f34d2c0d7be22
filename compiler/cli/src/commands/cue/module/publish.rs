//! `cue mod publish`: the files of the module as a zip in a registry, under the version given.

use std::path::Path;
use std::process::Command;

use clap::Args;
use serde_json::{Value, json};
use vela_load::ModuleFile;

use super::tidy::{self, Tidy};
use super::{is_full_version, read, registry};
use crate::commands::cue::session::{Step, fail, say};
use crate::files;
use crate::registry::{Location, MANIFEST, manifest, pack};

/// Arguments.
#[derive(Debug, Args)]
pub struct Publish {
    /// The version, such as v0.1.0.
    #[arg(value_name = "VERSION")]
    version: Option<String>,
    /// Do everything but store the module.
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
    /// Write an OCI image layout into this new folder instead.
    #[arg(long, value_name = "DIR")]
    out: Option<String>,
}

/// Runs the command.
pub fn run(command: &Publish, folder: &str) -> Step<()> {
    let Some(version) = &command.version else {
        return Err(fail("accepts 1 arg(s), received 0"));
    };
    let (path, text, file) = read(folder)?;
    check_version(version, &file, &path)?;
    tidy::run(&Tidy { check: true, local_only: false }, folder)?;
    let root = path.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    let names = match file.source.as_deref() {
        Some("self") => {
            let mut out = Vec::new();
            own_files(root, "", &mut out).map_err(|e| fail(&format!("cannot list files: {e}")))?;
            out
        }
        Some("git") => git_files(root)?,
        _ => {
            return Err(fail(
                "publishing a module requires a source field in cue.mod/module.cue; \
                 choose a source with 'cue mod edit --source'",
            ));
        }
    };
    if root.join("cue.mod/local-module.cue").exists() {
        say("note: cue.mod/local-module.cue is not part of what is published\n");
    }
    let zip = pack(root, &names).map_err(|e| fail(&format!("create zip {}: {e}", root.display())))?;
    let name = file.module.split('@').next().unwrap_or("").to_owned();
    let registry = registry()?;
    let location = registry.as_ref().and_then(|r| r.resolve(&name, version));
    let Some(location) = location.or_else(|| command.out.as_ref().map(|_| nowhere(&name, version))) else {
        return Err(fail(&match registry {
            Some(_) => format!("no registry found for module {name:?}"),
            None => "no registry is set; set CUE_REGISTRY".to_owned(),
        }));
    };
    let reference = format!("{}/{}:{}", location.host, location.repository, location.tag);
    let dry = command.dry_run || command.out.is_some();
    if let Some(out) = &command.out {
        let target = Path::new(folder).join(out);
        write_layout(&target, &location, &zip, text.as_bytes())
            .map_err(|e| fail(&format!("cannot write {}: {e}", target.display())))?;
    } else if let (false, Some(registry)) = (dry, &registry) {
        registry
            .publish(&location, &zip, text.as_bytes())
            .map_err(|e| fail(&format!("cannot put module: {e}")))?;
    }
    let shown = if command.json {
        let mut names = names;
        names.sort();
        let value =
            json!({"version": version, "ref": reference, "insecure": location.insecure, "files": names});
        format!("{}\n", tabbed(&value))
    } else if let Some(out) = &command.out {
        format!("wrote image for {name}@{version} to {out}\n")
    } else {
        let did = if dry { "dry-run published" } else { "published" };
        format!("{did} {name}@{version} to {reference}\n")
    };
    files::print(shown.as_bytes()).map_err(|e| fail(&format!("cannot write standard output: {e}")))
}

/// The place of an image that goes to no registry.
fn nowhere(name: &str, version: &str) -> Location {
    let (repository, tag) = (name.to_owned(), version.to_owned());
    Location { host: String::new(), insecure: false, repository, tag }
}

fn check_version(version: &str, file: &ModuleFile, path: &Path) -> Step<()> {
    if !is_full_version(version) {
        let partial = version.strip_prefix('v').is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit()));
        return Err(fail(&if partial {
            format!("publish version {version:?} is not in canonical form")
        } else {
            format!(
                "invalid publish version {version:?}; must be valid semantic version (see http://semver.org)"
            )
        }));
    }
    let (said, how) = match file.module.split_once('@') {
        Some((_, major)) => (major, "major version"),
        None => ("v0", "implied major version"),
    };
    if version.split('.').next() == Some(said) {
        return Ok(());
    }
    Err(fail(&format!(
        "publish version {version:?} does not match the {how} {said:?} declared in {:?}; must be {said}.N.N",
        path.display().to_string()
    )))
}

/// Every regular file below a folder that belongs to the module.
fn own_files(root: &Path, below: &str, out: &mut Vec<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(root.join(below))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if kind.is_dir() {
            let foreign = matches!(&*name, ".git" | ".hg" | ".svn" | ".bzr")
                || path == "cue.mod/vendor"
                || root.join(&path).join("cue.mod").exists();
            if !foreign {
                own_files(root, &path, out)?;
            }
        } else if kind.is_file() && belongs(&path) {
            out.push(path);
        }
    }
    Ok(())
}

fn belongs(path: &str) -> bool {
    path != "cue.mod/local-module.cue" && path != ".hg_archival.txt"
}

/// The files that git knows, where nothing is changed.
fn git_files(root: &Path) -> Step<Vec<String>> {
    let git = |arguments: &[&str]| -> Step<String> {
        let output = Command::new("git").arg("-C").arg(root).args(arguments).output();
        match output {
            Ok(o) if o.status.success() => Ok(String::from_utf8_lossy(&o.stdout).into_owned()),
            Ok(_) => {
                Err(fail(&format!("git VCS not found in any parent of {:?}", root.display().to_string())))
            }
            Err(e) => Err(fail(&format!("cannot run git: {e}"))),
        }
    };
    if !git(&["status", "--porcelain", "--", "."])?.is_empty() {
        return Err(fail("VCS state is not clean"));
    }
    let listed = git(&["ls-files", "-z", "--", "."])?;
    let regular = |n: &&str| root.join(n).symlink_metadata().is_ok_and(|m| m.is_file());
    let nested = |n: &&str| {
        let mut at = *n;
        while let Some((parent, _)) = at.rsplit_once('/') {
            if parent != "cue.mod" && root.join(parent).join("cue.mod").exists() {
                return true;
            }
            at = parent;
        }
        false
    };
    let names = listed.split('\0').filter(|n| !n.is_empty() && belongs(n));
    Ok(names.filter(regular).filter(|n| !nested(n)).map(str::to_owned).collect())
}

/// An OCI image layout with one image.
fn write_layout(folder: &Path, location: &Location, zip: &[u8], module_file: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir(folder)?;
    let blobs = folder.join("blobs/sha256");
    std::fs::create_dir_all(&blobs)?;
    let manifest = manifest(zip, module_file);
    let digest = |bytes: &[u8]| {
        use sha2::Digest;
        sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat()
    };
    for blob in [b"{}".as_slice(), zip, module_file, &manifest] {
        std::fs::write(blobs.join(digest(blob)), blob)?;
    }
    let index = json!({
        "schemaVersion": 2,
        "manifests": [{
            "mediaType": MANIFEST,
            "digest": format!("sha256:{}", digest(&manifest)),
            "size": manifest.len(),
            "annotations": {"org.opencontainers.image.ref.name": location.tag},
        }],
    });
    std::fs::write(folder.join("index.json"), index.to_string())?;
    std::fs::write(folder.join("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}")
}

/// JSON indented with tabs.
fn tabbed(value: &Value) -> String {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    match serde::Serialize::serialize(value, &mut serializer) {
        Ok(()) => String::from_utf8_lossy(&out).into_owned(),
        Err(_) => value.to_string(),
    }
}
