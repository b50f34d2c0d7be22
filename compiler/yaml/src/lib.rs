//! YAML and JSON in with spans, out in two styles.
