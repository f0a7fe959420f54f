//! `cargo xtask fetch` on a hostile or broken docs site.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::support::docs_site::{
    DocsSite, INDEX, PAGES, at, describing, published, redirect, small,
};
use crate::support::site::{page, status};
use crate::support::{assert_contains, document, fence, files};
use serde_json::json;

const MIB: usize = 1 << 20;

#[test]
fn a_body_of_more_than_8_mib_is_rejected() {
    let large = small() + &" ".repeat(8 * MIB);
    for reply in [
        page(&large),
        page(small() + &" ".repeat(16 * MIB)).gzip(),
        page(" ".repeat(MIB)).endless(),
    ] {
        let copy = DocsSite::fetched();
        copy.site.put(&at(PAGES[2]), reply.clone());
        assert_contains(
            &copy.rejected(),
            &["/partner-management.md: is larger than 8 MiB"],
        );
        let copy = DocsSite::fetched();
        copy.site.put(INDEX, reply);
        assert_contains(&copy.rejected(), &["/llms.txt: is larger than 8 MiB"]);
    }
}

#[test]
fn a_body_of_8_mib_is_read() {
    let copy = DocsSite::fetched();
    let text = describing(&["GET /things"]);
    let text = format!("{text}{}", " ".repeat(8 * MIB - text.len()));
    copy.site.put(&at(PAGES[2]), page(&text).gzip());
    copy.fetch();
    assert_eq!(copy.saved()[PAGES[2]].len(), 8 * MIB);
}

#[test]
fn a_page_is_not_removed_because_it_redirects_to_another_page() {
    let copy = DocsSite::fetched();
    copy.site.put(&at(PAGES[2]), redirect(&at(PAGES[0])));
    let error = copy.rejected();
    assert_contains(
        &error,
        &[
            "/partner-management.md: moved to http://",
            "/client-management.md, but no other page has its operations: GET /api/v2/partners/{partner_id}, PATCH /api/v2/partners/{partner_id}",
            "--remove-gone",
        ],
    );
    let run = copy.fetch_with(&["--remove-gone"]);
    assert_contains(&run.stdout, &["moved    partner-management.md → "]);
    assert_eq!(copy.saved().into_keys().collect::<Vec<_>>(), &PAGES[..2]);
}

#[test]
fn a_page_whose_operations_are_lost_is_only_removed_with_the_flag() {
    let copy = DocsSite::fetched();
    copy.index(&PAGES[..2]);
    copy.site.put(&at(PAGES[2]), status(404));
    assert_contains(
        &copy.rejected(),
        &[
            "/partner-management.md: is gone, but no other page has its operations: GET /api/v2/partners/{partner_id}, PATCH",
            "--remove-gone",
        ],
    );
    let many: Vec<_> = (0..9).map(|number| format!("GET /{number}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    copy.site.put(&at(PAGES[2]), page(describing(&many)));
    copy.fetch();
    copy.site.put(&at(PAGES[2]), status(404));
    assert_contains(
        &copy.rejected(),
        &["its operations: GET /0, GET /1, GET /2, GET /3, GET /4 and 4 more;"],
    );
    copy.site.put(&at(PAGES[2]), page(published(PAGES[2])));
    copy.fetch();
    copy.site.put(&at(PAGES[2]), status(404));
    // If another page has only some of them, the others are lost.
    copy.site.put(
        &at("new.md"),
        page(describing(&["GET /api/v2/partners/{partner_id}"])),
    );
    copy.index(&[PAGES[0], PAGES[1], "new.md"]);
    assert_contains(
        &copy.rejected(),
        &["has its operations: PATCH /api/v2/partners/{partner_id};"],
    );
}

#[test]
fn a_page_is_removed_when_its_operations_are_on_another() {
    let copy = DocsSite::fetched();
    copy.index(&[PAGES[0], PAGES[1], "new.md"]);
    copy.site.put(&at(PAGES[2]), status(404));
    let operations = [
        "GET /api/v2/partners/{partner_id}",
        "PATCH /api/v2/partners/{partner_id}",
    ];
    copy.site.put(&at("new.md"), page(describing(&operations)));
    assert_contains(
        &copy.fetch().stdout,
        &["new      new.md\n", "gone     partner-management.md\n"],
    );
    assert!(!copy.saved().contains_key(PAGES[2]));
}

#[test]
fn an_operation_that_is_null_elsewhere_is_lost() {
    let copy = DocsSite::fetched();
    copy.index(&[PAGES[0], PAGES[1], "new.md"]);
    copy.site.put(&at(PAGES[2]), status(404));
    for item in [
        json!({"get": null, "patch": null}),
        json!({"get": "moved", "patch": []}),
    ] {
        let paths = json!({"/api/v2/partners/{partner_id}": item});
        let stub = fence(&document(paths, json!({})));
        copy.site.put(&at("new.md"), page(stub));
        assert_contains(
            &copy.rejected(),
            &["/partner-management.md: is gone, but no other page has its operations: GET "],
        );
    }
}

#[test]
fn a_page_that_loses_its_last_operation_is_rejected() {
    for index in [&PAGES[..], &PAGES[..2]] {
        let copy = DocsSite::fetched();
        copy.index(index);
        copy.site.put(&at(PAGES[2]), page(small()));
        assert_contains(
            &copy.rejected(),
            &[
                "/partner-management.md: no longer has an operation, but the saved page has 2; \
                 if that is right, delete the saved page",
            ],
        );
        fs::remove_file(copy.folder.docs().join(PAGES[2])).unwrap();
        copy.fetch();
    }
}

#[test]
fn a_redirect_to_another_page_of_the_site_is_rejected() {
    for uploaded in [
        "/user-uploads/evil.md",
        "/partner/partner-api/evil.md",
        &at("..%2f..%2f..%2fuser-uploads/evil.md"),
    ] {
        let copy = DocsSite::fetched();
        copy.site.put(&at(PAGES[2]), redirect(uploaded));
        copy.site.put(uploaded, page(published(PAGES[2])));
        for index in [&PAGES[..], &PAGES[..2]] {
            copy.index(index);
            let why = format!("{uploaded}, which is not a reference page of the sources");
            assert_contains(
                &copy.rejected(),
                &["/partner-management.md: redirects to http://", &why],
            );
        }
    }
}

#[test]
fn a_page_without_operations_is_only_removed_with_the_flag() {
    let copy = DocsSite::new();
    copy.site.put(&at(PAGES[2]), page(small()));
    copy.fetch();
    copy.index(&PAGES[..2]);
    copy.site.put(&at(PAGES[2]), status(404));
    assert_contains(
        &copy.rejected(),
        &[
            "/partner-management.md: is gone, but it has no operations by which to recognise it on another page",
        ],
    );
}

#[test]
fn more_than_a_quarter_of_the_pages_is_only_removed_with_the_flag() {
    let copy = DocsSite::fetched();
    let all = PAGES.map(|name| String::from_utf8(published(name)).unwrap());
    copy.site.put(&at("all.md"), page(all.concat()));
    copy.index(&["all.md"]);
    for name in PAGES {
        copy.site.put(&at(name), status(404));
    }
    // Every operation is still published.
    assert_contains(
        &copy.rejected(),
        &[
            "3 of 3 saved pages are gone, which is more than a quarter",
            "--remove-gone",
        ],
    );
    copy.fetch_with(&["--remove-gone"]);
    assert_eq!(copy.saved().into_keys().collect::<Vec<_>>(), ["all.md"]);
}

#[test]
fn an_index_with_one_new_page_removes_nothing() {
    let copy = DocsSite::fetched();
    copy.site
        .put(&at("new.md"), page(describing(&["GET /new"])));
    copy.index(&["new.md"]);
    for name in PAGES {
        copy.site.put(&at(name), status(404));
    }
    assert_contains(&copy.rejected(), &["3 of 3 saved pages are gone"]);
}

#[test]
fn the_target_of_a_redirect_has_its_own_validators() {
    let copy = DocsSite::new();
    copy.sources(", '/more/'");
    let old = page(published(PAGES[2])).with_etag("v1");
    copy.site.put(&at(PAGES[2]), old);
    copy.fetch();
    copy.site.seen();
    let new = [&published(PAGES[2])[..], b"more\n"].concat();
    copy.site
        .put("/more/elsewhere.md", page(&new).with_etag("v1"));
    copy.site.put(&at(PAGES[2]), redirect("/more/elsewhere.md"));
    copy.fetch();
    assert!(copy.saved()[PAGES[2]] == new, "the old page was kept");
    assert!(
        copy.site
            .seen()
            .contains(&("/more/elsewhere.md".into(), 200))
    );
    copy.fetch();
    assert!(
        copy.site
            .seen()
            .contains(&("/more/elsewhere.md".into(), 304))
    );
}

#[test]
fn names_that_are_not_portable_are_rejected() {
    let long = format!("{}.md", "a".repeat(201));
    for (names, why) in [
        (&["a.md", "a.md/b.md"][..], "/a.md/b.md cannot be saved: "),
        (&["x.md/b.md"], "/x.md/b.md cannot be saved: "),
        (&["X.MD/b.md"], "/X.MD/b.md cannot be saved: "),
        (&["CON.md"], "/CON.md cannot be saved: "),
        (&["nul.md"], "/nul.md cannot be saved: "),
        (&["aux.x.md"], "/aux.x.md cannot be saved: "),
        (&["com1/a.md"], "/com1/a.md cannot be saved: "),
        (&["LPT9.md"], "/LPT9.md cannot be saved: "),
        (&["a./b.md"], "/a./b.md cannot be saved: "),
        (&["a%20/b.md"], "/a%20/b.md cannot be saved: "),
        (&["-rf.md"], "/-rf.md cannot be saved: "),
        (&[&long], " cannot be saved: "),
        (&["D/a.md", "d/b.md"], "differ only in case (D, d)"),
        (&["a.md", "A.md"], "would both be saved as"),
    ] {
        let copy = DocsSite::fetched();
        for name in names {
            copy.site.put(&at(name), page(small()));
        }
        copy.index(&[&PAGES, names].concat());
        assert_contains(&copy.rejected(), &["/llms.txt: ", why, "nothing was saved"]);
        assert_eq!(copy.saved().len(), 3);
    }
}

#[test]
fn a_name_that_differs_from_a_saved_one_only_in_case_is_rejected() {
    let copy = DocsSite::fetched();
    copy.index(&[PAGES[0], PAGES[1], "Partner-Management.md"]);
    assert_contains(
        &copy.rejected(),
        &[
            "/Partner-Management.md and a saved page differ only in case",
            "(Partner-Management.md, partner-management.md)",
        ],
    );
}

#[test]
fn an_index_of_100_000_links_is_read_quickly() {
    let copy = DocsSite::fetched();
    let index = |link: &dyn Fn(usize) -> String| {
        (0..100_000).fold(String::new(), |mut text, number| {
            writeln!(text, "- [x]({})", link(number)).unwrap();
            text
        })
    };
    copy.site
        .put(INDEX, page(index(&|number| at(&format!("{number}.md")))));
    assert_contains(&copy.rejected(), &["lists more than 1000 reference pages"]);
    // The same pages many times, and pages of other sites.
    copy.site.put(
        INDEX,
        page(index(&|number| match number % 2 {
            0 => at(PAGES[number / 2 % 3]),
            _ => format!("/guide/{number}.md"),
        })),
    );
    copy.fetch();
}

#[test]
#[cfg(unix)]
fn a_fifo_among_the_pages_is_an_error() {
    for name in ["fifo.md", PAGES[0]] {
        let copy = DocsSite::new();
        let fifo = copy.folder.docs().join(name);
        let status = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(status.unwrap().success());
        let run = copy.run(&[]);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert_contains(&run.error(), &[name, "is not a regular file"]);
    }
    // A FIFO in place of the cache counts as no cache.
    let copy = DocsSite::new();
    let fifo = copy.folder.docs().join(".fetch.json");
    let status = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(status.unwrap().success());
    copy.fetch();
    assert!(fs::metadata(&fifo).unwrap().is_file());
}

#[test]
fn temporary_files_of_a_killed_fetch_are_ignored_by_git_and_removed() {
    let copy = DocsSite::fetched();
    let path = |name: &str| copy.folder.docs().join(name);
    fs::write(path(".xtask-abandoned"), "half").unwrap();
    // Another run has this file open.
    let in_use = fs::File::create(path(".xtask-in-use")).unwrap();
    in_use.lock().unwrap();
    copy.fetch();
    let left: Vec<_> = files(&copy.folder.docs()).into_keys().collect();
    let mut expected = vec![".fetch.json", ".xtask-in-use"];
    expected.extend(PAGES);
    assert_eq!(left, expected);

    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for path in ["openapi/docs/.xtask-a", "partner-api/src/.xtask-a"] {
        let ignored = std::process::Command::new("git")
            .current_dir(workspace)
            .args(["check-ignore", "--quiet", path])
            .status();
        assert!(ignored.unwrap().success(), "{path} is not ignored");
    }
}

#[test]
fn a_fetch_that_fails_leaves_no_new_folder() {
    let copy = DocsSite::fetched();
    copy.site.put(&at("sub/folder/x.md"), page(small()));
    copy.site.put(&at("zones.md"), page(small()));
    copy.index(&[&PAGES[..], &["sub/folder/x.md", "zones.md"]].concat());
    // A folder has the path of a page.
    fs::create_dir_all(copy.folder.docs().join("zones.md/occupied")).unwrap();
    let run = copy.run(&[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_contains(&run.error(), &["zones.md: cannot be written"]);
    assert!(!copy.folder.docs().join("sub").exists());
}
