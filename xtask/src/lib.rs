//! The pipeline from the provider's docs pages to the generated client.
//!
//! The commands stand on the pipeline, and the pipeline on the document; nothing imports upwards:
//!
//! - Commands: [`fetch`] downloads the pages, [`codegen`] runs the pipeline, [`diff`] reports what
//!   changed, [`update`] runs all three and the tests, and [`release`] checks or prepares a release.
//! - [`pipeline`]: a chain of plain functions from document to document, one module each, in this
//!   order: [`extract`](pipeline::extract) → [`merge`](pipeline::merge) →
//!   [`overlay`](pipeline::overlay) → [`normalise`](pipeline::normalise) →
//!   [`lower`](pipeline::lower) → [`generate`](pipeline::generate). The finishing pass over the
//!   generated code is in `partner-api/codegen`.
//! - [`document`]: pointers, visitors, and where each part of the document was published.
//!
//! [`output`] writes files, [`console`] prints, and [`workspace`] finds the checkout.
//!
//! # Speed
//!
//! The stages before progenitor take about half of progenitor's own time on the same document, and
//! grow with the number of operations. `cargo bench -p xtask --features bench` on two cores:
//!
//! ```text
//! operations  before progenitor  progenitor   ratio  per operation
//!       1000             205 ms      397 ms    0.52        205.1µs
//!       2000             412 ms      882 ms    0.47        206.1µs
//!       5000            1131 ms     2413 ms    0.47        226.4µs
//! ```

pub mod codegen;
pub mod console;
pub mod diff;
pub mod document;
pub mod fetch;
pub mod output;
pub mod pipeline;
mod regular_file;
pub mod release;
pub mod update;
pub mod workspace;
