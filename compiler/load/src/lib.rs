//! Packages, imports, build tags and data files.
