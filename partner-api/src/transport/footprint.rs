//! Estimates how much memory a JSON document needs when it is decoded.
//!
//! A few bytes of JSON can need much memory: `{}` may become a struct of a thousand bytes. So the
//! memory is estimated before a document is decoded, from the number of its objects and values.
//! Small documents are accepted without counting.

/// The most bytes that the node of a map needs.
const NODE: usize = 640;

/// The most bytes that another value needs in a list or map, with the heap block of a short string.
const VALUE: usize = 96;

/// Whether the decoded document needs at most twice as many bytes as `limit`, or 1 MiB.
///
/// Each object may become the largest type of the API, which has `largest_type` bytes.
pub(crate) fn fits(json: &[u8], limit: usize, largest_type: usize) -> bool {
    let object = largest_type.max(NODE);
    let most = limit.saturating_mul(2).max(1024 * 1024);
    // `{},` needs the most memory for its bytes.
    let bound = (json.len() / 3 + 1).saturating_mul(object);
    bound <= most || footprint(json, object) <= most
}

fn footprint(json: &[u8], object: usize) -> usize {
    let (mut objects, mut values) = (0_usize, 0_usize);
    let mut bytes = json.iter();
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

/// The largest of these sizes.
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
