//! Faults of values, E02xx.

use super::{Code, Entry};

/// A value that cannot be computed, of no more particular kind.
pub const EVALUATION: Code = Code(200);
/// Two values that do not unify.
pub const CONFLICT: Code = Code(201);
/// A value outside a constraint.
pub const OUT_OF_BOUND: Code = Code(202);
/// A field that a closed struct does not have.
pub const NOT_ALLOWED: Code = Code(203);
/// A value that is not concrete where it must be.
pub const INCOMPLETE: Code = Code(204);
/// A required field without value.
pub const REQUIRED_MISSING: Code = Code(205);
/// No alternative of a disjunction fits.
pub const NO_ALTERNATIVE: Code = Code(206);
/// Several alternatives are left.
pub const AMBIGUOUS: Code = Code(207);
/// A name that nothing declares.
pub const UNDEFINED_REFERENCE: Code = Code(208);
/// A selected field that does not exist.
pub const UNDEFINED_FIELD: Code = Code(209);
/// An operator that does not fit its operands.
pub const BAD_OPERANDS: Code = Code(210);
/// A wrong call.
pub const BAD_CALL: Code = Code(211);
/// Values that need each other.
pub const CYCLE: Code = Code(212);
/// A struct that contains itself.
pub const STRUCTURAL_CYCLE: Code = Code(213);
/// An error that the source asks for.
pub const USER_ERROR: Code = Code(214);
/// An import, alias or let clause that nothing uses.
pub const UNUSED: Code = Code(215);
/// An evaluation that takes more than it may.
pub const BUDGET: Code = Code(216);
/// A name declared twice in one scope.
pub const REDECLARED: Code = Code(217);

/// The entries of this group, in order of code.
pub const ENTRIES: &[Entry] = &[
    Entry {
        code: EVALUATION,
        title: "value has an error",
        explanation: "An operation on values failed. The message names the operation and the values.",
        language: "cue",
        example: "a: 1 / 0",
        fix: "Look at the operands at the places shown.",
    },
    Entry {
        code: CONFLICT,
        title: "values conflict",
        explanation: "All values given for one field must agree. Here two of them have nothing in common: different constants, or a value of another kind than the field has.",
        language: "cue",
        example: r#"replicas: int
replicas: "three""#,
        fix: "Change or remove one of the values shown. A value that others may replace is written as a default: `*3 | int`.",
    },
    Entry {
        code: OUT_OF_BOUND,
        title: "value is out of bounds",
        explanation: "The field has a constraint, such as a range, a pattern or a validator, and the value does not satisfy it.",
        language: "cue",
        example: r#"port: >0 & <65536
port: 70000"#,
        fix: "Give a value that satisfies the constraint.",
    },
    Entry {
        code: NOT_ALLOWED,
        title: "field is not allowed",
        explanation: "The struct comes from a definition (or `close`), which lists all the fields there may be. Most often the name is misspelt.",
        language: "cue",
        example: r#"#Pod: image: string
p: #Pod & {imgae: "nginx"}"#,
        fix: "Correct the name, or add the field to the definition.",
    },
    Entry {
        code: INCOMPLETE,
        title: "value is not complete",
        explanation: "Output needs concrete values. The field has a type or a constraint but no value, or an expression refers to such a field.",
        language: "cue",
        example: "name: string",
        fix: "Give the field a value or a default.",
    },
    Entry {
        code: REQUIRED_MISSING,
        title: "required field is missing",
        explanation: "A field marked with `!` has to be given by whoever uses the struct.",
        language: "cue",
        example: r#"#App: image!: string
app: #App"#,
        fix: "Give the field.",
    },
    Entry {
        code: NO_ALTERNATIVE,
        title: "no alternative fits",
        explanation: "Every alternative of a disjunction failed. The reasons are listed for each.",
        language: "cue",
        example: r#"protocol: "TCP" | "UDP"
protocol: "HTTP""#,
        fix: "Use one of the alternatives.",
    },
    Entry {
        code: AMBIGUOUS,
        title: "several alternatives are left",
        explanation: "More than one alternative of a disjunction fits and none is the default.",
        language: "cue",
        example: r#"size: "small" | "large""#,
        fix: "Choose one, or mark one as default with `*`.",
    },
    Entry {
        code: UNDEFINED_REFERENCE,
        title: "reference is not found",
        explanation: "The name is not declared in any surrounding struct, file or import.",
        language: "cue",
        example: r#"a: nmae
name: "x""#,
        fix: "Correct the name, or declare it. Fields of other structs are reached with `struct.field`.",
    },
    Entry {
        code: UNDEFINED_FIELD,
        title: "field does not exist",
        explanation: "The struct or list has no such field or element.",
        language: "cue",
        example: r#"a: {b: 1}
c: a.d"#,
        fix: "Correct the name, or test with `if a.d != _|_`.",
    },
    Entry {
        code: BAD_OPERANDS,
        title: "operator does not fit its operands",
        explanation: "The kinds of the operands have no such operation.",
        language: "cue",
        example: r#"a: "1" + 1"#,
        fix: r#"Convert one operand, for example by interpolation: `"\(n)"`."#,
    },
    Entry {
        code: BAD_CALL,
        title: "call is wrong",
        explanation: "What is called is no function, or the number or the kinds of the arguments do not fit it, or the function failed.",
        language: "cue",
        example: r#"import "strings"
a: strings.ToUpper(1)"#,
        fix: "Look up the parameters of the function.",
    },
    Entry {
        code: CYCLE,
        title: "values depend on each other",
        explanation: "To compute the value, the value itself would be needed.",
        language: "cue",
        example: r#"a: b + 1
b: a + 1"#,
        fix: "Give one of the fields a value of its own.",
    },
    Entry {
        code: STRUCTURAL_CYCLE,
        title: "struct contains itself",
        explanation: "Following references, the struct would contain itself without end.",
        language: "cue",
        example: "#List: {head: int, tail: #List}",
        fix: "Make the inner reference optional, or one alternative of several: `tail: null | #List`.",
    },
    Entry {
        code: USER_ERROR,
        title: "the source reports an error",
        explanation: r#"The source contains `error("…")` or `_|_` where this value leads to."#,
        language: "cue",
        example: r#"mode: "a" | error("only mode a is supported")
mode: "b""#,
        fix: "Follow the message, which the author of the source wrote.",
    },
    Entry {
        code: UNUSED,
        title: "declared but not used",
        explanation: "Imports, aliases and let clauses that nothing refers to are errors, since they are most often left-overs or misspelt.",
        language: "cue",
        example: r#"import "strings"
a: 1"#,
        fix: "Remove it.",
    },
    Entry {
        code: BUDGET,
        title: "evaluation takes too much",
        explanation: "Steps, depth and memory of an evaluation are limited, so that no input can run forever.",
        language: "cue",
        example: "",
        fix: "Look for lists or strings that multiply, or for recursion. The limits can be raised by option.",
    },
    Entry {
        code: REDECLARED,
        title: "name is declared twice",
        explanation: "An alias, let clause or import has the name of another declaration of the same scope.",
        language: "cue",
        example: r#"let x = 1
x: 2"#,
        fix: "Rename one of them.",
    },
];
