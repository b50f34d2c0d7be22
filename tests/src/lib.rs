//! The test harness: conformance suites, Markdown suites, scripts, fuzz targets, benches.
