//! The path of a request, with its parameters in braces.

use crate::values::identifier::encode_path;

/// A path such as `/partners/{partner_id}`, split at its parameters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Literal(&'static str),
    Parameter(&'static str),
}

impl Template {
    /// Without any part.
    pub(super) const EMPTY: Self = Self(Vec::new());

    /// Splits a template. The error states what is wrong with it.
    pub(super) fn parse(template: &'static str) -> Result<Self, String> {
        if let Some(why) = problem(template) {
            return Err(why.to_owned());
        }
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some((literal, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                return Err(format!("has a `{{` without a `}}`: {{{after}"));
            };
            check_literal(literal)?;
            check_name(name)?;
            parts.extend([Part::Literal(literal), Part::Parameter(name)]);
            rest = after;
        }
        check_literal(rest)?;
        parts.push(Part::Literal(rest));
        Ok(Self(parts))
    }

    /// The names of its parameters.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter_map(|part| match part {
            Part::Parameter(name) => Some(*name),
            Part::Literal(_) => None,
        })
    }

    /// Whether the other template has the same literals, with parameters in the same places.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let literals = |template: &Self| template.0.iter().copied().map(Part::unnamed).collect();
        let (ours, theirs): (Vec<_>, Vec<_>) = (literals(self), literals(other));
        ours == theirs
    }

    /// The path with these arguments, each encoded as a part of one segment. The error names a
    /// parameter without an argument.
    pub(super) fn path(&self, arguments: &[(String, String)]) -> Result<String, &'static str> {
        let mut path = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(literal) => path += literal,
                Part::Parameter(name) => {
                    let argument = arguments.iter().find(|(known, _)| known == name);
                    let (_, argument) = argument.ok_or(*name)?;
                    path += &encode_path(argument);
                }
            }
        }
        Ok(path)
    }
}

impl Part {
    fn unnamed(self) -> Self {
        match self {
            Self::Parameter(_) => Self::Parameter(""),
            literal => literal,
        }
    }
}

/// What is wrong with a template as a whole.
fn problem(template: &str) -> Option<&'static str> {
    if template.contains("://") || template.starts_with("//") {
        return Some(
            "has a host; requests go to the base URL, so write only the path, \
             and set another server with `ClientBuilder::base_url`",
        );
    }
    if !template.starts_with('/') {
        return Some("does not start with `/`");
    }
    if template.contains('?') {
        return Some("has a query; set it with `.query(name, value)`");
    }
    if template.contains('#') {
        return Some("has a fragment, which is never sent; remove it");
    }
    if template.contains("//") {
        return Some("has an empty segment; remove one of the slashes");
    }
    let is_dots = |segment: &str| matches!(segment, "." | "..");
    if template.split('/').any(is_dots) {
        return Some("has a segment `.` or `..`, which leads to another path");
    }
    None
}

/// Rejects characters that would have to be encoded, or that change the path.
fn check_literal(literal: &str) -> Result<(), String> {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@".contains(c);
    match literal.chars().find(|c| !is_valid(*c)) {
        None => Ok(()),
        Some('}') => Err("has a `}` without a `{`".to_owned()),
        Some(c) => Err(format!(
            "has the character {c:?}; write it as the argument of a parameter, which is encoded"
        )),
    }
}

fn check_name(name: &str) -> Result<(), String> {
    // With a dot, it could be the name of an attribute of the span.
    let is_valid = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    match name.is_empty() || !name.chars().all(is_valid) {
        true => Err(format!(
            "has the parameter `{{{name}}}`; a name consists of letters, digits, `_` and `-`"
        )),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::Template;

    #[test]
    fn parameters_are_replaced_and_encoded() {
        let template = Template::parse("/a/{x}/b.{y}{z}/").unwrap();
        assert_eq!(Vec::from_iter(template.parameters()), ["x", "y", "z"]);
        let set = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            let owned = pairs.map(|(name, value)| (name.to_string(), value.to_string()));
            template.path(&owned.collect::<Vec<_>>())
        };
        let path = set(&[("z", "ü %"), ("x", "{y}"), ("y", "+")]);
        assert_eq!(path.as_deref(), Ok("/a/%7By%7D/b.%2B%C3%BC%20%25/"));
        assert_eq!(set(&[("x", ""), ("z", "")]), Err("y"));
    }

    #[test]
    fn templates_are_alike_whatever_their_parameters_are_called() {
        let parse = |template| Template::parse(template).unwrap();
        assert!(parse("/a/{x}/b").is_like(&parse("/a/{y}/b")));
        for other in ["/a/{x}", "/a/x/b", "/a/{x}/c", "/a/{x}{y}/b", "/{x}/a/b"] {
            assert!(!parse("/a/{x}/b").is_like(&parse(other)), "{other}");
        }
    }
}
