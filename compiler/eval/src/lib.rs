//! Values, unification, closedness, disjunctions, cycles, field order, export.

pub mod regexp;
