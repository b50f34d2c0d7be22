//! What command line arguments mean: packages, files, and qualifiers that say how to read files.

use vela_syntax::literal::is_identifier;

use crate::error::LoadError;
use crate::paths;

/// A file named as an argument.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileArgument {
    /// As given; `-` is standard input.
    pub name: String,
    /// The qualifier before it, without the colon.
    pub qualifier: Option<String>,
}

/// Arguments by what they are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Arguments {
    /// Packages, in order.
    pub packages: Vec<String>,
    /// Files, in order.
    pub files: Vec<FileArgument>,
}

/// Sorts arguments into packages and files; none means `.`. After the first qualifier everything is a file.
pub fn classify(args: &[String]) -> Result<Arguments, LoadError> {
    let mut out = Arguments::default();
    let mut qualifier: Option<String> = None;
    let mut fresh = false;
    for arg in args {
        if let Some(text) = qualifier_text(arg) {
            if let (true, Some(unused)) = (fresh, &qualifier) {
                return Err(LoadError::new(format!("scoped qualifier \"{unused}:\" without file")));
            }
            qualifier = Some(text.to_string());
            fresh = true;
            continue;
        }
        fresh = false;
        if qualifier.is_some() || !is_package(arg) {
            if arg.is_empty() {
                return Err(LoadError::new("empty file name"));
            }
            out.files.push(FileArgument { name: arg.clone(), qualifier: qualifier.clone() });
        } else {
            out.packages.push(arg.clone());
        }
    }
    if let (true, Some(unused)) = (fresh, &qualifier) {
        return Err(LoadError::new(format!("scoped qualifier \"{unused}:\" without file")));
    }
    if args.is_empty() {
        out.packages.push(".".to_string());
    }
    Ok(out)
}

/// `json:` and the like.
fn qualifier_text(arg: &str) -> Option<&str> {
    let (before, after) = arg.split_once(':')?;
    (!before.is_empty() && after.is_empty() && !arg.starts_with('/')).then_some(before)
}

/// Whether an argument names a package rather than a file.
fn is_package(arg: &str) -> bool {
    if arg == "." || arg == ".." {
        return true;
    }
    if arg.is_empty() || arg == "-" {
        return false;
    }
    let last = arg.rfind('/').map_or(0, |i| i + 1);
    if let Some(at) = arg[last..].find(':') {
        let (path, name) = (&arg[..last + at], &arg[last + at + 1..]);
        if is_identifier(name) {
            return !path.contains(':') && path != "-";
        }
        return path.contains('/');
    }
    if let Some((_, version)) = arg.split_once('@')
        && !version.is_empty()
    {
        return !version.contains('/');
    }
    let extension = paths::extension(arg);
    extension.is_empty() || paths::base(arg).bytes().all(|b| b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_and_files() {
        for package in
            [".", "..", "./a", "a.b/c", "./a:b", ":b", "a.b/c@v0", "a.b/c@v0.1.0:d", "./...", "..."]
        {
            assert!(is_package(package), "{package}");
        }
        for file in ["-", "a.cue", "./a/b.json", "x.unknown", ""] {
            assert!(!is_package(file), "{file}");
        }
    }

    #[test]
    fn qualifiers_apply_to_all_that_follows() {
        let args: Vec<String> = [".", "json:", "a", "b.x", "yaml:", "c"].map(String::from).to_vec();
        let found = classify(&args).unwrap();
        assert_eq!(found.packages, ["."]);
        let files: Vec<(&str, Option<&str>)> =
            found.files.iter().map(|f| (f.name.as_str(), f.qualifier.as_deref())).collect();
        assert_eq!(files, [("a", Some("json")), ("b.x", Some("json")), ("c", Some("yaml"))]);
        assert!(classify(&["json:".to_string()]).is_err());
        assert_eq!(classify(&[]).unwrap().packages, ["."]);
    }
}
