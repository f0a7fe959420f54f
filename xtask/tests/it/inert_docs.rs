//! Text from pages is shown in the generated documentation, but never run: no doctests, no HTML.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::support::copy::Copy;
use crate::support::{Folder, document, generate, json_of, object, returning, schema, string};

/// Code that rustdoc would run.
const CODE: &str = "std::process::abort();";

/// Descriptions with a code block in every notation of Markdown.
fn hostile() -> Vec<String> {
    let mut all = Vec::new();
    let infos = [
        "",
        "rust",
        "Rust",
        "should_panic",
        "no_run",
        "compile_fail",
        "ignore",
        "ignore-x86_64",
        "edition2021",
        "standalone_crate",
        "test_harness",
        "E0277",
        "compile_fail,E0277",
        "should_panic,json",
        "{.rust}",
        "{rust}",
        "(comment)",
        " \tshould_panic",
        ",should_panic",
        "should_panic=json",
        "&#114;ust",
        "\\rust",
        "custom,{class=rust}",
    ];
    for info in infos {
        all.push(format!("```{info}\n{CODE}\n```"));
        all.push(format!("~~~{info}\n{CODE}\n~~~"));
    }
    for info in ["", "should_panic"] {
        let fenced = format!("```{info}\n{CODE}\n```");
        let quoted = format!("> {}", fenced.replace('\n', "\n> "));
        all.extend([
            format!("`````{info}\n{CODE}\n`````"),
            format!("~~~~{info}\n```\n{CODE}\n```\n~~~~"),
            format!("```{info}\n{CODE}"),
            format!("Words\n```{info}\n{CODE}\n```\nmore"),
            format!("   ```{info}\n   {CODE}\n   ```"),
            format!("Words\n\n   ```{info}\n   {CODE}\n   ```"),
            format!("- item\n\n  {}", fenced.replace('\n', "\n  ")),
            format!("1.  item\n\n    {}", fenced.replace('\n', "\n    ")),
            format!("- - {}", fenced.replace('\n', "\n    ")),
            format!("-\t{}", fenced.replace('\n', "\n\t")),
            quoted.clone(),
            quoted.replace("> ", ">"),
            quoted.replace("> ", "> > "),
            format!("- {}", quoted.replace('\n', "\n  ")),
            format!("> - {}", fenced.replace('\n', "\n>   ")),
            format!("Words\n* {}", fenced.replace('\n', "\n* ")),
            format!("*{}", fenced.replace('\n', "\n*")),
            format!("Words\n*\n*{}\n*", fenced.replace('\n', "\n*")),
            format!(" *{}", fenced.replace('\n', "\n *")),
            format!("|{}", fenced.replace('\n', "\n|")),
            format!("/// {}", fenced.replace('\n', "\n/// ")),
            format!("/{}", fenced.replace('\n', "\n/")),
            format!("[^1]: note\n\n    {}", fenced.replace('\n', "\n    ")),
            format!("[a]: <b\n{fenced}"),
            format!("[a]: /b\n'title\n{fenced}\n'"),
            format!("<!--\n{fenced}\n-->"),
            format!("<div>\n{fenced}\n</div>"),
            format!("<pre>\n\n{fenced}\n</pre>"),
            format!("<details>\n<summary>x</summary>\n\n{fenced}\n\n</details>"),
            format!("<script>\n{fenced}"),
            format!("<x\n\n{fenced}"),
            format!("`a\n{fenced}\n`"),
            format!("``\n{fenced}\n``"),
            format!("a | b\n--|--\n1 | 2\n{fenced}"),
            format!("# Title\n{fenced}"),
            format!("Title\n===\n{fenced}"),
            format!("Words  \n{fenced}"),
            format!("- [ ] {}", fenced.replace('\n', "\n  ")),
            format!("\u{feff}{fenced}"),
            format!("\u{200b}\n{fenced}"),
            format!("a\u{2028}{fenced}"),
            format!("a\u{2029}\n{fenced}"),
            format!("a\u{85}{fenced}"),
            format!("a\u{b}\n{fenced}"),
            format!("a\u{c}\n{fenced}"),
            format!("a\0\n{fenced}"),
            format!("a\u{202e}\n{fenced}"),
            format!("*/\n{fenced}\n/*"),
            format!("\"#]\n{fenced}\n#[doc = r#\""),
            format!("\\\n{fenced}"),
            format!("---\n{fenced}"),
            format!("+++\n{fenced}\n+++"),
            format!("$$\n{fenced}\n$$"),
            format!(": a\n{fenced}"),
        ]);
    }
    let indented = format!("    {CODE}");
    all.extend([
        format!("Words\n\n{indented}"),
        format!("Words\n\n\t{CODE}"),
        format!("Words\n\n  \t{CODE}\n\nmore"),
        format!("Words\n\n{indented}\n\n{indented}"),
        format!("- a\n\n      {CODE}\n\n  b"),
        format!("1.  a\n\n        {CODE}\n\n    b\n\n    c"),
        format!("-     {CODE}"),
        format!("-\t\t{CODE}"),
        format!(">     {CODE}"),
        format!("> a\n>\n>\t\t{CODE}\n> b"),
        format!("Words\n*\n*     {CODE}\n*"),
        format!("# Title\n{indented}"),
        format!("---\n{indented}"),
        format!("***\n{indented}\n    ```\n{indented}"),
        format!("<div>\n\n{indented}\n\n</div>"),
        format!("<!-- -->\n\n{indented}"),
        format!("[a]: /b\n\n{indented}"),
        format!("[^1]: a\n\n{indented}"),
        format!("| a |\n|---|\n{indented}"),
        format!("```text\n```\n{indented}"),
    ]);
    let endings: Vec<_> = all
        .iter()
        .flat_map(|text| [text.replace('\n', "\r\n"), text.replace('\n', "\r")])
        .collect();
    all.extend(endings);
    all
}

/// A page that uses each of these as every kind of description.
fn page(descriptions: &[String]) -> Value {
    let values: Vec<_> = (0..descriptions.len()).map(|n| format!("v{n}")).collect();
    let listed = values.iter().zip(descriptions);
    let listed: Vec<_> = listed.map(|(v, d)| format!("- **{v}**: {d}")).collect();
    let described = values.iter().zip(descriptions);
    let described: Vec<_> = described.map(|(v, d)| format!("{v}\n\n{d}")).collect();
    let properties: Map<_, _> = descriptions
        .iter()
        .enumerate()
        .map(|(n, description)| {
            let nullable = if n % 2 == 0 {
                json!("string")
            } else {
                json!(["string", "null"])
            };
            let property =
                json!({"type": nullable, "description": description, "default": description});
            (format!("p{n}"), property)
        })
        .collect();
    let paths: Map<_, _> = descriptions
        .iter()
        .enumerate()
        .step_by(7)
        .map(|(n, description)| {
            let next = &descriptions[(n + 1) % descriptions.len()];
            let mut operation = returning(&format!("op{n}"), string());
            operation["summary"] = description.as_str().into();
            operation["description"] = next.as_str().into();
            operation["externalDocs"] = json!({"url": format!("https://a.example/\n\n{description}")});
            operation["parameters"] = json!([
                {"name": "q", "in": "query", "description": description, "schema": {"type": "string", "default": next}},
                {"name": "limit", "in": "query", "description": next, "schema": {"type": "integer"}},
                {"name": "offset", "in": "query", "schema": {"type": "integer"}},
            ]);
            operation["requestBody"] = json!({"description": description, "content": json_of(schema("Thing"))});
            (format!("/a{n}"), json!({"patch": operation}))
        })
        .collect();
    let mut page = document(
        paths.into(),
        json!({
            "Values holder": {"type": "object", "properties": {"value": schema("Values"), "kind": schema("Kind")}},
            "Thing": {"type": "object", "description": descriptions[3], "properties": properties},
            "Kind": {"type": "string", "description": listed.join("\n"), "enum": values},
            "Values": {"type": "string", "enum": described},
        }),
    );
    page["info"]["title"] = format!("T\n\n{}", descriptions[0]).into();
    page
}

/// The tests that rustdoc finds in these comments, each on an item of its own.
fn tests(comments: &[String]) -> Vec<String> {
    let mut file = String::new();
    for (n, comment) in comments.iter().enumerate() {
        let _ = writeln!(file, "{comment}\npub struct D{n};");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("docs.rs");
    fs::write(&path, file).unwrap();
    let rustdoc = Path::new(env!("CARGO")).with_file_name("rustdoc");
    let output = Command::new(rustdoc)
        .args(["--test", "--edition", "2024"])
        .arg(&path)
        .args(["--test-args", "--list --include-ignored"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(
        printed.contains(" tests, 0 benchmarks") || printed.contains("1 test, "),
        "{printed}{errors}"
    );
    printed
        .lines()
        .filter(|line| line.ends_with(": test"))
        .map(str::to_owned)
        .collect()
}

/// The doc comments of a file, verbatim.
fn comments(code: &str) -> Vec<String> {
    let mut comments: Vec<String> = Vec::new();
    let (mut in_block, mut goes_on) = (false, false);
    for line in code.lines() {
        let start = line.trim_start();
        let is_doc = in_block
            || ["///", "/**", "#[doc = "]
                .iter()
                .any(|mark| start.starts_with(mark));
        in_block = is_doc && (in_block || start.starts_with("/**")) && !line.contains("*/");
        match (is_doc, goes_on) {
            (true, true) => {
                let last = comments.last_mut().unwrap();
                *last = format!("{last}\n{line}");
            }
            (true, false) => comments.push(line.to_owned()),
            (false, _) => {}
        }
        goes_on = is_doc;
    }
    comments
}

#[test]
fn no_description_of_a_page_becomes_a_test() {
    let hostile = hostile();
    // Without rewriting, rustdoc finds tests in them.
    let raw: Vec<_> = hostile
        .iter()
        .filter(|text| !text.contains(['\r', '\0', '\u{202e}']))
        .map(|text| {
            text.lines()
                .map(|line| format!("#[doc = {line:?}]\n"))
                .collect()
        })
        .collect();
    assert!(tests(&raw).len() > 80, "{}", tests(&raw).len());

    let folder = generate(&page(&hostile));
    let code = folder.text("generated.rs");
    let comments = comments(&code);
    assert!(comments.len() > hostile.len(), "{}", comments.len());
    assert_eq!(tests(&comments), [""; 0]);
}

/// Strings with a meaning in Rust, Markdown, a format string, a regex or a URL.
const MARKS: [&str; 12] = [
    "a\"b",
    "a\\b",
    "a{b}c",
    "a{}c",
    "a*/b/*c",
    "a\"#b",
    "a\nb\rc",
    "a`b``c",
    "#![doc = include_str!(\"/etc/hosts\")]",
    "<script>alert(1)</script>",
    "${HOME} $(id) %s",
    "\u{202e}a\u{0}b\u{2028}c",
];

/// A page that has them in every string that a page can choose.
fn marked() -> Value {
    let names: Vec<_> = MARKS
        .iter()
        .enumerate()
        .map(|(n, mark)| format!("n{n} {mark}"))
        .collect();
    let properties: Map<_, _> = names
        .iter()
        .map(|name| {
            (
                name.clone(),
                json!({"type": "string", "description": name, "default": name}),
            )
        })
        .collect();
    let parameters: Vec<_> = names
        .iter()
        .map(|name| json!({"name": name, "in": "query", "description": name, "schema": {"type": "string", "default": name, "example": name}}))
        .collect();
    let mut operation = returning("list_things", schema("Thing"));
    operation["parameters"] = parameters.into();
    operation["summary"] = names.join(" ").into();
    operation["description"] = names.join("\n\n").into();
    operation["requestBody"] = json!({"content": json_of(schema("Kinds"))});
    let branch =
        |name: &String| object(json!({"kind": {"const": name}, (name.as_str()): string()}));
    let mut page = document(
        json!({"/a(b)+c$d/~'!;,=@:&%7Be.*": {"post": operation}}),
        json!({
            "Thing": {"type": "object", "description": names.join("\n"), "properties": properties},
            "Kinds": object(json!({"kind": {"type": "string", "enum": names}, "union": {"oneOf": [branch(&names[0]), branch(&names[6])]}})),
        }),
    );
    page["info"]["title"] = names.join("\n").into();
    page["servers"][0]["url"] = "https://a.example/\"*/'".into();
    page
}

#[test]
fn names_defaults_values_paths_and_urls_of_a_page_stay_data() {
    let folder = generate(&marked());
    let built = Copy::with(&folder).cargo(&["build", "--lib"]);
    assert!(built.is_ok(), "{}", built.unwrap_err());
    assert_eq!(tests(&comments(&folder.text("generated.rs"))), [""; 0]);
}

#[test]
fn unsafe_characters_in_a_path_or_header_are_rejected() {
    for path in [
        "/a b", "/a\nb", "/a\"b", "/a\\b", "/a`b", "/a<b>", "/a|b", "/a}b",
    ] {
        let page = document(
            json!({path: {"get": returning("get_a", string())}}),
            json!({}),
        );
        let message = Folder::new().fragment("t.md", &page).rejected();
        crate::support::assert_contains(&message, &["t.md:4"]);
    }
    for header in ["X Trace", "X-\u{e4}", "X:Y", "", "X\r\nY"] {
        let mut operation = returning("get_a", string());
        operation["parameters"] = json!([{"name": header, "in": "header", "schema": string()}]);
        let page = document(json!({"/a": {"get": operation}}), json!({}));
        let message = Folder::new().fragment("t.md", &page).rejected();
        crate::support::assert_contains(&message, &["t.md:4", "is not a valid header name"]);
    }
}

#[test]
fn a_path_that_url_normalisation_changes_is_rejected() {
    for path in [
        "/a?b=c?d",
        "/a?b={c}",
        "/a/../b",
        "/..",
        "/a/.",
        "/./a",
        "/a/%2e%2E/b",
        "/.%2e",
        "/%2E",
        "//a",
        "/a//b",
        "//",
    ] {
        let page = document(
            json!({path: {"get": returning("get_a", string())}}),
            json!({}),
        );
        let message = Folder::new().fragment("t.md", &page).rejected();
        crate::support::assert_contains(&message, &["t.md:4", "path", "in the overlay"]);
    }
    let fine = [
        "/",
        "/a/",
        "/a?b=c",
        "/a#b",
        "/.well-known/a",
        "/a...b/..c",
        "/a.json",
    ];
    for path in fine {
        let page = document(
            json!({path: {"get": returning("get_a", string())}}),
            json!({}),
        );
        generate(&page);
    }
}

#[test]
fn a_header_of_the_client_has_no_method() {
    let headers = [
        "Accept",
        "Accept-Encoding",
        "Authorization",
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "content-type",
        "Expect",
        "HOST",
        "HTTP2-Settings",
        "Keep-Alive",
        "Proxy-Authorization",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "X-Secret",
    ];
    let parameter =
        |name: &&str| json!({"name": name, "in": "header", "required": true, "schema": string()});
    let mut operation = returning("get_a", string());
    let mut parameters: Vec<_> = headers.iter().map(parameter).collect();
    // The API key is in another header here.
    parameters.extend([parameter(&"X-API-Key"), parameter(&"X-Trace")]);
    operation["parameters"] = parameters.into();
    let mut page = document(json!({"/a": {"get": operation}}), json!({}));
    page["components"]["securitySchemes"] =
        json!({"Key": {"type": "apiKey", "in": "header", "name": "x-secret"}});
    let folder = Folder::new().fragment("t.md", &page);
    let printed = folder.generate(&[]).stderr;
    for (index, header) in headers.iter().enumerate() {
        let note =
            format!("note: t.md:4: /paths/~1a/get/parameters/{index}: the header `{header}`");
        crate::support::assert_contains(&printed, &[&note]);
    }
    assert_eq!(
        printed.matches("the header `").count(),
        headers.len(),
        "{printed}"
    );
    let code = folder.text("generated.rs");
    crate::support::assert_contains(&code, &["pub fn x_api_key<", "pub fn x_trace<"]);
    for header in headers {
        let method = header.to_ascii_lowercase().replace('-', "_");
        assert!(!code.contains(&format!("pub fn {method}<")), "{method}");
    }
}

#[test]
fn an_image_of_a_page_is_not_loaded() {
    const IMAGE: &str = "Words ![i](http://evil.example/x.png) and [![b](https://evil.example/y.svg)](https://a.example) and ![c][d]\n\n[d]: http://evil.example/z.png";
    let quoted = format!("> {IMAGE}");
    let mut page = page(&[IMAGE, &quoted, IMAGE, &quoted].map(str::to_owned));
    page["info"]["title"] = IMAGE.into();
    let folder = generate(&page);
    let comments = comments(&folder.text("generated.rs"));
    let text = comments.join("\n\n").replace("///", "");
    assert!(text.contains("evil.example/x.png"), "{text}");
    let events = pulldown_cmark::Parser::new(&text);
    let is_image = |event: &pulldown_cmark::Event<'_>| {
        matches!(
            event,
            pulldown_cmark::Event::Start(pulldown_cmark::Tag::Image { .. })
        )
    };
    assert_eq!(events.filter(is_image).count(), 0, "{text}");
}
