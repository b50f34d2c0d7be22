//! Package `list`: the functions over numbers and strings. Those that keep elements as they are, compare them
//! or sort them by a comparator run in the evaluator, since elements need not be concrete.

use std::cmp::Ordering;

use vela_eval::data::Data;
use vela_number::{Number, NumberError};

use crate::args::{Args, MAX_ITEMS, Outcome, fail, ok, texts};
use crate::signature::{CallError, Function};
use crate::table::{
    ANY, BOOL, INT, LIST, NUMBER, evaluated, function, length, non_concrete, numbers, p, schema, strings,
};

/// A decimal result: its kind goes by its value.
pub(crate) fn decimal(result: Result<Number, NumberError>) -> Outcome {
    match result {
        Ok(n) => ok(Data::Num(n.kind_by_value())),
        Err(e) => fail(e.to_string()),
    }
}

fn fold(
    items: &[&Number],
    start: i64,
    step: fn(&Number, &Number) -> Result<Number, NumberError>,
) -> Result<Number, NumberError> {
    items.iter().try_fold(Number::from_i64(start), |total, x| step(x, &total))
}

fn sum(args: &[Data]) -> Outcome {
    decimal(fold(&Args(args).numbers(0)?, 0, Number::add))
}

fn product(args: &[Data]) -> Outcome {
    decimal(fold(&Args(args).numbers(0)?, 1, Number::mul))
}

fn avg(args: &[Data]) -> Outcome {
    let items = filled(args)?;
    let total = fold(&items, 0, Number::add);
    decimal(total.and_then(|t| t.div(&Number::from(items.len()))))
}

fn filled(args: &[Data]) -> Result<Vec<&Number>, CallError> {
    let items = Args(args).numbers(0)?;
    if items.is_empty() {
        return fail("empty list");
    }
    Ok(items)
}

/// The first of the elements that no other one comes before in `order`.
fn extreme(args: &[Data], order: Ordering) -> Outcome {
    let items = filled(args)?;
    let mut best = items[0];
    for x in &items[1..] {
        if best.cmp_value(x) == order {
            best = x;
        }
    }
    decimal(Ok(best.clone()))
}

fn max(args: &[Data]) -> Outcome {
    extreme(args, Ordering::Less)
}

fn min(args: &[Data]) -> Outcome {
    extreme(args, Ordering::Greater)
}

fn range(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (start, limit, step) = (a.num(0)?, a.num(1)?, a.num(2)?);
    if step.is_zero() {
        return fail("step must be non zero");
    }
    let down = step.is_negative();
    // The side of the limit on which elements lie.
    let inside = if down { Ordering::Greater } else { Ordering::Less };
    if start.cmp_value(limit) == inside.reverse() {
        return fail(if down {
            "end must be less than start when step is negative"
        } else {
            "end must be greater than start when step is positive"
        });
    }
    let too_many = || fail(format!("list exceeds limit of {MAX_ITEMS} elements"));
    // Said at once, not after the work.
    let count = limit.sub(start).and_then(|d| d.div(step)).map_err(|e| CallError::Fatal(e.to_string()))?;
    if count.cmp_value(&Number::from_i64(MAX_ITEMS as i64)) == Ordering::Greater {
        return too_many();
    }
    let mut items = Vec::new();
    let mut at = start.clone();
    while at.cmp_value(limit) == inside {
        if items.len() == MAX_ITEMS {
            return too_many();
        }
        items.push(Data::Num(at.clone().kind_by_value()));
        let next = step.add(&at).map_err(|e| CallError::Fatal(e.to_string()))?;
        if next.eq_value(&at) {
            return fail("step is too small to change the value");
        }
        at = next;
    }
    ok(items)
}

fn sort_strings(args: &[Data]) -> Outcome {
    let mut items = Args(args).texts(0)?;
    items.sort_unstable();
    texts(items)
}

fn is_sorted_strings(args: &[Data]) -> Outcome {
    ok(Args(args).texts(0)?.is_sorted())
}

const PKG: &str = "list";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "Avg", &[numbers("xs")], NUMBER, "The mean of the numbers.", avg),
    evaluated(PKG, "Concat", &[p("a", LIST)], LIST, "The elements of all lists of the list, one list after the other."),
    evaluated(PKG, "Contains", &[p("a", LIST), p("v", ANY)], BOOL, "Whether an element equals `v`."),
    evaluated(PKG, "Drop", &[p("x", LIST), p("n", INT)], LIST, "The elements after the first `n`."),
    evaluated(PKG, "FlattenN", &[p("xs", ANY), p("depth", INT)], LIST, "The list with lists inside it replaced by their elements, `depth` levels deep (all if negative)."),
    evaluated(PKG, "IsSorted", &[p("list", LIST), p("cmp", ANY)], BOOL, "Whether the elements are in the order of the comparator."),
    function(PKG, "IsSortedStrings", &[strings("a")], BOOL, "Whether the strings are in bytewise order.", is_sorted_strings),
    non_concrete(evaluated(PKG, "MatchN", &[p("list", LIST), schema("n"), schema("matchValue")], BOOL, "Whether the number of elements that satisfy `matchValue` satisfies `n`.")),
    function(PKG, "Max", &[numbers("xs")], NUMBER, "The largest of the numbers.", max),
    evaluated(PKG, "MaxItems", &[length("list"), p("n", INT)], BOOL, "Whether the list has at most `n` elements."),
    function(PKG, "Min", &[numbers("xs")], NUMBER, "The smallest of the numbers.", min),
    evaluated(PKG, "MinItems", &[length("list"), p("n", INT)], BOOL, "Whether the list has at least `n` elements."),
    function(PKG, "Product", &[numbers("xs")], NUMBER, "The product of the numbers; 1 for none.", product),
    function(PKG, "Range", &[p("start", NUMBER), p("limit", NUMBER), p("step", NUMBER)], LIST, "The numbers from `start` in steps of `step` up to, not including, `limit`.", range),
    evaluated(PKG, "Repeat", &[p("x", LIST), p("count", INT)], LIST, "`count` copies of the elements."),
    evaluated(PKG, "Reverse", &[p("x", LIST)], LIST, "The elements from last to first."),
    evaluated(PKG, "Slice", &[p("x", LIST), p("i", INT), p("j", INT)], LIST, "The elements from index `i` up to, not including, `j`."),
    evaluated(PKG, "Sort", &[p("list", LIST), p("cmp", ANY)], LIST, "The elements in the order of the comparator, equal ones in their old order."),
    evaluated(PKG, "SortStable", &[p("list", LIST), p("cmp", ANY)], LIST, "The elements in the order of the comparator, equal ones in their old order."),
    function(PKG, "SortStrings", &[strings("a")], LIST, "The strings in bytewise order.", sort_strings),
    function(PKG, "Sum", &[numbers("xs")], NUMBER, "The sum of the numbers; 0 for none.", sum),
    evaluated(PKG, "Take", &[p("x", LIST), p("n", INT)], LIST, "The first `n` elements."),
    evaluated(PKG, "UniqueItems", &[p("a", LIST)], BOOL, "Whether no two elements are equal."),
];
