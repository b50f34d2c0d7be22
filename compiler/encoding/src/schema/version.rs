//! Versions of JSON Schema.

/// A version; later ones are greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Version {
    Draft4,
    Draft6,
    Draft7,
    Draft2019,
    Draft2020,
}

impl Version {
    /// The version that `$schema` names.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let bare = url.strip_suffix('#').unwrap_or(url);
        let bare = bare.strip_prefix("http://").or_else(|| bare.strip_prefix("https://"))?;
        Some(match bare {
            "json-schema.org/draft-04/schema" => Self::Draft4,
            "json-schema.org/draft-06/schema" => Self::Draft6,
            "json-schema.org/draft-07/schema" => Self::Draft7,
            "json-schema.org/draft/2019-09/schema" => Self::Draft2019,
            "json-schema.org/draft/2020-12/schema" => Self::Draft2020,
            _ => return None,
        })
    }

    /// The full name of the version.
    pub(super) fn url(self) -> &'static str {
        match self {
            Self::Draft4 => "http://json-schema.org/draft-04/schema#",
            Self::Draft6 => "http://json-schema.org/draft-06/schema#",
            Self::Draft7 => "http://json-schema.org/draft-07/schema#",
            Self::Draft2019 => "https://json-schema.org/draft/2019-09/schema",
            Self::Draft2020 => "https://json-schema.org/draft/2020-12/schema",
        }
    }
}
