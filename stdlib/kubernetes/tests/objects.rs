//! What is found in objects: `tests/objects.txt` holds them, each with what a server of 1.36 would not take.

use std::sync::Arc;

use vela_kubernetes::{Checker, Crds, shown};
use vela_yaml::Data;

fn parse(text: &str) -> Data {
    let parsed = vela_yaml::parse(text);
    assert!(parsed.faults.is_empty(), "{text}");
    parsed.docs[0].to_data()
}

/// `code path` of every finding, in order.
fn found(checker: &Checker, object: &Data) -> Vec<String> {
    checker.check(object).iter().map(|f| format!("{} {}", f.code, shown(&f.path))).collect()
}

/// The file has a title after `== `, an object, and lines `> code path`; an object without them is accepted.
#[test]
fn objects() {
    let text = include_str!("objects.txt");
    let checker = Checker::new(Some(36), Arc::new(Crds::default()));
    let mut wrong = Vec::new();
    for case in text.split("== ").skip(1) {
        let (title, rest) = case.split_once('\n').unwrap();
        let (wanted, object): (Vec<&str>, Vec<&str>) = rest.lines().partition(|l| l.starts_with("> "));
        let wanted: Vec<&str> = wanted.iter().map(|l| &l[2..]).collect();
        let got = found(&checker, &parse(&object.join("\n")));
        if got != wanted {
            wrong.push(format!("{title}:\n  expected {wanted:?}\n  got      {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn first(minor: Option<u32>, text: &str) -> String {
    let found = Checker::new(minor, Arc::new(Crds::default())).check(&parse(text));
    found.first().map_or(String::new(), |f| {
        let help = f.help.as_ref().map_or(String::new(), |h| format!(" ({h})"));
        format!("{} {} {}{help}", f.code, f.severity.as_str(), f.message)
    })
}

#[test]
fn kinds_by_version() {
    let cron = "{apiVersion: batch/v1beta1, kind: CronJob, metadata: {name: a}}";
    let expected = "E0804 error CronJob of `batch/v1beta1` is gone since Kubernetes 1.25 (take `batch/v1`)";
    assert_eq!(first(Some(36), cron), expected);
    assert_eq!(first(Some(24), cron), "");
    assert!(first(None, cron).starts_with("E0804 warning"));
    let misspelt = "{apiVersion: apps/v1, kind: Deploymnet, metadata: {name: a}}";
    assert!(first(Some(36), misspelt).ends_with("(did you mean `Deployment`?)"));
    let elsewhere = "{apiVersion: v1, kind: Deployment, metadata: {name: a}}";
    assert!(first(Some(36), elsewhere).ends_with("(it is in `apps/v1`)"));
    let group = "{apiVersion: app/v1, kind: Deployment, metadata: {name: a}}";
    assert!(first(Some(36), group).ends_with("(did you mean `apps/v1`?)"));
    let custom = "{apiVersion: example.com/v1, kind: Thing, metadata: {name: a}}";
    assert_eq!(first(Some(36), custom), "");
    let early = "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}}";
    assert!(first(Some(20), early).contains("from Kubernetes 1.21 on"));
    let pod = |field: &str| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{{field}: a, containers: [{{name: a, image: a}}]}}}}"
        )
    };
    assert!(first(Some(33), &pod("hostnameOverride")).contains("from Kubernetes 1.34 on"));
    assert_eq!(first(Some(34), &pod("hostnameOverride")), "");
    // A server newer than the data may have what the data does not know.
    assert!(first(Some(40), &pod("future")).starts_with("E0800 warning"));
}

#[test]
fn custom_resources() {
    let crd = parse(
        r"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: things, kind: Thing}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1, maximum: 9}
              mode: {type: string, enum: [fast, slow]}
              name: {type: string, pattern: '^[a-z]+$', maxLength: 4}
              port: {x-kubernetes-int-or-string: true}
              list:
                type: array
                items: {type: object, properties: {id: {type: string}}}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [id]
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              map: {type: object, additionalProperties: {type: string}}
              either:
                type: object
                properties: {a: {type: string}, b: {type: string}}
                oneOf: [{required: [a]}, {required: [b]}]
",
    );
    let mut crds = Crds::default();
    crds.add(&crd).unwrap();
    let checker = Checker::new(Some(36), Arc::new(crds));
    let spec = |spec: &str| {
        let text =
            format!("{{apiVersion: example.com/v1, kind: Thing, metadata: {{name: a}}, spec: {spec}}}");
        found(&checker, &parse(&text))
    };
    let fine = "{size: 3, mode: fast, name: ab, port: http, list: [{id: a}, {id: b}], free: {x: {y: 1}}, \
                map: {k: v}, either: {a: x}}";
    assert_eq!(spec(fine), Vec::<String>::new());
    for (object, wanted) in [
        ("{}", "E0802 spec.size"),
        ("{size: 10}", "E0805 spec.size"),
        ("{size: '3'}", "E0801 spec.size"),
        ("{size: 3, mod: fast}", "E0800 spec.mod"),
        ("{size: 3, mode: quick}", "E0805 spec.mode"),
        ("{size: 3, name: A}", "E0805 spec.name"),
        ("{size: 3, port: [1]}", "E0801 spec.port"),
        ("{size: 3, list: [{id: a}, {id: a}]}", "E0803 spec.list[1]"),
        ("{size: 3, map: {k: 1}}", "E0801 spec.map.k"),
        ("{size: 3, either: {a: x, b: x}}", "E0805 spec.either"),
    ] {
        assert_eq!(spec(object), [wanted], "{object}");
    }
    let other = "{apiVersion: example.com/v1, kind: Think, metadata: {name: a}}";
    assert_eq!(found(&checker, &parse(other)), ["E0804 apiVersion"]);
    assert!(Crds::default().add(&parse("{kind: Service}")).is_err());
}
