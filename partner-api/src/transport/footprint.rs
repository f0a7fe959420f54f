//! How much memory a JSON text may need once it is decoded.
//!
//! A few bytes can be much in memory: `{}` becomes a struct of a thousand bytes. So a text is
//! measured before it is decoded, from what it has of objects and values. This holds for every type
//! and costs nothing for a text that is too short to be large.

/// What the node of a map may need.
const NODE: usize = 640;

/// What any other value may need in a list or map, with the block of a short string.
const VALUE: usize = 96;

/// Whether what is decoded from a text needs at most twice as many bytes as `limit`, or 1 MiB.
/// An object may become the largest type of the API, of `largest_type` bytes.
pub(crate) fn fits(text: &[u8], limit: usize, largest_type: usize) -> bool {
    let object = largest_type.max(NODE);
    let most = limit.saturating_mul(2).max(1024 * 1024);
    // No value with its comma is more for its bytes than `{},`.
    let bound = (text.len() / 3 + 1).saturating_mul(object);
    bound <= most || footprint(text, object) <= most
}

fn footprint(text: &[u8], object: usize) -> usize {
    let (mut objects, mut values) = (0_usize, 0_usize);
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' => objects += 1,
            b'[' | b',' => values += 1,
            b'"' => {
                while let Some(byte) = bytes.next().filter(|byte| **byte != b'"') {
                    if *byte == b'\\' {
                        bytes.next();
                    }
                }
            }
            _ => {}
        }
    }
    let objects = objects.saturating_mul(object);
    objects.saturating_add(values.saturating_mul(VALUE))
}

/// The largest of some sizes.
pub(crate) const fn largest(sizes: &[usize]) -> usize {
    let (mut largest, mut at) = (0, 0);
    while at < sizes.len() {
        if sizes[at] > largest {
            largest = sizes[at];
        }
        at += 1;
    }
    largest
}
