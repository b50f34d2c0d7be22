//! Inputs that are large, broken or many: nothing is blocked, and what is told at the end is about the last text.

mod common;

use common::{Client, session};
use serde_json::{Value, json};

const APP: &str = "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata:\n  name: demo\nspec:\n  components:\n  - name: one\n    type: webservice\n    properties:\n      image: nginx\n    traits:\n    - type: scaler\n      properties: {replicas: 2}\n";

async fn start(client: &mut Client, encoding: &str) {
    let capabilities = json!({"general": {"positionEncodings": [encoding]}});
    let answer = client.request("initialize", json!({"processId": null, "capabilities": capabilities})).await;
    assert_eq!(answer["result"]["capabilities"]["positionEncoding"], encoding);
    client.notify("initialized", json!({})).await;
}

async fn end(client: &mut Client) {
    assert_eq!(client.request("shutdown", Value::Null).await["result"], Value::Null);
    client.notify("exit", Value::Null).await;
}

/// Diagnostics as they are now.
async fn pulled(client: &mut Client, uri: &str) -> Vec<Value> {
    loop {
        let params = json!({"textDocument": {"uri": uri}});
        let answer = client.request("textDocument/diagnostic", params).await;
        if let Some(found) = answer["result"]["items"].as_array() {
            return found.clone();
        }
        assert_eq!(answer["error"]["code"], -32801, "{answer}");
    }
}

#[test]
fn a_burst_of_changes() {
    session(|mut client| async move {
        start(&mut client, "utf-16").await;
        let uri = "untitled:a.cue";
        client.open(uri, "cue", "a: int\na: 0\n").await;
        for i in 0..200 {
            client.edit(uri, i + 2, json!([{"text": format!("a: int\na: \"x{i}\"\n")}])).await;
        }
        // What is asked for after the last change is about the last text.
        let found = pulled(&mut client, uri).await;
        assert!(found[0]["message"].as_str().is_some_and(|m| m.contains("\"x199\"")), "{found:?}");
        let told = loop {
            let told = client.diagnostics(uri).await;
            if told == found {
                break told;
            }
        };
        assert_eq!(told.len(), 1);
        // Nothing older comes after it.
        client.edit(uri, 300, json!([{"text": "a: 1\n"}])).await;
        assert_eq!(client.diagnostics(uri).await, Vec::<Value>::new());
        end(&mut client).await;
    });
}

#[test]
fn five_megabytes() {
    session(|mut client| async move {
        start(&mut client, "utf-16").await;
        client.open("untitled:small.cue", "cue", "a: 1\nb: a\n").await;
        let mut large = String::new();
        while large.len() < 5 << 20 {
            large.push_str(&format!("field{}: {{a: 1, b: \"text\", c: [1, 2, 3]}}\n", large.len()));
        }
        client.open("untitled:large.cue", "cue", &large).await;
        let mut many = String::from(APP);
        while many.len() < 5 << 20 {
            many.push_str(&format!("    - type: labels\n      properties: {{l{}: x}}\n", many.len()));
        }
        client.open("untitled:large.yaml", "yaml", &many).await;
        // While those are worked on, others are answered.
        let at =
            json!({"textDocument": {"uri": "untitled:small.cue"}, "position": {"line": 1, "character": 0}});
        let since = std::time::Instant::now();
        let answer = client.request("textDocument/hover", at).await;
        assert!(
            answer["result"]["contents"]["value"].as_str().is_some_and(|t| t.contains("b: 1")),
            "{answer}"
        );
        assert!(since.elapsed().as_secs() < 20, "{:?}", since.elapsed());
        let start = json!({"line": 0, "character": 0});
        for (uri, small) in [("untitled:large.cue", "a: 1\n"), ("untitled:large.yaml", APP)] {
            client.edit(uri, 2, json!([{"range": {"start": start, "end": start}, "text": "# x\n"}])).await;
            client.edit(uri, 3, json!([{"text": small}])).await;
            assert_eq!(pulled(&mut client, uri).await, Vec::<Value>::new());
        }
        end(&mut client).await;
    });
}

#[test]
fn half_typed() {
    session(|mut client| async move {
        start(&mut client, "utf-8").await;
        let cue = "package p\n\n#A: {b!: string, c: *1 | int}\nx: #A & {b: \"é\\(x.c)\"}\nfor k, v in {a: 1} {(k): v}\n";
        for (uri, language, text) in [("untitled:a", "yaml", APP), ("untitled:b.cue", "cue", cue)] {
            client.open(uri, language, "").await;
            let (mut line, mut column) = (0, 0);
            for (version, c) in text.chars().enumerate() {
                let here = json!({"line": line, "character": column});
                let change = json!([{"range": {"start": here, "end": here}, "text": c.to_string()}]);
                client.edit(uri, version as i32 + 2, change).await;
                if c == '\n' {
                    (line, column) = (line + 1, 0);
                } else {
                    column += c.len_utf8();
                }
                if version % 7 == 0 {
                    let at = json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": column}});
                    for method in ["textDocument/completion", "textDocument/hover"] {
                        let answer = client.request(method, at.clone()).await;
                        assert!(answer.get("error").is_none_or(|e| e["code"] == -32801), "{method} {answer}");
                    }
                }
            }
            assert_eq!(pulled(&mut client, uri).await, Vec::<Value>::new(), "{uri}");
        }
        end(&mut client).await;
    });
}

#[test]
fn windows_line_ends_and_characters_beyond_the_first_plane() {
    for (encoding, wide) in [("utf-8", 4), ("utf-16", 2)] {
        session(|mut client| async move {
            start(&mut client, encoding).await;
            // In a comment, a key and a value; lines end as Windows has them.
            let cue = "// 😀\r\n\"😀\": int\r\n\"😀\": \"😀\"\r\n";
            client.open("untitled:w.cue", "cue", cue).await;
            let found = pulled(&mut client, "untitled:w.cue").await;
            assert_eq!(found.len(), 1, "{found:?}");
            let value = json!({"start": {"line": 2, "character": 4 + wide}, "end": {"line": 2, "character": 6 + 2 * wide}});
            let places = [&found[0]["range"], &found[0]["relatedInformation"][0]["location"]["range"]];
            assert!(places.contains(&&value), "{found:?}");
            client.edit("untitled:w.cue", 2, json!([{"range": value, "text": "1"}])).await;
            assert_eq!(pulled(&mut client, "untitled:w.cue").await, Vec::<Value>::new());
            let app = APP.replace("image: nginx", "imgae: 😀").replace('\n', "\r\n");
            client.open("untitled:w", "yaml", &app).await;
            let found = pulled(&mut client, "untitled:w").await;
            let key = json!({"start": {"line": 9, "character": 6}, "end": {"line": 9, "character": 11}});
            assert_eq!(found[0]["range"], key, "{found:?}");
            client.edit("untitled:w", 2, json!([{"range": key, "text": "image"}])).await;
            assert_eq!(pulled(&mut client, "untitled:w").await, Vec::<Value>::new());
            end(&mut client).await;
        });
    }
}
