//! What registries are told about who asks: the file of logins of the reference, and that of Docker.

use std::path::PathBuf;

use serde_json::Value;

/// How a request to a host is authorized.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Login {
    /// A token.
    Bearer(String),
    /// A name and password in base64.
    Basic(String),
}

/// The login for a host, if there is one.
pub fn login(host: &str) -> Result<Option<Login>, String> {
    let read = |path: PathBuf| -> Result<Option<Value>, String> {
        match std::fs::read(&path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map(Some).map_err(|e| format!("{}: {e}", path.display()))
            }
            Err(_) => Ok(None),
        }
    };
    if let Some(path) = folder("CUE_CONFIG_DIR", "cue").map(|f| f.join("logins.json")) {
        let logins = read(path).map_err(|e| format!("cannot load CUE registry logins: {e}"))?;
        let token = logins.as_ref().and_then(|l| l["registries"][host]["access_token"].as_str());
        if let Some(token) = token {
            return Ok(Some(Login::Bearer(token.to_owned())));
        }
    }
    let docker = set("DOCKER_CONFIG").or_else(|| set("HOME").map(|h| h.join(".docker")));
    let config = docker.map_or(Ok(None), |f| read(f.join("config.json")))?;
    let auth = config.as_ref().and_then(|c| c["auths"][host]["auth"].as_str());
    Ok(auth.filter(|a| !a.is_empty()).map(|a| Login::Basic(a.to_owned())))
}

fn set(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from)
}

/// The folder that a variable names, or the one of the user's settings.
fn folder(variable: &str, name: &str) -> Option<PathBuf> {
    set(variable).or_else(|| {
        let user = if cfg!(target_os = "macos") {
            set("HOME").map(|h| h.join("Library/Application Support"))
        } else if cfg!(windows) {
            set("AppData")
        } else {
            set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|h| h.join(".config")))
        };
        user.map(|u| u.join(name))
    })
}
