//! Faults of addons, E09xx.

use super::{Code, Entry};

/// An addon that is malformed.
pub const ADDON: Code = Code(900);
/// A parameter of an addon.
pub const ADDON_PARAMETER: Code = Code(901);
/// A part of an addon that is not rendered.
pub const ADDON_PART: Code = Code(902);

/// The entries of this group, in order of code.
pub const ENTRIES: &[Entry] = &[
    Entry {
        code: ADDON,
        title: "addon is malformed",
        explanation: "An addon is a folder with `metadata.yaml`, which has `name` and `version`, and with `template.cue` or `template.yaml`, `parameter.cue`, `resources/`, `definitions/`, `schemas/` and `views/` where it needs them. The template's `output` is its Application.",
        language: "yaml",
        example: "name: my-addon\nversion: 1.0.0",
        fix: "Add what is missing at the place that is shown.",
    },
    Entry {
        code: ADDON_PARAMETER,
        title: "parameter of an addon",
        explanation: "A parameter is given that `parameter.cue` does not declare, or one is missing that has no default.",
        language: "cue",
        example: "parameter: {\n\tnamespace: *\"tools\" | string\n\ttoken: string\n}",
        fix: "Correct the name, or give the parameter with `--set`.",
    },
    Entry {
        code: ADDON_PART,
        title: "part of an addon is not rendered",
        explanation: "Some parts of an addon get their form only when KubeVela installs it, or have to be compiled first.",
        language: "sh",
        example: "vela-lang addon render my-addon",
        fix: "Nothing is to be done; know that the printed objects are not all.",
    },
];
