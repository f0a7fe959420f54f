//! `cargo xtask fetch` on a copy of the docs site.

use std::fs;
use std::process::Command;

use crate::support::docs_site::{
    DocsSite, INDEX, PAGES, at, describing, published, redirect, small,
};
use crate::support::site::{page, status};
use crate::support::{assert_contains, files, run};

#[test]
fn pages_are_saved_byte_for_byte() {
    let copy = DocsSite::new();
    let run = copy.fetch();
    for name in PAGES {
        assert!(copy.saved()[name] == published(name), "{name}");
        assert_contains(&run.stdout, &[&format!("new      {name}")]);
        assert_contains(&run.stderr, &[&format!("fetch  {name} (fetched)")]);
    }
    assert_eq!(copy.saved().len(), 3);
}

#[test]
fn an_unchanged_page_is_not_sent_again() {
    let copy = DocsSite::fetched();
    let before = files(&copy.folder.docs());
    assert_contains(&copy.fetch().stdout, &["nothing changed"]);
    let seen = copy.site.seen();
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert!(seen.iter().all(|(_, status)| *status == 304), "{seen:?}");
    assert_eq!(files(&copy.folder.docs()), before);
}

#[test]
fn a_changed_page_changes_one_file() {
    let copy = DocsSite::fetched();
    let before = copy.saved();
    copy.site.put(
        &at(PAGES[2]),
        page([&published(PAGES[2])[..], b"more\n"].concat()),
    );
    assert_contains(&copy.fetch().stdout, &["changed  partner-management.md"]);
    let after = copy.saved();
    let changed: Vec<_> = after
        .iter()
        .filter(|(name, text)| before[*name] != **text)
        .collect();
    assert_eq!(changed.len(), 1);
    assert!(changed[0].1.ends_with(b"more\n"));
    let statuses: Vec<_> = copy
        .site
        .seen()
        .into_iter()
        .map(|(_, status)| status)
        .collect();
    assert_eq!(statuses, [304, 304, 304, 200]);
}

#[test]
fn a_page_that_was_edited_locally_is_restored() {
    let copy = DocsSite::fetched();
    fs::write(copy.folder.docs().join(PAGES[0]), small()).unwrap();
    assert_contains(&copy.fetch().stdout, &["changed  client-management.md"]);
    assert!(copy.saved()[PAGES[0]] == published(PAGES[0]));
}

#[test]
fn without_a_cache_everything_is_fetched_and_nothing_changes() {
    let copy = DocsSite::fetched();
    let remembered = copy.folder.docs().join(".fetch.json");
    for corrupt in [None, Some("{\"half")] {
        match corrupt {
            None => fs::remove_file(&remembered).unwrap(),
            Some(text) => fs::write(&remembered, text).unwrap(),
        }
        assert_contains(&copy.fetch().stdout, &["nothing changed"]);
        assert!(copy.site.seen().iter().all(|(_, status)| *status == 200));
    }
}

#[test]
fn a_new_page_is_saved_and_one_without_operations_is_skipped() {
    let copy = DocsSite::fetched();
    copy.site.put(&at("flows.md"), page(small()));
    copy.site.put(
        &at("webhooks.md"),
        page("# Webhooks\n\n{% openapi-webhook spec=\"x\" name=\"y\" %}\n"),
    );
    copy.index(&[PAGES[0], PAGES[1], PAGES[2], "flows.md", "webhooks.md"]);
    let run = copy.fetch();
    assert_contains(
        &run.stdout,
        &[
            "new      flows.md",
            "skipped  webhooks.md: it has no OpenAPI fragment",
        ],
    );
    let names: Vec<_> = copy.saved().into_keys().collect();
    assert_eq!(names, [PAGES[0], "flows.md", PAGES[1], PAGES[2]]);
}

#[test]
fn a_page_that_is_gone_from_index_and_site_is_removed() {
    let copy = DocsSite::fetched();
    copy.index(&PAGES[..2]);
    copy.site.put(&at(PAGES[2]), status(404));
    fs::write(copy.folder.docs().join("notes.md"), "# Ours\n").unwrap();
    let run = copy.fetch_with(&["--remove-gone"]);
    assert_contains(&run.stdout, &["gone     partner-management.md"]);
    let left = [PAGES[0], "notes.md", PAGES[1]];
    assert_eq!(copy.saved().into_keys().collect::<Vec<_>>(), left);
}

#[test]
fn an_unlisted_page_is_kept_up_to_date() {
    let copy = DocsSite::fetched();
    copy.index(&PAGES[..2]);
    let other = describing(&["GET /things"]);
    copy.site.put(&at(PAGES[2]), page(&other));
    let run = copy.fetch();
    assert_contains(
        &run.stdout,
        &[
            "unlisted partner-management.md",
            "changed  partner-management.md",
        ],
    );
    assert_eq!(copy.saved()[PAGES[2]], other.into_bytes());
}

#[test]
fn a_page_with_another_url_is_moved() {
    let copy = DocsSite::fetched();
    copy.index(&[PAGES[0], PAGES[1], "partners.md"]);
    copy.site.put(&at("partners.md"), page(published(PAGES[2])));
    copy.site.put(&at(PAGES[2]), redirect(&at("partners.md")));
    let run = copy.fetch();
    assert_contains(
        &run.stdout,
        &[
            "moved    partner-management.md → ",
            "/partners.md\n",
            "new      partners.md",
        ],
    );
    assert_eq!(
        copy.saved().into_keys().collect::<Vec<_>>(),
        [PAGES[0], PAGES[1], "partners.md"]
    );
}

#[test]
fn a_redirect_on_the_site_is_followed_and_reported() {
    let copy = DocsSite::new();
    copy.sources(", '/more/'");
    copy.site.put(&at(PAGES[2]), redirect("/more/elsewhere.md"));
    copy.site
        .put("/more/elsewhere.md", page(published(PAGES[2])));
    for _ in 0..2 {
        let run = copy.fetch();
        assert_contains(
            &run.stdout,
            &["moved    partner-management.md → ", "/more/elsewhere.md\n"],
        );
        assert!(copy.saved()[PAGES[2]] == published(PAGES[2]));
    }
    assert!(
        copy.site
            .seen()
            .contains(&("/more/elsewhere.md".into(), 304))
    );
}

#[test]
fn a_redirect_to_another_site_or_in_a_loop_is_rejected() {
    let copy = DocsSite::fetched();
    copy.site
        .put(&at(PAGES[2]), redirect("http://login.invalid/?back=x"));
    assert_contains(
        &copy.rejected(),
        &["/partner-management.md: redirects to another site, http://login.invalid/"],
    );
    copy.site.put(&at(PAGES[2]), redirect(&at(PAGES[2])));
    assert_contains(
        &copy.rejected(),
        &["/partner-management.md: redirects more than 5 times"],
    );
}

#[test]
fn a_response_that_is_not_the_page_is_rejected_by_name() {
    let html = || {
        status(200)
            .with("content-type", "text/html")
            .body("<p>Log in")
    };
    let text = String::from_utf8(published(PAGES[2])).unwrap();
    let half = &text[..text.len() / 3];
    for (reply, why) in [
        (html(), "is HTML, such as a login page"),
        (
            page("\n<HTML><body>Log in"),
            "is HTML, such as a login page",
        ),
        (page(""), "is empty"),
        (page(" \n"), "is empty"),
        (
            page("# Partner Management\n\nSoon."),
            "no longer has an OpenAPI fragment, but the saved page has 2",
        ),
        (page(half), "this ```json fence is never closed"),
        (
            page("```json\n{\"openapi\":\n```\n"),
            "this ```json fence is not JSON",
        ),
        (page(b"\xff\xfe"), "is not UTF-8 text"),
        (page(format!("{text}more\n")).cut_off(), "was cut off"),
        (
            status(404),
            "returned 404 Not Found, but the index lists it",
        ),
        (status(403), "returned 403 Forbidden"),
        (
            status(429).with("retry-after", "3600"),
            "returned 429 Too Many Requests with a `Retry-After` of 3600 s",
        ),
    ] {
        let copy = DocsSite::fetched();
        copy.site.put(&at(PAGES[2]), reply);
        // A valid change of another page is not saved either.
        copy.site
            .put(&at(PAGES[0]), page(describing(&["GET /things"])));
        let error = copy.rejected();
        assert_contains(
            &error,
            &[
                "/partner-management.md: ",
                why,
                "1 page(s) rejected; nothing was saved",
            ],
        );
    }
}

#[test]
fn every_rejected_page_is_named() {
    let copy = DocsSite::fetched();
    copy.site.put(&at(PAGES[0]), page(""));
    copy.site.put(&at(PAGES[1]), status(410));
    assert_contains(
        &copy.rejected(),
        &[PAGES[0], PAGES[1], "2 page(s) rejected"],
    );
}

#[test]
fn transient_failures_are_retried() {
    let copy = DocsSite::new();
    let [one, two, three] = PAGES.map(|name| page(published(name)));
    copy.site
        .turns(&at(PAGES[0]), [status(429).with("retry-after", "0"), one]);
    copy.site
        .turns(&at(PAGES[1]), [status(503), two.clone().cut_off(), two]);
    copy.site.turns(&at(PAGES[2]), [status(500), three]);
    copy.fetch();
    assert_eq!(copy.saved().len(), 3);
    let statuses: Vec<_> = copy
        .site
        .seen()
        .into_iter()
        .map(|(_, status)| status)
        .collect();
    assert_eq!(statuses, [200, 200, 429, 200, 200, 503, 200, 500]);
}

#[test]
fn permanent_failures_are_not_retried_for_ever() {
    let copy = DocsSite::fetched();
    copy.site.put(&at(PAGES[2]), status(502));
    assert_contains(
        &copy.rejected(),
        &["/partner-management.md: returned 502 Bad Gateway"],
    );
    let asked = copy
        .site
        .seen()
        .iter()
        .filter(|(_, status)| *status == 502)
        .count();
    assert_eq!(asked, 4);
}

#[test]
fn an_invalid_index_is_rejected() {
    let other = "# Docs\n\n- [Guide](/partner/guide.md)\n";
    for (reply, why) in [
        (status(404), "returned 404 Not Found"),
        (page(""), "is empty"),
        (page(other), "lists no page under http://"),
        (page("<!DOCTYPE html>"), "is HTML"),
        (
            redirect("http://login.invalid/"),
            "redirects to another site",
        ),
    ] {
        let copy = DocsSite::fetched();
        copy.site.put(INDEX, reply);
        assert_contains(
            &copy.rejected(),
            &["/partner/llms.txt: ", why, "nothing was saved"],
        );
    }
}

#[test]
fn two_pages_with_one_file_name_are_rejected() {
    let copy = DocsSite::fetched();
    copy.sources(", '/more/'");
    let links = format!("[A]({}) [B](/more/Partner-Management.md)", at(PAGES[2]));
    copy.site.put(INDEX, page(links));
    let error = copy.rejected();
    assert_contains(
        &error,
        &[
            "/partner-management.md and ",
            "would both be saved as Partner-Management.md",
        ],
    );
}

#[test]
fn an_unreachable_site_is_reported() {
    let copy = DocsSite::fetched();
    let sources = "index = 'http://127.0.0.1:1/llms.txt'\npages = ['a/']\n";
    fs::write(copy.folder.path().join("sources.toml"), sources).unwrap();
    assert_contains(
        &copy.rejected(),
        &["http://127.0.0.1:1/llms.txt: cannot be reached: Connection refused"],
    );
}

#[test]
fn a_failed_write_changes_no_page() {
    let copy = DocsSite::fetched();
    copy.site
        .put(&at(PAGES[0]), page(describing(&["GET /things"])));
    // A folder has the path of the new page.
    fs::create_dir_all(copy.folder.docs().join("zones.md/occupied")).unwrap();
    copy.site.put(&at("zones.md"), page(small()));
    copy.index(&[PAGES[0], PAGES[1], PAGES[2], "zones.md"]);
    let run = copy.run(&[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_contains(
        &run.error(),
        &["zones.md: cannot be written", "no file was changed"],
    );
    assert!(fs::read(copy.folder.docs().join(PAGES[0])).unwrap() == published(PAGES[0]));
}

#[test]
fn the_proxy_of_the_environment_is_used() {
    let copy = DocsSite::new();
    let sources =
        "index = 'http://docs.invalid/partner/llms.txt'\npages = ['partner-api/api-reference/']\n";
    fs::write(copy.folder.path().join("sources.toml"), sources).unwrap();
    copy.site.put(
        INDEX,
        page("[A](partner-api/api-reference/partner-management.md)"),
    );
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .current_dir(copy.folder.path())
        .args(["fetch", "--docs", "docs", "--sources", "sources.toml"])
        .env("http_proxy", copy.site.url(""))
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        copy.site.seen()[0].0,
        "http://docs.invalid/partner/llms.txt"
    );
    assert_eq!(copy.saved().len(), 1);
}

#[test]
fn pages_of_another_site_are_not_mixed_in() {
    let copy = DocsSite::new();
    let run = run(copy.folder.path(), &["fetch", "--sources", "sources.toml"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_contains(&run.error(), &["--sources needs --docs"]);
}
