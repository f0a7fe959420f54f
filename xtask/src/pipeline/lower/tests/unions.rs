//! Alternatives: what they become, and when they are rejected.

use partner_api_codegen::contract::{Alternative, IntegerValue, Member, MemberTest, Test};

use super::*;

/// Lowers an operation that returns this schema.
fn of(schemas: Value, response: &Value) -> Lowered {
    returning(schemas, response)
}

/// The alternatives of a component.
fn alternatives(lowered: &Lowered, name: &str) -> Vec<Alternative> {
    match SchemaExtension::of(&schema(lowered, name)) {
        Some(SchemaExtension::Union(alternatives)) => alternatives,
        _ => panic!("expected a union, found {}", schema(lowered, name)),
    }
}

/// The name and test of each alternative of the response.
fn tests(schemas: Value, response: &Value) -> Vec<(String, Test)> {
    let lowered = of(schemas, response);
    let all = alternatives(&lowered, "UpdateThingResponse").into_iter();
    all.map(|it| (it.name, it.when)).collect()
}

/// The names of the alternatives of a component.
fn names(lowered: &Lowered, name: &str) -> Vec<String> {
    let alternatives = alternatives(lowered, name).into_iter();
    alternatives.map(|it| it.name).collect()
}

/// Why a response is rejected.
fn rejected(schemas: Value, response: &Value) -> String {
    let operation = json!({"operationId": "updateThing", "parameters": [path_parameter()], "responses": {"200": body(response)}});
    let lowered = lower(&document(schemas, operation), &SourceMap::default(), false);
    lowered.expect_err("it is ambiguous").to_string()
}

/// The one property of the response.
fn property(schemas: Value, property: &Value) -> Value {
    let lowered = of(
        schemas,
        &json!({"type": "object", "properties": {"it": property}}),
    );
    schema(&lowered, "UpdateThingResponse")["properties"]["it"].clone()
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

fn has(name: &str, is: MemberTest) -> Member {
    Member {
        name: name.into(),
        is,
    }
}

fn one_of(name: &str, values: &[&str]) -> Member {
    let values = values.iter().map(|value| Value::from(*value)).collect();
    has(name, MemberTest::OneOf(values))
}

fn named(name: &str, members: Vec<Member>) -> (String, Test) {
    (name.to_owned(), Test::Object(members))
}

fn string() -> Value {
    json!({"type": "string"})
}

#[test]
fn json_types_distinguish_alternatives() {
    let all = json!({"oneOf": [string(), {"type": "integer"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"}]});
    let names = [
        ("String".to_owned(), Test::String),
        ("Integer".to_owned(), Test::Integer),
        ("Number".to_owned(), Test::Number),
        ("Bool".to_owned(), Test::Boolean),
    ];
    assert_eq!(tests(json!({}), &all), names);
    let types = json!({"type": ["string", "integer", "null"]});
    assert_eq!(
        tests(json!({}), &types)[1],
        ("Number".to_owned(), Test::Integer)
    );
}

#[test]
fn fixed_values_distinguish_objects() {
    let kind = |values: Value| object(json!({"kind": {"type": "string", "enum": values}}), &[]);
    let schemas = json!({"A": kind(json!(["a"])), "B": kind(json!(["b", "c"]))});
    let union = json!({"oneOf": [reference("A"), reference("B")]});
    let expected = [
        named("A", vec![one_of("kind", &["a"])]),
        named("B", vec![one_of("kind", &["b", "c"])]),
    ];
    assert_eq!(tests(schemas, &union), expected);

    let number = |value: i64| object(json!({"version": {"const": value}}), &[]);
    let numbers = tests(json!({}), &json!({"oneOf": [number(1), number(2)]}));
    let first = has("version", MemberTest::OneOf(vec![1.into()]));
    assert_eq!(numbers[0], named("Version1", vec![first]));
}

#[test]
fn required_properties_distinguish_objects() {
    let branch = |name: &str| object(json!({name: string(), "note": string()}), &[name]);
    let union = json!({"oneOf": [branch("user_id"), branch("group_id")]});
    let expected = [
        named("UserId", vec![has("user_id", MemberTest::Present)]),
        named("GroupId", vec![has("group_id", MemberTest::Present)]),
    ];
    assert_eq!(tests(json!({}), &union), expected);

    // One of them has all that the other has, and more.
    let base = json!({"id": string()});
    let more = object(
        json!({"id": string(), "deleted": {"const": true}}),
        &["id", "deleted"],
    );
    let schemas = json!({"Whole": object(base, &["id"]), "Deleted": more});
    let union = json!({"anyOf": [string(), reference("Whole"), reference("Deleted")]});
    let found = tests(schemas, &union);
    let deleted = has("deleted", MemberTest::OneOf(vec![true.into()]));
    assert_eq!(found[1], named("Deleted", vec![deleted]));
    assert_eq!(
        found[2],
        named("Whole", vec![has("id", MemberTest::Present)])
    );
}

#[test]
fn types_of_properties_distinguish_objects() {
    let value = |kind: &str| object(json!({"value": {"type": kind}}), &["value"]);
    let found = tests(
        json!({}),
        &json!({"oneOf": [value("string"), value("array")]}),
    );
    let is = |test: Test| vec![has("value", MemberTest::Type(vec![test]))];
    assert_eq!(found[0].1, Test::Object(is(Test::String)));
    assert_eq!(found[1].1, Test::Object(is(Test::Array(Vec::new()))));
}

#[test]
fn nested_alternatives_are_flattened() {
    let kind = |value: &str| object(json!({"type": {"const": value}}), &["type"]);
    let schemas = json!({
        "Text": kind("text"), "Ordered": kind("ol"), "Bullet": kind("ul"),
        "List": {"oneOf": [reference("Ordered"), reference("Bullet")]},
    });
    let union = json!({"oneOf": [reference("Text"), reference("List")]});
    let names: Vec<_> = tests(schemas, &union).into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["Text", "Ordered", "Bullet"]);

    let ids = json!({"anyOf": [string(), {"type": "string", "enum": ["a", "b"]}]});
    let union = json!({"anyOf": [reference("Ids"), object(json!({"id": string()}), &[])]});
    let lowered = of(json!({"Ids": ids}), &union);
    let found = alternatives(&lowered, "UpdateThingResponse");
    assert_eq!(found[0].schema, reference("Ids"));
}

#[test]
fn items_distinguish_arrays() {
    let array = |items: Value| json!({"type": "array", "items": items});
    let union = json!({"oneOf": [string(), array(string()), array(json!({"type": "integer"})), array(array(json!({"type": "integer"})))]});
    let expected = [
        ("String".to_owned(), Test::String),
        ("StringArray".to_owned(), Test::Array(vec![Test::String])),
        ("IntegerArray".to_owned(), Test::Array(vec![Test::Integer])),
        (
            "ArrayArray".to_owned(),
            Test::Array(vec![Test::Array(Vec::new())]),
        ),
    ];
    assert_eq!(tests(json!({}), &union), expected);
    let items = |name: &str| array(object(json!({name: string()}), &[name]));
    let lowered = of(json!({}), &json!({"oneOf": [items("a"), items("b")]}));
    let response = &patch(&lowered.document)["responses"]["200"]["content"]["application/json"];
    assert_eq!(response["schema"]["type"], "array");
}

#[test]
fn shared_properties_are_in_each_alternative() {
    let branch = |name: &str| object(json!({name: string()}), &[name]);
    let group = |one: &str, other: &str| json!({"oneOf": [branch(one), branch(other)]});
    let mut beside = group("a", "b");
    beside["properties"] = json!({"id": string()});
    let lowered = of(json!({"Thing": beside}), &reference("Thing"));
    assert_eq!(names(&lowered, "Thing"), ["A", "B"]);
    assert_eq!(
        schema(&lowered, "ThingA")["properties"],
        json!({"id": string(), "a": string()})
    );

    let both = json!({"allOf": [group("a", "b"), group("c", "d")]});
    let names: Vec<_> = tests(json!({}), &both).into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["Ac", "Ad", "Bc", "Bd"]);
}

#[test]
fn branches_that_only_restrict_add_nothing() {
    let required = json!([{"required": ["a"]}, {"required": ["b"]}, {"not": {"required": ["c"]}}]);
    let mut thing = object(json!({"a": string(), "b": string()}), &[]);
    thing["anyOf"] = required;
    let lowered = of(json!({"A": thing}), &reference("A"));
    assert_eq!(
        schema(&lowered, "A")["properties"],
        json!({"a": string(), "b": string()})
    );
    let formats = json!({"type": "string", "anyOf": [{"format": "email"}, {"pattern": "^a"}]});
    assert_eq!(property(json!({}), &formats), string());
}

#[test]
fn null_is_recognised_in_every_spelling() {
    let schemas = json!({"A": object(json!({"n": string()}), &[])});
    for spelling in [
        json!({"type": "null"}),
        json!({"enum": [null]}),
        json!({"const": null}),
        json!({"type": "string", "enum": [null]}),
    ] {
        let union = json!({"anyOf": [reference("A"), spelling]});
        assert_eq!(
            property(schemas.clone(), &union),
            reference("A"),
            "{spelling}"
        );
    }
    for part in [
        json!({"type": ["object", "null"], "description": "d"}),
        json!({"description": "d"}),
    ] {
        let all = json!({"allOf": [reference("A"), part]});
        assert_eq!(property(schemas.clone(), &all), reference("A"), "{part}");
    }
    let never = json!({"anyOf": [string(), {"not": {}}, false]});
    assert_eq!(property(json!({}), &never), string());
    assert_eq!(
        property(json!({}), &json!({"type": "string", "enum": [null]})),
        json!({})
    );
}

#[test]
fn all_of_intersects_types_and_values() {
    let all = |parts: Value| property(json!({}), &json!({ "allOf": parts }));
    assert_eq!(
        all(json!([{"type": ["string", "integer"]}, {"type": "string"}])),
        string()
    );
    assert_eq!(
        all(json!([{"type": "number"}, {"type": "integer"}])),
        json!({"type": "integer"})
    );
    let lowered = of(
        json!({"A": {"allOf": [{"type": "string", "enum": ["a", "b"]}, {"enum": ["b", "c", "a"]}]}}),
        &reference("A"),
    );
    let Some(SchemaExtension::Enum { values, .. }) = SchemaExtension::of(&schema(&lowered, "A"))
    else {
        panic!("expected an enum");
    };
    let values: Vec<_> = values.iter().map(|value| &value.value).collect();
    assert_eq!(values, ["a", "b"]);
    let error = rejected(
        json!({}),
        &json!({"allOf": [string(), {"type": "integer"}]}),
    );
    assert!(error.contains("no value is of both"), "{error}");
}

#[test]
fn integers_with_names_are_an_enum() {
    let mode = json!({"type": "integer", "oneOf": [{"title": "AUTO", "const": 1}, {"title": "Unknown", "const": 2}]});
    let lowered = of(json!({"Mode": mode}), &reference("Mode"));
    let value = |name: &str, value| IntegerValue {
        name: name.into(),
        value,
    };
    assert_eq!(
        SchemaExtension::of(&schema(&lowered, "Mode")),
        Some(SchemaExtension::IntegerEnum(vec![
            value("Auto", 1),
            value("Unknown2", 2)
        ]))
    );
    let plain = json!({"type": "integer", "enum": [1, 2]});
    assert_eq!(property(json!({}), &plain), json!({"type": "integer"}));
}

#[test]
fn an_enum_has_all_its_values() {
    let version = json!({"type": "string", "enum": [4.1, 3, "3_lite", true]});
    let found = tests(json!({}), &version);
    let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["String", "Integer", "Number", "Bool"]);
    let lowered = of(json!({"A": version}), &reference("A"));
    let Some(SchemaExtension::Enum { values, .. }) =
        SchemaExtension::of(&schema(&lowered, "AString"))
    else {
        panic!("expected an enum");
    };
    let values: Vec<_> = values.iter().map(|value| &*value.value).collect();
    assert_eq!(values, ["4.1", "3", "3_lite", "true"]);
}

#[test]
fn a_discriminator_names_its_values() {
    let part = |kind: &str| object(json!({"kind": string(), kind: string()}), &[]);
    let schemas = json!({"A": part("a"), "B": part("b"), "C": part("c")});
    let union = json!({
        "oneOf": [reference("A"), reference("B"), reference("C")],
        "discriminator": {"propertyName": "kind", "mapping": {"x": "A", "y": "#/components/schemas/A", "z": "B"}},
    });
    let expected = [
        named("A", vec![one_of("kind", &["x", "y"])]),
        named("B", vec![one_of("kind", &["z"])]),
        named("C", vec![one_of("kind", &["C"])]),
    ];
    assert_eq!(tests(schemas, &union), expected);
}

#[test]
fn a_base_is_its_subtypes_or_itself() {
    let own = |name: &str| object(json!({name: string()}), &[]);
    let schemas = json!({
        "Pet": {"type": "object", "properties": {"kind": string()}, "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat"}}},
        "Cat": {"allOf": [reference("Pet"), own("lives")]},
        "Dog": {"allOf": [reference("Pet"), own("breed")]},
    });
    let lowered = of(schemas, &reference("Pet"));
    let found = alternatives(&lowered, "Pet");
    let found: Vec<_> = found.into_iter().map(|it| (it.name, it.when)).collect();
    let expected = [
        named("Cat", vec![one_of("kind", &["cat"])]),
        named("Dog", vec![one_of("kind", &["Dog"])]),
        named("Base", Vec::new()),
    ];
    assert_eq!(found, expected);
    assert_eq!(
        schema(&lowered, "Cat")["properties"],
        json!({"kind": string(), "lives": string()})
    );
    assert_eq!(
        schema(&lowered, "PetBase")["properties"],
        json!({"kind": string()})
    );
}

#[test]
fn a_base_may_list_its_subtypes() {
    let own = |name: &str| object(json!({name: string()}), &[name]);
    let schemas = json!({
        "Pet": {"type": "object", "properties": {"kind": string()}, "oneOf": [reference("Cat"), reference("Dog")], "discriminator": {"propertyName": "kind"}},
        "Cat": {"allOf": [reference("Pet"), own("lives")]},
        "Dog": {"allOf": [reference("Pet"), own("breed")]},
    });
    let lowered = of(schemas, &reference("Pet"));
    assert_eq!(names(&lowered, "Pet"), ["Cat", "Dog"]);
    assert_eq!(
        schema(&lowered, "Cat")["properties"],
        json!({"kind": string(), "lives": string()})
    );
}

#[test]
fn optional_properties_distinguish_objects() {
    let branch = |name: &str| object(json!({"id": string(), name: string()}), &[]);
    let union = json!({"oneOf": [branch("a"), branch("b")]});
    let lowered = of(json!({}), &union);
    let notes: Vec<_> = lowered.notes.iter().map(ToString::to_string).collect();
    let read = "an object with `a` is `oneOf/0`, with `b` is `oneOf/1`; one with those of none or of several stays JSON";
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains(read), "{notes:?}");
    let found = tests(json!({}), &union);
    let (a, b) = (has("a", MemberTest::Present), has("b", MemberTest::Present));
    let only = |one: &Member, other: &Member| {
        let none = has(&other.name, MemberTest::None(vec![other.clone()]));
        vec![one.clone(), none]
    };
    assert_eq!(found, [named("A", only(&a, &b)), named("B", only(&b, &a))]);
}

#[test]
fn objects_of_the_same_properties_are_one_with_the_types_of_both() {
    let branch = |kind: &str| {
        let item = json!({"type": "object", "properties": {"value": {"type": kind}}, "required": ["value"]});
        object(
            json!({"choices": {"type": "array", "items": item}}),
            &["choices"],
        )
    };
    let lowered = of(
        json!({}),
        &json!({"anyOf": [branch("string"), branch("boolean")]}),
    );
    let response = &patch(&lowered.document)["responses"]["200"]["content"]["application/json"];
    assert_eq!(response["schema"], reference("UpdateThingResponse"));
    let items = &schema(&lowered, "UpdateThingResponse")["properties"]["choices"]["items"];
    assert_eq!(*items, reference("UpdateThingResponseChoicesItem"));
    let found = alternatives(&lowered, "UpdateThingResponseChoicesItem");
    let expected = has("value", MemberTest::Type(vec![Test::Boolean]));
    assert_eq!(found[1].when, Test::Object(vec![expected]));
}

#[test]
fn ambiguous_objects_are_rejected_with_advice() {
    let branch = |name: &str| object(json!({name: string()}), &[]);
    let schemas = json!({"One": branch("a"), "Other": branch("b")});
    let union = json!({"oneOf": [reference("One"), reference("Other")]});
    let error = rejected(schemas, &union);
    assert!(error.contains("`One` and `Other` overlap"), "{error}");
    assert!(error.contains("require `a` in `One`"), "{error}");
    let inline = json!({"anyOf": [branch("a"), branch("b")]});
    let error = rejected(json!({}), &inline);
    assert!(error.contains("`anyOf/0` and `anyOf/1` overlap"), "{error}");
}

#[test]
fn an_alternative_that_another_includes_is_dropped() {
    let wide = object(json!({"id": string(), "name": string()}), &[]);
    let narrow = object(json!({"id": string()}), &["id"]);
    let schemas = json!({"Narrow": narrow, "Wide": wide});
    let lowered = of(
        schemas,
        &json!({"oneOf": [reference("Narrow"), reference("Wide")]}),
    );
    let names: Vec<_> = lowered
        .notes
        .iter()
        .filter(|note| note.to_string().contains("`Narrow` is read as `Wide`"))
        .collect();
    assert_eq!(names.len(), 1, "{:?}", lowered.notes);
    let response = &patch(&lowered.document)["responses"]["200"]["content"]["application/json"];
    assert_eq!(response["schema"], reference("Wide"));
}

#[test]
fn an_ambiguous_error_rejects_nothing() {
    let branch = |name: &str| object(json!({name: string()}), &[]);
    let either = json!({"anyOf": [branch("a"), branch("b")]});
    let failure = object(json!({"details": either}), &[]);
    let document = operation(json!({"responses": {"200": body(&string()), "400": body(&failure)}}));
    let document = document.expect("an error is any JSON");
    let error = &document["components"]["schemas"]["UpdateThingError"];
    assert_eq!(error["properties"]["details"], json!({}));
    operation(json!({"responses": {"default": body(&failure)}})).expect_err("it is the success");
}

#[test]
fn a_tuple_is_a_list_of_any_of_its_items() {
    let tuple =
        json!({"type": "array", "prefixItems": [string(), {"type": "integer"}], "items": false});
    let lowered = of(
        json!({"A": object(json!({"it": tuple}), &[])}),
        &reference("A"),
    );
    assert_eq!(names(&lowered, "AItItem"), ["String", "Number"]);
    assert!(
        lowered.notes[0]
            .to_string()
            .contains("a tuple is read as a list"),
        "{:?}",
        lowered.notes
    );
}

#[test]
fn a_mapping_selects_the_alternatives_that_it_points_to() {
    let at = "#/components/schemas/Holder/properties/other";
    let branch = |name: &str| object(json!({"kind": string(), name: string()}), &["kind"]);
    let union = json!({
        "oneOf": [branch("a"), branch("b")],
        "discriminator": {"propertyName": "kind", "mapping": {
            "first": format!("{at}/oneOf/0"),
            "second": "#/components/schemas/Alias/properties/other/oneOf/1",
            "third": "#/components/schemas/Gone",
            "fourth": "Gone",
        }},
    });
    let holder = object(json!({"other": union}), &[]);
    let schemas = json!({"Holder": holder, "Alias": reference("Holder")});
    let lowered = of(schemas, &reference("Holder"));
    let all = alternatives(&lowered, "HolderOther").into_iter();
    let found: Vec<_> = all.map(|it| it.when).collect();
    let tag = |value| Test::Object(vec![one_of("kind", &[value])]);
    assert_eq!(found, [tag("first"), tag("second")]);
    let notes: Vec<_> = lowered.notes.iter().map(ToString::to_string).collect();
    for target in ["#/components/schemas/Gone", "Gone"] {
        let note = format!("the target `{target}` of its `mapping` does not exist, so");
        assert!(notes.iter().any(|it| it.contains(&note)), "{notes:?}");
    }
}

#[test]
fn constants_beside_their_type_are_an_enum() {
    let constant =
        |value: &str, text: &str| json!({"const": value, "title": value, "description": text});
    let kind = json!({"type": "string", "oneOf": [constant("a", "The first."), constant("b", "The last.")]});
    let lowered = of(json!({"Kind": kind}), &reference("Kind"));
    let value = |name: &str, value: &str, text: &str| EnumValue {
        name: name.into(),
        value: value.into(),
        description: Some(text.into()),
    };
    let values = vec![value("A", "a", "The first."), value("B", "b", "The last.")];
    let expected = SchemaExtension::Enum { values, sort: None };
    assert_eq!(
        SchemaExtension::of(&schema(&lowered, "Kind")),
        Some(expected)
    );
}

#[test]
fn enums_of_parts_without_a_common_value_are_one() {
    let values = |all: Value| json!({"type": "string", "enum": all});
    let base = object(json!({"type": values(json!(["a", "b"]))}), &[]);
    let part = object(json!({"type": values(json!(["c", "d"]))}), &[]);
    let lowered = of(
        json!({"Base": base}),
        &json!({"allOf": [reference("Base"), part]}),
    );
    let found = schema(&lowered, "UpdateThingResponseType");
    let Some(SchemaExtension::Enum { values: found, .. }) = SchemaExtension::of(&found) else {
        panic!("an open enum: {found}");
    };
    let found: Vec<_> = found.iter().map(|it| &*it.value).collect();
    assert_eq!(found, ["a", "b", "c", "d"]);
    assert!(
        lowered.notes[0].to_string().contains("no value is in both"),
        "{:?}",
        lowered.notes
    );

    let alternatives = json!({"anyOf": [{"allOf": [values(json!(["a"])), values(json!(["b"]))]}, {"type": "integer"}]});
    let found = tests(json!({}), &alternatives);
    let expected = [
        ("String".to_owned(), Test::String),
        ("Number".to_owned(), Test::Integer),
    ];
    assert_eq!(found, expected);

    let number = object(json!({"type": {"type": "integer", "enum": [1]}}), &[]);
    let error = rejected(
        json!({"Number": number}),
        &json!({"allOf": [reference("Number"), object(json!({"type": {"enum": ["c"]}}), &[])]}),
    );
    assert!(error.contains("no value is in both"), "{error}");
}
