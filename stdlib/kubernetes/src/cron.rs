//! Schedules of CronJobs: five fields, or one of the words with `@`. As Kubernetes reads them.

/// What is wrong with a schedule.
pub fn fault(text: &str) -> Option<String> {
    if text.contains("TZ=") {
        return Some("names a time zone, which belongs into `timeZone`".to_owned());
    }
    if let Some(word) = text.strip_prefix('@') {
        return match word {
            "yearly" | "annually" | "monthly" | "weekly" | "daily" | "midnight" | "hourly" => None,
            _ if word.strip_prefix("every ").is_some_and(duration) => None,
            _ => Some(format!("`{text}` is no schedule such as `@daily` or `@every 1h30m`")),
        };
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields[..] else {
        return Some(format!(
            "`{text}` has {} fields, and a schedule has five: minute, hour, day, month, weekday",
            fields.len()
        ));
    };
    let kinds: [(&str, &str, u32, u32, &[&str]); 5] = [
        ("minute", minute, 0, 59, &[]),
        ("hour", hour, 0, 23, &[]),
        ("day", day, 1, 31, &[]),
        ("month", month, 1, 12, MONTHS),
        ("weekday", weekday, 0, 6, DAYS),
    ];
    for (name, field, least, most, words) in kinds {
        if !field.split(',').filter(|part| !part.is_empty()).all(|part| range(part, least, most, words)) {
            return Some(format!("`{field}` is no {name}: {least} to {most}, `*`, ranges, lists or steps"));
        }
    }
    None
}

/// Where the names of time zones begin; what comes behind is a matter of the server's own table.
const AREAS: &[&str] = &[
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Brazil",
    "Canada",
    "Chile",
    "Etc",
    "Europe",
    "Indian",
    "Mexico",
    "Pacific",
    "US",
];

/// Time zones without an area.
const ZONES: &[&str] = &[
    "CET",
    "CST6CDT",
    "Cuba",
    "EET",
    "EST",
    "EST5EDT",
    "Egypt",
    "Eire",
    "GB",
    "GB-Eire",
    "GMT",
    "GMT+0",
    "GMT-0",
    "GMT0",
    "Greenwich",
    "HST",
    "Hongkong",
    "Iceland",
    "Iran",
    "Israel",
    "Jamaica",
    "Japan",
    "Kwajalein",
    "Libya",
    "MET",
    "MST",
    "MST7MDT",
    "NZ",
    "NZ-CHAT",
    "Navajo",
    "PRC",
    "PST8PDT",
    "Poland",
    "Portugal",
    "ROC",
    "ROK",
    "Singapore",
    "Turkey",
    "UCT",
    "UTC",
    "Universal",
    "W-SU",
    "WET",
    "Zulu",
];

/// What is wrong with a time zone.
pub fn zone_fault(name: &str) -> Option<String> {
    let known = match name.split_once('/') {
        Some((area, place)) => {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'/');
            AREAS.contains(&area) && !place.is_empty() && place.bytes().all(plain)
        }
        None => ZONES.contains(&name),
    };
    (!known).then(|| format!("`{name}` is no time zone such as `Europe/Berlin`"))
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// `*`, `5`, `1-5`, `mon`, each perhaps with `/2`.
fn range(text: &str, least: u32, most: u32, words: &[&str]) -> bool {
    let (span, step) = match text.split_once('/') {
        None => (text, None),
        Some((span, step)) => (span, Some(step)),
    };
    if step.is_some_and(|s| number(s).is_none_or(|n| n == 0)) {
        return false;
    }
    if matches!(span, "*" | "?") {
        return true;
    }
    let value = |t: &str| {
        let word = words.iter().position(|w| t.eq_ignore_ascii_case(w));
        word.map(|at| at as u32 + least).or_else(|| number(t))
    };
    let (from, to) = match span.split_once('-') {
        None => (value(span), value(span)),
        Some((from, to)) => (value(from), value(to)),
    };
    matches!((from, to), (Some(from), Some(to)) if least <= from && from <= to && to <= most)
}

fn number(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// A duration as Go writes it, `1h30m`.
fn duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    while !rest.is_empty() {
        let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number = &rest[..rest.len() - digits.len()];
        if !number.bytes().any(|b| b.is_ascii_digit()) || number.matches('.').count() > 1 {
            return false;
        }
        let units = ["ns", "us", "µs", "ms", "s", "m", "h"];
        let Some(next) = units.iter().filter_map(|u| digits.strip_prefix(u)).min_by_key(|r| r.len()) else {
            return false;
        };
        rest = next;
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::{fault, zone_fault};

    #[test]
    fn zones() {
        for name in ["Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+5"] {
            assert_eq!(zone_fault(name), None, "{name}");
        }
        for name in ["", "Local", "Berlin", "Europe/", "Mars/Base", "A"] {
            assert!(zone_fault(name).is_some(), "{name}");
        }
    }

    #[test]
    fn schedules() {
        for text in [
            "* * * * *",
            "*/5 0-6 1,15 JAN-mar sun",
            "0 0 ? * 0",
            "@daily",
            "@every 1h30m",
            "5/15 * * * *",
            "@every 90s",
        ] {
            assert_eq!(fault(text), None, "{text}");
        }
        for text in [
            "",
            "* * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * * 7",
            "a * * * *",
            "*/0 * * * *",
            "5-1 * * * *",
            "@often",
            "@every",
            "@every x",
            "TZ=UTC * * * * *",
            "* * * * * *",
        ] {
            assert!(fault(text).is_some(), "{text}");
        }
    }
}
