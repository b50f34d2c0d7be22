//! Applications and definitions to Kubernetes objects. Reads no files: texts in, plain data out.
//!
//! A build goes down this list:
//!
//! | file | idea |
//! |---|---|
//! | `build.rs` | texts in, plans out: the door of the crate |
//! | `document.rs`, `data.rs` | YAML as Kubernetes reads it, with places; plain data |
//! | `application.rs`, `inventory.rs`, `environment.rs` | the Application, the clusters, names for some of them |
//! | `definition/` | definitions in both forms, and which one a type means |
//! | `resolve.rs`, `workflow.rs`, `policy/` | types, steps, placements, overrides |
//! | `application_policies.rs` | policies that rewrite the Application first |
//! | `deploy.rs`, `dry_run.rs` | the two renderings |
//! | `places.rs` | one component in many places |
//! | `render.rs`, `context.rs`, `policies.rs` | one component, one policy, to objects |
//! | `engine.rs`, `evaluator.rs` | the door to evaluation, and what is behind it |
//! | `providers/` | calls of the packages `vela/…`: computed, answered by fixtures, or refused |
//! | `tree.rs`, `patch/` | rendered values that can be patched |
//! | `legacy/` | idioms of older CUE, evaluated as KubeVela does and rewritten |
//! | `metadata.rs`, `names.rs`, `terraform.rs`, `objects.rs` | what OAM puts on objects; special components |
//! | `status/` | what definitions say of live objects |
//! | `schema/`, `check/` | what parameters accept, read off the source; Applications against it, without rendering |
//! | `validate/` | objects as the API server of their cluster would see them |
//! | `addon/` | a folder of an addon to what installing it makes |
//! | `vet/` | definitions that compile, and are wrong still |
//! | `trial.rs`, `reference.rs` | tests of definitions, and their pages |
//! | `why.rs`, `why/` | where a rendered value comes from |
//! | `failure.rs`, `explain.rs`, `findings.rs` | what goes wrong, told |
//! | `plan.rs`, `overview.rs` | plans as JSON, and as people look at them |

pub mod addon;
pub mod application;
pub mod application_policies;
pub mod build;
pub mod check;
pub mod context;
pub mod data;
pub mod definition;
pub mod deploy;
pub mod document;
pub mod dry_run;
pub mod engine;
pub mod environment;
pub mod evaluator;
pub mod explain;
pub mod failure;
pub mod findings;
pub mod inventory;
pub mod legacy;
pub mod metadata;
pub mod names;
pub mod objects;
pub mod overview;
pub mod patch;
pub mod places;
pub mod plan;
pub mod policies;
pub mod policy;
pub mod providers;
pub mod reference;
pub mod render;
pub mod resolve;
pub mod schema;
pub mod shape;
pub mod status;
pub mod terraform;
pub mod tree;
pub mod trial;
pub mod validate;
pub mod vet;
pub mod why;
pub mod workflow;

pub use build::{
    BuildResult, Built, Compat, Inputs, Options, Outcome, Source, build, convert, converted_value,
};
