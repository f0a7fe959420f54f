//! The types of JSON.

use partner_api_codegen::contract::Test;

/// A type of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
}

impl Kind {
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "object" => Self::Object,
            "array" => Self::Array,
            "string" => Self::String,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            _ => return None,
        })
    }

    /// The test that all its values pass, and no others.
    pub(crate) const fn test(self) -> Test {
        match self {
            Self::Object => Test::Object(Vec::new()),
            Self::Array => Test::Array(Vec::new()),
            Self::String => Test::String,
            Self::Integer => Test::Integer,
            Self::Number => Test::Number,
            Self::Boolean => Test::Boolean,
        }
    }

    pub(crate) const fn is_scalar(self) -> bool {
        !matches!(self, Self::Object | Self::Array)
    }

    /// Whether some value is of both types.
    pub(crate) fn overlaps(self, other: Self) -> bool {
        let is_number = |kind| matches!(kind, Self::Integer | Self::Number);
        self == other || (is_number(self) && is_number(other))
    }
}
