//! Fixtures, and calls through a whole build.

use std::sync::Arc;

use crate::build::{Inputs, Options, Outcome, Source, build};
use crate::data;
use crate::evaluator::Evaluator;
use crate::providers::functions;

fn source(name: &str, text: &str) -> Source {
    Source { name: name.into(), text: Arc::from(text) }
}

/// The build of one component of this template, with fixtures.
fn run(template: &str, fixtures: &str) -> Outcome {
    let definition = format!("{template}\nprobe: type: \"component\"\n");
    let application = "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {name: demo}\nspec:\n  components:\n  - {name: one, type: probe, properties: {text: hi}}\n";
    let inputs = Inputs {
        applications: vec![source("app.yaml", application)],
        definitions: vec![source("probe.cue", &definition)],
        fixtures: if fixtures.is_empty() { Vec::new() } else { vec![source("fixtures.yaml", fixtures)] },
        ..Inputs::default()
    };
    build(&inputs, &Options::default(), &mut Evaluator::new())
}

/// `spec` of the object of a template.
fn spec(template: &str, fixtures: &str) -> String {
    let outcome = run(template, fixtures);
    let texts: Vec<&str> = outcome.diagnostics.iter().map(|d| d.message.as_str()).collect();
    assert!(texts.is_empty(), "{texts:?}");
    let plan = outcome.to_plan();
    let found =
        data::at(&plan, &["deploy", "steps", "0", "renders", "0", "objects", "0", "manifest", "spec"])
            .cloned();
    vela_yaml::to_json(&found.unwrap_or_default(), vela_yaml::JsonStyle::COMPACT)
}

fn messages(template: &str, fixtures: &str) -> Vec<String> {
    run(template, fixtures).diagnostics.iter().map(|d| d.message.clone()).collect()
}

const OBJECT: &str = "output: {apiVersion: \"v1\", kind: \"Probe\", spec: ";

#[test]
fn every_package_has_functions() {
    let packages: std::collections::BTreeSet<&str> = functions().iter().map(|f| f.package).collect();
    assert_eq!(packages.len(), vela_definitions::vela().len());
    let named =
        |name: &str| functions().iter().find(|f| f.to_string() == name).map(|f| (&*f.provider, &*f.action));
    assert_eq!(named("http.#HTTPGet"), Some(("http", "do")));
    assert_eq!(named("op.#Apply"), Some(("op", "apply")));
}

#[test]
fn pure_calls_are_computed() {
    let template = |import: &str, body: &str| {
        format!("import \"vela/{import}\"\ntemplate: {{\n{body}\nparameter: {{text: string}}\n}}\n")
    };
    let encode = format!(
        "e: base64.#Encode & {{$params: parameter.text}}\n_d: base64.#Decode & {{$params: e.$returns}}\n{OBJECT}{{x: e.$returns, y: _d.$returns}}}}"
    );
    assert_eq!(spec(&template("base64", &encode), ""), r#"{"x":"aGk=","y":"hi"}"#);
    let time = format!(
        "t: time.#DateToTimestamp & {{$params: date: \"2024-02-29T12:00:00Z\"}}\nb: time.#TimestampToDate & {{$params: timestamp: t.$returns.timestamp}}\n{OBJECT}{{x: t.$returns.timestamp, y: b.$returns.date}}}}"
    );
    assert_eq!(spec(&template("time", &time), ""), r#"{"x":1709208000,"y":"2024-02-29T12:00:00Z"}"#);
    let unify = format!(
        "u: cue.#StrategyUnify & {{$params: {{value: {{l: [{{name: \"a\", v: 1}}]}}, patch: {{\n// +patchKey=name\nl: [{{name: \"b\"}}]}}}}}}\n{OBJECT}u.$returns}}"
    );
    assert_eq!(spec(&template("cue", &unify), ""), r#"{"l":[{"name":"a","v":1},{"name":"b"}]}"#);
    let apply = format!(
        "a: kube.#Apply & {{$params: resource: {{apiVersion: \"v1\", kind: \"ConfigMap\", metadata: name: \"x\"}}}}\n{OBJECT}{{name: a.$returns.metadata.name}}}}"
    );
    assert_eq!(spec(&template("kube", &apply), ""), r#"{"name":"x"}"#);
    let error = format!("d: base64.#Decode & {{$params: \"?\"}}\n{OBJECT}{{d: d.$returns}}}}");
    assert!(messages(&template("base64", &error), "")[0].starts_with("`base64.#Decode`: not base64"));
}

#[test]
fn the_application_is_known() {
    let body = format!(
        "import \"vela/oam\"\ntemplate: {{\nl: oam.#LoadComponets\n{OBJECT}{{x: l.$returns.value.one.type}}}}\nparameter: {{text: string}}\n}}\n"
    );
    assert_eq!(spec(&body, ""), r#"{"x":"probe"}"#);
    let clusters = format!(
        "import \"vela/multicluster\"\ntemplate: {{\nl: multicluster.#ListClusters\n{OBJECT}{{x: l.$returns.outputs.clusters}}}}\nparameter: {{text: string}}\n}}\n"
    );
    assert_eq!(spec(&clusters, ""), r#"{"x":["local"]}"#);
}

#[test]
fn fixtures_answer_what_asks() {
    let body = format!(
        "import \"vela/http\"\ntemplate: {{\nr: http.#Get & {{$params: url: \"https://example.com/\\(parameter.text)\"}}\n{OBJECT}{{body: r.$returns.body}}}}\nparameter: {{text: string}}\n}}\n"
    );
    let fixture = "- call: http.#Get\n  params: {url: \"https://example.com/hi\"}\n  returns: {body: hello, statusCode: 200}\n";
    assert_eq!(spec(&body, fixture), r#"{"body":"hello"}"#);
    assert_eq!(
        messages(&body, ""),
        ["`http.#Do` asks for GET `https://example.com/hi`, and no fixture answers"]
    );
    let other = fixture.replace("/hi", "/ho");
    assert_eq!(messages(&body, &other).len(), 1);
    assert_eq!(
        messages(&body, "- call: http.#Gett\n  returns: 1\n- {call: http.#Get}\n- 5\n"),
        [
            "`http.#Gett` is no function of the packages `vela/…`, did you mean `http.#Get`?",
            "the fixture of `http.#Get` has no `returns`",
            "a fixture has `call` and `returns`, or is a Kubernetes object"
        ]
    );
}

#[test]
fn objects_answer_what_is_read() {
    let body = format!(
        "import \"vela/kube\"\ntemplate: {{\nr: kube.#Get & {{$params: resource: {{apiVersion: \"v1\", kind: \"ConfigMap\", metadata: {{name: \"conf\", namespace: \"shop\"}}}}}}\nl: kube.#List & {{$params: {{resource: {{apiVersion: \"v1\", kind: \"ConfigMap\"}}, filter: matchingLabels: a: \"1\"}}}}\n{OBJECT}{{v: r.$returns.data.v, n: len(l.$returns.items)}}}}\nparameter: {{text: string}}\n}}\n"
    );
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf, namespace: shop, labels: {a: \"1\"}}\ndata: {v: x}\n";
    assert_eq!(spec(&body, object), r#"{"v":"x","n":1}"#);
    assert_eq!(
        messages(&body, ""),
        [
            "`kube.#Get` asks for ConfigMap `conf` in namespace `shop`, and no fixture answers",
            "`kube.#List` asks for ConfigMap, and no fixture answers"
        ]
    );
}

#[test]
fn calls_that_cannot_be() {
    let list = format!(
        "import \"vela/base64\"\ntemplate: {{\nl: [base64.#Encode & {{$params: \"x\"}}]\n{OBJECT}{{v: l[0].$returns}}}}\nparameter: {{}}\n}}\n"
    );
    assert!(messages(&list, "")[0].contains("inside of a list"));
    let unknown = format!("import \"vela/kub\"\ntemplate: {{\n{OBJECT}{{v: kub.x}}}}\nparameter: {{}}\n}}\n");
    assert_eq!(messages(&unknown, ""), ["KubeVela has no package `vela/kub`, did you mean `vela/kube`?"]);
}
