//! The door to the standard library: what a package gives the evaluator. The predeclared functions live in
//! `predeclared.rs`; everything else comes through [`Library`].

use vela_ir::Kinds;

use crate::data::Data;

/// A parameter of a builtin function.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name, for documentation.
    pub name: &'static str,
    /// What it accepts.
    pub kinds: Kinds,
    /// CUE source of a richer schema that the argument is unified with, where the kinds don't say it all
    /// (`*"unix" | "windows"`); its default makes the argument optional.
    pub schema: Option<&'static str>,
    /// What of the argument must be known.
    pub reads: Reads,
}

/// What a function wants of an argument whose kind fits (`library.md` 0.3, 0.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reads {
    /// A concrete value of the parameter's kinds; of a list, that it is there.
    Value,
    /// A concrete value of any kind. What is missing inside is told with this text, `{}` standing for it.
    Any(&'static str),
    /// A list of numbers.
    Numbers,
    /// A list of strings.
    Texts,
    /// A list whose length counts.
    Length,
    /// Whatever it is: a schema.
    Schema,
}

/// Why a call gives no value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CallError {
    /// It never will: the text after `error in call to NAME: `.
    Fatal(String),
    /// As `Fatal`, because of an argument, or of an element in it: its place is named too.
    At {
        /// The text.
        text: String,
        /// The argument, from 0.
        argument: usize,
        /// Indices of the lists that lead to the element.
        element: Vec<usize>,
    },
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
    /// Plain data that is unified: what a text says more than once, in conflict.
    Unified(Vec<Data>),
    /// What an empty text of YAML stands for, `*null | _`; `listed`: as the only element of a list.
    Absent {
        /// Whether it stands in a list.
        listed: bool,
    },
}

/// How a function is run.
#[derive(Clone, Copy)]
pub enum Run {
    /// On fully concrete arguments.
    Data(fn(&[Data]) -> Result<Return, CallError>),
    /// The same, with the source of the first argument where that is the literal of a number.
    Spelled(fn(&[Data], Option<&str>) -> Result<Return, CallError>),
    /// By the evaluator itself (`operations.rs`), on arguments that may be open or must stay vertices.
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

/// What a package member is.
#[derive(Clone, Copy)]
pub enum Member {
    /// A function: its number in [`Library::function`].
    Function(u32),
    /// A constant, as CUE source of one number, string or bool.
    Source(&'static str),
    /// Written in CUE: a field of the package's prelude (`Ir::preludes`).
    Prelude,
}

/// The standard library as the evaluator sees it.
pub trait Library: Sync {
    /// Whether the import path names a package.
    fn has_package(&self, path: &str) -> bool;
    /// A member of a package.
    fn member(&self, path: &str, name: &str) -> Option<Member>;
    /// A function by number.
    fn function(&self, number: u32) -> &Function;
    /// Names of all members of a package, sorted.
    fn members(&self, path: &str) -> Vec<&'static str>;
}

/// A library without packages.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLibrary;

impl Library for NoLibrary {
    fn has_package(&self, _: &str) -> bool {
        false
    }
    fn member(&self, _: &str, _: &str) -> Option<Member> {
        None
    }
    fn function(&self, _: u32) -> &Function {
        // No member ever hands out a number.
        const NEVER: Function = Function {
            package: "",
            name: "",
            params: &[],
            result: Kinds::BOTTOM,
            doc: "",
            non_concrete: false,
            run: Run::Data(|_| Err(CallError::Fatal(String::new()))),
        };
        &NEVER
    }
    fn members(&self, _: &str) -> Vec<&'static str> {
        Vec::new()
    }
}
