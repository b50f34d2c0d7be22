//! Workspaces as texts: several files with a cursor `$0` in one of them, and answers drawn over the source.

#![allow(dead_code, reason = "each test uses some of it")]

use vela_db::{Database, Db, File};
use vela_diagnostics::{SourceId, Span};

/// A component definition with a parameter of every kind.
pub const WEB: &str = r#"web: {
	type:        "component"
	description: "A web server."
}
template: {
	output: {
		apiVersion: "shop.example/v1"
		kind:       "Server"
		spec: {
			replicas: parameter.replicas
			image:    parameter.image
		}
	}
	parameter: {
		// +usage=The image of the container
		image: string
		// +usage=How many there are
		replicas: *1 | int
		// +usage=How the port is reached
		protocol: *"TCP" | "UDP"
		// +usage=The probe
		probe?: #Probe
	}
	#Probe: {
		// +usage=The path
		path: string
		port: int
	}
}
"#;

/// The head of an Application, up to the first component.
pub const HEAD: &str = "apiVersion: core.oam.dev/v1beta1
kind: Application
metadata:
  name: demo
spec:
  components:
";

/// A workspace of several files; the file with the cursor, and the cursor.
pub fn workspace(files: &[(&str, &str)]) -> (Database, File, u32) {
    let mut db = Database::default();
    let mut at = None;
    for (path, marked) in files {
        let cursor = marked.find("$0");
        let file = db.set(path, marked.replacen("$0", "", 1));
        if let Some(cursor) = cursor {
            at = Some((file, cursor as u32));
        }
    }
    let (file, cursor) = at.expect("a cursor");
    (db, file, cursor)
}

/// A place as `path:line: text` with what it covers underlined.
pub fn drawn(db: &Database, source: SourceId, span: Span) -> String {
    let file = db.file(source).expect("a known source");
    let text = file.text(db);
    let start = text[..span.start as usize].rfind('\n').map_or(0, |n| n + 1);
    let end = text[span.start as usize..].find('\n').map_or(text.len(), |n| span.start as usize + n);
    let line = &text[start..end];
    let number = text[..start].matches('\n').count() + 1;
    let mut mark = String::new();
    for (i, c) in line.char_indices() {
        let at = (start + i) as u32;
        mark.push(match c {
            '\t' => '\t',
            _ if span.start <= at && at < span.end => '^',
            _ => ' ',
        });
    }
    format!("{}:{number}\n{line}\n{}\n", file.path(db), mark.trim_end())
}

/// A text after edits.
pub fn edited(db: &Database, file: File, edits: &[(SourceId, Span, String)]) -> String {
    let mut text = file.text(db).to_string();
    let mut own: Vec<_> = edits.iter().filter(|(source, _, _)| *source == file.source(db)).collect();
    own.sort_by_key(|(_, span, _)| std::cmp::Reverse(span.start));
    for (_, span, new) in own {
        text.replace_range(span.start as usize..span.end as usize, new);
    }
    text
}
