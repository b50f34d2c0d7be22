//! One run of a program: its output, its time, its processor time and its highest memory. A process learns the last two
//! only of all its ended children together, so each run gets a process of its own that has just the one child:
//! `cargo xtask measured REPORT SECONDS PROGRAM ARGUMENT…`.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// From start to end.
    pub seconds: f64,
    /// On all processors, in the program and in the system for it.
    pub processor: f64,
    /// Highest resident memory.
    pub peak_kib: u64,
}

/// The process between: starts the program, waits, and writes its figures.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let [report, limit, program, rest @ ..] = arguments else {
        return Err("measured REPORT SECONDS PROGRAM ARGUMENT…".to_owned());
    };
    let limit = limit.parse().map(Duration::from_secs_f64).map_err(|e| format!("{limit}: {e}"))?;
    let started = Instant::now();
    let mut child = Command::new(program).args(rest).spawn().map_err(|e| format!("{program}: {e}"))?;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            break status;
        }
        let so_far = started.elapsed();
        if so_far > limit {
            child.kill().map_err(|e| e.to_string())?;
            child.wait().map_err(|e| e.to_string())?;
            return Err(format!("over {} s", limit.as_secs_f64()));
        }
        std::thread::sleep((so_far / 100).clamp(Duration::from_micros(50), Duration::from_millis(5)));
    };
    let seconds = started.elapsed().as_secs_f64();
    if !status.success() {
        return Err(status.to_string());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|e| e.to_string())?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    let figures = format!("{seconds} {} {}", micros as f64 / 1e6, usage.max_rss());
    std::fs::write(report, figures).map_err(|e| format!("{report}: {e}"))
}

/// Runs a program in a folder; gives its output, and its figures or what was wrong.
pub fn measure(
    program: &Path,
    arguments: &[String],
    cwd: &Path,
    limit: f64,
) -> Result<(Vec<u8>, Result<Run, String>), String> {
    let itself = std::env::current_exe().map_err(|e| e.to_string())?;
    let report = tempfile(&format!("vela-bench-{}-run", std::process::id()));
    let mut command = Command::new(itself);
    command.arg("measured").arg(&report).arg(limit.to_string()).arg(program).args(arguments);
    let mut child = command
        .current_dir(cwd)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("{}: {e}", program.display()))?;
    let Some(mut stderr) = child.stderr.take() else { return Err("no pipes".to_owned()) };
    let said = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = stderr.read_to_string(&mut text);
        text
    });
    let mut output = Vec::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_end(&mut output).map_err(|e| e.to_string())?;
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    let said = said.join().unwrap_or_default();
    let figures = std::fs::read_to_string(&report).unwrap_or_default();
    let _ = std::fs::remove_file(&report);
    let words: Vec<&str> = figures.split_whitespace().collect();
    let run = match words.as_slice() {
        [seconds, processor, peak] if status.success() => Ok(Run {
            seconds: seconds.parse().map_err(|e| format!("{seconds}: {e}"))?,
            processor: processor.parse().map_err(|e| format!("{processor}: {e}"))?,
            peak_kib: peak.parse().map_err(|e| format!("{peak}: {e}"))?,
        }),
        _ => Err(said.lines().last().unwrap_or("it failed").to_owned()),
    };
    Ok((output, run))
}

/// A file of this name for the time of a run.
pub fn tempfile(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(name)
}
