//! `CUE_EXPERIMENT`: switches of the reference in the environment. All it knows are in their final state, so that a
//! setting can only be right or wrong.

use super::session::{Step, fail};

/// Experiments that are finished, in their final state.
const STABLE: &[&str] = &[
    "modules",
    "yamlv3decoder",
    "decodeint64",
    "embed",
    "toposort",
    "evalv3",
    "keepvalidators",
    "cmdreferencepkg",
];

/// Experiments of later releases, with the first that has them.
const LATER: &[(&str, &str)] = &[("formatv2", "v0.18.0")];

/// Checks the variable.
pub fn check() -> Step<()> {
    match std::env::var("CUE_EXPERIMENT") {
        Ok(text) => check_text(&text).map_err(|e| fail(&format!("error in CUE_EXPERIMENT: {e}"))),
        Err(_) => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), String> {
    for item in text.split(',').filter(|i| !i.is_empty()) {
        let (name, value) = item.split_once('=').unwrap_or((item, "true"));
        let on = match value {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
            "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
            _ => return Err(format!("invalid bool value for {name}: {value:?}")),
        };
        if let Some((_, version)) = LATER.iter().find(|(n, _)| *n == name) {
            if on {
                return Err(format!("cannot set experiment {name:?} before version {version}"));
            }
        } else if !STABLE.contains(&name) {
            return Err(format!("unknown experiment {name:?}"));
        } else if !on {
            return Err(format!("cannot disable stable experiment {name:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_text;

    #[test]
    fn settings() {
        assert_eq!(check_text(""), Ok(()));
        assert_eq!(check_text("evalv3=1,embed,formatv2=0"), Ok(()));
        assert_eq!(check_text("evalv3=0").unwrap_err(), "cannot disable stable experiment \"evalv3\"");
        assert_eq!(check_text("nope").unwrap_err(), "unknown experiment \"nope\"");
        assert!(check_text("evalv3=x").is_err());
    }
}
