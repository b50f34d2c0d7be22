//! What deploying an Application does: the workflow's steps, and for each step that applies components every object
//! for every place.

use std::sync::Arc;

use crate::application::{Application, Component, Policy, StepUse};
use crate::context::AppContext;
use crate::data::{self, Value};
use crate::document::Step;
use crate::engine::Engine;
use crate::failure::{Class, Failure, Phase};
use crate::objects;
use crate::places;
use crate::policies;
use crate::policy::topology::{self, Placement};
use crate::policy::{PolicyFault, overriding, replication};
use crate::render::Object;
use crate::resolve::{Parsed, World};
use crate::shape;
use crate::status::{self, ComponentStatus, Live};
use crate::workflow::{self, APPLY_COMPONENT, DEPLOY};

/// A component rendered for one place.
#[derive(Clone, Debug)]
pub struct Render {
    /// Name of the component.
    pub component: Arc<str>,
    /// Cluster; empty for the control plane of a step that names none.
    pub cluster: Arc<str>,
    /// Namespace of the placement; empty where there is none.
    pub namespace: Arc<str>,
    /// Key of a replicated component.
    pub replica_key: Option<Arc<str>>,
    /// The objects.
    pub objects: Result<Vec<Object>, Failure>,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Work {
    /// Nothing that is known before it runs.
    None,
    /// Places components.
    Deploy {
        /// Where.
        placements: Vec<Placement>,
        /// What, after overrides and replication.
        components: Vec<Component>,
        /// The objects.
        renders: Vec<Render>,
    },
    /// Applies one component.
    Apply(Render),
    /// Fails.
    Failed(Failure),
}

/// A step as it runs.
#[derive(Clone, Debug)]
pub struct StepPlan {
    /// The step.
    pub step: StepUse,
    /// What it does.
    pub work: Work,
    /// Steps inside.
    pub sub_steps: Vec<StepPlan>,
}

/// The plan of a deployment.
#[derive(Clone, Debug)]
pub struct DeployPlan {
    /// Mode of steps and of sub-steps.
    pub mode: (Arc<str>, Arc<str>),
    /// The steps.
    pub steps: Vec<StepPlan>,
    /// Objects of policies.
    pub policies: Result<Vec<Value>, Failure>,
    /// What definitions say of live objects, where these are given.
    pub status: Option<Vec<ComponentStatus>>,
}

impl DeployPlan {
    /// Every failure of a step, a render or the policies.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        let mut found: Vec<&Failure> = Vec::new();
        for step in &self.steps {
            step.failures(&mut found);
        }
        found.extend(self.policies.as_ref().err());
        found.extend(self.status.iter().flatten().filter_map(|s| s.told.as_ref().err()));
        found.into_iter()
    }

    /// Every render, in order.
    pub fn renders(&self) -> Vec<&Render> {
        let mut found = Vec::new();
        for step in &self.steps {
            step.renders(&mut found);
        }
        found
    }
}

impl StepPlan {
    fn renders<'p>(&'p self, found: &mut Vec<&'p Render>) {
        match &self.work {
            Work::None | Work::Failed(_) => {}
            Work::Apply(render) => found.push(render),
            Work::Deploy { renders, .. } => found.extend(renders),
        }
        for step in &self.sub_steps {
            step.renders(found);
        }
    }

    fn failures<'p>(&'p self, found: &mut Vec<&'p Failure>) {
        match &self.work {
            Work::Failed(failure) => found.push(failure),
            Work::Apply(render) => found.extend(render.objects.as_ref().err()),
            Work::Deploy { renders, .. } => {
                found.extend(renders.iter().filter_map(|r| r.objects.as_ref().err()));
            }
            Work::None => {}
        }
        for step in &self.sub_steps {
            step.failures(found);
        }
    }
}

/// Everything that planning one Application needs.
pub struct Planner<'a> {
    /// What is there.
    pub world: World<'a>,
    /// The Application.
    pub app: &'a Application,
    /// Its part of the context.
    pub context: AppContext,
    /// Name of its revision.
    pub revision: Arc<str>,
    /// What application-scoped policies add to the context.
    pub custom: Option<Value>,
    /// Live objects.
    pub live: Option<Arc<Live>>,
}

impl Planner<'_> {
    /// The plan, or why there is none.
    pub fn plan(&self, engine: &mut dyn Engine) -> Result<DeployPlan, Failure> {
        let parsed = self.world.parse(self.app)?;
        if self.app.components.iter().any(Component::has_version) {
            let pins = self.world.pins(self.app);
            let world = World { pinned: Some(&pins), ..self.world };
            let pinned = Planner {
                world,
                app: self.app,
                context: self.context.clone(),
                revision: self.revision.clone(),
                custom: self.custom.clone(),
                live: self.live.clone(),
            };
            return pinned.run(&parsed, engine);
        }
        self.run(&parsed, engine)
    }

    /// Renders one component of the plan for one place again.
    pub fn again(
        &self,
        component: &Component,
        placement: &Placement,
        engine: &mut dyn Engine,
    ) -> Option<Render> {
        let place = std::slice::from_ref(placement);
        let mut renders = if self.app.components.iter().any(Component::has_version) {
            let pins = self.world.pins(self.app);
            let world = World { pinned: Some(&pins), ..self.world };
            let (context, revision, custom) =
                (self.context.clone(), self.revision.clone(), self.custom.clone());
            places::render(
                &Planner { world, app: self.app, context, revision, custom, live: self.live.clone() },
                component,
                place,
                engine,
            )
        } else {
            places::render(self, component, place, engine)
        };
        renders.pop()
    }

    fn run(&self, parsed: &Parsed, engine: &mut dyn Engine) -> Result<DeployPlan, Failure> {
        let steps = self.steps(&parsed.plan.steps, parsed, engine);
        let policies = if parsed.custom.is_empty() {
            Ok(Vec::new())
        } else {
            policies::objects(self, &parsed.custom, engine)
        };
        let mut plan = DeployPlan {
            mode: (parsed.plan.steps_mode.clone(), parsed.plan.sub_steps_mode.clone()),
            steps,
            policies,
            status: None,
        };
        if let Some(live) = &self.live {
            plan.status = Some(status::of_plan(self, &plan, live, engine));
        }
        Ok(plan)
    }

    /// The steps, without those that place nothing in the environment that is built.
    fn steps(&self, steps: &[StepUse], parsed: &Parsed, engine: &mut dyn Engine) -> Vec<StepPlan> {
        let Some(environment) = self.world.environment else {
            return steps.iter().map(|step| self.step(step, parsed, engine)).collect();
        };
        let elsewhere = |plan: &StepPlan| match &plan.work {
            Work::Deploy { placements, .. } => placements.is_empty(),
            Work::None => plan.sub_steps.is_empty() && !plan.step.sub_steps.is_empty(),
            Work::Apply(_) | Work::Failed(_) => false,
        };
        let allowed = steps.iter().filter(|s| environment.allows(s));
        let all = allowed.map(|step| self.step(step, parsed, engine));
        let mut kept: Vec<StepPlan> = all.filter(|plan| !elsewhere(plan)).collect();
        let left_out = |name: &str| {
            steps.iter().any(|s| *s.name == *name) && !kept.iter().any(|k| *k.step.name == *name)
        };
        let gone: Vec<Arc<str>> = steps.iter().map(|s| s.name.clone()).filter(|n| left_out(n)).collect();
        for plan in &mut kept {
            plan.step.forget(&gone);
        }
        kept
    }

    fn step(&self, step: &StepUse, parsed: &Parsed, engine: &mut dyn Engine) -> StepPlan {
        let sub_steps = self.steps(&step.sub_steps, parsed, engine);
        let (shown, work) = match &*step.kind {
            DEPLOY => {
                let work = self.deploy(step, parsed, engine).unwrap_or_else(Work::Failed);
                (step.clone(), work)
            }
            APPLY_COMPONENT => match workflow::resolve_apply_component(self.app, step) {
                Ok((resolved, at)) => {
                    let work = self.apply_component(step, &self.app.components[at], engine);
                    (resolved, work)
                }
                Err(message) => {
                    let (phase, class) = (Phase::ApplyComponent, Class::Other);
                    let failure = self.step_failure(step, phase, class, message, &["component"]);
                    (step.clone(), Work::Failed(failure))
                }
            },
            _ => (step.clone(), Work::None),
        };
        StepPlan { step: shown, work, sub_steps }
    }

    /// `below` leads from the step's properties to what is wrong.
    fn step_failure(
        &self,
        step: &StepUse,
        phase: Phase,
        class: Class,
        message: String,
        below: &[&str],
    ) -> Failure {
        let below: Vec<Step> = ["properties"].iter().chain(below).map(|s| Step::from(*s)).collect();
        let code = vela_diagnostics::catalogue::application::BAD_PROPERTIES;
        let base = vela_diagnostics::Diagnostic::error(code, message.clone());
        let diagnostic = crate::resolve::located(self.app, &step.origin, &below, base);
        Failure::new(phase, class, message).diagnostic(diagnostic)
    }

    fn apply_component(&self, step: &StepUse, component: &Component, engine: &mut dyn Engine) -> Work {
        let text = |field: &str| step.properties.as_ref().map_or("", |p| data::text(p, &[field]));
        let placement = Placement { cluster: text("cluster").into(), namespace: text("namespace").into() };
        let alone = Component { inputs: None, outputs: None, depends_on: Vec::new(), ..component.clone() };
        let mut renders = places::render(self, &alone, &[placement], engine);
        renders.pop().map_or(Work::None, Work::Apply)
    }

    fn deploy(&self, step: &StepUse, parsed: &Parsed, engine: &mut dyn Engine) -> Result<Work, Failure> {
        let empty = data::empty();
        let properties = step.properties.as_ref().unwrap_or(&empty);
        let wanted: Vec<Arc<str>> = properties
            .get("policies")
            .and_then(Value::as_list)
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_str)
            .map(Into::into)
            .collect();
        let fail =
            |class: Class, message: String| self.step_failure(step, Phase::Deploy, class, message, &[]);
        let mut policies = workflow::select(&parsed.policies, &wanted).map_err(|m| fail(Class::Policy, m))?;
        policies.extend(inline_policies(properties).map_err(|m| fail(Class::Policy, m))?);
        let skip_terraform = properties.get("ignoreTerraformComponent") != Some(&Value::Bool(false));
        let mut components = Vec::with_capacity(self.app.components.len());
        for component in &self.app.components {
            let loaded = objects::resolve(self.app, component, self.world.known_objects());
            let loaded = loaded.map_err(|m| fail(Class::Other, m))?;
            if skip_terraform && self.world.component(self.app, component)?.definition.is_terraform() {
                continue;
            }
            components.push(loaded);
        }
        let of_policy = |fault: PolicyFault| self.policy_failure(step, &policies, &fault);
        let mut placements = topology::placements(&policies, self.world.inventory).map_err(of_policy)?;
        if let Some(environment) = self.world.environment {
            environment.keep(&mut placements);
            if placements.is_empty() {
                return Ok(Work::Deploy { placements, components: Vec::new(), renders: Vec::new() });
            }
        }
        let components = overriding::apply(&policies, components).map_err(of_policy)?;
        let components = replication::replicate(&policies, components).map_err(of_policy)?;
        let mut renders = Vec::with_capacity(components.len() * placements.len());
        for component in &components {
            renders.extend(places::render(self, component, &placements, engine));
        }
        Ok(Work::Deploy { placements, components, renders })
    }

    fn policy_failure(&self, step: &StepUse, policies: &[Policy], fault: &PolicyFault) -> Failure {
        let class = if fault.cluster { Class::Cluster } else { Class::Policy };
        let mut failure = self.step_failure(step, Phase::Deploy, class, fault.message.clone(), &[]);
        let Some(policy) = policies.iter().find(|p| *p.name == *fault.policy) else { return failure };
        if policy.origin.is_empty() {
            return failure;
        }
        let code = vela_diagnostics::catalogue::application::BAD_PROPERTIES;
        let told = |message: String, below: &[Step]| {
            let base = vela_diagnostics::Diagnostic::error(code, message);
            crate::resolve::located(self.app, &policy.origin, below, base)
        };
        failure.diagnostics = if fault.misfits.is_empty() {
            vec![told(fault.message.clone(), &["properties".into()])]
        } else {
            let misfits = fault.misfits.iter();
            misfits
                .map(|m| {
                    let message = format!("policy `{}`: {}", policy.name, m.message);
                    told(message, &crate::resolve::property_steps(&m.path))
                })
                .collect()
        };
        failure
    }
}

/// Policies that stand in the step itself.
fn inline_policies(properties: &Value) -> Result<Vec<Policy>, String> {
    let Some(list) = properties.get("inlinePolicies").filter(|v| **v != Value::Null) else {
        return Ok(Vec::new());
    };
    if let Some(misfit) = shape::check(list, shape::INLINE_POLICIES).first() {
        return Err(format!("inline policy {}: {}", misfit.path.join("."), misfit.message));
    }
    let items = list.as_list().unwrap_or_default().iter().enumerate();
    Ok(items
        .map(|(i, item)| {
            let kind = data::text(item, &["type"]);
            let name = match data::text(item, &["name"]) {
                "" => format!("inline-{kind}-policy-{i}"),
                name => name.to_owned(),
            };
            Policy {
                name: name.into(),
                kind: kind.into(),
                properties: item.get("properties").filter(|v| **v != Value::Null).cloned(),
                origin: Vec::new(),
            }
        })
        .collect())
}
