//! Faults of rendering, E05xx.

use super::{Code, Entry};

/// A template that gives no manifest.
pub const RENDER: Code = Code(500);
/// A patch that does not apply.
pub const PATCH: Code = Code(501);
/// A build that renders nothing.
pub const EMPTY_RESULT: Code = Code(502);

/// A rendered object that is not among the live ones.
pub const NOT_LIVE: Code = Code(503);
/// A question about a field that no rendered object has.
pub const NO_FIELD: Code = Code(504);

/// The entries of this group, in order of code.
pub const ENTRIES: &[Entry] = &[
    Entry {
        code: RENDER,
        title: "template gives no manifest",
        explanation: "Template, properties and context together have an error or are not complete.",
        language: "cue",
        example: "",
        fix: "Look at the values shown; `vela-lang why` lists where each comes from.",
    },
    Entry {
        code: PATCH,
        title: "patch does not apply",
        explanation: "A trait or policy patches something that the manifest does not have, or that conflicts with what it has.",
        language: "cue",
        example: r#"patch: spec: replicas: "many""#,
        fix: "Look at the field of the manifest and at the patch.",
    },
    Entry {
        code: EMPTY_RESULT,
        title: "nothing was rendered",
        explanation: "A build without any object is most often a wrong path. A GitOps tool would delete everything that it deployed before.",
        language: "sh",
        example: "vela-lang build empty-folder",
        fix: "Check the paths, or pass `--allow-empty` if nothing is what you want.",
    },
    Entry {
        code: NOT_LIVE,
        title: "object is not live",
        explanation: "With `--live` the status of a component is judged by its live objects. One that the component renders is not among them: it was not applied yet, or the file holds the objects of another cluster or namespace.",
        language: "sh",
        example: "kubectl get deployment,service -o yaml > live.yaml\nvela-lang build app.yaml --live live.yaml -o plan",
        fix: "Give all objects of the Application, or wait until it is applied.",
    },
    Entry {
        code: NO_FIELD,
        title: "no object has this field",
        explanation: "`why` was asked about a field that none of the rendered objects has.",
        language: "sh",
        example: "vela-lang why app.yaml spec.replicsa",
        fix: "Look at the objects with `vela-lang build`.",
    },
];
