//! The name that an object without one gets: `<component>-<trait type>-<hash>`. The hash is that of KubeVela: FNV-1a
//! over a textual dump of the object, in letters that spell no words. Used by `metadata.rs`.

use vela_number::Number;

use crate::data::Value;

/// The generated name of an object of a trait (or of a component's `outputs`).
pub fn generated(component: &str, trait_type: &str, object: &Value) -> String {
    let middle = if trait_type.is_empty() { "trait".to_owned() } else { trait_type.to_lowercase() };
    format!("{component}-{middle}-{}", content_hash(object))
}

/// The hash of an object's content.
pub fn content_hash(object: &Value) -> String {
    let mut hash = Fnv1a::new();
    hash.write("(unstructured.Unstructured){Object:(map[string]interface {})");
    dump_content(object, &mut hash);
    hash.write("}");
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    hash.0.to_string().bytes().map(|b| LETTERS[b as usize % LETTERS.len()] as char).collect()
}

/// The 32-bit hash, fed piece by piece.
struct Fnv1a(u32);

impl Fnv1a {
    fn new() -> Self {
        Self(0x811c_9dc5)
    }

    fn write(&mut self, text: &str) {
        for b in text.bytes() {
            self.0 = (self.0 ^ u32::from(b)).wrapping_mul(0x0100_0193);
        }
    }
}

/// A value that is held by an interface: its Go type in parentheses, then its content.
fn dump(value: &Value, out: &mut Fnv1a) {
    out.write(match value {
        Value::Null => return out.write("(interface {})<nil>"),
        Value::Bool(_) => "(bool)",
        Value::Num(n) if is_int64(n) => "(int64)",
        Value::Num(_) => "(float64)",
        Value::Str(_) | Value::Bytes(_) => "(string)",
        Value::List(_) => "([]interface {})",
        Value::Map(_) => "(map[string]interface {})",
    });
    dump_content(value, out);
}

fn dump_content(value: &Value, out: &mut Fnv1a) {
    match value {
        Value::Null => out.write("<nil>"),
        Value::Bool(b) => out.write(if *b { "true" } else { "false" }),
        Value::Num(n) if is_int64(n) => out.write(&n.to_i64().unwrap_or_default().to_string()),
        Value::Num(n) => out.write(&shortest(n.to_f64())),
        Value::Str(s) => out.write(s),
        Value::Bytes(b) => out.write(&String::from_utf8_lossy(b)),
        Value::List(items) => {
            out.write("[");
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.write(" ");
                }
                dump(item, out);
            }
            out.write("]");
        }
        Value::Map(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            out.write("map[");
            for (i, (name, item)) in fields.into_iter().enumerate() {
                if i > 0 {
                    out.write(" ");
                }
                out.write(name);
                out.write(":");
                dump(item, out);
            }
            out.write("]");
        }
    }
}

fn is_int64(n: &Number) -> bool {
    n.is_int() && n.to_i64().is_some()
}

/// Go's `strconv.FormatFloat(f, 'g', -1, 64)`: the shortest digits, with an exponent below 1e-4 and from 1e6 on.
fn shortest(f: f64) -> String {
    if f == 0.0 {
        return if f.is_sign_negative() { "-0".to_owned() } else { "0".to_owned() };
    }
    let scientific = format!("{f:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{f}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::map;

    #[test]
    fn floats_as_go_prints_them() {
        assert_eq!(shortest(1.5), "1.5");
        assert_eq!(shortest(1e21), "1e+21");
        assert_eq!(shortest(12_345_678.9), "1.23456789e+07");
        assert_eq!(shortest(100_000.5), "100000.5");
        assert_eq!(shortest(0.000_01), "1e-05");
        assert_eq!(shortest(-0.25), "-0.25");
    }

    #[test]
    fn hash_of_an_object() {
        let labels = map([
            ("app.oam.dev/component", Value::str("one")),
            ("app.oam.dev/name", Value::str("demo")),
            ("trait.oam.dev/resource", Value::str("x")),
            ("trait.oam.dev/type", Value::str("AuxiliaryWorkload")),
        ]);
        let float = |f| Value::Num(Number::from_f64(f));
        let object = map([
            ("apiVersion", Value::str("v1")),
            ("kind", Value::str("Service")),
            ("metadata", map([("labels", labels)])),
            (
                "spec",
                map([
                    ("a", float(0.1)),
                    ("b", float(1e21)),
                    ("c", float(1e-7)),
                    ("d", float(100_000.5)),
                    ("e", float(12_345_678.9)),
                ]),
            ),
        ]);
        assert_eq!(generated("one", "AuxiliaryWorkload", &object), "one-auxiliaryworkload-54b8cd6677");
    }
}
