//! Evaluating: whole programs from text to the finished value. `cargo bench -p vela-tests --bench evaluate`.

use std::fmt::Write as _;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use vela_eval::Eval;
use vela_load::{LoadOptions, MemoryWorld, load};

fn main() {
    divan::main();
}

/// Sizes of the inputs, in objects.
const SIZES: &[usize] = &[10, 100, 1000];

/// Loads and evaluates one file.
fn evaluate(text: &str) {
    let library: &dyn vela_eval::builtin::Library = &vela_stdlib::STDLIB;
    let builtin = |path: &str| library.has_package(path);
    let world = MemoryWorld::new().file("/bench/in.cue", text);
    let args = ["in.cue".to_owned()];
    let options = LoadOptions {
        folder: "/bench",
        args: &args,
        tags: &[],
        variables: false,
        tools: false,
        tests: false,
        schemas: false,
        protos: vela_load::ProtoSearch::default(),
        builtin: &builtin,
    };
    let Ok(mut program) = load(&world, &options).single() else { panic!("the bench's program loads") };
    vela_stdlib::add_preludes(&mut program.ir);
    let mut eval = Eval::new(&program.ir, library);
    let root = eval.package(program.main);
    assert!(eval.finalize(root).is_ok(), "the bench's program is within its budget");
    assert!(eval.bottom(root).is_none(), "the bench's program has a value");
    black_box(&eval);
}

fn measure(bencher: Bencher, objects: usize, text: &str) {
    bencher.counter(ItemsCount::new(objects)).bench(|| evaluate(black_box(text)));
}

/// Closed definitions with defaults, bounds and patterns, used by many objects.
#[divan::bench(args = SIZES)]
fn definitions(bencher: Bencher, objects: usize) {
    let mut text = String::from(
        "#Deployment: {\n\tapiVersion: \"apps/v1\"\n\tkind: \"Deployment\"\n\tmetadata: {name!: string, labels: [string]: string}\n\
         \tspec: {replicas: *1 | int & >0 & <=100, template: spec: containers: [...#Container]}\n}\n\
         #Container: {name: string, image: string, pull: *\"IfNotPresent\" | \"Always\" | \"Never\", env?: [string]: string}\n",
    );
    for n in 0..objects {
        let _ = writeln!(
            text,
            "objects: \"web-{n}\": #Deployment & {{metadata: {{name: \"web-{n}\", labels: app: \"web\"}}, \
             spec: {{replicas: {}, template: spec: containers: [{{name: \"c\", image: \"nginx:1\", env: A: \"b\"}}]}}}}",
            n % 7 + 1
        );
    }
    measure(bencher, objects, &text);
}

/// Struct disjunctions told apart by one field.
#[divan::bench(args = SIZES)]
fn disjunctions(bencher: Bencher, objects: usize) {
    let mut text = String::from(
        "#Source: {kind: \"git\", url: string, depth: *1 | int} | {kind: \"image\", ref: string} | {kind: \"file\", path: string}\n",
    );
    for n in 0..objects {
        let _ = writeln!(text, "sources: s{n}: #Source & {{kind: \"image\", ref: \"nginx:{n}\"}}");
    }
    measure(bencher, objects, &text);
}

/// Nested loops with conditions and computed labels.
#[divan::bench(args = SIZES)]
fn comprehensions(bencher: Bencher, objects: usize) {
    let mut text = String::from("import \"list\"\n");
    let _ = write!(
        text,
        "#n: list.Range(0, {objects}, 1)\nobjects: {{for n in #n {{\"o\\(n)\": {{id: n, even: mod(n, 2) == 0, if even {{half: div(n, 2)}}}}}}}}\n\
         halves: [for k, o in objects if o.even {{\"\\(k)=\\(o.half)\"}}]\n"
    );
    measure(bencher, objects, &text);
}

/// A chain in which each field refers to the next.
#[divan::bench(args = SIZES)]
fn references(bencher: Bencher, objects: usize) {
    let mut text = String::new();
    for n in 0..objects {
        let _ = writeln!(text, "r{n}: {{value: r{}.value, own: {n}}}", n + 1);
    }
    let _ = writeln!(text, "r{objects}: value: 1");
    measure(bencher, objects, &text);
}
