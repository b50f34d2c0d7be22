//! Values, unification, closedness, disjunctions, cycles, field order, export.

pub mod data;
pub mod regexp;
