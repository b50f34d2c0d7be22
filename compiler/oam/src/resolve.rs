//! From an Application to something renderable: every type gets its definition, every policy its meaning. What fails
//! here fails before anything is rendered, in KubeVela's order: components, workflow, policies, referred objects.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_diagnostics::catalogue::application::{APPLICATION, BAD_PROPERTIES, ENVIRONMENT};
use vela_diagnostics::catalogue::definitions::UNKNOWN_DEFINITION;
use vela_diagnostics::{Diagnostic, Edit, Fix};

use crate::application::{Application, Component, Policy, StepUse, Workflow};
use crate::data::Value;
use crate::definition::library::{Library, Lookup, Missing};
use crate::definition::{Definition, Kind};
use crate::document::{DocPath, Step};
use crate::environment::Chosen;
use crate::failure::{Class, Failure, Phase};
use crate::inventory::Inventory;
use crate::metadata::keys;
use crate::objects;
use crate::policy::{self, overriding};
use crate::render::{self, Resolved};
use crate::workflow::{self, Plan, REF_OBJECTS, WorkflowFault};

/// What is there beside the Application.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// Definitions.
    pub library: &'a Library,
    /// Clusters.
    pub inventory: &'a Inventory,
    /// Policy objects, by namespace and name.
    pub policies: &'a [(Arc<str>, Policy)],
    /// Workflow objects, by namespace and name.
    pub workflows: &'a [(Arc<str>, Arc<str>, Workflow)],
    /// Objects of the control plane.
    pub objects: &'a [Value],
    /// Where definitions are installed; empty for `vela-system`.
    pub definition_namespace: &'a str,
    /// Whether this is a dry run.
    pub dry_run: bool,
    /// Definitions by kind and name, over what the library says; see [`World::pins`].
    pub pinned: Option<&'a Pins>,
    /// The environment that is built.
    pub environment: Option<&'a Chosen>,
}

/// Most failing components that are told of one Application.
const MOST_FAILURES: usize = 200;

/// The definitions of an application revision.
pub type Pins = FxHashMap<(Kind, Arc<str>), Arc<Definition>>;

/// An Application whose types are known.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Its workflow.
    pub plan: Plan,
    /// Its policies, those that its steps bring in included.
    pub policies: Vec<Policy>,
    /// Policies with a definition of their own.
    pub custom: Vec<(Policy, Arc<Definition>)>,
}

impl World<'_> {
    /// How this world looks definitions up for an Application.
    pub fn lookup<'l>(&'l self, app: &'l Application) -> Lookup<'l> {
        Lookup {
            namespace: &app.namespace,
            definition_namespace: self.definition_namespace,
            auto_update: app.annotations.get(keys::AUTO_UPDATE).is_some_and(|v| &**v == "true"),
            dry_run: self.dry_run,
        }
    }

    fn phase(&self) -> Phase {
        if self.dry_run { Phase::Render } else { Phase::Parse }
    }

    /// A component with its definitions.
    pub fn component<'c>(
        &self,
        app: &Application,
        component: &'c Component,
    ) -> Result<Resolved<'c>, Failure> {
        let definition = self.definition(app, Kind::Component, &component.kind, &component.origin);
        let definition = definition.map_err(|f| f.component(&component.name))?;
        self.check_properties(app, component.properties.as_ref(), &component.origin)
            .map_err(|f| f.component(&component.name))?;
        let mut traits = Vec::with_capacity(component.traits.len());
        for one in &component.traits {
            self.check_properties(app, one.properties.as_ref(), &one.origin)
                .map_err(|f| f.component(&component.name).trait_type(&one.kind))?;
            let found = self.definition(app, Kind::Trait, &one.kind, &one.origin);
            traits.push(found.map_err(|f| f.component(&component.name).trait_type(&one.kind))?);
        }
        Ok(Resolved { component, definition, traits })
    }

    fn check_properties(
        &self,
        app: &Application,
        properties: Option<&Value>,
        at: &DocPath,
    ) -> Result<(), Failure> {
        render::properties_are_map(properties).map(drop).map_err(|message| {
            let diagnostic =
                located(app, at, &["properties".into()], Diagnostic::error(BAD_PROPERTIES, message.clone()));
            Failure::new(self.phase(), Class::Input, message).diagnostic(diagnostic)
        })
    }

    /// The definition of a type, or who misspelt what.
    fn definition(
        &self,
        app: &Application,
        kind: Kind,
        name: &str,
        at: &DocPath,
    ) -> Result<Arc<Definition>, Failure> {
        if let Some(pins) = self.pinned {
            let base = name.split_once('@').map_or(name, |(base, _)| base);
            if let Some(known) = pins.get(&(kind, base.into())) {
                return Ok(known.clone());
            }
        }
        self.library.find(kind, name, self.lookup(app)).map_err(|missing| {
            let word = kind.word();
            let base = Diagnostic::error(UNKNOWN_DEFINITION, "");
            let mut diagnostic = located(app, at, &["type".into()], base);
            diagnostic.message = match &missing {
                _ if name.is_empty() => format!("a {word} has no `type`"),
                Missing::Unknown { .. } => format!("there is no {word} type `{name}`"),
                Missing::OtherNamespace(namespace) => {
                    diagnostic.help = Some(format!(
                        "move the definition to the Application's namespace or to `vela-system`, or pass `--definition-namespace {namespace}`"
                    ));
                    format!("{word} type `{name}` is defined in namespace `{namespace}`, where it is not looked for")
                }
                Missing::BadVersion => {
                    diagnostic.help = Some("write a version as `name@v1` or `name@v1.2.3`".to_owned());
                    format!("`{name}` is not a type with a version")
                }
                Missing::NoSuchVersion { known } => {
                    if !known.is_empty() {
                        diagnostic.notes.push(format!("known versions: {}", known.join(", ")));
                    }
                    format!("there is no version of a definition for `{name}`")
                }
            };
            if let Missing::Unknown { nearest: Some(nearest) } = &missing {
                diagnostic.help = Some(format!("did you mean `{nearest}`?"));
                if let Some(label) = diagnostic.primary_label().cloned() {
                    diagnostic.fixes.push(Fix {
                        title: format!("Change to `{nearest}`"),
                        edits: vec![Edit { source: label.source, span: label.span, text: nearest.clone() }],
                        certain: false,
                    });
                }
            }
            let text = diagnostic.message.clone();
            Failure::new(self.phase(), Class::Lookup, text).diagnostic(diagnostic)
        })
    }

    /// Checks everything about an Application that is known without rendering.
    pub fn parse(&self, app: &Application) -> Result<Parsed, Failure> {
        for component in &app.components {
            self.component(app, component)?;
        }
        let mut plan = self.workflow(app)?;
        let external = |name: &str| {
            let found = self.policies.iter().find(|(ns, p)| *ns == app.namespace && &*p.name == name);
            found.map(|(_, p)| p.clone())
        };
        let placed;
        let mut app = app;
        if let Some(environment) = self.environment {
            let (changed, more) = environment.plan(app, plan, &external).map_err(|message| {
                let diagnostic = Diagnostic::error(ENVIRONMENT, message.clone());
                let name = located(app, &vec!["metadata".into()], &["name".into()], diagnostic);
                Failure::new(self.phase(), Class::Policy, message).diagnostic(name)
            })?;
            plan = changed;
            let policies = app.policies.iter().cloned().chain(more).collect();
            placed = Application { policies, ..app.clone() };
            app = &placed;
        }
        let policies = workflow::policies(app, &plan.steps, &external);
        let policies = policies.map_err(|fault| {
            let class = if fault.of_policy { Class::Policy } else { Class::Workflow };
            self.workflow_failure(app, &plan.steps, &fault, class)
        })?;
        let custom = self.custom_policies(app, &policies)?;
        for component in app.components.iter().filter(|c| &*c.kind == REF_OBJECTS) {
            objects::selected(app, component, self.known_objects()).map_err(|message| {
                let base = Diagnostic::error(BAD_PROPERTIES, message.clone());
                let diagnostic = located(app, &component.origin, &["properties".into()], base);
                Failure::new(self.phase(), Class::Other, message)
                    .component(&component.name)
                    .diagnostic(diagnostic)
            })?;
        }
        Ok(Parsed { plan, policies, custom })
    }

    /// Everything that [`World::parse`] may stop at, where it does not hang on what failed before.
    pub fn failures(&self, app: &Application) -> Vec<Failure> {
        let mut all: Vec<Failure> =
            app.components.iter().filter_map(|c| self.component(app, c).err()).take(MOST_FAILURES).collect();
        match self.workflow(app) {
            Err(failure) => all.push(failure),
            // Without the types of components everything else can still be looked at.
            Ok(_) => {
                let bare = Application { components: Vec::new(), ..app.clone() };
                all.extend(self.parse(&bare).err());
            }
        }
        all
    }

    /// The definitions of the Application's revision. A revision holds one definition of a name: where an Application
    /// uses a type in two versions, the version used last is deployed for all.
    pub fn pins(&self, app: &Application) -> Pins {
        let mut pins = Pins::default();
        for component in &app.components {
            let Ok(resolved) = self.component(app, component) else { continue };
            if resolved.definition.kind == Kind::Component {
                pins.insert((Kind::Component, resolved.definition.name.clone()), resolved.definition);
            }
            for one in resolved.traits {
                pins.insert((Kind::Trait, one.name.clone()), one);
            }
        }
        pins
    }

    /// The objects of the control plane; a dry run knows none.
    pub fn known_objects(&self) -> &[Value] {
        if self.dry_run { &[] } else { self.objects }
    }

    fn workflow(&self, app: &Application) -> Result<Plan, Failure> {
        let plan = workflow::plan(app, &|name| {
            let found = self.workflows.iter().find(|(ns, n, _)| *ns == app.namespace && &**n == name);
            found.map(|(_, _, w)| w.clone())
        });
        let plan = plan.map_err(|fault| self.workflow_failure(app, &[], &fault, Class::Workflow))?;
        for step in &plan.steps {
            self.step_type(app, step)?;
            for sub_step in &step.sub_steps {
                self.step_type(app, sub_step)?;
            }
        }
        Ok(plan)
    }

    fn step_type(&self, app: &Application, step: &StepUse) -> Result<(), Failure> {
        if workflow::is_known_step(&step.kind) {
            return Ok(());
        }
        self.definition(app, Kind::WorkflowStep, &step.kind, &step.origin).map(drop).map_err(|mut failure| {
            if let Some(diagnostic) = failure.diagnostics.first_mut()
                && diagnostic.help.is_none()
                && let Some(nearest) = vela_diagnostics::nearest(&step.kind, workflow::known_steps())
            {
                diagnostic.help = Some(format!("did you mean `{nearest}`?"));
            }
            failure
        })
    }

    fn workflow_failure(
        &self,
        app: &Application,
        steps: &[StepUse],
        fault: &WorkflowFault,
        class: Class,
    ) -> Failure {
        let mut failure = Failure::new(self.phase(), class, fault.message.clone());
        if fault.misfits.is_empty() {
            let at = vec!["spec".into(), "workflow".into()];
            failure.diagnostics.push(located(
                app,
                &at,
                &[],
                Diagnostic::error(APPLICATION, fault.message.clone()),
            ));
        }
        for (step, misfit) in &fault.misfits {
            let Some(step) = steps.get(*step) else { continue };
            let below = property_steps(&misfit.path);
            let message = format!("step `{}`: {}", step.name, misfit.message);
            failure.diagnostics.push(located(
                app,
                &step.origin,
                &below,
                Diagnostic::error(BAD_PROPERTIES, message),
            ));
        }
        failure
    }

    fn custom_policies(
        &self,
        app: &Application,
        policies: &[Policy],
    ) -> Result<Vec<(Policy, Arc<Definition>)>, Failure> {
        let mut custom = Vec::new();
        for policy in policies {
            let built_in = policy::BUILT_IN.contains(&&*policy.kind);
            if !built_in && self.is_application_scoped(app, policy) {
                continue;
            }
            if policy.properties.is_none() && &*policy.kind != policy::DEBUG {
                let message = format!("policy `{}` of type `{}` has no properties", policy.name, policy.kind);
                let base = Diagnostic::error(BAD_PROPERTIES, message.clone());
                let diagnostic = located(app, &policy.origin, &[], base);
                return Err(Failure::new(self.phase(), Class::Policy, message).diagnostic(diagnostic));
            }
            if built_in {
                if &*policy.kind == policy::OVERRIDE {
                    self.override_types(app, policy)?;
                }
                continue;
            }
            let definition = self.definition(app, Kind::Policy, &policy.kind, &policy.origin)?;
            self.check_properties(app, policy.properties.as_ref(), &policy.origin)?;
            custom.push((policy.clone(), definition));
        }
        Ok(custom)
    }

    fn override_types(&self, app: &Application, policy: &Policy) -> Result<(), Failure> {
        let (components, traits) = overriding::named_types(policy);
        let named =
            components.iter().map(|t| (Kind::Component, t)).chain(traits.iter().map(|t| (Kind::Trait, t)));
        for (kind, name) in named {
            self.definition(app, kind, name, &policy.origin).map_err(|mut failure| {
                failure.classes = Class::Policy.into();
                failure.text = format!("override policy `{}`: {}", policy.name, failure.text);
                failure
            })?;
        }
        Ok(())
    }

    /// Whether a policy changes the Application before anything else, rather than make objects.
    pub fn is_application_scoped(&self, app: &Application, policy: &Policy) -> bool {
        self.application_scoped(app, policy).is_some()
    }

    /// The definition of such a policy.
    pub fn application_scoped(&self, app: &Application, policy: &Policy) -> Option<Arc<Definition>> {
        let found = self.library.find(Kind::Policy, &policy.kind, self.lookup(app)).ok()?;
        (!found.text(&["scope"]).is_empty()).then_some(found)
    }
}

/// The way from a step or policy to a place in its properties.
pub fn property_steps(path: &[Arc<str>]) -> Vec<Step> {
    let mut steps = vec![Step::from("properties")];
    steps.extend(path.iter().map(|p| match p.parse::<usize>() {
        Ok(index) => Step::Index(index),
        Err(_) => Step::Name(p.clone()),
    }));
    steps
}

/// Places a diagnostic in the Application; a thing that does not stand there has no place.
pub fn located(app: &Application, at: &DocPath, below: &[Step], diagnostic: Diagnostic) -> Diagnostic {
    if at.is_empty() {
        return diagnostic;
    }
    let mut path = at.clone();
    path.extend_from_slice(below);
    diagnostic.at(app.document.source, app.document.span(&path))
}
