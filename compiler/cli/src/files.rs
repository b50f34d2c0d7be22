//! Results on their way out: standard output, and files that appear whole or not at all.

use std::io::{self, Write};
use std::path::Path;

/// Writes to standard output. A reader that has gone is no error: it has seen enough.
pub fn print(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Replaces the file by one with this content, in one step. Folders on the way are not made. What is there and is no
/// regular file, such as a device or a pipe, is written to directly.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let there = std::fs::metadata(path);
    if there.as_ref().is_ok_and(|m| !m.is_file()) {
        return std::fs::OpenOptions::new().write(true).open(path)?.write_all(content);
    }
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".vela-").tempfile_in(folder)?;
    file.write_all(content)?;
    set_mode(file.as_file(), there.ok().as_ref())?;
    file.persist(&target).map_err(|e| e.error)?;
    Ok(())
}

/// The permissions of the file that is replaced, or those that a new file gets.
#[cfg(unix)]
fn set_mode(file: &std::fs::File, old: Option<&std::fs::Metadata>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = old.map_or(0o644, |m| m.permissions().mode() & 0o7777);
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &std::fs::File, _: Option<&std::fs::Metadata>) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(&folder.path().join("none/a.yaml"), b"x").is_err());
    }
}
