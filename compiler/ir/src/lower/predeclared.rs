//! Names that need no declaration: basic types, ranges, functions.

use vela_number::Number;

use super::Lowerer;
use crate::ir::{Compare, Expr, ExprId, Place, Predeclared, Version};
use crate::kind::Kinds;

const FLOAT32: (&str, &str) =
    ("-3.40282346638528859811704183484516925440e+38", "3.40282346638528859811704183484516925440e+38");
const FLOAT64: (&str, &str) =
    ("-1.797693134862315708145274237317043567981e+308", "1.797693134862315708145274237317043567981e+308");

/// A predeclared range: its name, whether `int` is part of it, its limits.
type Range = (&'static str, bool, &'static str, Option<&'static str>);

const RANGES: [Range; 14] = [
    ("rune", true, "0", Some("1114111")),
    ("int8", true, "-128", Some("127")),
    ("int16", true, "-32768", Some("32767")),
    ("int32", true, "-2147483648", Some("2147483647")),
    ("int64", true, "-9223372036854775808", Some("9223372036854775807")),
    (
        "int128",
        true,
        "-170141183460469231731687303715884105728",
        Some("170141183460469231731687303715884105727"),
    ),
    ("uint", true, "0", None),
    ("uint8", true, "0", Some("255")),
    ("uint16", true, "0", Some("65535")),
    ("uint32", true, "0", Some("4294967295")),
    ("uint64", true, "0", Some("18446744073709551615")),
    ("uint128", true, "0", Some("340282366920938463463374607431768211455")),
    ("float32", false, FLOAT32.0, Some(FLOAT32.1)),
    ("float64", false, FLOAT64.0, Some(FLOAT64.1)),
];

impl Lowerer<'_, '_> {
    /// What a name that nothing declares means by itself.
    pub(super) fn predeclared(&mut self, name: &str, place: Place) -> ExprId {
        let plain = name.strip_prefix("__").unwrap_or(name);
        let kind = match plain {
            "string" => Some(Kinds::STRING),
            "bytes" => Some(Kinds::BYTES),
            "bool" => Some(Kinds::BOOL),
            "int" => Some(Kinds::INT),
            "float" => Some(Kinds::FLOAT),
            "number" => Some(Kinds::NUMBER),
            _ => None,
        };
        if let Some(kind) = kind {
            return self.push(Expr::Kind(kind), place);
        }
        if let Some(range) = RANGES.iter().find(|r| r.0 == plain) {
            return self.range(range);
        }
        let expr = match plain {
            "len" => Expr::Predeclared(Predeclared::Len),
            "close" => Expr::Predeclared(Predeclared::Close),
            "and" => Expr::Predeclared(Predeclared::And),
            "or" => Expr::Predeclared(Predeclared::Or),
            "div" => Expr::Predeclared(Predeclared::Div),
            "mod" => Expr::Predeclared(Predeclared::Mod),
            "quo" => Expr::Predeclared(Predeclared::Quo),
            "rem" => Expr::Predeclared(Predeclared::Rem),
            "matchN" => Expr::Predeclared(Predeclared::MatchN),
            "matchIf" => Expr::Predeclared(Predeclared::MatchIf),
            "error" if self.version < (Version { minor: 14, patch: 0 }) => self.bottom(
                place,
                format!(
                    "builtin \"{plain}\" is not available in version v0.{}.{}; it was added in version \"v0.14.0\"",
                    self.version.minor, self.version.patch
                ),
            ),
            "error" => Expr::Predeclared(Predeclared::Error),
            "self" if !self.experiments.aliasv2 => self
                .bottom(place, format!("predeclared identifier \"{name}\" requires @experiment(aliasv2)")),
            // The vertex of the innermost frame, whatever opened it.
            "self" => Expr::ValueRef(0, self.ir.labels.string(name)),
            "closeAll" if plain != name => Expr::Predeclared(Predeclared::CloseAll),
            "reclose" if plain != name => Expr::Predeclared(Predeclared::Reclose),
            "no_sharing" if plain != name => Expr::Predeclared(Predeclared::NoSharing),
            "test_experiment" if plain != name => Expr::Predeclared(Predeclared::TestExperiment),
            _ => {
                self.error(place, format!("reference \"{name}\" not found"));
                Expr::Bottom
            }
        };
        self.push(expr, place)
    }

    /// A range's conjunction: one for the whole program, as it stands nowhere in the source.
    fn range(&mut self, (name, int, low, high): &Range) -> ExprId {
        if let Some((id, _)) = self.ir.ranges.iter().find(|r| r.1 == *name) {
            return *id;
        }
        let low = self.limit(Compare::GreaterEq, low);
        let mut value = low;
        if let Some(high) = high {
            let high = self.limit(Compare::LessEq, high);
            value = self.push(Expr::And(low, high), Place::NONE);
        }
        if *int {
            let int = self.push(Expr::Kind(Kinds::INT), Place::NONE);
            value = self.push(Expr::And(int, value), Place::NONE);
        }
        self.ir.ranges.push((value, name));
        value
    }

    fn limit(&mut self, compare: Compare, text: &str) -> ExprId {
        let Ok(number) = Number::parse_literal(text) else { return self.push(Expr::Bottom, Place::NONE) };
        self.ir.numbers.push(number);
        let number = self.push(Expr::Num(self.ir.numbers.len() as u32 - 1), Place::NONE);
        self.push(Expr::Bound(compare, number), Place::NONE)
    }
}
