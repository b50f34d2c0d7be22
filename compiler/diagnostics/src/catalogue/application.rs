//! Faults of Applications, E04xx.

use super::{Code, Entry};

/// An Application that is malformed.
pub const APPLICATION: Code = Code(400);
/// Properties that the definition does not accept.
pub const BAD_PROPERTIES: Code = Code(401);
/// A property that the definition does not have.
pub const UNKNOWN_PROPERTY: Code = Code(402);
/// Two parts of an Application with one name.
pub const DUPLICATE_NAME: Code = Code(403);
/// An environment that is not there, or that does not fit the Application.
pub const ENVIRONMENT: Code = Code(404);
/// A name that leads to nothing.
pub const UNKNOWN_NAME: Code = Code(410);

/// The entries of this group, in order of code.
pub const ENTRIES: &[Entry] = &[
    Entry {
        code: APPLICATION,
        title: "Application is malformed",
        explanation: "The document has no fields, or fields of the wrong kind, where an Application needs them.",
        language: "yaml",
        example: r#"apiVersion: core.oam.dev/v1beta1
kind: Application
spec:
  components: web"#,
        fix: "Compare with the example of the documentation.",
    },
    Entry {
        code: BAD_PROPERTIES,
        title: "properties do not fit the definition",
        explanation: "A property is missing, has another type, or is outside of what the parameter of the definition allows.",
        language: "yaml",
        example: r#"type: webservice
properties:
  image: 1"#,
        fix: "Give the property as the definition explains it: `vela-lang def show webservice`.",
    },
    Entry {
        code: UNKNOWN_PROPERTY,
        title: "property is not known",
        explanation: "The definition has no parameter of this name.",
        language: "yaml",
        example: r#"type: webservice
properties:
  imgae: nginx"#,
        fix: "Correct the name.",
    },
    Entry {
        code: DUPLICATE_NAME,
        title: "name is used twice",
        explanation: "Components, policies and workflow steps have names that differ.",
        language: "yaml",
        example: r#"components:
  - name: web
  - name: web"#,
        fix: "Rename one of them.",
    },
    Entry {
        code: ENVIRONMENT,
        title: "environment does not fit",
        explanation: "`--env` names an environment that the inventory does not describe, whose clusters are not there, or that needs an override policy which the Application does not have.",
        language: "yaml",
        example: r#"# clusters.yaml, built with --env prod
environments:
  - name: production
    clusterLabelSelector: {env: production}"#,
        fix: "Describe the environment in the inventory, or correct its name.",
    },
    Entry {
        code: UNKNOWN_NAME,
        title: "name leads to nothing",
        explanation: "A policy, a step or `dependsOn` names a component, a step or a cluster that is not there.",
        language: "yaml",
        example: r#"components:
  - name: web
    type: webservice
    dependsOn: [databse]"#,
        fix: "Correct the name.",
    },
];
