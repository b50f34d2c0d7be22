//! Package `time`: times by Go's layouts, durations. No clock and no zones but UTC and offsets.

use vela_eval::data::Data;

use crate::args::{Args, Outcome, fail, int, ok};
use crate::go_time::{RFC3339_NANO, Time};
use crate::quote::quoted;
use crate::signature::{CallError, Function};
use crate::table::{BOOL, INT, STRING, STRUCT, function, p};

fn check(value: &str, layout: &str) -> Outcome {
    match Time::parse(layout, value) {
        Ok(_) => ok(true),
        Err(_) => fail(format!("invalid time {}", quoted(value))),
    }
}

fn time(args: &[Data]) -> Outcome {
    check(Args(args).text(0)?, RFC3339_NANO)
}

fn format(args: &[Data]) -> Outcome {
    let a = Args(args);
    check(a.text(0)?, a.text(1)?)
}

fn read(layout: &str, value: &str) -> Result<Time, CallError> {
    Time::parse(layout, value).map_err(CallError::Fatal)
}

fn format_string(args: &[Data]) -> Outcome {
    let a = Args(args);
    ok(read(RFC3339_NANO, a.text(1)?)?.format(a.text(0)?))
}

fn parse(args: &[Data]) -> Outcome {
    let a = Args(args);
    let t = read(a.text(0)?, a.text(1)?)?;
    ok(Time::utc(t.seconds, t.nanos).format(RFC3339_NANO))
}

fn unix(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (seconds, nanos) = (a.int64(0)?, a.int64(1)?);
    let seconds = seconds.wrapping_add(nanos.div_euclid(1_000_000_000));
    ok(Time::utc(seconds, nanos.rem_euclid(1_000_000_000) as u32).format(RFC3339_NANO))
}

fn to_unix(args: &[Data]) -> Outcome {
    int(read(RFC3339_NANO, Args(args).text(0)?)?.seconds)
}

fn to_unix_nano(args: &[Data]) -> Outcome {
    let t = read(RFC3339_NANO, Args(args).text(0)?)?;
    int(t.seconds.wrapping_mul(1_000_000_000).wrapping_add(i64::from(t.nanos)))
}

fn split(args: &[Data]) -> Outcome {
    let t = read(RFC3339_NANO, Args(args).text(0)?)?;
    let c = t.civil();
    let parts = [
        ("year", c.year),
        ("month", i64::from(c.month)),
        ("day", i64::from(c.day)),
        ("hour", i64::from(c.hour)),
        ("minute", i64::from(c.minute)),
        ("second", i64::from(c.second)),
        ("nanosecond", i64::from(t.nanos)),
    ];
    ok(parts.into_iter().map(|(name, n)| (name.into(), Data::int(n))).collect::<Data>())
}

/// Reads a duration in nanoseconds.
fn duration_of(text: &str) -> Result<i64, CallError> {
    let invalid = || CallError::Fatal(format!("time: invalid duration {}", quoted(text)));
    let (neg, body) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if body == "0" {
        return Ok(0);
    }
    if body.is_empty() {
        return Err(invalid());
    }
    // The least duration has one nanosecond more than the greatest.
    const LIMIT: u128 = 1 << 63;
    let mut total: u128 = 0;
    let mut rest = body;
    while !rest.is_empty() {
        let run = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
        let whole = run(rest);
        let value: u128 = if whole == 0 { 0 } else { rest[..whole].parse().map_err(|_| invalid())? };
        rest = &rest[whole..];
        let mut fraction = "";
        if let Some(after) = rest.strip_prefix('.') {
            let length = run(after);
            fraction = &after[..length];
            rest = &after[length..];
        }
        if (whole == 0 && fraction.is_empty()) || value > LIMIT {
            return Err(invalid());
        }
        let end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
        let (unit, after) = rest.split_at(end);
        rest = after;
        let scale: u128 = match unit {
            "" => return fail(format!("time: missing unit in duration {}", quoted(text))),
            "ns" => 1,
            "us" | "µs" | "μs" => 1000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => {
                return fail(format!("time: unknown unit {} in duration {}", quoted(unit), quoted(text)));
            }
        };
        total += value * scale + part(fraction, scale);
        if total > LIMIT {
            return Err(invalid());
        }
    }
    match (neg, i64::try_from(total)) {
        (true, Ok(n)) => Ok(-n),
        (true, Err(_)) => Ok(i64::MIN),
        (false, Ok(n)) => Ok(n),
        (false, Err(_)) => Err(invalid()),
    }
}

/// A fraction of a unit, cut to whole nanoseconds.
fn part(fraction: &str, scale: u128) -> u128 {
    // More digits than these cannot matter: an hour has 3.6e12 nanoseconds.
    let counted = &fraction[..fraction.len().min(18)];
    let digits: u128 = counted.parse().unwrap_or(0);
    digits * scale / 10u128.pow(counted.len() as u32)
}

fn duration(args: &[Data]) -> Outcome {
    duration_of(Args(args).text(0)?)?;
    ok(true)
}

fn parse_duration(args: &[Data]) -> Outcome {
    int(duration_of(Args(args).text(0)?)?)
}

fn format_duration(args: &[Data]) -> Outcome {
    let n = Args(args).int64(0)?;
    let sign = if n < 0 { "-" } else { "" };
    let n = n.unsigned_abs();
    let decimal = |unit: u64, digits: usize| {
        let fraction = format!("{:0digits$}", n % unit);
        let text = format!("{}.{fraction}", n / unit % if digits == 9 { 60 } else { u64::MAX });
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    };
    let text = match n {
        0 => "0s".into(),
        1..1_000 => format!("{n}ns"),
        1_000..1_000_000 => format!("{}µs", decimal(1_000, 3)),
        1_000_000..1_000_000_000 => format!("{}ms", decimal(1_000_000, 6)),
        _ => {
            let seconds = decimal(1_000_000_000, 9);
            let minutes = n / 60_000_000_000;
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{seconds}s"),
                (0, m) => format!("{m}m{seconds}s"),
                (h, m) => format!("{h}h{m}m{seconds}s"),
            }
        }
    };
    ok(format!("{sign}{text}"))
}

const PKG: &str = "time";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "Duration", &[p("s", STRING)], BOOL, "Whether the text is a duration such as `1h30m`.", duration),
    function(PKG, "Format", &[p("value", STRING), p("layout", STRING)], BOOL, "Whether the text is a time of the layout.", format),
    function(PKG, "FormatDuration", &[p("d", INT)], STRING, "A number of nanoseconds as text such as `1h30m0s`.", format_duration),
    function(PKG, "FormatString", &[p("layout", STRING), p("value", STRING)], STRING, "An RFC 3339 time in another layout.", format_string),
    function(PKG, "Parse", &[p("layout", STRING), p("value", STRING)], STRING, "A time of the layout as RFC 3339 in UTC.", parse),
    function(PKG, "ParseDuration", &[p("s", STRING)], INT, "The nanoseconds of a duration such as `1h30m`.", parse_duration),
    function(PKG, "Split", &[p("t", STRING)], STRUCT, "Year, month, day, hour, minute, second and nanosecond of an RFC 3339 time.", split),
    function(PKG, "Time", &[p("s", STRING)], BOOL, "Whether the text is an RFC 3339 time.", time),
    function(PKG, "ToUnix", &[p("value", STRING)], INT, "The seconds from 1970 to an RFC 3339 time.", to_unix),
    function(PKG, "ToUnixNano", &[p("value", STRING)], INT, "The nanoseconds from 1970 to an RFC 3339 time.", to_unix_nano),
    function(PKG, "Unix", &[p("sec", INT), p("nsec", INT)], STRING, "The RFC 3339 time of seconds and nanoseconds since 1970.", unix),
];

pub(crate) const CONSTANTS: &[(&str, &str)] = &[
    ("ANSIC", r#""Mon Jan _2 15:04:05 2006""#),
    ("April", "4"),
    ("August", "8"),
    ("December", "12"),
    ("February", "2"),
    ("Friday", "5"),
    ("Hour", "3600000000000"),
    ("January", "1"),
    ("July", "7"),
    ("June", "6"),
    ("Kitchen", r#""3:04PM""#),
    ("Kitchen24", r#""15:04""#),
    ("March", "3"),
    ("May", "5"),
    ("Microsecond", "1000"),
    ("Millisecond", "1000000"),
    ("Minute", "60000000000"),
    ("Monday", "1"),
    ("Nanosecond", "1"),
    ("November", "11"),
    ("October", "10"),
    ("RFC1123", r#""Mon, 02 Jan 2006 15:04:05 MST""#),
    ("RFC1123Z", r#""Mon, 02 Jan 2006 15:04:05 -0700""#),
    ("RFC3339", r#""2006-01-02T15:04:05Z07:00""#),
    ("RFC3339Date", r#""2006-01-02""#),
    ("RFC3339Nano", r#""2006-01-02T15:04:05.999999999Z07:00""#),
    ("RFC822", r#""02 Jan 06 15:04 MST""#),
    ("RFC822Z", r#""02 Jan 06 15:04 -0700""#),
    ("RFC850", r#""Monday, 02-Jan-06 15:04:05 MST""#),
    ("RubyDate", r#""Mon Jan 02 15:04:05 -0700 2006""#),
    ("Saturday", "6"),
    ("Second", "1000000000"),
    ("September", "9"),
    ("Sunday", "0"),
    ("Thursday", "4"),
    ("Tuesday", "2"),
    ("UnixDate", r#""Mon Jan _2 15:04:05 MST 2006""#),
    ("Wednesday", "3"),
];
