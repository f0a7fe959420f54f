//! The workflow that follows the docs, under hostile pages: `.github/workflows` and `.ci/docs`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use serde_json::Value;
use tempfile::TempDir;

/// The output of a hostile page.
const HOSTILE: &str = "error: codegen: x\n::add-mask::secret\n````\n@octocat closes #1 <img src=x>\n~~~~\n``````text\nend";

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn workflow(name: &str) -> Value {
    let text = fs::read_to_string(workspace().join(".github/workflows").join(name)).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

fn steps(job: &Value) -> impl Iterator<Item = &Value> {
    job["steps"].as_array().unwrap().iter()
}

fn jobs(workflow: &Value) -> impl Iterator<Item = (&String, &Value)> {
    workflow["jobs"].as_object().unwrap().iter()
}

fn has_rights(job: &Value) -> bool {
    job.to_string().contains("write")
        || job.to_string().contains("github.token")
        || job.to_string().contains("secrets")
}

#[test]
fn no_job_has_both_permissions_and_code_from_the_docs() {
    let docs = workflow("docs.yml");
    assert_eq!(docs["permissions"], serde_json::json!({}));
    assert!(docs["on"].get("pull_request_target").is_none());
    let with_rights: Vec<_> = jobs(&docs)
        .filter(|(_, job)| has_rights(job))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(with_rights, ["propose"]);
    let mut names: Vec<_> = jobs(&docs).map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["propose", "test", "update"]);
    for (name, job) in jobs(&docs) {
        let runs: Vec<_> = steps(job).filter_map(|step| step["run"].as_str()).collect();
        if name == "propose" {
            assert_eq!(runs, [".ci/docs propose \"$RUNNER_TEMP/docs\""]);
            continue;
        }
        assert_eq!(job["permissions"], serde_json::json!({"contents": "read"}));
        let checkout = steps(job).next().unwrap();
        assert_eq!(checkout["with"]["persist-credentials"], false, "{name}");
        // Only the job whose result is a single word runs code that is generated from the docs,
        // and nothing that it could have written is used.
        let tests = runs.iter().any(|run| run.contains("docs test"));
        let writes = |step: &Value| {
            let uses = step["uses"].as_str().unwrap_or_default();
            uses.contains("upload-artifact") || uses.contains("cache")
        };
        assert_eq!(tests, name == "test");
        assert!(!(tests && (steps(job).any(writes) || job.get("outputs").is_some())));
    }
}

#[test]
fn no_workflow_interpolates_a_string_into_a_script() {
    for name in ["ci.yml", "docs.yml", "release.yml"] {
        let workflow = workflow(name);
        for (job, step) in
            jobs(&workflow).flat_map(|(name, job)| steps(job).map(move |step| (name, step)))
        {
            let run = step["run"].as_str().unwrap_or_default();
            assert!(!run.contains("${{"), "{name}, {job}: {run}");
            let uses = step["uses"].as_str();
            let is_pinned = |uses: &str| {
                let commit = uses.rsplit('@').next().unwrap_or_default();
                commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit())
            };
            assert!(uses.is_none_or(is_pinned), "{name}, {job}: {uses:?}");
        }
    }
}

#[test]
fn only_a_job_without_code_of_the_repository_can_write_a_release() {
    assert_eq!(
        workflow("ci.yml")["permissions"],
        serde_json::json!({"contents": "read"})
    );
    let release = workflow("release.yml");
    assert_eq!(release["permissions"], serde_json::json!({}));
    for (name, job) in jobs(&release) {
        let checks_out = steps(job).any(|step| step.to_string().contains("actions/checkout"));
        assert_eq!(has_rights(job), name == "release", "{name}");
        assert_eq!(checks_out, name != "release", "{name}");
    }
}

/// A repository with the script, a remote, and stubs of `cargo` and `gh`.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        for (path, text) in [
            (".gitignore", "ignored\n"),
            ("openapi/docs/a.md", "old\n"),
            ("openapi/partner-api.json", "{}\n"),
            ("partner-api/progenitor.json", "{}\n"),
            ("partner-api/src/generated.rs", "\n"),
            ("partner-api/build.rs", "fn main() {}\n"),
        ] {
            repository.put(&format!("work/{path}"), text);
        }
        let script = fs::read_to_string(workspace().join(".ci/docs")).unwrap();
        repository.program("work/.ci/docs", &script);
        // Keeps the text of what it opens.
        let gh = "#!/bin/bash\necho \"$@\" >>../gh\nfor last in \"$@\"; do :; done\n\
                  [ \"$2\" = list ] || cat \"$last\" >../body\n";
        repository.program("bin/gh", gh);
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository.git(&["init", "--quiet", "--bare", "../remote"]);
        repository.git(&["remote", "add", "origin", "../remote"]);
        repository.git(&["add", "."]);
        repository.commit("Begin");
        repository
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn program(&self, path: &str, text: &str) {
        self.put(path, text);
        fs::set_permissions(self.at(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Sets the script of the `cargo` stub.
    fn cargo(&self, script: &str) {
        self.program("bin/cargo", &format!("#!/bin/bash\n{script}\n"));
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(self.at("work"))
            .args(["-c", "user.name=x", "-c", "user.email=x@x.example"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn commit(&self, message: &str) {
        self.git(&["commit", "--quiet", "--message", message]);
    }

    /// Runs a step of the script as the workflow does.
    fn step(&self, step: &str, tests: &str) -> Output {
        let path = std::env::var("PATH").unwrap();
        Command::new(self.at("work/.ci/docs"))
            .args([step, self.at("docs").to_str().unwrap()])
            .env("PATH", format!("{}:{path}", self.at("bin").display()))
            .env("GITHUB_ACTIONS", "true")
            .env("TESTS", tests)
            .output()
            .unwrap()
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }
}

/// The workflow commands in the output of a step, as the runner parses them.
fn commands(output: &Output) -> Vec<String> {
    assert!(
        output.stderr.is_empty(),
        "one stream has an order: {output:?}"
    );
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    let mut resume: Option<String> = None;
    let mut commands = Vec::new();
    for line in printed.lines().map(str::trim_start) {
        match (&resume, line.strip_prefix("::stop-commands::")) {
            (None, Some(word)) => resume = Some(format!("::{word}::")),
            (None, None) if line.starts_with("::") || line.contains("##[") => {
                commands.push(line.into())
            }
            (Some(word), _) if line == word => resume = None,
            _ => {}
        }
    }
    assert!(resume.is_none(), "commands stay stopped: {printed}");
    commands
}

#[test]
fn an_error_with_hostile_strings_is_one_block_of_the_issue_and_no_command() {
    let repository = Repository::new();
    repository.put("hostile", HOSTILE);
    repository.cargo("cat ../hostile >&2; exit 1");
    let update = repository.step("update", "");
    assert!(update.status.success(), "{update:?}");
    assert_eq!(commands(&update), [""; 0]);
    assert!(String::from_utf8_lossy(&update.stdout).contains("::add-mask::secret"));
    assert_eq!(repository.text("docs/result"), "failed\n");

    let propose = repository.step("propose", "skipped");
    assert_eq!(propose.status.code(), Some(1));
    assert_eq!(commands(&propose), [""; 0]);
    assert!(!String::from_utf8_lossy(&propose.stdout).contains("add-mask"));
    assert!(
        repository
            .text("gh")
            .contains("issue create --title The update from the docs fails")
    );
    assert_eq!(block_of(&repository.text("body")), HOSTILE);
}

#[test]
fn a_page_cannot_resume_workflow_commands() {
    let repository = Repository::new();
    repository.cargo("exit 0");
    let words: Vec<_> = (0..2)
        .map(|_| {
            let output = repository.step("update", "");
            let printed = String::from_utf8(output.stdout).unwrap();
            printed.lines().next().unwrap().to_owned()
        })
        .collect();
    assert!(
        words[0].len() >= "::stop-commands::".len() + 32,
        "{words:?}"
    );
    assert_ne!(words[0], words[1]);
}

#[test]
fn a_change_is_proposed_with_the_result_of_the_tests() {
    let repository = Repository::new();
    repository.cargo(
        "echo \"$@\" >>../cargo; case $2 in\n\
         update) mkdir openapi/docs/b && echo new >openapi/docs/b/c.md && echo // >>partner-api/src/generated.rs ;;\n\
         diff) echo 'what changed' ;;\n\
         esac",
    );
    let update = repository.step("update", "");
    assert_eq!(repository.text("docs/result"), "changed\n", "{update:?}");
    assert_eq!(
        repository.text("cargo"),
        "xtask update --no-test\nxtask diff\n"
    );

    // Other files of the patch are ignored.
    repository.git(&["reset", "--quiet", "--hard"]);
    repository.put("work/partner-api/build.rs", "fn main() { evil() }\n");
    let other = repository.git(&["diff"]);
    repository.git(&["checkout", "--quiet", "."]);
    let patch = repository.text("docs/patch") + &other;
    repository.put("docs/patch", &patch);

    repository.cargo("echo \"$@\" >>../cargo; echo '::error::x'; exit 1");
    let test = repository.step("test", "");
    assert_eq!(test.status.code(), Some(1));
    assert_eq!(commands(&test), [""; 0]);
    assert!(repository.text("cargo").ends_with("\ntest --workspace\n"));
    repository.git(&["reset", "--quiet", "--hard"]);

    for (tests, note) in [
        ("failure", "**The tests fail with the new client.**"),
        ("success", "The tests pass with the new client."),
    ] {
        let propose = repository.step("propose", tests);
        assert!(propose.status.success(), "{propose:?}");
        let body = repository.text("body");
        assert!(
            body.contains(note) && body.ends_with("what changed\n"),
            "{body}"
        );
        let files = repository.git(&["diff", "--name-only", "main", "origin/docs-update"]);
        assert_eq!(files, "openapi/docs/b/c.md\npartner-api/src/generated.rs\n");
        repository.git(&["switch", "--quiet", "main"]);
    }
    assert!(
        repository
            .text("gh")
            .contains("pr create --head docs-update")
    );
}

/// The end of a truncated report.
const CUT: &str = "\n**The rest is left out, because GitHub limits the length. The artifact `docs` of the workflow has it.**\n";

#[test]
fn a_long_report_is_truncated_at_a_line_with_a_note() {
    let repository = Repository::new();
    let report = "| `@octocat closes #1 é` | `x` |\n".repeat(3000);
    repository.put("docs/result", "failed\n");
    repository.put("docs/report.md", &report);
    repository.step("propose", "skipped");
    let body = repository.text("body");
    assert!(body.len() < 60_000 && body.len() > 59_000, "{}", body.len());
    let rows = body.strip_suffix(CUT).unwrap_or_else(|| panic!("{body}"));
    assert!(report.starts_with(rows) && rows.ends_with("|\n"));
}

#[test]
fn a_long_error_stays_one_block_with_a_note() {
    for error in [
        // One endless line of characters, and of what could end the block.
        format!("error: {}", "é".repeat(70_000)),
        format!("error: {}", "`".repeat(70_000)),
        // As many lines, with text of a page at the end of the rest.
        "error: x\n@octocat closes #1\n".repeat(5000),
    ] {
        let repository = Repository::new();
        repository.put("error", &error);
        repository.cargo("cat ../error >&2; exit 1");
        repository.step("update", "");
        repository.step("propose", "skipped");
        let body = repository.text("body");
        assert!(body.len() < 62_000 && body.len() > 40_000, "{}", body.len());
        let block = body.strip_suffix(CUT).unwrap_or_else(|| panic!("{body}"));
        let text = block_of(block);
        let begin: String = error.chars().take(1000).collect();
        assert!(text.starts_with(&begin), "{text}");
    }
}

#[test]
fn a_nul_byte_does_not_end_the_block() {
    let repository = Repository::new();
    let log = format!("\0{HOSTILE}\n`````\n<img src=x>\n");
    repository.put("log", &log);
    repository.cargo("cat ../log >&2; exit 1");
    repository.step("update", "");
    repository.step("propose", "skipped");
    assert!(block_of(&repository.text("body")).ends_with("<img src=x>"));
}

/// The text of a body that is one code block.
#[track_caller]
fn block_of(body: &str) -> String {
    let events: Vec<_> = Parser::new(body).collect();
    let [
        Event::Start(Tag::CodeBlock(_)),
        inside @ ..,
        Event::End(TagEnd::CodeBlock),
    ] = &events[..]
    else {
        panic!("{body}")
    };
    let text: String = inside
        .iter()
        .map(|event| match event {
            Event::Text(text) => &**text,
            _ => panic!("{event:?} in {body}"),
        })
        .collect();
    text.trim_end().to_owned()
}
