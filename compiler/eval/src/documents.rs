//! `json.Validate`, `yaml.Validate`, `yaml.ValidatePartial`: the values of a text against a schema that need not
//! be concrete (`library.md` 11). Called by `operations.rs`.

use crate::builtin::{CallError, Function, Member, Return, Run};
use crate::data::Data;
use crate::error::{Code, ErrId};
use crate::eval::{Eval, R};
use crate::validate::Config;
use crate::value::{Val, Value};
use crate::vertex::{Conjunct, EnvId, Term};

impl Eval<'_> {
    /// Checks every value of the text in `args[0]` against the schema in `args[1]`.
    pub(crate) fn validate_documents(&mut self, f: &Function, args: &[Val]) -> R<Result<Val, ErrId>> {
        let text = match self.data_of(args[0])? {
            Ok(text) => text,
            Err(e) => return Ok(Err(e)),
        };
        let json = f.package == "encoding/json";
        let documents = match self.read_documents(f.package, json, text) {
            Ok(documents) => documents,
            Err(e) => return Ok(Err(self.call_failure(e, args))),
        };
        let config = match f.name {
            "ValidatePartial" => Config { all_errors: true, ..Config::default() },
            _ if json => Config { final_: true, all_errors: true, ..Config::default() },
            _ => Config { concrete: true, final_: true, all_errors: true, ..Config::default() },
        };
        for document in &documents {
            let data = self.returned(Ok(document.clone()), args)?;
            let schema = Conjunct { env: EnvId::NONE, term: Term::Val(args[1]), ci: self.ci };
            let v = self.unify_values(data, schema)?;
            if let Some(e) = self.validate_in(v, &config)? {
                // What a YAML document lacks will not come later.
                let mut fault = self.err(e).clone();
                if config.concrete {
                    fault.code = Code::Eval;
                }
                return Ok(Err(self.values.error(fault)));
            }
        }
        Ok(Ok(Val::new(Value::Bool(true))))
    }

    /// The values of a text, read by the package's own function.
    fn read_documents(&mut self, package: &str, json: bool, text: Data) -> Result<Vec<Return>, CallError> {
        let name = if json { "Unmarshal" } else { "UnmarshalStream" };
        let Some(Member::Function(number)) = self.library.member(package, name) else {
            return Err(CallError::Fatal("not supported".into()));
        };
        let Run::Data(run) = self.library.function(number).run else {
            return Err(CallError::Fatal("not supported".into()));
        };
        match run(&[text])? {
            Return::Data(list) if !json => {
                let list = list.into_list().map_err(|_| CallError::Fatal("not a list".into()))?;
                Ok(list.into_iter().map(Return::Data).collect())
            }
            Return::Unsatisfied(reason) => Err(CallError::Fatal(reason)),
            Return::Absent { .. } => Ok(vec![Return::Absent { listed: false }]),
            Return::Unified(_) if !json => {
                Err(CallError::Fatal("a key that is given twice has values in conflict".into()))
            }
            one => Ok(vec![one]),
        }
    }
}
