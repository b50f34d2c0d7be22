//! Plain, fully concrete data: what builtin functions take and give, and what data files become. Used by the
//! evaluator's call interface and the builtin packages.

use std::sync::Arc;

use vela_number::Number;

/// A concrete value without places.
///
/// Dropping does not recurse, so a value may be nested as deeply as memory allows; whoever clones, compares or
/// prints values keeps them within a depth that recursion can bear.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Data {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number; equality is identity, so `1` and `1.0` differ.
    Num(Number),
    /// Text.
    Str(Arc<str>),
    /// Bytes that need not be text.
    Bytes(Arc<[u8]>),
    /// A list.
    List(Vec<Data>),
    /// Fields in order. Names may repeat only where the input repeated them.
    Map(Vec<(Arc<str>, Data)>),
}

impl Data {
    /// A text.
    pub fn str(text: impl Into<Arc<str>>) -> Data {
        Data::Str(text.into())
    }

    /// An int.
    pub fn int(n: i64) -> Data {
        Data::Num(Number::from_i64(n))
    }

    /// The first field of this name; `None` in what is not a map.
    pub fn get(&self, name: &str) -> Option<&Data> {
        let Data::Map(fields) = self else { return None };
        fields.iter().find(|(n, _)| &**n == name).map(|(_, v)| v)
    }

    /// What it is, in the language's words.
    pub fn kind(&self) -> &'static str {
        match self {
            Data::Null => "null",
            Data::Bool(_) => "bool",
            Data::Num(n) if n.is_int() => "int",
            Data::Num(_) => "float",
            Data::Str(_) => "string",
            Data::Bytes(_) => "bytes",
            Data::List(_) => "list",
            Data::Map(_) => "struct",
        }
    }

    /// Moves the parts that have parts of their own into `into`.
    fn take_parts(&mut self, into: &mut Vec<Data>) {
        let filled = |part: &Data| match part {
            Data::List(items) => !items.is_empty(),
            Data::Map(fields) => !fields.is_empty(),
            _ => false,
        };
        match self {
            Data::List(items) => into.extend(items.drain(..).filter(filled)),
            Data::Map(fields) => {
                into.extend(fields.drain(..).map(|(_, part)| part).filter(filled));
            }
            _ => {}
        }
    }
}

/// Takes nested parts out before they are dropped, level by level.
impl Drop for Data {
    fn drop(&mut self) {
        let mut parts = Vec::new();
        self.take_parts(&mut parts);
        while let Some(mut part) = parts.pop() {
            part.take_parts(&mut parts);
        }
    }
}

impl From<bool> for Data {
    fn from(b: bool) -> Data {
        Data::Bool(b)
    }
}

impl From<&str> for Data {
    fn from(s: &str) -> Data {
        Data::Str(s.into())
    }
}

impl From<String> for Data {
    fn from(s: String) -> Data {
        Data::Str(s.into())
    }
}

impl From<Vec<Data>> for Data {
    fn from(items: Vec<Data>) -> Data {
        Data::List(items)
    }
}

impl FromIterator<(Arc<str>, Data)> for Data {
    fn from_iter<T: IntoIterator<Item = (Arc<str>, Data)>>(fields: T) -> Data {
        Data::Map(fields.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_data_drops_without_recursion() {
        let mut data = Data::Null;
        for _ in 0..1_000_000 {
            data = Data::List(vec![data]);
        }
        drop(data);
    }
}
