//! Markers in comments: `// +patchKey=name`, `// +patchStrategy=retainKeys`. Used by the patch algorithm.

use std::sync::Arc;

/// What to do with a field of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// The field of the base is overwritten; an element of a list merged by key is emptied first.
    RetainKeys,
    /// The list of the base is replaced.
    Replace,
    /// The whole patch is an RFC 6902 document.
    JsonPatch,
    /// The whole patch is an RFC 7396 document.
    JsonMergePatch,
}

impl Strategy {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "retainKeys" => Self::RetainKeys,
            "replace" => Self::Replace,
            "jsonPatch" => Self::JsonPatch,
            "jsonMergePatch" => Self::JsonMergePatch,
            _ => return None,
        })
    }
}

/// The markers of one field. Unknown strategies are ignored, as KubeVela does.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Markers {
    /// `+patchKey`: names of keys, dotted and comma separated.
    pub key: Option<Arc<str>>,
    /// `+patchStrategy`.
    pub strategy: Option<Strategy>,
}

impl Markers {
    /// The markers in a field's comments; the last of a name counts.
    pub fn read<S: AsRef<str>>(docs: &[S]) -> Self {
        let mut markers = Self::default();
        for line in docs {
            let Some((name, value)) = marker(line.as_ref()) else { continue };
            match name {
                "patchKey" => markers.key = Some(value.into()),
                "patchStrategy" => markers.strategy = Strategy::parse(value),
                _ => {}
            }
        }
        markers
    }
}

/// Name and value of a marker line. A value of several words makes it an ordinary comment.
fn marker(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("//").unwrap_or(line).trim();
    let (name, value) = line.strip_prefix('+')?.split_once('=')?;
    let value = value.trim();
    (value.split_whitespace().count() <= 1).then_some((name.trim(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let read = |lines: &[&str]| Markers::read(lines);
        assert_eq!(read(&["// +patchKey=name"]).key.as_deref(), Some("name"));
        assert_eq!(read(&["//+patchKey = a.b,c "]).key.as_deref(), Some("a.b,c"));
        assert_eq!(read(&["// +patchStrategy=retainKeys"]).strategy, Some(Strategy::RetainKeys));
        assert_eq!(read(&["// +patchStrategy=open"]), Markers::default());
        assert_eq!(read(&["// +patchKey=name and more", "// patchKey=name"]), Markers::default());
        assert_eq!(read(&["// text", "// +patchKey=a", "// +patchKey=b"]).key.as_deref(), Some("b"));
    }
}
