//! Paths with `/` between their elements, as text.

/// Removes empty elements, `.` and, as far as possible, `..`; `.` where nothing is left.
pub fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut out: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if out.last().is_some_and(|e| *e != "..") => {
                out.pop();
            }
            ".." if absolute => {}
            element => out.push(element),
        }
    }
    match (absolute, out.is_empty()) {
        (true, _) => format!("/{}", out.join("/")),
        (false, true) => ".".to_string(),
        (false, false) => out.join("/"),
    }
}

/// `path` as seen from `folder`, cleaned.
pub fn join(folder: &str, path: &str) -> String {
    if path.starts_with('/') { clean(path) } else { clean(&format!("{folder}/{path}")) }
}

/// The folder that holds a cleaned absolute path; the root's is the root.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &path[..at],
    }
}

/// The last element.
pub fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What follows `folder` in `path`, without a leading `/`: `""` for the folder itself, `None` outside of it.
pub fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder == "/" {
        return path.strip_prefix('/');
    }
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// A cleaned absolute path as messages show it to someone in `folder`: relative, `./` first unless it starts with
/// `.`.
pub fn shown(path: &str, folder: &str) -> String {
    let relative = relative(path, folder);
    if relative.starts_with('.') { relative } else { format!("./{relative}") }
}

/// A cleaned absolute path as it is reached from `folder`.
pub fn relative(path: &str, folder: &str) -> String {
    let mut from = folder.split('/').filter(|e| !e.is_empty()).peekable();
    let mut to = path.split('/').filter(|e| !e.is_empty()).peekable();
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    let out: Vec<&str> = from.map(|_| "..").chain(to).collect();
    if out.is_empty() { ".".to_string() } else { out.join("/") }
}

/// The extension with its dot; a name that starts with a dot has none of its own.
pub fn extension(path: &str) -> &str {
    let base = base(path);
    match base.rfind('.') {
        Some(0) | None => "",
        Some(at) => &base[at..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_and_joining() {
        assert_eq!(clean("./a//b/../c/."), "a/c");
        assert_eq!(clean("../../a"), "../../a");
        assert_eq!(clean("/../a/.."), "/");
        assert_eq!(clean(""), ".");
        assert_eq!(join("/a/b", "../c"), "/a/c");
        assert_eq!(join("/a/b", "/c"), "/c");
    }

    #[test]
    fn relations() {
        assert_eq!(parent("/a/b"), "/a");
        assert_eq!(parent("/a"), "/");
        assert_eq!(below("/a/b/c", "/a"), Some("b/c"));
        assert_eq!(below("/ab", "/a"), None);
        assert_eq!(shown("/a/b/c.cue", "/a/b"), "./c.cue");
        assert_eq!(shown("/a/c.cue", "/a/b"), "../c.cue");
        assert_eq!(shown("/a/b", "/a/b"), ".");
        assert_eq!(extension("a/b.x.yaml"), ".yaml");
        assert_eq!(extension(".hidden"), "");
    }
}
