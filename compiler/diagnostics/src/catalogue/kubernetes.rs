//! What a Kubernetes API server refuses, and what it takes and will not work, E08xx.

use super::{Code, Entry};

/// A field that the kind does not have.
pub const UNKNOWN_FIELD: Code = Code(800);
/// A value of another type than its field.
pub const WRONG_TYPE: Code = Code(801);
/// A field that has to be there.
pub const MISSING_FIELD: Code = Code(802);
/// Two elements of a list with one key.
pub const DUPLICATE_ENTRY: Code = Code(803);
/// A kind that the cluster does not serve.
pub const UNKNOWN_API: Code = Code(804);
/// A value that its field does not take.
pub const INVALID_VALUE: Code = Code(805);
/// Fields that exclude each other.
pub const EXCLUDED: Code = Code(806);
/// A name inside an object that names nothing there.
pub const NAMES_NOTHING: Code = Code(807);
/// A kind that a coming version drops.
pub const DEPRECATED_API: Code = Code(808);
/// A selector that selects none of the rendered Pods.
pub const SELECTS_NOTHING: Code = Code(820);
/// A port that the selected Pods do not have.
pub const NO_SUCH_PORT: Code = Code(821);
/// A reference to an object that is not rendered.
pub const NO_SUCH_OBJECT: Code = Code(822);
/// One object rendered twice.
pub const DUPLICATE_OBJECT: Code = Code(823);
/// Several sources of one number of replicas.
pub const TWO_SCALERS: Code = Code(824);
/// A CustomResourceDefinition that is none.
pub const BAD_CRD: Code = Code(830);

/// The entries of this group, in order of code.
pub const ENTRIES: &[Entry] = &[
    Entry {
        code: UNKNOWN_FIELD,
        title: "field is not in the API",
        explanation: "The kind has no such field in the cluster's version. The API server refuses the object, or drops the field.",
        language: "yaml",
        example: "apiVersion: apps/v1\nkind: Deployment\nspec: {replica: 3}",
        fix: "Take the nearest name that the message tells, or a version of Kubernetes that has the field.",
    },
    Entry {
        code: WRONG_TYPE,
        title: "value has the wrong type",
        explanation: "The field of the object holds another type of value: a number where text is wanted, a list where a map is.",
        language: "yaml",
        example: "apiVersion: v1\nkind: ConfigMap\ndata: {port: 8080}",
        fix: "Quote numbers and booleans where text is wanted.",
    },
    Entry {
        code: MISSING_FIELD,
        title: "field is missing",
        explanation: "The API server does not take the object without this field.",
        language: "yaml",
        example: "apiVersion: v1\nkind: Service\nspec: {selector: {app: web}}",
        fix: "Give the field, in the properties of the component or trait or in its definition.",
    },
    Entry {
        code: DUPLICATE_ENTRY,
        title: "list has an element twice",
        explanation: "The elements of such a list are told apart by their keys (the name of a container, the path of a mount), so a key may be there once.",
        language: "yaml",
        example: "volumeMounts: [{name: a, mountPath: /data}, {name: b, mountPath: /data}]",
        fix: "Remove one of the two, or give it a key of its own.",
    },
    Entry {
        code: UNKNOWN_API,
        title: "cluster does not serve the kind",
        explanation: "APIs leave Kubernetes some versions after their successor came. A cluster of this version has no such kind.",
        language: "yaml",
        example: "apiVersion: batch/v1beta1\nkind: CronJob",
        fix: "Take the successor that the message tells. A definition can choose by `context.clusterVersion`; then say which version the cluster has, with `--kube-version` or in the inventory.",
    },
    Entry {
        code: INVALID_VALUE,
        title: "value is not valid",
        explanation: "The value has the right type, but not the form or range that the field takes.",
        language: "yaml",
        example: "imagePullPolicy: Sometimes",
        fix: "The message says what is allowed.",
    },
    Entry {
        code: EXCLUDED,
        title: "fields exclude each other",
        explanation: "Both are fine alone, and the API server does not take them together.",
        language: "yaml",
        example: "env: [{name: A, value: a, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]",
        fix: "Keep one of them.",
    },
    Entry {
        code: NAMES_NOTHING,
        title: "name refers to nothing in the object",
        explanation: "A mount names a volume that the Pod does not have, a selector asks for labels that its own Pods do not have.",
        language: "yaml",
        example: "volumeMounts: [{name: cache, mountPath: /cache}]",
        fix: "Add what is named, or name what is there.",
    },
    Entry {
        code: DEPRECATED_API,
        title: "kind will be dropped",
        explanation: "The cluster still serves it. A coming version does not.",
        language: "yaml",
        example: "apiVersion: v1\nkind: Endpoints",
        fix: "Take the successor that the message tells.",
    },
    Entry {
        code: SELECTS_NOTHING,
        title: "selector selects none of the rendered Pods",
        explanation: "The object applies, and has nothing to work on: no Pod that is rendered for the namespace has these labels.",
        language: "yaml",
        example: "apiVersion: v1\nkind: Service\nspec: {selector: {app: wbe}}",
        fix: "Compare the labels of the Pod template. `--allow E0820` where the Pods come from elsewhere.",
    },
    Entry {
        code: NO_SUCH_PORT,
        title: "port is not one of the selected Pods",
        explanation: "A Service leads to a port by name, and no container that it selects has a port of that name. Connections fail.",
        language: "yaml",
        example: "ports: [{port: 80, targetPort: htpt}]",
        fix: "Name a port of the container, or give its number.",
    },
    Entry {
        code: NO_SUCH_OBJECT,
        title: "object that is referred to is not rendered",
        explanation: "A Pod waits for ever for a ConfigMap, Secret or claim that is not there. It may come from elsewhere; among the rendered objects of the namespace it is not.",
        language: "yaml",
        example: "envFrom: [{configMapRef: {name: settings}}]",
        fix: "Render the object too, name another, or `--allow E0822`.",
    },
    Entry {
        code: DUPLICATE_OBJECT,
        title: "object is rendered twice",
        explanation: "Two components or traits render one object with different content: whatever applies last wins, and the next run turns it back.",
        language: "yaml",
        example: "",
        fix: "Give one of them another name.",
    },
    Entry {
        code: TWO_SCALERS,
        title: "replicas have several sources",
        explanation: "A HorizontalPodAutoscaler sets the number of replicas of a workload that has a number of its own, or that another autoscaler scales too. They undo each other.",
        language: "yaml",
        example: "",
        fix: "Leave `replicas` out where an autoscaler decides, and keep one autoscaler a workload.",
    },
    Entry {
        code: BAD_CRD,
        title: "no CustomResourceDefinition",
        explanation: "`--crds` takes objects of kind CustomResourceDefinition in `apiextensions.k8s.io/v1`, with a schema for each version.",
        language: "yaml",
        example: "apiVersion: apiextensions.k8s.io/v1beta1\nkind: CustomResourceDefinition",
        fix: "Give the definition as the project that owns it publishes it.",
    },
];
