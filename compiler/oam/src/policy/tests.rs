//! Overrides, replications and topologies on small components.

use std::sync::Arc;

use super::{overriding, replication, topology};
use crate::application::{Component, Policy, Trait};
use crate::data::Value;
use crate::inventory::{Cluster, Inventory, Version};
use crate::metadata::texts;

fn value(yaml: &str) -> Value {
    vela_yaml::parse(yaml).docs[0].to_data()
}

fn component(name: &str, kind: &str, properties: &str, traits: &[(&str, &str)]) -> Component {
    Component {
        name: name.into(),
        kind: kind.into(),
        properties: Some(value(properties)),
        traits: traits
            .iter()
            .map(|(kind, properties)| Trait {
                kind: (*kind).into(),
                properties: Some(value(properties)),
                origin: Vec::new(),
            })
            .collect(),
        depends_on: Vec::new(),
        inputs: None,
        outputs: None,
        external_revision: "".into(),
        replica_key: None,
        origin: Vec::new(),
    }
}

fn policy(kind: &str, properties: &str) -> Policy {
    Policy { name: "p".into(), kind: kind.into(), properties: Some(value(properties)), origin: Vec::new() }
}

/// Each component as `name:type:properties[traits]`.
fn overridden(components: Vec<Component>, properties: &str) -> Result<Vec<String>, String> {
    let json = |v: &Option<Value>| {
        v.as_ref().map_or_else(String::new, |v| vela_yaml::to_json(v, vela_yaml::JsonStyle::COMPACT))
    };
    let policies = [policy("override", properties)];
    let result = overriding::apply(&policies, components).map_err(|f| f.message)?;
    Ok(result
        .iter()
        .map(|c| {
            let traits: Vec<String> =
                c.traits.iter().map(|t| format!("{}{}", t.kind, json(&t.properties))).collect();
            format!("{}:{}:{}{}", c.name, c.kind, json(&c.properties), traits.concat())
        })
        .collect())
}

#[test]
fn override_merges_deeply_and_replaces_lists() {
    let one = || vec![component("one", "web", "{a: {b: 1, c: [1, 2]}, d: true}", &[])];
    assert_eq!(
        overridden(one(), "{components: [{name: one, properties: {a: {c: [], e: null}, d: false}}]}")
            .unwrap(),
        [r#"one:web:{"a":{"b":1,"c":[],"e":null},"d":false}"#]
    );
    assert_eq!(overridden(one(), "{selector: []}").unwrap(), [""; 0]);
    assert!(overridden(one(), "{componentz: []}").unwrap_err().contains("did you mean `components`?"));
}

#[test]
fn override_names_are_unanchored_patterns() {
    let both = || vec![component("one", "web", "{}", &[]), component("alone", "web", "{}", &[])];
    assert_eq!(
        overridden(both(), "{components: [{name: one, properties: {x: 1}}]}").unwrap(),
        [r#"one:web:{"x":1}"#, r#"alone:web:{"x":1}"#]
    );
    assert_eq!(
        overridden(both(), "{components: [{name: 'z*', type: job}]}").unwrap(),
        ["one:web:{}", "alone:web:{}", "z*:job:"]
    );
    assert_eq!(
        overridden(both(), "{components: [{name: '12', type: job}]}").unwrap(),
        ["one:web:{}", "alone:web:{}"]
    );
    assert_eq!(
        overridden(both(), "{components: [{name: alone, type: job, properties: {y: 2}}], selector: [alone]}")
            .unwrap(),
        [r#"alone:job:{"y":2}"#]
    );
}

#[test]
fn override_finds_traits_by_type() {
    let twice = || vec![component("one", "web", "{}", &[("a", "{x: 1}"), ("b", "{}"), ("a", "{x: 2}")])];
    assert_eq!(
        overridden(twice(), "{components: [{properties: {p: 1}}]}").unwrap(),
        [r#"one:web:{"p":1}a{"x":2}b{}a{"x":2}"#]
    );
    assert_eq!(
        overridden(twice(), "{components: [{traits: [{type: a, disable: true}, {type: c}]}]}").unwrap(),
        ["one:web:{}b{}c"]
    );
}

#[test]
fn replication_puts_copies_last() {
    let components = vec![component("one", "web", "{}", &[]), component("two", "web", "{}", &[])];
    let run = |properties: &str| {
        let result = replication::replicate(&[policy("replication", properties)], components.clone());
        result.map(|all| {
            let shown = all.iter().map(|c| format!("{}/{}", c.name, c.replica_key.as_deref().unwrap_or("-")));
            shown.collect::<Vec<_>>().join(" ")
        })
    };
    assert_eq!(run("{keys: [a, b], selector: [one]}").unwrap(), "two/- one/a one/b");
    assert_eq!(run("{keys: [], selector: [one]}").unwrap(), "two/-");
    assert!(run("{keys: [a], selector: [none]}").unwrap_err().message.contains("selects no component"));
}

#[test]
fn topology_by_name_and_label() {
    let cluster = |name: &str, region: &str| Cluster {
        name: name.into(),
        labels: texts([("region", region)]),
        version: None,
    };
    let inventory = Inventory::new(
        Version::default(),
        [cluster("us-1", "us"), cluster("eu-2", "eu"), cluster("eu-1", "eu")],
    );
    let run = |properties: &str| {
        let result = topology::placements(&[policy("topology", properties)], &inventory);
        result.map(|all| {
            let shown: Vec<String> = all.iter().map(|p| format!("{}/{}", p.cluster, p.namespace)).collect();
            shown.join(" ")
        })
    };
    assert_eq!(run("{clusters: [us-1, eu-1, us-1]}").unwrap(), "us-1/ eu-1/");
    assert_eq!(run("{clusterLabelSelector: {region: eu}, namespace: x}").unwrap(), "eu-1/x eu-2/x");
    assert_eq!(run("{clusterLabelSelector: {}}").unwrap(), "local/ eu-1/ eu-2/ us-1/");
    assert_eq!(run("{namespace: x}").unwrap(), "local/x");
    assert_eq!(run("{clusters: []}").unwrap(), "");
    assert_eq!(run("{clusterLabelSelector: {region: as}, allowEmpty: true}").unwrap(), "");
    assert!(run("{clusterLabelSelector: {region: as}}").unwrap_err().cluster);
    let error = run("{clusters: [eu-3]}").unwrap_err();
    assert!(error.message.contains("did you mean"), "{}", error.message);
    let none: Arc<str> = "local".into();
    assert_eq!(topology::placements(&[], &inventory).unwrap()[0].cluster, none);
}
