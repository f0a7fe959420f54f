//! What each change means to users of the crate: one table.
//!
//! The kinds of changes are those of oasdiff's catalogue; the verdicts are about the generated Rust.
//! Its structs are built with `..Default::default()`, fields of responses may be missing, and its
//! enums are `#[non_exhaustive]` and keep unknown values. So many changes that break a client in
//! another language are not breaking here.

use serde::Serialize;

/// What a change means to a program that uses the crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Only the documentation changes.
    DocsOnly,
    /// It compiles and works as before, and more is possible.
    Additive,
    /// It no longer compiles or works.
    Breaking,
    /// Credentials are sent elsewhere, there is a new kind of credential, or other requests are
    /// retried: a person must accept the change in the overlay.
    Security,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Operation,
    Parameter,
    Body,
    Response,
    /// A success code.
    Status,
    ErrorResponse,
    Type,
    Field,
    /// A known value of a string enum.
    Variant,
    /// One alternative of a `oneOf`.
    Alternative,
    /// The stream of a list operation.
    Stream,
    /// A scope: the operations that share a path parameter.
    Scope,
    /// A request that the API sends: a webhook or callback.
    Webhook,
    /// A credential that operations accept.
    Credential,
    /// A security scheme: how a credential is sent.
    Scheme,
    Server,
    /// Which values are valid, where the Rust type does not express it.
    Bounds,
    /// Whether a value can be missing or null, where the Rust type does not express it.
    Presence,
    /// Rust names of the overlay that no other part shows.
    Names,
    Docs,
}

/// How it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    Added,
    /// A new item that is required.
    AddedRequired,
    /// A field of a struct that has no `Default`, because another field is required.
    AddedWithoutDefault,
    Removed,
    Renamed,
    Retyped,
    /// It had no type.
    Typed,
    BecameRequired,
    BecameOptional,
    Deprecated,
    Undeprecated,
    BecameReadOnly,
    BecameWritable,
    /// The operation has another path.
    Moved,
    /// The operation has another HTTP method.
    Method,
    /// It has the same name in Rust, but another in HTTP or JSON.
    WireName,
    /// A parameter is sent in another part of the request.
    Relocated,
    /// Whether the operation may be retried.
    Idempotency,
    Changed,
}

/// One row of the table.
#[derive(Debug)]
pub(super) struct Rule {
    /// The ID of the rule, for tools.
    pub(super) id: &'static str,
    part: Part,
    change: Change,
    pub(super) verdict: Verdict,
    /// The reason, for a pull request.
    pub(super) reason: &'static str,
}

const fn rule(
    id: &'static str,
    part: Part,
    change: Change,
    verdict: Verdict,
    reason: &'static str,
) -> Rule {
    Rule {
        id,
        part,
        change,
        verdict,
        reason,
    }
}

/// The rule for a change.
pub(super) fn of(part: Part, change: Change) -> &'static Rule {
    let is_it = |rule: &&Rule| rule.part == part && rule.change == change;
    RULES.iter().find(is_it).unwrap_or(&UNFORESEEN)
}

/// A change without a rule counts as breaking.
static UNFORESEEN: Rule = rule(
    "unforeseen",
    Part::Docs,
    Change::Changed,
    Breaking,
    "there is no rule for this change",
);

use Change::*;
use Part::*;
use Verdict::*;

#[rustfmt::skip]
static RULES: &[Rule] = &[
    rule("operation-added", Operation, Added, Additive, "a new method"),
    rule("operation-removed", Operation, Removed, Breaking, "the method is gone"),
    rule("operation-renamed", Operation, Renamed, Breaking, "the method has another name"),
    rule("operation-moved", Operation, Moved, Additive, "the same method calls the new path; released versions still call the old one"),
    rule("operation-method-changed", Operation, Method, Breaking, "it compiles as before, but has another effect: a PUT may erase fields that a PATCH leaves unchanged"),
    rule("operation-idempotency", Operation, Idempotency, Security, "it compiles as before, but is retried under other conditions, and so may be executed twice"),
    rule("operation-deprecated", Operation, Deprecated, Additive, "a warning, which fails only builds that deny warnings"),
    rule("operation-undeprecated", Operation, Undeprecated, Additive, "one warning less"),

    rule("parameter-added", Parameter, Added, Additive, "a new, optional method of the builder"),
    rule("parameter-added-required", Parameter, AddedRequired, Breaking, "calls compile, but fail at run time until it is set"),
    rule("parameter-removed", Parameter, Removed, Breaking, "the method of the builder is gone"),
    rule("parameter-renamed", Parameter, Renamed, Breaking, "the method of the builder has another name"),
    rule("parameter-retyped", Parameter, Retyped, Breaking, "the method of the builder takes another type"),
    rule("parameter-became-required", Parameter, BecameRequired, Breaking, "calls compile, but fail at run time until it is set"),
    rule("parameter-wire-name", Parameter, WireName, Additive, "the same method sends it under another name; released versions still send the old one"),
    rule("parameter-relocated", Parameter, Relocated, Additive, "the same method sends it in another part of the request; released versions still send it in the old one"),
    rule("parameter-became-optional", Parameter, BecameOptional, Additive, "it is no longer required"),

    rule("body-added", Body, Added, Additive, "a new, optional method of the builder"),
    rule("body-added-required", Body, AddedRequired, Breaking, "calls compile, but fail at run time until it is set"),
    rule("body-removed", Body, Removed, Breaking, "the builder's `body` is gone"),
    rule("body-retyped", Body, Retyped, Breaking, "the builder's `body` takes another type"),
    rule("body-became-required", Body, BecameRequired, Breaking, "calls compile, but fail at run time until it is set"),
    rule("body-became-optional", Body, BecameOptional, Additive, "it is no longer required"),

    rule("response-retyped", Response, Retyped, Breaking, "`send` returns another type"),
    rule("status-added", Status, Added, Additive, "a new method of the mock"),
    rule("status-removed", Status, Removed, Breaking, "the mock's method for this status is gone"),
    rule("error-response-retyped", ErrorResponse, Retyped, Breaking, "the mock's errors take another type"),

    rule("type-added", Type, Added, Additive, "a new type"),
    rule("type-removed", Type, Removed, Breaking, "the type is gone"),
    rule("type-renamed", Type, Renamed, Breaking, "the type has another name"),
    rule("type-retyped", Type, Retyped, Breaking, "the type is of another kind"),

    rule("field-added", Field, Added, Additive, "structs are built with `..Default::default()`, and programs that do not read the field ignore it"),
    rule("field-added-required", Field, AddedRequired, Breaking, "the struct cannot be built without it, and no longer has a `Default`"),
    rule("field-added-without-default", Field, AddedWithoutDefault, Breaking, "the struct has a required field and so no `Default`: its literals have to set the new field, too"),
    rule("field-removed", Field, Removed, Breaking, "the field is gone"),
    rule("field-renamed", Field, Renamed, Breaking, "the field has another name"),
    rule("field-retyped", Field, Retyped, Breaking, "the field has another type"),
    rule("field-became-required", Field, BecameRequired, Breaking, "the struct no longer has a `Default`"),
    rule("field-became-optional", Field, BecameOptional, Additive, "it is no longer required"),
    rule("field-wire-name", Field, WireName, Additive, "the same field has another name in JSON; released versions still use the old one"),
    rule("field-became-read-only", Field, BecameReadOnly, Breaking, "programs that set it compile, but the API ignores or rejects the value"),
    rule("field-became-writable", Field, BecameWritable, Additive, "the API no longer ignores the value"),
    rule("field-deprecated", Field, Deprecated, Additive, "a warning, which fails only builds that deny warnings"),
    rule("field-undeprecated", Field, Undeprecated, Additive, "one warning less"),

    rule("variant-added", Variant, Added, Additive, "the enum is `#[non_exhaustive]`; until now the value was kept as `Unknown`"),
    rule("variant-removed", Variant, Removed, Breaking, "the variant is gone"),
    rule("variant-renamed", Variant, Renamed, Breaking, "the variant has another name"),

    rule("variant-wire-name", Variant, WireName, Additive, "the same variant has another value; released versions still use the old one"),

    rule("alternative-added", Alternative, Added, Additive, "the enum is `#[non_exhaustive]`; until now the value was kept as `Unknown`"),
    rule("alternative-removed", Alternative, Removed, Breaking, "the variant is gone"),
    rule("alternative-renamed", Alternative, Renamed, Breaking, "the variant has another name"),
    rule("alternative-retyped", Alternative, Retyped, Breaking, "the variant holds another type"),

    rule("stream-added", Stream, Added, Additive, "the list can be read with `stream()` and `pages()`"),
    rule("stream-removed", Stream, Removed, Breaking, "the response is no longer a list: `stream()` and `pages()` are gone"),
    rule("stream-retyped", Stream, Retyped, Breaking, "`stream()` has items of another type"),
    rule("scope-added", Scope, Added, Additive, "a new method of the client"),
    rule("scope-removed", Scope, Removed, Breaking, "the method of the client is gone"),
    rule("scope-retyped", Scope, Retyped, Breaking, "the method of the client takes another type"),

    rule("webhook-added", Webhook, Added, Additive, "a new webhook or callback; until now its name was kept as unknown"),
    rule("webhook-removed", Webhook, Removed, Breaking, "the documentation no longer has the webhook or callback"),
    rule("webhook-typed", Webhook, Typed, Additive, "the payload has a type now"),
    rule("webhook-retyped", Webhook, Retyped, Breaking, "the payload has another type"),

    rule("credential-added", Credential, Added, Additive, "one more credential is accepted"),
    rule("scheme-added", Scheme, Added, Security, "the document asks for a new credential: a person must know whose it is, and where it is sent"),
    rule("credential-removed", Credential, Removed, Security, "calls compile, but at run time those with this credential are rejected"),
    rule("credential-changed", Credential, Changed, Security, "calls compile, but at run time the credential is not sent as the API expects, or is obtained elsewhere"),
    rule("credential-renamed", Credential, Renamed, DocsOnly, "the document has another name for it; it is sent as before"),
    rule("credential-became-optional", Credential, BecameOptional, Additive, "calls work as before; a credential is no longer required"),
    rule("credential-became-required", Credential, BecameRequired, Breaking, "calls compile, but at run time those without a credential are rejected"),
    rule("server-changed", Server, Changed, Security, "credentials are sent to another URL; released versions still call the old one"),

    rule("names-changed", Names, Changed, Breaking, "the overlay has other Rust names, and no rule covers the effect"),
    rule("bounds-changed", Bounds, Changed, Additive, "the Rust type is the same, but other values are valid"),
    rule("presence-changed", Presence, Changed, DocsOnly, "the Rust type is the same for missing and null"),
    rule("docs-changed", Docs, Changed, DocsOnly, "only the documentation changed"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_has_one_rule_with_a_reason() {
        for (index, rule) in RULES.iter().enumerate() {
            let same = |other: &&Rule| {
                (other.part, other.change) == (rule.part, rule.change) || other.id == rule.id
            };
            assert!(!RULES[..index].iter().any(|other| same(&other)), "{rule:?}");
            assert!(!rule.reason.is_empty(), "{rule:?}");
            assert_eq!(of(rule.part, rule.change).id, rule.id);
        }
    }

    #[test]
    fn a_change_without_a_rule_is_breaking() {
        assert_eq!(of(Server, Deprecated).verdict, Breaking);
    }
}
