//! Options that several commands of the reference share.

use clap::Args;

/// Options of every command.
#[derive(Clone, Debug, Default, Args)]
pub struct Everywhere {
    /// Print all available errors; they always are.
    #[arg(short = 'E', long = "all-errors", global = true)]
    pub all_errors: bool,
    /// Proceed in the presence of errors.
    #[arg(short = 'i', long = "ignore", global = true)]
    pub ignore: bool,
    /// Simplify output.
    #[arg(short = 's', long = "simplify", global = true)]
    pub simplify: bool,
    /// Change the working folder before running the command.
    #[arg(short = 'C', long = "chdir", global = true, value_name = "DIR")]
    pub chdir: Option<String>,
}

/// What is read.
#[derive(Clone, Debug, Default, Args)]
pub struct Inputs {
    /// Packages, CUE files and data files; a qualifier such as `json:` says how the files behind it are read.
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<String>,
    /// Set the value of a tagged field.
    #[arg(short = 't', long = "inject", value_name = "TAG")]
    pub inject: Vec<String>,
    /// Inject system variables in tags.
    #[arg(short = 'T', long = "inject-vars")]
    pub inject_vars: bool,
}

/// Where output goes, and in which form.
#[derive(Clone, Debug, Default, Args)]
pub struct Output {
    /// Output format: cue, json, jsonl, yaml, toml, text, binary.
    #[arg(long = "out", value_name = "FORMAT")]
    pub out: Option<String>,
    /// File name, or - for standard output, with an optional format and colon before it.
    #[arg(short = 'o', long = "outfile", value_name = "FILE")]
    pub outfile: Option<String>,
    /// Overwrite an existing file.
    #[arg(short = 'f', long = "force")]
    pub force: bool,
}
