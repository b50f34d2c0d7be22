//! Keeps secret values out of texts that people or logs see.

/// What stands in the place of a secret.
pub const REDACTED: &str = "<redacted>";

/// `text` with every occurrence of a secret replaced by [`REDACTED`], the longest secret first, so that a secret that
/// contains another leaves no rest. Empty secrets are ignored. A secret is also found in its quoted form, where
/// quotes, backslashes and line ends are escaped.
pub fn redact(text: &str, secrets: &[&str]) -> String {
    let mut forms: Vec<String> = Vec::new();
    for secret in secrets.iter().filter(|s| !s.is_empty()) {
        forms.push((*secret).to_owned());
        let escaped = escape(secret);
        if escaped != *secret {
            forms.push(escaped);
        }
    }
    forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    forms.dedup();
    let mut out = text.to_owned();
    for form in forms {
        if out.contains(&form) {
            out = out.replace(&form, REDACTED);
        }
    }
    out
}

fn escape(secret: &str) -> String {
    let mut out = String::with_capacity(secret.len() + 8);
    for c in secret.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_first_and_quoted() {
        assert_eq!(redact("a=hunter2, b=hunter", &["hunter", "hunter2", ""]), "a=<redacted>, b=<redacted>");
        assert_eq!(
            redact(r#"conflicting values "p\"w" and 1"#, &["p\"w"]),
            r#"conflicting values "<redacted>" and 1"#
        );
        assert_eq!(redact("nothing here", &["secret"]), "nothing here");
    }
}
