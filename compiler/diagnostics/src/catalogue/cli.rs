//! Faults of the call and of its surroundings, E07xx.

use super::{Code, Entry};

/// A wrong call of the program.
pub const USAGE: Code = Code(700);
/// A file or folder that cannot be read.
pub const READ: Code = Code(701);
/// A file or folder that cannot be written.
pub const WRITE: Code = Code(702);
/// An output file that is there already.
pub const FILE_EXISTS: Code = Code(703);
/// A fault of the program itself.
pub const INTERNAL: Code = Code(704);

/// The entries of this group, in order of code.
pub const ENTRIES: &[Entry] = &[
    Entry {
        code: USAGE,
        title: "command line is wrong",
        explanation: "An option or argument is missing, unknown, or excludes another.",
        language: "sh",
        example: "vela-lang build --out-put x",
        fix: "Look at `vela-lang help`.",
    },
    Entry {
        code: READ,
        title: "file cannot be read",
        explanation: "The file does not exist, is a folder, or may not be read.",
        language: "sh",
        example: "vela-lang build nosuch.yaml",
        fix: "Check the path and its permissions.",
    },
    Entry {
        code: WRITE,
        title: "file cannot be written",
        explanation: "The result could not be written. Files that were there are as they were.",
        language: "sh",
        example: "vela-lang build app.yaml --output-dir /",
        fix: "Check the path, its permissions, and the free space.",
    },
    Entry {
        code: FILE_EXISTS,
        title: "output file exists",
        explanation: "Files that this program did not write are not replaced unasked.",
        language: "sh",
        example: "vela-lang cue export -o out.yaml",
        fix: "Remove the file, or pass `--force`.",
    },
    Entry {
        code: INTERNAL,
        title: "internal error",
        explanation: "The program came to a state that its authors thought impossible. Your input may be right.",
        language: "sh",
        example: "",
        fix: "Please report it, with the input and the text of the message.",
    },
];
