//! Calls that need nobody: text, time, patches, and actions that a build only takes note of.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vela_eval::builtin::{CallError, Library as _, Member, Return, Run};
use vela_stdlib::STDLIB;

use crate::context::Context;
use crate::data::{self, Value};
use crate::patch::{self, PatchError, Unifier};
use crate::providers::{Call, Outcome};

/// Answers a call by itself; `None` where it needs a cluster or a server.
pub fn answer(call: &Call, arguments: &Value, unifier: &mut dyn Unifier) -> Option<Result<Outcome, String>> {
    if let Some(result) = patches(call, unifier) {
        return Some(result);
    }
    let provider = if call.flat { legacy(&call.action) } else { &*call.provider };
    let result = match (provider, &*call.action) {
        ("base64", "encode") => text(arguments).map(|t| Value::from(STANDARD.encode(t))),
        ("base64", "decode") => text(arguments).and_then(decoded),
        ("util", "string") => string(arguments),
        ("time", "timestamp") => timestamp(arguments),
        ("time", "date") => date(arguments),
        ("kube", "apply") => Ok(applied(call, arguments)),
        ("kube", "apply-in-parallel") => {
            Ok(field("value", arguments.get("value").cloned().unwrap_or_default()))
        }
        // What these do is done when the workflow runs; nothing comes back.
        ("util", "log") | ("builtin", "wait" | "suspend" | "break" | "fail" | "message") => {
            return Some(Ok(Outcome::Nothing));
        }
        ("kube", "delete")
        | ("config", "create" | "delete" | "create-config" | "delete-config")
        | ("email", "send") => {
            return Some(Ok(Outcome::Nothing));
        }
        ("builtin", "var") if data::text(arguments, &["method"]) == "Put" => {
            return Some(Ok(Outcome::Nothing));
        }
        _ => return None,
    };
    Some(result.map(Outcome::Answer))
}

/// The package that an action of `vela/op` has now.
fn legacy(action: &str) -> &'static str {
    match action {
        "string" | "log" | "patch-k8s-object" => "util",
        "timestamp" | "date" => "time",
        "apply" | "apply-in-parallel" | "delete" => "kube",
        "wait" | "suspend" | "break" | "fail" | "message" | "var" => "builtin",
        "create-config" | "delete-config" => "config",
        "send" => "email",
        _ => "",
    }
}

/// Calls that patch one value with another; markers count, so that arguments are taken as they were evaluated.
pub fn patches(call: &Call, unifier: &mut dyn Unifier) -> Option<Result<Outcome, String>> {
    let named = match (&*call.provider, &*call.action) {
        ("cue", "strategyUnify") => false,
        ("util" | "op", "patch-k8s-object") => true,
        _ => return None,
    };
    let arguments = call.arguments.as_struct()?;
    let (value, patch) = (&arguments.get("value")?.value, &arguments.get("patch")?.value);
    let patched = match patch::strategic_patch(value.clone(), patch, unifier) {
        Ok(patched) => patched,
        Err(PatchError::Json(message)) => return Some(Err(message)),
        Err(PatchError::Conflicts(conflicts)) => {
            let texts = conflicts.iter().map(|c| format!("{}: {}", c.path.join("."), c.message));
            return Some(Err(texts.collect::<Vec<_>>().join("; ")));
        }
    };
    let value = patched.to_value().ok()?;
    Some(Ok(Outcome::Answer(if named { field("result", value) } else { value })))
}

/// Answers calls for parts of the Application, as far as the context has them.
pub fn of_application(call: &Call, context: &Context) -> Option<Value> {
    if !matches!(&*call.provider, "oam" | "op") {
        return None;
    }
    let part = |name: &str| context.fields().find(|(n, _)| *n == name)?.1.as_list();
    let named = |items: &[Value]| {
        let fields = items.iter().map(|item| (data::text(item, &["name"]), item.clone()));
        field("value", data::map(fields))
    };
    match &*call.action {
        "load" => part("components").map(named),
        "load-comps-in-order" => part("components").map(|items| field("value", Value::List(items.to_vec()))),
        // Only policies that change the Application know its policies.
        "load-policies" => part("appPolicies").map(named),
        _ => None,
    }
}

fn field(name: &str, value: Value) -> Value {
    data::map([(name, value)])
}

fn text(arguments: &Value) -> Result<&str, String> {
    arguments.as_str().ok_or_else(|| format!("its argument is a {}, not a text", arguments.kind()))
}

fn decoded(encoded: &str) -> Result<Value, String> {
    let bytes = STANDARD.decode(encoded.trim()).map_err(|e| format!("not base64: {e}"))?;
    String::from_utf8(bytes).map(Value::from).map_err(|_| "what is encoded is not text".to_owned())
}

fn string(arguments: &Value) -> Result<Value, String> {
    let text = match arguments.get("bt") {
        Some(Value::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        // Data that has passed through JSON has its bytes as base64.
        Some(Value::Str(text)) => match STANDARD.decode(&**text) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(_) => text.to_string(),
        },
        _ => return Err("`bt` is not bytes".to_owned()),
    };
    Ok(field("str", Value::from(text)))
}

/// What an object that is applied gives back: itself.
fn applied(call: &Call, arguments: &Value) -> Value {
    match arguments.get("resource") {
        Some(resource) if !call.flat => resource.clone(),
        _ => field("value", arguments.get("value").cloned().unwrap_or_default()),
    }
}

/// Go's layout of RFC 3339.
const RFC3339: &str = "2006-01-02T15:04:05Z07:00";

fn layout(arguments: &Value) -> &str {
    match data::text(arguments, &["layout"]) {
        "" => RFC3339,
        layout => layout,
    }
}

fn timestamp(arguments: &Value) -> Result<Value, String> {
    let date = data::text(arguments, &["date"]);
    let parsed = library("time", "Parse", &[Value::str(layout(arguments)), Value::str(date)])?;
    let seconds = parsed.as_str().and_then(seconds).ok_or("its date cannot be read")?;
    Ok(field("timestamp", Value::int(seconds)))
}

fn date(arguments: &Value) -> Result<Value, String> {
    let at = arguments.get("timestamp").cloned().unwrap_or_default();
    let time = library("time", "Unix", &[at, Value::int(0)])?;
    let shown = library("time", "FormatString", &[Value::str(layout(arguments)), time])?;
    Ok(field("date", shown))
}

/// Calls a function of the standard library.
fn library(package: &str, name: &str, arguments: &[Value]) -> Result<Value, String> {
    let Some(Member::Function(number)) = STDLIB.member(package, name) else {
        return Err(format!("there is no {package}.{name}"));
    };
    let answer = match STDLIB.function(number).run {
        Run::Data(run) => run(arguments),
        Run::Spelled(run) => run(arguments, None),
        Run::Evaluator => return Err(format!("{package}.{name} takes no data")),
    };
    match answer {
        Ok(Return::Data(value)) => Ok(value),
        Ok(Return::Absent { .. }) => Ok(Value::Null),
        Ok(Return::Unified(_)) => Err("the text gives one field several values".to_owned()),
        Ok(Return::Unsatisfied(why)) => Err(why),
        Err(CallError::Fatal(text) | CallError::Incomplete(text) | CallError::At { text, .. }) => Err(text),
    }
}

/// Seconds since 1970 of a time in RFC 3339.
fn seconds(time: &str) -> Option<i64> {
    let number = |from: usize, to: usize| time.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let zone = time.get(19..)?.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let offset = match zone.as_bytes().first()? {
        b'Z' => 0,
        sign @ (b'+' | b'-') => {
            let (hours, minutes) =
                (zone.get(1..3)?.parse::<i64>().ok()?, zone.get(4..6)?.parse::<i64>().ok()?);
            let all = hours * 3600 + minutes * 60;
            if *sign == b'-' { -all } else { all }
        }
        _ => return None,
    };
    // Days since 1970-01-01 by the Gregorian calendar; the year begins in March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let of_year = (153 * m + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second - offset)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn seconds_since_1970() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2024-02-29T12:00:00+02:00"), Some(1_709_200_800));
        assert_eq!(seconds("2024-02-29"), None);
    }
}
