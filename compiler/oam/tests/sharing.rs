//! What the evaluator does not do twice must not show: with and without sharing answers and leaving out what a template
//! does not read, plans and diagnostics are the same. Tried on Applications written here, and on the cases of
//! `../shared/conformance/oam` where they are there.

use std::fs;
use std::path::{Path, PathBuf};

use vela_oam::evaluator::Evaluator;
use vela_oam::{Compat, Inputs, Options, Source, build};
use vela_yaml::{JsonStyle, to_json};

/// Plan and diagnostics, as text.
fn shown(inputs: &Inputs, options: &Options, engine: &mut Evaluator) -> String {
    let outcome = build(inputs, options, engine);
    let mut text = to_json(&outcome.to_plan(), JsonStyle::COMPACT);
    for diagnostic in &outcome.diagnostics {
        text.push_str(&format!("\n{diagnostic:?}"));
    }
    text
}

/// Builds in both ways; with sharing twice, so that the second time everything is known.
fn compare(name: &str, inputs: &Inputs, shared: &mut Evaluator) {
    for compat in [Compat::Deploy, Compat::DryRun] {
        let options = Options { compat, application_policies: true, ..Options::default() };
        let plain = shown(inputs, &options, &mut Evaluator::without_sharing());
        for _ in 0..2 {
            assert_eq!(plain, shown(inputs, &options, shared), "{name}, {compat:?}");
        }
    }
}

fn source(name: &str, text: &str) -> Source {
    Source { name: name.into(), text: text.into() }
}

const CLUSTERS: &str = "\
controlPlane: {version: \"1.31\"}
clusters:
- {name: north, labels: {region: n}, version: \"1.30\"}
- {name: south, labels: {region: s}, version: \"1.18\"}
";

const APPLICATION: &str = "\
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: shop, namespace: shop, labels: {team: a}}
spec:
  components:
  - name: web
    type: webservice
    properties: {image: 'nginx:1', port: 80, env: [{name: A, value: b}]}
    traits:
    - {type: scaler, properties: {replicas: 2}}
    - {type: labels, properties: {x: z}}
    - {type: where, properties: {note: here}}
    - {type: env, properties: {env: {B: c}}}
    - {type: gateway, properties: {http: {'/': 80}, domain: shop.test}}
  - name: other
    type: webservice
    properties: {image: 'nginx:1', port: 80}
    traits:
    - {type: scaler, properties: {replicas: 2}}
    - {type: labels, properties: {x: z}}
    - {type: whole}
  - {name: wrong, type: webservice, properties: {port: eighty}}
  policies:
  - {name: all, type: topology, properties: {clusterLabelSelector: {}}}
";

/// Reads the cluster and a part of what is rendered.
const WHERE: &str = "\
where: {type: \"trait\", annotations: {}, attributes: appliesToWorkloads: [\"*\"]}
template: {
	parameter: note: string
	patch: metadata: annotations: {
		\"at\": \"\\(context.cluster)/\\(context.clusterVersion.minor)/\\(parameter.note)\"
		if context.output.spec.replicas != _|_ {\"many\": \"\\(context.output.spec.replicas)\"}
		if context.outputs != _|_ {\"outputs\": \"yes\"}
	}
}
";

/// Reads everything.
const WHOLE: &str = "\
whole: {type: \"trait\", annotations: {}, attributes: appliesToWorkloads: [\"*\"]}
template: {
	outputs: all: {
		apiVersion: \"v1\"
		kind: \"ConfigMap\"
		data: {for k, v in context if (v & string) != _|_ {(k): v}}
	}
}
";

#[test]
fn own_cases() {
    let inputs = Inputs {
        applications: vec![source("app.yaml", APPLICATION)],
        definitions: vec![source("where.cue", WHERE), source("whole.cue", WHOLE)],
        objects: Vec::new(),
        clusters: Some(source("clusters.yaml", CLUSTERS)),
        ..Inputs::default()
    };
    let mut engine = Evaluator::new();
    compare("own", &inputs, &mut engine);
    let plan = shown(&inputs, &Options::default(), &mut engine);
    for part in ["north/30/here", "south/18/here", "\"many\":\"2\"", "\"appName\":\"shop\""] {
        assert!(plan.contains(part), "{part}: {plan}");
    }
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| p.is_dir()).collect();
    all.sort();
    all
}

#[test]
fn recorded_cases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/oam");
    for case in folders(&root).iter().flat_map(|area| folders(area)) {
        let read = |name: &str| fs::read_to_string(case.join(name)).ok().map(|text| source(name, &text));
        let mut names: Vec<String> = fs::read_dir(case.join("definitions"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| format!("definitions/{}", e.file_name().to_string_lossy()))
            .collect();
        names.sort();
        let inputs = Inputs {
            applications: read("app.yaml").into_iter().collect(),
            definitions: names.iter().filter_map(|n| read(n)).collect(),
            objects: ["policies.yaml", "workflow.yaml", "objects.yaml"]
                .into_iter()
                .filter_map(read)
                .collect(),
            clusters: read("clusters.yaml"),
            live: read("live.yaml").into_iter().collect(),
            ..Inputs::default()
        };
        compare(&case.display().to_string(), &inputs, &mut Evaluator::new());
    }
}
