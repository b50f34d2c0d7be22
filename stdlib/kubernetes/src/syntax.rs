//! Kubernetes' forms of names and values, each as a function from a text to what is wrong with it. Rules:
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/> and the API conventions.

use vela_number::Number;
use vela_yaml::Data;

/// What is wrong with a text; `None` for nothing.
pub type Fault = Option<String>;

fn alphanumeric(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

fn too_long(text: &str, most: usize) -> Fault {
    (text.len() > most).then(|| format!("must be no more than {most} characters, and has {}", text.len()))
}

/// A lower-case RFC 1123 label: `my-name`.
pub fn dns_label(text: &str) -> Fault {
    let bytes = text.as_bytes();
    let ends = bytes.first().zip(bytes.last()).is_some_and(|(a, z)| alphanumeric(*a) && alphanumeric(*z));
    if !ends || !bytes.iter().all(|b| alphanumeric(*b) || *b == b'-') {
        return Some(format!(
            "`{text}` is no DNS label: lower-case letters, digits and `-`, with a letter or digit at both ends"
        ));
    }
    too_long(text, 63)
}

/// A lower-case RFC 1035 label: a DNS label that begins with a letter.
pub fn dns_1035_label(text: &str) -> Fault {
    match dns_label(text) {
        None if !text.as_bytes()[0].is_ascii_lowercase() => {
            Some(format!("`{text}` does not begin with a letter, as a name of this kind has to"))
        }
        fault => fault,
    }
}

/// A lower-case RFC 1123 subdomain: labels with dots between.
pub fn dns_subdomain(text: &str) -> Fault {
    let label = |part: &str| dns_label(part).is_none() || part.len() > 63 && dns_label_form(part);
    if !text.split('.').all(label) {
        return Some(format!(
            "`{text}` is no DNS name: lower-case letters, digits, `-` and `.`, with a letter or digit at both ends"
        ));
    }
    too_long(text, 253)
}

fn dns_label_form(part: &str) -> bool {
    let bytes = part.as_bytes();
    bytes.iter().all(|b| alphanumeric(*b) || *b == b'-')
        && bytes.first().is_some_and(|b| alphanumeric(*b))
        && bytes.last().is_some_and(|b| alphanumeric(*b))
}

/// A host of an Ingress with `*.` in front.
pub fn wildcard_subdomain(text: &str) -> Fault {
    match text.strip_prefix("*.") {
        Some(rest) => dns_subdomain(rest),
        None => Some(format!("`{text}` is no wildcard name such as `*.example.com`")),
    }
}

/// The part of a qualified name behind the slash.
fn name_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    text.len() <= 63
        && ends(bytes.first())
        && ends(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// The key of a label or annotation: `name` or `example.com/name`.
pub fn qualified_name(text: &str) -> Fault {
    let (prefix, name) = match text.split_once('/') {
        None => (None, text),
        Some((prefix, name)) => (Some(prefix), name),
    };
    if let Some(prefix) = prefix
        && (prefix.is_empty() || dns_subdomain(prefix).is_some())
    {
        return Some(format!("the prefix of `{text}` is no DNS name"));
    }
    (!name_part(name)).then(|| {
        format!(
            "`{text}` is no qualified name: at most 63 letters, digits, `-`, `_` and `.` with a letter or digit at \
             both ends, and before it perhaps a DNS name and `/`"
        )
    })
}

/// The value of a label.
pub fn label_value(text: &str) -> Fault {
    (!text.is_empty() && !name_part(text)).then(|| {
        format!(
            "`{text}` is no value of a label: at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at \
             both ends"
        )
    })
}

/// A key of a ConfigMap or Secret.
pub fn config_key(text: &str) -> Fault {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if text.is_empty() || text == "." || text.starts_with("..") || !text.bytes().all(plain) {
        return Some(format!(
            "`{text}` is no key: letters, digits, `-`, `_` and `.`, not beginning with `..`"
        ));
    }
    too_long(text, 253)
}

/// The name of an environment variable: since 1.30 all printable ASCII but `=`.
pub fn environment_name(text: &str) -> Fault {
    let fine = !text.is_empty() && text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'=');
    (!fine).then(|| format!("`{text}` is no name of an environment variable: printable ASCII without `=`"))
}

/// The name of a container's port: an IANA service name.
pub fn port_name(text: &str) -> Fault {
    let fine = (1..=15).contains(&text.len())
        && text.bytes().all(|b| alphanumeric(b) || b == b'-')
        && text.bytes().any(|b| b.is_ascii_lowercase())
        && !text.contains("--")
        && !text.starts_with('-')
        && !text.ends_with('-');
    (!fine).then(|| {
        format!(
            "`{text}` is no name of a port: at most 15 lower-case letters, digits and single `-`, at least one letter"
        )
    })
}

/// A port number.
pub fn port_number(n: i64) -> Fault {
    (!(1..=65535).contains(&n)).then(|| format!("{n} is no port: 1 to 65535"))
}

/// A name that becomes part of a URL.
pub fn path_segment(text: &str) -> Fault {
    match text {
        "." | ".." => Some(format!("`{text}` cannot be a name")),
        _ if text.contains(['/', '%']) => Some(format!("`{text}` contains `/` or `%`")),
        _ => None,
    }
}

/// `example.com/name`, as a controller calls itself.
pub fn domain_path(text: &str) -> Fault {
    let fine = text
        .split_once('/')
        .is_some_and(|(domain, path)| dns_subdomain(domain).is_none() && !path.is_empty());
    (!fine).then(|| format!("`{text}` is no name with a domain, such as `example.com/name`"))
}

/// A path that begins with `/`.
pub fn absolute_path(text: &str) -> Fault {
    (!text.starts_with('/')).then(|| format!("`{text}` is no absolute path"))
}

/// An IP address.
pub fn ip(text: &str) -> Fault {
    (text.parse::<core::net::IpAddr>().is_err()).then(|| format!("`{text}` is no IP address"))
}

/// A network such as `10.0.0.0/8`.
pub fn cidr(text: &str) -> Fault {
    let parsed = text.split_once('/').and_then(|(address, bits)| {
        let most = match address.parse::<core::net::IpAddr>().ok()? {
            core::net::IpAddr::V4(_) => 32,
            core::net::IpAddr::V6(_) => 128,
        };
        let digits = !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit());
        (digits && bits.parse::<u16>().is_ok_and(|n| n <= most)).then_some(())
    });
    parsed.is_none().then(|| format!("`{text}` is no network such as `10.0.0.0/8`"))
}

/// The name of an HTTP header.
pub fn header_name(text: &str) -> Fault {
    let fine = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-'));
    (!fine).then(|| format!("`{text}` is no name of an HTTP header"))
}

/// A percentage, `25%`; `None` where it is not one.
pub fn percent(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('%')?;
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// An RFC 3339 time.
pub fn time(text: &str) -> Fault {
    let digits = |range: std::ops::Range<usize>| {
        text.get(range).is_some_and(|t| t.bytes().all(|b| b.is_ascii_digit()))
    };
    let bytes = text.as_bytes();
    let at = |i: usize, wanted: &[u8]| bytes.get(i).is_some_and(|b| wanted.contains(b));
    let clock = digits(0..4) && at(4, b"-") && digits(5..7) && at(7, b"-") && digits(8..10) && at(10, b"T");
    let day = digits(11..13) && at(13, b":") && digits(14..16) && at(16, b":") && digits(17..19);
    let fine = clock && day && {
        let rest = &text[19..];
        let zone = match rest.strip_prefix('.') {
            Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => rest,
        };
        zone == "Z"
            || zone.len() == 6
                && zone.starts_with(['+', '-'])
                && zone[1..]
                    .bytes()
                    .enumerate()
                    .all(|(i, b)| if i == 2 { b == b':' } else { b.is_ascii_digit() })
    };
    (!fine).then(|| format!("`{text}` is no time such as `2026-01-31T12:00:00Z`"))
}

/// A quantity such as `500m` or `1Gi`: its sign, whether it is zero, and its value.
pub fn quantity(value: &Data) -> Result<f64, String> {
    let fault = |shown: &str| format!("`{shown}` is no quantity such as `500m`, `2` or `1Gi`");
    match value {
        Data::Num(n) => Ok(n.to_f64()),
        Data::Str(text) => quantity_text(text).ok_or_else(|| fault(text)),
        other => Err(format!("a {} is no quantity", other.kind())),
    }
}

fn quantity_text(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let number = unsigned.len() - unsigned.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let (digits, suffix) = unsigned.split_at(number);
    if digits.matches('.').count() > 1 || !digits.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let scale: f64 = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        "Pi" => 1_125_899_906_842_624.0,
        "Ei" => 1_152_921_504_606_846_976.0,
        exponent => {
            let n = exponent.strip_prefix(['e', 'E'])?;
            let plain = n.strip_prefix(['+', '-']).unwrap_or(n);
            if plain.is_empty() || plain.len() > 9 || !plain.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            10f64.powi(n.parse().ok()?)
        }
    };
    let magnitude = digits.trim_start_matches('0');
    let magnitude = if magnitude.starts_with('.') || magnitude.is_empty() {
        format!("0{magnitude}")
    } else {
        magnitude.to_owned()
    };
    let value = magnitude.trim_end_matches('.').parse::<f64>().ok()? * scale;
    Some(if text.starts_with('-') { -value } else { value })
}

/// Whether a number is whole.
pub fn whole(n: &Number) -> bool {
    n.is_int() || n.to_f64().fract() == 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(form: fn(&str) -> Fault, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(form(text), None, "{text}");
        }
        for text in bad {
            assert!(form(text).is_some(), "{text}");
        }
    }

    #[test]
    fn forms() {
        let long = "a".repeat(64);
        split(dns_label, &["a", "0", "a-b", "web-1"], &["", "A", "a.b", "-a", "a-", "ä", &long]);
        split(dns_1035_label, &["a", "web-1"], &["1web", ""]);
        split(dns_subdomain, &["a", "a.b-c", &long], &["", "a..b", ".a", "a_b", "A.b"]);
        split(wildcard_subdomain, &["*.a.b"], &["*", "a.*", "*a.b"]);
        split(
            qualified_name,
            &["a", "A.b_c", "x.io/Name"],
            &["", "a/", "/a", "X.io/a", "a/b/c", "-a", &long],
        );
        split(label_value, &["", "a", "A-1"], &["a b", "-a", &long]);
        split(config_key, &["a", "A_b.c", ".x"], &["", ".", "..", "..a", "a/b"]);
        split(environment_name, &["A", "a.b-c", "1"], &["", "A=B", "\u{e4}"]);
        split(port_name, &["http", "web-1", "p2p"], &["", "80", "a--b", "-a", "HTTP", "a-name-too-long1"]);
        split(ip, &["10.0.0.1", "::1"], &["10.0.0", "a"]);
        split(cidr, &["10.0.0.0/8", "::/0"], &["10.0.0.0", "10.0.0.0/33", "a/8", "10.0.0.0/+8"]);
        split(
            time,
            &["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+01:00"],
            &["", "2026-01-31", "2026-01-31T12:00:00", "now"],
        );
    }

    #[test]
    fn quantities() {
        for (text, value) in [
            ("1", 1.0),
            ("500m", 0.5),
            ("1Gi", 1_073_741_824.0),
            ("-2k", -2000.0),
            ("1e3", 1000.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1E", 1e18),
            ("+1", 1.0),
        ] {
            assert_eq!(quantity(&Data::str(text)), Ok(value), "{text}");
        }
        for text in ["", "m", "1 Gi", "1gi", "1MB", "1.2.3", "abc", "1e", "0x1", "--1"] {
            assert!(quantity(&Data::str(text)).is_err(), "{text}");
        }
    }
}
