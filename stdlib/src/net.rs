//! Package `net`: IP addresses, host names, URLs.

use num_bigint::{BigInt, Sign};
use num_traits::Signed;
use unicode_normalization::is_nfc;
use vela_eval::data::Data;

use crate::args::{Args, Outcome, compact, fail, int, lossy, ok, texts, unusable};
use crate::net_ip::{Ip, Prefix};
use crate::net_url::{self, Part};
use crate::quote::quoted;
use crate::signature::{CallError, Function};
use crate::table::{ANY, BOOL, INT, LIST, STRING, STRUCT, function, p};

/// The address of an argument: text, bytes of text, or a list of 4 or 16 numbers.
fn ip(args: &[Data], i: usize) -> Result<Ip, CallError> {
    match Args(args).any(i) {
        Data::Str(s) => Ip::parse(s).map_err(CallError::Fatal),
        Data::Bytes(b) => Ip::parse(&String::from_utf8_lossy(b)).map_err(CallError::Fatal),
        Data::List(items) => {
            let mut bytes = Vec::new();
            for (at, item) in items.iter().enumerate() {
                let Data::Num(n) = item else { return unusable(item, "int", i, &[at]) };
                match n.to_u64().and_then(|n| u8::try_from(n).ok()) {
                    Some(byte) => bytes.push(byte),
                    None => return fail(format!("invalid IP byte value {n}")),
                }
            }
            match Ip::from_bytes(&bytes) {
                Some(ip) => Ok(ip),
                None => fail(format!("invalid IP length {}", bytes.len())),
            }
        }
        other => fail(format!("invalid type {} for IP address", other.kind())),
    }
}

fn prefix(args: &[Data], i: usize) -> Result<Prefix, CallError> {
    match Args(args).any(i) {
        Data::Str(s) => Prefix::parse(s).map_err(CallError::Fatal),
        Data::Bytes(b) => Prefix::parse(&String::from_utf8_lossy(b)).map_err(CallError::Fatal),
        other => fail(format!("invalid type {} for IP CIDR", other.kind())),
    }
}

fn byte_list(bytes: &[u8]) -> Outcome {
    ok(bytes.iter().map(|b| Data::int(i64::from(*b))).collect::<Vec<_>>())
}

fn check(args: &[Data], holds: impl Fn(&Ip) -> bool) -> Outcome {
    ok(holds(&ip(args, 0)?))
}

fn parse_ip(args: &[Data]) -> Outcome {
    let s = Args(args).text(0)?;
    match Ip::parse(s) {
        Ok(ip) => byte_list(ip.bytes()),
        Err(_) => fail(format!("invalid IP address {}", quoted(s))),
    }
}

fn to_ip4(args: &[Data]) -> Outcome {
    match ip(args, 0)? {
        Ip::V4(b) => byte_list(&b),
        ip @ Ip::V6(..) => fail(format!("cannot convert {} to IPv4", quoted(&ip.to_string()))),
    }
}

/// An address moved by an offset, without zone.
fn moved(ip: &Ip, offset: &BigInt) -> Result<Ip, CallError> {
    let what = |how| fail(format!("IP address arithmetic resulted in out-of-range address ({how})"));
    let n = BigInt::from_bytes_be(Sign::Plus, ip.bytes()) + offset;
    if n.is_negative() {
        return what("underflow");
    }
    let bytes = n.magnitude().to_bytes_be();
    let Some(zeros) = ip.bytes().len().checked_sub(bytes.len()) else {
        return what("overflow");
    };
    let padded: Vec<u8> = std::iter::repeat_n(0, zeros).chain(bytes).collect();
    Ok(Ip::from_bytes(&padded).unwrap_or_else(|| ip.clone()))
}

fn add_ip(args: &[Data]) -> Outcome {
    let offset = Args(args).bigint(1)?;
    if let Ok(prefix) = prefix(args, 0) {
        return ok(Prefix { ip: moved(&prefix.ip, &offset)?, ..prefix }.to_string());
    }
    ok(moved(&ip(args, 0)?, &offset)?.to_string())
}

fn add_ip_cidr(args: &[Data]) -> Outcome {
    let prefix = prefix(args, 0)?;
    let offset = Args(args).bigint(1)? << (prefix.ip.bits() - prefix.length);
    ok(Prefix { ip: moved(&prefix.ip, &offset)?, ..prefix }.to_string())
}

fn parse_cidr(args: &[Data]) -> Outcome {
    let prefix = prefix(args, 0)?;
    let mask = Ip::from_bytes(&prefix.mask()).map(|m| m.to_string()).unwrap_or_default();
    let mut fields = vec![
        ("prefix_mask".into(), Data::from(mask)),
        ("prefix_len".into(), Data::int(prefix.length as i64)),
        ("prefix_addr".into(), Data::from(prefix.edge(0).to_string())),
    ];
    if let Ip::V4(_) = prefix.ip {
        fields.push(("broadcast_addr".into(), Data::from(prefix.edge(0xFF).to_string())));
    }
    ok(Data::Map(fields))
}

fn in_cidr(args: &[Data]) -> Outcome {
    let ip = ip(args, 0)?;
    ok(prefix(args, 1)?.contains(&ip))
}

fn compare_ip(args: &[Data]) -> Outcome {
    let (a, b) = (ip(args, 0)?, ip(args, 1)?);
    let key = |ip: &Ip| (ip.bits(), ip.bytes().to_vec(), ip.zone().to_string());
    int(key(&a).cmp(&key(&b)) as i64)
}

fn split_host_port(args: &[Data]) -> Outcome {
    let s = Args(args).text(0)?;
    let wrong = |why: &str| fail(if s.is_empty() { why.to_string() } else { format!("address {s}: {why}") });
    const MISSING_PORT: &str = "missing port in address";
    const TOO_MANY: &str = "too many colons in address";
    let Some(colon) = s.rfind(':') else {
        return wrong(MISSING_PORT);
    };
    // From where on no further bracket may follow.
    let (host, opening, closing) = if s.starts_with('[') {
        let Some(end) = s.find(']') else {
            return wrong("missing ']' in address");
        };
        if end + 1 != colon {
            let more = s[end + 1..].starts_with(':');
            return wrong(if more { TOO_MANY } else { MISSING_PORT });
        }
        (&s[1..end], 1, end + 1)
    } else {
        if s[..colon].contains(':') {
            return wrong(TOO_MANY);
        }
        (&s[..colon], 0, 0)
    };
    if s[opening..].contains('[') {
        return wrong("unexpected '[' in address");
    }
    if s[closing..].contains(']') {
        return wrong("unexpected ']' in address");
    }
    texts([host, &s[colon + 1..]])
}

fn join_host_port(args: &[Data]) -> Outcome {
    let a = Args(args);
    let host = match a.any(0) {
        Data::Str(s) => s.to_string(),
        Data::Bytes(b) => String::from_utf8_lossy(b).into_owned(),
        list @ Data::List(_) => match ip(args, 0) {
            Ok(ip) => ip.to_string(),
            Err(_) => return fail(format!("invalid host {}", compact(list).replace(',', ", "))),
        },
        other => return unusable(other, "string", 0, &[]),
    };
    let port = match a.any(1) {
        Data::Str(s) => s.to_string(),
        Data::Bytes(b) => String::from_utf8_lossy(b).into_owned(),
        Data::Num(n) if n.is_int() => n.to_i64().map_or_else(|| n.to_plain_text(), |n| n.to_string()),
        other => return unusable(other, "int", 1, &[]),
    };
    ok(if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") })
}

/// Decodes the part of an internationalised label after `xn--` (RFC 3492).
fn punycode(text: &str) -> Option<Vec<char>> {
    let (basic, extended) = text.rsplit_once('-').unwrap_or(("", text));
    let mut out: Vec<char> = basic.chars().collect();
    let (mut n, mut i, mut bias) = (128u32, 0u32, 72u32);
    let mut digits = extended.bytes();
    while digits.len() > 0 {
        let (before, mut weight, mut k) = (i, 1u32, 36u32);
        loop {
            let digit = match digits.next()? {
                b @ b'a'..=b'z' => b - b'a',
                b @ b'A'..=b'Z' => b - b'A',
                b @ b'0'..=b'9' => b - b'0' + 26,
                _ => return None,
            };
            i = i.checked_add(u32::from(digit).checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(1, 26);
            if u32::from(digit) < threshold {
                break;
            }
            weight = weight.checked_mul(36 - threshold)?;
            k += 36;
        }
        let count = out.len() as u32 + 1;
        let mut delta = (i - before) / if before == 0 { 700 } else { 2 };
        delta += delta / count;
        bias = 0;
        while delta > 455 {
            delta /= 35;
            bias += 36;
        }
        bias += 36 * delta / (delta + 38);
        n = n.checked_add(i / count)?;
        i %= count;
        out.insert(i as usize, char::from_u32(n)?);
        i += 1;
    }
    Some(out)
}

/// Whether a label may stand in a host name.
fn valid_label(label: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    if !(1..=63).contains(&label.len()) || !label.bytes().all(plain) {
        return false;
    }
    if label.starts_with('-') || label.ends_with('-') {
        return false;
    }
    let lower = label.to_ascii_lowercase();
    if let Some(encoded) = lower.strip_prefix("xn--") {
        // It must decode to a normal, lower-case text that needed the encoding.
        return punycode(encoded).is_some_and(|chars| {
            let text: String = chars.iter().collect();
            let mapped = |c: &char| c.to_lowercase().eq([*c]);
            let letter = |c: &char| c.is_alphanumeric() || *c == '-' || is_mark(*c);
            !text.is_ascii() && is_nfc(&text) && chars.iter().all(|c| mapped(c) && letter(c))
        });
    }
    !lower[2.min(lower.len())..].starts_with("--")
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

fn fqdn(args: &[Data]) -> Outcome {
    let s = Args(args).text(0)?;
    let s = s.strip_suffix('.').unwrap_or(s);
    ok(s.is_ascii() && s.len() <= 253 && s.split('.').all(valid_label))
}

fn url(args: &[Data]) -> Outcome {
    match net_url::parse(Args(args).text(0)?) {
        Ok(_) => ok(true),
        Err(e) => fail(e),
    }
}

fn abs_url(args: &[Data]) -> Outcome {
    match net_url::parse(Args(args).text(0)?) {
        Ok(true) => ok(true),
        Ok(false) => fail("URL is not absolute"),
        Err(e) => fail(e),
    }
}

fn escaped(args: &[Data], part: Part) -> Outcome {
    ok(net_url::escape(Args(args).text(0)?, part))
}

fn unescaped(args: &[Data], part: Part) -> Outcome {
    match net_url::unescape(Args(args).text(0)?, part) {
        Ok(bytes) => ok(lossy(&bytes)),
        Err(e) => fail(e),
    }
}

const PKG: &str = "net";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "AbsURL", &[p("s", STRING)], BOOL, "Whether the text is a URL with a scheme.", abs_url),
    function(PKG, "AddIP", &[p("ip", ANY), p("offset", INT)], STRING, "The address `offset` further; a prefix keeps its length.", add_ip),
    function(PKG, "AddIPCIDR", &[p("ip", ANY), p("offset", INT)], STRING, "The prefix `offset` blocks of its size further.", add_ip_cidr),
    function(PKG, "CompareIP", &[p("ip1", ANY), p("ip2", ANY)], INT, "The order of two addresses: -1, 0 or 1; IPv4 comes before IPv6.", compare_ip),
    function(PKG, "FQDN", &[p("s", STRING)], BOOL, "Whether the text is a host name.", fqdn),
    function(PKG, "GlobalUnicastIP", &[p("ip", ANY)], BOOL, "Whether the address is a global unicast address.", |a| check(a, Ip::is_global_unicast)),
    function(PKG, "IP", &[p("ip", ANY)], BOOL, "Whether the value is an IP address.", |a| check(a, |_| true)),
    function(PKG, "IPCIDR", &[p("ip", ANY)], BOOL, "Whether the value is an IP prefix.", |a| ok(prefix(a, 0).map(|_| true)?)),
    function(PKG, "IPString", &[p("ip", ANY)], STRING, "The address as text.", |a| ok(ip(a, 0)?.to_string())),
    function(PKG, "IPv4", &[p("ip", ANY)], BOOL, "Whether the value is an IPv4 address.", |a| check(a, |ip| matches!(ip, Ip::V4(_)))),
    function(PKG, "IPv6", &[p("ip", ANY)], BOOL, "Whether the value is an IPv6 address.", |a| check(a, |ip| matches!(ip, Ip::V6(..)))),
    function(PKG, "InCIDR", &[p("ip", ANY), p("cidr", ANY)], BOOL, "Whether the prefix contains the address.", in_cidr),
    function(PKG, "InterfaceLocalMulticastIP", &[p("ip", ANY)], BOOL, "Whether the address is an interface-local multicast address.", |a| check(a, Ip::is_interface_local_multicast)),
    function(PKG, "JoinHostPort", &[p("host", ANY), p("port", ANY)], STRING, "`host:port`, with brackets around an IPv6 address.", join_host_port),
    function(PKG, "LinkLocalMulticastIP", &[p("ip", ANY)], BOOL, "Whether the address is a link-local multicast address.", |a| check(a, Ip::is_link_local_multicast)),
    function(PKG, "LinkLocalUnicastIP", &[p("ip", ANY)], BOOL, "Whether the address is a link-local unicast address.", |a| check(a, Ip::is_link_local_unicast)),
    function(PKG, "LoopbackIP", &[p("ip", ANY)], BOOL, "Whether the address is a loopback address.", |a| check(a, Ip::is_loopback)),
    function(PKG, "MulticastIP", &[p("ip", ANY)], BOOL, "Whether the address is a multicast address.", |a| check(a, Ip::is_multicast)),
    function(PKG, "ParseCIDR", &[p("s", STRING)], STRUCT, "Mask, length, first and (for IPv4) last address of a prefix.", parse_cidr),
    function(PKG, "ParseIP", &[p("s", STRING)], LIST, "The 4 or 16 bytes of an address.", parse_ip),
    function(PKG, "PathEscape", &[p("s", STRING)], STRING, "The text escaped to stand in a path segment of a URL.", |a| escaped(a, Part::Segment)),
    function(PKG, "PathUnescape", &[p("s", STRING)], STRING, "The text of an escaped path segment of a URL.", |a| unescaped(a, Part::Segment)),
    function(PKG, "QueryEscape", &[p("s", STRING)], STRING, "The text escaped to stand in a query of a URL.", |a| escaped(a, Part::Query)),
    function(PKG, "QueryUnescape", &[p("s", STRING)], STRING, "The text of an escaped part of a query of a URL.", |a| unescaped(a, Part::Query)),
    function(PKG, "SplitHostPort", &[p("s", STRING)], LIST, "Host and port of `host:port` or `[host]:port`.", split_host_port),
    function(PKG, "ToIP16", &[p("ip", ANY)], LIST, "The 16 bytes of an address, an IPv4 address mapped.", |a| byte_list(&ip(a, 0)?.mapped())),
    function(PKG, "ToIP4", &[p("ip", ANY)], LIST, "The 4 bytes of an IPv4 address.", to_ip4),
    function(PKG, "URL", &[p("s", STRING)], BOOL, "Whether the text is a URL or a relative reference.", url),
    function(PKG, "UnspecifiedIP", &[p("ip", ANY)], BOOL, "Whether the address is the unspecified address.", |a| check(a, Ip::is_unspecified)),
];

pub(crate) const CONSTANTS: &[(&str, &str)] = &[("IPv4len", "4"), ("IPv6len", "16")];
