//! Reading: tokens and syntax trees of CUE, trees and plain values of YAML. `cargo bench -p vela-tests --bench read`.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// Sizes of the inputs, in objects.
const SIZES: &[usize] = &[10, 100, 1000];

/// A package as users write them: definitions, comments, nested fields, comprehensions, interpolations.
fn program(objects: usize) -> String {
    let mut text = String::from("package bench\n\nimport \"strings\"\n\n");
    for n in 0..objects {
        text.push_str(&format!(
            "// Service number {n}.\n#Service{n}: {{\n\tname!: string & strings.MinRunes(1)\n\treplicas: *1 | int & >0 & <=100\n\
             \tports: [string]: int\n\tif replicas > 1 {{\n\t\tspread: \"\\(name)-spread\"\n\t}}\n\
             \tlist: [for k, v in ports {{\"\\(k)=\\(v)\"}}]\n}}\n\nservice{n}: #Service{n} & {{name: \"web-{n}\", \
             ports: {{http: 80, https: 443}}}}\n\n"
        ));
    }
    text
}

/// Kubernetes-like documents.
fn documents(objects: usize) -> String {
    let mut text = String::new();
    for n in 0..objects {
        text.push_str(&format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-{n}\n  labels: {{app: web, tier: \"front\"}}\n\
             spec:\n  replicas: {n}\n  template:\n    spec:\n      containers:\n      - name: web # the only one\n\
             \x20       image: nginx:1.27\n        args: [--verbose, \"--port=80\"]\n        command: |\n          run\n          it\n"
        ));
    }
    text
}

#[divan::bench(args = SIZES)]
fn tokens(bencher: Bencher, objects: usize) {
    let text = program(objects);
    bencher.counter(BytesCount::of_str(&text)).bench(|| vela_syntax::tokens(black_box(&text)));
}

#[divan::bench(args = SIZES)]
fn parse(bencher: Bencher, objects: usize) {
    let text = program(objects);
    let options = vela_syntax::ParseOptions::default();
    bencher.counter(BytesCount::of_str(&text)).bench(|| vela_syntax::parse(black_box(&text), &options));
}

#[divan::bench(args = SIZES)]
fn yaml(bencher: Bencher, objects: usize) {
    let text = documents(objects);
    bencher.counter(BytesCount::of_str(&text)).bench(|| vela_yaml::parse(black_box(&text)));
}

#[divan::bench(args = SIZES)]
fn yaml_values(bencher: Bencher, objects: usize) {
    let text = documents(objects);
    let parsed = vela_yaml::parse(&text);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| black_box(&parsed).docs.iter().map(vela_yaml::Doc::to_data).collect::<Vec<_>>());
}
