//! A session over a stream: from `initialize` to `exit`, with edits in between.

mod common;

use common::{Client, session};
use serde_json::{Value, json};

const WEB: &str = "web: {type: \"component\"}\ntemplate: {\n\toutput: {apiVersion: \"v1\", kind: \"ConfigMap\"}\n\tparameter: {\n\t\timage: string\n\t}\n}\n";
const APP: &str = "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {name: demo}\nspec:\n  components:\n  - name: é😀\n    type: web\n    properties: {imege: nginx}\n";

#[test]
fn a_session() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = std::fs::canonicalize(folder.path()).expect("it exists");
    std::fs::write(root.join("web.cue"), WEB).expect("writable");
    let root = format!("file://{}", root.display());
    let (app, web) = (format!("{root}/app.yaml"), format!("{root}/web.cue"));
    session(|client| talk(client, root, app, web));
}

async fn talk(mut client: Client, root: String, app: String, web: String) {
    let params =
        json!({"processId": null, "capabilities": {}, "workspaceFolders": [{"uri": root, "name": "w"}]});
    let answer = client.request("initialize", params).await;
    assert_eq!(answer["result"]["capabilities"]["positionEncoding"], "utf-16");
    client.notify("initialized", json!({})).await;

    // The definition is on the disk, the Application only in the editor.
    client.open(&app, "yaml", APP).await;
    let found = client.diagnostics(&app).await;
    let messages: Vec<&str> = found.iter().filter_map(|d| d["message"].as_str()).collect();
    assert_eq!(
        messages,
        [
            "unknown property `imege` of component type `web`; did you mean `image`?",
            "missing property `image` of component type `web`: it needs a string",
        ]
    );
    assert_eq!(found[0]["range"]["start"], json!({"line": 7, "character": 17}));
    assert_eq!(found[0]["relatedInformation"][0]["location"]["uri"], web.as_str());

    let at = |line: u32, character: u32| json!({"textDocument": {"uri": app}, "position": {"line": line, "character": character}});
    let answer = client.request("textDocument/definition", at(6, 11)).await;
    assert_eq!(answer["result"][0]["uri"], web.as_str());
    assert_eq!(answer["result"][0]["range"]["start"], json!({"line": 0, "character": 0}));
    let params =
        json!({"textDocument": {"uri": app}, "range": found[0]["range"], "context": {"diagnostics": []}});
    let answer = client.request("textDocument/codeAction", params).await;
    assert_eq!(answer["result"][0]["title"], "Change to `image`");

    // An unsaved change of the definition counts for the Application beside it.
    client.open(&web, "cue", &WEB.replace("image:", "imege:")).await;
    assert_eq!(client.diagnostics(&app).await, Vec::<Value>::new());
    let range = json!({"start": {"line": 4, "character": 2}, "end": {"line": 4, "character": 7}});
    client.edit(&web, 2, json!([{"range": range, "text": "image"}])).await;
    assert_eq!(client.diagnostics(&app).await.len(), 2);

    // Several edits of one message apply one after the other; columns count UTF-16.
    let insert = json!({"start": {"line": 5, "character": 13}, "end": {"line": 5, "character": 13}});
    let key = json!({"start": {"line": 7, "character": 17}, "end": {"line": 7, "character": 22}});
    client.edit(&app, 2, json!([{"range": insert, "text": "-x"}, {"range": key, "text": "image"}])).await;
    assert_eq!(client.diagnostics(&app).await, Vec::<Value>::new());
    let answer = client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": app}})).await;
    assert_eq!(answer["result"][0]["children"][0]["name"], "é😀-x");
    let answer = client.request("textDocument/hover", at(7, 18)).await;
    assert!(
        answer["result"]["contents"]["value"].as_str().is_some_and(|t| t.contains("image: string")),
        "{answer}"
    );

    // Completion and folding answer; what is not known is refused, and nonsense ends nothing.
    let answer = client.request("textDocument/completion", at(6, 10)).await;
    let labels: Vec<&str> =
        answer["result"].as_array().into_iter().flatten().filter_map(|i| i["label"].as_str()).collect();
    assert!(labels.contains(&"web") && labels.contains(&"webservice"));
    let answer = client.request("textDocument/foldingRange", json!({"textDocument": {"uri": app}})).await;
    assert!(answer["result"].as_array().is_some_and(|a| !a.is_empty()));
    assert_eq!(client.request("vela/noSuchMethod", json!({})).await["error"]["code"], -32601);
    client.edit("untitled:nothing", 9, json!([{"text": "x"}])).await;
    client.edit(&app, 3, json!([{"range": {"start": {"line": 99, "character": 9}, "end": {"line": 0, "character": 4_000_000}}, "text": "\u{0}:"}])).await;
    client
        .open("untitled:Untitled-1", "yaml", "apiVersion: core.oam.dev/v1beta1\nkind: Application\nspec: 1\n")
        .await;
    assert!(!client.diagnostics("untitled:Untitled-1").await.is_empty());
    client.notify("textDocument/didClose", json!({"textDocument": {"uri": app}})).await;
    // The marks of the last edit may still come, if the server got to them before the close; then none.
    while !client.diagnostics(&app).await.is_empty() {}
    assert_eq!(client.request("shutdown", Value::Null).await["result"], Value::Null);
    client.notify("exit", Value::Null).await;
}
