//! Runs one command to its end with a time limit, keeping what it wrote.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a command did.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Exit status; `None` when a signal or the time limit ended it.
    pub status: Option<i32>,
    /// Standard output, as text; other bytes are replaced.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
    /// Whether the time limit ended it.
    pub timed_out: bool,
    /// Time from start to end.
    pub took: Duration,
}

impl Outcome {
    /// The status in words.
    pub fn status_text(&self) -> String {
        match self.status {
            _ if self.timed_out => "no end within the time limit".to_owned(),
            Some(code) => format!("exit status {code}"),
            None => "ended by a signal".to_owned(),
        }
    }

    /// Whether it ended with status 0.
    pub fn success(&self) -> bool {
        self.status == Some(0)
    }

    /// Whether it ended in a way that no input may cause: a hang, a signal, or the status of an internal bug.
    pub fn broke(&self) -> bool {
        self.timed_out || matches!(self.status, None | Some(101 | 134 | 137 | 139))
    }
}

/// Runs `command` with `stdin`, and kills it after `limit`.
pub fn run(mut command: Command, stdin: &[u8], limit: Duration) -> std::io::Result<Outcome> {
    let started = Instant::now();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let input = child.stdin.take();
    let stdin = stdin.to_vec();
    std::thread::spawn(move || {
        if let Some(mut input) = input {
            // The program may end without reading; that is not an error of the harness.
            let _ = input.write_all(&stdin);
        }
    });
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let mut pause = Duration::from_micros(200);
    let mut timed_out = false;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > limit {
            timed_out = true;
            child.kill()?;
            break child.wait()?;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    };
    let text = |handle: std::thread::JoinHandle<Vec<u8>>| {
        handle.join().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    };
    Ok(Outcome {
        status: if timed_out { None } else { status.code() },
        stdout: text(stdout),
        stderr: text(stderr),
        timed_out,
        took: started.elapsed(),
    })
}

/// Reads a pipe to its end; what exceeds 64 MiB is dropped, so that a runaway cannot fill the harness's memory.
fn collect(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        let Some(mut pipe) = pipe else { return kept };
        while let Ok(n) = pipe.read(&mut buffer) {
            if n == 0 {
                break;
            }
            if kept.len() < 64 << 20 {
                kept.extend_from_slice(&buffer[..n]);
            }
        }
        kept
    })
}
