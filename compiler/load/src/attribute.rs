//! The body of an attribute: arguments separated by commas, each a value or `key=value`, perhaps quoted.

use vela_syntax::literal::{self, StringValue};

/// One argument.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Argument {
    /// The name before `=`.
    pub key: Option<String>,
    /// The value, without quotes.
    pub value: String,
}

/// Takes a body apart.
pub fn arguments(body: &str) -> Vec<Argument> {
    if body.trim().is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut start = 0;
    let mut depth = 0_u32;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match quote {
            Some(q) => {
                if !escaped && c == q {
                    quote = None;
                }
                escaped = !escaped && c == '\\';
            }
            None => match c {
                '"' | '\'' => quote = Some(c),
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    out.push(argument(&body[start..at]));
                    start = at + 1;
                }
                _ => {}
            },
        }
    }
    out.push(argument(&body[start..]));
    out
}

fn argument(text: &str) -> Argument {
    let text = text.trim();
    let quoted = text.starts_with(['"', '\'', '#']);
    match text.split_once('=') {
        Some((key, value)) if !quoted => {
            Argument { key: Some(key.trim().to_string()), value: plain(value.trim()) }
        }
        _ => Argument { key: None, value: plain(text) },
    }
}

fn plain(text: &str) -> String {
    match literal::string(text) {
        Ok(StringValue::Str(value)) => value,
        _ => text.to_string(),
    }
}

/// The value of the argument with this key.
pub fn lookup<'a>(arguments: &'a [Argument], key: &str) -> Option<&'a str> {
    arguments.iter().find(|a| a.key.as_deref() == Some(key)).map(|a| a.value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_and_quotes() {
        let found = arguments(r#"a, type=int,short=b|c, x="d,e=f", "g=h""#);
        let text: Vec<(Option<&str>, &str)> =
            found.iter().map(|a| (a.key.as_deref(), a.value.as_str())).collect();
        let expected =
            [(None, "a"), (Some("type"), "int"), (Some("short"), "b|c"), (Some("x"), "d,e=f"), (None, "g=h")];
        assert_eq!(text, expected);
        assert_eq!(lookup(&found, "type"), Some("int"));
        assert!(arguments(" ").is_empty());
    }
}
