//! Package `text/template`: Go's templates over data. A template is cut into tokens (`lex.rs`), becomes a tree
//! (`parse.rs`, `tree.rs`) and is walked (`run.rs`) over values (`value.rs`) with functions (`functions.rs`) and
//! Go's `fmt` (`format.rs`). Steps, depth and the size of texts are limited.

mod format;
mod functions;
mod lex;
mod parse;
mod run;
mod tree;
mod value;

use vela_eval::data::Data;

use crate::args::{Args, Outcome, fail, lossy, ok};
use crate::signature::Function;
use crate::table::{STRING, document, function, p};

fn execute(args: &[Data]) -> Outcome {
    let a = Args(args);
    let source = a.text(0)?;
    let made = parse::parse(source).and_then(|t| run::run(source, &t, value::Value::of(a.any(1))));
    match made {
        Ok(bytes) => ok(lossy(&bytes)),
        Err(message) => fail(message),
    }
}

fn html_escape(args: &[Data]) -> Outcome {
    ok(lossy(&functions::escape_html(Args(args).text(0)?.as_bytes())))
}

fn js_escape(args: &[Data]) -> Outcome {
    ok(lossy(&functions::escape_js(Args(args).text(0)?.as_bytes())))
}

const PKG: &str = "text/template";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "Execute", &[p("templ", STRING), document("data", "cannot convert non-concrete value {}")], STRING, "The text that a Go template makes of the data.", execute),
    function(PKG, "HTMLEscape", &[p("s", STRING)], STRING, "The text with the characters that mean something in HTML escaped.", html_escape),
    function(PKG, "JSEscape", &[p("s", STRING)], STRING, "The text escaped for a string of JavaScript.", js_escape),
];
