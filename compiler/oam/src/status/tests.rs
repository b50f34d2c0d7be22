//! Status through whole builds: places, made names, stages, Terraform.

use std::sync::Arc;

use crate::build::{Inputs, Options, Source, build};
use crate::data::{self, Value};
use crate::evaluator::Evaluator;

const PROBE: &str = "probe: {type: \"component\", attributes: status: healthPolicy: isHealth: context.output.status.ok}\n\
    template: {output: {apiVersion: \"v1\", kind: \"Probe\"}, parameter: {...}}\n";

const LATE: &str = "late: {type: \"trait\", attributes: {stage: \"PostDispatch\", status: customStatus: message: \"seen \\(context.outputs.x.status.seen)\"}}\n\
    template: {outputs: x: {apiVersion: \"v1\", kind: \"Extra\"}, parameter: {}}\n";

const CLOUD: &str = "apiVersion: core.oam.dev/v1beta1\nkind: ComponentDefinition\nmetadata: {name: cloud, namespace: vela-system}\n\
    spec: {schematic: {terraform: {configuration: \"x\"}}}\n";

fn source(name: &str, text: &str) -> Source {
    Source { name: name.into(), text: Arc::from(text) }
}

/// The status in a plan of this Application's `spec` with these live objects.
fn status(spec: &str, live: &str) -> Vec<String> {
    let application = format!(
        "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {{name: demo}}\nspec: {spec}\n"
    );
    let inputs = Inputs {
        applications: vec![source("app.yaml", &application)],
        definitions: vec![source("p.cue", PROBE), source("l.cue", LATE), source("c.yaml", CLOUD)],
        clusters: Some(source("clusters.yaml", "clusters: [{name: eu}, {name: us}]\n")),
        live: vec![source("live.yaml", live)],
        ..Inputs::default()
    };
    let plan = build(&inputs, &Options::default(), &mut Evaluator::new()).to_plan();
    let all = data::at(&plan, &["status"]).and_then(Value::as_list).unwrap_or_default();
    all.iter().map(|s| vela_yaml::to_json(s, vela_yaml::JsonStyle::COMPACT)).collect()
}

#[test]
fn clusters_are_told_apart() {
    let spec = "{components: [{name: one, type: probe}], policies: [{name: t, type: topology, properties: {clusters: [eu, us]}}]}";
    let live = "apiVersion: v1\nkind: Probe\nmetadata: {name: one, namespace: default, labels: {app.oam.dev/cluster: eu}}\nstatus: {ok: true}\n---\n\
        apiVersion: v1\nkind: Probe\nmetadata: {name: one, namespace: default, labels: {app.oam.dev/cluster: us}}\nstatus: {ok: false}\n";
    assert_eq!(
        status(spec, live),
        [
            r#"{"component":"one","cluster":"eu","healthy":true,"message":"","details":{},"workloadHealthy":true}"#,
            r#"{"component":"one","cluster":"us","healthy":false,"message":"","details":{},"workloadHealthy":false}"#,
        ]
    );
}

#[test]
fn late_traits_wait_and_made_names_are_found_by_labels() {
    let spec = "{components: [{name: one, type: probe, traits: [{type: late}]}]}";
    let live = |ok: bool| {
        format!(
            "apiVersion: v1\nkind: Probe\nmetadata: {{name: one}}\nstatus: {{ok: {ok}}}\n---\n\
             apiVersion: v1\nkind: Extra\nmetadata:\n  name: anything\n  labels: {{app.oam.dev/name: demo, app.oam.dev/component: one, \
             app.oam.dev/resourceType: TRAIT, trait.oam.dev/type: late, trait.oam.dev/resource: x}}\nstatus: {{seen: 7}}\n"
        )
    };
    let told = status(spec, &live(true));
    assert!(told[0].contains(r#""message":"seen 7""#), "{told:?}");
    let told = status(spec, &live(false));
    assert!(
        told[0].contains(r#""type":"late","healthy":false"#) && told[0].contains(r#""pending":true"#),
        "{told:?}"
    );
}

#[test]
fn terraform_says_itself() {
    let spec = "{components: [{name: db, type: cloud}]}";
    let live = |state: &str, revision: &str| {
        format!(
            "apiVersion: terraform.core.oam.dev/v1beta2\nkind: Configuration\nmetadata: {{name: db, namespace: default, generation: 2, \
             labels: {{app.oam.dev/appRevision: {revision}}}}}\nstatus: {{observedGeneration: 2, apply: {{state: {state}, message: m}}}}\n"
        )
    };
    let healthy = |told: Vec<String>| told[0].contains(r#""healthy":true,"message":"m""#);
    assert!(healthy(status(spec, &live("Available", "demo-v1"))));
    assert!(!healthy(status(spec, &live("Available", "demo-v0"))));
    assert!(!healthy(status(spec, &live("Applying", "demo-v1"))));
}

#[test]
fn what_is_not_live_is_an_error() {
    let spec = "{components: [{name: one, type: probe}, {name: two, type: probe}]}";
    let told = status(
        spec,
        "apiVersion: v1\nkind: Probe\nmetadata: {name: two}\nstatus: {ok: 1}\n---\n- 5\n---\nx\n",
    );
    assert!(
        told[0].contains("there is no live Probe `one` in namespace `default` for component `one`"),
        "{told:?}"
    );
    assert!(told[1].contains(r#""healthy":false"#), "{told:?}");
}
