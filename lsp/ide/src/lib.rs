//! Editor features as plain data in and out.
