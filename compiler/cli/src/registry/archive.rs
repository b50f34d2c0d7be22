//! The zip of a module: names are checked, sizes are bounded, whatever the archive says about itself.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Largest zip, and largest content of one.
pub const MAX_ZIP: u64 = 500 << 20;
/// Largest module file and licence.
const MAX_SPECIAL: u64 = 16 << 20;
/// Most files of a module.
const MAX_FILES: usize = 200_000;

/// Why a name may not stand in an archive.
fn bad_name(name: &str) -> Option<&'static str> {
    let allowed = |c: char| c.is_alphanumeric() || " !#$%&()+,-.=@[]^_{}~`/".contains(c);
    if name.is_empty() || name.starts_with('/') || name.contains('\\') || name.contains(':') {
        return Some("is not a relative path");
    }
    if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Some("is not a clean path");
    }
    if !name.chars().all(allowed) {
        return Some("has characters that are not allowed");
    }
    if name.len() > 4096 {
        return Some("is too long");
    }
    if name.contains("/cue.mod/") {
        return Some("is in a module within the module");
    }
    (name == "cue.mod/local-module.cue").then_some("is for development only")
}

/// Unpacks a module into an empty folder. The module file must have the content given.
pub fn unpack(zip: &Path, folder: &Path, module_file: &[u8]) -> Result<(), String> {
    let file = File::open(zip).map_err(|e| e.to_string())?;
    let mut archive = ZipArchive::new(file).map_err(|e| format!("invalid zip: {e}"))?;
    if archive.len() > MAX_FILES {
        return Err(format!("zip has more than {MAX_FILES} files"));
    }
    let mut names = HashSet::new();
    let mut left = MAX_ZIP;
    let mut found = false;
    for n in 0..archive.len() {
        let mut entry = archive.by_index(n).map_err(|e| format!("invalid zip: {e}"))?;
        let name = entry.name().map_err(|e| format!("invalid zip: {e}"))?.into_owned();
        let refuse = |why: &str| Err(format!("zip: {name:?} {why}"));
        if entry.is_dir() {
            continue;
        }
        if let Some(why) = bad_name(&name) {
            return refuse(why);
        }
        if entry.is_symlink() || entry.unix_mode().is_some_and(|m| !matches!(m & 0o170_000, 0 | 0o100_000)) {
            return refuse("is not a regular file");
        }
        if !names.insert(name.to_lowercase()) {
            return refuse("stands there twice, or in upper and lower case");
        }
        let special = matches!(&*name, "cue.mod/module.cue" | "LICENSE");
        let most = if special { left.min(MAX_SPECIAL) } else { left };
        let path = folder.join(&name);
        let parent = path.parent().unwrap_or(folder);
        let size = std::fs::create_dir_all(parent)
            .and_then(|()| File::options().write(true).create_new(true).open(&path))
            .and_then(|mut out| std::io::copy(&mut entry.by_ref().take(most + 1), &mut out))
            .map_err(|e| format!("zip: {name:?}: {e}"))?;
        if size > most {
            return refuse("is too large");
        }
        left -= size;
        if name == "cue.mod/module.cue" {
            found = std::fs::read(&path).is_ok_and(|own| own == module_file);
            if !found {
                return refuse("is not the module file of the manifest");
            }
        }
        read_only(&path, 0o444).map_err(|e| format!("zip: {name:?}: {e}"))?;
    }
    if found { Ok(()) } else { Err("zip has no cue.mod/module.cue".to_owned()) }
}

#[cfg(unix)]
fn read_only(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn read_only(_: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}

/// The zip of a module with these files, relative to its folder.
pub fn pack(folder: &Path, files: &[String]) -> Result<Vec<u8>, String> {
    let mut sorted: Vec<&String> = files.iter().collect();
    sorted.sort();
    let mut names: std::collections::HashMap<String, &str> = std::collections::HashMap::new();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    let mut left = MAX_ZIP;
    for name in sorted {
        if let Some(why) = bad_name(name) {
            return Err(format!("{name}: file name {why}"));
        }
        if let Some(other) = names.insert(name.to_lowercase(), name) {
            return Err(format!("{name}: case-insensitive file name collision: {other:?} and {name:?}"));
        }
        let content = std::fs::read(folder.join(name)).map_err(|e| format!("{name}: {e}"))?;
        let size = content.len() as u64;
        let special = matches!(name.as_str(), "cue.mod/module.cue" | "LICENSE");
        if size > left || (special && size > MAX_SPECIAL) {
            return Err(format!("{name}: module is too large"));
        }
        left -= size;
        let failed = |e: String| format!("{name}: {e}");
        zip.start_file(name.as_str(), options).map_err(|e| failed(e.to_string()))?;
        zip.write_all(&content).map_err(|e| failed(e.to_string()))?;
    }
    let bytes = zip.finish().map_err(|e| e.to_string())?.into_inner();
    if bytes.len() as u64 > MAX_ZIP { Err("module is too large".to_owned()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &[u8] = b"module: \"a.b@v0\"\n";

    fn zip(files: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&zip.finish().unwrap().into_inner()).unwrap();
        file
    }

    fn unpacked(files: &[(&str, &[u8])]) -> Result<Vec<String>, String> {
        let (zip, folder) = (zip(files), tempfile::tempdir().unwrap());
        unpack(zip.path(), &folder.path().join("m"), MODULE)?;
        Ok(files
            .iter()
            .map(|f| f.0.to_owned())
            .filter(|f| folder.path().join("m").join(f).exists())
            .collect())
    }

    #[test]
    fn paths_stay_inside() {
        let module: (&str, &[u8]) = ("cue.mod/module.cue", MODULE);
        assert_eq!(unpacked(&[module, ("a/b.cue", b"x: 1")]).unwrap().len(), 2);
        for bad in ["../x.cue", "/x.cue", "a/../../x.cue", "a\\b.cue", "C:x.cue", "a//b.cue", "x\0.cue"] {
            assert!(unpacked(&[module, (bad, b"x: 1")]).is_err(), "{bad}");
        }
        for bad in ["sub/cue.mod/module.cue", "cue.mod/local-module.cue", "CUE.mod/module.cue"] {
            assert!(unpacked(&[module, (bad, MODULE)]).is_err(), "{bad}");
        }
        assert!(unpacked(&[("a.cue", b"")]).is_err());
        assert!(unpacked(&[("cue.mod/module.cue", b"other")]).is_err());
    }

    #[test]
    fn damaged_archives_are_errors() {
        let whole = std::fs::read(zip(&[("cue.mod/module.cue", MODULE)]).path()).unwrap();
        for end in 0..whole.len() {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&whole[..end]).unwrap();
            let folder = tempfile::tempdir().unwrap();
            assert!(unpack(file.path(), &folder.path().join("m"), MODULE).is_err());
        }
    }

    #[test]
    fn packed_and_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("cue.mod")).unwrap();
        std::fs::write(folder.path().join("cue.mod/module.cue"), MODULE).unwrap();
        std::fs::write(folder.path().join("a.cue"), "a: 1").unwrap();
        let files = ["a.cue".to_owned(), "cue.mod/module.cue".to_owned()];
        let bytes = pack(folder.path(), &files).unwrap();
        assert_eq!(bytes, pack(folder.path(), &files).unwrap());
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        unpack(file.path(), &folder.path().join("out"), MODULE).unwrap();
        assert_eq!(std::fs::read(folder.path().join("out/a.cue")).unwrap(), b"a: 1");
    }
}
