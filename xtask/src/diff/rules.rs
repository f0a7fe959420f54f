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
    Prose,
    /// It compiles and works as before, and can do more or learns something.
    Addition,
    /// It stops compiling or working.
    Breaks,
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
    Answer,
    /// A code of success.
    Status,
    ErrorAnswer,
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
    Wording,
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
    Part::Wording,
    Change::Changed,
    Breaks,
    "no rule speaks of it",
);

use Change::*;
use Part::*;
use Verdict::*;

#[rustfmt::skip]
static RULES: &[Rule] = &[
    rule("operation-added", Operation, Added, Addition, "a new method"),
    rule("operation-removed", Operation, Removed, Breaks, "the method is gone"),
    rule("operation-renamed", Operation, Renamed, Breaks, "the method has another name"),
    rule("operation-moved", Operation, Moved, Addition, "the same method calls the new address; released versions go on calling the old one"),
    rule("operation-method-changed", Operation, Method, Breaks, "it compiles as before, but does something else: a PUT may erase the fields that a PATCH without them leaves as they are"),
    rule("operation-idempotency", Operation, Idempotency, Security, "it compiles as before, but a failed call is sent again under other conditions, and may be done twice"),
    rule("operation-deprecated", Operation, Deprecated, Addition, "a warning, which stops only builds that deny warnings"),
    rule("operation-undeprecated", Operation, Undeprecated, Addition, "a warning less"),

    rule("parameter-added", Parameter, Added, Addition, "a new method of the builder, which need not be called"),
    rule("parameter-added-required", Parameter, AddedRequired, Breaks, "calls compile, but at run time each is refused until it is set"),
    rule("parameter-removed", Parameter, Removed, Breaks, "the method of the builder is gone"),
    rule("parameter-renamed", Parameter, Renamed, Breaks, "the method of the builder has another name"),
    rule("parameter-retyped", Parameter, Retyped, Breaks, "the method of the builder takes another type"),
    rule("parameter-became-required", Parameter, BecameRequired, Breaks, "calls compile, but at run time each is refused until it is set"),
    rule("parameter-wire-name", Parameter, WireName, Addition, "the same method sends it under another name; released versions go on sending the old one"),
    rule("parameter-relocated", Parameter, Relocated, Addition, "the same method sends it in another part of the request; released versions go on sending it in the old one"),
    rule("parameter-became-optional", Parameter, BecameOptional, Addition, "it need not be set any more"),

    rule("body-added", Body, Added, Addition, "a new method of the builder, which need not be called"),
    rule("body-added-required", Body, AddedRequired, Breaks, "calls compile, but at run time each is refused until it is set"),
    rule("body-removed", Body, Removed, Breaks, "the builder's `body` is gone"),
    rule("body-retyped", Body, Retyped, Breaks, "the builder's `body` takes another type"),
    rule("body-became-required", Body, BecameRequired, Breaks, "calls compile, but at run time each is refused until it is set"),
    rule("body-became-optional", Body, BecameOptional, Addition, "it need not be set any more"),

    rule("answer-retyped", Answer, Retyped, Breaks, "`send` gives another type"),
    rule("status-added", Status, Added, Addition, "a new method of the mock"),
    rule("status-removed", Status, Removed, Breaks, "the mock's method for this status is gone"),
    rule("error-answer-retyped", ErrorAnswer, Retyped, Breaks, "the mock's errors take another type"),

    rule("type-added", Type, Added, Addition, "a new type"),
    rule("type-removed", Type, Removed, Breaks, "the type is gone"),
    rule("type-renamed", Type, Renamed, Breaks, "the type has another name"),
    rule("type-retyped", Type, Retyped, Breaks, "the type is of another kind"),

    rule("field-added", Field, Added, Addition, "structs are built with `..Default::default()`, and what is new is passed over by who does not read it"),
    rule("field-added-required", Field, AddedRequired, Breaks, "the struct cannot be built without it, nor has it a `Default` any more"),
    rule("field-removed", Field, Removed, Breaks, "the field is gone"),
    rule("field-renamed", Field, Renamed, Breaks, "the field has another name"),
    rule("field-retyped", Field, Retyped, Breaks, "the field has another type"),
    rule("field-became-required", Field, BecameRequired, Breaks, "the struct has no `Default` any more"),
    rule("field-became-optional", Field, BecameOptional, Addition, "it need not be set any more"),
    rule("field-wire-name", Field, WireName, Addition, "the same field has another name in JSON; released versions go on with the old one"),
    rule("field-became-read-only", Field, BecameReadOnly, Breaks, "programs that set it compile, but the API ignores or rejects what they send"),
    rule("field-became-writable", Field, BecameWritable, Addition, "what is set is not ignored any more"),
    rule("field-deprecated", Field, Deprecated, Addition, "a warning, which stops only builds that deny warnings"),
    rule("field-undeprecated", Field, Undeprecated, Addition, "a warning less"),

    rule("variant-added", Variant, Added, Addition, "the enum is `#[non_exhaustive]`; until now the value was kept as `Unknown`"),
    rule("variant-removed", Variant, Removed, Breaks, "the variant is gone"),
    rule("variant-renamed", Variant, Renamed, Breaks, "the variant has another name"),

    rule("variant-wire-name", Variant, WireName, Addition, "the same variant has another value; released versions go on with the old one"),

    rule("alternative-added", Alternative, Added, Addition, "the enum is `#[non_exhaustive]`; until now the value was kept as `Unknown`"),
    rule("alternative-removed", Alternative, Removed, Breaks, "the variant is gone"),
    rule("alternative-renamed", Alternative, Renamed, Breaks, "the variant has another name"),
    rule("alternative-retyped", Alternative, Retyped, Breaks, "the variant holds another type"),

    rule("stream-added", Stream, Added, Addition, "the whole list can be read by `stream()` and `pages()`"),
    rule("stream-removed", Stream, Removed, Breaks, "the answer has not the shape of a list any more: `stream()` and `pages()` are gone"),
    rule("stream-retyped", Stream, Retyped, Breaks, "`stream()` gives rows of another type"),
    rule("scope-added", Handle, Added, Addition, "a new method of the client"),
    rule("scope-removed", Handle, Removed, Breaks, "the method of the client is gone"),
    rule("scope-retyped", Handle, Retyped, Breaks, "the method of the client takes another type"),

    rule("credential-added", Credential, Added, Addition, "one more way to prove who calls"),
    rule("scheme-added", Scheme, Added, Security, "the document asks for a credential that it did not know: a person must know whose it is, and where it is sent"),
    rule("credential-removed", Credential, Removed, Security, "calls compile, but at run time those with this credential are rejected"),
    rule("credential-changed", Credential, Changed, Security, "calls compile, but at run time the credential is sent another way than the API expects, or comes from elsewhere"),
    rule("credential-renamed", Credential, Renamed, Prose, "the document calls it by another name; it is sent as before"),
    rule("credential-became-optional", Credential, BecameOptional, Addition, "calls work as before; none is needed any more"),
    rule("credential-became-required", Credential, BecameRequired, Breaks, "calls compile, but at run time those without a credential are rejected"),
    rule("server-changed", Server, Changed, Security, "credentials are sent to another address; released versions go on calling the old one"),

    rule("names-changed", Names, Changed, Breaks, "the overlay says something else of Rust, and no rule knows what follows"),
    rule("bounds-changed", Bounds, Changed, Addition, "the Rust type is the same, but the API takes or gives other values"),
    rule("presence-changed", Presence, Changed, Prose, "the Rust type is the same: whether the document has it as missing or null makes no difference to it"),
    rule("wording-changed", Wording, Changed, Prose, "only words are new"),
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
        assert_eq!(of(Server, Deprecated).verdict, Breaks);
    }
}
