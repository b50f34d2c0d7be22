//! The txtar archive format: a free comment, then files, each after a line `-- name --`.

/// One archive: the comment before the first file, and the files in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Archive {
    /// Text before the first file.
    pub comment: String,
    /// Name and content of each file, in order.
    pub files: Vec<(String, String)>,
}

impl Archive {
    /// Parses `text`. Every text is an archive: without a marker it is all comment.
    pub fn parse(text: &str) -> Self {
        let mut archive = Archive::default();
        for line in text.split_inclusive('\n') {
            if let Some(name) = marker(line) {
                archive.files.push((name.to_owned(), String::new()));
                continue;
            }
            match archive.files.last_mut() {
                Some((_, body)) => body.push_str(line),
                None => archive.comment.push_str(line),
            }
        }
        for (_, body) in &mut archive.files {
            if !body.is_empty() && !body.ends_with('\n') {
                body.push('\n');
            }
        }
        archive
    }

    /// The content of the file `name`.
    pub fn file(&self, name: &str) -> Option<&str> {
        self.files.iter().find(|(n, _)| n == name).map(|(_, body)| body.as_str())
    }
}

/// The file name in a marker line, `-- name --`.
fn marker(line: &str) -> Option<&str> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let name = line.strip_prefix("-- ")?.strip_suffix(" --")?.trim();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::Archive;

    #[test]
    fn files_and_comment() {
        let archive = Archive::parse("about\n-- a.cue --\nx: 1\n-- d/b --\ny");
        assert_eq!(archive.comment, "about\n");
        assert_eq!(archive.file("a.cue"), Some("x: 1\n"));
        assert_eq!(archive.file("d/b"), Some("y\n"));
        assert_eq!(archive.file("c"), None);
    }
}
