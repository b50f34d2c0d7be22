//! Faults of source text, E01xx.

use super::{Code, Entry};

/// Source text that the grammar has no place for.
pub const SYNTAX: Code = Code(100);
/// A string, comment or bracket that does not end.
pub const UNTERMINATED: Code = Code(101);
/// A character or token that the language does not have.
pub const BAD_CHARACTER: Code = Code(102);
/// A wrong escape sequence.
pub const BAD_ESCAPE: Code = Code(103);
/// A malformed number.
pub const BAD_NUMBER: Code = Code(104);
/// A string of several lines with differing indentation.
pub const BAD_INDENTATION: Code = Code(105);
/// Source nested too deeply.
pub const TOO_DEEP: Code = Code(106);
/// A malformed package clause or import.
pub const BAD_IMPORT: Code = Code(107);

/// The entries of this group, in order of code.
pub const ENTRIES: &[Entry] = &[
    Entry {
        code: SYNTAX,
        title: "source text is not valid",
        explanation: "The parser met a token that cannot stand there. Parsing goes on at the next declaration, so that one run reports all such places.",
        language: "cue",
        example: r#"a: 1 +
b: 2"#,
        fix: "Look at the place shown and at the line before it: often an operand, a comma or a closing bracket is missing.",
    },
    Entry {
        code: UNTERMINATED,
        title: "string, comment or bracket is not closed",
        explanation: "The file or the line ended inside a string, an attribute, or between brackets.",
        language: "cue",
        example: r#"a: "text
b: {"#,
        fix: r#"Add the closing quote or bracket. A string of several lines is written between `"""` marks that stand on lines of their own."#,
    },
    Entry {
        code: BAD_CHARACTER,
        title: "character does not belong to the language",
        explanation: "A character stands outside of strings and comments that no token starts with, or the text is not valid UTF-8.",
        language: "cue",
        example: "a: 1 ; b: 2",
        fix: "Remove the character. Fields are separated by commas or line ends.",
    },
    Entry {
        code: BAD_ESCAPE,
        title: "escape sequence is not known",
        explanation: r##"After a backslash in a string only the letters of the language may follow. Strings that open with `#"` escape with `\#`."##,
        language: "cue",
        example: r#"a: "C:\dir""#,
        fix: r##"Double the backslash, or write the string as `#"C:\dir"#`."##,
    },
    Entry {
        code: BAD_NUMBER,
        title: "number is malformed",
        explanation: "A decimal number may not start with a zero, `_` may only stand between digits, and an exponent needs digits.",
        language: "cue",
        example: "a: 012",
        fix: "Write `12`, or `0o12` for an octal number.",
    },
    Entry {
        code: BAD_INDENTATION,
        title: "lines of a string are indented differently",
        explanation: "Every line of a string of several lines starts with the white space that stands before the closing quotes.",
        language: "cue",
        example: r#"a: """
    one
  two
    """"#,
        fix: "Indent every line at least as far as the closing quotes, with the same characters.",
    },
    Entry {
        code: TOO_DEEP,
        title: "source is nested too deeply",
        explanation: "Expressions, structs and lists may be nested only to a fixed depth, so that no input can exhaust the stack.",
        language: "cue",
        example: "",
        fix: "Give names to inner parts and refer to them.",
    },
    Entry {
        code: BAD_IMPORT,
        title: "package clause or import is malformed",
        explanation: "The package clause comes first, imports second; an import names a package in quotes.",
        language: "cue",
        example: "import strings",
        fix: r#"Write `import "strings"`."#,
    },
];
