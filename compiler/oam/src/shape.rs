//! Shapes of configuration that only a controller reads: attributes of definitions, properties of the built-in
//! policies and of `deploy` steps. A value is checked strictly: unknown fields and wrong kinds are faults.

use std::sync::Arc;

use crate::data::Value;

/// What a value has to look like. `null` is always accepted and means that nothing is given.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// A text.
    Text,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// A list of one shape.
    List(&'static Shape),
    /// A map from any name to texts.
    Texts,
    /// A map of known fields.
    Fields(&'static [(&'static str, Shape)]),
}

/// Where a value does not fit its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The way to the place, names and indices.
    pub path: Vec<Arc<str>>,
    /// What is wrong.
    pub message: String,
}

/// Every place at which the value does not fit.
pub fn check(value: &Value, shape: Shape) -> Vec<Misfit> {
    let mut misfits = Vec::new();
    visit(value, shape, &mut Vec::new(), &mut misfits);
    misfits
}

fn visit(value: &Value, shape: Shape, path: &mut Vec<Arc<str>>, misfits: &mut Vec<Misfit>) {
    let wanted = match (shape, value) {
        (Shape::Any, _) | (_, Value::Null) | (Shape::Text, Value::Str(_)) | (Shape::Bool, Value::Bool(_)) => {
            return;
        }
        (Shape::Int, Value::Num(n)) if n.is_int() => return,
        (Shape::List(item), Value::List(items)) => {
            for (i, value) in items.iter().enumerate() {
                path.push(i.to_string().into());
                visit(value, *item, path, misfits);
                path.pop();
            }
            return;
        }
        (Shape::Texts, Value::Map(fields)) => {
            for (name, value) in fields {
                path.push(name.clone());
                visit(value, Shape::Text, path, misfits);
                path.pop();
            }
            return;
        }
        (Shape::Fields(known), Value::Map(fields)) => {
            for (name, value) in fields {
                path.push(name.clone());
                match known.iter().find(|(k, _)| *k == &**name) {
                    Some((_, shape)) => visit(value, *shape, path, misfits),
                    None => {
                        let hint = vela_diagnostics::did_you_mean(name, known.iter().map(|(k, _)| *k));
                        let hint = hint.map(|h| format!(", {h}")).unwrap_or_default();
                        misfits.push(Misfit {
                            path: path.clone(),
                            message: format!("there is no field `{name}`{hint}"),
                        });
                    }
                }
                path.pop();
            }
            return;
        }
        (Shape::Text, _) => "a text",
        (Shape::Bool, _) => "`true` or `false`",
        (Shape::Int, _) => "a whole number",
        (Shape::List(_), _) => "a list",
        (Shape::Texts | Shape::Fields(_), _) => "a map",
    };
    misfits.push(Misfit { path: path.clone(), message: format!("this is a {}, not {wanted}", value.kind()) });
}

const TEXTS: Shape = Shape::List(&Shape::Text);

/// Properties of `topology`.
pub const TOPOLOGY: Shape = Shape::Fields(&[
    ("clusters", TEXTS),
    ("clusterLabelSelector", Shape::Texts),
    ("clusterSelector", Shape::Texts),
    ("allowEmpty", Shape::Bool),
    ("namespace", Shape::Text),
]);

const OVERRIDE_TRAIT: Shape =
    Shape::Fields(&[("type", Shape::Text), ("properties", Shape::Any), ("disable", Shape::Bool)]);

const OVERRIDE_COMPONENT: Shape = Shape::Fields(&[
    ("name", Shape::Text),
    ("type", Shape::Text),
    ("properties", Shape::Any),
    ("traits", Shape::List(&OVERRIDE_TRAIT)),
    ("externalRevision", Shape::Text),
]);

/// Properties of `override`.
pub const OVERRIDE: Shape =
    Shape::Fields(&[("components", Shape::List(&OVERRIDE_COMPONENT)), ("selector", TEXTS)]);

/// Properties of `replication`.
pub const REPLICATION: Shape = Shape::Fields(&[("keys", TEXTS), ("selector", TEXTS)]);

const INLINE_POLICY: Shape =
    Shape::Fields(&[("name", Shape::Text), ("type", Shape::Text), ("properties", Shape::Any)]);

/// Properties of a `deploy` step, as the workflow's parser takes them.
pub const DEPLOY_STEP: Shape = Shape::Fields(&[
    ("auto", Shape::Bool),
    ("policies", TEXTS),
    ("parallelism", Shape::Int),
    ("ignoreTerraformComponent", Shape::Bool),
]);

/// Policies that a `deploy` step brings itself.
pub const INLINE_POLICIES: Shape = Shape::List(&INLINE_POLICY);

const SCHEMATIC: Shape = Shape::Fields(&[
    ("cue", Shape::Fields(&[("template", Shape::Text)])),
    (
        "terraform",
        Shape::Fields(&[
            ("configuration", Shape::Text),
            ("type", Shape::Text),
            ("path", Shape::Text),
            ("writeConnectionSecretToRef", REFERENCE),
            ("providerRef", REFERENCE),
            ("deleteResource", Shape::Bool),
            ("customRegion", Shape::Text),
            ("gitCredentialsSecretReference", REFERENCE),
        ]),
    ),
]);

const REFERENCE: Shape = Shape::Fields(&[("name", Shape::Text), ("namespace", Shape::Text)]);

const STATUS: Shape =
    Shape::Fields(&[("customStatus", Shape::Text), ("healthPolicy", Shape::Text), ("details", Shape::Text)]);

const DEFINITION_REFERENCE: Shape = Shape::Fields(&[("name", Shape::Text), ("version", Shape::Text)]);

const OBJECT_KIND: Shape = Shape::Fields(&[("apiVersion", Shape::Text), ("kind", Shape::Text)]);

const CHILD_KINDS: Shape = Shape::List(&Shape::Fields(&[
    ("apiVersion", Shape::Text),
    ("kind", Shape::Text),
    ("selector", Shape::Texts),
]));

/// `spec` of a ComponentDefinition.
pub const COMPONENT_DEFINITION: Shape = Shape::Fields(&[
    ("version", Shape::Text),
    ("workload", Shape::Fields(&[("type", Shape::Text), ("definition", OBJECT_KIND)])),
    ("childResourceKinds", CHILD_KINDS),
    ("revisionLabel", Shape::Text),
    ("podSpecPath", Shape::Text),
    ("status", STATUS),
    ("schematic", SCHEMATIC),
    ("extension", Shape::Any),
]);

/// `spec` of a TraitDefinition.
pub const TRAIT_DEFINITION: Shape = Shape::Fields(&[
    ("definitionRef", DEFINITION_REFERENCE),
    ("revisionEnabled", Shape::Bool),
    ("workloadRefPath", Shape::Text),
    ("podDisruptive", Shape::Bool),
    ("appliesToWorkloads", TEXTS),
    ("conflictsWith", TEXTS),
    ("schematic", SCHEMATIC),
    ("status", STATUS),
    ("extension", Shape::Any),
    ("manageWorkload", Shape::Bool),
    ("controlPlaneOnly", Shape::Bool),
    ("stage", Shape::Text),
    ("version", Shape::Text),
]);

/// `spec` of a PolicyDefinition.
pub const POLICY_DEFINITION: Shape = Shape::Fields(&[
    ("definitionRef", DEFINITION_REFERENCE),
    ("schematic", SCHEMATIC),
    ("manageHealthCheck", Shape::Bool),
    ("version", Shape::Text),
    ("scope", Shape::Text),
    ("global", Shape::Bool),
    ("priority", Shape::Int),
]);

/// `spec` of a WorkflowStepDefinition.
pub const WORKFLOW_STEP_DEFINITION: Shape = Shape::Fields(&[
    ("definitionRef", DEFINITION_REFERENCE),
    ("schematic", SCHEMATIC),
    ("version", Shape::Text),
]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::map;

    #[test]
    fn misfits() {
        let value = map([
            ("clusterz", Value::List(Vec::new())),
            ("allowEmpty", Value::str("yes")),
            ("clusters", Value::List(vec![Value::int(1)])),
            ("namespace", Value::Null),
        ]);
        let messages: Vec<String> = check(&value, TOPOLOGY)
            .into_iter()
            .map(|m| format!("{}: {}", m.path.join("."), m.message))
            .collect();
        assert_eq!(
            messages,
            [
                "clusterz: there is no field `clusterz`, did you mean `clusters`?",
                "allowEmpty: this is a string, not `true` or `false`",
                "clusters.0: this is a int, not a text",
            ]
        );
    }
}
