//! Sets of kinds, as bits.

use std::ops::{BitAnd, BitOr, Not};

/// A set of the kinds a value may have. Bits in the order in which messages list them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Kinds(pub u16);

#[allow(missing_docs)]
impl Kinds {
    pub const BOTTOM: Self = Self(0);
    pub const NULL: Self = Self(1);
    pub const BOOL: Self = Self(1 << 1);
    pub const INT: Self = Self(1 << 2);
    pub const FLOAT: Self = Self(1 << 3);
    pub const STRING: Self = Self(1 << 4);
    pub const BYTES: Self = Self(1 << 5);
    pub const FUNC: Self = Self(1 << 6);
    pub const LIST: Self = Self(1 << 7);
    pub const STRUCT: Self = Self(1 << 8);
    pub const NUMBER: Self = Self(1 << 2 | 1 << 3);
    pub const TOP: Self = Self((1 << 9) - 1);
    /// Everything but lists, structs and functions.
    pub const SCALAR: Self = Self(0b11_1111);

    /// Whether every kind of `other` is in the set.
    #[inline]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the two sets have a kind in common.
    #[inline]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the set is empty.
    #[inline]
    pub const fn is_bottom(self) -> bool {
        self.0 == 0
    }

    /// Whether the set has exactly one kind.
    #[inline]
    pub const fn is_single(self) -> bool {
        self.0.is_power_of_two()
    }

    /// The names of the single kinds, in bit order (`number` is not among them).
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        const NAMES: [&str; 9] =
            ["null", "bool", "int", "float", "string", "bytes", "func", "list", "struct"];
        (0..9).filter(move |i| self.0 & (1 << i) != 0).map(|i| NAMES[i as usize])
    }
}

impl BitAnd for Kinds {
    type Output = Self;
    #[inline]
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Kinds {
    type Output = Self;
    #[inline]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Not for Kinds {
    type Output = Self;
    #[inline]
    fn not(self) -> Self {
        Self(!self.0 & Self::TOP.0)
    }
}

/// The text used in messages: `int`, `number`, `(int|string)`, `_`, `_|_`; `number` stands last in a union.
impl std::fmt::Display for Kinds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if *self == Self::BOTTOM {
            return f.write_str("_|_");
        }
        if self.contains(Self::TOP & !Self::FUNC) {
            return f.write_str("_");
        }
        let number = self.contains(Self::NUMBER);
        let rest = if number { *self & !Self::NUMBER } else { *self };
        let mut names: Vec<&str> = rest.names().collect();
        if number {
            names.push("number");
        }
        if names.len() == 1 { f.write_str(names[0]) } else { write!(f, "({})", names.join("|")) }
    }
}

impl std::fmt::Debug for Kinds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}
