//! `cargo xtask fetch` of the whole specifications that pages link to.

use std::fs;

use ring::digest::{SHA256, digest};

use crate::support::docs_site::{DocsSite, PAGES, at, describing, published, redirect};
use crate::support::site::{Site, page, status};
use crate::support::{Run, assert_contains, files};

/// A copy of the docs site with a page `webhooks`, and the storage that it links to.
struct Sites {
    docs: DocsSite,
    storage: Site,
}

const SECRET: &str = "X-Amz-Signature=";

impl Sites {
    /// The page links this content, as `api`.
    fn with(text: &str) -> Self {
        let docs = DocsSite::new();
        docs.index(&[PAGES[0], PAGES[1], PAGES[2], "webhooks.md"]);
        let sites = Self {
            docs,
            storage: Site::start(),
        };
        sites.sources(&sites.storage.url("/raw/"));
        sites.publish(text, "1");
        sites
    }

    /// A copy that was fetched once.
    fn fetched(text: &str) -> Self {
        let sites = Self::with(text);
        sites.fetch();
        sites.docs.site.seen();
        sites.storage.seen();
        sites
    }

    /// Allows specifications under this prefix.
    fn sources(&self, prefix: &str) {
        self.docs.sources("");
        let path = self.docs.folder.path().join("sources.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{text}specifications = ['{prefix}']\n")).unwrap();
    }

    /// Stores this content, and links it with this signature.
    fn publish(&self, text: &str, signature: &str) {
        self.storage.put(&path(text, signature), page(text));
        self.docs
            .site
            .put(&at("webhooks.md"), page(self.linking(text, signature)));
    }

    /// A page that links this content.
    fn linking(&self, text: &str, signature: &str) -> String {
        block("api", &self.storage.url(&path(text, signature)))
    }

    /// Links this URL.
    fn link(&self, url: &str) {
        self.docs
            .site
            .put(&at("webhooks.md"), page(block("api", url)));
    }

    #[track_caller]
    fn fetch(&self) -> Run {
        let run = self.docs.fetch();
        assert!(!format!("{run:?}").contains(SECRET), "{run:?}");
        for (name, text) in files(&self.docs.folder.docs()) {
            let text = String::from_utf8(text).unwrap();
            assert!(!text.contains(SECRET), "{name} has the signature");
        }
        run
    }

    #[track_caller]
    fn rejected(&self) -> String {
        let error = self.docs.rejected();
        assert!(!error.contains(SECRET), "{error}");
        error
    }

    fn saved(&self) -> Option<String> {
        let text = self.docs.saved().remove("api.yaml");
        text.map(|text| String::from_utf8(text).unwrap())
    }
}

/// A page with a block that links this URL.
fn block(spec: &str, url: &str) -> String {
    format!(
        "# Webhooks\n\n{{% openapi-webhook spec=\"{spec}\" name=\"created\" method=\"post\" %}}\n[OpenAPI {spec}]({url})\n{{% endopenapi-webhook %}}\n"
    )
}

fn hash(text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn path(text: &str, signature: &str) -> String {
    format!(
        "/raw/{}.yaml?X-Amz-Expires=172800&{SECRET}{signature}",
        hash(text)
    )
}

/// A specification with this operation.
fn specification(path: &str) -> String {
    format!(
        "openapi: 3.1.0\ninfo: {{title: T, version: '1'}}\npaths:\n  {path}:\n    get:\n      responses: {{}}\n"
    )
}

#[test]
fn a_linked_specification_is_saved_under_its_name() {
    let text = specification("/things");
    let sites = Sites::with(&text);
    // A page with fragments is saved, without the signature.
    let mut with_fragments = describing(&["GET /new"]);
    with_fragments += &sites.linking(&text, "1");
    sites.docs.site.put(&at("new.md"), page(&with_fragments));
    sites.docs.index(&[PAGES[0], "new.md", "webhooks.md"]);
    let run = sites.fetch();
    assert_contains(
        &run.stdout,
        &["new      api.yaml\n", "skipped  webhooks.md"],
    );
    assert_contains(&run.stderr, &["fetch  api.yaml (fetched)"]);
    assert!(!run.stderr.contains("note: "), "{}", run.stderr);
    assert_eq!(sites.saved().as_ref(), Some(&text));
    let unsigned = with_fragments.replace(&format!("?X-Amz-Expires=172800&{SECRET}1"), "");
    assert_eq!(sites.docs.saved()["new.md"], unsigned.as_bytes());
    // Two pages link it, and it is fetched once.
    assert_eq!(sites.storage.seen(), [(path(&text, "1"), 200)]);
}

#[test]
fn an_unchanged_hash_fetches_nothing() {
    let text = specification("/things");
    let sites = Sites::fetched(&text);
    let before = files(&sites.docs.folder.docs());
    for signature in ["1", "2"] {
        sites.publish(&text, signature);
        assert_contains(&sites.fetch().stdout, &["nothing changed"]);
        assert_eq!(sites.storage.seen(), []);
    }
    let mut after = files(&sites.docs.folder.docs());
    after.insert(".fetch.json".into(), before[".fetch.json"].clone());
    assert_eq!(after, before);
}

#[test]
fn another_hash_changes_the_specification() {
    let sites = Sites::fetched(&specification("/things"));
    let changed = specification("/others");
    sites.publish(&changed, "2");
    assert_contains(&sites.fetch().stdout, &["changed  api.yaml\n"]);
    assert_eq!(sites.saved(), Some(changed));
}

#[test]
fn a_specification_that_was_edited_or_deleted_is_restored() {
    let text = specification("/things");
    let sites = Sites::fetched(&text);
    let path = sites.docs.folder.docs().join("api.yaml");
    fs::write(&path, "openapi: 3.1.0\n").unwrap();
    assert_contains(&sites.fetch().stdout, &["changed  api.yaml\n"]);
    // The cached page has no signature, so it is fetched again for a new one.
    fs::remove_file(&path).unwrap();
    assert_contains(&sites.fetch().stdout, &["new      api.yaml\n"]);
    assert_eq!(sites.saved(), Some(text));
}

#[test]
fn an_expired_link_is_renewed_once() {
    let text = specification("/things");
    let sites = Sites::with(&text);
    let [old, new] = ["1", "2"].map(|signature| page(sites.linking(&text, signature)));
    for expired in [400, 401, 403, 404, 410] {
        sites.storage.put(&path(&text, "1"), status(expired));
        sites.storage.put(&path(&text, "2"), page(&text));
        sites
            .docs
            .site
            .turns(&at("webhooks.md"), [old.clone(), new.clone()]);
        let _ = fs::remove_file(sites.docs.folder.docs().join("api.yaml"));
        sites.fetch();
        assert_eq!(sites.saved().as_ref(), Some(&text), "{expired}");
    }

    let sites = Sites::with(&text);
    let [old, new] = ["1", "2"].map(|signature| page(sites.linking(&text, signature)));
    sites.storage.put(&path(&text, "1"), status(403));
    sites.storage.put(&path(&text, "2"), status(403));
    sites
        .docs
        .site
        .turns(&at("webhooks.md"), [old.clone(), new]);
    assert_contains(
        &sites.rejected(),
        &[
            "/webhooks.md: the specification `api` returned 403 Forbidden: its link has expired, and so has that of the page fetched again; try again later",
        ],
    );

    let sites = Sites::with(&text);
    sites.storage.put(&path(&text, "1"), status(403));
    for (again, why) in [
        (
            status(404),
            "but its page, fetched again, returned 404 Not Found",
        ),
        (
            page("# Webhooks\n"),
            "but its page, fetched again, no longer links it",
        ),
    ] {
        let linking = page(sites.linking(&text, "1"));
        sites.docs.site.turns(&at("webhooks.md"), [linking, again]);
        assert_contains(&sites.rejected(), &["`api` was linked, ", why]);
    }
}

#[test]
fn what_is_no_specification_is_rejected() {
    for (text, why) in [
        (
            "<!DOCTYPE html>\n<title>Log in</title>\n",
            "is HTML, such as a login page",
        ),
        ("name: something else\n", "is not an OpenAPI document"),
        (
            "openapi: 3.1.0\npaths: {\n",
            "is malformed: api.yaml:2: cannot be read as YAML",
        ),
        (
            "swagger: '2.0'\n",
            "is malformed: api.yaml:1: OpenAPI 2.0 is not supported",
        ),
        ("", "is not an OpenAPI document"),
    ] {
        assert_contains(
            &Sites::with(text).rejected(),
            &["/webhooks.md: the specification `api`", why],
        );
    }
    let text = specification("/things");
    let sites = Sites::with(&text);
    sites
        .storage
        .put(&path(&text, "1"), page(" ".repeat(1 << 20)).endless());
    assert_contains(&sites.rejected(), &["`api` is larger than 8 MiB"]);
    sites.storage.put(&path(&text, "1"), page(&text).cut_off());
    assert_contains(&sites.rejected(), &["`api` was cut off"]);
}

#[test]
fn a_specification_that_loses_its_operations_is_rejected() {
    let sites = Sites::fetched(&specification("/things"));
    sites.publish("openapi: 3.1.0\npaths: {}\n", "2");
    assert_contains(
        &sites.rejected(),
        &[
            "`api` no longer has an operation, but the saved one has 1; if that is right, delete the saved one",
        ],
    );
}

#[test]
fn links_elsewhere_are_not_followed() {
    let text = specification("/things");
    let sites = Sites::with(&text);
    let other = Site::start();
    let allowed = sites.storage.url("");
    let host = allowed.trim_start_matches("http://");
    for url in [
        other.url(&path(&text, "1")),
        format!("https://169.254.169.254{}", path(&text, "1")),
        format!("http://user:password@{host}{}", path(&text, "1")),
        format!("{allowed}/private{}", path(&text, "1")),
        format!("{allowed}/raw/../private{}", path(&text, "1")),
        format!("{allowed}/raw/deeper{}", path(&text, "1")),
    ] {
        sites.link(&url);
        assert_contains(
            &sites.rejected(),
            &[
                "`api` is linked at http",
                "which is not under `specifications` of the sources; if that is right, add it there",
            ],
        );
    }
    sites.link(&format!("{allowed}/raw/latest.yaml?{SECRET}1"));
    assert_contains(
        &sites.rejected(),
        &["which has no content hash in its path"],
    );
    assert_eq!(other.seen(), []);
    assert_eq!(sites.storage.seen(), []);

    // Nor does the storage lead elsewhere.
    sites.publish(&text, "1");
    sites
        .storage
        .put(&path(&text, "1"), redirect(&other.url(&path(&text, "1"))));
    assert_contains(
        &sites.rejected(),
        &["`api` redirects to another site, http://127.0.0.1:"],
    );
    assert_eq!(other.seen(), []);
    sites
        .storage
        .put(&path(&text, "1"), redirect("/private/x.yaml"));
    sites.storage.put("/private/x.yaml", page(&text));
    assert_contains(
        &sites.rejected(),
        &["/private/x.yaml, which is not under `specifications`"],
    );
}

#[test]
fn a_hostile_name_is_rejected() {
    let long = "a".repeat(201);
    for name in [
        "../x", "a/b", "a\\b", "", ".fetch", "con", "a b", "..", &long, "a\u{7f}",
    ] {
        let sites = Sites::with("");
        let text = specification("/things");
        let url = sites.storage.url(&path(&text, "1"));
        sites
            .docs
            .site
            .put(&at("webhooks.md"), page(block(name, &url)));
        assert_contains(&sites.rejected(), &["cannot be saved: "]);
        assert_eq!(sites.storage.seen(), []);
    }
    let text = specification("/things");
    let sites = Sites::with(&text);
    let url = sites.storage.url(&path(&text, "1"));
    let both = block("api", &url) + &block("API", &url);
    sites.docs.site.put(&at("webhooks.md"), page(both));
    assert_contains(
        &sites.rejected(),
        &["API.yaml and api.yaml differ only in case"],
    );
}

#[test]
fn pages_must_agree_on_the_content() {
    let (one, two) = (specification("/one"), specification("/two"));
    let sites = Sites::with(&one);
    sites
        .docs
        .index(&[PAGES[0], PAGES[1], PAGES[2], "webhooks.md", "more.md"]);
    sites.storage.put(&path(&two, "1"), page(&two));
    sites
        .docs
        .site
        .put(&at("more.md"), page(sites.linking(&two, "1")));
    assert_contains(
        &sites.rejected(),
        &["`api` has other content on more.md than on webhooks.md; try again later"],
    );

    // A page from the cache may be stale.
    sites
        .docs
        .site
        .put(&at("more.md"), page(sites.linking(&one, "1")));
    sites.fetch();
    sites.publish(&two, "1");
    let stale = page(sites.linking(&one, "1"));
    let fresh = page(sites.linking(&two, "1"));
    sites.docs.site.turns(&at("more.md"), [stale, fresh]);
    assert_contains(&sites.fetch().stdout, &["changed  api.yaml\n"]);
    assert_eq!(sites.saved(), Some(two));
}

#[test]
fn specifications_are_fetched_only_if_the_sources_want_them() {
    let sites = Sites::with(&specification("/things"));
    sites.docs.sources("");
    assert_contains(
        &sites.fetch().stdout,
        &[
            "unread   api: a page links this specification, but the sources have no `specifications`",
        ],
    );
    assert_eq!(sites.storage.seen(), []);
    assert_eq!(sites.saved(), None);
    let forged = block("a\nnew      forged.md", "");
    sites.docs.site.put(&at("webhooks.md"), page(forged));
    let printed = sites.fetch().stdout;
    assert!(
        printed.contains("unread   a") && !printed.contains("\nnew      forged"),
        "{printed}"
    );

    let sites = Sites::with("");
    sites
        .docs
        .site
        .put(&at("webhooks.md"), page(block("api", "broken-reference")));
    assert_contains(
        &sites.fetch().stdout,
        &["unread   api: the block of this specification has no link"],
    );
}

#[test]
fn a_specification_that_no_page_links_any_more_is_kept() {
    let sites = Sites::fetched(&specification("/things"));
    sites
        .docs
        .site
        .put(&at("webhooks.md"), page("# Webhooks\n"));
    assert_contains(
        &sites.fetch().stdout,
        &[
            "unread   api: no page links this specification any more; if that is right, delete api.yaml",
        ],
    );
    assert!(sites.saved().is_some());
}

#[test]
fn a_page_may_go_when_a_specification_has_its_operations() {
    let text = specification("/api/v2/partners/{partner_id}");
    let sites = Sites::fetched(&text);
    sites.docs.index(&[PAGES[0], PAGES[1], "webhooks.md"]);
    sites.docs.site.put(&at(PAGES[2]), status(404));
    assert_contains(
        &sites.rejected(),
        &["no other page has its operations: PATCH /api/v2/partners/{partner_id};"],
    );
    let both = text + "    patch:\n      responses: {}\n";
    sites.publish(&both, "2");
    assert_contains(&sites.fetch().stdout, &["gone     partner-management.md"]);
    assert!(sites.docs.saved()[PAGES[0]] == published(PAGES[0]));
}

#[test]
fn a_hash_that_is_not_of_the_content_is_noted() {
    let text = specification("/things");
    let sites = Sites::with(&text);
    sites
        .storage
        .put(&path(&text, "1"), page(text.clone() + "# more\n"));
    assert_contains(
        &sites.fetch().stderr,
        &[
            "note: api.yaml: the hash in its address is not the SHA-256 of its content, so it was not verified",
        ],
    );
}

#[test]
fn the_sources_name_folders_of_https_sites() {
    let sites = Sites::with("");
    for prefix in [
        "http://storage.example/raw/",
        "https://storage.example/raw",
        "https://storage.example/raw/?x",
        "storage/raw/",
        "file:///raw/",
    ] {
        sites.sources(prefix);
        assert_contains(
            &sites.rejected(),
            &[
                "sources.toml: `specifications` has `",
                "expected an https URL of a folder",
            ],
        );
    }
    // A site elsewhere does not lead to this machine.
    let path = sites.docs.folder.path().join("sources.toml");
    let local = sites.storage.url("/raw/");
    let text = format!(
        "index = 'https://docs.example/llms.txt'\npages = ['a/']\nspecifications = ['{local}']\n"
    );
    fs::write(path, text).unwrap();
    assert_contains(
        &sites.rejected(),
        &["`specifications` has `http://127.0.0.1"],
    );
}
