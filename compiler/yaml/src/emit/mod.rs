//! Values into text. Writers take a stream of calls ([`Sink`]), so that whoever has another tree need not build
//! [`Data`]; [`walk`] feeds a [`Data`] into any of them.

pub mod go_float;
pub mod json;
pub(crate) mod quote;
pub mod yaml;

use std::cmp::Ordering;

use vela_number::Number;

use crate::Data;

/// What a value is made of, in order. Every `begin` has its `end`; in a map a key comes before each value.
pub trait Sink {
    /// `null`.
    fn null(&mut self);
    /// A truth value.
    fn bool(&mut self, value: bool);
    /// A number.
    fn number(&mut self, value: &Number);
    /// A text.
    fn str(&mut self, value: &str);
    /// Bytes.
    fn bytes(&mut self, value: &[u8]);
    /// Starts a list.
    fn begin_list(&mut self);
    /// Ends the innermost list.
    fn end_list(&mut self);
    /// Starts a map.
    fn begin_map(&mut self);
    /// The name of the next field.
    fn key(&mut self, name: &str);
    /// Ends the innermost map.
    fn end_map(&mut self);
}

enum Step<'v> {
    Items(std::slice::Iter<'v, Data>),
    Fields(std::slice::Iter<'v, (std::sync::Arc<str>, Data)>),
    Sorted(std::vec::IntoIter<&'v (std::sync::Arc<str>, Data)>),
}

/// Feeds a value into a sink, without recursion. `order` sorts the fields of maps; without it they come as they are.
pub fn walk(value: &Data, order: Option<fn(&str, &str) -> Ordering>, sink: &mut impl Sink) {
    let mut stack: Vec<Step<'_>> = Vec::new();
    let mut next = Some(value);
    loop {
        match next.take() {
            Some(Data::Null) => sink.null(),
            Some(Data::Bool(b)) => sink.bool(*b),
            Some(Data::Num(n)) => sink.number(n),
            Some(Data::Str(s)) => sink.str(s),
            Some(Data::Bytes(b)) => sink.bytes(b),
            Some(Data::List(items)) => {
                sink.begin_list();
                stack.push(Step::Items(items.iter()));
            }
            Some(Data::Map(fields)) => {
                sink.begin_map();
                stack.push(match order {
                    None => Step::Fields(fields.iter()),
                    Some(order) => {
                        let mut sorted: Vec<_> = fields.iter().collect();
                        sorted.sort_by(|a, b| order(&a.0, &b.0));
                        Step::Sorted(sorted.into_iter())
                    }
                });
            }
            None => {}
        }
        let field = match stack.last_mut() {
            None => return,
            Some(Step::Items(items)) => {
                next = items.next();
                if next.is_none() {
                    sink.end_list();
                    stack.pop();
                }
                continue;
            }
            Some(Step::Fields(fields)) => fields.next(),
            Some(Step::Sorted(fields)) => fields.next(),
        };
        match field {
            Some((name, value)) => {
                sink.key(name);
                next = Some(value);
            }
            None => {
                sink.end_map();
                stack.pop();
            }
        }
    }
}

/// The order of keys in Kubernetes' YAML: runs of digits count as numbers, other signs come before digits, digits
/// before letters, and a start of a name before the name. go-yaml 2 compares so too, except that its comparison is no
/// order where one number is the start of another that a letter follows (`a1b`, `a2`, `a10`).
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (x, y) = match (a.chars().next(), b.chars().next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) => (x, y),
        };
        let class = |c: char| if c.is_alphabetic() { 2 } else { u8::from(c.is_ascii_digit()) };
        let (mut len_x, mut len_y) = (x.len_utf8(), y.len_utf8());
        let order = match (class(x), class(y)) {
            (1, 1) => {
                let run = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
                (len_x, len_y) = (run(a), run(b));
                let (m, n) = (a[..len_x].trim_start_matches('0'), b[..len_y].trim_start_matches('0'));
                m.len().cmp(&n.len()).then_with(|| m.cmp(n)).then(len_x.cmp(&len_y))
            }
            (m, n) => m.cmp(&n).then(x.cmp(&y)),
        };
        if order.is_ne() {
            return order;
        }
        (a, b) = (&a[len_x..], &b[len_y..]);
    }
}
