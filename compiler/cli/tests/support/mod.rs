//! A registry of modules in this process, as much of one as the tests need; it can be told to lie.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

/// What the registry holds.
#[derive(Default)]
pub struct Store {
    /// By digest.
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// By repository and tag.
    pub manifests: BTreeMap<(String, String), Vec<u8>>,
    /// How many requests came.
    pub requests: usize,
}

/// A registry that answers until the test ends.
pub struct FakeRegistry {
    /// `127.0.0.1` and the port.
    pub host: String,
    /// What it holds.
    pub store: Arc<Mutex<Store>>,
}

/// The digest of bytes.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |out, b| out + &format!("{b:02x}"))
}

impl FakeRegistry {
    /// Starts one.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let store = Arc::new(Mutex::new(Store::default()));
        let shared = Arc::clone(&store);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let store = Arc::clone(&shared);
                std::thread::spawn(move || serve(&stream, &store));
            }
        });
        Self { host, store }
    }
}

fn serve(stream: &TcpStream, store: &Mutex<Store>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut words = line.split_whitespace();
        let (method, target) = (words.next().unwrap_or("").to_owned(), words.next().unwrap_or("").to_owned());
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).unwrap();
            let header = header.trim().to_ascii_lowercase();
            if let Some(n) = header.strip_prefix("content-length:") {
                length = n.trim().parse().unwrap();
            }
            if header.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let (status, headers, answer) = answer(&method, &target, body, &mut store.lock().unwrap());
        let shown = if method == "HEAD" { Vec::new() } else { answer };
        let head = format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n", shown.len());
        let mut out = stream;
        if out.write_all(head.as_bytes()).and_then(|()| out.write_all(&shown)).is_err() {
            return;
        }
    }
}

fn answer(method: &str, target: &str, body: Vec<u8>, store: &mut Store) -> (u16, String, Vec<u8>) {
    store.requests += 1;
    let path = target.strip_prefix("/v2/").unwrap_or("");
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let none = || (404, String::new(), Vec::new());
    if let Some(repository) = path.strip_suffix("/tags/list") {
        let tags: Vec<String> =
            store.manifests.keys().filter(|k| k.0 == repository).map(|k| format!("{:?}", k.1)).collect();
        if tags.is_empty() {
            return none();
        }
        return (200, String::new(), format!("{{\"tags\":[{}]}}", tags.join(",")).into_bytes());
    }
    if let Some((repository, _)) = path.split_once("/blobs/uploads/") {
        return match method {
            "POST" => (202, format!("Location: /v2/{repository}/blobs/uploads/1\r\n"), Vec::new()),
            _ => {
                let wanted = query.strip_prefix("digest=").unwrap_or("").replace("%3A", ":");
                if wanted != digest(&body) {
                    return (400, String::new(), Vec::new());
                }
                store.blobs.insert(wanted, body);
                (201, String::new(), Vec::new())
            }
        };
    }
    if let Some((_, name)) = path.split_once("/blobs/") {
        return store.blobs.get(name).map_or_else(none, |b| (200, String::new(), b.clone()));
    }
    if let Some((repository, tag)) = path.split_once("/manifests/") {
        let key = (repository.to_owned(), tag.to_owned());
        if method == "PUT" {
            store.manifests.insert(key, body);
            return (201, String::new(), Vec::new());
        }
        return store.manifests.get(&key).map_or_else(none, |m| (200, String::new(), m.clone()));
    }
    none()
}
