//! The modules of each crate import each other without a cycle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Item, UseTree, parse_quote};

/// Which top-level modules each top-level module of a crate refers to.
type Imports = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_crate_has_an_import_cycle() {
    for (folder, least) in [
        ("partner-api/src", 8),
        ("partner-api/codegen/src", 3),
        ("xtask/src", 8),
        ("tests/partner-hub/src", 7),
    ] {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let imports = imports(&workspace.join(folder));
        assert!(imports.len() >= least, "{folder}: {imports:?}");
        assert_eq!(cycle(&imports), None, "{folder}: {imports:#?}");
    }
}

#[test]
fn a_cycle_is_found() {
    let imports = |pairs: &[(&str, &str)]| {
        let mut imports = Imports::new();
        for (from, to) in pairs {
            imports
                .entry((*from).into())
                .or_default()
                .insert((*to).into());
        }
        imports
    };
    assert_eq!(cycle(&imports(&[("a", "b"), ("b", "c"), ("a", "c")])), None);
    let cyclic = imports(&[("a", "b"), ("b", "c"), ("c", "b")]);
    assert_eq!(
        cycle(&cyclic),
        Some(BTreeSet::from(["b".into(), "c".into()]))
    );
}

/// The modules on cycles, and between two of them, if there is a cycle.
fn cycle(imports: &Imports) -> Option<BTreeSet<String>> {
    let mut left = imports.clone();
    loop {
        let nodes: BTreeSet<_> = left.keys().cloned().collect();
        left.values_mut()
            .for_each(|to| to.retain(|module| nodes.contains(module)));
        let before = left.len();
        left.retain(|_, to| !to.is_empty());
        let imported: BTreeSet<_> = left.values().flatten().cloned().collect();
        left.retain(|module, _| imported.contains(module));
        if left.len() == before {
            return (before > 0).then_some(nodes);
        }
    }
}

fn imports(crate_folder: &Path) -> Imports {
    let exports = exports(&crate_folder.join("lib.rs"));
    let mut imports = Imports::new();
    for entry in fs::read_dir(crate_folder).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if ["lib", "main", "prelude"].contains(&module.as_str()) {
            continue;
        }
        let mut names = BTreeSet::new();
        collect(&path, &mut names);
        let to = names
            .into_iter()
            .map(|name| exports.get(&name).cloned().unwrap_or(name));
        let others = to.filter(|other| *other != module).collect();
        imports.insert(module, others);
    }
    imports
}

/// The module that each name at the root of the crate is from.
fn exports(root: &Path) -> BTreeMap<String, String> {
    let mut exports = BTreeMap::new();
    for item in parse(root).items {
        if let Item::Use(item) = item
            && let UseTree::Path(path) = item.tree
        {
            add_exports(&path.tree, &path.ident.to_string(), &mut exports);
        }
    }
    exports
}

fn add_exports(tree: &UseTree, module: &str, exports: &mut BTreeMap<String, String>) {
    match tree {
        UseTree::Path(path) => add_exports(&path.tree, module, exports),
        UseTree::Group(group) => group
            .items
            .iter()
            .for_each(|tree| add_exports(tree, module, exports)),
        UseTree::Name(name) => drop(exports.insert(name.ident.to_string(), module.to_owned())),
        UseTree::Rename(name) => drop(exports.insert(name.rename.to_string(), module.to_owned())),
        _ => {}
    }
}

fn parse(path: &Path) -> syn::File {
    syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Adds the names at the root of the crate that a file, or each file of a folder, refers to.
fn collect(path: &Path, to: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), to);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let mut file = parse(path);
        file.items.retain(|item| !is_test(item));
        modules_in(file.into_token_stream(), to);
    }
}

fn is_test(item: &Item) -> bool {
    let attributes = match item {
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => return false,
    };
    attributes.contains(&parse_quote!(#[cfg(test)]))
}

/// Adds the modules in paths such as `crate::module` and `crate::{module, other::Item}`.
fn modules_in(tokens: TokenStream, to: &mut BTreeSet<String>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) if ident == "crate" && is_path(&tokens[index + 1..]) => {
                match tokens.get(index + 3) {
                    Some(TokenTree::Ident(module)) => drop(to.insert(module.to_string())),
                    Some(TokenTree::Group(group)) => to.extend(first_idents(group.stream())),
                    _ => {}
                }
            }
            TokenTree::Group(group) => modules_in(group.stream(), to),
            _ => {}
        }
    }
}

fn is_path(rest: &[TokenTree]) -> bool {
    let is_colon =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':');
    rest.len() > 2 && rest[..2].iter().all(is_colon)
}

/// The first name of each part between commas.
fn first_idents(tokens: TokenStream) -> impl Iterator<Item = String> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let parts =
        tokens.split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ','));
    let names: Vec<_> = parts
        .filter_map(|part| part.first().map(ToString::to_string))
        .collect();
    names.into_iter()
}
