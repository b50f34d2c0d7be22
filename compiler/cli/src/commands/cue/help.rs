//! `cue help`: what a command does, and topics that several commands share.

use clap::Args;

use super::session::{Step, fail, status};
use crate::status::Status;
use crate::{args, files};

/// Arguments.
#[derive(Debug, Args)]
pub struct Help {
    /// A command, with its subcommand, or a topic.
    #[arg(value_name = "COMMAND or TOPIC")]
    words: Vec<String>,
}

/// A topic: its name, what it is in a few words, its text.
struct Topic(&'static str, &'static str, &'static str);

const TOPICS: &[Topic] = &[
    Topic("commands", "user-defined commands", include_str!("help/commands.txt")),
    Topic("embed", "data files in CUE files", include_str!("help/embed.txt")),
    Topic("environment", "environment variables", include_str!("help/environment.txt")),
    Topic("experiments", "switches of files and of the environment", include_str!("help/experiments.txt")),
    Topic("filetypes", "forms of files, and qualifiers", include_str!("help/filetypes.txt")),
    Topic("flags", "options that several commands share", include_str!("help/flags.txt")),
    Topic("injection", "values from the command line", include_str!("help/injection.txt")),
    Topic("inputs", "packages, patterns and files", include_str!("help/inputs.txt")),
    Topic("modules", "modules and their dependencies", include_str!("help/modules.txt")),
    Topic("registryconfig", "registries of modules", include_str!("help/registryconfig.txt")),
];

/// Runs the command.
pub fn run(command: &Help) -> Status {
    status(run_steps(command))
}

fn run_steps(command: &Help) -> Step<()> {
    let text = match &command.words[..] {
        [] => overview(),
        [word] if TOPICS.iter().any(|t| t.0 == word) => {
            TOPICS.iter().find(|t| t.0 == word).map_or_else(String::new, |t| t.2.to_owned())
        }
        words => of_command(words)?,
    };
    files::print(text.as_bytes()).map_err(|e| fail(&format!("cannot write standard output: {e}")))
}

/// What there is.
pub fn overview() -> String {
    let mut out = args::cue_tree().render_help().to_string();
    out.push_str("\nTopics (cue help TOPIC):\n");
    for Topic(name, about, _) in TOPICS {
        out.push_str(&format!("  {name:<15} {about}\n"));
    }
    out
}

fn of_command(words: &[String]) -> Step<String> {
    let mut tree = args::cue_tree();
    tree.build();
    let mut at = &mut tree;
    for word in words {
        match at.find_subcommand_mut(word) {
            Some(inner) => at = inner,
            None => return Err(fail(&format!("Unknown help topic: {}", words.join(" ")))),
        }
    }
    Ok(at.render_long_help().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_and_command_has_a_text() {
        for Topic(name, _, text) in TOPICS {
            assert!(
                text.len() > 100 && text.ends_with('\n') && text.lines().all(|l| l.len() <= 100),
                "{name}"
            );
        }
        for command in ["def", "mod", "completion"] {
            assert!(of_command(&[command.to_owned()]).unwrap().contains("Usage: cue"), "{command}");
        }
        assert!(of_command(&["mod".to_owned(), "get".to_owned()]).unwrap().contains("cue mod get"));
        assert!(overview().contains("registryconfig"));
    }
}
