//! Objects of one cluster against each other: what a server takes and what will not work. All are warnings: what is missing
//! here may be in the cluster already.

use std::collections::{BTreeSet, HashMap};

use vela_diagnostics::catalogue::kubernetes::{NO_SUCH_OBJECT, NO_SUCH_PORT, SELECTS_NOTHING, TWO_SCALERS};
use vela_diagnostics::{Severity, did_you_mean};
use vela_number::Number;
use vela_yaml::Data;

use crate::finding::{Finding, Findings, Node, Step};
use crate::rules::selector_matches;

/// ConfigMaps that every namespace has.
const EVERYWHERE: &[&str] = &["kube-root-ca.crt"];

/// An object and the way to it in messages.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// The object.
    pub object: &'a Data,
    /// Its namespace, where it names none itself.
    pub namespace: &'a str,
}

/// Checks the objects of one cluster; gives findings with the index of their object.
pub fn cross_check(objects: &[Placed]) -> Vec<(usize, Finding)> {
    let all: Vec<Entry> = objects.iter().enumerate().map(|(at, p)| Entry::new(at, *p)).collect();
    let mut set = Set::default();
    for entry in &all {
        set.add(entry);
    }
    let mut out = Vec::new();
    for entry in &all {
        let mut found = Findings::default();
        let root = Node::root(entry.object);
        match (entry.api, entry.kind) {
            ("v1", "Service") => set.service(entry, &root, &mut found),
            (_, "PodDisruptionBudget") => set.budget(entry, &root, &mut found),
            (_, "Ingress") => set.ingress(entry, &root, &mut found),
            (_, "HorizontalPodAutoscaler") => set.scaler(entry, &root, &mut found),
            _ => {}
        }
        if entry.pods.is_some() {
            set.references(entry, &root, &mut found);
        }
        out.extend(found.list.into_iter().map(|f| (entry.at, f)));
    }
    out
}

/// An object with what the others look at.
struct Entry<'a> {
    at: usize,
    object: &'a Data,
    api: &'a str,
    kind: &'a str,
    name: &'a str,
    namespace: &'a str,
    /// The way to the template of its Pods (`metadata` and `spec`).
    pods: Option<&'static [&'static str]>,
}

fn text<'a>(object: &'a Data, path: &[&str]) -> &'a str {
    object.at(path).and_then(Data::as_str).unwrap_or("")
}

impl<'a> Entry<'a> {
    fn new(at: usize, placed: Placed<'a>) -> Self {
        let object = placed.object;
        let kind = text(object, &["kind"]);
        let pods: Option<&'static [&'static str]> = match kind {
            "Pod" => Some(&[]),
            "CronJob" => Some(&["spec", "jobTemplate", "spec", "template"]),
            "Deployment"
            | "StatefulSet"
            | "DaemonSet"
            | "ReplicaSet"
            | "Job"
            | "ReplicationController"
            | "CloneSet"
            | "Rollout" => Some(&["spec", "template"]),
            _ => None,
        };
        let namespace = match text(object, &["metadata", "namespace"]) {
            "" => placed.namespace,
            own => own,
        };
        let (api, name) = (text(object, &["apiVersion"]), text(object, &["metadata", "name"]));
        Self { at, object, api, kind, name, namespace, pods }
    }

    fn template(&self) -> Option<&'a Data> {
        self.object.at(self.pods?)
    }

    fn labels(&self) -> Option<&'a Data> {
        self.template()?.at(&["metadata", "labels"])
    }
}

/// Objects by what others ask for, so that a set is checked in time linear in its size.
#[derive(Default)]
struct Set<'a> {
    /// Names by namespace and kind. What operators make of an object with its name counts as there.
    names: HashMap<(&'a str, &'a str), BTreeSet<&'a str>>,
    /// Workloads by namespace, kind and name.
    scaled: HashMap<(&'a str, &'a str, &'a str), &'a Entry<'a>>,
    /// The first autoscaler of each namespace, kind and name.
    scalers: HashMap<(&'a str, &'a str, &'a str), &'a Entry<'a>>,
    /// Workloads by namespace.
    workloads: HashMap<&'a str, Vec<&'a Entry<'a>>>,
    /// Workloads by namespace and one label of their Pods.
    labelled: HashMap<(&'a str, &'a str, &'a str), Vec<&'a Entry<'a>>>,
}

fn warn(out: &mut Findings, code: vela_diagnostics::Code, at: &Node, message: String, help: Option<String>) {
    out.push(code, Severity::Warning, at.path(), message, help);
}

impl<'a> Set<'a> {
    fn add(&mut self, entry: &'a Entry<'a>) {
        for kind in ["Secret", "ConfigMap"] {
            if entry.kind.ends_with(kind) && entry.kind != kind {
                self.names.entry((entry.namespace, kind)).or_default().insert(entry.name);
            }
        }
        self.names.entry((entry.namespace, entry.kind)).or_default().insert(entry.name);
        if entry.kind == "HorizontalPodAutoscaler" {
            let target = |field| text(entry.object, &["spec", "scaleTargetRef", field]);
            self.scalers.entry((entry.namespace, target("kind"), target("name"))).or_insert(entry);
        }
        if entry.pods.is_none() {
            return;
        }
        self.scaled.insert((entry.namespace, entry.kind, entry.name), entry);
        self.workloads.entry(entry.namespace).or_default().push(entry);
        for (key, value) in entry.labels().and_then(Data::as_map).unwrap_or_default() {
            let value = value.as_str().unwrap_or("");
            self.labelled.entry((entry.namespace, key, value)).or_default().push(entry);
        }
    }

    /// The workloads of the namespace that a selector selects; `None` where no Pod is rendered, and it says nothing.
    fn selected(&self, namespace: &str, selector: &Data) -> Option<Vec<&'a Entry<'a>>> {
        let all = self.workloads.get(namespace)?;
        let first = selector.get("matchLabels").and_then(Data::as_map).and_then(|l| l.first());
        let candidates = match first {
            None => all.as_slice(),
            Some((key, value)) => {
                let key = (namespace, &**key, value.as_str().unwrap_or(""));
                self.labelled.get(&key).map_or(&[][..], Vec::as_slice)
            }
        };
        Some(candidates.iter().copied().filter(|w| selector_matches(selector, w.labels())).collect())
    }

    fn service(&self, entry: &Entry, root: &Node, out: &mut Findings) {
        let Some(spec) = root.get("spec") else { return };
        let Some(selector) = spec.get("selector").filter(|s| s.value.as_map().is_some_and(|m| !m.is_empty()))
        else {
            return;
        };
        let wanted = Data::Map(vec![("matchLabels".into(), selector.value.clone())]);
        let Some(selected) = self.selected(entry.namespace, &wanted) else {
            return;
        };
        if selected.is_empty() {
            let message = format!("selects no Pod that is rendered for the namespace `{}`", entry.namespace);
            return warn(out, SELECTS_NOTHING, &selector, message, None);
        }
        for port in spec.get("ports").iter().flat_map(Node::items) {
            target_port(&port, &selected, out);
        }
    }

    fn budget(&self, entry: &Entry, root: &Node, out: &mut Findings) {
        let Some(spec) = root.get("spec") else { return };
        let Some(selector) = spec.get("selector") else { return };
        let selected = self.selected(entry.namespace, selector.value);
        if selected.is_some_and(|s| s.is_empty()) {
            let message = format!("selects no Pod that is rendered for the namespace `{}`", entry.namespace);
            warn(out, SELECTS_NOTHING, &selector, message, None);
        }
    }

    fn ingress(&self, entry: &Entry, root: &Node, out: &mut Findings) {
        let Some(spec) = root.get("spec") else { return };
        if let Some(service) = spec.get("defaultBackend").as_ref().and_then(|b| b.get("service")) {
            self.named(entry.namespace, "Service", &service, "name", out);
        }
        for rule in spec.get("rules").iter().flat_map(Node::items) {
            let Some(http) = rule.get("http") else { continue };
            for path in http.get("paths").iter().flat_map(Node::items) {
                if let Some(backend) = path.get("backend")
                    && let Some(service) = backend.get("service")
                {
                    self.named(entry.namespace, "Service", &service, "name", out);
                }
            }
        }
    }

    fn scaler(&self, entry: &Entry, root: &Node, out: &mut Findings) {
        let Some(spec) = root.get("spec") else { return };
        let Some(target) = spec.get("scaleTargetRef") else { return };
        let (kind, name) = (target.text("kind"), target.text("name"));
        let twin = self.scalers.get(&(entry.namespace, kind, name)).filter(|other| other.at < entry.at);
        if let Some(twin) = twin {
            let message =
                format!("is {kind} `{name}`, which HorizontalPodAutoscaler `{}` scales too", twin.name);
            warn(out, TWO_SCALERS, &target, message, None);
        }
        let found = self.scaled.get(&(entry.namespace, kind, name));
        let replicas = found.and_then(|w| w.object.at(&["spec", "replicas"])?.as_num());
        if let Some(n) = replicas.and_then(Number::to_i64) {
            let message = format!("is {kind} `{name}`, which has `replicas: {n}` of its own");
            let help = "leave the number of replicas to the autoscaler".to_owned();
            warn(out, TWO_SCALERS, &target, message, Some(help));
        }
    }

    /// What the Pods of a workload refer to by name.
    fn references(&self, entry: &Entry, root: &Node, out: &mut Findings) {
        // One step after the other, each borrowing from the one before.
        fn walk(set: &Set, entry: &Entry, at: &Node, way: &[&str], out: &mut Findings) {
            match way.split_first() {
                None => set.pod(entry, at, out),
                Some((step, rest)) => {
                    if let Some(next) = at.get(step) {
                        walk(set, entry, &next, rest, out);
                    }
                }
            }
        }
        let mut way = entry.pods.unwrap_or_default().to_vec();
        way.push("spec");
        walk(self, entry, root, &way, out);
    }

    fn pod(&self, entry: &Entry, spec: &Node, out: &mut Findings) {
        let namespace = entry.namespace;
        for volume in spec.get("volumes").iter().flat_map(Node::items) {
            for (source, kind, field) in [
                ("configMap", "ConfigMap", "name"),
                ("secret", "Secret", "secretName"),
                ("persistentVolumeClaim", "PersistentVolumeClaim", "claimName"),
            ] {
                if let Some(source) = volume.get(source) {
                    self.named(namespace, kind, &source, field, out);
                }
            }
        }
        for list in ["initContainers", "containers"] {
            for container in spec.get(list).iter().flat_map(Node::items) {
                for variable in container.get("env").iter().flat_map(Node::items) {
                    let Some(from) = variable.get("valueFrom") else { continue };
                    for (source, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
                        if let Some(source) = from.get(source) {
                            self.named(namespace, kind, &source, "name", out);
                        }
                    }
                }
                for from in container.get("envFrom").iter().flat_map(Node::items) {
                    for (source, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
                        if let Some(source) = from.get(source) {
                            self.named(namespace, kind, &source, "name", out);
                        }
                    }
                }
            }
        }
        if spec.text("serviceAccountName") != "default" {
            self.named(namespace, "ServiceAccount", spec, "serviceAccountName", out);
        }
    }

    /// A name of an object of the namespace.
    fn named(&self, namespace: &str, kind: &str, at: &Node, field: &str, out: &mut Findings) {
        let name = at.text(field);
        if name.is_empty() || at.flag("optional") == Some(true) || EVERYWHERE.contains(&name) {
            return;
        }
        let known = self.names.get(&(namespace, kind));
        if known.is_some_and(|k| k.contains(name)) {
            return;
        }
        let mut path = at.path();
        path.push(Step::Name(field.into()));
        let message = format!("{kind} `{name}` is not rendered for the namespace `{namespace}`");
        let near = did_you_mean(name, known.into_iter().flatten().copied().take(NEAREST));
        out.push(NO_SUCH_OBJECT, Severity::Warning, path, message, near);
    }
}

/// Names among which a near one is looked for.
const NEAREST: usize = 200;

/// The port that a Service leads to, among those of the selected containers.
fn target_port(port: &Node, selected: &[&Entry], out: &mut Findings) {
    let mut ports = Vec::new();
    for workload in selected {
        let spec = workload.template().and_then(|t| t.get("spec"));
        for list in ["containers", "initContainers"] {
            let containers = spec.and_then(|s| s.get(list)).and_then(Data::as_list).unwrap_or_default();
            for container in containers {
                ports.extend(container.get("ports").and_then(Data::as_list).unwrap_or_default());
            }
        }
    }
    let name = port.text("targetPort");
    if !name.is_empty() {
        let mut known: Vec<&str> = ports.iter().filter_map(|p| p.get("name")?.as_str()).collect();
        if known.contains(&name) {
            return;
        }
        known.sort_unstable();
        let message = format!("no container of the selected Pods has a port `{name}`");
        let mut path = port.path();
        path.push(Step::Name("targetPort".into()));
        return out.push(NO_SUCH_PORT, Severity::Warning, path, message, did_you_mean(name, known));
    }
    let wanted = port.int("targetPort").filter(|n| *n != 0).or(port.int("port"));
    let numbers: Vec<i64> =
        ports.iter().filter_map(|p| Number::to_i64(p.get("containerPort")?.as_num()?)).collect();
    // Containers may listen on ports that they do not list; those that list some are taken at their word.
    if let Some(n) = wanted.filter(|n| !numbers.is_empty() && !numbers.contains(n)) {
        let shown: Vec<String> = numbers.iter().map(i64::to_string).collect();
        let message = format!("the selected Pods do not list port {n}: {}", shown.join(", "));
        warn(out, NO_SUCH_PORT, port, message, None);
    }
}
