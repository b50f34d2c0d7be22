//! `--plan`: the order of a deployment as a table or as a graph of Graphviz.

use std::fmt::Write as _;

use vela_oam::build::{BuildResult, Built};
use vela_oam::overview::{Does, Overview, Place, Row};

/// What stands in a cell that has nothing to say.
const NOTHING: &str = "-";

/// The headings, in order.
const HEADINGS: [&str; 6] = ["STEP", "KIND", "WAITS FOR", "CLUSTER", "NAMESPACE", "OBJECTS"];

/// The overview of one Application's deployment; `None` where there is none.
pub fn overview(built: &Built, steps: &[String], clusters: &[String]) -> Option<(String, Overview)> {
    let BuildResult::Deploy(Ok(plan), _) = &built.result else { return None };
    let name = format!("{}/{}", built.namespace, built.name);
    Some((name, Overview::new(plan, steps, clusters)))
}

/// One table an Application.
pub fn table(all: &[(String, Overview)]) -> String {
    let mut out = String::new();
    for (n, (name, overview)) in all.iter().enumerate() {
        if n > 0 {
            out.push('\n');
        }
        let how = |one_by_one| if one_by_one { "one after another" } else { "as soon as they can" };
        let _ = write!(out, "Application {name}: steps run {}", how(overview.one_by_one));
        let nested = overview.steps.iter().any(|s| s.number.len() > 1);
        if nested && overview.one_by_one != overview.inner_one_by_one {
            let _ = write!(out, ", those of a group {}", how(overview.inner_one_by_one));
        }
        out.push('\n');
        write_lines(&lines(overview), &mut out);
    }
    out
}

type Line = [String; 6];

fn lines(overview: &Overview) -> Vec<Line> {
    let mut lines = vec![HEADINGS.map(str::to_owned)];
    for row in &overview.steps {
        let places = match &row.does {
            Does::Applies(places) if !places.is_empty() => places.as_slice(),
            _ => &[],
        };
        let (cluster, namespace, objects) =
            places.first().map_or_else(|| (NOTHING.to_owned(), NOTHING.to_owned(), said(&row.does)), cells);
        let waits: Vec<&str> = row.waits_for.iter().map(|w| &*w.name).collect();
        let mut what = objects;
        if !row.condition.is_empty() {
            what = format!("if {}: {what}", row.condition);
        }
        let waits = if waits.is_empty() { NOTHING.to_owned() } else { waits.join(", ") };
        lines.push([title(row), row.kind.to_string(), waits, cluster, namespace, what]);
        for place in places.iter().skip(1) {
            let (cluster, namespace, objects) = cells(place);
            lines.push([String::new(), String::new(), String::new(), cluster, namespace, objects]);
        }
    }
    if !overview.policies.is_empty() {
        let objects = overview.policies.join(", ");
        let empty = || NOTHING.to_owned();
        lines.push([empty(), "(policies)".to_owned(), empty(), "local".to_owned(), empty(), objects]);
    }
    lines
}

fn title(row: &Row) -> String {
    let number: Vec<String> = row.number.iter().map(usize::to_string).collect();
    format!("{}{} {}", "  ".repeat(row.number.len() - 1), number.join("."), row.name)
}

fn cells(place: &Place) -> (String, String, String) {
    let namespace = if place.namespace.is_empty() { NOTHING } else { &place.namespace };
    let clusters: Vec<&str> = place.clusters.iter().map(|c| &**c).collect();
    (clusters.join(", "), namespace.to_owned(), objects(place))
}

fn objects(place: &Place) -> String {
    if place.objects.is_empty() { "nothing".to_owned() } else { place.objects.join(", ") }
}

/// What a step does that applies nothing.
fn said(does: &Does) -> String {
    match does {
        Does::Applies(_) => "nothing".to_owned(),
        Does::Group => "(group)".to_owned(),
        Does::Waits(None) => "(waits for an approval)".to_owned(),
        Does::Waits(Some(time)) => format!("(waits {time})"),
        Does::Runs => "(acts when it runs)".to_owned(),
        Does::Fails(why) => format!("(fails: {})", why.lines().next().unwrap_or("")),
    }
}

fn write_lines(lines: &[Line], out: &mut String) {
    let widths: Vec<usize> = (0..HEADINGS.len() - 1)
        .map(|c| lines.iter().map(|l| l[c].chars().count()).max().unwrap_or(0))
        .collect();
    for line in lines {
        let mut text = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            let _ = write!(text, "{cell:width$}  ");
        }
        text.push_str(&line[HEADINGS.len() - 1]);
        out.push_str(text.trim_end());
        out.push('\n');
    }
}

/// All Applications as one graph: a node a step, an edge from what is waited for.
pub fn dot(all: &[(String, Overview)]) -> String {
    let mut out = String::from("digraph plan {\n\trankdir=LR\n\tnode [shape=box]\n");
    for (n, (name, overview)) in all.iter().enumerate() {
        let _ = writeln!(out, "\tsubgraph cluster_{n} {{\n\t\tlabel={}", quoted(name));
        for (i, row) in overview.steps.iter().enumerate() {
            let shape = match row.does {
                Does::Group => ", shape=folder",
                Does::Waits(_) => ", shape=octagon",
                Does::Runs => ", style=dashed",
                Does::Applies(_) | Does::Fails(_) => "",
            };
            let _ = writeln!(out, "\t\ta{n}s{i} [label={}{shape}]", quoted(&label(row)));
        }
        if !overview.policies.is_empty() {
            let text = format!("policies\nlocal: {}", overview.policies.join(", "));
            let _ = writeln!(out, "\t\ta{n}p [label={}]", quoted(&text));
        }
        out.push_str("\t}\n");
        edges(n, overview, &mut out);
    }
    out.push_str("}\n");
    out
}

fn label(row: &Row) -> String {
    let mut text = format!("{}\n{}", row.name, row.kind);
    if !row.condition.is_empty() {
        let _ = write!(text, "\nif {}", row.condition);
    }
    match &row.does {
        Does::Applies(places) if !places.is_empty() => {
            for place in places {
                let (clusters, namespace, objects) = cells(place);
                let at = if namespace == NOTHING { clusters } else { format!("{clusters} / {namespace}") };
                let _ = write!(text, "\n{at}: {objects}");
            }
        }
        Does::Group => {}
        other => {
            let _ = write!(text, "\n{}", said(other));
        }
    }
    text
}

fn edges(n: usize, overview: &Overview, out: &mut String) {
    let mut unknown: Vec<&str> = Vec::new();
    for (i, row) in overview.steps.iter().enumerate() {
        for wait in &row.waits_for {
            match wait.step {
                Some(from) => {
                    let _ = writeln!(out, "\ta{n}s{from} -> a{n}s{i}");
                }
                None => {
                    let at = unknown.iter().position(|u| **u == *wait.name).unwrap_or_else(|| {
                        let _ = writeln!(
                            out,
                            "\ta{n}u{} [label={}, style=dotted]",
                            unknown.len(),
                            quoted(&wait.name)
                        );
                        unknown.push(&wait.name);
                        unknown.len() - 1
                    });
                    let _ = writeln!(out, "\ta{n}u{at} -> a{n}s{i}");
                }
            }
        }
        // Steps of a group hang below it.
        if row.number.len() > 1 {
            let above = &row.number[..row.number.len() - 1];
            if let Some(group) = overview.steps.iter().position(|s| s.number == above) {
                let _ = writeln!(out, "\ta{n}s{group} -> a{n}s{i} [style=dotted, arrowhead=none]");
            }
        }
    }
}

/// A string of the graph language: quotes and backslashes escaped, lines broken, nothing else that a reader could
/// take for its own.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_graph_are_escaped() {
        assert_eq!(quoted("a\"b\\c\nd\te"), "\"a\\\"b\\\\c\\nd e\"");
        let wait = vela_oam::overview::Wait { step: None, name: "x\"y".into() };
        let row = Row {
            number: vec![1],
            name: "a -> b".into(),
            kind: "suspend".into(),
            waits_for: vec![wait],
            condition: "".into(),
            does: Does::Waits(Some("1h".into())),
        };
        let overview = Overview { steps: vec![row], ..Overview::default() };
        let text = dot(&[("default/app".to_owned(), overview)]);
        let expected = "digraph plan {\n\trankdir=LR\n\tnode [shape=box]\n\tsubgraph cluster_0 {\n\t\tlabel=\"default/app\"\n\t\ta0s0 [label=\"a -> b\\nsuspend\\n(waits 1h)\", shape=octagon]\n\t}\n\ta0u0 [label=\"x\\\"y\", style=dotted]\n\ta0u0 -> a0s0\n}\n";
        assert_eq!(text, expected);
    }
}
