//! Kubernetes' API as data, and what its server would say of objects: offline, pure, for the newest five versions.
//!
//! | file | idea |
//! |---|---|
//! | `data.rs` | kinds, types and fields of each version, read from `data/schemas.txt` |
//! | `check.rs` | one object against the API of one cluster: the door of the crate |
//! | `served.rs` | which kinds a cluster serves, and what took the place of those that left |
//! | `schema.rs` | an object against the fields of its kind |
//! | `rules/` | what is asked beyond types, a file for each group of kinds |
//! | `crd.rs` | custom resources by their definitions |
//! | `set.rs` | objects against each other |
//! | `syntax.rs`, `cron.rs` | forms of names, values and schedules |
//! | `finding.rs` | what is found, and places in objects |
//!
//! The rules are those of a server with its defaults: no admission plugins, no features that are off. What depends on other
//! objects of a cluster (a node port that is taken) no check without the cluster can know.

mod check;
mod crd;
mod cron;
mod data;
mod finding;
mod rules;
mod schema;
mod served;
mod set;
mod syntax;

pub use check::Checker;
pub use crd::Crds;
pub use data::schemas;
pub use finding::{Finding, Step, shown};
pub use set::{Placed, cross_check};
