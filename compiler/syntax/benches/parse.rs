//! Speed of lexing and parsing, on a file of 1 MB of ordinary configuration.

use divan::Bencher;
use divan::counter::BytesCount;
use vela_syntax::{ParseOptions, parse, tokens};

fn main() {
    divan::main();
}

/// Services as people write them, about `size` bytes.
fn source(size: usize) -> String {
    let mut out = String::from("package bench\n\nimport \"strings\"\n\n");
    let mut i = 0;
    while out.len() < size {
        out.push_str(&format!(
            "// Service {i} answers requests.\nservice: \"svc-{i}\": {{\n\tname:  \"svc-{i}\"\n\tport:  {i} & >=0 & <65536\n\t\
             image: \"registry.example/svc:\\(version)\"\n\tlabels: app: team: \"t{i}\" @go(Team)\n\tenv: [\n\t\t\
             {{name: \"A\", value: strings.ToUpper(name)}},\n\t\tfor k, v in #defaults if v != _|_ {{name: k, value: \
             \"\\(v)\"}},\n\t]\n\tif port > 1024 {{\n\t\tpublic: true | *false\n\t}}\n\t#Spec: {{[string]: int, ...}}\n}}\n\n"
        ));
        i += 1;
    }
    out
}

#[divan::bench]
fn lexing(bencher: Bencher<'_, '_>) {
    let src = source(1 << 20);
    bencher.counter(BytesCount::of_str(&src)).bench(|| tokens(&src));
}

#[divan::bench]
fn parsing(bencher: Bencher<'_, '_>) {
    let src = source(1 << 20);
    bencher.counter(BytesCount::of_str(&src)).bench(|| parse(&src, &ParseOptions::default()));
}

#[divan::bench]
fn nested_lists(bencher: Bencher<'_, '_>) {
    let src = format!("a: {}{}\n", "[".repeat(20_000), "]".repeat(20_000));
    bencher.counter(BytesCount::of_str(&src)).bench(|| parse(&src, &ParseOptions::default()));
}
