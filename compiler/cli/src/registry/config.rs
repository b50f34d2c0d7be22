//! `CUE_REGISTRY`: `[prefix=]host[:port][/repository][+secure|+insecure]` separated by commas, `none`, or a file in CUE.

use sha2::{Digest, Sha256};
use vela_load::bad_module_path;
use vela_yaml::Data;

/// Where a module is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location {
    /// Host, perhaps with a port.
    pub host: String,
    /// Whether it is spoken to without encryption.
    pub insecure: bool,
    /// The repository.
    pub repository: String,
    /// The tag of the version; without one, what stands before all versions.
    pub tag: String,
}

/// How paths of modules become repositories and tags.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Encoding {
    #[default]
    Path,
    HashAsRepository,
    HashAsTag,
}

/// One registry.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Entry {
    /// Empty for `none`.
    host: String,
    insecure: bool,
    repository: String,
    encoding: Encoding,
    tag_prefix: String,
    strip_prefix: bool,
}

/// Which registry holds which modules.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Config {
    /// By prefixes of paths; the empty one is for all others.
    entries: Vec<(String, Entry)>,
}

impl Config {
    /// Reads the value of the variable.
    pub fn parse(text: &str) -> Result<Self, String> {
        let config = match text.split_once(':') {
            Some(("simple", rest)) => Self::simple(rest)?,
            Some(("inline", rest)) => Self::cue(rest)?,
            Some(("file", path)) => {
                let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {path}: {e}"))?;
                Self::cue(&text)?
            }
            _ => Self::simple(text)?,
        };
        for (n, (_, a)) in config.entries.iter().enumerate() {
            let other = config.entries[..n].iter().any(|(_, b)| b.host == a.host && b.insecure != a.insecure);
            if other {
                return Err(format!("registry host {:?} is specified both as secure and insecure", a.host));
            }
        }
        Ok(config)
    }

    fn simple(text: &str) -> Result<Self, String> {
        let mut entries: Vec<(String, Entry)> = Vec::new();
        for part in text.split(',') {
            let (prefix, registry) = match part.split_once('=') {
                None if part.is_empty() => return Err("empty registry part".to_owned()),
                None => ("", part),
                Some(("", _)) => return Err("empty module prefix".to_owned()),
                Some((_, "")) => return Err("empty registry reference".to_owned()),
                Some((prefix, registry)) => {
                    if let Some(why) = bad_module_path(prefix) {
                        return Err(format!("invalid module path {prefix:?}: {why}"));
                    }
                    (prefix, registry)
                }
            };
            if entries.iter().any(|(p, _)| p == prefix) {
                return Err(match prefix {
                    "" => "duplicate catch-all registry".to_owned(),
                    prefix => format!("duplicate module prefix {prefix:?}"),
                });
            }
            let entry = entry(registry).map_err(|e| format!("invalid registry {registry:?}: {e}"))?;
            entries.push((prefix.to_owned(), entry));
        }
        Ok(Self { entries })
    }

    /// The form in CUE: `moduleRegistries` by prefix, and `defaultRegistry`.
    fn cue(text: &str) -> Result<Self, String> {
        let data = super::super::commands::cue::evaluated(text)?;
        let fields = |data: Data| data.into_map().map_err(|_| "a registry is not a struct".to_owned());
        let mut entries = Vec::new();
        for (name, value) in fields(data)? {
            match &*name {
                "defaultRegistry" => entries.push((String::new(), registry(value)?)),
                "moduleRegistries" => {
                    for (prefix, value) in fields(value)? {
                        if let Some(why) = bad_module_path(&prefix) {
                            return Err(format!("invalid module path {prefix:?}: {why}"));
                        }
                        entries.push((prefix.to_string(), registry(value)?));
                    }
                }
                other => return Err(format!("invalid configuration file: {other}: field not allowed")),
            }
        }
        Ok(Self { entries })
    }

    /// Where a module is: in the registry of the longest prefix of its path.
    pub fn resolve(&self, path: &str, version: &str) -> Option<Location> {
        let path = path.split('@').next().unwrap_or(path);
        let below = |prefix: &str| {
            prefix.is_empty() || path.strip_prefix(prefix).is_some_and(|r| r.is_empty() || r.starts_with('/'))
        };
        let matching = self.entries.iter().filter(|(prefix, _)| below(prefix));
        let (prefix, entry) = matching.max_by_key(|(prefix, _)| prefix.len())?;
        if entry.host.is_empty() {
            return None;
        }
        let digest = || {
            Sha256::digest(path.as_bytes()).iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat()
        };
        let join = |name: &str| match (&*entry.repository, name) {
            ("", name) => name.to_owned(),
            (repository, "") => repository.to_owned(),
            (repository, name) => format!("{repository}/{name}"),
        };
        let (repository, tag) = match entry.encoding {
            Encoding::Path => {
                let name =
                    if entry.strip_prefix { path[prefix.len()..].trim_start_matches('/') } else { path };
                (join(name), format!("{}{version}", entry.tag_prefix))
            }
            Encoding::HashAsRepository => (join(&digest()), format!("{}{version}", entry.tag_prefix)),
            Encoding::HashAsTag => {
                (entry.repository.clone(), format!("{}{}-{version}", entry.tag_prefix, digest()))
            }
        };
        Some(Location { host: entry.host.clone(), insecure: entry.insecure, repository, tag })
    }
}

/// A registry as `host/repository+insecure`.
fn entry(text: &str) -> Result<Entry, String> {
    if text == "none" {
        return Ok(Entry::default());
    }
    let (reference, suffix) = text.split_once('+').unwrap_or((text, ""));
    let (host, repository) = reference.split_once('/').unwrap_or((reference, ""));
    if repository.contains(['@', ':']) {
        return Err("cannot have an associated tag or digest".to_owned());
    }
    let good = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
    };
    if !repository.is_empty() && !repository.split('/').all(good) {
        return Err(format!("invalid repository {repository:?} in registry"));
    }
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    let letters = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
    let local = matches!(name, "localhost" | "127.0.0.1" | "::1");
    if name.is_empty() || !host.bytes().all(letters) || !(host.contains(['.', ':']) || local) {
        return Err(format!("invalid host name {host:?} in registry"));
    }
    let insecure = match suffix {
        "" => local,
        "insecure" => true,
        "secure" => false,
        other => return Err(format!("unknown suffix (\"+{other}\"), need +insecure, +secure or no suffix)")),
    };
    let repository = repository.to_owned();
    Ok(Entry { host: host.to_owned(), insecure, repository, ..Entry::default() })
}

/// A registry of the form in CUE.
fn registry(data: Data) -> Result<Entry, String> {
    let fields = data.into_map().map_err(|_| "a registry is not a struct".to_owned())?;
    let text = |name: &str| fields.iter().find(|(n, _)| **n == *name).and_then(|(_, v)| v.as_str());
    let mut out = entry(text("registry").ok_or("a registry has no field \"registry\"")?)?;
    out.encoding = match text("pathEncoding") {
        None | Some("path") => Encoding::Path,
        Some("hashAsRepo") => Encoding::HashAsRepository,
        Some("hashAsTag") => Encoding::HashAsTag,
        Some(other) => return Err(format!("invalid pathEncoding {other:?}")),
    };
    text("prefixForTags").unwrap_or("").clone_into(&mut out.tag_prefix);
    out.strip_prefix = fields.iter().any(|(n, v)| &**n == "stripPrefix" && matches!(v, Data::Bool(true)));
    if out.strip_prefix && out.encoding != Encoding::Path {
        return Err("cannot strip prefix unless using path encoding".to_owned());
    }
    if out.strip_prefix && out.repository.is_empty() {
        return Err("use of stripPrefix requires a non-empty repository within the registry".to_owned());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(config: &Config, path: &str, version: &str) -> String {
        match config.resolve(path, version) {
            Some(l) => format!("{}/{}:{} {}", l.host, l.repository, l.tag, l.insecure),
            None => "none".to_owned(),
        }
    }

    #[test]
    fn prefixes_and_suffixes() {
        let config =
            Config::parse("r.example/all,a.b=localhost:5000/x,a.b/c=none,d.e=h.example+insecure").unwrap();
        assert_eq!(at(&config, "z.y/m", "v0.1.0"), "r.example/all/z.y/m:v0.1.0 false");
        assert_eq!(at(&config, "a.b/m", "v0.1.0"), "localhost:5000/x/a.b/m:v0.1.0 true");
        assert_eq!(at(&config, "a.bc", ""), "r.example/all/a.bc: false");
        assert_eq!(at(&config, "a.b/c/d", "v0.1.0"), "none");
        assert_eq!(at(&config, "d.e", "v1.0.0"), "h.example/d.e:v1.0.0 true");
        for (text, part) in [
            ("x", "invalid host name"),
            ("a.b,c.d", "duplicate catch-all"),
            ("=a.b", "empty module prefix"),
            ("a.b=", "empty registry reference"),
            ("a.b+foo", "unknown suffix"),
            ("a.b/c@sha256:1", "associated tag"),
            ("a.b,", "empty registry part"),
            ("h.e,a.b=h.e+insecure", "both as secure and insecure"),
        ] {
            let error = Config::parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn the_form_in_cue() {
        let text = "inline:{moduleRegistries: {\"a.b\": {registry: \"r.example/p\", stripPrefix: true}, \
                    \"c.d\": {registry: \"r.example/q\", pathEncoding: \"hashAsTag\", prefixForTags: \"m-\"}}}";
        let config = Config::parse(text).unwrap();
        assert_eq!(at(&config, "a.b/m", "v0.1.0"), "r.example/p/m:v0.1.0 false");
        assert_eq!(at(&config, "z.z", "v0.1.0"), "none");
        let tag = at(&config, "c.d/m", "v0.1.0");
        assert!(tag.starts_with("r.example/q:m-") && tag.ends_with("-v0.1.0 false"), "{tag}");
    }
}
