//! No modules of a crate import each other in a cycle.
//!
//! The check reads `use` lines and inline paths. It follows re-exports to the file that defines a
//! name. A module and its own submodules count as one unit, so they may use each other. Tests are left
//! out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The path of a module within its crate; empty for the root.
type Module = Vec<String>;

/// The modules of a crate that are files.
#[derive(Default)]
struct Crate {
    /// The source of each module, without comments and tests.
    sources: BTreeMap<Module, String>,
    /// The names that each module imports or re-exports, with their paths.
    aliases: BTreeMap<Module, BTreeMap<String, Vec<String>>>,
    /// The modules whose file has further modules in it.
    with_inline_modules: BTreeSet<Module>,
}

type Imports = BTreeMap<Module, BTreeSet<Module>>;

const CRATES: [&str; 4] = [
    "partner-api/src",
    "partner-api/codegen/src",
    "xtask/src",
    "tests/partner-hub/src",
];

#[test]
fn no_modules_import_each_other_in_a_cycle() {
    for crate_folder in CRATES {
        let imports = imports_of(crate_folder);
        assert_eq!(cycle(&imports), None, "{crate_folder}");
    }
}

#[test]
fn no_folders_import_each_other_in_a_cycle() {
    for crate_folder in CRATES {
        let imports = of_folders(&imports_of(crate_folder));
        assert_eq!(cycle(&imports), None, "{crate_folder}");
    }
}

#[test]
fn a_cycle_is_found() {
    let files = |sources: &[(&str, &str)]| {
        let mut files = Crate::default();
        for (module, source) in sources {
            let module = module.split("::").filter(|name| !name.is_empty());
            files.add(module.map(str::to_owned).collect(), source);
        }
        cycle(&files.imports())
    };
    let found = files(&[
        ("", "mod a; mod b; mod c; pub use c::C;"),
        ("a", "use crate::b::{x::{Y, Z}, B};"),
        ("b", "fn f() { crate::C::new() }"),
        ("c", "use super::a::A;"),
    ]);
    let names = ["a", "b", "c", "a"].map(|name| vec![name.to_owned()]);
    assert_eq!(found, Some(names.to_vec()));
    let unit = [
        ("", "mod a; mod b;"),
        ("a", "mod part; use self::part::Part;"),
        ("a::part", "use super::A; // use crate::b::B;"),
        (
            "b",
            "use crate::a::A; #[cfg(test)] mod tests { use crate::b::B; }",
        ),
    ];
    assert_eq!(files(&unit), None);
}

fn imports_of(crate_folder: &str) -> Imports {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let imports = Crate::read(&workspace.join(crate_folder)).imports();
    assert!(imports.len() > 5, "{crate_folder}: {imports:?}");
    imports
}

impl Crate {
    fn read(folder: &Path) -> Self {
        let mut files = Self::default();
        files.read_folder(folder, &[]);
        files
    }

    fn read_folder(&mut self, folder: &Path, module: &[String]) {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let inner = || module.iter().cloned().chain([name.clone()]).collect();
            if path.is_dir() {
                let inner: Module = inner();
                self.read_folder(&path, &inner);
            } else if path.extension().is_some_and(|it| it == "rs") && name != "tests" {
                let is_own = ["lib", "main", "mod"].contains(&name.as_str());
                let module = if is_own { module.to_vec() } else { inner() };
                self.add(module, &fs::read_to_string(&path).unwrap());
            }
        }
    }

    fn add(&mut self, module: Module, source: &str) {
        let code: Vec<&str> = source
            .lines()
            .map(|line| line.split("//").next().unwrap_or_default())
            .collect();
        let code = code.join("\n");
        let code = code.split("#[cfg(test)]").next().unwrap_or_default();
        let aliases = self.aliases.entry(module.clone()).or_default();
        for (path, alias) in uses(code) {
            aliases.insert(alias, path);
        }
        let words: Vec<&str> = code.split_whitespace().collect();
        if words.windows(3).any(|it| it[0] == "mod" && it[2] == "{") {
            self.with_inline_modules.insert(module.clone());
        }
        // A crate with a library and a program has two roots.
        *self.sources.entry(module).or_default() += code;
    }

    fn imports(&self) -> Imports {
        let imports = self.sources.iter().map(|(module, source)| {
            let paths = uses(source).into_iter().map(|(path, _)| path);
            let targets = paths
                .chain(inline_paths(source))
                .filter_map(|path| self.resolve(module, &path, 0))
                .filter(|target| target != module && !target.is_empty());
            (module.clone(), targets.collect())
        });
        imports.filter(|(module, _)| !module.is_empty()).collect()
    }

    /// The module that defines what a path names.
    fn resolve(&self, from: &Module, path: &[String], depth: u32) -> Option<Module> {
        // Re-exports may lead back.
        if depth > 16 {
            return None;
        }
        let mut rest = path;
        let mut module = from.clone();
        match path.first()?.as_str() {
            "crate" => {
                module.clear();
                rest = &path[1..];
            }
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|it| it == "super") {
                    // Within an inline module, it is the module of the file.
                    if !self.with_inline_modules.contains(from) {
                        module.pop();
                    }
                    rest = &rest[1..];
                }
            }
            name => {
                let mut child = from.clone();
                child.push(name.to_owned());
                self.sources.get(&child)?;
            }
        }
        for (index, name) in rest.iter().enumerate() {
            let mut child = module.clone();
            child.push(name.clone());
            if self.sources.contains_key(&child) {
                module = child;
            } else if let Some(target) = self.aliases.get(&module).and_then(|it| it.get(name)) {
                let path: Vec<String> = target.iter().chain(&rest[index + 1..]).cloned().collect();
                return self.resolve(&module, &path, depth + 1).or(Some(module));
            } else {
                break;
            }
        }
        Some(module)
    }
}

/// The paths of the `use` lines, each with the name that it gets.
fn uses(source: &str) -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    for statement in source.split(';') {
        let Some(start) = statement.rfind("use ") else {
            continue;
        };
        let is_word = !statement[..start].ends_with(|it: char| it.is_alphanumeric() || it == '_');
        if is_word {
            expand(&[], &statement[start + 4..], &mut found);
        }
    }
    found
}

/// Expands `a::{b, c::d as e}` to its paths.
fn expand(prefix: &[String], tree: &str, found: &mut Vec<(Vec<String>, String)>) {
    let tree = tree.trim();
    if let Some((head, group)) = tree.split_once('{') {
        let names = head.split("::").map(str::trim).filter(|it| !it.is_empty());
        let prefix: Vec<String> = prefix
            .iter()
            .cloned()
            .chain(names.map(str::to_owned))
            .collect();
        let group = group.rsplit_once('}').map_or(group, |(group, _)| group);
        let (mut depth, mut start) = (0_u32, 0);
        for (index, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    expand(&prefix, &group[start..index], found);
                    start = index + 1;
                }
                _ => {}
            }
        }
        return expand(&prefix, &group[start..], found);
    }
    let (path, alias) = match tree.split_once(" as ") {
        Some((path, alias)) => (path, Some(alias.trim().to_owned())),
        None => (tree, None),
    };
    let names = path.split("::").map(str::trim).filter(|it| !it.is_empty());
    let mut path: Vec<String> = prefix
        .iter()
        .cloned()
        .chain(names.map(str::to_owned))
        .collect();
    path.retain(|name| name != "*");
    if path.len() > 1 && path.last().is_some_and(|it| it == "self") {
        path.pop();
    }
    if let Some(name) = alias.or_else(|| path.last().cloned()) {
        found.push((path, name));
    }
}

/// The paths outside `use` lines.
fn inline_paths(source: &str) -> impl Iterator<Item = Vec<String>> {
    let is_path = |it: char| it.is_alphanumeric() || it == '_' || it == ':';
    source
        .split(move |it: char| !is_path(it))
        .filter(|word| word.contains("::") && !word.starts_with(':'))
        .map(|word| {
            let names = word.split("::").filter(|it| !it.is_empty());
            names.map(str::to_owned).collect()
        })
}

/// The imports between the folders and files at the top of a crate.
fn of_folders(imports: &Imports) -> Imports {
    let mut folders = Imports::new();
    for (module, targets) in imports {
        let folder = folders.entry(module[..1].to_vec()).or_default();
        let targets = targets.iter().map(|target| target[..1].to_vec());
        folder.extend(targets.filter(|target| *target != module[..1]));
    }
    folders
}

/// A cycle of modules, unless all of them are submodules of one of them.
fn cycle(imports: &Imports) -> Option<Vec<Module>> {
    imports.keys().find_map(|start| {
        let mut paths = vec![vec![start.clone()]];
        let mut seen = BTreeSet::new();
        while let Some(path) = paths.pop() {
            for target in imports.get(path.last()?).into_iter().flatten() {
                let path: Vec<Module> = path.iter().chain([target]).cloned().collect();
                if target == start && !path.iter().all(|module| module.starts_with(start)) {
                    return Some(path);
                }
                // A cycle through a parent of `start` is found from a module outside that parent.
                let is_parent = start.starts_with(target);
                if !is_parent && seen.insert(target.clone()) {
                    paths.push(path);
                }
            }
        }
        None
    })
}
