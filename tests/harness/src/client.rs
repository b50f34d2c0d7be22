//! The line protocol's client: `cue serve` as a child process with a time limit for every request and a memory limit
//! for the process. A child that hangs, dies or writes something else than JSON is replaced, and the case counts as
//! failed with the reason.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// No answer in time; the process was killed.
    Timeout(Duration),
    /// The process ended; what it said on standard error, shortened.
    Died(String),
    /// The answer is not JSON.
    Garbage(String),
    /// The answer tells of an internal bug: a panic that the product caught.
    Bug(String),
    /// The process cannot be started, or it never answered any request.
    Unusable(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Timeout(limit) => write!(f, "no answer within {} s", limit.as_secs_f32()),
            Fault::Died(why) => write!(f, "the process died: {why}"),
            Fault::Garbage(text) => write!(f, "the answer is not JSON: {text}"),
            Fault::Bug(what) => f.write_str(what),
            Fault::Unusable(why) => write!(f, "the binary does not serve: {why}"),
        }
    }
}

/// How the product is run.
#[derive(Debug, Clone)]
pub struct Product {
    /// The binary.
    pub binary: PathBuf,
    /// Time limit of one request or one command.
    pub timeout: Duration,
    /// Address space of one process, in KiB; 0 is unlimited.
    pub memory_kib: u64,
}

impl Product {
    /// The product at `binary` with the usual limits: 10 s (`VELA_TIMEOUT` overrides, in seconds), 4 GiB.
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        let seconds = std::env::var("VELA_TIMEOUT").ok().and_then(|s| s.parse().ok()).unwrap_or(10.0_f32);
        Product {
            binary: binary.into(),
            timeout: Duration::from_secs_f32(seconds.max(0.1)),
            memory_kib: 4 * 1024 * 1024,
        }
    }

    /// A command that runs the product with `arguments` under the memory limit.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(&self.binary, arguments)
    }

    /// Like [`Product::command`], for another path to the same binary (a link named `cue`).
    pub fn command_of(&self, binary: &Path, arguments: &[&str]) -> Command {
        if self.memory_kib == 0 || !cfg!(unix) {
            let mut command = Command::new(binary);
            command.args(arguments);
            return command;
        }
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("ulimit -v {} && exec \"$0\" \"$@\"", self.memory_kib));
        command.arg(binary).args(arguments);
        command
    }
}

/// State shared by the clients of one run: whether the binary answers at all, and how often it hung.
#[derive(Debug, Default)]
pub struct Health {
    answered: AtomicUsize,
    died: AtomicUsize,
    hung: AtomicUsize,
}

/// After so many deaths without a single answer the binary counts as one that does not serve.
const HOPELESS: usize = 8;
/// After so many hangs the time limit shrinks, so that a broken build cannot hold up a run for hours.
const PATIENCE: usize = 12;

/// One child process, started when first needed.
pub struct Client {
    product: Product,
    health: Arc<Health>,
    running: Option<Running>,
}

struct Running {
    child: Child,
    requests: Option<Sender<Vec<u8>>>,
    answers: Receiver<std::io::Result<Vec<u8>>>,
    stderr: Arc<Mutex<Vec<u8>>>,
}

impl Client {
    /// A client of `product`; nothing is started yet.
    pub fn new(product: &Product, health: &Arc<Health>) -> Self {
        Client { product: product.clone(), health: Arc::clone(health), running: None }
    }

    /// Sends one request and waits for its answer.
    pub fn ask(&mut self, request: &Value) -> Result<Value, Fault> {
        let answer = self.ask_once(request);
        match &answer {
            Ok(_) => {
                self.health.answered.fetch_add(1, Ordering::Relaxed);
            }
            Err(Fault::Bug(_)) => {
                self.health.answered.fetch_add(1, Ordering::Relaxed);
            }
            Err(fault) => {
                self.stop();
                match fault {
                    Fault::Timeout(_) => self.health.hung.fetch_add(1, Ordering::Relaxed),
                    _ => self.health.died.fetch_add(1, Ordering::Relaxed),
                };
            }
        }
        answer
    }

    fn ask_once(&mut self, request: &Value) -> Result<Value, Fault> {
        if self.health.answered.load(Ordering::Relaxed) == 0
            && self.health.died.load(Ordering::Relaxed) >= HOPELESS
        {
            return Err(Fault::Unusable("it died on every request so far".to_owned()));
        }
        let limit = if self.health.hung.load(Ordering::Relaxed) >= PATIENCE {
            self.product.timeout.min(Duration::from_secs(2))
        } else {
            self.product.timeout
        };
        if self.running.is_none() {
            self.running = Some(start(&self.product)?);
        }
        let Some(running) = &mut self.running else { return Err(Fault::Died(String::new())) };
        let mut line = request.to_string().into_bytes();
        line.push(b'\n');
        if let Some(requests) = &running.requests {
            // A failed send means that the writer saw a broken pipe: the answer side tells why.
            let _ = requests.send(line);
        }
        match running.answers.recv_timeout(limit) {
            Ok(Ok(answer)) => match serde_json::from_slice::<Value>(&answer) {
                Ok(answer) => match internal_error(&answer) {
                    Some(what) => Err(Fault::Bug(what)),
                    None => Ok(answer),
                },
                Err(e) => {
                    Err(Fault::Garbage(format!("{e}: {}", shorten(&String::from_utf8_lossy(&answer), 200))))
                }
            },
            Ok(Err(e)) => Err(Fault::Died(e.to_string())),
            Err(RecvTimeoutError::Timeout) => Err(Fault::Timeout(limit)),
            Err(RecvTimeoutError::Disconnected) => Err(Fault::Died(running.last_words())),
        }
    }

    fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.requests = None;
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Running {
    /// Exit status and the end of standard error of a process that closed its output.
    fn last_words(&mut self) -> String {
        let mut status = None;
        for _ in 0..50 {
            if let Ok(Some(done)) = self.child.try_wait() {
                status = Some(done);
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let said = self.stderr.lock().map(|s| String::from_utf8_lossy(&s).into_owned()).unwrap_or_default();
        let said = shorten(said.trim(), 400);
        match status {
            Some(status) => format!("{status}; {said}"),
            None => format!("it closed its output; {said}"),
        }
    }
}

/// The text of an answer that reports an internal bug.
fn internal_error(answer: &Value) -> Option<String> {
    let message = answer.pointer("/errors/0/msg").or_else(|| answer.pointer("/load/0/msg"))?.as_str()?;
    message.starts_with("internal error").then(|| message.to_owned())
}

fn start(product: &Product) -> Result<Running, Fault> {
    let mut child = product
        .command(&["cue", "serve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| Fault::Unusable(format!("{}: {e}", product.binary.display())))?;
    let (Some(mut stdin), Some(stdout), Some(mut stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(Fault::Unusable("no pipes".to_owned()));
    };
    let (requests, to_write) = channel::<Vec<u8>>();
    std::thread::spawn(move || {
        for line in to_write {
            if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
                return;
            }
        }
    });
    let (send_answer, answers) = channel();
    std::thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        loop {
            let mut line = Vec::new();
            let answer = match stdout.read_until(b'\n', &mut line) {
                Ok(0) => return,
                Ok(_) => Ok(line),
                Err(e) => Err(e),
            };
            if send_answer.send(answer).is_err() {
                return;
            }
        }
    });
    let said = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&said);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(n) = stderr.read(&mut buffer) {
            let Ok(mut said) = keep.lock() else { return };
            if n == 0 {
                return;
            }
            said.extend_from_slice(&buffer[..n]);
            let excess = said.len().saturating_sub(16 * 1024);
            said.drain(..excess);
        }
    });
    Ok(Running { child, requests: Some(requests), answers, stderr: said })
}

/// `text` cut to at most `limit` bytes at a character boundary.
pub fn shorten(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}
