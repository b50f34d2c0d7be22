//! Faults of data files and of loading, E06xx.

use super::{Code, Entry};

/// YAML that cannot be read.
pub const YAML: Code = Code(600);
/// JSON that cannot be read.
pub const JSON: Code = Code(601);
/// A key given twice in one mapping.
pub const DUPLICATE_KEY: Code = Code(602);
/// An alias that cannot be resolved.
pub const ALIAS: Code = Code(603);
/// A merge key that does not merge.
pub const MERGE: Code = Code(604);
/// A tag that has no meaning here.
pub const TAG: Code = Code(605);
/// Data beyond a limit.
pub const TOO_LARGE: Code = Code(606);
/// Text that is not UTF-8.
pub const NOT_UTF8: Code = Code(607);
/// A mapping key that is no scalar.
pub const MAP_KEY: Code = Code(608);
/// A scalar that has no value in the language.
pub const BAD_SCALAR: Code = Code(609);
/// A package, file or module that cannot be loaded.
pub const LOAD: Code = Code(620);

/// The entries of this group, in order of code.
pub const ENTRIES: &[Entry] = &[
    Entry {
        code: YAML,
        title: "YAML is malformed",
        explanation: "The text is not YAML. Reading goes on with the next document, so that one run reports all malformed documents.",
        language: "yaml",
        example: r#"a: [1, 2
b: 3"#,
        fix: "Look at indentation, at brackets, and at texts with `: ` or ` #` in them, which need quotes.",
    },
    Entry {
        code: JSON,
        title: "JSON is malformed",
        explanation: "JSON has no comments, no trailing commas, no single quotes, and needs quotes around keys.",
        language: "json",
        example: r#"{"a": 1,}"#,
        fix: "Remove or quote what is shown, or name the file `.yaml`.",
    },
    Entry {
        code: DUPLICATE_KEY,
        title: "key is given twice",
        explanation: "Both values hold, so they have to agree; most programs would silently keep the last.",
        language: "yaml",
        example: r#"image: nginx
image: redis"#,
        fix: "Remove one of them.",
    },
    Entry {
        code: ALIAS,
        title: "alias cannot be resolved",
        explanation: "An alias (`*name`) needs an anchor (`&name`) before it that does not contain it, and all aliases of a document together may expand only to a limited number of nodes.",
        language: "yaml",
        example: "a: &x [*x]",
        fix: "Define the anchor before the alias; write large repetitions out.",
    },
    Entry {
        code: MERGE,
        title: "merge key has no mapping",
        explanation: "The value of `<<` is a mapping, or a list of mappings.",
        language: "yaml",
        example: "<<: 1",
        fix: "Point `<<` at a mapping, or quote it if it is an ordinary key.",
    },
    Entry {
        code: TAG,
        title: "tag is not known",
        explanation: "Only the tags of YAML itself are known (`!!str`, `!!int`, `!!binary`, …), and the value must fit the tag.",
        language: "yaml",
        example: "a: !vault secret",
        fix: "Remove the tag, or preprocess the file.",
    },
    Entry {
        code: TOO_LARGE,
        title: "data is too large or nested too deeply",
        explanation: "Depth and size of data files are limited, so that no input can exhaust memory or stack.",
        language: "yaml",
        example: "",
        fix: "Split the file.",
    },
    Entry {
        code: NOT_UTF8,
        title: "text is not UTF-8",
        explanation: "All source and data files are UTF-8.",
        language: "yaml",
        example: "",
        fix: "Save the file as UTF-8.",
    },
    Entry {
        code: MAP_KEY,
        title: "key is not a scalar",
        explanation: "Keys become field names, so they have to be text, numbers, booleans or null.",
        language: "yaml",
        example: r#"? [a, b]
: 1"#,
        fix: "Use a text as key.",
    },
    Entry {
        code: BAD_SCALAR,
        title: "scalar has no value",
        explanation: "Infinities and not-a-number have no value in the language.",
        language: "yaml",
        example: "limit: .inf",
        fix: "Quote it if a text is meant; otherwise leave the field out.",
    },
    Entry {
        code: LOAD,
        title: "package cannot be loaded",
        explanation: "The argument or import names no package or file that can be read, or its files do not belong together.",
        language: "cue",
        example: r#"import "example.com/none""#,
        fix: "Check the path and the `cue.mod/module.cue` file.",
    },
];
