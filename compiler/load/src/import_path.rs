//! Import paths: `path[@version][:qualifier]`.

use vela_ir::import_name;

/// An import path taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportPath<'p> {
    /// Without version and qualifier.
    pub path: &'p str,
    /// What follows `@`.
    pub version: Option<&'p str>,
    /// What follows `:`.
    pub qualifier: Option<&'p str>,
}

impl<'p> ImportPath<'p> {
    /// Takes a path apart.
    pub fn parse(text: &'p str) -> Self {
        let last = text.rfind('/').map_or(0, |i| i + 1);
        let (rest, qualifier) = match text[last..].find(':') {
            Some(at) => (&text[..last + at], Some(&text[last + at + 1..])),
            None => (text, None),
        };
        match rest.split_once('@') {
            Some((path, version)) => Self { path, version: Some(version), qualifier },
            None => Self { path: rest, version: None, qualifier },
        }
    }

    /// The package's name: the qualifier, or the last element where that is an identifier.
    pub fn package(&self) -> Option<&'p str> {
        self.qualifier.or_else(|| import_name(self.path))
    }

    /// The path with a major version and without a qualifier that says nothing new.
    pub fn canonical(&self, major: &str) -> String {
        let qualifier = match self.qualifier {
            Some(name) if import_name(self.path) != Some(name) => format!(":{name}"),
            _ => String::new(),
        };
        let version = self.version.unwrap_or(major);
        let at = if version.is_empty() { "" } else { "@" };
        format!("{}{at}{version}{qualifier}", self.path)
    }

    /// The prefixes of the path by whole elements, longest first.
    pub fn prefixes(&self) -> impl Iterator<Item = &'p str> + use<'p> {
        let path = self.path;
        std::iter::once(path).chain(path.rmatch_indices('/').map(move |(at, _)| &path[..at]))
    }
}

/// What is wrong with the form of an import path of another module or the main one.
pub fn malformed(text: &str) -> Option<String> {
    let import = ImportPath::parse(text);
    let bad = |why: &str| Some(format!("malformed import path {text:?}: {why}"));
    if import.qualifier.is_some_and(|q| q.contains('@')) {
        return bad("package qualifier must not contain a version; use path@version:qualifier syntax");
    }
    if import.version.is_some_and(|v| !is_major(v)) {
        return bad("import paths can only contain a major version specifier");
    }
    let path = import.path;
    if path.starts_with('-') {
        return bad("leading dash");
    }
    if path.contains("//") {
        return bad("double slash");
    }
    if path.ends_with('/') {
        return bad("trailing slash");
    }
    for element in path.split('/') {
        if element.is_empty() {
            return bad("empty path element");
        }
        if element.bytes().all(|b| b == b'.') {
            return bad(&format!("invalid path element {element:?}"));
        }
        if element.ends_with('.') {
            return bad("trailing dot in path element");
        }
        if let Some(c) = element.chars().find(|c| !c.is_ascii_alphanumeric() && !"-._+~".contains(*c)) {
            return bad(&format!("invalid char {c:?}"));
        }
    }
    None
}

/// `v0`, `v12`.
pub fn is_major(version: &str) -> bool {
    let digits = version.strip_prefix('v').unwrap_or("");
    !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
}

/// Whether the path can only be one of the standard library: no dot in the first element.
pub fn is_standard(path: &str) -> bool {
    !path.split('/').next().unwrap_or("").contains('.')
}

/// `.`, `..`, `./x`, `../x`.
pub fn is_local(path: &str) -> bool {
    path == "." || path == ".." || path.starts_with("./") || path.starts_with("../")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_names() {
        let path = ImportPath::parse("a.b/c@v0:d");
        assert_eq!((path.path, path.version, path.package()), ("a.b/c", Some("v0"), Some("d")));
        assert_eq!(ImportPath::parse("a.b/c-d").package(), None);
        assert_eq!(ImportPath::parse("a.b/c:c").canonical("v1"), "a.b/c@v1");
        assert_eq!(ImportPath::parse("a.b/c:d").canonical(""), "a.b/c:d");
        let prefixes: Vec<&str> = ImportPath::parse("a.b/c/d").prefixes().collect();
        assert_eq!(prefixes, ["a.b/c/d", "a.b/c", "a.b"]);
    }

    #[test]
    fn malformed_paths() {
        assert_eq!(malformed("a.b/c"), None);
        for (path, why) in [
            ("a.b/", "trailing slash"),
            ("a.b//c", "double slash"),
            ("a.b/c@v0.0.1", "import paths can only contain a major version specifier"),
            ("a.b/c:d@v0", "package qualifier must not contain a version; use path@version:qualifier syntax"),
        ] {
            assert_eq!(malformed(path), Some(format!("malformed import path {path:?}: {why}")));
        }
    }
}
