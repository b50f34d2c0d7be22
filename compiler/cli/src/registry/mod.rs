//! Registries of modules: OCI registries as the reference uses them (`loading-and-modules.md` M7 to M10). Only the
//! commands of `cue mod` come here; nothing else touches the network.
//!
//! | file | idea |
//! |---|---|
//! | `config.rs` | `CUE_REGISTRY`: which registry holds which modules |
//! | `logins.rs` | tokens for registries |
//! | `client.rs` | the protocol: manifests, blobs, tags; every digest is checked |
//! | `archive.rs` | the zip of a module, made and unpacked; paths that lead out of it are refused |
//! | `cache.rs` | the folder of modules that were fetched |

mod archive;
mod cache;
mod client;
mod config;
mod logins;

pub use archive::{MAX_ZIP, pack};
pub use cache::Fetching;
pub use client::{Client, Layer};
pub use config::{Config, Location};

use serde_json::{Value, json};

/// Media types of a module's manifest and its parts.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.cue.module.v1+json";
const ZIP: &str = "application/zip";
const MODULE_FILE: &str = "application/vnd.cue.modulefile.v1";

/// Largest module file.
const MAX_MODULE_FILE: u64 = 16 << 20;

/// The registries that the environment names, if it names any.
pub struct Registry {
    config: Config,
    client: Client,
}

impl Registry {
    /// Reads `CUE_REGISTRY`; `None` where it is not set.
    pub fn from_environment() -> Result<Option<Self>, String> {
        let Some(text) = std::env::var("CUE_REGISTRY").ok().filter(|t| !t.is_empty()) else {
            return Ok(None);
        };
        let config = Config::parse(&text).map_err(|e| format!("bad value for registry: {e}"))?;
        Ok(Some(Self { config, client: Client::new() }))
    }

    /// Where a module of this path, and version if given, is.
    pub fn resolve(&self, path: &str, version: &str) -> Option<Location> {
        self.config.resolve(path, version)
    }

    /// The versions of a module with this path, any major one, in no order.
    pub fn versions(&self, path: &str) -> Result<Vec<String>, String> {
        let Some(location) = self.resolve(path, "") else { return Ok(Vec::new()) };
        let tags = self.client.tags(&location)?;
        let versions = tags.into_iter().filter_map(|t| t.strip_prefix(&location.tag).map(str::to_owned));
        Ok(versions.filter(|v| crate::commands::cue::module::is_full_version(v)).collect())
    }

    /// The parts of a module: its module file's and its zip's place.
    fn parts(&self, path: &str, version: &str) -> Result<(Location, Layer, Layer), String> {
        let missing = || format!("module {path}@{version}: module not found");
        let location = self.resolve(path, version).ok_or_else(missing)?;
        let manifest = self.client.manifest(&location)?.ok_or_else(missing)?;
        let wrong = |what: &str| format!("module {path}@{version}: unexpected manifest: {what}");
        let manifest: Value = serde_json::from_slice(&manifest).map_err(|e| wrong(&e.to_string()))?;
        if manifest["config"]["mediaType"] != CONFIG {
            return Err(wrong("it is not that of a module"));
        }
        let layers = manifest["layers"].as_array().map_or(&[][..], |l| &l[..]);
        let [zip, file] = layers else { return Err(wrong("it does not have two layers")) };
        let layer = |value: &Value, media: &str, most: u64| {
            let layer = Layer::of(value).ok_or_else(|| wrong("a layer has no digest or size"))?;
            match (value["mediaType"] == media, layer.size <= most) {
                (false, _) => Err(wrong(&format!("a layer is not of type {media}"))),
                (_, false) => Err(wrong(&format!("a layer has more than {most} bytes"))),
                _ => Ok(layer),
            }
        };
        Ok((location, layer(file, MODULE_FILE, MAX_MODULE_FILE)?, layer(zip, ZIP, MAX_ZIP)?))
    }

    /// Stores a module: its parts first, then the manifest that names them. Gives the manifest's digest.
    pub fn publish(&self, location: &Location, zip: &[u8], module_file: &[u8]) -> Result<String, String> {
        let manifest = manifest(zip, module_file);
        for blob in [b"{}".as_slice(), zip, module_file] {
            self.client.push_blob(location, blob)?;
        }
        self.client.push_manifest(location, &manifest)?;
        Ok(client::digest(&manifest))
    }
}

/// The manifest of a module.
pub fn manifest(zip: &[u8], module_file: &[u8]) -> Vec<u8> {
    let part = |media: &str, bytes: &[u8]| json!({"mediaType": media, "digest": client::digest(bytes), "size": bytes.len()});
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": part(CONFIG, b"{}"),
        "layers": [part(ZIP, zip), part(MODULE_FILE, module_file)],
    });
    manifest.to_string().into_bytes()
}
