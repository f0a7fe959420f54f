//! What each change means to users of the crate: one table.
//!
//! The kinds of changes are those of oasdiff's catalogue; the verdicts are about the generated
//! Rust. Its structs are built with `..Default::default()`, what it reads may be missing, and its
//! enums are `#[non_exhaustive]` and keep what they do not know, so much that breaks a client in
//! another language breaks none here.

use serde::Serialize;

/// What a change means to a program that uses the crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing: only words are new.
    DocsOnly,
    /// It compiles and works as before, and can do more or learns something.
    Additive,
    /// It stops compiling or working.
    Breaking,
    /// Credentials go elsewhere, there is a new kind of them, or a call is sent again that was not:
    /// a person must accept it in the overlay.
    Security,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Operation,
    Parameter,
    Body,
    Response,
    /// A code of success.
    Status,
    ErrorResponse,
    Type,
    Field,
    /// A known value of an enum of texts.
    Variant,
    /// One of the types a value can have.
    Alternative,
    /// Reading the whole list that an operation gives.
    Stream,
    /// The operations that share an argument, with that set.
    Handle,
    /// A way to prove who calls.
    Credential,
    /// How a credential is sent, as the document describes it.
    Scheme,
    Server,
    /// Which values the API takes or gives, where the Rust type does not say it.
    Bounds,
    /// Whether a value can be missing or null, where the Rust type does not say it.
    Presence,
    /// What the overlay says of Rust, and no other part shows.
    Names,
    Docs,
}

/// How it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    Added,
    /// Something new that must be given.
    AddedRequired,
    Removed,
    Renamed,
    Retyped,
    BecameRequired,
    BecameOptional,
    Deprecated,
    Undeprecated,
    BecameReadOnly,
    BecameWritable,
    /// The operation has another path.
    Moved,
    /// The operation has another method of HTTP.
    Method,
    /// It has the same name in Rust, and another in HTTP or JSON.
    WireName,
    /// A parameter is sent in another part of the request.
    Relocated,
    /// Whether the operation may be sent twice.
    Idempotency,
    Changed,
}

/// One row of the table.
#[derive(Debug)]
pub(super) struct Rule {
    /// The rule's name, for tools.
    pub(super) id: &'static str,
    part: Part,
    change: Change,
    pub(super) verdict: Verdict,
    /// Why, in words for a pull request.
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

/// Better a release too careful than one that breaks.
static UNFORESEEN: Rule = rule(
    "unforeseen",
    Part::Docs,
    Change::Changed,
    Breaking,
    "no rule speaks of it",
);

use Change::*;
use Part::*;
use Verdict::*;

#[rustfmt::skip]
static RULES: &[Rule] = &[
    rule("operation-added", Operation, Added, Additive, "a new method"),
    rule("operation-removed", Operation, Removed, Breaking, "the method is gone"),
    rule("operation-renamed", Operation, Renamed, Breaking, "the method has another name"),
    rule("operation-moved", Operation, Moved, Additive, "the same method calls the new address; released versions go on calling the old one"),
    rule("operation-method-changed", Operation, Method, Breaking, "it compiles as before, but does something else: a PUT may erase the fields that a PATCH without them leaves as they are"),
    rule("operation-idempotency", Operation, Idempotency, Security, "it compiles as before, but a failed call is sent again under other conditions, and may be done twice"),
    rule("operation-deprecated", Operation, Deprecated, Additive, "a warning, which stops only builds that deny warnings"),
    rule("operation-undeprecated", Operation, Undeprecated, Additive, "a warning less"),

    rule("parameter-added", Parameter, Added, Additive, "a new method of the builder, which need not be called"),
    rule("parameter-added-required", Parameter, AddedRequired, Breaking, "calls compile, but at run time each is refused until it is set"),
    rule("parameter-removed", Parameter, Removed, Breaking, "the method of the builder is gone"),
    rule("parameter-renamed", Parameter, Renamed, Breaking, "the method of the builder has another name"),
    rule("parameter-retyped", Parameter, Retyped, Breaking, "the method of the builder takes another type"),
    rule("parameter-became-required", Parameter, BecameRequired, Breaking, "calls compile, but at run time each is refused until it is set"),
    rule("parameter-wire-name", Parameter, WireName, Additive, "the same method sends it under another name; released versions go on sending the old one"),
    rule("parameter-relocated", Parameter, Relocated, Additive, "the same method sends it in another part of the request; released versions go on sending it in the old one"),
    rule("parameter-became-optional", Parameter, BecameOptional, Additive, "it need not be set any more"),

    rule("body-added", Body, Added, Additive, "a new method of the builder, which need not be called"),
    rule("body-added-required", Body, AddedRequired, Breaking, "calls compile, but at run time each is refused until it is set"),
    rule("body-removed", Body, Removed, Breaking, "the builder's `body` is gone"),
    rule("body-retyped", Body, Retyped, Breaking, "the builder's `body` takes another type"),
    rule("body-became-required", Body, BecameRequired, Breaking, "calls compile, but at run time each is refused until it is set"),
    rule("body-became-optional", Body, BecameOptional, Additive, "it need not be set any more"),

    rule("response-retyped", Response, Retyped, Breaking, "`send` gives another type"),
    rule("status-added", Status, Added, Additive, "a new method of the mock"),
    rule("status-removed", Status, Removed, Breaking, "the mock's method for this status is gone"),
    rule("error-response-retyped", ErrorResponse, Retyped, Breaking, "the mock's errors take another type"),

    rule("type-added", Type, Added, Additive, "a new type"),
    rule("type-removed", Type, Removed, Breaking, "the type is gone"),
    rule("type-renamed", Type, Renamed, Breaking, "the type has another name"),
    rule("type-retyped", Type, Retyped, Breaking, "the type is of another kind"),

    rule("field-added", Field, Added, Additive, "structs are built with `..Default::default()`, and what is new is passed over by who does not read it"),
    rule("field-added-required", Field, AddedRequired, Breaking, "the struct cannot be built without it, nor has it a `Default` any more"),
    rule("field-removed", Field, Removed, Breaking, "the field is gone"),
    rule("field-renamed", Field, Renamed, Breaking, "the field has another name"),
    rule("field-retyped", Field, Retyped, Breaking, "the field has another type"),
    rule("field-became-required", Field, BecameRequired, Breaking, "the struct has no `Default` any more"),
    rule("field-became-optional", Field, BecameOptional, Additive, "it need not be set any more"),
    rule("field-wire-name", Field, WireName, Additive, "the same field has another name in JSON; released versions go on with the old one"),
    rule("field-became-read-only", Field, BecameReadOnly, Breaking, "programs that set it compile, but the API ignores or rejects what they send"),
    rule("field-became-writable", Field, BecameWritable, Additive, "what is set is not ignored any more"),
    rule("field-deprecated", Field, Deprecated, Additive, "a warning, which stops only builds that deny warnings"),
    rule("field-undeprecated", Field, Undeprecated, Additive, "a warning less"),

    rule("variant-added", Variant, Added, Additive, "the enum is `#[non_exhaustive]`; until now the value was kept as `Unknown`"),
    rule("variant-removed", Variant, Removed, Breaking, "the variant is gone"),
    rule("variant-renamed", Variant, Renamed, Breaking, "the variant has another name"),

    rule("variant-wire-name", Variant, WireName, Additive, "the same variant has another value; released versions go on with the old one"),

    rule("alternative-added", Alternative, Added, Additive, "the enum is `#[non_exhaustive]`; until now the value was kept as `Unknown`"),
    rule("alternative-removed", Alternative, Removed, Breaking, "the variant is gone"),
    rule("alternative-renamed", Alternative, Renamed, Breaking, "the variant has another name"),
    rule("alternative-retyped", Alternative, Retyped, Breaking, "the variant holds another type"),

    rule("stream-added", Stream, Added, Additive, "the whole list can be read by `stream()` and `pages()`"),
    rule("stream-removed", Stream, Removed, Breaking, "the answer has not the shape of a list any more: `stream()` and `pages()` are gone"),
    rule("stream-retyped", Stream, Retyped, Breaking, "`stream()` gives rows of another type"),
    rule("scope-added", Handle, Added, Additive, "a new method of the client"),
    rule("scope-removed", Handle, Removed, Breaking, "the method of the client is gone"),
    rule("scope-retyped", Handle, Retyped, Breaking, "the method of the client takes another type"),

    rule("credential-added", Credential, Added, Additive, "one more way to prove who calls"),
    rule("scheme-added", Scheme, Added, Security, "the document asks for a credential that it did not know: a person must know whose it is, and where it is sent"),
    rule("credential-removed", Credential, Removed, Security, "calls compile, but at run time those with this credential are rejected"),
    rule("credential-changed", Credential, Changed, Security, "calls compile, but at run time the credential is sent another way than the API expects, or comes from elsewhere"),
    rule("credential-renamed", Credential, Renamed, DocsOnly, "the document calls it by another name; it is sent as before"),
    rule("credential-became-optional", Credential, BecameOptional, Additive, "calls work as before; none is needed any more"),
    rule("credential-became-required", Credential, BecameRequired, Breaking, "calls compile, but at run time those without a credential are rejected"),
    rule("server-changed", Server, Changed, Security, "credentials are sent to another address; released versions go on calling the old one"),

    rule("names-changed", Names, Changed, Breaking, "the overlay says something else of Rust, and no rule knows what follows"),
    rule("bounds-changed", Bounds, Changed, Additive, "the Rust type is the same, but the API takes or gives other values"),
    rule("presence-changed", Presence, Changed, DocsOnly, "the Rust type is the same: whether the document has it as missing or null makes no difference to it"),
    rule("docs-changed", Docs, Changed, DocsOnly, "only words are new"),
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
    fn what_no_rule_speaks_of_is_taken_to_break() {
        assert_eq!(of(Server, Deprecated).verdict, Breaking);
    }
}
