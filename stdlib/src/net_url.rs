//! URLs as Go's `net/url` reads them: very lax, but with its own errors. Used by the package `net`.

use crate::net_ip::Ip;
use crate::quote::quoted;

/// Which part of a URL a text is, for what may stand unescaped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Path,
    Segment,
    Query,
    User,
    Host,
    Zone,
    Fragment,
}

/// Whether a byte of a host may stand as it is.
fn host_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b >= 0x80 || b"-_.~!$&'()*+,;=:[]<>\"".contains(&b)
}

/// Escapes for a path segment or a query.
pub(crate) fn escape(s: &str, part: Part) -> String {
    let mut out = String::with_capacity(s.len());
    for b in s.bytes() {
        match b {
            b' ' if part == Part::Query => out.push('+'),
            b'-' | b'_' | b'.' | b'~' => out.push(b as char),
            b'$' | b'&' | b'+' | b':' | b'=' | b'@' if part == Part::Segment => out.push(b as char),
            b if b.is_ascii_alphanumeric() => out.push(b as char),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

/// Resolves escapes; the error is Go's text.
pub(crate) fn unescape(s: &str, part: Part) -> Result<Vec<u8>, String> {
    let bytes = s.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let b = bytes[at];
        if b == b'%' {
            let digit = |i: usize| bytes.get(i).and_then(|b| (*b as char).to_digit(16));
            let shown = || {
                let end = (at + 3).min(bytes.len());
                format!("invalid URL escape {}", quoted(&String::from_utf8_lossy(&bytes[at..end])))
            };
            let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2)) else {
                return Err(shown());
            };
            let value = (high << 4 | low) as u8;
            let percent = value == b'%';
            if part == Part::Host && value < 0x80 && !percent {
                return Err(shown());
            }
            if part == Part::Zone && !percent && value != b' ' && !host_byte(value) {
                return Err(shown());
            }
            out.push(value);
            at += 3;
            continue;
        }
        if matches!(part, Part::Host | Part::Zone) && !host_byte(b) {
            let shown = quoted(&String::from(b as char));
            return Err(format!("invalid character {shown} in host name"));
        }
        out.push(if b == b'+' && part == Part::Query { b' ' } else { b });
        at += 1;
    }
    Ok(out)
}

/// Checks a URL; whether it is absolute, or Go's error.
pub(crate) fn parse(url: &str) -> Result<bool, String> {
    let (body, fragment) = url.split_once('#').unwrap_or((url, ""));
    let wrap = |shown: &str, e: String| format!("parse {}: {e}", quoted(shown));
    let absolute = parse_body(body).map_err(|e| wrap(body, e))?;
    unescape(fragment, Part::Fragment).map_err(|e| wrap(url, e))?;
    Ok(absolute)
}

/// Cuts off the scheme, if there is one.
fn scheme(url: &str) -> Result<(&str, &str), String> {
    for (i, b) in url.bytes().enumerate() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if i > 0 => {}
            b':' if i == 0 => return Err("missing protocol scheme".into()),
            b':' => return Ok((&url[..i], &url[i + 1..])),
            _ => break,
        }
    }
    Ok(("", url))
}

fn parse_body(url: &str) -> Result<bool, String> {
    if url.bytes().any(|b| b < b' ' || b == 0x7F) {
        return Err("net/url: invalid control character in URL".into());
    }
    if url == "*" {
        return Ok(false);
    }
    let (scheme, rest) = scheme(url)?;
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    let absolute = !scheme.is_empty();
    if !rest.starts_with('/') {
        if absolute {
            return Ok(true);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err("first path segment in URL cannot contain colon".into());
        }
    }
    let mut path = rest;
    if (absolute || !rest.starts_with("///")) && rest.starts_with("//") {
        let authority = &rest[2..];
        let end = authority.find('/').unwrap_or(authority.len());
        path = &authority[end..];
        check_authority(&authority[..end])?;
    }
    unescape(path, Part::Path)?;
    Ok(absolute)
}

fn check_authority(authority: &str) -> Result<(), String> {
    let Some((user, host)) = authority.rsplit_once('@') else {
        return check_host(authority);
    };
    check_host(host)?;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&b);
    if !user.bytes().all(allowed) {
        return Err("net/url: invalid userinfo".into());
    }
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    unescape(name, Part::User)?;
    unescape(password, Part::User)?;
    Ok(())
}

fn check_port(port: &str) -> Result<(), String> {
    let digits = |p: &str| p.bytes().all(|b| b.is_ascii_digit());
    if port.is_empty() || port.strip_prefix(':').is_some_and(digits) {
        return Ok(());
    }
    Err(format!("invalid port {} after host", quoted(port)))
}

fn check_host(host: &str) -> Result<(), String> {
    match host.rfind('[') {
        Some(0) => {
            let Some(close) = host.rfind(']') else {
                return Err("missing ']' in host".into());
            };
            check_port(&host[close + 1..])?;
            let name = &host[1..close];
            let (address, zone) = name.split_at(name.find("%25").unwrap_or(name.len()));
            let mut plain = unescape(address, Part::Host)?;
            plain.extend(unescape(zone, Part::Zone)?);
            match Ip::parse(&String::from_utf8_lossy(&plain)) {
                Ok(Ip::V6(..)) => Ok(()),
                Ok(Ip::V4(_)) => Err("invalid IP-literal".into()),
                Err(e) => Err(format!("invalid host: {e}")),
            }
        }
        Some(_) => Err("invalid IP-literal".into()),
        None => {
            if let Some(colon) = host.rfind(':') {
                check_port(&host[colon..])?;
            }
            unescape(host, Part::Host).map(|_| ())
        }
    }
}
