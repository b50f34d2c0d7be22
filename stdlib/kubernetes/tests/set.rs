//! Objects against each other: what a server takes and what will not work.

use vela_kubernetes::{Placed, cross_check, shown};

/// `index code path` of every finding in the documents of a text.
fn found(text: &str) -> Vec<String> {
    let parsed = vela_yaml::parse(text);
    assert!(parsed.faults.is_empty(), "{text}");
    let objects: Vec<_> = parsed.docs.iter().map(vela_yaml::Doc::to_data).collect();
    let set: Vec<Placed> = objects.iter().map(|object| Placed { object, namespace: "default" }).collect();
    cross_check(&set).iter().map(|(at, f)| format!("{at} {} {}", f.code, shown(&f.path))).collect()
}

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: web, tier: front}}
    spec: {containers: [{name: web, ports: [{name: http, containerPort: 80}], envFrom: [{configMapRef: {name: web}}]}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
---
";

#[test]
fn selectors_and_ports() {
    let service = |selector: &str, port: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec: {{selector: {selector}, ports: [{port}]}}\n"
        );
        found(&format!("{WEB}{text}"))
    };
    let none: [&str; 0] = [];
    assert_eq!(service("{app: web}", "{port: 8080, targetPort: http}"), none);
    assert_eq!(service("{app: web}", "{port: 80}"), none);
    assert_eq!(service("{app: web, tier: back}", "{port: 80}"), ["2 E0820 spec.selector"]);
    assert_eq!(service("{app: web}", "{port: 80, targetPort: htpt}"), ["2 E0821 spec.ports[0].targetPort"]);
    assert_eq!(service("{app: web}", "{port: 81}"), ["2 E0821 spec.ports[0]"]);
    // Without any Pod in the namespace a selector says nothing.
    let alone = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: {app: x}}\n";
    assert_eq!(found(alone), none);
    let elsewhere = alone.replace("{name: a}", "{name: a, namespace: other}");
    assert_eq!(found(&format!("{WEB}{elsewhere}")), none);
}

#[test]
fn references() {
    let pod = |spec: &str| {
        let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {spec}\n");
        found(&format!("{WEB}{text}"))
    };
    let none: [&str; 0] = [];
    assert_eq!(pod("{volumes: [{name: a, configMap: {name: web}}]}"), none);
    assert_eq!(
        pod("{volumes: [{name: a, configMap: {name: wbe}}]}"),
        ["2 E0822 spec.volumes[0].configMap.name"]
    );
    assert_eq!(pod("{volumes: [{name: a, secret: {secretName: x, optional: true}}]}"), none);
    assert_eq!(pod("{serviceAccountName: default}"), none);
    assert_eq!(pod("{serviceAccountName: robot}"), ["2 E0822 spec.serviceAccountName"]);
    // An operator makes the Secret from its object.
    let made = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: key}\n---\n\
                apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{envFrom: [{secretRef: {name: key}}]}]}\n";
    assert_eq!(found(made), none);
}

#[test]
fn scalers() {
    let scaler = |name: &str| {
        format!(
            "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: {name}}}\n\
             spec: {{scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}}}\n---\n"
        )
    };
    let own = format!("{WEB}{}", scaler("a"));
    assert_eq!(found(&own), ["2 E0824 spec.scaleTargetRef"]);
    let two = format!("{}{}{}", WEB.replace("  replicas: 2\n", ""), scaler("a"), scaler("b"));
    assert_eq!(found(&two), ["3 E0824 spec.scaleTargetRef"]);
}
