//! The protocol of OCI registries, as much of it as modules need. What comes from a registry is bounded in size, and
//! blobs have the digest that they were asked for.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};
use ureq::http::Response;
use ureq::{Agent, Body};

use super::MANIFEST;
use super::config::Location;
use super::logins::{Login, login};

/// Largest manifest, list of tags, or answer of a token service.
const MAX_SMALL: u64 = 4 << 20;
/// Most pages of a list of tags.
const MAX_PAGES: usize = 100;

/// A part of a manifest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layer {
    /// `sha256:` and hexadecimal digits.
    pub digest: String,
    /// Bytes.
    pub size: u64,
}

impl Layer {
    /// Reads a descriptor.
    pub fn of(value: &Value) -> Option<Self> {
        let digest = value["digest"].as_str()?;
        let hex = digest.strip_prefix("sha256:")?;
        let good = hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        good.then(|| Self { digest: digest.to_owned(), size: value["size"].as_u64().unwrap_or(u64::MAX) })
    }
}

/// The digest of bytes.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("sha256:".to_owned(), |out, b| out + &format!("{b:02x}"))
}

/// Speaks to registries.
pub struct Client {
    agent: Agent,
    /// Tokens that registries gave, by host and scope.
    tokens: RefCell<HashMap<(String, String), String>>,
}

/// A request that may be sent again with a token.
struct Request<'a> {
    method: &'a str,
    url: String,
    accept: &'a str,
    content: Option<(&'a str, &'a [u8])>,
}

impl Client {
    /// A client that has connected to nothing yet.
    pub fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_recv_response(Some(Duration::from_mins(1)))
            .timeout_global(Some(Duration::from_mins(15)))
            .max_redirects(5)
            .build();
        Self { agent: config.into(), tokens: RefCell::default() }
    }

    fn base(location: &Location) -> String {
        let scheme = if location.insecure { "http" } else { "https" };
        format!("{scheme}://{}/v2/{}", location.host, location.repository)
    }

    // ---- Requests -----------------------------------------------------------------------------------------------

    fn once(&self, request: &Request<'_>, login: Option<&Login>) -> Result<Response<Body>, String> {
        let authorization = login.map(|l| match l {
            Login::Bearer(token) => format!("Bearer {token}"),
            Login::Basic(pair) => format!("Basic {pair}"),
        });
        let url = &request.url;
        let sent = match (request.method, request.content) {
            ("GET" | "HEAD", _) => {
                let mut r = if request.method == "GET" { self.agent.get(url) } else { self.agent.head(url) };
                if !request.accept.is_empty() {
                    r = r.header("Accept", request.accept);
                }
                if let Some(authorization) = &authorization {
                    r = r.header("Authorization", authorization);
                }
                r.call()
            }
            (method, content) => {
                let mut r = if method == "POST" { self.agent.post(url) } else { self.agent.put(url) };
                if let Some(authorization) = &authorization {
                    r = r.header("Authorization", authorization);
                }
                match content {
                    Some((media, bytes)) => r.content_type(media).send(bytes),
                    None => r.send_empty(),
                }
            }
        };
        sent.map_err(|e| format!("cannot do HTTP request: {} {url:?}: {e}", request.method))
    }

    /// Sends a request; where the registry wants a token, gets one and sends it again.
    fn send(&self, location: &Location, push: bool, request: &Request<'_>) -> Result<Response<Body>, String> {
        let scope = format!("repository:{}:pull{}", location.repository, if push { ",push" } else { "" });
        let key = (location.host.clone(), scope);
        let own = login(&location.host)?;
        let known = self.tokens.borrow().get(&key).cloned().map(Login::Bearer);
        let response = self.once(request, known.as_ref().or(own.as_ref()))?;
        if response.status().as_u16() != 401 {
            return Ok(response);
        }
        let challenge =
            response.headers().get("www-authenticate").and_then(|v| v.to_str().ok()).unwrap_or("");
        let Some(token) = self.token(location, challenge, &key.1, own.as_ref())? else { return Ok(response) };
        self.tokens.borrow_mut().insert(key, token.clone());
        self.once(request, Some(&Login::Bearer(token)))
    }

    /// A token of the service that a challenge names.
    fn token(
        &self,
        location: &Location,
        challenge: &str,
        scope: &str,
        own: Option<&Login>,
    ) -> Result<Option<String>, String> {
        let Some(parameters) = challenge.strip_prefix("Bearer ") else { return Ok(None) };
        let parameter = |name: &str| {
            parameters.split(',').find_map(|p| {
                let (n, value) = p.trim().split_once('=')?;
                (n == name).then(|| value.trim_matches('"').to_owned())
            })
        };
        let Some(realm) = parameter("realm") else { return Ok(None) };
        // A password never goes over a line that all can read, unless the registry is spoken to that way itself.
        if !(realm.starts_with("https://") || (location.insecure && realm.starts_with("http://"))) {
            return Err(format!("registry {} names an insecure token service {realm:?}", location.host));
        }
        let service = parameter("service").unwrap_or_default();
        let separator = if realm.contains('?') { '&' } else { '?' };
        let url = format!("{realm}{separator}service={}&scope={}", escaped(&service), escaped(scope));
        let request = Request { method: "GET", url, accept: "", content: None };
        let basic = own.filter(|l| matches!(l, Login::Basic(_)));
        let mut response = self.once(&request, basic)?;
        if !response.status().is_success() {
            return Ok(None);
        }
        let answer = small(&mut response)?;
        let answer: Value = serde_json::from_slice(&answer).map_err(|e| format!("token service: {e}"))?;
        let token = answer["token"].as_str().or_else(|| answer["access_token"].as_str());
        Ok(token.map(str::to_owned))
    }

    // ---- Reading ------------------------------------------------------------------------------------------------

    /// The manifest of a tag; `None` where there is none.
    pub fn manifest(&self, location: &Location) -> Result<Option<Vec<u8>>, String> {
        let url = format!("{}/manifests/{}", Self::base(location), location.tag);
        let request = Request { method: "GET", url, accept: MANIFEST, content: None };
        let mut response = self.send(location, false, &request)?;
        match response.status().as_u16() {
            200 => {}
            401 | 403 | 404 => return Ok(None),
            status => return Err(refused(&request.url, status, &mut response)),
        }
        let said = response.headers().get("docker-content-digest").and_then(|v| v.to_str().ok());
        let said = said.map(str::to_owned);
        let bytes = small(&mut response)?;
        match said {
            Some(said) if said.starts_with("sha256:") && said != digest(&bytes) => Err(format!(
                "{}: the manifest does not have the digest {said} that the registry says",
                request.url
            )),
            _ => Ok(Some(bytes)),
        }
    }

    /// Reads a blob into `out` and checks its size and digest.
    pub fn blob(&self, location: &Location, layer: &Layer, out: &mut dyn Write) -> Result<(), String> {
        let url = format!("{}/blobs/{}", Self::base(location), layer.digest);
        let request = Request { method: "GET", url, accept: "", content: None };
        let mut response = self.send(location, false, &request)?;
        if response.status().as_u16() != 200 {
            let status = response.status().as_u16();
            return Err(refused(&request.url, status, &mut response));
        }
        let failed = |e: std::io::Error| format!("{}: {e}", request.url);
        let mut reader = response.body_mut().with_config().limit(layer.size.saturating_add(1)).reader();
        let mut hash = Sha256::new();
        let mut size = 0;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let n = reader.read(&mut buffer).map_err(failed)?;
            if n == 0 {
                break;
            }
            size += n as u64;
            if size > layer.size {
                break;
            }
            hash.update(&buffer[..n]);
            out.write_all(&buffer[..n]).map_err(failed)?;
        }
        if size != layer.size {
            return Err(format!(
                "{}: the blob does not have the {} bytes of its manifest",
                request.url, layer.size
            ));
        }
        let found = hex(&hash.finalize());
        if found != layer.digest {
            return Err(format!("{}: the blob has the digest {found}", request.url));
        }
        Ok(())
    }

    /// All tags of a repository; none where there is no such repository.
    pub fn tags(&self, location: &Location) -> Result<Vec<String>, String> {
        let mut url = format!("{}/tags/list?n=1000", Self::base(location));
        let mut out = Vec::new();
        for _ in 0..MAX_PAGES {
            let request = Request { method: "GET", url: url.clone(), accept: "", content: None };
            let mut response = self.send(location, false, &request)?;
            match response.status().as_u16() {
                200 => {}
                401 | 403 | 404 => return Ok(out),
                status => return Err(refused(&url, status, &mut response)),
            }
            let next = response.headers().get("link").and_then(|v| v.to_str().ok()).and_then(|link| {
                let (target, rest) = link.strip_prefix('<')?.split_once('>')?;
                rest.contains("rel=\"next\"").then(|| target.to_owned())
            });
            let list: Value =
                serde_json::from_slice(&small(&mut response)?).map_err(|e| format!("{url}: {e}"))?;
            let tags = list["tags"].as_array().map_or(&[][..], |t| &t[..]);
            out.extend(tags.iter().filter_map(Value::as_str).map(str::to_owned));
            match next.and_then(|target| same_host(location, &target)) {
                Some(next) => url = next,
                None => return Ok(out),
            }
        }
        Ok(out)
    }

    // ---- Writing ------------------------------------------------------------------------------------------------

    /// Stores a blob where it is not there yet.
    pub fn push_blob(&self, location: &Location, bytes: &[u8]) -> Result<(), String> {
        let base = Self::base(location);
        let digest = digest(bytes);
        let there =
            Request { method: "HEAD", url: format!("{base}/blobs/{digest}"), accept: "", content: None };
        if self.send(location, true, &there)?.status().as_u16() == 200 {
            return Ok(());
        }
        let start =
            Request { method: "POST", url: format!("{base}/blobs/uploads/"), accept: "", content: None };
        let mut response = self.send(location, true, &start)?;
        if response.status().as_u16() != 202 {
            let status = response.status().as_u16();
            return Err(refused(&start.url, status, &mut response));
        }
        let target = response.headers().get("location").and_then(|v| v.to_str().ok()).unwrap_or("");
        let Some(target) = same_host(location, target) else {
            return Err(format!("{}: the registry says no place for the upload", start.url));
        };
        let separator = if target.contains('?') { '&' } else { '?' };
        let url = format!("{target}{separator}digest={}", escaped(&digest));
        let content = Some(("application/octet-stream", bytes));
        let put = Request { method: "PUT", url, accept: "", content };
        let mut response = self.send(location, true, &put)?;
        match response.status().as_u16() {
            201 | 204 => Ok(()),
            status => Err(refused(&put.url, status, &mut response)),
        }
    }

    /// Stores a manifest under the location's tag.
    pub fn push_manifest(&self, location: &Location, bytes: &[u8]) -> Result<(), String> {
        let url = format!("{}/manifests/{}", Self::base(location), location.tag);
        let put = Request { method: "PUT", url, accept: "", content: Some((MANIFEST, bytes)) };
        let mut response = self.send(location, true, &put)?;
        match response.status().as_u16() {
            201 => Ok(()),
            status => Err(refused(&put.url, status, &mut response)),
        }
    }
}

/// A place that a registry names, which must be its own.
fn same_host(location: &Location, target: &str) -> Option<String> {
    let scheme = if location.insecure { "http" } else { "https" };
    let origin = format!("{scheme}://{}", location.host);
    match target {
        "" => None,
        path if path.starts_with('/') && !path.starts_with("//") => Some(format!("{origin}{path}")),
        url => url.strip_prefix(&origin).is_some_and(|r| r.starts_with('/')).then(|| url.to_owned()),
    }
}

fn small(response: &mut Response<Body>) -> Result<Vec<u8>, String> {
    let read = response.body_mut().with_config().limit(MAX_SMALL).read_to_vec();
    read.map_err(|e| format!("cannot read the registry's answer: {e}"))
}

/// What a registry says about a request that it refuses.
fn refused(url: &str, status: u16, response: &mut Response<Body>) -> String {
    let said = response.body_mut().with_config().limit(64 << 10).read_to_vec().unwrap_or_default();
    let said: Value = serde_json::from_slice(&said).unwrap_or_default();
    let message = said["errors"][0]["message"].as_str().unwrap_or("");
    let clean: String = message.chars().filter(|c| !c.is_control()).take(500).collect();
    if clean.is_empty() { format!("{url}: HTTP status {status}") } else { format!("{url}: {status} {clean}") }
}

fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
