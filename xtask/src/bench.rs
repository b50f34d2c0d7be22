//! `cargo xtask bench`: measures whole programs on generated workloads. Each folder has a `bench.json` that names the
//! commands; they run in turn (A B A B), since machines drift. Processor time counts, as other work on the machine lengthens
//! only the time on the clock; it is also quoted as a multiple of the floor from the same rounds: a program that reads
//! every input byte and writes the finished output, with nothing between.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::measured;

const USAGE: &str = "\
usage: cargo xtask bench FOLDER… [--bin PATH] [--tool NAME]… [--with ARGUMENTS] [--runs N] [--limit SECONDS]

  FOLDER   a workload (a folder with bench.json), or a folder of workloads; several sizes of one give its growth
  --bin    the vela-lang to time; default target/release/vela-lang
  --tool   only these tools besides vela-lang and the floor; default every tool that is on the path
  --with   further arguments for vela-lang, such as \"-j 1\"
  --runs   rounds; default 5
  --limit  seconds for one run; default 120
";

/// One workload and the commands that it compares.
struct Workload {
    folder: PathBuf,
    name: String,
    size: f64,
    commands: Vec<Contender>,
}

struct Contender {
    tool: String,
    cwd: PathBuf,
    program: PathBuf,
    arguments: Vec<String>,
}

/// Figures of one contender, by round, with its highest memory and its output's size.
#[derive(Default)]
struct Times {
    processor: Vec<f64>,
    seconds: Vec<f64>,
    peak_kib: u64,
    bytes: usize,
    failed: Option<String>,
}

/// Runs the task with its arguments.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let mut folders = Vec::new();
    let mut tools: Vec<&str> = Vec::new();
    let mut binary = PathBuf::from("target/release/vela-lang");
    let (mut runs, mut limit) = (5, 120.0);
    let mut with: Vec<String> = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--help" | "-h" => {
                print!("{USAGE}");
                return Ok(());
            }
            "--bin" => binary = PathBuf::from(value()?),
            "--tool" => tools.push(value()?.as_str()),
            "--with" => with = value()?.split_whitespace().map(str::to_owned).collect(),
            "--runs" => runs = value()?.parse().map_err(|e| format!("--runs: {e}"))?,
            "--limit" => limit = value()?.parse().map_err(|e| format!("--limit: {e}"))?,
            flag if flag.starts_with('-') => return Err(format!("unknown flag: {flag}\n{USAGE}")),
            folder => folders.push(PathBuf::from(folder)),
        }
    }
    if folders.is_empty() {
        return Err(USAGE.to_owned());
    }
    let binary = std::path::absolute(&binary).map_err(|e| e.to_string())?;
    let mut workloads = Vec::new();
    for folder in &folders {
        for place in with_bench_json(folder) {
            workloads.push(read(&place, &binary, &tools, &with)?);
        }
    }
    workloads.sort_by(|a, b| a.name.cmp(&b.name).then(a.size.total_cmp(&b.size)));
    let mut before: BTreeMap<(String, String), (f64, f64)> = BTreeMap::new();
    for workload in &workloads {
        println!("{} {} ({})", workload.name, workload.size, workload.folder.display());
        println!(
            "  {:<12}{:>12}{:>12}{:>9}{:>12}{:>11}{:>12}  growth",
            "tool", "processor", "clock", "× floor", "× vela-lang", "memory", "output"
        );
        let results = measure(workload, runs, limit)?;
        for (tool, times) in &results {
            report(workload, tool, times, &results, &mut before);
        }
    }
    Ok(())
}

/// The program behind `cargo xtask floor FOLDER OUTPUT`: reads all files of a folder, then writes the file with the output.
pub fn floor(arguments: &[String]) -> Result<(), String> {
    let [folder, output] = arguments else { return Err("floor FOLDER OUTPUT".to_owned()) };
    let mut open = vec![PathBuf::from(folder)];
    let mut sum = 0_u64;
    while let Some(place) = open.pop() {
        for entry in std::fs::read_dir(place).map_err(|e| e.to_string())?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
                sum = bytes.iter().fold(sum, |sum, byte| sum.wrapping_add(u64::from(*byte)));
            }
        }
    }
    std::hint::black_box(sum);
    let bytes = std::fs::read(output).map_err(|e| e.to_string())?;
    std::io::stdout().write_all(&bytes).map_err(|e| e.to_string())
}

fn with_bench_json(folder: &Path) -> Vec<PathBuf> {
    if folder.join("bench.json").is_file() {
        return vec![folder.to_owned()];
    }
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| {
            entries.flatten().map(|e| e.path()).filter(|p| p.join("bench.json").is_file()).collect()
        })
        .unwrap_or_default();
    found.sort();
    found
}

fn read(folder: &Path, binary: &Path, tools: &[&str], with: &[String]) -> Result<Workload, String> {
    let folder = std::path::absolute(folder).map_err(|e| e.to_string())?;
    let file = folder.join("bench.json");
    let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let info: Value = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
    let name = info["workload"].as_str().unwrap_or("?").to_owned();
    let params = info["params"].as_object();
    let size = params.and_then(|p| p.values().find_map(Value::as_f64)).unwrap_or(0.0);
    let mut commands = Vec::new();
    for command in info["commands"].as_array().into_iter().flatten() {
        let tool = command["tool"].as_str().unwrap_or("?").to_owned();
        let words: Vec<String> = command["argv"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|w| w.as_str().map(str::to_owned))
            .collect();
        let Some((first, arguments)) = words.split_first() else { continue };
        if tool == "vela-lang" && arguments.first().is_some_and(|a| a == "lsp") {
            println!("{}: driven over the protocol, not timed here", folder.display());
            continue;
        }
        let program = if tool == "vela-lang" {
            binary.to_owned()
        } else if tools.is_empty() || tools.contains(&tool.as_str()) {
            match on_path(first) {
                Some(program) => program,
                None => continue,
            }
        } else {
            continue;
        };
        let cwd = folder.join(command["cwd"].as_str().unwrap_or("."));
        let mut arguments = arguments.to_vec();
        if tool == "vela-lang" {
            arguments.extend_from_slice(with);
        }
        commands.push(Contender { tool, cwd, program, arguments });
    }
    Ok(Workload { folder, name, size, commands })
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|p| p.is_file())
}

/// Runs every command once a round, and the floor with what vela-lang printed in the first.
fn measure(workload: &Workload, runs: usize, limit: f64) -> Result<Vec<(String, Times)>, String> {
    let itself = std::env::current_exe().map_err(|e| e.to_string())?;
    let place = measured::tempfile(&format!("vela-bench-{}", std::process::id()));
    let mut results: Vec<(String, Times)> = vec![("floor".to_owned(), Times::default())];
    results.extend(workload.commands.iter().map(|c| (c.tool.clone(), Times::default())));
    for _ in 0..runs.max(1) {
        for (at, contender) in workload.commands.iter().enumerate() {
            let times = &mut results[at + 1].1;
            if times.failed.is_some() {
                continue;
            }
            let output = once(&contender.program, &contender.arguments, &contender.cwd, limit, times)?;
            if contender.tool == "vela-lang" && times.failed.is_none() && !place.exists() {
                std::fs::write(&place, output).map_err(|e| e.to_string())?;
            }
        }
        if let Some(ours) =
            workload.commands.iter().find(|c| c.tool == "vela-lang").filter(|_| place.exists())
        {
            let words = [ours.cwd.to_string_lossy().into_owned(), place.to_string_lossy().into_owned()];
            let arguments: Vec<String> = std::iter::once("floor".to_owned()).chain(words).collect();
            once(&itself, &arguments, &ours.cwd, limit, &mut results[0].1)?;
        }
    }
    let _ = std::fs::remove_file(&place);
    Ok(results)
}

/// One run: adds its figures, and gives its output.
fn once(
    program: &Path,
    arguments: &[String],
    cwd: &Path,
    limit: f64,
    times: &mut Times,
) -> Result<Vec<u8>, String> {
    let (output, run) = measured::measure(program, arguments, cwd, limit)?;
    match run {
        Ok(run) => {
            times.processor.push(run.processor);
            times.seconds.push(run.seconds);
            times.peak_kib = times.peak_kib.max(run.peak_kib);
            times.bytes = output.len();
        }
        Err(why) => times.failed = Some(why),
    }
    Ok(output)
}

fn report(
    workload: &Workload,
    tool: &str,
    times: &Times,
    all: &[(String, Times)],
    before: &mut BTreeMap<(String, String), (f64, f64)>,
) {
    if let Some(why) = &times.failed {
        println!("  {tool:<12} failed: {why}");
        return;
    }
    if times.processor.is_empty() {
        return;
    }
    let median = middle(times.processor.clone());
    let against = |name: &str| {
        let other = all.iter().find(|(n, _)| n == name).map(|(_, t)| &t.processor)?;
        let ratios: Vec<f64> = times.processor.iter().zip(other).map(|(a, b)| a / b.max(1e-6)).collect();
        (!ratios.is_empty()).then(|| format!("{:.2}", middle(ratios)))
    };
    let key = (workload.name.clone(), tool.to_owned());
    // How processor time grew since the size before, beside how the size did.
    let growth = before
        .get(&key)
        .filter(|(size, _)| *size > 0.0 && *size < workload.size)
        .map(|(size, time)| format!("{:.2} for {:.0}", median / time.max(1e-6), workload.size / size));
    println!(
        "  {tool:<12}{:>9.1} ms{:>9.1} ms{:>9}{:>12}{:>7} MiB{:>12}  {}",
        median * 1000.0,
        middle(times.seconds.clone()) * 1000.0,
        against("floor").unwrap_or_default(),
        against("vela-lang").unwrap_or_default(),
        times.peak_kib / 1024,
        times.bytes,
        growth.unwrap_or_default()
    );
    before.insert(key, (workload.size, median));
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[half],
        _ => f64::midpoint(values[half - 1], values[half]),
    }
}
