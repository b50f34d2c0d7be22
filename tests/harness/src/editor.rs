//! A language server as a child process, as an editor talks to it. Used by the suite `lsp` and by `cargo xtask editor`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Product;

/// Most of its messages that are kept for `expect`.
const MAX_KEPT: usize = 10_000;

/// A running server. Messages arrive through a thread, so that waiting has a limit.
pub struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// Messages from the server that were not asked for, in order.
    pub unasked: Vec<Value>,
    next_id: i64,
    limit: Duration,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts a server in a folder.
    pub fn start(product: &Product, root: &Path) -> Result<Self, String> {
        let mut child = product
            .command(&["lsp"])
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| e.to_string())?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or("no pipe")?;
        let (send, messages) = channel();
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Some(message) = read_message(&mut stdout) {
                if send.send(message).is_err() {
                    return;
                }
            }
        });
        Ok(Server { child, stdin, messages, unasked: Vec::new(), next_id: 1, limit: product.timeout })
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a message.
    pub fn send(&mut self, message: &Value) -> Result<(), String> {
        let body = message.to_string();
        let stdin = self.stdin.as_mut().ok_or("the session has ended")?;
        write!(stdin, "Content-Length: {}\r\n\r\n{body}", body.len())
            .and_then(|()| stdin.flush())
            .map_err(|e| format!("the server reads no more: {e}"))
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: &Value) -> Result<(), String> {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    /// Sends a request and waits for its answer; requests from the server are answered with null meanwhile.
    pub fn request(&mut self, method: &str, params: &Value) -> Result<Value, String> {
        let id = self.next_id;
        self.next_id += 1;
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            message["params"] = params.clone();
        }
        self.send(&message)?;
        let deadline = Instant::now() + self.limit;
        loop {
            let message = self.receive(deadline).ok_or_else(|| format!("no answer to {method}"))?;
            if message.get("method").is_none() && message.get("id") == Some(&json!(id)) {
                return Ok(message);
            }
            self.keep(message)?;
        }
    }

    fn receive(&self, deadline: Instant) -> Option<Value> {
        self.messages.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
    }

    fn keep(&mut self, message: Value) -> Result<(), String> {
        if message.get("method").is_some() && message.get("id").is_some() {
            self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": null}))?;
        }
        if self.unasked.len() >= MAX_KEPT {
            self.unasked.remove(0);
        }
        self.unasked.push(message);
        Ok(())
    }

    /// Waits for a message of `method` whose parameters satisfy `fits`. It is consumed, and given.
    pub fn wait(&mut self, method: &str, fits: &dyn Fn(&Value) -> bool) -> Result<Value, String> {
        let deadline = Instant::now() + self.limit;
        let fits = |m: &Value| m["method"] == method && fits(&m["params"]);
        loop {
            if let Some(at) = self.unasked.iter().position(fits) {
                return Ok(self.unasked.remove(at));
            }
            let Some(message) = self.receive(deadline) else {
                let seen: Vec<&Value> = self.unasked.iter().filter(|m| m["method"] == method).collect();
                return Err(format!("it did not come; of this method came {}", json!(seen)));
            };
            self.keep(message)?;
        }
    }

    /// Ends the session as the protocol has it; the process must end with status 0.
    pub fn exit(&mut self) -> Result<(), String> {
        self.request("shutdown", &Value::Null)?;
        self.notify("exit", &Value::Null)?;
        self.end(true)
    }

    /// Goes without a word; the process must end, as a failure.
    pub fn vanish(&mut self) -> Result<(), String> {
        self.end(false)
    }

    fn end(&mut self, success: bool) -> Result<(), String> {
        self.stdin = None;
        let deadline = Instant::now() + self.limit;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().map_err(|e| e.to_string())? {
                return if status.success() == success { Ok(()) } else { Err(status.to_string()) };
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err("it runs on after the end".to_owned())
    }
}

/// One message of the base protocol; `None` at the end or when the framing is broken.
fn read_message(input: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let length = length.filter(|n| *n < 256 << 20)?;
    let mut body = vec![0; length];
    input.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read_message;

    #[test]
    fn frames() {
        let mut input = &b"Content-Length: 7\r\nX: y\r\n\r\n{\"a\":1}rest"[..];
        assert_eq!(read_message(&mut input), Some(json!({"a": 1})));
        assert_eq!(read_message(&mut &b"nonsense\r\n\r\n"[..]), None);
    }
}
