//! Plain data: what a document means and what output is made of.

use std::cell::Cell;
use std::sync::Arc;

use vela_number::Number;

/// A concrete value without places: what builtin functions take and give, what data files become, what is written.
///
/// Dropping recurses through a fixed number of levels only, so a value may be nested as deeply as memory allows; cloning, comparing and printing
/// recurse, so whoever builds values keeps them within [`crate::MAX_DEPTH`].
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Data {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number; equality is that of [`Number`], so `1` and `1.0` differ.
    Num(Number),
    /// Text.
    Str(Arc<str>),
    /// Bytes that need not be text; base64 in YAML and JSON.
    Bytes(Arc<[u8]>),
    /// A list.
    List(Vec<Data>),
    /// Fields in order. Names may repeat only where the input repeated them.
    Map(Vec<(Arc<str>, Data)>),
}

impl Data {
    /// A text.
    pub fn str(text: impl Into<Arc<str>>) -> Self {
        Self::Str(text.into())
    }

    /// An int.
    pub fn int(n: i64) -> Self {
        Self::Num(Number::from_i64(n))
    }

    /// The first field of this name; `None` in what is not a map.
    pub fn get(&self, name: &str) -> Option<&Data> {
        self.as_map()?.iter().find(|(n, _)| &**n == name).map(|(_, v)| v)
    }

    /// The value found by following names from map to map.
    pub fn at(&self, path: &[&str]) -> Option<&Data> {
        path.iter().try_fold(self, |v, name| v.get(name))
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(s) = self { Some(s) } else { None }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(b) = self { Some(*b) } else { None }
    }

    /// The number, if it is one.
    pub fn as_num(&self) -> Option<&Number> {
        if let Self::Num(n) = self { Some(n) } else { None }
    }

    /// The elements, if it is a list.
    pub fn as_list(&self) -> Option<&[Data]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The fields, if it is a map.
    pub fn as_map(&self) -> Option<&[(Arc<str>, Data)]> {
        if let Self::Map(fields) = self { Some(fields) } else { None }
    }

    /// The fields to change, if it is a map.
    pub fn as_map_mut(&mut self) -> Option<&mut Vec<(Arc<str>, Data)>> {
        if let Self::Map(fields) = self { Some(fields) } else { None }
    }

    /// The elements to change, if it is a list.
    pub fn as_list_mut(&mut self) -> Option<&mut Vec<Data>> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The elements, taken out; the value itself where it is no list.
    pub fn into_list(mut self) -> Result<Vec<Data>, Data> {
        if let Self::List(items) = &mut self { Ok(std::mem::take(items)) } else { Err(self) }
    }

    /// The fields, taken out; the value itself where it is no map.
    pub fn into_map(mut self) -> Result<Vec<(Arc<str>, Data)>, Data> {
        if let Self::Map(fields) = &mut self { Ok(std::mem::take(fields)) } else { Err(self) }
    }

    /// Sets the field of this name, in its place or at the end. Does nothing to what is not a map.
    pub fn set(&mut self, name: &str, value: Data) {
        let Self::Map(fields) = self else { return };
        match fields.iter_mut().find(|(n, _)| &**n == name) {
            Some((_, old)) => *old = value,
            None => fields.push((name.into(), value)),
        }
    }

    /// What it is, in the language's words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Num(n) if n.is_int() => "int",
            Self::Num(_) => "float",
            Self::Str(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "struct",
        }
    }

    fn is_filled(&self) -> bool {
        match self {
            Self::List(items) => !items.is_empty(),
            Self::Map(fields) => !fields.is_empty(),
            _ => false,
        }
    }

    fn take_parts(&mut self, into: &mut Vec<Data>) {
        match self {
            Self::List(items) => into.extend(items.drain(..).filter(Self::is_filled)),
            Self::Map(fields) => into.extend(fields.drain(..).map(|(_, v)| v).filter(Self::is_filled)),
            _ => {}
        }
    }
}

/// Nested values that are dropped by recursion; what is deeper is taken apart first.
const DROPPED_NESTED: u32 = 128;

thread_local! {
    /// How many values around the one that is being dropped are being dropped.
    static DROPPING: Cell<u32> = const { Cell::new(0) };
}

impl Drop for Data {
    fn drop(&mut self) {
        if !self.is_filled() {
            return;
        }
        // A thread that is ending has no counter any more; its values take the long way.
        let around = DROPPING.try_with(|d| d.replace(d.get() + 1)).unwrap_or(DROPPED_NESTED);
        if around < DROPPED_NESTED {
            match self {
                Self::List(items) => items.clear(),
                Self::Map(fields) => fields.clear(),
                _ => {}
            }
        } else {
            let mut parts = Vec::new();
            self.take_parts(&mut parts);
            while let Some(mut part) = parts.pop() {
                part.take_parts(&mut parts);
            }
        }
        let _ = DROPPING.try_with(|d| d.set(around));
    }
}

impl From<bool> for Data {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<&str> for Data {
    fn from(s: &str) -> Self {
        Self::Str(s.into())
    }
}

impl From<String> for Data {
    fn from(s: String) -> Self {
        Self::Str(s.into())
    }
}

impl From<Vec<Data>> for Data {
    fn from(items: Vec<Data>) -> Self {
        Self::List(items)
    }
}

impl FromIterator<(Arc<str>, Data)> for Data {
    fn from_iter<T: IntoIterator<Item = (Arc<str>, Data)>>(fields: T) -> Self {
        Self::Map(fields.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_values_drop_without_recursion() {
        let mut value = Data::Null;
        for i in 0..1_000_000 {
            value = if i % 2 == 0 { Data::List(vec![value]) } else { Data::Map(vec![("a".into(), value)]) };
        }
        drop(value);
    }

    #[test]
    fn fields() {
        let mut v: Data = [("a".into(), Data::int(1))].into_iter().collect();
        v.set("b", Data::str("x"));
        v.set("a", Data::Null);
        assert_eq!(v.get("a"), Some(&Data::Null));
        assert_eq!(v.at(&["b"]).and_then(Data::as_str), Some("x"));
        assert_eq!(v.into_map().unwrap().len(), 2);
    }
}
