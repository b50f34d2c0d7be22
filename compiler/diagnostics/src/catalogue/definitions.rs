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

/// A function of a provider package that is not there.
pub const UNKNOWN_FUNCTION: Code = Code(304);
/// A parameter that the template does not use.
pub const UNUSED_PARAMETER: Code = Code(305);
/// A parameter without a comment.
pub const UNDOCUMENTED_PARAMETER: Code = Code(306);
/// A property that the template reads and that `parameter` does not declare.
pub const UNDECLARED_PARAMETER: Code = Code(307);
/// A field of the context that is not there.
pub const UNKNOWN_CONTEXT: Code = Code(308);
/// A patch, or a marker of one, that can have no effect.
pub const USELESS_PATCH: Code = Code(309);
/// A definition for workloads on which it cannot work.
pub const NOT_APPLICABLE: Code = Code(310);
/// Parameters for which the template gives no data.
pub const NEVER_CONCRETE: Code = Code(311);
/// An idiom of older CUE.
pub const LEGACY: Code = Code(312);
/// A fixture that is malformed.
pub const FIXTURE: Code = Code(313);
/// A file of tests that is malformed.
pub const TEST_FILE: Code = Code(320);
/// A test of a definition that failed.
pub const TEST_FAILED: Code = Code(321);

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
        code: UNKNOWN_FUNCTION,
        title: "package has no such function",
        explanation: "The template uses a name of a `vela/…` package that KubeVela does not have, or has not for this kind of definition. KubeVela finds that when the definition is used.",
        language: "cue",
        example: r#"import "vela/kube"

template: {
	read: kube.#Raed & {$params: value: {}}
}"#,
        fix: "Correct the name.",
    },
    Entry {
        code: UNUSED_PARAMETER,
        title: "parameter is not used",
        explanation: "Nothing in the template reads this parameter: what a user gives for it has no effect.",
        language: "cue",
        example: r#"template: {
	output: {apiVersion: "v1", kind: "ConfigMap"}
	parameter: {
		// +usage=The greeting
		text: string
	}
}"#,
        fix: "Use it in the template, or remove it.",
    },
    Entry {
        code: UNDOCUMENTED_PARAMETER,
        title: "parameter has no comment",
        explanation: "Users read what a parameter is for in its `// +usage=` comment: in their editor, in `def show`, and in the reference pages.",
        language: "cue",
        example: r#"parameter: {
	image: string
}"#,
        fix: "Write `// +usage=…` directly above it.",
    },
    Entry {
        code: UNDECLARED_PARAMETER,
        title: "property is not declared",
        explanation: "The template reads a property that `parameter` does not have. It can never be set by someone who relies on the declaration, and its type is not checked.",
        language: "cue",
        example: r#"template: {
	output: spec: image: parameter.imgae
	parameter: image: string
}"#,
        fix: "Correct the name, or declare it.",
    },
    Entry {
        code: UNKNOWN_CONTEXT,
        title: "context has no such field",
        explanation: "The template reads a field of `context` that KubeVela never sets for this kind of definition.",
        language: "cue",
        example: "output: metadata: name: context.nmae",
        fix: "Correct the name; `docs/oam.md` lists what a template knows.",
    },
    Entry {
        code: USELESS_PATCH,
        title: "patch has no effect",
        explanation: "A marker that is misspelt, stands where it is not read, or does not fit its field is ignored by KubeVela, and lists are then joined element by element. A `patch` outside of a trait is not read at all.",
        language: "cue",
        example: r#"patch: {
	// +patchkey=name
	spec: template: spec: containers: [{name: "sidecar"}]
}"#,
        fix: "Write `// +patchKey=…` or `// +patchStrategy=…` directly above the field that it is for, in braces.",
    },
    Entry {
        code: NOT_APPLICABLE,
        title: "trait does not fit the workload",
        explanation: "The trait says that it applies to a kind of workload, but patches fields that this kind does not have, or names a workload that is not known; or an Application has it at a component with another workload. KubeVela renders it all the same.",
        language: "cue",
        example: r#"attributes: appliesToWorkloads: ["deployments.apps"]
template: patch: spec: jobTemplate: spec: backoffLimit: 1"#,
        fix: "Correct `appliesToWorkloads`, or the patch; in an Application, take the trait that is for this workload.",
    },
    Entry {
        code: NEVER_CONCRETE,
        title: "template gives no data for allowed parameters",
        explanation: "Values that `parameter` allows were tried, and for these the template has an error or leaves something open. Users of the definition would get a message about its inside.",
        language: "cue",
        example: r#"template: {
	output: {apiVersion: "v1", kind: "ConfigMap", data: text: parameter.text}
	parameter: text?: string
}"#,
        fix: "Give the parameter a default, require it, or guard its use with `if parameter.text != _|_`.",
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
    Entry {
        code: TEST_FILE,
        title: "file of tests is malformed",
        explanation: "Tests of a definition stand in `NAME.test.yaml` beside it; `docs/definitions.md` explains the format.",
        language: "yaml",
        example: "cases: 1",
        fix: "Compare with the documentation.",
    },
    Entry {
        code: TEST_FAILED,
        title: "test of a definition failed",
        explanation: "The objects or the error of the definition are not what its test expects.",
        language: "yaml",
        example: "",
        fix: "Mend the definition; where the new result is right, write it into the test with `def test --update`.",
    },
];
