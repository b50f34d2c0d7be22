//! The tables of `docs/cue-compatibility.md` are those of today's results.

use vela_harness::client::Product;
use vela_harness::{compatibility, places};

#[test]
fn the_tables_are_up_to_date() {
    let root = places::repository();
    let text = std::fs::read_to_string(root.join(compatibility::PAGE)).unwrap();
    let product = Product::new(env!("CARGO_BIN_EXE_vela-lang-under-test"));
    let page = compatibility::page(&text, &root, places::shared().as_deref(), &product).unwrap();
    for (have, want) in text.lines().zip(page.lines()) {
        assert_eq!(have, want, "run `cargo xtask docs`");
    }
    assert!(text == page, "run `cargo xtask docs`");
}
