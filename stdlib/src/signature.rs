//! The shape of the table of builtin functions, read alike by the evaluator, the language server and the
//! documentation.

use vela_eval::data::Data;
pub use vela_ir::Kinds;

/// A parameter of a builtin function.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name, for documentation.
    pub name: &'static str,
    /// What it accepts.
    pub kinds: Kinds,
    /// CUE source of a richer schema that the argument is unified with, where the kinds don't say it all; its
    /// default makes the argument optional.
    pub schema: Option<&'static str>,
}

/// Why a call gives no value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CallError {
    /// It never will: the text after `error in call to NAME: `.
    Fatal(String),
    /// It might when more is known.
    Incomplete(String),
}

/// What a function gives back.
#[derive(Clone, PartialEq, Debug)]
pub enum Return {
    /// Plain data.
    Data(Data),
    /// For checks: does not hold, with a reason or `""`. A full call gives `false`.
    Unsatisfied(String),
}

/// How a function is run.
#[derive(Clone, Copy)]
pub enum Run {
    /// On fully concrete arguments.
    Data(fn(&[Data]) -> Result<Return, CallError>),
    /// By the evaluator.
    Evaluator,
}

/// A builtin function.
#[derive(Clone, Copy)]
pub struct Function {
    /// The package's import path.
    pub package: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
    /// What it returns.
    pub result: Kinds,
    /// One sentence on what it does.
    pub doc: &'static str,
    /// Whether arguments may be anything, not only concrete.
    pub non_concrete: bool,
    /// How it runs.
    pub run: Run,
}
