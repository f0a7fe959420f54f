//! One schema without `$ref`, `allOf`, `oneOf` and `anyOf`: what a value of it has to satisfy.

use serde_json::{Map, Value, json};

/// A schema without references and alternatives at its top.
pub struct Flat {
    /// Its keywords.
    pub schema: Map<String, Value>,
    /// The references that led to it.
    pub inside: Vec<String>,
}

/// Flattens a schema, and takes one of its alternatives; none if it refers to itself.
pub fn flatten(document: &Value, schema: &Value, inside: &[String], round: usize) -> Option<Flat> {
    let mut flat = Flat {
        schema: Map::new(),
        inside: inside.to_vec(),
    };
    let Some(keywords) = schema.as_object() else {
        return Some(flat);
    };
    if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
        if inside.iter().any(|it| it == reference) {
            return None;
        }
        let target = document.pointer(reference.strip_prefix('#')?)?;
        flat.inside.push(reference.to_owned());
        let target = flatten(document, target, &flat.inside, round)?;
        flat.merge(target);
    }
    let combined = ["$ref", "allOf", "oneOf", "anyOf"];
    let own = keywords
        .iter()
        .filter(|(name, _)| !combined.contains(&&***name));
    let own = own.map(|(name, value)| (name.clone(), value.clone()));
    flat.merge_schema(own.collect());
    for part in list(schema, "allOf") {
        let part = flatten(document, part, &flat.inside, round)?;
        flat.merge(part);
    }
    for keyword in ["oneOf", "anyOf"] {
        let alternatives: Vec<_> = list(schema, keyword)
            .filter(|it| !is_null(document, it))
            .collect();
        if alternatives.is_empty() {
            continue;
        }
        let turns = 0..alternatives.len();
        let taken = turns
            .map(|turn| alternatives[(round + turn) % alternatives.len()])
            .find_map(|it| Some((it, flatten(document, it, &flat.inside, round)?)));
        let (alternative, part) = taken?;
        flat.merge(part);
        flat.set_tag(&schema["discriminator"], alternative);
    }
    flat.set_own_tag();
    Some(flat)
}

fn list<'a>(schema: &'a Value, keyword: &str) -> impl Iterator<Item = &'a Value> {
    schema[keyword].as_array().into_iter().flatten()
}

fn is_null(document: &Value, schema: &Value) -> bool {
    let target = schema["$ref"].as_str().and_then(|it| it.strip_prefix('#'));
    let schema = target.and_then(|it| document.pointer(it)).unwrap_or(schema);
    schema["type"] == "null"
        // So does 3.0 say it, where `null` is no type.
        || *schema == json!({"nullable": true})
        || schema["enum"] == json!([null])
        || schema.get("const") == Some(&Value::Null)
}

impl Flat {
    /// The JSON type of its values; none if any will do.
    pub fn kind(&self, round: usize) -> Option<&str> {
        let types: Vec<_> = match self.schema.get("type") {
            Some(Value::String(kind)) => return Some(kind),
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let types: Vec<_> = types.into_iter().filter(|kind| *kind != "null").collect();
        let implied = [
            ("properties", "object"),
            ("additionalProperties", "object"),
            ("items", "array"),
        ];
        let implied = implied
            .iter()
            .find(|(keyword, _)| self.schema.contains_key(*keyword));
        match types.len() {
            0 => implied.map(|(_, kind)| *kind),
            count => Some(types[round % count]),
        }
    }

    /// Whether nothing describes its values.
    pub fn is_any(&self) -> bool {
        self.kind(0).is_none()
    }

    fn merge(&mut self, other: Self) {
        for reference in other.inside {
            if !self.inside.contains(&reference) {
                self.inside.push(reference);
            }
        }
        self.merge_schema(other.schema);
    }

    /// Adds keywords, so that a value has to satisfy both.
    fn merge_schema(&mut self, other: Map<String, Value>) {
        for (keyword, value) in other {
            let listed = self.schema.get("enum").and_then(Value::as_array);
            if keyword == "const" && listed.is_some_and(|values| !values.contains(&value)) {
                // Another alternative was taken than the one of the listed values.
                continue;
            }
            match (&*keyword, self.schema.get_mut(&keyword), value) {
                ("properties", Some(Value::Object(all)), Value::Object(more)) => {
                    for (name, property) in more {
                        let both = all.get(&name).filter(|it| **it != property);
                        let property = match both {
                            Some(first) => json!({"allOf": [first, property]}),
                            None => property,
                        };
                        all.insert(name, property);
                    }
                }
                ("required", Some(Value::Array(all)), Value::Array(more)) => all.extend(more),
                ("enum", Some(Value::Array(all)), Value::Array(more)) => {
                    all.retain(|value| more.contains(value));
                }
                // The outer annotation of a nullable reference says nothing of the type.
                ("type", Some(_), Value::Array(_)) => {}
                ("additionalProperties", Some(_), Value::Bool(_)) => {}
                (_, _, value) => {
                    self.schema.insert(keyword, value);
                }
            }
        }
    }

    /// Sets the tag that distinguishes an alternative.
    fn set_tag(&mut self, discriminator: &Value, alternative: &Value) {
        let Some(reference) = alternative["$ref"].as_str() else {
            return;
        };
        self.tag(discriminator, reference);
    }

    /// Sets the tag that an ancestor with a discriminator wants of this component.
    fn set_own_tag(&mut self) {
        let Some(discriminator) = self.schema.get("discriminator").cloned() else {
            return;
        };
        // The first reference inside of the parent's alternative names the component.
        let Some(reference) = self.own_name() else {
            return;
        };
        self.tag(&discriminator, &reference);
    }

    fn own_name(&self) -> Option<String> {
        let mapped = self
            .schema
            .get("discriminator")?
            .get("mapping")?
            .as_object()?;
        let is_mapped = |it: &&String| {
            mapped
                .values()
                .filter_map(Value::as_str)
                .any(|target| same_component(target, it))
        };
        self.inside.iter().rev().find(is_mapped).cloned()
    }

    fn tag(&mut self, discriminator: &Value, reference: &str) {
        let Some(property) = discriminator["propertyName"].as_str() else {
            return;
        };
        let name = reference.rsplit('/').next().unwrap_or_default();
        let mapped = discriminator["mapping"].as_object().into_iter().flatten();
        let mut mapped = mapped.filter(|(_, target)| {
            target
                .as_str()
                .is_some_and(|target| same_component(target, reference))
        });
        let value = mapped.next().map_or(name, |(value, _)| value);
        let properties = self.schema.entry("properties").or_insert_with(|| json!({}));
        properties[property] = json!({ "const": value });
    }
}

/// Whether the target of a mapping, which may be a bare name, is this component.
fn same_component(target: &str, reference: &str) -> bool {
    target == reference || reference.strip_prefix("#/components/schemas/") == Some(target)
}
