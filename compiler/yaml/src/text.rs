//! Bytes of a file into text, as the reference decodes every text encoding.

use std::borrow::Cow;

/// Text decoded from bytes. Spans count in `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, without byte order mark.
    pub text: Cow<'a, str>,
    /// Whether bytes were no text and became U+FFFD.
    pub lossy: bool,
}

/// UTF-8 with or without byte order mark, or UTF-16 with one.
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Decoded<'_> {
    let text = String::from_utf8_lossy(bytes);
    let lossy = matches!(text, Cow::Owned(_));
    Decoded { text, lossy }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded<'static> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut lossy = !rest.is_empty();
    let mut text = String::with_capacity(bytes.len());
    for c in char::decode_utf16(pairs.iter().map(|p| unit(*p))) {
        lossy |= c.is_err();
        text.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    if !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    Decoded { text: text.into(), lossy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        assert_eq!(decode(b"a: 1"), Decoded { text: "a: 1".into(), lossy: false });
        assert_eq!(decode(b"\xef\xbb\xbfa").text, "a");
        assert_eq!(decode(b"a\xff"), Decoded { text: "a\u{fffd}".into(), lossy: true });
        assert_eq!(decode(b"\xff\xfea\0\x3d\xd8\x00\xde").text, "a\u{1f600}");
        assert_eq!(decode(b"\xfe\xff\0a\0"), Decoded { text: "a\u{fffd}".into(), lossy: true });
    }
}
