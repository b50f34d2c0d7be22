//! Faults of X-definitions, E03xx.

use super::{Code, Entry};

/// A definition that is malformed.
pub const DEFINITION: Code = Code(300);
/// A type that no definition has.
pub const UNKNOWN_DEFINITION: Code = Code(301);
/// Two definitions of one type.
pub const DUPLICATE_DEFINITION: Code = Code(302);
/// A template that needs a cluster, a server or a chart.
pub const UNSUPPORTED_PROVIDER: Code = Code(303);

/// An idiom of older CUE.
pub const LEGACY: Code = Code(312);

/// A fixture that is malformed.
pub const FIXTURE: Code = Code(313);

/// The entries of this group, in order of code.
pub const ENTRIES: &[Entry] = &[
    Entry {
        code: DEFINITION,
        title: "definition is malformed",
        explanation: "A definition file has one top-level field with `type`, `annotations`, `labels`, `description` and `attributes`, and a `template`.",
        language: "cue",
        example: r#"webservice: {
	type: "komponent"
}
template: {}"#,
        fix: "Compare with a definition that `vela-lang def init` writes.",
    },
    Entry {
        code: UNKNOWN_DEFINITION,
        title: "type is not known",
        explanation: "The Application names a component, trait, policy or workflow step type that is neither built in nor among the given definitions.",
        language: "yaml",
        example: r#"components:
  - name: web
    type: webservise"#,
        fix: "Correct the name, or pass the definition with `--definitions`.",
    },
    Entry {
        code: DUPLICATE_DEFINITION,
        title: "type is defined twice",
        explanation: "Two definitions given to this run have the same kind, name and version.",
        language: "cue",
        example: "",
        fix: "Remove one of them.",
    },
    Entry {
        code: UNSUPPORTED_PROVIDER,
        title: "template acts while rendering",
        explanation: "The template calls a function of KubeVela's packages that asks a cluster or a server, or renders a chart. A build reads nothing but the given files, so that the same input always gives the same output.",
        language: "cue",
        example: r#"import "vela/kube"

template: {
	object: kube.#Get & {
		$params: resource: {apiVersion: "v1", kind: "ConfigMap", metadata: name: "conf"}
	}
}"#,
        fix: "Give the answer with `--fixtures`, or what the template would fetch as properties.",
    },
    Entry {
        code: LEGACY,
        title: "idiom of older CUE",
        explanation: "`+` and `*` of lists, and fields with the bare name `error`, are no longer CUE. KubeVela rewrites them before it evaluates a template, and so does a build, with this warning; plain CUE refuses them.",
        language: "cue",
        example: r#"template: {
	parameter: args: [...string]
	output: spec: args: ["--verbose"] + parameter.args
}"#,
        fix: "Run `vela-lang def fix` on the definition. `--legacy` accepts them without a warning, `--legacy=deny` refuses them.",
    },
    Entry {
        code: FIXTURE,
        title: "fixture is malformed",
        explanation: "A file of fixtures is a YAML list, or several documents. Each is a Kubernetes object, which answers `kube.#Get`, `#Read` and `#List`, or the answer to a call: its function, the arguments that must be equal, and what it returns.",
        language: "yaml",
        example: r#"- call: http.#Gett
  params: {url: "https://example.com"}
  returns: {body: "hello", statusCode: 200}"#,
        fix: "Correct the name of the function; give `returns`.",
    },
];
