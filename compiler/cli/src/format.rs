//! CUE source in its normal layout.

use vela_syntax::{FormatOptions, format};

/// Formats and simplifies source that a definition holds, as the CUE in KubeVela does; as it is where it cannot be
/// formatted.
pub fn simplified(text: &str) -> String {
    let options = FormatOptions { simplify: true, ..FormatOptions::default() };
    let Ok(out) = format(text, &options) else { return text.to_owned() };
    // Newer versions put a `{...}` that was simplified on three lines, older ones leave it where it was.
    if open_structs(text).next().is_some() {
        return out;
    }
    let (mut joined, mut at) = (String::with_capacity(out.len()), 0);
    for (start, end) in open_structs(&out) {
        joined.push_str(&out[at..start]);
        joined.push_str("{...}");
        at = end;
    }
    joined.push_str(&out[at..]);
    joined
}

/// Where a brace, `...` and a brace stand on three lines.
fn open_structs(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    text.match_indices("{\n").filter_map(move |(start, _)| {
        let inner = text[start + 1..].trim_start().strip_prefix("...\n")?.trim_start().strip_prefix('}')?;
        Some((start, text.len() - inner.len()))
    })
}
