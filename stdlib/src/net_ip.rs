//! IP addresses and prefixes as text, by the rules and with the error texts of Go's `net/netip`. Used by the
//! package `net` and by URLs.

use crate::quote::quoted;

/// An address. IPv4 addresses in IPv6 notation stay IPv6.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ip {
    V4([u8; 4]),
    V6([u8; 16], String),
}

/// What is wrong with a text, and the rest from where it is.
struct Fault<'a>(&'static str, &'a str);

/// Reads the four fields of an IPv4 address.
fn fields(s: &str) -> Result<[u8; 4], Fault<'_>> {
    let bytes = s.as_bytes();
    let mut out = [0u8; 4];
    let (mut at, mut value, mut digits) = (0, 0u32, 0);
    for (i, &b) in bytes.iter().enumerate() {
        match b {
            b'0'..=b'9' => {
                if digits == 1 && value == 0 {
                    return Err(Fault("IPv4 field has octet with leading zero", ""));
                }
                value = value * 10 + u32::from(b - b'0');
                digits += 1;
                if value > 255 {
                    return Err(Fault("IPv4 field has value >255", ""));
                }
            }
            b'.' if digits == 0 || i + 1 == bytes.len() => {
                return Err(Fault("IPv4 field must have at least one digit", &s[i..]));
            }
            b'.' if at == 3 => return Err(Fault("IPv4 address too long", "")),
            b'.' => {
                out[at] = value as u8;
                at += 1;
                value = 0;
                digits = 0;
            }
            _ => return Err(Fault("unexpected character", &s[i..])),
        }
    }
    if at < 3 {
        return Err(Fault("IPv4 address too short", ""));
    }
    out[3] = value as u8;
    Ok(out)
}

/// Reads an IPv6 address without zone.
fn groups(s: &str) -> Result<[u8; 16], Fault<'_>> {
    let mut out: Vec<u8> = Vec::with_capacity(16);
    let mut gap = None;
    let mut rest = s;
    if let Some(more) = s.strip_prefix("::") {
        gap = Some(0);
        rest = more;
    }
    while out.len() < 16 && !(rest.is_empty() && gap == Some(out.len())) {
        let length = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        if length > 4 {
            return Err(Fault("each group must have 4 or less digits", rest));
        }
        if length == 0 {
            return Err(Fault("each colon-separated field must have at least one digit", rest));
        }
        if rest[length..].starts_with('.') {
            if gap.is_none() && out.len() != 12 {
                let what = "embedded IPv4 address must replace the final 2 fields of the address";
                return Err(Fault(what, rest));
            }
            if out.len() > 12 {
                let what = "too many hex fields to fit an embedded IPv4 at the end of the address";
                return Err(Fault(what, rest));
            }
            out.extend(fields(rest)?);
            rest = "";
            break;
        }
        let value = u16::from_str_radix(&rest[..length], 16).unwrap_or(0);
        out.extend(value.to_be_bytes());
        rest = &rest[length..];
        if rest.is_empty() {
            break;
        }
        let Some(after) = rest.strip_prefix(':') else {
            return Err(Fault("unexpected character, want colon", rest));
        };
        if after.is_empty() {
            return Err(Fault("colon must be followed by more characters", rest));
        }
        rest = after;
        if let Some(after) = rest.strip_prefix(':') {
            if gap.is_some() {
                return Err(Fault("multiple :: in address", rest));
            }
            gap = Some(out.len());
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
    }
    if !rest.is_empty() {
        return Err(Fault("trailing garbage after address", rest));
    }
    let mut address = [0; 16];
    match gap {
        None if out.len() < 16 => return Err(Fault("address string too short", "")),
        Some(_) if out.len() == 16 => {
            return Err(Fault("the :: must expand to at least one field of zeros", ""));
        }
        gap => {
            let (before, after) = out.split_at(gap.unwrap_or(out.len()));
            address[..before.len()].copy_from_slice(before);
            address[16 - after.len()..].copy_from_slice(after);
        }
    }
    Ok(address)
}

impl Ip {
    /// Reads an address; the error is the whole text Go gives.
    pub fn parse(s: &str) -> Result<Ip, String> {
        let result = match s.find(['.', ':', '%']).map(|i| s.as_bytes()[i]) {
            Some(b'.') => fields(s).map(Ip::V4),
            Some(b':') => match s.split_once('%') {
                Some((_, "")) => Err(Fault("zone must be a non-empty string", "")),
                Some((address, zone)) => groups(address).map(|g| Ip::V6(g, zone.into())),
                None => groups(s).map(|g| Ip::V6(g, String::new())),
            },
            Some(_) => Err(Fault("missing IPv6 address", "")),
            None => Err(Fault("unable to parse IP", "")),
        };
        result.map_err(|Fault(what, at)| {
            let at = if at.is_empty() { String::new() } else { format!(" (at {})", quoted(at)) };
            format!("ParseAddr({}): {what}{at}", quoted(s))
        })
    }

    /// An address of 4 or 16 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Ip> {
        if let Ok(v4) = bytes.try_into() {
            return Some(Ip::V4(v4));
        }
        bytes.try_into().ok().map(|v6| Ip::V6(v6, String::new()))
    }

    pub fn bytes(&self) -> &[u8] {
        match self {
            Ip::V4(bytes) => bytes,
            Ip::V6(bytes, _) => bytes,
        }
    }

    pub fn bits(&self) -> usize {
        self.bytes().len() * 8
    }

    pub fn zone(&self) -> &str {
        match self {
            Ip::V4(_) => "",
            Ip::V6(_, zone) => zone,
        }
    }

    /// The IPv4 address an IPv6 address carries, or the address itself.
    pub fn unmapped(&self) -> Ip {
        match self {
            Ip::V6(b, _) if b[..10] == [0; 10] && b[10..12] == [0xFF; 2] => {
                Ip::V4([b[12], b[13], b[14], b[15]])
            }
            ip => ip.clone(),
        }
    }

    /// The address in 16 bytes, IPv4 mapped.
    pub fn mapped(&self) -> [u8; 16] {
        match self {
            Ip::V6(b, _) => *b,
            Ip::V4(b) => {
                let mut out = [0; 16];
                out[10..12].fill(0xFF);
                out[12..].copy_from_slice(b);
                out
            }
        }
    }

    pub fn is_loopback(&self) -> bool {
        match self.unmapped() {
            Ip::V4(b) => b[0] == 127,
            Ip::V6(b, _) => b[..15] == [0; 15] && b[15] == 1,
        }
    }

    pub fn is_multicast(&self) -> bool {
        match self.unmapped() {
            Ip::V4(b) => b[0] >> 4 == 0xE,
            Ip::V6(b, _) => b[0] == 0xFF,
        }
    }

    pub fn is_interface_local_multicast(&self) -> bool {
        matches!(self.unmapped(), Ip::V6(b, _) if b[0] == 0xFF && b[1] & 0xF == 1)
    }

    pub fn is_link_local_multicast(&self) -> bool {
        match self.unmapped() {
            Ip::V4(b) => b[..3] == [224, 0, 0],
            Ip::V6(b, _) => b[0] == 0xFF && b[1] & 0xF == 2,
        }
    }

    pub fn is_link_local_unicast(&self) -> bool {
        match self.unmapped() {
            Ip::V4(b) => b[..2] == [169, 254],
            Ip::V6(b, _) => b[0] == 0xFE && b[1] & 0xC0 == 0x80,
        }
    }

    pub fn is_unspecified(&self) -> bool {
        self.zone().is_empty() && self.bytes().iter().all(|b| *b == 0)
    }

    pub fn is_global_unicast(&self) -> bool {
        let ip = self.unmapped();
        ip != Ip::V4([255; 4])
            && !ip.is_unspecified()
            && !ip.is_loopback()
            && !ip.is_multicast()
            && !ip.is_link_local_unicast()
    }
}

impl std::fmt::Display for Ip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (bytes, zone) = match self {
            Ip::V4([a, b, c, d]) => return write!(f, "{a}.{b}.{c}.{d}"),
            Ip::V6(bytes, zone) => (bytes, zone),
        };
        match self.unmapped() {
            Ip::V4([a, b, c, d]) => write!(f, "::ffff:{a}.{b}.{c}.{d}")?,
            Ip::V6(..) => {
                let groups: Vec<u16> = bytes.chunks(2).map(|p| u16::from_be_bytes([p[0], p[1]])).collect();
                // The first longest run of two or more zeros is left out.
                let run = |i: usize| groups[i..].iter().take_while(|g| **g == 0).count();
                let longest = (0..8).map(run).max().unwrap_or(0);
                let start = (0..8).find(|i| longest >= 2 && run(*i) == longest);
                let text = |part: &[u16]| part.iter().map(|g| format!("{g:x}")).collect::<Vec<_>>().join(":");
                match start {
                    Some(i) => write!(f, "{}::{}", text(&groups[..i]), text(&groups[i + longest..]))?,
                    None => f.write_str(&text(&groups))?,
                }
            }
        }
        if zone.is_empty() { Ok(()) } else { write!(f, "%{zone}") }
    }
}

/// An address and how many of its leading bits count.
#[derive(Clone, Debug)]
pub(crate) struct Prefix {
    pub ip: Ip,
    pub length: usize,
}

impl Prefix {
    /// Reads `address/bits`; the error is the whole text Go gives.
    pub fn parse(s: &str) -> Result<Prefix, String> {
        let fail = |what: String| Err(format!("netip.ParsePrefix({}): {what}", quoted(s)));
        let Some((address, bits)) = s.rsplit_once('/') else {
            return fail("no '/'".into());
        };
        let ip = match Ip::parse(address) {
            Ok(ip) if !ip.zone().is_empty() => {
                return fail("IPv6 zones cannot be present in a prefix".into());
            }
            Ok(ip) => ip,
            Err(what) => return fail(what),
        };
        let digits = !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit());
        if !digits || (bits.len() > 1 && bits.starts_with('0')) || bits.len() > 18 {
            return fail(format!("bad bits after slash: {}", quoted(bits)));
        }
        match bits.parse() {
            Ok(length) if length <= ip.bits() => Ok(Prefix { ip, length }),
            _ => fail("prefix length out of range".into()),
        }
    }

    /// The bytes with one bits where the prefix counts.
    pub fn mask(&self) -> Vec<u8> {
        let byte = |i: usize| 0xFFu16.checked_shl(8 - self.length.saturating_sub(8 * i).min(8) as u32);
        (0..self.ip.bytes().len()).map(|i| byte(i).unwrap_or(0) as u8).collect()
    }

    /// The address with the bits that do not count set to `fill`'s.
    pub fn edge(&self, fill: u8) -> Ip {
        let bytes: Vec<u8> =
            self.ip.bytes().iter().zip(self.mask()).map(|(b, m)| (b & m) | (fill & !m)).collect();
        Ip::from_bytes(&bytes).unwrap_or(Ip::V4([0; 4]))
    }

    pub fn contains(&self, ip: &Ip) -> bool {
        let mask = self.mask();
        ip.zone().is_empty()
            && ip.bits() == self.ip.bits()
            && ip.bytes().iter().zip(self.ip.bytes()).zip(mask).all(|((a, b), m)| (a ^ b) & m == 0)
    }
}

impl std::fmt::Display for Prefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.ip, self.length)
    }
}
