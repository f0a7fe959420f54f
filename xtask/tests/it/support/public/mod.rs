//! Documents from outside of the repository, and what the pipeline makes of them.

pub mod builders;
pub mod cases;
pub mod compare;
mod flat;
mod instance;
pub mod program;
pub mod rejections;
pub mod run;
mod scalar;
mod style;
pub mod table;
pub mod touched;
pub mod wire;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A public OpenAPI document.
pub struct Document {
    /// The name of its file, without the ending.
    pub name: String,
    /// The folder that it is in, if that is not the one of all documents.
    pub set: String,
    /// The document.
    pub json: Value,
}

/// One operation of a document.
pub struct Operation<'a> {
    /// The method, in lower case.
    pub method: &'a str,
    /// The path with its placeholders.
    pub path: &'a str,
    /// The path item, whose parameters the operation shares.
    pub item: &'a Value,
    /// The operation itself.
    pub value: &'a Value,
}

impl Document {
    /// Its operations, in the order of the document.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.json["paths"].as_object().into_iter().flatten();
        paths
            .flat_map(|(path, item)| {
                super::splitter::METHODS.iter().filter_map(move |method| {
                    let value = item.get(method)?;
                    Some(Operation {
                        method,
                        path,
                        item,
                        value,
                    })
                })
            })
            .collect()
    }
}

/// The documents of the folder in `OPENAPI_DOCUMENTS`: its JSON files, and those of its folders, each
/// of which is a set. `OPENAPI_ONLY` selects some by name, separated by commas.
pub fn documents() -> Vec<Document> {
    let folder = std::env::var_os("OPENAPI_DOCUMENTS")
        .expect("OPENAPI_DOCUMENTS must name a folder of OpenAPI documents in JSON");
    let only = std::env::var("OPENAPI_ONLY").unwrap_or_default();
    let mut documents = Vec::new();
    for path in entries(Path::new(&folder)) {
        if path.is_dir() {
            let set = path.file_name().unwrap().to_string_lossy();
            let inner = entries(&path);
            documents.extend(inner.iter().filter_map(|path| read(path, &set)));
        } else {
            documents.extend(read(&path, ""));
        }
    }
    documents.retain(|it| only.is_empty() || only.split(',').any(|name| name == it.name));
    assert!(!documents.is_empty(), "no JSON file in {folder:?}");
    documents
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn read(path: &Path, set: &str) -> Option<Document> {
    let name = path.file_name()?.to_str()?.strip_suffix(".json")?;
    let text = fs::read_to_string(path).unwrap();
    let json = serde_json::from_str(&text);
    Some(Document {
        name: name.to_owned(),
        set: set.to_owned(),
        json: json.unwrap_or_else(|why| panic!("{}: {why}", path.display())),
    })
}
