//! Workloads that make Pods: Deployments, StatefulSets, DaemonSets, Jobs and their kin, and budgets for disruptions.

use vela_diagnostics::catalogue::kubernetes::{EXCLUDED, INVALID_VALUE, MISSING_FIELD};
use vela_number::Number;
use vela_yaml::Data;

use super::{meta, pod, storage};
use crate::cron;
use crate::finding::{Findings, Node};
use crate::syntax;

/// What Pods of services do when they end.
const ALWAYS: &[&str] = &["Always"];

/// A Deployment's `spec`.
pub fn deployment(spec: &Node, out: &mut Findings) {
    for field in ["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"] {
        out.at_least(spec, field, 0);
    }
    let ready = spec.int("minReadySeconds").unwrap_or(0);
    let deadline = spec.int("progressDeadlineSeconds").unwrap_or(600);
    if deadline <= ready && deadline != i64::from(i32::MAX) {
        let message = format!("is {ready}, and has to be less than `progressDeadlineSeconds`, {deadline}");
        out.error_in(INVALID_VALUE, spec, "minReadySeconds", message);
    }
    meta::own_selector(spec, out);
    if let Some(strategy) = spec.get("strategy") {
        out.one_of(&strategy, "type", &["RollingUpdate", "Recreate"]);
        update(&strategy, "RollingUpdate", out);
        if let Some(rolling) = strategy.get("rollingUpdate") {
            let unavailable = share(&rolling, "maxUnavailable", true, out);
            let surge = share(&rolling, "maxSurge", false, out);
            if unavailable == Some(0) && surge == Some(0) {
                let message = "is 0 like `maxSurge`: the update could not begin";
                out.error_in(INVALID_VALUE, &rolling, "maxUnavailable", message);
            }
        }
    }
    pod::template(spec, &[], ALWAYS, out);
}

/// `rollingUpdate` only beside the type that has one.
fn update(strategy: &Node, rolling: &str, out: &mut Findings) {
    let kind = strategy.text("type");
    if strategy.has("rollingUpdate") && !kind.is_empty() && kind != rolling {
        out.error_in(EXCLUDED, strategy, "rollingUpdate", format!("is there, and `type: {kind}` takes none"));
    }
}

/// A number or a percentage; gives it.
fn share(at: &Node, field: &str, of_all: bool, out: &mut Findings) -> Option<i64> {
    let n = match at.value.get(field)? {
        Data::Num(n) => Number::to_i64(n)?,
        Data::Str(text) => match syntax::percent(text) {
            Some(n) if of_all && n > 100 => {
                out.error_in(INVALID_VALUE, at, field, format!("is {text}, and cannot be more than 100%"));
                n
            }
            Some(n) => n,
            None => {
                out.error_in(
                    INVALID_VALUE,
                    at,
                    field,
                    format!("is `{text}`: a number or a percentage such as `25%`"),
                );
                return None;
            }
        },
        _ => return None,
    };
    if n < 0 {
        out.error_in(INVALID_VALUE, at, field, format!("is {n}, and cannot be negative"));
    }
    Some(n)
}

/// A StatefulSet's `spec`.
pub fn stateful_set(spec: &Node, out: &mut Findings) {
    for field in ["replicas", "minReadySeconds"] {
        out.at_least(spec, field, 0);
    }
    out.form(spec, "serviceName", if out.minor >= 33 { syntax::dns_label } else { syntax::dns_subdomain });
    out.one_of(spec, "podManagementPolicy", &["OrderedReady", "Parallel"]);
    meta::own_selector(spec, out);
    if let Some(strategy) = spec.get("updateStrategy") {
        out.one_of(&strategy, "type", &["RollingUpdate", "OnDelete"]);
        update(&strategy, "RollingUpdate", out);
        if let Some(rolling) = strategy.get("rollingUpdate") {
            out.at_least(&rolling, "partition", 0);
            if share(&rolling, "maxUnavailable", true, out) == Some(0) {
                out.error_in(INVALID_VALUE, &rolling, "maxUnavailable", "cannot be 0");
            }
        }
    }
    if let Some(policy) = spec.get("persistentVolumeClaimRetentionPolicy") {
        out.one_of(&policy, "whenDeleted", &["Retain", "Delete"]);
        out.one_of(&policy, "whenScaled", &["Retain", "Delete"]);
    }
    if let Some(ordinals) = spec.get("ordinals") {
        out.at_least(&ordinals, "start", 0);
    }
    let mut claims = Vec::new();
    let templates = spec.value.get("volumeClaimTemplates").and_then(Data::as_list).unwrap_or_default();
    claims.extend(templates.iter().filter_map(|t| t.at(&["metadata", "name"])?.as_str()));
    // Servers before 1.34 look at the claims when they make them.
    if out.minor >= 34 {
        for template in spec.get("volumeClaimTemplates").iter().flat_map(Node::items) {
            match template.get("metadata") {
                Some(metadata) if metadata.filled("name") => out.form(&metadata, "name", syntax::dns_label),
                _ => out.error_in(MISSING_FIELD, &template, "metadata", "has no `name`"),
            }
            match template.get("spec") {
                Some(claim) => storage::claim(&claim, out),
                None => {
                    out.required(&template, "spec");
                }
            }
        }
    }
    pod::template(spec, &claims, ALWAYS, out);
}

/// A DaemonSet's `spec`.
pub fn daemon_set(spec: &Node, out: &mut Findings) {
    for field in ["minReadySeconds", "revisionHistoryLimit"] {
        out.at_least(spec, field, 0);
    }
    meta::own_selector(spec, out);
    if let Some(strategy) = spec.get("updateStrategy") {
        out.one_of(&strategy, "type", &["RollingUpdate", "OnDelete"]);
        if let Some(rolling) = strategy.get("rollingUpdate")
            && strategy.text("type") != "OnDelete"
        {
            let unavailable = share(&rolling, "maxUnavailable", true, out);
            let surge = share(&rolling, "maxSurge", true, out);
            if unavailable == Some(0) && surge.unwrap_or(0) == 0 {
                out.error_in(
                    INVALID_VALUE,
                    &rolling,
                    "maxUnavailable",
                    "is 0 like `maxSurge`: no update could begin",
                );
            }
            if unavailable.unwrap_or(1) != 0 && surge.unwrap_or(0) != 0 {
                let message = "is there, and needs `maxUnavailable: 0`";
                out.error_in(EXCLUDED, &rolling, "maxSurge", message);
            }
        }
    }
    pod::template(spec, &[], ALWAYS, out);
}

/// A ReplicaSet's `spec`.
pub fn replica_set(spec: &Node, out: &mut Findings) {
    for field in ["replicas", "minReadySeconds"] {
        out.at_least(spec, field, 0);
    }
    meta::own_selector(spec, out);
    pod::template(spec, &[], ALWAYS, out);
}

/// A ReplicationController's `spec`.
pub fn replication_controller(spec: &Node, out: &mut Findings) {
    for field in ["replicas", "minReadySeconds"] {
        out.at_least(spec, field, 0);
    }
    pod::template(spec, &[], ALWAYS, out);
}

/// A Job's `spec`.
pub fn job(spec: &Node, out: &mut Findings) {
    // The server writes selector and labels itself.
    if spec.has("selector") && spec.flag("manualSelector") != Some(true) {
        out.error_in(EXCLUDED, spec, "selector", "is written by the server, unless `manualSelector` is true");
    }
    job_spec(spec, out);
}

fn job_spec(spec: &Node, out: &mut Findings) {
    for field in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        out.at_least(spec, field, 0);
    }
    out.one_of(spec, "completionMode", &["NonIndexed", "Indexed"]);
    out.one_of(spec, "podReplacementPolicy", &["TerminatingOrFailed", "Failed"]);
    if spec.text("completionMode") == "Indexed" {
        if !spec.has("completions") {
            let message = "is missing, and `completionMode: Indexed` needs it";
            out.error_in(MISSING_FIELD, spec, "completions", message);
        }
    } else {
        for field in ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] {
            if spec.has(field) {
                out.error_in(EXCLUDED, spec, field, "is there, and needs `completionMode: Indexed`");
            }
        }
    }
    if let Some(policy) = spec.get("podFailurePolicy") {
        for rule in policy.get("rules").iter().flat_map(Node::items) {
            out.one_of(&rule, "action", &["FailJob", "FailIndex", "Ignore", "Count"]);
            let kinds: Vec<&str> =
                ["onExitCodes", "onPodConditions"].into_iter().filter(|k| rule.filled(k)).collect();
            if out.at_most_one(&rule, &kinds, "a rule has one condition").is_empty() {
                out.error(MISSING_FIELD, &rule, "has no condition: `onExitCodes` or `onPodConditions`");
            }
        }
    }
    let restart: &[&str] = if spec.has("podFailurePolicy") { &["Never"] } else { &["OnFailure", "Never"] };
    pod::template(spec, &[], restart, out);
}

/// A CronJob's `spec`.
pub fn cron_job(spec: &Node, out: &mut Findings) {
    let schedule = spec.text("schedule");
    if !schedule.is_empty()
        && let Some(message) = cron::fault(schedule)
    {
        out.error_in(INVALID_VALUE, spec, "schedule", message);
    }
    out.one_of(spec, "concurrencyPolicy", &["Allow", "Forbid", "Replace"]);
    for field in ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        out.at_least(spec, field, 0);
    }
    if let Some(zone) = spec.get("timeZone") {
        out.fault(INVALID_VALUE, &zone, cron::zone_fault(zone.str()));
    }
    let Some(template) = spec.get("jobTemplate") else {
        return out.error_in(MISSING_FIELD, spec, "jobTemplate", "is missing");
    };
    if let Some(metadata) = template.get("metadata") {
        meta::labels(&metadata, out);
    }
    match template.get("spec") {
        None => out.error_in(MISSING_FIELD, &template, "spec", "is missing"),
        Some(job) => {
            if job.flag("manualSelector") == Some(true) || job.has("selector") {
                let field = if job.has("selector") { "selector" } else { "manualSelector" };
                out.error_in(EXCLUDED, &job, field, "cannot be given in a CronJob");
            }
            job_spec(&job, out);
        }
    }
}

/// A PodDisruptionBudget's `spec`.
pub fn disruption_budget(spec: &Node, out: &mut Findings) {
    out.at_most_one(spec, &["minAvailable", "maxUnavailable"], "a budget is one of the two");
    share(spec, "minAvailable", true, out);
    share(spec, "maxUnavailable", true, out);
    out.one_of(spec, "unhealthyPodEvictionPolicy", &["IfHealthyBudget", "AlwaysAllow"]);
    if let Some(selector) = spec.get("selector") {
        meta::selector(&selector, out);
    }
}
