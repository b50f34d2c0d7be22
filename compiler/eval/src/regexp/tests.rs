//! Facts about Go's regular expressions, asked from Go itself.

use super::*;

fn error(pattern: &str) -> String {
    match Regexp::new(pattern) {
        Ok(_) => "ok".to_string(),
        Err(e) => e.replace("error parsing regexp: ", ""),
    }
}

#[test]
fn accepts_what_go_accepts() {
    for pattern in [
        "",
        "a|b",
        "()",
        "(|a)*",
        "a(?i)*",
        "a*(?i)*",
        "^*",
        r"\b+",
        "(?P<n>a)(?P<n>b)",
        "(?<n>a)",
        "(a{2}){3}",
        "a{,2}",
        "{",
        "}",
        "]",
        "a{2",
        "a{1,2",
        "(?i-i:a)",
        "(?im-sU:a)",
        r"\12",
        r"\08",
        r"\0",
        r"\x{D800}",
        r"[\x{D800}-\x{DFFF}]",
        r"\_",
        "[]a]",
        "[^]a]",
        r"[\d-z]",
        "[--a]",
        "[a-z-9]",
        "[a&&b]",
        "[[a]",
        "[~~]",
        r"\Q*\E+",
        r"\Q",
        r"\pL",
        r"\p{Greek}",
        r"\p{^Greek}",
        r"\P{lu}",
        r"\p{Any}",
        r"\p{ASCII}",
        r"\p{Assigned}",
        r"\p{Cn}",
        r"\p{Cs}",
        r"[\p{Cs}]",
        r"\p{LC}",
        r"\p{cntrl}",
        r"\p{digit}",
        r"\p{punct}",
        r"\p{Lowercase_Letter}",
        r"\p{combiningmark}",
        r"\p{Thai}",
        r"\p{Yi}",
        "(?:a{0}){1000}",
        "a #b",
        r"\B",
        r"\pl",
        "x{0}",
        r"(?i)\w",
    ] {
        assert_eq!(error(pattern), "ok", "{pattern}");
    }
}

#[test]
fn rejects_with_gos_texts() {
    for (pattern, want) in [
        ("a(b", "missing closing ): `a(b`"),
        ("a)", "unexpected ): `a)`"),
        ("[a-", "missing closing ]: `[a-`"),
        ("[]", "missing closing ]: `[]`"),
        ("[[:alpha:]", "missing closing ]: `[[:alpha:]`"),
        ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
        ("[z-a]", "invalid character class range: `z-a`"),
        (r"[a-\d]", r"invalid escape sequence: `\d`"),
        (r"\p", r"invalid character class range: `\p`"),
        (r"\p{", r"invalid character class range: `\p{`"),
        (r"\p{Foo}", r"invalid character class range: `\p{Foo}`"),
        (r"\p{Grek}", r"invalid character class range: `\p{Grek}`"),
        (r"\p{Alphabetic}", r"invalid character class range: `\p{Alphabetic}`"),
        (r"\p{sc=Greek}", r"invalid character class range: `\p{sc=Greek}`"),
        ("(?i)*", "missing argument to repetition operator: `*`"),
        ("a|*", "missing argument to repetition operator: `*`"),
        ("+?", "missing argument to repetition operator: `+?`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("a++", "invalid nested repetition operator: `++`"),
        ("a*??", "invalid nested repetition operator: `*??`"),
        ("a{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
        ("(a{100}){11}", "invalid repeat count: `{11}`"),
        ("((a{30}){30}){30}", "invalid repeat count: `{30}`"),
        ("(a{0,500}){3}", "invalid repeat count: `{3}`"),
        ("(a{500,}){3}", "invalid repeat count: `{3}`"),
        ("x{2,1}", "invalid repeat count: `{2,1}`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("a{99999999999999999999}", "invalid repeat count: `{99999999999999999999}`"),
        ("(?:", "missing closing ): `(?:`"),
        ("(?", "invalid or unsupported Perl syntax: `(?`"),
        ("(?i", "invalid or unsupported Perl syntax: `(?i`"),
        ("(?=x)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?P=n)", "invalid or unsupported Perl syntax: `(?P`"),
        ("(?x)a", "invalid or unsupported Perl syntax: `(?x`"),
        ("(?R)", "invalid or unsupported Perl syntax: `(?R`"),
        ("(?-)", "invalid or unsupported Perl syntax: `(?-)`"),
        ("(?--i)", "invalid or unsupported Perl syntax: `(?--`"),
        ("(?'n'a)", "invalid or unsupported Perl syntax: `(?'`"),
        ("(?P<n", "invalid named capture: `(?P<n`"),
        ("(?P<>a)", "invalid named capture: `(?P<>`"),
        ("(?P<é>a)", "invalid named capture: `(?P<é>`"),
        (r"\1", r"invalid escape sequence: `\1`"),
        (r"\18", r"invalid escape sequence: `\1`"),
        (r"\8", r"invalid escape sequence: `\8`"),
        (r"\x1", r"invalid escape sequence: `\x1`"),
        (r"\x{}", r"invalid escape sequence: `\x{}`"),
        (r"\x{110000}", r"invalid escape sequence: `\x{110000`"),
        (r"\u00e9", r"invalid escape sequence: `\u`"),
        (r"\é", r"invalid escape sequence: `\é`"),
        (r"\Z", r"invalid escape sequence: `\Z`"),
        (r"\C", r"invalid escape sequence: `\C`"),
        (r"\E", r"invalid escape sequence: `\E`"),
        ("\\", "trailing backslash at end of expression: ``"),
    ] {
        assert_eq!(error(pattern), want, "{pattern}");
    }
}

#[test]
fn matches_as_go_does() {
    for (pattern, text, want) in [
        (r"\d", "٣", false),
        (r"^\w+$", "é", false),
        (r"\bb", "éb", true),
        (r"(?i)k", "\u{212A}", true),
        (r"(?i)[^k]", "\u{212A}", false),
        ("a.b", "a\nb", false),
        ("a.b", "a\rb", true),
        ("(?s)a.b", "a\nb", true),
        ("a$", "a\n", false),
        ("(?m)a$", "a\nb", true),
        ("(?m)a$", "a\r\nb", false),
        ("(?m:^b)", "a\nb", true),
        ("a(?i)b|c", "aB", true),
        ("a(?i)b|c", "C", true),
        ("(?i:a)b", "AB", false),
        ("(?i)a(?-i)b", "AB", false),
        ("[a&&b]", "&", true),
        (r"^[^\x{D800}]$", "x", true),
        (r"^\Qa.b\E$", "a.b", true),
        (r"\101", "A", true),
        ("^a{,2}$", "a{,2}", true),
        (r"[\t ]", " ", true),
        ("a b", "a b", true),
        ("a#b", "a#b", true),
        (r"\s", "\u{b}", false),
        ("[[:space:]]", "\u{b}", true),
    ] {
        let regexp = Regexp::new(pattern).expect(pattern);
        assert_eq!(regexp.is_match(text), want, "{pattern} {text:?}");
    }
    let all = |p: &str, t| Regexp::new(p).expect(p).find_all(t, usize::MAX).join(",");
    assert_eq!(all("a*", "baaab"), ",aaa,");
    assert_eq!(all("a|ab", "ab"), "a");
    assert_eq!(all("a+?", "aa"), "a,a");
    assert_eq!(all("(?U)a+", "aa"), "a,a");
    assert_eq!(all("(?U)a+?", "aa"), "aa");
}

#[test]
fn hostile_patterns_end_soon() {
    assert_eq!(error(&"(".repeat(5000)), format!("expression nests too deeply: `{}`", "(".repeat(5000)));
    let nested = format!("{}a{}", "(".repeat(900), ")".repeat(900));
    assert_eq!(error(&nested), "ok");
    let starred = format!("{}a{}", "(?:".repeat(300), ")*".repeat(300));
    assert_eq!(error(&starred), "ok");
    assert!(error(&format!("a{}", "*(?i)".repeat(2000))).starts_with("expression nests too deeply"));
    let large = r"(\pL{1000}\pL{1000}\pL{1000}\pL{1000}\pL{1000}\pL{1000}\pL{1000}){1}".repeat(10);
    assert!(error(&large).starts_with("expression too large"));
}
