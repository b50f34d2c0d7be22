//! Addons, good and bad.

use super::{File, render};
use crate::data::{self, Value};
use crate::evaluator::Evaluator;

const METADATA: &str = "name: tools\nversion: 1.2.3\ndescription: Tools\n";

fn files(given: &[(&str, &str)]) -> Vec<File> {
    given
        .iter()
        .map(|(path, text)| File { path: (*path).into(), shown: (*path).into(), text: (*text).into() })
        .collect()
}

fn run(given: &[(&str, &str)], parameters: &Value) -> Result<(Value, Vec<Value>), Vec<String>> {
    let outcome = render(&files(given), parameters, &mut Evaluator::new(), &str::to_owned);
    match outcome.rendered {
        Some(rendered) => Ok((rendered.application, rendered.others)),
        None => Err(outcome.diagnostics.iter().map(|d| d.message.clone()).collect()),
    }
}

fn at(value: &Value, path: &[&str]) -> String {
    vela_yaml::to_json(&data::at(value, path).cloned().unwrap_or_default(), vela_yaml::JsonStyle::COMPACT)
}

#[test]
fn a_template_with_its_package() {
    let given = [
        ("metadata.yaml", METADATA),
        ("parameter.cue", "parameter: {\n\tns: *\"tools\" | string\n\ttoken?: string\n}\n"),
        (
            "template.cue",
            "package main\n\noutput: spec: components: [server]\noutputs: note: {apiVersion: \"v1\", kind: \"ConfigMap\", metadata: name: \"note\"}\n",
        ),
        (
            "resources/server.cue",
            "package main\n\nserver: {name: \"server\", type: \"webservice\", properties: image: \"x:\" + context.metadata.version}\n",
        ),
        ("resources/extra.v1.cue", "output: {type: \"raw\", properties: n: parameter.ns}\n"),
        ("resources/helper.cue", "x: 1\n"),
        ("resources/obj.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"),
    ];
    let (application, others) = run(&given, &data::map([("ns", Value::str("here"))])).unwrap();
    let metadata = r#"{"name":"addon-tools","namespace":"vela-system","labels":{"addons.oam.dev/name":"tools","addons.oam.dev/version":"1.2.3"}}"#;
    assert_eq!(at(&application, &["metadata"]), metadata);
    assert_eq!(
        at(&application, &["spec"]),
        r#"{"components":[{"name":"server","type":"webservice","properties":{"image":"x:1.2.3"}},{"name":"tools-resources","type":"k8s-objects","properties":{"objects":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}]}},{"type":"raw","properties":{"n":"here"},"name":"extra-v1"}]}"#
    );
    let names: Vec<&str> = others.iter().map(|o| data::text(o, &["metadata", "name"])).collect();
    assert_eq!(names, ["note", "addon-secret-tools"]);
}

#[test]
fn plain_templates_get_namespaces_and_topology() {
    let metadata = format!("{METADATA}deployTo: {{runtimeCluster: true}}\nneedNamespace: [a, vela-system]\n");
    let given = [
        ("metadata.yaml", &*metadata),
        ("template.yaml", "spec: {}\n"),
        ("parameter.cue", "parameter: clusters?: [...string]\n"),
    ];
    let (application, _) = run(&given, &data::empty()).unwrap();
    assert_eq!(
        at(&application, &["spec"]),
        r#"{"components":[{"name":"a-namespace","type":"raw","properties":{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}}],"policies":[{"name":"deploy-addon-to-all-clusters","type":"topology","properties":{"clusterLabelSelector":{}}}]}"#
    );
    let clusters = data::map([("clusters", Value::List(vec![Value::str("eu")]))]);
    let (application, _) = run(&given, &clusters).unwrap();
    assert_eq!(at(&application, &["spec", "policies", "0", "properties"]), r#"{"clusters":["eu","local"]}"#);
}

#[test]
fn definitions_schemas_and_views() {
    let bound = "a: {type: \"trait\", annotations: \"addon.oam.dev/bind-component\": \"other\"}\ntemplate: {patch: x: 1}\n";
    let given = [
        ("metadata.yaml", METADATA),
        ("template.cue", "output: spec: components: []\n"),
        ("definitions/t.cue", "t: {type: \"trait\"}\ntemplate: {patch: x: 1}\n"),
        ("definitions/bound.cue", bound),
        ("schemas/form.yaml", "- jsonKey: a\n"),
        ("views/pods.cue", "x: 1\n"),
    ];
    let (application, others) = run(&given, &data::empty()).unwrap();
    assert_eq!(at(&application, &["metadata", "annotations"]), r#"{"addon.oam.dev/traitDefinitions":"t"}"#);
    let names: Vec<&str> = others.iter().map(|o| data::text(o, &["metadata", "name"])).collect();
    assert_eq!(names, ["t", "form", "pods"]);
    assert_eq!(at(&others[1], &["data"]), r#"{"ui-schema":"[{\"jsonKey\":\"a\"}]"}"#);
}

#[test]
fn what_is_wrong() {
    let messages = |given: &[(&str, &str)], parameters: &Value| run(given, parameters).unwrap_err();
    let none = data::empty();
    assert_eq!(messages(&[("template.cue", "")], &none), ["this is no addon: there is no `metadata.yaml`"]);
    assert_eq!(
        messages(&[("metadata.yaml", "name: x\nversion: [1]\n"), ("template.yaml", "spec: {}")], &none),
        ["metadata `version`: this is a list, not a text", "`metadata.yaml` has no `version`"]
    );
    assert!(
        messages(&[("metadata.yaml", METADATA)], &none)[0].starts_with("the addon has nothing to install")
    );
    let both = [("metadata.yaml", METADATA), ("template.cue", "output: {}"), ("template.yaml", "spec: {}")];
    assert_eq!(
        messages(&both, &none),
        ["there are both `template.cue` and `template.yaml`; one of them has to go"]
    );
    let template = [
        ("metadata.yaml", METADATA),
        ("parameter.cue", "parameter: {token: string, name?: string}\n"),
        ("template.cue", "output: spec: x: parameter.token\n"),
    ];
    assert_eq!(messages(&template, &none), ["parameter `token` has to be given"]);
    let wrong = data::map([("token", Value::str("t")), ("nam", Value::int(1))]);
    assert_eq!(messages(&template, &wrong), ["the addon has no parameter `nam`, did you mean `name`?"]);
    let typed = data::map([("token", Value::int(1))]);
    assert_eq!(messages(&template, &typed), ["parameter `token` is 1, but has to be string"]);
    let no_output = [("metadata.yaml", METADATA), ("template.cue", "x: 1\n")];
    assert_eq!(messages(&no_output, &none), ["the template has no `output`: the addon's Application"]);
    let broken = [("metadata.yaml", METADATA), ("template.cue", "output: {\n")];
    assert_eq!(messages(&broken, &none).len(), 1);
}
