//! Applications, definitions, rendering and patches.
