//! Times read and written by Go's layouts (`Mon Jan 2 15:04:05 MST 2006`), on the proleptic Gregorian calendar.
//! Used by the package `time`. There is no local zone: what has none is UTC.

use std::fmt::Write;

/// The layout of RFC 3339 with a fraction of any length.
pub(crate) const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A moment and the zone it is told in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Time {
    /// Seconds since 1970 in UTC.
    pub seconds: i64,
    pub nanos: u32,
    /// Seconds east of UTC.
    pub offset: i32,
    /// The zone's name; empty for a bare offset.
    pub zone: String,
}

/// The parts of a time on the calendar.
pub(crate) struct Civil {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    /// Days since 1 January 1970.
    days: i64,
}

/// Days from 1 January 1970 to a date, by counting eras of 400 years that begin in March.
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date a number of days after 1 January 1970.
fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = (if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 }) as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_in(month: u32, year: i64) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Digits padded with zeros to a width that does not count the sign.
fn pad(out: &mut String, n: i64, width: usize) {
    let sign = if n < 0 { "-" } else { "" };
    let _ = write!(out, "{sign}{:0width$}", n.unsigned_abs());
}

/// A numeric zone: whether `Z` stands for UTC, whether it has colons, and how many of hours, minutes and seconds.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Zone {
    z: bool,
    colon: bool,
    parts: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    LongYear,
    Year,
    LongMonth,
    Month,
    /// Whether it has two digits always; likewise below.
    NumMonth(bool),
    LongWeekDay,
    WeekDay,
    Day(bool),
    UnderDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12(bool),
    Minute(bool),
    Second(bool),
    /// `PM`, or `pm`.
    Noon {
        upper: bool,
    },
    Zone(Zone),
    ZoneName,
    Fraction {
        trim: bool,
        digits: usize,
        separator: char,
    },
}

/// The first item of a layout: what stands before it, the item, its text and the rest. Without an item all of
/// the layout is the prefix.
fn next_item(layout: &str) -> (&str, Option<Item>, &str, &str) {
    let bytes = layout.as_bytes();
    for at in 0..bytes.len() {
        if let Some((item, skipped, length)) = item_at(&bytes[at..], layout, at) {
            let (start, end) = (at + skipped, at + skipped + length);
            return (&layout[..start], Some(item), &layout[start..end], &layout[end..]);
        }
    }
    (layout, None, "", "")
}

/// The item that starts here, how many bytes before it belong to the prefix, and its length.
fn item_at(rest: &[u8], layout: &str, at: usize) -> Option<(Item, usize, usize)> {
    let found = |item, length| Some((item, 0, length));
    let has = |text: &str| rest.starts_with(text.as_bytes());
    let lower_at = |i: usize| rest.get(i).is_some_and(u8::is_ascii_lowercase);
    match rest[0] {
        b'J' if has("January") => found(Item::LongMonth, 7),
        b'J' if has("Jan") && !lower_at(3) => found(Item::Month, 3),
        b'M' if has("Monday") => found(Item::LongWeekDay, 6),
        b'M' if has("Mon") && !lower_at(3) => found(Item::WeekDay, 3),
        b'M' if has("MST") => found(Item::ZoneName, 3),
        b'0' if has("002") => found(Item::ZeroYearDay, 3),
        b'0' => match rest.get(1) {
            Some(b'1') => found(Item::NumMonth(true), 2),
            Some(b'2') => found(Item::Day(true), 2),
            Some(b'3') => found(Item::Hour12(true), 2),
            Some(b'4') => found(Item::Minute(true), 2),
            Some(b'5') => found(Item::Second(true), 2),
            Some(b'6') => found(Item::Year, 2),
            _ => None,
        },
        b'1' if has("15") => found(Item::Hour, 2),
        b'1' => found(Item::NumMonth(false), 1),
        b'2' if has("2006") => found(Item::LongYear, 4),
        b'2' => found(Item::Day(false), 1),
        b'_' if has("_2006") => Some((Item::LongYear, 1, 4)),
        b'_' if has("_2") => found(Item::UnderDay, 2),
        b'_' if has("__2") => found(Item::UnderYearDay, 3),
        b'3' => found(Item::Hour12(false), 1),
        b'4' => found(Item::Minute(false), 1),
        b'5' => found(Item::Second(false), 1),
        b'P' if has("PM") => found(Item::Noon { upper: true }, 2),
        b'p' if has("pm") => found(Item::Noon { upper: false }, 2),
        first @ (b'-' | b'Z') => {
            let forms: [(&[u8], bool, usize); 5] = [
                (b"070000", false, 3),
                (b"07:00:00", true, 3),
                (b"0700", false, 2),
                (b"07:00", true, 2),
                (b"07", false, 1),
            ];
            let (text, colon, parts) = forms.into_iter().find(|f| rest[1..].starts_with(f.0))?;
            found(Item::Zone(Zone { z: first == b'Z', colon, parts }), 1 + text.len())
        }
        separator @ (b'.' | b',') => {
            let digit = *rest.get(1).filter(|b| matches!(b, b'0' | b'9'))?;
            let digits = layout[at + 1..].bytes().take_while(|b| *b == digit).count();
            if rest.get(1 + digits).is_some_and(u8::is_ascii_digit) {
                return None;
            }
            let item = Item::Fraction { trim: digit == b'9', digits, separator: separator as char };
            found(item, 1 + digits)
        }
        _ => None,
    }
}

impl Time {
    /// A moment in UTC.
    pub fn utc(seconds: i64, nanos: u32) -> Time {
        Time { seconds, nanos, offset: 0, zone: "UTC".into() }
    }

    /// The parts in the time's own zone.
    pub fn civil(&self) -> Civil {
        let local = i128::from(self.seconds) + i128::from(self.offset);
        let days = local.div_euclid(86_400) as i64;
        let second = local.rem_euclid(86_400) as u32;
        let (year, month, day) = civil_from_days(days);
        Civil { year, month, day, hour: second / 3600, minute: second / 60 % 60, second: second % 60, days }
    }

    /// The time by a layout.
    pub fn format(&self, layout: &str) -> String {
        let mut out = String::new();
        let c = self.civil();
        let mut rest = layout;
        loop {
            let (prefix, item, _, after) = next_item(rest);
            out.push_str(prefix);
            let Some(item) = item else { return out };
            rest = after;
            self.write_item(&mut out, item, &c);
        }
    }

    fn write_item(&self, out: &mut String, item: Item, c: &Civil) {
        let mut number = |n: u32, zero: bool| pad(out, i64::from(n), if zero { 2 } else { 0 });
        match item {
            Item::LongYear => pad(out, c.year, 4),
            Item::Year => pad(out, c.year.abs() % 100, 2),
            Item::LongMonth => out.push_str(MONTHS[c.month as usize - 1]),
            Item::Month => out.push_str(&MONTHS[c.month as usize - 1][..3]),
            Item::NumMonth(zero) => number(c.month, zero),
            Item::LongWeekDay => out.push_str(DAYS[(c.days + 4).rem_euclid(7) as usize]),
            Item::WeekDay => out.push_str(&DAYS[(c.days + 4).rem_euclid(7) as usize][..3]),
            Item::Day(zero) => number(c.day, zero),
            Item::UnderDay => {
                let _ = write!(out, "{:2}", c.day);
            }
            Item::UnderYearDay | Item::ZeroYearDay => {
                let day = c.days - days_from_civil(c.year, 1, 1) + 1;
                let _ =
                    if item == Item::ZeroYearDay { write!(out, "{day:03}") } else { write!(out, "{day:3}") };
            }
            Item::Hour => number(c.hour, true),
            Item::Hour12(zero) => number((c.hour + 11) % 12 + 1, zero),
            Item::Minute(zero) => number(c.minute, zero),
            Item::Second(zero) => number(c.second, zero),
            Item::Noon { upper } => out.push_str(match (c.hour >= 12, upper) {
                (true, true) => "PM",
                (false, true) => "AM",
                (true, false) => "pm",
                (false, false) => "am",
            }),
            Item::Zone(zone) => self.write_zone(out, zone),
            Item::ZoneName if !self.zone.is_empty() => out.push_str(&self.zone),
            Item::ZoneName => self.write_zone(out, Zone { z: false, colon: false, parts: 2 }),
            Item::Fraction { trim, digits, separator } => {
                if trim && self.nanos == 0 {
                    return;
                }
                let nanos = format!("{:09}", self.nanos);
                let mut shown = &nanos[..digits.min(9)];
                if trim {
                    shown = shown.trim_end_matches('0');
                }
                if !shown.is_empty() {
                    out.push(separator);
                    out.push_str(shown);
                }
            }
        }
    }

    fn write_zone(&self, out: &mut String, zone: Zone) {
        if zone.z && self.offset == 0 {
            out.push('Z');
            return;
        }
        // Go drops the seconds of an offset before it looks at the sign.
        let minutes = self.offset / 60;
        out.push(if minutes < 0 { '-' } else { '+' });
        let minutes = minutes.abs();
        let parts = [minutes / 60, minutes % 60, self.offset.abs() % 60];
        for (i, part) in parts[..zone.parts].iter().enumerate() {
            if i > 0 && zone.colon {
                out.push(':');
            }
            pad(out, i64::from(*part), 2);
        }
    }

    /// Reads a text by a layout. The error is Go's whole text.
    pub fn parse(layout: &str, value: &str) -> Result<Time, String> {
        Reader::default().read(layout, value)
    }
}

/// What has been read of a time so far.
#[derive(Default)]
struct Reader {
    year: i64,
    month: Option<u32>,
    day: Option<u32>,
    year_day: Option<u32>,
    hour: u32,
    minute: u32,
    second: u32,
    nanos: u32,
    afternoon: Option<bool>,
    offset: Option<i32>,
    zone: String,
    utc: bool,
}

/// Why an item could not be read.
enum Fault {
    /// The text does not fit the item.
    Bad,
    /// The number is out of the range of what is named.
    Range(&'static str),
}

/// `n` digits at the start of `s`, or (unless `fixed`) fewer, but one at least.
fn digits(s: &str, n: usize, fixed: bool) -> Result<(u32, &str), Fault> {
    let found = s.bytes().take(n).take_while(u8::is_ascii_digit).count();
    if found == 0 || (fixed && found < n) {
        return Err(Fault::Bad);
    }
    Ok((s[..found].parse().map_err(|_| Fault::Bad)?, &s[found..]))
}

/// The number of the name at the start of `s`, without regard to case.
fn name<'s>(s: &'s str, names: &[&str], short: bool) -> Result<(u32, &'s str), Fault> {
    for (i, name) in names.iter().enumerate() {
        let name = if short { &name[..3] } else { name };
        if s.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            return Ok((i as u32 + 1, &s[name.len()..]));
        }
    }
    Err(Fault::Bad)
}

/// A fraction of a second: a point or comma and digits, of which nine count.
fn nanos(s: &str) -> Result<u32, Fault> {
    if !s.starts_with(['.', ',']) || !s[1..].bytes().all(|b| b.is_ascii_digit()) || s.len() < 2 {
        return Err(Fault::Bad);
    }
    let counted = &s[1..s.len().min(10)];
    let n: u32 = counted.parse().map_err(|_| Fault::Bad)?;
    Ok(n * 10u32.pow(9 - counted.len() as u32))
}

/// Length of a fraction at the start of `s`, with its point.
fn fraction_length(s: &str) -> Option<usize> {
    let digits = s.strip_prefix(['.', ','])?.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then_some(1 + digits)
}

/// Length of a zone's abbreviation at the start of `s`.
fn abbreviation(s: &str) -> Option<usize> {
    let offset = |s: &str| -> usize {
        let digits = s.bytes().skip(1).take_while(u8::is_ascii_digit).count();
        let fits =
            s.starts_with(['+', '-']) && digits > 0 && s[1..=digits].parse().is_ok_and(|n: u64| n <= 23);
        if fits { 1 + digits } else { 0 }
    };
    if s.len() < 3 {
        return None;
    }
    if s.starts_with("ChST") || s.starts_with("MeST") {
        return Some(4);
    }
    if let Some(rest) = s.strip_prefix("GMT") {
        return Some(3 + offset(rest));
    }
    if s.starts_with(['+', '-']) {
        return Some(offset(s)).filter(|n| *n > 0);
    }
    let capitals = s.bytes().take(6).take_while(u8::is_ascii_uppercase).count();
    match capitals {
        3 => Some(3),
        4 if s.as_bytes()[3] == b'T' || s.starts_with("WITA") => Some(4),
        5 if s.as_bytes()[4] == b'T' => Some(5),
        _ => None,
    }
}

impl Reader {
    fn read(mut self, layout: &str, value: &str) -> Result<Time, String> {
        let cannot = |element: &str, as_element: &str| {
            let q = quote;
            format!(
                "parsing time {} as {}: cannot parse {} as {}",
                q(value),
                q(layout),
                q(element),
                q(as_element)
            )
        };
        let wrong = |what: &str| format!("parsing time {}: {what}", quote(value));
        let (mut items, mut rest) = (layout, value);
        loop {
            let (prefix, item, text, after) = next_item(items);
            rest = skip(rest, prefix).map_err(|at| cannot(at, prefix))?;
            let Some(item) = item else {
                if !rest.is_empty() {
                    return Err(wrong(&format!("extra text: {}", quote(rest))));
                }
                break;
            };
            items = after;
            rest = self.item(item, rest, items).map_err(|fault| match fault {
                Fault::Bad => cannot(rest, text),
                Fault::Range(what) => wrong(&format!("{what} out of range")),
            })?;
        }
        self.finish().map_err(wrong)
    }

    /// Reads one item; what is left of the text. `layout` is what follows in the layout.
    fn item<'v>(&mut self, item: Item, s: &'v str, layout: &str) -> Result<&'v str, Fault> {
        let within = |n: u32, range: std::ops::RangeInclusive<u32>, what| {
            if range.contains(&n) { Ok(n) } else { Err(Fault::Range(what)) }
        };
        Ok(match item {
            Item::LongYear => {
                let (year, rest) = digits(s, 4, true)?;
                self.year = i64::from(year);
                rest
            }
            Item::Year => {
                let (year, rest) = digits(s, 2, true)?;
                self.year = i64::from(year) + if year >= 69 { 1900 } else { 2000 };
                rest
            }
            Item::LongMonth | Item::Month => {
                let (month, rest) = name(s, &MONTHS, item == Item::Month)?;
                self.month = Some(month);
                rest
            }
            Item::NumMonth(fixed) => {
                let (month, rest) = digits(s, 2, fixed)?;
                self.month = Some(within(month, 1..=12, "month")?);
                rest
            }
            Item::LongWeekDay | Item::WeekDay => name(s, &DAYS, item == Item::WeekDay)?.1,
            Item::Day(_) | Item::UnderDay => {
                let s = if item == Item::UnderDay { s.strip_prefix(' ').unwrap_or(s) } else { s };
                let (day, rest) = digits(s, 2, item == Item::Day(true))?;
                self.day = Some(day);
                rest
            }
            Item::UnderYearDay | Item::ZeroYearDay => {
                let under = item == Item::UnderYearDay;
                let spaces = if under { s.bytes().take(2).take_while(|b| *b == b' ').count() } else { 0 };
                let (day, rest) = digits(&s[spaces..], 3, !under)?;
                self.year_day = Some(day);
                rest
            }
            Item::Hour => {
                let (hour, rest) = digits(s, 2, false)?;
                self.hour = within(hour, 0..=23, "hour")?;
                rest
            }
            Item::Hour12(fixed) => {
                let (hour, rest) = digits(s, 2, fixed)?;
                self.hour = within(hour, 0..=12, "hour")?;
                rest
            }
            Item::Minute(fixed) => {
                let (minute, rest) = digits(s, 2, fixed)?;
                self.minute = within(minute, 0..=59, "minute")?;
                rest
            }
            Item::Second(fixed) => {
                let (second, rest) = digits(s, 2, fixed)?;
                self.second = within(second, 0..=59, "second")?;
                // A fraction may follow even where the layout has none.
                let expected = matches!(next_item(layout).1, Some(Item::Fraction { .. }));
                match fraction_length(rest) {
                    Some(length) if !expected => {
                        self.nanos = nanos(&rest[..length])?;
                        &rest[length..]
                    }
                    _ => rest,
                }
            }
            Item::Noon { upper } => {
                let (pm, am) = if upper { ("PM", "AM") } else { ("pm", "am") };
                self.afternoon = Some(s.starts_with(pm));
                s.strip_prefix(pm).or_else(|| s.strip_prefix(am)).ok_or(Fault::Bad)?
            }
            Item::Zone(zone) => match s.strip_prefix('Z').filter(|_| zone.z) {
                Some(rest) => {
                    self.utc = true;
                    rest
                }
                None => self.numeric_zone(zone, s)?,
            },
            Item::ZoneName => match s.strip_prefix("UTC") {
                Some(rest) => {
                    self.utc = true;
                    rest
                }
                None => {
                    let length = abbreviation(s).ok_or(Fault::Bad)?;
                    self.zone = s[..length].into();
                    &s[length..]
                }
            },
            Item::Fraction { trim: true, .. } => match fraction_length(s) {
                Some(length) => {
                    self.nanos = nanos(&s[..length])?;
                    &s[length..]
                }
                None => s,
            },
            Item::Fraction { digits, .. } => {
                let text = s.get(..=digits).ok_or(Fault::Bad)?;
                self.nanos = nanos(text)?;
                &s[text.len()..]
            }
        })
    }

    fn numeric_zone<'v>(&mut self, zone: Zone, s: &'v str) -> Result<&'v str, Fault> {
        let sign = match s.as_bytes().first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(Fault::Bad),
        };
        let mut rest = &s[1..];
        let mut parts = [0u32; 3];
        for (i, part) in parts[..zone.parts].iter_mut().enumerate() {
            if i > 0 && zone.colon {
                rest = rest.strip_prefix(':').ok_or(Fault::Bad)?;
            }
            (*part, rest) = digits(rest, 2, true)?;
        }
        let limits =
            [(24, "time zone offset hour"), (60, "time zone offset minute"), (60, "time zone offset second")];
        for (part, (limit, what)) in parts.iter().zip(limits).rev() {
            if *part > limit {
                return Err(Fault::Range(what));
            }
        }
        self.offset = Some(sign * ((parts[0] * 60 + parts[1]) * 60 + parts[2]) as i32);
        Ok(rest)
    }

    fn finish(mut self) -> Result<Time, &'static str> {
        match self.afternoon {
            Some(true) if self.hour < 12 => self.hour += 12,
            Some(false) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        if let Some(year_day) = self.year_day {
            let length = if is_leap(self.year) { 366 } else { 365 };
            if !(1..=length).contains(&year_day) {
                return Err("day-of-year out of range");
            }
            let days = days_from_civil(self.year, 1, 1) + i64::from(year_day) - 1;
            let (_, month, day) = civil_from_days(days);
            if self.month.is_some_and(|m| m != month) {
                return Err("day-of-year does not match month");
            }
            if self.day.is_some_and(|d| d != day) {
                return Err("day-of-year does not match day");
            }
            (self.month, self.day) = (Some(month), Some(day));
        }
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        if !(1..=days_in(month, self.year)).contains(&day) {
            return Err("day out of range");
        }
        let clock = i64::from(self.hour * 3600 + self.minute * 60 + self.second);
        let seconds = days_from_civil(self.year, month, day) * 86_400 + clock;
        let mut time = Time::utc(seconds, self.nanos);
        if self.utc {
            return Ok(time);
        }
        if let Some(offset) = self.offset {
            time.seconds -= i64::from(offset);
            if offset != 0 || !self.zone.is_empty() {
                time.offset = offset;
                time.zone = self.zone;
            }
        } else if !self.zone.is_empty() {
            // Of abbreviations only `GMT+3` says where it is. It does not move the clock.
            let hours = self.zone.strip_prefix("GMT").and_then(|h| h.parse::<i32>().ok());
            time.offset = hours.unwrap_or(0) * 3600;
            time.zone = self.zone;
        }
        Ok(time)
    }
}

/// Skips the literal text of a layout; runs of spaces match any number of spaces. The error is the text where
/// they part.
fn skip<'v>(mut value: &'v str, mut prefix: &str) -> Result<&'v str, &'v str> {
    while let Some(c) = prefix.chars().next() {
        if c == ' ' {
            if !value.is_empty() && !value.starts_with(' ') {
                return Err(value);
            }
            prefix = prefix.trim_start_matches(' ');
            value = value.trim_start_matches(' ');
            continue;
        }
        value = value.strip_prefix(c).ok_or(value)?;
        prefix = &prefix[c.len_utf8()..];
    }
    Ok(value)
}

/// The quotes of Go's time errors: everything but printable ASCII as bytes.
fn quote(s: &str) -> String {
    let mut out = String::from("\"");
    for b in s.bytes() {
        match b {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(b as char);
            }
            b' '..=b'~' => out.push(b as char),
            b => {
                let _ = write!(out, "\\x{b:02x}");
            }
        }
    }
    out.push('"');
    out
}
