//! The code blocks of a Markdown page, with the heading above and the line where each begins.

/// A fenced code block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The first word after the fence: `cue`, `yaml`, `console`, …
    pub language: String,
    /// The second word: a file name or a role.
    pub name: String,
    /// The text between the fences.
    pub text: String,
    /// The nearest heading above.
    pub heading: String,
    /// Line of the opening fence, from 1.
    pub line: usize,
}

/// All fenced code blocks of `page`, in order.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut heading = String::new();
    let mut open: Option<(usize, Block)> = None;
    for (at, line) in page.lines().enumerate() {
        let fence = line.bytes().take_while(|b| *b == b'`').count();
        match &mut open {
            Some((width, block)) => {
                if fence >= *width && line.trim_end().len() == fence {
                    blocks.extend(open.take().map(|(_, block)| block));
                } else {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
            }
            None if fence >= 3 => {
                let mut words = line[fence..].split_whitespace().map(str::to_owned);
                let language = words.next().unwrap_or_default();
                let name = words.next().unwrap_or_default();
                let block =
                    Block { language, name, text: String::new(), heading: heading.clone(), line: at + 1 };
                open = Some((fence, block));
            }
            None => {
                if let Some(text) = line.strip_prefix('#') {
                    text.trim_start_matches('#').trim().clone_into(&mut heading);
                }
            }
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn fences_headings_and_names() {
        let page = "# A\n```cue x.cue\na: 1\n```\n## B c\n````yaml\n```\n````\n```text\nnever closed\n";
        let found = blocks(page);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].heading.as_str(), found[0].name.as_str(), found[0].line), ("A", "x.cue", 2));
        assert_eq!((found[1].heading.as_str(), found[1].text.as_str()), ("B c", "```\n"));
    }
}
