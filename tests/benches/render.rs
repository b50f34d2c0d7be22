//! Rendering: Applications with built-in definitions to plans. `cargo bench -p vela-tests --bench render`.

use std::fmt::Write as _;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use vela_oam::build::{Inputs, Options, Outcome, Source, build};
use vela_oam::evaluator::Evaluator;

fn main() {
    divan::main();
}

/// Sizes of the inputs, in Applications.
const SIZES: &[usize] = &[1, 10, 100];

/// An Application of a service and a worker with traits, no two with the same texts.
fn application(n: usize) -> Source {
    let text = format!(
        "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {{name: app-{n}, namespace: shop}}\nspec:\n  \
         components:\n  - name: web-{n}\n    type: webservice\n    properties:\n      image: registry.test/web:{n}\n      \
         ports: [{{port: {port}, expose: true}}]\n      cpu: 500m\n      memory: 256Mi\n      \
         env: [{{name: A, value: a-{n}}}, {{name: B, valueFrom: {{secretKeyRef: {{name: s-{n}, key: k}}}}}}]\n    \
         traits:\n    - {{type: scaler, properties: {{replicas: {replicas}}}}}\n    \
         - {{type: labels, properties: {{release: r-{n}}}}}\n    - {{type: env, properties: {{env: {{C: c-{n}}}}}}}\n    \
         - {{type: gateway, properties: {{domain: web-{n}.test, http: {{/: {port}}}}}}}\n  \
         - name: jobs-{n}\n    type: worker\n    properties: {{image: 'registry.test/jobs:{n}', cmd: [run, q-{n}]}}\n    \
         traits:\n    - {{type: annotations, properties: {{owner: o-{n}}}}}\n",
        port = 1024 + n,
        replicas = n % 7 + 1,
    );
    Source { name: format!("app-{n}.yaml").into(), text: text.into() }
}

fn rendered(inputs: &Inputs) -> Outcome {
    let outcome = build(inputs, &Options::default(), &mut Evaluator::new());
    assert!(!outcome.failed(), "the bench's Applications render: {:?}", outcome.diagnostics.first());
    outcome
}

/// From texts to plans, definitions compiled on the way.
#[divan::bench(args = SIZES)]
fn applications(bencher: Bencher, count: usize) {
    let inputs = Inputs { applications: (0..count).map(application).collect(), ..Inputs::default() };
    bencher.counter(ItemsCount::new(count)).bench(|| rendered(black_box(&inputs)));
}

/// One Application placed in many clusters.
#[divan::bench(args = SIZES)]
fn clusters(bencher: Bencher, count: usize) {
    let mut inventory = String::from("clusters:\n");
    for n in 0..count {
        let _ = writeln!(inventory, "- {{name: c-{n}, labels: {{all: \"true\"}}, version: \"1.31\"}}");
    }
    let mut app = application(0);
    let policy =
        "  policies:\n  - {name: all, type: topology, properties: {clusterLabelSelector: {all: \"true\"}}}\n";
    app.text = format!("{}{policy}", app.text).into();
    let clusters = Some(Source { name: "clusters.yaml".into(), text: inventory.into() });
    let inputs = Inputs { applications: vec![app], clusters, ..Inputs::default() };
    bencher.counter(ItemsCount::new(count)).bench(|| rendered(black_box(&inputs)));
}
